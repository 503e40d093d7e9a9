// Before a run is deleted: what goes, and that it does not come back.
import { useRouter } from '@tanstack/react-router';
import { toProblem } from '@/api/problem';
import type { Run } from '@/api/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { toast } from '@/components/Toast';
import { useWorkspace } from '@/lib/workspace';
import { deedWords as words } from '../deed-strings';
import { useDeleteRun } from '../deeds';

export default function DeleteRunDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const workspace = useWorkspace();
  const router = useRouter();
  const remove = useDeleteRun(workspace.id, run.id);
  const perform = () => {
    if (remove.isPending) return;
    remove.mutate(undefined, {
      onSuccess: () => {
        void toast({ text: words.deleted(run.name) });
        void router.navigate({ to: '/w/$workspace/runs', params: { workspace: workspace.slug }, search: {} });
      },
    });
  };
  return (
    <Dialog
      open
      title={words.deleteTitle(run.name)}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{words.keepIt}</Button>
          <Button look="danger-filled" busy={remove.isPending ? words.deleting : false} onClick={perform}>
            {words.deleteIt}
          </Button>
        </>
      }
    >
      <p className="t-14">{words.deleteText(run.step_count)}</p>
      {remove.error && (
        <p role="alert" className="t-13 mt-3 text-failed">
          <span className="font-medium">{words.notDeleted}</span> {toProblem(remove.error).detail}
        </p>
      )}
    </Dialog>
  );
}

// Archiving a prompt or a workflow: what stays and what does not.
import { useRouter } from '@tanstack/react-router';
import { AskDialog } from '@/components/AskDialog';
import { toast } from '@/components/Toast';
import { useWorkspace } from '@/lib/workspace';
import { useArchive } from '../api';
import type { Thing } from '../model/thing';
import { words } from '../strings';

export default function ArchiveDialog({ thing, onClose }: { thing: Thing; onClose: () => void }) {
  const workspace = useWorkspace();
  const router = useRouter();
  const archive = useArchive(workspace.id, thing);
  const perform = () =>
    archive.mutate(undefined, {
      onSuccess: async () => {
        onClose();
        await router.navigate({
          to: thing.noun === 'prompt' ? '/w/$workspace/prompts' : '/w/$workspace/workflows',
          params: { workspace: workspace.slug },
        });
        void toast({ text: words.archived(thing.name) });
      },
    });
  return (
    <AskDialog
      title={words.archiveTitle(thing.name)}
      verb={words.archiveIt(thing.noun)}
      busyVerb={words.archiving}
      keep={words.keep}
      busy={archive.isPending}
      error={archive.error}
      notDone={words.notArchived}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.archiveText(thing.noun)}</p>
    </AskDialog>
  );
}

// What may be done with the runs that are selected in the list.
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { RunFacts } from '@/api/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { toast } from '@/components/Toast';
import { hasEnded } from '@/lib/status';
import { useWorkspace } from '@/lib/workspace';
import { deedWords as words } from '../deed-strings';
import { useManyRuns } from '../deeds';

export default function BulkBar({ runs, onClear }: { runs: readonly RunFacts[]; onClear: () => void }) {
  const workspace = useWorkspace();
  const many = useManyRuns(workspace.id);
  const [removing, setRemoving] = useState(false);
  const live = runs.filter((run) => !hasEnded(run.status));
  const ended = runs.filter((run) => hasEnded(run.status));
  const perform = (deed: 'cancel' | 'delete', of: readonly RunFacts[]) => {
    if (many.isPending) return;
    many.mutate(
      { deed, ids: of.map((run) => run.id) },
      {
        onSuccess: ({ accepted, skipped }) => {
          const said = deed === 'cancel' ? words.manyCancelled : words.manyDeleted;
          void toast({ text: said(accepted, skipped) });
          onClear();
        },
      },
    );
  };
  return (
    <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2">
      <span role="status" className="t-13 mr-2 text-text-1">
        {words.selected(runs.length)}
      </span>
      {live.length > 0 && (
        <Button look="danger" busy={many.isPending} onClick={() => perform('cancel', live)}>
          {words.cancelMany(live.length)}
        </Button>
      )}
      {ended.length > 0 && (
        <Button look="danger" onClick={() => setRemoving(true)}>
          {words.deleteMany(ended.length)}
        </Button>
      )}
      <Button look="quiet" onClick={onClear}>
        {words.clear}
      </Button>
      {many.error && !removing && (
        <span role="alert" className="text-failed">
          {toProblem(many.error).detail}
        </span>
      )}
      <Dialog
        open={removing}
        title={words.deleteManyTitle(ended.length)}
        onClose={() => setRemoving(false)}
        foot={
          <>
            <Button onClick={() => setRemoving(false)}>{words.keepIt}</Button>
            <Button
              look="danger-filled"
              busy={many.isPending ? words.deleting : false}
              onClick={() => perform('delete', ended)}
            >
              {words.deleteThem}
            </Button>
          </>
        }
      >
        <p className="t-14">{words.deleteManyText}</p>
        {many.error && (
          <p role="alert" className="t-13 mt-3 text-failed">
            <span className="font-medium">{words.notDeleted}</span> {toProblem(many.error).detail}
          </p>
        )}
      </Dialog>
    </div>
  );
}

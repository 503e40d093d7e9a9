// What may be done with a run, as actions of the registry and as buttons: cancel it, run it again, run it with changes.
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { Run, RunRetry } from '@/api/types';
import { useActions } from '@/lib/actions';
import { hasEnded } from '@/lib/status';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { useRetryRun } from '../again';
import { type NewRun, runAgainOf, useCancelRun, useCreateRun } from '../api';
import { words } from '../strings';

export type RunDeeds = {
  cancel: () => void;
  /** Asked for, and the event that says it has ended has not come. */
  cancelling: boolean;
  cancelAskedAt: number | null;
  cancelError: Error | null;
  retry: (how: RunRetry) => void;
  /** Asked for, and the event that says it has begun has not come. */
  retrying: boolean;
  retryError: Error | null;
  runAgain: () => void;
  starting: boolean;
  startError: Error | null;
};

export function useRunDeeds(run: Run): RunDeeds {
  const workspace = useWorkspace();
  const router = useRouter();
  const cancel = useCancelRun(workspace.id, run.id);
  const create = useCreateRun(workspace.id);
  const again = useRetryRun(workspace.id, run.id);
  const intent = useRef<NewRun | null>(null);
  const going = !hasEnded(run.status);
  const cancelling = going && (cancel.isPending || cancel.isSuccess);
  // it has ended: what was asked of this generation says nothing of the next
  const { reset } = cancel;
  useEffect(() => {
    if (!going) reset();
  }, [going, reset]);
  const retrying = again.isPending || run.reopening;

  const deeds: RunDeeds = {
    cancel: () => !cancelling && cancel.mutate(),
    cancelling,
    cancelAskedAt: cancelling ? cancel.submittedAt : null,
    cancelError: going ? cancel.error : null,
    retry: (how) => !retrying && again.mutate(how),
    retrying,
    retryError: going ? null : again.error,
    runAgain: () => {
      if (create.isPending) return;
      // the same key while the same press is tried again
      intent.current ??= runAgainOf(run);
      create.mutate(intent.current, {
        onSuccess: (made) => {
          intent.current = null;
          void router.navigate({
            to: '/w/$workspace/runs/$run',
            params: { workspace: workspace.slug, run: made.id },
            search: { view: 'output' },
          });
        },
      });
    },
    starting: create.isPending,
    startError: create.error,
  };

  const may = mayEdit(workspace);
  useActions([
    {
      id: 'run.cancel',
      name: words.cancelRun,
      group: words.thisRun,
      danger: true,
      when: () => may && going && !cancelling,
      perform: deeds.cancel,
    },
    {
      id: 'run.again',
      name: words.runAgain,
      keys: 'R',
      group: words.thisRun,
      when: () => may && !going,
      perform: deeds.runAgain,
    },
    {
      id: 'run.changes',
      name: words.runWithChanges,
      keys: 'Shift+R',
      group: words.thisRun,
      when: () => may && !going,
      perform: () =>
        void router.navigate({
          to: '/w/$workspace/workflows/$workflow',
          params: { workspace: workspace.slug, workflow: run.workflow_id },
          search: { run: run.id },
        }),
    },
  ]);
  return deeds;
}

// What may be done with a run, as actions of the registry and as buttons: pause, resume and cancel it, run it again, run it with
// changes, delete it.
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Run, RunRetry } from '@/api/types';
import { useActions } from '@/lib/actions';
import { hasEnded } from '@/lib/status';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { useRetryRun } from '../again';
import { type NewRun, projectOf, runAgainOf, useCancelRun, useCreateRun } from '../api';
import { deedWords } from '../deed-strings';
import { usePauseRun, useResumeRun } from '../deeds';
import { phaseOf } from '../model/facts';
import { words } from '../strings';

export type RunDeeds = {
  cancel: () => void;
  /** Asked for, and the event that says it has ended has not come. */
  cancelling: boolean;
  cancelAskedAt: number | null;
  cancelError: Error | null;
  pause: () => void;
  resume: () => void;
  /** Asked for, and the event that says so has not come. */
  pausing: boolean;
  resuming: boolean;
  pauseError: Error | null;
  resumeError: Error | null;
  /** The dialog that asks whether it is to be deleted. */
  removing: boolean;
  setRemoving: (asks: boolean) => void;
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

  const pause = usePauseRun(workspace.id, run.id);
  const resume = useResumeRun(workspace.id, run.id);
  const [removing, setRemoving] = useState(false);
  useForgetWhenAnswered(run.status, [pause.reset, resume.reset]);

  const deeds: RunDeeds = {
    pause: () => !pause.isPending && pause.mutate(),
    resume: () => !resume.isPending && resume.mutate(),
    pausing: run.status !== 'paused' && going && (pause.isPending || pause.isSuccess),
    resuming: run.status === 'paused' && (resume.isPending || resume.isSuccess),
    pauseError: going ? pause.error : null,
    resumeError: going ? resume.error : null,
    removing,
    setRemoving,
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
      id: 'run.pause',
      name: deedWords.pause,
      keys: 'P',
      group: words.thisRun,
      when: () => may && going && run.status !== 'paused' && !deeds.pausing && !cancelling,
      perform: deeds.pause,
    },
    {
      id: 'run.resume',
      name: phaseOf(run.waiting_for) ? deedWords.goOn : deedWords.resume,
      keys: 'Shift+P',
      group: words.thisRun,
      when: () => may && run.status === 'paused' && !deeds.resuming && !cancelling,
      perform: deeds.resume,
    },
    {
      id: 'run.delete',
      name: deedWords.deleteRun,
      group: words.thisRun,
      danger: true,
      when: () => may && !going,
      perform: () => setRemoving(true),
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
          search: { run: run.id, project: projectOf(run) },
        }),
    },
  ]);
  return deeds;
}

/** What was asked has been answered by a new state: it can be asked again. */
function useForgetWhenAnswered(status: Run['status'], forget: readonly (() => void)[]) {
  const before = useRef(status);
  useEffect(() => {
    if (before.current === status) return;
    before.current = status;
    for (const one of forget) one();
  });
}

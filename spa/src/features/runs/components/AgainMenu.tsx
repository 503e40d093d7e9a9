// A run that has ended goes on: from the step that failed or from the start at one press; the rest opens a dialog, fetched when it is asked for.
import { lazy, Suspense, useState } from 'react';
import type { Run } from '@/api/types';
import { Button } from '@/components/Button';
import { ChevronDown, smallIcon } from '@/components/Icon';
import { LazyMenu } from '@/components/LazyMenu';
import { useActions } from '@/lib/actions';
import { hasEnded } from '@/lib/status';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { firstOpen, stepsOf } from '../model/again';
import { words } from '../strings';
import type { RunDeeds } from './useRunDeeds';

const RetryDialog = lazy(() => import('./RetryDialog'));
const ForkDialog = lazy(() => import('./ForkDialog'));
const RollBackDialog = lazy(() => import('./RollBackDialog'));
const DIALOGS = { retry: RetryDialog, fork: ForkDialog, back: RollBackDialog };

export function AgainMenu({ run, deeds }: { run: Run; deeds: RunDeeds }) {
  const workspace = useWorkspace();
  const [open, setOpen] = useState<keyof typeof DIALOGS | null>(null);
  const steps = stepsOf(run);
  const first = firstOpen(run, steps);
  const at = steps.findIndex((step) => step.key === first);
  const unfinished = run.steps[at]?.step_run?.status !== 'completed';
  const may = mayEdit(workspace) && hasEnded(run.status) && !run.reopening;
  const show = (dialog: keyof typeof DIALOGS) => ({ onSelect: () => setOpen(dialog) });
  useActions([
    { id: 'run.retry', name: words.retryFrom, group: words.thisRun, when: () => may, perform: () => setOpen('retry') },
    { id: 'run.fork', name: words.forkAt, group: words.thisRun, when: () => may, perform: () => setOpen('fork') },
    { id: 'run.back', name: words.rollBackTo, group: words.thisRun, when: () => may, perform: () => setOpen('back') },
  ]);
  const Shown = open && DIALOGS[open];
  return (
    <>
      <LazyMenu
        label={words.retry}
        align="end"
        trigger={
          <Button busy={deeds.retrying ? words.retrying : false}>
            <span className="inline-flex items-center gap-1">
              {words.retry} <ChevronDown {...smallIcon} />
            </span>
          </Button>
        }
        sections={[
          {
            label: words.sameVersion(run.workflow_version),
            items: [
              ...(unfinished && at > 0
                ? [
                    {
                      id: 'failed',
                      name: words.fromStep(at + 1, run.steps[at]?.name ?? ''),
                      note: words.reusedCount(at),
                      onSelect: () => deeds.retry({ from: 'failed' }),
                    },
                  ]
                : []),
              { id: 'start', name: words.fromStart, onSelect: () => deeds.retry({ from: 'start' }) },
            ],
          },
          {
            items: [
              { id: 'retry', name: words.retryFrom, note: words.retryFromNote, ...show('retry') },
              { id: 'fork', name: words.forkAt, note: words.forkAtNote, ...show('fork') },
              { id: 'back', name: words.rollBackTo, ...show('back') },
            ],
          },
        ]}
      />
      {Shown && (
        <Suspense fallback={null}>
          <Shown run={run} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </>
  );
}

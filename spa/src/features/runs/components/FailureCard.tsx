// A step that failed and asks what is to follow: why, and the three answers.
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Run, RunStep, StepRun } from '@/api/types';
import { Button } from '@/components/Button';
import { ErrorSummary } from '@/components/ErrorSummary';
import { StatusIcon } from '@/components/StatusIcon';
import { TextArea } from '@/components/TextArea';
import { useActions } from '@/lib/actions';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { deedWords as words } from '../deed-strings';
import { useDecideFailure } from '../deeds';
import { asksAbout } from '../model/facts';
import { words as runWords } from '../strings';

export default function FailureCards({ run }: { run: Run }) {
  return run.steps.map((step, index) =>
    asksAbout(run, step) && step.step_run ? (
      <FailureCard
        key={`${step.key} ${step.step_run.attempt}`}
        run={run}
        step={step}
        index={index + 1}
        failed={step.step_run}
      />
    ) : null,
  );
}

type CardProps = { run: Run; step: RunStep; index: number; failed: StepRun };

function FailureCard({ run, step, index, failed }: CardProps) {
  const workspace = useWorkspace();
  const decide = useDecideFailure(workspace.id, run.id, step.key);
  const title = `failure-${step.key}`;
  return (
    <section aria-labelledby={title} className="border-b border-line-1 px-(--gutter) py-4">
      <div className="flex max-w-[640px] min-w-0 flex-col gap-4">
        <h2 id={title} className="t-16 flex items-start gap-2">
          <StatusIcon status="failed" decorative className="mt-1" />
          <span className="min-w-0 wrap-break-word">
            {words.failedAsks(index, step.name)}
            <span className="t-13 block text-text-2">{failed.error?.message}</span>
          </span>
        </h2>
        {decide.isSuccess ? (
          <p role="status" className="t-14">
            {words.answered[decide.variables.decision]}
          </p>
        ) : mayEdit(workspace) ? (
          <Answer step={step} decide={decide} />
        ) : (
          <p className="t-13 text-text-2">{words.mayNotDecide}</p>
        )}
      </div>
    </section>
  );
}

function Answer({ step, decide }: { step: RunStep; decide: ReturnType<typeof useDecideFailure> }) {
  const [comment, setComment] = useState('');
  const busy = decide.isPending ? decide.variables.decision : null;
  const answer = (decision: 'retry' | 'skip' | 'stop') => {
    if (!busy) decide.mutate({ decision, comment: comment.trim() || undefined });
  };
  useActions([
    {
      id: `failure.retry.${step.key}`,
      name: `${words.tryAgain}: ${step.name}`,
      keys: 'A',
      group: runWords.thisRun,
      perform: () => answer('retry'),
    },
    {
      id: `failure.skip.${step.key}`,
      name: `${words.skip}: ${step.name}`,
      group: runWords.thisRun,
      perform: () => answer('skip'),
    },
    {
      id: `failure.stop.${step.key}`,
      name: `${words.stop}: ${step.name}`,
      group: runWords.thisRun,
      danger: true,
      perform: () => answer('stop'),
    },
  ]);
  return (
    <>
      <ErrorSummary
        issues={[]}
        general={decide.error ? `${words.notDecided} ${toProblem(decide.error).detail}` : undefined}
      />
      <TextArea label={words.comment} optional value={comment} onChange={setComment} rows={2} maxLength={2000} />
      <p className="t-12 text-text-2">{words.failedFollows}</p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="danger" busy={busy === 'stop' ? words.answering : false} onClick={() => answer('stop')}>
          {words.stop}
        </Button>
        <Button busy={busy === 'skip' ? words.answering : false} onClick={() => answer('skip')}>
          {words.skip}
        </Button>
        <Button
          look="primary"
          keys="A"
          busy={busy === 'retry' ? words.answering : false}
          onClick={() => answer('retry')}
        >
          {words.tryAgain}
        </Button>
      </div>
    </>
  );
}

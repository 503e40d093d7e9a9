// A step that waits for a signal: programs send it, and so may a person, with what the step is to give.
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Run, RunStep, StepRun } from '@/api/types';
import { Button } from '@/components/Button';
import { ErrorSummary } from '@/components/ErrorSummary';
import { StatusIcon } from '@/components/StatusIcon';
import { TextArea } from '@/components/TextArea';
import { dateTime } from '@/lib/format';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { deedWords as words } from '../deed-strings';
import { useSignal } from '../deeds';
import { signalOf } from '../model/facts';

export default function SignalCards({ run }: { run: Run }) {
  return run.steps.map((step, index) => {
    const signal = signalOf(step);
    return signal !== null && step.step_run ? (
      <SignalCard
        key={`${step.key} ${step.step_run.attempt}`}
        run={run}
        step={step}
        index={index + 1}
        signal={signal}
        asked={step.step_run}
      />
    ) : null;
  });
}

/** JSON is JSON, anything else a text. */
function dataOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

type CardProps = { run: Run; step: RunStep; index: number; signal: string; asked: StepRun };

function SignalCard({ run, step, index, signal, asked }: CardProps) {
  const workspace = useWorkspace();
  const [data, setData] = useState('');
  const send = useSignal(workspace.id, run.id, signal);
  const title = `signal-${step.key}`;
  const perform = () => {
    if (!send.isPending) send.mutate(data.trim() === '' ? undefined : dataOf(data));
  };
  return (
    <section aria-labelledby={title} className="border-b border-line-1 px-(--gutter) py-4">
      <div className="flex max-w-[640px] min-w-0 flex-col gap-4">
        <h2 id={title} className="t-16 flex items-start gap-2">
          <StatusIcon status="waiting" decorative className="mt-1" />
          <span className="min-w-0 wrap-break-word">
            {words.hears(index, step.name, signal)}
            {asked.due_at && <span className="t-13 block text-text-2">{words.until(dateTime(asked.due_at))}</span>}
          </span>
        </h2>
        {send.isSuccess ? (
          <p role="status" className="t-14">
            {words.signalSent}
          </p>
        ) : mayEdit(workspace) ? (
          <>
            <ErrorSummary
              issues={[]}
              general={send.isError ? `${words.signalNotSent} ${toProblem(send.error).detail}` : undefined}
            />
            <TextArea
              label={words.signalData}
              help={words.signalDataHelp}
              optional
              value={data}
              onChange={setData}
              rows={2}
              mono
              spellCheck={false}
            />
            <div className="flex justify-end">
              <Button look="primary" busy={send.isPending ? words.signalSending : false} onClick={perform}>
                {words.sendSignal(signal)}
              </Button>
            </div>
          </>
        ) : (
          <p className="t-13 text-text-2">{words.mayNotSignal}</p>
        )}
      </div>
    </section>
  );
}

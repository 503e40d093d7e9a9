// A step that waits for a person: what it asks, what it shows, its form, and the two answers.
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Run, RunStep, StepRun } from '@/api/types';
import { Button } from '@/components/Button';
import { ErrorSummary } from '@/components/ErrorSummary';
import { OutputText } from '@/components/OutputText';
import { SchemaForm, useKeptValues } from '@/components/SchemaForm';
import { StatusIcon } from '@/components/StatusIcon';
import { TextArea } from '@/components/TextArea';
import { useActions } from '@/lib/actions';
import { dateTime } from '@/lib/format';
import { errorsByField, fieldsOf, inputOf, type JsonSchema } from '@/lib/schema-form';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { deedWords as words } from '../deed-strings';
import { useDecide } from '../deeds';
import { textOf } from '../model/facts';
import { words as runWords } from '../strings';

const waitsForApproval = (step: RunStep): boolean =>
  step.kind === 'approval' && step.step_run?.status === 'waiting' && step.step_run.waiting_for === 'approval';

export default function ApprovalCards({ run }: { run: Run }) {
  return run.steps.map((step, index) =>
    waitsForApproval(step) && step.step_run ? (
      <ApprovalCard
        key={`${step.key} ${step.step_run.attempt}`}
        run={run}
        step={step}
        index={index + 1}
        asked={step.step_run}
      />
    ) : null,
  );
}

type CardProps = { run: Run; step: RunStep; index: number; asked: StepRun };

function ApprovalCard({ run, step, index, asked }: CardProps) {
  const workspace = useWorkspace();
  const decide = useDecision(run, step);
  const title = `approval-${step.key}`;
  return (
    <section aria-labelledby={title} className="border-b border-line-1 px-(--gutter) py-4">
      <div className="flex max-w-[640px] min-w-0 flex-col gap-4">
        <h2 id={title} className="t-16 flex items-start gap-2">
          <StatusIcon status="waiting" decorative className="mt-1" />
          <span className="min-w-0 wrap-break-word">
            {words.asks(index, step.name)}
            {asked.due_at && <span className="t-13 block text-text-2">{words.until(dateTime(asked.due_at))}</span>}
          </span>
        </h2>
        <Shown name={step.name} value={asked.input} />
        {decide.done ? (
          <p role="status" className="t-14">
            {decide.done === 'approve' ? words.approved : words.rejected}
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

function Shown({ name, value }: { name: string; value: unknown }) {
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value).map(([label, one]) => (
    <div key={label}>
      <h3 className="t-12 mb-0.5 text-text-2">{label}</h3>
      <OutputText text={textOf(one)} what={`${words.shown(name)}, ${label}`} />
    </div>
  ));
}

/** The form, the comment, and what was wrong with them the last time. */
function useDecision(run: Run, step: RunStep) {
  const workspace = useWorkspace();
  const schema = (step.form ?? { properties: {} }) as JsonSchema;
  const form = useKeptValues(`approval ${run.id} ${step.key}`, schema);
  const [comment, setComment] = useState('');
  const [rejecting, setRejecting] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState<string>();
  const mutation = useDecide(workspace.id, run.id, step.key);

  const send = (decision: 'approve' | 'reject', data?: Record<string, unknown>) =>
    mutation.mutate(
      { decision, data, comment: comment.trim() || undefined },
      {
        onSuccess: form.sent,
        onError: (error) => {
          const problem = toProblem(error);
          const { byField, others } = errorsByField(schema, problem.errors, '/data');
          setErrors(byField);
          setGeneral(`${words.notDecided} ${problem.detail} ${others.map((one) => one.message).join(' ')}`.trim());
        },
      },
    );
  return {
    schema,
    form,
    comment,
    setComment,
    rejecting,
    setRejecting,
    errors,
    general,
    busy: mutation.isPending ? mutation.variables.decision : null,
    done: mutation.isSuccess ? mutation.variables.decision : null,
    approve: () => {
      if (mutation.isPending) return;
      const { input, problems } = inputOf(schema, form.values);
      setErrors(problems);
      setGeneral(undefined);
      if (Object.keys(problems).length === 0) send('approve', step.form ? input : undefined);
    },
    reject: () => {
      if (mutation.isPending) return;
      const empty = comment.trim() === '';
      setErrors(empty ? { comment: words.reasonEmpty } : {});
      setGeneral(undefined);
      if (!empty) send('reject');
    },
  };
}

function Answer({ step, decide }: { step: RunStep; decide: ReturnType<typeof useDecision> }) {
  const { schema, form, errors, rejecting, busy } = decide;
  useActions([
    {
      id: `approval.approve.${step.key}`,
      name: `${words.approve}: ${step.name}`,
      keys: 'A',
      group: runWords.thisRun,
      when: () => !rejecting,
      perform: decide.approve,
    },
    {
      id: `approval.reject.${step.key}`,
      name: `${words.rejectIt}: ${step.name}`,
      keys: 'X',
      group: runWords.thisRun,
      danger: true,
      when: () => !rejecting,
      perform: () => decide.setRejecting(true),
    },
  ]);
  return (
    <>
      <ErrorSummary issues={[]} general={decide.general} />
      {!rejecting && fieldsOf(schema).length > 0 && (
        <SchemaForm
          schema={schema}
          values={form.values}
          onChange={form.change}
          errors={errors}
          idPrefix={`approval-${step.key}`}
        />
      )}
      <TextArea
        label={rejecting ? words.reason : words.comment}
        optional={!rejecting}
        error={rejecting ? errors.comment : undefined}
        value={decide.comment}
        onChange={decide.setComment}
        rows={2}
        maxLength={2000}
        autoFocus={rejecting}
        key={rejecting ? 'reason' : 'comment'}
      />
      <p className="t-12 text-text-2">{words.follows}</p>
      <div className="flex flex-wrap justify-end gap-2">
        {rejecting ? (
          <>
            <Button onClick={() => decide.setRejecting(false)}>{words.back}</Button>
            <Button look="danger" busy={busy === 'reject' ? words.rejecting : false} onClick={decide.reject}>
              {words.rejectIt}
            </Button>
          </>
        ) : (
          <>
            <Button keys="X" onClick={() => decide.setRejecting(true)}>
              {words.reject}
            </Button>
            <Button
              look="primary"
              keys="A"
              busy={busy === 'approve' ? words.approving : false}
              onClick={decide.approve}
            >
              {words.approve}
            </Button>
          </>
        )}
      </div>
    </>
  );
}

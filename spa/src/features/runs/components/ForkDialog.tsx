// A new run that begins at a step of this one, with what that step, or the run, was given, changed.
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import type { Run, RunFork } from '@/api/types';
import { Select } from '@/components/Choice';
import { TextArea } from '@/components/TextArea';
import { useWorkspace } from '@/lib/workspace';
import { useForkRun } from '../again';
import { editable, edited, reusedBefore, stepsOf } from '../model/again';
import { words } from '../strings';
import { AgainDialog, type AgainDialogProps } from './AgainDialog';

type Values = Readonly<Record<string, unknown>>;

/** What was changed of it; nothing where nothing was. */
function useEdited(before: Values | null) {
  const [changes, setChanges] = useState<Readonly<Record<string, string>>>({});
  const texts = { ...editable(before), ...changes };
  const changed = before !== null && Object.keys(changes).length > 0;
  return {
    texts,
    change: (name: string, text: string) => setChanges((now) => ({ ...now, [name]: text })),
    clear: () => setChanges({}),
    ...(changed ? edited(before, texts) : { value: null, wrong: null }),
  };
}

const takesInput = (kind: string) => kind === 'prompt' || kind === 'approval';

function inputOf(run: Run, key: string): Values | null {
  const step = run.steps.find((one) => one.key === key);
  const given = step?.step_run?.input;
  return step && takesInput(step.kind) && editable(given) ? (given as Values) : null;
}

export default function ForkDialog({ run, onClose }: AgainDialogProps) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const fork = useForkRun(workspace.id, run.id);
  const intent = useRef({ of: '', key: '' });
  const steps = stepsOf(run);
  const [at, setAt] = useState(
    run.steps.find((step) => step.step_run?.status === 'failed')?.key ?? steps[0]?.key ?? '',
  );
  const ofStep = inputOf(run, at);
  const step = useEdited(ofStep);
  const whole = useEdited(run.input);
  const reused = reusedBefore(run, steps, at);
  const wrong = step.wrong ?? whole.wrong;

  const send = () => {
    if (wrong) return;
    const body = {
      step: at,
      ...(step.value ? { step_input: step.value } : {}),
      ...(whole.value ? { input: whole.value } : {}),
    } as RunFork;
    const of = JSON.stringify(body);
    // the same key while the same press is tried again
    if (intent.current.of !== of) intent.current = { of, key: idempotencyKey() };
    fork.mutate(
      { fork: body, key: intent.current.key },
      {
        onSuccess: (made) => {
          onClose();
          void navigate({
            to: '/w/$workspace/runs/$run',
            params: { workspace: workspace.slug, run: made.id },
            search: { view: 'timeline' },
          });
        },
      },
    );
  };

  return (
    <AgainDialog
      wide
      title={words.forkAt}
      verb={words.forkVerb}
      busy={fork.isPending}
      error={fork.error}
      onClose={onClose}
      onVerb={send}
    >
      <Select
        label={words.forkAtField}
        value={at}
        onChange={(key) => {
          setAt(key);
          step.clear();
        }}
        options={steps.map((one, index) => ({ value: one.key, label: words.numbered(index + 1, one.name) }))}
      />
      {ofStep && <Fields legend={words.stepInput} {...step} />}
      <Fields legend={words.theRunInput} {...whole} />
      <p className="t-13 text-text-2">
        {reused.length > 0 ? words.copiedList(reused.map((one) => one.name)) : words.copiedNothing}
      </p>
    </AgainDialog>
  );
}

type FieldsProps = {
  legend: string;
  texts: Readonly<Record<string, string>>;
  wrong: string | null;
  change: (name: string, text: string) => void;
};

function Fields({ legend, texts, wrong, change }: FieldsProps) {
  const names = Object.keys(texts);
  if (names.length === 0) return null;
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="t-12 mb-1 text-text-2">{legend}</legend>
      {names.map((name) => (
        <TextArea
          key={name}
          label={name}
          rows={2}
          value={texts[name] ?? ''}
          onChange={(text) => change(name, text)}
          error={wrong === name ? words.notJson : undefined}
        />
      ))}
    </fieldset>
  );
}

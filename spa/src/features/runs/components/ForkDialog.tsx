// A new run that begins at a step of this one, with what that step, or the run, was given, changed.
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import type { RunFork } from '@/api/types';
import { Select } from '@/components/Choice';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { useWorkspace } from '@/lib/workspace';
import { useForkRun } from '../again';
import { editable, edited, iterationOf, type Place, placesOf, takenOver, withIteration } from '../model/again';
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

/** What the step was given there; of an earlier iteration the page does not know it. */
function inputOf(place: Place | undefined, path: string): Values | null {
  const given = place?.step.step_run?.path === path ? place.step.step_run.input : null;
  return place && takesInput(place.step.kind) && editable(given) ? (given as Values) : null;
}

export default function ForkDialog({ run, onClose }: AgainDialogProps) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const fork = useForkRun(workspace.id, run.id);
  const intent = useRef({ of: '', key: '' });
  const places = placesOf(run);
  const [chosen, setChosen] = useState(
    places.findLast(({ step }) => step.step_run?.status === 'failed')?.path ?? places[0]?.path ?? '',
  );
  const [iteration, setIteration] = useState<string | null>(null);
  const place = places.find(({ path }) => path === chosen);
  const last = (place?.iterations ?? 0) - 1;
  const asked = iteration === null ? iterationOf(chosen) : Number(iteration);
  const noIteration = iteration !== null && !(/^\d+$/.test(iteration) && Number(iteration) <= last);
  const at = asked === null || noIteration ? chosen : withIteration(chosen, asked);
  const ofStep = inputOf(place, at);
  const step = useEdited(ofStep);
  const whole = useEdited(run.input);
  const taken = place && takenOver(run, place, at);
  const loop = place?.names.at(-2) ?? '';
  const copied = [
    ...(taken?.names ?? []),
    ...(taken && taken.iterations > 0 ? [words.iterationsBefore(loop, taken.iterations)] : []),
  ];
  const wrong = noIteration ? 'iteration' : (step.wrong ?? whole.wrong);

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
        value={chosen}
        onChange={(path) => {
          setChosen(path);
          setIteration(null);
          step.clear();
        }}
        options={places.map(({ path, names }, index) => ({
          value: path,
          label: words.numbered(index + 1, names.reduce(words.inGroup)),
        }))}
      />
      {place?.iterations != null && (
        <TextField
          label={words.forkIteration}
          help={words.forkIterationHelp(last)}
          inputMode="numeric"
          value={iteration ?? String(iterationOf(chosen))}
          {...(noIteration ? { error: words.forkIterationWrong(last) } : {})}
          onChange={(text) => {
            setIteration(text.trim());
            step.clear();
          }}
        />
      )}
      {ofStep && <Fields legend={words.stepInput} {...step} />}
      <Fields legend={words.theRunInput} {...whole} />
      <p className="t-13 text-text-2">{copied.length > 0 ? words.copiedList(copied) : words.copiedNothing}</p>
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

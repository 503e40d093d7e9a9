// The fields of a step: all of a kind that is no prompt; of a prompt what its mappings leave (time limit, attempts, what follows a failure).
// A row of buttons puts run inputs and earlier steps into the field one was in.
import { useRef } from 'react';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { kindWords as words } from '../kind-strings';
import { type Draft, type DraftStep, outputOf, runInputsOf } from '../model/draft';
import { fieldIds } from '../model/issues';
import { type FieldSpec, shownFields } from '../model/kinds';
import { groupsOf, usable } from '../model/tree';
import { Cases, EarlierSteps, LaterStep } from './StepChoices';

export type StepFieldsProps = {
  draft: Draft;
  step: DraftStep;
  errors: ReadonlyMap<string, string>;
  onField: (name: string, text: string) => void;
  onRename: (name: string) => void;
};

export function StepFields({ draft, step, errors, onField, onRename }: StepFieldsProps) {
  const specs = shownFields(step.kind, step.fields);
  const last = useRef<string | null>(null);
  const writable = specs.filter((spec) => spec.input === 'text' || spec.input === 'long');
  const insert = (template: string) => {
    const name = last.current ?? writable[0]?.name;
    if (!name) return;
    onField(name, `${step.fields[name] ?? ''}${template}`);
    document.getElementById(fieldIds.field(step.id, name))?.focus();
  };
  const fieldOf = (spec: FieldSpec) => (
    <div
      key={spec.name}
      onFocus={() => {
        if (writable.includes(spec)) last.current = spec.name;
      }}
    >
      <OneField
        draft={draft}
        step={step}
        spec={spec}
        error={errors.get(fieldIds.field(step.id, spec.name))}
        onField={onField}
      />
    </div>
  );
  const folded = (spec: FieldSpec) =>
    COMMON.has(spec.name) && !(spec.name === 'condition' && step.kind === 'conditional');
  const own = specs.filter((spec) => !folded(spec));
  const common = specs.filter(folded);
  // what was set, and what is wrong, is not hidden
  const open = common.some(
    ({ name, start }) =>
      errors.has(fieldIds.field(step.id, name)) ||
      (OPENS.has(name) && (step.fields[name] || start || '') !== (start ?? '')),
  );
  return (
    <div className="flex flex-col gap-4">
      <TextField
        id={fieldIds.field(step.id, 'name')}
        label={words.stepName}
        value={step.name}
        onChange={onRename}
        error={errors.get(fieldIds.field(step.id, 'name'))}
        maxLength={200}
      />
      {own.map(fieldOf)}
      {step.kind !== 'prompt' && <Insert draft={draft} step={step} onInsert={insert} />}
      <details open={open || undefined}>
        <summary className="t-13 min-h-(--control) content-center font-medium">{words.moreOf}</summary>
        <div className="flex flex-col gap-4 pt-2">{common.map(fieldOf)}</div>
      </details>
    </div>
  );
}

/** What all kinds have, and what is seldom changed: folded. */
const OPENS = new Set(['condition', 'needs_how', 'needs']);
const COMMON = new Set(['timeout_seconds', 'attempts', 'on_failure', 'more', 'expect', 'answer', 'query', ...OPENS]);

type OneFieldProps = {
  draft: Draft;
  step: DraftStep;
  spec: FieldSpec;
  error?: string;
  onField: (name: string, text: string) => void;
};

function OneField({ draft, step, spec, error, onField }: OneFieldProps) {
  const common = {
    id: fieldIds.field(step.id, spec.name),
    label: spec.label,
    help: spec.help,
    optional: spec.optional,
    error,
    value: step.fields[spec.name] ?? '',
    onChange: (text: string) => onField(spec.name, text),
  };
  if (spec.input === 'choice') return <Select {...common} options={spec.options ?? []} />;
  if (spec.input === 'later') return <LaterStep draft={draft} step={step} {...common} />;
  if (spec.input === 'earlier') return <EarlierSteps draft={draft} step={step} {...common} />;
  if (spec.input === 'cases') return <Cases draft={draft} step={step} {...common} />;
  if (spec.input === 'long')
    return <TextArea {...common} rows={spec.name === 'code' ? 8 : 3} mono spellCheck={false} />;
  return <TextField {...common} spellCheck={false} autoCapitalize="none" />;
}

function Insert({ draft, step, onInsert }: { draft: Draft; step: DraftStep; onInsert: (template: string) => void }) {
  const earlier = usable(draft.steps, step).toReversed();
  const inputs = runInputsOf(draft).map((input) => input.name);
  const looped = groupsOf(draft.steps, step).some((group) => group.kind === 'loop');
  if (earlier.length + inputs.length === 0 && !looped) return null;
  return (
    <fieldset className="min-w-0">
      <legend className="t-13 font-medium">{words.insert}</legend>
      <p className="t-12 mb-1 text-text-2">{words.insertHelp}</p>
      <div className="flex flex-wrap gap-1">
        {earlier.map((one) => (
          <Button key={one.id} look="quiet" className="max-w-full" onClick={() => onInsert(outputOf(one.key))}>
            {one.name}
          </Button>
        ))}
        {looped &&
          ['loop.item', 'loop.index'].map((name) => (
            <Button key={name} look="quiet" onClick={() => onInsert(`{{${name}}}`)}>
              {name}
            </Button>
          ))}
        {inputs.map((name) => (
          <Button key={`input ${name}`} look="quiet" onClick={() => onInsert(`{{input.${name}}}`)}>
            input.{name}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

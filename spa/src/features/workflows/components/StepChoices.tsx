// Fields that name steps beside the one they belong to: the step that runs then, the cases of a switch, and what is waited for.
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { FieldError } from '@/components/Field';
import { icon, X } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { TextField } from '@/components/TextField';
import { kindWords as words } from '../kind-strings';
import type { Draft, DraftStep } from '../model/draft';
import { type Case, casesOf, casesText, keysIn } from '../model/kinds';
import { earlierOf, laterOf, numberOf } from '../model/tree';

type ChoiceProps = {
  draft: Draft;
  step: DraftStep;
  id: string;
  label: string;
  help?: string;
  optional?: boolean;
  error?: string;
  value: string;
  onChange: (text: string) => void;
};

/** Those that may run then; a key that is not among them is shown as it is. */
function optionsOf(draft: Draft, step: DraftStep, chosen: string) {
  const later = laterOf(draft.steps, step);
  return [
    { value: '', label: later.length === 0 ? words.noLater : words.noStep },
    ...later.map((one) => ({ value: one.key, label: `${numberOf(draft.steps, one)} ${one.name}` })),
    ...(chosen === '' || later.some((one) => one.key === chosen)
      ? []
      : [{ value: chosen, label: words.goneStep(chosen) }]),
  ];
}

export function LaterStep({ draft, step, ...field }: ChoiceProps) {
  return <Select {...field} options={optionsOf(draft, step, field.value)} />;
}

export function EarlierSteps({ draft, step, id, label, error, value, onChange }: ChoiceProps) {
  const keys = keysIn(value);
  const earlier = earlierOf(draft.steps, step);
  const toggle = (key: string) =>
    onChange((keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key]).join(', '));
  return (
    <fieldset id={id} tabIndex={-1} className="min-w-0">
      <legend className="t-13 mb-1 font-medium">{label}</legend>
      {earlier.length === 0 && <p className="t-12 text-text-2">{words.needsNobody}</p>}
      {earlier.map((one) => (
        <label key={one.id} className="t-13 flex min-h-(--control) items-center gap-2">
          <input
            type="checkbox"
            checked={keys.includes(one.key)}
            onChange={() => toggle(one.key)}
            className="size-4 shrink-0 accent-accent"
          />
          <span className="min-w-0 truncate">
            {numberOf(draft.steps, one)} {one.name}
          </span>
        </label>
      ))}
      {error && <FieldError>{error}</FieldError>}
    </fieldset>
  );
}

export function Cases({ draft, step, id, label, help, error, value, onChange }: ChoiceProps) {
  const cases = casesOf({ cases: value });
  const set = (index: number, next: Case) => onChange(casesText(cases.with(index, next)));
  return (
    <fieldset id={id} tabIndex={-1} className="flex min-w-0 flex-col gap-2">
      <legend className="t-13 font-medium">{label}</legend>
      {help && <p className="t-12 text-text-2">{help}</p>}
      {cases.map(([one, key], index) => (
        <div key={index} className="flex items-end gap-2">
          <div className="min-w-0 flex-1">
            <TextField
              label={words.caseValue(index + 1)}
              value={one}
              maxLength={1000}
              spellCheck={false}
              onChange={(text) => set(index, [text, key])}
            />
          </div>
          <div className="min-w-0 flex-1">
            <Select
              label={words.caseStep(index + 1)}
              value={key}
              options={optionsOf(draft, step, key)}
              onChange={(chosen) => set(index, [one, chosen])}
            />
          </div>
          <IconButton
            label={words.removeCase(index + 1)}
            onClick={() => onChange(casesText(cases.toSpliced(index, 1)))}
          >
            <X {...icon} />
          </IconButton>
        </div>
      ))}
      <div>
        <Button onClick={() => onChange(casesText([...cases, ['', '']]))}>{words.addCase}</Button>
      </div>
      {error && <FieldError>{error}</FieldError>}
    </fieldset>
  );
}

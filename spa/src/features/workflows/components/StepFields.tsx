// The fields of a step: its name, those of its kind, and what all kinds have.
import { Link } from '@tanstack/react-router';
import type { RowLink } from '@/components/DataTable';
import { TextField } from '@/components/TextField';
import { kindWords as words } from '../kind-strings';
import type { Draft, DraftStep } from '../model/draft';
import type { FieldSpec, Fields } from '../model/fields';
import { fieldIds } from '../model/issues';
import { shownFields } from '../model/kinds';
import { sourceWords } from '../source-strings';
import { FormFields } from './FormFields';
import { OneField } from './OneField';

export type StepFieldsProps = {
  draft: Draft;
  step: DraftStep;
  errors: ReadonlyMap<string, string>;
  /** Where the step stands in the text of the workflow. */
  source: RowLink;
  /** `typed`: where; what is typed there in a row is one for undo. */
  onFields: (changed: Fields, typed?: string) => void;
  onRename: (name: string) => void;
};

export function StepFields({ draft, step, errors, source, onFields, onRename }: StepFieldsProps) {
  const specs = shownFields(step.kind, step.fields);
  const idOf = (spec: FieldSpec) => fieldIds.field(step.id, spec.name);
  const nameId = fieldIds.field(step.id, 'name');
  return (
    <div className="flex flex-col gap-4">
      <TextField
        id={nameId}
        label={words.stepName}
        value={step.name}
        onChange={onRename}
        error={errors.get(nameId)}
        maxLength={200}
      />
      <FormFields
        id={fieldIds.step(step.id)}
        specs={specs}
        fields={step.fields}
        wrong={(spec) => errors.has(idOf(spec))}
        heading={words.moreOf}
        note={<p className="t-12 text-text-3">{words.fillHelp}</p>}
        fieldOf={(spec) => (
          <OneField
            key={spec.name}
            draft={draft}
            step={step}
            spec={spec}
            id={idOf(spec)}
            value={step.fields[spec.name] ?? ''}
            errors={errors}
            onFields={onFields}
          />
        )}
        foot={
          <Link {...source} className="link t-13 self-start">
            {sourceWords.edit}
          </Link>
        }
      />
    </div>
  );
}

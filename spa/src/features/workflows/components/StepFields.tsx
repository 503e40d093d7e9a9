// The fields of a step: those of its kind, then what all kinds have and few need, folded under headings.
import { Link } from '@tanstack/react-router';
import type { RowLink } from '@/components/DataTable';
import { Folded } from '@/components/Folded';
import { TextField } from '@/components/TextField';
import { kindWords as words } from '../kind-strings';
import type { Draft, DraftStep } from '../model/draft';
import type { FieldSpec, Section } from '../model/fields';
import { fieldIds } from '../model/issues';
import { shownFields } from '../model/kinds';
import { sourceWords } from '../source-strings';
import { OneField } from './OneField';

export type StepFieldsProps = {
  draft: Draft;
  step: DraftStep;
  errors: ReadonlyMap<string, string>;
  /** Where the step stands in the text of the workflow. */
  source: RowLink;
  onField: (name: string, text: string) => void;
  onRename: (name: string) => void;
};

const FOLDED = ['when', 'fails', 'keeps', 'handlers', 'other'] as const satisfies readonly Section[];
const sectionOf = (spec: FieldSpec): Section => spec.section ?? 'own';
/** What one would not look for: it is not hidden when it is set. */
const SHOWS: ReadonlySet<Section> = new Set(['when', 'handlers']);

export function StepFields({ draft, step, errors, source, onField, onRename }: StepFieldsProps) {
  const specs = shownFields(step.kind, step.fields);
  const fieldOf = (spec: FieldSpec) => (
    <OneField
      key={spec.name}
      draft={draft}
      step={step}
      spec={spec}
      id={fieldIds.field(step.id, spec.name)}
      value={step.fields[spec.name] ?? ''}
      error={errors.get(fieldIds.field(step.id, spec.name))}
      onField={onField}
    />
  );
  const own = specs.filter((spec) => sectionOf(spec) === 'own');
  const folded = specs.filter((spec) => sectionOf(spec) !== 'own');
  const open = folded.some(
    (spec) =>
      errors.has(fieldIds.field(step.id, spec.name)) ||
      (SHOWS.has(sectionOf(spec)) && (step.fields[spec.name] || (spec.blank ?? '')) !== (spec.blank ?? '')),
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
      {own.some((spec) => spec.fills) && <p className="t-12 text-text-3">{words.fillHelp}</p>}
      <Folded opened={open} summary={<span className="t-13 font-medium">{words.moreOf}</span>}>
        <div className="flex flex-col gap-5 pt-2">
          {FOLDED.map((section) => {
            const here = folded.filter((spec) => sectionOf(spec) === section);
            if (here.length === 0) return null;
            const heading = `step-${step.id}-section-${section}`;
            return (
              <section key={section} aria-labelledby={heading} className="flex flex-col gap-3">
                <h3 id={heading} className="t-12 border-b border-line-1 pb-1 text-text-2">
                  {words.sections[section]}
                </h3>
                {here.map(fieldOf)}
                {section === 'other' && (
                  <Link {...source} className="link t-13 self-start">
                    {sourceWords.edit}
                  </Link>
                )}
              </section>
            );
          })}
        </div>
      </Folded>
    </div>
  );
}

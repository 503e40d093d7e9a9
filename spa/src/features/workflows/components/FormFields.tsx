// The fields of a form: its own, then what most people leave as it is, folded under headings.
import type { ReactNode } from 'react';
import { Folded } from '@/components/Folded';
import { kindWords as words } from '../kind-strings';
import type { FieldSpec, Fields, Section } from '../model/fields';

type FormFieldsProps = {
  /** What the ids begin with. */
  id: string;
  specs: readonly FieldSpec[];
  fields: Fields;
  fieldOf: (spec: FieldSpec) => ReactNode;
  wrong: (spec: FieldSpec) => boolean;
  /** Of what it is folded under. */
  heading: string;
  /** Below its own. */
  note?: ReactNode;
  /** Below the last section. */
  foot?: ReactNode;
};

const FOLDED = ['when', 'fails', 'keeps', 'handlers', 'other'] as const satisfies readonly Section[];
const sectionOf = (spec: FieldSpec): Section => spec.section ?? 'own';
/** What one would not look for: it is not hidden when it is set. */
const SHOWS: ReadonlySet<Section> = new Set(['when', 'handlers']);

export function FormFields({ id, specs, fields, fieldOf, wrong, heading, note, foot }: FormFieldsProps) {
  const own = specs.filter((spec) => sectionOf(spec) === 'own');
  const folded = specs.filter((spec) => sectionOf(spec) !== 'own');
  const open = folded.some(
    (spec) =>
      wrong(spec) || (SHOWS.has(sectionOf(spec)) && (fields[spec.name] || (spec.blank ?? '')) !== (spec.blank ?? '')),
  );
  return (
    <>
      {own.map(fieldOf)}
      {own.some((spec) => spec.fills) && note}
      {folded.length > 0 && (
        <Folded opened={open} summary={<span className="t-13 font-medium">{heading}</span>}>
          <div className="flex flex-col gap-5 pt-2">
            {FOLDED.map((section) => {
              const here = folded.filter((spec) => sectionOf(spec) === section);
              if (here.length === 0) return null;
              const headingId = `${id}-section-${section}`;
              return (
                <section key={section} aria-labelledby={headingId} className="flex flex-col gap-3">
                  <h3 id={headingId} className="t-12 border-b border-line-1 pb-1 text-text-2">
                    {words.sections[section]}
                  </h3>
                  {here.map(fieldOf)}
                </section>
              );
            })}
            {foot}
          </div>
        </Folded>
      )}
    </>
  );
}

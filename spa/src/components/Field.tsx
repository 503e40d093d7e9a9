// Label above, help below the label, error with icon under the field. Required is the rule; "optional" is written.
import { type ReactNode, useId } from 'react';
import { classes } from '@/lib/classes';
import { StatusIcon } from './StatusIcon';

export type FieldFacts = {
  label: string;
  help?: ReactNode;
  error?: string;
  optional?: boolean;
};

export type FieldWiring = {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
  'aria-required': true | undefined;
};

export type FieldProps = FieldFacts & {
  /** So that an error summary can link to it; made up when left out. */
  id?: string;
  /** At the end of the label's line: "Show". */
  aside?: ReactNode;
  children: (wiring: FieldWiring) => ReactNode;
};

export const controlClass =
  'w-full rounded-control border border-line-3 bg-bg-2 px-2 t-13 text-text-1 pointer-coarse:text-[max(1rem,16px)] ' +
  'aria-invalid:border-failed disabled:opacity-70 read-only:bg-bg-1';

export function FieldError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} className="t-12 mt-1 flex items-start gap-1 text-failed">
      <StatusIcon status="failed" size={14} decorative className="mt-0.5" />
      <span>{children}</span>
    </p>
  );
}

export function Field({ label, help, error, optional, id, aside, children }: FieldProps) {
  const made = useId();
  const fieldId = id ?? made;
  const helpId = `${fieldId}-help`;
  const errorId = `${fieldId}-error`;
  const described = classes(help ? helpId : null, error ? errorId : null);
  return (
    <div className="min-w-0">
      <div className="mb-1 flex items-baseline justify-between gap-2">
        <label htmlFor={fieldId} className="t-13 font-medium">
          {label}
          {optional && <span className="font-normal text-text-3"> optional</span>}
        </label>
        {aside}
      </div>
      {help && (
        <p id={helpId} className="t-12 mb-1 text-text-2">
          {help}
        </p>
      )}
      {children({
        id: fieldId,
        'aria-describedby': described || undefined,
        'aria-invalid': error ? true : undefined,
        'aria-required': optional ? undefined : true,
      })}
      {error && <FieldError id={errorId}>{error}</FieldError>}
    </div>
  );
}

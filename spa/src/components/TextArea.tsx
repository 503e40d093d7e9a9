// Several lines of text; grows with what is in it.
import type { ReactNode, Ref, TextareaHTMLAttributes } from 'react';
import { classes } from '@/lib/classes';
import { controlClass, Field, type FieldFacts } from './Field';

export type TextAreaProps = FieldFacts &
  Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange' | 'value' | 'className' | 'placeholder'> & {
    value: string;
    onChange: (value: string) => void;
    mono?: boolean;
    /** Under the field, right: "1,203 words · ≈ 1,640 tokens". */
    foot?: ReactNode;
    /** At the end of the label's line. */
    aside?: ReactNode;
    ref?: Ref<HTMLTextAreaElement>;
  };

/** Grows with its text from `rows` to half of the screen. */
export function TextArea({
  label,
  help,
  error,
  optional,
  id,
  value,
  onChange,
  mono,
  foot,
  aside,
  rows = 5,
  ref,
  ...rest
}: TextAreaProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional} id={id} aside={aside}>
      {(wiring) => (
        <>
          <textarea
            {...rest}
            {...wiring}
            ref={ref}
            rows={rows}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            className={classes(
              controlClass,
              'block field-sizing-content max-h-[50vh] min-h-[calc(var(--rows)*1.25rem+12px)] resize-y py-1.5',
              mono && 'font-mono',
            )}
            style={{ '--rows': rows } as React.CSSProperties}
          />
          {foot && <div className="t-12 mt-1 text-right text-text-2">{foot}</div>}
        </>
      )}
    </Field>
  );
}

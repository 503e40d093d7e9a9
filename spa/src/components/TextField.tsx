// One line of text.
import type { InputHTMLAttributes, ReactNode, Ref } from 'react';
import { classes } from '@/lib/classes';
import { controlClass, Field, type FieldFacts } from './Field';

export type TextFieldProps = FieldFacts &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value' | 'className' | 'placeholder'> & {
    value: string;
    onChange: (value: string) => void;
    aside?: ReactNode;
    mono?: boolean;
    ref?: Ref<HTMLInputElement>;
  };

export function TextField({
  label,
  help,
  error,
  optional,
  id,
  aside,
  value,
  onChange,
  mono,
  ref,
  ...rest
}: TextFieldProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional} id={id} aside={aside}>
      {(wiring) => (
        <input
          type="text"
          {...rest}
          {...wiring}
          ref={ref}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={classes(controlClass, 'h-(--control)', mono && 'font-mono')}
        />
      )}
    </Field>
  );
}

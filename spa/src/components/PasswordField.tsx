// A password: hidden until Show is pressed, taken from and kept by the browser's own store.
import { type Ref, useState } from 'react';
import { TextField, type TextFieldProps } from './TextField';

const words = { show: 'Show', hide: 'Hide', showLabel: 'Show the password', hideLabel: 'Hide the password' };

export type PasswordFieldProps = Omit<TextFieldProps, 'type' | 'aside' | 'maxLength'> & {
  /** A new one is proposed by the browser; the current one is filled in. */
  kind: 'current' | 'new';
  ref?: Ref<HTMLInputElement>;
};

export function PasswordField({ kind, ...rest }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...rest}
      type={shown ? 'text' : 'password'}
      autoComplete={`${kind}-password`}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={kind === 'new' ? 200 : 1024}
      aside={
        <button
          type="button"
          className="link t-12 min-h-6 px-1"
          aria-pressed={shown}
          aria-label={shown ? words.hideLabel : words.showLabel}
          onClick={() => setShown(!shown)}
        >
          {shown ? words.hide : words.show}
        </button>
      }
    />
  );
}

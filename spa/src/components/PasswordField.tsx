// A password: hidden until Show is pressed, taken from and kept by the browser's own store.
import { type Ref, useState } from 'react';
import { TextField, type TextFieldProps } from './TextField';

const words = { show: 'Show', hide: 'Hide', showLabel: 'Show the password', hideLabel: 'Hide the password' };

type Kind = 'current' | 'new' | 'secret';
const MOST: Record<Kind, number> = { current: 1024, new: 200, secret: 2000 };

export type PasswordFieldProps = Omit<TextFieldProps, 'type' | 'aside' | 'maxLength'> & {
  /** A new one is proposed by the browser; the current one is filled in; another secret is none of its business. */
  kind: Kind;
  ref?: Ref<HTMLInputElement>;
};

export function PasswordField({ kind, ...rest }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...rest}
      type={shown ? 'text' : 'password'}
      autoComplete={kind === 'secret' ? 'off' : `${kind}-password`}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={MOST[kind]}
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

// Verb and thing. At most one primary on a page; danger is outlined, filled only in a dialog.
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { classes } from '@/lib/classes';
import { ariaKeys, Kbd } from './Kbd';

export type ButtonLook = 'primary' | 'plain' | 'danger' | 'danger-filled' | 'quiet';

export type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> & {
  look?: ButtonLook;
  /** Asked and not yet answered: stays focusable, does nothing more. `busy` may be the sentence to show instead ("Saving…"). */
  busy?: boolean | string;
  /** Drawn at its end; the key itself is handled by the registry. */
  keys?: string;
  glyph?: ReactNode;
  wide?: boolean;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
};

const LOOKS: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover border-transparent font-medium',
  plain: 'bg-bg-2 text-text-1 border-line-3 hover:bg-hover',
  quiet: 'bg-transparent text-text-2 border-transparent hover:bg-hover hover:text-text-1',
  danger: 'bg-bg-2 text-danger border-danger hover:bg-hover',
  'danger-filled': 'bg-danger text-on-danger border-transparent font-medium',
};

/** The same looks for a link that stands among buttons. */
export const buttonClass = (look: ButtonLook = 'plain', wide = false): string =>
  classes(
    't-13 inline-flex h-(--control) items-center justify-center gap-2 rounded-control border px-2.5 whitespace-nowrap select-none',
    'transition-transform duration-(--t-press) active:translate-y-px aria-disabled:translate-y-0',
    LOOKS[look],
    wide && 'w-full',
  );

export function Button({
  look = 'plain',
  busy,
  keys,
  glyph,
  wide,
  className,
  children,
  onClick,
  type,
  disabled,
  ref,
  ...rest
}: ButtonProps) {
  const off = Boolean(busy) || disabled;
  return (
    <button
      {...rest}
      ref={ref}
      type={type ?? 'button'}
      aria-disabled={off || undefined}
      aria-busy={Boolean(busy) || undefined}
      aria-keyshortcuts={keys && ariaKeys(keys)}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
      className={classes(buttonClass(look, wide), off && 'opacity-70', className)}
    >
      {glyph}
      <span>{typeof busy === 'string' ? busy : children}</span>
      {keys && <Kbd keys={keys} onAccent={look === 'primary'} />}
    </button>
  );
}

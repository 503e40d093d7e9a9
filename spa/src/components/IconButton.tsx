// A button that is only an icon; its name is its label, shown on hover and focus, with the key.
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { classes } from '@/lib/classes';
import { ariaKeys, drawnKeys } from './Kbd';

export type IconButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children' | 'aria-label' | 'title'> & {
  label: string;
  children: ReactNode;
  keys?: string;
  ref?: Ref<HTMLButtonElement>;
};

export function IconButton({ label, children, keys, className, type, ref, ...rest }: IconButtonProps) {
  return (
    <button
      {...rest}
      ref={ref}
      type={type ?? 'button'}
      aria-label={label}
      aria-keyshortcuts={keys && ariaKeys(keys)}
      title={keys ? `${label}  ${drawnKeys(keys).join(' ')}` : label}
      className={classes(
        'inline-flex size-(--control) shrink-0 items-center justify-center rounded-control text-text-2 hover:bg-hover hover:text-text-1',
        className,
      )}
    >
      {children}
    </button>
  );
}

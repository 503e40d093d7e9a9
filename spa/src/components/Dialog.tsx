// One decision, or up to five fields; on the phone a sheet from below. The browser's own dialog: it traps focus, returns it, closes on Esc.
import { type ReactNode, useId, useRef } from 'react';
import { classes } from '@/lib/classes';
import { useModal } from '@/lib/modal';
import { icon, X } from './Icon';
import { IconButton } from './IconButton';

export type DialogProps = {
  open: boolean;
  title: string;
  /** Esc, the cross, a click beside it. Ask first when something was typed. */
  onClose: () => void;
  children: ReactNode;
  /** Buttons, right; the last one is the verb. */
  foot?: ReactNode;
  wide?: boolean;
};

export function Dialog({ open, ...rest }: DialogProps) {
  return open ? <OpenDialog {...rest} /> : null;
}

// the first field, else what stands under the content: the cross is only the last resort
const FIRST = '[data-body] :is(input, textarea, select), [data-foot] button';

function OpenDialog({ title, onClose, children, foot, wide }: Omit<DialogProps, 'open'>) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useModal(dialog, FIRST);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the key for it, handled by the dialog itself
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // a browser may close it all the same, when Esc is pressed twice
      onClose={() => {
        if (dialog.current && !dialog.current.open) onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className={classes('dialog', wide ? 'dialog-wide' : '')}
    >
      <div className="flex max-h-[inherit] flex-col">
        <div className="flex items-center gap-2 py-2 pr-2 pl-4">
          <h2 id={titleId} className="t-16 min-w-0 flex-1 truncate">
            {title}
          </h2>
          <IconButton label="Close" onClick={onClose}>
            <X {...icon} />
          </IconButton>
        </div>
        <div data-body className="min-h-0 flex-1 overflow-y-auto px-4 pt-1 pb-4">
          {children}
        </div>
        {foot && (
          <div data-foot className="flex justify-end gap-2 border-t border-line-1 px-4 py-3">
            {foot}
          </div>
        )}
      </div>
    </dialog>
  );
}

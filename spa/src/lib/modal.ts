// Opens a dialog over the page while its component is there, and gives the focus back to where it was. (A dialog that is taken out of
// the document does not do that by itself.)
import { type RefObject, useLayoutEffect } from 'react';

/** `first`: what gets the focus instead of the first thing that can have it. */
export function useModal(dialog: RefObject<HTMLDialogElement | null>, first?: string) {
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement;
    element.showModal();
    if (first) element.querySelector<HTMLElement>(first)?.focus();
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [dialog, first]);
}

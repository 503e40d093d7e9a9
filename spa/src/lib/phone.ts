// How wide the shell is: phone (under 640), tablet (to 1023), desk. Widths that CSS can decide are decided there.
import { useSyncExternalStore } from 'react';

export type ShellWidth = 'phone' | 'tablet' | 'desk';

const inBrowser = typeof window !== 'undefined';
const phone = inBrowser ? window.matchMedia('(width < 640px)') : null;
const desk = inBrowser ? window.matchMedia('(width >= 1024px)') : null;

function listen(listener: () => void) {
  phone?.addEventListener('change', listener);
  desk?.addEventListener('change', listener);
  return () => {
    phone?.removeEventListener('change', listener);
    desk?.removeEventListener('change', listener);
  };
}
const read = (): ShellWidth => (phone?.matches ? 'phone' : desk?.matches ? 'desk' : 'tablet');

export const useShellWidth = (): ShellWidth => useSyncExternalStore(listen, read, () => 'desk');
export const usePhone = (): boolean => useShellWidth() === 'phone';

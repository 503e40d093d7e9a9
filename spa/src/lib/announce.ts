// The one polite live region: route changes, results of one's own acts, a run that ended or waits. Not tokens, not others' edits.
import { useSyncExternalStore } from 'react';

let message = '';
let turn = 0;
const listeners = new Set<() => void>();

export function announce(text: string) {
  // the same sentence twice must be said twice: an invisible difference makes it new
  turn++;
  message = turn % 2 ? text : `${text}\u200b`;
  for (const listener of listeners) listener();
}

export function useAnnouncement(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => message,
    () => message,
  );
}

// A new build was deployed while this one is open: its chunks may be gone. The page says so, and never reloads by itself.
import { useSyncExternalStore } from 'react';

let outdated = false;
const listeners = new Set<() => void>();

export function watchForNewVersion() {
  // told by the bundler when a chunk of this build cannot be had any more
  window.addEventListener('vite:preloadError', () => {
    outdated = true;
    for (const listener of listeners) listener();
  });
}

export function useOutdated(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => outdated,
  );
}

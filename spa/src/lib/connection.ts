// What the page knows of its streams. Nothing is shown while they are live; the top bar says when they are not, and since when what is
// seen stands still. The page with the stream sets it; null when it has none.
import { useSyncExternalStore } from 'react';

export type Connection = {
  /** asking: a proxy cuts streams, so the page asks every three seconds */
  state: 'live' | 'reconnecting' | 'asking';
  /** The last sign of life, in ms. */
  asOf?: number;
  /** "37 events" were missed and replayed. */
  note?: string;
  tryNow?: () => void;
};

let connection: Connection | null = null;
const listeners = new Set<() => void>();

export function setConnection(next: Connection | null) {
  connection = next;
  for (const listener of listeners) listener();
}

export function useConnection(): Connection | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
    () => connection,
  );
}

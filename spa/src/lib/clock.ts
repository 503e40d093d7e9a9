// The ticking second: the sign of life of what runs. One timer for the whole page, stopped when nobody looks.
import { useSyncExternalStore } from 'react';

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick() {
  now = Date.now();
  for (const listener of listeners) listener();
}

function listen(listener: () => void) {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(tick, 1000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

const still = () => () => {};
const read = () => now;

/** The time now, renewed each second while `ticking`; it stands still otherwise. */
export function useNow(ticking = true): number {
  return useSyncExternalStore(ticking ? listen : still, read, read);
}

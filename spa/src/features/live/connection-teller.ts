// Says in the top bar what is out of the ordinary with a stream; after a break, for a moment, how much was missed.
import { setConnection } from '@/lib/connection';

const NOTE_MS = 6_000;

export function connectionTeller() {
  let missed: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    count: (events: number) => {
      if (missed !== null) missed += events;
    },
    tell: (state: 'live' | 'reconnecting' | 'asking', asOf: number, tryNow?: () => void) => {
      clearTimeout(timer);
      if (state !== 'live') {
        missed ??= 0;
        setConnection({ state, asOf, tryNow });
        return;
      }
      setConnection(missed ? { state, note: missed === 1 ? '1 event' : `${missed} events` } : null);
      if (missed) timer = setTimeout(() => setConnection(null), NOTE_MS);
      missed = null;
    },
    stop: () => {
      clearTimeout(timer);
      setConnection(null);
    },
  };
}

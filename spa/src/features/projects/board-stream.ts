// Who has moved on a board: a stream that comes back after every break, and is told then where every run is. Where something between
// here and the server cuts streams, the board is read every three seconds instead, by whoever asked for it.
import { growing, type Held, holdStream } from '@/lib/held-stream';
import type { Moved } from './model/board';

export type BoardStream = {
  url: string;
  /** Gathered for a moment, so that many that move together are read together. */
  onMoved: (moved: readonly Moved[]) => void;
  onState: (state: 'live' | 'reconnecting' | 'asking', lastSign: number) => void;
  /** Streams do not come through: everything is to be read. */
  onAsk: () => void;
};

const GATHER_MS = 120;
const ASK_MS = 3_000;
const LONGEST_WAIT_MS = 8_000;
const BREAKS_UNTIL_ASKING = 4;

export function followBoard(options: BoardStream): Held {
  let gather: ReturnType<typeof setTimeout> | undefined;
  let gathered: Moved[] = [];
  const hand = () => {
    gather = undefined;
    const moved = gathered;
    gathered = [];
    options.onMoved(moved);
  };
  const held = holdStream({
    url: options.url,
    heard: {
      run: (data) => {
        gathered.push(JSON.parse(data) as Moved);
        gather ??= setTimeout(hand, GATHER_MS);
      },
    },
    onOpen: (lastSign) => options.onState('live', lastSign),
    onBroken: (breaks, lastSign) => {
      const asking = breaks >= BREAKS_UNTIL_ASKING;
      options.onState(asking ? 'asking' : 'reconnecting', lastSign);
      if (asking) options.onAsk();
      return asking ? ASK_MS : growing(breaks, LONGEST_WAIT_MS);
    },
  });
  return {
    stop: () => {
      held.stop();
      clearTimeout(gather);
    },
    tryNow: held.tryNow,
  };
}

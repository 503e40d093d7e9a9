// Who has moved on a board: a stream that comes back after every break, and is told then where every run is. Where something between
// here and the server cuts streams, the board is read every three seconds instead, by whoever asked for it.
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
const SILENCE_MS = 15_000;
const ASK_MS = 3_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8_000;
const BREAKS_UNTIL_ASKING = 4;

export function followBoard(options: BoardStream): { stop: () => void; tryNow: () => void } {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let gather: ReturnType<typeof setTimeout> | undefined;
  let gathered: Moved[] = [];
  let breaks = 0;
  let lastSign = Date.now();

  const close = () => {
    source?.close();
    clearTimeout(timer);
    clearTimeout(silence);
  };
  const sign = () => {
    lastSign = Date.now();
    clearTimeout(silence);
    silence = setTimeout(broken, SILENCE_MS);
  };
  const hand = () => {
    gather = undefined;
    const moved = gathered;
    gathered = [];
    options.onMoved(moved);
  };

  function open() {
    close();
    source = new EventSource(options.url);
    sign();
    source.onopen = () => {
      sign();
      options.onState('live', lastSign);
    };
    source.onerror = broken;
    source.addEventListener('run', (message) => {
      breaks = 0;
      sign();
      gathered.push(JSON.parse(message.data) as Moved);
      gather ??= setTimeout(hand, GATHER_MS);
    });
    source.addEventListener('ping', () => {
      breaks = 0;
      sign();
    });
  }

  function broken() {
    close();
    breaks++;
    const asking = breaks >= BREAKS_UNTIL_ASKING;
    options.onState(asking ? 'asking' : 'reconnecting', lastSign);
    if (asking) options.onAsk();
    const wait = asking ? ASK_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (breaks - 1));
    timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
  }

  open();
  return {
    stop: () => {
      close();
      clearTimeout(gather);
    },
    tryNow: () => {
      breaks = 0;
      open();
    },
  };
}

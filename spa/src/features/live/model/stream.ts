// One run's events, for as long as it goes on: a stream that comes back by number after every break, and asking every three seconds
// where something between here and the server cuts streams. It knows nothing of React; the hook beside it does.
//
// After a break the events are first asked for by an ordinary request: it says whether the server is there, brings what was missed,
// and tells a run that has ended from a stream that was cut.
//
//   const following = follow({ url, after, ask, onEvents, onState, onEnd });
import { Problem } from '@/api/problem';
import type { RunEvent } from '@/api/types';

export type StreamState = 'live' | 'reconnecting' | 'asking';

export type Follow = {
  /** Of the stream, without the query. */
  url: string;
  /** Number of the newest event that is known. */
  after: number;
  /** The same events by an ordinary request. */
  ask: (after: number) => Promise<{ events: readonly RunEvent[]; ended: boolean }>;
  onEvents: (events: readonly RunEvent[]) => void;
  /** `lastSign`: when the server was last heard of, in ms. */
  onState: (state: StreamState, lastSign: number) => void;
  /** No more will come: the run has ended, or is no longer to be seen. */
  onEnd: () => void;
};

export type Following = { stop: () => void; tryNow: () => void };

const SILENCE_MS = 15_000;
const ASK_MS = 3_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8_000;
/** So many streams in a row that broke without one event while requests were answered: streams do not come through here. */
const BREAKS_UNTIL_ASKING = 4;
/** While asking, a stream is tried again after so many answers. */
const ASKS_UNTIL_STREAM = 20;

const ENDS: readonly RunEvent['type'][] = ['run.completed', 'run.failed', 'run.cancelled'];
/** Every type of the contract: one that is missing here would never be heard, so the compiler asks for each. */
const HEARD: Record<RunEvent['type'], true> = {
  'run.created': true,
  'run.started': true,
  'run.paused': true,
  'run.resumed': true,
  'run.completed': true,
  'run.failed': true,
  'run.cancelled': true,
  'run.reopened': true,
  'run.moved': true,
  'run.not_moved': true,
  'step.started': true,
  'step.waiting': true,
  'step.output': true,
  'step.completed': true,
  'step.failed': true,
  'step.retrying': true,
  'step.blocked': true,
  'run.cost_warning': true,
  'step.asking': true,
  'step.skipped': true,
  'step.cancelled': true,
};
const TYPES = Object.keys(HEARD) as RunEvent['type'][];

export function follow(options: Follow): Following {
  let after = options.after;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  /** Failures in a row: of the stream, of requests. */
  let breaks = 0;
  let refusals = 0;
  let asks = 0;
  let lastSign = Date.now();
  let over = false;
  /** What answers late belongs to a turn that is past. */
  let turn = 0;

  const clear = () => {
    turn++;
    source?.close();
    source = undefined;
    clearTimeout(timer);
    clearTimeout(silence);
  };
  const sign = () => {
    lastSign = Date.now();
    clearTimeout(silence);
    silence = setTimeout(broken, SILENCE_MS);
  };
  const end = () => {
    if (over) return;
    over = true;
    clear();
    options.onEnd();
  };
  const take = (events: readonly RunEvent[]) => {
    if (over) return;
    const news = events.filter((event) => event.seq > after);
    const last = news.at(-1);
    if (!last) return;
    after = last.seq;
    options.onEvents(news);
    if (ENDS.includes(last.type)) end();
  };

  function open() {
    if (over) return;
    clear();
    source = new EventSource(`${options.url}?after=${after}`);
    sign();
    source.onopen = () => {
      sign();
      options.onState('live', lastSign);
    };
    source.onerror = broken;
    for (const type of TYPES) {
      source.addEventListener(type, (message) => {
        breaks = 0;
        sign();
        take([JSON.parse(message.data) as RunEvent]);
      });
    }
    source.addEventListener('ping', () => {
      breaks = 0;
      sign();
    });
  }

  function broken() {
    if (over) return;
    clear();
    breaks++;
    options.onState(breaks >= BREAKS_UNTIL_ASKING ? 'asking' : 'reconnecting', lastSign);
    again(FIRST_WAIT_MS * 2 ** (breaks - 1));
  }

  function again(ms: number) {
    clearTimeout(timer);
    // not all pages at once, when a server comes back
    timer = setTimeout(() => void ask(), Math.min(LONGEST_WAIT_MS, ms) * (0.75 + Math.random() / 2));
  }

  async function ask() {
    const mine = ++turn;
    try {
      const { events, ended } = await options.ask(after);
      if (over || mine !== turn) return;
      refusals = 0;
      lastSign = Date.now();
      take(events);
      if (ended) return end();
    } catch (error) {
      if (over || mine !== turn) return;
      if (error instanceof Problem && !error.retryable) return end();
      options.onState('reconnecting', lastSign);
      again(FIRST_WAIT_MS * 2 ** ++refusals);
      return;
    }
    if (breaks < BREAKS_UNTIL_ASKING) return open();
    options.onState('asking', lastSign);
    if (++asks >= ASKS_UNTIL_STREAM) {
      asks = 0;
      return open();
    }
    again(ASK_MS);
  }

  open();
  return {
    stop: () => {
      over = true;
      clear();
    },
    tryNow: () => {
      breaks = 0;
      refusals = 0;
      if (!over) void ask();
    },
  };
}

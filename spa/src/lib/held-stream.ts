// A stream of server-sent events that is held open: when it breaks, or nothing is heard of it for longer than the server is silent, it is
// opened again after a pause that whoever asked for it decides. It knows nothing of React, nor of what the events mean.
//
//   const held = holdStream({ url, heard: { moved: (data) => … }, onBroken: (breaks) => growing(breaks, 8_000) });
//   held.stop();

export type HeldStream = {
  url: string;
  /** By the event's name; what comes is its data. */
  heard: Readonly<Record<string, (data: string) => void>>;
  /** `lastSign`: when the server was last heard of, in ms. */
  onOpen?: (lastSign: number) => void;
  /** So many breaks in a row without anything heard: how long to wait, in ms. */
  onBroken: (breaks: number, lastSign: number) => number;
  /** After the pause, before it is opened again. */
  beforeAgain?: () => Promise<unknown>;
};

export type Held = { stop: () => void; tryNow: () => void };

/** The server is never silent for longer than ten. */
const SILENCE_MS = 15_000;
const FIRST_WAIT_MS = 300;

export const growing = (breaks: number, longest: number): number =>
  Math.min(longest, FIRST_WAIT_MS * 2 ** (breaks - 1));

export function holdStream(options: HeldStream): Held {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let breaks = 0;
  let lastSign = Date.now();
  /** What is over by the time it answers opens nothing. */
  let turn = 0;

  const close = () => {
    turn++;
    source?.close();
    clearTimeout(timer);
    clearTimeout(silence);
  };
  const sign = () => {
    lastSign = Date.now();
    clearTimeout(silence);
    silence = setTimeout(broken, SILENCE_MS);
  };

  function open() {
    close();
    source = new EventSource(options.url);
    sign();
    source.onopen = () => {
      sign();
      options.onOpen?.(lastSign);
    };
    source.onerror = broken;
    const listen = (name: string, take: (data: string) => void) =>
      source?.addEventListener(name, (message) => {
        breaks = 0;
        sign();
        take((message as MessageEvent<string>).data);
      });
    for (const [name, take] of Object.entries(options.heard)) listen(name, take);
    listen('ping', () => {});
  }

  function broken() {
    close();
    breaks++;
    // not all pages at once, when a server comes back
    timer = setTimeout(() => void again(), options.onBroken(breaks, lastSign) * (0.75 + Math.random() / 2));
  }

  async function again() {
    const mine = turn;
    await options.beforeAgain?.().catch(() => {});
    if (mine === turn) open();
  }

  open();
  return {
    stop: close,
    tryNow: () => {
      breaks = 0;
      open();
    },
  };
}

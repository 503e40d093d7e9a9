import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { growing, type HeldStream, holdStream } from './held-stream';

/** A stream that the test drives. */
class FakeSource {
  static all: FakeSource[] = [];
  static get last(): FakeSource {
    const source = FakeSource.all.at(-1);
    if (!source) throw new Error('no stream was opened');
    return source;
  }
  listeners = new Map<string, (message: { data: string }) => void>();
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  constructor(readonly url: string) {
    FakeSource.all.push(this);
  }
  addEventListener(type: string, listener: (message: { data: string }) => void) {
    this.listeners.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  say(type: string, data = '{}') {
    this.listeners.get(type)?.({ data });
  }
}

const WAIT = 1_000;
/** More than the pause can be. */
const LONG = 2 * WAIT;

function start(more: Partial<HeldStream> = {}) {
  const seen: string[] = [];
  const breaks: number[] = [];
  const held = holdStream({
    url: '/live',
    heard: { news: (data) => seen.push(data) },
    onBroken: (count) => {
      breaks.push(count);
      return WAIT;
    },
    ...more,
  });
  return { held, seen, breaks };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
  FakeSource.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('what is heard is handed on; what was not asked for is not', () => {
  const { seen } = start();
  FakeSource.last.say('news', 'a');
  FakeSource.last.say('other', 'b');
  FakeSource.last.say('news', 'c');
  expect(seen).toEqual(['a', 'c']);
});

test('a stream that breaks is closed, and opened again after the pause; what is heard forgets the breaks', async () => {
  const { breaks } = start();
  for (let i = 0; i < 2; i++) {
    FakeSource.last.onerror?.();
    expect(FakeSource.last.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(LONG);
  }
  expect(FakeSource.all).toHaveLength(3);
  FakeSource.last.say('ping');
  FakeSource.last.onerror?.();
  expect(breaks).toEqual([1, 2, 1]);
});

test('silence is a break, and a ping is none', async () => {
  const { breaks } = start();
  await vi.advanceTimersByTimeAsync(14_000);
  FakeSource.last.say('ping');
  await vi.advanceTimersByTimeAsync(14_000);
  expect(breaks).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(breaks).toEqual([1]);
});

test('what is to be done before comes first, and one that is stopped meanwhile stays closed', async () => {
  let done = () => {};
  const asked = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        done = resolve;
      }),
  );
  const { held } = start({ beforeAgain: asked });
  expect(asked).not.toHaveBeenCalled();
  FakeSource.last.onerror?.();
  await vi.advanceTimersByTimeAsync(LONG);
  expect([asked.mock.calls.length, FakeSource.all.length]).toEqual([1, 1]);
  done();
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSource.all).toHaveLength(2);
  FakeSource.last.onerror?.();
  await vi.advanceTimersByTimeAsync(LONG);
  held.stop();
  done();
  await vi.advanceTimersByTimeAsync(LONG);
  expect(FakeSource.all).toHaveLength(2);
});

test('it is tried at once when somebody asks, once', async () => {
  const { held } = start();
  FakeSource.last.onerror?.();
  held.tryNow();
  expect(FakeSource.all).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(LONG);
  expect(FakeSource.all).toHaveLength(2);
});

test('pauses grow to the longest', () => {
  expect([1, 2, 3, 9].map((breaks) => growing(breaks, 8_000))).toEqual([300, 600, 1200, 8000]);
});

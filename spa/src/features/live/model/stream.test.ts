import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '@/api/problem';
import type { RunEvent } from '@/api/types';
import { follow, type StreamState } from './stream';

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
  say(event: RunEvent) {
    this.listeners.get(event.type)?.({ data: JSON.stringify(event) });
  }
}

const event = (seq: number, type: RunEvent['type'] = 'step.output'): RunEvent => ({
  seq,
  at: '2026-11-21T10:00:00Z',
  type,
  path: null,
  attempt: null,
  data: {},
});

function start(answers: { events?: RunEvent[]; ended?: boolean; error?: Error }[] = []) {
  const seen: number[] = [];
  const states: StreamState[] = [];
  const asked: number[] = [];
  let ended = 0;
  const following = follow({
    url: '/live',
    after: 2,
    ask: async (after) => {
      asked.push(after);
      const answer = answers.shift() ?? {};
      if (answer.error) throw answer.error;
      return { events: answer.events ?? [], ended: answer.ended ?? false };
    },
    onEvents: (events) => seen.push(...events.map((one) => one.seq)),
    onState: (state) => states.push(state),
    onEnd: () => {
      ended++;
    },
  });
  return { following, seen, states, asked, ended: () => ended };
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

describe('the events of one run are followed', () => {
  test('from the number that is known, each once', () => {
    const { seen } = start();
    expect(FakeSource.last.url).toBe('/live?after=2');
    for (const seq of [1, 3, 3, 4]) FakeSource.last.say(event(seq));
    expect(seen).toEqual([3, 4]);
  });

  test('until the event that ends the run; then the stream is closed and not opened again', async () => {
    const { ended, asked } = start();
    FakeSource.last.say(event(3, 'run.completed'));
    expect(ended()).toBe(1);
    expect(FakeSource.last.closed).toBe(true);
    FakeSource.last.onerror?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSource.all).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  test('after a break what was missed is asked for, and the stream goes on behind it', async () => {
    const { seen, states, asked } = start([{ events: [event(4), event(5)] }]);
    FakeSource.last.onopen?.();
    FakeSource.last.say(event(3));
    FakeSource.last.onerror?.();
    expect(states).toEqual(['live', 'reconnecting']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual([3]);
    expect(seen).toEqual([3, 4, 5]);
    expect(FakeSource.last.url).toBe('/live?after=5');
  });

  test('silence of 15 s is a break; a ping is none', async () => {
    const { states } = start();
    FakeSource.last.onopen?.();
    await vi.advanceTimersByTimeAsync(14_000);
    FakeSource.last.listeners.get('ping')?.({ data: '{}' });
    await vi.advanceTimersByTimeAsync(14_000);
    expect(states).toEqual(['live']);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(states).toEqual(['live', 'reconnecting']);
  });

  test('a run that ended while the stream was away has ended', async () => {
    const { ended, seen } = start([{ events: [event(3)], ended: true }]);
    FakeSource.last.onerror?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen).toEqual([3]);
    expect(ended()).toBe(1);
    expect(FakeSource.all).toHaveLength(1);
  });

  test('where streams are cut again and again, it asks every three seconds, and says so', async () => {
    const { states, asked } = start();
    for (let i = 0; i < 4; i++) {
      FakeSource.last.onerror?.();
      await vi.advanceTimersByTimeAsync(8_000);
    }
    expect(states).toContain('asking');
    const before = asked.length;
    const streams = FakeSource.all.length;
    await vi.advanceTimersByTimeAsync(12_000);
    expect(asked.length - before).toBeGreaterThanOrEqual(3);
    expect(FakeSource.all).toHaveLength(streams);
  });

  test('a server that does not answer is asked again, ever more slowly', async () => {
    const error = new Problem({ status: 503, code: 'unavailable', title: 'Unavailable', retryable: true });
    const { asked, states } = start(Array.from({ length: 50 }, () => ({ error })));
    FakeSource.last.onerror?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.length).toBeLessThan(20);
    expect(states.at(-1)).toBe('reconnecting');
  });

  test('a run that may no longer be seen is at its end', async () => {
    const error = new Problem({ status: 404, code: 'not_found', title: 'Not found', retryable: false });
    const { ended } = start([{ error }]);
    FakeSource.last.onerror?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ended()).toBe(1);
  });

  test('once stopped, nothing more is heard or asked', async () => {
    const { following, seen, asked, ended } = start();
    following.stop();
    FakeSource.last.say(event(3));
    FakeSource.last.onerror?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSource.last.closed).toBe(true);
    expect([asked, ended()]).toEqual([[], 0]);
    expect(seen).toEqual([]);
  });
});

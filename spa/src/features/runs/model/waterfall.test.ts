import { describe, expect, test } from 'vitest';
import type { Run, RunStep, StepRun } from '@/api/types';
import { marksOf, stepNumber, stepToFollow, wasFree } from './facts';
import { dearest, ticksOf, waterfallOf } from './waterfall';

const START = Date.parse('2026-11-21T10:00:00.000Z');
const at = (ms: number) => new Date(START + ms).toISOString();
const attempt = (path: string, number: number, from: number, to: number | null, more: Partial<StepRun> = {}) =>
  ({
    path,
    attempt: number,
    status: to === null ? 'running' : 'completed',
    started_at: at(from),
    finished_at: to === null ? null : at(to),
    cost_usd: 0,
    ...more,
  }) as StepRun;
const step = (key: string, step_run: StepRun | null) =>
  ({ key, name: key, kind: 'prompt', depth: 0, step_run }) as RunStep;
const run = (steps: RunStep[], more: Partial<Run> = {}) =>
  ({ created_at: at(0), started_at: at(10), finished_at: null, status: 'running', steps, ...more }) as Run;

describe('bars', () => {
  test('stand where the time is, from the creation of the run to its end', () => {
    const { lanes, spanMs } = waterfallOf(
      run([step('a', attempt('a', 1, 200, 600)), step('b', attempt('b', 1, 700, 1000))], { finished_at: at(1000) }),
      [],
      START + 999_999,
    );
    expect(spanMs).toBe(1000);
    expect(lanes[0]?.bars).toEqual([{ from: 0.2, to: 0.6, status: 'completed', attempt: 1 }]);
    expect(lanes[0]?.queued).toEqual({ from: 0, to: 0.2 });
    expect(lanes[1]?.queued).toEqual({ from: 0.6, to: 0.7 });
  });

  test('a running step goes to now; a clock that is behind the server draws nothing backwards', () => {
    const running = run([step('a', attempt('a', 1, 500, null))]);
    expect(waterfallOf(running, [], START + 1000).lanes[0]?.bars[0]).toMatchObject({ from: 0.5, to: 1 });
    const [bar] = waterfallOf(running, [], START - 60_000).lanes[0]?.bars ?? [];
    expect(bar && bar.to >= bar.from).toBe(true);
  });

  test('each attempt has its bar, the newest as the run knows it', () => {
    const newest = attempt('a', 2, 600, null);
    const { lanes } = waterfallOf(
      run([step('a', newest)]),
      [attempt('a', 2, 600, 601), attempt('a', 1, 100, 400, { status: 'failed' }), attempt('b', 1, 0, 1)],
      START + 1000,
    );
    expect(lanes[0]?.bars.map(({ attempt: number, status }) => [number, status])).toEqual([
      [1, 'failed'],
      [2, 'running'],
    ]);
  });

  test('a step that has not begun has none', () => {
    expect(waterfallOf(run([step('a', null)]), [], START).lanes[0]).toMatchObject({ bars: [], queued: null });
  });

  test('ticks are few, round, and end before the edge', () => {
    for (const span of [200, 950, 8_100, 72_000, 5_400_000, 90_000_000, 4e9]) {
      const ticks = ticksOf(span);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.every((tick) => tick.at < 1)).toBe(true);
    }
  });

  test('the dearest step is told, when one is', () => {
    const costs = (...usd: number[]) =>
      run(usd.map((cost, index) => step(`s${index}`, attempt(`s${index}`, 1, 0, 1, { cost_usd: cost }))));
    expect(dearest(costs(0.1, 0.3, 0.2))).toBe('s1');
    expect(dearest(costs(0, 0))).toBeNull();
    expect(dearest(costs(0.5))).toBeNull();
  });
});

describe('where a run stands', () => {
  const a = step('a', attempt('a', 1, 0, 1));
  const failed = step('b', attempt('b', 1, 1, 2, { status: 'failed' }));
  const going = step('b', attempt('b', 1, 1, null));
  const c = step('c', null);

  test('the step to look at is the one that runs, else that failed, else the last', () => {
    expect(stepToFollow(run([a, going, c]))?.key).toBe('b');
    expect(stepToFollow(run([a, failed, c]))?.key).toBe('b');
    expect(stepToFollow(run([a, step('b', attempt('b', 1, 1, 2))]))?.key).toBe('b');
    expect(stepToFollow(run([c]))?.key).toBe('c');
  });

  test('its number is counted from one; between two steps it is how many have begun', () => {
    expect(stepNumber(run([a, going, c]))).toBe(2);
    expect(stepNumber(run([a, c]))).toBe(1);
    expect(stepNumber(run([c]))).toBe(0);
  });

  test('free is only what is known to have cost nothing', () => {
    expect(wasFree(0, true, 10)).toBe(true);
    expect(wasFree(0, false, 10)).toBe(false);
    expect(wasFree(0, true, 0)).toBe(false);
    expect(wasFree(null, true, 10)).toBe(false);
  });

  test('of a long run, whose marks are cut, as many are drawn done as are done', () => {
    const long = { step_count: 30, steps_done: 29, status: 'failed', marks: Array(24).fill('completed') };
    expect(marksOf(long as unknown as Run)).toHaveLength(30);
    expect(marksOf(long as unknown as Run).at(-1)).toBe('failed');
  });
});

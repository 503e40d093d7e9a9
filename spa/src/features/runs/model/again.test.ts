import { expect, test } from 'vitest';
import type { Run, StepRun } from '@/api/types';
import {
  editable,
  edited,
  firstOpen,
  iterationOf,
  placesOf,
  reusedBefore,
  stepsOf,
  takenOver,
  withIteration,
} from './again';

const run = (...statuses: (StepRun['status'] | null)[]): Run =>
  ({
    steps: statuses.map((status, index) => ({
      key: `s${index + 1}`,
      name: `Step ${index + 1}`,
      kind: 'prompt',
      depth: 0,
      step_run: status && { status, attempt: 1 },
    })),
  }) as unknown as Run;

test('a retry begins at the first step that has not completed', () => {
  const failed = run('completed', 'skipped', 'failed', null);
  expect(firstOpen(failed, stepsOf(failed))).toBe('s3');
  const done = run('completed', 'completed');
  expect(firstOpen(done, stepsOf(done))).toBe('s1');
  expect(firstOpen(done, [])).toBe('');
});

test('reused is what has completed before that step under the same key and kind', () => {
  const failed = run('completed', 'completed', 'failed');
  const keys = (from: string, steps = stepsOf(failed)) => reusedBefore(failed, steps, from).map((step) => step.key);
  expect(keys('s3')).toEqual(['s1', 's2']);
  expect(keys('s1')).toEqual([]);
  expect(keys('gone')).toEqual([]);
  const [first, second, third] = stepsOf(failed);
  if (!first || !second || !third) throw new Error('three steps');
  expect(
    keys('s3', [{ key: 'new', name: 'New', kind: 'prompt' }, { ...first, kind: 'transform' }, second, third]),
  ).toEqual(['s2']);
});

test('an input is edited as texts and comes back as it was', () => {
  const input = { text: '{"a":1}', list: [1, 2] };
  const texts = editable(input);
  expect(texts).toEqual({ text: '{"a":1}', list: '[\n  1,\n  2\n]' });
  expect(edited(input, texts ?? {})).toEqual({ value: input, wrong: null });
  expect(edited(input, { ...texts, list: '[1' })).toEqual({ value: {}, wrong: 'list' });
  expect(editable('text')).toBeNull();
  expect(editable(null)).toBeNull();
});

test('a group is run again as a whole: what is in it is no place to begin', () => {
  const steps = [
    { key: 'both', depth: 0 },
    { key: 'both/one', depth: 1 },
    { key: 'after', depth: 0 },
  ];
  const nested = { steps: steps.map((step) => ({ ...step, name: step.key, kind: 'prompt', step_run: null })) };
  expect(stepsOf(nested as unknown as Run).map((step) => step.key)).toEqual(['both', 'after']);
});

test('a fork begins at a step in a group or a loop that the run has come to, in any iteration', () => {
  const made = (key: string, path: string | null, more = {}) => ({
    key,
    name: key.toUpperCase(),
    kind: 'prompt',
    depth: key.split('/').length - 1,
    step_run: path && { path, status: 'completed', attempt: 1 },
    ...more,
  });
  const nested = {
    steps: [
      made('first', 'first'),
      made('each', 'each', { kind: 'loop', iterations: 12 }),
      made('each/x', 'each[11]/x'),
      made('each/y', 'each[11]/y'),
      made('both', 'both', { kind: 'parallel' }),
      made('both/one', 'both/one'),
      made('both/two', null),
      made('ask', 'ask', { kind: 'agent', iterations: 2 }),
      made('ask/model', 'ask[1]/model'),
    ],
  } as unknown as Run;
  const places = placesOf(nested);
  expect(places.map(({ path, iterations }) => [path, iterations])).toEqual([
    ['first', null],
    ['each', null],
    ['each[11]/x', 12],
    ['each[11]/y', 12],
    ['both', null],
    ['both/one', null],
    ['ask', null],
  ]);
  const y = places[3];
  if (!y) throw new Error('no place');
  expect(y.names).toEqual(['EACH', 'EACH/Y']);
  expect([
    iterationOf(y.path),
    withIteration(y.path, 3),
    withIteration('a[1]/b[22]/c', 4),
    withIteration('both/one', 2),
  ]).toEqual([11, 'each[3]/y', 'a[1]/b[4]/c', 'both/one']);
  expect(takenOver(nested, y, 'each[3]/y')).toEqual({ names: ['FIRST', 'EACH/X'], iterations: 3 });
});

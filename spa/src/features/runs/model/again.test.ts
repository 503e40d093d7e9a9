import { expect, test } from 'vitest';
import type { Run, StepRun } from '@/api/types';
import { editable, edited, firstOpen, reusedBefore, stepsOf } from './again';

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

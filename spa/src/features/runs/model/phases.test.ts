import { expect, test } from 'vitest';
import type { RunStep } from '@/api/types';
import { phasesOf } from './phases';

const step = (key: string, phase: string | null, status: string | null = null, depth = 0): RunStep =>
  ({ key, phase, depth, step_run: status ? { status } : null }) as unknown as RunStep;

test('a phase begins where an outermost step has another than the one before it', () => {
  const phases = phasesOf([
    step('plan', 'Plan', 'completed'),
    step('group', 'Build', 'running'),
    step('group/a', 'Elsewhere', 'completed', 1),
    step('more', 'Build', 'skipped'),
    step('loose', null),
    step('again', 'Build'),
  ]);
  expect([...phases.values()].map(({ name, first, done, of }) => [name, first, done, of])).toEqual([
    ['Plan', 'plan', 1, 1],
    ['Build', 'group', 1, 2],
    [null, 'loose', 0, 1],
    ['Build', 'again', 0, 1],
  ]);
});

test('where no step has one there is none', () => {
  expect(phasesOf([step('a', null), step('b', null)]).size).toBe(0);
});

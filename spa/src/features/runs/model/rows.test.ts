import { expect, test } from 'vitest';
import type { RunStep } from '@/api/types';
import { aroundOf, closedAgents, closedBelow, rowsOf } from './rows';

const steps = (
  [
    ['start', 0],
    ['review', 0],
    ['review/grammar', 1],
    ['review/facts', 1],
    ['review/facts/check', 2],
    ['end', 0],
  ] as const
).map(([key, depth]) => ({ key, depth, name: key }) as RunStep);
const shown = (closed: string[]) => rowsOf(steps, new Set(closed)).map((row) => row.step.key);

test('what is in a closed group is not there', () => {
  expect(shown([])).toEqual(steps.map((step) => step.key));
  expect(shown(['review/facts'])).toEqual(['start', 'review', 'review/grammar', 'review/facts', 'end']);
  expect(shown(['review'])).toEqual(['start', 'review', 'end']);
  // what is closed within stays closed
  expect(shown(['review', 'review/facts'])).toEqual(['start', 'review', 'end']);
});

test('rows know their place, their group and whether they hold something', () => {
  const rows = rowsOf(steps, new Set(['review/facts']));
  expect(rows.map((row) => [row.place, row.of, row.holds, row.open, row.parent])).toEqual([
    [1, 3, false, true, null],
    [2, 3, true, true, null],
    [1, 2, false, true, 'review'],
    [2, 2, true, false, 'review'],
    [3, 3, false, true, null],
  ]);
  expect(rows.map((row) => row.index)).toEqual([0, 1, 2, 3, 5]);
});

test('the groups around a step, and what is closed when so many levels are shown', () => {
  expect(aroundOf(steps, 'review/facts/check')).toEqual(['review/facts', 'review']);
  expect(aroundOf(steps, 'end')).toEqual([]);
  expect([...closedBelow(steps, 1)]).toEqual(['review', 'review/facts']);
  expect([...closedBelow(steps, 2)]).toEqual(['review/facts']);
  expect([...closedBelow(steps, 9)]).toEqual([]);
});

test('agents begin closed where they have turns, groups do not', () => {
  const agents = [
    ...steps,
    { key: 'ask', depth: 0, kind: 'agent' },
    { key: 'ask/model', depth: 1, kind: 'model' },
    { key: 'other', depth: 0, kind: 'agent' },
  ];
  expect([...closedAgents(agents as RunStep[])]).toEqual(['ask']);
});

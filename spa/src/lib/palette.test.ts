import { expect, test } from 'vitest';
import type { RunFacts, WorkflowFacts } from '@/api/types';
import type { Action } from './actions';
import { paletteGroups, paletteQuery } from './palette';

const action = (name: string): Action => ({ id: name, name, group: 'g', perform: () => {} });
const actions = [action('New workflow'), action('Go to workflows'), action('Workflow…')];
const runs = Array.from({ length: 12 }, (_, n) => ({ id: `run${n}`, name: n < 10 ? 'Digest' : 'Import' }) as RunFacts);
const workflows = [{ id: 'w', name: 'Digest' } as WorkflowFacts];
const found = (text: string) =>
  paletteGroups(paletteQuery(text), actions, workflows, runs).map((group) => [
    group.kind,
    group.entries.map((entry) => entry.id),
  ]);

test('names that begin with what was typed come first', () => {
  expect(found('workfl')[0]).toEqual(['action', ['Workflow…', 'New workflow', 'Go to workflows']]);
});

test('> asks only for actions, # only for runs', () => {
  expect(found('>new')).toEqual([['action', ['New workflow']]]);
  expect(found('#import')).toEqual([['run', ['run-run10', 'run-run11']]]);
});

test('at most eight things of a kind', () => {
  expect(found('digest').map(([kind, ids]) => [kind, (ids as string[]).length])).toEqual([
    ['workflow', 1],
    ['run', 8],
  ]);
});

test('before anything is typed the latest runs come first, then what can be done', () => {
  expect(found('').map(([kind, ids]) => [kind, (ids as string[]).length])).toEqual([
    ['run', 4],
    ['action', 3],
    ['workflow', 1],
  ]);
});

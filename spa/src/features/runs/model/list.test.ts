import { describe, expect, test } from 'vitest';
import type { RunFacts } from '@/api/types';
import { fits, listed, newRuns, statusesOf, withNewRuns } from './list';

const run = (id: string, status: RunFacts['status'], second: number) =>
  ({ id, status, created_at: `2026-11-21T10:00:${String(second).padStart(2, '0')}Z` }) as RunFacts;

const read = [run('b', 'running', 20), run('a', 'completed', 10)];

describe('the list of runs', () => {
  test('statuses come from the address; what is none is dropped', () => {
    expect(statusesOf('failed,nonsense,running')).toEqual(['running', 'failed']);
    expect(statusesOf(undefined)).toEqual([]);
  });

  test('rows are renewed in place, in the same order', () => {
    const rows = listed(read, [run('c', 'pending', 30), run('b', 'failed', 20)]);
    expect(rows.map((row) => [row.id, row.status])).toEqual([
      ['b', 'failed'],
      ['a', 'completed'],
    ]);
  });

  test('new are those that are newer than all shown, and fit', () => {
    const newest = [run('d', 'failed', 40), run('c', 'running', 30), ...read, run('old', 'failed', 1)];
    expect(newRuns(read, newest, []).map((one) => one.id)).toEqual(['d', 'c']);
    expect(newRuns(read, newest, ['failed']).map((one) => one.id)).toEqual(['d']);
    expect(newRuns([], newest, []).length).toBe(5);
  });

  test('a run that no longer fits is told apart', () => {
    expect(fits(run('b', 'completed', 1), ['running'])).toBe(false);
    expect(fits(run('b', 'completed', 1), [])).toBe(true);
  });

  test('taken ones stand on top of the first page', () => {
    const pages = { pages: [{ data: read, next_cursor: 'x' }], pageParams: [undefined] };
    const { pages: after } = withNewRuns(pages, [run('c', 'running', 30)]);
    expect(after[0]?.data.map((one) => one.id)).toEqual(['c', 'b', 'a']);
    expect(after[0]?.next_cursor).toBe('x');
  });
});

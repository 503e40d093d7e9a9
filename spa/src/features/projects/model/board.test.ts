import { expect, test } from 'vitest';
import type { Board, BoardRun } from '@/api/types';
import { BY_STATUS, behind, columnsAre, columnsOf, neighbour, withCards } from './board';

const run = (id: string, more: Partial<BoardRun> = {}) =>
  ({
    id,
    workflow_id: 'w',
    status: 'running',
    phase: null,
    last_event: 1,
    created_at: `2026-01-0${id}`,
    ...more,
  }) as BoardRun;
const board = (...data: BoardRun[]): Board => ({
  data,
  workflows: [
    { workflow_id: 'w', name: 'W', phases: ['Draft', 'Check'] },
    { workflow_id: 'plain', name: 'P', phases: [] },
  ],
});
const shown = (columns: ReturnType<typeof columnsOf>) =>
  columns.map((one) => [one.name, one.runs.map((r) => r.id).join()]);

test('the columns are phases of the project’s workflow, or of the only one that has some; else states', () => {
  expect(columnsAre(board(), undefined, 'w')).toBe('w');
  expect(columnsAre(board(), undefined, 'plain')).toBe('w');
  expect(columnsAre(board(), BY_STATUS, 'w')).toBe(BY_STATUS);
  expect(columnsAre(board(), 'plain', null)).toBe('w');
  expect(columnsAre({ data: [], workflows: [] }, 'w', 'w')).toBe(BY_STATUS);
});

test('a run stands in its phase until it has completed, and a failed one stays where it failed', () => {
  const runs = [
    run('1'),
    run('2', { phase: 'Check' }),
    run('3', { phase: 'Check', status: 'completed' }),
    run('4', { phase: 'Draft', status: 'failed' }),
    run('5', { phase: 'Gone' }),
    run('6', { workflow_id: 'plain' }),
  ];
  expect(shown(columnsOf(board(...runs), 'w'))).toEqual([
    ['Not begun', '1'],
    ['Draft', '4'],
    ['Check', '2'],
    ['Gone', '5'],
    ['Completed', '3'],
  ]);
});

test('by state, paused stands in Running and cancelled in Failed', () => {
  const runs = [run('1', { status: 'paused' }), run('2', { status: 'cancelled' }), run('3', { status: 'completed' })];
  expect(shown(columnsOf(board(...runs), BY_STATUS))).toEqual([
    ['Pending', ''],
    ['Running', '1'],
    ['Completed', '3'],
    ['Failed', '2'],
  ]);
});

test('only what is behind is read, and never shown older than it is', () => {
  const known = board(run('2', { last_event: 5 }), run('1'));
  const moved = [
    { id: '2', last_event: 5 },
    { id: '1', last_event: 0 },
    { id: '3', last_event: 1 },
  ];
  expect(behind(known, moved)).toEqual({ read: ['3'], gone: ['1'] });
  const next = withCards(known, board(run('3'), run('2', { last_event: 4, status: 'pending' })), ['1']);
  expect(next.data.map((one) => [one.id, one.status])).toEqual([
    ['3', 'running'],
    ['2', 'running'],
  ]);
});

test('arrows go along a column, and to the next one that has cards', () => {
  const columns = [{ runs: [1, 2] }, { runs: [] }, { runs: [1] }];
  expect(neighbour(columns, 0, 0, 'ArrowDown')).toEqual([0, 1]);
  expect(neighbour(columns, 0, 1, 'ArrowDown')).toBeNull();
  expect(neighbour(columns, 0, 1, 'ArrowRight')).toEqual([2, 0]);
  expect(neighbour(columns, 2, 0, 'ArrowLeft')).toEqual([0, 0]);
});

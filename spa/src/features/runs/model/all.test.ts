import { expect, test } from 'vitest';
import { filterFor, mustBeWritten } from './all';

const now = '2026-01-01T00:00:00Z';

test('a deed is for those of what is shown that it can be done to', () => {
  expect(filterFor('delete', { status: 'running,failed', workflow: 'w' }, now)).toEqual({
    status: ['failed'],
    created_before: now,
    workflow_id: 'w',
  });
  expect(filterFor('cancel', { status: 'failed' }, now)).toBeNull();
  expect(filterFor('retry', { project: 'p' }, now)).toEqual({
    status: ['failed', 'cancelled'],
    created_before: now,
    project_id: 'p',
  });
});

test('the number of many deletes is written down', () => {
  expect([mustBeWritten('delete', 100), mustBeWritten('delete', 101), mustBeWritten('cancel', 101)]).toEqual([
    false,
    true,
    false,
  ]);
});

import { expect, test } from 'vitest';
import { detailsText, filterOf, operationWords } from './audit';

test('an operation is told in words', () => {
  expect(operationWords('rollBackRun')).toBe('Roll back run');
  expect(operationWords('setLimit')).toBe('Set limit');
});

test('days of the address become moments: both belong to it', () => {
  const { since, until } = filterOf({ since: '2027-03-01', until: '2027-03-01' });
  expect(new Date(since ?? '')).toEqual(new Date(2027, 2, 1));
  expect(new Date(until ?? '')).toEqual(new Date(2027, 2, 2));
  expect(filterOf({ who: 'u', act: 'createRun', kind: 'run' })).toEqual({
    user_id: 'u',
    operation: 'createRun',
    kind: 'run',
    since: undefined,
    until: undefined,
  });
});

const NOBODY = new Map<string, string>();
test('details are told flat, with people by their names', () => {
  expect(
    detailsText({ role: 'admin', role_before: 'member', retention_days: null, from: { step: 'a' } } as never, NOBODY),
  ).toBe('role: admin, role before: member, retention days: none, from: {"step":"a"}');
  expect(detailsText({}, NOBODY)).toBe('');
  const id = '01932d7e-9f2c-7c41-8a00-00c09f2c41ab';
  expect(detailsText({ invited_by: id } as never, new Map([[id, 'Ada']]))).toBe('invited by: Ada');
  expect(detailsText({ invited_by: id } as never, NOBODY)).toBe('invited by: 2c41ab');
});

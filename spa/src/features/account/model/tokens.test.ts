import { expect, test } from 'vitest';
import { checkToken, EMPTY_FORM, fieldIds, toCreate, tokenState } from './tokens';

test('a token needs a name and something it may do', () => {
  expect(checkToken({ ...EMPTY_FORM, name: 'CI' })).toEqual([]);
  expect(checkToken({ ...EMPTY_FORM, name: ' ', scopes: [] }).map((issue) => issue.fieldId)).toEqual([
    fieldIds.name,
    fieldIds.scopes,
  ]);
});

test('what is chosen is what is asked for', () => {
  expect(toCreate({ name: ' CI ', scopes: ['read', 'runs:write'], term: '30', workspace: 'w1' })).toEqual({
    name: 'CI',
    scopes: ['read', 'runs:write'],
    expires_in_days: 30,
    workspace_id: 'w1',
  });
  expect(toCreate({ ...EMPTY_FORM, name: 'CI', term: 'never' })).toMatchObject({
    expires_in_days: null,
    workspace_id: null,
  });
});

test('a token is good, ends soon, or has expired', () => {
  const now = Date.parse('2027-01-10T00:00:00Z');
  const at = (expires_at: string | null) => tokenState({ expires_at }, now);
  expect(at(null)).toBe('good');
  expect(at('2027-02-01T00:00:00Z')).toBe('good');
  expect(at('2027-01-12T00:00:00Z')).toBe('soon');
  expect(at('2027-01-10T00:00:00Z')).toBe('expired');
});

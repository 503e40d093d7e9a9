import { expect, test } from 'vitest';
import { runSearch, signInSearch } from './search';

test('after signing in only an address of this page is followed', () => {
  expect(signInSearch({ to: '/w/acme/runs?status=failed', problem: 'ended' })).toEqual({
    to: '/w/acme/runs?status=failed',
    problem: 'ended',
  });
  for (const to of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '///evil.example',
    'javascript:alert(1)',
    '',
  ])
    expect(signInSearch({ to })).toEqual({ to: undefined, problem: undefined });
});

test('what is malformed in an address is dropped, the rest is kept', () => {
  expect(runSearch({ view: 'nonsense', step: 'review/facts', attempt: '2' })).toEqual({
    view: undefined,
    step: 'review/facts',
    attempt: 2,
  });
  expect(runSearch({ view: 'output', attempt: '-1' })).toEqual({ view: 'output', step: undefined, attempt: undefined });
});

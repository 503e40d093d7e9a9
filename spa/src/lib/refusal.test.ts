import { expect, test } from 'vitest';
import { Problem } from '@/api/problem';
import { errorAt, refusalOf } from './refusal';

const places = { '/name': { fieldId: 'f-name', label: 'Name' } };
const problem = (...paths: string[]) =>
  new Problem({
    status: 422,
    code: 'invalid',
    title: 'Invalid',
    detail: 'Why.',
    request_id: 'r',
    errors: paths.map((path) => ({ path, code: 'c', message: `m ${path}` })),
  });

test('what has a field lands on it', () => {
  const refusal = refusalOf(problem('/name'), 'Not saved.', places);
  expect(refusal).toEqual({ issues: [{ ...places['/name'], message: 'm /name' }], requestId: 'r' });
  expect(errorAt(refusal, 'f-name')).toBe('m /name');
  expect(errorAt(refusal, 'f-other')).toBeUndefined();
});

test('what has none is told as a whole, and nothing is lost', () => {
  expect(refusalOf(problem('/name', '/odd'), 'Not saved.', places).general).toBe('Not saved. Why. /odd: m /odd');
  expect(refusalOf(problem(), 'Not saved.', places)).toMatchObject({ issues: [], general: 'Not saved. Why.' });
});

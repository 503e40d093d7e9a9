import { expect, test } from 'vitest';
import { Problem, problemOf, toProblem } from './problem';

test('a problem document becomes an error with its code, detail, places and request id', () => {
  const body = {
    type: 't',
    title: 'Invalid',
    status: 422,
    code: 'invalid',
    detail: 'Why.',
    request_id: 'r1',
    retryable: false,
    errors: [{ path: '/name', code: 'c', message: 'm' }],
  };
  const problem = problemOf(new Response(null, { status: 422 }), body);
  expect(problem).toMatchObject({ status: 422, code: 'invalid', detail: 'Why.', request_id: 'r1', retryable: false });
  expect(problem.errors).toEqual(body.errors);
});

test('a page of a proxy becomes a problem too', () => {
  const problem = problemOf(new Response('<html>', { status: 502, headers: { 'x-request-id': 'r2' } }), '<html>');
  expect(problem).toMatchObject({ code: 'http_502', retryable: true, request_id: 'r2' });
  expect(problem.detail).toMatch(/502/);
});

test('a server that does not answer is said so, and may be tried again', () => {
  expect(toProblem(new TypeError('Failed to fetch'))).toMatchObject({
    code: 'unreachable',
    retryable: true,
    request_id: null,
  });
  const own = new Problem({ status: 404, title: 't', code: 'not_found' });
  expect(toProblem(own)).toBe(own);
});

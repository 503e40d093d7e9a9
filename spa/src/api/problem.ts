// What the server refused, or why it could not be reached, as one kind of error.
import type { ProblemBody, ProblemPlace } from './types';

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** What happened. Why. What to do. */
  readonly detail: string;
  readonly errors: readonly ProblemPlace[];
  /** null when no server answered. */
  readonly request_id: string | null;
  readonly retryable: boolean;

  constructor(body: Partial<ProblemBody> & { status: number; title: string; code: string }) {
    super(body.detail ?? body.title);
    this.name = 'Problem';
    this.status = body.status;
    this.code = body.code;
    this.title = body.title;
    this.detail = body.detail ?? body.title;
    this.errors = body.errors ?? [];
    this.request_id = body.request_id ?? null;
    this.retryable = body.retryable ?? body.status >= 500;
  }
}

/** Not there, not for you, or an address that cannot be: one answer, so that nothing is given away. */
export const isNotThere = (error: unknown): boolean =>
  error instanceof Problem &&
  (error.status === 404 || error.status === 403 || error.errors.some((place) => place.path.startsWith('path.')));

export const unreachable = () =>
  new Problem({
    status: 0,
    code: 'unreachable',
    title: 'The server cannot be reached',
    detail: 'The server did not answer. It may be down, or this device is offline. Try again in a moment.',
    retryable: true,
  });

/** What the server would answer whoever has no session. */
export const notSignedIn = () =>
  new Problem({ status: 401, code: 'unauthenticated', title: 'Not signed in', detail: 'You are not signed in.' });

/** Any thrown thing as a Problem; an error of our own code stays recognisable by its code. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return unreachable();
  return new Problem({
    status: 0,
    code: 'page_error',
    title: 'This part of the page failed',
    detail: error instanceof Error ? error.message : String(error),
    retryable: true,
  });
}

/** Reads an answer that was not 2xx; one that is no problem document (a proxy's page) becomes one. */
export function problemOf(response: Response, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'code' in body && 'title' in body) {
    return new Problem({ ...(body as ProblemBody), status: response.status });
  }
  const request_id = response.headers.get('x-request-id') ?? undefined;
  const detail =
    response.status >= 500
      ? `The server answered ${response.status}. It may be starting or overloaded. Try again in a moment.`
      : `The server answered ${response.status} ${response.statusText}.`;
  return new Problem({ status: response.status, code: `http_${response.status}`, title: detail, detail, request_id });
}

// The one way to the server: typed by the contract, every failure a Problem, a lost session told in one place.
//
//   const run = await unwrap(api.GET('/workspaces/{workspace_id}/runs/{run_id}', { params: { path }, signal }));
import createClient from 'openapi-fetch';
import { Problem, problemOf, unreachable } from './problem';
import type { paths } from './schema';

export const api = createClient<paths>({ baseUrl: '/api', credentials: 'same-origin' });

let onSignedOut: () => void = () => {};
/** The app says once what happens when the session has ended (any 401 but that of signing in). */
export function whenSignedOut(handler: () => void) {
  onSignedOut = handler;
}
export const signedOut = () => onSignedOut();

type Answer<T> = { data?: T; error?: unknown; response: Response };

export async function unwrap<T>(pending: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch (error) {
    if (error instanceof TypeError) throw unreachable();
    if (error instanceof SyntaxError) {
      throw new Problem({
        status: 0,
        code: 'not_json',
        title: 'The answer could not be read',
        detail:
          'The answer of the server could not be read. Something between here and the server may have changed it.',
        retryable: true,
      });
    }
    throw error;
  }
  if (!answer.response.ok) {
    const signingIn = answer.response.url.endsWith('/api/session');
    if (answer.response.status === 401 && !signingIn) onSignedOut();
    throw problemOf(answer.response, answer.error);
  }
  return answer.data as T;
}

/** One per intent: keep it while the same submit is tried again, make a new one for a new submit. */
export function idempotencyKey(): string {
  // randomUUID exists only where the page came over TLS or from this machine
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Query keys: everything of a workspace starts with it, so that one call drops it all. */
export const keys = {
  session: ['session'] as const,
  signUp: ['sign-up'] as const,
  signInWays: ['sign-in-ways'] as const,
  workspace: (workspaceId: string) => ['workspace', workspaceId] as const,
  workflows: (workspaceId: string, filter: Record<string, unknown> = {}) =>
    ['workspace', workspaceId, 'workflows', filter] as const,
  workflow: (workspaceId: string, workflowId: string) => ['workspace', workspaceId, 'workflow', workflowId] as const,
  prompts: (workspaceId: string, filter: Record<string, unknown> = {}) =>
    ['workspace', workspaceId, 'prompts', filter] as const,
  prompt: (workspaceId: string, promptId: string) => ['workspace', workspaceId, 'prompt', promptId] as const,
  runs: (workspaceId: string, filter: Record<string, unknown> = {}) =>
    ['workspace', workspaceId, 'runs', filter] as const,
  run: (workspaceId: string, runId: string) => ['workspace', workspaceId, 'run', runId] as const,
  stepRuns: (workspaceId: string, runId: string) => ['workspace', workspaceId, 'run', runId, 'step-runs'] as const,
  events: (workspaceId: string, runId: string) => ['workspace', workspaceId, 'run', runId, 'events'] as const,
};

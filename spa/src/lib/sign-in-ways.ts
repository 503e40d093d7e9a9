// How people come in here: whether they may sign up, whether mail is sent, and by whom they sign in besides a password, which begins at the server.
import { queryOptions } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';

export const signUpQuery = queryOptions({
  queryKey: keys.signUp,
  queryFn: ({ signal }) => unwrap(api.GET('/sign-up', { signal })),
});

export const waysQuery = queryOptions({
  queryKey: keys.signInWays,
  queryFn: async ({ signal }) => (await unwrap(api.GET('/sign-in-providers', { signal }))).data,
});

export function providerStart(provider: string, to: string, connect = false): string {
  const query = new URLSearchParams({ to, ...(connect ? { connect: 'true' } : {}) });
  return `/api/sign-in-providers/${encodeURIComponent(provider)}/start?${query}`;
}

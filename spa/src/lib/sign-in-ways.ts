// By whom somebody can sign in here besides a password, and where that begins: at the server, which sends the browser on.
import { queryOptions } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';

export const waysQuery = queryOptions({
  queryKey: keys.signInWays,
  queryFn: async ({ signal }) => (await unwrap(api.GET('/sign-in-providers', { signal }))).data,
});

export function providerStart(provider: string, to: string, connect = false): string {
  const query = new URLSearchParams({ to, ...(connect ? { connect: 'true' } : {}) });
  return `/api/sign-in-providers/${encodeURIComponent(provider)}/start?${query}`;
}

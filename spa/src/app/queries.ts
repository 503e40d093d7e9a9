// The query cache: what is shown stays while it is renewed, cancelled when nobody looks, tried again only where that can help.
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import { Problem } from '@/api/problem';

const FRESH_MS = 5_000;
const TRIES = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < TRIES && error instanceof Problem && error.retryable,
      retryDelay: (attempt) => 500 * 2 ** attempt,
    },
    mutations: { retry: false },
  },
});

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: ({ signal }) => unwrap(api.GET('/session', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  retry: (failures, error) => failures < TRIES && error instanceof Problem && error.retryable,
});

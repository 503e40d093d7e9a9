// The query cache: what is shown stays while it is renewed, cancelled when nobody looks, tried again only where that can help.
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import { notSignedIn, Problem } from '@/api/problem';

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

// Set and taken away by the server with the session's own, which scripts cannot see.
const HERE = '__Host-stepmill-here=';
const neverSignedIn = () => !document.cookie.split('; ').some((one) => one.startsWith(HERE));

/** Whoever has no session is not asked for one: the answer would be an error in the browser's console. */
export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: ({ signal }) => {
    if (neverSignedIn()) throw notSignedIn();
    return unwrap(api.GET('/session', { signal }));
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: (failures, error) => failures < TRIES && error instanceof Problem && error.retryable,
});

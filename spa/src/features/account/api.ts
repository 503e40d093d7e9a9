// One's own account: profile, password, sessions, API tokens.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type {
  AccountEvent,
  AccountUpdate,
  PasswordChange,
  SecondFactorBegin,
  SecondFactorCode,
  SecondFactorProof,
  Session,
  TokenCreate,
} from '@/api/types';

const own = (noun: string) => ['account', noun] as const;

export const accountQuery = queryOptions({
  queryKey: own('profile'),
  queryFn: ({ signal }) => unwrap(api.GET('/account', { signal })),
});

export function useUpdateAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: AccountUpdate) => unwrap(api.PATCH('/account', { body })),
    onSuccess: (now) => {
      client.setQueryData(accountQuery.queryKey, now);
      client.setQueryData<Session>(
        keys.session,
        (session) => session && { ...session, user: { ...session.user, name: now.name } },
      );
    },
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PasswordChange) => unwrap(api.POST('/account/password', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

export const sessionsQuery = queryOptions({
  queryKey: own('sessions'),
  queryFn: async ({ signal }) => (await unwrap(api.GET('/account/sessions', { signal }))).data,
});

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE('/account/sessions/{session_id}', { params: { path: { session_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

export function useEndOtherSessions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/account/sessions')),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

export const tokensQuery = queryOptions({
  queryKey: own('tokens'),
  queryFn: async ({ signal }) => (await unwrap(api.GET('/account/tokens', { signal }))).data,
});

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: TokenCreate) => unwrap(api.POST('/account/tokens', { body })),
    // the secret is in the answer alone: it must not stay in any cache
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE('/account/tokens/{token_id}', { params: { path: { token_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
}

// ---- the providers one can sign in by ----

export const identitiesQuery = queryOptions({
  queryKey: own('identities'),
  queryFn: async ({ signal }) => (await unwrap(api.GET('/account/identities', { signal }))).data,
});

export function useRemoveIdentity() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (provider: string) =>
      unwrap(api.DELETE('/account/identities/{provider_id}', { params: { path: { provider_id: provider } } })),
    onSettled: () => client.invalidateQueries({ queryKey: identitiesQuery.queryKey }),
  });
}

// ---- the second factor; what is shown once is in the answer alone, and must not stay in any cache ----

export const factorQuery = queryOptions({
  queryKey: own('second-factor'),
  queryFn: ({ signal }) => unwrap(api.GET('/account/second-factor', { signal })),
});

export const useBeginFactor = () =>
  useMutation({
    mutationFn: (body: SecondFactorBegin) => unwrap(api.POST('/account/second-factor', { body })),
    gcTime: 0,
  });

/** What changes the second factor is followed by reading it again. */
function useFactorChange<Body, Answer>(mutationFn: (body: Body) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    gcTime: 0,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: factorQuery.queryKey });
    },
  });
}

export const useConfirmFactor = () =>
  useFactorChange((body: SecondFactorCode) => unwrap(api.POST('/account/second-factor/confirm', { body })));

export const useRenewCodes = () =>
  useFactorChange((body: SecondFactorProof) => unwrap(api.POST('/account/second-factor/recovery-codes', { body })));

export const useDisableFactor = () =>
  useFactorChange((body: SecondFactorProof) => unwrap(api.POST('/account/second-factor/disable', { body })));

/** What happened to the account, newest first. */
export const activityQuery = (event: AccountEvent | undefined) =>
  infiniteQueryOptions({
    queryKey: [...own('activity'), { event }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/account/activity', { params: { query: { cursor: pageParam, event } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const useSendConfirmation = () =>
  useMutation({ mutationFn: () => unwrap(api.POST('/account/email-confirmation')) });

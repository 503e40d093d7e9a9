// What administrators of the installation see and change.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { AccountEvent, InstallationUpdate, SignInProvider, UserUpdate } from '@/api/types';
import { type ProviderForm, toCreate, toUpdate } from './model/providers';

const own = (noun: string) => ['admin', noun] as const;

export const installationQuery = queryOptions({
  queryKey: own('installation'),
  queryFn: ({ signal }) => unwrap(api.GET('/installation', { signal })),
});

export function useUpdateInstallation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: InstallationUpdate) => unwrap(api.PATCH('/installation', { body })),
    onSuccess: (now) => {
      client.setQueryData(installationQuery.queryKey, now);
      void client.invalidateQueries({ queryKey: keys.signUp });
    },
  });
}

export const providersQuery = queryOptions({
  queryKey: own('providers'),
  queryFn: async ({ signal }) => (await unwrap(api.GET('/installation/sign-in-providers', { signal }))).data,
});

const ofProvider = (id: string) => ({ params: { path: { provider_id: id } } });

/** Without an id: a new one. */
export function useSaveProvider(id: string | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (form: ProviderForm): Promise<SignInProvider> =>
      unwrap(
        id
          ? api.PATCH('/installation/sign-in-providers/{provider_id}', { ...ofProvider(id), body: toUpdate(form) })
          : api.POST('/installation/sign-in-providers', { body: toCreate(form) }),
      ),
    onSuccess: (now) => {
      client.setQueryData(providersQuery.queryKey, (all) => [...(all ?? []).filter((one) => one.id !== now.id), now]);
      void client.invalidateQueries({ queryKey: keys.signInWays });
    },
  });
}

export function useDeleteProvider() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/installation/sign-in-providers/{provider_id}', ofProvider(id))),
    onSuccess: (_, id) => {
      client.setQueryData(providersQuery.queryKey, (all) => all?.filter((one) => one.id !== id));
      void client.invalidateQueries({ queryKey: keys.signInWays });
    },
  });
}

// ---- people ----

const PAGE = 50;
export type PeopleState = 'active' | 'disabled' | 'admin';

export const peopleQuery = (q: string | undefined, state: PeopleState | undefined) =>
  infiniteQueryOptions({
    queryKey: [...own('people'), { q, state }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/users', { params: { query: { limit: PAGE, cursor: pageParam, q, state } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const allWorkspacesQuery = (q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...own('workspaces'), { q }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/admin/workspaces', { params: { query: { limit: PAGE, cursor: pageParam, q } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

const ofPerson = (id: string) => ({ params: { path: { user_id: id } } });

/** What changes a person is followed by reading all of them again: filters go by what changed. */
function usePersonChange<Body, Answer>(mutationFn: (body: Body) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: own('people') });
      void client.invalidateQueries({ queryKey: own('activity') });
    },
  });
}

export function useChangePerson(id: string) {
  const client = useQueryClient();
  return usePersonChange(async (body: UserUpdate) => {
    const now = await unwrap(api.PATCH('/users/{user_id}', { ...ofPerson(id), body }));
    // it may be oneself
    await client.refetchQueries({ queryKey: keys.session });
    return now;
  });
}

export const useRemoveFactor = (id: string) =>
  usePersonChange((_: undefined) => unwrap(api.DELETE('/users/{user_id}/second-factor', ofPerson(id))));

/** The link is in the answer alone, and must not stay in any cache. */
export const useMakeResetLink = (id: string) =>
  useMutation({
    mutationFn: () => unwrap(api.POST('/users/{user_id}/reset-link', ofPerson(id))),
    gcTime: 0,
  });

export const allActivityQuery = (event: AccountEvent | undefined) =>
  infiniteQueryOptions({
    queryKey: [...own('activity'), { event }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/admin/activity', { params: { query: { cursor: pageParam, event } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

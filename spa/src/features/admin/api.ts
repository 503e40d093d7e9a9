// What administrators of the installation see and change.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { InstallationUpdate, SignInProvider } from '@/api/types';
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

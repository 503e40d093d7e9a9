// What administrators of the installation see and change.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { InstallationUpdate } from '@/api/types';

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

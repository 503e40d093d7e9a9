// What may be filled in here, with the names of the workspace's variables and secrets.
import { useQuery } from '@tanstack/react-query';
import { secretsQuery, variablesQuery } from '@/features/workspace/api';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { kindWords as words } from './kind-strings';
import type { Environment } from './model/fills';

const STALE_MS = 30_000;

export function useEnvironment(): Environment {
  const workspace = useWorkspace();
  const variables = useQuery({ ...variablesQuery(workspace.id), staleTime: STALE_MS });
  const secrets = useQuery({ ...secretsQuery(workspace.id), staleTime: STALE_MS, enabled: mayEdit(workspace) });
  return {
    variables: variables.data?.map((one) => one.name) ?? [],
    secrets: secrets.data?.map((one) => one.name) ?? [],
  };
}

/** What the list of a field says of itself. */
export const fillWords = (field: string) => ({
  button: words.fill(field),
  short: words.fillShort,
  count: words.fillCount,
  none: words.fillNone,
});

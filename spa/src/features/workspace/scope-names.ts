// What limits are about, by name: workflows and members are known by their ids to the server.
import { useQuery } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import { shortId } from '@/lib/format';
import { useWorkspace } from '@/lib/workspace';
import { membersQuery } from './api';
import type { Scope } from './model/limits';
import { words } from './strings';

const MOST = 100;

export type Named = { id: string; name: string };
export type ScopeNames = { of: (scope: Scope) => string; workflows: readonly Named[]; members: readonly Named[] };

export function useScopeNames(): ScopeNames {
  const workspace = useWorkspace();
  const members = useQuery(membersQuery(workspace.id)).data ?? [];
  const workflows =
    useQuery({
      queryKey: keys.workflows(workspace.id, { limit: MOST }),
      queryFn: ({ signal }) =>
        unwrap(
          api.GET('/workspaces/{workspace_id}/workflows', {
            params: { path: { workspace_id: workspace.id }, query: { limit: MOST } },
            signal,
          }),
        ),
    }).data?.data ?? [];
  const named: Record<'workflow' | 'member', readonly Named[]> = {
    workflow: workflows,
    member: members.map((one) => ({ id: one.user.id, name: one.user.name ?? words.nobody })),
  };
  return {
    workflows: named.workflow,
    members: named.member,
    of: ({ kind, of }) => {
      if (kind === 'workspace') return words.scopes.workspace;
      if (kind === 'model' || kind === 'key') return `${words[kind]} ${of}`;
      const known = named[kind].find((one) => one.id === of);
      return `${words[kind]} ${known?.name ?? shortId(of)}`;
    },
  };
}

// Agents: what steps of workflows may ask.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { AgentCreate, AgentUpdate } from '@/api/types';
import { etagOf } from '@/features/library/model/thing';

const PAGE = 25;
const own = (workspaceId: string, ...rest: readonly unknown[]) => [...keys.workspace(workspaceId), ...rest] as const;

export const agentsQuery = (workspaceId: string, filter: { q?: string; archived?: boolean }) =>
  infiniteQueryOptions({
    queryKey: own(workspaceId, 'agents', filter),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/agents', {
          params: { path: { workspace_id: workspaceId }, query: { ...filter, limit: PAGE, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

/** Those that a step may ask; a hundred at most. */
export const agentChoicesQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: own(workspaceId, 'agents', 'choices'),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/agents', {
          params: { path: { workspace_id: workspaceId }, query: { limit: 100 } },
          signal,
        }),
      ),
  });

export const agentQuery = (workspaceId: string, agentId: string) =>
  queryOptions({
    queryKey: own(workspaceId, 'agent', agentId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/agents/{agent_id}', {
          params: { path: { workspace_id: workspaceId, agent_id: agentId } },
          signal,
        }),
      ),
  });

/** The newest workflows that ask it, of those that one sees. */
export const agentUsersQuery = (workspaceId: string, agentId: string) =>
  queryOptions({
    queryKey: keys.workflows(workspaceId, { agent: agentId }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows', {
          params: { path: { workspace_id: workspaceId }, query: { agent_id: agentId, limit: 100 } },
          signal,
        }),
      ),
  });

export function useCreateAgent(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ agent, key }: { agent: AgentCreate; key: string }) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/agents', {
          params: { path: { workspace_id: workspaceId }, header: { 'Idempotency-Key': key } },
          body: agent,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: own(workspaceId, 'agents') }),
  });
}

export function useUpdateAgent(workspaceId: string, agentId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ revision, changes }: { revision: number; changes: AgentUpdate }) =>
      unwrap(
        api.PATCH('/workspaces/{workspace_id}/agents/{agent_id}', {
          params: {
            path: { workspace_id: workspaceId, agent_id: agentId },
            header: { 'If-Match': etagOf({ revision }) },
          },
          body: changes,
        }),
      ),
    onSuccess: (now) => {
      client.setQueryData(agentQuery(workspaceId, agentId).queryKey, now);
      return client.invalidateQueries({ queryKey: own(workspaceId, 'agents') });
    },
    // somebody was faster: what is there now is shown
    onError: () => client.invalidateQueries({ queryKey: agentQuery(workspaceId, agentId).queryKey }),
  });
}

// Workflows: the library, one with its definition, a new one.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { WorkflowCreate, WorkflowUpdate } from '@/api/types';
import { etagOf } from '@/features/library/model/thing';

const PAGE = 25;

export const workflowsQuery = (workspaceId: string, q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: keys.workflows(workspaceId, { q, list: true }),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows', {
          params: { path: { workspace_id: workspaceId }, query: { limit: PAGE, cursor: pageParam, q } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const workflowQuery = (workspaceId: string, workflowId: string) =>
  queryOptions({
    queryKey: keys.workflow(workspaceId, workflowId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows/{workflow_id}', {
          params: { path: { workspace_id: workspaceId, workflow_id: workflowId } },
          signal,
        }),
      ),
  });

export type WorkflowChange = { workflowId: string; revision: number; changes: WorkflowUpdate };

export function useUpdateWorkflow(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ workflowId, revision, changes }: WorkflowChange) =>
      unwrap(
        api.PATCH('/workspaces/{workspace_id}/workflows/{workflow_id}', {
          params: {
            path: { workspace_id: workspaceId, workflow_id: workflowId },
            header: { 'If-Match': etagOf({ revision }) },
          },
          body: changes,
        }),
      ),
    onSuccess: (now) => {
      client.setQueryData(workflowQuery(workspaceId, now.id).queryKey, now);
      void client.invalidateQueries({ queryKey: keys.workflows(workspaceId).slice(0, 3) });
      void client.invalidateQueries({ queryKey: [...keys.workflow(workspaceId, now.id), 'versions'] });
    },
  });
}

export type NewWorkflow = { workflow: WorkflowCreate; key: string };

export function useCreateWorkflow(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ workflow, key }: NewWorkflow) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/workflows', {
          params: { path: { workspace_id: workspaceId }, header: { 'Idempotency-Key': key } },
          body: workflow,
        }),
      ),
    onSuccess: (made) => {
      client.setQueryData(workflowQuery(workspaceId, made.id).queryKey, made);
      void client.invalidateQueries({ queryKey: keys.workflows(workspaceId).slice(0, 3) });
    },
  });
}

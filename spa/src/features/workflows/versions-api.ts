// The versions of a workflow: what differs between two, labels, and going back to one.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import { workflowQuery } from './api';

/** What `to` has that `from` has not, and the other way round. It never changes. */
export const diffQuery = (workspaceId: string, workflowId: string, from: number, to: number) =>
  queryOptions({
    queryKey: [...keys.workflow(workspaceId, workflowId), 'diff', from, to] as const,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows/{workflow_id}/versions/{version}/diff', {
          params: {
            path: { workspace_id: workspaceId, workflow_id: workflowId, version: from },
            query: { to },
          },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

function useChanged(workspaceId: string, workflowId: string) {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: workflowQuery(workspaceId, workflowId).queryKey, exact: true }),
      client.invalidateQueries({ queryKey: [...keys.workflow(workspaceId, workflowId), 'versions'] }),
      client.invalidateQueries({ queryKey: keys.workflows(workspaceId).slice(0, 3) }),
    ]);
}

/** `version` null: the label is taken off. */
export function useLabel(workspaceId: string, workflowId: string) {
  const onSettled = useChanged(workspaceId, workflowId);
  return useMutation({
    mutationFn: async ({ label, version }: { label: string; version: number | null }): Promise<unknown> => {
      const params = { path: { workspace_id: workspaceId, workflow_id: workflowId, label } };
      const route = '/workspaces/{workspace_id}/workflows/{workflow_id}/labels/{label}' as const;
      return version === null
        ? unwrap(api.DELETE(route, { params }))
        : unwrap(api.PUT(route, { params, body: { version } }));
    },
    onSettled,
  });
}

export function useRollBack(workspaceId: string, workflowId: string) {
  const onSettled = useChanged(workspaceId, workflowId);
  return useMutation({
    mutationFn: (version: number) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/workflows/{workflow_id}/rollback', {
          params: { path: { workspace_id: workspaceId, workflow_id: workflowId } },
          body: { version },
        }),
      ),
    onSettled,
  });
}

// What is asked of a run besides starting and cancelling it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';

const paramsOf = (workspaceId: string, runId: string) => ({
  params: { path: { workspace_id: workspaceId, run_id: runId } },
});

export function usePauseRun(workspaceId: string, runId: string) {
  return useMutation({
    mutationFn: () => unwrap(api.POST('/workspaces/{workspace_id}/runs/{run_id}/pause', paramsOf(workspaceId, runId))),
  });
}

export function useResumeRun(workspaceId: string, runId: string) {
  return useMutation({
    mutationFn: () => unwrap(api.POST('/workspaces/{workspace_id}/runs/{run_id}/resume', paramsOf(workspaceId, runId))),
  });
}

export function useDeleteRun(workspaceId: string, runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/workspaces/{workspace_id}/runs/{run_id}', paramsOf(workspaceId, runId))),
    onSuccess: () => {
      client.removeQueries({ queryKey: keys.run(workspaceId, runId) });
      return client.invalidateQueries({ queryKey: keys.runs(workspaceId).slice(0, 3) });
    },
  });
}

export type Decision = { decision: 'approve' | 'reject'; data?: Record<string, unknown>; comment?: string };

export function useDecide(workspaceId: string, runId: string, path: string) {
  return useMutation({
    mutationFn: ({ decision, data, comment }: Decision) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/approvals/{path}', {
          params: { path: { workspace_id: workspaceId, run_id: runId, path } },
          // the contract says "any object", which the generated type reads as an empty one
          body: { decision, data: data as Record<string, never> | undefined, comment },
        }),
      ),
  });
}

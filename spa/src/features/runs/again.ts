// Running again: the next generation of a run that has ended, back to a checkpoint, and a new run that begins at one of its steps.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { Checkpoint, Run, RunFork, RunRetry } from '@/api/types';

/** Until the event that says it has begun, the run is known to be asked: so it is watched again at once. */
function useAsked(workspaceId: string, runId: string) {
  const client = useQueryClient();
  return () => {
    client.setQueryData<Run>(keys.run(workspaceId, runId), (run) => run && { ...run, reopening: true });
    void client.invalidateQueries({ queryKey: keys.runs(workspaceId).slice(0, 3) });
  };
}

export function useRetryRun(workspaceId: string, runId: string) {
  const asked = useAsked(workspaceId, runId);
  return useMutation({
    mutationFn: (body: RunRetry) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/retry', {
          params: { path: { workspace_id: workspaceId, run_id: runId } },
          body,
        }),
      ),
    onSuccess: asked,
  });
}

export function useRollBackRun(workspaceId: string, runId: string) {
  const asked = useAsked(workspaceId, runId);
  return useMutation({
    mutationFn: (checkpoint: number) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/rollback', {
          params: { path: { workspace_id: workspaceId, run_id: runId } },
          body: { checkpoint },
        }),
      ),
    onSuccess: asked,
  });
}

export type NewFork = { fork: RunFork; key: string };

export function useForkRun(workspaceId: string, runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ fork, key }: NewFork) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/fork', {
          params: { path: { workspace_id: workspaceId, run_id: runId }, header: { 'Idempotency-Key': key } },
          body: fork,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.runs(workspaceId).slice(0, 3) }),
  });
}

/** All of them, the newest first: pages come in the order of the run, so the last one matters most. */
export const checkpointsQuery = (workspaceId: string, runId: string) =>
  queryOptions({
    queryKey: [...keys.run(workspaceId, runId), 'checkpoints'],
    queryFn: async ({ signal }) => {
      const all: Checkpoint[] = [];
      let cursor: string | undefined;
      do {
        const page = await unwrap(
          api.GET('/workspaces/{workspace_id}/runs/{run_id}/checkpoints', {
            params: { path: { workspace_id: workspaceId, run_id: runId }, query: { limit: 500, cursor } },
            signal,
          }),
        );
        all.push(...page.data);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return all.reverse();
    },
  });

// Runs: the list, starting one, ending one.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, idempotencyKey, keys, unwrap } from '@/api/client';
import type { Run } from '@/api/types';

export type RunsFilter = { status?: string; workflow?: string; project?: string };

const PAGE = 25;

const runsPage = (
  workspaceId: string,
  filter: RunsFilter,
  limit: number,
  cursor: string | undefined,
  signal: AbortSignal,
) =>
  unwrap(
    api.GET('/workspaces/{workspace_id}/runs', {
      params: {
        path: { workspace_id: workspaceId },
        query: { limit, cursor, status: filter.status, workflow_id: filter.workflow, project_id: filter.project },
      },
      signal,
    }),
  );

export const runsQuery = (workspaceId: string, filter: RunsFilter) =>
  infiniteQueryOptions({
    queryKey: keys.runs(workspaceId, { ...filter, list: true }),
    queryFn: ({ pageParam, signal }) => runsPage(workspaceId, filter, PAGE, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    // renewed in place by the newest runs below; pages are not read again behind the reader's back
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: 'always',
  });

/** The newest runs of any status: what they say now replaces what the list shows. */
export const newestRunsQuery = (workspaceId: string, { workflow, project }: RunsFilter) =>
  queryOptions({
    queryKey: keys.runs(workspaceId, { workflow, project, newest: true }),
    queryFn: ({ signal }) => runsPage(workspaceId, { workflow, project }, 100, undefined, signal),
  });

export type NewRun = { workflowId: string; projectId?: string; input: Record<string, unknown>; key: string };

/** One key per intent: the same while the same submit is tried again. */
export function useCreateRun(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ workflowId, projectId, input, key }: NewRun) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs', {
          params: { path: { workspace_id: workspaceId }, header: { 'Idempotency-Key': key } },
          // the contract says "any object", which the generated type reads as an empty one
          body: { workflow_id: workflowId, project_id: projectId, input: input as Record<string, never> },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.runs(workspaceId).slice(0, 3) }),
  });
}

/** The project that a new run like this one is made in: its own, unless that is deleted. */
export const projectOf = (run: Run): string | undefined =>
  run.project_name === null ? undefined : (run.project_id ?? undefined);

export const runAgainOf = (run: Run): NewRun => ({
  workflowId: run.workflow_id,
  projectId: projectOf(run),
  input: run.input,
  key: idempotencyKey(),
});

export function useCancelRun(workspaceId: string, runId: string) {
  return useMutation({
    mutationKey: ['cancel', runId],
    mutationFn: () =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/cancel', {
          params: { path: { workspace_id: workspaceId, run_id: runId } },
        }),
      ),
  });
}

export type KeptText = { path: string; attempt: number; side: 'input' | 'output' };

/** All of an input or output that other answers show only the beginning of. */
export const keptTextQuery = (workspaceId: string, runId: string, { path, attempt, side }: KeptText) =>
  queryOptions({
    queryKey: [...keys.run(workspaceId, runId), 'text', path, attempt, side],
    queryFn: ({ signal }): Promise<unknown> =>
      unwrap(
        api.GET(`/workspaces/{workspace_id}/runs/{run_id}/step-runs/${side}`, {
          params: { path: { workspace_id: workspaceId, run_id: runId }, query: { path, attempt } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY, // an attempt that has ended does not change
  });

export const keptTextAddress = (workspaceId: string, runId: string, { path, attempt, side }: KeptText): string =>
  `/api/workspaces/${workspaceId}/runs/${runId}/step-runs/${side}?path=${encodeURIComponent(path)}&attempt=${attempt}`;

export const stepRunsQuery = (workspaceId: string, runId: string) =>
  queryOptions({
    queryKey: keys.stepRuns(workspaceId, runId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/runs/{run_id}/step-runs', {
          params: { path: { workspace_id: workspaceId, run_id: runId }, query: { limit: 500 } },
          signal,
        }),
      ),
  });

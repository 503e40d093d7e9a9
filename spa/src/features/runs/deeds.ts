// What is asked of a run besides starting and cancelling it.
import { type InfiniteData, type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { RunFacts } from '@/api/types';
import { without } from './model/list';

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

export function useSignal(workspaceId: string, runId: string, name: string) {
  return useMutation({
    mutationFn: (data: unknown) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/signals/{name}', {
          params: { path: { workspace_id: workspaceId, run_id: runId, name } },
          body: data === undefined ? {} : { data },
        }),
      ),
  });
}

/** Another version, when what has begun fits it; the event run.moved tells when the run is on it. */
export function useMoveRun(workspaceId: string, runId: string) {
  return useMutation({
    mutationFn: (version: number) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/move', {
          ...paramsOf(workspaceId, runId),
          body: { version },
        }),
      ),
  });
}

export function useDeleteRun(workspaceId: string, runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/workspaces/{workspace_id}/runs/{run_id}', paramsOf(workspaceId, runId))),
    onSuccess: () => {
      client.removeQueries({ queryKey: keys.run(workspaceId, runId) });
      return forget(client, workspaceId, [runId]);
    },
  });
}

type Page = { data: RunFacts[]; next_cursor: string | null };

/** Lists are read again. Deleted runs go from all of them first: one that is read later would bring them back as new. */
async function forget(client: QueryClient, workspaceId: string, ids: readonly string[]) {
  const queryKey = keys.runs(workspaceId).slice(0, 3);
  await client.cancelQueries({ queryKey });
  client.setQueriesData<Page | InfiniteData<Page>>({ queryKey }, (known) =>
    known && 'pages' in known
      ? { ...known, pages: known.pages.map((page) => ({ ...page, data: without(page.data, ids) })) }
      : known && { ...known, data: without(known.data, ids) },
  );
  await client.invalidateQueries({ queryKey });
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

export type Answer = { decision: 'retry' | 'skip' | 'stop'; comment?: string };

/** What is to follow a step that failed and asks. */
export function useDecideFailure(workspaceId: string, runId: string, path: string) {
  return useMutation({
    mutationFn: (body: Answer) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/runs/{run_id}/failures/{path}', {
          params: { path: { workspace_id: workspaceId, run_id: runId, path } },
          body,
        }),
      ),
  });
}

/** Of many at once: cancel asks, delete deletes those that have ended. */
export function useManyRuns(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ deed, ids }: { deed: 'cancel' | 'delete'; ids: string[] }) => {
      const ask = { params: { path: { workspace_id: workspaceId } }, body: { filter: { ids } } };
      return unwrap(
        deed === 'cancel'
          ? api.POST('/workspaces/{workspace_id}/runs:cancel', ask)
          : api.POST('/workspaces/{workspace_id}/runs:delete', ask),
      );
    },
    onSuccess: (_, { deed, ids }) => forget(client, workspaceId, deed === 'delete' ? ids : []),
  });
}

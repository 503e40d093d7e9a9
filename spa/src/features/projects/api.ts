// Projects: what runs belong together, and what they have in common.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { ProjectCreate, ProjectUpdate } from '@/api/types';
import { etagOf } from '@/features/library/model/thing';

const PAGE = 25;
const RUNS = 25;
const RUNS_EVERY_MS = 5_000;
const own = (workspaceId: string, ...rest: readonly unknown[]) => [...keys.workspace(workspaceId), ...rest] as const;

export const projectsQuery = (workspaceId: string, filter: { q?: string; archived?: boolean }) =>
  infiniteQueryOptions({
    queryKey: own(workspaceId, 'projects', filter),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/projects', {
          params: { path: { workspace_id: workspaceId }, query: { ...filter, limit: PAGE, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const projectQuery = (workspaceId: string, projectId: string) =>
  queryOptions({
    queryKey: own(workspaceId, 'project', projectId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/projects/{project_id}', {
          params: { path: { workspace_id: workspaceId, project_id: projectId } },
          signal,
        }),
      ),
  });

/** Its newest 200 runs with their phases; `ids`: only these of them. */
export const readBoard = (workspaceId: string, projectId: string, ids?: readonly string[], signal?: AbortSignal) =>
  unwrap(
    api.GET('/workspaces/{workspace_id}/projects/{project_id}/board', {
      params: { path: { workspace_id: workspaceId, project_id: projectId }, query: { ids: ids?.join(',') } },
      signal,
    }),
  );

export const boardQuery = (workspaceId: string, projectId: string) =>
  queryOptions({
    queryKey: own(workspaceId, 'board', projectId),
    queryFn: ({ signal }) => readBoard(workspaceId, projectId, undefined, signal),
  });

/** The newest of it. */
export const projectRunsQuery = (workspaceId: string, projectId: string) =>
  queryOptions({
    queryKey: keys.runs(workspaceId, { project: projectId }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/runs', {
          params: { path: { workspace_id: workspaceId }, query: { project_id: projectId, limit: RUNS } },
          signal,
        }),
      ),
    refetchInterval: RUNS_EVERY_MS,
  });

/** Those that runs can be made in; a hundred at most. */
export const projectChoicesQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: own(workspaceId, 'projects', 'choices'),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/projects', {
          params: { path: { workspace_id: workspaceId }, query: { limit: 100 } },
          signal,
        }),
      ),
  });

/** All workflows that a project can have as its own; a hundred at most. */
export const workflowChoicesQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: keys.workflows(workspaceId, { limit: 100 }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows', {
          params: { path: { workspace_id: workspaceId }, query: { limit: 100 } },
          signal,
        }),
      ),
  });

export function useCreateProject(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ project, key }: { project: ProjectCreate; key: string }) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/projects', {
          params: { path: { workspace_id: workspaceId }, header: { 'Idempotency-Key': key } },
          body: project,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: own(workspaceId, 'projects') }),
  });
}

export function useUpdateProject(workspaceId: string, projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ revision, changes }: { revision: number; changes: ProjectUpdate }) =>
      unwrap(
        api.PATCH('/workspaces/{workspace_id}/projects/{project_id}', {
          params: {
            path: { workspace_id: workspaceId, project_id: projectId },
            header: { 'If-Match': etagOf({ revision }) },
          },
          body: changes,
        }),
      ),
    onSuccess: (now) => {
      client.setQueryData(projectQuery(workspaceId, projectId).queryKey, now);
      return client.invalidateQueries({ queryKey: own(workspaceId, 'projects') });
    },
    // somebody was faster: what is there now is shown
    onError: () => client.invalidateQueries({ queryKey: projectQuery(workspaceId, projectId).queryKey }),
  });
}

/** `revision`: what was seen. `forget`: when its page has been left, which would ask for it again. */
export function useDeleteProject(workspaceId: string, projectId: string) {
  const client = useQueryClient();
  const forget = () => {
    for (const { queryKey } of [projectQuery(workspaceId, projectId), boardQuery(workspaceId, projectId)])
      client.removeQueries({ queryKey });
  };
  const remove = useMutation({
    mutationFn: (revision: number) =>
      unwrap(
        api.DELETE('/workspaces/{workspace_id}/projects/{project_id}', {
          params: {
            path: { workspace_id: workspaceId, project_id: projectId },
            header: { 'If-Match': etagOf({ revision }) },
          },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: own(workspaceId, 'projects') }),
    // somebody was faster: what is there now is shown
    onError: () => client.invalidateQueries({ queryKey: projectQuery(workspaceId, projectId).queryKey }),
  });
  return { remove, forget };
}

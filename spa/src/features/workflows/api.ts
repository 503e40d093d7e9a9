// Workflows: the library, one with its definition, a new one.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import { isNotThere } from '@/api/problem';
import type { StepDefinition, Workflow, WorkflowCreate, WorkflowUpdate } from '@/api/types';
import { etagOf } from '@/features/library/model/thing';
import { type DraftPrompt, promptKey } from './model/draft';
import { flat } from './model/tree';

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

/** The prompts that steps use, in the versions they use; those that one cannot see are left out. */
export async function promptsOf(workspaceId: string, steps: readonly StepDefinition[], signal?: AbortSignal) {
  const used = new Map(
    flat(steps).flatMap(({ step }) =>
      step.prompt ? [[promptKey(step.prompt.id, step.prompt.version ?? 1), step] as const] : [],
    ),
  );
  const found = await Promise.all(
    [...used].map(async ([key, step]): Promise<[string, DraftPrompt] | null> => {
      const path = { workspace_id: workspaceId, prompt_id: step.prompt?.id ?? '', version: step.prompt?.version ?? 1 };
      try {
        const read = await unwrap(
          api.GET('/workspaces/{workspace_id}/prompts/{prompt_id}/versions/{version}', { params: { path }, signal }),
        );
        const { version, body, variables } = read;
        return [key, { id: path.prompt_id, name: step.name ?? step.key, version, body, variables }];
      } catch (error) {
        if (isNotThere(error)) return null;
        throw error;
      }
    }),
  );
  return found.filter((one) => one !== null);
}

export const usedPromptsQuery = (workspaceId: string, workflow: Workflow) =>
  queryOptions({
    queryKey: [...keys.workflow(workspaceId, workflow.id), 'prompts', workflow.version] as const,
    queryFn: ({ signal }) => promptsOf(workspaceId, workflow.definition.steps, signal),
    staleTime: Number.POSITIVE_INFINITY,
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

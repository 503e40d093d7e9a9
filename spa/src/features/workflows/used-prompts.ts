// The prompts that a workflow's steps use: what its builder shows of them. Apart from what the library needs.
import { queryOptions } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import { isNotThere } from '@/api/problem';
import type { StepDefinition, Workflow } from '@/api/types';
import { type DraftPrompt, promptKey } from './model/draft';
import { flat } from './model/tree';

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

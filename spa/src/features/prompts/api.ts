// Prompts: found by words, made.
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { PromptCreate } from '@/api/types';

const MOST = 20;

export const promptsQuery = (workspaceId: string, q: string) =>
  queryOptions({
    queryKey: keys.prompts(workspaceId, { q }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/prompts', {
          params: { path: { workspace_id: workspaceId }, query: { limit: MOST, q: q || undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export type NewPrompt = { prompt: PromptCreate; key: string };

export function useCreatePrompt(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ prompt, key }: NewPrompt) =>
      unwrap(
        api.POST('/workspaces/{workspace_id}/prompts', {
          params: { path: { workspace_id: workspaceId }, header: { 'Idempotency-Key': key } },
          body: prompt,
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.prompts(workspaceId).slice(0, 3) }),
  });
}

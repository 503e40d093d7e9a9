// Prompts: found by words, listed, read, made, changed.
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { PromptCreate, PromptUpdate } from '@/api/types';
import { etagOf } from '@/features/library/model/thing';

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

const PAGE = 25;

export const promptListQuery = (workspaceId: string, q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: keys.prompts(workspaceId, { q, list: true }),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/prompts', {
          params: { path: { workspace_id: workspaceId }, query: { limit: PAGE, cursor: pageParam, q } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const promptQuery = (workspaceId: string, promptId: string) =>
  queryOptions({
    queryKey: keys.prompt(workspaceId, promptId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/prompts/{prompt_id}', {
          params: { path: { workspace_id: workspaceId, prompt_id: promptId } },
          signal,
        }),
      ),
  });

/** `revision`: what the change was made on; when that is not the newest, it is refused with 412. */
export type PromptChange = { revision: number; changes: PromptUpdate };

export function useUpdatePrompt(workspaceId: string, promptId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ revision, changes }: PromptChange) =>
      unwrap(
        api.PATCH('/workspaces/{workspace_id}/prompts/{prompt_id}', {
          params: {
            path: { workspace_id: workspaceId, prompt_id: promptId },
            header: { 'If-Match': etagOf({ revision }) },
          },
          body: changes,
        }),
      ),
    onSuccess: (now) => {
      client.setQueryData(promptQuery(workspaceId, promptId).queryKey, now);
      void client.invalidateQueries({ queryKey: keys.prompts(workspaceId).slice(0, 3) });
      void client.invalidateQueries({ queryKey: [...keys.prompt(workspaceId, promptId), 'versions'] });
    },
  });
}

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

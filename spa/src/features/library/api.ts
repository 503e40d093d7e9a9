// What prompts and workflows have in common: who sees them, copies, versions, archiving. Every change says what it was made on (If-Match).
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type { Visibility } from '@/api/types';
import { etagOf, type Thing } from './model/thing';

const PAGE = 50;

/** Everything that was read of prompts, or of workflows. */
export const listKey = (workspaceId: string, noun: Thing['noun']) =>
  [...keys.workspace(workspaceId), `${noun}s`] as const;
export const thingKey = (workspaceId: string, { noun, id }: Pick<Thing, 'noun' | 'id'>) =>
  [...keys.workspace(workspaceId), noun, id] as const;

function useThingChange<Change, Answer>(
  workspaceId: string,
  thing: Pick<Thing, 'noun' | 'id'>,
  mutationFn: (change: Change) => Promise<Answer>,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: thingKey(workspaceId, thing) }),
        client.invalidateQueries({ queryKey: listKey(workspaceId, thing.noun) }),
      ]),
  });
}

export type Sharing = { visibility: Visibility; sharePrompts: boolean };

export const useShare = (workspaceId: string, thing: Thing) =>
  useThingChange(workspaceId, thing, ({ visibility, sharePrompts }: Sharing): Promise<unknown> => {
    const header = { 'If-Match': etagOf(thing) };
    if (thing.noun === 'prompt')
      return unwrap(
        api.PUT('/workspaces/{workspace_id}/prompts/{prompt_id}/visibility', {
          params: { path: { workspace_id: workspaceId, prompt_id: thing.id }, header },
          body: { visibility },
        }),
      );
    return unwrap(
      api.PUT('/workspaces/{workspace_id}/workflows/{workflow_id}/visibility', {
        params: { path: { workspace_id: workspaceId, workflow_id: thing.id }, header },
        body: { visibility, ...(sharePrompts ? { share_prompts: true } : {}) },
      }),
    );
  });

export const useArchive = (workspaceId: string, thing: Thing) =>
  useThingChange(workspaceId, thing, (): Promise<unknown> => {
    const header = { 'If-Match': etagOf(thing) };
    if (thing.noun === 'prompt')
      return unwrap(
        api.DELETE('/workspaces/{workspace_id}/prompts/{prompt_id}', {
          params: { path: { workspace_id: workspaceId, prompt_id: thing.id }, header },
        }),
      );
    return unwrap(
      api.DELETE('/workspaces/{workspace_id}/workflows/{workflow_id}', {
        params: { path: { workspace_id: workspaceId, workflow_id: thing.id }, header },
      }),
    );
  });

/** Of this workspace, or public; the copy is private. Answers its id. */
export function useClone(workspaceId: string, { noun, id }: Pick<Thing, 'noun' | 'id'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, key }: { name: string; key: string }): Promise<string> => {
      const params = { path: { workspace_id: workspaceId }, header: { 'Idempotency-Key': key } };
      const made =
        noun === 'prompt'
          ? await unwrap(
              api.POST('/workspaces/{workspace_id}/prompts:clone', { params, body: { prompt_id: id, name } }),
            )
          : await unwrap(
              api.POST('/workspaces/{workspace_id}/workflows:clone', { params, body: { workflow_id: id, name } }),
            );
      return made.id;
    },
    onSuccess: () =>
      Promise.all(
        // a workflow brings its prompts with it
        (['prompt', 'workflow'] as const).map((one) =>
          client.invalidateQueries({ queryKey: listKey(workspaceId, one) }),
        ),
      ),
  });
}

/** Newest first. */
export const versionsQuery = (workspaceId: string, { noun, id }: Pick<Thing, 'noun' | 'id'>) =>
  infiniteQueryOptions({
    queryKey: [...thingKey(workspaceId, { noun, id }), 'versions'] as const,
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: PAGE, cursor: pageParam };
      if (noun === 'prompt')
        return unwrap(
          api.GET('/workspaces/{workspace_id}/prompts/{prompt_id}/versions', {
            params: { path: { workspace_id: workspaceId, prompt_id: id }, query },
            signal,
          }),
        );
      return unwrap(
        api.GET('/workspaces/{workspace_id}/workflows/{workflow_id}/versions', {
          params: { path: { workspace_id: workspaceId, workflow_id: id }, query },
          signal,
        }),
      );
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

/** A version of a workflow. It never changes. */
export const workflowVersionQuery = (workspaceId: string, id: string, version: number) =>
  queryOptions({
    queryKey: [...thingKey(workspaceId, { noun: 'workflow', id }), 'version', version, 'whole'] as const,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows/{workflow_id}/versions/{version}', {
          params: { path: { workspace_id: workspaceId, workflow_id: id, version } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The text of a version: of a prompt as it is, of a workflow what somebody wrote, or its definition. It never changes. */
export const versionTextQuery = (workspaceId: string, { noun, id }: Pick<Thing, 'noun' | 'id'>, version: number) =>
  queryOptions({
    queryKey: [...thingKey(workspaceId, { noun, id }), 'version', version] as const,
    queryFn: async ({ signal }) => {
      if (noun === 'prompt')
        return (
          await unwrap(
            api.GET('/workspaces/{workspace_id}/prompts/{prompt_id}/versions/{version}', {
              params: { path: { workspace_id: workspaceId, prompt_id: id, version } },
              signal,
            }),
          )
        ).body;
      const { definition, source } = await unwrap(
        api.GET('/workspaces/{workspace_id}/workflows/{workflow_id}/versions/{version}', {
          params: { path: { workspace_id: workspaceId, workflow_id: id, version } },
          signal,
        }),
      );
      return source ?? JSON.stringify(definition, null, 2);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

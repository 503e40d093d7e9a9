// What a file holds, held against what is there, as a push will find it; and the push.
import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import { isNotThere } from '@/api/problem';
import type { Workflow, WorkflowDefinition, WorkflowDiff } from '@/api/types';
import { workflowQuery } from './api';
import { compare } from './model/compare';
import { formatOf, stemOf } from './model/files';

export type UploadFile = { id: string; name: string; text: string };

/** A workflow of a file, and what saving it would do. */
export type Found = {
  name: string;
  own_id: string | null;
  description: string | null;
  definition: WorkflowDefinition;
  /** The whole file is this one. */
  alone: boolean;
} & (
  | { does: 'create' }
  | { does: 'nothing'; there: Workflow }
  | { does: 'change'; there: Workflow; diff: Pick<WorkflowDiff, 'fields' | 'steps'> }
  /** A push would not know which is meant. */
  | { does: 'ask'; count: number }
);

const PAGE = 100;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function listed(workspaceId: string, q: string | undefined, signal: AbortSignal) {
  const all = [];
  let cursor: string | undefined;
  do {
    const page = await unwrap(
      api.GET('/workspaces/{workspace_id}/workflows', {
        params: { path: { workspace_id: workspaceId }, query: { limit: PAGE, cursor, q } },
        signal,
      }),
    );
    all.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return all;
}

async function read(workspaceId: string, workflowId: string, signal: AbortSignal): Promise<Workflow | null> {
  try {
    const path = { workspace_id: workspaceId, workflow_id: workflowId };
    return await unwrap(api.GET('/workspaces/{workspace_id}/workflows/{workflow_id}', { params: { path }, signal }));
  } catch (error) {
    if (isNotThere(error)) return null;
    throw error;
  }
}

/** By its own id, or its name: as the server does when it is pushed. */
async function meant(
  workspaceId: string,
  { own_id, name }: { own_id: string | null; name: string },
  signal: AbortSignal,
): Promise<{ there: Workflow | null; count: number }> {
  if (own_id !== null) {
    const owner = (await listed(workspaceId, undefined, signal)).find((one) => one.own_id === own_id);
    const id = owner?.id ?? (UUID.test(own_id) ? own_id.toLowerCase() : null);
    return { there: id === null ? null : await read(workspaceId, id, signal), count: 1 };
  }
  const named = (await listed(workspaceId, name, signal)).filter((one) => one.name === name);
  const [first] = named;
  return { there: named.length === 1 && first ? await read(workspaceId, first.id, signal) : null, count: named.length };
}

async function foundIn(workspaceId: string, file: UploadFile, signal: AbortSignal) {
  const checked = await unwrap(
    api.POST('/workspaces/{workspace_id}/workflows:check', {
      params: { path: { workspace_id: workspaceId } },
      body: { source: file.text, format: formatOf(file.name) },
      signal,
    }),
  );
  const alone = checked.workflows.length === 1;
  const found = await Promise.all(
    checked.workflows.map(async ({ definition, ...said }): Promise<Found | null> => {
      if (!definition) return null;
      const name = said.name ?? said.own_id ?? (alone ? stemOf(file.name) : null);
      if (name === null) return null;
      const whole = { ...said, name, definition, alone };
      const { there, count } = await meant(workspaceId, whole, signal);
      if (count > 1) return { ...whole, does: 'ask', count };
      if (!there) return { ...whole, does: 'create' };
      const diff = compare(there, { ...whole, description: said.description ?? there.description });
      const differs = diff.fields.length > 0 || diff.steps.length > 0;
      // written otherwise it is another version too
      const rewritten = alone && there.source !== null && there.source !== file.text;
      return differs || rewritten ? { ...whole, does: 'change', there, diff } : { ...whole, does: 'nothing', there };
    }),
  );
  return { checked, found, unnamed: checked.valid && found.some((one) => one === null) };
}

/** Looked at anew when something has been saved. */
export const uploadQuery = (workspaceId: string, file: UploadFile) =>
  queryOptions({
    queryKey: [...keys.workspace(workspaceId), 'upload', file.name, file.text] as const,
    queryFn: ({ signal }) => foundIn(workspaceId, file, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });

export type Push = { file: UploadFile; found: Found; message: string; sharing: boolean };

export async function push(client: QueryClient, workspaceId: string, { file, found, message, sharing }: Push) {
  const { name, own_id, description, definition, alone } = found;
  const said = alone
    ? { source: file.text, format: formatOf(file.name) }
    : { definition, ...(own_id === null ? {} : { own_id }), ...(description === null ? {} : { description }) };
  const pushed = await unwrap(
    api.POST('/workspaces/{workspace_id}/workflows:push', {
      params: { path: { workspace_id: workspaceId } },
      body: {
        ...said,
        name,
        ...(found.does === 'create' ? { visibility: 'workspace' as const } : {}),
        ...(message && found.does === 'change' ? { message } : {}),
        ...(sharing ? { share_prompts: true } : {}),
      },
    }),
  );
  client.setQueryData(workflowQuery(workspaceId, pushed.workflow.id).queryKey, pushed.workflow);
  void client.invalidateQueries({ queryKey: [...keys.workflow(workspaceId, pushed.workflow.id), 'versions'] });
  void client.invalidateQueries({ queryKey: keys.workflows(workspaceId).slice(0, 3) });
  return pushed;
}

// A workflow as text beside its steps. What is typed is checked by the server; when nothing is wrong with it, it becomes the steps. Until then the
// steps stay what they were.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api, keys, unwrap } from '@/api/client';
import type { Mark } from '@/components/code/mark';
import { useWorkspace } from '@/lib/workspace';
import { type Draft, promptKeys, withDefinition } from './model/draft';
import { sourceWords as words } from './source-strings';
import type { DraftState } from './useDraft';
import { promptsOf } from './used-prompts';

const PAUSE_MS = 400;

function useSettled(text: string | null): string | null {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** What was found in a text, and the prompts of what it says. */
function useCheck(text: string | null) {
  const workspace = useWorkspace();
  const asked = useSettled(text);
  const query = useQuery({
    queryKey: [...keys.workspace(workspace.id), 'check', asked] as const,
    enabled: asked !== null && asked.trim() !== '',
    queryFn: async ({ signal }) => {
      const checked = await unwrap(
        api.POST('/workspaces/{workspace_id}/workflows:check', {
          params: { path: { workspace_id: workspace.id } },
          body: { source: asked ?? '' },
          signal,
        }),
      );
      const only = checked.workflows.length === 1 ? checked.workflows[0] : undefined;
      const definition = checked.valid ? (only?.definition ?? null) : null;
      const prompts = definition ? await promptsOf(workspace.id, definition.steps, signal) : [];
      return { checked, prompts, flow: definition && only ? { ...only, definition } : null };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
  return { query, upToDate: asked === text && !query.isPending, asked };
}

type Finding = NonNullable<ReturnType<typeof useCheck>['query']['data']>['checked']['errors'][number];
const marksOf =
  (serious: boolean) =>
  ({ line, column, message, hint }: Finding): Mark[] =>
    line === null ? [] : [{ line, column: column ?? 1, serious, text: message, ...(hint ? { hint } : {}) }];

/** `shown`: the text that is looked at, when the source is open; null: the steps are. */
export function useSource(draft: Draft, change: DraftState['change'], shown: string | null) {
  const unsettled = draft.source && !draft.source.settled ? draft.source.text : null;
  const { query, upToDate, asked } = useCheck(unsettled ?? shown);
  const { data } = query;
  useEffect(() => {
    if (!data?.flow || asked === null || unsettled !== asked) return;
    const { flow, prompts } = data;
    change((was) => (was.source?.text === asked ? withDefinition(was, flow, promptKeys(prompts)) : was), 'source');
  }, [data, asked, unsettled, change]);
  const checked = upToDate ? data?.checked : undefined;
  const count = checked?.workflows.length ?? 1;
  const findings = [
    ...(checked?.errors ?? []).map((finding) => ({ ...finding, serious: true })),
    ...(checked?.warnings ?? []).map((finding) => ({ ...finding, serious: false })),
  ];
  const marks = useMemo(
    () => [...(checked?.errors ?? []).map(marksOf(true)), ...(checked?.warnings ?? []).map(marksOf(false))].flat(),
    [checked],
  );
  return {
    /** It says something that the steps do not show yet. */
    unsettled: unsettled !== null,
    checking: !upToDate && !query.isError,
    error: query.isError ? query.error : null,
    again: () => void query.refetch(),
    findings,
    marks,
    errorCount: checked?.error_count ?? 0,
    several: checked?.valid && count !== 1 ? words.several(count) : null,
    line: findings.find((finding) => finding.serious)?.line ?? null,
  };
}

export type SourceState = ReturnType<typeof useSource>;

// Deeds on all runs that fit a filter: counted first, then done a page at a time, so that it can be told how far they are.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, keys, unwrap } from '@/api/client';
import { type Deed, filterFor, type Shown } from './model/all';

const COUNT_AT_ONCE = { cancel: 10_000, delete: 10_000, retry: 1_000 } as const;
const DO_AT_ONCE = 500;
type Ask = NonNullable<ReturnType<typeof filterFor>>;

function ask(
  workspaceId: string,
  deed: Deed,
  body: { filter: Ask; limit: number; cursor?: string; dry_run?: boolean },
) {
  const sent = { params: { path: { workspace_id: workspaceId } }, body };
  if (deed === 'cancel') return unwrap(api.POST('/workspaces/{workspace_id}/runs:cancel', sent));
  if (deed === 'retry') return unwrap(api.POST('/workspaces/{workspace_id}/runs:retry', sent));
  return unwrap(api.POST('/workspaces/{workspace_id}/runs:delete', sent));
}

/** How many it would be done to; `more`: at least so many. */
export function useCount(workspaceId: string, deed: Deed, shown: Shown, until: string) {
  return useQuery({
    queryKey: [...keys.runs(workspaceId), 'count', deed, shown, until],
    queryFn: async () => {
      const filter = filterFor(deed, shown, until);
      if (!filter) return { count: 0, more: false };
      const { accepted, next_cursor } = await ask(workspaceId, deed, {
        filter,
        limit: COUNT_AT_ONCE[deed],
        dry_run: true,
      });
      return { count: accepted, more: next_cursor !== null };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export type Progress = { looked: number; done: number };

/** Page by page from the newest; what has been done stays done when it is stopped, or a page fails. */
export function useAllRuns(workspaceId: string) {
  const client = useQueryClient();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );
  const perform = async (deed: Deed, shown: Shown, until: string): Promise<Progress | null> => {
    const filter = filterFor(deed, shown, until);
    if (!filter) return null;
    let now: Progress = { looked: 0, done: 0 };
    let cursor: string | undefined;
    stopped.current = false;
    setError(null);
    setProgress(now);
    try {
      do {
        const page = await ask(workspaceId, deed, { filter, limit: DO_AT_ONCE, cursor });
        now = { looked: now.looked + page.matched, done: now.done + page.accepted };
        setProgress(now);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && !stopped.current);
      return now;
    } catch (failed) {
      setError(failed);
      return null;
    } finally {
      setProgress(null);
      await client.invalidateQueries({ queryKey: keys.runs(workspaceId).slice(0, 3) });
    }
  };
  const stop = () => {
    stopped.current = true;
  };
  return { progress, error, perform, stop };
}

// The list of runs as it is shown: rows that were read, renewed in place, and what waits to be shown. Pure.
import type { InfiniteData } from '@tanstack/react-query';
import type { RunFacts, RunStatus } from '@/api/types';

export const STATUSES: readonly RunStatus[] = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'];

/** From the address; what is no status is dropped. */
export const statusesOf = (text: string | undefined): RunStatus[] => {
  const named = text?.split(',') ?? [];
  return STATUSES.filter((status) => named.includes(status));
};

export const fits = (run: RunFacts, statuses: readonly RunStatus[]): boolean =>
  statuses.length === 0 || statuses.includes(run.status);

/** Same rows, same order, with what is known of them now. */
export function listed(read: readonly RunFacts[], newest: readonly RunFacts[]): RunFacts[] {
  const now = new Map(newest.map((run) => [run.id, run]));
  return read.map((run) => now.get(run.id) ?? run);
}

export const without = (runs: readonly RunFacts[], ids: readonly string[]): RunFacts[] =>
  runs.filter((run) => !ids.includes(run.id));

/** Newer than everything shown, and fitting the filter. Ids grow with time. */
export function newRuns(
  read: readonly RunFacts[],
  newest: readonly RunFacts[],
  statuses: readonly RunStatus[],
): RunFacts[] {
  const shown = new Set(read.map((run) => run.id));
  const top = read[0]?.created_at ?? '';
  return newest.filter((run) => run.created_at >= top && !shown.has(run.id) && fits(run, statuses));
}

type Pages<Param> = InfiniteData<{ data: RunFacts[]; next_cursor: string | null }, Param>;

export function withNewRuns<Param>(data: Pages<Param>, fresh: readonly RunFacts[]): Pages<Param> {
  const [first, ...rest] = data.pages;
  return first ? { ...data, pages: [{ ...first, data: [...fresh, ...first.data] }, ...rest] } : data;
}

// The newest runs of a workflow as marks: how high each stands, and what they add up to. Pure.
import type { RunMark } from '@/api/types';
import { STATUS } from '@/lib/status';

const LEAST = 0.35;

/** Oldest first, as they are drawn; height by duration, as a share of the longest. */
export function marksOf(runs: readonly RunMark[]): { run: RunMark; height: number }[] {
  const longest = Math.max(1, ...runs.map((run) => run.duration_ms ?? 0));
  return runs
    .map((run) => ({ run, height: run.duration_ms === null ? 1 : LEAST + ((1 - LEAST) * run.duration_ms) / longest }))
    .toReversed();
}

/** Of the runs that completed; null when none did. */
export function medianMs(runs: readonly RunMark[]): number | null {
  const times = runs
    .flatMap((run) => (run.status === 'completed' && run.duration_ms !== null ? [run.duration_ms] : []))
    .toSorted((a, b) => a - b);
  const middle = times.length >> 1;
  const high = times[middle];
  if (high === undefined) return null;
  return times.length % 2 === 1 ? high : ((times[middle - 1] ?? high) + high) / 2;
}

/** "8 completed, 2 failed" */
export function marksSentence(runs: readonly RunMark[]): string {
  const counts = new Map<RunMark['status'], number>();
  for (const run of runs) counts.set(run.status, (counts.get(run.status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${STATUS[status].word.toLowerCase()}`).join(', ');
}

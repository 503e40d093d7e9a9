// Where the bars of a run stand in its lane: pure, in shares of the whole (0…1).
import type { Run, RunStep, Status, StepRun } from '@/api/types';

export type Bar = { from: number; to: number; status: Status; attempt: number };
export type Lane = {
  step: RunStep;
  index: number;
  /** Waited before it started: a thin line. */
  queued: { from: number; to: number } | null;
  bars: Bar[];
};
export type Tick = { at: number; ms: number };
export type Waterfall = { lanes: Lane[]; ticks: Tick[]; spanMs: number };

const LEAST_SPAN_MS = 200;
const STEPS_MS = [
  50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000,
];
const MOST_TICKS = 4;

export function ticksOf(spanMs: number): Tick[] {
  const last = STEPS_MS.at(-1) ?? spanMs;
  const step = STEPS_MS.find((ms) => spanMs / ms <= MOST_TICKS) ?? Math.ceil(spanMs / MOST_TICKS / last) * last;
  const ticks: Tick[] = [];
  for (let ms = 0; ms < spanMs * 0.97; ms += step) ticks.push({ ms, at: ms / spanMs });
  return ticks;
}

/** All attempts of each step, oldest first; the newest is what the run says, which is kept up to date by events. */
function attemptsOf(step: RunStep, all: readonly StepRun[]): StepRun[] {
  const newest = step.step_run;
  if (!newest) return [];
  const earlier = all.filter((one) => one.path === step.key && one.attempt < newest.attempt);
  return [...earlier.toSorted((a, b) => a.attempt - b.attempt), newest];
}

export function waterfallOf(run: Run, all: readonly StepRun[], now: number): Waterfall {
  const start = Date.parse(run.created_at);
  const known = run.steps.flatMap((step) => [step.step_run?.started_at, step.step_run?.finished_at]);
  const seen = [run.started_at, run.finished_at, ...known].flatMap((at) => (at ? [Date.parse(at)] : []));
  const latest = Math.max(start, ...seen);
  // this machine's clock may be behind the server's
  const end = run.finished_at ? latest : Math.max(latest, now);
  const spanMs = Math.max(LEAST_SPAN_MS, end - start);
  const share = (ms: number) => Math.min(1, Math.max(0, (ms - start) / spanMs));

  let ready = start;
  const lanes = run.steps.map((step, index): Lane => {
    const bars = attemptsOf(step, all).map(
      (one): Bar => ({
        from: share(Date.parse(one.started_at)),
        to: share(one.finished_at ? Date.parse(one.finished_at) : end),
        status: one.status,
        attempt: one.attempt,
      }),
    );
    const first = bars[0];
    const queued = first && first.from > share(ready) ? { from: share(ready), to: first.from } : null;
    if (step.step_run?.finished_at) ready = Date.parse(step.step_run.finished_at);
    return { step, index, queued, bars };
  });
  return { lanes, ticks: ticksOf(spanMs), spanMs };
}

/** The dearest step, when there is one. */
export function dearest(run: Run): string | null {
  const costs = run.steps.map((step) => ({ key: step.key, usd: step.step_run?.cost_usd ?? 0 }));
  const most = costs.reduce((best, one) => (one.usd > best.usd ? one : best), { key: '', usd: 0 });
  return most.usd > 0 && costs.length > 1 ? most.key : null;
}

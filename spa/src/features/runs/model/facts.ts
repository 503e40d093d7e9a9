// What a run says of itself in a few words: where it stands, what went wrong, whether it cost anything.
import type { Run, RunFacts, RunStep, Status, StepRun } from '@/api/types';
import { hasEnded } from '@/lib/status';
import { textOf } from '@/lib/text-of';
import { words } from '../strings';

export const markOf = (step: RunStep): Status => step.step_run?.status ?? 'pending';

export const isGroup = (step: RunStep): boolean => step.kind === 'sequential' || step.kind === 'parallel';

/** Those that are in no group: what a run counts. */
export const outerSteps = (run: Run): RunStep[] => run.steps.filter((step) => step.depth === 0);

/** The step to look at when none was chosen: the one that runs, that failed, or the last that was reached; of a group what is in it. */
export function stepToFollow(run: Run): RunStep | undefined {
  const inner = run.steps.filter((step) => !isGroup(step));
  return (
    inner.find((step) => step.step_run && !hasEnded(step.step_run.status)) ??
    inner.find((step) => step.step_run?.status === 'failed') ??
    run.steps.findLast((step) => step.step_run) ??
    run.steps[0]
  );
}

/** Counted from 1: the step that runs, else how many have begun. */
export function stepNumber(run: Run): number {
  const steps = outerSteps(run);
  const at = steps.findIndex((step) => step.step_run && !hasEnded(step.step_run.status));
  return at >= 0 ? at + 1 : steps.filter((step) => step.step_run).length;
}

/** What a step waits for now. One that is over keeps which run it had started; what a person is asked about has failed, and still waits. */
export function waitsFor(step: StepRun | null | undefined): string | null {
  if (!step?.waiting_for || (hasEnded(step.status) && step.waiting_for !== 'decision')) return null;
  return step.waiting_for.startsWith('run ') ? words.childRun.toLowerCase() : step.waiting_for;
}

/** The signal that a step waits for, and that may be sent; null: none. */
export function signalOf({ kind, step_run: run }: RunStep): string | null {
  if (kind !== 'signal' || run?.status !== 'waiting') return null;
  return /^signal (.+)$/.exec(run.waiting_for ?? '')?.[1] ?? null;
}

/** Nothing is worked on, as far as the page knows: somebody, a time or a signal is waited for. */
export const rests = (run: Run): boolean =>
  !hasEnded(run.status) && (run.status === 'paused' || run.steps.some((step) => waitsFor(step.step_run) !== null));

/** It failed, and a person is asked what is to follow. */
export const asksAbout = (run: Run, step: RunStep): boolean =>
  !hasEnded(run.status) && step.step_run?.status === 'failed' && step.step_run.waiting_for === 'decision';

/** The step that made the run fail. */
export function failedStep(run: Run): { index: number; step: RunStep } | null {
  const named = run.error?.path;
  const index = run.steps.findIndex((step) => (named ? step.key === named : step.step_run?.status === 'failed'));
  const step = run.steps[index];
  return step ? { index, step } : null;
}

const MARKS_MOST = 24;

/** A mark for each step. The list is given 24 at most; of longer runs it is only known how many are done. */
export function marksOf(run: RunFacts): Status[] {
  const marks = run.marks ?? [];
  if (run.step_count <= MARKS_MOST) return marks;
  const done: Status[] = Array.from({ length: run.steps_done }, () => 'completed');
  const now: Status[] =
    run.steps_done < run.step_count && run.status !== 'pending' && run.status !== 'completed' ? [run.status] : [];
  return [...done, ...now];
}

/** Tokens went through, and it is known that they cost nothing. */
export const wasFree = (cost: number | null, settled: boolean, tokens: number): boolean =>
  cost === 0 && settled && tokens > 0;

export const runWasFree = (run: RunFacts): boolean =>
  wasFree(run.cost_usd, run.cost_settled, run.tokens_in + run.tokens_out);

/** The built-in models cost nothing unless they are told to. */
export const isFreeModel = (model: string | null): boolean => model?.startsWith('builtin/') ?? false;

/** What a step has written so far: its output, else what has streamed. */
export function writtenBy(step: StepRun | null): string {
  if (!step) return '';
  if (step.output !== null && step.output !== undefined) return textOf(step.output);
  if (step.output_preview !== null) return previewText(step.output_preview);
  return step.partial ?? '';
}

/** The beginning of a JSON text, as its value would be shown: of a string without its quote and escapes. */
export function previewText(preview: string): string {
  if (!preview.startsWith('"')) return `${preview}…`;
  for (const cut of [0, 1, 2, 3, 4, 5]) {
    try {
      return `${JSON.parse(`${preview.slice(0, preview.length - cut)}"`)}…`;
    } catch {
      /* it ends inside an escape */
    }
  }
  return `${preview}…`;
}

export { textOf };

export const tokensOf = (step: StepRun | null): number | null =>
  step && (step.tokens_in !== null || step.tokens_out !== null) ? (step.tokens_in ?? 0) + (step.tokens_out ?? 0) : null;

/** Inputs in one line: text “Notes of the launch…” · tone professional */
export function inputsInALine(input: Readonly<Record<string, unknown>>): { name: string; text: string }[] {
  return Object.entries(input).map(([name, value]) => ({ name, text: textOf(value).replaceAll(/\s+/g, ' ').trim() }));
}

/** "limit concurrency workflow:…" taken apart; ids are left out, since they say nothing. null: it waits for no limit. */
export function limitOf(waitingFor: string | null | undefined): { unit: string; kind: string; of: string } | null {
  const [, unit, kind, of = ''] = /^limit (\w+) (\w+)(?::(.*))?$/s.exec(waitingFor ?? '') ?? [];
  return unit && kind ? { unit, kind, of: kind === 'workflow' || kind === 'member' ? '' : of } : null;
}

/** "phase Check": the phase that it waits for somebody to begin. */
export const phaseOf = (waitingFor: string | null | undefined): string | null =>
  /^phase (.+)$/s.exec(waitingFor ?? '')?.[1] ?? null;

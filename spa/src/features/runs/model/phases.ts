// The phases of a run, as sections of its steps: each begins where an outermost step has another phase than the one before it. Pure.
import type { RunStep } from '@/api/types';
import { hasEnded } from '@/lib/status';

export type Phase = {
  /** null: its steps say none. */
  name: string | null;
  /** The key of its first step. */
  first: string;
  done: number;
  of: number;
};

/** By the key of the step that each begins with; none where no step has a phase. */
export function phasesOf(steps: readonly RunStep[]): ReadonlyMap<string, Phase> {
  const outer = steps.filter((step) => step.depth === 0);
  const phases = new Map<string, Phase>();
  if (outer.every((step) => step.phase === null)) return phases;
  let last: Phase | undefined;
  for (const step of outer) {
    if (!last || last.name !== step.phase) {
      last = { name: step.phase, first: step.key, done: 0, of: 0 };
      phases.set(step.key, last);
    }
    last.of++;
    if (step.step_run && hasEnded(step.step_run.status)) last.done++;
  }
  return phases;
}

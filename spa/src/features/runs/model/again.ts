// What running again from a step would reuse, and what it would run. Pure; the server decides by the same rule.
import type { Run } from '@/api/types';
import { outerSteps } from './facts';

export type StepOfVersion = { key: string; name: string; kind: string };

/** A group is run again as a whole. */
export const stepsOf = (run: Run): StepOfVersion[] =>
  outerSteps(run).map(({ key, name, kind }) => ({ key, name, kind }));

/** The first step that has not completed; the first one when all have. */
export function firstOpen(run: Run, steps: readonly StepOfVersion[]): string {
  return (steps.find((step) => !completed(run, step)) ?? steps[0])?.key ?? '';
}

const completed = (run: Run, step: StepOfVersion): boolean =>
  run.steps.some(
    (own) =>
      own.key === step.key &&
      own.kind === step.kind &&
      (own.step_run?.status === 'completed' || own.step_run?.status === 'skipped'),
  );

/** A step is the same in another version when it has the same key and kind. */
export function reusedBefore(run: Run, steps: readonly StepOfVersion[], from: string): StepOfVersion[] {
  const at = steps.findIndex((step) => step.key === from);
  return steps.slice(0, Math.max(0, at)).filter((step) => completed(run, step));
}

/** The recorded input of a step, as texts that can be edited; null where it never got one. */
export function editable(input: unknown): Record<string, string> | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value, null, 2),
    ]),
  );
}

/** Back again: what was a text stays one, the rest is JSON. Null and the name where it is not. */
export function edited(
  before: Readonly<Record<string, unknown>>,
  texts: Readonly<Record<string, string>>,
): { value: Record<string, unknown>; wrong: string | null } {
  const value: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    if (typeof before[name] === 'string') {
      value[name] = text;
      continue;
    }
    try {
      value[name] = JSON.parse(text);
    } catch {
      return { value: {}, wrong: name };
    }
  }
  return { value, wrong: null };
}

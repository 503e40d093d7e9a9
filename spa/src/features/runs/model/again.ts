// What running again from a step would reuse, and what it would run. Pure; the server decides by the same rule.
import type { Run, RunStep } from '@/api/types';
import { outerSteps } from './facts';

export type StepOfVersion = { key: string; name: string; kind: string };

/** A group is run again as a whole. */
export const stepsOf = (run: Run): StepOfVersion[] =>
  outerSteps(run).map(({ key, name, kind }) => ({ key, name, kind }));

/** Where a fork may begin: `path` is that of the newest iteration of the loops around it. */
export type Place = {
  path: string;
  step: RunStep;
  /** Names of the groups around it, and its own. */
  names: string[];
  /** Of the innermost loop around it: how many iterations have begun; null: it is in none. */
  iterations: number | null;
};

/** Every step, and in a group or loop those that the run has come to. Parts of agents are nobody's steps. */
export function placesOf(run: Run): Place[] {
  const around: { step: RunStep; agent: boolean }[] = [];
  const places: Place[] = [];
  for (const step of run.steps) {
    around.length = Math.min(around.length, step.depth);
    const inAgent = around.some((one) => one.agent);
    const path = step.depth === 0 ? step.key : step.step_run?.path;
    const last = path === undefined ? null : innermost(path);
    if (path !== undefined && !inAgent)
      places.push({
        path,
        step,
        names: [...around.map((one) => one.step.name), step.name],
        iterations: last && (around.findLast((one) => one.step.iterations != null)?.step.iterations ?? last.index + 1),
      });
    around.push({ step, agent: step.kind === 'agent' });
  }
  return places;
}

/** each[3]/send: before "each[", after "]/send", 3. Null: it is in no loop. */
function innermost(path: string): { before: string; index: number; after: string } | null {
  const found = /^(.*\[)(\d+)(\].*)$/.exec(path);
  return found ? { before: found[1] ?? '', index: Number(found[2]), after: found[3] ?? '' } : null;
}

export const iterationOf = (path: string): number | null => innermost(path)?.index ?? null;

export function withIteration(path: string, index: number): string {
  const at = innermost(path);
  return at ? `${at.before}${index}${at.after}` : path;
}

/** What a fork at a place takes over, in words: outer steps by their names, and what has completed before it in the group it is in. */
export function takenOver(run: Run, place: Place, path: string): { names: string[]; iterations: number } {
  const outer = place.step.key.split('/')[0] ?? '';
  const inside = place.step.key.slice(0, place.step.key.lastIndexOf('/') + 1);
  const beside = run.steps
    .slice(0, run.steps.indexOf(place.step))
    .filter(
      (step) => inside !== '' && step.depth === place.step.depth && step.key.startsWith(inside) && completed(run, step),
    );
  return {
    names: [...reusedBefore(run, stepsOf(run), outer).map((step) => step.name), ...beside.map((step) => step.name)],
    iterations: iterationOf(path) ?? 0,
  };
}

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

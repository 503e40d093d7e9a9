// The rows of a run's steps as a tree: what is in a group follows it, one deeper. What is in a closed group is not there. Pure.
import type { RunStep } from '@/api/types';

export type Row = {
  step: RunStep;
  /** Among all steps, closed or not. */
  index: number;
  /** Among those beside it, from 1, and how many they are. */
  place: number;
  of: number;
  /** Something is in it. */
  holds: boolean;
  open: boolean;
  /** The group it is in. */
  parent: string | null;
};

export function rowsOf(steps: readonly RunStep[], closed: ReadonlySet<string>): Row[] {
  const all: Row[] = [];
  /** The groups around the step that is looked at, the outermost first. */
  const around: Row[] = [];
  const beside = new Map<string | null, Row[]>();
  for (const [index, step] of steps.entries()) {
    around.length = Math.min(around.length, step.depth);
    const parent = around.at(-1)?.step.key ?? null;
    const siblings = beside.get(parent) ?? [];
    const holds = (steps[index + 1]?.depth ?? 0) > step.depth;
    const row: Row = { step, index, place: siblings.length + 1, of: 0, holds, open: !closed.has(step.key), parent };
    siblings.push(row);
    beside.set(parent, siblings);
    if (around.every((one) => one.open)) all.push(row);
    around.push(row);
  }
  for (const siblings of beside.values()) for (const row of siblings) row.of = siblings.length;
  return all;
}

/** The groups a step is in, the innermost first. */
export function aroundOf(steps: readonly RunStep[], key: string): string[] {
  let at = steps.findIndex((step) => step.key === key);
  const found: string[] = [];
  for (let depth = steps[at]?.depth ?? 0; at >= 0 && depth > 0; at--) {
    const step = steps[at];
    if (!step || step.depth >= depth) continue;
    found.push(step.key);
    depth = step.depth;
  }
  return found;
}

const groupsOf = (steps: readonly RunStep[]): RunStep[] =>
  steps.filter((step, index) => (steps[index + 1]?.depth ?? 0) > step.depth);

/** All groups from a depth on: what is closed when so many levels are shown (1: the outermost alone). */
export const closedBelow = (steps: readonly RunStep[], levels: number): Set<string> =>
  new Set(
    groupsOf(steps)
      .filter((step) => step.depth >= levels - 1)
      .map((step) => step.key),
  );

/** What is closed at first: the turns of agents, which have a word of their own for everything they do. */
export const closedAgents = (steps: readonly RunStep[]): Set<string> =>
  new Set(
    groupsOf(steps)
      .filter((step) => step.kind === 'agent')
      .map((step) => step.key),
  );

// Steps in steps. A draft keeps one list in the order it is written in, groups before what is in them, as the server reads it; each step knows
// its group. Pure.
import type { StepDefinition } from '@/api/types';
import type { DraftStep } from './draft';
import { casesOf, keysIn } from './kinds';

export const GROUPS = ['sequential', 'parallel', 'loop'] as const;
export const holdsSteps = (step: Pick<DraftStep, 'kind'>): boolean => GROUPS.some((kind) => kind === step.kind);

type Steps = readonly DraftStep[];

const find = (steps: Steps, id: string | undefined) => steps.find((step) => step.id === id);

/** The groups that a step is in, the innermost first. */
export function groupsOf(steps: Steps, step: DraftStep): DraftStep[] {
  const groups: DraftStep[] = [];
  for (let at = find(steps, step.parent); at; at = find(steps, at.parent)) groups.push(at);
  return groups;
}

export const isWithin = (steps: Steps, step: DraftStep, group: string): boolean =>
  groupsOf(steps, step).some((one) => one.id === group);

/** Those of one list: of a group, or in none. */
export const listOf = (steps: Steps, group: string | undefined): DraftStep[] =>
  steps.filter((step) => step.parent === group);

/** A step and all that is in it. */
export const wholeOf = (steps: Steps, id: string): DraftStep[] =>
  steps.filter((step) => step.id === id || isWithin(steps, step, id));

/** A note never runs: nothing waits for it, and it has no output. */
const isNote = (step: DraftStep): boolean => step.kind === 'note';

/** Its place as people count: "2", and "2.1" in a group. */
export const numberOf = (steps: Steps, step: DraftStep): string =>
  [step, ...groupsOf(steps, step)]
    .map((one) => listOf(steps, one.parent).findIndex((other) => other.id === one.id) + 1)
    .toReversed()
    .join('.');

/** The step, with what is in it, at another place: `to` counts in that list, without the step itself. */
export function placed(steps: Steps, id: string, group: string | undefined, to: number): Steps {
  const step = find(steps, id);
  const target = find(steps, group);
  if (!step || group === id || (target && isWithin(steps, target, id))) return steps;
  const [first, ...within] = wholeOf(steps, id);
  if (!first) return steps;
  const rest = steps.filter((one) => one.id !== id && !within.includes(one));
  const list = listOf(rest, group);
  const before = list[Math.max(0, Math.min(list.length, to))];
  // after the last of its list: behind all that is in the group, or at the end
  const last = group === undefined ? rest.at(-1) : wholeOf(rest, group).at(-1);
  const at = before ? rest.indexOf(before) : last ? rest.indexOf(last) + 1 : 0;
  return rest.toSpliced(at, 0, { ...first, parent: group }, ...within);
}

// ---- what comes before what: as the server has it ----

const chooses = (one: DraftStep, key: string): boolean =>
  one.kind === 'conditional'
    ? one.fields.then === key || one.fields.else === key
    : one.kind === 'switch' && (one.fields.default === key || casesOf(one.fields).some(([, chosen]) => chosen === key));

function needs(steps: Steps, step: DraftStep, other: DraftStep, justBefore: DraftStep | undefined): boolean {
  if (chooses(other, step.key)) return true;
  if (step.fields.needs_how === 'none') return false;
  if (step.fields.needs_how === 'keys') return keysIn(step.fields.needs).includes(other.key);
  return other === justBefore && find(steps, step.parent)?.kind !== 'parallel';
}

/** Of its own list: all that are over when it begins. */
function waitsFor(steps: Steps, step: DraftStep): DraftStep[] {
  const list = listOf(steps, step.parent).filter((one) => one === step || !isNote(one));
  const marked = new Set([step.id]);
  for (let i = list.indexOf(step); i > 0; i--) {
    const one = list[i];
    if (!one || !marked.has(one.id)) continue;
    for (const other of list.slice(0, i)) if (needs(steps, one, other, list[i - 1])) marked.add(other.id);
  }
  return list.filter((one) => one !== step && marked.has(one.id));
}

/** Whose output a step can use: what is over when it begins, with what was in that; of a loop only the whole. */
export function usable(steps: Steps, step: DraftStep): DraftStep[] {
  const over = [step, ...groupsOf(steps, step)].flatMap((one) => waitsFor(steps, one));
  const whole = new Set(over.map((one) => one.id));
  return steps.filter((one) => {
    if (isNote(one)) return false;
    const groups = groupsOf(steps, one);
    const at = whole.has(one.id) ? -1 : groups.findIndex((group) => whole.has(group.id));
    if (!whole.has(one.id) && at < 0) return false;
    return groups.slice(0, at + 1).every((group) => group.kind !== 'loop');
  });
}

export const laterOf = (steps: Steps, step: DraftStep): DraftStep[] => {
  const list = listOf(steps, step.parent);
  return list.slice(list.indexOf(step) + 1).filter((one) => !isNote(one));
};
export const earlierOf = (steps: Steps, step: DraftStep): DraftStep[] => {
  const list = listOf(steps, step.parent);
  return list.slice(0, list.indexOf(step)).filter((one) => !isNote(one));
};

// ---- to and from what is saved ----

/** The steps of a definition in the order they are written in, each with the key of its group. */
export function flat(steps: readonly StepDefinition[], group?: string): { step: StepDefinition; group?: string }[] {
  return steps.flatMap((step) => [{ step, group }, ...flat(step.steps ?? [], step.key)]);
}

export function nested(steps: Steps, make: (step: DraftStep) => StepDefinition, group?: string): StepDefinition[] {
  return listOf(steps, group).map((step) => {
    const made = make(step);
    return holdsSteps(step) ? { ...made, steps: nested(steps, make, step.id) } : made;
  });
}

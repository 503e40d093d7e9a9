// What a document changes of a workflow that is there, before it is saved: in the shape in which the server tells two versions apart. Pure.
import type { StepDefinition, WorkflowDefinition, WorkflowDiff } from '@/api/types';
import { isObject } from './fields';

type Side = { name: string; description: string; definition: WorkflowDefinition };
type FieldChange = WorkflowDiff['fields'][number];
type StepChange = WorkflowDiff['steps'][number];

/** The same, whatever the order of members. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, index) => same(one, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]));
}

function fieldsOf(before: Record<string, unknown>, after: Record<string, unknown>): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => field !== 'steps' && !same(before[field], after[field]))
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }) as FieldChange);
}

type Placed = { step: StepDefinition; path: string; group: string };

function placed(steps: readonly StepDefinition[], group = ''): Placed[] {
  return steps.flatMap((step) => {
    const path = group === '' ? step.key : `${group}/${step.key}`;
    return [{ step, path, group }, ...placed(step.steps ?? [], path)];
  });
}

/** Those of a list that did not change their order: a longest run of rising numbers. */
function rising(numbers: readonly number[]): Set<number> {
  const runs: number[][] = [];
  for (const number of numbers) {
    const before = runs.filter((run) => (run.at(-1) ?? -1) < number);
    const longest = before.reduce<number[]>((best, run) => (run.length > best.length ? run : best), []);
    runs.push([...longest, number]);
  }
  return new Set(runs.reduce<number[]>((best, run) => (run.length > best.length ? run : best), []));
}

/** Keys of steps that stand elsewhere among those beside them, or in another group. */
function movedIn(before: ReadonlyMap<string, Placed>, after: readonly Placed[]): Set<string> {
  const moved = new Set<string>();
  const order = [...before.keys()];
  for (const group of new Set(after.map((one) => one.group))) {
    const stayed = after.filter((one) => one.group === group && before.get(one.step.key)?.group === group);
    const kept = rising(stayed.map((one) => order.indexOf(one.step.key)));
    for (const { step } of stayed) if (!kept.has(order.indexOf(step.key))) moved.add(step.key);
  }
  for (const { step, group } of after) {
    const was = before.get(step.key);
    if (was && was.group !== group) moved.add(step.key);
  }
  return moved;
}

export function compare(before: Side, after: Side): Pick<WorkflowDiff, 'fields' | 'steps'> {
  const whole = ({ name, description, definition }: Side) => ({ name, description, ...definition });
  const was = new Map(placed(before.definition.steps).map((one) => [one.step.key, one]));
  const now = placed(after.definition.steps);
  const moved = movedIn(was, now);
  const steps = now.flatMap(({ step, path }): StepChange[] => {
    const other = was.get(step.key);
    const facts = { key: step.key, path_after: path, path_before: other?.path ?? null };
    if (!other) return [{ ...facts, change: 'added', moved: false, fields: [] }];
    const fields = fieldsOf({ ...other.step }, { ...step });
    const isMoved = moved.has(step.key);
    if (fields.length === 0 && !isMoved) return [];
    return [{ ...facts, change: fields.length > 0 ? 'changed' : 'moved', moved: isMoved, fields }];
  });
  const keys = new Set(now.map((one) => one.step.key));
  const gone = [...was.values()].filter((one) => !keys.has(one.step.key));
  return {
    fields: fieldsOf(whole(before), whole(after)),
    steps: [
      ...steps,
      ...gone.map(
        ({ step, path }): StepChange => ({
          key: step.key,
          change: 'removed',
          path_before: path,
          path_after: null,
          moved: false,
          fields: [],
        }),
      ),
    ],
  };
}

import { describe, expect, test } from 'vitest';
import type { StepDefinition, Workflow } from '@/api/types';
import {
  addOther,
  addStep,
  type Draft,
  definitionOf,
  emptyDraft,
  fromWorkflow,
  mapVariable,
  moveStep,
  removeStep,
  setFields,
} from './draft';
import { issuesOf, issuesOfProblem } from './issues';
import { numberOf, usable, wholeOf } from './tree';

const prompt = { id: 'p', name: 'Extract', version: 2, body: '{{text}}', variables: ['text'] };
const saved = (steps: StepDefinition[]) =>
  fromWorkflow(
    {
      id: 'w',
      name: 'W',
      description: '',
      revision: 1,
      version: 1,
      definition: { type: 'flow', steps },
    } as unknown as Workflow,
    new Map(),
  );
const transform = (key: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  name: key,
  kind: 'transform',
  value: 'x',
  ...more,
});
const find = (draft: Draft, key: string) => {
  const step = draft.steps.find((one) => one.key === key);
  if (!step) throw new Error(key);
  return step;
};
const can = (draft: Draft, key: string) => usable(draft.steps, find(draft, key)).map((one) => one.key);

const STEPS: StepDefinition[] = [
  transform('start'),
  {
    key: 'review',
    name: 'Review',
    kind: 'parallel',
    max_concurrency: 2,
    fail_fast: true,
    steps: [
      transform('grammar'),
      { key: 'facts', name: 'Facts', kind: 'sequential', steps: [transform('claims'), transform('check')] },
      transform('tone', { needs: ['grammar'], condition: '{{input.wanted}}' }),
    ],
  },
  {
    key: 'each',
    name: 'Each',
    kind: 'loop',
    items: '{{steps.start.output}}',
    max_iterations: 5,
    steps: [transform('turn')],
  },
  {
    key: 'good',
    name: 'Good?',
    kind: 'conditional',
    condition: '{{steps.tone.output.ok}}',
    // biome-ignore lint/suspicious/noThenProperty: as the contract has it
    then: 'approve',
    else: 'again',
  },
  transform('approve', { needs: [] }),
  transform('again', { condition: true }),
  { key: 'kind', name: 'Kind', kind: 'switch', value: '{{input.kind}}', cases: { a: 'last' }, default: 'last' },
  transform('last'),
];

test('what is saved is the same when it is opened and saved again', () => {
  expect(definitionOf(saved(STEPS)).steps).toEqual(STEPS);
});

test('places are counted as people do', () => {
  const draft = saved(STEPS);
  expect(draft.steps.map((step) => numberOf(draft.steps, step))).toEqual([
    '1',
    '2',
    '2.1',
    '2.2',
    '2.2.1',
    '2.2.2',
    '2.3',
    '3',
    '3.1',
    '4',
    '5',
    '6',
    '7',
    '8',
  ]);
});

describe('a step can use what is over when it begins', () => {
  const draft = saved(STEPS);
  test('in a parallel group only what it waits for', () => {
    expect(can(draft, 'grammar')).toEqual(['start']);
    expect(can(draft, 'check')).toEqual(['start', 'claims']);
    expect(can(draft, 'tone')).toEqual(['start', 'grammar']);
  });
  test('after a group what was in it, but not in a loop', () => {
    expect(can(draft, 'turn')).toEqual(['start', 'review', 'grammar', 'facts', 'claims', 'check', 'tone']);
    expect(can(draft, 'good')).toContain('each');
    expect(can(draft, 'good')).not.toContain('turn');
  });
  test('who waits for nothing still waits for what chooses it', () => {
    expect(can(draft, 'approve')).toEqual(expect.arrayContaining(['good', 'start', 'tone']));
  });
});

describe('a move', () => {
  const draft = saved(STEPS);
  test('takes along what is in a group', () => {
    const { draft: next } = moveStep(draft, 'review', 0);
    expect(next.steps.slice(0, 7).map((step) => step.key)).toEqual([
      'review',
      'grammar',
      'facts',
      'claims',
      'check',
      'tone',
      'start',
    ]);
  });
  test('goes into a group and out of it', () => {
    const into = moveStep(draft, 'start', 1, { group: 'facts' }).draft;
    expect(wholeOf(into.steps, 'facts').map((step) => step.key)).toEqual(['facts', 'claims', 'start', 'check']);
    const out = moveStep(draft, 'check', 2, { group: undefined }).draft;
    expect(
      out.steps
        .filter((step) => !step.parent)
        .map((step) => step.key)
        .slice(0, 4),
    ).toEqual(['start', 'review', 'check', 'each']);
  });
  test('never puts a group into itself', () => {
    expect(moveStep(draft, 'review', 0, { group: 'facts' }).draft).toBe(draft);
  });
  test('tells which names of steps it breaks, and takes them away', () => {
    const { draft: next, lost } = moveStep(draft, 'approve', 0);
    expect(lost.map((one) => [one.step.key, one.variable])).toEqual([['good', 'If so']]);
    expect(find(next, 'good').fields.then).toBe('');
    expect(issuesOf(next).map((issue) => issue.fieldId)).toContain('step-good-field-then');
    const gone = removeStep(draft, 'last');
    expect(gone.lost.map((one) => one.variable).sort()).toEqual(['Cases', 'If no case is met']);
    const behind = moveStep(draft, 'grammar', 2);
    expect(find(behind.draft, 'tone').fields.needs_how).toBe('default');
  });
});

describe('steps are added to a group', () => {
  const grouped = addOther(emptyDraft, 'parallel', 'Review', 'g');
  test('an empty one is not saved', () => {
    expect(issuesOf({ ...grouped, name: 'W' }).map((issue) => issue.fieldId)).toEqual(['step-g-add']);
  });
  test('side by side they cannot use each other; a mapping between them is taken away', () => {
    const two = addStep(addStep(grouped, prompt, 'a', 'g'), prompt, 'b', 'g');
    expect(two.steps.map((step) => [step.id, step.parent])).toEqual([
      ['g', undefined],
      ['a', 'g'],
      ['b', 'g'],
    ]);
    expect(find(two, 'extract_2').mappings.text?.source).toEqual({ kind: 'input', name: 'text' });
    const waits = setFields(two, 'b', { needs_how: 'keys', needs: 'extract' });
    const mapped = mapVariable(waits, 'b', 'text', { kind: 'step', id: 'a' });
    expect(
      moveStep(mapped, 'a', 1)
        .lost.map((one) => one.variable)
        .sort(),
    ).toEqual(['Steps it waits for', 'text']);
    expect(definitionOf(mapped).steps[0]?.steps?.[1]).toMatchObject({
      needs: ['extract'],
      input: { text: '{{steps.extract.output}}' },
    });
  });
});

test('what the server says of a step in a group stands at its field', () => {
  const draft = saved(STEPS);
  const at = (path: string) => issuesOfProblem(draft, [{ path, code: 'x', message: 'm' }]).issues[0]?.fieldId;
  expect(at('/definition/steps/1/steps/1/steps/0/value')).toBe('step-claims-field-value');
  expect(at('/definition/steps/1/max_concurrency')).toBe('step-review-field-max_concurrency');
  expect(at('/definition/steps/1/steps')).toBe('step-review-add');
  expect(at('/definition/steps/3/then')).toBe('step-good-field-then');
  expect(at('/definition/steps/4/needs/0')).toBe('step-approve-field-needs_how');
  expect(at('/definition/steps/1/steps/9/value')).toBeUndefined();
});

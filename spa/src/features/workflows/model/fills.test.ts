import { expect, test } from 'vitest';
import type { StepDefinition, Workflow } from '@/api/types';
import { type Draft, definitionOf, fromWorkflow, setSettings, withDefinition } from './draft';
import { fillsAt } from './fills';
import { issuesOf, issuesOfProblem } from './issues';

const draftOf = (steps: StepDefinition[], more: object = {}): Draft =>
  fromWorkflow(
    {
      id: 'w',
      name: 'W',
      description: '',
      revision: 1,
      version: 1,
      definition: { type: 'flow', ...more, steps },
    } as unknown as Workflow,
    new Map(),
  );
const value = (key: string, more: Partial<StepDefinition> = {}): StepDefinition => ({
  key,
  name: key,
  kind: 'transform',
  value: 'x',
  ...more,
});
const ENV = { variables: ['TONE'], secrets: ['KEY'] };
const at = (draft: Draft, key: string, field?: string) =>
  fillsAt(draft, draft.steps.find((step) => step.key === key) ?? null, ENV, { field }).map((one) => one.id);

const STEPS: StepDefinition[] = [
  value('first', { output: 'start', on_failure: 'continue' }),
  { key: 'note', name: 'note', kind: 'note', text: 'about {{input.nothing}}' },
  {
    key: 'outer',
    name: 'outer',
    kind: 'loop',
    items: '{{input.list}}',
    max_concurrency: 2,
    steps: [
      value('in'),
      { key: 'inner', name: 'inner', kind: 'loop', while: '{{loop.index}} < 3', steps: [value('deep')] },
    ],
  },
  value('last'),
];

test('what is over, the loops around it, inputs and the workspace; notes are not there', () => {
  const draft = draftOf(STEPS, { input: { type: 'object', properties: { more: { type: 'string' } } } });
  expect(at(draft, 'first')).toEqual(['input.list', 'input.more', 'env.TONE', 'env.KEY']);
  expect(at(draft, 'last')).toEqual([
    'steps.outer.output',
    'steps.first.output',
    'steps.first.error.message',
    'outputs.start',
    'input.list',
    'input.more',
    'env.TONE',
    'env.KEY',
  ]);
  const deep = at(draft, 'deep');
  // a loop by a question has no item, and one with several turns at once no turn before
  expect(deep.filter((id) => id.startsWith('loop'))).toEqual([
    'loop.index',
    'loop.previous',
    'loop.parent.item',
    'loop.parent.index',
  ]);
  expect(deep).toContain('steps.in.output');
  expect(deep).not.toContain('steps.outer.output');
  // code is told nothing by templates but what the workspace holds
  const code = fillsAt(draft, draft.steps[0] ?? null, ENV, { field: 'code', only: 'env' });
  expect(code.map((one) => one.id)).toEqual(['env.TONE', 'env.KEY']);
  expect(at(draft, 'inner', 'while').slice(0, 2)).toEqual(['loop.index', 'loop.previous']);
  expect(at(draft, 'inner', 'condition')[0]).toBe('loop.item');
});

test('of the workflow itself: every step but those in loops, and nothing secret', () => {
  const ids = fillsAt(draftOf(STEPS), null, ENV).map((one) => one.id);
  expect(ids).toContain('steps.last.output');
  expect(ids).not.toContain('steps.in.output');
  expect(ids.some((id) => id.startsWith('env.'))).toBe(false);
});

test('settings come back the same, and what is wrong with them is told at its field', () => {
  const more = {
    limits: { cost_usd: 2, warn_usd: 1 },
    phases: ['One', 'Two'],
    output: { said: '{{steps.last.output}}' },
    state: { at: '{{steps.first.output}}' },
    on_start: { code: 'return { text: 1 }' },
    on_complete: { code: 'return context.output' },
    on_error: { code: 'return 0' },
  };
  const draft = draftOf(STEPS, more);
  expect(definitionOf(draft)).toMatchObject(more);
  expect(definitionOf(setSettings(draft, { cost_usd: '' })).limits).toEqual({ warn_usd: 1 });
  expect(definitionOf(setSettings(draft, { phases: '' })).phases).toBeUndefined();
  expect(definitionOf(setSettings(draft, { on_error: '' })).on_error).toBeUndefined();
  const wrong = setSettings(draft, { warn_usd: 'x', phases: 'One\nOne' });
  expect(issuesOf(wrong).map((issue) => issue.fieldId)).toEqual([
    'workflow-setting-warn_usd',
    'workflow-setting-phases',
  ]);
  const told = issuesOfProblem(draft, [
    { path: '/definition/limits/warn_usd', code: 'range', message: 'No.' } as never,
  ]);
  expect(told.issues[0]?.fieldId).toBe('workflow-setting-warn_usd');
  const inCode = { path: '/definition/on_complete/code', code: 'expression', message: 'No.' } as never;
  expect(issuesOfProblem(draft, [inCode]).issues[0]?.fieldId).toBe('workflow-setting-on_complete');
  // limits of a newer server have no field yet: they stay
  expect(definitionOf(draftOf(STEPS, { limits: { cost_usd: 2, seconds: 5 } })).limits).toEqual({
    cost_usd: 2,
    seconds: 5,
  });
});

test('a text becomes the steps; what the server made of templates is made again, what a person wrote stays', () => {
  const draft = { ...draftOf(STEPS), source: { text: 'steps: …', settled: false } };
  const said = (input: object) => ({
    name: null,
    description: 'from the text',
    definition: { type: 'flow', input, steps: [value('only', { value: '{{input.some_text}}' })] } as never,
  });
  const title = { some_text: { type: 'string', title: 'Some text' } };
  const made = withDefinition(draft, said({ type: 'object', properties: title, required: ['some_text'] }), new Map());
  expect([made.name, made.description, made.source?.settled]).toEqual(['W', 'from the text', true]);
  expect(made.steps.map((step) => step.key)).toEqual(['only']);
  expect(definitionOf(made).input).toBeUndefined();
  const own = { type: 'object', properties: { some_text: { type: 'string', maxLength: 5 } } };
  expect(definitionOf(withDefinition(draft, said(own), new Map())).input).toEqual(own);
  const more = { type: 'object', properties: { ...title, other: { type: 'string' } } };
  expect(definitionOf(withDefinition(draft, said(more), new Map())).input).toEqual(more);
});

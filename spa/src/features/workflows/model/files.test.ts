// Workflows as files, and what a file changes of what is there.
import { describe, expect, test } from 'vitest';
import type { StepDefinition, Workflow, WorkflowDefinition } from '@/api/types';
import { compare, same } from './compare';
import { documentOf, fileName, formatOf, stemOf } from './files';

const step = (key: string, more: object = {}): StepDefinition =>
  ({ key, kind: 'transform', value: 'x', ...more }) as StepDefinition;
const side = (steps: StepDefinition[], more: object = {}) => ({
  name: 'W',
  description: '',
  definition: { type: 'flow', steps } as WorkflowDefinition,
  ...more,
});

test('a file is known by how its name ends, and names what has no name', () => {
  expect(['a.yaml', 'a.YML', 'a.json', 'a.b.ts', 'a.mjs', 'a.txt', 'a'].map(formatOf)).toEqual([
    'yaml',
    'yaml',
    'json',
    'typescript',
    'typescript',
    undefined,
    undefined,
  ]);
  expect([stemOf('content-pipeline.yaml'), stemOf('a.b.ts'), stemOf('.yaml'), stemOf('plain')]).toEqual([
    'content-pipeline',
    'a.b',
    '.yaml',
    'plain',
  ]);
  expect(fileName('Extract → Summarise!', 'steps: []')).toBe('extract-summarise.yaml');
  expect([fileName('日本', '{"a": 1}'), fileName('Ö', 'import x')]).toEqual(['workflow.json', 'o.ts']);
});

test('a workflow is written as it was, or as YAML that finds it again, without what the server makes', () => {
  const workflow = {
    id: 'i',
    own_id: null,
    name: 'W',
    description: '',
    source: 'steps: [] # mine',
  } as unknown as Workflow;
  expect(documentOf(workflow)).toBe('steps: [] # mine');
  const called = [
    step('a', { call: { text: 'x' }, steps: [step('b', { call: {} })] }),
    step('w', { kind: 'wait', poll: { kind: 'agent', call: {} } }),
  ];
  const text = documentOf({ ...workflow, source: null, definition: side(called).definition });
  expect(text).toMatch(/^id: i\nname: W\ntype: flow\nsteps:\n/);
  expect(text).not.toContain('call');
  expect(documentOf({ ...workflow, own_id: 'mine', source: null, definition: side([]).definition })).toMatch(
    /^id: mine\n/,
  );
});

describe('what a document changes', () => {
  test('the same is the same, whatever the order of members', () => {
    expect(same({ a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] })).toBe(true);
    for (const [a, b] of [
      [[1], [1, 2]],
      [{ a: 1 }, { a: 1, b: undefined }],
      [null, {}],
      ['1', 1],
      [[], {}],
    ])
      expect(same(a, b), JSON.stringify([a, b])).toBe(false);
    const there = side([step('a')], { id: 'i', revision: 3 });
    expect(compare(there, side([step('a')]))).toEqual({ fields: [], steps: [] });
  });

  test('fields of the workflow and of steps, those that are new, gone and elsewhere', () => {
    const group = (...steps: StepDefinition[]) => step('g', { kind: 'sequential', steps });
    const before = side([step('a'), step('b'), step('c'), step('old'), group(step('in'))]);
    const after = side([step('c'), step('a', { value: 'y' }), step('b'), group(), step('in'), step('new')], {
      name: 'Other',
    });
    const { fields, steps } = compare(before, after);
    expect(fields).toEqual([{ field: 'name', before: 'W', after: 'Other' }]);
    expect(steps.map(({ key, change, moved }) => [key, change, moved])).toEqual([
      ['c', 'moved', true],
      ['a', 'changed', false],
      ['in', 'moved', true],
      ['new', 'added', false],
      ['old', 'removed', false],
    ]);
    expect(steps[1]?.fields).toEqual([{ field: 'value', before: 'x', after: 'y' }]);
    expect(steps[2]).toMatchObject({ path_before: 'g/in', path_after: 'in' });
  });
});

// Forms within a field: what a wait does before it looks, and the tools of an agent.
import { describe, expect, test } from 'vitest';
import type { StepDefinition, Workflow } from '@/api/types';
import { definitionOf, fromWorkflow, runInputsOf, setFields } from './draft';
import { fillsAt } from './fills';
import { itemsIn, itemsText, startItem, withKind } from './inner';
import { issuesOf, issuesOfProblem } from './issues';
import { fieldsFrom, membersOf, type OtherKind, placeOfMember, startFields, wrongFields } from './kinds';
import { innerPoll } from './steering';

const draftOf = (...steps: StepDefinition[]) =>
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
const wait = (poll: unknown): StepDefinition =>
  ({ key: 'w', kind: 'wait', name: 'W', while: '{{poll.output.busy}}', poll }) as StepDefinition;
const agent = (tools: unknown): StepDefinition =>
  ({
    key: 'a',
    kind: 'agent',
    name: 'A',
    agent: 'x',
    action: 'prompt',
    input: { prompt: 'p' },
    tools,
  }) as StepDefinition;
const wrong = (kind: OtherKind, over: Record<string, string>) =>
  wrongFields(kind, { ...startFields(kind, null), ...over }).map(({ name, label }) => [name, label]);
const httpTool = { name: 'look', kind: 'http', url: 'https://a.example/{{input.city}}', headers: { A: 'b' } };
const codeTool = {
  name: 'add',
  kind: 'function',
  description: 'Adds\ntwo numbers',
  code: 'return input.a + input.b;',
  input_schema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  timeout_seconds: 5,
};

describe('the step that a wait runs before it looks', () => {
  test.each([
    { kind: 'http', url: 'https://a.example', method: 'POST', body: { a: 1 }, retry: 'never', on_failure: 'continue' },
    { kind: 'function', name: 'Look', code: 'return 1;', input: { a: '{{input.a}}' }, condition: '{{input.b}}' },
    { kind: 'prompt', prompt: { id: 'p', version: 2 }, input: { text: '{{input.a}}' }, model: 'builtin/echo' },
    { kind: 'agent', agent: 'x', action: 'prompt', input: { prompt: 'p' } },
    { kind: 'workflow', workflow: { id: 'c' }, input: { a: 1 } },
    { kind: 'transform', value: [1, 2], on_error: { code: 'return 0' } },
    // what has no field is kept beside those that have one
    { kind: 'http', url: 'https://a.example', headers: { A: 1 }, retry: { max_attempts: 2 } },
  ])('$kind comes back as it was', (poll) => {
    const draft = draftOf(wait(poll));
    expect(itemsIn(draft.steps[0]?.fields.poll)[0]?.kind).toBe(poll.kind);
    expect(definitionOf(draft).steps[0]?.poll).toEqual(poll);
  });

  test('of a kind that is not known there is only JSON, and none is none', () => {
    const draft = draftOf(wait({ kind: 'news', x: 1 }));
    expect(draft.steps[0]?.fields.poll).toBe('');
    expect(definitionOf(draft).steps[0]?.poll).toEqual({ kind: 'news', x: 1 });
    expect(definitionOf(draftOf(wait(undefined))).steps[0]?.poll).toBeUndefined();
  });

  test('what is wrong in it is told at its field', () => {
    const waits = (item: object) => ({ until_or: 'while', while: 'x', poll: JSON.stringify([item]) });
    expect(wrong('wait', waits(startItem(innerPoll, 'http')))).toEqual([
      ['poll.0.url', 'What it does before each look, Address'],
    ]);
    // a wait for some seconds does not look
    expect(wrong('wait', { ...waits(startItem(innerPoll, 'http')), until_or: 'seconds' })).toEqual([]);
    const fields = fieldsFrom('wait', wait({ kind: 'http', url: 'https://a.example' }), []);
    expect(placeOfMember('wait', fields, ['poll', 'url']).name).toBe('poll.0.url');
    expect(placeOfMember('wait', fields, ['poll', 'kind']).name).toBe('poll');
    expect(placeOfMember('wait', fields, ['poll', 'seconds']).name).toBe('poll.0.more');
    expect(placeOfMember('wait', fieldsFrom('wait', wait({ kind: 'news' }), []), ['poll', 'x']).name).toBe('more');
  });

  test('another kind keeps its name; what it names is asked of a run; its own answer is known there', () => {
    const item = { kind: 'http', fields: { name: 'Look', url: 'https://a.example' } };
    expect(withKind(innerPoll, item, 'function').fields).toMatchObject({ name: 'Look', code: '' });
    const draft = draftOf(wait({ kind: 'http', url: 'https://{{input.host}}/' }));
    expect(runInputsOf(draft).map((input) => input.name)).toEqual(['host']);
    const env = { variables: [], secrets: [] };
    const known = fillsAt(draft, draft.steps[0] ?? null, env, { field: 'poll' }).map((one) => one.id);
    expect(known).toEqual(['poll.output', 'poll.error.message', 'input.host']);
  });
});

describe('the tools of an agent', () => {
  test('a list comes back as it was: tools, names of those of the agent, none, and those that are its own', () => {
    const tools = [
      codeTool,
      'search',
      httpTool,
      { name: 'child', kind: 'workflow', workflow: { id: 'c', version: 2 } },
    ];
    expect(definitionOf(draftOf(agent(tools))).steps[0]?.tools).toEqual(tools);
    expect(definitionOf(draftOf(agent([]))).steps[0]?.tools).toEqual([]);
    expect(definitionOf(draftOf(agent(undefined))).steps[0]?.tools).toBeUndefined();
    // a tool of a kind that is not known: the list stays JSON
    const news = [codeTool, { name: 'x', kind: 'news' }];
    expect(definitionOf(draftOf(agent(news))).steps[0]?.tools).toEqual(news);
  });

  test('what is wrong is told at the field of the tool', () => {
    const asks = (items: object[]) => ({
      agent: 'a',
      action: 'prompt',
      tools_how: 'own',
      tools: JSON.stringify(items),
    });
    expect(wrong('agent', asks([])).map(([name]) => name)).toEqual(['tools']);
    const items = [
      { kind: 'function', fields: { name: 'add', code: 'return 1;' } },
      { kind: 'http', fields: { name: 'Add', url: '' } },
      { kind: 'agents', fields: { name: 'add' } },
    ];
    expect(wrong('agent', asks(items))).toEqual([
      ['tools.1.name', 'Tools, 2, Its name'],
      ['tools.1.url', 'Tools, 2, Address'],
      ['tools.2.name', 'Tools, 3, Tool'],
    ]);
    const draft = setFields(draftOf(agent([httpTool])), 'a', {
      tools: itemsText([{ kind: 'http', fields: { name: 'x' } }]),
    });
    expect(issuesOf(draft).map((one) => [one.fieldId, one.label])).toEqual([
      ['step-a-field-tools.0.url', 'Step 1, A, Tools, 1, Address'],
    ]);
  });

  test('what the server says leads to the field', () => {
    const draft = draftOf(agent([httpTool, codeTool]));
    const at = (path: string) =>
      issuesOfProblem(draft, [{ path: `/definition/steps/0${path}`, code: 'x', message: 'm' }]).issues[0]?.fieldId;
    expect(at('/tools/1/code')).toBe('step-a-field-tools.1.code');
    expect(at('/tools/1/input_schema/properties/a')).toBe('step-a-field-tools.1.input_schema');
    expect(at('/tools/0/kind')).toBe('step-a-field-tools.0.kind');
    expect(at('/tools/7')).toBe('step-a-field-tools_how');
    expect(at('/model')).toBe('step-a-field-model');
  });

  test('their templates know what the model gives them, and ask a run for nothing', () => {
    const draft = draftOf(agent([httpTool]));
    expect(runInputsOf(draft)).toEqual([]);
    const apart = { input_schema: '{"properties": {"city": {}}}' };
    const env = { variables: ['TONE'], secrets: [] };
    expect(fillsAt(draft, draft.steps[0] ?? null, env, { apart }).map((one) => one.id)).toEqual([
      'input.city',
      'env.TONE',
    ]);
  });

  test('of an agent that is a service none is asked for', () => {
    const fields = { ...startFields('agent', null), agent: 'a', action: 'http', tools_how: 'own', tools: '' };
    expect([membersOf('agent', fields).tools, wrongFields('agent', fields)]).toEqual([undefined, []]);
  });
});

import { describe, expect, test } from 'vitest';
import type { StepDefinition, Workflow } from '@/api/types';
import {
  addOther,
  addStep,
  definitionOf,
  emptyDraft,
  fromWorkflow,
  promptKey,
  runInputsOf,
  setFields,
  setPrompt,
  toWorkflow,
} from './draft';
import { fieldsFrom, membersOf, OTHER_KINDS, placeOfMember, startFields, wrongFields } from './kinds';

const prompt = { id: 'p', name: 'Extract', version: 2, body: '{{text}}', variables: ['text'] };
const fields = (kind: (typeof OTHER_KINDS)[number], over: Record<string, string>) => ({
  ...startFields(kind, null),
  ...over,
});

describe('what is typed becomes the members of the definition', () => {
  test('an HTTP request', () => {
    expect(
      membersOf(
        'http',
        fields('http', {
          method: 'POST',
          url: ' https://example.com/{{input.id}} ',
          headers: 'Accept: text/plain\n\nX-A: b:c',
          body: '{"a": "{{steps.one.output}}"}',
          expect: '2xx, 404',
          timeout_seconds: '10',
          attempts: '3',
          on_failure: 'ask',
        }),
      ),
    ).toEqual({
      method: 'POST',
      url: 'https://example.com/{{input.id}}',
      headers: { Accept: 'text/plain', 'X-A': 'b:c' },
      body: { a: '{{steps.one.output}}' },
      expect: ['2xx', 404],
      timeout_seconds: 10,
      retry: { max_attempts: 3 },
      on_failure: 'ask',
    });
    expect(membersOf('http', fields('http', { url: 'https://a.example', body: 'plain {{input.x}}' }))).toEqual({
      url: 'https://a.example',
      body: 'plain {{input.x}}',
    });
  });

  test('a wait is one or the other', () => {
    expect(membersOf('wait', fields('wait', { seconds: '1.5' }))).toEqual({ seconds: 1.5 });
    expect(membersOf('wait', fields('wait', { seconds: '{{input.s}}' }))).toEqual({ seconds: '{{input.s}}' });
    expect(membersOf('wait', fields('wait', { until_or: 'until', until: '2027-01-31T08:00:00Z' }))).toEqual({
      until: '2027-01-31T08:00:00Z',
    });
  });

  test('what has no field is taken from the JSON', () => {
    expect(membersOf('http', fields('http', { url: 'https://a.example', more: '{"redirects": 0}' }))).toMatchObject({
      redirects: 0,
    });
  });
});

describe('what is saved comes back the same', () => {
  const steps: StepDefinition[] = [
    {
      key: 'get',
      kind: 'http',
      name: 'Get',
      method: 'PUT',
      url: 'https://a.example',
      headers: { A: 'b' },
      body: 'text',
      timeout_seconds: 30,
    },
    {
      key: 'send',
      kind: 'http',
      name: 'Send',
      url: 'https://a.example',
      headers: { A: 1 },
      body: '"quoted"',
      expect: [201, '4xx'],
      redirects: 2,
      max_bytes: 1000,
      unframed: true,
    },
    { key: 'make', kind: 'transform', name: 'Make', value: { a: [1, '{{steps.get.output}}'] } },
    { key: 'word', kind: 'transform', name: 'Word', value: '{{steps.get.output.name}}' },
    { key: 'digit', kind: 'transform', name: 'Digit', value: '12' },
    { key: 'w1', kind: 'wait', name: 'W1', seconds: 90 },
    { key: 'w2', kind: 'wait', name: 'W2', until: '{{input.at}}' },
    {
      key: 'ask',
      kind: 'approval',
      name: 'Ask',
      input: { text: '{{steps.get.output}}' } as never,
      form: { type: 'object' } as never,
      timeout_seconds: 60,
      on_failure: 'continue',
    },
    { key: 'hear', kind: 'signal', name: 'Hear', signal: 'paid' },
    {
      key: 'tries',
      kind: 'http',
      name: 'Tries',
      url: 'https://a.example',
      retry: { max_attempts: 4, delay_ms: 1000, backoff: 'exponential', max_delay_ms: 60000 },
    },
    { key: 'never', kind: 'http', name: 'Never', url: 'https://a.example', retry: 'never' },
    {
      key: 'much',
      kind: 'function',
      name: 'Much',
      code: 'return 1;',
      retry: { max_attempts: 5, delay_ms: 1500, backoff: 'linear', max_delay_ms: 9000, on: ['timeout'] },
      cache: { key: '{{input.at}}', ttl_seconds: 60 },
      on_start: { code: 'throw 1' },
      on_error: { code: 'return 0' },
      output: 'one',
      phase: 'Build',
    },
    // with one attempt there is no place for the pause
    {
      key: 'once',
      kind: 'http',
      name: 'Once',
      url: 'https://a.example',
      retry: { max_attempts: 1, delay_ms: 5, backoff: 'linear', max_delay_ms: 9 },
    },
    {
      key: 'ready',
      kind: 'wait',
      name: 'Ready',
      while: '{{poll.output.busy}}',
      poll: { kind: 'transform', value: { busy: false } },
      poll_seconds: 5,
      max_seconds: 90,
      signal: 'look',
    },
    {
      key: 'build',
      kind: 'script',
      name: 'Make',
      command: 'make all',
      input: { a: '{{input.at}}' } as never,
      env: { MODE: 'fast' },
      cwd: 'src',
      network: true,
      format: 'json',
    },
    { key: 'list', kind: 'script', name: 'List', command: ['ls', '-l'] },
    { key: 'about', kind: 'note', name: 'About', text: '# Read me', phase: 'Build' },
    {
      key: 'child',
      kind: 'workflow',
      name: 'Child',
      workflow: { id: 'c', version: 2 },
      input: { text: '{{steps.get.output}}', list: [1, { a: 2 }], word: '12' } as never,
    },
    {
      key: 'agent',
      kind: 'agent',
      name: 'Agent',
      agent: 'a',
      action: 'http',
      input: { about: '{{input.at}}' } as never,
      endpoint: '/ask',
      method: 'GET',
      concurrency: { key: 'k', limit: 2 },
    },
    {
      key: 'tooled',
      kind: 'agent',
      name: 'Tooled',
      agent: 'a',
      action: 'prompt',
      input: { prompt: 'x' } as never,
      tools: ['search', { name: 'add', kind: 'function', code: 'return 1;' }],
      max_turns: 3,
      options: { delay_ms: 5 },
    },
    {
      key: 'limited',
      kind: 'prompt',
      name: 'Limited',
      prompt: { id: 'p', version: 1 },
      input: {},
      model: 'builtin/echo',
      timeout_seconds: 60,
      concurrency: { key: 'k', limit: 2 },
      rate: { key: 'k', limit: 2, per_seconds: 0.5, burst: 1 },
    },
  ];
  const workflow = {
    id: 'w',
    name: 'Flow',
    description: '',
    revision: 7,
    version: 3,
    definition: {
      type: 'flow',
      input: { type: 'object', properties: { at: { type: 'string', title: 'At' } }, required: ['at'] } as never,
      limits: { cost_usd: 2, warn_usd: 0.5, seconds: 90, steps: 400 },
      steps,
    },
  } as unknown as Workflow;

  test('every kind, with what has no field', () => {
    const back = definitionOf(fromWorkflow(workflow, new Map()));
    // what only says the defaults may be left out
    const tries = back.steps[9] as { retry?: unknown };
    expect(tries.retry).toEqual({ max_attempts: 4 });
    tries.retry = steps[9]?.retry;
    expect(back).toEqual(workflow.definition);
  });

  test('what the server makes anew is not sent back', () => {
    const agent = { key: 'a', kind: 'agent', agent: { id: 'a', name: 'A', revision: 3 }, call: { text: '' } } as never;
    const given = fieldsFrom('agent', agent, []);
    expect([given.agent, given.more]).toEqual(['a', '']);
  });

  test('a prompt step keeps its literals, options and place; an unseen prompt is shown by what is mapped', () => {
    const step: StepDefinition = {
      key: 'sum',
      kind: 'prompt',
      name: 'Sum',
      prompt: { id: 'p', version: 2 },
      input: { text: '{{steps.get.output}}', tone: '{{input.tone}}', count: 3, note: 'as {{input.at}} says' } as never,
      model: 'builtin/summarise',
      options: { delay_ms: 5 },
      timeout_seconds: 90,
    };
    const mixed = {
      ...workflow,
      definition: { ...workflow.definition, steps: [steps[0] as StepDefinition, step] },
    } as Workflow;
    const draft = fromWorkflow(mixed, new Map());
    expect(draft.steps[1]?.mappings.text?.source).toEqual({ kind: 'step', id: 'get' });
    expect(draft.steps[1]?.mappings.tone?.source).toEqual({ kind: 'input', name: 'tone' });
    expect(definitionOf(draft).steps[1]).toEqual(step);
    const known = fromWorkflow(mixed, new Map([[promptKey('p', 2), { ...prompt, variables: ['text', 'new'] }]]));
    expect(known.steps[1]?.mappings.new).toEqual({ source: null, suggested: false });
  });

  test('inputs that are new are asked for beside those that were saved', () => {
    const draft = setFields(fromWorkflow(workflow, new Map()), 'get', { url: 'https://{{input.host}}/' });
    expect(definitionOf(draft).input).toEqual({
      type: 'object',
      properties: { at: { type: 'string', title: 'At' }, host: { type: 'string' } },
      required: ['at', 'host'],
    });
  });
});

describe('building', () => {
  test('a step of another kind makes a flow, begins with the step before, and keeps its key', () => {
    const chain = addStep({ ...emptyDraft, name: 'X' }, prompt, 's1');
    const flow = addOther(chain, 'approval', 'Approval', 's2');
    const { definition } = toWorkflow(flow);
    expect(definition.type).toBe('flow');
    expect(definition.steps[1]).toMatchObject({ key: 'approval', input: { text: '{{steps.extract.output}}' } });
    expect(toWorkflow(addStep(chain, prompt, 's2')).definition.type).toBe('chain');
  });

  test('run inputs are found in texts too', () => {
    const draft = setFields(addOther(emptyDraft, 'wait', 'Wait', 's1'), 's1', { seconds: '{{ input.pause }}' });
    expect(runInputsOf(draft).map((input) => input.name)).toEqual(['pause']);
  });

  test('another version of a prompt keeps what both ask for', () => {
    const draft = addStep(emptyDraft, prompt, 's1');
    const next = setPrompt(draft, 's1', { ...prompt, version: 3, variables: ['text', 'tone'] });
    expect(next.steps[0]?.prompt?.version).toBe(3);
    expect(next.steps[0]?.mappings.text).toEqual(draft.steps[0]?.mappings.text);
    expect(next.steps[0]?.mappings.tone?.suggested).toBe(true);
  });
});

describe('what is wrong', () => {
  const wrong = (kind: (typeof OTHER_KINDS)[number], over: Record<string, string>) =>
    wrongFields(kind, fields(kind, over)).map((one) => one.name);
  test('is told at its field', () => {
    expect(wrong('http', {})).toEqual(['url']);
    expect(
      wrong('http', {
        url: 'x',
        headers: 'no colon',
        query: '[1]',
        expect: '2x',
        timeout_seconds: '0',
        attempts: 'x',
        more: '{',
      }),
    ).toEqual(['headers', 'query', 'expect', 'timeout_seconds', 'attempts', 'more']);
    expect(wrong('wait', { seconds: 'soon' })).toEqual(['seconds']);
    expect(wrong('wait', { until_or: 'until', until: 'tomorrow' })).toEqual(['until']);
    expect(wrong('wait', { until_or: 'until', until: '{{input.at}}' })).toEqual([]);
    expect(wrong('signal', { signal: 'Paid!' })).toEqual(['signal']);
    expect(wrong('approval', { input: '[]' })).toEqual(['input']);
    const without = ['conditional', 'switch', 'note'];
    for (const kind of OTHER_KINDS)
      expect(startFields(kind, null).on_failure).toBe(without.includes(kind) ? undefined : 'stop');
  });

  test('values with names have names that differ; empty rows say nothing', () => {
    const child = (pairs: string[][]) => ({ workflow: 'c', input: JSON.stringify(pairs) });
    expect(wrong('workflow', { input: '' })).toEqual(['workflow']);
    expect(wrong('workflow', child([['', 'x']]))).toEqual(['input']);
    expect(
      wrong(
        'workflow',
        child([
          ['a', '1'],
          ['a ', '2'],
        ]),
      ),
    ).toEqual(['input']);
    expect(
      membersOf(
        'workflow',
        fields(
          'workflow',
          child([
            ['a', '1'],
            ['', ''],
          ]),
        ),
      ),
    ).toEqual({
      workflow: { id: 'c' },
      input: { a: 1 },
    });
    expect(wrong('note', { text: ' ' })).toEqual(['text']);
    expect(wrong('agent', { agent: 'a', action: 'http', endpoint: 'ask' })).toEqual(['endpoint']);
    // of the other kind of agent it is not asked, nor sent
    expect(membersOf('agent', fields('agent', { agent: 'a', action: 'prompt', endpoint: '/ask' }))).toEqual({
      agent: 'a',
      action: 'prompt',
    });
  });

  test('what the server says of a member belongs to the field that shows it', () => {
    const given = fieldsFrom('http', { key: 'k', kind: 'http', url: 'https://a.example', code: 'x', redirects: 3 }, []);
    expect(placeOfMember('http', given, ['url']).name).toBe('url');
    expect(placeOfMember('http', given, ['redirects']).name).toBe('redirects');
    expect(placeOfMember('http', given, ['code']).name).toBe('more');
    expect(placeOfMember('http', { ...given, attempts: '2' }, ['retry']).name).toBe('attempts');
  });
});

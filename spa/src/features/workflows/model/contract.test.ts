// Every member that the contract gives a step or a workflow can be written in a form, or is known to be written elsewhere: what is added to the contract
// is found here before somebody misses it in the page.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { innerTools } from './calls';
import type { Inner } from './fields';
import { formOf, OTHER_KINDS, placeOfMember, type StepKind, startFields } from './kinds';
import { settingOf } from './settings';
import { innerPoll } from './steering';

const contract = readFileSync(new URL('../../../../../src/api/openapi.yaml', import.meta.url), 'utf8').split('\n');

/** The names of what a schema has, and the rest of each line. */
function members(schema: string): [name: string, rest: string][] {
  const start = contract.indexOf(`    ${schema}:`);
  const end = contract.findIndex((line, index) => index > start && /^ {4}\S/.test(line));
  return contract.slice(start, end).flatMap((line): [string, string][] => {
    const [, name, rest = ''] = /^ {8}'?([a-z_]+)'?: ?(.*)$/.exec(line) ?? [];
    return name ? [[name, rest]] : [];
  });
}
const namesOf = (schema: string) => members(schema).map(([name]) => name);
const KINDS: readonly StepKind[] = ['prompt', ...OTHER_KINDS];
const kindsWith = (member: string) => KINDS.filter((kind) => formOf(kind).some((part) => part.member === member));

/** Their places are not fields of a kind. */
const ELSEWHERE: Record<string, string> = {
  key: 'made of the name; others refer to it',
  name: 'the first field of every step',
  kind: 'what was added',
  call: 'made by the server whenever it is saved',
  steps: 'the list in a group',
  prompt: 'what was added, with its own choice of versions',
};

describe('the contract and the forms', () => {
  test('the contract is read', () => {
    expect(namesOf('StepDefinition').length).toBeGreaterThan(50);
    expect(namesOf('RunLimits')).toEqual(['cost_usd', 'warn_usd', 'seconds', 'steps']);
  });

  test('each kind of step has a form', () => {
    const [, rest = ''] = members('StepDefinition').find(([name]) => name === 'kind') ?? [];
    const kinds = /enum: \[(.*?)\]/.exec(rest)?.[1]?.split(', ') ?? [];
    expect([...KINDS].sort()).toEqual(kinds.sort());
  });

  test.each(namesOf('StepDefinition'))('of a step: %s', (member) => {
    if (ELSEWHERE[member]) expect(kindsWith(member)).toEqual([]);
    else expect(kindsWith(member)).not.toEqual([]);
  });

  test.each([
    [
      ['timeout_seconds', 'retry', 'on_failure', 'output', 'cache', 'concurrency', 'rate', 'on_start', 'on_error'],
      ['prompt', 'agent', 'http', 'function', 'script'],
    ],
    [['options'], ['prompt', 'agent']],
    [['tools', 'max_turns', 'model', 'action', 'endpoint'], ['agent']],
    [['redirects', 'max_bytes', 'unframed', 'expect', 'answer', 'query'], ['http']],
    [['poll', 'poll_seconds', 'max_seconds'], ['wait']],
    [['max_iterations'], ['loop']],
    [
      ['max_concurrency', 'fail_fast'],
      ['loop', 'parallel'],
    ],
    [['timeout_seconds'], ['approval', 'signal', 'workflow']],
    [['retry'], ['workflow']],
    [['cache'], ['transform', 'workflow', 'sequential', 'parallel', 'loop']],
    [
      ['on_start', 'on_complete', 'on_error'],
      [
        'transform',
        'wait',
        'approval',
        'signal',
        'sequential',
        'parallel',
        'loop',
        'workflow',
        'conditional',
        'switch',
      ],
    ],
  ])('%s belong to %s', (given, kinds) => {
    for (const member of given) expect(kindsWith(member)).toEqual(expect.arrayContaining(kinds));
  });

  test('what a kind has and the server refuses is not offered', () => {
    for (const kind of ['wait', 'transform', 'approval', 'signal', 'sequential', 'loop', 'note'] as const)
      for (const member of ['concurrency', 'rate']) expect(kindsWith(member), `${kind} ${member}`).not.toContain(kind);
    for (const kind of ['wait', 'approval', 'signal', 'conditional', 'switch', 'note'] as const)
      expect(kindsWith('cache')).not.toContain(kind);
    for (const member of ['on_start', 'on_complete', 'on_error']) expect(kindsWith(member)).not.toContain('note');
  });

  const enumOf = (schema: string) => {
    const [, rest = ''] = members(schema).find(([name]) => name === 'kind') ?? [];
    return /enum: \[(.*?)\]/.exec(rest)?.[1]?.split(', ') ?? [];
  };
  /** All that the forms within a field make, of any kind. */
  const within = (inner: Inner) =>
    [...new Set(inner.kinds.flatMap((kind) => inner.form(kind).map((part) => part.member)))].filter(Boolean);

  test('the step of a wait has a form of each kind, with all that it may say', () => {
    expect(enumOf('PollStep')).toHaveLength(6);
    expect([...innerPoll.kinds].sort()).toEqual(enumOf('PollStep').sort());
    const elsewhere = ['kind', 'call'];
    expect([...within(innerPoll), ...elsewhere].sort()).toEqual(namesOf('PollStep').sort());
  });

  test('a tool has a form of each kind, with all that it may say; besides, an agent’s own is named', () => {
    expect(enumOf('AgentTool')).toHaveLength(3);
    expect([...innerTools.kinds].sort()).toEqual([...enumOf('AgentTool'), 'agents'].sort());
    expect([...within(innerTools), 'kind'].sort()).toEqual(namesOf('AgentTool').sort());
  });

  test('a mistake in a member leads to its field', () => {
    expect(placeOfMember('http', startFields('http', null), ['max_bytes']).name).toBe('max_bytes');
    expect(placeOfMember('agent', { ...startFields('agent', null), action: 'prompt' }, ['tools']).name).toBe(
      'tools_how',
    );
    for (const limit of namesOf('RunLimits')) expect(settingOf('limits', limit)).toBe(limit);
  });

  test.each(namesOf('WorkflowDefinition'))('of a workflow: %s', (member) => {
    // its steps, what kind of a workflow that makes, what its runs ask for, and code that was written as a document
    const elsewhere = ['type', 'input', 'steps', 'code'];
    expect(settingOf(member, undefined) === null).toBe(elsewhere.includes(member));
  });
});

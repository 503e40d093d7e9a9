import { expect, test } from 'vitest';
import type { Agent } from '@/api/types';
import { changesOf, check, emptyForm, formOf, toAgent } from './form';

const agent = (over: Partial<Agent>): Agent =>
  ({ id: 'a', name: 'Critic', description: '', kind: 'prompt', config: {}, revision: 1, ...over }) as Agent;

test('a role and a model are sent, and what is empty is not', () => {
  expect(toAgent({ ...emptyForm, name: ' Critic ', system: 'You judge.' })).toEqual({
    name: 'Critic',
    description: '',
    kind: 'prompt',
    config: { system: 'You judge.' },
  });
  expect(
    toAgent({
      ...emptyForm,
      kind: 'http',
      name: 'Radar',
      system: 'left over',
      base_url: 'https://a.example',
      headers: 'Authorization: Bearer {{env.KEY}}\n\nX-A: b:c',
    }).config,
  ).toEqual({ base_url: 'https://a.example', headers: { Authorization: 'Bearer {{env.KEY}}', 'X-A': 'b:c' } });
});

test('what is wrong is told at its field, of its kind alone', () => {
  expect(check(emptyForm)).toEqual({ name: 'empty' });
  expect(check({ ...emptyForm, kind: 'http', name: '-x', endpoint: 'ask', headers: 'none' })).toEqual({
    name: 'wrong',
    base_url: 'empty',
    endpoint: 'wrong',
    headers: 'wrong',
  });
  expect(check({ ...emptyForm, name: 'A', base_url: 'nonsense' })).toEqual({});
});

test('only what differs is sent, with what has no field', () => {
  const tools = [{ name: 'add', kind: 'function' as const, code: 'return 1;' }];
  const was = agent({ config: { system: 'You judge.', options: { delay_ms: 5 }, tools, max_turns: 3 } });
  expect(changesOf(was, formOf(was))).toBeNull();
  expect(changesOf(was, { ...formOf(was), description: 'of texts' })).toEqual({ description: 'of texts' });
  expect(changesOf(was, { ...formOf(was), model: 'builtin/score' })).toEqual({
    config: { system: 'You judge.', model: 'builtin/score', options: { delay_ms: 5 }, tools, max_turns: 3 },
  });
});

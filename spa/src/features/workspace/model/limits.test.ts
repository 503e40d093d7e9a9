import { describe, expect, test } from 'vitest';
import type { Limit } from '@/api/types';
import { bodyOf, check, emptyForm, formOf, scopeOf, scopeText, sorted, stateOf, useOf } from './limits';

const limit = (facts: Partial<Limit>): Limit => ({
  scope: 'workspace',
  unit: 'money',
  limit: null,
  cost_usd: null,
  period: null,
  per_seconds: null,
  burst: null,
  in_use: null,
  reserved_usd: null,
  spent_usd: null,
  waiting: 0,
  ...facts,
});
const money = (spent: number, of = 100, reserved = 0, waiting = 0) =>
  limit({ cost_usd: of, period: 'month', spent_usd: spent, reserved_usd: reserved, waiting });

test('a scope is taken apart and put together; a colon in a key stays', () => {
  for (const text of ['workspace', 'workflow:1', 'member:2', 'model:builtin/echo', 'key:for a:b'])
    expect(scopeText(scopeOf(text))).toBe(text);
  expect(scopeOf('key:for a:b')).toEqual({ kind: 'key', of: 'for a:b' });
});

describe('how near its end it is', () => {
  test('money: from four fifths on near, at its amount reached', () => {
    expect(stateOf(money(79.99))).toBe('free');
    expect(stateOf(money(80))).toBe('near');
    expect(stateOf(money(100))).toBe('reached');
    expect(stateOf(money(0, 0))).toBe('reached');
  });

  test('runs that wait for it have reached it, whatever is spent', () => {
    expect(stateOf(money(10, 100, 80, 1))).toBe('reached');
    expect(stateOf(limit({ unit: 'rate', limit: 5, per_seconds: 1, waiting: 2 }))).toBe('reached');
  });

  test('calls at once that are all in use are no alarm until a run waits; none at all is', () => {
    expect(stateOf(limit({ unit: 'concurrency', limit: 4, in_use: 4 }))).toBe('free');
    expect(stateOf(limit({ unit: 'concurrency', limit: 0, in_use: 0 }))).toBe('reached');
  });

  test('spent and reserved are shares that never pass the end', () => {
    expect(useOf(money(40, 100, 20))).toEqual({ spent: 0.4, reserved: 0.2 });
    expect(useOf(money(90, 100, 30))?.reserved).toBeCloseTo(0.1);
    expect(useOf(money(130))).toEqual({ spent: 1, reserved: 0 });
    expect(useOf(limit({ unit: 'rate', limit: 5, per_seconds: 1 }))).toBeNull();
  });

  test('what needs looking at comes first', () => {
    expect(sorted([money(1), money(100), money(85)]).map((one) => one.spent_usd)).toEqual([100, 85, 1]);
  });
});

describe('the form', () => {
  test('a limit goes into it and comes out the same', () => {
    const form = formOf(limit({ unit: 'rate', scope: 'model:builtin/echo', limit: 60, per_seconds: 60, burst: 1 }));
    expect(form).toMatchObject({ unit: 'rate', kind: 'model', of: 'builtin/echo', count: '60', seconds: '60' });
    expect(check(form)).toEqual({});
    expect(bodyOf(form)).toEqual({ limit: 60, per_seconds: 60 });
  });

  test('only what the unit has is sent', () => {
    expect(bodyOf({ ...emptyForm, cost: '12,5' })).toEqual({ cost_usd: 12.5, period: 'month' });
    expect(bodyOf({ ...emptyForm, unit: 'concurrency', count: '0', cost: '3' })).toEqual({ limit: 0 });
  });

  test('what is empty or no figure is told', () => {
    expect(check(emptyForm)).toEqual({ cost: 'number' });
    expect(check({ ...emptyForm, kind: 'key', cost: '-1' })).toEqual({ of: 'empty', cost: 'number' });
    expect(check({ ...emptyForm, unit: 'rate', count: '0', seconds: 'x' })).toEqual({
      count: 'number',
      seconds: 'number',
    });
    expect(check({ ...emptyForm, unit: 'concurrency', count: '0' })).toEqual({});
    expect(check({ ...emptyForm, unit: 'concurrency', count: '1.5' })).toEqual({ count: 'number' });
  });
});

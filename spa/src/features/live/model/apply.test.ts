import { describe, expect, test } from 'vitest';
import type { Run, RunEvent } from '@/api/types';
import { applyEvents, newerOf } from './apply';

const AT = '2026-11-21T10:00:0';
const run = (changes: Partial<Run> = {}): Run => ({
  id: 'r',
  name: 'Chain',
  type: 'chain',
  workflow_id: 'w',
  workflow_version: 1,
  status: 'pending',
  step_count: 2,
  steps_done: 0,
  created_by: { id: 'p', name: 'Ada' },
  created_at: `${AT}0.000Z`,
  started_at: null,
  finished_at: null,
  duration_ms: null,
  tokens_in: 0,
  tokens_out: 0,
  cost_usd: 0,
  cost_settled: false,
  error: null,
  generation: 1,
  forked_from: null,
  project_id: null,
  project_name: null,
  parent_run_id: null,
  parent_path: null,
  reopening: false,
  marks: ['pending', 'pending'],
  input: {},
  output: null,
  output_bytes: null,
  output_preview: null,
  truncated: false,
  last_event: 1,
  steps: ['a', 'b'].map((key) => ({
    key,
    name: key.toUpperCase(),
    phase: null,
    kind: 'prompt',
    model: 'builtin/echo',
    timeout_seconds: 60,
    depth: 0,
    step_run: null,
  })),
  ...changes,
});
const event = (seq: number, type: RunEvent['type'], path: string | null = null, data = {}, attempt = 1): RunEvent => ({
  seq,
  at: `${AT}${seq}.000Z`,
  type,
  path,
  attempt: path === null ? null : attempt,
  data: data as Record<string, never>,
});
const textOf = (of: Run, index = 0) => of.steps[index]?.step_run?.partial;

describe('events are applied to a run', () => {
  test('a run from its start to its end, with the figures of its steps', () => {
    const { run: after, stale } = applyEvents(run(), [
      event(2, 'run.started'),
      event(3, 'step.started', 'a', { name: 'A', kind: 'prompt', model: 'builtin/echo' }),
      event(4, 'step.output', 'a', { text: 'Hel', offset: 0 }),
      event(5, 'step.output', 'a', { text: 'lo', offset: 3 }),
      event(6, 'step.completed', 'a', { tokens_in: 3, tokens_out: 2, cost_nano: 5_000_000, duration_ms: 3000 }),
      event(7, 'step.started', 'b', {}),
      event(8, 'step.failed', 'b', { code: 'refused', message: 'It refused.', path: 'b' }),
      event(9, 'run.failed', null, { code: 'refused', message: 'Step 2, B, failed.', path: 'b' }),
    ]);
    expect(stale).toBe(true);
    expect(after).toMatchObject({
      status: 'failed',
      last_event: 9,
      steps_done: 1,
      marks: ['completed', 'failed'],
      tokens_in: 3,
      tokens_out: 2,
      cost_usd: 0.005,
      duration_ms: 9000,
      error: { code: 'refused', path: 'b' },
    });
    expect(textOf(after)).toBe('Hello');
    expect(after.steps[0]?.step_run).toMatchObject({ status: 'completed', duration_ms: 3000 });
  });

  test('a run that was moved is on the other version, whose steps are read again; one that was not stays', () => {
    const { run: moved, stale } = applyEvents(run(), [
      event(2, 'run.started'),
      event(3, 'run.moved', null, { version: 4, version_before: 1, by: null }),
    ]);
    expect([moved.workflow_version, moved.status, stale]).toEqual([4, 'running', true]);
    const stays = applyEvents(moved, [event(4, 'run.not_moved', null, { version: 5, version_before: 4, by: null })]);
    expect([stays.run.workflow_version, stays.stale]).toEqual([4, false]);
    expect(stays.run.not_moved?.version).toBe(5);
    const gone = applyEvents(stays.run, [event(5, 'run.moved', null, { version: 6, version_before: 4, by: null })]);
    expect(gone.run.not_moved).toBeNull();
  });

  test('a step whose output was kept from another run says so', () => {
    const { run: after } = applyEvents(run(), [
      event(2, 'step.started', 'a'),
      event(3, 'step.completed', 'a', { tokens_in: null, tokens_out: null, cost_nano: null, cached: true }),
    ]);
    expect(after.steps[0]?.step_run?.cached).toBe(true);
  });

  test('a run that is retried after its end goes on live, and keeps what it reuses', () => {
    const { run: ended } = applyEvents(run(), [
      event(2, 'run.started'),
      event(3, 'step.started', 'a'),
      event(4, 'step.completed', 'a', { tokens_in: 3, tokens_out: 2, cost_nano: 5_000_000, duration_ms: 3000 }),
      event(5, 'step.started', 'b'),
      event(6, 'step.failed', 'b', { code: 'refused', message: 'It refused.' }),
      event(7, 'run.failed', null, { code: 'refused', message: 'Step 2, B, failed.', path: 'b' }),
    ]);
    const { run: again, stale } = applyEvents(ended, [
      event(8, 'run.reopened', null, { generation: 2, version: 3, reused: { a: 1 } }),
    ]);
    expect(stale).toBe(true);
    expect(again).toMatchObject({
      status: 'running',
      generation: 2,
      workflow_version: 3,
      finished_at: null,
      duration_ms: null,
      error: null,
      steps_done: 1,
      marks: ['completed', 'pending'],
      tokens_in: 3,
      cost_usd: 0.005,
    });
    expect(again.steps.map((s) => s.step_run?.reused)).toEqual([true, undefined]);
    const { run: third } = applyEvents(again, [
      event(9, 'step.started', 'b', {}, 2),
      event(10, 'run.failed', null, { code: 'refused', message: '' }),
      event(11, 'run.reopened', null, { generation: 3, reused: { a: 7 } }),
    ]);
    expect(third.marks).toEqual(['pending', 'pending']);
  });

  test('what is already known is not applied twice', () => {
    const events = [
      event(2, 'run.started'),
      event(3, 'step.started', 'a'),
      event(4, 'step.output', 'a', { text: 'x', offset: 0 }),
    ];
    const once = applyEvents(run(), events).run;
    const twice = applyEvents(once, events);
    expect(twice.run).toBe(once);
    expect(twice.gap).toBe(false);
  });

  test('a missing number is a gap, and nothing after it is applied', () => {
    const { run: after, gap } = applyEvents(run(), [event(2, 'run.started'), event(4, 'run.completed')]);
    expect(gap).toBe(true);
    expect(after).toMatchObject({ status: 'running', last_event: 2 });
  });

  test('a piece that comes again, or overlaps, stands at its offset, counted in characters', () => {
    const { run: after } = applyEvents(run(), [
      event(2, 'step.started', 'a'),
      event(3, 'step.output', 'a', { text: '🙂🙂 smile', offset: 0 }),
      event(4, 'step.output', 'a', { text: 'smiles', offset: 3 }),
    ]);
    expect(textOf(after)).toBe('🙂🙂 smiles');
  });

  test('a new attempt begins with nothing written; what the old one says late is not taken', () => {
    const { run: after } = applyEvents(run(), [
      event(2, 'step.started', 'a'),
      event(3, 'step.output', 'a', { text: 'first', offset: 0 }),
      event(4, 'step.failed', 'a', { code: 'overloaded', message: 'Too much.' }),
      event(5, 'step.started', 'a', {}, 2),
      event(6, 'step.output', 'a', { text: 'late', offset: 5 }, 1),
      event(7, 'step.output', 'a', { text: 'second', offset: 0 }, 2),
    ]);
    expect(after.steps[0]?.step_run).toMatchObject({ attempt: 2, status: 'running', partial: 'second', error: null });
    expect(after.last_event).toBe(7);
  });

  test('a cost that is unknown makes the sum unknown, never zero', () => {
    const { run: after } = applyEvents(run(), [
      event(2, 'step.started', 'a'),
      event(3, 'step.completed', 'a', { tokens_in: 1, tokens_out: 1, cost_nano: null }),
    ]);
    expect(after.cost_usd).toBeNull();
  });

  test('an event of a step that is not known asks for the run again', () => {
    expect(applyEvents(run(), [event(2, 'step.started', 'nowhere')]).stale).toBe(true);
  });
});

describe('an answer of the server meets what is known', () => {
  const running = applyEvents(run(), [
    event(2, 'step.started', 'a'),
    event(3, 'step.output', 'a', { text: 'so far', offset: 0 }),
  ]).run;

  test('one that is older than the events is not taken', () => {
    expect(newerOf(run({ last_event: 2 }), running)).toBeNull();
  });

  test('text that has streamed further than the answer knows stays', () => {
    const read = { ...running, steps: running.steps.map((step) => ({ ...step })) };
    const [first] = read.steps;
    if (first?.step_run) first.step_run = { ...first.step_run, partial: 'so' };
    expect(textOf(newerOf(read, running) ?? run())).toBe('so far');
  });

  test('an output replaces what has streamed', () => {
    const read = run({ last_event: 9, steps: running.steps.map((step) => ({ ...step })) });
    const [first] = read.steps;
    if (first?.step_run) first.step_run = { ...first.step_run, status: 'completed', output: 'done', partial: '' };
    expect(newerOf(read, running)?.steps[0]?.step_run?.partial).toBe('');
  });

  test('another run is taken as it is', () => {
    expect(newerOf(run({ id: 'other', last_event: 1 }), running)?.id).toBe('other');
  });
});

describe('a run that stands still', () => {
  test('is paused and resumed by its events', () => {
    const paused = applyEvents(run({ status: 'running' }), [event(2, 'run.paused')]);
    expect([paused.run.status, paused.stale]).toEqual(['paused', false]);
    expect(applyEvents(paused.run, [event(3, 'run.resumed')]).run.status).toBe('running');
  });
  test('says which phase somebody is to begin', () => {
    const data = { by: null, why: 'phase', phase: 'Check' };
    const stands = applyEvents(run({ status: 'running' }), [{ ...event(2, 'run.paused'), data }]).run;
    expect([stands.status, stands.waiting_for]).toEqual(['paused', 'phase Check']);
    expect(applyEvents(stands, [event(3, 'run.resumed')]).run.waiting_for).toBeNull();
  });
  test('is read again when a step waits or will be tried again', () => {
    for (const type of ['step.waiting', 'step.retrying'] as const) {
      const { run: next, stale, gap } = applyEvents(run({ status: 'running' }), [event(2, type, 'a')]);
      expect([next.last_event, stale, gap]).toEqual([2, true, false]);
    }
  });
});

test('a step that begins waits for no limit any more', () => {
  const blocked = run({ status: 'running', waiting_for: 'limit concurrency workspace' });
  const began: RunEvent = { seq: 2, at: `${AT}1.000Z`, type: 'step.started', path: 'a', attempt: 1, data: {} };
  expect(applyEvents(blocked, [began]).run.waiting_for).toBeNull();
});

import { describe, expect, test } from 'vitest';
import type { Run, RunStep, WorkflowVersion } from '@/api/types';
import { notAskedFor, notesOf, runMarks, runText } from './source';

const step = (key: string, made: Partial<RunStep['step_run']> | null): RunStep =>
  ({ key, depth: 0, name: key, step_run: made && { attempt: 1, duration_ms: null, error: null, ...made } }) as RunStep;
const run = (steps: RunStep[], more: Partial<Run> = {}): Run =>
  ({ status: 'running', error: null, steps, ...more }) as Run;
const CODE = `defineWorkflow({
  async execute(ctx) {
    const one = await ctx.step('one', { fn: () => 1 });
    await ctx.step('two', { text: one.data });
    throw new Error('mine');
  },
});`;
const code = { text: CODE, language: 'typescript', code: true } as const;
const version = (more: object) =>
  ({ source: null, definition: { type: 'flow', steps: [] }, ...more }) as unknown as WorkflowVersion;

test('the text is what somebody wrote; else the code, or the steps as YAML', () => {
  expect(runText(version({ source: CODE, definition: { code: 'x' } }))).toEqual({
    text: CODE,
    language: 'typescript',
    code: true,
  });
  expect(runText(version({ definition: { code: 'f()' } }))).toEqual({
    text: 'f()',
    language: 'typescript',
    code: true,
  });
  expect(runText(version({}))).toMatchObject({ text: 'type: flow\nsteps: []\n', language: 'yaml', code: false });
});

describe('behind the line of each step', () => {
  test('how far it is', () => {
    const made = run([step('one', { status: 'completed', duration_ms: 1200, attempt: 2 }), step('two', null)]);
    expect(notesOf(made, code)).toEqual([
      { line: 3, text: 'completed, 1.2\u00a0s, attempt 2', ink: 'completed' },
      { line: 4, text: 'not asked for yet', ink: 'pending' },
    ]);
    expect(notesOf({ ...made, status: 'failed' } as Run, code)).toHaveLength(1);
  });
  test('a step in a group or a loop stands under its own key', () => {
    const text = {
      text: 'steps:\n  - key: each\n    steps:\n      - key: send\n',
      language: 'yaml',
      code: false,
    } as const;
    const notes = notesOf(
      run([step('each', { status: 'running' }), step('each[3]/send', { status: 'running' })]),
      text,
    );
    expect(notes.map(({ line }) => line)).toEqual([2, 4]);
  });
});

describe('what went wrong stands at its place', () => {
  const failed = (error: Run['error'], steps: RunStep[] = []) =>
    runMarks(run(steps, { status: 'failed', error }), code);
  test('where the code threw', () => {
    expect(failed({ code: 'code', message: 'Error: mine (line 5)' } as Run['error'])).toEqual([
      { line: 5, column: 5, whole: true, serious: true, text: 'Error: mine (line 5)' },
    ]);
  });
  test('at the step that failed, once', () => {
    const error = { code: 'refused', message: 'It was refused.', path: 'two' } as Run['error'];
    const made = step('two', { status: 'failed', error: error as never });
    expect(failed(error, [made]).map(({ line }) => line)).toEqual([4]);
  });
  test('at the step that has run and is not asked for, else at the function', () => {
    const error = {
      code: 'replay_mismatch',
      message: 'The code does not match what has run',
      path: 'gone',
    } as Run['error'];
    expect(failed(error)).toMatchObject([{ line: 2, column: 3 }]);
    expect(failed({ ...error, path: 'two' } as Run['error'])).toMatchObject([{ line: 4 }]);
    expect(notAskedFor(run([], { error }))).toBe('gone');
    expect(notAskedFor(run([]))).toBeNull();
  });
  test('a line that is not there is the whole function', () => {
    expect(failed({ code: 'code', message: 'x (line 99)' } as Run['error'])).toMatchObject([{ line: 2 }]);
  });
});

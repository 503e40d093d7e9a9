import { expect, test } from 'vitest';
import { limitOf, phaseOf, previewText, rests, signalOf, waitsFor } from './facts';

test('the beginning of a JSON text is shown as its value would be', () => {
  expect(previewText('{"a": [1, 2')).toBe('{"a": [1, 2…');
  expect(previewText('"Grüße\\nund')).toBe('Grüße\nund…');
  const text = JSON.stringify('a "quote" \u0001 €\\');
  // wherever it is cut, also inside an escape
  for (let n = 1; n < text.length; n++)
    expect('a "quote" \u0001 €\\…'.startsWith(previewText(text.slice(0, n)).slice(0, -1))).toBe(true);
  expect(previewText('"')).toBe('…');
});

test('the limit that a run waits for is taken apart', () => {
  expect(limitOf('limit concurrency workspace')).toEqual({ unit: 'concurrency', kind: 'workspace', of: '' });
  expect(limitOf('limit money workflow:01932d7e')).toEqual({ unit: 'money', kind: 'workflow', of: '' });
  expect(limitOf('limit rate key:for a:b')).toEqual({ unit: 'rate', kind: 'key', of: 'for a:b' });
  expect(limitOf('approval')).toBeNull();
  expect(limitOf(null)).toBeNull();
  expect([phaseOf('phase Check it'), phaseOf('limit rate key:a'), phaseOf(null)]).toEqual(['Check it', null, null]);
});

test('what is over waits for nothing, but what a person is asked about', () => {
  const step = (status: string, waiting_for: string | null) => waitsFor({ status, waiting_for } as never);
  expect(step('waiting', 'signal paid')).toBe('signal paid');
  expect(step('waiting', 'run 0a')).toBe('the run it started');
  expect(step('completed', 'run 0a')).toBeNull();
  expect(step('failed', 'decision')).toBe('decision');
  expect(waitsFor(null)).toBeNull();
});

test('a signal is told by the step that waits for it, and by no other', () => {
  const step = (kind: string, status: string, waiting_for: string | null) =>
    signalOf({ kind, step_run: { status, waiting_for } } as never);
  expect(step('signal', 'waiting', 'signal paid')).toBe('paid');
  expect([step('signal', 'completed', 'signal paid'), step('wait', 'waiting', 'signal x')]).toEqual([null, null]);
  expect(signalOf({ kind: 'signal', step_run: null } as never)).toBeNull();
});

test('a run rests while it is paused, or a step of it waits', () => {
  const run = (status: string, ...steps: [string, string | null][]) =>
    rests({ status, steps: steps.map(([s, waiting_for]) => ({ step_run: { status: s, waiting_for } })) } as never);
  expect(run('running', ['completed', null], ['running', null])).toBe(false);
  expect(run('running', ['completed', null], ['waiting', 'approval'])).toBe(true);
  expect([run('paused', ['completed', null]), run('failed', ['failed', 'decision'])]).toEqual([true, false]);
});

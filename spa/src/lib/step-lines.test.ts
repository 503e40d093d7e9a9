import { expect, test } from 'vitest';
import { stepLines } from './step-lines';

const lines = (text: string) => Object.fromEntries(stepLines(text));

test('YAML: keys and ids, plain or in quotes, behind a dash or below it', () => {
  const text =
    'id: whole\nsteps:\n  - key: one\n    kind: http\n  - name: Two\n    id: "two-b"\n    key_of: none\n  - { key: three, kind: wait }\n';
  expect(lines(text)).toEqual({ whole: 1, one: 3, 'two-b': 6, three: 8 });
});

test('JSON', () => {
  expect(
    lines('{\n  "steps": [\n    {"key": "one"},\n    {\n      "kind": "wait",\n      "key": "two"\n    }\n  ]\n}'),
  ).toEqual({
    one: 3,
    two: 6,
  });
});

test('code: steps where they are asked for, commands and comments by their number', () => {
  const text = `export default defineWorkflow({
  async execute(ctx) {
    const a = await ctx.step('a', { fn: () => 1 });
    await ctx.exec('ls');
    await ctx.step(
      "b-2",
      {});
    await ctx.comment('x');
    await ctx.exec('pwd');
  },
});
createWorkflow('x').addStep("c", {});`;
  expect(lines(text)).toEqual({ a: 3, 'exec-1': 4, 'b-2': 6, 'comment-1': 8, 'exec-2': 9, c: 12 });
});

test('a step that stands there twice is found where it stands first', () => {
  expect(lines('- key: a\n- key: a\n')).toEqual({ a: 1 });
});

// Documents in TypeScript and JavaScript: what they declare, where something is wrong in them, and that reading them reaches nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { root } from '../harness/stack.mjs';

const build = process.env.STEPMILL_BUILD ?? path.join(root, 'build');
let dir;
before(() => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), 'typescript-'));
});
after(() => remove(dir));

function check(text, name = 'flow.ts') {
	fs.writeFileSync(path.join(dir, name), text);
	const { stdout, stderr, status } = spawnSync(path.join(build, 'stepmill'), ['workflow', 'check', '--json', name], { encoding: 'utf8', cwd: dir, env: { PATH: process.env.PATH, CANARY: 'c4n4ry' } });
	assert.ok(status === 0 || status === 1, stderr);
	const [{ findings }] = JSON.parse(stdout);
	return findings.map((f) => `${f.severity === 'warning' ? 'warning ' : ''}${f.line}:${f.column} ${f.code}: ${f.message}`);
}

/** Runs what stands in the file without a server; its output. */
function play(text, input, about = {}, answers = {}) {
	fs.writeFileSync(path.join(dir, 'play.ts'), text);
	fs.writeFileSync(path.join(dir, 'play.test.yaml'), JSON.stringify({ workflow: './play.ts', tests: [{ name: 'it runs', input, answers, expect: about }] }));
	const { stdout, stderr, status } = spawnSync(path.join(build, 'stepmill'), ['workflow', 'test', '.'], { encoding: 'utf8', cwd: dir });
	fs.rmSync(path.join(dir, 'play.test.yaml'));
	return { status, said: stdout + stderr };
}

const head = 'import { defineWorkflow } from "@repo/workflow-engine";\nimport { z } from "zod";\n';
const flow = (steps, more = '') => `${head}export default defineWorkflow({\n  name: "Flow",${more}\n  steps: [\n${steps}\n  ],\n});\n`;

describe('a declaration', () => {
	test('has types, interfaces, enums, and what is imported as a type: they are gone', () => {
		assert.deepEqual(check(`import type { Thing } from "./things";\n${head}enum Kind { A = "a", B = "b" }
interface Context<T extends object = {}> { args: T }
type Pair = readonly [string, number];
const pair = ["x", 1] satisfies Pair as Pair;
export default defineWorkflow({
  name: \`Typed \${Kind.A}\` as const,
  args: { topic: z.string(), depth: z.number().int().default(3), tags: z.array(z.enum(["a", "b"])).optional() },
  steps: [{ id: "one", type: "transform", value: "{{args.topic}} {{args.depth}} {{args.tags || 'none'}}" }],
} as any);\n`), []);
	});
	test('is warned of what zod does and JSON Schema cannot say, where it stands', () => {
		assert.deepEqual(check(`${head}export default defineWorkflow({
  name: "Flow",
  args: {
    plain: z.string().min(2).optional(),
    even: z.number().refine((n) => n % 2 === 0),
    name: z.string().trim(),
    n: z.coerce.number(),
    size: z.string().transform((text) => text.length),
  },
  steps: [{ id: "one", type: "transform", value: "{{args.plain || args.even}} {{args.name}} {{args.n}} {{args.size}}" }],
});\n`), ['refine', 'trim or another change of the text', 'coerce', 'transform'].map((lost, i) =>
			`warning ${7 + i}:5 zod: JSON Schema has nothing for \`${lost}\`, so inputs are taken without it.`));
	});
	test('says where a step is wrong', () => {
		assert.deepEqual(check(flow(`    { id: "one", type: "transform", value: "{{input.topic}}" },
    { id: "two", type: "conditional", condition: "{{steps.onne.output}} > 5", then: "three" },
    {
      id: "three", type: "transform",
      tmeout: 3, value: 1,
    },`)), [
			'7:59 unknown_step: Step `onne` does not exist.',
			'10:7 unknown_field: There is no field `tmeout` here.',
		]);
	});
	test('says where it is wrong when steps are made by functions, and come from constants', () => {
		assert.deepEqual(check(`${head}const first = { id: "first", type: "transform", value: 1 };
const make = (id: string) => ({ id, type: "transfrm", value: 2 });
export default defineWorkflow({ name: "Flow", steps: [first, make("second")] });\n`), [
			'4:44 unknown_kind: There is no kind of step `transfrm`.',
		]);
	});
	test('says where a builder was given something wrong', () => {
		assert.deepEqual(check(`const { createWorkflow } = require('dank-ai');
module.exports = createWorkflow('x')
  .addStep('a', { type: 'transform', value: 1 })
  .addStep('B C', { type: 'transform', value: 1 })
  .addStep('d', { type: 'switch', value: 'x', cases: { one: 'nowhere' } })
`, 'flow.js').map((text) => text.replace(/: .*/, '')), ['4:12 pattern', '5:62 unknown_step']);
	});
	test('that throws is told with line and column of the source, types and all', () => {
		assert.deepEqual(check(`${head}function fail(a: string, b?: number): never {
  throw new Error("boom " + (a as string));
}
export default defineWorkflow({ name: "x" as string, steps: [fail("here")] });\n`), ['4:18 typescript: Error: boom here']);
	});
	test('that is no TypeScript is told with its place', () => {
		assert.deepEqual(check('const a = 1;\nconst b: = 2;\n'), ['2:10 typescript: This cannot be read: Unexpected token.']);
	});
	test('columns count characters', () => {
		assert.deepEqual(check(flow('    { id: "one", type: "transform", value: "ä😀", tmeout: 1 },')), ['6:50 unknown_field: There is no field `tmeout` here.']);
	});
	test('without a workflow says so', () => {
		assert.match(check('const a = 1;\n')[0], /^1:1 typescript: There is no workflow in it\./);
	});
	test('may only import what is there', () => {
		assert.match(check('const a = 1;\nimport fs from "fs";\nexport default fs;\n')[0], /^2:\d+ typescript: Error: `fs` cannot be imported\.$/);
	});
	test('of a schema that JSON Schema cannot say is told at the schema', () => {
		assert.match(check(flow('    { id: "one", type: "transform", value: 1 },', ' args: { when: z.bigint() },'))[0], /^4:17 typescript: This schema cannot be written as JSON Schema/);
	});
	test('with a function where none can stand, and one that uses what cannot come along', () => {
		assert.match(check(flow('    { id: "one", type: "transform", value: 1 },', ' args: () => 1,'))[0], /^4:17 typescript: A function cannot stand here/);
		assert.match(check(flow('    { id: "one", type: "transform", input: 1, transform: (data) => z.string().parse(data) },'))[0], /^6:47 typescript: This function uses something that is imported/);
	});
	test('several workflows are several', () => {
		const text = `${head}const one = (name: string) => defineWorkflow({ name, id: name, steps: [{ id: "a", type: "transform", value: 1 }] });\nexport default { workflows: [one("x"), one("y")] };\n`;
		assert.deepEqual(check(text), []);
		assert.match(check(text.replace('one("y")', 'one("x")'))[0], /duplicate: Workflow 1 has the id `x` as well/);
	});
	test('an endpoint is left out, and that is said', () => {
		const [said] = check(`const { createWorkflow } = require('dank-ai');
module.exports = createWorkflow('api-workflow')
  .addStep('a', { type: 'transform', value: 1 })
  .exposeEndpoint('/api/research', { method: 'POST', inputMapping: (req) => ({ topic: req.body.topic }) });\n`, 'flow.js');
		assert.match(said, /^warning 4:\d+ endpoint: The endpoint `\/api\/research` is left out: nothing will answer there/);
	});
});

describe('functions', () => {
	test('are what they are where they run: conditions, transforms, steps, prompts, with the constants and functions they use', () => {
		const text = `${head}
const LIMIT: number = 3;
const words = { long: "long", short: "short" } as const;
const isLong = (text: string): boolean => text.length > LIMIT;
export default defineWorkflow({
  name: "Functions",
  args: z.object({ topic: z.string() }),
  steps: [
    { id: "topic", type: "transform", value: "{{args.topic}}" },
    { id: "decide", type: "conditional", condition: (ctx: any) => isLong(ctx.steps.topic.output), then: "long", else: "short" },
    { id: "long", type: "transform", input: "{{steps.topic.output}}", transform: (data: string) => words.long + " " + data },
    { id: "short", type: "transform", input: "{{steps.topic.output}}", transform(data: string) { return words.short + " " + data; } },
    { id: "both", type: "function", async fn(ctx) {
      const of = (id: string) => ctx.steps[id]?.output ?? null;
      return { args: ctx.args, topic: ctx.getStepResult("topic")?.data, long: ctx.steps.long.output, short: ctx.steps.short.output, none: ctx.getStepResult("short") ?? "none", via: of("topic") };
    } },
  ],
});\n`;
		const { status, said } = play(text, { topic: 'bees' }, { status: 'completed', output: { args: { topic: 'bees' }, topic: 'bees', long: 'long bees', short: null, none: 'none', via: 'bees' } });
		assert.equal(status, 0, said);
	});
});

describe('a function in a template', () => {
	test('may call what it is given as the run does', () => {
		const text = flow(`    { id: "one", type: "transform", value: "{{args.n}}" },
    { id: "two", type: "transform", condition: ({ steps, args }: any) => steps.one.output > 1 && args.n > 1, value: 2 },
    { id: "three", type: "transform", condition: ({ steps }: any) => steps["one"].output > 5, value: 3 },
    { id: "four", type: "transform", value: { sum: ({ steps, args: input }: any) => { const env = { steps, n: input.n }; return env.steps.one.output + env.n; }, all: ["{{steps.two.output || 0}}", "{{steps.three.output || 0}}"] } },`, ' args: z.object({ n: z.number() }),');
		const { status, said } = play(text, { n: 3 }, { output: { sum: 6, all: [2, 0] } });
		assert.equal(status, 0, said);
	});
});

describe('handlers of a workflow', () => {
	test('are functions of the output or the error, and of the context', () => {
		const text = `import { createWorkflow, defineWorkflow } from "@repo/workflow-engine";
const mark = (text: unknown): string => text + "!";
const built = createWorkflow("built").addStep("a", { type: "http", url: "https://example.com/" })
  .onWorkflowStart((input: any, context: any) => ({ mark: mark("") }))
  .onWorkflowComplete((output: any, context: any) => output.body + context.steps.a.output.body + context.input.mark)
  .onWorkflowError((error: any, context: any) => [error.code, context.steps.a.error.code]);
const given = defineWorkflow({ name: "given", steps: [{ id: "a", type: "http", url: "https://example.com/" }], onComplete: (output: any) => mark(output.body), onError: (error: any) => error.path });
`;
		for (const [name, output, recovered] of [['built', 'xx!', ['gone', 'gone']], ['given', 'x!', 'a']]) {
			const one = `${text}export default ${name};\n`;
			for (const [answer, expected] of [[{ output: { body: 'x' } }, output], [{ error: { code: 'gone', message: 'Gone' } }, recovered]]) {
				const { status, said } = play(one, {}, { status: 'completed', output: expected }, { a: answer });
				assert.equal(status, 0, said);
			}
		}
	});
});

describe('a workflow that is a function', () => {
	const coded = (body, more = '') => `${head}export default defineWorkflow({\n  name: "Coded", args: { topic: z.string() },${more}\n  async execute(ctx: any): Promise<unknown> {\n${body}\n  },\n});\n`;
	test('runs over what its steps gave, with closures, branches, steps side by side, and failures it catches', () => {
		const text = coded(`    const seen: string[] = [];
    const [first, second] = await Promise.all(
      [ctx.step("first", { type: "http", url: \`https://example.com/\${ctx.args.topic}\`, body: { topic: ctx.args.topic, list: [1, ctx.args.topic] } }),
       ctx.step("second", { type: "http", url: "https://example.com/two" })]);
    await ctx.checkpoint();
    const sum = await ctx.step("sum", { fn: async () => first.data + second.data + (ctx.getStepResult("first")?.data as number) });
    if (sum.data > 5) seen.push("large");
    else await ctx.step("small", { type: "transform", value: sum.data });
    await ctx.step("bad", { type: "http", url: "https://example.com/bad" }).catch((error: any) => seen.push(error.code));
    await ctx.comment("It is done");
    return { sum: sum.data, seen, same: Math.random() === Math.random() };`);
		const { status, said } = play(text, { topic: 'bees' }, { status: 'completed', output: { sum: 7, seen: ['large', 'http_500'], same: false },
			steps: { first: { input: { method: 'GET', url: 'https://example.com/bees', body: { topic: 'bees', list: [1, 'bees'] } } }, small: { status: 'skipped' }, 'comment-1': { output: { comment: 'It is done', step: null } } } },
			{ first: { output: 2, seconds: 3 }, second: { output: 3, seconds: 1 }, bad: { error: { code: 'http_500', message: 'It is broken.' } } });
		assert.equal(status, 0, said);
	});
	test('writes its steps out: their ids and what they are; what is wrong with them is told where it stands', () => {
		assert.deepEqual(check(coded('    for (const i of [1, 2]) await ctx.step(`part-${i}`, { type: "transform", value: 1 });')).map((text) => text.replace(/ Write.*/, '')),
			['6:44 typescript: The id of this step, `part-${i}`, is worked out when the code runs; the steps of a workflow are known before that.']);
		assert.match(check(coded('    await ctx.step("a", make("a"));'))[0], /^6:25 typescript: This step is not written out\.$/);
		assert.deepEqual(check(coded('    const text = `one ${ctx.args.topic} two`;\n    await ctx.step("a", { type: "transfrm", value: text });')), ['7:34 unknown_kind: There is no kind of step `transfrm`.']);
		assert.deepEqual(check(coded('    await ctx.step("a", { type: "transform", value: ctx.args.topic, tmeout: 3 });')), ['6:69 unknown_field: There is no field `tmeout` here.']);
		assert.match(check(coded('    return 1;'))[0], /^5:3 typescript: No step is asked for in this/);
		assert.match(check(coded('    await ctx.step("a", { type: "transform", value: "{{asked.x}}" });').replace('async execute(ctx: any)', 'async execute({ step })'))[0], /takes one parameter/);
		assert.match(check('steps: [{id: a, type: transform, value: "{{asked.x}}"}]', 'asked.yaml')[0], /unknown_name/);
	});
});

describe('functions in a step that the code asks for', () => {
	const coded = (body, above = '') => `${head}const UNIT: string = "!";\nconst mark = (text: unknown): string => text + UNIT;\n${above}export default defineWorkflow({\n  name: "Coded",\n  async execute(ctx: any) {\n    const list: string[] = ["a", "b"];\n${body}\n  },\n});\n`;
	test('run by themselves where the step runs: handlers, conditions, what computes, in steps of steps as well', () => {
		const text = coded(`    const good = await ctx.step("good", { type: "http", url: "https://example.com/", onComplete(id: string, output: any, context: any) { return mark(output.n) + id; } });
    const bad = await ctx.step("bad", { type: "http", url: "https://example.com/", onError: recovered });
    const refused = await ctx.step("refused", { type: "http", url: "https://example.com/", onStart: (id: string, context: any) => { throw new Error(mark(id) + context.input.method); } }).catch((error: any) => error.message);
    const left = await ctx.step("left", { type: "transform", condition: () => UNIT === "?", value: 1 });
    const parts = await ctx.step("parts", { type: "loop", items: list, steps: [
      { id: "cut", type: "transform", input: "{{loop.item}}", transform: (one: string) => mark(one) },
      { id: "more", type: "function", fn: async (context: any) => context.loop.item + context.loop.index },
      { id: "both", type: "transform", value: { "x-y": list[0], list: [list[1], "{{loop.item}}"] } },
    ] });
    const made = await ctx.step("made", { type: "transform", input: { all: parts.data }, transform: ({ all }: any) => all.length });
    return [good.data, bad.data, refused.includes('refused!GET'), left.status, parts.data, made.data];`, 'const recovered = (id: string, error: any) => [id, error.code];\n');
		const { status, said } = play(text, {}, { output: ['7!good', ['bad', 'gone'], true, 'skipped', [{ 'x-y': 'a', list: ['b', 'a'] }, { 'x-y': 'a', list: ['b', 'b'] }], 2], steps: { 'parts[1]/cut': { output: 'b!' }, 'parts[1]/more': { output: 'b1' } } },
			{ good: { output: { n: 7 } }, bad: { error: { code: 'gone', message: 'Gone' } }, refused: { output: 1 } });
		assert.equal(status, 0, said);
	});
	test('see nothing of the code around them: one error, where it stands', () => {
		for (const [line, column, name] of [['await ctx.step("one", { type: "http", url: "https://example.com/", onError: (id: string, error: any) => list.length });', 109, 'list'],
			['await ctx.step("one", { type: "loop", items: list, steps: [{ id: "part", type: "function", fn: () => ctx.args }] });', 106, 'ctx']]) {
			const said = check(coded(`    ${line}`));
			assert.equal(said.length, 1, said.join('\n'));
			assert.match(said[0], new RegExp(`^9:${column} typescript: This function runs by itself, where its step runs, and .${name}. is of the code around it\\.`));
		}
	});
	test('and templates: what a step gave is put in by the code', () => {
		for (const [value, column] of [['"{{steps.one.output}}"', 64], ['(context: any) => context.steps.one.output', 87]])
			assert.match(check(coded(`    await ctx.step("one", { type: "transform", value: 1 });\n    await ctx.step("two", { type: "transform", value: ${value} });`))[0], new RegExp(`^10:${column} not_before: What the step .one. gave is the code's to put in here: keep it`));
	});
	test('a name that no path can hold', () => {
		assert.match(check(coded('    await ctx.step("one", { type: "transform", value: { "a b": list[0] } });'))[0], /^9:57 typescript: What the code works out cannot be found by the name `a b`\./);
		assert.deepEqual(check(coded('    const made = { "a b": list[0] };\n    await ctx.step("one", { type: "transform", value: { made, "a b": 1 } });')), []);
	});
	test('are no work of the code, which would come too late', () => {
		const [said, ...more] = check(coded('    const late = (id: string) => id;\n    await ctx.step("one", { type: "http", url: "https://example.com/", onComplete: late });'));
		assert.deepEqual(more, []);
		assert.match(said, /^10:84 typescript: `onComplete` runs by itself, where its step runs, and this is worked out by the code\./);
	});
});

describe('a step that nothing waits for', () => {
	const coded = (body) => `${head}export default defineWorkflow({\n  name: "Coded",\n  async execute(ctx: any) {\n    const list: string[] = ["a", "b"];\n${body}\n  },\n});\n`;
	const step = 'ctx.step("one", { type: "transform", value: 1 })';
	test('is warned of, and runs before the run ends', () => {
		for (const [body, key, line = 7, column = 14] of [[`    ${step};\n    return 1;`, 'one'], [`    ${step}\n    return 1;`, 'one'], [`    if (list.length) { ${step}; }`, 'one', 7, 33], ['    ctx.comment("Here");', 'comment-1', 7, 5], ['    ctx.exec("make")\n  ', 'exec-1', 7, 5]]) {
			const said = check(coded(body)).filter((one) => !one.includes(' shell: '));
			assert.equal(said.length, 1, said.join('\n'));
			assert.match(said[0], new RegExp(`^warning ${line}:${column} not_awaited: Nothing waits for the step .${key}.: the code goes on beside it`));
		}
		const { status, said } = play(coded(`    ${step};\n    return 5;`), {}, { output: 5, steps: { one: { status: 'completed', output: 1 } } });
		assert.equal(status, 0, said);
	});
	test('is not suspected where something does', () => {
		for (const body of [`    await ${step};`, `    return ${step};`, `    const one = ${step};\n    await one;`, `    const both =\n      ${step};\n    await both;`, `    await Promise.all([\n      ${step},\n    ]);`, `    await Promise.all([${step}]);`, `    ${step}\n      .then(() => 1);`, `    const go = () => ${step};\n    await go();`, `    return await\n      ${step};`])
			assert.deepEqual(check(coded(body)), [], body);
	});
});

describe('a step in a loop of the code', () => {
	const coded = (body) => `${head}export default defineWorkflow({\n  name: "Coded",\n  async execute(ctx: any) {\n    const list: string[] = ["a", "b"];\n${body}\n  },\n});\n`;
	const step = 'ctx.step("one", { type: "transform", value: 1 })';
	test('is warned of, at its id; the run that asks for it again says the line', () => {
		for (const [line, column, at = 7, key = 'one'] of [[`    for (const one of list) await ${step};`, 44], [`    for await (const one of list) { await ${step}; }`, 52], [`    while (list.pop()) { if (list.length) { await ${step}; } }`, 60],
			[`    do { await ${step}; } while (list.pop());`, 25], [`    for (const one of list) {\n      await ctx.comment(one);\n    }\n    await ${step};`, 13, 8, 'comment-1'], [`    await Promise.all(list.map((one: string) => ${step}));`, 58]])
			assert.match(check(coded(line))[0], new RegExp(`^warning ${at}:${column} repeated_step: The step \`${key}\` stands in a loop of the code, and a step runs once`), line);
		const { status, said } = play(coded(`    for (const one of list) await ${step};`), {}, { status: 'failed', error: { code: 'code' } });
		assert.equal(status, 0, said);
		assert.match(play(coded(`    for (const one of list)\n      await ${step};`), {}).said, /The step `one` was asked for before\. .*\(line 8\)/);
	});
	test('is not suspected where there is none', () => {
		for (const line of [`    if (list.length) { await ${step}; }`, `    for (const one of list) list.length;\n    await ${step};`, `    await ctx.step("one", { type: "transform", value: list.map((one) => one + 1) });`, `    { await ${step}; }`, `    try { await ${step}; } catch (error) { list.forEach((one) => one); }`])
			assert.deepEqual(check(coded(line)), [], line);
	});
	test('is one of the type loop, over what the code has', () => {
		const { status, said } = play(coded('    const parts = await ctx.step("parts", { type: "loop", items: list.map((one) => one + one), steps: [{ id: "one", type: "http", url: "https://example.com/{{loop.item}}" }] });\n    return parts.data;'),
			{}, { output: [7, 7], steps: { 'parts[1]/one': { input: { method: 'GET', url: 'https://example.com/bb' } } } }, { 'parts[*]/one': { output: 7 } });
		assert.equal(status, 0, said);
	});
});

describe('what a file says while it is read', () => {
	test('reaches no file, no process, no network, no environment', () => {
		const out = check(`const found = [typeof process, typeof Deno, typeof require("stepmill").constructor, typeof fetch, typeof XMLHttpRequest, typeof WebAssembly, typeof SharedArrayBuffer];
let code = "none";
try { code = (() => {}).constructor("return typeof process")(); } catch (e) { code = String(e); }
throw new Error(JSON.stringify([found, code, Object.keys(globalThis).join()]));\n`, 'hostile.js')[0];
		assert.match(out, /\["undefined","undefined","function","undefined","undefined","undefined","undefined"\]/);
		assert.match(out, /code cannot be made from text here/);
		assert.ok(!out.includes('c4n4ry'));
	});
	test('ends when it does not end by itself, and nobody else is kept waiting', () => {
		assert.match(check('for (;;);\n', 'endless.js')[0], /^1:1 typescript: Its declaration took more than 1 s of computing and was stopped\.$/);
	});
	test('a regular expression that does not end, and memory without end, are told as well', () => {
		assert.match(check('/^(a+)+$/.test("a".repeat(60) + "b");\n', 'regex.js')[0], /^1:1 typescript: (The JavaScript in this needs more than 256 MB|Its declaration took)/);
		assert.match(check('const all = []; for (;;) all.push(new Array(1e6).fill(all.length));\n', 'memory.js')[0], /^1:\d+ typescript: (The JavaScript in this needs more than 256 MB|RangeError: Out of memory|It cannot be read|Its declaration took)/);
	});
	test('that breaks what reading needs is told, not believed', () => {
		const out = check('JSON.stringify = () => "{"; Object.entries = () => { throw new Error("mine"); };\nmodule.exports = { name: "x", steps: [{ id: "a", type: "transform", value: 1 }] };\n', 'broken.js');
		assert.equal(out.length, 1);
		assert.match(out[0], /typescript/);
	});
});

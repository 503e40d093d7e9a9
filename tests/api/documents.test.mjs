// Workflows as people write them: looked at, understood, saved with what was written.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cut, mistakes, said, textOf } from '../cli/mistakes.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let contract;
let chain;
before(async () => {
	world = await startWorld();
	contract = (await world.nobody.get('/openapi.json')).body;
	chain = await makeChain(world.ada);
});
after(async () => world?.stack.stop());

const at = (path) => world.at(path);
async function ask(client, id, path, body, headers = {}) {
	const op = operations(contract).find((o) => o.id === id);
	const answer = await client.request(op.method, path, body, op.etag === 'revision' && op.method !== 'GET' && op.method !== 'POST' ? { 'if-match': '*', ...headers } : headers);
	assert.deepEqual(answerMisfits(contract, op, answer), [], id);
	return answer;
}
const check = async (body, client = world.vic) => (await ask(client, 'checkWorkflow', at('/workflows:check'), body)).body;
/** What a document comes to; it has to be valid. */
async function meant(source) {
	const body = await check({ source });
	assert.deepEqual(body.errors, []);
	return body.workflows;
}
const steps = async (yaml) => (await meant(`steps:\n${yaml.replace(/^/gm, '  ')}`))[0].definition.steps;

describe('a check', () => {
	test('says of every mistake what the command line says', async () => {
		for (const mistake of mistakes) {
			if (textOf(mistake).includes('type: prompt')) continue; // of prompts the server knows more
			const body = await check({ source: textOf(mistake), format: 'yaml' });
			const all = [...body.errors, ...body.warnings.map((f) => ({ ...f, warning: true }))].map((f) => `${f.warning ? 'warning ' : ''}${said(f)}`);
			assert.deepEqual(cut(all, mistake.says).sort(), [...mistake.says].sort(), mistake.about);
			assert.equal(body.valid, body.errors.length === 0);
			if (!body.valid) assert.ok(body.workflows.every((w) => w.definition === null));
		}
	});
	test('knows the prompts of the workspace: their variables and versions', async () => {
		const id = chain.prompts[0].id;
		const body = await check({ source: `steps:\n  - {id: a, type: prompt, prompt: ${id}, input: {txt: x}}\n  - {id: b, type: prompt, prompt: {id: ${id}, version: 7}}\n  - {id: c, type: prompt, prompt: ${ids.missing}}\n` });
		assert.deepEqual(body.errors.map((e) => [e.line, e.code, e.hint]), [
			[2, 'unmapped', 'Map it to an input, an earlier output or a text.'],
			[2, 'unknown_variable', 'Did you mean `text`?'],
			[3, 'unknown_version', null],
			[4, 'unknown_prompt', null]]);
	});
	test('of a definition has paths, and no lines', async () => {
		const body = await check({ definition: { type: 'flow', steps: [{ key: 'a', kind: 'transform', value: '{{steps.b.output}}', bogus: 1 }] } });
		assert.deepEqual(body.errors.map((e) => [e.path, e.code, e.line, e.column]), [['/steps/0/value', 'unknown_step', null, null], ['/steps/0/bogus', 'unknown_field', null, null]]);
	});
	test('takes one of the two', async () => {
		for (const body of [{ format: 'yaml' }, { source: 'steps: []', definition: {} }])
			assert.equal((await ask(world.vic, 'checkWorkflow', at('/workflows:check'), body)).status, 422);
	});
	test('is nothing for strangers, valid or not', async () => {
		for (const source of ['steps: [', 'steps: [{id: a, type: signal}]', 'workflows: []'])
			assert.equal((await ask(world.eve, 'checkWorkflow', at('/workflows:check'), { source })).status, 404, source);
	});
	test('saves nothing', async () => {
		const before_ = world.stack.sql('select count(*) from workflow')[0][0];
		await check({ source: 'name: Gone\nsteps: [{id: a, type: signal}]' });
		assert.equal(world.stack.sql('select count(*) from workflow')[0][0], before_);
	});
});

describe('the words of other tools', () => {
	test('several workflows are several results', async () => {
		const [one, two] = await meant('workflows:\n  - id: one\n    name: First\n    description: Of two\n    steps: [{id: a, type: signal}]\n  - id: two\n    steps: [{id: b, type: signal}]\n');
		assert.deepEqual([one.name, one.description, one.own_id, two.name, two.own_id], ['First', 'Of two', 'one', null, 'two']);
		assert.equal(two.definition.steps[0].key, 'b');
		const [named] = await meant('workflows:\n  main: {steps: [{id: a, type: signal}]}\n');
		assert.equal(named.own_id, 'main');
	});
	test('args, their schema and the ways to name them', async () => {
		const [{ definition }] = await meant('argsSchema: {type: object, properties: {a: {type: string}}, required: [a]}\nsteps:\n  - {id: s, type: transform, value: ["{{args.a}}", "{{initial.a}}", "{{workflow.input.a}}", "{{a}}"]}\n');
		assert.deepEqual(definition.input.required, ['a']);
		assert.deepEqual(definition.steps[0].value, Array(4).fill('{{input.a}}'));
	});
	test('times: milliseconds, and lengths that are written out', async () => {
		const [a, b, c, d, e] = await steps('- {id: a, type: http, url: "https://example.com", timeout: 30000, retry: {maxAttempts: 3, delay: 1000, backoff: linear}}\n- {id: b, type: http, url: "https://example.com", timeout: 1m30s, retry: {max_attempts: 2, delay: 2s, maxDelay: 1m}}\n- {id: c, type: wait, duration: 2500}\n- {id: d, type: wait, seconds: 1.5h}\n- {id: e, type: wait, duration: "{{input.ms}}"}');
		assert.deepEqual([a.timeout_seconds, a.retry], [30, { max_attempts: 3, delay_ms: 1000, backoff: 'linear', max_delay_ms: 60000 }]);
		assert.deepEqual([b.timeout_seconds, b.retry.delay_ms, b.retry.max_delay_ms], [90, 2000, 60000]);
		assert.deepEqual([c.seconds, d.seconds, e.seconds], [2.5, 5400, '{{(input.ms) / 1000}}']);
	});
	test('groups, needs, loops and what they are called elsewhere', async () => {
		const [, p, l] = await steps('- {id: a, type: signal}\n- {id: p, type: parallel, failFast: true, maxConcurrency: 2, dependsOn: a, steps: [{id: x, type: signal}]}\n- {id: l, type: loop, items: "{{input.items}}", maxIterations: 5, parallel: true, step: {id: y, type: transform, value: "{{loop.item}}"}}');
		assert.deepEqual([p.fail_fast, p.max_concurrency, p.needs], [true, 2, ['a']]);
		assert.deepEqual([l.max_iterations, l.max_concurrency, l.steps.map((s) => s.key)], [5, 10, ['y']]);
	});
	test('templates side by side are fallbacks of each other', async () => {
		const [, , c, d] = await steps('- {id: a, type: signal}\n- {id: b, type: signal}\n- {id: c, type: transform, value: "{{steps.a.output}} || {{steps.b.output}}"}\n- {id: d, type: transform, value: "{{steps.a.output}} and {{steps.b.output}}"}');
		assert.equal(c.value, '{{steps.a.output || steps.b.output}}');
		assert.equal(d.value, '{{steps.a.output}} and {{steps.b.output}}');
	});
	test('a transform with code is a function, one without hands its input on', async () => {
		const [a, b] = await steps('- {id: a, type: transform, input: "{{input.n}}", transform: "(data) => data * 2"}\n- {id: b, type: transform, input: "{{steps.a.output}}"}');
		assert.deepEqual([a.kind, a.input, a.code], ['function', { data: '{{input.n}}' }, 'return await ((data) => data * 2)(input.data, {input})']);
		assert.deepEqual([b.kind, b.value], ['transform', '{{steps.a.output}}']);
	});
	test('what it means is what it means when it is sent again', async () => {
		const source = 'steps:\n  - {id: a, type: http, method: post, url: "https://example.com", timeout: 2s}\n  - {id: b, type: wait, duration: 1500}\n';
		const [{ definition }] = await meant(source);
		const again = await check({ definition });
		assert.deepEqual(again.workflows[0].definition, definition);
	});
});

describe('a source', () => {
	const source = '# what it is for\nname: From text\ndescription: Kept as written\nsteps:\n  - {id: a, type: transform, value: 1}\n';
	test('is saved with what it says, and stays as it was written', async () => {
		const made = await ask(world.mia, 'createWorkflow', at('/workflows'), { source, message: 'first' });
		assert.equal(made.status, 201, JSON.stringify(made.body));
		assert.deepEqual([made.body.name, made.body.description, made.body.source, made.body.definition.type], ['From text', 'Kept as written', source, 'flow']);
		const id = made.body.id;
		assert.equal((await ask(world.vic, 'readWorkflow', at(`/workflows/${id}`))).body.source, source);
		const other = source.replace('value: 1', 'value: 2');
		const changed = await ask(world.mia, 'updateWorkflow', at(`/workflows/${id}`), { source: other, message: 'second' });
		assert.deepEqual([changed.body.version, changed.body.source], [2, other]);
		assert.equal((await ask(world.vic, 'readWorkflowVersion', at(`/workflows/${id}/versions/1`))).body.source, source);
		const versions = (await ask(world.vic, 'listWorkflowVersions', at(`/workflows/${id}/versions`))).body.data;
		assert.deepEqual(versions.map((v) => v.message), ['second', 'first']);
	});
	test('that only says the same in other words is a version, a definition that is the same is none', async () => {
		const { body } = await ask(world.mia, 'createWorkflow', at('/workflows'), { source });
		const words = await ask(world.mia, 'updateWorkflow', at(`/workflows/${body.id}`), { source: `# another comment\n${source}` });
		assert.equal(words.body.version, 2);
		const same = await ask(world.mia, 'updateWorkflow', at(`/workflows/${body.id}`), { definition: body.definition });
		assert.deepEqual([same.body.version, same.body.source], [2, `# another comment\n${source}`]);
		const json = await ask(world.mia, 'updateWorkflow', at(`/workflows/${body.id}`), { definition: { ...body.definition, steps: [{ key: 'b', kind: 'signal' }] } });
		assert.deepEqual([json.body.version, json.body.source], [3, null]);
	});
	test('with mistakes is refused with line and column, and nothing is saved', async () => {
		const count = () => world.stack.sql('select count(*) from workflow_version')[0][0];
		const before_ = count();
		const refused = await ask(world.mia, 'createWorkflow', at('/workflows'), { name: 'Bad', source: source.replace('transform', 'transfrm') });
		assert.equal(refused.status, 422);
		assert.deepEqual(refused.body.errors, [{ path: '/source/steps/0/kind', code: 'unknown_kind', message: 'There is no kind of step `transfrm`. Did you mean `transform`?', line: 5, column: 19 }]);
		const text = await ask(world.mia, 'createWorkflow', at('/workflows'), { name: 'Bad', source: 'steps: [' });
		assert.deepEqual([text.status, text.body.errors[0].code, text.body.errors[0].line], [422, 'yaml', 2]);
		assert.equal(count(), before_);
	});
	test('in TypeScript is run for its declaration, kept as it is written, and told with its own lines', async () => {
		const text = 'import { defineWorkflow } from "stepmill";\nimport { z } from "zod";\nexport default defineWorkflow({\n  name: "Typed" as string,\n  args: z.object({ topic: z.string() }),\n  steps: [{ id: "a", type: "transform", value: "{{args.topic}}" }],\n});\n';
		const checked = await check({ source: text, format: 'typescript' });
		assert.deepEqual(checked.errors, []);
		assert.deepEqual(checked.workflows[0].definition.input, { type: 'object', properties: { topic: { type: 'string' } }, required: ['topic'] });
		assert.deepEqual((await check({ source: text })).workflows, checked.workflows, 'the format is seen');
		const made = await ask(world.mia, 'createWorkflow', at('/workflows'), { source: text });
		assert.deepEqual([made.status, made.body.name, made.body.source], [201, 'Typed', text]);
		const refused = await ask(world.mia, 'createWorkflow', at('/workflows'), { source: text.replace('args.topic', 'args.tpic') });
		assert.deepEqual([refused.status, refused.body.errors[0].line, refused.body.errors[0].column], [422, 6, 56]);
		const endless = await check({ source: 'for (;;);', format: 'typescript' });
		assert.match(endless.errors[0].message, /took more than 1 s of computing/);
	});
	test('needs a name from somewhere, and one workflow', async () => {
		for (const [body, code] of [[{ source: 'steps: [{id: a, type: signal}]' }, 'required'], [{ name: 'None' }, 'required'],
			[{ name: 'Both', source, definition: { type: 'flow', steps: [{ key: 'a', kind: 'signal' }] } }, 'twice'],
			[{ name: 'Two', source: 'workflows: [{id: a, steps: [{id: a, type: signal}]}, {id: b, steps: [{id: a, type: signal}]}]' }, 'several']]) {
			const answer = await ask(world.mia, 'createWorkflow', at('/workflows'), body);
			assert.deepEqual([answer.status, answer.body.errors[0].code], [422, code], JSON.stringify(body));
		}
	});
});

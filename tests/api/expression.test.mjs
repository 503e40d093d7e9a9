// JavaScript in templates, from the request that saves it to what its run gives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack, until } from '../harness/stack.mjs';

let stack;
let ada;
let at;
before(async () => {
	stack = await startStack({ live: false });
	ada = await stack.signIn();
	at = (path) => `/workspaces/${ada.workspace}${path}`;
});
after(() => stack?.stop());

const save = (steps, more = {}) => ada.post(at('/workflows'), { name: 'Works', definition: { type: 'flow', steps, ...more } });
const transform = (key, value) => ({ key, kind: 'transform', value });

async function run(workflow, input) {
	const { id } = (await ada.post(at('/runs'), { workflow_id: workflow.id, input })).body;
	return until('the run to end', async () => {
		const { body } = await ada.get(at(`/runs/${id}`));
		return ['completed', 'failed'].includes(body.status) && body;
	});
}

test('expressions are saved in their canonical form, and run', async () => {
	const { status, body } = await save([
		transform('fetch-it', { names: '{{ args.items.map(x => x.name) }}' }),
		transform('say', 'Hello {{ steps.fetch-it.output.names.join(" and ") }}, {{ step.1.output.names.length }} of {{ workflow.input.items.length }}{{ initial.mark ?? "!" }}'),
	]);
	assert.equal(status, 201, JSON.stringify(body));
	assert.deepEqual(body.definition.steps.map((s) => s.value), [{ names: '{{input.items.map(x => x.name)}}' },
		'Hello {{steps["fetch-it"].output.names.join(" and ")}}, {{steps.fetch-it.output.names.length}} of {{input.items.length}}{{input.mark ?? "!"}}']);
	assert.equal(body.definition.input.properties.items.type, 'array');
	assert.deepEqual(body.definition.input.required, ['items']);
	const again = await save(body.definition.steps, { input: body.definition.input });
	assert.deepEqual(again.body.definition.steps, body.definition.steps);
	const ended = await run(body, { items: [{ name: 'a' }, { name: 'b' }] });
	assert.equal(ended.output, 'Hello a and b, 2 of 2!', JSON.stringify(ended));
});

test('what is no JavaScript is refused with its place, all of it at once', async () => {
	const { status, body } = await save([
		transform('a', { x: ['{{ 1 + }}', 'one\n  {{ input.a b }}'] }),
		{ key: 'b', kind: 'http', url: 'https://a.example/{{ input.x +* 2 }}', body: '{{ "fine".length }}' },
		transform('c', '{{#each items}}'),
	]);
	assert.equal(status, 422);
	assert.deepEqual(body.errors.map((e) => [e.path, e.code]), [['/definition/steps/0/value/x/0', 'expression'], ['/definition/steps/0/value/x/1', 'expression'],
		['/definition/steps/1/url', 'expression'], ['/definition/steps/2/value', 'expression']]);
	assert.match(body.errors[0].message, /ends too early/);
	assert.match(body.errors[1].message, /Unexpected identifier 'b'.*\(line 2\)/);
	assert.match(body.errors[3].message, /\\\{\{/);
});

test('what an expression names is checked as that of a path is', async () => {
	const refused = async (value, message) => {
		const { status, body } = await save([transform('first', 1), transform('second', value), transform('third', 1)]);
		assert.equal(status, 422, value);
		assert.match(body.errors[0].message, message);
	};
	await refused('{{ steps.frist.output + 1 }}', /does not exist.*first/);
	await refused('{{ steps.third.output + 1 }}', /runs before/);
	await refused('{{ steps.second.output + 1 }}', /its own output/);
	await refused('{{ steps[input.which].output }}', /names no step/);
	await refused('{{ steps["first"].result + 1 }}', /output and its error/);
	await refused('{{ workflow.name + 1 }}', /neither `input`, `steps` nor `env`/);
	await refused('{{ [1].map(input => input + 1) }}', /name is taken/);
	await refused('{{ ((steps) => steps)(1) }}', /name is taken/);
});

test('where there is no engine at hand, templates are plain paths', async () => {
	const { body, status } = await save([transform('a', 1), { key: 'call', kind: 'http', url: 'https://a.example/', concurrency: { key: '{{ input.x + 1 }}', limit: 1 } }], { state: { n: '{{ steps.a.output + 1 }}' } });
	assert.equal(status, 422);
	assert.deepEqual(body.errors.map((e) => [e.path, e.code]), [['/definition/steps/1/concurrency/key', 'expression'], ['/definition/state/n', 'expression']]);
});

test('nothing is run when a definition is saved', async () => {
	const begun = Date.now();
	const { status } = await save([transform('a', '{{ (() => { for (;;); })() }}')]);
	assert.equal(status, 201);
	assert.ok(Date.now() - begun < 20000);
	for (const value of ['{{ 1); (() => { for (;;); })(); (2 }}', '{{ 1], [(() => { for (;;); })() }}', '{{ import.meta }}'])
		assert.equal((await save([transform('a', value)])).status, 422, value);
});

test('a run that fails in an expression says so', async () => {
	const { body } = await save([transform('a', '{{ input.x.y.z() }}')], { input: { type: 'object', properties: { x: {} } } });
	const ended = await run(body, {});
	assert.equal(ended.status, 'failed');
	assert.equal(ended.error.code, 'expression');
	assert.match(ended.error.message, /`input\.x\.y\.z\(\)`.*undefined is not an object \(evaluating 'input\.x\.y'\)/);
	assert.equal(ended.error.path, 'a');
});

test('a function is saved, called, and shown', async () => {
	const step = { key: 'sum', kind: 'function', input: { items: '{{args.items.0.n}}' }, code: 'console.log("here");\nreturn input.items + 1' };
	const { status, body } = await save([step]);
	assert.equal(status, 201, JSON.stringify(body));
	assert.deepEqual(body.definition.steps[0], { ...step, input: { items: '{{input.items.0.n}}' }, name: 'sum', timeout_seconds: 30 });
	const ended = await run(body, { items: [{ n: 4 }] });
	assert.equal(ended.output, 5);
	assert.deepEqual([ended.steps[0].kind, ended.steps[0].model], ['function', null]);
});

test('what is no function is refused at its place', async () => {
	for (const [step, path, code] of [
		[{ code: 'return 1 +' }, 'code', 'code'], [{ code: 'const a = ;\n' }, 'code', 'code'], [{ code: '}); (async function () {' }, 'code', 'code'],
		[{ code: 'return 1', model: 'builtin/echo' }, 'model', 'unknown_field'], [{ code: 'return 1', timeout_seconds: 301 }, 'timeout_seconds', 'range'],
		[{ code: 'return 1', url: 'https://a.example/' }, 'url', 'unknown_field'], [{ code: 'return 1', input: { a: '{{ 1 + }}' } }, 'input/a', 'expression'],
	]) {
		const { status, body } = await save([{ key: 'f', kind: 'function', ...step }]);
		assert.equal(status, 422, JSON.stringify(step));
		assert.deepEqual([body.errors[0].path, body.errors[0].code], [`/definition/steps/0/${path}`, code], JSON.stringify(body));
	}
	assert.equal((await save([{ key: 'f', kind: 'function' }])).status, 422);
	assert.equal((await save([{ ...transform('t', 1), code: 'return 1' }])).status, 422);
	const { body } = await save([{ key: 'f', kind: 'function', code: 'const a = 1;\nconst b = ;' }]);
	assert.match(body.errors[0].message, /\(line 2\)/);
});

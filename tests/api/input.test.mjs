// What a run is given: what its schema says of what is left out, and what is derived where there is no schema.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { startWorld } from './lib/world.mjs';

let world;
before(async () => {
	world = await startWorld({ executors: 1 });
});
after(async () => world?.stack.stop());

const made = (key, value, more = {}) => ({ key, kind: 'transform', value, ...more });

async function save(steps, more = {}) {
	const { status, body } = await world.ada.post(world.at('/workflows'), { name: 'Input', definition: { type: 'flow', steps, ...more } });
	assert.equal(status, 201, JSON.stringify(body));
	return body;
}

const ended = (id) => until('the run to end', async () => {
	const now = (await world.ada.get(world.at(`/runs/${id}`))).body;
	return now.finished_at && now;
});

async function run(workflow, input) {
	const { status, body } = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input });
	assert.ok(status < 300, JSON.stringify(body));
	return ended(body.id);
}

const schema = {
	type: 'object',
	required: ['n', 'name'],
	properties: {
		n: { type: 'integer', default: 4 },
		name: { type: 'string' },
		to: { type: 'object', properties: { tone: { type: 'string', default: 'kind' } } },
	},
};

test('what is left out has its default, in what is shown and in what steps see', async () => {
	const workflow = await save([made('a', { n: '{{input.n}}', more: '{{ input.n + 1 }}', to: '{{input.to || "nobody"}}' })], { input: schema });
	const done = await run(workflow, { name: 'x' });
	assert.deepEqual([done.status, done.output], ['completed', { n: 4, more: 5, to: 'nobody' }]);
	assert.deepEqual(done.input, { name: 'x', n: 4 });
	assert.deepEqual((await run(workflow, { name: 'x', n: 0, to: {} })).output, { n: 0, more: 1, to: { tone: 'kind' } });
	const wrong = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: {} });
	assert.deepEqual([wrong.status, wrong.body.errors.map((e) => `${e.path} ${e.code}`)], [422, ['/input/name required']]);
	const several = await world.ada.post(world.at('/runs:bulk'), { workflow_id: workflow.id, inputs: [{ name: 'a' }, { name: 'b', n: 7 }] });
	assert.ok(several.status < 300, JSON.stringify(several.body));
	assert.deepEqual(await Promise.all(several.body.ids.map(async (id) => (await ended(id)).output.n)), [4, 7]);
	const fork = await world.ada.post(world.at(`/runs/${done.id}/fork`), { step: 'a', input: { name: 'y' } });
	assert.ok(fork.status < 300, JSON.stringify(fork.body));
	assert.deepEqual((await ended(fork.body.id)).input, { name: 'y', n: 4 });
});

test('a run that a step starts has its defaults, too', async () => {
	const inner = await save([made('a', '{{input.n}} {{input.name}}')], { input: schema });
	const outer = await save([{ key: 'ask', kind: 'workflow', workflow: { id: inner.id }, input: { name: 'me' } }]);
	const done = await run(outer, {});
	assert.deepEqual([done.status, done.output, done.error], ['completed', '4 me', null]);
});

test('without a schema an input may be a number, a list or an object', async () => {
	const workflow = await save([
		made('n', '{{ input.n + 1 }}', { condition: '{{input.count}} > 5' }),
		{ key: 'w', kind: 'wait', seconds: '{{input.pause}}' },
		{ key: 'l', kind: 'loop', items: '{{input.items}}', steps: [made('each', '{{loop.item}}{{input.unit}}')] },
		made('all', { n: '{{steps.n.output || 0}}', l: '{{steps.l.output}}', mapped: '{{ input.items.map(x => x * 2) }}', any: '{{input.any}}' }),
	]);
	assert.deepEqual(Object.entries(workflow.definition.input.properties).map(([name, { type }]) => `${name} ${type}`).sort(),
		['any undefined', 'count undefined', 'items array', 'n undefined', 'pause undefined', 'unit undefined']);
	const done = await run(workflow, { n: 5, count: 7, pause: 0, items: [1, 2], unit: 'kg', any: { a: [true] } });
	assert.deepEqual([done.status, done.output], ['completed', { n: 6, l: ['1kg', '2kg'], mapped: [2, 4], any: { a: [true] } }]);
	const wrong = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { n: 5, count: 7, pause: 0, items: 'a', unit: 'kg', any: 1 } });
	assert.deepEqual([wrong.status, wrong.body.errors.map((e) => e.path)], [422, ['/input/items']]);
});

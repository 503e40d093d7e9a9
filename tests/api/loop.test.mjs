// Loops over the API: saved, refused with the place and the reason, run, shown with their iterations, decided about by path.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack, until } from '../harness/stack.mjs';

let stack, client, at;
before(async () => {
	stack = await startStack({ executors: 1 });
	client = await stack.signIn();
	at = `/workspaces/${client.workspace}`;
});
after(() => stack?.stop());

const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const loop = (key, steps, more) => ({ key, kind: 'loop', steps, ...more });
const save = (steps, more = {}) => client.post(`${at}/workflows`, { name: 'Loops', definition: { type: 'flow', steps, ...more } });
const refused = async (steps) => {
	const { status, body } = await save(steps);
	return [status, ...(body.errors ?? []).map((e) => `${e.path} ${e.code}`)];
};
const read = async (run) => (await client.get(`${at}/runs/${run}`)).body;

test('what is wrong with a loop is told with its place', async () => {
	const x = value('x', 1);
	assert.deepEqual(await refused([loop('each', [x], {})]), [422, '/definition/steps/0 required']);
	assert.deepEqual(await refused([loop('each', [x], { items: [1], while: 'true' })]), [422, '/definition/steps/0 required']);
	assert.deepEqual(await refused([{ key: 'each', kind: 'loop', items: [1] }]), [422, '/definition/steps/0 required']);
	assert.deepEqual(await refused([loop('each', [x], { items: [1, 2, 3], max_iterations: 2 })]), [422, '/definition/steps/0/items too_many']);
	assert.deepEqual(await refused([loop('each', [x], { while: 'loop.index < 3', max_concurrency: 2 })]), [422, '/definition/steps/0/max_concurrency range']);
	assert.deepEqual(await refused([loop('each', [x], { items: [1], retry: { max_attempts: 2 } })]), [422, '/definition/steps/0/retry unknown_field']);
	assert.deepEqual(await refused([value('y', '{{loop.item}}')]), [422, '/definition/steps/0/value outside_loop']);
	assert.deepEqual(await refused([loop('each', [value('y', '{{loop.parent.item}}')], { items: [1] })]), [422, '/definition/steps/0/steps/0/value outside_loop']);
	assert.deepEqual(await refused([loop('each', [value('y', '{{loop.itme}}')], { items: [1] })]), [422, '/definition/steps/0/steps/0/value unknown_field']);
	assert.deepEqual(await refused([loop('each', [value('y', '{{loop.item}}')], { while: '{{loop.index}} < 3' })]), [422, '/definition/steps/0/steps/0/value no_items']);
	assert.deepEqual(await refused([loop('each', [value('y', '{{loop.previous}}')], { items: [1], max_concurrency: 2 })]), [422, '/definition/steps/0/steps/0/value no_previous']);
	assert.deepEqual(await refused([loop('each', [value('y', '{{steps.each.output}}')], { items: [1] })]), [422, '/definition/steps/0/steps/0/value own_output']);
	assert.deepEqual(await refused([loop('each', [x], { items: [1] }), value('y', '{{steps.x.output}}')]), [422, '/definition/steps/1/value in_loop']);
	const { body } = await save([loop('each', [x], { items: [1] })], { state: { x: '{{steps.x.output}}' } });
	assert.deepEqual(body.errors.map((e) => [e.path, e.code]), [['/definition/state/x', 'in_loop']]);
	assert.match(body.errors[0].message, /Step `x` runs in the loop `each`.*`steps\.each\.output` is the list/);
});

test('a run shows how many iterations have begun, and the newest of each step in it; the list of attempts has them all', async () => {
	const saved = await save([value('list', '{{["a", "b", "c"]}}'),
		loop('outer', [loop('inner', [value('said', '{{loop.parent.item}}{{loop.item}}'), { key: 'ask', kind: 'approval' }], { items: [1, 2], max_concurrency: 2 })],
			{ items: '{{steps.list.output}}' })]);
	assert.equal(saved.status, 201, JSON.stringify(saved.body));
	const run = (await client.post(`${at}/runs`, { workflow_id: saved.body.id, input: {} })).body.id;
	for (let n = 0; n < 3; n++)
		for (let m = 0; m < 2; m++) {
			await until('it to wait', async () => (await read(run)).steps.find((s) => s.key === 'outer/inner/ask')?.step_run?.path === `outer[${n}]/inner[1]/ask`);
			if (n === 1 && m === 0) {
				const steps = (await read(run)).steps.map((s) => [s.key, s.depth, s.iterations, s.step_run?.path, s.step_run?.iteration ?? null]);
				assert.deepEqual(steps, [['list', 0, null, 'list', null], ['outer', 0, 2, 'outer', null], ['outer/inner', 1, 2, 'outer[1]/inner', 1],
					['outer/inner/said', 2, null, 'outer[1]/inner[1]/said', 1], ['outer/inner/ask', 2, null, 'outer[1]/inner[1]/ask', 1]]);
				assert.equal((await read(run)).steps_done, 1);
			}
			const path = encodeURIComponent(`outer[${n}]/inner[${m}]/ask`);
			const answer = await until('it to be asked', async () => {
				const { status } = await client.post(`${at}/runs/${run}/approvals/${path}`, { decision: 'approve' });
				return status === 202;
			});
			assert.ok(answer);
		}
	await until('the run to end', async () => (await read(run)).status === 'completed');
	const list = (await client.get(`${at}/runs/${run}/step-runs?limit=100`)).body.data;
	assert.equal(list.filter((s) => s.kind === 'iteration').length, 9);
	assert.deepEqual(list.filter((s) => s.path.endsWith('/said')).map((s) => s.output).sort(), ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
	const events = (await client.get(`${at}/runs/${run}/events?limit=200`)).body.data;
	assert.ok(events.some((e) => e.type === 'step.completed' && e.path === 'outer[2]/inner[1]'));
});

test('a fork begins at a step of a group or of an iteration, and says which it cannot begin at', async () => {
	const saved = await save([value('first', 1), loop('each', [value('x', '{{loop.item}}'), value('y', 2)], { items: ['a', 'b', 'c'] }),
		{ key: 'both', kind: 'parallel', steps: [value('one', 1), value('two', 2)] }]);
	const run = (await client.post(`${at}/runs`, { workflow_id: saved.body.id, input: {} })).body.id;
	await until('the run to end', async () => (await read(run)).status === 'completed');
	const fork = (step) => client.post(`${at}/runs/${run}/fork`, { step });
	for (const [step, code, message] of [['nope', 'unknown_step', /is no step of version 1/], ['both/nope', 'unknown_step', /is no step/], ['each[1]', 'unknown_step', /each\[1\]\/send/],
		['each/x', 'iteration_needed', /each\[3\]\/send/], ['both[1]/one', 'iteration_needed', /iteration/], ['each[3]/y', 'unknown_iteration', /is in each\[3\], which/]]) {
		const { status, body } = await fork(step);
		assert.deepEqual([status, body.errors.map((e) => [e.path, e.code])], [422, [['/step', code]]], step);
		assert.match(body.errors[0].message, message);
	}
	const made = async (step) => {
		const { status, body } = await fork(step);
		assert.equal(status, 201, step);
		await until('the fork to end', async () => (await read(body.id)).status === 'completed');
		const list = (await client.get(`${at}/runs/${body.id}/step-runs?limit=100`)).body.data;
		assert.ok(list.every((s) => s.status !== 'rolled_back'), JSON.stringify(list));
		for (const s of list) assert.deepEqual([s.reused, s.generation], [s.reused_from !== null, 1], s.path);
		return [list.filter((s) => s.reused_from === run).map((s) => s.path).sort(), list.filter((s) => s.reused_from === null).map((s) => s.path).sort(), body.id];
	};
	const both = ['both', 'both/one', 'both/two'];
	const [kept, anew, id] = await made('each[1]/y');
	assert.deepEqual(kept, ['each[0]', 'each[0]/x', 'each[0]/y', 'each[1]/x', 'first']);
	assert.deepEqual(anew, [...both, 'each', 'each[1]', 'each[1]/y', 'each[2]', 'each[2]/x', 'each[2]/y']);
	const steps = (await read(id)).steps;
	assert.equal(steps.find((s) => s.key === 'each').iterations, 3);
	assert.deepEqual((await made('both/two')).slice(0, 2), [['both/one', 'each', 'first'], ['both', 'both/two']]);
	assert.deepEqual((await made('both')).slice(0, 2), [['each', 'first'], both], 'of a loop that is over its output is what counts');
});

// Outputs that are kept of steps that make no call: a transform, a run that a step starts, groups and loops. A hit begins nothing of them.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	engine.sql('delete from step_cache');
});

const cache = { key: '{{input.text}}', ttl_seconds: 600 };
const worked = { key: '{{ input.text + "!" }}', ttl_seconds: 600 }; // by JavaScript
const chance = (key, more = {}) => ({ key, kind: 'transform', value: '{{ Math.random() + "" }}', ...more });
const call = (key, ms = 0, more = {}) => ({ key, model: 'builtin/echo', options: { delay_ms: ms, stream_ms: 0 }, ...more });
const child = (key, flow, more = {}) => ({ key, kind: 'workflow', workflow: { id: flow.id, version: 1 }, input: { text: '{{input.text}}' }, ...more });
const begin = (flow, text = 'one') => engine.create(flow, { input: { text } })[0];
const children = (run) => engine.sql(`select id from run where parent_run_id = '${run}'`).flat();
const output = (run) => JSON.parse(engine.run(run).output);
const paths = (run) => engine.steps(run).map((s) => s.path).sort();
const hit = (run, path) => engine.events(run).find((e) => e.type === 'step.completed' && e.path === path).data.cached === true;
const digests = () => Number(engine.one('select count(*) from step_run where digest is not null'));
async function run(flow, text) {
	const id = begin(flow, text);
	await engine.ended([id]);
	assert.equal(engine.run(id).status, 'completed', engine.run(id).error);
	return id;
}

test('a transform gives what it gave before, and no handler of it is asked', async () => {
	engine.executor();
	const flow = engine.flow([chance('a', { cache: worked, on_start: { code: 'if (workflow.input.text === "no") throw new Error("no")' }, on_complete: { code: 'return [output, Math.random()]' } })]);
	const first = await run(flow), second = await run(flow), other = await run(flow, 'two');
	assert.deepEqual([hit(first, 'a'), hit(second, 'a'), hit(other, 'a')], [false, true, false]);
	assert.deepEqual(output(second), output(first));
	assert.notDeepEqual(output(other), output(first));
	const refused = begin(flow, 'no');
	await engine.ended([refused]);
	assert.equal(engine.run(refused).status, 'failed');
	assert.equal(digests(), 0);
});

test('a hit starts no run; what a run gave is kept, though nobody held the run that waited', async () => {
	engine.executor(['--slots=1']);
	const inner = engine.flow([call('say', 50), chance('made')]);
	const flow = engine.flow([child('ask', inner, { cache: worked, on_complete: { code: 'return { said: output }' } }), { key: 'after', kind: 'transform', value: '{{steps.ask.output.said}}' }]);
	const first = begin(flow);
	await engine.ended([first]);
	const second = await run(flow);
	assert.deepEqual([children(first).length, children(second).length], [1, 0]);
	assert.equal(output(second), output(first));
	assert.deepEqual([hit(first, 'ask'), hit(second, 'ask')], [false, true]);
	const usual = await run(flow, 'two');
	assert.equal(children(usual).length, 1);
	const model = begin(flow, 'three');
	await engine.ended([model]);
	await engine.stopExecutors();
	const other = begin(flow, 'three');
	engine.sql(`update run set models = '{"*": "builtin/instant"}' where id = '${other}'`);
	engine.executor();
	await engine.ended([other]);
	assert.equal(children(other).length, 1, 'its run asks another model');
	assert.equal(digests(), 0);
});

test('a group and a loop that are kept end at once, and nothing in them begins', async () => {
	engine.executor();
	for (const [kind, more] of [['sequential', {}], ['parallel', {}], ['loop', { items: ['a', 'b'] }]]) {
		const flow = engine.flow([{ key: 'all', kind, cache, ...more, steps: [call('x'), chance('y')] }, { key: 'after', kind: 'transform', value: '{{steps.all.output}}' }]);
		const first = await run(flow), second = await run(flow), other = await run(flow, 'two');
		assert.deepEqual(output(second), output(first), kind);
		assert.deepEqual(paths(second), ['after', 'all'], kind);
		assert.deepEqual([engine.calls(second).length, hit(second, 'all'), hit(other, 'all')], [0, true, false], kind);
		assert.ok(engine.calls(other).length > 0, kind);
		await engine.stopExecutors();
		const changed = begin(flow);
		engine.sql(`update run set models = '{"x": "builtin/instant"}' where id = '${changed}'`);
		engine.executor();
		await engine.ended([changed]);
		assert.equal(hit(changed, 'all'), false, `${kind}: a step in it asks another model`);
	}
});

test('what was given to one run only is neither taken from another nor kept for one', async () => {
	engine.executor();
	const flow = engine.flow([{ key: 'all', kind: 'parallel', cache, steps: [call('x'), chance('y')] }]);
	await engine.stopExecutors();
	for (let turn = 0; turn < 2; turn++) {
		const given = begin(flow);
		engine.sql(`update run set step_inputs = '{"all/x": {"text": "given"}}' where id = '${given}'`);
		engine.executor();
		await engine.ended([given]);
		assert.deepEqual([hit(given, 'all'), output(given).x], [false, 'given']);
		await engine.stopExecutors();
	}
	assert.equal(engine.one('select count(*) from step_cache'), '0');
	engine.executor();
	assert.equal(hit(await run(flow), 'all'), false);
});

test('who takes a group over that another executor has begun keeps what it gives', async () => {
	const first = engine.executor();
	const flow = engine.flow([{ key: 'all', kind: 'sequential', cache: worked, steps: [call('x'), call('y', 2500)] }]);
	const id = begin(flow);
	await engine.called(id, 2);
	assert.equal(digests(), 1);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([id]);
	assert.equal(hit(await run(flow), 'all'), true);
	assert.equal(digests(), 0);
});

test('in a loop each iteration has its own key, and a group that fails is not kept', async () => {
	engine.executor();
	const each = { key: 'each', kind: 'loop', items: ['a', 'b', 'a'], steps: [{ key: 'in', kind: 'sequential', cache: { key: '{{loop.item}}', ttl_seconds: 600 }, steps: [chance('y')] }] };
	const id = await run(engine.flow([each]));
	const [a, b, again] = output(id);
	assert.deepEqual([again === a, b === a], [true, false]);
	assert.deepEqual(['each[0]/in', 'each[1]/in', 'each[2]/in'].map((path) => hit(id, path)), [false, false, true]);
	const bad = engine.flow([{ key: 'all', kind: 'sequential', cache, steps: [{ key: 'f', kind: 'function', code: 'throw new Error("no")', input: {}, timeout_seconds: 30 }] }]);
	engine.sql('delete from step_cache');
	const failed = begin(bad);
	await engine.ended([failed]);
	assert.deepEqual([engine.run(failed).status, engine.one('select count(*) from step_cache'), digests()], ['failed', '0', 0]);
});

test('a person who says "retry" is heard, though it is asked first whether an output is kept', async () => {
	const inner = engine.flow([{ ...call('x'), options: { fail: 'overloaded', fail_times: 99, stream_ms: 0 } }]);
	const flow = engine.flow([child('ask', inner, { cache: worked, on_failure: 'ask' })]);
	const id = begin(flow);
	engine.executor();
	await until('it to ask', () => engine.steps(id).some((s) => s.waiting_for === 'decision'));
	await engine.stopExecutors();
	engine.sql(`update workflow_version set definition = replace(definition, '99', '0') where workflow_id = '${inner.id}'`);
	engine.ask(flow, id, 'failure', { path: 'ask', attempt: 1, decision: 'retry' });
	engine.executor();
	await engine.ended([id]);
	assert.deepEqual([engine.run(id).status, children(id).length], ['completed', 2]);
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${id}'`), '0');
	assert.equal(hit(await run(flow), 'ask'), true);
});

// A step's output that is kept: the next run with the same key completes with it, without a call and at no cost.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { A, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const cache = { key: '{{input.text}}', ttl_seconds: 60 };
const echo = (more = {}) => ({ key: 'ask', options: { price: [10, 20] }, model: 'builtin/echo', cache, ...more });
async function run(flow, input = { text: 'one' }) {
	const [id] = engine.create(flow, { input });
	await engine.ended([id]);
	return id;
}
const completed = (id, path = 'ask') => engine.events(id).find((e) => e.type === 'step.completed' && e.path === path).data;
const rows = () => engine.sql('select step, output from step_cache order by kept_at');

test('the second run of the same key makes no call and costs nothing', async () => {
	engine.executor();
	const flow = engine.flow([echo(), { kind: 'transform', value: '{{steps.ask.output}}!' }]);
	const first = await run(flow), second = await run(flow);
	assert.deepEqual([engine.calls(first).length, engine.calls(second).length], [1, 0]);
	assert.equal(engine.run(second).output, engine.run(first).output);
	assert.equal(completed(first).cached, undefined);
	assert.deepEqual([completed(second).cached, completed(second).cost_nano, completed(second).tokens_in], [true, null, null]);
	assert.equal(Number(engine.run(second).cost_nano), 0);
	const told = (id) => JSON.parse(engine.one(`select step_run_json(s, 4096, null, null, null, 1, null) from step_run s where run_id = '${id}' and path = 'ask'`));
	assert.deepEqual([told(first).cached, told(first).model_answered], [false, 'builtin/echo']);
	assert.deepEqual([told(second).cached, told(second).model_answered, told(second).tokens_in, told(second).cost_usd], [true, null, null, null]);
	assert.equal(engine.one(`select count(*) from ledger where run_id = '${second}'`), '0');
	assert.deepEqual(JSON.parse(engine.steps(second)[0].input), { text: 'one' });
	const other = await run(flow, { text: 'two' });
	assert.equal(engine.calls(other).length, 1);
	assert.match(engine.run(other).output, /two/);
});

test('a changed step, another model and a time that is over make the call again', async () => {
	engine.executor();
	const flow = engine.flow([echo()]);
	await run(flow);
	await engine.stopExecutors();
	engine.sql(`update workflow_version set definition = replace(definition, '[10,20]', '[10,30]') where workflow_id = '${flow.id}'`);
	const [changed] = engine.create(flow, { input: { text: 'one' } });
	engine.executor();
	await engine.ended([changed]);
	assert.equal(engine.calls(changed).length, 1);
	const same = await run(flow);
	assert.equal(engine.calls(same).length, 0);
	engine.sql("update step_cache set expires_at = now() - interval '1 s'");
	const late = await run(flow);
	assert.equal(engine.calls(late).length, 1);
	const again = await run(flow);
	assert.equal(engine.calls(again).length, 0);
	await engine.stopExecutors();
	const [other] = engine.create(flow, { input: { text: 'one' } });
	engine.sql(`update run set models = '{"ask": "builtin/instant"}' where id = '${other}'`);
	engine.executor();
	await engine.ended([other]);
	assert.deepEqual(engine.calls(other).map((c) => c.model), ['builtin/instant']);
});

test('what failed is not kept, nor what is too large; code is kept, and in a loop each iteration has its key', async () => {
	engine.executor();
	engine.sql('delete from step_cache');
	const fn = (key, code, more = {}) => ({ key, kind: 'function', code, input: {}, timeout_seconds: 30, cache, ...more });
	await run(engine.flow([fn('bad', 'throw new Error("no")', { on_failure: 'continue' }), fn('big', 'return "x".repeat(70000)')]));
	assert.deepEqual(rows(), []);
	const flow = engine.flow([{ key: 'each', kind: 'loop', items: '{{input.items}}', steps: [fn('twice', 'return [input.n * 2, Math.random()]', { input: { n: '{{loop.item}}' }, cache: { key: 'n {{ loop.item + 0 }}', ttl_seconds: 60 } })] }]);
	const id = await run(flow, { text: 'x', items: [1, 2, 1] });
	const [a, b, c] = JSON.parse(engine.run(id).output);
	assert.deepEqual([a[0], b[0]], [2, 4]);
	assert.deepEqual(c, a);
	assert.deepEqual(['each[0]/twice', 'each[1]/twice', 'each[2]/twice'].map((path) => completed(id, path).cached), [undefined, undefined, true]);
	assert.deepEqual(JSON.parse(engine.run(await run(flow, { text: 'y', items: [2, 1] })).output), [b, a]);
});

test('of a private run only runs of the same person see it', async () => {
	engine.executor();
	const flow = engine.flow([echo()]);
	const mine = '00000000-0000-7000-8000-000000000001';
	await engine.stopExecutors();
	const held = engine.create(flow, { input: { text: 'private' }, quiet: true });
	engine.sql(`update run set private_to = '${mine}' where id = '${held[0]}'`);
	engine.executor();
	await engine.ended(held);
	assert.equal(engine.one(`select count(*) from step_cache where owner = '${mine}'`), '1');
	for (const calls of [1, 0]) assert.equal(engine.calls(await run(flow, { text: 'private' })).length, calls);
});

test('an executor that dies beside it makes neither a second call nor a second output', async () => {
	const first = engine.executor();
	const flow = engine.flow([echo({ options: { delay_ms: 300 } }), echo({ key: 'next', input: { text: '{{steps.ask.output}}' }, options: { delay_ms: 2500 }, cache: { key: 'next', ttl_seconds: 60 } })]);
	const [id] = engine.create(flow, { input: { text: 'dies' } });
	await engine.called(id, 2);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([id]);
	assert.deepEqual(engine.calls(id).map((c) => c.path), ['ask', 'next', 'next']);
	const again = await run(flow, { text: 'dies' });
	assert.equal(engine.calls(again).length, 0); // what the call gave that was made again is kept, too
});

test('what is over and what is too much goes', () => {
	engine.sql('delete from step_cache');
	engine.sql(`insert into step_cache (workspace_id, workflow_id, owner, step, digest, output, kept_at, expires_at)
		select '${A}', '${A}', '${A}', 's', lpad(n::text, 64, '0'), '1', now() - n * interval '1 s', now() + case when n = 3 then -1 else 1 end * interval '1 hour' from generate_series(1, 10) n`);
	assert.equal(engine.sql('select step_cache_trim(6, 100)', 'stepmill_executor')[0][0], '4');
	assert.deepEqual(engine.sql('select digest::int from step_cache order by 1').flat(), ['1', '2', '4', '5', '6', '7']);
});

test('what is no cache is not read', async () => {
	engine.executor();
	const [id] = engine.create(engine.flow([{ ...echo(), cache: { key: 'x' } }]), { input: { text: 'a' } });
	await until('it to end', () => engine.run(id).finished_at);
	assert.equal(engine.run(id).status, 'failed');
});

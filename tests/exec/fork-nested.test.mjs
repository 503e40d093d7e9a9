// Forks at a step in a group or an iteration: what came before is taken over, that iteration goes on, and the rest runs anew.
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

const call = (key, text, more = {}) => ({ key, model: 'builtin/echo', options: { stream_ms: 0, tokens: [0, 10], price: [0, 1] }, input: { text }, ...more });
const each = (items, steps, more = {}) => ({ key: 'each', kind: 'loop', items, steps, ...more });
const together = (...steps) => ({ key: 'both', kind: 'parallel', steps });
const called = (run) => engine.calls(run).map((c) => c.path).sort();
const reused = (run) => engine.steps(run).filter((s) => s.reused_from !== null && s.attempt > 0).map((s) => s.path).sort();
const output = (run) => JSON.parse(engine.run(run).output);

async function completed(flow, input = { text: 'x', list: ['a', 'b', 'c', 'd'] }) {
	const [run] = engine.create(flow, { input });
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	return run;
}
async function forked(flow, run, how) {
	const fork = engine.fork(flow, run, how);
	await engine.ended([fork]);
	return fork;
}
const loopOf = () => engine.flow([call('first', 'f'), each('{{input.list}}', [call('x', '{{loop.item}}'), call('y', '{{steps.x.output}}{{loop.index}}'), call('z', '{{steps.y.output}}!')]),
	call('last', '{{steps.each.output}}')]);

test('in an iteration: those before it and what stands before the step are copied, at no cost', async () => {
	const flow = loopOf();
	const run = await completed(flow);
	const was = { row: engine.run(run), steps: engine.steps(run), events: engine.events(run) };
	const fork = await forked(flow, run, { step: 'each[2]/y' });
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
	assert.deepEqual(called(fork), ['each[2]/y', 'each[2]/z', 'each[3]/x', 'each[3]/y', 'each[3]/z', 'last']);
	assert.deepEqual(reused(fork), ['each[0]', 'each[0]/x', 'each[0]/y', 'each[0]/z', 'each[1]', 'each[1]/x', 'each[1]/y', 'each[1]/z', 'each[2]/x', 'first']);
	assert.deepEqual([output(fork), engine.run(fork).cost_nano], [output(run), engine.run(run).cost_nano / 14 * 6]);
	assert.deepEqual(engine.events(fork)[0].data.reused, { first: 1, 'each[': 2, 'each[2]/x': 1 });
	assert.deepEqual({ row: engine.run(run), steps: engine.steps(run), events: engine.events(run) }, was, 'the other run stays as it is');
	// It can be retried from a step of what it took over, and forked there.
	await engine.again(flow, fork, { from: 'step', step: 'each[1]/z' });
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
	assert.deepEqual(output(fork), output(run));
	assert.deepEqual(called(fork).filter((path) => path.startsWith('each[1]')), ['each[1]/z']);
	const second = await forked(flow, fork, { step: 'each[3]/z' });
	assert.deepEqual([called(second), output(second)], [['each[3]/z', 'last'], output(run)]);
});

test('with another input of that step: only there, and not in the iterations that follow', async () => {
	const flow = loopOf();
	const run = await completed(flow);
	const fork = await forked(flow, run, { step: 'each[1]/y', stepInputs: { 'each[1]/y': { text: 'other' } } });
	const [a, b, c, d] = JSON.parse(engine.steps(run).find((s) => s.path === 'each').output);
	assert.deepEqual(JSON.parse(engine.steps(fork).find((s) => s.path === 'each' && s.attempt === 1).output), [a, 'other!', c, d]);
	assert.notEqual(b, 'other!');
});

test('with another input of the run: the iterations that follow go through what the loop gives now', async () => {
	const flow = loopOf();
	const run = await completed(flow);
	const fork = await forked(flow, run, { step: 'each[1]/x', input: { text: 'x', list: ['A', 'B', 'C'] } });
	assert.deepEqual(JSON.parse(engine.steps(fork).find((s) => s.path === 'each' && s.attempt === 1).output), ['a0!', 'B1!', 'C2!']);
});

test('in a loop of a loop, in a group of an iteration', async () => {
	const flow = engine.flow([each([0, 1, 2], [call('before', 'b'), { key: 'inner', kind: 'loop', items: ['p', 'q', 'r'], steps: [
		{ key: 'group', kind: 'sequential', steps: [call('one', '{{loop.item}}'), call('two', '{{steps.one.output}}')] }, call('three', '{{steps.two.output}}')] }])]);
	const run = await completed(flow);
	const fork = await forked(flow, run, { step: 'each[1]/inner[1]/group/two' });
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
	assert.deepEqual(called(fork), ['each[1]/inner[1]/group/two', 'each[1]/inner[1]/three', 'each[1]/inner[2]/group/one', 'each[1]/inner[2]/group/two', 'each[1]/inner[2]/three',
		'each[2]/before', ...[0, 1, 2].flatMap((i) => ['group/one', 'group/two', 'three'].map((s) => `each[2]/inner[${i}]/${s}`))]);
	assert.deepEqual(output(fork), output(run));
	assert.ok(reused(fork).includes('each[1]/inner[1]/group/one') && reused(fork).includes('each[0]/inner[2]/three'));
});

test('in a parallel group: what is written before it and is over is kept, the others run beside it', async () => {
	const flow = engine.flow([together(call('one', '1'), call('two', '2'), call('three', '3')), call('last', '{{steps.both.output.one}}{{steps.both.output.three}}')]);
	const run = await completed(flow);
	const fork = await forked(flow, run, { step: 'both/two' });
	assert.deepEqual([called(fork), reused(fork), output(fork)], [['both/three', 'both/two', 'last'], ['both/one'], '13']);
});

test('in a parallel loop whose iterations before are not all over: from the first that is not', async () => {
	const flow = engine.flow([each(['a', 'b', 'c'], [call('x', '{{loop.item}}', { on_failure: 'continue' }), { key: 'ask', kind: 'approval' }, call('y', '{{loop.item}}')], { max_concurrency: 3 })]);
	const [run] = engine.create(flow);
	engine.executor();
	await until('all to wait', () => engine.steps(run).filter((s) => s.status === 'waiting').length === 3);
	for (const i of [0, 2]) engine.ask(flow, run, 'approval', { path: `each[${i}]/ask`, attempt: 1, decision: 'approve', comment: '' });
	await until('two to end', () => engine.calls(run).filter((c) => c.path.endsWith('/y')).length === 2);
	const fork = engine.fork(flow, run, { step: 'each[2]/y' }); // the other one goes on
	await until('two to wait in the fork', () => engine.steps(fork).filter((s) => s.status === 'waiting').length === 2);
	assert.deepEqual(reused(fork), ['each[0]', 'each[0]/ask', 'each[0]/x', 'each[0]/y']);
	assert.deepEqual(called(fork), ['each[1]/x', 'each[2]/x']);
	for (const id of [run, fork]) engine.cancel(flow, id);
	await engine.ended([run, fork]);
});

test('of the latest version: what has the same key and kind before the step is taken over', async () => {
	const flow = engine.flow([each(['a', 'b'], [call('x', '{{loop.item}}'), call('y', '{{steps.x.output}}')])]);
	const run = await completed(flow);
	engine.version(flow, [each(['a', 'b'], [call('new', 'n'), call('x', '{{loop.item}}'), call('y', '{{steps.x.output}}{{steps.new.output}}')])]);
	const fork = await forked(flow, run, { step: 'each[1]/y', version: 2, latest: true });
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
	assert.deepEqual([called(fork), output(fork)], [['each[1]/new', 'each[1]/y'], ['a', 'bn']]);
});

test('what it took over does not count as steps of its own', async () => {
	const flow = engine.flow([each(['a', 'b', 'c'], [call('x', '{{loop.item}}')]), call('last', 'l')], A, { limits: { steps: 4 } });
	const run = await completed(flow);
	engine.version(flow, [each(['a', 'b', 'c'], [call('x', '{{loop.item}}')]), call('last', 'l')], { limits: { steps: 2 } });
	const fork = await forked(flow, run, { step: 'each[2]/x', version: 2, latest: true });
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
});

test('of a long loop the copy is made by whoever claims it, a few hundred rows at a time, whoever dies', async () => {
	const flow = engine.flow([each(Array.from({ length: 1500 }, (_, i) => i), [{ key: 'x', kind: 'transform', value: '{{loop.item}}' }], { max_concurrency: 50, max_iterations: 1500 }), call('last', 'l')]);
	const run = await completed(flow, { text: 'x' });
	await engine.stopExecutors();
	const fork = engine.fork(flow, run, { step: 'each[1499]/x' });
	const rows = () => Number(engine.one(`select count(*) from step_run where run_id = '${fork}' and attempt > 0`));
	assert.equal(rows(), 0);
	engine.sql(`create function test.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return null; end $$;
		create trigger slowly after insert on step_run for each statement execute function test.slowly()`);
	const first = engine.executor(['--lease-seconds=10']);
	await until('some of it to be copied', () => rows() >= 500);
	await first.end('SIGKILL');
	assert.ok(rows() < 2998, 'it was killed too late');
	engine.sql('drop function test.slowly cascade; update executor set lease_until = now()');
	engine.executor(['--lease-seconds=10']);
	await engine.ended([fork]);
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
	assert.deepEqual(called(fork), ['last']);
	assert.equal(Number(engine.one(`select count(*) from step_run where run_id = '${fork}' and reused_from is not null and attempt > 0`)), 2998);
	assert.deepEqual(JSON.parse(engine.steps(fork).find((s) => s.path === 'each' && s.attempt === 1).output).slice(-2), [1498, 1499]);
});

test('a retry that was asked before the fork, and is opened before its copy is made, changes nothing of it', async () => {
	const numbers = Array.from({ length: 1500 }, (_, i) => i);
	const flow = engine.flow([{ key: 'ask', kind: 'approval' }, each(numbers, [{ key: 'x', kind: 'transform', value: '{{loop.item}}' }], { max_concurrency: 50, max_iterations: 1500 }), call('last', 'l')]);
	const [run] = engine.create(flow, { input: { text: 'x' } });
	engine.executor();
	await engine.asleep(run);
	engine.ask(flow, run, 'approval', { path: 'ask', attempt: 1, decision: 'approve', comment: '' });
	await engine.ended([run]);
	await engine.stopExecutors();
	engine.reopen(flow, run, { from: 'start' });
	const fork = engine.fork(flow, run, { step: 'each[1499]/x' });
	const hold = await engine.holding(`select from run_live where run_id = '${fork}' for update`); // nobody can claim it
	engine.executor();
	await until('the next generation to wait', () => engine.steps(run).some((s) => s.path === 'ask' && s.attempt === 2 && s.status === 'waiting'));
	await hold();
	await engine.ended([fork]);
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
	assert.deepEqual(called(fork), ['last']);
	assert.deepEqual(JSON.parse(engine.steps(fork).find((s) => s.path === 'each' && s.attempt === 1).output), numbers);
	assert.equal(engine.one(`select count(*) from step_run where run_id = '${fork}' and reused_from is not null and attempt = 1`), '2999');
	engine.cancel(flow, run);
	await engine.ended([run]);
});

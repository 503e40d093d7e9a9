// What becomes of a run when a step has failed for good: it stops, goes on without it, or asks a person.
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
});

const me = '00000000-0000-7000-8000-000000000001';
const failing = (times, more) => ({ model: 'builtin/echo', options: { fail: 'overloaded', fail_times: times, stream_ms: 0 }, ...more });
const decide = (flow, run, decision, attempt = 1, more = {}) => engine.ask(flow, run, 'failure', { path: 's1', attempt, decision, ...more });
const shown = (run) => engine.steps(run).map((s) => `${s.path}#${s.attempt} ${s.status}`);
const output = (run) => JSON.parse(engine.run(run).output);

/** A run whose first step has failed and asks; its flow. */
async function asking(times, more = {}) {
	const flow = engine.flow([failing(times, { on_failure: 'ask', ...more }), { kind: 'transform', value: 'after {{steps.s1.output || "nothing"}}' }]);
	const [run] = engine.create(flow);
	engine.executor(['--slots=1']);
	await engine.asleep(run, 3600);
	return { flow, run };
}

test('continue: the run goes on without the output, and can tell what happened', async () => {
	const [run] = engine.create(engine.flow([failing(9, { on_failure: 'continue', retry: { max_attempts: 2, delay_ms: 10, backoff: 'none', max_delay_ms: 10 } }),
		{ kind: 'transform', value: { code: '{{steps.s1.error.code}}', text: '{{steps.s1.output || "none"}}' } }]));
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.deepEqual(shown(run), ['s1#1 failed', 's1#2 failed', 's2#1 completed']);
	assert.deepEqual(output(run), { code: 'overloaded', text: 'none' });
});

test('continue: an output that is needed is missed by the step that needs it', async () => {
	const [run] = engine.create(engine.flow([failing(9, { on_failure: 'continue' }), { kind: 'transform', value: '{{steps.s1.output}}' }]));
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual([engine.run(run).status, JSON.parse(engine.run(run).error).path], ['failed', 's2']);
});

test('ask: the run sleeps without a slot, and a person has the step tried again', async () => {
	const { flow, run } = await asking(2);
	assert.equal(engine.run(run).status, 'running');
	assert.deepEqual(engine.steps(run).map((s) => [s.status, s.waiting_for]), [['failed', 'decision']]);
	assert.deepEqual(engine.types(run).slice(-2), ['step.failed s1', 'step.asking s1']);
	const [other] = engine.create(engine.flow([{}]));
	await engine.ended([other]);
	decide(flow, run, 'retry');
	await until('the second attempt to fail', () => engine.steps(run)[1]?.waiting_for === 'decision');
	decide(flow, run, 'retry', 2);
	await engine.ended([run]);
	assert.deepEqual(shown(run), ['s1#1 failed', 's1#2 failed', 's1#3 completed', 's2#1 completed']);
	assert.equal(output(run), 'after one two three');
	assert.deepEqual(engine.calls(run).map((c) => c.attempt), [1, 2, 3]);
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
});

test('ask: skipped, the run goes on and remembers who said so', async () => {
	const { flow, run } = await asking(9);
	decide(flow, run, 'skip', 1, { comment: 'not today' });
	await engine.ended([run]);
	assert.deepEqual(shown(run), ['s1#1 failed', 's1#2 skipped', 's2#1 completed']);
	assert.deepEqual([engine.run(run).status, engine.run(run).steps_done, output(run)], ['completed', 2, 'after nothing']);
	assert.deepEqual(engine.events(run).find((e) => e.type === 'step.skipped').data, { by: me, comment: 'not today' });
	assert.equal(engine.calls(run).length, 1);
});

test('ask: stopped, the run fails with the error of the step', async () => {
	const { flow, run } = await asking(9);
	decide(flow, run, 'stop');
	await engine.ended([run]);
	assert.deepEqual([engine.run(run).status, JSON.parse(engine.run(run).error).code], ['failed', 'overloaded']);
});

test('ask: asked once, whoever dies; an answer to another attempt changes nothing', async () => {
	const { flow, run } = await asking(1);
	await engine.executors[0].end('SIGKILL');
	decide(flow, run, 'skip', 4);
	engine.executor();
	await until('the answer to be dropped', () => engine.one(`select count(*) from run_inbox where run_id = '${run}'`) === '0');
	await engine.asleep(run, 3600);
	decide(flow, run, 'retry');
	await engine.ended([run]);
	assert.equal(engine.types(run).filter((type) => type === 'step.asking s1').length, 1);
	assert.deepEqual(shown(run), ['s1#1 failed', 's1#2 completed', 's2#1 completed']);
});

test('ask: a paused run keeps the answer until it goes on; a cancelled one asks nobody', async () => {
	const { flow, run } = await asking(1);
	engine.ask(flow, run, 'pause');
	await until('the pause', () => engine.run(run).status === 'paused');
	decide(flow, run, 'retry');
	await until('the answer to be kept', () => engine.one(`select count(*) from run_inbox where run_id = '${run}' and kept`) === '1');
	assert.equal(engine.steps(run).length, 1);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	const second = await asking(9);
	engine.cancel(second.flow, second.run);
	await engine.ended([second.run]);
	assert.equal(engine.run(second.run).status, 'cancelled');
});

test('ask: an answer that lets a step be tried again is not lost when its limit, or what it names, has to be waited for', async () => {
	const key = { concurrency: { key: 'one', limit: 1 } };
	const flow = engine.flow([failing(1, { on_failure: 'ask', ...key })]);
	const named = engine.flow([{ kind: 'transform', value: '{{ "x".repeat(300000) }}' }, { ...failing(1, { on_failure: 'ask' }), input: { text: '{{ steps.s1.output.length + "" }}' } }]);
	const [run] = engine.create(flow), [other] = engine.create(named);
	const first = engine.executor();
	await engine.asleep(run, 3600);
	await engine.asleep(other, 3600);
	await first.end(); // whoever comes next has no large output at hand
	const [slow] = engine.create(engine.flow([{ model: 'builtin/echo', options: { delay_ms: 2000, stream_ms: 0 }, ...key }]));
	engine.executor();
	await engine.called(slow);
	decide(flow, run, 'retry');
	engine.ask(named, other, 'failure', { path: 's2', attempt: 1, decision: 'retry' });
	await engine.ended([slow, run, other]);
	assert.deepEqual(shown(run), ['s1#1 failed', 's1#2 completed']);
	assert.deepEqual(shown(other).slice(1), ['s2#1 failed', 's2#2 completed']);
	assert.equal(output(other), '300000');
});

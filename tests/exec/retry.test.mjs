// Attempts that fail and are tried again: rows, events, pauses, and what may not be tried again.
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

const policy = (over) => ({ max_attempts: 3, delay_ms: 20, backoff: 'none', max_delay_ms: 60000, ...over });
const failing = (times, retry, fail = 'overloaded') => ({ model: 'builtin/echo', options: { fail, fail_times: times, stream_ms: 0 }, retry: policy(retry) });

test('a step that fails twice is tried a third time, each attempt a row', async () => {
	const [run] = engine.create(engine.flow([failing(2), {}]));
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.deepEqual(engine.types(run), ['run.created', 'run.started', 'step.started s1', 'step.failed s1', 'step.retrying s1', 'step.started s1',
		'step.failed s1', 'step.retrying s1', 'step.started s1', 'step.completed s1', 'step.started s2', 'step.completed s2', 'run.completed']);
	assert.deepEqual(engine.steps(run).map((s) => [s.path, s.attempt, s.status, s.due_at !== null]),
		[['s1', 1, 'failed', true], ['s1', 2, 'failed', true], ['s1', 3, 'completed', false], ['s2', 1, 'completed', false]]);
	assert.deepEqual(engine.calls(run).map((c) => `${c.path}#${c.attempt}`), ['s1#1', 's1#2', 's1#3', 's2#1']);
	const [first] = engine.events(run).filter((e) => e.type === 'step.retrying');
	assert.equal(first.attempt, 1);
	assert.deepEqual([first.data.code, first.data.attempt], ['overloaded', 2]);
	assert.equal(new Date(first.data.at).getTime(), new Date(engine.steps(run)[0].due_at).getTime());
	assert.equal(engine.run(run).tokens_in, engine.steps(run).reduce((sum, s) => sum + (s.tokens_in ?? 0), 0), 'all attempts count');
});

test('the attempts come to an end, and the last error is the run\'s', async () => {
	const [run] = engine.create(engine.flow([failing(9, { max_attempts: 2 })]));
	engine.executor();
	await engine.ended([run]);
	assert.equal(JSON.parse(engine.run(run).error).code, 'overloaded');
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.due_at !== null]), [[1, true], [2, false]]);
});

test('an error that is not on the list ends the run', async () => {
	const [run] = engine.create(engine.flow([failing(9, { on: ['rate_limited', 'timeout'] })]));
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.steps(run).length, 1);
	assert.equal(engine.run(run).status, 'failed');
});

test('a long pause costs no slot, outlives every executor, and is not cut short', async () => {
	const flow = engine.flow([failing(1, { delay_ms: 4000 })]);
	const [run] = engine.create(flow);
	const first = engine.executor(['--slots=1']);
	await engine.asleep(run, 1);
	const [other] = engine.create(engine.flow([{}]));
	await engine.ended([other]);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	const [one, two] = engine.steps(run);
	assert.equal(two.status, 'completed');
	assert.ok(one.due_at <= two.started_at, `due ${one.due_at}, begun ${two.started_at}`);
	assert.equal(engine.types(run).filter((type) => type.startsWith('step.retrying')).length, 1);
});

test('a run that waits for its next attempt can be cancelled', async () => {
	const flow = engine.flow([failing(9, { delay_ms: 60000 })]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run, 10);
	engine.cancel(flow, run);
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'cancelled');
	assert.equal(engine.calls(run).length, 1);
});

test('a request that nobody knows does not keep a sleeping run awake', async () => {
	const flow = engine.flow([failing(9, { delay_ms: 60000 })]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run, 10);
	engine.ask(flow, run, 'dance');
	const kept = () => engine.one(`select count(*) from run_inbox where run_id = '${run}' and kept`) === '1';
	await until('it to be put aside', kept);
	await engine.asleep(run, 10);
	const epoch = engine.one(`select epoch from run_live where run_id = '${run}'`);
	const [other] = engine.create(engine.flow([{}, {}, {}]));
	await engine.ended([other]);
	assert.equal(engine.one(`select epoch from run_live where run_id = '${run}'`), epoch);
	engine.cancel(flow, run);
	await engine.ended([run]);
});

test('a call of unknown outcome is made again with the same attempt, unless the step says never', async () => {
	const slow = { model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 2500 } };
	const [again] = engine.create(engine.flow([{ ...slow, retry: policy() }]));
	const [never] = engine.create(engine.flow([{ ...slow, retry: 'never' }]));
	const first = engine.executor();
	await engine.called(again);
	await engine.called(never);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([again, never]);
	assert.equal(engine.run(again).status, 'completed');
	assert.deepEqual(engine.calls(again).map((c) => c.attempt), [1, 1]);
	assert.equal(engine.run(never).status, 'failed');
	assert.equal(JSON.parse(engine.run(never).error).code, 'unknown_outcome');
	assert.equal(engine.calls(never).length, 1);
	assert.deepEqual(engine.types(never).slice(-2), ['step.failed s1', 'run.failed']);
});

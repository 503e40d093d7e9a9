// Runs that a person pauses and resumes: what is in flight finishes, nothing begins, and no restart changes that.
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

const slow = { model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 2500 } };
const status = (run) => engine.run(run).status;

test('a paused run finishes the step in flight and starts none, until it is resumed', async () => {
	const flow = engine.flow([slow, {}, {}]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.called(run);
	engine.ask(flow, run, 'pause');
	await engine.asleep(run, 3600);
	assert.equal(status(run), 'paused');
	assert.deepEqual(engine.types(run), ['run.created', 'run.started', 'step.started s1', 'run.paused', 'step.completed s1']);
	assert.deepEqual(engine.events(run)[3].data, { by: '00000000-0000-7000-8000-000000000001' });
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(status(run), 'completed');
	assert.equal(engine.types(run)[5], 'run.resumed');
});

test('a pause outlives every executor, and so does the call that was in flight', async () => {
	const flow = engine.flow([slow, {}]);
	const [run] = engine.create(flow);
	const first = engine.executor();
	await engine.called(run);
	engine.ask(flow, run, 'pause');
	await until('it to be paused', () => status(run) === 'paused');
	await first.end('SIGKILL');
	const second = engine.executor();
	await engine.asleep(run, 3600);
	await second.end();
	engine.executor();
	const [other] = engine.create(engine.flow([{}]));
	await engine.ended([other]);
	assert.equal(status(run), 'paused');
	assert.deepEqual(engine.steps(run).map((s) => [s.path, s.status]), [['s1', 'completed']]);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(status(run), 'completed');
});

test('a call that was parked when the database was restored is not made again before its run is resumed', async () => {
	const flow = engine.workflow({ model: 'builtin/echo', options: { delay_ms: 1500, stream_ms: 0 }, steps: 1 });
	const [run] = engine.create(flow);
	const first = engine.executor();
	await engine.called(run);
	engine.ask(flow, run, 'pause');
	await until('it to be paused', () => status(run) === 'paused');
	await first.end('SIGKILL');
	engine.sql(`update step_run set waiting_for = 'resume' where run_id = '${run}'`);
	engine.executor();
	await engine.asleep(run, 3600);
	assert.deepEqual([engine.calls(run).length, engine.steps(run)[0].status], [1, 'running']);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(status(run), 'completed');
	assert.deepEqual(engine.calls(run).map((call) => `${call.path}#${call.attempt}`), ['s1#1', 's1#1'], 'under the same key');
});

test('a run paused before anybody looked at it begins nothing', async () => {
	const flow = engine.flow([{}]);
	const [run] = engine.create(flow, { quiet: true });
	engine.ask(flow, run, 'pause');
	engine.executor();
	await engine.asleep(run, 3600);
	assert.deepEqual(engine.types(run), ['run.created', 'run.started', 'run.paused']);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(status(run), 'completed');
});

test('of many requests that come at once the last counts, and asking twice changes nothing', async () => {
	const flow = engine.flow([slow, {}]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.called(run);
	// In one go: on a busy machine the step in flight could end between two of them.
	engine.sql(`${['pause', 'pause', 'resume', 'resume', 'pause'].map((kind) => `insert into run_inbox (workspace_id, run_id, id, kind)
		values ('${flow.workspace}', '${run}', test.id7(), '${kind}'); select pg_sleep(0.003);`).join('\n')} notify stepmill_run`);
	await engine.asleep(run, 3600);
	assert.equal(status(run), 'paused');
	const told = engine.types(run).filter((type) => /paused|resumed/.test(type));
	assert.deepEqual(told, ['run.paused', 'run.resumed', 'run.paused']);
	engine.cancel(flow, run);
	await engine.ended([run]);
	assert.equal(status(run), 'cancelled', 'a paused run can be cancelled');
	assert.deepEqual(engine.types(run).slice(-1), ['run.cancelled']);
});

test('a paused run waits with its next attempt', async () => {
	const flow = engine.flow([{ model: 'builtin/echo', options: { fail: 'overloaded', fail_times: 1, stream_ms: 0 },
		retry: { max_attempts: 2, delay_ms: 3000, backoff: 'none', max_delay_ms: 3000 } }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run);
	engine.ask(flow, run, 'pause');
	await engine.asleep(run, 3600);
	await until('the attempt to be due', () => engine.one(`select count(*) from step_run where run_id = '${run}' and due_at < now() - interval '0.5 s'`) === '1');
	assert.equal(engine.calls(run).length, 1);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(status(run), 'completed');
});

test('a call that must not be made twice, and was not made yet when its executor is asked to stop, is made by it', async () => {
	const flow = engine.flow([slow, { retry: 'never' }]);
	const [run] = engine.create(flow);
	const first = engine.executor();
	await engine.called(run);
	// The end of the first step and the start of the second cannot be recorded for a while: just then it is told to stop.
	const unlock = await engine.holding(`select 1 from run_live where run_id = '${run}' for update`);
	await until('a flush to meet it', () => first.said('runs skipped: somebody has their rows locked').length > 0);
	const stopped = first.end();
	await unlock();
	assert.equal(await stopped, 0);
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual([status(run), engine.calls(run).length], ['completed', 2], JSON.stringify(engine.run(run).error));
});

// What a workflow lets its runs take: time, and step runs. Money is in quota.test.mjs.
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

const limited = (steps, limits) => {
	const flow = engine.flow(steps);
	engine.sql(`update workflow_version set definition = jsonb_set(definition::jsonb, '{limits}', '${JSON.stringify(limits)}')::text where workflow_id = '${flow.id}'`);
	return flow;
};
const error = (run) => JSON.parse(engine.run(run).error);
const paths = (run) => engine.steps(run).map((s) => `${s.path}#${s.attempt} ${s.status}`);

test('a run that takes longer than it may is stopped, whatever it does: a call, a person, a wait, a pause', async () => {
	const call = limited([{ model: 'builtin/echo', options: { hang: true } }, {}], { seconds: 2 });
	const person = limited([{ kind: 'approval' }], { seconds: 2 });
	const wait = limited([{ kind: 'wait', seconds: 3600 }], { seconds: 2 });
	const paused = limited([{}], { seconds: 2 });
	const runs = [call, person, wait].map((flow) => engine.create(flow)[0]);
	const [held] = engine.create(paused, { quiet: true });
	engine.ask(paused, held, 'pause');
	engine.executor();
	await engine.ended([...runs, held]);
	for (const run of [...runs, held]) {
		assert.equal(engine.run(run).status, 'failed');
		assert.equal(error(run).code, 'time_limit');
		assert.deepEqual(engine.steps(run).map((s) => s.status), run === held ? [] : ['cancelled']);
	}
	assert.match(error(runs[0]).message, /2 s that its workflow allows \(limits\.seconds\)/);
});

test('the time goes on from executor to executor, and begins anew when the run is run again', async () => {
	const flow = limited([{}, { kind: 'wait', seconds: 3600 }], { seconds: 4 });
	const [run] = engine.create(flow);
	const first = engine.executor();
	await until('it to begin', () => engine.steps(run).length > 0);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	const took = (since) => Date.parse(engine.run(run).finished_at) - Date.parse(since);
	assert.equal(error(run).code, 'time_limit');
	assert.ok(took(engine.run(run).started_at) >= 3900);
	await engine.again(flow, run);
	const { at } = engine.events(run).find((e) => e.type === 'run.reopened');
	assert.equal(error(run).code, 'time_limit');
	assert.ok(took(at) >= 3900, 'it had its time once more');
});

test('no more steps begin than may', async () => {
	const steps = [{}, { kind: 'sequential', steps: [{ key: 'a', kind: 'transform', value: 1 }, { key: 'b', kind: 'transform', value: 2, condition: false }] },
		{ kind: 'loop', items: [1, 2, 3], steps: [{ key: 'c' }] }];
	const enough = limited(steps, { steps: 5 });
	const less = limited(steps, { steps: 4 });
	const [fits] = engine.create(enough);
	const [run] = engine.create(less);
	engine.executor();
	await engine.ended([fits, run]);
	assert.equal(engine.run(fits).status, 'completed', 'groups, loops, turns and what is skipped do not count');
	assert.equal(error(run).code, 'step_limit');
	assert.match(error(run).message, /4 step runs/);
	assert.deepEqual(paths(run).filter((path) => path.startsWith('s3[')), ['s3[0]#1 completed', 's3[0]/c#1 completed', 's3[1]#1 completed', 's3[1]/c#1 completed', 's3[2]#1 cancelled']);
	assert.equal(engine.calls(run).length, 3);
});

test('attempts count, whoever makes them, and those that would be too many are not made', async () => {
	const failing = { model: 'builtin/echo', options: { fail: 'overloaded', fail_times: 99, stream_ms: 0 }, retry: { max_attempts: 50, delay_ms: 1500, backoff: 'none', max_delay_ms: 1500 } };
	const flow = limited([{}, failing], { steps: 4 });
	const [run] = engine.create(flow);
	const first = engine.executor();
	await until('an attempt to fail', () => engine.steps(run).some((s) => s.path === 's2' && s.status === 'failed'));
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	assert.equal(error(run).code, 'step_limit');
	assert.deepEqual(paths(run), ['s1#1 completed', 's2#1 failed', 's2#2 failed', 's2#3 failed']);
});

// Steps without a call: transform, wait, approval, signal. What waits costs no slot and outlives every executor.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { trySql } from '../sql/lib/cluster.mjs';
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
const status = (run) => engine.run(run).status;
const output = (run) => JSON.parse(engine.run(run).output);
const decide = (flow, run, path, decision, more = {}) => engine.ask(flow, run, 'approval', { path, attempt: 1, decision, ...more });

test('a transform makes its output of templates, and costs no commit of its own', async () => {
	const steps = Array.from({ length: 100 }, (_, i) => ({ kind: 'transform', value: i ? { n: `{{steps.s${i}.output.n}}`, list: [i] } : { n: '{{input.text}}' } }));
	const flow = engine.flow(steps);
	const executor = engine.executor();
	await engine.ended(engine.create(engine.flow([{}])));
	const [run] = engine.create(flow);
	await engine.ended([run]);
	assert.deepEqual(output(run), { n: 'one two three', list: [99] });
	assert.equal(engine.steps(run).filter((s) => s.status === 'completed' && s.kind === 'transform').length, 100);
	await executor.end();
	assert.ok(executor.said('stopped')[0].flushes <= 4, 'a hundred of them are one flush');
});

test('a transform that cannot be filled fails, and is not tried again', async () => {
	const [run] = engine.create(engine.flow([{ kind: 'transform', value: '{{input.missing.deep}}', retry: { max_attempts: 3, delay_ms: 10, backoff: 'none', max_delay_ms: 10 } }]));
	engine.executor();
	await engine.ended([run]);
	assert.equal(JSON.parse(engine.run(run).error).code, 'template');
	assert.equal(engine.steps(run).length, 1);
});

test('a wait gives the run back, and is over when it is over', async () => {
	const flow = engine.flow([{}, { kind: 'wait', seconds: 4 }, { kind: 'transform', value: 'after {{steps.s1.output}}' }]);
	const [run] = engine.create(flow);
	const first = engine.executor(['--slots=1']);
	await engine.asleep(run, 1);
	const waiting = engine.steps(run)[1];
	assert.deepEqual([waiting.status, waiting.waiting_for], ['waiting', 'time']);
	assert.deepEqual(engine.events(run).at(-1).data, { waiting_for: 'time', until: `${new Date(waiting.due_at).toISOString()}` });
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	assert.equal(output(run), 'after one two three');
	const done = engine.steps(run)[1];
	assert.ok(done.finished_at >= done.due_at);
	assert.equal(engine.calls(run).length, 1);
});

test('a wait of a time that is past, or of no seconds, does not wait; the output before it is the run\'s', async () => {
	const runs = [{ until: '2020-01-31T08:00:00+01:00' }, { seconds: 0 }, { until: '{{input.at}}' }, { seconds: '{{input.none}}' }]
		.map((wait) => engine.create(engine.flow([{}, { kind: 'wait', ...wait }]), { input: { text: 'x', at: '1969-12-31T00:00:00Z', none: '0' } })[0]);
	engine.executor();
	await engine.ended(runs);
	assert.deepEqual(runs.map(status), ['completed', 'completed', 'failed', 'completed'], 'before 1970 is no time');
	assert.equal(output(runs[0]), 'x');
	assert.equal(JSON.parse(engine.run(runs[2]).error).code, 'invalid_wait');
});

test('an approval waits for a person, whose answer is the output', async () => {
	const flow = engine.flow([{ kind: 'approval', input: { about: '{{input.text}}' } }, { kind: 'transform', value: '{{steps.s1.output.data.price}}' }]);
	const [run] = engine.create(flow);
	const first = engine.executor();
	await engine.asleep(run, 3600);
	assert.deepEqual(engine.types(run).slice(-2), ['step.started s1', 'step.waiting s1']);
	const waiting = engine.steps(run)[0];
	assert.deepEqual([waiting.status, waiting.waiting_for, waiting.input, waiting.due_at], ['waiting', 'approval', '{"about":"one two three"}', null]);
	await first.end();
	decide(flow, run, 's1', 'approve', { data: { price: 7 }, comment: 'gut' });
	engine.executor();
	await engine.ended([run]);
	assert.equal(output(run), 7);
	assert.deepEqual(JSON.parse(engine.steps(run)[0].output), { decision: 'approve', data: { price: 7 }, comment: 'gut', by: me });
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
});

test('a rejection fails the step with its comment, and is not tried again', async () => {
	const flow = engine.flow([{ kind: 'approval', retry: { max_attempts: 3, delay_ms: 10, backoff: 'none', max_delay_ms: 10 } }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run, 3600);
	decide(flow, run, 's1', 'reject', { comment: 'too dear' });
	await engine.ended([run]);
	const error = JSON.parse(engine.steps(run)[0].error);
	assert.deepEqual([error.code, error.message], ['rejected', 'It was rejected: too dear']);
	assert.equal(status(run), 'failed');
});

test('a decision of an attempt that waits no more changes nothing', async () => {
	const flow = engine.flow([{ kind: 'approval' }, { kind: 'approval' }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run, 3600);
	engine.ask(flow, run, 'approval', { path: 's2', attempt: 1, decision: 'approve' });
	engine.ask(flow, run, 'approval', { path: 's1', attempt: 7, decision: 'approve' });
	await until('both to be dropped', () => engine.one(`select count(*) from run_inbox where run_id = '${run}'`) === '0');
	decide(flow, run, 's1', 'approve');
	await until('the second to wait', () => engine.steps(run)[1]?.status === 'waiting');
	assert.deepEqual(engine.steps(run).map((s) => s.status), ['completed', 'waiting']);
	engine.cancel(flow, run);
	await engine.ended([run]);
	assert.deepEqual(engine.steps(run).map((s) => s.status), ['completed', 'cancelled']);
});

test('an approval that nobody answers in its time fails', async () => {
	const [run] = engine.create(engine.flow([{ kind: 'approval', timeout_seconds: 2 }]));
	const first = engine.executor();
	await engine.asleep(run);
	await first.end();
	engine.executor();
	await engine.ended([run]);
	assert.equal(JSON.parse(engine.steps(run)[0].error).code, 'timeout');
});

test('an answer that comes in the last moment of its time counts', async () => {
	const flow = engine.flow([{ kind: 'approval', timeout_seconds: 1 }]);
	engine.executor();
	await engine.ended(engine.create(engine.flow([{}])));
	let counted = 0;
	for (let left = 0.06; counted < 3; left = Math.min(left * 1.2, 0.9)) {
		const [run] = engine.create(flow);
		await until('it to wait', () => engine.steps(run)[0]?.status === 'waiting');
		// Nobody is told, so that the executor reads it when it looks next: once a second, or just before it gives up.
		engine.sql(`with d as (select pg_sleep(extract(epoch from due_at - clock_timestamp()) - ${left}) from step_run where run_id = '${run}')
			insert into run_inbox (workspace_id, run_id, id, kind, data) select '${flow.workspace}', '${run}', test.id7(), 'approval',
				'{"path": "s1", "attempt": 1, "decision": "approve", "comment": ""}' from d`);
		const inTime = engine.one(`select due_at > clock_timestamp() from step_run where run_id = '${run}'`) === 't'; // it is committed
		await engine.ended([run]);
		if (inTime) assert.equal(status(run), 'completed', `${left} s before`);
		counted += inTime;
	}
});

test('a signal goes to the step that waits for it, one that came before is kept through a crash, each is taken once', async () => {
	const flow = engine.flow([{ kind: 'signal', signal: 'go' }, { kind: 'signal', signal: 'go' }, { kind: 'signal', signal: 'end' },
		{ kind: 'transform', value: ['{{steps.s1.output}}', '{{steps.s2.output.n}}', '{{steps.s3.output}}'] }]);
	const [run] = engine.create(flow);
	const first = engine.executor();
	await engine.asleep(run, 3600);
	assert.equal(engine.steps(run)[0].waiting_for, 'signal go');
	engine.ask(flow, run, 'signal', { name: 'end', data: 'early' });
	await until('it to be kept', () => engine.one(`select count(*) from run_inbox where run_id = '${run}' and kept`) === '1');
	await engine.asleep(run, 3600);
	await first.end('SIGKILL');
	engine.executor();
	engine.ask(flow, run, 'signal', { name: 'go', data: 1 });
	await until('the second to wait', () => engine.steps(run)[1]?.status === 'waiting');
	engine.ask(flow, run, 'signal', { name: 'go', data: { n: 2 } });
	await engine.ended([run]);
	assert.deepEqual(output(run), [1, 2, 'early']);
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
});

test('a thousand signals that nobody takes keep no decision away, and no more than 16 MB of them are kept', async () => {
	const flow = engine.flow([{ kind: 'approval' }, { kind: 'signal', signal: 'go' }]);
	const runs = engine.create(flow, { count: 2 });
	engine.executor();
	for (const run of runs) await engine.asleep(run, 3600);
	const signals = (run, count, bytes) => engine.sql(`insert into run_inbox (workspace_id, run_id, id, kind, data, generation) select '${flow.workspace}', '${run}',
		test.id7(), 'signal', json_build_object('name', 'go', 'data', repeat('x', ${bytes}))::text, 1 from generate_series(1, ${count})`);
	const ask = (run, kind, data) => trySql(engine.cluster, 'engine', 'stepmill_api', `select set_config('stepmill.workspace', '${flow.workspace}', false),
			set_config('stepmill.user', '${me}', false);
		select run_ask('${flow.workspace}', '${run}', '${engine.one('select test.id7()')}', '${kind}', '${JSON.stringify(data)}', null); notify stepmill_run`);
	signals(runs[0], 1000, 1);
	signals(runs[1], 260, 64 << 10);
	for (const run of runs) {
		await until('them to be kept', () => engine.one(`select count(*) from run_inbox where run_id = '${run}' and not kept`) === '0');
		const { ok, state } = ask(run, 'signal', { name: 'go', data: 1 });
		assert.deepEqual([ok, state], [false, 'SM409']);
		assert.equal(ask(run, 'approval', { path: 's1', attempt: 1, decision: 'approve', comment: '' }).ok, true);
	}
	await engine.ended(runs);
	assert.deepEqual(runs.map(status), ['completed', 'completed']);
	assert.equal(ask(runs[0], 'pause', null).state, 'SM409');
});

test('what waits goes on waiting while the run is paused, and what follows it does not begin', async () => {
	const flow = engine.flow([{ kind: 'signal', signal: 'go' }, {}]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run, 3600);
	engine.ask(flow, run, 'pause');
	await until('it to be paused', () => status(run) === 'paused');
	engine.ask(flow, run, 'signal', { name: 'go' });
	await until('the step to end', () => engine.steps(run)[0].status === 'completed');
	await engine.asleep(run, 3600);
	assert.equal(engine.calls(run).length, 0);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(status(run), 'completed');
});

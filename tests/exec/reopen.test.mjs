// Runs that go on after their end: retried from the failed step, any step, the start or a checkpoint, on the same or the latest
// version, with the same or other models; what is reused, what it costs, and what dies on the way.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
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

const echo = (options = {}) => ({ model: 'builtin/echo', options: { stream_ms: 0, ...options } });
const failing = () => echo({ fail: 'refused', fail_times: 99 });
/** Fails as often as it is asked, until another model or version does better. */
const chain = (third) => [echo(), echo(), third, echo()].map((step, i) => (i ? { ...step, input: { text: `{{steps.s${i}.output}}` } } : step));
const models = (run) => engine.calls(run).map((c) => `${c.path}#${c.attempt} ${c.model}`);
const reopened = (run) => engine.events(run).filter((e) => e.type === 'run.reopened').map((e) => e.data);

async function failed() {
	const flow = engine.flow(chain(failing()));
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'failed');
	return { flow, run };
}

// Where from: what is asked, what is called after the first generation, in which s3 failed, and what is reused of it.
const starts = [
	['the failed step', { from: 'failed' }, ['s3#2'], { s1: 1, s2: 1 }],
	['a step', { from: 'step', step: 's2' }, ['s2#2', 's3#2'], { s1: 1 }],
	['the start', { from: 'start' }, ['s1#2', 's2#2', 's3#2'], {}],
];
describe('retry from', () => {
	for (const [from, how, called, reused] of starts) {
		for (const version of ['same', 'latest']) {
			for (const other of [null, { s3: 'builtin/instant', '*': 'builtin/extract' }]) {
				test(`${from}, ${version} version, ${other ? 'other models' : 'the same model'}`, async () => {
					const { flow, run } = await failed();
					engine.version(flow, chain(echo()));
					await engine.again(flow, run, { ...how, version, models: other });
					const ends = version === 'latest'; // the same version fails again, whichever the model: its options say so
					assert.equal(engine.run(run).status, ends ? 'completed' : 'failed');
					assert.equal(engine.run(run).workflow_version, ends ? 2 : 1);
					const asked = [...called, ...(ends ? ['s4#1'] : [])];
					const model = (path) => (other ? other[path] ?? other['*'] : 'builtin/echo');
					assert.deepEqual(models(run), [...['s1#1', 's2#1', 's3#1'].map((at) => `${at} builtin/echo`), ...asked.map((at) => `${at} ${model(at.slice(0, 2))}`)]);
					assert.deepEqual(engine.steps(run).filter((s) => s.generation === 2).map((s) => s.model_asked), asked.map((at) => model(at.slice(0, 2))));
					const [data] = reopened(run);
					assert.deepEqual([data.generation, data.version, data.version_before, data.models, data.reused],
						[2, ends ? 2 : 1, 1, other, reused]);
					assert.deepEqual(data.from, how.step ? { step: how.step } : how.from);
				});
			}
		}
	}
});

test('the money of all generations is counted once, and what is reused costs nothing', async () => {
	const priced = { tokens: [100, 10], price: [1, 2] };
	const flow = engine.flow(chain(echo({ ...priced, fail: 'refused', fail_times: 99 })).map((s, i) => (i === 2 ? s : { ...s, ...echo(priced) })));
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	const first = engine.run(run);
	engine.version(flow, chain(echo(priced)).map((s) => ({ ...s, ...echo(priced) })));
	await engine.again(flow, run, { version: 'latest' });
	const [sum] = engine.sql(`select sum(tokens_in), sum(cost_nano) from step_run where run_id = '${run}'`);
	const [paid] = engine.sql(`select sum(tokens_in), sum(cost_nano), count(*) from ledger where run_id = '${run}'`);
	const last = engine.run(run);
	assert.deepEqual([String(last.tokens_in), String(last.cost_nano)], sum);
	assert.deepEqual(paid.slice(0, 2), sum);
	assert.equal(Number(paid[2]), engine.calls(run).length - 1, 'a line for each call, but for the one that was refused and cost nothing');
	assert.ok(last.cost_nano > first.cost_nano && first.cost_nano > 0);
	assert.equal(last.steps_done, 4);
});

test('attempts of a policy are counted anew in each generation', async () => {
	const flow = engine.flow([{ ...echo({ fail: 'overloaded', fail_times: 3 }), retry: { max_attempts: 2, delay_ms: 10, backoff: 'none', max_delay_ms: 60000 } }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(engine.counting(run), ['s1#1 failed', 's1#2 failed']);
	await engine.again(flow, run);
	assert.equal(engine.run(run).status, 'completed');
	assert.deepEqual(engine.counting(run), ['s1#3 failed', 's1#4 completed']);
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.generation]), [[1, 1], [2, 1], [3, 2], [4, 2]]);
});

test('a path that is not begun again in a generation keeps its number for a later one', async () => {
	const { flow, run } = await failed();
	await engine.again(flow, run, { from: 'start', models: { s1: 'builtin/instant' } });
	await engine.again(flow, run, { models: {} });
	assert.deepEqual(engine.counting(run), ['s1#2 completed', 's2#2 completed', 's3#3 failed']);
	assert.deepEqual(reopened(run).map((d) => d.reused), [{}, { s1: 2, s2: 2 }]);
	assert.deepEqual(reopened(run).map((d) => d.models), [{ s1: 'builtin/instant' }, {}]);
	// From a version in which s2 is another kind of step, and s1 is not there at all.
	engine.version(flow, [{ key: 's0', kind: 'transform', value: 'new' }, { key: 's2', kind: 'transform', value: '{{steps.s0.output}}' }]);
	await engine.again(flow, run, { version: 'latest' });
	assert.equal(engine.run(run).status, 'completed');
	assert.equal(engine.run(run).step_count, 2);
	assert.deepEqual(engine.counting(run), ['s0#1 completed', 's2#3 completed']);
});

test('roll back to a checkpoint, also of an earlier generation', async () => {
	const flow = engine.flow(chain(echo()).slice(0, 3));
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	const checkpoint = (path, attempt) => engine.events(run).find((e) => e.type === 'step.completed' && e.path === path && e.attempt === attempt).seq;
	await engine.again(flow, run, { from: 'start' });
	await engine.again(flow, run, { from: 'checkpoint', checkpoint: checkpoint('s2', 1) });
	assert.deepEqual(engine.counting(run), ['s1#1 completed', 's2#1 completed', 's3#3 completed']);
	await engine.again(flow, run, { from: 'checkpoint', checkpoint: checkpoint('s1', 2) });
	assert.deepEqual(engine.counting(run), ['s1#2 completed', 's2#3 completed', 's3#4 completed']);
	// A checkpoint of a generation that had itself reused something.
	await engine.again(flow, run, { from: 'checkpoint', checkpoint: checkpoint('s3', 3) });
	assert.deepEqual(engine.counting(run), ['s1#1 completed', 's2#1 completed', 's3#3 completed']);
	assert.equal(engine.run(run).generation, 5);
	assert.equal(engine.tryReopen(flow, run, { from: 'checkpoint', checkpoint: 1 }).state, 'SM404');
	assert.equal(engine.tryReopen(flow, run, { from: 'checkpoint', checkpoint: 9999 }).state, 'SM404');
});

test('what the run went on without, or a person skipped, is not tried again before what ended the run', async () => {
	const steps = (last) => [{ ...failing(), on_failure: 'continue', retry: { max_attempts: 2, delay_ms: 10, backoff: 'none', max_delay_ms: 60000 } },
		{ ...failing(), on_failure: 'ask' }, echo(), last];
	const flow = engine.flow(steps(failing()));
	const [run] = engine.create(flow);
	engine.executor();
	await until('somebody to be asked', () => engine.types(run).includes('step.asking s2'));
	engine.ask(flow, run, 'failure', { path: 's2', attempt: 1, decision: 'skip', comment: '' });
	await engine.ended([run]);
	assert.equal(engine.counting(run).at(-1), 's4#1 failed');
	engine.version(flow, steps(echo()));
	const calls = engine.calls(run).length;
	await engine.again(flow, run, { version: 'latest' });
	assert.equal(engine.run(run).status, 'completed');
	assert.equal(engine.calls(run).length, calls + 1);
	assert.deepEqual(Object.keys(reopened(run)[0].reused), ['s1', 's2', 's3']);
	const fork = engine.fork(flow, run, { step: 's4', version: 2 });
	await engine.ended([fork]);
	assert.equal(engine.run(fork).status, 'completed');
	assert.equal(engine.calls(fork).length, 1);
	const { seq } = engine.events(run).find((e) => e.type === 'step.completed' && e.path === 's3');
	await engine.again(flow, run, { from: 'checkpoint', checkpoint: seq });
	assert.equal(engine.calls(run).length, calls + 2);
	await engine.again(flow, run, { from: 'step', step: 's3' });
	assert.equal(engine.calls(run).length, calls + 4);
});

test('twice at once opens one generation, and the second is told so', async () => {
	const { flow, run } = await failed();
	await engine.stopExecutors();
	engine.reopen(flow, run);
	assert.equal(engine.tryReopen(flow, run).state, 'SM409');
	const id = engine.one(`select id from run_inbox where run_id = '${run}'`);
	assert.ok(engine.tryReopen(flow, run, { id }).ok, 'the same request again is the same request');
	engine.executor();
	await until('the second generation', () => engine.run(run).generation === 2);
	assert.ok(engine.tryReopen(flow, run, { id }).ok, 'also when it was carried out');
	await engine.ended([run]);
	assert.equal(engine.run(run).generation, 2);
});

test('what has not ended, has nothing to run again, or does not exist is refused', async () => {
	const waiting = engine.flow([{ kind: 'approval' }]);
	const [open] = engine.create(waiting);
	const done = engine.flow([echo()]);
	const [completed] = engine.create(done);
	engine.executor();
	await engine.ended([completed]);
	await engine.asleep(open);
	assert.match(engine.tryReopen(waiting, open).message, /has not ended: it is running/);
	assert.match(engine.tryReopen(done, completed).message, /Every step of this run has completed/);
	assert.equal(engine.tryReopen(done, completed, { from: 'step', step: 'nope' }).state, 'SM422');
	assert.equal(engine.tryReopen(done, completed, { from: 'start', models: { nope: 'builtin/echo' } }).state, 'SM422');
	assert.equal(engine.tryReopen({ workspace: '00000000-0000-7000-8000-00000000000b' }, completed, { from: 'start' }).state, 'SM404');
	engine.cancel(waiting, open);
	await engine.ended([open]);
	assert.equal(engine.one(`select count(*) from run_inbox where run_id in ('${open}', '${completed}')`), '0');
});

test('an executor killed at the reopening: another one opens it, once', async () => {
	const { flow, run } = await failed();
	await engine.stopExecutors();
	// Claimed and not flushed: as if the holder had died between the two.
	engine.reopen(flow, run);
	engine.sql(`insert into executor (incarnation, name, planner, lease_until) values ('${'0'.repeat(8)}-0000-7000-8000-0000000000dd', 'dead', 1, now() - interval '1 s')`);
	engine.sql(`update run_live set holder = '${'0'.repeat(8)}-0000-7000-8000-0000000000dd', epoch = epoch + 1 where run_id = '${run}'`);
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).generation, 2);
	assert.equal(reopened(run).length, 1);
});

test('the epoch of a generation is above all of the one before', async () => {
	const { flow, run } = await failed();
	const before_ = Math.max(...engine.calls(run).map((c) => c.epoch));
	await engine.again(flow, run);
	const epochs = engine.calls(run).map((c) => c.epoch);
	assert.ok(epochs.at(-1) > 2 ** 32 && before_ < 2 ** 32, `${epochs}`);
});

test('requests of an earlier generation do nothing to a later one', async () => {
	const flow = engine.flow([{ kind: 'approval' }, echo()]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run);
	engine.cancel(flow, run);
	await engine.ended([run]);
	const late = (kind, data, generation) => engine.sql(`insert into run_inbox (workspace_id, run_id, id, kind, data, generation)
		values ('${flow.workspace}', '${run}', test.id7(), '${kind}', ${data ? `'${JSON.stringify(data)}'` : 'null'}, ${generation})`);
	late('cancel', null, 1);
	late('pause', null, 1);
	late('approval', { path: 's1', attempt: 1, decision: 'approve', comment: '' }, 1);
	engine.reopen(flow, run);
	await until('the approval to wait again', () => engine.counting(run).join() === 's1#2 waiting');
	await engine.asleep(run);
	assert.equal(engine.run(run).status, 'running');
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
	// The attempt of the generation before cannot be decided, this one can.
	engine.ask(flow, run, 'approval', { path: 's1', attempt: 1, decision: 'approve', comment: '' });
	await until('the late decision to be dropped', () => engine.one(`select count(*) from run_inbox where run_id = '${run}'`) === '0');
	assert.deepEqual(engine.counting(run), ['s1#2 waiting']);
	engine.ask(flow, run, 'approval', { path: 's1', attempt: 2, decision: 'approve', comment: '' });
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
});

test('pause and cancel right behind a reopening hold', async () => {
	const slow = engine.flow([echo({ delay_ms: 300 }), echo({ delay_ms: 20000 }), echo()]); // it does not end by itself, on any machine
	const [run] = engine.create(slow);
	engine.executor();
	await engine.called(run);
	engine.cancel(slow, run);
	await engine.ended([run]);
	engine.reopen(slow, run);
	await until('the second generation', () => engine.run(run).generation === 2);
	engine.ask(slow, run, 'pause');
	await until('the pause', () => engine.run(run).status === 'paused');
	engine.cancel(slow, run);
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'cancelled');
	assert.deepEqual(engine.types(run).filter((t) => t.startsWith('run.')),
		['run.created', 'run.started', 'run.cancelled', 'run.reopened', 'run.paused', 'run.cancelled']);
});

test('an ended run that is due for no reason is put away', async () => {
	const { flow, run } = await failed();
	engine.sql(`begin; insert into run_live (workspace_id, run_id) values ('${flow.workspace}', '${run}');
		insert into run_inbox (workspace_id, run_id, id, kind) values ('${flow.workspace}', '${run}', test.id7(), 'unheard_of'); commit; notify stepmill_run`);
	await engine.ended([run]);
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
	assert.equal(engine.run(run).generation, 1);
	await engine.again(flow, run);
	assert.equal(engine.run(run).generation, 2);
});

// Forks: a new run that begins at a step of another one. What it takes over costs nothing, and is its own.
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

const echo = (options = {}) => ({ model: 'builtin/echo', options: { stream_ms: 0, tokens: [100, 10], price: [1, 2], ...options } });
const chain = (...steps) => engine.flow(steps.map((step, i) => (i ? { ...step, input: { text: `{{steps.s${i}.output}}` } } : step)));
const called = (run) => engine.calls(run).map((c) => `${c.path}#${c.attempt} ${c.model}`);
const steps = (run) => engine.steps(run).sort((a, b) => a.path.localeCompare(b.path) || a.attempt - b.attempt);
const gone = (run) => engine.sql(['run', 'step_run', 'run_record', 'blob', 'ledger'].map((t) => `delete from ${t} where ${t === 'run' ? 'id' : 'run_id'} = '${run}';`).join(' '));

async function completed(flow, input) {
	const [run] = engine.create(flow, { input });
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	return run;
}

test('a fork begins at its step, and what it takes over costs nothing', async () => {
	const flow = chain(echo(), echo(), echo());
	const run = await completed(flow, { text: 'first' });
	const was = { row: engine.run(run), steps: engine.steps(run), events: engine.events(run) };
	const fork = engine.fork(flow, run, { step: 's2', models: { s3: 'builtin/instant' } });
	await engine.ended([fork]);
	const made = engine.run(fork);
	assert.deepEqual([made.status, made.forked_from, made.generation, made.steps_done, made.input], ['completed', run, 1, 3, was.row.input]);
	assert.deepEqual(called(fork), ['s2#1 builtin/echo', 's3#1 builtin/instant']);
	assert.deepEqual(steps(fork).map((s) => [s.path, s.reused_from, s.tokens_in !== null]), [['s1', run, false], ['s2', null, true], ['s3', null, true]]);
	assert.deepEqual(steps(fork)[0].output, was.steps.find((s) => s.path === 's1').output);
	const [[calls, tokens, cost]] = engine.sql(`select count(*), sum(tokens_in), sum(cost_nano) from ledger where run_id = '${fork}'`);
	assert.deepEqual([calls, tokens, cost], ['2', String(made.tokens_in), String(made.cost_nano)]);
	assert.ok(made.cost_nano > 0 && made.cost_nano < was.row.cost_nano);
	assert.deepEqual(engine.events(fork)[0].data, { forked_from: run, step: 's2', reused: { s1: 1 } });
	assert.deepEqual({ row: engine.run(run), steps: engine.steps(run), events: engine.events(run) }, was, 'the other run stays as it is');
});

// Four outputs of 20 MB: with the request that makes the fork nothing of them is copied.
test('what is large is copied by whoever runs the fork, and stays there until it is', async () => {
	const text = 'm'.repeat(1000000);
	const flow = engine.flow([...['a', 'b', 'c', 'd'].map((key) => ({ key, kind: 'transform', value: `${key}${'{{input.text}}'.repeat(20)}` })),
		{ key: 'ask', kind: 'approval' }, { key: 'last', kind: 'transform', value: ['{{steps.a.output}}', '{{steps.d.output}}'] }]);
	const [run] = engine.create(flow, { input: { text } });
	engine.executor(['--lease-seconds=10']);
	await engine.asleep(run);
	await engine.stopExecutors();
	const parts = (id) => Number(engine.one(`select count(*) from blob where run_id = '${id}'`));
	const fork = engine.fork(flow, run, { step: 'ask' });
	assert.deepEqual([parts(fork), engine.steps(fork).length], [0, 0]);
	assert.deepEqual(Object.keys(engine.events(fork)[0].data.reused), ['a', 'b', 'c', 'd']);
	assert.throws(() => engine.fork(flow, fork, { step: 'ask' }), /SM409.*still being made/);
	// The other one is deleted meanwhile, and an executor dies in the middle.
	engine.sql(`delete from run_live where run_id = '${run}'; update run set status = 'cancelled', finished_at = now(), deleted_at = now() where id = '${run}'`);
	engine.sql(`create function test.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$;
		create trigger slowly before insert on blob for each row execute function test.slowly()`);
	const first = engine.executor(['--lease-seconds=10']);
	await until('some of it to be copied', () => parts(fork) >= 8);
	await first.end('SIGKILL');
	assert.ok(parts(fork) < 80 && engine.steps(fork).length === 0, 'it was killed too late');
	engine.sql('drop function test.slowly cascade; select * from engine_purge(100000)');
	assert.ok(parts(run) >= 80, 'what is still to be copied was removed');
	engine.sql(`update executor set lease_until = now()`);
	engine.executor(['--lease-seconds=10']);
	await engine.asleep(fork);
	assert.deepEqual(steps(fork).map((s) => [s.path, s.status, s.reused_from]), [['a', 'completed', run], ['ask', 'waiting', null], ['b', 'completed', run],
		['c', 'completed', run], ['d', 'completed', run]]);
	assert.equal(engine.one(`select count(*) from (select id, part, md5(content) from blob where run_id = '${run}' except select id, part, md5(content) from blob where run_id = '${fork}') x`), '0');
	engine.sql('select * from engine_purge(1000000)');
	await until('the other one to be gone', () => (engine.sql('select * from engine_purge(1000000)'), parts(run) === 0));
	engine.ask(flow, fork, 'approval', { path: 'ask', attempt: 1, decision: 'approve', comment: '' });
	await engine.ended([fork]);
	assert.equal(engine.run(fork).status, 'completed', engine.run(fork).error);
	assert.equal(engine.run(fork).output_bytes, 2 * 20000001 + '["",""]'.length);
});

test('a fork that is cancelled before it is copied, or meanwhile, does not wait for that', async () => {
	const flow = engine.flow([...['a', 'b'].map((key) => ({ key, kind: 'transform', value: `${key}${'{{input.text}}'.repeat(20)}` })), { key: 'ask', kind: 'approval' }]);
	const [run] = engine.create(flow, { input: { text: 'm'.repeat(1000000) } });
	engine.executor(['--lease-seconds=10']);
	await engine.asleep(run);
	await engine.stopExecutors();
	const parts = (id) => Number(engine.one(`select count(*) from blob where run_id = '${id}'`));
	const whole = parts(run);
	const [before, meanwhile] = [1, 2].map(() => engine.fork(flow, run, { step: 'ask' }));
	engine.sql(`create function test.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$;
		create trigger slowly before insert on blob for each row execute function test.slowly()`);
	engine.cancel(flow, before);
	engine.executor(['--lease-seconds=10']);
	await until('some of it to be copied', () => parts(meanwhile) >= 4);
	engine.cancel(flow, meanwhile);
	await engine.ended([before, meanwhile]);
	engine.sql('drop function test.slowly cascade');
	for (const fork of [before, meanwhile]) {
		assert.equal(engine.run(fork).status, 'cancelled');
		assert.deepEqual([engine.types(fork), engine.steps(fork)], [['run.created', 'run.cancelled'], []]);
		assert.equal(engine.one(`select copying is null from run where id = '${fork}'`), 't', 'the other run is kept for it');
	}
	assert.equal(parts(before), 0);
	assert.ok(parts(meanwhile) < whole, `all ${whole} parts were copied first`);
	await until('what was copied to be gone', () => (engine.sql('select engine_housekeeping()'), parts(meanwhile) === 0));
});

test('another input, of the run or of the step, is what its steps get', async () => {
	const flow = chain(echo(), echo());
	const run = await completed(flow, { text: 'first' });
	const whole = engine.fork(flow, run, { step: 's1', input: { text: 'second' } });
	const one = engine.fork(flow, run, { step: 's2', stepInputs: { s2: { text: 'as it {{is}}' } } });
	await engine.ended([whole, one]);
	assert.deepEqual(engine.counting(whole), ['s1#1 completed', 's2#1 completed']);
	assert.match(steps(whole)[1].output, /second/);
	assert.equal(steps(one)[1].input, '{"text":"as it {{is}}"}');
	assert.match(steps(one)[1].output, /as it \{\{is\}\}/);
	assert.doesNotMatch(steps(one)[1].output, /first/);
	// A retry of the fork keeps what it was given.
	await engine.again(flow, one, { from: 'start' });
	assert.deepEqual(steps(one).filter((s) => s.path === 's2').map((s) => s.input), Array(2).fill('{"text":"as it {{is}}"}'));
	assert.deepEqual(engine.counting(one), ['s1#2 completed', 's2#1 completed'].map((s) => s.replace('s2#1', 's2#2')));
});

test('what became of the other run harms no fork of it: large outputs too', async () => {
	const flow = chain({ ...echo(), input: { text: '{{input.text}}' } }, { ...echo() }, { kind: 'approval' }, { kind: 'transform', value: '{{steps.s1.output}}' });
	const [run] = engine.create(flow, { input: { text: 'long '.repeat(30000) } });
	engine.executor();
	await engine.asleep(run);
	assert.equal(engine.one(`select count(*) from blob where run_id = '${run}'`) > 0, true);
	const fork = engine.fork(flow, run, { step: 's3' }); // while the other one goes on
	engine.cancel(flow, run);
	await engine.ended([run]);
	const [text] = engine.sql(`select coalesce(s.output, string_agg(b.content, '')) from step_run s left join blob b on b.run_id = s.run_id and b.id = s.output_blob
		where s.run_id = '${run}' and s.path = 's1' group by s.output`);
	gone(run);
	await engine.asleep(fork);
	assert.deepEqual(called(fork), []);
	engine.ask(flow, fork, 'approval', { path: 's3', attempt: 1, decision: 'approve', comment: '' });
	await engine.ended([fork]);
	assert.equal(engine.run(fork).status, 'completed');
	assert.deepEqual(engine.sql(`select coalesce(s.output, string_agg(b.content, '')) from step_run s left join blob b on b.run_id = s.run_id and b.id = s.output_blob
		where s.run_id = '${fork}' and s.path = 's4' group by s.output`), [text]);
});

test('a fork of a later generation, of another version, of a fork', async () => {
	const flow = chain(echo(), echo({ fail: 'refused', fail_times: 99 }), echo());
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	await engine.again(flow, run, { from: 'start' });
	engine.version(flow, [{ kind: 'transform', value: 'before' , key: 's0' }, ...['s1', 's2', 's3'].map((key) => ({ ...echo(), key }))]);
	const fork = engine.fork(flow, run, { step: 's3', version: 2, latest: true });
	await engine.ended([fork]);
	assert.deepEqual([engine.run(fork).status, engine.run(fork).workflow_version, engine.run(fork).step_count], ['completed', 2, 4]);
	assert.deepEqual(engine.events(fork)[0].data.reused, { s1: 2 }, 's0 is new and s2 had failed: both run');
	assert.deepEqual(called(fork).map((c) => c.slice(0, 4)), ['s2#1', 's3#1']);
	const second = engine.fork(flow, fork, { step: 's3', version: 2 });
	gone(fork);
	await engine.ended([second]);
	assert.deepEqual(steps(second).map((s) => [s.path, s.reused_from]), [['s0', fork], ['s1', fork], ['s2', fork], ['s3', null]]);
	assert.throws(() => engine.fork(flow, run, { step: 's3', version: 1, latest: true }), /SM412/);
	assert.throws(() => engine.fork(flow, run, { step: 's3', version: 2 }), /SM412/);
	// A checkpoint of a fork has what was copied in it.
	const done = engine.events(second).find((e) => e.type === 'step.completed');
	await engine.again(flow, second, { from: 'start' });
	await engine.again(flow, second, { from: 'checkpoint', checkpoint: done.seq });
	assert.deepEqual(engine.counting(second), ['s0#1', 's1#2', 's2#1', 's3#1'].map((s) => `${s} completed`));
	assert.equal(engine.run(second).status, 'completed');
});

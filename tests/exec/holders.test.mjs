// Executors that die, sleep, lose their connection or are told to stop: their runs go on, and nothing is recorded twice.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { A, B, sleep, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const slow = { model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 1500 } };

test('what a killed executor held goes on elsewhere, with the same attempt', async () => {
	const [run] = engine.create(engine.workflow(slow));
	const first = engine.executor();
	await engine.called(run, 2);
	await first.end('SIGKILL');
	const second = engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	const calls = engine.calls(run);
	assert.deepEqual(calls.map((c) => `${c.path}#${c.attempt}`), ['s1#1', 's2#1', 's2#1', 's3#1']);
	assert.notEqual(calls[1].incarnation, calls[2].incarnation);
	assert.ok(calls[2].epoch > calls[1].epoch);
	assert.equal(second.said('executor retired: its lease was over').length, 1);
});

test('two executors share the runs, and each run has one holder', async () => {
	const names = [1, 2].map(() => engine.executor(['--slots=20']).name);
	await until('both to be there', () => engine.one(`select count(*) from executor where name in ('${names.join("', '")}')`) === '2');
	const runs = [...engine.create(engine.workflow({ ...slow, steps: 2, workspace: A }), { count: 30 }),
		...engine.create(engine.workflow({ ...slow, steps: 2, workspace: B }), { count: 30 })];
	await engine.ended(runs);
	const incarnations = new Set();
	for (const run of runs) {
		const calls = engine.calls(run);
		assert.equal(calls.length, 2);
		assert.equal(calls[0].incarnation, calls[1].incarnation);
		incarnations.add(calls[0].incarnation);
	}
	assert.equal(incarnations.size, 2);
});

test('an executor that slept past its lease writes nothing when it wakes', async () => {
	const [run] = engine.create(engine.workflow(slow));
	const sleeper = engine.executor([], 'sleeper');
	await engine.called(run);
	sleeper.signal('SIGSTOP');
	engine.executor([], 'other');
	await engine.called(run, 2);
	sleeper.signal('SIGCONT');
	await until('it to notice', () => sleeper.said('incarnation left').length === 1);
	await engine.ended([run]);
	assert.match(sleeper.said('incarnation left')[0].why, /lease was over/);
	assert.equal(engine.steps(run).length, 3);
	const other = engine.calls(run)[1].incarnation;
	assert.deepEqual([...new Set(engine.calls(run).slice(1).map((c) => c.incarnation))], [other]);
});

test('told to stop, it lets steps end, gives the rest back and goes', async () => {
	const [run] = engine.create(engine.workflow(slow));
	const first = engine.executor();
	await engine.called(run);
	assert.equal(await first.end(), 0);
	assert.equal(engine.one(`select count(*) from executor where name = '${first.name}'`), '0');
	const steps = engine.steps(run);
	assert.deepEqual(steps.map((s) => [s.path, s.status]), [['s1', 'completed']]);
	assert.equal(engine.one(`select holder is null and due_at <= now() and strikes = 0 from run_live where run_id = '${run}'`), 't');
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.calls(run).length, 3);
});

test('told to stop while a step takes too long, it leaves the call to the next', async () => {
	const [run] = engine.create(engine.workflow({ model: 'builtin/echo', options: { delay_ms: 2500 }, steps: 1 }));
	const first = engine.executor(['--stop-seconds=0']);
	await engine.called(run);
	assert.equal(await first.end(), 0);
	assert.equal(engine.steps(run)[0].status, 'running');
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(engine.calls(run).map((c) => c.attempt), [1, 1]);
});

test('a run taken away from a living holder is dropped there and goes on', async () => {
	const runs = engine.create(engine.workflow(slow), { count: 5 });
	const first = engine.executor(['--lease-seconds=60']);
	for (const run of runs) await engine.called(run);
	first.signal('SIGSTOP'); // so that it is the other who takes them
	engine.sql('update run_live set holder = null, due_at = now()');
	const other = engine.executor();
	for (const run of runs) await engine.called(run, 2);
	first.signal('SIGCONT'); // its lease is good, its runs are not
	await engine.ended(runs);
	assert.deepEqual(runs.map((run) => engine.run(run).status), runs.map(() => 'completed'));
	assert.equal(await other.end(), 0);
	const again = engine.create(engine.workflow(slow));
	await engine.ended(again); // it still works
	assert.equal(first.said('incarnation entered').length, 1);
	assert.equal(first.said('run lost: another holds it, or it has ended').length, 5);
});

test('no call is made before its start is committed', async () => {
	const flow = engine.workflow({ steps: 2 });
	engine.executor(['--lease-seconds=60']);
	await engine.ended(engine.create(flow));
	const unlock = await engine.holding('lock table step_run in exclusive mode');
	const [run] = engine.create(flow);
	await until('a flush that waits for it', () => engine.one("select count(*) from pg_locks where not granted") > '0');
	await sleep(300);
	assert.equal(engine.calls(run).length, 0);
	await unlock();
	await engine.ended([run]);
	assert.equal(engine.calls(run).length, 2);
});

test('a run whose row somebody has locked waits for it', async () => {
	const [run] = engine.create(engine.workflow(slow));
	const executor = engine.executor();
	await engine.called(run);
	const unlock = await engine.holding(`select 1 from run_live where run_id = '${run}' for update`);
	await until('a flush to meet it', () => executor.said('runs skipped: somebody has their rows locked').length > 0);
	await unlock();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
});

test('a cut connection costs an incarnation and no run', async () => {
	const runs = engine.create(engine.workflow(slow), { count: 10 });
	const executor = engine.executor();
	for (const run of runs) await engine.called(run);
	engine.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'stepmill_executor'", 'postgres');
	await engine.ended(runs);
	assert.equal(executor.said('incarnation entered').length, 2);
	assert.equal(executor.said('old incarnation retired').length, 1);
	assert.equal(engine.one('select max(strikes) from run_live'), null);
	assert.deepEqual(runs.map((run) => engine.run(run).status), runs.map(() => 'completed'));
	const again = engine.create(engine.workflow());
	await engine.ended(again); // it still listens, or polls
});

test('PostgreSQL killed under load: every run that was there ends', async () => {
	const runs = engine.create(engine.workflow({ model: 'builtin/echo', options: { stream_ms: 40 } }), { count: 60 });
	engine.executor();
	await until('some to be under way', () => engine.one("select count(*) from step_run where status = 'completed'") > '0');
	const resume = engine.crash();
	await sleep(500);
	resume();
	await engine.ended(runs);
	assert.deepEqual([...new Set(runs.map((run) => engine.run(run).status))], ['completed']);
});

test('runs of a holder that is no executor are taken back', async () => {
	const [run] = engine.create(engine.workflow(), { quiet: true });
	engine.sql(`update run_live set holder = gen_random_uuid() where run_id = '${run}'`);
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
});

test('a run that kills its executors is set aside, and takes no others with it', async () => {
	const long = { model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 1500 }, steps: 1 };
	const others = engine.create(engine.workflow(long), { count: 5 });
	const [killer] = engine.create(engine.workflow(long));
	for (let deaths = 0; engine.run(killer).status !== 'failed'; deaths++) {
		assert.ok(deaths < 9, 'it is set aside in the end');
		const executor = engine.executor(['--lease-seconds=1']);
		await until('the killer to be called, or set aside', () => engine.calls(killer).length > deaths || engine.run(killer).status === 'failed');
		if (engine.run(killer).status !== 'failed') await executor.end('SIGKILL');
	}
	assert.equal(JSON.parse(engine.run(killer).error).code, 'poison');
	await engine.ended(others);
	assert.deepEqual([...new Set(others.map((run) => engine.run(run).status))], ['completed']);
});

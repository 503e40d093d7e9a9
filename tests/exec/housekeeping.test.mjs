// What executors do beside their work: what was deleted or is too old goes, and what goes on is not touched. And what they tell of themselves.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { sometime } from '../harness/sometime.mjs';
import { A, sleep, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	engine.sql('update workspace set retention_days = null, swept_to = null, swept_at = null');
	assert.deepEqual(engine.wrong(), []);
});

const rows = (run) => engine.one(`select (select count(*) from run where id = '${run}') || ' ' || (select count(*) from run_event where run_id = '${run}')
	|| ' ' || (select count(*) from step_run where run_id = '${run}')`);

test('deleted runs and those past their retention go while another one runs; nothing of that one is touched', async () => {
	const flow = engine.workflow();
	const runs = engine.create(flow, { count: 30 });
	const first = engine.executor();
	await engine.ended(runs);
	await first.end();
	const [deleted, old, kept] = [runs.slice(0, 20), runs.slice(20, 25), runs.slice(25)];
	const list = (ids) => ids.map((id) => `'${id}'`).join(', ');
	const before_ = kept.map(rows);
	assert.match(before_[0], /^1 [1-9]\d* 3$/);
	engine.sql(`update run set deleted_at = now() where id in (${list(deleted)});
		update run set created_at = now() - interval '40 days', finished_at = now() - interval '39 days' where id in (${list(old)});
		update workspace set retention_days = 30 where id = '${A}'`);
	const slow = engine.flow([{ model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 1500 } }, {}]);
	const [live] = engine.create(slow);
	engine.sql(`update run set created_at = now() - interval '50 days' where id = '${live}'`);
	engine.executor();
	await engine.called(live);
	await until('what was deleted to be gone', () => [...deleted, ...old].every((id) => rows(id) === '0 0 0'));
	assert.deepEqual(kept.map(rows), before_);
	await engine.ended([live]);
	assert.deepEqual(engine.types(live).at(-1), 'run.completed');
	assert.equal(rows(live), '1 7 2');
	// Only stepmill-executor's own sessions and the listening one are left: the third is closed between rounds.
	await until('its connection to be closed', () => engine.one("select count(*) from pg_stat_activity where application_name = 'stepmill-executor housekeeping'") === '0');
});

test('a run deleted in the moment it was asked to run again is cancelled, and goes', async () => {
	const flow = engine.flow([{ model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 20000 } }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.called(run);
	engine.sql(`update run set deleted_at = now() where id = '${run}'`);
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'cancelled');
	engine.executor();
	await until('it to be gone', () => rows(run) === '0 0 0');
});

test('a partition nobody needs any more is dropped', async () => {
	engine.sql(`create table run_record_202401 partition of run_record for values from (id_floor('2024-01-01Z')) to (id_floor('2024-02-01Z'))`);
	const executor = engine.executor();
	await until('it to be dropped', () => engine.one("select to_regclass('run_record_202401') is null") === 't');
	await until('it to be told', () => executor.said('partition dropped').length === 1);
});

test('a month that is to be made while a dump is under way is made later, and nobody waits for that', async () => {
	const month = engine.one(`select to_char(date_trunc('month', now() at time zone 'UTC') + interval '2 months', 'YYYYMM')`);
	const tables = ['step_run', 'run_record', 'blob', 'ledger'];
	const there = () => engine.one(`select count(*) from pg_class where relname in (${tables.map((t) => `'${t}_${month}'`)})`);
	engine.sql(tables.map((t) => `drop table ${t}_${month}`).join('; '), 'postgres');
	const ends = await engine.holding('lock table step_run, run_record, blob, ledger in access share mode');
	const ensure = () => engine.one(`set statement_timeout = '30s'; select partition_ensure(2)`); // where it does wait this says so
	assert.equal(ensure(), '0');
	await engine.ended(engine.create(engine.workflow()).map((run) => (engine.executor(), run)));
	assert.equal(there(), '0');
	await ends();
	await engine.stopExecutors();
	engine.executor(); // the first round comes at once
	await until('the month to be made', () => there() === '4');
});

test('an executor tells what it has counted, without a transaction of its own', async () => {
	const executor = engine.executor(['--lease-seconds=10']);
	const told = () => JSON.parse(engine.one(`select coalesce(max(metrics), 'null') from executor where name = '${executor.name}'`));
	const first = await until('its first word', told);
	assert.deepEqual([first.held, first.slots, first.total.completed], [0, 1000, 0]);
	assert.ok(first.memory > 1 << 20);
	await engine.ended(engine.create(engine.workflow(), { count: 10 }));
	const next = await until('the runs to be counted', () => (told().total.completed === 10 ? told() : null));
	assert.equal(next.total.calls, 30);
	assert.ok(next.recent.flushes > 0 && next.recent.flushed >= 10 && next.recent.flush_us > 0 && next.recent.us > 1e6, JSON.stringify(next.recent));
	await sleep(2500); // the pauses between its looks grow to a second
	const flushes = () => Number(engine.one(`select flush from executor where name = '${executor.name}'`));
	const committed = () => Number(engine.one("select xact_commit from pg_stat_database where datname = 'engine'"));
	await sometime('hardly anything happens', async () => {
		const begun = Date.now();
		const idle = flushes();
		const t = committed();
		await sleep(6000);
		const batches = flushes() - idle;
		const others = committed() - t;
		const seconds = (Date.now() - begun) / 1000;
		return (batches <= 1.5 * seconds && others <= 5 * seconds) || `${batches} batches and ${others} transactions in ${seconds} s`;
	});
	assert.ok(told().total.batches > next.total.batches);
});

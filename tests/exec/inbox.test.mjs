// A run of which much is asked: what one look reads of it is bounded, others are not kept waiting, and nothing of it is overlooked.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { sql, statements } from '../sql/lib/cluster.mjs';
import { A, startEngine, until } from './lib/engine.mjs';

const MANY = 100000;
const settings = ['seqscan', 'hashjoin', 'mergejoin'].map((name) => `set enable_${name} = off;`).join(' ') + ' set jit = off; set plan_cache_mode = force_generic_plan;';
let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

/** Signals as the API writes them, without its limits. */
const signals = (run, count, { name = "'go'", bytes = 1, kept = false } = {}) => engine.sql(`
	insert into run_inbox (workspace_id, run_id, id, kind, data, kept)
	select '${A}', '${run}', test.id7(), 'signal', json_build_object('name', ${name}, 'data', repeat('x', ${bytes}))::text, ${kept} from generate_series(1, ${count}) n`);
const left = (run, which = 'true') => Number(engine.one(`select count(*) from run_inbox where run_id = '${run}' and ${which}`));
const claim = () => engine.sql(`begin; set local role stepmill_executor; ${settings}
	select run_id, octet_length(inbox), json_array_length(inbox::json), kept_after is not null, inbox_more,
		(select string_agg(i ->> 'kind', ' ') from json_array_elements(inbox::json) i where i ->> 'kind' <> 'signal')
	from run_claim('${A}', '00000000-0000-0000-0000-000000000000', 50, 1000, null, null) where run_id is not null; rollback`, 'postgres');

test('a look brings a hundred requests of a run, signals last, and reads no more than it brings', () => {
	const [run, other] = engine.create(engine.workflow(), { count: 2 });
	const me = engine.one('select gen_random_uuid()');
	engine.sql(`update run_live set holder = '${me}'`);
	signals(run, MANY);
	signals(other, 3, { bytes: 200000 });
	engine.cancel({ workspace: A }, run);
	const { sql: text } = statements().find((s) => s.name === 'engine_inbox');
	const rows = sql(engine.cluster, 'engine', 'postgres', `${settings} prepare look as ${text}; begin; set local role stepmill_executor;
		create temporary table seen on commit drop as execute look('${me}');
		select run_id, count(*), min(kind), bool_or(more) from seen group by run_id order by 2;
		select 'read', sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) < 1000 from pg_index i where i.indrelid = 'run_inbox'::regclass; rollback`);
	assert.deepEqual(rows, [[other, '1', 'signal', 't'], [run, '100', 'cancel', 't'], ['read', 't']]);
	engine.sql('truncate run, run_live, run_inbox, run_record');
});

test('a claim finds what is asked of others behind a run of which a thousand things are asked, and brings a hundred of these', async () => {
	const flow = engine.flow([{ kind: 'signal', signal: 'last' }]);
	const [held, much, one] = engine.create(flow, { count: 3, quiet: true }).sort();
	engine.sql(`update run_live set due_at = now() + interval '1 hour', holder = case when run_id = '${held}' then gen_random_uuid() end`);
	signals(held, 1001);
	signals(much, 5000, { bytes: 100 });
	signals(much, 5000, { bytes: 100, kept: true });
	engine.sql(`insert into run_inbox (workspace_id, run_id, id, kind) values ('${A}', '${much}', test.id7(), 'pause'), ('${A}', '${one}', test.id7(), 'pause')`);
	const rows = claim();
	assert.deepEqual(rows.map((row) => row[0]).sort(), [much, one]);
	const [, bytes, count, moreKept, more, kinds] = rows.find((row) => row[0] === much);
	assert.deepEqual([count, moreKept, more, kinds], ['200', 't', 't', 'pause']);
	assert.ok(Number(bytes) < 100000);
	assert.deepEqual(rows.find((row) => row[0] === one).slice(2), ['1', 'f', 'f', 'pause']);
	engine.sql('truncate run, run_live, run_inbox, run_record');
});

test('of thousands of signals none is overlooked, whether they were kept when the run was claimed or not', async () => {
	const flow = engine.flow([{ kind: 'signal', signal: 'last' }, { kind: 'signal', signal: 'first' }]);
	const [kept, fresh] = engine.create(flow, { count: 2 });
	const first = engine.executor();
	for (const run of [kept, fresh]) await engine.asleep(run, 3600);
	await first.end();
	const name = `case n when 1 then 'first' when 5000 then 'last' else 'go' end`;
	signals(kept, 5000, { name, bytes: 1000, kept: true });
	signals(fresh, 5000, { name });
	engine.executor();
	await until('it to take the last of them', () => engine.steps(fresh)[0].status === 'completed');
	engine.ask(flow, kept, 'pause'); // that wakes it
	await until('it to take one that was kept', () => engine.steps(kept)[0].status === 'completed');
	engine.ask(flow, kept, 'resume');
	await engine.ended([kept, fresh]);
	assert.deepEqual([kept, fresh].map((run) => engine.run(run).status), ['completed', 'completed']);
});

test('a run of which a hundred thousand things are asked keeps no other waiting, and can be cancelled', async () => {
	const asks = engine.flow([{ kind: 'approval' }]);
	const [run] = engine.create(asks);
	const other = engine.create(asks);
	engine.executor();
	for (const id of [run, ...other]) await engine.asleep(id, 3600);
	signals(run, MANY);
	engine.sql('notify stepmill_run');
	await until('some to be read', () => left(run, 'kept') > 0);
	for (const id of other) engine.ask(asks, id, 'approval', { path: 's1', attempt: 1, decision: 'approve', comment: '' });
	await engine.ended([...other, ...engine.create(engine.workflow(), { count: 20 })]);
	engine.cancel(asks, run);
	await until('the cancellation', () => engine.run(run).status === 'cancelled' || left(run, 'kept') === MANY);
	assert.equal(engine.run(run).status, 'cancelled', 'everything else was read first');
	assert.equal(left(run), 0);
});

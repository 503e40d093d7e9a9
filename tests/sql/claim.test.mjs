// A claim reads what it takes, however many runs its workspace has, also when it was planned while there was none.

import assert from 'node:assert/strict';
import test from 'node:test';
import { startStack } from '../harness/stack.mjs';

const CLAIMED = 100;
const OLD = 5000;
const ASLEEP = 20000;

test('what a claim reads grows with what it claims, not with the history', async (t) => {
	const stack = await startStack({ build: process.env.STEPMILL_BUILD ?? 'build', executors: 0, live: false, workers: 1 });
	t.after(() => stack.stop());
	const workspace = '01900000-0000-7000-8000-00000000c1a1';
	// As executor_renew sets them for each of the executor's transactions.
	const settings = ['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'jit'].map((name) => `set ${name} = off;`).join(' ');
	const claim = `select count(run_id) from run_claim('${workspace}', '00000000-0000-0000-0000-000000000000', ${CLAIMED}, 1, null, null);`;
	const runs = (count) => `insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by)
		select '${workspace}', gen_random_uuid(), '${workspace}', 1, 'n', 'chain', 'pending', 3, '{}', '${workspace}' from generate_series(1, ${count})`;
	const [[nothing], [claimed], [read], [states]] = stack.sql(`${settings} set plan_cache_mode = force_generic_plan; set track_functions = 'all';
		alter table run set (autovacuum_enabled = false); alter table run_live set (autovacuum_enabled = false);
		set role stepmill_executor; ${claim} reset role;
		with made as (${runs(CLAIMED)} returning id) insert into run_live (workspace_id, run_id) select '${workspace}', id from made;
		${runs(OLD)};
		set role stepmill_executor; begin; ${claim}
		select coalesce(idx_tup_fetch, 0) + seq_tup_read from pg_stat_xact_user_tables where relname = 'run';
		select coalesce(sum(calls), 0) from pg_stat_xact_user_functions where funcname in ('run_state', 'run_states');
		rollback`);
	assert.deepEqual([nothing, claimed], ['0', String(CLAIMED)]);
	assert.ok(Number(read) <= 10 * CLAIMED, `${read} rows of run were read to claim ${CLAIMED}`);
	assert.equal(states, '0', 'nothing is read of the steps of runs that have none');
});

test('runs that sleep cost a claim nothing, nor do requests to runs that others hold', async (t) => {
	const stack = await startStack({ executors: 0, live: false, workers: 1 });
	t.after(() => stack.stop());
	const workspace = '01900000-0000-7000-8000-00000000c1a2';
	const settings = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit'].map((name) => `set ${name} = off;`).join(' ');
	const claim = `select count(run_id), max(epoch) filter (where run_id is null) from run_claim('${workspace}', '00000000-0000-0000-0000-000000000000', ${CLAIMED}, 1, null, null);`;
	const runs = (count, due, holder) => `with made as (insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by)
		select '${workspace}', gen_random_uuid(), '${workspace}', 1, 'n', 'flow', 'running', 1, '{}', '${workspace}' from generate_series(1, ${count}) returning id)
		insert into run_live (workspace_id, run_id, due_at, priority, holder) select '${workspace}', id, ${due}, mod(abs(hashtext(id::text)), 2), ${holder} from made;`;
	const [[none, noTime], [claimed, next], [read]] = stack.sql(`${settings} set plan_cache_mode = force_generic_plan;
		alter table run set (autovacuum_enabled = false); alter table run_live set (autovacuum_enabled = false);
		set role stepmill_executor; ${claim} reset role;
		${runs(ASLEEP, "now() + interval '1 hour'", 'null')} ${runs(500, 'now()', `'${workspace}'`)} ${runs(10, "now() - interval '1 second'", 'null')}
		insert into run_inbox (workspace_id, run_id, id, kind) select workspace_id, run_id, run_id, 'pause' from run_live where holder is not null;
		insert into run_inbox (workspace_id, run_id, id, kind) select workspace_id, run_id, run_id, 'pause' from run_live where due_at > now() + interval '1 minute' limit 5;
		set role stepmill_executor; begin; ${claim}
		select sum(idx_tup_read) from pg_stat_xact_user_tables t join lateral (select pg_stat_get_xact_tuples_returned(i.indexrelid) + pg_stat_get_xact_tuples_fetched(i.indexrelid) as idx_tup_read from pg_index i where i.indrelid = t.relid) i on true
		where t.relname in ('run', 'run_live');
		rollback`);
	assert.deepEqual([none, noTime, claimed], ['0', '\\N', '15']);
	assert.ok(Number(next) > 3500e6 && Number(next) <= 3600e6, `the next run is due in ${next} µs`);
	assert.ok(Number(read) <= 5000, `${read} index entries were read, with ${ASLEEP} runs asleep`);
});

test('the first claim of a run brings what was asked of it, and counts on from events that are there already', async (t) => {
	const stack = await startStack({ executors: 0, live: false, workers: 1 });
	t.after(() => stack.stop());
	const spaces = [1, 2, 3].map((n) => `01900000-0000-7000-8000-00000000c2a${n}`);
	const ids = Object.fromEntries(['plain', 'child', 'asked', 'away', 'known'].map((name, n) => [name, `01900000-0000-7000-8000-0000000000d${n}`]));
	const made = (space, name, more = {}) => `insert into run (workspace_id, id, workflow_id, workflow_version, name, type, step_count, input, created_by, ${['trigger', ...Object.keys(more)].join(', ')})
		values ('${space}', '${ids[name]}', '${space}', 1, 'n', 'chain', 3, '{"n": "${name}"}', '${space}', ${["'api'", ...Object.values(more)].join(', ')});
		insert into run_live (workspace_id, run_id) values ('${space}', '${ids[name]}');`;
	const fields = 'run_id, epoch, last_seq, coalesce(input, \'-\'), coalesce(overrides, \'-\'), coalesce(inbox::json -> 0 ->> \'kind\', \'-\'), whole, spent::json ->> \'by\'';
	const claim = (me) => `select ${fields} from run_claim('${me}', '00000000-0000-0000-0000-000000000000', 100, 1, null, null) where run_id is not null;`;
	const claimed = (me) => Object.fromEntries(stack.sql(claim(me), 'stepmill_executor').map(([id, ...rest]) => [Object.keys(ids).find((k) => ids[k] === id), rest]));
	// Three workspaces, nothing asked of anybody.
	stack.sql(`${made(spaces[0], 'plain')} ${made(spaces[1], 'child', { parent_run_id: `'${spaces[1]}'`, depth: '2', budget_nano: '7' })}
		${made(spaces[2], 'away', { models: `'{"*": "builtin/echo"}'` })}`);
	assert.deepEqual(claimed(spaces[0]), {
		plain: ['1', '1', '{"n": "plain"}', '-', '-', 't', spaces[0]],
		child: ['1', '1', '{"n": "child"}', '{"models":{},"inputs":{},"depth":2,"above":[],"budget_nano":7}', '-', 't', spaces[1]],
		away: ['1', '1', '{"n": "away"}', '{"models":{"*": "builtin/echo"},"inputs":{}}', '-', 't', spaces[2]],
	});
	// Asked of one of two: both come as they would have otherwise.
	stack.sql(`${made(spaces[0], 'asked')} ${made(spaces[1], 'known')}
		insert into run_inbox (workspace_id, run_id, id, kind) values ('${spaces[0]}', '${ids.asked}', gen_random_uuid(), 'cancel')`);
	assert.deepEqual(claimed(spaces[1]), {
		asked: ['1', '1', '{"n": "asked"}', '-', 'cancel', 't', spaces[0]],
		known: ['1', '1', '{"n": "known"}', '-', '-', 't', spaces[1]],
	});
	// Never held, and with events: the database was restored, which pauses what had not ended.
	stack.sql(`delete from run_live; insert into run_live (workspace_id, run_id) values ('${spaces[0]}', '${ids.plain}')`);
	stack.sql('select engine_restored()', 'stepmill_owner');
	assert.deepEqual(claimed(spaces[2]), { plain: ['2', '3', '{"n": "plain"}', '-', '-', 't', spaces[0]] });
});

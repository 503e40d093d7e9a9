// What a retry, a fork or a roll-back looks at of a run grows with its steps, not with their attempts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { migrated, sql, startCluster } from './lib/cluster.mjs';

const database = 'stepmill_newest';
const W = '01900000-0000-7000-8000-00000000c1a4';
const PATHS = 20;
const ATTEMPTS = 500;
const REOPENED = 20000; // the event that begins the second generation
let cluster;
let run;
before(() => {
	cluster = startCluster();
	migrated(cluster, database);
	const owner = (text) => sql(cluster, database, 'stepmill_owner', text);
	[[run]] = owner(`insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by, generation, kept)
		values ('${W}', (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '70008000000000000001')::uuid, '${W}', 1, 'n', 'flow', 'failed', ${PATHS}, '{}', '${W}', 2,
			'{"s03": 7, "s04": 500, "gone": 1}') returning id`);
	// Most of the first generation; of three paths something is of the second, too.
	owner(`insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, started_at, ended_seq)
		select '${W}', '${run}', 's' || lpad(p::text, 2, '0'), n, case when p > 17 and n > 490 then 2 else 1 end, 'prompt', case n when ${ATTEMPTS} then 'completed' else 'failed' end, now(),
			n * ${PATHS} + p + case when p > 17 and n > 490 then ${REOPENED} else 0 end
		from generate_series(1, ${PATHS}) p, generate_series(1, ${ATTEMPTS}) n`);
	owner(`insert into run_record (workspace_id, run_id, seq, at, type, data)
		select '${W}', '${run}', n, now(), case n when ${REOPENED} then 'run.reopened' else 'step.output' end,
			case n when ${REOPENED} then '{"version": 2, "version_before": 1, "reused": {"s03": 7, "s04": 500}}' else '{}' end
		from generate_series(2, ${2 * REOPENED}) n`);
	owner('vacuum analyze step_run');
});
after(() => cluster?.stop());

const read = `select sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) + sum(pg_stat_get_xact_tuples_returned(t.relid))
	from pg_stat_xact_user_tables t join pg_index i on i.indrelid = t.relid where t.relname ~ '^(step_run|run_record)'`;

test('the newest that count are found by their paths', () => {
	const rows = sql(cluster, database, 'postgres', `begin; select set_config('stepmill.workspace', '${W}', true), set_config('stepmill.user', '${W}', true);
		set local role stepmill_api;
		select n.path, n.attempt, n.status from run r cross join lateral run_newest(r.workspace_id, r.id, r.generation, r.kept) n where r.workspace_id = '${W}' and r.id = '${run}' order by 1;
		reset role; ${read}; rollback`).slice(1);
	assert.deepEqual(rows.slice(0, -1).map((row) => row.join(' ')), ['s03 7 failed', 's04 500 completed', 's18 500 completed', 's19 500 completed', 's20 500 completed']);
	assert.ok(Number(rows.at(-1)) < 10 * PATHS, `${rows.at(-1)} entries were read of ${PATHS * ATTEMPTS}`);
});

const asked = (text) => {
	const rows = sql(cluster, database, 'postgres', `begin; select set_config('stepmill.workspace', '${W}', true), set_config('stepmill.user', '${W}', true);
		set local role stepmill_api; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off; set local enable_bitmapscan = off; ${text};
		reset role; ${read}; rollback`).slice(1);
	return { rows: rows.slice(0, -1).map((row) => row.join(' ')), read: Number(rows.at(-1)) };
};
const endedAt = (upto) => asked(`select path, attempt from run_ended_at('${W}', '${run}', ${upto}) order by 1`);
const path = (n) => `s${String(n).padStart(2, '0')}`;
const every = (attempt, from = 1, to = PATHS) => Array.from({ length: to - from + 1 }, (_, i) => `${path(from + i)} ${attempt}`);

describe('what had ended at an event', () => {
	test('of the first generation is found by halves, and no event is read', () => {
		const { rows, read: entries } = endedAt(250 * PATHS + 10);
		assert.deepEqual(rows, [...every(250, 1, 10), ...every(249, 11, PATHS)]);
		assert.ok(entries < PATHS * 40, `${entries} entries were read of ${PATHS * ATTEMPTS}, and ${2 * REOPENED} events`);
	});
	test('of a later one is what it went on from, and what ended since', () => {
		const { rows, read: entries } = endedAt(REOPENED + 495 * PATHS + PATHS);
		assert.deepEqual(rows, ['s03 7', 's04 500', ...every(495, 18, 20)]);
		assert.ok(entries < PATHS * 40, `${entries} entries were read`);
	});
	test('nothing, at the first event', () => assert.deepEqual(endedAt(1).rows, []));
	test('an attempt that was cancelled is nothing to go on from, and one that runs has not ended', () => {
		sql(cluster, database, 'stepmill_owner', `update step_run set status = 'cancelled' where path = 's05' and attempt = 100; update step_run set ended_seq = null where path = 's06' and attempt = 500`);
		assert.equal(endedAt(100 * PATHS + PATHS).rows[4], 's05 99');
		assert.equal(endedAt(REOPENED - 1).rows[5], 's06 499');
	});
	test('gaps in the numbers change nothing', () => {
		sql(cluster, database, 'stepmill_owner', `delete from step_run where path = 's07' and attempt between 200 and 499`);
		assert.equal(endedAt(250 * PATHS).rows[6], 's07 199');
		assert.equal(endedAt(REOPENED - 1).rows[6], 's07 500');
	});
	test('the version is that of the generation, found by the rows that begin them', () => {
		for (const [at, version] of [[5, 1], [REOPENED, 2], [2 * REOPENED, 2]]) {
			const { rows, read: entries } = asked(`select run_version_at('${W}', '${run}', ${at}, 9)`);
			assert.deepEqual(rows, [String(version)]);
			assert.ok(entries < 10, `${entries} entries were read`);
		}
	});
});

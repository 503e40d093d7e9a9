// What a retry, a fork or a roll-back looks at of a run grows with its steps, not with their attempts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { migrated, sql, startCluster } from './lib/cluster.mjs';

const database = 'stepmill_newest';
const W = '01900000-0000-7000-8000-00000000c1a4';
const PATHS = 20;
const ATTEMPTS = 500;
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
	owner(`insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, started_at)
		select '${W}', '${run}', 's' || lpad(p::text, 2, '0'), n, case when p > 17 and n > 490 then 2 else 1 end, 'prompt', case n when ${ATTEMPTS} then 'completed' else 'failed' end, now()
		from generate_series(1, ${PATHS}) p, generate_series(1, ${ATTEMPTS}) n`);
	owner('vacuum analyze step_run');
});
after(() => cluster?.stop());

const read = `select sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) + sum(pg_stat_get_xact_tuples_returned(t.relid))
	from pg_stat_xact_user_tables t join pg_index i on i.indrelid = t.relid where t.relname like 'step_run%'`;

test('the newest that count are found by their paths', () => {
	const rows = sql(cluster, database, 'postgres', `begin; select set_config('stepmill.workspace', '${W}', true), set_config('stepmill.user', '${W}', true);
		set local role stepmill_api;
		select n.path, n.attempt, n.status from run r cross join lateral run_newest(r.workspace_id, r.id, r.generation, r.kept) n where r.workspace_id = '${W}' and r.id = '${run}' order by 1;
		reset role; ${read}; rollback`).slice(1);
	assert.deepEqual(rows.slice(0, -1).map((row) => row.join(' ')), ['s03 7 failed', 's04 500 completed', 's18 500 completed', 's19 500 completed', 's20 500 completed']);
	assert.ok(Number(rows.at(-1)) < 10 * PATHS, `${rows.at(-1)} entries were read of ${PATHS * ATTEMPTS}`);
});

// The monthly partitions: made ahead, and made late when nobody was there to make them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { migrated, sql, startCluster } from './lib/cluster.mjs';

const database = 'stepmill_partitions';
const tables = ['step_run', 'run_record', 'blob', 'ledger'];
let cluster;
const owner = (text) => sql(cluster, database, 'stepmill_owner', text);
const partitions = (table) => owner(`select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
	where i.inhparent = '${table}'::regclass order by 1`).flat();

before(() => {
	cluster = startCluster();
	migrated(cluster, database);
});
after(() => cluster?.stop());

test('this month and the next two have theirs, each like its parent', () => {
	const months = owner(`select to_char(now() at time zone 'UTC' + make_interval(months => i), 'YYYYMM') from generate_series(0, 2) i`).flat();
	for (const table of tables) {
		assert.deepEqual(partitions(table), [...months.map((month) => `${table}_${month}`), `${table}_default`].sort());
		for (const child of partitions(table)) {
			const indexes = owner(`select count(*) from pg_index where indrelid = '${child}'::regclass`);
			assert.deepEqual(indexes, owner(`select count(*) from pg_index where indrelid = '${table}'::regclass`), child);
		}
	}
	assert.deepEqual(owner('select partition_ensure(2)'), [['0']]);
});

test('a month that was missed gets its partitions, and what was written meanwhile', () => {
	const month = owner(`select to_char(date_trunc('month', now() at time zone 'UTC') + interval '2 months', 'YYYYMM')`)[0][0];
	for (const table of tables) owner(`drop table ${table}_${month}`);
	const [space, run] = ['00000000-0000-7000-8000-000000000001', owner(`select id_floor(now() + interval '2 months')`)[0][0]];
	owner(`insert into run_record (workspace_id, run_id, seq, at, type) values ('${space}', '${run}', 1, now(), 'x');
		insert into run_record (workspace_id, run_id, seq, at, type) values ('${space}', id_floor(now() + interval '9 months'), 1, now(), 'x')`);
	assert.deepEqual(owner('select count(*) from run_record_default'), [['2']]);
	assert.deepEqual(sql(cluster, database, 'stepmill_executor', 'select partition_ensure(2)'), [['4']]);
	assert.deepEqual(owner(`select tableoid::regclass::text from run_record where run_id = '${run}'`), [[`run_record_${month}`]]);
	assert.deepEqual(owner('select count(*) from run_record_default'), [['1']]);
	for (const table of tables) {
		assert.deepEqual(owner(`select relrowsecurity and relforcerowsecurity from pg_class where relname = '${table}_${month}'`), [['t']]);
	}
});

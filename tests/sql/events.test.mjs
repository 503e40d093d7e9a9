// Events as everybody reads them: a row an event, in their order and without a gap, however they share rows of run_record.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { migrated, sql, startCluster, trySql } from './lib/cluster.mjs';

const database = 'stepmill_events';
const W = '00000000-0000-7000-8000-000000000001';
const [run, fork, other] = ['0a', '0b', '0c'].map((end) => `01900000-0000-7000-8000-0000000000${end}`);
let cluster;

const owner = (text) => sql(cluster, database, 'postgres', text);
const api = (text) => sql(cluster, database, 'stepmill_api', `begin; set local stepmill.workspace = '${W}'; ${text}; rollback`);

before(() => {
	cluster = startCluster();
	migrated(cluster, database);
	const make = (id, from) => `insert into run (workspace_id, id, workflow_id, workflow_version, name, type, step_count, input, created_by, forked_from, created_at)
		values ('${W}', '${id}', '${W}', 1, 'r', 'chain', 1, '{}', '${W}', ${from ? `'${from}'` : 'null'}, '2026-01-02 03:04:05Z')`;
	owner(`${make(run)}; ${make(fork, run)}; ${make(other)};
		insert into run_record (workspace_id, run_id, seq, count, at, type, path, attempt, data) values
			('${W}', '${run}', 2, 3, now(), null, null, null, '[["run.started"],["step.started","a[0]/b",1,{"name":"\\u0000 \\ud800"}],["step.completed","a[0]/b",1]]'),
			('${W}', '${run}', 5, 1, now(), 'step.output', 'b', 2, '{"text":"x","offset":0}'),
			('${W}', '${run}', 6, 2, now(), null, null, null, '[["run.paused",null,null,{"by":null}],["run.resumed"]]'),
			('${W}', '${run}', 8, 1, now(), 'run.completed', null, null, null)`);
});
after(() => cluster?.stop());

const columns = 'seq, type, path, attempt, data';
const expected = [
	['1', 'run.created', '\\N', '\\N', '\\N'], ['2', 'run.started', '\\N', '\\N', '\\N'],
	['3', 'step.started', 'a[0]/b', '1', '{"name":"\\u0000 \\ud800"}'], ['4', 'step.completed', 'a[0]/b', '1', '\\N'],
	['5', 'step.output', 'b', '2', '{"text":"x","offset":0}'], ['6', 'run.paused', '\\N', '\\N', '{"by":null}'],
	['7', 'run.resumed', '\\N', '\\N', '\\N'], ['8', 'run.completed', '\\N', '\\N', '\\N'],
];
const shown = (rows) => rows.map((row) => row.map((value) => value ?? '\\N'));

test('a row an event', () => {
	assert.deepEqual(shown(owner(`select ${columns} from run_event where run_id = '${run}' order by seq`)), expected);
	assert.deepEqual(owner(`select at from run_event where run_id = '${run}' and seq = 1 and at = '2026-01-02 03:04:05Z'`).length, 1);
});

test('a page begins after any number and has as many as were asked for', () => {
	const pages = api(`select f, m, (select string_agg(e.seq::text, ' ') from run_events('${W}', '${run}', f, m) e) from generate_series(-1, 9) f, generate_series(0, 9) m`);
	assert.equal(pages.length, 110);
	for (const [from, most, seqs] of pages) {
		const wanted = expected.map((row) => row[0]).slice(Math.max(0, from), Math.max(0, from) + Number(most));
		assert.equal(shown([[seqs]])[0][0], wanted.join(' ') || '\\N', `after ${from}, ${most}`);
	}
	assert.deepEqual(shown(api(`select ${columns} from run_events('${W}', '${run}', 2, 5)`)), expected.slice(2, 7));
});

test('a page reads no more rows than it has to', () => {
	owner(`insert into run_record (workspace_id, run_id, seq, count, at, data) select '${W}', '${other}', n, 2, now(), '[["x"],["y"]]' from generate_series(2, 20000, 2) n`);
	const [[plan]] = api(`set local enable_seqscan = off; explain (analyze, format json, costs off, timing off) select * from run_events('${W}', '${other}', 9001, 50)`)
		.map((row) => [row.join('')]).reduce((all, [line]) => [[all[0][0] + line]], [['']]);
	const rows = (node) => Math.max(/run_record/.test(node['Relation Name'] ?? '') ? node['Actual Rows'] * node['Actual Loops'] : 0, ...(node.Plans ?? []).map(rows));
	const most = rows(JSON.parse(plan)[0].Plan);
	assert.ok(most > 0 && most <= 51, `${most} rows`);
});

test('an event that is written alone is a row; the creation of a run that is no fork is none', () => {
	owner(`insert into run_event (workspace_id, run_id, seq, at, type, data) values ('${W}', '${fork}', 1, now(), 'run.created', '{"forked_from":"x"}')`);
	owner(`insert into run_event (workspace_id, run_id, seq, at, type) values ('${W}', '${run}', 1, now(), 'run.created')`);
	assert.deepEqual(shown(owner(`select ${columns} from run_event where run_id = '${fork}'`)), [['1', 'run.created', '\\N', '\\N', '{"forked_from":"x"}']]);
	assert.deepEqual(owner(`select count(*) from run_event where run_id = '${run}' and seq = 1`), [['1']]);
});

test('two who go on from the same event collide, however many each has to add', () => {
	const late = trySql(cluster, database, 'stepmill_executor', `insert into run_record (workspace_id, run_id, seq, count, at, type) values ('${W}', '${run}', 6, 1, now(), 'step.started')`);
	assert.equal(late.state, '23505');
});

test('nobody sees events of another workspace', () => {
	const there = W.replace(/1$/, '2');
	const rows = sql(cluster, database, 'stepmill_api', `begin; set local stepmill.workspace = '${there}'; select count(*) from run_event; select count(*) from run_events('${W}', '${run}', 0, 9); rollback`);
	assert.deepEqual(rows, [['0'], ['0']]);
});

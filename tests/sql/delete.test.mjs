// Runs that nobody needs: hidden at once, removed in batches, by people and by age; months that hold nothing more are dropped. Nothing of
// a run that lives is touched.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, beforeEach, describe, test } from 'node:test';
import { migrated, sql, startCluster, trySql } from './lib/cluster.mjs';

const database = 'stepmill_delete';
const id = (n) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [here, there, ann, bob] = [1, 2, 11, 12].map(id);
let cluster;

const owner = (text) => sql(cluster, database, 'stepmill_owner', text);
const one = (text) => owner(text)[0][0];
const count = (table, where = 'true') => Number(one(`select count(*) from ${table} where ${where}`));
const asPerson = (person, text, role = 'stepmill_api') => trySql(cluster, database, role, `begin;
	select set_config('stepmill.workspace', '${here}', true), set_config('stepmill.user', '${person}', true);
	${text}; commit;`);
const purge = (budget = 5000) => sql(cluster, database, 'stepmill_executor', `select * from engine_purge(${budget})`)[0];
function purgeAll() {
	for (let i = 0; i < 100; i++) if (purge()[2] === 'f') return;
	assert.fail('the purge does not come to an end');
}

/** A run with what hangs on it; its id is of the time it was made. */
function run({ space = here, status = 'completed', age = '1 hour', lasted = '1 minute', events = 3, steps = 2, privateTo = null } = {}) {
	const [made] = owner(`select (left(id_floor(now() - interval '${age}')::text, 15) || substr(gen_random_uuid()::text, 16))::uuid`)[0];
	const ended = ['completed', 'failed', 'cancelled'].includes(status);
	const key = `'${space}', '${made}'`;
	owner(`insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, private_to, created_by, created_at, finished_at)
		values (${key}, '${id(50)}', 1, 'r', 'chain', '${status}', 2, '{}', ${privateTo ? `'${privateTo}'` : 'null'}, '${ann}', now() - interval '${age}',
			${ended ? `now() - interval '${age}' + interval '${lasted}'` : 'null'});
		${ended ? '' : `insert into run_live (workspace_id, run_id) values (${key});`}
		insert into run_record (workspace_id, run_id, seq, at, type) select ${key}, n, now(), 'x' from generate_series(1, ${events}) n;
		insert into step_run (workspace_id, run_id, path, attempt, kind, status, started_at) select ${key}, 's' || n, 1, 'prompt', 'completed', now() from generate_series(1, ${steps}) n;
		insert into blob (workspace_id, run_id, id, part, content) values (${key}, gen_random_uuid(), 0, 'x');
		insert into run_inbox (workspace_id, run_id, id, kind) values (${key}, gen_random_uuid(), 'pause');
		insert into ledger (workspace_id, run_id, path, attempt, at, provider, model, tokens_in, tokens_out) values (${key}, 's1', 1, now() - interval '${age}', 'b', 'm', 1, 1)`);
	return made;
}
const left = (made) => ['run', 'run_record', 'step_run', 'blob', 'run_inbox', 'ledger'].map((t) => count(t, `${t === 'run' ? 'id' : 'run_id'} = '${made}'`)).join(' ');
const whole = '1 3 2 1 1 1';
const gone = '0 0 0 0 0 1';

before(() => {
	cluster = startCluster();
	migrated(cluster, database);
	owner(`insert into app_user (id, email, name, password_hash) values ('${ann}', 'ann@example.org', 'ann', 'x'), ('${bob}', 'bob@example.org', 'bob', 'x');
		insert into workspace (id, slug, name) values ('${here}', 'here', 'here'), ('${there}', 'there', 'there')`);
});
after(() => cluster?.stop());
beforeEach(() => owner(`truncate run, run_live, run_inbox, step_run, run_record, blob, ledger;
	update workspace set retention_days = null, swept_to = null, swept_at = null`));

describe('a run that is deleted', () => {
	test('is seen by nobody from then on, and its rows follow, but what it cost', () => {
		const made = run();
		const other = run();
		assert.ok(asPerson(ann, `select run_delete('${here}', '${made}')`).ok);
		for (const role of ['stepmill_api', 'stepmill_live']) {
			assert.deepEqual(asPerson(ann, 'select id from run', role).rows.flat().filter((v) => v.length === 36 && v !== here && v !== ann && !v.includes(here)), [other]);
		}
		assert.equal(left(made), whole);
		assert.equal(asPerson(ann, `select run_delete('${here}', '${made}')`).ok, true, 'the same request again');
		assert.equal(asPerson(bob, `select run_delete('${here}', '${made}')`).state, 'SM404');
		purgeAll();
		assert.equal(left(made), gone);
		assert.equal(left(other), whole);
	});

	test('has ended', () => {
		for (const status of ['pending', 'running', 'paused']) {
			const made = run({ status });
			assert.equal(asPerson(ann, `select run_delete('${here}', '${made}')`).state, 'SM409');
			assert.equal(asPerson(ann, `select run_hide(array['${made}']::uuid[])`).rows.at(-1)[0], '0');
		}
		purgeAll();
		assert.equal(count('run'), 3);
	});

	test('is not one that somebody else keeps to herself, nor one of another workspace', () => {
		const secret = run({ privateTo: ann });
		const foreign = run({ space: there });
		for (const made of [secret, foreign]) {
			assert.equal(asPerson(bob, `select run_delete('${here}', '${made}')`).state, 'SM404');
			assert.equal(asPerson(bob, `select run_delete('${there}', '${made}')`).state, 'SM404');
			assert.equal(asPerson(bob, `select run_hide(array['${made}']::uuid[])`).rows.at(-1)[0], '0');
		}
		assert.equal(count('run', 'deleted_at is null'), 2);
	});

	test('that was asked to run again in that moment is not claimed, and what it was asked is taken back', () => {
		const made = run();
		owner(`update run set deleted_at = now() where id = '${made}'; insert into run_live (workspace_id, run_id) values ('${here}', '${made}')`);
		owner(`insert into executor (incarnation, name, planner, lease_until) values ('${id(70)}', 'e', 1, now() + interval '1 hour')`);
		assert.deepEqual(sql(cluster, database, 'stepmill_executor', `select run_id from run_claim('${id(70)}', '${id(0)}', 10, 99, null, null) where run_id is not null`), []);
		owner(`update run_live set holder = '${id(70)}'`);
		purge();
		assert.equal(left(made), '1 3 2 1 2 1', 'held: it is cancelled and waited for');
		assert.equal(one(`select kind from run_inbox where dedup = 'cancel'`), 'cancel');
		owner('update run_live set holder = null');
		purgeAll();
		assert.equal(left(made), gone);
		assert.equal(count('run_live'), 0);
		owner('delete from executor');
	});

	test('goes in batches when it is large, oldest first', () => {
		const made = run({ events: 2500, steps: 700 });
		owner(`update run set deleted_at = now() where id = '${made}'`);
		const steps = [];
		for (let i = 0; i < 10; i++) {
			const [, removed, busy] = purge(1000);
			if (busy === 'f') break;
			steps.push(Number(removed));
			assert.equal(count('run'), steps.length < 4 ? 1 : 0, 'the run goes last');
		}
		assert.deepEqual(steps, [1000, 1000, 1000, 301]); // a part of a blob weighs as much as a hundred rows
		assert.equal(left(made), gone);
	});

	test('is removed by one executor at a time', async () => {
		const made = run();
		owner(`update run set deleted_at = now() where id = '${made}'`);
		const other = spawn('psql', ['-Xqh', cluster.host, '-U', 'stepmill_executor', '-d', database], { stdio: ['pipe', 'pipe', 'inherit'] });
		other.stdin.write("begin; select pg_try_advisory_xact_lock(hashtextextended('stepmill.purge', 0));\n");
		await once(other.stdout, 'data');
		assert.deepEqual(purge(), ['0', '0', 'f']);
		other.stdin.end('commit;\n');
		await once(other, 'exit');
		purgeAll();
		assert.equal(left(made), gone);
	});
});

describe('many at once', () => {
	const bulk = (deed, { flow = 'null', project = 'null', statuses = 'null', since = 'null', before: until = 'null', ids = 'null', most = 100, dry = false, at = 'null', atId = 'null' } = {}, who = ann) => {
		const answer = asPerson(who, `select matched, accepted, next_at, next_id from run_bulk('${here}', '${deed}', ${flow}, ${project}, ${statuses}, ${since}, ${until}, ${ids}, ${at}, ${atId}, ${most}, ${dry}, 'failed', 'same', null, 1)`);
		assert.ok(answer.ok, answer.message);
		return answer.rows.at(-1);
	};
	test('are cancelled where they live, and each is asked once', () => {
		const live = ['pending', 'running', 'paused'].map((status) => run({ status }));
		const ended = run();
		run({ status: 'running', space: there });
		run({ status: 'running', privateTo: ann });
		assert.deepEqual(bulk('cancel', { dry: true }, bob).slice(0, 2), ['3', '3']);
		assert.equal(count('run_inbox', "dedup = 'cancel:1'"), 0);
		assert.deepEqual(bulk('cancel', {}, bob).slice(0, 2), ['3', '3']);
		assert.deepEqual(owner(`select run_id from run_inbox where dedup = 'cancel:1' and kind = 'cancel' and created_by = '${bob}' order by 1`).flat(), [...live].sort());
		assert.deepEqual(bulk('cancel', {}, bob).slice(0, 2), ['3', '0'], 'asked before');
		assert.deepEqual(bulk('cancel', { ids: `array['${ended}', '${live[0]}', '${id(99)}']::uuid[]` }, bob).slice(0, 2), ['2', '0']);
		assert.deepEqual(bulk('cancel', {}, ann).slice(0, 2), ['4', '1'], 'with her own');
		assert.equal(one(`select uuid_ok from (select bool_and(substr(id::text, 15, 1) = '7') uuid_ok from run_inbox where dedup = 'cancel:1') x`), 't');
	});
	test('are deleted where they have ended, as the filter says', () => {
		const made = { old: run({ age: '3 days' }), failed: run({ status: 'failed', age: '2 days' }), fresh: run(), live: run({ status: 'running' }) };
		owner(`update run set workflow_id = '${id(51)}' where id = '${made.fresh}'`);
		const would = (filter) => bulk('delete', { ...filter, dry: true }).slice(0, 2).join(' ');
		assert.equal(would({}), '3 3');
		assert.equal(would({ statuses: "'{failed}'" }), '1 1');
		assert.equal(would({ statuses: "'{running,failed}'" }), '2 1');
		assert.equal(would({ flow: `'${id(51)}'` }), '1 1');
		assert.equal(would({ before: "now() - interval '1 day'" }), '2 2');
		owner(`update run set project_id = '${id(61)}' where id in ('${made.failed}', '${made.live}')`);
		assert.equal(would({ project: `'${id(61)}'` }), '1 1');
		assert.equal(would({ project: `'${id(61)}'`, statuses: "'{running,failed}'" }), '2 1');
		assert.equal(would({ project: `'${id(61)}'`, flow: `'${id(51)}'` }), '0 0');
		assert.equal(bulk('cancel', { project: `'${id(61)}'`, dry: true }).slice(0, 2).join(' '), '1 1');
		assert.equal(bulk('cancel', { project: `'${id(62)}'`, dry: true }).slice(0, 2).join(' '), '0 0');
		assert.equal(would({ since: "now() - interval '60 hours'", before: "now() - interval '1 day'" }), '1 1');
		assert.equal(would({ ids: `array['${made.live}', '${made.old}']::uuid[]` }), '2 1');
		assert.equal(count('run', 'deleted_at is not null'), 0);
		assert.equal(bulk('delete', { before: "now() - interval '1 day'" })[1], '2');
		assert.deepEqual(owner('select id from run where deleted_at is null order by 1').flat(), [made.fresh, made.live].sort());
	});
	test('go on where the last call ended', () => {
		const all = Array.from({ length: 5 }, () => run({ age: '1 hour' }));
		owner('update run set created_at = date_trunc(\'hour\', now())'); // of one moment: the id decides
		const seen = [];
		let place = {};
		for (let i = 0; i < 5; i++) {
			const [matched, accepted, at, atId] = bulk('delete', { most: 2, dry: true, ...place });
			seen.push(`${matched} ${accepted}`);
			if (at === null) break;
			place = { at: `'${at}'`, atId: `'${atId}'` };
		}
		assert.deepEqual(seen, ['2 2', '2 2', '1 1']);
		assert.equal(all.length, 5);
	});
});

describe('by its age', () => {
	test('a run that ended long enough ago goes, in workspaces that say so', () => {
		const old = run({ age: '31 days' });
		const young = run({ age: '29 days' });
		const long = run({ age: '40 days', lasted: '15 days' });
		const live = run({ age: '50 days', status: 'running' });
		const kept = run({ age: '31 days', space: there });
		purgeAll();
		assert.equal(count('run'), 5, 'unless set nothing goes');
		owner(`update workspace set retention_days = 30 where id = '${here}'`);
		purgeAll();
		assert.deepEqual([old, young, long, live, kept].map(left), [gone, whole, whole, whole, whole]);
		owner(`update run set finished_at = finished_at - interval '10 days' where id = '${long}'`);
		purgeAll();
		assert.equal(left(long), whole, 'it was looked for a moment ago');
		owner("update workspace set swept_at = now() - interval '2 hours'");
		purgeAll();
		assert.equal(left(long), gone);
	});
	test('many are marked a page a call, and long sleepers do not keep the others from being found', () => {
		owner(`update workspace set retention_days = 10 where id = '${here}';
			insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by, created_at, finished_at)
			select '${here}', gen_random_uuid(), '${id(50)}', 1, 'r', 'chain', case when n <= 1500 then 'running' else 'completed' end, 2, '{}', '${ann}',
				now() - interval '20 days' + (n / 1200) * interval '1 second', case when n > 1500 then now() - interval '15 days' end from generate_series(1, 2600) n;
			insert into run_live (workspace_id, run_id) select workspace_id, id from run where status = 'running'`);
		const marked = [];
		for (let i = 0; i < 20; i++) {
			const [expired, , busy] = purge();
			marked.push(Number(expired));
			if (busy === 'f') break;
		}
		assert.equal(marked.reduce((a, b) => a + b), 1100);
		assert.ok(marked.every((n) => n <= 1000), marked.join(' '));
		assert.deepEqual([count('run'), count('run', "status = 'running'")], [1500, 1500]);
	});
});

describe('a month that is over', () => {
	const tables = ['step_run', 'run_record', 'blob', 'ledger'];
	const months = () => owner(`select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relname ~ '_(2024|2025)[0-9]{2}$' order by 1`).flat();
	const drop = () => sql(cluster, database, 'stepmill_executor', 'select * from partition_drop()')[0];
	function dropAll() {
		const dropped = [];
		for (let i = 0; i < 20; i++) {
			const [name] = drop();
			if (name === null) break;
			dropped.push(name);
		}
		return dropped.sort();
	}
	/** Partitions of a month long ago, with one run of it. */
	function past(month) {
		const [y, m] = month.split('-').map(Number);
		const next = m === 12 ? `${y + 1}-01` : `${y}-${String(m + 1).padStart(2, '0')}`;
		for (const t of tables) owner(`create table ${t}_${month.replace('-', '')} partition of ${t} for values from (id_floor('${month}-01Z')) to (id_floor('${next}-01Z'))`);
		const [made] = owner(`select (left(id_floor('${month}-15Z')::text, 15) || substr(gen_random_uuid()::text, 16))::uuid`)[0];
		const key = `'${here}', '${made}'`;
		owner(`insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by, created_at, finished_at)
				values (${key}, '${id(50)}', 1, 'r', 'chain', 'completed', 1, '{}', '${ann}', '${month}-15Z', '${month}-15Z');
			insert into run_record (workspace_id, run_id, seq, at, type) values (${key}, 1, '${month}-15Z', 'x');
			insert into ledger (workspace_id, run_id, path, attempt, at, provider, model, tokens_in, tokens_out) values (${key}, 'a', 1, '${month}-15Z', 'b', 'm', 1, 1)`);
		return made;
	}
	const clear = () => owner(months().map((name) => `drop table ${name};`).join(''));

	test('is dropped when all its runs are deleted, and its ledger with it', () => {
		const made = past('2024-03');
		const now = run();
		assert.deepEqual(dropAll(), [], 'its run is there');
		owner(`update run set deleted_at = now() where id = '${made}'`);
		assert.deepEqual(dropAll(), tables.map((t) => `${t}_202403`).sort());
		purgeAll();
		assert.deepEqual([count('run', `id = '${made}'`), count('ledger', `run_id = '${made}'`)], [0, 0]);
		assert.equal(left(now), whole);
	});
	test('is kept for one run that lives, or is about to', () => {
		const made = past('2024-03');
		owner(`update run set status = 'running', finished_at = null where id = '${made}'; insert into run_live (workspace_id, run_id) values ('${here}', '${made}')`);
		assert.deepEqual(dropAll(), []);
		owner(`update run set status = 'completed', deleted_at = now() where id = '${made}'`);
		assert.deepEqual(dropAll(), []);
		owner('truncate run_live');
		assert.equal(dropAll().length, 4);
	});
	test('keeps its ledger for thirteen months, and as long as something younger is in it', () => {
		const recent = one("select to_char(now() - interval '12 months', 'YYYY-MM')");
		const made = past(recent);
		owner(`update run set deleted_at = now() where id = '${made}'`);
		const names = ['blob', 'run_record', 'step_run'].map((t) => `${t}_${recent.replace('-', '')}`);
		assert.deepEqual(dropAll(), names);
		owner(`drop table ledger_${recent.replace('-', '')}`);

		const old = past('2024-03');
		owner(`update run set deleted_at = now() where id = '${old}'; update ledger set at = now() - interval '2 months' where run_id = '${old}'`);
		assert.equal(dropAll().length, 3);
		owner(`update ledger set at = now() - interval '14 months' where run_id = '${old}'`);
		assert.deepEqual(dropAll(), ['ledger_202403']);
	});
	test('waits for nobody who reads it, and is dropped the next time', async () => {
		const made = past('2024-03');
		owner(`update run set deleted_at = now() where id = '${made}'`);
		const reader = spawn('psql', ['-Xqh', cluster.host, '-U', 'stepmill_owner', '-d', database], { stdio: ['pipe', 'pipe', 'inherit'] });
		reader.stdin.write('begin; select count(*) from run_record_202403; select count(*) from run_record; select count(*) from blob;\n');
		await once(reader.stdout, 'data');
		assert.deepEqual(drop(), [null, 't']);
		reader.stdin.end('commit;\n');
		await once(reader, 'exit');
		assert.equal(dropAll().length, 4);
	});
	test('is not this one, nor one to come', () => {
		owner('truncate run');
		dropAll();
		clear();
		assert.equal(count('pg_inherits', "inhparent = 'run_record'::regclass"), 4);
	});
});

// Two requests, and two migrating programs, at the same time: each interleaving written down. See lib/session.mjs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { migrated, root, sql, startCluster } from '../sql/lib/cluster.mjs';
import { session, until } from './lib/session.mjs';
import { startWorld } from './lib/world.mjs';

const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');

describe('creating with one Idempotency-Key twice', () => {
	let world;
	before(() => {
		world = startWorld();
	});
	after(() => world?.stop());
	afterEach(() => world.clear());
	const count = () => world.one('select count(*) from run');
	const both = async () => [await world.worker().begin(), await world.worker().begin()];

	test('the second waits for the first and gets its answer; there is one run', async () => {
		const [one, two] = await both();
		const made = await one.create(world.flow, { key: 'k' });
		const late = two.create(world.flow, { key: 'k' });
		await world.blocked(two, one);
		await one.commit();
		const again = await late;
		await two.commit();
		assert.deepEqual([made.replayed, again.replayed], [false, true]);
		assert.deepEqual(again.answer, made.answer);
		assert.equal(count(), '1');
	});

	test('when the first comes to nothing, the second makes the run', async () => {
		const [one, two] = await both();
		await one.create(world.flow, { key: 'k' });
		const late = two.create(world.flow, { key: 'k' });
		await world.blocked(two, one);
		await one.rollback();
		const made = await late;
		await two.commit();
		assert.equal(made.replayed, false);
		assert.equal(world.one('select id from run'), made.answer.runs[0]);
		assert.equal(count(), '1');
	});

	test('another request under the same key is refused', async () => {
		const [one, two] = await both();
		await one.create(world.flow, { key: 'k', hash: 'aa' });
		const late = two.create(world.flow, { key: 'k', hash: 'bb' });
		late.catch(() => {});
		await world.blocked(two, one);
		await one.commit();
		await assert.rejects(late, { state: 'SM422' });
		await two.rollback();
		assert.equal(count(), '1');
	});

	test('different keys do not wait for each other', async () => {
		const [one, two] = await both();
		await one.create(world.flow, { key: 'k' });
		await two.create(world.flow, { key: 'l' });
		await two.commit();
		await one.commit();
		assert.equal(count(), '2');
	});

	test('the same batch sent again after a lost connection makes nothing twice', async () => {
		const [one, two] = await both();
		const ids = ['00000000-0000-7000-8000-0000000000c1', '00000000-0000-7000-8000-0000000000c2'];
		await one.create(world.flow, { ids });
		const late = two.create(world.flow, { ids }); // the first was thought to be lost
		await world.blocked(two, one);
		await one.commit();
		await late;
		await two.commit();
		assert.deepEqual([count(), world.one('select count(*) from run_live'), world.one('select count(*) from run_event')], ['2', '2', '2']);
	});
});

describe('migrating twice', () => {
	let cluster;
	before(() => {
		cluster = startCluster();
	});
	after(() => cluster?.stop());

	const migrate = (database) => promisify(execFile)(`${build}/stepmill`, ['migrate', '--directory', `${root}/sql/migrations`, '--db',
		`host=${cluster.host} dbname=${database} user=stepmill_owner`], { encoding: 'utf8' });
	const waiting = (n) => `select count(*) = ${n} from pg_locks where locktype = 'advisory' and not granted`;
	const lockName = "hashtextextended('stepmill.migrate', 0)";

	test('at the same time: one applies all, the other finds nothing to do', async () => {
		sql(cluster, 'postgres', 'postgres', 'create database twice owner stepmill_owner');
		const gate = session(cluster, 'twice', 'stepmill_owner');
		await gate.sql(`select pg_advisory_lock(${lockName})`);
		const both = Promise.all([migrate('twice'), migrate('twice')]);
		both.catch(() => {});
		await until(cluster, 'twice', 'both to wait', waiting(2));
		assert.equal(sql(cluster, 'twice', 'postgres', "select to_regclass('schema_migration')")[0]?.[0] ?? null, null);
		await gate.sql(`select pg_advisory_unlock(${lockName})`);
		const said = (await both).map((done) => done.stdout);
		await gate.close();
		assert.equal(said.filter((out) => /\d+ migrations applied/.test(out)).length, 1, said.join('\n'));
		assert.equal(said.filter((out) => /up to date/.test(out)).length, 1, said.join('\n'));
		migrated(cluster, 'plainly');
		const numbers = (database) => sql(cluster, database, 'postgres', 'select number, name from schema_migration order by number');
		assert.deepEqual(numbers('twice'), numbers('plainly'));
	});

	test('when the first is killed between, the second does the rest', async () => {
		sql(cluster, 'postgres', 'postgres', 'create database killed owner stepmill_owner');
		// The first comes to the table of migrations, which somebody else keeps from being read.
		const named = session(cluster, 'killed', 'stepmill_owner');
		await named.sql('create table schema_migration (number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())');
		await named.sql('begin; lock table schema_migration in access exclusive mode');
		const first = migrate('killed');
		first.catch(() => {});
		const has = "select pid from pg_locks where locktype = 'advisory' and granted";
		await until(cluster, 'killed', 'the first to have the lock and to wait for the table',
			`select count(*) = 1 from pg_locks where not granted and relation = 'schema_migration'::regclass`);
		const second = migrate('killed');
		await until(cluster, 'killed', 'the second to wait', waiting(1));
		sql(cluster, 'killed', 'postgres', `select pg_terminate_backend((${has}))`);
		await assert.rejects(first);
		await named.sql('rollback');
		assert.match((await second).stdout, /\d+ migrations applied/);
		await named.close();
	});
});

// A fork reads the run it begins in while that one begins anew, is deleted, or its month is dropped. Each interleaving is written down.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { A, id7, startWorld } from './lib/world.mjs';

let world, flow;
before(() => {
	world = startWorld();
	[[flow]] = world.owner(`select test.flow('${A}', '${JSON.stringify({ type: 'flow', input: { type: 'object' }, steps: [
		{ key: 'each', name: 'Each', kind: 'loop', items: [0, 1, 2], steps: [{ key: 'x', name: 'X', kind: 'transform', value: 'x' }] },
		{ key: 'last', name: 'Last', kind: 'transform', value: 'x' }] })}')`);
});
after(() => world?.stop());
afterEach(() => world.clear());

const paths = ['each', ...[0, 1, 2].flatMap((i) => [`each[${i}]`, `each[${i}]/x`]), 'last'];
const kindOf = (path) => ({ each: 'loop', last: 'transform' })[path] ?? (path.endsWith('x') ? 'transform' : 'iteration');
const rows = (run, list, generation, id = "'{}'") => `insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, output, started_at, finished_at, ended_seq)
	values ${list.map((path) => `('${A}', '${run}', '${path}', ${generation}, ${generation}, '${kindOf(path)}', 'completed', ${id}, now(), now(), 2)`).join(', ')};`;

/** A run that has ended, each of its steps at the first attempt. */
function ended() {
	const [[run]] = world.owner(`select test.create_runs('${A}', '${flow}', 1)`);
	world.owner(`update run set status = 'completed', started_at = now(), finished_at = now() where id = '${run}'; delete from run_live where run_id = '${run}'; ${rows(run, paths, 1)}`);
	return run;
}
/** path#attempt of what a fork has, and which generation and run these are of. */
const taken = (fork) => world.owner(`select path || '#' || attempt, generation, reused_from from step_run where run_id = '${fork}' and attempt > 0 order by path`);
const first = (run) => paths.slice(1, 5).map((path) => [`${path}#1`, '1', run]);
const forkAt = 'each[2]/x';

/** A fork that has read what the run has, and waits before it writes: somebody is about to make a run of its id. What is given lets it go on. */
async function reading(run) {
	const worker = await world.worker().begin();
	const blocker = world.connect('stepmill_owner');
	const id = id7();
	await blocker.pid();
	await blocker.sql(`begin; insert into run (workspace_id, id, workflow_id, workflow_version, name, type, step_count, created_by, input)
		select workspace_id, '${id}', workflow_id, 1, 'x', 'flow', 2, created_by, '{}' from run where id = '${run}'`);
	const going = worker.fork(run, forkAt, id);
	going.catch(() => {});
	await world.blocked(worker, blocker);
	return { id, go: async () => {
		await blocker.sql('rollback');
		await going;
		await worker.commit();
	} };
}
/** The next generation of a run is asked for, and begun by an executor; what it does of its loop. */
async function again(run) {
	const worker = await world.worker().begin();
	await worker.reopen(run);
	await worker.commit();
	const executor = await world.executor('again');
	const held = await executor.claimed();
	assert.deepEqual(held.map((h) => [h.run, h.inbox.map((r) => r.kind)]), [[run, ['reopen']]]);
	await executor.begin();
	assert.equal(await executor.lock(held), 'a');
	const one = (value) => [value];
	assert.deepEqual(await executor.connection.call('flush_run_reopened', one(A), one(run), one(0), one(2), one(1), one(2), one(1), one('{}'), one(null), one(held[0].inbox[0].id)), [['1']]);
	await executor.connection.sql(rows(run, paths.slice(0, 3), 2, "'\"anew\"'"));
	await executor.commit();
	assert.equal(world.one(`select generation from run where id = '${run}'`), '2');
}
const purge = async (executor) => (await executor.connection.call('engine_purge', 5000))[0];
const left = (run) => world.one(`select (select count(*) from run where id = '${run}') + (select count(*) from step_run where run_id = '${run}')`);

describe('a fork against the next generation of the run it begins in', () => {
	test('that begins while the fork reads: what it takes over is of the generation it has looked at', async () => {
		const run = ended();
		const fork = await reading(run);
		await again(run); // waits for nobody
		await fork.go();
		assert.deepEqual(taken(fork.id), first(run));
	});

	test('that begins in the middle of its copy: the rest is of the generation it has looked at, too', async () => {
		const run = ended();
		const big = id7();
		// Something large in it: the copy is left to whoever claims the fork.
		world.owner(`update step_run set output = null, output_blob = '${big}', output_bytes = 5000000 where run_id = '${run}' and path = 'each[0]/x';
			insert into blob (workspace_id, run_id, id, part, content) values ('${A}', '${run}', '${big}', 0, 'a'), ('${A}', '${run}', '${big}', 1, 'b')`);
		const id = id7();
		const worker = await world.worker().begin();
		await worker.fork(run, forkAt, id);
		await worker.commit();
		const executor = await world.executor('first');
		assert.deepEqual((await executor.claimed()).map((h) => h.run), [id]);
		const copy = async () => (await executor.connection.call('run_copy', executor.me, A, id, 1))[0][0];
		assert.deepEqual([await copy(), taken(id)], ['f', []]);
		await again(run);
		let turns = 0;
		while (await copy() === 'f') assert.ok(++turns < 10);
		assert.deepEqual(taken(id), first(run));
		assert.equal(world.one(`select string_agg(content, '' order by part) from blob where run_id = '${id}'`), 'ab');
	});
});

describe('a fork against whoever removes the run it begins in', () => {
	test('deleted while the fork reads, it is removed when the fork is made, and nothing of that is missing', async () => {
		const run = ended();
		const fork = await reading(run);
		const other = await world.worker().begin();
		await other.delete(run); // waits for nobody
		await other.commit();
		const executor = await world.executor('first');
		assert.deepEqual(await purge(executor), ['0', '0', 'f']);
		assert.equal(left(run), String(1 + paths.length));
		await fork.go();
		assert.deepEqual(taken(fork.id), first(run));
		await purge(executor);
		assert.equal(left(run), '0');
		assert.deepEqual(taken(fork.id), first(run));
	});

	test('deleted by somebody who has not committed: the fork is made, and does not wait', async () => {
		const run = ended();
		const [other, worker] = [await world.worker().begin(), await world.worker().begin()];
		const id = id7();
		await other.delete(run);
		await worker.fork(run, forkAt, id);
		await worker.commit();
		await other.commit();
		await purge(await world.executor('first'));
		assert.equal(left(run), '0');
		assert.deepEqual(taken(id), first(run));
	});

	test('deleted and about to be removed: there is nothing to fork', async () => {
		const run = ended();
		const [other, worker] = [await world.worker().begin(), await world.worker().begin()];
		await other.delete(run);
		await other.commit();
		const executor = await world.executor('first');
		await executor.connection.sql('begin');
		assert.equal((await purge(executor))[2], 't');
		await assert.rejects(worker.fork(run, forkAt, id7()), { state: 'SM404' });
		await executor.commit();
	});

	test('its month is not dropped while the fork reads', async () => {
		const run = ended();
		// As if it had been made in a month that is over.
		const old = '016f5e66-e800-7000-8000-000000000001'; // of January 2020
		for (const table of ['step_run', 'blob'])
			world.owner(`create table ${table}_202001 partition of ${table} for values from (id_floor('2020-01-01Z')) to (id_floor('2020-02-01Z'))`);
		const big = id7();
		world.owner(`update run set id = '${old}' where id = '${run}'; delete from step_run; ${rows(old, paths, 1)}
			update step_run set output = null, output_blob = '${big}', output_bytes = 3 where path = 'each[0]/x';
			insert into blob (workspace_id, run_id, id, part, content) values ('${A}', '${old}', '${big}', 0, 'abc')`);
		const fork = await reading(old);
		const other = await world.worker().begin();
		await other.delete(old);
		await other.commit();
		const executor = await world.executor('first');
		const drop = async () => (await executor.connection.call('partition_drop'))[0];
		assert.deepEqual(await drop(), [null, 't']);
		await fork.go();
		assert.deepEqual(taken(fork.id), first(old));
		assert.equal(world.one(`select content from blob where run_id = '${fork.id}'`), 'abc');
		assert.deepEqual([await drop(), await drop()], [['blob_202001', 'f'], ['step_run_202001', 'f']]);
	});
});

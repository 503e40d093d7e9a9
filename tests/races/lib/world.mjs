// A database with a workspace, a person who is signed in, a chain, and executors and API workers as sessions.
import { readFileSync } from 'node:fs';

import { migrated, root, sql, startCluster } from '../../sql/lib/cluster.mjs';
import { blocked, session, until } from './session.mjs';

export const A = '00000000-0000-7000-8000-00000000000a';
export const person = '00000000-0000-7000-8000-000000000001';
export const none = '00000000-0000-0000-0000-000000000000';
const database = 'races';
const token = "decode(repeat('0a', 32), 'hex')";

let ids = 0;
/** A version 7 id of our own, later ones greater. */
export function id7() {
	const time = Date.now().toString(16).padStart(12, '0');
	return `${time.slice(0, 8)}-${time.slice(8)}-7${(++ids).toString(16).padStart(3, '0')}-8000-${process.pid.toString(16).padStart(12, '0')}`;
}

/** An executor: an incarnation, and one connection of its own. */
class Executor {
	constructor(world, connection, name) {
		Object.assign(this, { world, connection, name, me: id7() });
	}
	async enter(leaseMs = 60000) {
		await this.connection.pid();
		await this.connection.call('executor_start', this.me, this.name, 1, leaseMs);
		return this;
	}
	async begin(leaseMs = 60000) {
		await this.connection.sql('begin');
		return Number((await this.connection.call('executor_renew', this.me, leaseMs, true))[0][0]);
	}
	/** Begins under a lease that is over soon: the shortest that this machine is quick enough for. */
	async beginLate() {
		for (let ms = 1000; ; ms *= 2) {
			this.world.owner(`update executor set lease_until = clock_timestamp() + interval '${ms} ms' where incarnation = '${this.me}'`);
			try {
				return await this.begin();
			} catch (error) {
				if (error.state !== 'SM412' || ms > 60000) throw error;
				await this.rollback();
			}
		}
	}
	/** Ids of the runs it got, with what else came: [{ run, epoch, status, seq, inbox }]. */
	async claim(atMost = 10) {
		const rows = await this.connection.call('run_claim', this.me, none, atMost, 1, null, null);
		return rows.filter((r) => r[1] !== null)
			.map((r) => ({ run: r[1], epoch: Number(r[2]), strikes: Number(r[3]), status: r[6], seq: Number(r[8]), steps: JSON.parse(r[9] ?? '[]'),
				inbox: JSON.parse(r[10] ?? '[]') }));
	}
	/** Claims in a transaction of its own. */
	async claimed(atMost) {
		await this.begin();
		const got = await this.claim(atMost);
		await this.commit();
		return got;
	}
	/** One letter a run: a accepted, s skipped, l lost. */
	async lock(runs) {
		return (await this.connection.call('flush_lock', this.me, runs.map(() => A), runs.map((r) => r.run), runs.map((r) => r.epoch)))[0][0];
	}
	event(runs, type) {
		return this.connection.call('flush_event', runs.map(() => A), runs.map((r) => r.run), runs.map((_, n) => n), runs.map((r) => r.seq + 1),
			runs.map(() => 1), runs.map(() => type), runs.map(() => null), runs.map(() => null), runs.map(() => null));
	}
	async end(runs, status = 'completed') {
		const all = (value) => runs.map(() => value);
		const ended = await this.connection.call('flush_run_ended', all(A), runs.map((r) => r.run), runs.map((_, n) => n), all(status), all(null),
			all(null), all(0), all(0), all(0), all(0), all(null), all(null), all(0));
		return Number(ended[0][0]);
	}
	commit() {
		return this.connection.sql('commit');
	}
	rollback() {
		return this.connection.sql('rollback');
	}
	async reap() {
		return (await this.connection.call('executor_reap', this.me)).map((r) => r[1]);
	}
	async retire(who, blame = false) {
		return (await this.connection.call('executor_retire', who, blame))[0];
	}
}

/** An API worker in a request of the one person there is. */
class Worker {
	constructor(connection) {
		this.connection = connection;
	}
	async begin() {
		await this.connection.pid();
		await this.connection.sql(`begin; select from guard(${token}, '${A}', 'member') g(x)`);
		return this;
	}
	create(flow, { key = null, hash = 'aa', ids: made = [id7()] } = {}) {
		const answer = JSON.stringify({ runs: made });
		return this.connection.call('run_create', A, flow, 1, false, made, made.map(() => '{"text": "x"}'), 0, 1, null, answer, key, `\\x${hash}`)
			.then((rows) => ({ replayed: rows[0][0] === 't', answer: JSON.parse(rows[0][1]) }));
	}
	cancel(run) {
		return this.connection.call('run_cancel', A, run, id7());
	}
	/** A new run that begins at a step of another one; of version 1. */
	fork(run, step, id) {
		return this.connection.call('run_fork', A, run, id, step, 1, 'same', null, null, null, 1, null, null);
	}
	/** The next generation, from the start. */
	reopen(run) {
		return this.connection.call('run_reopen', A, run, id7(), 'start', null, null, 'same', null, 0, 1);
	}
	delete(run) {
		return this.connection.call('run_delete', A, run);
	}
	commit() {
		return this.connection.sql('commit');
	}
	rollback() {
		return this.connection.sql('rollback');
	}
}

export function startWorld() {
	const cluster = startCluster();
	const open = [];
	migrated(cluster, database);
	const owner = (text) => sql(cluster, database, 'stepmill_owner', text);
	owner(readFileSync(`${root}/tests/exec/lib/seed.sql`, 'utf8'));
	owner(`insert into membership (workspace_id, user_id, role) values ('${A}', '${person}', 'member');
		insert into session (token_hash, user_id, expires_at) values (${token}, '${person}', now() + interval '1 hour')`);
	const flow = owner(`select test.workflow('${A}', 'chain', 3, 'builtin/instant')`)[0][0];
	const connect = (role) => {
		const connection = session(cluster, database, role);
		open.push(connection);
		return connection;
	};
	const world = {
		cluster,
		database,
		flow,
		owner,
		one: (text) => owner(text)[0]?.[0],
		connect,
		executor: (name, leaseMs) => new Executor(world, connect('stepmill_executor'), name).enter(leaseMs),
		worker: () => new Worker(connect('stepmill_api')),
		/** Ids of new runs that are due. */
		runs: (count = 1) => owner(`select test.create_runs('${A}', '${flow}', ${count})`).flat(),
		blocked: (waiter, holder) => blocked(cluster, database, waiter.connection ?? waiter, holder.connection ?? holder),
		until: (what, text) => until(cluster, database, what, text),
		holder: (run) => world.one(`select holder from run_live where run_id = '${run}'`),
		events: (run) => owner(`select type from run_event where run_id = '${run}' order by seq`).flat(),
		/** Between tests: no connection, no executor, no run. */
		async clear() {
			for (const connection of open.splice(0)) await connection.close();
			const others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
			sql(cluster, database, 'postgres', `select pg_terminate_backend(pid) ${others}`);
			await until(cluster, database, 'the connections to be gone', `select not exists (select ${others})`);
			owner('delete from run_live; delete from run_inbox; delete from run_record; delete from step_run; delete from blob; delete from run; delete from executor; delete from idempotency');
		},
		async stop() {
			for (const connection of open.splice(0)) await connection.close();
			cluster.stop();
		},
	};
	return world;
}

// Connections that are driven one statement at a time, for interleavings that are written down.
//
//	const a = session(cluster, database, 'stepmill_executor');
//	await a.sql('begin');
//	const rows = await a.call('run_claim', me, none, 10, 1, null, null);   // a statement of sql/queries
//	const late = b.sql('update …');                                   // is not awaited: it waits for a's lock
//	await blocked(b, a);                                              // until PostgreSQL says so
//	await a.sql('commit');
//	await late;
//
// Nothing here sleeps for a time: what must have happened is asked of PostgreSQL until it has.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { waitsFor } from '../../harness/waits.mjs';
import { sql as ask, statements } from '../../sql/lib/cluster.mjs';

const named = new Map(statements().map((s) => [s.name, s]));
const patience = 120000;

/** What PostgreSQL refused: its SQLSTATE and its words. */
export class Refused extends Error {
	constructor(state, message) {
		super(`${state} ${message}`);
		this.state = state;
	}
}

/** A value as a literal of SQL; arrays become array literals. */
function literal(value) {
	if (value === null) return 'null';
	if (typeof value === 'boolean' || typeof value === 'number') return String(value);
	if (Array.isArray(value)) return `'{${value.map((v) => (v === null ? 'null' : JSON.stringify(String(v)))).join(',')}}'`;
	return `'${String(value).replaceAll("'", "''")}'`;
}

class Session {
	#child;
	#lines = [];
	#wanted = null;
	#count = 0;
	#last = Promise.resolve();
	#prepared = new Set();
	#gone;

	constructor(cluster, database, role) {
		// Output by lines and errors in the same stream, so that both come in the order in which they happened.
		this.#child = spawn('sh', ['-c', 'exec stdbuf -oL psql "$@" 2>&1', 'psql', '-XqAt', '-h', cluster.host, '-U', role, '-d', database,
			'-v', 'VERBOSITY=verbose', '-F', '\x1f', '-P', 'null=\x01'],
		{ stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' } });
		this.#gone = once(this.#child, 'exit');
		createInterface({ input: this.#child.stdout }).on('line', (line) => this.#line(line));
		this.role = role;
	}

	#line(line) {
		if (this.#wanted && line === this.#wanted.mark) {
			const { resolve } = this.#wanted;
			this.#wanted = null;
			resolve(this.#lines.splice(0));
		} else {
			this.#lines.push(line);
		}
	}

	async #run(text) {
		const mark = `\x02${++this.#count}`;
		const done = new Promise((resolve) => (this.#wanted = { mark, resolve }));
		this.#child.stdin.write(`${text}\n;\n\\echo ${mark}\n`);
		const lines = await Promise.race([done, this.#gone.then(() => {
			throw new Error(`psql ended: ${this.#lines.join('\n')}`);
		})]);
		const wrong = lines.map((line) => /^(?:psql:\S+ )?ERROR:\s+(\w{5}): (.*)/.exec(line)).find(Boolean);
		if (wrong) throw new Refused(wrong[1], wrong[2]);
		return lines.map((line) => line.split('\x1f').map((v) => (v === '\x01' ? null : v)));
	}

	/** Rows of texts; the next statement waits for this one. */
	sql(text) {
		const mine = this.#last.then(() => this.#run(text));
		this.#last = mine.catch(() => {});
		return mine;
	}

	/** A statement of sql/queries by its name. */
	async call(name, ...args) {
		const statement = named.get(name);
		if (!statement) throw new Error(`sql/queries has no statement ${name}`);
		if (!this.#prepared.has(name)) {
			this.#prepared.add(name);
			await this.sql(`prepare ${name} as ${statement.sql}`);
		}
		return this.sql(`execute ${name}${args.length ? `(${args.map(literal).join(', ')})` : ''}`);
	}

	async pid() {
		this.id ??= (await this.sql('select pg_backend_pid()'))[0][0];
		return this.id;
	}

	/** Whatever it waits for; its transaction is rolled back. */
	async close() {
		this.#child.kill('SIGKILL');
		await this.#gone;
	}
}

export const session = (cluster, database, role) => new Session(cluster, database, role);

/** Until the probe, a query of one value, gives 't'. */
export async function until(cluster, database, what, text) {
	const wait = waitsFor(what);
	try {
		for (const end = Date.now() + patience; ask(cluster, database, 'postgres', text)[0]?.[0] !== 't'; await pause(10)) {
			if (Date.now() > end) throw new Error(`waited ${patience} ms for ${what}`);
		}
	} finally {
		wait.over();
	}
}

/** Until `waiter` waits for a lock that `holder` has. Ask both for their pid() before one of them waits. */
export async function blocked(cluster, database, waiter, holder) {
	await until(cluster, database, `${waiter.role} to wait for ${holder.role}`,
		`select ${holder.id} = any (pg_blocking_pids(${waiter.id}))`);
}

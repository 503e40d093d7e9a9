// A private cluster with a schema, a few helpers to make runs, and executors as child processes.
//
//	const engine = await startEngine();
//	const flow = engine.workflow({ steps: 3, model: 'builtin/instant' });
//	const [run] = engine.create(flow);
//	const executor = engine.executor();
//	await engine.ended([run]);
//
// The programs are those of build/, or of the directory STEPMILL_BUILD.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { guard } from '../../harness/reaper.mjs';
import { remove } from '../../harness/remove.mjs';
import { waitsFor } from '../../harness/waits.mjs';
import { migrated, root, sql, startCluster, trySql } from '../../sql/lib/cluster.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const A = '00000000-0000-7000-8000-00000000000a';
export const B = '00000000-0000-7000-8000-00000000000b';

/** Waits until probe() gives something truthy; as long as it may take on a busy machine. */
export async function until(what, probe, ms = 120000) {
	const wait = waitsFor(what);
	try {
		for (const end = Date.now() + ms; ; await sleep(20)) {
			const value = await probe();
			if (value) return value;
			if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
		}
	} finally {
		wait.over();
	}
}

class Executor {
	constructor(engine, name, args, before) {
		this.engine = engine;
		const conninfo = `host=${engine.cluster.host} dbname=engine user=stepmill_executor`;
		this.name = name;
		this.logFile = path.join(engine.dir, `${name}.log`);
		const log = openSync(this.logFile, 'a');
		const [command, ...first] = [...before, `${build}/stepmill-executor`];
		this.child = spawn(command, [...first, `--db=${conninfo}`, `--name=${name}`, `--builtin-log=${engine.callFile}`, ...args],
			{ stdio: ['ignore', log, log] });
		closeSync(log);
		this.exit = once(this.child, 'exit').then(([code, signal]) => signal ?? code);
	}
	signal(name) {
		this.child.kill(name);
	}
	/** Killed, its lease is over at once, by the database's clock: nobody waits for that, and leases may be as long as a busy machine needs. */
	async end(name = 'SIGTERM') {
		this.signal(name);
		const how = await this.exit;
		if (name === 'SIGKILL') this.engine.lapse(this.name);
		return how;
	}
	log() {
		return readFileSync(this.logFile, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
	}
	said(what) {
		return this.log().filter((line) => line.what === what);
	}
}

class Session {
	constructor(host) {
		this.child = spawn('psql', ['-XqAt', '-h', host, '-U', 'postgres', '-d', 'engine'], { stdio: ['pipe', 'pipe', 'inherit'] });
		this.exit = once(this.child, 'exit');
		this.said = '';
		this.asked = 0;
		this.child.stdout.on('data', (piece) => {
			this.said += piece;
		});
	}
	/** Resolves when it is done, with all that was said so far. */
	async run(text) {
		const mark = `done ${++this.asked}`;
		this.child.stdin.write(`${text};\nselect '${mark}';\n`);
		await until(text, () => this.said.includes(`${mark}\n`));
		return this.said;
	}
	async close() {
		this.child.stdin.end();
		await this.exit;
	}
}

class Engine {
	constructor({ leaseSeconds = 10 } = {}) {
		this.leaseSeconds = leaseSeconds;
		this.cluster = startCluster();
		this.dir = mkdtempSync(path.join(tmpdir(), 'stepmill-exec-'));
		this.release = guard(this.dir);
		this.callFile = path.join(this.dir, 'calls');
		this.executors = [];
		this.sessions = [];
		this.started = 0;
		migrated(this.cluster, 'engine');
		this.sql(readFileSync(path.join(here, 'seed.sql'), 'utf8'));
	}
	sql(text, role = 'stepmill_owner') {
		return sql(this.cluster, 'engine', role, text);
	}
	/** Ends the lease of an executor that is dead. Where the database is away, or its last transaction goes on, the lease ends by itself. */
	lapse(name) {
		trySql(this.cluster, 'engine', 'stepmill_owner', `update executor set lease_until = clock_timestamp() where incarnation in (
			select incarnation from executor where name = '${name}' and lease_until > clock_timestamp() for no key update skip locked)`);
	}
	/** A connection that stays until it is closed, or the executors are ended: for what a test holds open. */
	session() {
		const session = new Session(this.cluster.host);
		this.sessions.push(session);
		return session;
	}
	/** A transaction that has done this and goes on; what it gives ends it. */
	async holding(text) {
		const session = this.session();
		await session.run(`begin; ${text}`);
		return async () => {
			await session.run('commit');
			await session.close();
		};
	}
	/** Listens; what it gives tells the payloads that have come so far. */
	async listen(channel) {
		const session = this.session();
		await session.run(`listen ${channel}`);
		return async () => [...(await session.run('select 1')).matchAll(/notification "\w+" with payload "([^"]*)"/g)].map((match) => match[1]);
	}
	one(text) {
		return this.sql(text)[0]?.[0];
	}
	workflow({ workspace = A, steps = 3, model = 'builtin/instant', options = {}, seconds = 60 } = {}) {
		return { workspace, id: this.one(`select test.workflow('${workspace}', 'chain', ${steps}, '${model}', '${JSON.stringify(options)}', ${seconds})`) };
	}
	/** Steps as a definition has them; what a prompt step needs is filled in: it echoes its input, or the run's. */
	flow(steps, workspace = A, more = {}) {
		const fill = (list) => list.map((step, i) => ({
			key: `s${i + 1}`, name: step.key ?? `Step ${i + 1}`, kind: 'prompt',
			...((step.kind ?? 'prompt') === 'prompt' ? { timeout_seconds: 60, prompt: 'any', input: { text: '{{input.text}}' }, model: 'builtin/instant' } : {}),
			...step,
			...(step.steps ? { steps: fill(step.steps) } : {}),
		}));
		const definition = JSON.stringify({ type: 'flow', input: { type: 'object' }, steps: fill(steps), ...more }).replaceAll("'", "''");
		return { workspace, id: this.one(`select test.flow('${workspace}', '${definition}')`) };
	}
	/** The next version of a workflow, with these steps. */
	version(flow, steps, more) {
		const other = this.flow(steps, flow.workspace, more);
		this.sql(`with next as (update workflow set current_version = current_version + 1 where id = '${flow.id}' returning current_version)
			update workflow_version v set workflow_id = '${flow.id}', version = n.current_version from next n where v.workflow_id = '${other.id}'`);
	}
	/** Asks for the next generation of a run as the API does: { ok, state, message }. */
	tryReopen(flow, run, { from = 'failed', step = null, checkpoint = null, version = 'same', models = null, id = 'test.id7()' } = {}) {
		const text = (value) => (value === null ? 'null' : `'${value}'`);
		const request = id === 'test.id7()' ? this.one('select test.id7()') : id;
		return trySql(this.cluster, 'engine', 'stepmill_api', `select set_config('stepmill.workspace', '${flow.workspace}', false),
				set_config('stepmill.user', '00000000-0000-7000-8000-000000000001', false);
			select run_reopen('${flow.workspace}', '${run}', '${request}', '${from}', ${text(step)}, ${text(checkpoint)}, '${version}',
				${text(models && JSON.stringify(models))}, 0, 1); notify stepmill_run`);
	}
	reopen(flow, run, how) {
		const { ok, state, message } = this.tryReopen(flow, run, how);
		if (!ok) throw new Error(`${state} ${message}`);
	}
	/** Reopens and waits for the end of that generation. */
	async again(flow, run, how) {
		const { generation } = this.run(run);
		this.reopen(flow, run, how);
		await until(`generation ${generation + 1} of ${run} to end`, () => {
			const now = this.run(run);
			return now.generation === generation + 1 && now.finished_at !== null;
		});
	}
	/** A new run that begins at a step of another one; its id. */
	fork(flow, run, { step, version = 1, latest = false, input = null, stepInputs = null, models = null }) {
		const json = (value) => (value === null ? 'null' : `'${JSON.stringify(value).replaceAll("'", "''")}'`);
		const id = this.one('select test.id7()');
		const { ok, state, message } = trySql(this.cluster, 'engine', 'stepmill_api', `select set_config('stepmill.workspace', '${flow.workspace}', false),
				set_config('stepmill.user', '00000000-0000-7000-8000-000000000001', false);
			select run_fork('${flow.workspace}', '${run}', '${id}', '${step}', ${version}, '${latest ? 'latest' : 'same'}', ${json(input)}, ${json(stepInputs)},
				${json(models)}, 1, null, null); notify stepmill_run`);
		if (!ok) throw new Error(`${state} ${message}`);
		return id;
	}
	/** path#attempt of the step runs that count in the run's generation, with their status. */
	counting(id) {
		return this.sql(`select s.path || '#' || s.attempt || ' ' || s.status from run r join step_run s on s.workspace_id = r.workspace_id and s.run_id = r.id
			where r.id = '${id}' and step_run_counts(s.generation, s.path, s.attempt, r.generation, r.kept) order by s.path, s.attempt`).flat();
	}
	/** Puts a request into a run's inbox, as the API does. */
	ask(flow, run, kind, data = null) {
		const text = data === null ? 'null' : `'${JSON.stringify(data).replaceAll("'", "''")}'`;
		this.sql(`insert into run_inbox (workspace_id, run_id, id, kind, data, created_by) values ('${flow.workspace}', '${run}', test.id7(), '${kind}',
			${text}, '00000000-0000-7000-8000-000000000001'); notify stepmill_run`);
	}
	/** Not held, and due in more than so many seconds. */
	async asleep(run, seconds = 0) {
		await until(`${run} to sleep`, () => this.one(`select count(*) from run_live where run_id = '${run}' and holder is null
			and due_at > now() + interval '${seconds} s'`) === '1');
	}
	/** Ids of new runs; `quiet`: nobody is told. */
	create(flow, { count = 1, input = { text: 'one two three' }, quiet = false } = {}) {
		const ids = this.sql(`select test.create_runs('${flow.workspace}', '${flow.id}', ${count}, '${JSON.stringify(input).replaceAll("'", "''")}')`).flat();
		if (!quiet) this.sql('notify stepmill_run');
		return ids;
	}
	cancel(flow, run) {
		this.sql(`select test.cancel('${flow.workspace}', '${run}'); notify stepmill_run`);
	}
	/** `before`: a command that starts it, such as prlimit. */
	executor(args = [], name = `executor-${++this.started}`, before = []) {
		const executor = new Executor(this, name, [`--lease-seconds=${this.leaseSeconds}`, ...args], before);
		this.executors.push(executor);
		return executor;
	}
	run(id) {
		return JSON.parse(this.one(`select row_to_json(r) from run r where id = '${id}'`));
	}
	events(id) {
		return JSON.parse(this.one(`select coalesce(jsonb_agg(e order by seq), '[]') from run_event e where run_id = '${id}'`))
			.map((e) => ({ ...e, data: e.data === null ? null : JSON.parse(e.data) }));
	}
	types(id) {
		return this.events(id).map((e) => (e.path ? `${e.type} ${e.path}` : e.type));
	}
	steps(id) {
		return JSON.parse(this.one(`select coalesce(jsonb_agg(s order by started_at, path), '[]') from step_run s where run_id = '${id}'`));
	}
	/** What the built-in model was asked for a run. */
	calls(id) {
		if (!existsSync(this.callFile)) return [];
		return readFileSync(this.callFile, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((call) => call.run === id);
	}
	async called(id, times = 1) {
		await until(`${times} calls of ${id}`, () => this.calls(id).length >= times);
	}
	async ended(ids) {
		const list = ids.map((id) => `'${id}'`).join(', ');
		await until('runs to end', () => this.one(`select count(*) from run_live where run_id in (${list})`) === '0');
	}
	/** Nothing recorded contradicts anything else; see test.wrong() in seed.sql. */
	wrong() {
		return this.sql('select * from test.wrong()').flat();
	}
	/** Kills every server process, as a power cut does, and starts them again. */
	crash() {
		const script = `${root}/tests/harness/postgres.sh`;
		execFileSync(script, ['crash', this.cluster.conninfo]);
		return () => execFileSync(script, ['resume', this.cluster.conninfo]);
	}
	/**
	 * Executors die one after the other, each when it has done some work: so many more rows of steps each time, or all there is. A run that was not looked
	 * at by so many of them is not to blame for their end.
	 */
	async killAgain(times, more) {
		const rows = () => Number(this.one('select count(*) from step_run'));
		for (let i = 0; i < times; i++) {
			const executor = this.executor();
			const before = rows();
			await until('some work', () => rows() > before + i * more || this.one('select count(*) from run_live') === '0');
			await executor.end('SIGKILL');
			this.sql('update run_live set strikes = 0');
		}
	}
	async stopExecutors() {
		for (const session of this.sessions) await session.close();
		this.sessions = [];
		for (const executor of this.executors) {
			executor.signal('SIGCONT');
			await executor.end('SIGKILL');
		}
		this.executors = [];
	}
	async stop() {
		await this.stopExecutors();
		this.cluster.stop();
		remove(this.dir);
		this.release();
	}
}

export async function startEngine(options) {
	return new Engine(options);
}

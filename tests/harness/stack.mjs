// A private Stepmill for tests: its own PostgreSQL cluster, free port, sockets and programs, all under one temporary
// directory, all ended by stop(). Every process can be killed, stopped and started again by name.
//
//	const stack = await startStack({ executors: 2 });
//	const ada = await stack.signIn();
//	const { status, body } = await ada.post(`/workspaces/${ada.workspace}/runs`, { workflow_id, input: {} });
//	await stack.stop();
//
// Options: build (directory of the programs, STEPMILL_BUILD or build/ unless set), executorBuild (another one for the executors), workers,
// executors, live (false: none), leaseSeconds, fsync, postgres (settings), page (directory of the built page), locations (text for
// nginx), env (for every program), builtinLog (path the built-in model writes requests to), diskMb (PostgreSQL's data on a file system of
// that size; needs the right to mount), empty (no demo: nobody has an account yet).

import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { guard } from './reaper.mjs';
import { remove } from './remove.mjs';
import { ask } from './sql.mjs';
import { place, template } from './template.mjs';
import { waitsFor } from './waits.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const pgBin = fs.readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin`).sort().at(-1);
const asRoot = process.getuid() === 0;
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** The well-known things that `stepmill demo` makes. */
export const demo = { email: 'ada@example.com', password: 'correct horse battery staple' };

/** A server that listens there; null when somebody else does. */
const listens = (...where) => new Promise((done) => {
	const server = net.createServer().on('error', () => done(null)).listen(...where, () => done(server));
});

/**
 * A port that nobody gets before us: none of those that connections begin at, and kept from other tests by a name that goes with this process.
 * Browsers ask at none of the low ones that are known for something else.
 */
export async function freePort() {
	const [first, last] = fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
	const [from, to] = first > 20000 ? [12000, first] : [last + 1, 65536];
	for (;;) {
		const port = from + Math.floor(Math.random() * (to - from));
		const name = await listens(`\0stepmill-test-port-${port}`);
		if (!name) continue;
		name.unref();
		const server = await listens(port, '127.0.0.1');
		if (!server) {
			name.close();
			continue;
		}
		server.close();
		await once(server, 'close');
		return port;
	}
}

/** Thrown by whatever still uses a stack that was stopped: a test that has failed ends at once, and so does all it left under way. */
export class Stopped extends Error {
	constructor() {
		super('the stack was stopped');
	}
}

/** Waits until probe() gives something truthy, asking every `pause` ms; throws what it waited for after `ms`: long enough for a busy machine. */
export async function until(what, probe, ms = 120000, pause = 25) {
	const end = Date.now() + ms;
	let last;
	const wait = waitsFor(what);
	try {
		for (;;) {
			try {
				const value = await probe();
				if (value) return value;
			} catch (error) {
				if (error instanceof Stopped) throw error;
				last = error;
			}
			if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}${last ? `: ${last.message}` : ''}`);
			await sleep(pause);
		}
	} finally {
		wait.over();
	}
}

class Program {
	constructor(stack, name, command, args, env) {
		Object.assign(this, { stack, name, command, args, env, child: null, starts: 0 });
	}
	start(extraEnv = {}) {
		this.stack.needed();
		const log = fs.openSync(path.join(this.stack.dir, 'log', `${this.name}.log`), 'a');
		this.child = spawn(this.command, this.args, {
			stdio: ['ignore', log, log],
			env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...this.stack.options.env, ...this.env, ...extraEnv },
		});
		fs.closeSync(log);
		this.starts++;
		const child = this.child;
		child.once('exit', () => {
			if (this.child === child) this.child = null;
		});
		return this;
	}
	get pid() {
		return this.child?.pid;
	}
	get running() {
		return this.child !== null;
	}
	/** Sends a signal; resolves when the process has ended (at once for STOP and CONT). */
	async kill(signal = 'SIGKILL') {
		const child = this.child;
		if (!child) return;
		child.kill(signal);
		if (signal === 'SIGSTOP' || signal === 'SIGCONT' || signal === 'SIGHUP') return;
		if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
	}
	log() {
		return fs.readFileSync(path.join(this.stack.dir, 'log', `${this.name}.log`), 'utf8');
	}
}

function children(pid) {
	return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Ended; one that nobody has waited for yet counts as well. */
export function gone(pid) {
	try {
		return /^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
	} catch {
		return true;
	}
}

async function killFamily(program) {
	if (!program.running) return;
	const family = children(program.pid);
	await program.kill('SIGKILL');
	for (const pid of family) {
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			/* it has gone with its parent */
		}
	}
	await until(`the children of ${program.name} to be gone`, () => family.every(gone));
}

export async function startStack(options = {}) {
	const stack = new Stack(options);
	try {
		await stack.start();
	} catch (error) {
		for (const file of fs.readdirSync(path.join(stack.dir, 'log'))) {
			const text = fs.readFileSync(path.join(stack.dir, 'log', file), 'utf8');
			if (text) console.error(`--- ${file}\n${text.slice(-2000)}`);
		}
		await stack.stop();
		throw error;
	}
	return stack;
}

class Stack {
	constructor(options) {
		this.options = { workers: 2, executors: 1, live: true, leaseSeconds: 15, fsync: false, env: {}, ...options };
		this.build = path.resolve(root, this.options.build ?? process.env.STEPMILL_BUILD ?? 'build');
		this.dir = fs.mkdtempSync(path.join(place, 'stepmill-'));
		fs.chmodSync(this.dir, 0o755);
		this.release = guard(this.dir);
		for (const name of ['log', 'run', 'tmp', 'pg']) fs.mkdirSync(path.join(this.dir, name));
		this.pgHost = `${this.dir}/pg`; // of the cluster in use: a test that fails over sets another one
		this.programs = {};
		this.executors = [];
		this.stopped = false;
		this.goingOn = []; // called before anything is stopped: ends what uses the stack
	}

	/** Throws when it was stopped: nothing may be started that nobody would stop. */
	needed() {
		if (this.stopped) throw new Stopped();
	}

	conninfo(role = 'stepmill_owner') {
		return `host=${this.pgHost} dbname=stepmill user=${role}`;
	}

	// ---- PostgreSQL ----

	asPostgres(command, args, env = {}) {
		const prefix = asRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
		const [file, ...rest] = [...prefix, command, ...args];
		return { file, args: rest, options: { cwd: this.dir, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env } } };
	}

	/** `fresh`: a cluster that was never another one's copy. */
	initCluster({ fresh = false } = {}) {
		if (asRoot) execFileSync('chown', ['postgres:postgres', `${this.dir}/pg`]);
		fs.chmodSync(`${this.dir}/pg`, 0o755);
		if (this.options.diskMb) {
			fs.mkdirSync(`${this.dir}/pg/data`);
			execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${this.options.diskMb}m,mode=700,uid=postgres,gid=postgres`, 'stepmill-test', `${this.dir}/pg/data`]);
			this.mounted = `${this.dir}/pg/data`;
		}
		if (fresh) {
			const init = this.asPostgres(`${pgBin}/initdb`, ['-D', `${this.dir}/pg/data`, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8',
				'--locale=C.UTF-8', '--no-sync']);
			execFileSync(init.file, init.args, { ...init.options, stdio: 'ignore' });
		} else execFileSync('cp', ['-a', `${template()}/.`, `${this.dir}/pg/data`]);
		const run = this.asPostgres(`${pgBin}/postgres`, ['-D', `${this.dir}/pg/data`, '-c', 'listen_addresses=',
			'-c', `unix_socket_directories=${this.dir}/pg`, '-c', 'max_connections=60', '-c', 'shared_buffers=128MB',
			// Not in /dev/shm: what a killed server leaves goes with its directory.
			'-c', 'dynamic_shared_memory_type=mmap',
			...Object.entries({ fsync: this.options.fsync ? 'on' : 'off', ...this.options.postgres })
				.flatMap(([name, value]) => ['-c', `${name}=${value}`])]);
		this.programs.postgres = new Program(this, 'postgres', run.file, run.args, run.options.env);
	}

	async startPostgres() {
		this.programs.postgres.start();
		await until('PostgreSQL to answer', () => {
			execFileSync('psql', ['-h', this.pgHost, '-U', 'postgres', '-d', 'postgres', '-Atqc', 'select 1'], { stdio: 'pipe' });
			return true;
		}, 60000);
	}

	/** kill -9 of the postmaster and all its children, as a power cut does it to one machine's PostgreSQL. */
	async killPostgres() {
		await killFamily(this.programs.postgres);
		fs.rmSync(`${this.dir}/pg/data/postmaster.pid`, { force: true });
	}

	/** kill -9 of the API's master and workers. */
	async killApi() {
		await killFamily(this.programs.api);
	}

	/** kill -9 of nginx's master and workers: a worker alone would go on listening. */
	async killNginx() {
		await killFamily(this.programs.nginx);
	}

	/** Rows of a query as arrays of text; null is \N. What a deadlock ended has done nothing, and is done again. */
	sql(text, role = 'postgres') {
		for (let left = 5; ; left--) {
			this.needed();
			const { output, error } = ask({ host: this.pgHost, user: role, database: 'stepmill', text, field: '\t', none: '\\N' });
			if (!error) return output.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
			if (left === 0 || error.state !== '40P01') throw new Error(`as ${role}: ${error.detail}\n${text}`);
		}
	}

	// ---- programs ----

	executor(number) {
		const name = `executor-${number}`;
		const args = [`--db=${this.conninfo('stepmill_executor')}`, `--name=${name}`, `--lease-seconds=${this.options.leaseSeconds}`,
			`--key-file=${this.dir}/executor.key`, `--work-dir=${this.dir}/work`];
		if (this.options.builtinLog) args.push(`--builtin-log=${this.options.builtinLog}`);
		const build = path.resolve(root, this.options.executorBuild ?? this.build);
		return new Program(this, name, `${build}/stepmill-executor`, args, {});
	}

	nginxConf() {
		const page = this.options.page ?? `${this.dir}/page`;
		if (!fs.existsSync(page)) {
			fs.mkdirSync(page);
			fs.writeFileSync(`${page}/index.html`, '<!doctype html><title>Stepmill</title>\n');
		}
		const values = { PORT: this.port, PAGE: page, RUN: `${this.dir}/run`, TMP: `${this.dir}/tmp`, LOG: `${this.dir}/log` };
		let conf = fs.readFileSync(`${root}/nginx/stepmill.conf.in`, 'utf8');
		const here = '\t\troot "@PAGE@";\n';
		if (this.options.locations) conf = conf.replace(here, `${here}${this.options.locations}`);
		for (const [name, value] of Object.entries(values)) conf = conf.replaceAll(`@${name}@`, value);
		if (asRoot) conf = `user root;\n${conf}`;
		fs.writeFileSync(`${this.dir}/nginx.conf`, conf);
	}

	async start() {
		this.initCluster();
		await this.startPostgres();
		this.cli(['keys', 'init', `--db=${this.conninfo()}`, `--file=${this.dir}/executor.key`, `--api-file=${this.dir}/api.key`]);
		if (!this.options.empty) this.cli(['demo', `--db=${this.conninfo()}`, `--email=${demo.email}`, `--password=${demo.password}`]);

		this.port = await freePort();
		this.url = `http://127.0.0.1:${this.port}`;
		this.programs.api = new Program(this, 'api', `${this.build}/stepmill-api`, [`--db=${this.conninfo('stepmill_api')}`,
			`--socket=${this.dir}/run/api.sock`, `--workers=${this.options.workers}`, `--pid-file=${this.dir}/run/api.pid`, `--api-key-file=${this.dir}/api.key`],
			{ STEPMILL_RATE_READS: '0', STEPMILL_RATE_WRITES: '0', STEPMILL_RATE_EXPENSIVE: '0', ...this.options.apiEnv });
		this.programs.api.start();
		if (this.options.live) {
			this.programs.live = new Program(this, 'live', `${this.build}/stepmill-live`,
				[`--db=${this.conninfo('stepmill_live')}`, `--socket=${this.dir}/run/live.sock`], {});
			this.programs.live.start();
		}
		for (let i = 1; i <= this.options.executors; i++) this.executors.push(this.executor(i).start());
		this.nginxConf();
		this.programs.nginx = new Program(this, 'nginx', '/usr/sbin/nginx', ['-c', `${this.dir}/nginx.conf`, '-e', 'stderr'], {});
		this.programs.nginx.start();
		await this.ready();
	}

	/** The API answers and reaches its database. */
	async ready() {
		await until('the API to be ready', async () => (await fetch(`${this.url}/api/health`)).status === 200);
	}

	/** Ends the lease of an executor that was killed, by the database's clock: nobody waits for that, and leases may be as long as a busy machine needs. */
	lapse(executor) {
		this.sql(`update executor set lease_until = clock_timestamp() where name = '${executor.name}' and lease_until > clock_timestamp()`);
	}

	cli(args, options = {}) {
		return execFileSync(`${this.build}/stepmill`, args, {
			encoding: 'utf8',
			env: { PATH: process.env.PATH, LANG: 'C.UTF-8', STEPMILL_URL: this.url ?? '', STEPMILL_EMAIL: demo.email, STEPMILL_PASSWORD: demo.password },
			...options,
		});
	}

	/** The pids of the API's workers. */
	workers() {
		return children(this.programs.api.pid);
	}

	async signIn(email = demo.email, password = demo.password) {
		const client = new Client(this.url);
		const answer = await client.post('/session', { email, password });
		if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${JSON.stringify(answer.body)}`);
		client.session = answer.body;
		client.workspace = answer.body.workspaces[0]?.id;
		return client;
	}

	async stop() {
		if (this.stopped) return;
		this.stopped = true;
		for (const end of this.goingOn) end();
		const all = [...Object.values(this.programs), ...this.executors].filter((p) => p.running && p.name !== 'postgres');
		const ended = await Promise.allSettled(all.map(async (p) => {
			p.child.kill('SIGCONT');
			// nginx's workers would outlive it.
			await (p.name === 'nginx' ? killFamily(p) : p.kill('SIGKILL'));
		}));
		if (this.programs.postgres?.running) await this.programs.postgres.kill('SIGQUIT');
		if (this.mounted) execFileSync('umount', ['-l', this.mounted]);
		if (!process.env.STEPMILL_KEEP) remove(this.dir);
		this.release();
		for (const { reason } of ended) if (reason) throw reason;
	}
}

/** The least a test needs of HTTP, with the session's cookie, and the challenge's between password and code. tests/harness/client.mjs has the one generated from the contract. */
export class Client {
	constructor(url) {
		this.url = url;
		this.cookie = '';
		this.challenge = '';
	}
	async request(method, where, body, headers = {}) {
		const response = await fetch(`${this.url}/api${where}`, {
			method,
			redirect: 'manual',
			headers: {
				...(this.cookie || this.challenge ? { cookie: [this.cookie, this.challenge].filter(Boolean).join('; ') } : {}),
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
				...headers,
			},
			body: body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
		});
		const set = response.headers.getSetCookie().find((c) => c.startsWith('__Host-stepmill='));
		if (set) this.cookie = set.split(';')[0];
		const challenge = response.headers.getSetCookie().find((c) => c.startsWith('__Host-stepmill-challenge='));
		if (challenge) this.challenge = challenge.includes('Max-Age=0;') ? '' : challenge.split(';')[0];
		const text = await response.text();
		const json = /json/.test(response.headers.get('content-type') ?? '');
		return { status: response.status, headers: response.headers, body: json && text ? JSON.parse(text) : text };
	}
	get(where, headers) {
		return this.request('GET', where, undefined, headers);
	}
	post(where, body, headers) {
		return this.request('POST', where, body, headers);
	}
	delete(where, headers) {
		return this.request('DELETE', where, undefined, headers);
	}
}

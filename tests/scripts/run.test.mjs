// What ./scripts/run promises, with the real thing: every test has a data directory and a port of its own.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { freePort, gone, root, until } from '../harness/stack.mjs';

const script = path.join(root, 'scripts/run');

/** What a test has started, ended before its directories go: hooks run in the order in which they were made. */
const started = new WeakMap();

function dataDir(t, name = 'data') {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-run-'));
	fs.chmodSync(dir, 0o755);
	started.set(t, started.get(t) ?? []);
	t.after(async () => {
		for (const instance of started.get(t)) {
			instance.child.kill('SIGTERM');
			await instance.ended;
		}
		remove(dir);
	});
	return path.join(dir, name);
}

/** The number in a file of a process, that may be written at the moment; `but` is none. */
const pidIn = (file, but) => until(`a process in ${path.basename(file)}`, () => {
	const pid = Number(fs.readFileSync(file, 'utf8'));
	return pid > 0 && pid !== but && pid;
});

/** Runs to its end; `env` may be the last argument. */
async function run(...args) {
	const env = typeof args.at(-1) === 'object' ? args.pop() : {};
	const child = spawn(script, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
	let out = '';
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text));
	const [status] = await once(child, 'close');
	return { status, out };
}

/** Starts one that stays, and waits for the line with the address. */
async function start(t, data, port, options = {}) {
	const child = spawn(script, ['--data', data, '--port', String(port)], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
	const instance = { child, out: '', ended: once(child, 'exit') };
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (instance.out += text));
	started.get(t).push(instance);
	const running = () => instance.out.includes(`running: http://127.0.0.1:${port}`);
	await until('the address', () => running() || child.exitCode !== null, 240000).catch((error) => assert.fail(`${error.message}; it has said:\n${instance.out}`));
	assert.ok(running(), `it ended, having said:\n${instance.out}`);
	return instance;
}

/** The processes that have the directory in their command line, but the script itself. */
function processesOf(data) {
	return fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
		try {
			const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
			return words.includes(data) && !words.includes('scripts/run');
		} catch {
			return false;
		}
	});
}

const answers = async (port) => (await fetch(`http://127.0.0.1:${port}/api/health`)).status === 200;

// Most of their time is waiting, so some run side by side.
describe('scripts/run', { concurrency: 4 }, () => {
	test('--help tells the options', async () => {
		const { status, out } = await run('--help');
		assert.equal(status, 0);
		for (const option of ['--port', '--data', '--reset', '--once']) assert.match(out, new RegExp(option));
	});

	test('an unknown option, a missing value and a port that is none are refused', async () => {
		for (const args of [['--nope'], ['--port'], ['--port', '0'], ['--port', '65536'], ['--port', '80x'], ['--data']]) {
			const { status, out } = await run(...args);
			assert.equal(status, 1, `${args}: ${out}`);
			assert.match(out, /--help/);
		}
	});

	test('a port in use is told before anything is made or started', async (t) => {
		const data = dataDir(t);
		const server = net.createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		t.after(() => server.close());
		const { port } = server.address();
		const { status, out } = await run('--data', data, '--port', String(port));
		assert.equal(status, 1);
		assert.match(out, new RegExp(`Port ${port} of 127.0.0.1 is in use`));
		assert.match(out, /--port \d+/);
		assert.equal(fs.existsSync(data), false);
	});

	test('--once does the demo, says so by its exit status, and leaves no process', async (t) => {
		const data = dataDir(t, 'two words');
		const port = await freePort();
		const first = await run('--data', data, '--port', String(port), '--once');
		assert.equal(first.status, 0, first.out);
		assert.deepEqual(processesOf(data), []);

		// The second start: nothing is fetched, and the database is the same one.
		const bin = path.join(path.dirname(data), 'bin');
		fs.mkdirSync(bin);
		for (const name of ['apt-get', 'npm']) {
			fs.writeFileSync(`${bin}/${name}`, `#!/bin/sh\necho "${name} was called: $*" >&2\nexit 99\n`, { mode: 0o755 });
		}
		const second = await run('--data', data, '--port', String(port), '--once', { PATH: `${bin}:${process.env.PATH}` });
		assert.equal(second.status, 0, second.out);
		assert.match(second.out, /Database: done in .*kept/);
		assert.doesNotMatch(second.out, /was called/);

		await t.test('--reset begins anew, and removes only what it made', async () => {
			const password = fs.readFileSync(path.join(data, 'demo-login'), 'utf8');
			fs.writeFileSync(path.join(data, 'mine'), 'mine');
			const { status, out } = await run('--data', data, '--port', String(port), '--once', '--reset');
			assert.equal(status, 0, out);
			assert.match(out, /Database: done in .*made/);
			assert.notEqual(fs.readFileSync(path.join(data, 'demo-login'), 'utf8'), password);
			assert.equal(fs.readFileSync(path.join(data, 'mine'), 'utf8'), 'mine');
		});
	});

	// Each takes a while to start, so what is seen of one is seen of the same, one after the other.
	test('one that runs', async (t) => {
		const data = dataDir(t);
		const port = await freePort();
		const instance = await start(t, data, port);

		await t.test('runs as somebody else than root, with PostgreSQL, nginx and the workers', { skip: process.getuid() !== 0 && 'not root' }, () => {
			const owners = processesOf(data).map((pid) => execFileSync('ps', ['-o', 'user=', '-p', pid], { encoding: 'utf8' }).trim());
			assert.ok(owners.length >= 4);
			assert.deepEqual([...new Set(owners)], ['stepmill']);
		});

		await t.test('is not in the way of another with other data; the same data is refused', async (inner) => {
			const [other, third] = [await freePort(), await freePort()];
			await start(inner, dataDir(inner), other);
			assert.ok(await answers(port));
			assert.ok(await answers(other));
			const { status, out } = await run('--data', data, '--port', String(third));
			assert.equal(status, 1);
			assert.match(out, /Another instance is using/);
		});

		await t.test('starts a process again that has died', async () => {
			const victim = await pidIn(path.join(data, 'run/api.pid'));
			process.kill(victim, 'SIGKILL');
			await until('the script to tell it', () => /api ended \(signal KILL\)/.test(instance.out));
			// Workers of the killed one may answer for a moment yet: another master says so in its file.
			await pidIn(path.join(data, 'run/api.pid'), victim);
			await until('the API to answer again', () => answers(port));
		});

		await t.test('has no worker left behind by an nginx that is killed, which would keep the port', async () => {
			const nginx = path.join(data, 'run/nginx.pid');
			const workers = (master) => fs.readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').map(Number);
			const victim = await pidIn(nginx);
			const before = workers(victim);
			assert.ok(before.length > 0);
			process.kill(victim, 'SIGKILL');
			await until('the script to tell it', () => /nginx ended \(signal KILL\)/.test(instance.out));
			await pidIn(nginx, victim);
			await until('it to answer', () => answers(port));
			for (const pid of before) await until(`worker ${pid} to have ended`, () => gone(pid));
			assert.doesNotMatch(instance.out, /nginx ended \(status/);
		});

		await t.test('ends with all it has started when it is interrupted, and its exit status is 0', async () => {
			instance.child.kill('SIGINT');
			const [status] = await instance.ended;
			assert.equal(status, 0, instance.out);
			assert.match(instance.out, /Stopped/);
			assert.deepEqual(processesOf(data), []);
			assert.equal(fs.existsSync(path.join(data, 'pg/postmaster.pid')), false, 'PostgreSQL was shut down');
			await assert.rejects(answers(port));
		});
	});

	test('a killed script takes its processes with it, and the next start goes on', async (t) => {
		const data = dataDir(t);
		const port = await freePort();
		const instance = await start(t, data, port);
		instance.child.kill('SIGKILL');
		await until('its processes to end', () => processesOf(data).length === 0);
		const { status, out } = await run('--data', data, '--port', String(port), '--once');
		assert.equal(status, 0, out);
		assert.match(out, /Database: done in .*kept/);
	});

	test('a first start that was broken off inside initdb is picked up again', async (t) => {
		const data = dataDir(t);
		fs.mkdirSync(path.join(data, 'pg/base'), { recursive: true });
		fs.writeFileSync(path.join(data, 'pg/PG_VERSION'), '15\n');
		const { status, out } = await run('--data', data, '--port', String(await freePort()), '--once');
		assert.equal(status, 0, out);
	});
});

// The database's disk runs full and has room again; the primary dies and its synchronous standby takes over. Every write that was
// acknowledged is there, and the runs go on.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { verdict } from './checker.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);

function mountable() {
	const where = fs.mkdtempSync('/tmp/stepmill-mount-');
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'stepmill-test', where], { stdio: 'pipe' });
		execFileSync('umount', [where]);
		return true;
	} catch {
		return false;
	} finally {
		fs.rmdirSync(where);
	}
}

test(`a full disk, then room again (STEPMILL_SEED=${seed})`, { timeout: 400000 }, async (t) => {
	if (!mountable()) {
		t.skip('A file system of its own cannot be mounted here, which takes root. Nothing was tested about a full disk.');
		return;
	}
	const callFile = callFileOf('disk');
	const stack = await startStack({ build: 'build/faults', leaseSeconds: 3, executors: 2, builtinLog: callFile, diskMb: 320, postgres: { max_wal_size: '64MB', min_wal_size: '32MB' } });
	t.after(() => stack.stop());
	const load = await makeLoad(stack, { random: seeded(seed) });
	load.start(3);
	await until('runs to be made', () => load.runs.size > 40);
	const filler = `${stack.mounted}/filler`;
	const room = () => fs.statfsSync(stack.mounted).bavail;
	let crashed = 0;
	for (let round = 0; round < 2; round++) {
		fs.writeFileSync(filler, '');
		try {
			for (;;) fs.appendFileSync(filler, Buffer.alloc(1 << 20)); // to the last block
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
		}
		assert.equal(room(), 0, 'the disk is full');
		const before = load.acknowledged.size;
		await sleep(3000);
		await until('PostgreSQL to have noticed', () => stack.programs.postgres.log().split('No space left on device').length > round + 1);
		t.diagnostic(`${load.acknowledged.size - before} runs were acknowledged with a full disk`);
		fs.rmSync(filler);
		// Without room for its log PostgreSQL ends; with room its administrator starts it again.
		if (!stack.programs.postgres.running) {
			crashed++;
			fs.rmSync(`${stack.mounted}/postmaster.pid`, { force: true });
			await stack.startPostgres();
		}
		await stack.ready();
		const then = load.acknowledged.size;
		await until('runs to be made again', () => load.acknowledged.size > then + 20);
	}
	assert.match(stack.programs.postgres.log(), /No space left on device/);
	await load.finish();
	const done = { 'fill the disk': 2, 'restart PostgreSQL (it had ended)': crashed };
	verdict(assert, t, stack, { loads: [load], callFile }, { seed }, done);
});

/** A standby of the stack's cluster that every commit waits for: pg_basebackup, streaming, a socket of its own. */
async function addStandby(stack) {
	const host = `${stack.dir}/pg2`;
	fs.mkdirSync(host);
	execFileSync('chown', ['--reference', `${stack.dir}/pg`, host]);
	const bin = fs.readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin`).sort().at(-1);
	const copy = stack.asPostgres(`${bin}/pg_basebackup`, ['-D', `${host}/data`, '-R', '-X', 'stream', '-c', 'fast', '-d', `host=${stack.pgHost} user=postgres application_name=standby`]);
	execFileSync(copy.file, copy.args, { ...copy.options, stdio: 'pipe' });
	const { postgres } = stack.programs;
	const standby = new postgres.constructor(stack, 'standby', postgres.command, postgres.args.map((arg) => arg.replaceAll(`${stack.dir}/pg`, host)), postgres.env);
	stack.programs.standby = standby.start();
	stack.sql("alter system set synchronous_standby_names = 'standby'");
	stack.sql('select pg_reload_conf()');
	await until('the standby to be synchronous', () => stack.sql("select 1 from pg_stat_replication where sync_state = 'sync'").length);
	return host;
}

test(`failover to a synchronous standby (STEPMILL_SEED=${seed})`, { timeout: 400000 }, async (t) => {
	const callFile = callFileOf('failover');
	const stack = await startStack({ build: 'build/faults', leaseSeconds: 3, executors: 2, fsync: true, builtinLog: callFile });
	t.after(() => stack.stop());
	const standby = await addStandby(stack);
	// Every program knows both, and looks for the one that can be written to.
	for (const program of [stack.programs.api, stack.programs.live, ...stack.executors]) {
		program.args = program.args.map((arg) => arg.replace(`host=${stack.pgHost} `, `host=${stack.pgHost},${standby} target_session_attrs=read-write `));
		await program.kill('SIGTERM');
		program.start();
	}
	await stack.ready();
	const load = await makeLoad(stack, { random: seeded(seed) });
	load.start(4);
	await until('runs to be made', () => load.runs.size > 80);
	await stack.killPostgres();
	await sleep(500);
	stack.pgHost = standby;
	stack.sql('select pg_promote()');
	stack.programs.postgres = stack.programs.standby;
	delete stack.programs.standby;
	await stack.ready();
	const then = load.acknowledged.size;
	await until('runs to be made again', () => load.acknowledged.size > then + 40);
	await load.finish();
	const done = { 'kill PostgreSQL': 1, 'fail over': 1 };
	verdict(assert, t, stack, { loads: [load], callFile }, { seed }, done);
});

// The clocks of the programs' machines are wrong by an hour, each in its own way, and the wall clock is set forward and back while they
// work. Leases and waits are by the database's clock, so nothing is early, nothing is late, and nobody is taken for dead.
//
// The boot clock only differs from start: the kernel never sets it, and it counts what a machine slept. Scripts are left out: what keeps a command in
// its box asks the kernel, and a box that lives by its executor's lease needs the boot clock of the same machine, as it has it anywhere but here.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { sleep, startStack } from '../harness/stack.mjs';
import { check, verdict } from './checker.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);
const HOUR = 3600 * 1e6;

async function withClocks(t, env, finish_ms) {
	const callFile = callFileOf('clocks');
	const stack = await startStack({ build: 'build/faults', executors: 3, leaseSeconds: 60, builtinLog: callFile, env });
	t.after(() => stack.stop());
	const set = (program, wall, boot) => fs.writeFileSync(`${stack.dir}/clock-${program.name}`, `${wall} ${boot}\n`);
	const start = async (program, wall, boot) => {
		set(program, wall, boot);
		program.env = { ...program.env, STEPMILL_CLOCK_FILE: `${stack.dir}/clock-${program.name}` };
		await program.kill('SIGTERM');
		program.start();
	};
	const [ahead, behind, right] = stack.executors;
	await start(ahead, HOUR, HOUR);
	await start(behind, -HOUR, -HOUR);
	await start(right, 0, 0);
	await start(stack.programs.api, -HOUR, HOUR);
	await start(stack.programs.live, HOUR, -HOUR);
	await stack.ready();
	const load = await makeLoad(stack, { random: seeded(seed), without: ['script', 'scriptNever'] });
	load.start(3);
	await sleep(2500);
	const boots = { [ahead.name]: HOUR, [behind.name]: -HOUR };
	for (const wall of [HOUR, -HOUR, 0]) {
		for (const program of stack.executors) set(program, wall, boots[program.name] ?? 0);
		set(stack.programs.api, -wall, HOUR);
		await sleep(1200);
	}
	await load.finish(finish_ms);
	return { stack, load, callFile };
}

test(`clocks that are an hour off, or are set by an hour, change nothing (STEPMILL_SEED=${seed})`, { timeout: 300000 }, async (t) => {
	const { stack, load, callFile } = await withClocks(t, {});
	verdict(assert, t, stack, { loads: [load], callFile, clocks: false }, { seed }, { 'set a clock': 14 });
	for (const executor of stack.executors) {
		const log = executor.log();
		assert.doesNotMatch(log, /its lease was over/, `${executor.name} was taken for dead, or took another for it`);
	}
	const late = stack.sql(`select path, attempt, extract(epoch from finished_at - due_at) from step_run where kind = 'wait' and status = 'completed' and finished_at > due_at + interval '30 s'`);
	assert.deepEqual(late, [], 'waits that were over late');
});

test('an engine that asks its own machine for the time is noticed', { timeout: 300000 }, async (t) => {
	const { stack, load, callFile } = await withClocks(t, { STEPMILL_MUTATION: 'local_clock' }, 3000);
	const { violations } = check(stack, { loads: [load], callFile, clocks: false });
	t.diagnostic(violations[0] ?? '');
	assert.notEqual(violations.length, 0);
});

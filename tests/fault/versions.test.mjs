// An old and a new version of the planner side by side, and the rolling restart from one to the other under load: each executor claims only
// what it knows, and all of it ends.

import assert from 'node:assert/strict';
import test from 'node:test';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { readCalls, verdict } from './checker.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);
const OLD = { STEPMILL_PLANNER: '7' };
const NEW = { STEPMILL_PLANNER: '8' };

test(`a rolling restart to a newer planner, under load (STEPMILL_SEED=${seed})`, { timeout: 900000 }, async (t) => {
	const callFile = callFileOf('versions');
	const stack = await startStack({ build: 'build/faults', executors: 2, leaseSeconds: 2, builtinLog: callFile, env: OLD });
	t.after(() => stack.stop());
	const load = await makeLoad(stack, { random: seeded(seed) });
	const [stays, changes] = stack.executors;
	const restart = async (program, env) => {
		await program.kill('SIGTERM');
		program.env = { ...program.env, ...env };
		program.start();
	};
	const ofPlanner = (n) => Number(stack.sql(`select count(*) from run where planner = ${n}`)[0][0]);
	load.start(3);
	await until('old runs', () => ofPlanner(7) > 20, 200000);
	const incarnations = () => new Set(stays.log().split('\n').filter((line) => line.includes('"incarnation entered"')).map((line) => JSON.parse(line).incarnation));
	const callsOf = (some) => readCalls(callFile).filter((call) => some.has(call.incarnation));
	await until('the one that stays to be at work', () => callsOf(incarnations()).length > 20, 200000);
	await restart(changes, NEW);
	await sleep(300);
	await restart(stack.programs.api, NEW);
	await stack.ready();
	await until('new runs beside the old executor', () => ofPlanner(8) > 40, 200000);
	// Only the old one is there: what is new waits for somebody who knows it, and the old executor does its own.
	await changes.kill('SIGTERM');
	await sleep(1000);
	const began = () => Number(stack.sql('select count(*) from run where planner = 8 and started_at is not null')[0][0]);
	const before = began();
	await sleep(1500);
	assert.equal(began(), before, 'nobody begins runs that only the new version knows');
	changes.start();
	await until('new runs to begin', () => began() > before);
	await restart(stays, NEW);
	await load.finish();
	verdict(assert, t, stack, { loads: [load], callFile }, { seed }, { 'restart a program': 5 });

	const old = new Set([...incarnations()].slice(0, -1));
	assert.ok(old.size > 0);
	const newRuns = new Set(stack.sql('select id from run where planner = 8').flat());
	const calls = callsOf(old);
	assert.ok(calls.length > 20, 'the old executor was at work');
	assert.deepEqual(calls.filter((call) => newRuns.has(call.run)), [], 'calls of the old executor for runs it does not know');
});

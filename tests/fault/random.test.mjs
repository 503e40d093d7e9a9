// Every process is killed at random while runs of all kinds go on, in two workspaces, under two to four executors; afterwards nothing may be
// lost, doubled or stale. STEPMILL_FAULT_SECONDS (30 unless set) and STEPMILL_SEED choose length and order.

import assert from 'node:assert/strict';
import test from 'node:test';
import { startStack } from '../harness/stack.mjs';
import { verdict } from './checker.mjs';
import { harass, pardon } from './harass.mjs';
import { makeLoad, seeded, startServer } from './load.mjs';
import { callFileOf } from './summary.mjs';

const seconds = Number(process.env.STEPMILL_FAULT_SECONDS ?? 30);
const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);

test(`random kills for ${seconds} s (STEPMILL_SEED=${seed})`, { timeout: (seconds + 400) * 1000 }, async (t) => {
	const random = seeded(seed);
	const callFile = callFileOf('random');
	const server = await startServer();
	t.after(() => server.stop());
	const stack = await startStack({ build: 'build/faults', leaseSeconds: 3, executors: 2 + Math.floor(random() * 3), fsync: true, builtinLog: callFile,
		env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${server.port}` } });
	t.after(() => stack.stop());
	const load = await makeLoad(stack, { random, server });
	load.start(4);
	const unpardoned = pardon(stack, 4); // suspects there are; none is set aside, whose step takes longer than it is from kill to kill
	const done = await harass(stack, seconds, random);
	await stack.ready();
	await load.finish();
	await unpardoned();
	const counts = verdict(assert, t, stack, { loads: [load], callFile }, { seed, executors: stack.executors.length }, done);
	assert.ok(counts.runs > seconds, `only ${counts.runs} runs were made: the test did not load the system`);
});

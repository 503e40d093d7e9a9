// The harness itself: when a test is over, or has failed, nothing of it goes on. What still waits gives up, and nothing is started any more.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { sleep, startStack, Stopped, until } from '../harness/stack.mjs';
import { pardon } from './harass.mjs';
import { makeLoad } from './load.mjs';

test('a stack that is stopped leaves no process, and whoever waits for it is told at once', { timeout: 120000 }, async (t) => {
	const stack = await startStack({ build: 'build/faults', leaseSeconds: 3, executors: 1 });
	t.after(() => stack.stop());
	const load = await makeLoad(stack, { only: ['slow'] });
	load.start(2);
	await until('runs to be made', () => load.runs.size > 2);
	const unpardoned = pardon(stack);
	// An executor that dies all the time, and comes back: the stop comes in between.
	const [executor] = stack.executors;
	const restarts = (async () => {
		for (;;) {
			await executor.kill();
			executor.start();
			await sleep(5);
		}
	})().catch((error) => error);
	const waiting = until('what never comes', () => stack.sql('select 1 where false').length, 60000).catch((error) => error);
	await until('restarts', () => executor.starts > 5);
	const pids = [...Object.values(stack.programs), executor].map((program) => program.pid).filter(Boolean);
	await stack.stop();
	assert.ok((await waiting) instanceof Stopped);
	assert.ok((await restarts) instanceof Stopped);
	await Promise.all(load.loops);
	await unpardoned();
	assert.equal(executor.running, false);
	assert.deepEqual(pids.filter((pid) => fs.existsSync(`/proc/${pid}`)), []);
	assert.equal(fs.existsSync(stack.dir), false);
});

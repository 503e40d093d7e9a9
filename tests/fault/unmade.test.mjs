// A call that must not be made twice, and was not made once: the executor that began it knows, and makes it when it has the run again.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { startStack, until } from '../harness/stack.mjs';
import { check } from './checker.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

/** One run whose only call must not be repeated; the answer to the flush that records the call's start is lost. */
async function lostAnswer(t, { executors, kill }) {
	const callFile = callFileOf('unmade');
	const stack = await startStack({ build: 'build/faults', executors, leaseSeconds: 1, builtinLog: callFile });
	t.after(() => stack.stop());
	const [program] = stack.executors;
	const plan = `${stack.dir}/fault`;
	const trace = `${stack.dir}/trace`;
	for (const file of [plan, trace]) fs.writeFileSync(file, '');
	await program.kill('SIGTERM');
	program.env = { ...program.env, STEPMILL_FAULT_FILE: plan, STEPMILL_FAULT_TRACE: trace };
	program.start();
	const load = await makeLoad(stack, { random: seeded(1), only: ['neverOnce'], cancels: 0, listens: 0 });
	await until('it to work', () => fs.readFileSync(trace, 'utf8') !== '');
	// Killed by itself: from outside it might have come back and called before the signal.
	const action = kill ? 'kill' : 'lie';
	fs.writeFileSync(plan, `exec.flush.committed:${action}\n`);
	const run = await load.one();
	await until('the answer to be lost', () => fs.readFileSync(trace, 'utf8').includes(`exec.flush.committed ${action}`));
	if (kill) {
		await until('it to be dead', () => !program.running);
		program.start();
	}
	await load.finish();
	const { violations } = check(stack, { loads: [load], callFile });
	assert.deepEqual(violations, []);
	const calls = fs.readFileSync(callFile, 'utf8').split('\n').filter((line) => line.includes(run.id)).length;
	const [[status, error]] = stack.sql(`select status, error from run where id = '${run.id}'`);
	return { calls, status, code: error === '\\N' ? null : JSON.parse(error).code };
}

test('the executor that knows that it has not called does so when it has the run again', { timeout: 240000 }, async (t) => {
	assert.deepEqual(await lostAnswer(t, { executors: 1 }), { calls: 1, status: 'completed', code: null });
});

test('one that was killed meanwhile knows nothing, and calls nothing', { timeout: 240000 }, async (t) => {
	assert.deepEqual(await lostAnswer(t, { executors: 1, kill: true }), { calls: 0, status: 'failed', code: 'unknown_outcome' });
});

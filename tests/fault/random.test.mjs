// Every process is killed at random while chains run; afterwards nothing may be lost, doubled or stale.
// STEPMILL_FAULT_SECONDS (40 unless set) and STEPMILL_SEED choose length and order.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { startStack } from '../harness/stack.mjs';
import { check } from './checker.mjs';
import { harass } from './harass.mjs';
import { Load, makeWorkflows, seeded } from './load.mjs';

const seconds = Number(process.env.STEPMILL_FAULT_SECONDS ?? 40);
const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);

test(`random kills for ${seconds} s (STEPMILL_SEED=${seed})`, { timeout: (seconds + 180) * 1000 }, async (t) => {
	const random = seeded(seed);
	const callFile = path.join(process.env.TMPDIR ?? '/tmp', `stepmill-calls-${process.pid}.jsonl`);
	const stack = await startStack({ build: 'build/faults', executors: 2, fsync: true, builtinLog: callFile });
	t.after(() => stack.stop());
	const client = await stack.signIn();
	const flows = await makeWorkflows(client);
	const load = new Load(stack, client, [flows.instant, flows.streaming], random);
	load.start(4);
	const done = await harass(stack, seconds, random);
	await stack.ready();
	await load.finish();
	const { violations, counts } = check(stack, {
		acknowledged: load.acknowledged,
		listeners: load.listeners,
		callFile,
		expected: (run) => (load.cancelAsked.has(run.id) ? ['completed', 'cancelled'] : ['completed']),
	});
	t.diagnostic(JSON.stringify({ seed, ...done }));
	t.diagnostic(JSON.stringify(counts));
	assert.deepEqual(load.refused, []);
	assert.equal(load.listeners.length, load.open.length, 'every listener saw the end of its run');
	assert.ok(counts.runs > seconds, `only ${counts.runs} runs were made: the test did not load the system`);
	assert.deepEqual(violations.slice(0, 20), []);
});

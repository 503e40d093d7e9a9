// The harness itself is tested: with a guard of the engine taken out at build time, it must report violations.
// scripts/test builds build/mutation-<name> with --enable-faults --with-mutation=<name>.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { sleep, startStack } from '../harness/stack.mjs';
import { check } from './checker.mjs';
import { faults } from './harass.mjs';
import { Load, makeWorkflows, seeded } from './load.mjs';

/** Two executors, and one of them is stopped past its lease and woken again and again: stale writers are certain. */
async function violationsOf(t, build) {
	const callFile = path.join(process.env.TMPDIR ?? '/tmp', `stepmill-calls-${process.pid}-${path.basename(build)}`);
	const stack = await startStack({ build: 'build/faults', executorBuild: build, executors: 2, leaseSeconds: 1, builtinLog: callFile });
	t.after(() => stack.stop());
	const client = await stack.signIn();
	const load = new Load(stack, client, await makeWorkflows(client), seeded(3));
	load.start(6);
	for (let i = 0; i < 4; i++) {
		await sleep(700);
		await faults['stop an executor past its lease'](stack, () => (i % 2) * 0.9);
	}
	await load.finish(15000);
	const { violations, counts } = check(stack, {
		acknowledged: load.acknowledged,
		listeners: load.listeners,
		callFile,
		expected: (run) => (load.cancelAsked.has(run.id) ? ['completed', 'cancelled'] : ['completed']),
	});
	t.diagnostic(JSON.stringify(counts));
	if (violations.length) t.diagnostic(violations[0]);
	return violations;
}

test('the engine as it is: nothing to report', { timeout: 120000 }, async (t) => {
	assert.deepEqual(await violationsOf(t, 'build/faults'), []);
});

for (const mutation of ['lease_check', 'row_lock', 'started_commit']) {
	test(`without ${mutation} the harness reports violations`, { timeout: 120000 }, async (t) => {
		assert.notEqual((await violationsOf(t, `build/mutation-${mutation}`)).length, 0);
	});
}

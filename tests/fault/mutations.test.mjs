// The harness itself is tested: with a guard of the engine taken out at build time, it must report violations.
// scripts/test builds build/mutation-<name> with --enable-faults --with-mutation=<name>.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { sleep, startStack } from '../harness/stack.mjs';
import { check } from './checker.mjs';
import { faults } from './harass.mjs';
import { Load, makeWorkflows, seeded } from './load.mjs';

/**
 * Two executors, and one of them is stopped past its lease while its calls are out. The other takes its runs over and calls
 * again; the first wakes up with its answers ready before the second has any: a stale writer that only the guards hold off.
 */
async function violationsOf(t, build, prepare = () => {}) {
	const callFile = path.join(process.env.TMPDIR ?? '/tmp', `stepmill-calls-${process.pid}-${path.basename(build)}`);
	const stack = await startStack({ build: 'build/faults', executorBuild: build, executors: 2, leaseSeconds: 1, builtinLog: callFile });
	t.after(() => stack.stop());
	prepare(stack);
	const client = await stack.signIn();
	const { slow } = await makeWorkflows(client);
	const load = new Load(stack, client, [slow], seeded(3));
	load.start(4);
	for (let i = 0; i < 3; i++) {
		await sleep(1000);
		await faults['stop an executor past its lease'](stack, () => (i % 2) * 0.9);
	}
	await load.finish(20000);
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

/** The claim is a function of the database, so its row locks are taken out there; the build flag takes out those of the flush. */
function claimWithoutLocks(stack) {
	const [[changed]] = stack.sql(`do $$ begin
		execute regexp_replace(pg_get_functiondef('run_claim'::regproc), 'for no key update of l skip locked', '', 'g'); end $$;
		select pg_get_functiondef('run_claim'::regproc) not like '%skip locked%'`);
	assert.equal(changed, 't', 'the claim has no row locks any more');
}

for (const [mutation, prepare] of [['lease_check'], ['row_lock', claimWithoutLocks], ['started_commit']]) {
	test(`without ${mutation} the harness reports violations`, { timeout: 120000 }, async (t) => {
		assert.notEqual((await violationsOf(t, `build/mutation-${mutation}`, prepare)).length, 0);
	});
}

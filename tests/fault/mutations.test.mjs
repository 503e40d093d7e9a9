// The harness itself is tested: with a guard of the engine taken out (STEPMILL_MUTATION, programs with --enable-faults), or with one of
// the database's functions changed, it must report violations.

import assert from 'node:assert/strict';
import test from 'node:test';
import { sleep, startStack } from '../harness/stack.mjs';
import { check } from './checker.mjs';
import { faults, pardon } from './harass.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

/**
 * Two executors, and one of them is stopped past its lease while its calls are out. The other takes its runs over and calls
 * again; the first wakes up with its answers ready before the second has any: a stale writer that only the guards hold off. In
 * between one is killed with what it had in hand.
 */
async function violationsOf(t, { only, prepare = () => {}, mutation, ms = 120000 }) {
	const callFile = callFileOf('mutation');
	const stack = await startStack({ build: 'build/faults', executors: 2, leaseSeconds: 1, builtinLog: callFile, env: mutation ? { STEPMILL_MUTATION: mutation } : {} });
	t.after(() => stack.stop());
	prepare(stack);
	// Without cancellations: calls at once are counted by how long they take.
	const load = await makeLoad(stack, { random: seeded(3), only, ...(only.includes('few') ? { cancels: 0 } : {}) });
	const unpardoned = pardon(stack); // suspects would be called one at a time, and outlast the test
	load.start(4);
	for (let i = 0; i < 2; i++) {
		await sleep(800);
		await faults['stop an executor past its lease'](stack, () => (i % 2) * 0.9);
		await faults['kill an executor'](stack, () => ((i + 1) % 2) * 0.9);
	}
	await load.finish(mutation ? 6000 : ms); // without a guard some runs never end
	await unpardoned();
	const { violations, counts } = check(stack, { loads: [load], callFile });
	t.diagnostic(JSON.stringify(counts));
	for (const kind of ['lost', 'doubled', 'stale', 'other']) if (counts[kind]) t.diagnostic(violations.find((what) => what.startsWith(kind)));
	return violations;
}

/** Changes a function of the database, and sees that it has changed. */
const changed = (name, from, to) => (stack) => {
	const [[done]] = stack.sql(`do $$ begin execute regexp_replace(pg_get_functiondef('${name}'::regproc), '${from}', '${to}', 'g'); end $$;
		select pg_get_functiondef('${name}'::regproc) !~ '${from}'`);
	assert.equal(done, 't', `${name} is as it was`);
};

for (const only of [['slow', 'never', 'signals', 'largeSlow'], ['few', 'instant', 'instant', 'instant']])
	test(`the engine as it is: nothing to report (${only[0]})`, { timeout: 300000 }, async (t) => {
		assert.deepEqual((await violationsOf(t, { only })).slice(0, 9), []);
	});

test('the engine as it is: no call too many at once, however many wait', { timeout: 300000 }, async (t) => {
	assert.deepEqual((await violationsOf(t, { only: ['few'], ms: 6000 })).filter((what) => /at once/.test(what)), []);
});

// Some among others that nothing limits: all of them get their turn while the test looks on.
const limited = ['few', 'instant', 'instant', 'instant'];
const mutations = {
	lease_check: { only: ['slow'] },
	row_lock: { only: ['slow'], prepare: changed('run_claim', 'for no key update of l skip locked', '') },
	started_commit: { only: ['slow'] },
	never_repeat: { only: ['never'] },
	message_kept: { only: ['signals'] },
	// The protocol of limits: who draws locks, a call that is made again asks, and what the dead had comes back.
	quota_lock: { only: ['few'], as: /at once/, prepare: (stack) => {
		changed('quota_lock', 'for update of d', '')(stack);
		changed('quota_draw', 'ticket := null;', 'ticket := null::bigint; perform pg_sleep(0.02);')(stack); // the moment that the lock is for, made longer
	} },
	repeat_unasked: { only: limited, as: /at once/ },
	quota_fold: { only: limited, as: /\(few\): never ended/, prepare: changed('quota_fold', 'delete from quota_grant g where g.workspace_id', 'delete from quota_grant g where false and g.workspace_id') },
	// That of large texts: all parts before the row that names them, and all of them back before they are needed.
	parts_first: { only: ['largeSlow'] },
	fetch_input: { only: ['largeSlow'] },
};
for (const [mutation, how] of Object.entries(mutations)) {
	test(`without ${mutation} the harness reports violations`, { timeout: 500000 }, async (t) => {
		// A guard is missed only at some moments: one of three times it has to show.
		const seen = (what) => (how.as ?? /./).test(what);
		let violations = [];
		for (let i = 0; i < 3 && !violations.some(seen); i++) violations = await violationsOf(t, { ...how, mutation });
		assert.ok(violations.some(seen), `${violations.length} violations, none of them ${how.as}`);
	});
}

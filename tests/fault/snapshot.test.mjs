// A dump keeps a snapshot open for minutes: nothing that was claimed or ended meanwhile leaves the indexes. Claims still read little, and
// the runs go on. Seconds in the suite; half an hour with --minutes 30 or more.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { verdict } from './checker.mjs';
import { makeLoad, seeded } from './load.mjs';
import { createRuns } from './runs.mjs';
import { callFileOf } from './summary.mjs';

const seconds = Math.min(Number(process.env.STEPMILL_FAULT_SECONDS ?? 12), 1800);
const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);
const PASSED = 6000;

/** Entries of run_live's indexes that one claim of an incarnation reads; what it claims it gives back. */
function readByClaim(stack, incarnation) {
	const settings = ['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'jit'].map((name) => `set ${name} = off;`).join(' ');
	return Number(stack.sql(`${settings} set plan_cache_mode = force_generic_plan; set role stepmill_executor; begin;
		select from run_claim(${incarnation}, '00000000-0000-0000-0000-000000000000', 1, 1, null, null);
		select sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) from pg_index i where i.indrelid = 'run_live'::regclass; rollback`).flat().at(-1));
}

test(`a snapshot held for ${seconds} s: claims read little, and the runs go on (STEPMILL_SEED=${seed})`, { timeout: (seconds + 400) * 1000 }, async (t) => {
	const callFile = callFileOf('snapshot');
	const stack = await startStack({ build: 'build/faults', leaseSeconds: 3, executors: 1, builtinLog: callFile });
	t.after(() => stack.stop());
	const load = await makeLoad(stack, { random: seeded(seed) });
	const dump = spawn('psql', ['-h', stack.pgHost, '-U', 'postgres', '-d', 'stepmill', '-Xqc', 'begin isolation level repeatable read', '-c', 'select count(*) from run_live', '-c', 'select pg_sleep(7200)'],
		{ stdio: 'ignore' });
	t.after(() => dump.kill());
	await until('the snapshot', () => stack.sql("select 1 from pg_stat_activity where query like '%pg_sleep(7200)%' and backend_xmin is not null and pid <> pg_backend_pid()").length);

	createRuns(stack, load.spaces[0], 'transforms', PASSED, "now() - interval '1 minute'");
	await until('what was due long ago to end', () => stack.sql('select 1 from run_live limit 1').length === 0, 60000, 200);
	const [[incarnation]] = stack.sql('select incarnation from executor');
	load.start(2);
	await sleep(seconds * 1000);
	await until('the executor to know what is past', () => stack.sql(`select 1 from executor where due_since > now() - interval '30 s'`).length, 60000, 200);
	const all = readByClaim(stack, 'gen_random_uuid()');
	const read = readByClaim(stack, `'${incarnation}'`);
	t.diagnostic(JSON.stringify({ seed, entries_of_the_past: all, read_by_a_claim: read }));
	assert.ok(all >= PASSED, `the snapshot keeps what is past: a claim that knows nothing reads ${all} entries`);
	assert.ok(read * 4 < all, `a claim read ${read} entries of ${all}`);
	await load.finish();
	verdict(assert, t, stack, { loads: [load], callFile }, { seed }, { 'snapshot held': 1 });
});

// A dump made while runs are in flight is restored into a fresh cluster. What happened after the dump is lost, and nobody can tell which
// calls were made in it: so every run is parked until a person resumes it, and then goes on where the dump had it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { check, readCalls } from './checker.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf, summary } from './summary.mjs';

const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);

/** The cluster is gone for good; another one holds the dump. */
async function restore(stack, dump) {
	await Promise.all([...stack.executors, stack.programs.api, stack.programs.live].map((program) => program.kill()));
	await stack.killPostgres();
	fs.rmSync(`${stack.pgHost}/data`, { recursive: true });
	stack.initCluster({ fresh: true });
	await stack.startPostgres();
	const roles = ['owner', 'api', 'executor', 'live'].map((r) => `create role stepmill_${r} login;`).join(' ');
	execFileSync('psql', ['-h', stack.pgHost, '-U', 'postgres', '-Xq', '-c', roles, '-c', 'create database stepmill owner stepmill_owner']);
	execFileSync('pg_restore', ['-h', stack.pgHost, '-U', 'postgres', '-d', 'stepmill', '--exit-on-error', dump]);
}

test(`a restored dump: nothing is called again until somebody says so (STEPMILL_SEED=${seed})`, { timeout: 300000 }, async (t) => {
	const callFile = callFileOf('restored');
	const stack = await startStack({ build: 'build/faults', executors: 2, leaseSeconds: 2, builtinLog: callFile });
	t.after(() => stack.stop());
	const load = await makeLoad(stack, { random: seeded(seed), only: ['slow', 'never', 'waits', 'instant'], cancels: 0, listens: 0 });
	const restored = () => stack.cli(['restored', `--db=${stack.conninfo()}`], { stdio: 'pipe' });
	assert.throws(restored, /Executors work on this database/, 'not while executors are at work');

	const inFlight = () => stack.sql("select run_id || ' ' || path || '#' || attempt from step_run where status = 'running' and kind = 'prompt'").flat();
	const waiting = () => stack.sql("select 1 from step_run where status = 'waiting'").length;
	await Promise.all(Array.from({ length: 10 }, () => load.one('instant')));
	await until('some to have ended', () => stack.sql("select 1 from run where status = 'completed'").length > 6);
	// Made while nobody works on them, so that many are under way at once: twice as many as it takes, because some end before the dump is made.
	for (const executor of stack.executors) await executor.kill('SIGTERM');
	await Promise.all(Array.from({ length: 48 }, (_, i) => load.one(['slow', 'slow', 'slow', 'waits'][i % 4])));
	await Promise.all(Array.from({ length: 8 }, () => load.one('never')));
	for (const executor of stack.executors) executor.start();
	load.start(2);
	await until('calls in flight, and waits', () => inFlight().length > 14 && waiting() > 4);
	const dump = `${stack.dir}/dump`;
	execFileSync('pg_dump', ['-h', stack.pgHost, '-U', 'postgres', '-Fc', '-f', dump, 'stepmill']);
	await sleep(2000); // of this nothing is left
	load.giveUp();
	await restore(stack, dump);
	fs.renameSync(callFile, `${callFile}.lost`);

	const began = inFlight();
	const open = Number(stack.sql("select count(*) from run where status in ('pending', 'running')")[0][0]);
	assert.ok(open > 10 && began.length > 6, `${open} runs and ${began.length} calls were in flight`);
	await until('the leases of the dump to be over', () => Number(stack.sql('select count(*) from executor where lease_until > clock_timestamp()')[0][0]) === 0);
	const early = stack.executors[0];
	early.start();
	await until('the executor to refuse a copy', () => early.log().includes('a copy that was restored'));
	assert.equal(stack.sql("select count(*) from executor where lease_until > clock_timestamp()")[0][0], '0', 'nobody works on it');
	await early.kill();
	assert.match(restored(), new RegExp(`^Runs paused: ${open}. Calls that were in flight in the copy: ${began.length}.`));
	for (const program of [stack.programs.api, stack.programs.live, ...stack.executors]) program.start();
	await stack.ready();
	await sleep(2500);
	assert.deepEqual(readCalls(callFile), [], 'nothing is called');
	assert.deepEqual(stack.sql("select status from run where status not in ('completed', 'failed') group by 1").flat(), ['paused']);
	assert.equal(stack.sql('select count(*) from run_live where holder is not null or due_at < now()')[0][0], '0', 'parked runs keep no slot and nobody busy');

	const kept = new Set(stack.sql('select id from run').flat());
	load.givenUp = false;
	for (const map of [load.runs, load.acknowledged]) for (const [key, value] of map) if (!kept.has(value.id ?? value)) map.delete(key);
	for (const run of load.runs.values()) await load.ask(run, 'resume', undefined, 409);
	await load.finish();
	const calls = readCalls(callFile).map((call) => `${call.run} ${call.path}#${call.attempt}`);
	for (const key of began) {
		const never = /once#/.test(key);
		assert.equal(calls.filter((call) => call === key).length, never ? 0 : 1, `${key} is ${never ? 'not called again: its step says so' : 'called again under its key'}`);
	}
	assert.equal(new Set(calls).size, calls.length);
	const { violations, counts } = check(stack, { loads: [load], callFile });
	// The witness of what was called before the dump is gone with its time.
	assert.deepEqual(violations.filter((what) => !/completed without a call/.test(what)), []);
	assert.deepEqual(load.refused, []);
	t.diagnostic(JSON.stringify({ seed, runs_parked: open, calls_in_flight: began.length, ...counts }));
	summary(t, { 'restart from a dump': 1 }, counts);
});

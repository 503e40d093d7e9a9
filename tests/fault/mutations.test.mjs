// The harness itself is tested: with a guard of the engine taken out (STEPMILL_MUTATION, programs with --enable-faults), or with one of
// the database's functions changed, it must report violations.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { startStack, until } from '../harness/stack.mjs';
import { check, readCalls } from './checker.mjs';
import { pardon } from './harass.mjs';
import { kinds } from './kinds.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

/** How many calls each executor has under way: { 'executor-1': 3, … }. */
const underWay = (stack) => Object.fromEntries(stack.sql(`select e.name, count(*) from run_live l join executor e on e.incarnation = l.holder
	join step_run s on s.workspace_id = l.workspace_id and s.run_id = l.run_id where s.status = 'running' group by 1`).map(([name, count]) => [name, Number(count)]));

/** The executor that has most calls under way, when there are `least`. Without a guard there may never be any: then the first. */
async function busiest(stack, least, except) {
	let found;
	await until('calls under way', () => {
		const [[name, count] = []] = Object.entries(underWay(stack)).filter(([one]) => one !== except?.name).sort((a, b) => b[1] - a[1]);
		found = stack.executors.find((one) => one.name === name);
		return count >= least;
	}, 5000, 5).catch(() => {});
	return found ?? stack.executors.find((one) => one !== except);
}

/**
 * One executor is stopped past its lease while its calls are out. The other takes its runs over and calls again; the first wakes up with its
 * answers ready before the second has any: a stale writer that only the guards hold off.
 */
async function stopOne(stack, least) {
	const one = await busiest(stack, least);
	await one.kill('SIGSTOP');
	const calls = `select s.run_id from step_run s join run_live l on l.workspace_id = s.workspace_id and l.run_id = s.run_id where s.status = 'running' and s.kind = 'prompt'`;
	const mine = `(select incarnation from executor where name = '${one.name}')`;
	const [[me]] = stack.sql(`select string_agg(quote_literal(incarnation), ', ') from executor where name = '${one.name}'`);
	const had = stack.sql(`${calls} and l.holder in ${mine}`).flat();
	const elsewhere = () => new Set(stack.sql(`${calls} and l.holder not in (${me})`).flat());
	await until('its lease to be over', () => stack.sql(`select 1 from executor where name = '${one.name}' and lease_until > clock_timestamp()`).length === 0);
	await until('its calls to be made again', () => had.filter((run) => elsewhere().has(run)).length >= Math.min(least, had.length), 10000).catch(() => {});
	await one.kill('SIGCONT');
}

/** One is killed with what it has in hand. */
async function killOne(stack, least) {
	const one = await busiest(stack, least);
	await one.kill();
	one.start();
}

const GATE = 4711;
/** Whoever draws at a limit waits at a gate between looking and taking, while somebody keeps it shut. */
const gated = (stack) => changed('quota_draw', 'ticket := null;', `ticket := null::bigint; perform pg_advisory_xact_lock_shared(${GATE});`)(stack);

const atGate = (granted) => `locktype = 'advisory' and objid = ${GATE} and ${granted ? '' : 'not '}granted`;

/** Shuts the gate; what it gives opens it. */
async function shut(stack) {
	const keeper = spawn('psql', ['-h', stack.pgHost, '-U', 'postgres', '-d', 'stepmill', '-Xq', '-c', `select pg_advisory_lock(${GATE})`, '-c', 'select pg_sleep(3600)'], { stdio: 'ignore' });
	stack.goingOn.push(() => keeper.kill());
	await until('the gate to be shut', () => stack.sql(`select 1 from pg_locks where ${atGate(true)}`).length);
	return () => stack.sql(`select pg_terminate_backend(pid) from pg_locks where ${atGate(true)} and mode = 'ExclusiveLock'`);
}

/**
 * Two executors draw at the same limit at the same moment, each for as many calls as may be made at once: both stand at the gate, having seen that there is
 * room, or one of them waits for the other's lock. Each is started when its runs are there, so it has all of them; who stands there claims nothing.
 */
async function meet(stack, least, make) {
	const [first, second] = [1, 2].map((number) => stack.executor(number));
	stack.executors.push(first, second);
	await make(1); // or who draws first waits for who enters the limit
	first.start();
	await until('its end', () => stack.sql('select count(*) from run_live')[0][0] === '0');
	assert.deepEqual(stack.sql('update quota set cap = 3 returning step_cap'), [['3']]); // what somebody has set, housekeeping leaves where it is
	await first.kill('SIGTERM');
	const open = await shut(stack);
	const atTheGate = () => stack.sql(`select 1 from pg_locks where ${atGate(false)}`).length;
	const waiting = () => Number(stack.sql(`select count(*) from pg_stat_activity where usename = 'stepmill_executor' and wait_event_type = 'Lock'`)[0][0]);
	for (const one of [first, second]) {
		await make(3);
		one.start();
		await until(`${one.name} to stand there`, () => (one === first || stack.options.env.STEPMILL_MUTATION ? atTheGate() : waiting()) >= 1 + (one === second));
	}
	open();
}

/** An executor more, that stops itself when its first call has ended and nobody knows. */
async function startToStop(stack) {
	const executor = stack.executor(stack.executors.length + 1).start({ STEPMILL_FAULT: 'exec.step.after_call:stop' });
	stack.executors.push(executor);
	await until(`${executor.name} to stop`, () => /^\d+ \(.*\) T/.test(fs.readFileSync(`/proc/${executor.pid}/stat`, 'utf8')));
	return executor;
}

/** It dies then, and another takes its run over. */
async function dieAfterCall(stack, least, make) {
	await make(1);
	const first = await startToStop(stack);
	await first.kill('SIGKILL');
	stack.lapse(first);
	stack.executors.push(stack.executor(stack.executors.length + 1).start());
}

/**
 * A run is taken away, by hand, from an executor that has its call's answer and a good lease. Another makes the call again, and has its answer when the
 * first goes on: nothing but the look at the run's row keeps that from writing what it has.
 */
async function takeAway(stack, least, make) {
	await make(1);
	const first = await startToStop(stack);
	stack.sql('update run_live set holder = null, due_at = now() where holder is not null');
	const second = await startToStop(stack);
	const calls = () => readCalls(stack.options.builtinLog).filter(({ epoch }) => epoch === 1).length;
	assert.equal(calls(), 1);
	await first.kill('SIGCONT');
	await until('the first to be told, or to go on all the same', () => /run lost: another holds it/.test(first.log()) || calls() > 1);
	await second.kill('SIGCONT');
}

/**
 * An executor dies with as many calls under way as may be; when those would be over on the other side, another one takes its runs: it makes the calls again, and
 * the rest wait for them.
 */
async function takeOver(stack, least, make) {
	const [first, second] = [1, 2].map((number) => stack.executor(number));
	stack.executors.push(first, second);
	await make(6);
	first.start();
	const begun = () => readCalls(stack.options.builtinLog).map(({ at }) => Date.parse(at));
	await until('three calls', () => begun().length === 3);
	await first.kill('SIGKILL');
	const over = Math.max(...begun()) + kinds.fewLong.atOnce.seconds * 1000;
	await until('them to be over', () => Date.now() > over);
	stack.lapse(first);
	second.start();
}

/** So many runs, then the rounds: the machine's speed changes nothing. */
async function violationsOf(t, { only, prepare = () => {}, mutation, runs = 24, least = 2, executors = 2, burst = false, rounds = [stopOne, killOne], leaseSeconds = 1, spaces,
	ms = mutation ? 6000 : 150000 }) {
	const callFile = callFileOf('mutation');
	const stack = await startStack({ build: 'build/faults', executors, leaseSeconds, builtinLog: callFile, env: mutation ? { STEPMILL_MUTATION: mutation } : {} });
	t.after(() => stack.stop());
	prepare(stack);
	// Without cancellations: calls at once are counted by how long they take.
	const load = await makeLoad(stack, { random: seeded(3), only, spaces, ...(only.some((kind) => kinds[kind].atOnce) ? { cancels: 0 } : {}) });
	const unpardoned = pardon(stack); // suspects would be called one at a time, and outlast the test
	const make = (count) => Promise.all(Array.from({ length: count }, (_, i) => load.one(only[i % only.length])));
	for (const round of rounds) {
		if (burst) for (const executor of stack.executors) await executor.kill('SIGSTOP'); // all of it is due when they wake
		await make(runs);
		if (burst) for (const executor of stack.executors) await executor.kill('SIGCONT');
		await round(stack, least, make);
	}
	await load.finish(ms); // without a guard some runs never end
	await unpardoned();
	const { violations, counts } = check(stack, { loads: [load], callFile });
	await stack.stop();
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

for (const [only, more] of [[['slow', 'never', 'signals', 'largeSlow']], [['slow'], { runs: 60, burst: true }], [['few', 'instant', 'instant', 'instant'], { runs: 48, least: 1 }]])
	test(`the engine as it is: nothing to report (${only[0]}${more?.burst ? ', all at once' : ''})`, { timeout: 400000 }, async (t) => {
		assert.deepEqual((await violationsOf(t, { only, ...more })).slice(0, 9), []);
	});

// Nobody's lease is over before the slowest machine has come so far.
const driven = { runs: 0, executors: 0, leaseSeconds: 600, spaces: 1 };
const met = { ...driven, only: ['fewLong'], rounds: [meet] };
test('the engine as it is: no call too many at once, however many wait', { timeout: 400000 }, async (t) => {
	assert.deepEqual((await violationsOf(t, { ...met, prepare: gated })).filter((what) => /at once/.test(what)), []);
});

const inherited = { ...driven, only: ['fewLong'], rounds: [takeOver] };
test('the engine as it is: calls that are made again are no more at once than may be', { timeout: 400000 }, async (t) => {
	assert.deepEqual(await violationsOf(t, inherited), []);
});

const onceOnly = { ...driven, only: ['neverOnce'], rounds: [dieAfterCall] };
test('the engine as it is: what must not be called twice is not, whoever dies', { timeout: 400000 }, async (t) => {
	assert.deepEqual(await violationsOf(t, onceOnly), []);
});

const taken = { ...driven, only: ['instant'], rounds: [takeAway] };
test('the engine as it is: nothing to report (a run that is taken away from a living executor)', { timeout: 400000 }, async (t) => {
	assert.deepEqual(await violationsOf(t, taken), []);
});

const mutations = {
	lease_check: { only: ['slow'] },
	row_lock: { ...taken, as: /call under epoch 1 after one under 2/, tries: 1 },
	started_commit: { only: ['slow'], runs: 6 },
	never_repeat: { ...onceOnly, as: /called twice/, tries: 1 },
	message_kept: { only: ['signals'], runs: 12, least: 0 },
	// The protocol of limits: who draws locks, a call that is made again asks, and what the dead had comes back.
	quota_lock: { ...met, ms: 60000, as: /at once/, tries: 1, prepare: (stack) => {
		changed('quota_lock', 'for update of d', '')(stack);
		gated(stack);
	} },
	repeat_unasked: { ...inherited, as: /at once/, ms: 60000, tries: 1 },
	quota_fold: { ...inherited, as: /\(fewLong\): never ended/, ms: 30000, tries: 1, prepare: changed('quota_fold', 'delete from quota_grant g where g.workspace_id', 'delete from quota_grant g where false and g.workspace_id') },
	// That of large texts: all parts before the row that names them, and all of them back before they are needed.
	parts_first: { only: ['largeSlow'] },
	fetch_input: { only: ['largeSlow'] },
};
for (const [mutation, how] of Object.entries(mutations)) {
	test(`without ${mutation} the harness reports violations`, { timeout: 600000 }, async (t) => {
		// Some guards are missed only at some moments: one of five times it has to show.
		const seen = (what) => (how.as ?? /./).test(what);
		let violations = [];
		for (let i = 0; i < (how.tries ?? 5) && !violations.some(seen); i++) violations = await violationsOf(t, { ...how, mutation });
		assert.ok(violations.some(seen), `${violations.length} violations, none of them ${how.as}`);
	});
}

// Every FAULT point of every program × kill, stop past the lease, error, delay, and done-but-reported-failed. The points are counted
// first, so that one that nothing passes is noticed; then each fault is ordered in turn (STEPMILL_FAULT_FILE), while runs of all
// kinds go on. Three executors, the API and live each have their own list of faults, which go on side by side.
//
// What `error` and `lie` mean at a point, and where they mean nothing and why, is in the table of src/base/fault_points.h.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { root, sleep, startStack, until } from '../harness/stack.mjs';
import { verdict } from './checker.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

const LEASE = 1;
const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);
const rounds = Number(process.env.STEPMILL_FAULT_SECONDS ?? 0) > 120 ? 4 : 1;
const WHY_NOT = ['memory', 'done', 'other'];

/** [{ name, actions }] of the table; what each program passes of them is counted. */
function table() {
	const text = fs.readFileSync(`${root}/src/base/fault_points.h`, 'utf8');
	return [...text.matchAll(/FAULT_POINT\(([a-z._]+), (\w+), (\w+)\)/g)].map(([, name, error, lie]) => {
		assert.ok(error === 'error' || WHY_NOT.includes(error), `${name}: ${error}`);
		assert.ok(lie === 'lie' || WHY_NOT.includes(lie), `${name}: ${lie}`);
		return { name, actions: ['kill', 'stop', 'delay=300', ...[error, lie].filter((word) => !WHY_NOT.includes(word))] };
	});
}

/** A program that can be told to fail, and what it has passed and done. */
class Target {
	constructor(stack, sort, program) {
		Object.assign(this, { stack, sort, program });
		this.plan = path.join(stack.dir, `fault-${program.name}`);
		this.trace = path.join(stack.dir, `trace-${program.name}`);
		for (const file of [this.plan, this.trace]) fs.writeFileSync(file, '');
		program.env = { ...program.env, STEPMILL_FAULT_FILE: this.plan, STEPMILL_FAULT_TRACE: this.trace };
	}
	lines() {
		return fs.readFileSync(this.trace, 'utf8').split('\n');
	}
	passed() {
		return new Set(this.lines().filter((line) => line && !line.includes(' ')));
	}
	async restart() {
		if (this.program.running) await this.program.kill('SIGTERM');
		this.program.start();
		if (this.sort === 'api') await this.stack.ready();
	}
	/** Processes of it that have stopped themselves. */
	stopped() {
		const pids = this.sort === 'api' ? this.stack.workers() : [this.program.pid];
		return pids.filter((pid) => /\) T/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')));
	}
}

/** What makes a program pass a point that it passes seldom. */
const provoke = {
	'exec.lease.before': (target) => target.restart(),
	'exec.lease.after': (target) => target.restart(),
	'exec.housekeeping': (target) => target.restart(),
	async 'exec.stop'(target) {
		// Before it has taken up work there is no row of its own that its end would remove.
		await until('it to work', () => ['exec.claim.after', 'exec.flush.committed'].some((point) => target.passed().has(point)));
		await target.program.kill('SIGTERM');
	},
	'exec.flush.blob': (target) => target.load.one('large'),
	'exec.parts.committed': (target) => target.load.one('large'),
	'exec.reopen': (target) => target.load.one('reopened'),
	'exec.child.start': (target) => target.load.one('within'),
	'exec.child.ended': (target) => target.load.one('within'),
	'exec.reap': (target) => target.stack.sql(`insert into executor (incarnation, name, planner, lease_until) values (gen_random_uuid(), 'dead', 1, now() - interval '1 h')`),
};

/** One fault: ordered, provoked, done, recovered from. */
async function faultOnce(target, point, action, count) {
	const { program } = target;
	fs.writeFileSync(target.trace, '');
	fs.writeFileSync(target.plan, `${point}:${action}:${provoke[point] ? 1 : count}\n`);
	const acted = () => target.lines().includes(`${point} ${action}`);
	const provoked = async () => {
		for (let i = 0; i < 20 && provoke[point] && !acted(); i++) {
			await provoke[point](target);
			await sleep(i ? 250 : 50);
			if (point === 'exec.stop') return;
		}
	};
	const provoking = provoked();
	await until(`${program.name} to pass ${point} (${action})`, acted, 20000);
	if (action === 'stop') {
		await until(`${program.name} to have stopped`, () => target.stopped().length, 3000);
		await sleep(target.sort === 'exec' ? LEASE * 1000 + 500 : 400);
		for (const pid of target.stopped()) process.kill(pid, 'SIGCONT');
	}
	await provoking;
	// The one that was killed may have been the one before a provoked restart.
	if (action === 'kill' && target.sort !== 'api') await until(`${program.name} to be dead`, () => !program.running, 1000).catch(() => {});
	if (point === 'exec.stop') await until(`${program.name} to end`, () => !program.running, 5000);
	if (!program.running) program.start();
}

test(`every FAULT point × every action (STEPMILL_SEED=${seed})`, { timeout: rounds * 200000 }, async (t) => {
	const random = seeded(seed);
	const callFile = callFileOf('points');
	const points = table();
	const stack = await startStack({ build: 'build/faults', executors: 3, workers: 2, leaseSeconds: LEASE, builtinLog: callFile });
	t.after(() => stack.stop());
	const executors = stack.executors.map((program) => new Target(stack, 'exec', program));
	const others = [new Target(stack, 'api', stack.programs.api), new Target(stack, 'live', stack.programs.live)];
	const targets = [...executors, ...others];
	for (const target of targets) await target.restart();

	const load = await makeLoad(stack, { random, listens: 0.5 });
	t.after(() => load.giveUp());
	for (const target of executors) target.load = load;
	load.start(3);
	await until('runs of every kind', () => new Set([...load.runs.values()].map((run) => run.kind)).size === new Set(load.bag).size);
	await provoke['exec.reap'](executors[0]);
	await sleep(1500);
	for (const target of targets) await target.restart();
	const passed = new Map(['exec', 'api', 'live'].map((sort) => [sort, new Set(targets.filter((one) => one.sort === sort).flatMap((one) => [...one.passed()]))]));
	const all = new Set([...passed.values()].flatMap((names) => [...names]));
	t.diagnostic(`points: ${[...passed].map(([sort, names]) => `${sort}: ${[...names].sort().join(' ')}`).join('; ')}`);
	assert.deepEqual([...all].sort(), points.map((point) => point.name).sort(), 'the table of src/base/fault_points.h and what was passed');

	const done = {};
	let failed = false;
	const cases = (sort) => Array.from({ length: rounds }, () => points.filter((point) => passed.get(sort).has(point.name))
		.flatMap((point) => point.actions.map((action) => [point.name, action]))).flat();
	const work = async (target, queue) => {
		for (let next; !failed && (next = queue.splice(Math.floor(random() * queue.length), 1)[0]); ) {
			const [point, action] = next;
			await faultOnce(target, point, action, 1 + Math.floor(random() * (rounds > 1 ? 8 : 2))).catch((error) => {
				failed = true;
				throw error;
			});
			done[action] = (done[action] ?? 0) + 1;
		}
	};
	// Three executors that die once a second are nobody's fault: no run is to be set aside as poison for it.
	const pardon = setInterval(() => stack.sql('update run_live set strikes = 0 where strikes > 1'), 500);
	const shared = cases('exec');
	const working = [...executors.map((target) => work(target, shared)), ...others.map((target) => work(target, cases(target.sort)))];
	await Promise.all(working).finally(() => clearInterval(pardon));
	await stack.ready();
	await load.finish();
	verdict(assert, t, stack, { loads: [load], callFile, injected: true }, { seed }, done);
});

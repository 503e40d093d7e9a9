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
import { pardon } from './harass.mjs';
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
		this.stack.needed();
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
		await until('it to work', () => !target.program.running || ['exec.claim.after', 'exec.flush.committed'].some((point) => target.passed().has(point)));
		await target.program.kill('SIGTERM');
	},
	'exec.flush.blob': (target) => target.load.one('large'),
	'exec.parts.committed': (target) => target.load.one('large'),
	'exec.reopen': (target) => target.load.one('reopened'),
	'exec.child.start': (target) => target.load.one('within'),
	'exec.child.ended': (target) => target.load.one('within'),
	'exec.quota.before': (target) => target.load.one('limited'),
	'exec.quota.committed': (target) => target.load.one('limited'),
	'exec.inbox': (target) => target.load.one('signals'),
	'exec.reap': (target) => target.stack.sql(`insert into executor (incarnation, name, planner, lease_until) values (gen_random_uuid(), 'dead', 1, now() - interval '1 h')`),
};
const once = ['exec.lease.before', 'exec.lease.after', 'exec.housekeeping', 'exec.stop']; // passed once in the life of a program

/** One fault: ordered, provoked, done, recovered from. */
async function faultOnce(target, point, action, count) {
	const { program } = target;
	fs.writeFileSync(target.trace, '');
	fs.writeFileSync(target.plan, `${point}:${action}:${once.includes(point) ? 1 : count}\n`);
	const acted = () => target.lines().includes(`${point} ${action}`);
	const heal = () => program.running || program.start();
	let given = false;
	const provoked = async () => {
		while (!acted() && !given) {
			await provoke[point](target);
			if (!acted()) heal(); // it may have ended without passing the point
			// On a busy machine a program takes its time to come to where it was sent.
			for (let i = 0; i < (once.includes(point) ? 100 : 6) && point !== 'exec.stop' && !acted(); i++) await sleep(50);
		}
	};
	const provoking = provoke[point] ? provoked() : undefined;
	provoking?.catch(() => {}); // it is told below
	await until(`${program.name} to pass ${point} (${action})`, () => {
		if (!provoke[point]) heal();
		return acted();
	}, 90000).finally(() => (given = true));
	if (action === 'stop') {
		await until(`${program.name} to have stopped`, () => target.stopped().length);
		await sleep(target.sort === 'exec' ? LEASE * 1000 + 500 : 400);
		for (const pid of target.stopped()) process.kill(pid, 'SIGCONT');
	}
	await provoking;
	// The one that was killed may have been the one before a provoked restart; if it was not, it is dead in a moment, or found dead by the next fault.
	for (let i = 0; action === 'kill' && target.sort !== 'api' && program.running && i < 20; i++) await sleep(50);
	if (point === 'exec.stop') await until(`${program.name} to end`, () => !program.running);
	heal();
}

test(`every FAULT point × every action (STEPMILL_SEED=${seed})`, { timeout: 120000 + rounds * 360000 }, async (t) => {
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
	for (const target of executors) target.load = load;
	load.start(3);
	for (const kind of new Set(load.bag)) await load.one(kind);
	// What each program passes of the table, until all of it was seen; exec.stop only when they are told to stop.
	const passed = new Map(['exec', 'api', 'live'].map((sort) => [sort, points.filter((point) => [sort, 'db'].includes(point.name.split('.')[0]))]));
	const missing = () => [...passed].flatMap(([sort, list]) => {
		const seen = new Set(targets.filter((one) => one.sort === sort).flatMap((one) => [...one.passed()]));
		return list.filter((point) => !seen.has(point.name)).map((point) => point.name);
	});
	await until('every point to be passed', async () => {
		const left = missing().filter((name) => name !== 'exec.stop');
		await provoke[left[0]]?.(executors[0]);
		return left.length === 0;
	}, 30000, 200).catch(() => {}); // told below
	for (const target of targets) await target.restart();
	assert.deepEqual(missing(), [], 'points of the table of src/base/fault_points.h that nothing passes');
	const unknown = targets.flatMap((target) => [...target.passed()]).filter((name) => !points.some((point) => point.name === name));
	assert.deepEqual(unknown, [], 'points that are passed and not in the table');

	const done = {};
	let failed = false;
	const cases = (sort) => Array.from({ length: rounds }, () => passed.get(sort)
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
	const shared = cases('exec');
	const unpardoned = pardon(stack, 2); // three executors that die once a second
	await Promise.all([...executors.map((target) => work(target, shared)), ...others.map((target) => work(target, cases(target.sort)))]);
	await sleep(500);
	for (const { program } of targets) if (!program.running) program.start();
	await stack.ready();
	await load.finish();
	await unpardoned();
	verdict(assert, t, stack, { loads: [load], callFile, injected: true }, { seed }, done);
});

// Every FAULT point that a small load passes, one after another: the program that passes it dies there by kill -9 while
// chains run, and comes back. The points are counted first, so that a new one is tested without being listed anywhere.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startStack, until } from '../harness/stack.mjs';
import { check } from './checker.mjs';
import { Load, makeWorkflows, seeded } from './load.mjs';

const tmp = (name) => path.join(process.env.TMPDIR ?? '/tmp', `stepmill-${name}-${process.pid}`);
const expected = (load) => (run) => (load.cancelAsked.has(run.id) ? ['completed', 'cancelled'] : ['completed']);

async function work(stack, client, workflows, count, seed, listenShare = 0.3) {
	const load = new Load(stack, client, workflows, seeded(seed));
	load.listenShare = listenShare;
	load.next = stack.marked ?? 0;
	for (let i = 0; i < count; i++) await load.one();
	stack.marked = load.next;
	return load;
}

test('kill -9 at every FAULT point', { timeout: 600000 }, async (t) => {
	const trace = tmp('trace');
	const callFile = tmp('calls');
	fs.writeFileSync(trace, '');
	const stack = await startStack({ build: 'build/faults', executors: 1, workers: 2, leaseSeconds: 2, builtinLog: callFile, env: { STEPMILL_FAULT_TRACE: trace } });
	t.after(() => stack.stop());
	const client = await stack.signIn();
	const flows = await makeWorkflows(client);
	const workflows = [flows.instant, flows.streaming];
	const all = { acknowledged: new Map(), cancelAsked: new Set(), listeners: [], open: [], refused: [] };
	const keep = (load) => {
		for (const [marker, run] of load.acknowledged) all.acknowledged.set(marker, run);
		for (const run of load.cancelAsked) all.cancelAsked.add(run);
		all.listeners.push(...load.listeners);
		all.open.push(...load.open);
		all.refused.push(...load.refused);
	};

	const first = await work(stack, client, workflows, 12, 7);
	await first.finish();
	keep(first);
	await stack.executors[0].kill('SIGTERM'); // passes the points of a clean end
	stack.executors[0].start();
	const points = [...new Set(fs.readFileSync(trace, 'utf8').split('\n').filter(Boolean))].sort();
	t.diagnostic(`points: ${points.join(' ')}`);
	assert.ok(points.filter((p) => p.startsWith('exec.')).length >= 6, `the executor passed too few points: ${points}`);

	const programs = { exec: () => stack.executors[0], api: () => stack.programs.api, live: () => stack.programs.live };
	const targets = (point) => (programs[point.split('.')[0]] ? [point.split('.')[0]] : ['exec', 'api']);
	let deaths = 0;
	for (const point of points) {
		for (const target of targets(point)) {
			const program = programs[target]();
			await program.kill('SIGTERM');
			// An executor dies at the second time it passes; workers at every third, because the master forks others.
			program.start({ STEPMILL_FAULT: `${point}:kill:${target === 'exec' ? 2 : 3}` });
			await stack.ready();
			const workersBefore = stack.workers();
			const load = await work(stack, client, workflows, 6, 11, target === 'live' ? 1 : 0.3);
			if (target === 'exec' || target === 'live') {
				// Some points are passed only when it ends.
				await until(`${target} to die at ${point}`, () => !program.running, 6000).catch(() => program.kill('SIGTERM'));
				deaths++;
			} else if (stack.workers().join() !== workersBefore.join()) deaths++;
			if (program.running) await program.kill('SIGTERM');
			program.start();
			await stack.ready();
			await load.finish();
			keep(load);
		}
	}
	const { violations, counts } = check(stack, { ...all, callFile, expected: expected(all) });
	t.diagnostic(JSON.stringify({ ...counts, deaths }));
	assert.deepEqual(all.refused, []);
	assert.equal(all.listeners.length, all.open.length, 'every listener saw the end of its run');
	assert.ok(deaths >= points.length / 2, `only ${deaths} deaths at ${points.length} points`);
	assert.deepEqual(violations.slice(0, 20), []);
});

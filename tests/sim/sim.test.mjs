// plan() over random histories and recorded ones, and the model of the lease protocol. The C programs print what they found.
// STEPMILL_HISTORIES and STEPMILL_SEED (./scripts/test sim --histories N --seed S) choose how many and which.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { remove } from '../harness/remove.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
const histories = process.env.STEPMILL_HISTORIES ?? '100000';
const seed = process.env.STEPMILL_SEED ?? String(Date.now());
const recordings = (folder) => readdirSync(new URL(folder, import.meta.url)).filter((name) => name.endsWith('.json'))
	.map((name) => fileURLToPath(new URL(`${folder}/${name}`, import.meta.url)));
const golden = recordings('golden');
const decided = recordings('golden/decided'); // of runs with loops, agents, handlers, phases, kept outputs, and of code

function run(program, ...args) {
	const done = spawnSync(`${build}/tests/sim/${program}`, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
	if (done.error) throw done.error;
	return { status: done.status, out: done.stdout + done.stderr };
}

before(() => {
	execFileSync('make', ['-C', build, '-s', '--no-print-directory', 'src/db/statements.h', 'tests/sim/sim', 'tests/sim/groups', 'tests/sim/loops', 'tests/sim/waits', 'tests/sim/code', 'tests/sim/decided', 'tests/sim/model'],
		{ stdio: 'inherit' });
});

describe('plan()', () => {
	test(`is sound in ${histories} histories from seed ${seed} on`, (t) => {
		const { status, out } = run('sim', '--histories', histories, '--seed', seed);
		t.diagnostic(out.trim());
		assert.equal(status, 0, out);
	});

	test('is found out by the simulator when it is broken', async (t) => {
		for (const name of run('sim', '--list-broken').out.trim().split('\n')) {
			await t.test(name, () => {
				const { status, out } = run('sim', '--broken', name, '--histories', '20000', '--seed', '1');
				assert.equal(status, 1, out);
				assert.match(out, /WRONG, seed \d+: /);
			});
		}
	});

	test('decides as it did when the histories were recorded', () => {
		const { status, out } = run('sim', '--golden', ...golden);
		assert.equal(status, 0, out);
	});
});

describe('plan() of loops', () => {
	const some = String(Math.ceil(Number(histories) / 20));
	test(`is sound in ${some} histories from seed ${seed} on`, (t) => {
		const { status, out } = run('loops', '--histories', some, '--seed', seed);
		t.diagnostic(out.trim());
		assert.equal(status, 0, out);
	});
	test('is found out when it is broken', async (t) => {
		for (const name of run('loops', '--list-broken').out.trim().split('\n')) {
			await t.test(name, () => {
				const { status, out } = run('loops', '--broken', name, '--histories', '2000', '--seed', '1');
				assert.equal(status, 1, out);
				assert.match(out, /WRONG, seed \d+: /);
			});
		}
	});
});

describe('plan() of waits that look at a condition', () => {
	const some = String(Math.ceil(Number(histories) / 5));
	test(`is sound in ${some} histories from seed ${seed} on`, (t) => {
		const { status, out } = run('waits', '--histories', some, '--seed', seed);
		t.diagnostic(out.trim());
		assert.equal(status, 0, out);
	});
	test('is found out when a takeover does not see that a look has begun', () => {
		const { status, out } = run('waits', '--histories', '2000', '--seed', '1', '--broken');
		assert.equal(status, 1, out);
		assert.match(out, /WRONG, seed \d+: /);
	});
});

describe('plan() of workflows that are code', () => {
	const some = String(Math.ceil(Number(histories) / 10));
	test(`is sound in ${some} histories from seed ${seed} on`, (t) => {
		const { status, out } = run('code', '--histories', some, '--seed', seed);
		t.diagnostic(out.trim());
		assert.equal(status, 0, out);
	});
});

describe('plan() of steps in steps', () => {
	const some = String(Math.ceil(Number(histories) / 5));
	test(`is sound in ${some} histories from seed ${seed} on`, (t) => {
		const { status, out } = run('groups', '--histories', some, '--seed', seed);
		t.diagnostic(out.trim());
		assert.equal(status, 0, out);
	});

	test('is found out when it is broken', async (t) => {
		for (const name of run('groups', '--list-broken').out.trim().split('\n')) {
			await t.test(name, () => {
				const { status, out } = run('groups', '--broken', name, '--histories', '20000', '--seed', '1');
				assert.equal(status, 1, out);
				assert.match(out, /WRONG, seed \d+: /);
			});
		}
	});
});

describe('recorded histories', () => {
	test('of loops, agents, handlers, phases, kept outputs, runs in runs and code lead to the same', (t) => {
		const { status, out } = run('decided', ...decided);
		t.diagnostic(out.trim());
		assert.equal(status, 0, out);
	});

	test('of these hold all that plan() can want of them', () => {
		const histories = decided.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).histories);
		const found = new Set();
		const steps = (list, inside = '') => list.forEach((step) => {
			found.add(step.kind).add(`${inside}${step.kind}`);
			for (const name of ['cache', 'on_start', 'on_complete', 'on_error']) if (step[name]) found.add(`${name} of ${step.kind}`);
			steps(step.steps ?? [], step.kind === 'loop' ? 'in a loop: ' : inside);
		});
		for (const { definition, calls } of histories) {
			steps(definition.steps);
			if (definition.code) found.add('code');
			for (const action of calls.flatMap((call) => call.wants)) {
				found.add(action.does).add(`${action.does} ${action.as ?? action.why ?? ''}`);
				if (action.handler) found.add(`${action.handler} of ${action.step.startsWith('run:') ? 'the workflow' : 'a step'}`);
				if (action.cache_key !== undefined) found.add(`kept ${action.does}`);
				if (action.input?.messages) found.add('a model is told what its tools gave');
				if (action.does === 'fail') found.add(`fails as ${JSON.parse(action.error).code}`);
			}
			if (calls.some((call) => call.run.passed)) found.add('a phase that somebody began');
		}
		const wanted = ['begin', 'start', 'open', 'iterate', 'wait', 'complete', 'child', 'retry', 'abort', 'fail', 'gather', 'fetch', 'evaluate', 'replay', 'stand', 'sleep',
			'end completed', 'end failed', 'end cancelled', 'skip code', 'code', 'a phase that somebody began', 'a model is told what its tools gave', 'fails as max_turns', 'fails as handler',
			...['on_start', 'on_complete', 'on_error'].flatMap((name) => [`${name} of the workflow`, `${name} of a step`]), 'kept start', 'kept open', 'kept child', 'kept complete',
			...['prompt', 'script', 'workflow', 'agent', 'signal', 'transform', 'sequential', 'parallel', 'loop'].flatMap((kind) => [kind, `in a loop: ${kind}`]),
			...['transform', 'agent', 'sequential', 'loop'].flatMap((kind) => [`cache of ${kind}`, `on_complete of ${kind}`, `on_error of ${kind}`])];
		assert.deepEqual(wanted.filter((one) => !found.has(one)), []);
	});

	test('hold every decision, answer and request that the simulator knows', () => {
		const recorded = golden.map((file) => readFileSync(file, 'utf8')).join('\n');
		const wanted = run('sim', '--list').out.trim().split('\n');
		assert.ok(wanted.length >= 14, `only ${wanted}`);
		assert.deepEqual(wanted.filter((one) => !recorded.includes(one)), []);
	});

	test('are not what a planner decides that sleeps too long, or takes a message twice', () => {
		// Broken ones are tried on them too: a recording that no slip can break keeps nothing.
		for (const name of ['takes-twice', 'any-attempt', 'unpausable', 'half-paused', 'late-only', 'too-strict', 'wakes-early', 'oversleeps']) {
			const { status, out } = run('sim', '--broken', name, '--golden', ...golden);
			assert.equal(status, 1, name);
			assert.match(out, /plan\(\) decides otherwise than version \d+ did/);
		}
	});

	test('that are changed in one decision are refused, and it says that the version must grow', (t) => {
		const dir = mkdtempSync(path.join(tmpdir(), 'stepmill-sim-'));
		t.after(() => remove(dir));
		const file = path.join(dir, 'changed.json');
		writeFileSync(file, readFileSync(golden[0], 'utf8').replace('"end":"cancelled"', '"end":"failed"'));
		const { status, out } = run('sim', '--golden', file);
		assert.equal(status, 1);
		assert.match(out, /let PLANNER_VERSION in src\/flow\/plan\.h grow/);
	});

	test('of a planner to come are refused', (t) => {
		const dir = mkdtempSync(path.join(tmpdir(), 'stepmill-sim-'));
		t.after(() => remove(dir));
		const file = path.join(dir, 'newer.json');
		writeFileSync(file, readFileSync(golden[0], 'utf8').replace('"planner": 1', '"planner": 999'));
		assert.equal(run('sim', '--golden', file).status, 1);
	});
});

describe('the lease protocol', () => {
	// Each more run, fault or sort of request is about ten times as many states: three sorts over one run with two faults take a minute.
	for (const [runs, steps, faults, asks] of [[2, 3, 1, 'cancel'], [2, 3, 1, 'signal'], [1, 3, 2, 'pause'], [1, 3, 2, 'cancel'], [1, 3, 2, 'signal'],
		[1, 3, 1, 'cancel,signal,pause']]) {
		test(`holds in every state of two executors, ${runs} runs of ${steps} steps, ${faults} faults, requests to ${asks}`, (t) => {
			const { status, out } = run('model', '--runs', runs, '--steps', steps, '--faults', faults, '--asks', asks);
			t.diagnostic(out.trim());
			assert.equal(status, 0, out);
			assert.ok(Number(/^(\d+) states/.exec(out)[1]) > 100000, 'too few states to mean anything');
		});
	}

	test('does not hold without any one of its guards', async (t) => {
		for (const guard of run('model', '--list').out.trim().split('\n')) {
			await t.test(guard, (inner) => {
				const { status, out } = run('model', '--without', guard, '--runs', '1');
				inner.diagnostic(`without ${guard}:\n${out.trim()}`);
				assert.equal(status, 1, out);
				assert.match(out, /^ +1 .*\n(.*\n)*VIOLATION: /);
			});
		}
	});
});

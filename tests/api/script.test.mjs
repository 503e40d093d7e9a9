// Script steps from the contract to their end: what is refused when they are saved, working directories of projects, secrets.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cannot, script } from '../exec/lib/script.mjs';
import { until } from '../harness/stack.mjs';
import { startWorld } from './lib/world.mjs';

const skip = cannot();
let world;
before(async () => {
	world = await startWorld({ executors: 2 });
});
after(() => world?.stack.stop());

const step = (key, command, more = {}) => ({ key, ...script(command, more) });
const save = (steps, more = {}) => world.ada.post(world.at('/workflows'), { name: 'Scripts', definition: { type: 'flow', steps, ...more } });
async function run(steps, more = {}) {
	const { status, body } = await save(steps);
	assert.equal(status, 201, JSON.stringify(body));
	const made = await world.ada.post(world.at('/runs'), { workflow_id: body.id, input: {}, ...more });
	assert.equal(made.status, 201, JSON.stringify(made.body));
	return until('the run to end', async () => {
		const { body: now } = await world.ada.get(world.at(`/runs/${made.body.id}`));
		return now.finished_at && now;
	});
}

test('what cannot be a script is refused when it is saved, with what to do', async () => {
	for (const [bad, at, says] of [
		[{ command: undefined }, '', /needs a command/],
		[{ command: 'x', network: 'yes' }, '/network', /true or false/],
		[{ command: 'x', cwd: '../up' }, '/cwd', /without `\.\.`/],
		[{ command: 'x', env: { STEPMILL_KEY: 'x' } }, '/env', /set by Stepmill itself/],
		[{ command: 'echo {{steps.none.output}}' }, '/command', /none/],
		[{ command: 'x', code: 'return 1' }, '/code', /Only a function step/],
	]) {
		const { status, body } = await save([step('s', 'x', bad)]);
		assert.equal(status, 422, JSON.stringify(bad));
		const told = body.errors.find((e) => e.path === `/definition/steps/0${at}`);
		assert.match(told?.message ?? JSON.stringify(body.errors), says);
	}
	const saved = await save([step('s', 'echo {{input.name}}', { timeout_seconds: undefined })]);
	assert.equal(saved.status, 201);
	assert.equal(saved.body.definition.steps[0].timeout_seconds, 900);
	assert.deepEqual(Object.keys(saved.body.definition.input.properties), ['name']);
});

test('a document of the kind that other tools write has scripts', async () => {
	const source = 'name: Simple\nphases: [build]\nsteps:\n  - id: install\n    name: Install\n    phase: build\n    type: script\n    command: echo {{ args.environment }}\n    timeout: 5m\n';
	const { status, body } = await world.ada.post(world.at('/workflows:check'), { source, format: 'yaml' });
	assert.deepEqual([status, body.valid, body.errors], [200, true, []]);
	const { kind, command, timeout_seconds } = body.workflows[0].definition.steps[0];
	assert.deepEqual({ kind, command, timeout_seconds }, { kind: 'script', command: 'echo {{input.environment}}', timeout_seconds: 300 });
});

test('runs of a project share its directory, and nobody else does', { skip }, async () => {
	const project = async (directory) => (await world.ada.post(world.at('/projects'), { name: 'Site', directory })).body.id;
	const [site, same, other] = [await project('site/main'), await project('site/main'), await project('site/other')];
	assert.equal((await run([step('s', 'echo kept > file')], { project_id: site })).status, 'completed');
	const seen = async (more) => (await run([step('s', 'cat file 2>/dev/null; exit 0')], more)).output.stdout;
	assert.deepEqual([await seen({ project_id: site }), await seen({ project_id: same }), await seen({ project_id: other }), await seen()], ['kept\n', 'kept\n', '', '']);
});

test('a run with a step that asks for the network is made in a project that allows it, or not at all', { skip }, async () => {
	const project = async (config) => (await world.ada.post(world.at('/projects'), { name: 'Net', config })).body.id;
	const [open, shut] = [await project({ script_network: true }), await project({})];
	const steps = [step('first', 'true'), { key: 'both', kind: 'parallel', steps: [step('fetch', 'curl -sS http://127.0.0.1:1/; exit 0', { network: true })] }];
	const { body: flow } = await save(steps);
	for (const more of [{}, { project_id: shut }]) {
		const { status, body } = await world.ada.post(world.at('/runs'), { workflow_id: flow.id, input: {}, ...more });
		assert.deepEqual([status, body.errors?.[0].path, body.errors?.[0].code], [422, '/project_id', 'no_network'], JSON.stringify(body));
		assert.match(body.errors[0].message, /^Step "both\/fetch" asks for the network.*"Scripts may use the network" is on/);
	}
	const bulk = await world.ada.post(world.at('/runs:bulk'), { workflow_id: flow.id, inputs: [{}], project_id: shut });
	assert.equal(bulk.status, 422);
	const done = await run(steps, { project_id: open });
	assert.equal(done.status, 'completed', JSON.stringify(done.error));
	assert.match(done.output.fetch.stdout, /^stepmill: 127\.0\.0\.1:1: its address is not one of the public internet/);
	assert.equal((await run([step('s', 'true', { network: false })])).status, 'completed');
});

test('a secret reaches the command, and is nowhere in what is recorded', { skip }, async () => {
	const key = `Sk-${randomBytes(12).toString('base64url')}zZ`;
	const lines = `-----BEGIN-----\n${randomBytes(30).toString('hex')}\n${randomBytes(30).toString('hex')}\n-----END-----`;
	for (const [name, value] of [['SCRIPT_KEY', key], ['SCRIPT_LINES', lines]]) assert.equal((await world.ann.request('PUT', world.at(`/secrets/${name}`), { value })).status, 200);
	const digest = (text) => execFileSync('sha256sum', { input: text }).toString().slice(0, 64);
	const done = await run([
		step('shell', 'printf %s {{env.SCRIPT_KEY}} | sha256sum; echo "key {{env.SCRIPT_KEY}}"; echo "$K" >&2', { env: { K: '{{env.SCRIPT_LINES}}' } }),
		step('listed', ['printf', '%s', '{{env.SCRIPT_KEY}}']),
		step('read', 'cat', { input: { key: '{{env.SCRIPT_KEY}}' }, format: 'json' }),
		// Its beginning is the last that is kept.
		step('cut', `perl -e 'print "x" x (1048576 - 10), $ENV{K} x 2'`, { env: { K: '{{env.SCRIPT_KEY}}' } }),
		step('pieces', `perl -e '$| = 1; for (split //, $ENV{K}) { print; select undef, undef, undef, 0.01 }'`, { env: { K: '{{env.SCRIPT_KEY}}' } }),
		// The last lines of what it says are in the message: they begin inside of the secret.
		step('failed', 'echo "$K" "$K" >&2; perl -e \'print STDERR "x" x 930, "\\n"\'; exit 1', { env: { K: '{{env.SCRIPT_LINES}}' }, on_failure: 'continue' }),
	]);
	assert.equal(done.status, 'completed', JSON.stringify(done.error));
	const of = (name) => done.steps.find((s) => s.key === name).step_run;
	assert.equal(of('shell').output.stdout, `${digest(key)}  -\nkey •••SCRIPT_KEY•••\n`);
	assert.equal(of('shell').output.stderr, '•••SCRIPT_LINES•••\n');
	assert.equal(of('listed').output.stdout, '•••SCRIPT_KEY•••');
	assert.deepEqual(of('read').output, { key: '•••SCRIPT_KEY•••' });
	assert.equal(of('pieces').output.stdout, '•••SCRIPT_KEY•••');
	assert.match(of('failed').error.message, /status 1/);
	const dump = execFileSync('pg_dump', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', 'stepmill'], { maxBuffer: 1 << 28 }).toString();
	const logs = fs.readdirSync(`${world.stack.dir}/log`).map((name) => fs.readFileSync(path.join(world.stack.dir, 'log', name), 'utf8')).join('\n');
	const events = JSON.stringify((await world.ada.get(world.at(`/runs/${done.id}/events?limit=500`))).body);
	for (const [where, text] of Object.entries({ dump, logs, events, run: JSON.stringify(done) }))
		for (const secret of [key, key.slice(0, 8), ...lines.split('\n').slice(1, 3).flatMap((line) => [line, line.slice(-20)])]) assert.ok(!text.includes(secret), `${where}: ${secret}`);
});

test('what keeps scripts apart is told by the doctor', { skip }, async () => {
	const told = await until('the executors to have told', () => {
		const report = world.stack.cli(['doctor', `--db=${world.stack.conninfo()}`], { stdio: 'pipe' });
		return /executor-1: scripts run in namespaces of their own/.test(report) && report;
	});
	assert.match(told, /Landlock: (version \d+|none); running \d+, waiting 0/);
});

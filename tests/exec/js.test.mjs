// The executor's processes for JavaScript, when they are not what they should be: nothing a process says or does not say harms a run that has
// no part in it, or keeps one waiting for ever.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { guard } from '../harness/reaper.mjs';
import { remove } from '../harness/remove.mjs';
import { startEngine, until } from './lib/engine.mjs';

const build = path.resolve(process.env.STEPMILL_BUILD ?? 'build');
let engine;
let dir;
let release;
before(async () => {
	engine = await startEngine();
	dir = mkdtempSync(path.join(tmpdir(), 'stepmill-js-'));
	release = guard(dir); // what stands in for stepmill-js may wait for ever
});
after(async () => {
	await engine?.stop();
	remove(dir);
	release();
});
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

/** A program that stands in for stepmill-js: a shell script, whose descriptor 3 is the executor. */
function program(text) {
	const file = path.join(dir, `js-${Math.random().toString(36).slice(2)}`);
	writeFileSync(file, `#!/bin/sh\n${text}\n`);
	chmodSync(file, 0o755);
	return `--js-program=${file}`;
}

const greeting = String.raw`printf '\010\000\000\000\001\000\000\160\160\145\164\163' >&3`;
const flow = () => engine.flow([{ kind: 'transform', value: '{{ input.n + 1 }}' }]);

async function failed(arg) {
	const executor = engine.executor([arg]);
	const [run] = engine.create(flow(), { input: { n: 1 } });
	const [plain] = engine.create(engine.flow([{}]));
	await until('both to end', () => engine.run(run).finished_at && engine.run(plain).finished_at, 60000);
	assert.equal(engine.run(plain).status, 'completed', 'a run without JavaScript does not notice');
	assert.equal(engine.run(run).status, 'failed');
	assert.equal(executor.child.exitCode, null);
	return JSON.parse(engine.run(run).error);
}

test('a program that is not there, or ends at once, is told as such', async () => {
	for (const arg of ['--js-program=/nonexistent/stepmill-js', program('exit 1'), program('kill -9 $$')]) {
		const error = await failed(arg);
		assert.equal(error.code, 'expression_unavailable', arg);
		assert.match(error.message, /could be started/);
		await engine.stopExecutors();
	}
});

test('who says what it should not is not believed', async () => {
	for (const [said, code] of [
		[String.raw`printf '\377\377\377\377' >&3; sleep 60`, 'expression_unavailable'], // instead of a greeting: a frame of 4 GB
		[String.raw`printf '\004\000\000\000abcd' >&3; sleep 60`, 'expression_unavailable'],
		[`${greeting}; ${greeting}; sleep 60`, /^expression/], // more than was asked for
		[String.raw`${greeting}; head -c 20 <&3 >/dev/null; printf '\377\377\377\377' >&3; sleep 60`, 'expression'],
		[String.raw`${greeting}; head -c 20 <&3 >/dev/null; printf '\014\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000' >&3; sleep 60`, 'expression'], // no result
		[`${greeting}; head -c 20 <&3 >/dev/null; exit 0`, 'expression'],
	]) {
		const error = await failed(program(said));
		assert.match(error.code, code instanceof RegExp ? code : new RegExp(`^${code}$`), said);
		await engine.stopExecutors();
	}
});

test('an answer is read as a stranger wrote it', async () => {
	// One result: status 0, no place, a text that is no JSON, or one that is nested too deeply.
	const answer = (text) => {
		const body = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([text.length & 255, text.length >> 8, 0, 0]),
			Buffer.from(text), Buffer.alloc(8)]);
		const frame = Buffer.concat([Buffer.from([body.length & 255, body.length >> 8, 0, 0]), body]);
		const file = path.join(dir, `answer-${text.length}`);
		writeFileSync(file, frame);
		return program(`${greeting}; while head -c 20 <&3 >/dev/null; do cat ${file} >&3; sleep 1; done`);
	};
	for (const text of ['{"a":', '\\u0000', `${'['.repeat(300)}${']'.repeat(300)}`, '"\\ud800"', '{"a":1,"a":2}']) {
		const error = await failed(answer(text));
		assert.equal(error.code, 'expression');
		assert.match(error.message, /no JSON that can be kept/);
		await engine.stopExecutors();
	}
});

test('one that says nothing keeps only those waiting who need it, and a stop does not wait for it', async () => {
	const executor = engine.executor([program('sleep 600')]);
	const [run] = engine.create(flow(), { input: { n: 1 } });
	const [plain] = engine.create(engine.flow([{}]));
	await engine.ended([plain]);
	assert.equal(engine.run(run).status, 'pending');
	assert.equal(await executor.end(), 0);
	engine.executor([`--js-program=${build}/stepmill-js`]);
	await engine.ended([run]);
	assert.equal(engine.run(run).output, '2');
});

test('many runs of many workspaces share few processes, and each gets its own answer', async () => {
	const workspaces = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];
	const runs = workspaces.flatMap((workspace, w) => [0, 1, 2].flatMap((i) => engine.create(
		engine.flow([{ kind: 'transform', value: `{{ [input.n * ${i + 1}, ${w}] }}` }], workspace), { input: { n: 5 }, count: 12 }).map((id) => ({ id, want: [5 * (i + 1), w] }))));
	const executor = engine.executor(['--js-processes=1']);
	await engine.ended(runs.map(({ id }) => id));
	const outputs = new Map(engine.sql('select id, output from run'));
	for (const { id, want } of runs) assert.deepEqual(JSON.parse(outputs.get(id)), want);
	assert.equal(await executor.end(), 0);
	assert.ok(executor.said('stopped')[0].evaluations >= runs.length);
	assert.doesNotMatch(readFileSync(executor.logFile, 'utf8'), /"level":"error"/);
});

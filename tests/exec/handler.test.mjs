// Handlers of a step: code that looks on when its call begins, has completed, or has failed for good.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { build, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const ask = (more = {}) => ({ key: 'ask', model: 'builtin/instant', ...more });
const fails = { model: 'builtin/echo', options: { fail: 'overloaded' } };
async function run(steps, input = { text: 'one two' }) {
	const [id] = engine.create(engine.flow(steps), { input });
	await until('the run to end', () => engine.run(id).finished_at, 60000);
	return id;
}
const output = (id) => JSON.parse(engine.run(id).output);
const error = (id) => JSON.parse(engine.run(id).error);

test('on_complete gives another output, and sees what there is; undefined changes nothing', async () => {
	engine.executor();
	const id = await run([{ key: 'first', kind: 'transform', value: { n: 2 } },
		ask({ on_complete: { code: 'const { input, output, error, steps, workflow } = context;\nreturn { input, length: output.length, error, n: steps.first.output.n, run: workflow.run_id, whole: workflow.input.text } // all' } }),
		ask({ key: 'same', on_start: { code: 'if (context.output !== null) throw 1; return "nobody looks"' }, on_complete: { code: 'context.output = "not this"; await null' } }),
		{ key: 'none', kind: 'function', code: 'return 1', input: {}, timeout_seconds: 5, on_complete: { code: 'return null' } },
		{ key: 'named', kind: 'function', code: 'return 1', input: { a: 2 }, timeout_seconds: 5, on_complete: { code: 'return [input.a, output, error, steps.first.output.n, workflow.run_id]' } },
		{ kind: 'transform', value: ['{{steps.ask.output}}', '{{steps.same.output}}', '{{steps.none.output}}', '{{steps.named.output}}'] }]);
	const [seen, same, none, named] = output(id);
	assert.deepEqual(named, [2, 1, null, 2, id]);
	assert.deepEqual(seen, { input: { text: 'one two' }, length: same.length, error: null, n: 2, run: id, whole: 'one two' });
	assert.match(same, /one two/);
	assert.equal(none, null);
	assert.equal(engine.calls(id).length, 2);
});

test('on_error recovers when no other attempt follows, or lets it fail', async () => {
	engine.executor();
	const id = await run([ask({ ...fails, retry: { max_attempts: 3, delay_ms: 10, backoff: 'none', max_delay_ms: 10 }, on_error: { code: 'return { instead: context.error.code }' } })]);
	assert.equal(engine.run(id).status, 'completed');
	assert.deepEqual(output(id), { instead: 'overloaded' });
	assert.deepEqual(engine.steps(id).map((s) => s.status), ['failed', 'failed', 'completed']);
	const still = await run([ask({ ...fails, on_error: { code: 'void context.error' }, on_complete: { code: 'return 1' } })]);
	assert.equal(error(still).code, 'overloaded');
	const late = await run([{ key: 'slow', kind: 'function', code: 'for (;;);', input: {}, timeout_seconds: 1, on_error: { code: 'return context.error.code' } }]);
	assert.equal(output(late), 'timeout');
});

test('one that throws fails the step, and one before the call keeps it from being made', async () => {
	engine.executor();
	for (const [name, step, says] of [
		['on_complete', ask(), /on_complete failed. Error: mine \(line 2\)/],
		['on_error', ask(fails), /on_error failed/],
		['on_start', ask(), /on_start failed/],
	]) {
		const id = await run([{ ...step, [name]: { code: '\nthrow new Error("mine")' } }]);
		assert.deepEqual([engine.run(id).status, error(id).code], ['failed', 'handler']);
		assert.match(error(id).message, says);
		assert.equal(engine.calls(id).length, name === 'on_start' ? 0 : 1);
	}
	const endless = await run([ask({ on_complete: { code: 'for (;;);' } })]);
	assert.match(error(endless).message, /longer than a second|took too long/);
});

test('what it made is what is kept for other runs', async () => {
	engine.executor();
	const flow = engine.flow([ask({ cache: { key: 'x', ttl_seconds: 60 }, on_complete: { code: 'return Math.random()' } })]);
	const outputs = [];
	for (let i = 0; i < 2; i++) {
		const [id] = engine.create(flow);
		await engine.ended([id]);
		outputs.push(output(id));
	}
	assert.equal(outputs[0], outputs[1]);
});

test('killed or cancelled in a handler: the call is made again, or the step is over; never both', async () => {
	const long = { code: 'for (let n = 0; n < 3e7; n++); return "handled"' };
	const first = engine.executor();
	const flow = engine.flow([ask({ on_complete: long })]);
	const [id] = engine.create(flow);
	await engine.called(id);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([id]);
	assert.equal(output(id), 'handled');
	assert.ok(engine.calls(id).length <= 2);
	assert.deepEqual(engine.steps(id).map((s) => s.attempt), [1]);
	const [other] = engine.create(flow);
	await engine.called(other);
	engine.cancel(flow, other);
	await engine.ended([other]);
	assert.ok(['cancelled', 'completed'].includes(engine.run(other).status));
});

test('a call that must not be made twice is made after all when the connection was lost while on_start was asked', async () => {
	// What stands in for stepmill-js says that it was started, and becomes it when the connection has been lost.
	const [program, asked, lost] = ['js-late', 'js-asked', 'js-lost'].map((name) => path.join(engine.dir, name));
	writeFileSync(program, `#!/bin/sh\ntouch ${asked}\nuntil [ -e ${lost} ]; do sleep 0.1; done\nexec ${path.resolve(build, 'stepmill-js')}\n`, { mode: 0o755 });
	const executor = engine.executor([`--js-program=${program}`]);
	const [id] = engine.create(engine.flow([ask({ model: 'builtin/echo', options: { stream_ms: 0 }, retry: 'never', on_start: { code: 'return' } })]));
	await until('its handler to be asked', () => existsSync(asked));
	engine.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stepmill-executor'", 'postgres');
	await until('the next incarnation', () => executor.said('incarnation entered').length === 2);
	writeFileSync(lost, '');
	await engine.ended([id]);
	assert.deepEqual([engine.run(id).status, engine.calls(id).length], ['completed', 1], engine.run(id).error);
});

// Handlers of a workflow: code that looks on before a run begins, and may give its steps another input; and when it has come to its end, and may make
// another end of it.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const two = { key: 'two', kind: 'transform', value: { n: 2 } };
const fails = { key: 'ask', model: 'builtin/echo', options: { fail: 'overloaded' } };
const output = (id) => JSON.parse(engine.run(id).output);
const error = (id) => JSON.parse(engine.run(id).error);
const last = (id) => engine.events(id).at(-1);
async function run(steps, handlers, more = {}) {
	const code = Object.fromEntries(Object.entries(handlers).map(([name, text]) => [name, { code: text }]));
	const [id] = engine.create(engine.flow(steps, undefined, { ...code, ...more }), { input: { text: 'one' } });
	await until('the run to end', () => engine.run(id).finished_at, 60000);
	return id;
}

test('on_complete gives another output, and sees what there is; undefined changes nothing', async () => {
	engine.executor();
	const id = await run([two, { key: 'end', kind: 'transform', value: [1] }],
		{ on_complete: 'const { input, output, error, steps, workflow } = context;\nreturn { input, output, error, n: steps.two.output.n, run: workflow.run_id, whole: workflow.input.text } // all', on_error: 'return "not this"' });
	assert.deepEqual(output(id), { input: { text: 'one' }, output: [1], error: null, n: 2, run: id, whole: 'one' });
	assert.equal(engine.run(id).status, 'completed');
	assert.deepEqual(output(await run([two], { on_complete: 'context.output = "not this"; await null' })), { n: 2 });
	assert.equal(output(await run([two], { on_complete: 'return null' })), null);
	assert.equal(output(await run([two], { on_complete: 'return context.output + "!"' }, { output: '{{ steps.two.output.n + input.text }}' })), '2one!');
});

test('on_error recovers, with what it returns as the output, or lets it fail', async () => {
	engine.executor();
	const id = await run([two, fails, { ...two, key: 'after' }],
		{ on_error: 'const { error, steps } = context;\nreturn { code: error.code, path: error.path, n: steps.two.output.n, told: steps.ask.error.code, none: steps.after ?? null, output: context.output }', on_complete: 'return "not this"' });
	assert.deepEqual(output(id), { code: 'overloaded', path: 'ask', n: 2, told: 'overloaded', none: null, output: null });
	assert.deepEqual([engine.run(id).status, engine.run(id).error], ['completed', null]);
	assert.equal(last(id).type, 'run.completed');
	assert.equal(last(id).data.code, 'overloaded');
	const still = await run([fails], { on_error: 'void context.error' });
	assert.deepEqual([engine.run(still).status, error(still).code], ['failed', 'overloaded']);
});

test('a run that its limits end asks on_error too, and calls under way are dropped', async () => {
	engine.executor();
	const slow = { key: 'slow', model: 'builtin/echo', options: { delay_ms: 60000, stream_ms: 0 } };
	const id = await run([slow], { on_error: 'return context.error.code' }, { limits: { seconds: 1 } });
	assert.equal(output(id), 'time_limit');
	assert.deepEqual(engine.steps(id).map((s) => s.status), ['cancelled']);
	const many = await run([two, { ...two, key: 'next' }], { on_error: 'return context.error.code' }, { limits: { steps: 1 } });
	assert.equal(output(many), 'step_limit');
});

test('one that throws, takes too long or gives too much fails the run, and says so', async () => {
	engine.executor();
	for (const [steps, name] of [[[two], 'on_complete'], [[fails], 'on_error']]) {
		const id = await run(steps, { [name]: '\nthrow new Error("mine")' });
		assert.deepEqual([engine.run(id).status, error(id).code], ['failed', 'handler']);
		assert.equal(error(id).message, `The workflow's handler ${name} failed. Error: mine (line 2)`);
	}
	assert.match(error(await run([two], { on_complete: 'for (;;);' })).message, /longer than a second|took too long/);
	assert.equal(error(await run([two], { on_complete: 'return "x".repeat(1100000)' })).code, 'output_too_large');
});

test('an output that only the database has is there for a handler that speaks of it, and stays the run\'s when nothing is returned', async () => {
	engine.executor();
	const large = { key: 'big', kind: 'function', code: 'return "x".repeat(600000)', input: {}, timeout_seconds: 10 };
	const id = await run([large, two], { on_complete: 'return [context.steps.big.output.length, context.output.n]' });
	assert.deepEqual(output(id), [600000, 2]);
	const same = await run([large], { on_complete: 'if (context.output.length !== 600000) throw 1' });
	assert.equal(engine.run(same).status, 'completed');
	assert.equal(engine.one(`select output_bytes from run where id = '${same}'`), '600002');
});

test('killed in a handler: the end is there once, of whoever went on; cancelled, it is asked nothing', async () => {
	const long = { on_complete: { code: 'for (let n = 0; n < 3e7; n++); return "handled"' } };
	const first = engine.executor();
	const flow = engine.flow([{ key: 'ask', model: 'builtin/instant' }], undefined, long);
	const [id] = engine.create(flow);
	await until('its step to end', () => engine.steps(id)[0]?.status === 'completed', 60000);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([id]);
	assert.equal(output(id), 'handled');
	assert.deepEqual(engine.steps(id).map((s) => s.attempt), [1]);
	assert.equal(engine.events(id).filter((e) => e.type === 'run.completed').length, 1);
	const waits = engine.flow([{ key: 'wait', kind: 'wait', seconds: 3600 }], undefined, { on_error: { code: 'return "not this"' } });
	const [other] = engine.create(waits);
	await until('it to wait', () => engine.steps(other)[0]?.status === 'waiting', 60000);
	engine.cancel(waits, other);
	await engine.ended([other]);
	assert.equal(engine.run(other).status, 'cancelled');
});

test('tried again, a run asks its handler of the new end', async () => {
	engine.executor();
	const flow = engine.flow([{ key: 'ask', kind: 'function', code: 'if (input.bad) throw 1; return 1', input: { bad: true }, timeout_seconds: 5 }], undefined, { on_complete: { code: 'return "well"' }, on_error: { code: 'void context.error' } });
	const [id] = engine.create(flow);
	await engine.ended([id]);
	assert.equal(engine.run(id).status, 'failed');
	engine.version(flow, [{ key: 'ask', kind: 'function', code: 'return 1', input: {}, timeout_seconds: 5 }], { on_complete: { code: 'return "well"' } });
	await engine.again(flow, id, { version: 'latest' });
	assert.equal(output(id), 'well');
});

test('on_start gives steps another input, once a run; undefined leaves it; the run keeps its own', async () => {
	engine.executor();
	const sees = [{ key: 'sees', kind: 'transform', value: { x: '{{input.x || "none"}}', text: '{{input.text || "none"}}' } }];
	const id = await run(sees, { on_start: 'const { input, output, error, steps, workflow } = context;\nreturn { x: [input.text, output, error, steps, workflow.run_id] }', on_complete: 'return { ...context.output, input: context.input }' });
	const x = ['one', null, null, {}, id];
	assert.deepEqual(output(id), { x, text: 'none', input: { x } });
	assert.deepEqual(JSON.parse(engine.run(id).input), { text: 'one' });
	assert.deepEqual(output(await run(sees, { on_start: 'context.input.text = "not this"' })), { x: 'none', text: 'one' });
	assert.deepEqual(output(await run(sees, { on_start: 'return { x: input.text, text: `${output} ${error}` }', on_complete: 'return [input.x, output.x]' })), ['one', 'one']);
});

test('on_start that throws, or gives what is no input, stops the run before its first step; on_error is told', async () => {
	engine.executor();
	for (const [code, error_code, says] of [['throw new Error("mine")', 'handler', /^The workflow's handler on_start failed. Error: mine/], ['return 5', 'handler', /returned no object/], ['return { x: "x".repeat(66000) }', 'input_too_large', /64 KB/]]) {
		const id = await run([two], { on_start: code });
		assert.deepEqual([engine.run(id).status, error(id).code, engine.steps(id)], ['failed', error_code, []]);
		assert.match(error(id).message, says);
		assert.equal(output(await run([two], { on_start: code, on_error: 'return context.error.code' })), error_code);
	}
});

test('what on_start gave is there for whoever goes on, after a kill, a pause and a failure, and for a fork', async () => {
	const first = engine.executor();
	const flow = engine.flow([{ key: 'wait', kind: 'signal', signal: 'go' }, { key: 'ask', kind: 'function', code: 'if (input.n.bad) throw 1; return input.n', input: { n: '{{input.n}}' }, timeout_seconds: 5 }], undefined,
		{ on_start: { code: 'return { n: { is: Math.random(), bad: context.input.bad } }' } });
	const [id] = engine.create(flow, { input: { bad: true } });
	await until('it to wait', () => engine.steps(id)[0]?.status === 'waiting', 60000);
	const gave = engine.one(`select started_with from run where id = '${id}'`);
	await first.end('SIGKILL');
	engine.executor();
	engine.ask(flow, id, 'signal', { name: 'go', data: null });
	await engine.ended([id]);
	assert.equal(engine.run(id).status, 'failed');
	assert.deepEqual(JSON.parse(engine.steps(id).at(-1).input).n, JSON.parse(gave).n);
	await engine.again(flow, id);
	assert.deepEqual(JSON.parse(engine.steps(id).at(-1).input).n, JSON.parse(gave).n);
	assert.equal(engine.one(`select started_with from run where id = '${id}'`), gave);
	const fork = engine.fork(flow, id, { step: 'ask' });
	await engine.ended([fork]);
	assert.deepEqual(JSON.parse(engine.steps(fork).at(-1).input).n, JSON.parse(gave).n);
});

test('cancelled or paused before it began: a paused run asks on_start when it goes on', async () => {
	const flow = engine.flow([{ key: 'sees', kind: 'transform', value: '{{input.x}}' }], undefined, { on_start: { code: 'return { x: 1 }' } });
	const [id] = engine.create(flow), [other] = engine.create(flow);
	engine.ask(flow, id, 'pause');
	engine.cancel(flow, other);
	engine.executor();
	await until('it to be paused', () => engine.run(id).status === 'paused', 60000);
	await engine.ended([other]);
	assert.equal(engine.run(other).status, 'cancelled');
	assert.equal(engine.one(`select count(started_with) from run where id in ('${id}', '${other}')`), '0');
	engine.ask(flow, id, 'resume');
	await engine.ended([id]);
	assert.equal(output(id), 1);
});

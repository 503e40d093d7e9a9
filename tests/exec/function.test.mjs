// Steps of the kind "function": JavaScript called with the step's input, in stepmill-js.
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

const fn = (code, input = {}, more = {}) => ({ kind: 'function', code, input, timeout_seconds: 30, ...more });
const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);

async function call(steps, input = {}) {
	const [run] = engine.create(engine.flow(steps), { input });
	await until('the run to end', () => engine.run(run).finished_at, 60000);
	return run;
}

test('what it returns is the output, and what it logs is kept with the step', async () => {
	engine.executor();
	const run = await call([
		fn('console.log("got", input.items.length); const sum = await Promise.all(input.items.map(async x => x.n)); return { sum: sum.reduce((a, b) => a + b), first: input.first };',
			{ items: '{{input.items}}', first: '{{ input.items[0].n * 10 }}' }),
		fn('return [input.all.sum, input.all.first]', { all: '{{steps.s1.output}}' }),
		fn('', {}), fn('return input.none === null', { none: '{{steps.s3.output}}' }),
	], { items: [{ n: 2 }, { n: 3 }] });
	assert.deepEqual(engine.steps(run).map((s) => s.status), ['completed', 'completed', 'completed', 'completed'], JSON.stringify(engine.run(run).error));
	assert.equal(output(run), true);
	assert.deepEqual(JSON.parse(engine.steps(run)[1].output), [5, 20]);
	assert.deepEqual(engine.events(run).filter((e) => e.type === 'step.output').map((e) => [e.path, e.data.text]), [['s1', 'got 2\n']]);
});

test('what goes wrong in it is told with its line, and what it logged before', async () => {
	engine.executor();
	for (const [code, says, more] of [
		['console.log("before");\nthrow new Error("mine")', /Error: mine \(line 2\)/],
		['return input.a.b', /undefined is not an object \(evaluating 'input\.a\.b'\).*\(line 1\)/],
		['await new Promise(() => {})', /promise/],
		['return 10n', /BigInt/],
		['return "x".repeat(9e6)', /more than 8 MB/],
		['return fetch("http://127.0.0.1/")', /Can't find variable: fetch/],
		['for (;;);', /time-out|longer than 1 s/, { timeout_seconds: 1 }],
		['return /^(a+)+$/.test("a".repeat(40) + "b")', /time-out|longer than 1 s/, { timeout_seconds: 1 }],
		['const a = []; for (;;) a.push({ a });', /256 MB|time-out|longer than/],
	]) {
		const run = await call([fn(code, {}, more)]);
		assert.match(error(run).message, says, code);
		assert.match(error(run).code, /^(function|timeout)$/);
		if (code.startsWith('console')) assert.equal(engine.events(run).find((e) => e.type === 'step.output').data.text, 'before\n');
	}
});

test('a run that is cancelled lets go of it at once, and others go on', async () => {
	engine.executor(['--js-processes=1']);
	const flow = engine.flow([fn('for (;;);', {}, { timeout_seconds: 60 })]);
	const [run] = engine.create(flow);
	await until('it to be called', () => engine.steps(run)[0]?.status === 'running');
	engine.cancel(flow, run);
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'cancelled');
	const other = await call([fn('return 1')]);
	assert.equal(output(other), 1);
});

test('an executor that dies in the middle leaves it to another, with the same attempt and the same chance', async () => {
	const slow = 'let n = 0; for (const end = input.n; n < end; n++); return [n, Math.random()]';
	const first = engine.executor();
	const [run] = engine.create(engine.flow([fn(slow, { n: '{{input.n}}' })]), { input: { n: 30000000 } });
	await until('it to be called', () => engine.steps(run)[0]?.status === 'running');
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	assert.equal(output(run)[0], 30000000);
	assert.deepEqual(engine.steps(run).map((s) => s.attempt), [1]);
});

// Expressions in templates: evaluated in stepmill-js, away from everybody else, and recorded with the step that they are of.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { A, B, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const transform = (value, more = {}) => ({ kind: 'transform', value, ...more });
const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);
const status = (run) => engine.run(run).status;

async function give(value, input = {}, more = {}) {
	const [run] = engine.create(engine.flow([transform(value, more)]), { input });
	await engine.ended([run]);
	return run;
}

// The stepmill-js of an executor.
function children(executor) {
	return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
		try {
			const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
			return Number(parent) === executor.child.pid && name === 'stepmill-js';
		} catch {
			return false;
		}
	}).map(Number);
}

test('a value keeps its type alone, and is text among text', async () => {
	engine.executor();
	const input = { items: [{ name: 'a', n: 2 }, { name: 'b', n: 3 }], none: null };
	const run = await give({
		list: '{{ input.items.map(x => x.name) }}', sum: '{{ input.items.reduce((s, x) => s + x.n, 0) }}',
		text: 'Names: {{ input.items.map(x => x.name).join(", ") }}, {{ input.items.length > 1 }}{{ ({ a: { b: 1 }}).a }}',
		plain: '{{input.items.0.name}}', deep: [{ x: '{{ input.none ?? "instead" }}' }], same: '{{ input.items.map(x => x.name) }}',
	}, input);
	assert.deepEqual(output(run), { list: ['a', 'b'], sum: 5, text: 'Names: a, b, true{"b":1}', plain: 'a', deep: [{ x: 'instead' }], same: ['a', 'b'] });
});

test('what steps gave is there, large or small, and what failed is not', async () => {
	engine.executor();
	const [run] = engine.create(engine.flow([
		transform({ items: '{{ Array.from({ length: 60000 }, (_, i) => i) }}' }), // over 256 KB: it is not kept with the run
		transform('{{input.nothing}}', { on_failure: 'continue' }),
		transform({ count: '{{ steps.s1.output.items.length }}', last: '{{ steps.s1.output.items.at(-1) }}', why: '{{ steps.s2.error?.code ?? "none" }}' }),
		transform('{{ steps.s3.output.count + steps["s3"].output.last }}'),
	]));
	await engine.ended([run]);
	assert.equal(status(run), 'completed', JSON.stringify(engine.run(run)));
	assert.deepEqual(output(run), 119999);
});

test('a call gets its input filled, and a wait its time', async () => {
	engine.executor();
	const [run] = engine.create(engine.flow([{ input: { text: '{{ input.text.split(" ").reverse().join(" ") }}' } },
		{ kind: 'wait', seconds: '{{ input.text.length / 100000 }}' }, transform('{{steps.s1.output}}')]));
	await engine.ended([run]);
	assert.equal(output(run), 'three two one');
	assert.deepEqual(JSON.parse(engine.steps(run)[0].input), { text: 'three two one' });
});

test('what throws, gives nothing, or is none fails its step and says why, and is not tried again', async () => {
	engine.executor();
	const retry = { max_attempts: 3, delay_ms: 10, backoff: 'none', max_delay_ms: 10 };
	for (const [value, says] of [
		['{{ steps.absent.output.x + 1 }}', /`steps\.absent\.output\.x \+ 1`.*undefined is not an object \(evaluating 'steps\.absent\.output'\)/],
		['{{ input.a.b.c }}', /`input\.a\.b\.c` does not exist/], // a plain path as before
		['{{ input.a?.b }}', /`input\.a\?\.b`.*gave nothing/],
		['{{ absent() }}', /Can't find variable: absent/],
		['{{ (() => { throw new Error("mine") })() }}', /Error: mine/],
		['{{ 1 + }}', /SyntaxError/],
		['{{ 0 / 0 }}', /not a finite number/],
		['{{ "\\ud800" }}', /half a character/],
		['{{ "x".repeat(9000000) }}', /more than 8 MB/],
		['{{ eval("1") }}', /Can't find variable: eval/],
		['{{ [].constructor.constructor("return 1")() }}', /code cannot be made from text/],
	]) {
		const run = await give(value, {}, { retry });
		assert.match(error(run).message, says);
		assert.match(error(run).code, /^(expression|template)$/);
		assert.equal(engine.steps(run).length, 1);
	}
});

test('what takes too long or too much is ended, and others do not notice', async () => {
	const executor = engine.executor();
	const input = { n: 5 };
	const bad = ['{{ (() => { for (;;); })() }}', '{{ /^(a+)+$/.test("a".repeat(40) + "b") }}', '{{ (() => { const a = []; for (;;) a.push(new Uint8Array(4e6).fill(1)) })() }}']
		.map((value) => engine.create(engine.flow([transform(value)]), { input })[0]);
	const good = engine.create(engine.flow([transform('{{ input.n * 2 }}')]), { input, count: 40 });
	await until('all to end', () => [...bad, ...good].every((run) => engine.run(run).finished_at), 120000);
	assert.deepEqual(bad.map(status), ['failed', 'failed', 'failed']);
	for (const run of bad) assert.equal(error(run).code, 'expression');
	assert.match(error(bad[0]).message, /took (too long|longer)/);
	assert.match(error(bad[1]).message, /took (too long|longer)/);
	assert.ok(good.every((run) => status(run) === 'completed' && output(run) === 10));
	assert.equal(executor.child.exitCode, null);
});

test('a process that is killed in the middle harms no run', async () => {
	const executor = engine.executor(['--js-processes=1']);
	const slow = '{{ (() => { let n = 0; for (const end = input.n; n < end; n++); return n })() }}';
	const runs = engine.create(engine.flow([transform(slow)]), { input: { n: 3000000 }, count: 3 });
	const [pid] = await until('a process', () => children(executor).length && children(executor));
	process.kill(pid, 'SIGKILL');
	await engine.ended(runs);
	assert.deepEqual(runs.map(status), ['completed', 'completed', 'completed']);
	assert.ok(!children(executor).includes(pid));
});

test('one whose processes are killed again and again by somebody else is not taken for the cause', async () => {
	const executor = engine.executor(['--js-processes=1']);
	// It is at work until its time is over, so each process is found there; and what it fails of in the end is its own.
	const [run] = engine.create(engine.flow([transform('{{ (() => { for (;;); })() }}')]));
	// Of processor time: more than it takes to start.
	const ticks = (pid) => {
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
		return Number(fields[11]) + Number(fields[12]);
	};
	for (let i = 0; i < 4; i++) {
		const pid = await until('one at work', () => children(executor).find((child) => ticks(child) > 40));
		process.kill(pid, 'SIGKILL');
		await until('it to go', () => !children(executor).includes(pid));
	}
	await engine.ended([run]);
	assert.match(error(run).message, /took (too long|longer)/);
});

test('an executor that dies leaves no process behind, and another evaluates what it had not recorded', async () => {
	const executor = engine.executor();
	const slow = '{{ (() => { let n = 0; for (const end = input.n; n < end; n++); return n })() }}';
	const [run] = engine.create(engine.flow([{}, transform(slow)]), { input: { n: 3000000, text: 'x' } });
	const [pid] = await until('a process', () => children(executor).length && children(executor));
	await executor.end('SIGKILL');
	await until('its end', () => {
		try {
			return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
		} catch {
			return true;
		}
	});
	engine.executor();
	await engine.ended([run]);
	assert.equal(output(run), 3000000);
});

test('each process works for one workspace', async () => {
	const executor = engine.executor(['--js-processes=1']);
	const flows = [A, B].map((workspace) => engine.flow([transform('{{ input.text + 1 }}')], workspace));
	const [a] = engine.create(flows[0], { input: { text: 'a' } });
	await engine.ended([a]);
	const [first] = children(executor);
	const [again] = engine.create(flows[0], { input: { text: 'a' } });
	await engine.ended([again]);
	assert.deepEqual(children(executor), [first]);
	const [b] = engine.create(flows[1], { input: { text: 'b' } });
	await engine.ended([b]);
	assert.equal(output(b), 'b1');
	assert.equal(children(executor).length, 1);
	assert.notEqual(children(executor)[0], first);
});

test('chance is the same for who evaluates the same step again, and another for another run', async () => {
	engine.executor();
	const [one, two] = engine.create(engine.flow([transform('{{ [Math.random(), Math.random()] }}'), transform('{{ [steps.s1.output, Math.random()] }}')]), { count: 2 });
	await engine.ended([one, two]);
	assert.notDeepEqual(output(one), output(two));
	const [[first, second], other] = output(one);
	assert.equal(new Set([first, second, other]).size, 3);
	const [clock] = engine.create(engine.flow([transform('{{ Date.now() }}')]));
	await engine.ended([clock]);
	assert.ok(Math.abs(output(clock) - Date.now()) < 60000);
});

test('branches that wait for a limit are not evaluated over and over', async () => {
	const prompt = (key, more) => ({ key, name: key, kind: 'prompt', timeout_seconds: 60, prompt: 'any', input: { text: '{{input.text}}' }, model: 'builtin/instant', ...more });
	const limited = { concurrency: { key: 'one', limit: 1 } };
	const slow = { model: 'builtin/echo', options: { delay_ms: 3000, stream_ms: 0 } };
	const executor = engine.executor();
	const [taker] = engine.create(engine.flow([{ ...slow, ...limited }]));
	await engine.called(taker);
	const [run] = engine.create(engine.flow([{ kind: 'parallel', steps: [prompt('busy', slow),
		...['a', 'b', 'c'].map((key) => prompt(key, { input: { text: `{{ input.text + "${key}" }}` }, ...limited }))] }]));
	await engine.ended([taker, run]);
	assert.deepEqual(output(run), { busy: 'one two three', a: 'one two threea', b: 'one two threeb', c: 'one two threec' });
	await executor.end();
	const { evaluations } = executor.said('stopped')[0];
	assert.ok(evaluations >= 3 && evaluations < 12, `${evaluations} evaluations`);
});

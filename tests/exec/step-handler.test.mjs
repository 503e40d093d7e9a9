// Handlers of steps that make no call: groups, loops, transforms, waits, approvals, signals, agents with tools. What they give is what is recorded.
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

const code = (text) => ({ code: text });
function begin(steps, more = {}) {
	const flow = engine.flow(steps, undefined, more);
	return { flow, id: engine.create(flow, { input: { text: 'one', bad: true } })[0] };
}
async function run(steps, more) {
	const { id } = begin(steps, more);
	await until('the run to end', () => engine.run(id).finished_at, 60000);
	return id;
}
const output = (id) => JSON.parse(engine.run(id).output);
const error = (id) => JSON.parse(engine.run(id).error);
const step = (id, path) => engine.steps(id).filter((s) => s.path === path).at(-1);
const fails = (key, more = {}) => ({ key, kind: 'function', code: 'throw new Error("broken")', input: {}, timeout_seconds: 5, ...more });
const waits = (id, path) => until(`${path} to wait`, () => step(id, path)?.status === 'waiting', 60000);

test('on_complete gives another output, and sees input, output, steps and workflow; undefined changes nothing', async () => {
	engine.executor();
	const id = await run([
		{ key: 'a', kind: 'transform', value: { n: '{{ input.text.length + 1 }}' }, on_complete: code('return { ...output, was: input, run: workflow.run_id, text: workflow.input.text, again: context.output.n }') },
		{ key: 'b', kind: 'transform', value: 'as it is', on_complete: code('output = "not this"') },
		{ key: 'c', kind: 'parallel', steps: [{ key: 'x', kind: 'transform', value: 1 }, { key: 'y', kind: 'transform', value: 2, on_complete: code('return output * 10') }], on_complete: code('return output.x + output.y + steps.a.output.n') },
		{ key: 'd', kind: 'loop', items: [1, 2, 3], steps: [{ key: 'e', kind: 'transform', value: '{{loop.item}}', on_complete: code('return output * 2') }], on_complete: code('return output.reduce((a, b) => a + b)') },
		{ key: 'f', kind: 'wait', seconds: 0, on_complete: code('return "waited"') },
		{ key: 'g', kind: 'transform', value: ['{{steps.a.output}}', '{{steps.b.output}}', '{{steps.c.output}}', '{{steps.d.output}}', '{{steps.f.output}}'] },
	]);
	assert.deepEqual(output(id), [{ n: 4, was: null, run: id, text: 'one', again: 4 }, 'as it is', 25, 12, 'waited']);
	assert.deepEqual(JSON.parse(step(id, 'd').output), 12);
});

test('handlers of a conditional and a switch say what runs, refuse the step, or recover it', async () => {
	engine.executor();
	const to = (key) => ({ key, kind: 'transform', value: key });
	const choose = (handlers, more = {}) => ({ key: 'which', kind: 'conditional', condition: '{{input.bad}}', then: 'yes', else: 'no', ...handlers, ...more });
	const ran = (id) => engine.steps(id).filter((s) => s.status === 'completed').map((s) => s.path).sort();
	const usual = await run([choose({ on_start: code('void 0'), on_complete: code('if (output !== "yes") throw new Error(output)') }), to('yes'), to('no')]);
	assert.deepEqual(ran(usual), ['which', 'yes']);
	const other = await run([choose({ on_complete: code('return output === "yes" ? "no" : "yes"') }), to('yes'), to('no'), { key: 'end', kind: 'transform', value: '{{steps.which.branch}}' }]);
	assert.deepEqual([ran(other), output(other)], [['end', 'no', 'which'], 'else']);
	const none = await run([choose({ on_complete: code('return null') }), to('yes'), to('no'), { key: 'end', kind: 'transform', value: 'end' }]);
	assert.deepEqual(ran(none), ['end', 'which']);
	const recovered = await run([choose({ on_error: code('return error.code === "template" && "no"') }, { condition: '{{input.missing.deep}}' }), to('yes'), to('no')]);
	assert.deepEqual(ran(recovered), ['no', 'which']);
	const sort = { key: 'which', kind: 'switch', value: '{{input.text}}', cases: { one: 'yes', two: 'no' }, default: 'other' };
	const switched = await run([{ ...sort, on_complete: code('return steps.first.output') }, to('yes'), to('no'), to('other')].toSpliced(0, 0, { key: 'first', kind: 'transform', value: 'other' }));
	assert.deepEqual(ran(switched), ['first', 'other', 'which']);
	for (const [handlers, says] of [[{ on_complete: code('return "elsewhere"') }, /returned "elsewhere", which is no step that it chooses/], [{ on_complete: code('return { n: 1 }') }, /no step that it chooses/],
		[{ on_start: code('throw new Error("Not now")') }, /Not now/]]) {
		const id = await run([{ ...sort, ...handlers }, to('yes'), to('no'), to('other')]);
		assert.deepEqual([engine.run(id).status, error(id).code], ['failed', 'handler']);
		assert.match(error(id).message, says);
	}
});

test('on_error of a group, a loop or a transform recovers, is told why, or lets it fail', async () => {
	engine.executor();
	const id = await run([
		{ key: 'group', kind: 'sequential', steps: [fails('deep'), { key: 'never', kind: 'transform', value: 1 }], on_error: code('return [error.code, error.path, output]') },
		{ key: 'loop', kind: 'loop', items: [1, 2], steps: [fails('turn')], on_error: code('return error.code') },
		{ key: 'unfilled', kind: 'transform', value: '{{input.missing}}', on_error: code('return error.code') },
		{ key: 'last', kind: 'transform', value: ['{{steps.group.output}}', '{{steps.loop.output}}', '{{steps.unfilled.output}}'] },
	]);
	assert.equal(engine.run(id).status, 'completed', engine.run(id).error);
	assert.deepEqual(output(id), [['function', 'group/deep', null], 'function', 'template']);
	assert.deepEqual([step(id, 'group').status, step(id, 'group/deep').status], ['completed', 'failed']);
	const still = await run([{ key: 'group', kind: 'sequential', steps: [fails('deep')], on_error: code('void error'), on_complete: code('return 1') }]);
	assert.deepEqual([engine.run(still).status, error(still).code], ['failed', 'function']);
});

test('a handler that throws fails its step, and on_start refuses one before it begins', async () => {
	engine.executor();
	const thrown = await run([{ key: 'a', kind: 'transform', value: 1, on_complete: code('throw new Error("mine")') }]);
	assert.deepEqual([engine.run(thrown).status, error(thrown).code], ['failed', 'handler']);
	assert.match(error(thrown).message, /Its handler on_complete failed\. Error: mine/);
	for (const kind of [{ kind: 'transform', value: 1 }, { kind: 'approval' }, { kind: 'sequential', steps: [{ key: 'in', kind: 'transform', value: 1 }] }, { kind: 'loop', items: [1], steps: [{ key: 'in', kind: 'transform', value: 1 }] }]) {
		const id = await run([{ key: 'a', ...kind, on_start: code('if (workflow.input.bad) throw new Error("not now")') }]);
		assert.equal(engine.run(id).status, 'failed', kind.kind);
		assert.match(error(id).message, /Its handler on_start failed\. Error: not now/);
		assert.deepEqual(engine.steps(id).map((s) => [s.path, s.status]), [['a', 'failed']]);
	}
	const recovered = await run([{ key: 'a', kind: 'transform', value: 1, on_start: code('throw 1'), on_error: code('return error.code') }]);
	assert.equal(output(recovered), 'handler');
	assert.equal(output(await run([{ key: 'a', kind: 'transform', value: 1, on_start: code('return "nobody looks"') }])), 1);
});

test('an approval: its answer made another, a rejection recovered; a signal too; over a kill -9', async () => {
	const ask = (more) => ({ key: 'ask', kind: 'approval', input: { what: '{{input.text}}' }, on_complete: code('return `${output.decision} ${output.data.n}`'), on_error: code('return error.code'), ...more });
	const first = engine.executor();
	const yes = begin([ask()]), no = begin([ask()]), told = begin([{ key: 'ask', kind: 'signal', signal: 'go', on_complete: code('return output.n + 1') }]);
	for (const { id } of [yes, no, told]) await waits(id, 'ask');
	await first.end('SIGKILL');
	engine.ask(yes.flow, yes.id, 'approval', { path: 'ask', attempt: 1, decision: 'approve', comment: '', data: { n: 5 } });
	engine.ask(no.flow, no.id, 'approval', { path: 'ask', attempt: 1, decision: 'reject', comment: 'no', data: null });
	engine.ask(told.flow, told.id, 'signal', { name: 'go', data: { n: 2 } });
	engine.executor();
	await engine.ended([yes.id, no.id, told.id]);
	assert.deepEqual([yes, no, told].map(({ id }) => [engine.run(id).status, output(id)]), [['completed', 'approve 5'], ['completed', 'rejected'], ['completed', 3]]);
});

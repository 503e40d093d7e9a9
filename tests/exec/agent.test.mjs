// Agents that have tools: turns of a model and the calls that it asks for, each recorded once, whoever dies; what the model is told of them.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	engine.sql('delete from ledger; delete from run_inbox; delete from run_live; delete from executor; delete from step_run; delete from run_record; delete from run');
});

const schema = (properties, required = Object.keys(properties)) => ({ type: 'object', properties, required });
const fn = (key, code, more = {}) => ({ key, name: key, kind: 'function', code, input: '{{loop.item.input}}', timeout_seconds: 30, on_failure: 'continue', ...more });
const add = fn('add', 'return input.a + input.b', { input_schema: schema({ a: { type: 'number' }, b: { type: 'number' } }) });
/** As a saved definition has it (flow/definition_tools.c). */
const agent = (key, prompt, tools, { turns = 10, options = {}, text = 'You add.\n\n{{prompt}}', ...more } = {}) => ({
	key, kind: 'agent', agent: { id: '00000000-0000-7000-8000-0000000000aa', name: 'Adder', revision: 1 }, action: 'prompt', input: { prompt }, model: 'builtin/echo',
	options: { stream_ms: 0, ...options }, timeout_seconds: 60, ...more, call: { text, max_turns: turns, steps: [
		{ key: 'model', name: 'Model', kind: 'model' }, { key: 'tools', name: 'Tools', kind: 'tools', steps: tools }] },
});
const order = (name, input) => `[[call ${name} ${JSON.stringify(input)}]]`;
const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const shown = (run) => engine.steps(run).map((s) => `${s.path}#${s.attempt} ${s.status}`).sort();
const at = (run, path) => engine.steps(run).find((s) => s.path === path);
const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);
const usd = (dollars) => Math.round(dollars * 1e9);

async function ran(steps, args) {
	const [run] = engine.create(Array.isArray(steps) ? engine.flow(steps) : steps);
	engine.executor(args);
	await engine.ended([run]);
	return run;
}

describe('turns', () => {
	test('the model asks for tools until it answers; what they gave is told in the next turn, and everything has a row', async () => {
		const prompt = [order('add', { a: 1, b: 2 }), order('add', { a: 10, b: 20 }), '', order('add', { a: 3, b: 30 }), 'Say the sum.'].join('\n');
		const run = await ran([agent('sum', prompt, [add]), value('after', '{{steps.sum.output}}!')]);
		assert.equal(output(run), '33!');
		assert.deepEqual(shown(run), ['after#1 completed', 'sum#1 completed', ...[0, 1, 2].map((i) => `sum[${i}]#1 completed`),
			...[0, 1, 2].map((i) => `sum[${i}]/model#1 completed`), 'sum[0]/tools#1 completed', 'sum[1]/tools#1 completed',
			...['sum[0]/tools[0]', 'sum[0]/tools[1]', 'sum[1]/tools[0]'].flatMap((path) => [`${path}#1 completed`, `${path}/add#1 completed`])].sort());
		assert.deepEqual(['sum', 'sum[0]', 'sum[0]/model', 'sum[0]/tools', 'sum[0]/tools[0]', 'sum[0]/tools[0]/add'].map((path) => at(run, path).kind),
			['agent', 'iteration', 'model', 'tools', 'iteration', 'function']);
		assert.deepEqual(JSON.parse(at(run, 'sum[0]/model').output), { text: '', calls: [{ id: '1-1', name: 'add', input: { a: 1, b: 2 } },
			{ id: '1-2', name: 'add', input: { a: 10, b: 20 } }] });
		assert.deepEqual(JSON.parse(at(run, 'sum[2]/model').input), { input: { prompt }, messages: [
			{ role: 'assistant', text: '', calls: [{ id: '1-1', name: 'add', input: { a: 1, b: 2 } }, { id: '1-2', name: 'add', input: { a: 10, b: 20 } }] },
			{ role: 'tool', id: '1-1', name: 'add', output: 3 }, { role: 'tool', id: '1-2', name: 'add', output: 30 },
			{ role: 'assistant', text: '', calls: [{ id: '2-1', name: 'add', input: { a: 3, b: 30 } }] }, { role: 'tool', id: '2-1', name: 'add', output: 33 }] });
		assert.deepEqual(JSON.parse(at(run, 'sum[2]/model').output), { answer: '33' });
		assert.deepEqual([at(run, 'sum').model_asked, at(run, 'sum[0]/model').model_asked], [null, 'builtin/echo']);
		assert.deepEqual([engine.run(run).steps_done, engine.run(run).step_count], [2, 2]);
	});

	test('its handlers look at its answer, and at what made it fail', async () => {
		const prompt = [order('add', { a: 1, b: 2 }), 'Say it.'].join('\n');
		assert.equal(output(await ran([agent('sum', prompt, [add], { on_complete: { code: 'return `it is ${output}`' } })])), 'it is 3');
		assert.equal(output(await ran([agent('sum', prompt, [add], { turns: 1, on_error: { code: 'return error.code' } })])), 'max_turns');
	});
	test('what is wrong with a call is told to the model, and the agent goes on', async () => {
		const prompt = [order('add', { a: 'x', b: 2 }), order('multiply', { a: 1 }), order('breaks', {}), order('add', { a: 1, b: 1 })].join('\n');
		const run = await ran([agent('sum', `${prompt}\nGo.`, [add, fn('breaks', 'throw new Error("no luck")')])]);
		const told = JSON.parse(at(run, 'sum[1]/model').input).messages.slice(1);
		assert.deepEqual(told.map((m) => m.error?.code ?? m.output), ['invalid_input', 'unknown_tool', 'function', 2]);
		assert.match(told[0].error.message, /\/a/);
		assert.match(told[2].error.message, /no luck/);
		assert.deepEqual([engine.run(run).status, output(run)], ['completed', '2']);
		assert.deepEqual(['sum[0]/tools[0]/add', 'sum[0]/tools[2]/breaks', 'sum[0]/tools[1]/add'].map((path) => at(run, path)?.status), ['failed', 'failed', undefined]);
	});
	test('it fails as max_turns when there is no answer by then', async () => {
		const prompt = Array.from({ length: 5 }, (_, i) => order('add', { a: i, b: i })).join('\n\n');
		const run = await ran([agent('sum', prompt, [add], { turns: 3 })]);
		assert.deepEqual([engine.run(run).status, error(run).code, error(run).path], ['failed', 'max_turns', 'sum']);
		assert.match(error(run).message, /within 3 turns/);
		assert.equal(shown(run).filter((s) => /model#1 completed/.test(s)).length, 3);
	});
	test('without a call it is one turn; options can script the calls; the answer may be JSON', async () => {
		const run = await ran([agent('one', 'Hello', [add]), agent('two', 'Go {{steps.one.output}}', [add], { options: { calls: [[{ name: 'add', input: { a: 2, b: 2 } }]] } }),
			agent('three', 'Go', [add], { options: { calls: [[{ name: 'add', input: { a: 2, b: 2 } }]], schema: { type: 'object', properties: { n: { const: 4 } }, required: ['n'] } },
				model: 'builtin/schema' })]);
		assert.deepEqual(['one', 'two', 'three'].map((path) => JSON.parse(at(run, path).output)), ['Hello', '4', { n: 4 }]);
		assert.ok(!at(run, 'one[0]/tools'));
	});
	test('a call of the model that fails is tried again as its step says, and the turns before are kept', async () => {
		const again = { retry: { max_attempts: 3, delay_ms: 10, backoff: 'none', max_delay_ms: 10 }, options: { fail: 'overloaded', fail_times: 1 } };
		const run = await ran([agent('sum', `${order('add', { a: 1, b: 2 })}\nGo.`, [add], again)]);
		assert.deepEqual([engine.run(run).status, output(run)], ['completed', '3']);
		assert.deepEqual(shown(run).filter((s) => /model/.test(s)), ['sum[0]/model#1 failed', 'sum[0]/model#2 completed', 'sum[1]/model#1 failed', 'sum[1]/model#2 completed']);
		const failed = await ran([agent('sum', 'Go.', [add], { options: { fail: 'refused' } })]);
		assert.deepEqual([engine.run(failed).status, error(failed).code], ['failed', 'refused']);
	});
	test('agents go on in loops and groups, each with what it is given', async () => {
		const run = await ran([{ key: 'each', kind: 'loop', items: [1, 2, 3], max_concurrency: 2, steps: [
			agent('sum', `${order('add', { a: 100, b: 5 })}\nNumber {{loop.item}}`, [add], { text: '{{prompt}}' }),
			value('said', '{{loop.item}}: {{steps.sum.output}}')] }]);
		assert.deepEqual(output(run), ['1: 105', '2: 105', '3: 105']);
		assert.equal(JSON.parse(at(run, 'each[2]/sum[0]/model').input).input.prompt, `${order('add', { a: 100, b: 5 })}\nNumber 3`);
	});
	test('steps may have the names of its parts', async () => {
		const run = await ran([value('model', 'mine'), value('tools', 'too'), value('add', 'and'), agent('sum', `${order('add', { a: 1, b: 2 })}\n{{steps.model.output}}`, [add]),
			value('after', '{{steps.model.output}} {{steps.tools.output}} {{steps.add.output}} {{steps.sum.output}}')]);
		assert.equal(output(run), 'mine too and 3');
	});
});

describe('tools', () => {
	test('of the kind workflow start runs, whose cost counts', async () => {
		const inner = engine.flow([{ key: 'say', model: 'builtin/echo', options: { tokens: [0, 1000], price: [0, 250], stream_ms: 0 }, input: { text: '{{input.what}}' } }]);
		const tool = { key: 'ask', name: 'ask', kind: 'workflow', workflow: { id: inner.id, version: 1 }, input: '{{loop.item.input}}', on_failure: 'continue' };
		const run = await ran([agent('boss', `${order('ask', { what: 'one' })}\n${order('ask', { what: 'two' })}\nGo.`, [tool], { options: { price: [0, 1000], tokens: [0, 100] } })]);
		assert.equal(output(run), 'two');
		assert.deepEqual(JSON.parse(at(run, 'boss[1]/model').input).messages.slice(1).map((m) => m.output), ['one', 'two']);
		assert.equal(engine.run(run).cost_nano, usd(0.25 * 2 + 0.1 * 2));
		assert.equal(engine.one(`select count(*) from run where parent_run_id = '${run}' and parent_path like 'boss[0]/tools[_]/ask'`), '2');
	});
	test('a limit of money ends it between its calls', async () => {
		const flow = engine.flow([agent('sum', `${order('add', { a: 1, b: 2 })}\n\n${order('add', { a: 1, b: 2 })}\nx`, [add], { options: { price: [0, 1000], tokens: [0, 100] } })]);
		engine.sql(`update workflow_version set definition = (definition::jsonb || '{"limits": {"cost_usd": 0.25}}')::text where workflow_id = '${flow.id}'`);
		const run = await ran(flow);
		assert.deepEqual([engine.run(run).status, error(run).code, engine.run(run).cost_nano], ['failed', 'budget', usd(0.2)]);
		assert.equal(engine.calls(run).length, 2);
	});
	test('large results come and go: a model is told the beginning, and nothing else is lost', async () => {
		const big = fn('big', 'return "é".repeat(input.n)');
		const orders = [...[400000, 300000, 10].map((n) => order('big', { n })), '', order('big', { n: 200000 })];
		const run = await ran([agent('read', `${orders.join('\n')}\nGo.`, [big], { text: '{{prompt}}' }), value('after', '{{steps.read.output.length}}')]);
		assert.equal(output(run), 32768 + '… (65536 bytes of 400000)'.length);
		assert.equal(at(run, 'read[0]/tools[0]/big').output_bytes, 800002);
	});
});

describe('whoever dies, or asks something of it', () => {
	const work = () => agent('sum', [order('add', { a: 1, b: 2 }), order('slow', { ms: 40 }), '', order('slow', { ms: 30 }), '', order('add', { a: 20, b: 30 }), 'Sum.'].join('\n'),
		[add, fn('slow', 'const end = Date.now() + input.ms; return input.ms')], { options: { delay_ms: 25 } });
	test('executors that are killed again and again: nothing that is recorded is done again', async () => {
		const runs = engine.create(engine.flow([work(), value('after', '{{steps.sum.output}}')]), { count: 10 });
		await engine.killAgain(8, 3);
		engine.executor();
		engine.executor();
		await engine.ended(runs);
		for (const run of runs) {
			assert.equal(output(run), '50', JSON.stringify(engine.run(run).error));
			assert.equal(shown(run).filter((s) => !s.endsWith('#1 completed')).join(), '');
			assert.equal(shown(run).filter((s) => /model#1/.test(s)).length, 4);
			const asked = engine.calls(run).map((call) => call.key ?? JSON.stringify(call));
			assert.ok(asked.length >= 4);
		}
	});
	test('cancelled it stops, and paused it begins nothing; resumed it goes on where it was', async () => {
		const slow = agent('sum', `${order('add', { a: 1, b: 2 })}\n\n${order('add', { a: 3, b: 4 })}\nx`, [add], { options: { delay_ms: 1500 } });
		const flow = engine.flow([slow]);
		const [first, second] = engine.create(flow, { count: 2 });
		engine.executor();
		await engine.called(first);
		await engine.called(second);
		engine.ask(flow, first, 'pause');
		engine.cancel(flow, second);
		await engine.ended([second]);
		assert.equal(engine.run(second).status, 'cancelled');
		await until('it to pause', () => engine.run(first).status === 'paused');
		await engine.asleep(first);
		const models = () => shown(first).filter((s) => /model/.test(s)).length;
		const before = models();
		assert.ok(before < 3, shown(first).join());
		engine.ask(flow, first, 'resume');
		await engine.ended([first]);
		assert.deepEqual([output(first), models()], ['7', 3]);
	});
	test('a run that is retried goes on after the turns that are over', async () => {
		const prompt = `${order('add', { a: 1, b: 2 })}\n\n${order('add', { a: 3, b: 4 })}\nx`;
		const flow = engine.flow([agent('sum', prompt, [add], { turns: 2 }), value('after', '{{steps.sum.output}}')]);
		const run = await ran(flow);
		assert.equal(error(run).code, 'max_turns');
		engine.version(flow, [agent('sum', prompt, [add], { turns: 5 }), value('after', '{{steps.sum.output}}')]);
		await engine.again(flow, run, { from: 'step', step: 'sum[1]/model', version: 'latest' });
		assert.deepEqual([engine.run(run).status, output(run)], ['completed', '7']);
		assert.deepEqual(shown(run).filter((s) => /model/.test(s)), ['sum[0]/model#1 completed', 'sum[1]/model#1 completed', 'sum[1]/model#2 completed', 'sum[2]/model#2 completed']);
		await engine.again(flow, run, { from: 'start', version: 'latest' });
		assert.deepEqual([engine.run(run).status, output(run)], ['completed', '7']);
	});
	test('a run with large inputs of an agent is taken over', async () => {
		const flow = engine.flow([agent('sum', '{{input.text}}', [add], { text: '{{prompt}}', options: { delay_ms: 300, calls: [[{ name: 'add', input: { a: 1, b: 1 } }], [{ name: 'add', input: { a: 2, b: 1 } }]] } })]);
		const [run] = engine.create(flow, { input: { text: 'words '.repeat(90000) } });
		const first = engine.executor();
		await until('the second turn', () => at(run, 'sum[1]/model'));
		await first.end('SIGKILL');
		engine.executor();
		await engine.ended([run]);
		assert.equal(output(run), '3', JSON.stringify(engine.run(run).error));
	});
});

// Workflows with code: it is run over what has been recorded, asks for its steps one by one, and whoever runs it sees the same.
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
});

const free = { needs: [] };
/** A call of the built-in model that says again what the code gives it. */
const say = (key, ms = 0, more = {}) => ({ key, input: { text: '{{asked.text}}' }, model: 'builtin/echo', options: { delay_ms: ms, stream_ms: 0 }, ...free, ...more });
const made = (key, more = {}) => ({ key, kind: 'transform', value: '{{asked.value}}', ...free, ...more });
const code = (body) => ({ code: `exports.default = require('stepmill').defineWorkflow({ name: 'x', async execute(ctx) {\n${body}\n} });` });
const flow = (steps, body) => engine.flow(steps, undefined, code(body));
const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);
const shown = (run) => engine.steps(run).map((s) => `${s.path}#${s.attempt} ${s.status}`).sort();
async function ran(steps, body, input) {
	const [run] = engine.create(flow(steps, body), { input });
	engine.executor();
	await engine.ended([run]);
	return run;
}

describe('a function', () => {
	test('asks for its steps one after the other, with what the ones before gave', async () => {
		const run = await ran([say('one'), say('two'), made('three'), made('never')], `
			const one = await ctx.step('one', { text: 'Hello ' + ctx.args.name });
			const two = await ctx.step('two', { text: one.data + '!' });
			const three = await ctx.step('three', { fn: () => one.data.length + two.data.length });
			await ctx.checkpoint();
			return { one, two: two.output, three: three.data, again: ctx.getStepResult('one').data, none: ctx.getStepResult('never') ?? null };`, { name: 'Ada' });
		const said = output(run);
		assert.deepEqual([said.one.status, said.one.stepId], ['completed', 'one']);
		assert.match(said.two, /Hello Ada.*!/);
		assert.equal(said.three, said.one.data.length + said.two.length);
		assert.deepEqual([said.again, said.none], [said.one.data, null]);
		assert.deepEqual(shown(run), ['never#1 skipped', 'one#1 completed', 'three#1 completed', 'two#1 completed']);
		assert.equal(engine.calls(run).length, 2);
	});
	test('has several steps under way, and sees their ends in the order they came', async () => {
		const run = await ran([say('slow', 400), say('fast', 5), say('last')], `
			const order = [];
			const note = (name) => (result) => (order.push(name), result.data);
			const both = [ctx.step('slow', { text: 's' }).then(note('slow')), ctx.step('fast', { text: 'f' }).then(note('fast'))];
			const first = await Promise.race(both);
			const all = await Promise.all(both);
			await ctx.step('last', { text: first });
			return { first, all, order };`);
		assert.deepEqual(output(run), { first: 'f', all: ['s', 'f'], order: ['fast', 'slow'] });
	});
	test('catches the failure of a step, or fails with it', async () => {
		const steps = [say('bad', 0, { options: { fail: 'overloaded' } }), say('good')];
		const caught = await ran(steps, `
			const why = await ctx.step('bad', { text: 'x' }).catch((error) => [error.code, error.stepId, error.result.status]);
			await ctx.step('good', { text: 'y' });
			return why;`);
		assert.deepEqual([engine.run(caught).status, output(caught)], ['completed', ['overloaded', 'bad', 'failed']]);
		const failed = await ran(steps, "await ctx.step('bad', { text: 'x' }); await ctx.step('good', { text: 'y' });");
		assert.equal(engine.run(failed).status, 'failed');
		assert.deepEqual([error(failed).code, error(failed).path, engine.steps(failed).length], ['overloaded', 'bad', 1]);
		const told = await ran(steps, "const { status, error } = await ctx.step('bad', { text: 'x', onFailure: 'continue' }); return [status, error.length > 0];");
		assert.deepEqual(output(told), ['failed', true]);
	});
	test('whose step is tried again sees its last attempt only', async () => {
		const retry = { max_attempts: 3, delay_ms: 10, backoff: 'none', max_delay_ms: 10 };
		const run = await ran([say('bad', 0, { options: { fail: 'overloaded' }, retry })], "return ctx.step('bad', { text: 'x' }).catch((error) => error.code);");
		assert.deepEqual([output(run), shown(run)], ['overloaded', ['bad#1 failed', 'bad#2 failed', 'bad#3 failed']]);
	});
	test('whose fn throws has a step that failed, which it may catch', async () => {
		const retry = { max_attempts: 2, delay_ms: 10, backoff: 'none', max_delay_ms: 10 };
		const steps = [say('one'), made('bad', { retry }), say('two')];
		const bad = "ctx.step('bad', { fn: async () => { throw new TypeError('mine'); } })";
		const caught = await ran(steps, `await ctx.step('one', { text: 'x' });
			const why = await ${bad}.catch((error) => [error.code, error.stepId, error.message]);
			await ctx.step('two', { text: 'y' });
			return why;`);
		assert.deepEqual([engine.run(caught).status, output(caught).slice(0, 2), shown(caught)], ['completed', ['code', 'bad'], ['bad#1 failed', 'bad#2 failed', 'one#1 completed', 'two#1 completed']]);
		assert.match(output(caught)[2], /TypeError: mine \(line 3\)/);
		assert.deepEqual(JSON.parse(engine.steps(caught).find((s) => s.path === 'bad').error).code, 'code');
		const failed = await ran(steps, `await ${bad};`);
		assert.deepEqual([engine.run(failed).status, error(failed).code, error(failed).path, shown(failed)], ['failed', 'code', 'bad', ['bad#1 failed', 'bad#2 failed']]);
	});
	test('that returns before its steps have ended: those are waited for, and one that nobody waits for fails the run', async () => {
		const steps = [say('slow', 50), say('bad', 0, { options: { fail: 'overloaded' } }), made('sum'), say('fast', 5)];
		const late = await ran(steps, `
			ctx.step('slow', { text: 's' });
			(async () => { const fast = await ctx.step('fast', { text: 'f' }); await ctx.step('sum', { fn: () => fast.data + '!' }); })();
			ctx.step('bad', { text: 'x' }).catch(() => {});
			return 'over';`);
		assert.deepEqual([engine.run(late).status, output(late), shown(late)], ['completed', 'over', ['bad#1 failed', 'fast#1 completed', 'slow#1 completed', 'sum#1 completed']]);
		const lost = await ran(steps, "ctx.step('bad', { text: 'x' }); await ctx.step('fast', { text: 'f' }); return 'over';");
		assert.deepEqual([engine.run(lost).status, error(lost).code, error(lost).path], ['failed', 'overloaded', 'bad']);
		const raced = await ran([say('fast', 5), say('slow', 600000)], "return (await Promise.race([ctx.step('fast', { text: 'f' }), ctx.step('slow', { text: 's' }).then(() => null)])).data;");
		assert.deepEqual([engine.run(raced).status, output(raced)], ['completed', 'f']);
		assert.deepEqual(shown(raced), ['fast#1 completed', 'slow#1 cancelled']);
	});
	test('that fails says where: it throws, waits for nothing, computes for ever, or asks twice', async () => {
		for (const [body, says] of [
			['\nthrow new TypeError("mine")', /TypeError: mine \(line 3\)/],
			['await new Promise(() => {})', /waits for something that nothing here will ever settle/],
			['for (;;);', /took (more than 2 s of computing|too long) and was stopped/],
			["await ctx.step('one', { text: 'a' }); await ctx.step('one', { text: 'b' });", /`one` was asked for before/],
			["await ctx.step('made', { fn: () => { throw new Error('inner') } })", /inner/],
		]) {
			const run = await ran([say('one'), made('made')], body);
			assert.deepEqual([engine.run(run).status, error(run).code], ['failed', 'code']);
			assert.match(error(run).message, says);
		}
	});
	test('knows the time when its steps ended, and the same chance, however often it is run', async () => {
		const run = await ran([say('one'), made('two'), say('three')], `
			const before = [Date.now(), Math.random()];
			await ctx.step('one', { text: 'x' });
			const after = Date.now();
			await ctx.step('two', { fn: () => [before, after, Date.now()] });
			await ctx.step('three', { text: 'y' });
			return [before, after];`);
		const [before, after] = output(run);
		assert.deepEqual(JSON.parse(engine.steps(run).find((s) => s.path === 'two').output), [before, after, after], 'two runs of the code, seconds apart or not');
		assert.equal(String(after), engine.one(`select floor(extract(epoch from finished_at) * 1000)::bigint from step_run where run_id = '${run}' and path = 'one'`));
	});
});

describe('whoever dies', () => {
	test('executors that are killed again and again: no step is made twice, and the code ends as if nothing had been', async () => {
		const names = [...'abcdefgh'];
		const body = `
			let text = '';
			for (const key of ${JSON.stringify(names)}) text += (await ctx.step(key, { text: key + text.length })).data;
			const made = await ctx.step('made', { fn: () => [text, Math.random()] });
			return made.data;`;
		const runs = engine.create(flow([...names.map((key) => say(key, 40)), made('made')], body), { count: 6 });
		await engine.killAgain(8, 1);
		engine.executor();
		engine.executor();
		await engine.ended(runs);
		for (const run of runs) {
			assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
			const text = names.reduce((all, key) => all + key + all.length, '');
			assert.equal(output(run)[0], text);
			assert.deepEqual(shown(run), [...names, 'made'].sort().map((key) => `${key}#1 completed`));
			const keys = new Set(engine.calls(run).map((c) => `${c.path}/${c.attempt}`));
			assert.equal(keys.size, names.length, 'what was called again was called under the same key');
		}
	});
	test('a run that is paused asks for nothing; cancelled it ends', async () => {
		const body = "await ctx.step('one', { text: 'x' }); await ctx.step('two', { text: 'y' }); return 'done';";
		const both = flow([say('one', 2000), say('two')], body);
		const [paused] = engine.create(both);
		engine.executor();
		await engine.called(paused, 1);
		engine.ask(both, paused, 'pause');
		await until('the first to end', () => engine.steps(paused)[0]?.status === 'completed' && engine.run(paused).status === 'paused');
		await engine.asleep(paused);
		assert.deepEqual(shown(paused), ['one#1 completed']);
		engine.ask(both, paused, 'resume');
		await engine.ended([paused]);
		assert.equal(output(paused), 'done');
		const [cancelled] = engine.create(flow([say('one', 60000)], "await ctx.step('one', { text: 'x' });"));
		await engine.called(cancelled, 1);
		engine.cancel(both, cancelled);
		await engine.ended([cancelled]);
		assert.deepEqual([engine.run(cancelled).status, shown(cancelled)], ['cancelled', ['one#1 cancelled']]);
	});
});

describe('another generation', () => {
	const steps = (fail) => [say('one'), say('two', 0, fail ? { options: { fail: 'overloaded' } } : {}), say('three')];
	const body = "const one = await ctx.step('one', { text: 'x' }); await ctx.step('two', { text: one.data }); return (await ctx.step('three', { text: 'z' })).data;";
	test('goes on from the step that failed, with what was recorded before', async () => {
		const bad = flow(steps(true), body);
		const [run] = engine.create(bad);
		engine.executor();
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'failed');
		engine.version(bad, steps(false), code(body));
		await engine.again(bad, run, { version: 'latest' });
		assert.deepEqual([engine.run(run).status, output(run)], ['completed', 'z']);
		assert.equal(engine.calls(run).filter((call) => call.path === 'one').length, 1);
	});
	test('with code that does not ask for what has run is an error that names the step', async () => {
		const bad = flow(steps(true), body);
		const [run] = engine.create(bad);
		engine.executor();
		await engine.ended([run]);
		engine.version(bad, steps(false), code("return (await ctx.step('three', { text: 'z' })).data;"));
		await engine.again(bad, run, { version: 'latest' });
		assert.equal(engine.run(run).status, 'failed');
		assert.deepEqual([error(run).code, error(run).path], ['replay_mismatch', 'one']);
		assert.match(error(run).message, /the step `one` has ended, and the code does not ask for it/);
		assert.deepEqual(engine.calls(run).map((call) => call.path).sort(), ['one', 'two'], 'nothing was made that the old code did not ask for');
	});
});

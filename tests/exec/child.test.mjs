// Runs that steps start: one a step and attempt, whoever dies; its end comes to the step, with what it cost.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { A, sleep, startEngine, until } from './lib/engine.mjs';

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

const call = (key, ms = 0, more = {}) => ({ key, model: 'builtin/echo', options: { delay_ms: ms, stream_ms: 0 }, ...more });
const failing = (key, more = {}) => ({ key, model: 'builtin/echo', options: { fail: 'overloaded', fail_times: 99, stream_ms: 0 }, ...more });
const priced = (key, dollars, more = {}) => ({ key, model: 'builtin/echo', options: { tokens: [0, 1000], price: [0, dollars * 1000], stream_ms: 0 }, ...more });
const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const child = (key, flow, more = {}) => ({ key, kind: 'workflow', workflow: { id: flow.id, version: 1 }, input: { text: '{{input.text}}' }, ...more });
const shown = (run) => engine.steps(run).map((s) => `${s.path}#${s.attempt} ${s.status}`).sort();
const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);
const children = (run) => engine.sql(`select id from run where parent_run_id = '${run}' order by parent_path, parent_attempt`).flat();
const usd = (dollars) => Math.round(dollars * 1e9);
const all = (root) => [root, ...children(root).flatMap(all)];

async function ran(flow, args) {
	const [run] = engine.create(flow);
	engine.executor(args);
	await engine.ended([run]);
	return run;
}

test('a step starts a run; what that answers is its output, and what it cost counts here', async () => {
	const inner = engine.flow([priced('say', 0.25), value('made', { said: '{{steps.say.output}}' })]);
	const run = await ran(engine.flow([child('ask', inner, { input: { text: 'from {{input.text}}' } }), value('after', '{{steps.ask.output.said}}!')]));
	const [id] = children(run);
	assert.equal(output(run), 'from one two three!');
	assert.deepEqual(shown(run), ['after#1 completed', 'ask#1 completed']);
	const made = engine.run(id);
	assert.deepEqual([made.parent_run_id, made.parent_path, made.parent_attempt, made.depth, made.trigger, made.status], [run, 'ask', 1, 1, 'workflow', 'completed']);
	assert.equal(made.created_by, engine.run(run).created_by);
	const step = engine.steps(run).find((s) => s.path === 'ask');
	assert.equal(step.waiting_for, `run ${id}`);
	assert.deepEqual([step.cost_nano, step.tokens_out, made.cost_nano], [usd(0.25), 1000, usd(0.25)]);
	assert.deepEqual([engine.run(run).cost_nano, engine.run(run).tokens_out], [usd(0.25), 1000]);
	assert.equal(engine.one('select count(*) from ledger'), '1'); // it was paid once
	const waiting = engine.events(run).find((e) => e.type === 'step.waiting');
	assert.deepEqual(waiting.data, { waiting_for: `run ${id}`, until: null });
	assert.equal(engine.one('select count(*) from run_inbox'), '0');
});

test('runs in runs in runs, and who waits holds no slot', async () => {
	const third = engine.flow([call('deep', 50)]);
	const second = engine.flow([child('third', third)]);
	const run = await ran(engine.flow([{ key: 'both', kind: 'parallel', steps: [child('left', second), child('right', second)] }]), ['--slots=1']);
	assert.deepEqual(output(run), { left: 'one two three', right: 'one two three' });
	assert.deepEqual(all(run).map((id) => engine.run(id).depth).sort(), [0, 1, 1, 2, 2]);
});

test('a loop starts a run for each item, so many at once', async () => {
	const inner = engine.flow([call('say', 100)]);
	const run = await ran(engine.flow([{ key: 'each', kind: 'loop', items: ['a', 'b', 'c'], max_concurrency: 2, steps: [
		{ ...child('ask', inner), input: { text: '{{loop.item}} {{loop.index}}' } }] }]));
	assert.deepEqual([engine.run(run).status, output(run)], ['completed', ['a 0', 'b 1', 'c 2']]);
	assert.deepEqual(children(run).map((id) => engine.run(id).parent_path), ['each[0]/ask', 'each[1]/ask', 'each[2]/ask']);
});

test('a large output comes through', async () => {
	const inner = engine.flow([call('say')]);
	const flow = engine.flow([child('ask', inner, { input: { text: '{{input.text}}' } }), value('after', '{{steps.ask.output}}!')]);
	const text = 'large '.repeat(40000);
	const [run] = engine.create(flow, { input: { text } });
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.equal(engine.one(`select string_agg(content, '' order by part) from blob where run_id = '${run}' and id = '${engine.run(run).output_blob}'`),
		JSON.stringify(`${text.trim()}!`));
});

test('what a workflow makes its output of comes through, too: over 64 KB it is not in the request that tells of the end', async () => {
	engine.sql(`create table test.told (bytes bigint);
		create function test.weigh() returns trigger language plpgsql security definer as $$ begin insert into test.told values (octet_length(new.data)); return null; end $$;
		create trigger weigh after insert on run_inbox for each row when (new.kind = 'child') execute function test.weigh()`);
	const inner = engine.flow([value('say', '{{input.text}}')], A, { output: { one: '{{steps.say.output}}', two: '{{steps.say.output}}' } });
	const flow = engine.flow([child('ask', inner, { input: { text: '{{input.text}}' } }), value('after', '{{steps.ask.output.two}}!')]);
	const made = [];
	for (const text of ['small', 'x'.repeat(100000)]) {
		const [run] = engine.create(flow, { input: { text } });
		engine.executor();
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
		made.push(engine.run(run).output_bytes ?? JSON.parse(engine.run(run).output));
	}
	assert.deepEqual(made, ['small!', 100003]);
	const told = engine.sql('select bytes from test.told').flat().map(Number);
	engine.sql('drop function test.weigh cascade; drop table test.told');
	assert.equal(told.length, 2);
	assert.ok(told.every((bytes) => bytes < 1000), String(told));
});

describe('a run that fails', () => {
	test('handlers of the step: another output, a failure recovered, one that is not begun; over a kill -9', async () => {
		const inner = engine.flow([call('say', 200)]), bad = engine.flow([failing('bad')]);
		const steps = [
			child('good', inner, { on_complete: { code: 'return `${output} ${workflow.input.text}`' } }),
			child('bad', bad, { on_error: { code: 'return [error.code, steps.good.output]' } }),
			child('refused', inner, { on_start: { code: 'if (input.text) throw new Error("not now")' }, on_error: { code: 'return error.message' } }),
			value('all', ['{{steps.good.output}}', '{{steps.bad.output}}', '{{steps.refused.output}}']),
		];
		const [run] = engine.create(engine.flow(steps), { input: { text: 'hello' } });
		for (let i = 0; i < 3; i++) {
			const executor = engine.executor();
			await until('it to go on', () => engine.steps(run).length > i || engine.run(run).finished_at, 60000);
			await executor.end('SIGKILL');
		}
		engine.executor();
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
		const said = output(run);
		assert.match(said[0], /^.*hello hello$/);
		assert.deepEqual(said.slice(1), [['overloaded', said[0]], 'Its handler on_start failed. Error: not now (line 1)']);
		assert.equal(children(run).length, 2);
	});

	test('fails its step with its own error and its id', async () => {
		const inner = engine.flow([failing('bad')]);
		const run = await ran(engine.flow([child('ask', inner)]));
		const step = JSON.parse(engine.steps(run)[0].error);
		assert.deepEqual([step.code, step.run], ['overloaded', children(run)[0]]);
		assert.match(step.message, /^Step 1, bad, failed\. /);
		assert.deepEqual([error(run).code, error(run).path], ['overloaded', 'ask']);
	});
	test('is started anew by the step\'s next attempt, and its output is that one\'s', async () => {
		const inner = engine.flow([call('say', 0, { options: { fail: 'overloaded', fail_times: 99, stream_ms: 0 } })]);
		const run = await ran(engine.flow([child('ask', inner, { retry: { max_attempts: 3, delay_ms: 1, max_delay_ms: 1, backoff: 'none' }, on_failure: 'continue' }),
			value('after', '{{steps.ask.error.run}}')]));
		assert.deepEqual(shown(run), ['after#1 completed', 'ask#1 failed', 'ask#2 failed', 'ask#3 failed']);
		assert.equal(children(run).length, 3);
		assert.equal(output(run), children(run)[2]);
	});
	test('because it was given what its workflow does not take', async () => {
		const inner = engine.flow([call('say')]);
		engine.sql(`update workflow_version set definition = (definition::jsonb || '{"input": {"type": "object", "properties": {"text": {"type": "string"}},
			"required": ["text"]}}')::text where workflow_id = '${inner.id}'`);
		const run = await ran(engine.flow([child('ask', inner, { input: { text: 5 } })]));
		assert.equal(error(run).code, 'invalid_input');
		assert.match(error(run).message, /\/text/);
		assert.deepEqual(engine.calls(children(run)[0]), []);
	});
	test('because its workflow version is gone', async () => {
		const run = await ran(engine.flow([child('ask', engine.flow([call('say')]), { workflow: { id: '00000000-0000-7000-8000-0000000000cc', version: 1 } })]));
		assert.equal(error(run).code, 'definition');
	});
	test('ends 8 runs deep: no run is started that would be deeper', async () => {
		let flow = engine.flow([value('end', 'deep')]);
		for (let i = 0; i < 9; i++) flow = engine.flow([child('next', flow)]);
		const run = await ran(flow);
		assert.equal(all(run).length, 9);
		assert.equal(error(run).code, 'too_deep');
	});
});

describe('a run that is not waited for any more', () => {
	const slow = () => engine.flow([child('deeper', engine.flow([call('slow', 60000)]))]);
	async function begun(steps) {
		const flow = engine.flow(steps);
		const [run] = engine.create(flow);
		engine.executor();
		await until('the innermost call', () => all(run).length > 2 && engine.calls(all(run).at(-1)).length > 0);
		return [flow, run];
	}
	test('is cancelled with the run whose step has started it', async () => {
		const [flow, run] = await begun([child('ask', slow())]);
		engine.cancel(flow, run);
		await engine.ended(all(run));
		assert.deepEqual(all(run).map((id) => engine.run(id).status), ['cancelled', 'cancelled', 'cancelled']);
		assert.deepEqual(shown(run), ['ask#1 cancelled']);
	});
	test('is cancelled when a step beside it fails fast', async () => {
		const [, run] = await begun([{ key: 'both', kind: 'parallel', fail_fast: true, steps: [child('ask', slow()), failing('bad', { options: { fail: 'overloaded',
			fail_times: 99, delay_ms: 1500, stream_ms: 0 } })] }]);
		await engine.ended(all(run));
		assert.deepEqual(all(run).map((id) => engine.run(id).status), ['failed', 'cancelled', 'cancelled']);
	});
	test('is cancelled when the step\'s time is over', async () => {
		const [, run] = await begun([child('ask', slow(), { timeout_seconds: 2 })]);
		await engine.ended(all(run));
		assert.equal(error(run).code, 'timeout');
		assert.deepEqual(all(run).map((id) => engine.run(id).status), ['failed', 'cancelled', 'cancelled']);
	});
	test('is cancelled at once although the other run goes on', async () => {
		const [flow, run] = await begun([child('ask', slow(), { timeout_seconds: 2, on_failure: 'continue' }), { key: 'stay', kind: 'approval' }]);
		const [, inner, innermost] = all(run);
		await engine.ended([inner, innermost]);
		assert.deepEqual([engine.run(inner).status, engine.run(innermost).status], ['cancelled', 'cancelled']);
		await until('the other to wait', () => engine.steps(run).some((s) => s.path === 'stay' && s.status === 'waiting'));
		engine.cancel(flow, run);
		await engine.ended([run]);
	});
	test('cancelled by itself it fails its step, which is not tried again', async () => {
		const [flow, run] = await begun([child('ask', slow(), { retry: { max_attempts: 3, delay_ms: 1, max_delay_ms: 1, backoff: 'none' } })]);
		engine.cancel(flow, children(run)[0]);
		await engine.ended(all(run));
		assert.equal(error(run).code, 'child_cancelled');
		assert.deepEqual(shown(run), ['ask#1 failed']);
	});
});

test('paused and resumed with the run whose step has started it', async () => {
	const inner = engine.flow([call('first', 5000), call('second', 10)]);
	const flow = engine.flow([child('ask', inner), value('after', 'done')]);
	const [run] = engine.create(flow);
	engine.executor();
	await until('a call', () => children(run).length === 1 && engine.calls(children(run)[0]).length === 1);
	const [id] = children(run);
	engine.ask(flow, run, 'pause');
	await until('both to be paused', () => engine.run(id).status === 'paused' && engine.run(run).status === 'paused');
	await until('the step in flight to end', () => shown(id).includes('first#1 completed'));
	await sleep(300);
	assert.equal(engine.calls(id).length, 1);
	engine.ask(flow, run, 'resume');
	await engine.ended([run, id]);
	assert.equal(output(run), 'done');
});

test('retried from the step, its run starts another one; a step before it keeps what it had', async () => {
	const inner = engine.flow([call('say')]);
	const flow = engine.flow([child('one', inner), child('two', inner), value('made', ['{{steps.one.output}}', '{{steps.two.output}}'])]);
	const run = await ran(flow);
	assert.equal(children(run).length, 2);
	await engine.again(flow, run, { from: 'step', step: 'two' });
	assert.deepEqual(engine.counting(run), ['made#2 completed', 'one#1 completed', 'two#2 completed']);
	assert.equal(children(run).length, 3);
	const { ok, state } = engine.tryReopen(flow, children(run)[0], { from: 'start' });
	assert.deepEqual([ok, state], [false, 'SM409']);
});

describe('whoever dies', () => {
	test('executors that are killed again and again: one run for each step and attempt, and every end arrives', async () => {
		const third = engine.flow([call('deep', 30)]);
		const second = engine.flow([child('third', third), call('more', 20)]);
		const flow = engine.flow([child('one', second), { key: 'both', kind: 'parallel', steps: [child('left', second), child('right', third)] }, value('made', 'done')]);
		const runs = engine.create(flow, { count: 12 });
		await engine.killAgain(8, 2);
		engine.executor();
		engine.executor();
		await engine.ended(runs);
		await engine.ended(runs.flatMap(all));
		for (const run of runs) {
			assert.deepEqual([engine.run(run).status, all(run).length], ['completed', 6]);
			assert.deepEqual(all(run).map((id) => engine.run(id).status), Array(6).fill('completed'));
		}
		assert.equal(engine.one('select count(*) from run_inbox'), '0');
	});
	test('a run that ends while somebody else has its parent: the request waits, and is read', async () => {
		const inner = engine.flow([{ kind: 'signal', signal: 'go' }]);
		const flow = engine.flow([child('ask', inner), value('made', 'done')]);
		const [run] = engine.create(flow);
		const executor = engine.executor();
		await until('a run', () => children(run).length === 1);
		const [id] = children(run);
		// Held by nobody that lives: nothing can be done with it until its holder is retired.
		await until('it to be given back', () => engine.one(`select count(*) from run_live where run_id = '${run}' and holder is null`) === '1');
		engine.sql(`insert into executor (incarnation, name, planner, lease_until) values ('00000000-0000-7000-8000-0000000000ee', 'other', 1, now() + interval '1 h');
			update run_live set holder = '00000000-0000-7000-8000-0000000000ee', epoch = epoch + 1 where run_id = '${run}'`);
		engine.ask(inner, id, 'signal', { name: 'go', data: null });
		await engine.ended([id]);
		assert.equal(engine.one(`select kind from run_inbox where run_id = '${run}'`), 'child');
		engine.sql("update executor set lease_until = now() where name = 'other'");
		await engine.ended([run]);
		assert.equal(output(run), 'done');
		await executor.end();
	});
});

// What a run may cost counts what the runs that its steps start spend, however deep: to the cent, whoever dies.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { A, startEngine, until } from './lib/engine.mjs';
import { forgetMoney, person, usd, watchMoney } from './lib/money.mjs';

const model = 'builtin/echo';
let engine;
before(async () => {
	engine = await startEngine();
	watchMoney(engine);
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	forgetMoney(engine);
});

const call = (key, dollars, options = {}, more = {}) => ({ key, model,
	options: { tokens: [0, 1000], price: [0, dollars * 1000], stream_ms: 0, ...options }, ...more });
const child = (key, flow, more = {}) => ({ key, kind: 'workflow', workflow: { id: flow.id, version: 1 }, input: { text: 'x' }, ...more });
const each = (items, steps, more = {}) => ({ key: 'each', kind: 'loop', items, steps, ...more });
const together = (...steps) => ({ key: 'both', kind: 'parallel', steps });
const limited = (dollars, ...steps) => engine.flow(steps, A, { limits: { cost_usd: dollars } });
const plain = (...steps) => engine.flow(steps);
const children = (run) => engine.sql(`select id from run where parent_run_id = '${run}' order by parent_path, parent_attempt`).flat();
const all = (root) => [root, ...children(root).flatMap(all)];
const error = (run) => JSON.parse(engine.run(run).error);
const statuses = (runs) => runs.map((id) => engine.run(id).status);
const spent = () => Number(engine.one('select coalesce(sum(coalesce(cost_nano, reserved_nano)), 0) from ledger'));
const over = (cap) => Number(engine.one(`select count(*) from test.seen where nano > ${cap}`));
const row = (run) => engine.sql(`select step_cap, spent from quota where scope = 'run:${run}'`).flat().map(Number);
const amounts = () => Number(engine.one('select coalesce(sum(amount + reserved), 0) from quota_grant'));
const givenBack = () => until('all of it to be given back', () => amounts() === 0);

async function ran(flow, args) {
	const [run] = engine.create(flow);
	engine.executor(args);
	await engine.ended([run]);
	return run;
}

describe('one limit for all of it', () => {
	test('a call in a run that a step has started is not made when it would be too much, and says which limit that is', async () => {
		const inner = plain(call('a', 0.4), call('b', 0.4));
		const run = await ran(limited(1, call('first', 0.3), child('ask', inner)));
		const [id] = children(run);
		assert.deepEqual([error(run).code, error(run).path], ['budget', 'ask']);
		assert.equal(error(id).code, 'budget');
		assert.ok(error(id).message.includes(`This call may cost up to $0.40, and $0.70 of the $1.00 that run ${run} may cost, with those that its steps start,`), error(id).message);
		assert.deepEqual(engine.steps(id).map((s) => s.status), ['completed', 'failed']);
		assert.deepEqual([engine.run(id).cost_nano, engine.run(run).cost_nano, spent()], [usd(0.4), usd(0.7), usd(0.7)]);
	});

	test('the run that waits counts what was spent in it when its own call is too much', async () => {
		const run = await ran(limited(1, child('ask', plain(call('a', 0.7))), call('after', 0.4)));
		assert.equal(error(run).code, 'budget');
		assert.match(error(run).message, /\$0\.70 of the \$1\.00 that a run of this workflow may cost, with those that its steps start, are spent/);
		assert.equal(spent(), usd(0.7));
	});

	test('beside each other they share what is left: none has a part of its own', async () => {
		const run = await ran(limited(1.3, together(child('cheap', plain(call('a', 0.1))), child('dear', plain(call('a', 0.9)))), child('last', plain(call('a', 0.3)))));
		assert.equal(engine.run(run).status, 'completed');
		assert.deepEqual([engine.run(run).cost_nano, spent()], [usd(1.3), usd(1.3)]);
		await until('all of it to be folded in', () => row(run)[1] === usd(1.3) || row(run).length === 0);
	});

	test('deeper than one: each run on the way up counts, and the lowest limit says no', async () => {
		const third = plain(call('deep', 0.2), call('deeper', 0.2), call('deepest', 0.2));
		const second = limited(0.5, child('third', third));
		const run = await ran(limited(5, child('second', second, { on_failure: 'continue' }), child('again', second, { on_failure: 'continue' }), call('own', 0.1)));
		assert.equal(engine.run(run).status, 'completed');
		const [again, first] = children(run); // by path
		for (const id of [again, first]) {
			const [deep] = children(id);
			assert.ok(error(deep).message.includes(`$0.40 of the $0.50 that run ${id} may cost`), error(deep).message);
		}
		assert.deepEqual([spent(), engine.run(run).cost_nano], [usd(0.9), usd(0.9)]);
		const root = await ran(limited(0.3, child('second', second)));
		const [deep] = children(children(root)[0]);
		assert.ok(error(deep).message.includes(`$0.20 of the $0.30 that run ${root} may cost`), error(deep).message);
		assert.equal(error(root).code, 'budget');
	});

	test('eight runs deep the innermost call is counted eight times over, and made once', async () => {
		let flow = plain(call('deep', 0.2), call('more', 0.2));
		for (let i = 0; i < 8; i++) flow = limited(i === 7 ? 0.3 : 1, child('next', flow));
		const run = await ran(flow);
		assert.equal(all(run).length, 9);
		assert.equal(error(run).code, 'budget');
		assert.ok(error(all(run).at(-1)).message.includes(`$0.20 of the $0.30 that run ${run} may cost`));
		assert.equal(spent(), usd(0.2));
	});

	test('when nothing is left a run that costs nothing goes through', async () => {
		const run = await ran(limited(1, call('first', 1), child('free', plain({ key: 'made', kind: 'transform', value: 'x' })), child('dear', plain(call('a', 0.1)))));
		const [dear, free] = children(run);
		assert.deepEqual([engine.run(free).status, error(dear).code, error(run).path], ['completed', 'budget', 'dear']);
		assert.equal(engine.calls(dear).length, 0);
	});

	test('a limit of nothing allows what costs nothing', async () => {
		const run = await ran(limited(0, child('free', plain(call('a', 0))), child('dear', plain(call('a', 0.1)))));
		const [dear, free] = children(run);
		assert.deepEqual([engine.run(free).status, error(dear).code], ['completed', 'budget']);
		assert.equal(spent(), 0);
	});

	test('money of the workflow that started a run is spent by that run, too', async () => {
		const flow = plain(child('ask', plain(call('a', 0.4))), child('more', plain(call('a', 0.4))));
		engine.sql(`begin; select set_config('stepmill.workspace', '${A}', true), set_config('stepmill.user', '${person}', true);
			select limit_put('${A}', 'workflow:${flow.id}', 'money', ${usd(0.5)}, 'none', null, null); commit`);
		const run = await ran(flow);
		assert.equal(error(run).code, 'budget');
		assert.equal(spent(), usd(0.4));
	});

	test('a run beneath whose price nobody knows is not begun', async () => {
		const run = await ran(limited(1, child('ask', plain(call('a', 0, {}, { model: 'openai/nobody-knows' })))));
		assert.equal(error(run).code, 'unknown_price');
		assert.equal(spent(), 0);
	});
});

describe('what is reserved', () => {
	const slow = (key, dollars, ms) => call(key, dollars, { delay_ms: ms });
	// May cost 1.00 and costs 0.10.
	const careful = (key, ms) => ({ key, model, options: { tokens: [0, 100], max_tokens: 1000, price: [0, 1000], stream_ms: 0, delay_ms: ms } });

	test('by a call under way is waited for, by the name of the run', async () => {
		const flow = limited(1.2, together(child('left', plain(careful('a', 1500))), child('right', plain(careful('a', 1500)))));
		const [run] = engine.create(flow);
		engine.executor();
		await until('one of them to wait', () => engine.one(`select count(*) from run_live where blocked_by = 'money run:${run}'`) === '1');
		await engine.ended(all(run));
		await engine.ended([run]);
		assert.deepEqual(statuses(all(run)), ['completed', 'completed', 'completed']);
		assert.equal(over(usd(1.2)), 0);
		assert.equal(spent(), usd(0.2));
		assert.ok(children(run).some((id) => engine.types(id).includes('step.blocked a')));
	});

	for (const [what, end] of [
		['is cancelled', async (flow, run, id) => { engine.cancel(flow, id); await engine.ended([id]); }],
		['runs out of time', async (flow, run, id) => engine.ended([id])],
		['is lost with its executor', async (flow, run, id, executor) => {
			await executor.end('SIGKILL');
			engine.cancel(flow, id);
			engine.executor();
			await engine.ended([id]);
		}],
	])
		test(`comes back when the run it was for ${what}`, async () => {
			const inner = plain(slow('a', 0.5, 60000));
			const time = what.includes('time') ? { timeout_seconds: 2 } : {};
			const flow = limited(1, child('ask', inner, { on_failure: 'continue', ...time }), { key: 'stay', kind: 'approval' });
			const [run] = engine.create(flow);
			const executor = engine.executor();
			await until('a call', () => children(run).length === 1 && engine.calls(children(run)[0]).length === 1);
			assert.deepEqual([spent(), amounts() > 0], [usd(0.5), true]);
			await end(flow, run, children(run)[0], executor);
			await until('the run to go on', () => engine.steps(run).some((s) => s.path === 'stay' && s.status === 'waiting'));
			await givenBack();
			// What the cancelled call has cost its model says; of one that is lost nobody knows, so it is charged at the most.
			await until('it to be charged', () => row(run)[1] === spent());
			assert.equal(engine.one('select count(*) from ledger where not settled'), '0');
			assert.equal(spent(), usd(0.5));
			engine.cancel(flow, run);
			await engine.ended([run]);
		});

	test('and not used is there for others: a failure costs nothing', async () => {
		const failing = plain(call('a', 0.8, { fail: 'overloaded', fail_times: 99 }));
		const run = await ran(limited(1, child('bad', failing, { on_failure: 'continue' }), child('good', plain(call('a', 0.8)))));
		assert.equal(engine.run(run).status, 'completed');
		assert.equal(engine.run(run).cost_nano, usd(0.8));
		await givenBack();
	});

	test('the limit of a run that has ended is put away; retried, the run counts what it had spent', async () => {
		const inner = plain(call('a', 0.4));
		const flow = limited(1, child('one', inner), child('two', inner), child('three', inner));
		const run = await ran(flow);
		assert.equal(error(run).path, 'three');
		await givenBack();
		await until('it to be put away', () => (engine.sql('select engine_housekeeping()'), row(run).length === 0));
		await engine.again(flow, run, { from: 'step', step: 'two' });
		assert.deepEqual([error(run).code, error(run).path, spent()], ['budget', 'two', usd(0.8)]);
		// On a version that allows more it goes on, and the same money is counted.
		engine.version(flow, [child('one', inner), child('two', inner), child('three', inner)], { limits: { cost_usd: 1.5 } });
		await engine.again(flow, run, { from: 'step', step: 'two', version: 'latest' });
		assert.deepEqual([error(run).code, error(run).path, spent()], ['budget', 'three', usd(1.2)]);
	});
});

describe('runs beneath that are removed', () => {
	const inner = () => plain(call('a', 0.4));
	const purge = () => until('nothing to be left to remove', () => engine.one('select busy from engine_purge(3)') === 'f');
	const putAway = (run) => until('its limit to be put away', () => (engine.sql('select engine_housekeeping()'), row(run).length === 0));
	before(() => engine.sql(`insert into membership (workspace_id, user_id, role) values ('${A}', '${person}', 'member') on conflict do nothing`));
	const remove = {
		'by a person': (ids) => ids.forEach((id) => engine.sql(`begin; select set_config('stepmill.workspace', '${A}', true), set_config('stepmill.user', '${person}', true);
			select run_delete('${A}', '${id}'); commit`, 'stepmill_api')),
		'by their age': (ids) => engine.sql(`update run set created_at = now() - interval '9 days', finished_at = now() - interval '8 days' where id in (${ids.map((id) => `'${id}'`)});
			update workspace set retention_days = 7, swept_at = null where id = '${A}'`),
	};

	for (const [who, deed] of Object.entries(remove))
		test(`${who}: what they have spent still counts against the run that had started them`, async () => {
			const run = await ran(limited(1, child('one', inner()), child('two', inner()), child('three', inner())));
			assert.deepEqual([error(run).path, spent()], ['three', usd(0.8)]);
			await givenBack();
			deed(children(run).filter((id) => engine.run(id).status === 'completed'));
			await purge();
			assert.equal(children(run).length, 1);
			await putAway(run);
			await engine.again({ workspace: A }, run, { from: 'start' });
			assert.deepEqual([error(run).code, error(run).path, spent()], ['budget', 'one', usd(0.8)]);
			engine.sql('update workspace set retention_days = null');
		});

	test('deeper than one, the lowest first, and a few rows at a time', async () => {
		const run = await ran(limited(1, child('second', plain(call('own', 0.1), child('third', plain(call('a', 0.3))), child('again', plain(call('a', 0.2))))), call('last', 0.1)));
		assert.deepEqual([engine.run(run).status, spent()], ['completed', usd(0.7)]);
		await givenBack();
		remove['by a person'](children(run));
		await purge();
		assert.deepEqual(children(run), []);
		assert.equal(engine.run(run).gone_nano, usd(0.6));
		await putAway(run);
		await engine.again({ workspace: A }, run, { from: 'start' });
		assert.deepEqual([error(run).code, error(run).path], ['budget', 'second']);
		assert.equal(spent(), usd(0.8), 'the one call that fitted was made');
	});
});

describe('many at once', () => {
	test('four executors and children beside each other spend what there is and not more', async () => {
		const inner = plain(call('a', 0.01, { delay_ms: 20 }), call('b', 0.01, { delay_ms: 20 }));
		const flow = limited(0.3, each(Array.from({ length: 40 }, (_, i) => i), [child('ask', inner, { on_failure: 'continue' })], { max_concurrency: 20 }));
		const [run] = engine.create(flow, { quiet: true });
		for (let i = 0; i < 4; i++) engine.executor(['--slots=8']);
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'completed');
		assert.ok(Number(engine.one('select count(*) from test.seen')) > 10);
		assert.equal(over(usd(0.3)), 0);
		assert.deepEqual([spent(), engine.run(run).cost_nano], [usd(0.3), usd(0.3)]);
		const failed = children(run).filter((id) => engine.run(id).status === 'failed');
		assert.ok(failed.length >= 20, `${failed.length} had to stop`);
		assert.deepEqual([...new Set(failed.map((id) => error(id).code))], ['budget']);
		await givenBack();
		await until('all of it to be folded in', () => row(run)[1] === usd(0.3) || row(run).length === 0);
	});

	test('executors that are killed in the middle spend no more than there is, and lose nothing', async () => {
		const third = plain(call('deep', 0.01, { delay_ms: 150 }));
		const second = limited(0.4, each([1, 2, 3, 4], [child('third', third, { on_failure: 'continue' })], { max_concurrency: 4 }));
		const flow = limited(0.5, each(Array.from({ length: 20 }, (_, i) => i), [child('ask', second, { on_failure: 'continue' })], { max_concurrency: 10 }));
		const [run] = engine.create(flow, { quiet: true });
		const made = () => Number(engine.one('select count(*) from ledger'));
		for (let i = 0; i < 5; i++) {
			const pair = [engine.executor(['--slots=6']), engine.executor(['--slots=6'])];
			const before = made();
			await until('calls', () => made() >= before + 3 || engine.run(run).finished_at !== null);
			for (const executor of pair) await executor.end('SIGKILL');
			assert.equal(over(usd(0.5)), 0);
		}
		engine.executor();
		engine.executor();
		await engine.ended([run]);
		await engine.ended(all(run));
		assert.equal(over(usd(0.5)), 0);
		assert.equal(spent(), usd(0.5), 'all of it');
		assert.equal(engine.one('select count(*) from ledger where not settled'), '0');
		await givenBack();
		await until('all of it to be folded in', () => row(run)[1] === usd(0.5) || row(run).length === 0);
		for (const id of children(run)) assert.ok(Number(engine.one(`select coalesce(sum(l.cost_nano), 0) from ledger l join run r on r.id = l.run_id where r.parent_run_id = '${id}'`)) <= usd(0.4));
		assert.ok(Number(engine.one('select count(*) from ledger where outcome_unknown')) > 0, 'some were killed in the middle of a call');
	});
});

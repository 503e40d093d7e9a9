// Limits: what is drawn is never more than there is, whoever dies; what waits holds no slot and goes on when it may.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { sometime } from '../harness/sometime.mjs';
import { A, B, sleep, startEngine, until } from './lib/engine.mjs';
import { forgetMoney, person, usd, watchMoney } from './lib/money.mjs';

const model = 'builtin/echo';
let engine;
before(async () => {
	engine = await startEngine();
	engine.sql(`insert into membership (workspace_id, user_id, role) values ('${A}', '${person}', 'member')`);
	watchMoney(engine);
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	forgetMoney(engine);
});

/** Sets a limit as the API does. */
function limit(scope, unit, cap, { workspace = A, period = 'none', ms = null, burst = null } = {}) {
	engine.sql(`begin; select set_config('stepmill.workspace', '${workspace}', true), set_config('stepmill.user', '${person}', true);
		select limit_put('${workspace}', '${scope}', '${unit}', ${cap}, '${period}', ${ms}, ${burst}); commit; notify stepmill_run`, 'stepmill_owner');
}
function unlimit(scope, unit, workspace = A) {
	engine.sql(`begin; select set_config('stepmill.workspace', '${workspace}', true);
		select limit_delete('${workspace}', '${scope}', '${unit}'); commit; notify stepmill_run`, 'stepmill_owner');
}
/** A step that takes so long; and one that costs what it says. */
const slow = (ms, over = {}) => ({ model, options: { delay_ms: ms, stream_ms: 0 }, ...over });
const priced = (dollars, over = {}) => ({ model, options: { tokens: [0, 1000], price: [0, dollars * 1000], stream_ms: 0, ...over } });

/** The most calls at once, as the model saw them begin and, after the time each takes, end. */
function mostAtOnce(calls, ms) {
	const marks = calls.flatMap((c) => [[Date.parse(c.at), 1], [Date.parse(c.at) + ms, -1]]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
	let now = 0;
	let most = 0;
	for (const [, change] of marks) most = Math.max(most, now += change);
	return most;
}
const callsOf = (ids) => ids.flatMap((id) => engine.calls(id));
const blocked = () => Number(engine.one('select count(*) from run_live where blocked_by is not null and holder is null'));
const spentNano = () => Number(engine.one(`select coalesce(sum(coalesce(cost_nano, reserved_nano)), 0) from ledger`));
const status = (ids) => Object.fromEntries(engine.sql(`select status, count(*) from run where id in (${ids.map((id) => `'${id}'`).join(', ')}) group by 1`)
	.map(([name, count]) => [name, Number(count)]));

describe('concurrency', () => {
	test('of four executors never more than the limit is under way, and all get their turn', async () => {
		limit('workspace', 'concurrency', 5);
		const runs = engine.create(engine.flow([slow(400)]), { count: 60, quiet: true });
		for (let i = 0; i < 4; i++) engine.executor();
		await engine.ended(runs);
		assert.deepEqual(status(runs), { completed: 60 });
		assert.equal(callsOf(runs).length, 60);
		const most = mostAtOnce(callsOf(runs), 400);
		assert.ok(most <= 5, `${most} at once`);
		assert.ok(most >= 3, `only ${most} at once`);
		await until('everything to be given back', () => engine.one('select count(*) from quota_grant') === '0');
	});

	test('what is blocked holds no slot: another workspace goes through at once', async () => {
		limit('workspace', 'concurrency', 1);
		const many = engine.create(engine.flow([{ model, options: { hang: true } }]), { count: 200, quiet: true });
		engine.executor(['--slots=2']);
		await until('199 to be blocked', () => blocked() === 199);
		const other = engine.flow([{}], B);
		const [run] = engine.create(other);
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'completed');
		assert.equal(engine.calls(many[0]).length + callsOf(many.slice(1)).length, 1);
		const [one] = engine.sql("select run_id from run_live where blocked_by is not null limit 1").flat();
		assert.deepEqual(engine.types(one).at(-1), 'step.blocked s1');
		assert.deepEqual(engine.events(one).at(-1).data, { scope: 'workspace', unit: 'concurrency' });
	});

	for (const [what, act] of [['raised', () => limit('workspace', 'concurrency', 100)], ['deleted', () => unlimit('workspace', 'concurrency')]])
		test(`when the limit is ${what} what was blocked goes on`, async () => {
			limit('workspace', 'concurrency', 1);
			const [first] = engine.create(engine.flow([{ model, options: { hang: true } }]), { quiet: true });
			engine.executor();
			await engine.called(first);
			const rest = engine.create(engine.flow([{}]), { count: 5 });
			await until('five to be blocked', () => blocked() === 5);
			act();
			await engine.ended(rest);
			assert.deepEqual(status(rest), { completed: 5 });
		});

	test('workflow, member and model each limit what is theirs, and nothing else', async () => {
		const slowFlow = engine.flow([slow(60)]);
		for (const scope of [`workflow:${slowFlow.id}`, `member:${person}`, `model:${model}`]) {
			// What is free overlaps also where a call begins long after the other; what the member's limit holds has to go one after the other.
			const ms = scope.startsWith('member') ? 60 : 2000;
			const free = engine.flow([slow(ms, { model: 'builtin/instant' })]);
			limit(scope, 'concurrency', 1);
			engine.executor();
			engine.executor();
			const limited = engine.create(slowFlow, { count: 5 });
			const others = engine.create(free, { count: 5 });
			await engine.ended([...limited, ...others]);
			assert.equal(mostAtOnce(callsOf(limited), 60), 1, scope);
			if (scope.startsWith('member')) assert.equal(mostAtOnce([...callsOf(limited), ...callsOf(others)], 60), 1);
			else assert.ok(mostAtOnce(callsOf(others), ms) > 1, scope);
			unlimit(scope, 'concurrency');
			await engine.stopExecutors();
		}
	});

	test('a step\'s own key, filled in from the input, is shared by all steps that come to the same text', async () => {
		const own = { concurrency: { key: 'mail {{input.to}}', limit: 1 } };
		const hanging = engine.flow([{ model, options: { hang: true }, ...own }]);
		const quick = engine.flow([{ ...own }]);
		engine.executor();
		engine.executor();
		const [ada] = engine.create(hanging, { input: { text: 'a', to: 'ada' } });
		await engine.called(ada);
		const more = engine.create(quick, { count: 3, input: { text: 'a', to: 'ada' } });
		const bob = engine.create(quick, { count: 3, input: { text: 'b', to: 'bob' } });
		await engine.ended(bob);
		await until('all for ada to be blocked', () => blocked() === 3);
		assert.deepEqual(status(bob), { completed: 3 });
		engine.cancel(hanging, ada);
		await engine.ended([ada, ...more]);
		assert.deepEqual(status(more), { completed: 3 });
	});

	test('the units of an executor that dies come back', async () => {
		limit('workspace', 'concurrency', 2);
		const runs = engine.create(engine.flow([slow(300)]), { count: 4, quiet: true });
		const first = engine.executor();
		await until('two calls', () => callsOf(runs).length === 2);
		await first.end('SIGKILL');
		engine.executor();
		await engine.ended(runs);
		assert.deepEqual(status(runs), { completed: 4 });
		await until('everything to be given back', () => engine.one('select count(*) from quota_grant') === '0');
	});
});

/** The most marks in any window of so many milliseconds, [from, from + ms). The log knows whole milliseconds: ask for one less than is meant. */
function mostWithin(marks, ms) {
	const times = [...marks].sort((a, b) => a - b);
	let most = 0;
	for (let from = 0, to = 0; from < times.length; from++) {
		while (to < times.length && times[to] < times[from] + ms) to++;
		most = Math.max(most, to - from);
	}
	return most;
}
const times = (ids) => callsOf(ids).map((c) => Date.parse(c.at));

describe('rates', () => {
	for (const executors of [1, 4])
		test(`ten a second are ten a second with ${executors} executors`, async () => {
			limit('workspace', 'rate', 10, { ms: 1000, burst: 1 });
			const flow = engine.flow([{ model }]);
			for (let i = 0; i < executors; i++) engine.executor();
			await sometime('sixty in 15 seconds', async () => {
				const runs = engine.create(flow, { count: 60, quiet: true });
				await engine.ended(runs);
				assert.deepEqual(status(runs), { completed: 60 });
				const at = times(runs);
				assert.equal(at.length, 60);
				const most = mostWithin(at, 999);
				assert.ok(most <= 11, `${most} within a second`);
				const lasted = Math.max(...at) - Math.min(...at);
				assert.ok(lasted >= 5800, `59 gaps of 100 ms in ${lasted} ms`);
				return lasted <= 15000 || `59 gaps of 100 ms in ${lasted} ms`;
			});
		});

	test('after a pause as many as the burst come at once, and then evenly', async () => {
		limit(`model:${model}`, 'rate', 5, { ms: 1000, burst: 4 });
		const flow = engine.flow([{ model }]);
		engine.executor();
		await sometime('a burst', async () => {
			const runs = engine.create(flow, { count: 12, quiet: true });
			await engine.ended(runs);
			const at = times(runs);
			assert.ok(mostWithin(at, 999) <= 9, `${mostWithin(at, 999)} within a second`);
			if (mostWithin(at, 150) >= 3) return true;
			await sleep(1000); // the pause after which there may be one again
			return `${mostWithin(at, 150)} within 150 ms`;
		});
	});

	test('runs that wait for their time hold no slot', async () => {
		const rated = (key, per_seconds) => engine.flow([{ model, rate: { key, limit: 2, per_seconds } }]);
		const flow = rated('hourly', 7200);
		const waiting = engine.create(flow, { count: 12, quiet: true });
		engine.executor(['--slots=1']);
		await until('most to be blocked', () => blocked() >= 10);
		const [other] = engine.create(engine.flow([{}], B));
		await engine.ended([other]);
		assert.ok(blocked() >= 10, 'the other did not wait for them');
		for (const run of waiting) if (engine.run(run).status !== 'completed') engine.cancel(flow, run);
		await engine.ended(waiting);
		const runs = engine.create(rated('mail', 1), { count: 12, quiet: true });
		await engine.ended(runs);
		assert.deepEqual(status(runs), { completed: 12 });
		assert.ok(mostWithin(times(runs), 999) <= 3);
	});

	test('a higher rate speeds up what waits', async () => {
		limit('workspace', 'rate', 1, { ms: 3600000, burst: 1 });
		const runs = engine.create(engine.flow([{ model }]), { count: 6, quiet: true });
		engine.executor();
		await until('five to be blocked', () => blocked() === 5);
		limit('workspace', 'rate', 1000, { ms: 1000, burst: 100 });
		await engine.ended(runs);
		assert.deepEqual(status(runs), { completed: 6 });
	});
});

describe('money', () => {
	/** From now on every change of the ledger looks whether more is spent or reserved than that; tells what it saw. */
	function watched(cap) {
		engine.sql(`delete from test.seen`);
		return () => Object.fromEntries(engine.sql(`select 'looks', count(*) from test.seen union all
			select 'over', count(*) from test.seen where nano > ${cap}`).map(([name, n]) => [name, Number(n)]));
	}

	test('200 parallel calls of four executors spend what there is and not more', async () => {
		limit('workspace', 'money', usd(1));
		const runs = engine.create(engine.flow([priced(0.01, { delay_ms: 100 })]), { count: 200, quiet: true });
		const watch = watched(usd(1));
		// Fifty each: whoever comes first does not take them all.
		for (let i = 0; i < 4; i++) engine.executor(['--slots=50']);
		await engine.ended(runs);
		const { over, looks } = watch();
		assert.ok(looks > 5, `${looks} looks`);
		assert.equal(over, 0);
		assert.equal(spentNano(), usd(1));
		assert.deepEqual(status(runs), { completed: 100, failed: 100 });
		const [failed] = engine.sql("select id from run where status = 'failed' limit 1").flat();
		const error = JSON.parse(engine.run(failed).error);
		assert.equal(error.code, 'budget');
		assert.match(error.message, /may cost up to \$0\.01, and \$1\.00 of the limit of \$1\.00 for this workspace are spent/);
		await until('everything to be folded in', () => engine.one('select spent from quota') === String(usd(1)));
		assert.equal(engine.one('select count(*) from quota_grant'), '0');
	});

	test('what calls do not use of what they reserved can be spent by others', async () => {
		limit('workspace', 'money', usd(1));
		// Each may cost 0.50 and costs 0.10: ten fit, if not at the same time.
		const options = { tokens: [0, 100], max_tokens: 500, price: [0, 1000], stream_ms: 0, delay_ms: 20 };
		const runs = engine.create(engine.flow([{ model, options }]), { count: 12, quiet: true });
		const watch = watched(usd(1));
		engine.executor();
		engine.executor();
		await engine.ended(runs);
		assert.equal(watch().over, 0);
		// The last ones need 0.50 to be free: six have been made when 0.60 are spent.
		assert.deepEqual(status(runs), { completed: 6, failed: 6 });
		assert.equal(spentNano(), usd(0.6));
	});

	test('executors that are killed in the middle spend no more than there is, and lose nothing', async () => {
		limit('workspace', 'money', usd(0.5));
		const runs = engine.create(engine.flow([priced(0.01, { delay_ms: 150 })]), { count: 80, quiet: true });
		const watch = watched(usd(0.5));
		for (let i = 0; i < 6; i++) {
			const pair = [engine.executor(['--slots=4']), engine.executor(['--slots=4'])];
			const called = callsOf(runs).length;
			await until('calls', () => callsOf(runs).length >= called + 3 || status(runs).failed);
			for (const executor of pair) await executor.end('SIGKILL');
		}
		engine.executor();
		await engine.ended(runs);
		assert.equal(watch().over, 0);
		assert.equal(spentNano(), usd(0.5), 'all of it');
		assert.equal(engine.one('select count(*) from ledger where not settled'), '0');
		await until('everything to be folded in', () => engine.one('select spent from quota') === String(usd(0.5)));
		assert.equal(engine.one('select count(*) from quota_grant where amount + reserved > 0'), '0');
		// What was charged without an answer is said so, and every such call has a row of its own.
		const unknown = Number(engine.one('select count(*) from ledger where outcome_unknown'));
		assert.equal(status(runs).completed + unknown, 50);
		assert.ok(unknown > 0, 'some were killed in the middle of a call');
	});

	test('a graceful stop charges what was called, and not what was not', async () => {
		limit('workspace', 'money', usd(5));
		const runs = engine.create(engine.flow([priced(1, { delay_ms: 60000 })]), { count: 2, quiet: true });
		const executor = engine.executor(['--stop-seconds=0']);
		await until('two calls', () => callsOf(runs).length === 2);
		assert.equal(engine.one('select sum(reserved) from quota_grant'), String(usd(2)));
		await executor.end();
		assert.equal(engine.one('select count(*) from ledger where settled and cost_nano = 1000000000'), '2');
		assert.equal(engine.one('select spent from quota'), String(usd(2)));
		assert.equal(engine.one('select count(*) from quota_grant'), '0');
	});

	test('a cancelled call costs what its model says', async () => {
		limit('workspace', 'money', usd(5));
		const flow = engine.flow([priced(1, { delay_ms: 60000 })]);
		const [run] = engine.create(flow);
		engine.executor();
		await engine.called(run);
		engine.cancel(flow, run);
		await engine.ended([run]);
		await until('it to be folded in', () => engine.one('select spent from quota') === String(usd(1)));
		assert.equal(spentNano(), usd(1));
	});

	test('money only reserved by calls under way is waited for', async () => {
		limit('workspace', 'money', usd(1));
		const options = { tokens: [0, 100], max_tokens: 1000, price: [0, 1000], stream_ms: 0, delay_ms: 3000 };
		const [first] = engine.create(engine.flow([{ model, options }]), { quiet: true });
		engine.executor();
		await engine.called(first);
		const [second] = engine.create(engine.flow([priced(0.5)]));
		await until('the second to be blocked', () => blocked() === 1);
		await engine.ended([first, second]);
		assert.equal(engine.run(second).status, 'completed');
		assert.ok(engine.types(second).includes('step.blocked s1'));
	});

	test('what a run reserved that was taken from a living executor comes back at once, charged as far as it was called', async () => {
		limit('workspace', 'money', usd(1));
		// May cost 0.60 and costs 0.10: a second one has to wait for the first.
		const options = { tokens: [0, 100], max_tokens: 600, price: [0, 1000], stream_ms: 0, delay_ms: 3000 };
		const flow = engine.flow([{ model, options }]);
		const [first] = engine.create(flow, { quiet: true });
		engine.executor();
		await engine.called(first);
		const me = engine.one('select incarnation from executor');
		engine.sql(`update run_live set holder = gen_random_uuid(), epoch = epoch + 1 where run_id = '${first}'`);
		const [second] = engine.create(flow);
		await engine.ended([second]);
		assert.equal(engine.run(second).status, 'completed');
		assert.equal(engine.one('select incarnation from executor'), me, 'the executor lived on');
		assert.equal(engine.run(first).status, 'running', 'nothing of the first was written');
		assert.deepEqual(engine.sql(`select settled, outcome_unknown, cost_nano from ledger where run_id = '${first}'`), [['t', 'f', String(usd(0.1))]]);
		await until('all of it to be folded in', () => engine.one('select spent from quota') === String(usd(0.2)));
		assert.equal(engine.one('select coalesce(sum(amount), 0) from quota_grant'), '0');
	});

	test('a higher limit lets a failed run be, and what waits go on; a deleted one begins at nothing', async () => {
		limit(`member:${person}`, 'money', usd(0.5));
		const flow = engine.flow([priced(0.4)]);
		engine.executor();
		const [first] = engine.create(flow);
		await engine.ended([first]);
		const [second] = engine.create(flow);
		await engine.ended([second]);
		assert.equal(engine.run(second).status, 'failed');
		limit(`member:${person}`, 'money', usd(0.8));
		const [third] = engine.create(flow);
		await engine.ended([third]);
		assert.equal(engine.run(third).status, 'completed');
		await until('it to be folded in', () => engine.one('select spent from quota') === String(usd(0.8)));
		unlimit(`member:${person}`, 'money');
		limit(`member:${person}`, 'money', usd(0.4));
		const [fourth] = engine.create(flow);
		await engine.ended([fourth]);
		assert.equal(engine.run(fourth).status, 'completed');
	});

	test('with a new period there is new money', async () => {
		limit('workspace', 'money', usd(0.5), { period: 'day' });
		const flow = engine.flow([priced(0.5)]);
		engine.executor();
		const [first] = engine.create(flow);
		await engine.ended([first]);
		engine.sql("update quota set period_start = period_start - interval '1 day'");
		const [second] = engine.create(flow);
		await engine.ended([second]);
		assert.equal(engine.run(second).status, 'completed');
		const [third] = engine.create(flow);
		await engine.ended([third]);
		assert.equal(engine.run(third).status, 'failed');
	});

	test('what a crash leaves unknown counts against what the run may cost, however often', async () => {
		const flow = engine.flow([priced(2, { delay_ms: 2000 }), priced(2)]);
		engine.sql(`update workflow_version set definition = replace(definition, '"type":"flow"', '"type":"flow","limits":{"cost_usd":7}') where workflow_id = '${flow.id}'`);
		const [run, other] = engine.create(flow, { count: 2 });
		engine.sql(`update run_live set due_at = now() + interval '1 hour' where run_id = '${other}'`);
		for (let crash = 1; crash <= 2; crash++) {
			const executor = engine.executor();
			await engine.called(run, crash);
			await executor.end('SIGKILL');
		}
		engine.executor();
		await engine.ended([run]);
		// Three calls of the first step, two of which nobody knows the end of: another would make it eight.
		assert.deepEqual(engine.steps(run).map((s) => s.status), ['completed', 'failed']);
		assert.match(JSON.parse(engine.run(run).error).message, /may cost up to \$2\.00, and \$6\.00 of the \$7\.00/);
		assert.deepEqual(engine.sql(`select path, cost_nano, outcome_unknown, settled from ledger where run_id = '${run}' order by epoch`).map((row) => row.join(' ')),
			[`s1 ${usd(2)} t t`, `s1 ${usd(2)} t t`, `s1 ${usd(2)} f t`]);
		engine.sql(`update run_live set due_at = now(); notify stepmill_run`);
		await engine.ended([other]);
		assert.equal(engine.run(other).status, 'completed', 'without a crash there is money enough');
	});

	test('a run spends no more than its workflow allows, says so once in time, and leaves nothing in the ledger beforehand', async () => {
		const steps = Array.from({ length: 6 }, () => priced(1));
		const flow = engine.flow(steps);
		engine.sql(`update workflow_version set definition = replace(definition, '"type":"flow"', '"type":"chain"') where workflow_id = '${flow.id}'`);
		const [run] = engine.create(flow);
		engine.executor();
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'failed');
		assert.match(JSON.parse(engine.run(run).error).message, /may cost up to \$1\.00, and \$5\.00 of the \$5\.00 that a run of this workflow may cost/);
		assert.deepEqual(engine.steps(run).map((s) => s.status), [...Array(5).fill('completed'), 'failed']);
		assert.equal(engine.types(run).filter((t) => t === 'run.cost_warning').length, 1);
		assert.equal(spentNano(), usd(5));
		assert.equal(engine.one('select count(*) from ledger where reserved_nano is not null'), '0');
	});
});

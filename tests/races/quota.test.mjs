// Drawing, giving back, waiting and being retired against each other, each interleaving written down. See lib/session.mjs.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { A, startWorld } from './lib/world.mjs';

let world;
before(() => {
	world = startWorld();
});
after(() => world?.stop());
afterEach(async () => {
	await world.clear();
	world.owner('delete from quota; delete from quota_grant; delete from ledger');
});

const two = async () => [await world.executor('first'), await world.executor('second')];
const all = (list, value) => list.map(() => value);
function limit(unit, cap, { ms = null, burst = null, scope = 'workspace' } = {}) {
	world.owner(`insert into quota (workspace_id, scope, unit, cap, period_ms, burst) values ('${A}', '${scope}', '${unit}', ${cap}, ${ms}, ${burst})`);
}
/** Draws for runs, one ticket each, so many units of one limit; [verdict of each], and what the limit's own row says. */
async function draw(executor, runs, unit, need = 1, { own = null, scope = 'workspace', horizon = 1000000 } = {}) {
	const rows = await executor.connection.call('quota_draw', executor.me, [A], [scope], [unit], [own], [null], [null], runs.map((_, i) => i + 1), all(runs, 1),
		all(runs, need), runs.map((r) => r.run), false, horizon);
	const [slice] = rows.filter((r) => r[0] === null);
	return { verdicts: rows.filter((r) => r[0] !== null).map((r) => r[1]), at: rows.filter((r) => r[0] !== null).map((r) => r[4] && Number(r[4])),
		limit: slice[1], extra: Number(slice[3]) };
}
async function drawn(executor, ...args) {
	await executor.begin();
	const got = await draw(executor, ...args);
	await executor.commit();
	return got;
}
const giveBack = (executor, unit, amount, scope = 'workspace') => executor.connection.call('quota_return', executor.me, [A], [scope], [unit], [amount])
	.then((rows) => Number(rows[0][0]));
const release = (executor, run) => executor.connection.call('flush_release', [A], [run], [0], [3600000], [1]);
const row = (run, what) => world.one(`select ${what} from run_live where run_id = '${run}'`);
const amounts = () => Number(world.one('select coalesce(sum(amount), 0) from quota_grant'));
const lapse = (executor) => world.owner(`update executor set lease_until = clock_timestamp() - interval '1 second' where incarnation = '${executor.me}'`);

describe('draw against draw', () => {
	test('the second waits for the first, and gets what that left', async () => {
		limit('concurrency', 3);
		world.runs(4);
		const [first, second] = await two();
		const mine = await first.claimed(2);
		const theirs = await second.claimed(2);
		await first.begin();
		assert.deepEqual((await draw(first, mine, 'concurrency')).verdicts, ['granted', 'granted']);
		await second.begin();
		const late = draw(second, theirs, 'concurrency');
		await world.blocked(second, first);
		await first.commit();
		assert.deepEqual((await late).verdicts, ['granted', 'blocked']);
		await second.commit();
		assert.equal(amounts(), 3);
	});

	test('what was drawn by a transaction that came to nothing is there for the other', async () => {
		limit('money', 100);
		world.runs(2);
		const [first, second] = await two();
		const [mine] = await first.claimed(1);
		const [theirs] = await second.claimed(1);
		await first.begin();
		await draw(first, [mine], 'money', 80);
		await second.begin();
		const late = draw(second, [theirs], 'money', 80);
		await world.blocked(second, first);
		await first.rollback();
		assert.deepEqual((await late).verdicts, ['granted']);
		await second.commit();
		assert.equal(amounts(), 80);
	});

	test('two limits in opposite orders do not wait for each other', async () => {
		limit('concurrency', 5);
		limit('concurrency', 5, { scope: 'model:a/b' });
		world.runs(2);
		const [first, second] = await two();
		const [mine] = await first.claimed(1);
		const [theirs] = await second.claimed(1);
		const both = (executor, run, scopes) => executor.connection.call('quota_draw', executor.me, all(scopes, A), scopes, all(scopes, 'concurrency'),
			all(scopes, null), all(scopes, null), all(scopes, null), [1, 1], [1, 2], [1, 1], [run, run], false, 0);
		await first.begin();
		await both(first, mine.run, ['workspace', 'model:a/b']);
		await second.begin();
		const late = both(second, theirs.run, ['model:a/b', 'workspace']);
		await world.blocked(second, first);
		await first.commit();
		assert.equal((await late)[0][1], 'granted');
		await second.commit();
		assert.equal(amounts(), 4);
	});

	test('a slice is generous while there is plenty, and exact near the end', async () => {
		limit('concurrency', 1000);
		world.runs(2);
		const [first] = await two();
		const runs = await first.claimed(2);
		const far = await drawn(first, runs.slice(0, 1), 'concurrency');
		assert.deepEqual([far.limit, far.extra], ['free', 4]);
		world.owner('update quota set cap = 7');
		const near = await drawn(first, runs.slice(1), 'concurrency');
		assert.deepEqual([near.verdicts, near.limit, near.extra], [['granted'], 'scarce', 0]);
	});
});

describe('waiting', () => {
	test('units that come back between the refusal and the release are not missed', async () => {
		limit('concurrency', 1);
		world.runs(2);
		const [first, second] = await two();
		const [mine] = await first.claimed(1);
		const [theirs] = await second.claimed(1);
		await drawn(first, [mine], 'concurrency');
		assert.deepEqual((await drawn(second, [theirs], 'concurrency')).verdicts, ['blocked']);
		await first.begin();
		assert.equal(await giveBack(first, 'concurrency', 1), 1);
		await first.commit();
		await second.begin();
		await second.lock([theirs]);
		await release(second, theirs.run);
		await second.commit();
		assert.equal(row(theirs.run, 'due_at <= now()'), 't', 'it was woken, so it is due');
		assert.equal(row(theirs.run, 'blocked_since is not null'), 't', 'and keeps its place');
	});

	test('units that come back while the release is under way wait for it', async () => {
		limit('concurrency', 1);
		world.runs(2);
		const [first, second] = await two();
		const [mine] = await first.claimed(1);
		const [theirs] = await second.claimed(1);
		await drawn(first, [mine], 'concurrency');
		await drawn(second, [theirs], 'concurrency');
		await second.begin();
		await second.lock([theirs]);
		await release(second, theirs.run);
		await first.begin();
		const back = giveBack(first, 'concurrency', 1);
		await world.blocked(first, second);
		await second.commit();
		assert.equal(await back, 1);
		await first.commit();
		assert.equal(row(theirs.run, 'due_at <= now()'), 't');
	});

	test('who came first goes first, newcomers stand behind, and as many are woken as units came free', async () => {
		limit('concurrency', 2);
		world.runs(6);
		const [first] = await two();
		const runs = await first.claimed(6);
		await drawn(first, runs.slice(0, 2), 'concurrency');
		const waiting = runs.slice(2, 5);
		for (const run of waiting) assert.deepEqual((await drawn(first, [run], 'concurrency')).verdicts, ['blocked']);
		await first.begin();
		await first.lock(waiting);
		await first.connection.call('flush_release', all(waiting, A), waiting.map((r) => r.run), waiting.map((_, n) => n), all(waiting, 3600000), all(waiting, 1));
		await first.commit();
		await first.begin();
		assert.equal(await giveBack(first, 'concurrency', 1), 1);
		await first.commit();
		assert.deepEqual(waiting.map((r) => row(r.run, 'blocked_by is null')), ['t', 'f', 'f']);
		// A unit is free, but it is not the newcomer's.
		assert.deepEqual((await drawn(first, [runs[5]], 'concurrency')).verdicts, ['blocked']);
		const [woken] = await first.claimed(1);
		assert.equal(woken.run, waiting[0].run);
		assert.deepEqual((await drawn(first, [woken], 'concurrency')).verdicts, ['granted']);
		assert.equal(row(woken.run, 'blocked_since is null'), 't');
	});

	test('a woken run that uses nothing does not keep the others waiting', async () => {
		limit('concurrency', 1);
		world.runs(3);
		const [first] = await two();
		const runs = await first.claimed(3);
		await drawn(first, runs.slice(0, 1), 'concurrency');
		await drawn(first, runs.slice(1), 'concurrency');
		await first.begin();
		assert.equal(await giveBack(first, 'concurrency', 1), 1); // it is paused, say
		await first.commit();
		assert.equal(world.one('select wake_at is not null from quota'), 't');
		world.owner("update quota set wake_at = now() - interval '1 ms'");
		await first.begin();
		assert.equal(Number((await first.connection.call('quota_wake_due'))[0][0]), 1);
		await first.commit();
		assert.equal(world.one('select count(*) from run_live where blocked_by is not null'), '0');
	});

	test('a call that can never be paid is told at once, one that only waits for others is not', async () => {
		limit('money', 100);
		world.runs(3);
		const [first] = await two();
		const runs = await first.claimed(3);
		assert.deepEqual((await drawn(first, runs.slice(0, 1), 'money', 70)).verdicts, ['granted']);
		assert.deepEqual((await drawn(first, runs.slice(1, 2), 'money', 50)).verdicts, ['blocked']);
		assert.deepEqual((await drawn(first, runs.slice(2), 'money', 101)).verdicts, ['budget']);
		await first.begin(); // the first call has cost all it could
		await first.connection.sql(`update quota_grant set amount = 0, spent = 70`);
		await first.commit();
		await first.begin();
		assert.equal(await giveBack(first, 'money', 0), 1, 'the blocked one is woken to be told');
		await first.commit();
		assert.deepEqual((await drawn(first, runs.slice(1, 2), 'money', 50)).verdicts, ['budget']);
	});
});

describe('what a run may cost with those that its steps start', () => {
	/** A run, and two that its steps have started; each has spent 10 already. */
	async function kin() {
		world.runs(3);
		const [first, second] = await two();
		const runs = await first.claimed(3);
		world.owner(`update run set parent_run_id = '${runs[0].run}' where id in ('${runs[1].run}', '${runs[2].run}');
			insert into ledger (workspace_id, run_id, path, attempt, at, provider, model, tokens_in, tokens_out, cost_nano, epoch)
			select workspace_id, run_id, 'before', 1, now(), 'builtin', 'echo', 0, 0, 10, 1 from run_live`);
		const own = { own: 100, scope: `run:${runs[0].run}` };
		world.owner(`update run_live set holder = '${second.me}' where run_id = '${runs[2].run}'`);
		return { first, second, mine: runs[1], theirs: runs[2], root: runs[0], own };
	}

	test('who draws first finds what was spent before in all of them; the other waits for that, and shares', async () => {
		const { first, second, mine, theirs, own } = await kin();
		await first.begin();
		assert.deepEqual((await draw(first, [mine], 'money', 40, own)).verdicts, ['granted']);
		await second.begin();
		const late = draw(second, [theirs], 'money', 40, own);
		await world.blocked(second, first);
		await first.commit();
		assert.deepEqual((await late).verdicts, ['blocked'], '30 are spent, 40 reserved');
		await second.commit();
		assert.deepEqual(world.owner('select spent, step_cap from quota'), [['30', '100']]);
		assert.deepEqual((await drawn(second, [theirs], 'money', 71, own)).verdicts, ['budget']);
	});

	test('a row that was put away meanwhile is made again with what was spent, what is reserved counted once', async () => {
		const { first, second, mine, theirs, root, own } = await kin();
		await drawn(first, [mine], 'money', 40, own);
		await first.begin();
		await first.lock([mine]);
		await first.connection.call('flush_reserved', [A], [mine.run], [0], ['s1'], [1], [mine.epoch], ['builtin'], ['echo'], [40], [first.me]);
		await first.connection.call('flush_grant', [A], [mine.run], [0], [own.scope], [first.me], [40], [0]);
		await first.commit();
		world.owner(`delete from run_live where run_id = '${root.run}'; delete from quota`);
		assert.deepEqual((await drawn(second, [theirs], 'money', 31, own)).verdicts, ['blocked']);
		assert.deepEqual(world.owner('select spent from quota'), [['30']]);
		assert.deepEqual((await drawn(second, [theirs], 'money', 30, own)).verdicts, ['granted']);
	});

	test('housekeeping that puts the row away and a draw wait for each other', async () => {
		const { first, second, mine, theirs, root, own } = await kin();
		await drawn(first, [mine], 'money', 40, own);
		await first.begin();
		await giveBack(first, 'money', 40, own.scope);
		await first.commit();
		await first.connection.sql('begin');
		await first.connection.sql('select quota_housekeeping()');
		assert.equal((await first.connection.sql('select count(*) from quota'))[0][0], '1', 'the run lives');
		await first.commit();
		world.owner(`delete from run_live where run_id = '${root.run}'; update ledger set cost_nano = 20`);
		await first.connection.sql('begin');
		await first.connection.sql('select quota_housekeeping()');
		await second.begin();
		const late = draw(second, [theirs], 'money', 41, own);
		await world.blocked(second, first);
		await first.commit();
		assert.deepEqual((await late).verdicts, ['budget'], '60 are spent');
		await second.commit();
		assert.deepEqual(world.owner('select spent from quota'), [['60']]);
	});
});

describe('rates', () => {
	test('two executors share the times', async () => {
		limit('rate', 10, { ms: 1000, burst: 1 });
		world.runs(8);
		const [first, second] = await two();
		const mine = await first.claimed(4);
		const theirs = await second.claimed(4);
		const a = await drawn(first, mine, 'rate');
		const b = await drawn(second, theirs, 'rate');
		const at = [...a.at, ...b.at].sort((x, y) => x - y);
		for (let i = 1; i < at.length; i++) assert.ok(at[i] - at[i - 1] >= 99999, `${at[i] - at[i - 1]} µs apart`);
	});

	test('what lies beyond the horizon is not promised', async () => {
		limit('rate', 1, { ms: 10000, burst: 1 });
		world.runs(2);
		const [first] = await two();
		const runs = await first.claimed(2);
		assert.deepEqual((await drawn(first, runs, 'rate')).verdicts, ['granted', 'blocked']);
	});
});

describe('retiring', () => {
	test('a dead executor\'s open calls are charged at their most, the rest goes back, and who waits is woken', async () => {
		limit('money', 100);
		world.runs(3);
		const [first, second] = await two();
		const mine = await first.claimed(2);
		const [theirs] = await second.claimed(1);
		await drawn(first, mine, 'money', 30);
		await first.begin(); // one of the two calls is made
		await first.lock([mine[0]]);
		await first.connection.call('flush_reserved', [A], [mine[0].run], [0], ['s1'], [1], [mine[0].epoch], ['builtin'], ['echo'], [30], [first.me]);
		await first.connection.call('flush_grant', [A], [mine[0].run], [0], ['workspace'], [first.me], [30], [0]);
		await first.commit();
		assert.deepEqual((await drawn(second, [theirs], 'money', 60)).verdicts, ['blocked']);
		lapse(first);
		await second.begin();
		assert.deepEqual(await second.reap(), ['first']);
		await second.commit();
		assert.deepEqual(world.owner('select settled, outcome_unknown, cost_nano from ledger'), [['t', 't', '30']]);
		assert.deepEqual(world.owner('select spent from quota'), [['30']]);
		assert.equal(world.one('select count(*) from quota_grant'), '0');
		assert.equal(row(theirs.run, 'blocked_by is null'), 't');
		assert.deepEqual((await drawn(second, [theirs], 'money', 60)).verdicts, ['granted']);
	});

	test('a flush that is on its way settles first', async () => {
		limit('money', 100);
		world.runs(1);
		const [first, second] = await two();
		const [mine] = await first.claimed(1);
		await drawn(first, [mine], 'money', 30);
		await first.begin();
		await first.lock([mine]);
		await first.connection.call('flush_reserved', [A], [mine.run], [0], ['s1'], [1], [mine.epoch], ['builtin'], ['echo'], [30], [first.me]);
		await first.connection.call('flush_grant', [A], [mine.run], [0], ['workspace'], [first.me], [30], [0]);
		await first.commit();
		await first.beginLate();
		await first.lock([mine]);
		await first.connection.call('flush_settled', [A], [mine.run], [0], ['s1'], [1], [mine.epoch], [1], [10], mine.run, mine.run);
		await first.connection.call('flush_grant', [A], [mine.run], [0], ['workspace'], [first.me], [-30], [10]);
		await second.begin();
		const retired = second.retire(first.me);
		await world.blocked(second, first);
		await first.commit();
		await retired;
		await second.commit();
		assert.deepEqual(world.owner('select settled, outcome_unknown, cost_nano from ledger'), [['t', 'f', '10']]);
		assert.deepEqual(world.owner('select spent from quota'), [['10']]);
	});

	test('grants of an incarnation that is not there at all, as after a restore, are folded back by housekeeping', async () => {
		limit('concurrency', 4);
		world.owner(`insert into quota_grant (workspace_id, scope, unit, incarnation, amount) values ('${A}', 'workspace', 'concurrency', gen_random_uuid(), 4)`);
		const [first] = await two();
		await first.connection.sql('select * from engine_housekeeping()');
		assert.equal(world.one('select count(*) from quota_grant'), '0');
	});

	test('rows of keys that nobody uses are removed, those that wait are not', async () => {
		world.runs(2);
		const [first] = await two();
		const runs = await first.claimed(2);
		await drawn(first, runs, 'concurrency', 1, { own: 1, scope: 'key:a' });
		await first.connection.sql('select * from engine_housekeeping()');
		assert.equal(world.one('select count(*) from quota'), '1');
		await first.begin();
		await giveBack(first, 'concurrency', 1, 'key:a');
		await first.commit();
		world.owner('update run_live set blocked_by = null; update quota set wake_at = null');
		await first.connection.sql('select * from engine_housekeeping()');
		assert.equal(world.one('select count(*) from quota'), '0');
	});
});

// The engine's statements against each other on two connections, each interleaving written down and each in the order that
// looks right and in the one that does not. See lib/session.mjs.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { A, startWorld } from './lib/world.mjs';

let world;
before(() => {
	world = startWorld();
});
after(() => world?.stop());
afterEach(() => world.clear());

const sorted = (claims) => claims.map((c) => c.run).sort();
const two = async () => [await world.executor('first'), await world.executor('second')];
const steal = (run) => `update run_live set holder = null, due_at = now() where run_id = '${run}'`;
/** With its lease over by the database's clock. */
const lapse = (executor) => world.owner(`update executor set lease_until = clock_timestamp() - interval '1 second' where incarnation = '${executor.me}'`);

describe('claim against claim', () => {
	test('each run goes to one of them, and neither waits', async () => {
		const runs = world.runs(4).sort();
		const [first, second] = await two();
		await first.begin();
		const got = await first.claim(2);
		await second.begin();
		const rest = await second.claim(10); // while the first has not committed
		assert.equal(got.length, 2);
		assert.deepEqual([...sorted(got), ...sorted(rest)].sort(), runs);
		await second.commit();
		await first.commit();
		for (const claim of got) assert.equal(world.holder(claim.run), first.me);
		for (const claim of rest) assert.equal(world.holder(claim.run), second.me);
	});

	test('what a claim took that came to nothing is there for the other', async () => {
		const runs = world.runs(3).sort();
		const [first, second] = await two();
		await first.begin();
		assert.equal((await first.claim()).length, 3);
		assert.deepEqual(await second.claimed(), []);
		await first.rollback();
		const got = await second.claimed();
		assert.deepEqual(sorted(got), runs);
		assert.deepEqual(got.map((c) => c.epoch), [1, 1, 1]); // the epoch of the claim that never was is not used up
	});

	test('a run given back while the other claims comes with all that was recorded', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		const [held] = await first.claimed();
		await first.begin();
		assert.equal(await first.lock([held]), 'a');
		await first.event([held], 'run.started');
		await first.connection.call('flush_release', [A], [run], [0], [0], [0]);
		assert.deepEqual(await second.claimed(), []);
		await first.commit();
		const [got] = await second.claimed();
		assert.deepEqual([got.run, got.epoch, got.seq], [run, 2, 2]);
	});
});

describe('flush against reap', () => {
	test('a flush that has begun keeps the reaper away, though the lease it had is over', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		const [held] = await first.claimed();
		await first.beginLate();
		await world.until('the lease to be over', `select lease_until < clock_timestamp() from executor where incarnation = '${first.me}'`);
		assert.deepEqual(await second.reap(), []);
		assert.equal(await first.lock([held]), 'a');
		await first.event([held], 'run.started');
		await first.commit();
		assert.deepEqual(await second.reap(), []);
		assert.equal(world.holder(run), first.me);
		assert.deepEqual(world.events(run), ['run.created', 'run.started']);
	});

	test('a flush that begins while it is being reaped does not wait, and writes nothing', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		await first.claimed();
		lapse(first);
		await second.begin();
		assert.deepEqual(await second.reap(), ['first']);
		await assert.rejects(first.begin(), { state: 'SM412' });
		await second.commit();
		assert.equal(world.holder(run), null);
		const [got] = await second.claimed();
		assert.deepEqual([got.run, got.epoch, got.strikes], [run, 2, 1]);
	});

	test('a reaping that came to nothing does not give the lease back', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		await first.claimed();
		lapse(first);
		await second.begin();
		await second.reap();
		await second.rollback();
		await assert.rejects(first.begin(), { state: 'SM412' });
		assert.equal(world.holder(run), first.me);
	});

	test('a flush that begins while its incarnation is being retired waits, and writes nothing', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		await first.claimed();
		await second.connection.sql('begin');
		await second.retire(first.me); // its lease is good: it is its own successor that asks
		const late = first.begin();
		late.catch(() => {});
		await world.blocked(first, second);
		await second.commit();
		await assert.rejects(late, { state: 'SM412' });
		assert.equal(world.holder(run), null);
	});

	test('two reapers: one does it, the other does not wait', async () => {
		world.runs(2);
		const [first, second] = await two();
		const third = await world.executor('third');
		await first.claimed();
		lapse(first);
		await second.begin();
		assert.deepEqual(await second.reap(), ['first']);
		assert.deepEqual(await third.reap(), []);
		await second.commit();
		assert.deepEqual((await third.claimed()).map((c) => c.strikes), [1, 1]);
	});

	test('retiring an old incarnation waits for its transaction, and tells that it was committed', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		const [held] = await first.claimed();
		const number = await first.begin();
		await first.lock([held]);
		await first.event([held], 'run.started');
		const retired = second.retire(first.me);
		await world.blocked(second, first);
		await first.commit();
		assert.deepEqual(await retired, [String(number), '1']);
		assert.deepEqual(world.events(run), ['run.created', 'run.started']);
		assert.equal(world.holder(run), null);
	});

	test('retiring an old incarnation waits for its transaction, and tells that it was not committed', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		const [held] = await first.claimed();
		const number = await first.begin();
		await first.lock([held]);
		await first.event([held], 'run.started');
		const retired = second.retire(first.me);
		await world.blocked(second, first);
		await first.rollback();
		assert.deepEqual(await retired, [String(number - 1), '1']);
		assert.deepEqual(world.events(run), ['run.created']);
	});
});

describe('flush against steal', () => {
	test('whoever takes a run away waits for the flush that has locked it', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		const thief = world.connect('stepmill_owner');
		await thief.pid();
		const [held] = await first.claimed();
		await first.begin();
		assert.equal(await first.lock([held]), 'a');
		const stolen = thief.sql(steal(run));
		await world.blocked(thief, first);
		await first.event([held], 'run.started');
		await first.commit();
		await stolen;
		const [got] = await second.claimed();
		assert.deepEqual([got.epoch, got.seq], [2, 2]);
		await first.begin();
		assert.equal(await first.lock([held]), 'l');
		await first.event([held], 'step.started');
		assert.equal(await first.end([held]), 0);
		await first.commit();
		assert.deepEqual(world.events(run), ['run.created', 'run.started']);
	});

	test('a flush does not wait for whoever takes a run away: it is skipped, then lost', async () => {
		const [run, other] = world.runs(2);
		const [first, second] = await two();
		const thief = world.connect('stepmill_owner');
		const held = (await first.claimed()).sort((a, b) => (a.run === run ? -1 : b.run === run ? 1 : 0));
		await thief.sql(`begin; ${steal(run)}`);
		await first.begin();
		assert.equal(await first.lock(held), 'sa');
		await first.event(held, 'run.started');
		await first.commit();
		assert.deepEqual(world.events(run), ['run.created']);
		assert.deepEqual(world.events(other), ['run.created', 'run.started']);
		await thief.sql('commit');
		await first.begin();
		assert.equal(await first.lock(held.slice(0, 1)), 'l');
		await first.commit();
		assert.deepEqual((await second.claimed()).map((c) => [c.run, c.seq]), [[run, 1]]);
	});

	test('a theft that came to nothing leaves the run with its holder', async () => {
		const [run] = world.runs();
		const first = await world.executor('first');
		const thief = world.connect('stepmill_owner');
		const held = await first.claimed();
		await thief.sql(`begin; ${steal(run)}`);
		await first.begin();
		assert.equal(await first.lock(held), 's');
		await first.commit();
		await thief.sql('rollback');
		await first.begin();
		assert.equal(await first.lock(held), 'a');
		await first.commit();
	});

	test('a run that comes back to its old holder is not the one it had', async () => {
		const [run] = world.runs();
		const first = await world.executor('first');
		const held = await first.claimed();
		world.owner(steal(run));
		const [again] = await first.claimed();
		assert.equal(again.epoch, 2);
		await first.begin();
		assert.equal(await first.lock(held), 'l');
		assert.equal(await first.lock([again]), 'a');
		await first.commit();
	});

	test('two flushes of one run, of the old holder and of the new one: one is accepted', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		const [held] = await first.claimed();
		world.owner(steal(run));
		const [got] = await second.claimed();
		await second.begin();
		assert.equal(await second.lock([got]), 'a');
		await first.begin();
		assert.equal(await first.lock([held]), 'l'); // although the row is locked: it is known to be another's
		await first.event([held], 'run.started');
		await first.commit();
		await second.event([got], 'run.started');
		await second.commit();
		assert.deepEqual(world.events(run), ['run.created', 'run.started']);
	});
});

describe('cancel against the end of a run', () => {
	test('a request that was there before the end goes with it', async () => {
		const [run] = world.runs();
		const first = await world.executor('first');
		const worker = await world.worker().begin();
		const held = await first.claimed();
		await first.begin();
		assert.equal(await first.lock(held), 'a');
		await worker.cancel(run); // waits for nobody, though the run's row is locked
		await worker.commit();
		assert.equal(await first.end(held), 1);
		await first.commit();
		assert.equal(world.one('select count(*) from run_inbox'), '0');
	});

	test('a request that is made while the run ends waits for nobody, and wakes nobody', async () => {
		const [run] = world.runs();
		const [first, second] = await two();
		const worker = await world.worker().begin();
		const held = await first.claimed();
		await worker.cancel(run); // the run has not ended
		await first.begin();
		await first.lock(held);
		assert.equal(await first.end(held), 1); // does not see the request, and does not wait for it
		await first.commit();
		await worker.commit();
		assert.equal(world.one(`select status from run where id = '${run}'`), 'completed');
		assert.equal(world.one('select count(*) from run_inbox'), '1');
		assert.deepEqual(await second.claimed(), []);
		world.owner("update run_inbox set created_at = now() - interval '1 hour'");
		await second.connection.call('engine_housekeeping');
		assert.equal(world.one('select count(*) from run_inbox'), '0');
	});

	test('a request after the end is refused, and says what the run is', async () => {
		const [run] = world.runs();
		const first = await world.executor('first');
		const held = await first.claimed();
		const worker = await world.worker().begin(); // its transaction is older than the end
		await first.begin();
		await first.lock(held);
		await first.end(held);
		await first.commit();
		await assert.rejects(worker.cancel(run), { state: 'SM409', message: /it is completed/ });
		await worker.rollback();
	});

	test('two requests at once are one, and the second waits for the first', async () => {
		const [run] = world.runs();
		const worker = await world.worker().begin();
		const other = await world.worker().begin();
		await worker.cancel(run);
		const second = other.cancel(run);
		await world.blocked(other, worker);
		await worker.commit();
		await second;
		await other.commit();
		assert.equal(world.one('select count(*) from run_inbox'), '1');
	});

	test('a request that was not committed is not seen by the claim, and by the next look it is', async () => {
		const [run] = world.runs();
		const first = await world.executor('first');
		const worker = await world.worker().begin();
		await worker.cancel(run);
		const [held] = await first.claimed();
		assert.deepEqual(held.inbox, []);
		await worker.commit();
		const seen = await first.connection.call('engine_inbox', first.me);
		assert.deepEqual(seen.map((r) => [r[1], r[3]]), [[run, 'cancel']]);
	});

	test('an unheld run that is not due is claimed because it was asked something', async () => {
		const [run] = world.runs();
		world.owner("update run_live set due_at = now() + interval '1 hour'");
		const first = await world.executor('first');
		const worker = await world.worker().begin();
		await worker.cancel(run);
		assert.deepEqual(await first.claimed(), []);
		await worker.commit();
		const [held] = await first.claimed();
		assert.deepEqual([held.run, held.inbox.map((r) => r.kind)], [run, ['cancel']]);
	});
});

// A move to another version is decided by what there was up to an event, and asked for in the same request; the holder compares the number of that event with
// its own (src/exec/move.c). Here is what makes that comparison one: events that are flushed between the two, whatever the order.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { A, id7, startWorld } from './lib/world.mjs';

let world;
before(() => {
	world = startWorld();
});
after(() => world?.stop());
afterEach(() => world.clear());

/** Three small events in a row of their own, as a flush writes them. */
const events = (executor, [held]) => executor.connection.call('flush_event', [A], [held.run], [0], [held.seq + 1], [3], [null], [null], [null], ['[["run.started"],["step.started","a",1],["step.completed","a",1]]']);
/** What the API has decided by: the number of the last event. */
const look = async (worker, run) => Number((await worker.connection.call('run_move_source', A, run, null))[0][6]);
const ask = (worker, run, seq) => worker.connection.call('run_ask', A, run, id7(), 'move', JSON.stringify({ version: 2, version_before: 1, steps: 3, planner: 1, seq, started: false }), 'move');
const move = (claim) => claim.inbox.filter((r) => r.kind === 'move').map((r) => r.data.seq);

async function holding() {
	const [run] = world.runs();
	const executor = await world.executor('first');
	const held = await executor.claimed();
	await executor.begin();
	assert.equal(await executor.lock(held), 'a');
	return { run, executor, held, release: () => executor.connection.call('flush_release', [A], [run], [0], [0], [0]) };
}

test('events that are committed after the look: whoever claims the run sees that its last one is later, and each of a row counts', async () => {
	const { run, executor, held, release } = await holding();
	const worker = await world.worker().begin();
	await events(executor, held);
	const seq = await look(worker, run); // these are not committed
	await release();
	await executor.commit();
	await ask(worker, run, seq);
	await worker.commit();
	const [got] = await executor.claimed();
	assert.deepEqual([move(got), got.seq], [[1], 4]);
});

test('events that are committed before the look: the numbers are the same, in the middle of a row too', async () => {
	const { run, executor, held, release } = await holding();
	await events(executor, held);
	await release();
	await executor.commit();
	const worker = await world.worker().begin();
	await ask(worker, run, await look(worker, run));
	await worker.commit();
	const [got] = await executor.claimed();
	assert.deepEqual([move(got), got.seq], [[4], 4]);
});

test('the end of the run between the look and the request: that is refused', async () => {
	const { run, executor, held } = await holding();
	const worker = await world.worker().begin();
	const seq = await look(worker, run);
	assert.equal(await executor.end(held), 1);
	await executor.commit();
	await assert.rejects(ask(worker, run, seq), { state: 'SM409', message: /already ended/ });
	await worker.rollback();
});

test('the end of the run that has not seen the request: nothing is left of it that anybody would carry out', async () => {
	const { run, executor, held } = await holding();
	const worker = await world.worker().begin();
	await ask(worker, run, await look(worker, run));
	assert.equal(await executor.end(held), 1);
	await executor.commit();
	await worker.commit();
	assert.deepEqual(await executor.claimed(), []);
	await executor.begin();
	await executor.lock(held);
	assert.deepEqual(await executor.connection.call('flush_run_moved', [A], [run], [0], [2], [3], [1]), [['0']]);
	await executor.commit();
	assert.deepEqual(world.owner(`select status, workflow_version from run where id = '${run}'`), [['completed', '1']]);
});

// Whose turn it is: what somebody has asked for, and the only run of a workspace, do not wait for the calls of others.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { A, B, startEngine, until } from './lib/engine.mjs';

const SLOTS = 4;
const NONE = '00000000-0000-0000-0000-000000000000';
const me = '00000000-0000-7000-8000-0000000000ee';
let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	engine.sql('delete from ledger; delete from run_inbox; delete from run_live; delete from executor; delete from step_run; delete from run_record; delete from run');
});

/** Runs in calls that outlast the test, on every slot, and as many again behind them. */
async function busy() {
	const flow = engine.flow([{ key: 'long', model: 'builtin/echo', options: { delay_ms: 600_000, stream_ms: 0 }, timeout_seconds: 900 }], A);
	const runs = engine.create(flow, { count: 2 * SLOTS });
	await until('every slot to be taken', () => held() === SLOTS);
	return { flow, runs };
}
const held = () => Number(engine.one('select count(*) from run_live where holder is not null'));
const begun = (run) => engine.run(run).started_at !== null;

test('a run that sleeps, and one that has not begun, are cancelled while every slot is in a call', async () => {
	const sleeper = engine.flow([{ key: 'w', kind: 'wait', seconds: 3600 }]);
	const [asleep] = engine.create(sleeper);
	engine.executor([`--slots=${SLOTS}`]);
	await engine.asleep(asleep, 60);
	const { flow, runs } = await busy();
	const last = runs.findLast((run) => !begun(run));
	engine.cancel(sleeper, asleep);
	engine.cancel(flow, last);
	await engine.ended([asleep, last]);
	assert.deepEqual([engine.run(asleep).status, engine.run(last).status], ['cancelled', 'cancelled']);
	assert.equal(held(), SLOTS, 'the calls go on, and none has begun beside them');
});

test('the only run of a workspace begins, though another’s calls are on every slot', async () => {
	engine.executor([`--slots=${SLOTS}`]);
	const { runs } = await busy();
	const [guest] = engine.create(engine.flow([{ key: 'c', model: 'builtin/instant' }], B));
	await engine.ended([guest]);
	assert.equal(engine.run(guest).status, 'completed');
	assert.equal(runs.filter(begun).length, SLOTS, 'whoever has runs here has to wait');
});

test('beyond the slots there is one run of a workspace', () => {
	engine.create(engine.workflow({ workspace: A }), { count: 3, quiet: true });
	engine.create(engine.workflow({ workspace: B }), { count: 3, quiet: true });
	engine.sql(`insert into executor (incarnation, name, planner, lease_until) values ('${me}', 'x', 1, now() + '1 hour')`);
	const claim = (guests, served) => engine.sql(`begin; select workspace_id from run_claim('${me}', '${NONE}', 16, 1, ${guests}, '{${served}}') where run_id is not null order by 1; rollback`).flat();
	assert.deepEqual(claim(16, ''), [A, B]);
	assert.deepEqual(claim(16, A), [B]);
	assert.deepEqual(claim(1, ''), [A]);
	assert.deepEqual(claim(0, ''), []);
	assert.deepEqual(claim(16, `${A},${B}`), []);
});

test('whoever was asked something does not wait for all that is due, and what is due does not wait for all that was asked', async () => {
	const sleepers = engine.create(engine.flow([{ key: 's', kind: 'signal', signal: 'go' }]), { count: 40 });
	const executor = engine.executor();
	await until('all to wait', () => engine.one(`select count(*) from run_live where holder is null and due_at > now() + '1 hour'`) === '40');
	await executor.end();
	const due = engine.create(engine.workflow({ workspace: A }), { count: 40, quiet: true });
	for (const run of sleepers) engine.sql(`insert into run_inbox (workspace_id, run_id, id, kind, data) values ('${A}', '${run}', test.id7(), 'signal', '{"name": "go", "data": 1}')`);
	engine.sql(`insert into executor (incarnation, name, planner, lease_until) values ('${me}', 'x', 1, now() + '1 hour')`);
	const claim = (most) => engine.sql(`begin; select run_id from run_claim('${me}', '${NONE}', ${most}, 1000, null, null) where run_id is not null; rollback`).flat();
	const [asked, owed] = [new Set(sleepers), new Set(due)];
	const ten = claim(10);
	assert.deepEqual([ten.filter((run) => asked.has(run)).length, ten.filter((run) => owed.has(run)).length], [5, 5]);
	const turns = new Set();
	await until('each to have the only slot', () => turns.add(asked.has(claim(1)[0])).size === 2);
});

test('runs of steps that are paused and resumed before anybody looks at them go on', async () => {
	const inner = engine.flow([{ key: 'w', kind: 'signal', signal: 'go' }, { key: 'v', kind: 'transform', value: 1 }]);
	const steps = Array.from({ length: 20 }, (_, i) => ({ key: `c${i}`, kind: 'workflow', workflow: { id: inner.id, version: 1 }, input: {} }));
	const flow = engine.flow([{ key: 'all', kind: 'parallel', steps }]);
	const [run] = engine.create(flow);
	const first = engine.executor();
	const children = () => engine.sql(`select id from run where parent_run_id = '${run}'`).flat();
	const waiting = () => engine.one(`select count(*) from run_live where holder is null and due_at > now() + '1 hour'`);
	await until('all to wait', () => waiting() === '21');
	await first.end();
	const list = children().map((id) => `'${id}'`).join();
	// So that the parent has asked both before a child is looked at: somebody has their rows locked.
	const let_go = await engine.holding(`select from run_live where run_id in (${list}) for no key update`);
	for (const kind of ['pause', 'resume']) engine.sql(`insert into run_inbox (workspace_id, run_id, id, kind) values ('${A}', '${run}', test.id7(), '${kind}')`);
	engine.executor();
	await until('both to be asked of all', () => engine.one(`select count(*) from run_inbox where run_id in (${list})`) === '40');
	await let_go();
	await until('nothing to be left over', () => engine.one('select count(*) from run_inbox') === '0');
	assert.deepEqual(engine.sql(`select distinct status from run where id in ('${run}', ${list})`), [['running']]);
});

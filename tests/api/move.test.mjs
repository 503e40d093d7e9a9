// A run that waits goes on with another version of its workflow, when what it has begun fits that; otherwise the answer names the step
// that differs, and how.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { ids, startWorld } from './lib/world.mjs';

let world, contract;
before(async () => {
	world = await startWorld({ executors: 1 });
	contract = (await world.nobody.get('/openapi.json')).body;
});
after(async () => world?.stack.stop());

const at = (path) => world.at(path);
const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const ask = { key: 'ask', kind: 'approval' };
const before1 = value('before', 'one');
const read = async (run) => (await world.mia.get(at(`/runs/${run}`))).body;
const events = async (run) => (await world.mia.get(at(`/runs/${run}/events?limit=500`))).body.data;
const types = async (run) => (await events(run)).map((e) => (e.path ? `${e.type} ${e.path}` : e.type));
const decide = async (run, path = 'ask') => assert.equal((await world.mia.post(at(`/runs/${run}/approvals/${encodeURIComponent(path)}`), { decision: 'approve' })).status, 202);
async function move(run, body) {
	const answer = await world.mia.request('POST', at(`/runs/${run}/move`), body);
	assert.deepEqual(answerMisfits(contract, operations(contract).find((o) => o.id === 'moveRun'), answer), []);
	return answer;
}
/** A workflow of so many versions, each a list of steps or a whole definition. */
async function versions(...list) {
	const whole = list.map((one) => (Array.isArray(one) ? { type: 'flow', steps: one } : one));
	const made = await world.mia.post(at('/workflows'), { name: 'M', definition: whole[0] });
	assert.equal(made.status, 201, JSON.stringify(made.body));
	for (const definition of whole.slice(1)) {
		const saved = await world.mia.request('PATCH', at(`/workflows/${made.body.id}`), { definition }, { 'if-match': '*' });
		assert.equal(saved.status, 200, JSON.stringify(saved.body));
	}
	return made.body.id;
}
/** A run of its first version, started by number; it comes to a step that waits. */
async function waiting(flow, path = 'ask', input = {}) {
	const made = await world.mia.post(at('/runs'), { workflow_id: flow, version: 1, input });
	assert.equal(made.status, 201, JSON.stringify(made.body));
	await asleep(made.body.id, path);
	return made.body.id;
}
const asleep = (run, path) => until(`${path} to wait`, () => world.stack.sql(`select count(*) from step_run s join run_live l on l.run_id = s.run_id
	where s.run_id = '${run}' and s.path = '${path}' and s.status = 'waiting' and l.holder is null`)[0][0] === '1');
const moved = (run) => until('the run to be moved', async () => (await types(run)).includes('run.moved'));
const ended = (run) => until('the run to end', async () => (await read(run)).finished_at);

test('what has not begun is that of the other version, what has is not done again', async () => {
	const flow = await versions([before1, ask, value('after', 'old'), value('gone', 'x')],
		{ type: 'flow', steps: [{ ...before1, name: 'Renamed', output: 'said' }, ask, value('after', 'new'), value('last', '{{steps.before.output}} {{steps.after.output}}')], limits: { steps: 50 } });
	const run = await waiting(flow);
	assert.deepEqual([(await read(run)).workflow_version, (await read(run)).steps.map((s) => s.key)], [1, ['before', 'ask', 'after', 'gone']]);
	const asked = await move(run);
	assert.deepEqual([asked.status, asked.body], [202, { accepted: true }]);
	await moved(run);
	const now = await read(run);
	assert.deepEqual([now.workflow_version, now.step_count, now.steps.map((s) => s.key), now.steps[0].name],
		[2, 4, ['before', 'ask', 'after', 'last'], 'Renamed']);
	assert.equal(now.marks.length, 4);
	await asleep(run, 'ask');
	await decide(run);
	await ended(run);
	const done = await read(run);
	assert.deepEqual([done.status, done.output, done.steps_done], ['completed', 'one new', 4]);
	const told = await events(run);
	assert.deepEqual(told.filter((e) => e.type === 'run.moved').map((e) => e.data), [{ version: 2, version_before: 1, by: ids.mia }]);
	assert.equal(told.filter((e) => e.type === 'step.started' && e.path === 'before').length, 1);
	// What had completed before is of the version of then.
	const list = (await world.mia.get(at(`/runs/${run}/checkpoints`))).body.data;
	const version = (path) => world.stack.sql(`select run_version_at('${ids.home}', '${run}', ${list.find((c) => c.step_id === path).checkpoint}, 2)`)[0][0];
	assert.deepEqual([version('before'), version('last')], ['1', '2']);
});

const group = (more, ...steps) => ({ key: 'both', kind: 'parallel', steps, ...more });
const loop = (...steps) => ({ key: 'each', kind: 'loop', items: [1], steps });
const on = [before1, ask, value('after', 'old')];
const inGroup = [group({}, before1, ask), value('after', 'old')];
// The first version, which comes to its approval at `path`; the second; what is said of it, null: it fits.
const cases = [
	['another value of a step that has completed', on, [value('before', 'two'), ask], /^Step "before" has begun, and its "value" is another one in version 2\. Nothing was changed\./],
	['another kind', on, [{ key: 'before', kind: 'wait', seconds: 1 }, ask], /^Step "before" has begun as a step of the kind transform, and in version 2 it is of the kind wait\./],
	['a step that waits is gone', on, [before1, value('after', 'old')], /^Step "ask" has begun, and version 2 has no such step in that place\./],
	['it stands in a group', on, [before1, group({}, ask)], /^Step "ask" has begun, and version 2 has no such step/],
	['a step is put before it', on, [before1, value('between', 1), ask], /^Step "ask" has begun, and in version 2 it waits for other steps before it\./],
	['a step is put before it that it does not wait for', [before1, { ...ask, needs: ['before'] }], [before1, value('between', 1), { ...ask, needs: ['before'] }], null],
	['another time-out of a step that waits', on, [before1, { ...ask, timeout_seconds: 99 }], /^Step "ask" has begun, and its "timeout_seconds" is another one/],
	['a condition where there was none', on, [{ ...before1, condition: 'true' }, ask], /^Step "before" has begun, and its "condition" is another one/],
	['another phase', on, [{ ...before1, phase: 'Second' }, ask], /^Step "before" has begun, and its "phase" is another one/],
	['the first that differs is named', on, [value('before', 'two'), { ...ask, timeout_seconds: 99 }], /^Step "before"/],
	['something is put to the end', on, [...on, value('more', 1)], null],
	['a group that goes on gets another step', inGroup, [group({}, before1, ask, value('more', 1)), value('after', 'new')], null, 'both/ask'],
	['a group that goes on is another one', inGroup, [group({ fail_fast: true }, before1, ask)], /^Step "both" has begun, and its "fail_fast" is another one/, 'both/ask'],
	['a group that is over gets another step', [group({}, before1), ask], [group({}, before1, value('more', 1)), ask], /^Step "both" has begun, and its "steps" is another one/],
	['a loop that has begun gets another step', [loop(ask)], [loop(ask, value('more', 1))], /^Step "each" has begun, and its "steps" is another one/, 'each[0]/ask'],
	['the run has another input', on, { type: 'flow', input: { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] }, steps: on },
		/^Version 2 takes another input than this run has\. At \/input\/size: .*[^.]\. Nothing was changed\. Start a new run of it\.$/],
];
describe('a move is decided by what has begun:', () => {
	for (const [what, first, second, said, path] of cases)
		test(what, async () => {
			const run = await waiting(await versions(first, second), path);
			const { status, body } = await move(run);
			assert.equal(status, said ? 409 : 202, JSON.stringify(body));
			if (said) assert.match(body.detail, said);
			else await moved(run);
			if (said) assert.deepEqual(world.stack.sql(`select count(*) from run_inbox where run_id = '${run}'`), [['0']]);
			if (!said) await asleep(run, path ?? 'ask');
			await decide(run, path ?? 'ask');
			await ended(run);
			const done = await read(run);
			assert.deepEqual([done.status, done.workflow_version], ['completed', said ? 1 : 2]);
			if (!said) assert.deepEqual(done.steps.filter((s) => s.step_run?.status !== 'completed').map((s) => s.key), []);
		});
});

test('one that is paused stays so, one that sleeps wakes when it would have', async () => {
	const nap = { key: 'nap', kind: 'wait', seconds: 86400 };
	const run = await waiting(await versions([nap, value('after', 'old')], [nap, value('after', 'new')]), 'nap');
	const due = () => world.stack.sql(`select s.due_at from step_run s where s.run_id = '${run}' and s.path = 'nap'`)[0][0];
	const then = due();
	assert.equal((await world.mia.post(at(`/runs/${run}/pause`))).status, 202);
	await until('it to be paused', async () => (await read(run)).status === 'paused');
	assert.equal((await move(run)).status, 202);
	await moved(run);
	assert.deepEqual([(await read(run)).status, (await read(run)).workflow_version, due()], ['paused', 2, then]);
	assert.equal((await world.mia.post(at(`/runs/${run}/resume`))).status, 202);
	await until('it to go on', async () => (await read(run)).status === 'running');
	await asleep(run, 'nap');
	assert.deepEqual([due(), (await types(run)).filter((t) => t.endsWith('nap'))], [then, ['step.started nap', 'step.waiting nap']]);
});

describe('a step that failed and goes on has begun, and the answer says so:', () => {
	const breaks = (code, more) => ({ key: 'breaks', kind: 'function', input: {}, code, ...more });
	const failed = (run, column, set) => until('it to fail', () => world.stack.sql(`select 1 from step_run s join run_live l on l.run_id = s.run_id
		where s.run_id = '${run}' and s.path = 'breaks' and s.status = 'failed' and s.${column} ${set} and l.holder is null`).length);
	const start = async (flow) => (await world.mia.post(at('/runs'), { workflow_id: flow, version: 1, input: {} })).body.id;
	test('it is to be tried again', async () => {
		const retry = { retry: { max_attempts: 2, delay_ms: 3600000, max_delay_ms: 3600000, backoff: 'none', on: ['function'] } };
		const first = [breaks('throw new Error("no luck")', retry), value('after', 'old')];
		const flow = await versions(first, [breaks('return "luck"', retry), value('after', 'new')], [first[0], value('after', 'new')]);
		const run = await start(flow);
		await failed(run, 'due_at', 'is not null');
		const { status, body } = await move(run, { version: 2 });
		assert.deepEqual([status, body.detail], [409, 'Step "breaks" has begun (it failed, and is to be tried again), and its "code" is another one in version 2. '
			+ 'Nothing was changed. Retry the run on that version when it has failed, or choose a version that keeps what has begun.']);
		const due = () => world.stack.sql(`select due_at from step_run where run_id = '${run}' and path = 'breaks'`)[0][0];
		const then = due();
		assert.equal((await move(run, { version: 3 })).status, 202);
		await moved(run);
		await failed(run, 'due_at', 'is not null');
		assert.equal(due(), then); // it is tried again when it would have been
		assert.equal((await world.mia.post(at(`/runs/${run}/cancel`))).status, 202);
		await ended(run);
	});
	test('a person decides', async () => {
		const asks = { on_failure: 'ask' };
		const run = await start(await versions([breaks('throw new Error("no luck")', asks), value('after', 'old')], [breaks('return "luck"', asks), value('after', 'new')],
			[breaks('throw new Error("no luck")', asks), value('after', 'new')]));
		await failed(run, 'waiting_for', "= 'decision'");
		const { status, body } = await move(run, { version: 2 });
		assert.equal(status, 409);
		assert.match(body.detail, /^Step "breaks" has begun \(it failed, and waits for a decision\), and its "code" is another one in version 2\. Nothing was changed\. /);
		assert.equal((await move(run, { version: 3 })).status, 202);
		await moved(run);
		await failed(run, 'waiting_for', "= 'decision'");
		assert.equal((await world.mia.post(at(`/runs/${run}/failures/breaks`), { decision: 'skip' })).status, 202);
		await ended(run);
		assert.deepEqual([(await read(run)).status, (await read(run)).output], ['completed', 'new']);
	});
});

describe('while no executor is there', () => {
	const executor = () => world.stack.executors[0];
	test('what was asked is done once by whoever comes; a second move, and one to a run that went on, are refused in the events', async () => {
		const flow = await versions(on, [before1, ask, value('after', 'two')], [before1, ask, value('after', 'three')]);
		const [run, other] = [await waiting(flow), await waiting(flow)];
		await executor().kill('SIGKILL');
		assert.equal((await move(run, { version: 2 })).status, 202);
		assert.equal((await world.mia.post(at(`/runs/${other}/pause`))).status, 202);
		// Long ago, as their ids tell: requests are taken in that order.
		world.stack.sql(`update run_inbox set id = '00000000-0000-7000-8000-000000000001' where run_id in ('${run}', '${other}')`);
		for (const one of [run, other]) assert.equal((await move(one)).status, 202);
		assert.equal((await read(run)).workflow_version, 1);
		executor().start();
		for (const one of [run, other]) await until('the second to be refused', async () => (await types(one)).includes('run.not_moved'));
		const told = async (one) => (await events(one)).filter((e) => e.type.endsWith('moved')).map((e) => [e.type, e.data.version, e.data.version_before]);
		assert.deepEqual(await told(run), [['run.moved', 2, 1], ['run.not_moved', 3, 1]]);
		assert.deepEqual(await told(other), [['run.not_moved', 3, 1]]);
		assert.deepEqual([(await read(run)).workflow_version, (await read(other)).workflow_version], [2, 1]);
		for (const one of [run, other]) {
			const { at: when } = (await events(one)).find((e) => e.type === 'run.not_moved');
			assert.deepEqual((await read(one)).not_moved, { version: 3, at: when });
		}
		assert.deepEqual(world.stack.sql(`select count(*) from run_inbox where run_id in ('${run}', '${other}')`), [['0']]);
		await asleep(run, 'ask');
		await decide(run);
		await ended(run);
		assert.equal((await read(run)).output, 'two');
		assert.equal((await read(run)).not_moved, null, 'it has ended');
	});
	test('a decision that came first is taken by the steps of the other version', async () => {
		const run = await waiting(await versions(on, [before1, ask, value('after', '{{steps.ask.output.decision}}')]));
		await executor().kill('SIGKILL');
		await decide(run);
		assert.equal((await move(run)).status, 202);
		executor().start();
		await ended(run);
		assert.deepEqual([(await read(run)).workflow_version, (await read(run)).output], [2, 'approve']);
	});
});

test('a run that has ended, works, is there already, or is not there is told so', async () => {
	const run = await waiting(await versions(on, on.slice(0, 2)));
	const detail = async (body) => [(await move(run, body)).status, (await move(run, body)).body.detail];
	assert.deepEqual(await detail({ version: 1 }), [409, 'The run is on version 1 already. Nothing was changed. Name another one.']);
	assert.deepEqual(await detail({ version: 9 }), [404, 'There is no such workflow version, or you cannot see it.']);
	for (const body of [{ version: 0 }, { version: 'latest' }, { to: 2 }]) assert.equal((await move(run, body)).status, 422);
	assert.equal((await move(ids.missing)).status, 404);
	assert.equal((await world.vic.post(at(`/runs/${run}/move`))).status, 403);
	world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, started_at) values ('${ids.home}', '${run}', 'call', 1, 'http', 'running', now())`);
	assert.match((await detail())[1], /^Step "call" is being worked on right now, so the run does not wait\. Nothing was changed\. Pause the run/);
	world.stack.sql(`delete from step_run where run_id = '${run}' and path = 'call'`);
	await decide(run);
	await ended(run);
	assert.deepEqual(await detail(), [409, 'The run has already ended: it is completed. Nothing was changed. Retry it on the other version.']);
});

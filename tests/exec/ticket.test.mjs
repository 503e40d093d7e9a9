// Steps that are dropped while their limits are asked: the draw is under way, held up by the row of a limit, when the group that they are in fails. What
// was drawn for them is nobody's then, and comes back once.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startRogue } from '../harness/rogue.mjs';
import { A, startEngine, until } from './lib/engine.mjs';

const person = '00000000-0000-7000-8000-000000000001';
const model = 'builtin/echo';
let engine;
let rogue;
let fail = () => {};
let times = 0; // each test has its own addresses
before(async () => {
	engine = await startEngine({ leaseSeconds: 60 });
	engine.sql(`insert into membership (workspace_id, user_id, role) values ('${A}', '${person}', 'member');
		create function test.stand() returns trigger language plpgsql security definer as $$
		begin
			perform pg_advisory_xact_lock_shared(17);
			return new;
		end $$;
		create trigger stand before insert on step_run for each row when (new.path = 'g/q/y') execute function test.stand()`);
	rogue = await startRogue({
		handler: (request, answer) => {
			if (request.url.startsWith('/bad')) fail = () => answer.writeHead(500).end();
			return true;
		},
	});
});
after(async () => {
	await engine?.stop();
	await rogue?.stop();
});
afterEach(async () => {
	await engine.stopExecutors();
	times++;
	assert.deepEqual(engine.wrong(), []);
	engine.sql(`delete from quota; delete from quota_grant; delete from ledger; delete from run_inbox; delete from run_live; delete from executor;
		delete from step_run; delete from run_record; delete from run`);
});

const first = { condition: '{{ loop.index === 0 }}' };
const http = (path) => ({ kind: 'http', method: 'GET', url: `${rogue.url}${path}?${times}`, timeout_seconds: 600, retry: 'never' });
/** One that fails when the test says so, one that is called until then, and behind a signal the one this is about. `when`: only there is there anything but that. */
const group = (y, when = {}) => ({ key: 'g', kind: 'parallel', fail_fast: true, on_failure: 'continue', steps: [
	{ key: 'bad', ...http('/bad'), ...when }, { key: 'other', ...http('/other'), ...when },
	{ key: 'q', kind: 'sequential', steps: [{ key: 'gate', kind: 'signal', signal: 'go', ...when }, { key: 'y', model, ...y }] }] });
const hangs = { model, options: { hang: true }, timeout_seconds: 3600 };
/** The executor waits for a lock: of a row, or the one that holds up the beginning of g/q/y. */
const stands = (what = 'row') => Number(engine.sql(`select count(*) from pg_stat_activity where application_name = 'stepmill-executor'
	and wait_event_type = 'Lock' and (wait_event = 'advisory') = (${what === 'advisory'})`, 'postgres')[0][0]) > 0;
const asked = (path) => rogue.asked(`${path}?${times}`);
const here = () => [`--allow-address=127.0.0.0/8:${rogue.port}`];
const calls = (run, path) => engine.calls(run).filter((call) => call.path === path).length;
const amount = (key) => Number(engine.one(`select coalesce(sum(amount), 0) from quota_grant where scope = 'key:${key}'`));
const blocked = (run, by) => engine.one(`select count(*) from run_live where run_id = '${run}' and blocked_by = '${by}'`) === '1';

async function begun() {
	await until('both calls', () => asked('/bad').length === 1 && asked('/other').length === 1);
}
/** The group fails. That the executor knows is seen by the call that it drops. */
async function failed() {
	fail();
	await until('the other call to be dropped', () => asked('/other')[0].closed);
}
/** The step asks for what it needs, and the group fails before the answer is there. */
async function failedInDraw(flow, run, hold) {
	await begun();
	const letGo = await engine.holding(hold);
	engine.ask(flow, run, 'signal', { name: 'go' });
	await until('the draw to wait', () => stands());
	await failed();
	await letGo();
}
/** Nobody has used the key yet: its row comes to be while this goes on. */
const held = (key, cap) => `insert into quota (workspace_id, scope, unit, step_cap) values ('${A}', 'key:${key}', 'concurrency', ${cap})`;

test('what was drawn for a step that never began comes back while its run goes on', async () => {
	const own = { concurrency: { key: 'c', limit: 1 } };
	const flow = engine.flow([group({ ...own }), { key: 'last', ...hangs }]);
	const [run] = engine.create(flow);
	engine.executor(here());
	await failedInDraw(flow, run, held('c', 1));
	await engine.called(run);
	const [next] = engine.create(engine.flow([{ model, options: { stream_ms: 0 }, ...own }]));
	await engine.ended([next]);
	assert.equal(engine.run(next).status, 'completed');
	assert.equal(engine.run(run).finished_at, null);
	assert.equal(calls(run, 'g/q/y'), 0);
	await until('all of it to be given back', () => amount('c') === 0);
});

test('a step of another iteration has no use for it: its own key limits it', async () => {
	const flow = engine.flow([{ key: 'each', kind: 'loop', items: ['a', 'b', 'c', 'held'], steps: [
		group({ options: { stream_ms: 0 }, concurrency: { key: 'k-{{loop.item}}', limit: 1 } }, first)] }]);
	const [holder] = engine.create(engine.flow([{ ...hangs, concurrency: { key: 'k-held', limit: 1 } }]));
	engine.executor(here());
	await engine.called(holder);
	const [run] = engine.create(flow);
	await failedInDraw(flow, run, held('k-a', 1));
	const last = 'each[3]/g/q/y';
	await until('the last iteration', () => calls(run, last) > 0 || blocked(run, 'concurrency key:k-held'));
	assert.equal(calls(run, last), 0, 'called beside the one that has its key');
	assert.deepEqual(['each[1]/g/q/y', 'each[2]/g/q/y'].map((path) => calls(run, path)), [1, 1]);
	engine.cancel({ workspace: A }, holder);
	await engine.ended([run]);
	assert.equal(calls(run, last), 1);
	await until('all of it to be given back', () => engine.one('select count(*) from quota_grant') === '0');
});

test('nor for its money: what it may cost itself is asked for', async () => {
	const cap = 500_000_000;
	engine.sql(`begin; select set_config('stepmill.workspace', '${A}', true), set_config('stepmill.user', '${person}', true);
		select limit_put('${A}', 'workspace', 'money', ${cap}, 'none', null, null); commit`);
	const flow = engine.flow([{ key: 'each', kind: 'loop', items: ['s', 's', 's', 'word '.repeat(4000)], steps: [
		group({ options: { stream_ms: 0, price: [1000, 0] }, input: { text: '{{loop.item}}' } }, first)] }]);
	const [run] = engine.create(flow);
	engine.executor(here());
	await failedInDraw(flow, run, "select from quota where scope = 'workspace' for update");
	await engine.ended([run]);
	const spent = Number(engine.one('select coalesce(sum(coalesce(cost_nano, reserved_nano)), 0) from ledger'));
	assert.ok(spent > 0 && spent <= cap, `${spent} of ${cap}`);
	const [last] = engine.sql(`select status, error from step_run where run_id = '${run}' and path = 'each[3]/g/q/y'`);
	assert.deepEqual([last[0], JSON.parse(last[1]).code], ['failed', 'budget']);
	await until('all of it to be given back', () => engine.one('select count(*) from quota_grant') === '0');
});

test('a call that is dropped while it draws a new time gives back once what it had', async () => {
	const own = { concurrency: { key: 'c', limit: 2 } };
	const [holder] = engine.create(engine.flow([{ ...hangs, ...own }]));
	engine.executor(here());
	await engine.called(holder);
	const stand = engine.session();
	await stand.run('select pg_advisory_lock(17)');
	const flow = engine.flow([group({ options: { stream_ms: 0 }, ...own, rate: { key: 'r', limit: 2, per_seconds: 2 } })]);
	const [run] = engine.create(flow);
	await begun();
	engine.ask(flow, run, 'signal', { name: 'go' });
	// It has its time, but that it has begun cannot be written before this is over.
	await until('its beginning to wait', () => stands('advisory'));
	await until('its time to be over', () => engine.one("select clock_timestamp() > next_at + interval '3 s' from quota where scope = 'key:r'") === 't');
	const letGo = await engine.holding("select from quota where scope = 'key:r' for update");
	await stand.run('select pg_advisory_unlock(17)');
	await until('the draw of a new one to wait', () => stands());
	assert.equal(amount('c'), 2);
	await failed();
	await letGo();
	await engine.ended([run]);
	assert.equal(calls(run, 'g/q/y'), 0);
	await until('it to be given back', () => amount('c') !== 2);
	assert.equal(amount('c'), 1, 'the call that is under way');
	const more = engine.create(engine.flow([{ ...hangs, ...own }]), { count: 2 });
	await until('one to be called, and one to wait', () => more.filter((id) => engine.calls(id).length > 0 || blocked(id, 'concurrency key:c')).length === 2);
	assert.equal(more.filter((id) => engine.calls(id).length > 0).length, 1);
});

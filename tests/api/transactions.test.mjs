// A request's transaction against others: when it loses it is tried again as a whole, a bounded number of times; it does not wait for ever
// for a lock, nor let the database work for ever; and whoever asked is told in time what became of it.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { session } from '../races/lib/session.mjs';
import { makeChain, startWorld, stored } from './lib/world.mjs';

let world;
let a;
let b;
let etag;
before(async () => {
	world = await startWorld({ workers: 2, live: true, env: { STEPMILL_STATEMENT_SECONDS: '55', STEPMILL_LOCK_SECONDS: '50' } });
	// As its settings allow: what a transaction has read may not have changed when it writes. So races are lost that are none otherwise.
	const { api } = world.stack.programs;
	await api.kill('SIGTERM');
	api.args = api.args.map((one) => (one.startsWith('--db=') ? `${one} options='-c default_transaction_isolation=repeatable\\\\ read'` : one));
	api.start();
	// The other side of a deadlock is patient: it is the request that is chosen. And the request gives its enemy time to get there.
	world.stack.sql("alter role stepmill_api set deadlock_timeout = '6s'; create sequence tries");
	await world.stack.ready();
	({ prompts: [a, b] } = await makeChain(world.ada));
});
after(async () => world?.stack.stop());
beforeEach(async () => {
	world.stack.sql("drop function if exists meddle cascade; select setval('tries', 1, false)");
	etag = (await world.ada.get(world.at(`/prompts/${a.id}`))).headers.get('etag');
});

/** From now on: who waits is refused soon. */
async function impatient() {
	for (const program of [world.stack.programs.api, world.stack.programs.live]) {
		await program.kill('SIGTERM');
		program.env = { ...program.env, STEPMILL_STATEMENT_SECONDS: '4', STEPMILL_LOCK_SECONDS: '2' };
		program.start();
	}
	await world.stack.ready();
}

const rename = (name) => world.ada.request('PATCH', world.at(`/prompts/${a.id}`), { name }, { 'if-match': etag });
const meddle = (when, text) => world.stack.sql(`create function meddle() returns trigger language plpgsql security definer as $$ begin ${text} return new; end $$;
	create trigger meddle ${when} for each row execute function meddle()`);
const tries = () => Number(world.stack.sql('select last_value from tries')[0][0]);
/** Somebody else's transaction, and until a request waits for it. */
async function other() {
	const one = session({ host: world.stack.pgHost }, 'stepmill', 'postgres');
	await one.sql("set deadlock_timeout = '60s'");
	await one.pid();
	await one.sql('begin');
	one.blocks = () => until('a request to wait', () => world.stack.sql(`select exists (select from pg_stat_activity
		where application_name = 'stepmill-api' and ${one.id} = any (pg_blocking_pids(pid)))`)[0][0] === 't');
	return one;
}
const said = (words) => world.stack.programs.postgres.log().split(words).length - 1;
function refused(answer, status, code) {
	assert.deepEqual([answer.status, answer.body.code, answer.body.retryable], [status, code, true], JSON.stringify(answer.body));
	assert.ok(Number(answer.headers.get('retry-after')) >= 1);
}

test('a serialization failure: the whole transaction again, and the answer is as if nothing had been', async () => {
	const before_ = said('could not serialize access');
	const one = await other();
	await one.sql(`update prompt set description = 'meanwhile' where id = '${a.id}'`);
	const answer = rename('Serialized');
	await one.blocks();
	await one.sql('commit');
	assert.equal((await answer).status, 200);
	await one.close();
	assert.ok(said('could not serialize access') > before_, 'it was lost once');
	assert.deepEqual(world.stack.sql(`select name, description from prompt where id = '${a.id}'`), [['Serialized', 'meanwhile']]);
	assert.deepEqual(world.stack.sql(`select count(*) from audit where operation = 'updatePrompt' and subject = '${a.id}' and name = 'Serialized'`), [['1']]);
});

test('a deadlock: the request lets the other go first, and is tried again', async () => {
	meddle('after update on prompt', `if new.id = '${a.id}' and new.name = 'Deadlocked' then update prompt set description = description where id = '${b.id}'; end if;`);
	const one = await other();
	await one.sql(`update prompt set description = 'first' where id = '${b.id}'`);
	const answer = rename('Deadlocked');
	await one.blocks();
	await one.sql(`update prompt set description = 'first' where id = '${a.id}'`);
	await one.sql('commit');
	assert.equal((await answer).status, 200);
	await one.close();
	assert.equal(said('deadlock detected'), 1);
	assert.deepEqual(world.stack.sql(`select name, description from prompt where id = '${a.id}'`), [['Deadlocked', 'first']]);
});

test('a race that is lost each time: after six tries 503 with a time to wait, and nothing is stored', async () => {
	for (const state of ['40001', '40P01']) {
		world.stack.sql("drop function if exists meddle cascade; select setval('tries', 1, false)");
		meddle('before insert on prompt', `perform nextval('tries'); raise exception using errcode = '${state}', message = 'lost again';`);
		const before_ = stored(world.stack);
		refused(await world.ada.post(world.at('/prompts'), { name: 'Never', body: 'x' }), 503, 'unavailable');
		assert.equal(tries(), 6, state);
		assert.equal(stored(world.stack), before_);
	}
});

test('what somebody has locked for long: 503 in time, and the next request is served', async () => {
	await impatient();
	const one = await other();
	await one.sql('lock table prompt in access exclusive mode');
	const [read, write] = await Promise.all([world.ada.get(world.at('/prompts')), world.ada.post(world.at('/prompts'), { name: 'Locked out', body: 'x' })]);
	for (const answer of [read, write]) refused(answer, 503, 'unavailable');
	assert.equal((await world.nobody.get('/health/ready')).status, 200, 'workers are free again');
	await one.sql('rollback');
	await one.close();
	assert.equal((await world.ada.get(world.at('/prompts'))).status, 200);
	assert.deepEqual(world.stack.sql("select count(*) from prompt where name = 'Locked out'"), [['0']]);
});

test('what takes the database too long: 504, nothing is stored, and the next request is served', async () => {
	meddle('before insert on prompt', "if new.name = 'Slow' then perform pg_sleep(30); end if;");
	const before_ = stored(world.stack);
	refused(await world.ada.post(world.at('/prompts'), { name: 'Slow', body: 'x' }), 504, 'timeout');
	assert.equal(stored(world.stack), before_);
	assert.equal((await world.ada.post(world.at('/prompts'), { name: 'Quick', body: 'x' })).status, 201);
	await until('nothing to be left', () => world.stack.sql("select count(*) from pg_stat_activity where application_name = 'stepmill-api' and state <> 'idle'")[0][0] === '0');
});

test('live events: the same limit, the same problem', async () => {
	meddle('before insert or update on run_watch', 'perform pg_sleep(30);');
	const flow = (await world.ada.get(world.at('/workflows'))).body.data[0];
	const run = (await world.ada.post(world.at('/runs'), { workflow_id: flow.id, input: { text: 'x' } })).body;
	refused(await world.ada.get(world.at(`/runs/${run.id}/live`)), 504, 'timeout');
});

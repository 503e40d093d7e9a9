// A database that was restored from a copy: what was asked in it and not yet done makes nothing run. tests/fault/restored has a real dump.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, afterEach, before, test } from 'node:test';
import { build, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const call = (key) => ({ key, model: 'builtin/echo', options: { stream_ms: 0 }, input: { text: key } });
const one = (key) => engine.flow([call(key)]);
const status = (run) => engine.run(run).status;
const restored = () => {
	engine.sql('delete from executor');
	return execFileSync(`${build}/stepmill`, ['restored', `--db=host=${engine.cluster.host} dbname=engine user=stepmill_owner`], { encoding: 'utf8' });
};

/** Executors have done all there is to do: what was made last has ended, nobody holds anything, nothing is due, and nothing is asked. */
async function settled() {
	await engine.ended(engine.create(one('witness')));
	await until('nothing to be left to do', () => engine.one(`select not exists (select from run_live where holder is not null or due_at <= now())
		and not exists (select from run_inbox i join run_live l on l.run_id = i.run_id where not i.kept)`) === 't');
}

test('a retry that nobody had opened, and a resume that nobody had read, are not carried out, and can be asked for again', async () => {
	const flow = engine.flow([call('a'), { key: 'ask', kind: 'approval' }, call('b')]);
	const [ended] = engine.create(one('x'));
	const [paused] = engine.create(flow);
	engine.executor();
	await engine.ended([ended]);
	await engine.asleep(paused, 3600);
	engine.ask(flow, paused, 'pause');
	await until('it to be paused', () => status(paused) === 'paused');
	await engine.stopExecutors();
	engine.reopen(flow, ended, { from: 'start' });
	engine.ask(flow, ended, 'cancel');
	engine.ask(flow, paused, 'resume');
	engine.ask(flow, paused, 'approval', { path: 'ask', attempt: 1, decision: 'approve', comment: '' });

	assert.match(restored(), /^Runs paused: 0\. .*\nAsked for in the copy and not begun, so dropped: retries and resumes: 2, mails: 0\./);
	engine.executor();
	await settled();
	assert.deepEqual([status(ended), engine.run(ended).generation, engine.calls(ended).length], ['completed', 1, 1]);
	assert.deepEqual([status(paused), engine.calls(paused).map((c) => c.path)], ['paused', ['a']]);
	assert.equal(engine.types(paused).includes('run.resumed'), false);
	assert.equal(engine.one(`select count(*) from run_live where run_id = '${ended}'`), '0');

	await engine.again(flow, ended, { from: 'start' });
	assert.deepEqual([status(ended), engine.calls(ended).length], ['completed', 2]);
	engine.ask(flow, paused, 'resume');
	await engine.ended([paused]);
	assert.deepEqual([status(paused), engine.calls(paused).map((c) => c.path)], ['completed', ['a', 'b']], 'what its step waited for was kept');
});

test('what does not make anything run is done: a cancellation, and the end of a run that a step had started', async () => {
	const inner = one('deep');
	const flow = engine.flow([{ key: 'sub', kind: 'workflow', workflow: { id: inner.id, version: 1 }, input: { text: 'x' } }, call('after')]);
	const [parent] = engine.create(flow);
	const [other] = engine.create(engine.flow([{ key: 'ask', kind: 'approval' }]));
	// Nobody reads what the other run tells: it wakes nobody.
	engine.sql(`create function test.late() returns trigger language plpgsql as $$ begin new.kept := true; return new; end $$;
		create trigger late before insert on run_inbox for each row when (new.kind = 'child') execute function test.late()`);
	engine.executor();
	const child = () => engine.one(`select id from run where parent_run_id = '${parent}'`);
	await until('the run it has started to end', () => child() && engine.run(child()).status === 'completed');
	await engine.asleep(parent, 3600);
	await engine.asleep(other, 3600);
	await engine.stopExecutors();
	engine.sql('drop function test.late cascade; update run_inbox set kept = false');
	engine.cancel(flow, other);
	assert.match(restored(), /^Runs paused: 2\. .*\n.*retries and resumes: 0, mails: 0\./);
	engine.executor();
	await settled();
	assert.deepEqual([status(other), status(parent)], ['cancelled', 'paused']);
	assert.deepEqual(engine.steps(parent).map((s) => [s.path, s.status]), [['sub', 'completed']]);
	engine.ask(flow, parent, 'resume');
	await engine.ended([parent]);
	assert.deepEqual([status(parent), engine.calls(parent).map((c) => c.path), engine.calls(child()).length], ['completed', ['after'], 1]);
});

test('mail that was waiting is not sent: perhaps it was', () => {
	const id = (n) => `00000000-0000-7000-8000-0000000000e${n}`;
	engine.sql(`insert into mail (id, kind, key_id, sealed, useful_until, attempts, due_at) values
		('${id(1)}', 'confirmation', '${id(0)}', 'sealed', now() + interval '1 day', 0, now()),
		('${id(2)}', 'password_reset', '${id(0)}', 'sealed', now() + interval '1 hour', 3, now() + interval '5 minutes'),
		('${id(3)}', 'nobody', '${id(0)}', 'sealed', now() + interval '1 hour', 0, now())`);
	assert.match(restored(), /\n.*retries and resumes: 0, mails: 2\./);
	engine.sql('update mail set due_at = now()');
	assert.deepEqual(engine.sql('select id from mail_take(10)', 'stepmill_executor'), []);
	assert.deepEqual(engine.sql("select kind, given_up_at is not null, sealed = '', why like '%restored%' from mail order by id"),
		[['confirmation', 't', 't', 't'], ['password_reset', 't', 't', 't']]);
});

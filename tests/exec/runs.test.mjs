// What an executor makes of runs: their ends, their events, their rows.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { A, B, sleep, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

test('a chain runs to its end, each step fed with the one before', async () => {
	const [run] = engine.create(engine.workflow());
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(engine.types(run), ['run.created', 'run.started', 'step.started s1', 'step.completed s1', 'step.started s2',
		'step.completed s2', 'step.started s3', 'step.completed s3', 'run.completed']);
	const row = engine.run(run);
	assert.equal(row.status, 'completed');
	assert.equal(row.output, '"one two three"');
	assert.equal(row.steps_done, 3);
	assert.equal(row.cost_nano, 0);
	const steps = engine.steps(run);
	assert.deepEqual(steps.map((s) => [s.path, s.attempt, s.status, s.input, s.model_asked, s.model_answered]),
		['s1', 's2', 's3'].map((path) => [path, 1, 'completed', '{"text":"one two three"}', 'builtin/instant', 'builtin/instant']));
	assert.equal(row.tokens_in, steps.reduce((sum, s) => sum + s.tokens_in, 0));
	assert.ok(row.tokens_in > 0);
	assert.equal(engine.one(`select count(*) from ledger where run_id = '${run}'`), '0', 'calls that are known to cost nothing have no line');
	assert.deepEqual(engine.calls(run).map((c) => `${c.path}#${c.attempt}`), ['s1#1', 's2#1', 's3#1']);
});

test('a lone run costs a durable commit for each step and one more', async () => {
	const flow = engine.workflow();
	const executor = engine.executor();
	await engine.ended(engine.create(flow)); // what is read once is read
	await engine.ended(engine.create(flow));
	assert.equal(await executor.end(), 0);
	const [stopped] = executor.said('stopped');
	assert.equal(stopped.completed, 2);
	assert.equal(stopped.flushes, 8);
});

test('a step that fails ends the run, says why, and no other starts', async () => {
	const [run] = engine.create(engine.workflow({ model: 'builtin/echo', options: { fail: 'refused' } }));
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(engine.types(run), ['run.created', 'run.started', 'step.started s1', 'step.failed s1', 'run.failed']);
	const error = JSON.parse(engine.run(run).error);
	assert.equal(error.code, 'refused');
	assert.equal(error.path, 's1');
	assert.match(error.message, /^Step 1, Step 1, failed\. /);
	assert.deepEqual(engine.events(run).at(-1).data, error);
	assert.equal(engine.calls(run).length, 1);
});

test('a step whose templates cannot be filled fails without a call', async () => {
	const [run] = engine.create(engine.workflow(), { input: { other: 1 } });
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'failed');
	assert.equal(JSON.parse(engine.run(run).error).code, 'template');
	assert.equal(engine.calls(run).length, 0);
});

test('a step over its time is stopped', async () => {
	const [run] = engine.create(engine.workflow({ model: 'builtin/echo', options: { hang: true }, seconds: 1 }));
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'failed');
	const error = JSON.parse(engine.steps(run)[0].error);
	assert.equal(error.code, 'timeout');
	assert.equal(error.message, 'It took longer than 1 s and was stopped. Give it more time, or ask for less.');
});

test('text that streams is seen piece by piece and whole', async () => {
	const text = 'eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf – 𝟏𝟑';
	const [run] = engine.create(engine.workflow({ steps: 1, model: 'builtin/echo', options: { stream_ms: 30 } }), { input: { text } });
	engine.executor();
	await engine.ended([run]);
	const pieces = engine.events(run).filter((e) => e.type === 'step.output');
	assert.ok(pieces.length > 1);
	let seen = '';
	for (const piece of pieces) {
		assert.equal(piece.data.offset, [...seen].length);
		seen += piece.data.text;
	}
	assert.equal(seen, text);
	assert.equal(JSON.parse(engine.run(run).output), text);
});

test('a run cancelled during a call ends cancelled, and a late answer changes nothing', async () => {
	const flow = engine.workflow({ model: 'builtin/echo', options: { delay_ms: 8000 } });
	const [run] = engine.create(flow);
	engine.executor();
	await engine.called(run);
	engine.cancel(flow, run);
	await engine.ended([run]);
	await sleep(8200);
	assert.deepEqual(engine.types(run), ['run.created', 'run.started', 'step.started s1', 'step.cancelled s1', 'run.cancelled']);
	assert.deepEqual(engine.events(run).at(-1).data, { by: '00000000-0000-7000-8000-000000000001' });
	assert.equal(engine.run(run).status, 'cancelled');
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
});

test('a run cancelled before anybody looked at it never starts', async () => {
	const flow = engine.workflow();
	const [run] = engine.create(flow);
	engine.cancel(flow, run);
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(engine.types(run), ['run.created', 'run.cancelled']);
	assert.equal(engine.calls(run).length, 0);
});

test('a sleeping run that is asked something is woken', async () => {
	const flow = engine.workflow();
	const [run] = engine.create(flow, { quiet: true });
	engine.sql(`update run_live set due_at = now() + interval '1 day' where run_id = '${run}'`);
	engine.executor();
	await sleep(300);
	engine.cancel(flow, run);
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'cancelled');
});

test('an output over 64 KB goes to the table blob and is there for the next step', async () => {
	const text = 'word '.repeat(20000).trim();
	const flow = engine.workflow({ steps: 2, model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 600 } });
	const [run] = engine.create(flow, { input: { text } });
	const first = engine.executor();
	await engine.called(run, 2);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.ok(engine.steps(run).every((s) => s.output === null && s.output_blob));
	assert.equal(engine.one(`select count(*) from blob where run_id = '${run}' and content in ('"${text}"', '{"text":"${text}"}')`), '4');
});

test('who watches a run is told of its events, and nobody is told of others', async () => {
	const flow = engine.workflow();
	const [watched, other] = engine.create(flow, { count: 2, quiet: true });
	engine.sql(`insert into run_watch (workspace_id, run_id, watcher, until) values ('${A}', '${watched}', gen_random_uuid(), now() + '1 minute'),
		('${A}', '${other}', gen_random_uuid(), now() - interval '1 second')`);
	const told = await engine.listen('stepmill_event');
	engine.executor();
	await engine.ended([watched, other]);
	await until('all of it to be told', async () => (await told()).length === 4);
	assert.deepEqual([...new Set(await told())], [watched]);
});

test('a request of a kind that is not known is left alone', async () => {
	const flow = engine.workflow({ model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 2000 }, steps: 1 });
	const [run] = engine.create(flow);
	engine.executor();
	await engine.called(run);
	engine.sql(`insert into run_inbox (workspace_id, run_id, id, kind) values ('${A}', '${run}', gen_random_uuid(), 'dance'); notify stepmill_run`);
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.equal(engine.one('select count(*) from run_inbox'), '0');
});

test('an executor of another schema says so and ends', async () => {
	engine.sql("insert into schema_migration (number, name, checksum) values (9999, 'later', 'x')");
	const executor = engine.executor();
	assert.equal(await executor.exit, 1);
	assert.match(executor.said('the schema does not fit')[0].why, /9999/);
	engine.sql('delete from schema_migration where number = 9999');
});

test('runs come without being told of', async () => {
	engine.executor();
	await sleep(300);
	const [run] = engine.create(engine.workflow(), { quiet: true });
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
});

test('a claim takes as much of each workspace', () => {
	engine.create(engine.workflow({ workspace: A }), { count: 100, quiet: true });
	engine.create(engine.workflow({ workspace: B }), { count: 3, quiet: true });
	const me = '00000000-0000-7000-8000-0000000000ee';
	const rows = engine.sql(`begin; insert into executor (incarnation, name, planner, lease_until) values ('${me}', 'x', 1, now() + '1 hour');
		select workspace_id, count(run_id) from run_claim('${me}', '${B}', 10, 1, null, null) group by 1 order by 1; rollback`);
	assert.deepEqual(rows, [[A, '5'], [B, '3']]);
	const turns = [];
	for (let after = '00000000-0000-0000-0000-000000000000', i = 0; i < 4; i++) {
		const [[next], [served]] = engine.sql(`begin; select workspace_id from run_claim('${me}', '${after}', 1, 1, null, null) order by run_id nulls first; rollback`);
		turns.push(served);
		after = next;
	}
	assert.deepEqual(turns, [A, B, A, B], 'with one slot they take turns');
	const none = engine.one(`begin; select count(run_id) from run_claim('${me}', '${B}', 10, 0, null, null); rollback`);
	assert.equal(none, '0', 'runs of a newer planner are left alone');
	engine.sql('truncate run, run_live, run_record');
});

test('a run that has killed its holder five times is set aside', async () => {
	const flow = engine.workflow();
	const [run, other] = engine.create(flow, { count: 2, quiet: true });
	engine.sql(`update run_live set strikes = 5 where run_id = '${run}'`);
	engine.executor();
	await engine.ended([run, other]);
	assert.equal(JSON.parse(engine.run(run).error).code, 'poison');
	assert.equal(engine.calls(run).length, 0);
	assert.equal(engine.run(other).status, 'completed');
});

test('a run that the database refuses fails alone and says so', async () => {
	const flow = engine.workflow();
	const runs = engine.create(flow, { count: 40, quiet: true });
	engine.sql(`create function test.refuse() returns trigger language plpgsql as $$
		begin if new.run_id = '${runs[17]}' and new.status = 'completed' then raise exception 'refused'; end if; return new; end $$;
		create trigger refuse before update on step_run for each row execute function test.refuse()`);
	engine.executor();
	await engine.ended(runs);
	engine.sql('drop function test.refuse cascade');
	const status = runs.map((run) => engine.run(run).status);
	assert.equal(status.filter((s) => s === 'completed').length, 39);
	assert.equal(status[17], 'failed');
	assert.equal(JSON.parse(engine.run(runs[17]).error).code, 'unrecordable');
	assert.equal(engine.steps(runs[17])[0].status, 'failed');
});

test('a run that the database refuses before anything of it was recorded has begun all the same', async () => {
	const [run] = engine.create(engine.workflow(), { quiet: true });
	engine.sql(`create function test.refuse() returns trigger language plpgsql as $$
		begin if new.run_id = '${run}' then raise exception 'refused'; end if; return new; end $$;
		create trigger refuse before insert on step_run for each row execute function test.refuse()`);
	engine.executor();
	await engine.ended([run]);
	engine.sql('drop function test.refuse cascade');
	assert.equal(JSON.parse(engine.run(run).error).code, 'unrecordable');
	assert.deepEqual(engine.types(run), ['run.created', 'run.started', 'run.failed']);
	assert.notEqual(engine.run(run).started_at, null);
});

test('an executor that had to take a flush apart goes on claiming', async () => {
	const flow = engine.workflow();
	const [run] = engine.create(flow, { quiet: true });
	engine.sql(`create function test.refuse() returns trigger language plpgsql as $$
		begin if new.run_id = '${run}' and new.status = 'completed' then raise exception 'refused'; end if; return new; end $$;
		create trigger refuse before update on step_run for each row execute function test.refuse()`);
	engine.executor();
	await engine.ended([run]);
	engine.sql('drop function test.refuse cascade');
	assert.equal(JSON.parse(engine.run(run).error).code, 'unrecordable');
	const after = engine.create(flow, { count: 3 });
	await engine.ended(after);
	assert.deepEqual(after.map((id) => engine.run(id).status), ['completed', 'completed', 'completed']);
});

test('a workflow version that cannot be read fails its runs', async () => {
	const flow = engine.workflow();
	const [run] = engine.create(flow, { quiet: true });
	engine.sql(`update workflow_version set definition = '{"type": "chain"}' where workflow_id = '${flow.id}'`);
	engine.executor();
	await engine.ended([run]);
	assert.equal(JSON.parse(engine.run(run).error).code, 'definition');
	await until('its end to be an event', () => engine.types(run).at(-1) === 'run.failed');
});

test('what such a run had begun ends with it, also where only a step is missing', async () => {
	const flows = [engine.flow([{ kind: 'approval' }, {}]), engine.flow([{}, { kind: 'approval' }])];
	const runs = flows.map((flow) => engine.create(flow)[0]);
	const executor = engine.executor();
	for (const run of runs) await engine.asleep(run, 3600);
	await executor.end();
	engine.sql(`update workflow_version set definition = '{"type": "chain"}' where workflow_id = '${flows[0].id}';
		update workflow_version set definition = replace(definition, '"s2"', '"other"') where workflow_id = '${flows[1].id}'`);
	flows.forEach((flow, i) => engine.ask(flow, runs[i], 'pause'));
	engine.executor();
	await engine.ended(runs);
	for (const run of runs) {
		assert.equal(JSON.parse(engine.run(run).error).code, 'definition');
		const open = engine.steps(run).find((step) => step.kind === 'approval');
		assert.deepEqual([open.status, JSON.parse(open.error).code], ['failed', 'definition']);
		assert.deepEqual(engine.types(run).slice(-2), [`step.failed ${open.path}`, 'run.failed']);
	}
});

test('a step that asks a model has the time that its run brings from its project', async () => {
	const flow = engine.workflow({ model: 'builtin/echo', options: { hang: true }, seconds: 600 });
	const [run] = engine.create(flow);
	engine.sql(`update run set overrides = '{"timeout_seconds": 1}' where id = '${run}'`);
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(JSON.parse(engine.steps(run)[0].error).code, 'timeout');
	assert.match(engine.steps(run)[0].error, /longer than 1 s/);
});

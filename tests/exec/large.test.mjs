// Inputs and outputs of many megabytes: written in parts before the row that names them, read back when a step needs them.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startEngine, until } from './lib/engine.mjs';

const MB = 1 << 20;
let engine;
before(async () => {
	engine = await startEngine({ leaseSeconds: 30 }); // megabytes take a busy machine their time
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	assert.deepEqual(strays(), []);
});

/** A text made of so many megabytes by a template, of an input of one. */
const times = (n) => '{{input.text}}'.repeat(n);
const megabyte = `${'größer als gedacht, und noch viel mehr. '.repeat(30000)}`.slice(0, 900000).trim();
const BYTES = Buffer.byteLength(JSON.stringify(megabyte)) - 2;

/** Blobs that no row names, and rows whose blob is not as long as they say. */
function strays() {
	return engine.sql(`
		with named as (
			select s.workspace_id as w, s.run_id as r, s.output_blob as id, s.output_bytes as bytes from step_run s where s.output_blob is not null
			union all
			select s.workspace_id, s.run_id, s.input_blob, s.input_bytes from step_run s where s.input_blob is not null
			union all
			select r.workspace_id, r.id, r.output_blob, r.output_bytes from run r where r.output_blob is not null
		), there as (
			select b.workspace_id as w, b.run_id as r, b.id, sum(octet_length(b.content)) as bytes, count(*) as parts, max(b.part) as last
			from blob b group by 1, 2, 3
		)
		select 'named: ' || n.id || ' has ' || coalesce(t.bytes, -1) || ' of ' || n.bytes from named n left join there t using (w, r, id)
		where t.bytes is distinct from n.bytes or t.last <> t.parts - 1
		union all
		select 'nobody names ' || t.id from there t where not exists (select from named n where n.w = t.w and n.r = t.r and n.id = t.id)`).flat();
}

/** md5 of a step's output, wherever it is. */
function digest(run, path) {
	return engine.one(`select md5(coalesce(s.output, (select string_agg(b.content, '' order by b.part) from blob b
		where b.workspace_id = s.workspace_id and b.run_id = s.run_id and b.id = s.output_blob)))
		from step_run s where s.run_id = '${run}' and s.path = '${path}' order by s.attempt desc limit 1`);
}
const expected = (json) => engine.one(`select md5(${json})`);
const parts = (run) => Number(engine.one(`select count(*) from blob where run_id = '${run}'`));

const passedOn = () => engine.flow([
	{ key: 'big', kind: 'transform', value: times(60) },
	{ key: 'wrapped', kind: 'transform', value: { text: '{{steps.big.output}}', n: 1 } },
	{ key: 'said', model: 'builtin/instant' },
	{ key: 'last', kind: 'transform', value: ['{{steps.said.output}}', '{{steps.wrapped.output.text}}'] },
]);

test('an output of 50 MB passes through templates, is kept once a step, and is what the run answers', async () => {
	const [run] = engine.create(passedOn(), { input: { text: megabyte } });
	engine.executor();
	await engine.ended([run]);
	const row = engine.run(run);
	assert.equal(row.status, 'completed', row.error);
	const steps = engine.steps(run);
	assert.deepEqual(steps.map((s) => [s.path, s.status, s.output === null]), [['big', 'completed', true], ['wrapped', 'completed', true],
		['said', 'completed', true], ['last', 'completed', true]]);
	assert.equal(steps[0].output_bytes, 60 * BYTES + 2);
	assert.equal(row.output, null);
	assert.equal(row.output_blob, steps.find((s) => s.path === 'last').output_blob);
	const text = JSON.stringify(megabyte).slice(1, -1).replaceAll("'", "''");
	assert.equal(digest(run, 'big'), expected(`'"' || repeat('${text}', 60) || '"'`));
	assert.equal(digest(run, 'wrapped'), expected(`'{"text":"' || repeat('${text}', 60) || '","n":1}'`));
	assert.equal(engine.one(`select max(octet_length(data)) < 100000 from run_event where run_id = '${run}'`), 't');
});

// A part of a large text takes its time, so that nobody is too late to kill who writes them.
const slowly = `create function test.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.05); return new; end $$;
	create trigger slowly before insert on blob for each row execute function test.slowly()`;

test('killed between the parts of an output, it is written again from its first part by whoever goes on', async () => {
	const [run] = engine.create(passedOn(), { input: { text: megabyte } });
	engine.sql(slowly);
	const first = engine.executor();
	await until('some parts', () => parts(run) > 5);
	await first.end('SIGKILL');
	const left = parts(run);
	assert.equal(engine.one(`select count(*) from step_run where run_id = '${run}' and output_blob is not null`), '0', 'it was too late to kill it');
	const second = engine.executor();
	await until('more parts', () => parts(run) > left + 5);
	await second.end('SIGKILL');
	engine.sql('drop function test.slowly cascade');
	engine.executor();
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.equal(engine.steps(run)[0].output_bytes, 60 * BYTES + 2);
});

test('what is left of an output when nobody goes on goes with the end of the run', async () => {
	const flow = passedOn();
	const [run, whole] = engine.create(flow, { count: 2, input: { text: megabyte } });
	engine.sql(`update run_live set due_at = now() + interval '1 hour' where run_id = '${whole}'`);
	engine.sql(slowly);
	const first = engine.executor();
	await until('some parts', () => parts(run) > 5);
	await first.end('SIGKILL');
	engine.sql('drop function test.slowly cascade');
	engine.cancel(flow, run);
	assert.ok(parts(run) > 5, 'something was left'); // the next executor's first round may take it away as soon as the run has ended
	const second = engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'cancelled');
	engine.sql(`update run_live set due_at = now(); notify stepmill_run`);
	await until('some parts of the other', () => parts(whole) > 5);
	engine.sql('select engine_housekeeping()'); // and nothing of one that goes on
	await engine.ended([whole]);
	assert.equal(engine.run(whole).status, 'completed', engine.run(whole).error);
	assert.equal(engine.one(`select count(*) from run where id = '${run}' and interrupted`), '0');
	assert.equal(parts(run), 0);
	await second.end();
});

test('what a run needs of its large outputs comes back when another executor goes on', async () => {
	const flow = engine.flow([
		{ key: 'big', kind: 'transform', value: times(20) },
		{ key: 'asked', kind: 'signal', signal: 'go' },
		{ key: 'last', kind: 'transform', value: { text: '{{steps.big.output}}', asked: '{{steps.asked.output}}' } },
	]);
	const runs = engine.create(flow, { count: 4, input: { text: megabyte } });
	const first = engine.executor();
	for (const run of runs) await engine.asleep(run);
	await first.end();
	engine.executor();
	engine.executor();
	for (const run of runs) engine.ask(flow, run, 'signal', { name: 'go', data: 'now' });
	await engine.ended(runs);
	const text = JSON.stringify(megabyte).slice(1, -1).replaceAll("'", "''");
	for (const run of runs)
		assert.equal(digest(run, 'last'), expected(`'{"text":"' || repeat('${text}', 20) || '","asked":"now"}'`));
});

test('a call whose input is large is made again with the same input', async () => {
	const flow = engine.flow([
		{ key: 'big', kind: 'transform', value: times(3) },
		{ key: 'said', input: { text: '{{steps.big.output}}' }, model: 'builtin/echo', options: { delay_ms: 3000, stream_ms: 0 } },
	]);
	const [run] = engine.create(flow, { input: { text: megabyte } });
	const first = engine.executor();
	await engine.called(run);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	const [, said] = engine.steps(run);
	assert.equal(said.attempt, 1);
	assert.equal(said.input, null);
	assert.equal(said.input_bytes, 3 * BYTES + 2 + '{"text":}'.length);
	assert.deepEqual(engine.calls(run).map((c) => c.attempt), [1, 1]);
	assert.equal(digest(run, 'said'), digest(run, 'big'));
});

test('an output over 64 MB fails its step, and says what to do', async () => {
	const runs = [...engine.create(engine.flow([{ key: 'big', kind: 'transform', value: [times(40), times(40)].join('') }]), { input: { text: megabyte.slice(0, 850000) } }),
		...engine.create(engine.flow([{ key: 'big', kind: 'transform', value: [times(60), times(60)] }]), { input: { text: megabyte } })];
	engine.executor();
	await engine.ended(runs);
	const errors = runs.map((run) => JSON.parse(engine.steps(run)[0].error));
	assert.deepEqual(errors.map((e) => e.code), ['output_too_large', 'template']);
	assert.match(errors[0].message, /At most 64 MB.*Let it answer with less/);
	assert.equal(engine.run(runs[0]).status, 'failed');
});

test('forty outputs of a megabyte are kept, and the run goes on elsewhere', async () => {
	const flow = engine.workflow({ steps: 40, model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 30 } });
	const [run] = engine.create(flow, { input: { text: megabyte } });
	const first = engine.executor();
	await engine.called(run, 15);
	await first.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	const row = engine.run(run);
	assert.equal(row.status, 'completed', row.error);
	assert.equal(digest(run, 's40'), digest(run, 's1'));
});

test('many outputs that are small alone and much together come back when they are named', async () => {
	const piece = '{{input.text}}';
	const steps = Array.from({ length: 12 }, (_, i) => ({ key: `s${String(i).padStart(2, '0')}`, kind: 'transform', value: [i, piece] }));
	const flow = engine.flow([...steps, { key: 'go', kind: 'signal', signal: 'go' },
		{ key: 'x_all', kind: 'transform', value: steps.map((s) => `{{steps.${s.key}.output[0]}}`) },
		{ key: 'y_end', kind: 'transform', value: '{{steps.s11.output}}' }]);
	const [run] = engine.create(flow, { input: { text: 'z'.repeat(50000) } });
	const first = engine.executor();
	await engine.asleep(run);
	await first.end();
	engine.executor();
	engine.ask(flow, run, 'signal', { name: 'go', data: 1 });
	await engine.ended([run]);
	assert.equal(engine.steps(run).find((s) => s.path === 'x_all').output, '[0,1,2,3,4,5,6,7,8,9,10,11]');
	assert.equal(engine.run(run).output, `[11,"${'z'.repeat(50000)}"]`);
});

test('text that streams in great pieces is shown up to a megabyte, in events that stay small', async () => {
	const flow = engine.workflow({ steps: 1, model: 'builtin/echo', options: { stream_ms: 1 } });
	const [run] = engine.create(flow, { input: { text: 'x'.repeat(MB * 3 / 2) } });
	engine.executor();
	await engine.ended([run]);
	const pieces = engine.sql(`select (data::json ->> 'offset')::integer, length(data::json ->> 'text') from run_event
		where run_id = '${run}' and type = 'step.output' order by seq`).map(([offset, length]) => ({ offset: Number(offset), length: Number(length) }));
	assert.ok(pieces.length > 1);
	assert.ok(pieces.every((piece) => piece.length <= 65536));
	let offset = 0;
	for (const piece of pieces) {
		assert.equal(piece.offset, offset);
		offset += piece.length;
	}
	assert.ok(offset >= MB && offset <= MB + 65536, `${offset} shown`);
	assert.equal(engine.one(`select output_bytes from step_run where run_id = '${run}'`), String(MB * 3 / 2 + 2));
});

test('two of them that do not come back together are both there for what needs both: the run in the end, and a parallel group', async () => {
	const big = (key, n) => ({ key, kind: 'transform', value: times(n) });
	const flow = engine.flow([big('a', 6), big('b', 2), { key: 'g', kind: 'parallel', steps: [big('c', 6), big('d', 2)] }, { key: 'small', kind: 'transform', value: 1 }]);
	engine.sql(`update workflow_version set definition = left(definition, -1) || ',"output":["{{ steps.a.output.length + steps.b.output.length }}","{{steps.small.output}}"]}'
		where workflow_id = '${flow.id}'`);
	engine.executor();
	const [run] = engine.create(flow, { input: { text: megabyte } });
	await until('the run to end', () => engine.run(run).finished_at, 60000);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	assert.deepEqual(JSON.parse(engine.run(run).output), [8 * megabyte.length, 1]);
});

// Runs as they are made, read, listed, cancelled, deleted and retried; limits.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ids, makeChain } from '../lib/world.mjs';
import { call, chain, world } from './shared.mjs';

describe('runs', () => {
	test('a run is recorded with its first event and is due', async () => {
		const answer = await call(world.mia, 'createRun', world.at('/runs'), { workflow_id: chain.workflow.id, version: 1, input: { text: 'two' } });
		assert.equal(answer.status, 201);
		assert.deepEqual(answer.body, { id: answer.body.id, status: 'pending', workflow_id: chain.workflow.id, workflow_version: 1 });
		const rows = world.stack.sql(`select r.status, r.input, l.holder is null, e.seq, e.type from run r join run_live l on l.run_id = r.id
			join run_event e on e.run_id = r.id where r.id = '${answer.body.id}'`);
		assert.deepEqual(rows, [['pending', '{"text":"two"}', 't', '1', 'run.created']]);
	});
	test('a thousand runs are recorded at once, in the order of their inputs', async () => {
		const inputs = Array.from({ length: 1000 }, (_, i) => ({ text: `n${i}` }));
		const answer = await call(world.mia, 'createRunsBulk', world.at('/runs:bulk'), { workflow_id: chain.workflow.id, inputs });
		assert.equal(answer.status, 201);
		assert.equal(new Set(answer.body.ids).size, 1000);
		const [[text]] = world.stack.sql(`select input from run where id = '${answer.body.ids[345]}'`);
		assert.equal(text, '{"text":"n345"}');
	});
	test('of many inputs one that does not fit keeps all from being recorded', async () => {
		const before = world.stack.sql('select count(*) from run')[0][0];
		const answer = await world.mia.post(world.at('/runs:bulk'), { workflow_id: chain.workflow.id, inputs: [{ text: 'good' }, { text: 5 }] });
		assert.equal(answer.status, 422);
		assert.deepEqual(answer.body.errors.map((e) => e.path), ['/inputs/1/text']);
		assert.equal(world.stack.sql('select count(*) from run')[0][0], before);
	});
	test('an input that does not fit the workflow is told with its place', async () => {
		const answer = await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { words: 1 } });
		assert.equal(answer.status, 422);
		assert.deepEqual(answer.body.errors.map((e) => [e.path, e.code]), [['/input/text', 'required']]);
	});
	test('a workflow, or a version of it, that is not there is not found', async () => {
		for (const body of [{ workflow_id: ids.missing, input: {} }, { workflow_id: chain.workflow.id, version: 2, input: { text: '' } },
			{ workflow_id: chain.workflow.id, version: 2147483647, input: { text: '' } }]) {
			assert.equal((await world.mia.post(world.at('/runs'), body)).status, 404);
		}
	});
	test('a worker that remembers an older version looks again', async () => {
		const { workflow } = await makeChain(world.ada);
		for (let i = 0; i < 6; i++) await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'old' } });
		const next = { ...workflow.definition, input: { type: 'object', properties: { number: { type: 'integer' } }, required: ['number'] } };
		world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			values ('${ids.home}', '${workflow.id}', 2, '${JSON.stringify(next)}', 2, '${ids.ada}');
			update workflow set current_version = 2 where id = '${workflow.id}'`);
		for (let i = 0; i < 6; i++) {
			const fits = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { number: 7, text: 'both' } });
			assert.deepEqual([fits.status, fits.body.workflow_version], [201, 2]);
			const old = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'old' } });
			assert.deepEqual([old.status, old.body.errors?.[0].path], [422, '/input/number']);
			const pinned = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, version: 1, input: { text: 'old' } });
			assert.deepEqual([pinned.status, pinned.body.workflow_version], [201, 1]);
		}
	});
	test('a run is read with steps that wait', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'one' } })).body;
		const { body } = await call(world.vic, 'readRun', world.at(`/runs/${made.id}`));
		assert.deepEqual(body.steps.map((s) => [s.key, s.model, s.step_run]), [['extract', 'builtin/echo', null], ['summarise', 'builtin/echo', null]]);
		assert.deepEqual([body.input, body.output, body.marks, body.last_event], [{ text: 'one' }, null, ['pending', 'pending'], 1]);
		assert.deepEqual(body.input_schema, chain.workflow.definition.input);
	});
	test('a run that goes on shows what its steps have done and streamed so far', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'live' } })).body.id;
		const key = `'${ids.home}', '${made}'`;
		world.stack.sql(`update run set status = 'running', started_at = now() where id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, input, output, error, model_asked, model_answered,
				tokens_in, tokens_out, cost_nano, started_at, finished_at) values
			(${key}, 'extract', 1, 'prompt', 'failed', '{"text":"live"}', null, '{"code":"overloaded","message":"It was busy."}',
				'builtin/echo', null, 3, 0, 1000, now() - interval '3 s', now() - interval '2 s'),
			(${key}, 'extract', 2, 'prompt', 'completed', '{"text":"live"}', '"points"', null, 'builtin/echo', 'builtin/echo', 5, 7, 2500,
				now() - interval '2 s', now() - interval '1 s'),
			(${key}, 'summarise', 1, 'prompt', 'running', '{"content":"points"}', null, null, 'builtin/echo', null, null, null, null, now(), null);
			insert into run_event (workspace_id, run_id, seq, at, type, path, attempt, data) values
			(${key}, 2, now(), 'step.output', 'summarise', 1, '{"text":"lost ","offset":0}'),
			(${key}, 3, now(), 'step.output', 'summarise', 1, '{"text":"Sum ","offset":0}'),
			(${key}, 4, now(), 'step.output', 'summarise', 1, '{"text":"of all","offset":4}')`);
		const { body } = await call(world.vic, 'readRun', world.at(`/runs/${made}`));
		assert.deepEqual([body.status, body.steps_done, body.tokens_in, body.tokens_out, body.cost_usd, body.cost_settled, body.last_event],
			['running', 1, 8, 7, 0.0000035, false, 4]);
		assert.deepEqual(body.marks, ['completed', 'running']);
		assert.deepEqual(body.steps.map((s) => [s.step_run.attempt, s.step_run.status, s.step_run.output]), [[2, 'completed', 'points'], [1, 'running', null]]);
		assert.equal(body.steps[1].step_run.partial, 'Sum of all');
		const listed = (await call(world.vic, 'listRuns', world.at('/runs?status=running,paused'))).body.data;
		assert.deepEqual(listed.map((r) => [r.id, r.marks, r.tokens_out]), [[made, ['completed', 'running'], 7]]);

		world.stack.sql(`update step_run set status = 'failed', finished_at = now() where run_id = '${made}' and path = 'summarise'`);
		const broken = (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body.steps[1].step_run;
		assert.deepEqual([broken.status, broken.partial], ['failed', 'Sum of all'], 'half an answer stays readable');

		const first = (await call(world.vic, 'listStepRuns', world.at(`/runs/${made}/step-runs?limit=2`))).body;
		assert.deepEqual(first.data.map((s) => [s.path, s.attempt]), [['extract', 1], ['extract', 2]]);
		assert.deepEqual(first.data[0].error, { code: 'overloaded', message: 'It was busy.' });
		const second = (await call(world.vic, 'listStepRuns', world.at(`/runs/${made}/step-runs?limit=2&cursor=${first.next_cursor}`))).body;
		assert.deepEqual(second.data.map((s) => [s.path, s.attempt]), [['summarise', 1]]);
		assert.equal(second.next_cursor, null);

		const events = (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events?after=1&limit=2`))).body;
		assert.deepEqual([events.data.map((e) => e.seq), events.last_seq, events.ended], [[2, 3], 3, false]);
		world.stack.sql(`update run set status = 'completed', finished_at = now(), output = '{"a":1}', steps_done = 2, tokens_in = 50, tokens_out = 70,
			cost_nano = null where id = '${made}'; delete from run_live where run_id = '${made}'`);
		const rest = (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events?after=3`))).body;
		assert.deepEqual([rest.data.map((e) => e.seq), rest.last_seq, rest.ended], [[4], 4, true]);
		const none = (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events?after=99`))).body;
		assert.deepEqual(none, { data: [], last_seq: 99, ended: true });
		const done = (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body;
		assert.deepEqual([done.output, done.tokens_in, done.cost_usd, done.cost_settled, done.steps_done], [{ a: 1 }, 50, null, true, 2]);
	});
	test('cancelling asks once, and not when the run has ended', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'stop' } })).body.id;
		for (let i = 0; i < 2; i++) assert.equal((await call(world.mia, 'cancelRun', world.at(`/runs/${made}/cancel`))).status, 202);
		assert.deepEqual(world.stack.sql(`select kind, created_by from run_inbox where run_id = '${made}'`), [['cancel', ids.mia]]);
		world.stack.sql(`update run set status = 'cancelled', finished_at = now() where id = '${made}'`);
		const late = await call(world.mia, 'cancelRun', world.at(`/runs/${made}/cancel`));
		assert.deepEqual([late.status, late.body.code], [409, 'conflict']);
		assert.equal((await world.mia.post(world.at(`/runs/${ids.missing}/cancel`))).status, 404);
	});
	test('a run that has ended is deleted, and is nowhere any more', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'away' } })).body.id;
		const gone = () => call(world.mia, 'deleteRun', world.at(`/runs/${made}`));
		assert.deepEqual([(await gone()).status, (await gone()).body.code], [409, 'conflict'], 'it has not ended');
		world.stack.sql(`update run set status = 'failed', finished_at = now() where id = '${made}'; delete from run_live where run_id = '${made}'`);
		assert.equal((await world.vic.delete(world.at(`/runs/${made}`))).status, 403);
		assert.deepEqual([(await gone()).status, (await gone()).status], [204, 204], 'twice is once');
		for (const path of ['', '/step-runs', '/events', '/state']) assert.equal((await world.ada.get(world.at(`/runs/${made}${path}`))).status, 404, path);
		assert.ok(!(await world.ada.get(world.at('/runs?limit=100'))).body.data.some((r) => r.id === made));
		const last = (await world.ada.get(world.at(`/workflows/${chain.workflow.id}`))).body.last_runs;
		assert.ok(!last.some((r) => r.id === made));
		for (const verb of ['cancel', 'pause', 'resume']) assert.equal((await world.ada.post(world.at(`/runs/${made}/${verb}`))).status, 404, verb);
		assert.equal((await world.ada.delete(world.at(`/runs/${made}`))).status, 404);
	});
	test('all runs that fit are cancelled or deleted in one call, page by page, or only counted', async () => {
		const { workflow } = await makeChain(world.ada);
		const { ids: made } = (await world.mia.post(world.at('/runs:bulk'), { workflow_id: workflow.id, inputs: Array.from({ length: 7 }, () => ({ text: 'x' })) })).body;
		const filter = { workflow_id: workflow.id };
		const cancel = async (body) => (await call(world.mia, 'cancelRuns', world.at('/runs:cancel'), body)).body;
		const remove = async (body) => (await call(world.mia, 'deleteRuns', world.at('/runs:delete'), body)).body;
		assert.deepEqual(await cancel({ filter, dry_run: true }), { matched: 7, accepted: 7, skipped: 0, next_cursor: null });
		const first = await cancel({ filter, limit: 5 });
		assert.deepEqual([first.matched, first.accepted, typeof first.next_cursor], [5, 5, 'string']);
		assert.deepEqual(await cancel({ filter, limit: 5, cursor: first.next_cursor }), { matched: 2, accepted: 2, skipped: 0, next_cursor: null });
		assert.deepEqual(await cancel({ filter }), { matched: 7, accepted: 0, skipped: 7, next_cursor: null });
		assert.equal(world.stack.sql(`select count(*) from run_inbox i join run r on r.id = i.run_id where r.workflow_id = '${workflow.id}' and i.created_by = '${ids.mia}' and i.generation = 1`)[0][0], '7',
			'each to the generation it saw: the next one is not cancelled by it');
		world.stack.sql(`update run set status = 'cancelled', finished_at = now() where id = any ('{${made.slice(0, 4)}}'); delete from run_live where run_id = any ('{${made.slice(0, 4)}}')`);
		assert.deepEqual(await remove({ filter: { ids: [...made, ids.missing] }, dry_run: true }), { matched: 7, accepted: 4, skipped: 3, next_cursor: null });
		assert.deepEqual(await remove({ filter: { ...filter, created_before: '2001-01-01T00:00:00Z' } }), { matched: 0, accepted: 0, skipped: 0, next_cursor: null });
		assert.deepEqual(await remove({ filter: { ...filter, status: ['cancelled'], created_after: '2001-01-01T00:00:00Z' } }), { matched: 4, accepted: 4, skipped: 0, next_cursor: null });
		assert.equal((await world.ada.get(world.at(`/runs?workflow_id=${workflow.id}`))).body.data.length, 3);
		for (const [body, place] of [[{ filter: {} }, '/filter'], [{ filter: { status: ['gone'] } }, '/filter/status/0'], [{ filter: { ids: ['x'] } }, '/filter/ids/0'],
			[{ filter, cursor: 'x' }, '/cursor'], [{ filter: { created_after: 'soon' } }, '/filter/created_after'], [{ filter, limit: 10001 }, '/limit']]) {
			const answer = await world.mia.post(world.at('/runs:cancel'), body);
			assert.deepEqual([answer.status, answer.body.errors?.map((e) => e.path)], [422, [place]], JSON.stringify(body));
		}
		const project = (await world.mia.post(world.at('/projects'), { name: 'Of these' })).body.id;
		const { id: within } = (await world.mia.post(world.at('/runs'), { workflow_id: workflow.id, project_id: project, input: { text: 'x' } })).body;
		assert.deepEqual(await cancel({ filter: { project_id: project } }), { matched: 1, accepted: 1, skipped: 0, next_cursor: null });
		assert.deepEqual(await cancel({ filter: { project_id: ids.missing } }), { matched: 0, accepted: 0, skipped: 0, next_cursor: null });
		assert.deepEqual(world.stack.sql(`select run_id from run_inbox where run_id = '${within}' and kind = 'cancel'`), [[within]]);
		assert.equal((await world.vic.post(world.at('/runs:delete'), { filter })).status, 403);
		assert.deepEqual((await world.eve.post(`/workspaces/${ids.elsewhere}/runs:cancel`, { filter })).body.matched, 0);
	});
	test('all ended runs that fit are retried in one call; those in which nothing is left are passed over', async () => {
		const { workflow } = await makeChain(world.ada);
		const filter = { workflow_id: workflow.id };
		const { ids: made } = (await world.mia.post(world.at('/runs:bulk'), { workflow_id: workflow.id, inputs: Array.from({ length: 5 }, () => ({ text: 'x' })) })).body;
		const list = (some) => `'{${some}}'`;
		world.stack.sql(`update run set status = 'failed', finished_at = now() where id = any (${list(made.slice(0, 3))});
			update run set status = 'completed', finished_at = now() where id = '${made[3]}'; delete from run_live where run_id = any (${list(made.slice(0, 4))});
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at)
			select '${ids.home}', r, p, 1, 'prompt', 'completed', '"x"', now() from unnest(${list([made[0], made[3]])}::uuid[]) r, unnest('{extract,summarise}'::text[]) p
			where r = '${made[3]}' or p = 'extract'`);
		const retry = async (body) => (await call(world.mia, 'retryRuns', world.at('/runs:retry'), body)).body;
		assert.deepEqual(await retry({ filter, dry_run: true }), { matched: 3, accepted: 3, skipped: 0, next_cursor: null });
		assert.equal(world.stack.sql(`select count(*) from run_inbox where kind = 'reopen' and run_id = any (${list(made)})`)[0][0], '0');
		const first = await retry({ filter, limit: 2, model: 'builtin/instant' });
		assert.deepEqual([first.matched, first.accepted, typeof first.next_cursor], [2, 2, 'string']);
		assert.deepEqual(await retry({ filter, cursor: first.next_cursor }), { matched: 1, accepted: 1, skipped: 0, next_cursor: null });
		assert.deepEqual(await retry({ filter }), { matched: 3, accepted: 0, skipped: 3, next_cursor: null }, 'they are asked already');
		assert.deepEqual(await retry({ filter: { ids: made } }), { matched: 5, accepted: 0, skipped: 5, next_cursor: null }, 'nothing is left in the one that completed');
		assert.deepEqual(await retry({ filter: { ids: [made[3]] }, from: 'start' }), { matched: 1, accepted: 1, skipped: 0, next_cursor: null });
		const rows = world.stack.sql(`select i.run_id, i.data::json ->> 'reused', i.data::json -> 'from', l.holder is null from run_inbox i join run_live l on l.run_id = i.run_id
			where i.kind = 'reopen' and i.run_id = any (${list(made)})`);
		assert.equal(rows.length, 4);
		assert.deepEqual(rows.find(([id]) => id === made[0]).slice(1), ['{"extract": 1}', '"failed"', 't']);
		assert.deepEqual(rows.find(([id]) => id === made[3]).slice(1), ['{}', '"start"', 't']);
		assert.deepEqual((await world.mia.post(world.at('/runs:retry'), { filter, model: 'builtin/none' })).body.errors.map((e) => e.path), ['/model']);
		assert.equal((await world.mia.post(world.at('/runs:retry'), { filter, limit: 1001 })).status, 422);
	});
	test('a workspace says how long its runs are kept', async () => {
		const read = await call(world.vic, 'readWorkspace', world.at(''));
		assert.deepEqual([read.body.slug, read.body.retention_days], ['home', null]);
		assert.equal((await call(world.ann, 'updateWorkspace', world.at(''), { retention_days: 30 })).body.retention_days, 30);
		assert.equal((await call(world.vic, 'readWorkspace', world.at(''))).body.retention_days, 30);
		assert.equal((await call(world.mia, 'updateWorkspace', world.at(''), { retention_days: 1 })).status, 403);
		for (const body of [{}, { retention_days: 0 }, { retention_days: 'long' }, { title: 'x' }, { name: ' ' }, { slug: 'A b' }]) assert.equal((await world.ann.request('PATCH', world.at(''), body)).status, 422);
		assert.equal((await call(world.ada, 'updateWorkspace', world.at(''), { retention_days: null })).body.retention_days, null);
	});
	test('a workspace is renamed, and not to the address of another', async () => {
		const { body } = await call(world.ann, 'updateWorkspace', world.at(''), { name: 'Acme', slug: 'acme' });
		assert.deepEqual([body.name, body.slug, body.archived_at], ['Acme', 'acme', null]);
		assert.equal((await call(world.ann, 'updateWorkspace', world.at(''), { slug: 'elsewhere' })).status, 409);
		const log = (await call(world.ann, 'listAudit', world.at('/audit?operation=updateWorkspace&limit=1'))).body.data[0];
		assert.deepEqual([log.person.name, log.kind, log.details], ['ann', 'workspace', { slug: 'acme', slug_before: 'home', name_before: 'home' }]);
		await call(world.ann, 'updateWorkspace', world.at(''), { name: 'home', slug: 'home' });
	});
});

test('a limit is set, listed and deleted', async () => {
	const at = `/limits/rate?scope=${encodeURIComponent('key:a/b')}`;
	const set = await call(world.ada, 'setLimit', world.at(at), { limit: 5, per_seconds: 1 });
	assert.deepEqual([set.status, set.body.scope, set.body.limit, set.body.waiting], [200, 'key:a/b', 5, 0]);
	const { body } = await call(world.ada, 'listLimits', world.at('/limits'));
	assert.deepEqual(body.data, [set.body]);
	assert.equal((await call(world.ada, 'deleteLimit', world.at(at))).status, 204);
});

describe('lists', () => {
	for (const [what, path, filter] of [['prompts', '/prompts', ''], ['workflows', '/workflows', ''], ['runs', '/runs', ''],
		['runs of a workflow', '/runs', '&workflow_id='], ['pending runs', '/runs', '&status=pending']]) {
		test(`${what} come page by page, each once, newest first, while new ones arrive`, async () => {
			const extra = filter.endsWith('=') ? filter + chain.workflow.id : filter;
			const table = path.slice(1, -1);
			const where = filter.startsWith('&w') ? `and workflow_id = '${chain.workflow.id}'` : filter ? "and status = 'pending'" : '';
			const hidden = table === 'run' ? 'private_to is null and deleted_at is null' : "visibility = 'workspace'";
			const expected = world.stack.sql(`select id from ${table} where workspace_id = '${ids.home}' and ${hidden} ${where}
				order by created_at desc, id limit 40`).map(([id]) => id);
			const seen = [];
			let cursor = '';
			for (let pages = 0; seen.length < expected.length && pages < 30; pages++) {
				const { status, body } = await world.vic.get(world.at(`${path}?limit=3${extra}${cursor}`));
				assert.equal(status, 200);
				seen.push(...body.data.map((d) => d.id));
				await world.ada.post(world.at('/prompts'), { name: 'Later', body: 'x' });
				if (!body.next_cursor) break;
				cursor = `&cursor=${body.next_cursor}`;
			}
			assert.ok(expected.length > 1);
			assert.deepEqual(seen.slice(0, expected.length), expected);
		});
	}
	test('the last page has no cursor', async () => {
		const { body } = await world.eve.get(`/workspaces/${ids.elsewhere}/prompts?limit=2`);
		assert.deepEqual([body.data.length, body.next_cursor], [2, null]);
	});
});

describe('limits', () => {
	test('one is set, changed, listed and deleted', async () => {
		const at = (unit) => world.at(`/limits/${unit}?scope=workspace`);
		const made = await call(world.ada, 'setLimit', at('concurrency'), { limit: 5 });
		assert.deepEqual([made.status, made.body.scope, made.body.unit, made.body.limit, made.body.waiting], [200, 'workspace', 'concurrency', 5, 0]);
		assert.equal((await call(world.ada, 'setLimit', at('concurrency'), { limit: 7 })).body.limit, 7);
		assert.deepEqual((await call(world.ada, 'listLimits', world.at('/limits'))).body.data.map((one) => [one.unit, one.limit]), [['concurrency', 7]]);
		assert.equal((await call(world.ada, 'deleteLimit', at('concurrency'))).status, 204);
		assert.deepEqual((await call(world.ada, 'listLimits', world.at('/limits'))).body.data, []);
	});
});

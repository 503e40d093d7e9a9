// What clients ask of a run: pause, decide, retry, fork, roll back; and what it shows of itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { until } from '../../harness/stack.mjs';
import { ids, makeChain } from '../lib/world.mjs';
import { call, chain, world } from './shared.mjs';

describe('what is asked of runs', () => {
	test('pausing and resuming are asked as often as they are asked, in order, and not when the run has ended', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'wait' } })).body.id;
		for (const [id, verb] of [['pauseRun', 'pause'], ['resumeRun', 'resume'], ['pauseRun', 'pause']]) {
			assert.equal((await call(world.mia, id, world.at(`/runs/${made}/${verb}`))).status, 202);
		}
		assert.deepEqual(world.stack.sql(`select kind, created_by from run_inbox where run_id = '${made}' order by id`),
			[['pause', ids.mia], ['resume', ids.mia], ['pause', ids.mia]]);
		assert.equal((await call(world.mia, 'moveRun', world.at(`/runs/${made}/move`))).status, 409, 'it is there');
		world.stack.sql(`insert into run_inbox (workspace_id, run_id, id, kind) select '${ids.home}', '${made}', gen_random_uuid(), 'pause'
			from generate_series(4, 1000)`);
		assert.equal((await call(world.mia, 'pauseRun', world.at(`/runs/${made}/pause`))).status, 409, 'an inbox has an end');
		world.stack.sql(`delete from run_inbox where run_id = '${made}'; update run set status = 'failed', finished_at = now() where id = '${made}'`);
		for (const verb of ['pause', 'resume']) {
			assert.deepEqual([(await world.mia.post(world.at(`/runs/${made}/${verb}`))).status,
				(await world.mia.post(world.at(`/runs/${ids.missing}/${verb}`))).status], [409, 404]);
		}
	});
	test('an approval is decided once, with what its form asks for', async () => {
		const form = { type: 'object', properties: { price: { type: 'integer' } }, required: ['price'] };
		const definition = { type: 'flow', input: { type: 'object' }, steps: [{ key: 'ok', kind: 'approval', form, input: { about: 'x' } },
			{ key: 'nap', kind: 'wait', seconds: 5 }, { key: 'go', kind: 'signal' }, { key: 'sum', kind: 'transform', value: ['{{steps.ok.output.data.price}}'] }] };
		const flow = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Flow', definition });
		assert.equal(flow.status, 201, JSON.stringify(flow.body));
		assert.equal(flow.body.definition.steps[2].signal, 'go');
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.body.id, input: {} })).body.id;
		const decide = (body, path = 'ok') => call(world.mia, 'decideApproval', world.at(`/runs/${made}/approvals/${path}`), body);
		const approval = { decision: 'approve', data: { price: 7 }, comment: 'gut' };
		assert.equal((await decide(approval)).status, 409, 'it does not wait yet');
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, waiting_for, started_at)
			values ('${ids.home}', '${made}', 'ok', 3, 'approval', 'waiting', 'approval', now())`);
		const read = (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body;
		assert.deepEqual([read.steps[0].form, read.steps[0].model, read.steps[0].timeout_seconds, read.steps[0].step_run.waiting_for], [form, null, 0, 'approval']);
		assert.deepEqual((await decide({ decision: 'approve', data: { price: 'dear' } })).body.errors.map((e) => e.path), ['/data/price']);
		assert.equal((await decide({ decision: 'approve' })).status, 422);
		assert.equal((await decide({ decision: 'perhaps' })).status, 422);
		assert.equal((await decide(approval, 'nap')).status, 404);
		assert.equal((await decide(approval)).status, 202);
		assert.equal((await decide({ decision: 'reject' })).status, 409, 'the first counts');
		const rows = world.stack.sql(`select kind, data, created_by from run_inbox where run_id = '${made}'`);
		assert.deepEqual(rows.map(([kind, data, by]) => [kind, JSON.parse(data), by]), [['approval', { path: 'ok', attempt: 3, ...approval, by_name: 'mia' }, ids.mia]]);

		const signal = (name, body) => call(world.mia, 'signalRun', world.at(`/runs/${made}/signals/${name}`), body);
		assert.equal((await signal('go', { data: [1] })).status, 202);
		assert.equal((await signal('go', {})).status, 202, 'each is a signal of its own');
		assert.equal((await signal('gone', {})).status, 404);
		assert.equal((await signal('go', { data: 'x'.repeat(70000) })).status, 422);
		assert.deepEqual(world.stack.sql(`select data from run_inbox where run_id = '${made}' and kind = 'signal' order by id`).flat().map((d) => JSON.parse(d)),
			[{ name: 'go', data: [1] }, { name: 'go', data: null }]);
		world.stack.sql(`update run set status = 'cancelled', finished_at = now() where id = '${made}'`);
		assert.deepEqual([(await signal('go', {})).status, (await decide(approval)).status], [409, 409]);
	});
	test('what a workflow publishes is made from what there is', async () => {
		const { definition } = chain.workflow;
		const state = { text: '{{input.text}}', points: '{{step.1.output.points}}', said: 'Points: {{steps.extract.output.points}}', sum: '{{steps.summarise.output}}' };
		const flow = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Open', definition: { ...definition, state } });
		assert.equal(flow.status, 201, JSON.stringify(flow.body));
		assert.equal(flow.body.definition.state.points, '{{steps.extract.output.points}}');
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.body.id, input: { text: 'one' } })).body.id;
		const read = async () => (await call(world.vic, 'readRunState', world.at(`/runs/${made}/state`))).body;
		assert.deepEqual(await read(), { status: 'pending', last_event: 1, state: { text: 'one', points: null, said: null, sum: null }, too_large: [] });
		const key = `'${ids.home}', '${made}'`;
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at) values
			(${key}, 'extract', 1, 'prompt', 'failed', '"half"', now()), (${key}, 'extract', 2, 'prompt', 'completed', '{"points":[1,2]}', now()),
			(${key}, 'summarise', 1, 'prompt', 'running', null, now())`);
		assert.deepEqual((await read()).state, { text: 'one', points: [1, 2], said: 'Points: [1,2]', sum: null });
		world.stack.sql(`update step_run set status = 'completed', output_blob = gen_random_uuid(), output_bytes = 9000002 where run_id = '${made}' and path = 'summarise';
			insert into blob (workspace_id, run_id, id, part, content) select ${key}, output_blob, 0, '"' || repeat('x', 9000000) || '"' from step_run
				where run_id = '${made}' and path = 'summarise'`);
		const large = await read();
		assert.deepEqual([large.state.points, large.state.sum, large.too_large], [[1, 2], null, ['summarise']]);
		world.stack.sql(`update blob set content = '"' || repeat('x', 70000) where run_id = '${made}';
			insert into blob (workspace_id, run_id, id, part, content) select workspace_id, run_id, id, 1, '"' from blob where run_id = '${made}';
			update step_run set output_bytes = 70002 where run_id = '${made}' and output_blob is not null`);
		assert.equal((await read()).state.sum.length, 70000);
		const { id: other } = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'one' } })).body;
		assert.deepEqual((await call(world.vic, 'readRunState', world.at(`/runs/${other}/state`))).body.state, {}, 'publishes nothing');
		assert.equal((await world.vic.get(world.at(`/runs/${ids.missing}/state`))).status, 404);
		const bad = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition: { ...definition, state: { a: '{{steps.nowhere.output}}' } } });
		assert.deepEqual([bad.status, bad.body.errors?.map((e) => e.path)], [422, ['/definition/state/a']]);
	});
	test('what is long comes as its beginning, and whole by a route of its own', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'one' } })).body.id;
		const key = `'${ids.home}', '${made}'`;
		const at = (rest) => world.at(`/runs/${made}${rest}`);
		assert.equal((await world.mia.get(at('/output'))).body.code, 'not_found');
		// 20 KB in the row, 2.5 MB in three parts, cut where a character begins; a path with a slash and brackets.
		const long = 'ü'.repeat(10000);
		const larger = JSON.stringify({ text: 'grün €𝟙 "quoted" '.repeat(100000) });
		const cuts = [0, 900001, 1800000, larger.length];
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, input, output, started_at, finished_at)
				values (${key}, 'extract', 1, 'prompt', 'completed', '{"text":"one"}', '"' || repeat('ü', 10000) || '"', now(), now());
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, input, output_blob, output_bytes, started_at, finished_at)
				values (${key}, 'each[3]/send', 2, 'prompt', 'completed', '1', '00000000-0000-8000-8000-000000000001', ${Buffer.byteLength(larger)}, now(), now());
			update run set status = 'completed', finished_at = now(), output_blob = '00000000-0000-8000-8000-000000000001',
				output_bytes = ${Buffer.byteLength(larger)} where id = '${made}'`);
		for (let part = 0; part < 3; part++) {
			const text = larger.slice(cuts[part], cuts[part + 1]);
			fs.writeFileSync(`${world.stack.dir}/part`, text);
			fs.chmodSync(`${world.stack.dir}/part`, 0o644);
			world.stack.sql(`insert into blob (workspace_id, run_id, id, part, content) values (${key}, '00000000-0000-8000-8000-000000000001', ${part},
				pg_read_file('${world.stack.dir}/part'))`);
		}
		const read = (await call(world.vic, 'readRun', at(''))).body;
		assert.deepEqual([read.output, read.output_bytes, read.truncated], [null, Buffer.byteLength(larger), true]);
		assert.equal(read.output_preview, [...larger].slice(0, 2048).join(''));
		const [extract] = read.steps;
		assert.deepEqual([extract.step_run.output, extract.step_run.output_bytes, extract.step_run.truncated], [null, 20002, true]);
		assert.equal(extract.step_run.output_preview, `"${long.slice(0, 4095)}`);
		assert.deepEqual([extract.step_run.input, extract.step_run.input_preview], [{ text: 'one' }, null]);
		const listed = (await call(world.vic, 'listStepRuns', at('/step-runs'))).body.data;
		assert.deepEqual(listed.map((s) => [s.path, s.output, s.truncated, [...s.output_preview].length]), [['extract', null, true, 1024], ['each[3]/send', null, true, 1024]]);
		assert.ok(JSON.stringify(listed).length < 6000);

		const path = encodeURIComponent('each[3]/send');
		const whole = await call(world.vic, 'readStepOutput', at(`/step-runs/output?path=${path}&attempt=2`));
		assert.ok(JSON.stringify(whole.body) === larger);
		assert.equal(whole.headers.get('content-type'), 'application/json');
		assert.ok(JSON.stringify((await call(world.vic, 'readRunOutput', at('/output'))).body) === larger);
		assert.equal((await call(world.vic, 'readStepOutput', at('/step-runs/output?path=extract&attempt=1'))).body, long);
		assert.deepEqual((await call(world.vic, 'readStepInput', at('/step-runs/input?path=extract&attempt=1'))).body, { text: 'one' });
		const plain = await fetch(`${world.stack.url}/api${at('/output')}`, { headers: { cookie: world.vic.cookie, 'accept-encoding': 'identity' } });
		assert.equal(plain.headers.get('content-length'), String(Buffer.byteLength(larger)));
		assert.ok(await plain.text() === larger);
		const head = await fetch(`${world.stack.url}/api${at('/output')}`, { method: 'HEAD', headers: { cookie: world.vic.cookie, 'accept-encoding': 'identity' } });
		assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(larger)));

		for (const wrong of ['/step-runs/output?path=extract&attempt=2', '/step-runs/output?path=nothing&attempt=1', `/step-runs/input?path=${path}&attempt=1`])
			assert.equal((await world.vic.get(at(wrong))).status, 404, wrong);
		for (const wrong of ['/step-runs/output?path=extract&attempt=0', '/step-runs/output?path=extract&attempt=x', '/step-runs/output?path=extract', '/step-runs/output?path=extract&attempt=9999999999'])
			assert.equal((await world.vic.get(at(wrong))).status, 422, wrong);
		assert.equal((await world.eve.get(at('/output'))).status, 404);
		// A part that is gone breaks the answer off: too short, and never taken for whole.
		world.stack.sql(`delete from blob where run_id = '${made}' and part = 1`);
		await assert.rejects(world.vic.get(at('/output')), 'the connection is broken off');
		assert.equal((await world.vic.get(at('/step-runs/output?path=extract&attempt=1'))).status, 200);
	});
	test('a run that has ended is retried once a generation, and what it goes on from is shown as reused', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'again' } })).body.id;
		const retry = (body) => call(world.mia, 'retryRun', world.at(`/runs/${made}/retry`), body);
		const read = async () => (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body;
		const events = async () => (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events`))).body;
		const early = await retry();
		assert.deepEqual([early.status, early.body.code], [409, 'conflict']);
		assert.match(early.body.detail, /has not ended: it is pending/);
		world.stack.sql(`update run set status = 'failed', finished_at = now(), error = '{"code":"refused","message":"No."}' where id = '${made}';
			delete from run_live where run_id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at, finished_at, tokens_in, tokens_out, cost_nano)
			values ('${ids.home}', '${made}', 'extract', 1, 'prompt', 'completed', '"points"', now(), now(), 10, 20, 5000),
				('${ids.home}', '${made}', 'summarise', 1, 'prompt', 'failed', null, now(), now(), 1, 0, 7000)`);
		assert.deepEqual([(await read()).generation, (await read()).forked_from, (await read()).reopening, (await events()).ended], [1, null, false, true]);
		const refused = await retry({ from: { step: 'nope' } });
		assert.deepEqual([refused.status, refused.body.detail], [422, 'Version 1 has no step "nope". Its definition says which there are.']);
		const unknown = await retry({ model: 'other/one', models: { extract: 'builtin/echo', summarise: 'nobody/knows' } });
		assert.deepEqual([unknown.status, unknown.body.errors.map((e) => e.path)], [422, ['/model', '/models/summarise']]);
		assert.equal((await retry({ models: { nope: 'builtin/echo' } })).status, 422);
		assert.deepEqual(world.stack.sql(`select (select count(*) from run_inbox where run_id = '${made}'), (select count(*) from run_live where run_id = '${made}')`), [['0', '0']]);
		const asked = await retry({ from: 'failed', version: 'latest', model: 'builtin/instant' });
		assert.deepEqual([asked.status, asked.body], [202, { accepted: true }]);
		const twice = await retry({ from: 'start' });
		assert.deepEqual([twice.status, twice.body.detail], [409, 'Somebody retried this run a moment ago. Nothing was changed. Read it to see how it goes on.']);
		const [[kind, generation, data]] = world.stack.sql(`select kind, generation, data from run_inbox where run_id = '${made}'`);
		assert.deepEqual([kind, generation, JSON.parse(data)], ['reopen', '1', { generation: 2, from: 'failed', version: 1, version_before: 1, steps: 2, planner: 1,
			models: { '*': 'builtin/instant' }, reused: { extract: 1 } }]);
		assert.equal(world.stack.sql(`select epoch from run_live where run_id = '${made}'`)[0][0], String(2 ** 32));
		assert.deepEqual([(await events()).ended, (await read()).reopening], [false, true], 'who watches goes on watching');

		// As the executor carries it out.
		world.stack.sql(`update run set status = 'running', generation = 2, kept = '{"extract": 1}', models = '{"*": "builtin/instant"}', finished_at = null,
			error = null where id = '${made}'; delete from run_inbox where run_id = '${made}'`);
		const run = await read();
		assert.deepEqual([run.generation, run.steps_done, run.marks, run.tokens_in, run.cost_usd], [2, 1, ['completed', 'pending'], 11, 0.000012]);
		assert.deepEqual([run.steps[0].step_run.reused, run.steps[0].step_run.reused_from, run.steps[1].step_run, run.steps[1].model], [true, null, null, 'builtin/instant']);
		const rows = (await call(world.vic, 'listStepRuns', world.at(`/runs/${made}/step-runs`))).body.data;
		assert.deepEqual(rows.map((s) => [s.path, s.generation, s.status, s.reused]), [['extract', 1, 'completed', true], ['summarise', 1, 'rolled_back', false]]);
		const listed = (await call(world.vic, 'listRuns', world.at('/runs?limit=100'))).body.data.find((r) => r.id === made);
		assert.deepEqual([listed.generation, listed.marks, listed.steps_done], [2, ['completed', 'pending'], 1]);
	});
	test('a run is rolled back to a checkpoint, and to nothing else', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'back' } })).body.id;
		const rollBack = (body) => call(world.mia, 'rollBackRun', world.at(`/runs/${made}/rollback`), body);
		world.stack.sql(`update run set status = 'completed', finished_at = now() where id = '${made}'; delete from run_live where run_id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at, finished_at, ended_seq)
			values ('${ids.home}', '${made}', 'extract', 1, 'prompt', 'completed', '"points"', now(), now(), 2),
				('${ids.home}', '${made}', 'summarise', 1, 'prompt', 'completed', '"short"', now(), now(), 3);
			insert into run_event (workspace_id, run_id, seq, at, type, path, attempt)
			values ('${ids.home}', '${made}', 2, now(), 'step.completed', 'extract', 1), ('${ids.home}', '${made}', 3, now(), 'step.completed', 'summarise', 1)`);
		const list = async (query) => (await call(world.vic, 'listCheckpoints', world.at(`/runs/${made}/checkpoints${query}`))).body;
		const whole = await list('');
		assert.deepEqual([whole.data.map((c) => [c.checkpoint, c.execution_id, c.generation, c.step_id, c.attempt]), whole.next_cursor],
			[[[2, made, 1, 'extract', 1], [3, made, 1, 'summarise', 1]], null]);
		const page = await list('?limit=1');
		assert.deepEqual((await list(`?limit=1&cursor=${page.next_cursor}`)).data, whole.data.slice(1));
		const checkpoint = async (n) => call(world.vic, 'readCheckpoint', world.at(`/runs/${made}/checkpoints/${n}`));
		const { timestamp, ...first } = (await checkpoint(2)).body;
		assert.equal(timestamp, whole.data[0].timestamp);
		assert.deepEqual(first, { checkpoint: 2, generation: 1, execution_id: made, current_phase: 'summarise', current_step_index: 1, completed_step_ids: ['extract'],
			step_results: { extract: { step_id: 'extract', status: 'completed', data: 'points', truncated: false, error: null } } });
		const last = (await checkpoint(3)).body;
		assert.deepEqual([last.current_phase, last.current_step_index, last.completed_step_ids], ['summarise', 2, ['extract', 'summarise']]);
		assert.deepEqual([(await checkpoint(1)).status, (await checkpoint(99)).status, (await checkpoint('x')).status], [404, 404, 400]);
		assert.equal((await world.vic.get(world.at(`/runs/${made}/checkpoints?cursor=AAAA`))).status, 400);
		for (const checkpoint of [1, 4]) {
			const none = await rollBack({ checkpoint });
			assert.deepEqual([none.status, none.body.detail], [404, `The run has no checkpoint ${checkpoint}. The list of its checkpoints has their numbers.`]);
		}
		assert.equal((await rollBack({})).status, 422);
		assert.equal((await rollBack({ checkpoint: 0 })).status, 422);
		assert.equal((await rollBack({ checkpoint: 2 })).status, 202);
		const [[data]] = world.stack.sql(`select data from run_inbox where run_id = '${made}'`);
		assert.deepEqual([JSON.parse(data).from, JSON.parse(data).reused, JSON.parse(data).models], [{ checkpoint: 2 }, { extract: 1 }, null]);

		// As the executor carries it out, on a version whose steps stand in another order: each checkpoint shows what was then.
		world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			select workspace_id, workflow_id, 7, '{"type":"flow","steps":[{"key":"new","kind":"transform","phase":"plan"},{"key":"extract","kind":"prompt","phase":"do"}]}', 2, created_by
				from workflow_version where workflow_id = '${chain.workflow.id}' and version = 1;
			update run set generation = 2, workflow_version = 7, kept = '{"extract": 1}' where id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, output, started_at, finished_at, ended_seq)
			values ('${ids.home}', '${made}', 'new', 1, 2, 'transform', 'completed', '{"a":[]}', now(), now(), 5);
			insert into run_event (workspace_id, run_id, seq, at, type, path, attempt, data) values
				('${ids.home}', '${made}', 4, now(), 'run.reopened', null, null, '{"generation":2,"version":7,"version_before":1,"reused":{"extract":1}}'),
				('${ids.home}', '${made}', 5, now(), 'step.completed', 'new', 1, null)`);
		assert.deepEqual((await checkpoint(2)).body, { timestamp, ...first });
		const later = (await checkpoint(5)).body;
		assert.deepEqual([later.generation, later.current_phase, later.current_step_index, later.completed_step_ids, later.step_results.new],
			[2, 'do', 2, ['new', 'extract'], { step_id: 'new', status: 'completed', data: { a: [] }, truncated: false, error: null }]);
	});
	test('a run is forked at a step, with what fits there', async () => {
		const definition = { type: 'flow', input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false },
			steps: [{ key: 'ask', kind: 'prompt', prompt: { id: chain.prompts[0].id }, input: { text: '{{input.text}}' } }, { key: 'nap', kind: 'wait', seconds: 5 },
				{ key: 'ok', kind: 'approval' }] };
		const flow = (await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Forked', definition })).body;
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.id, input: { text: 'one' } })).body.id;
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, tokens_in, tokens_out, cost_nano, started_at, finished_at)
			values ('${ids.home}', '${made}', 'ask', 1, 'prompt', 'completed', '"said"', 10, 20, 5000, now(), now())`);
		const fork = (body, headers) => call(world.mia, 'forkRun', world.at(`/runs/${made}/fork`), body, headers);
		const places = async (body) => {
			const answer = await fork(body);
			return [answer.status, answer.body.errors?.map((e) => e.path)];
		};
		assert.deepEqual(await places({ step: 'nope' }), [422, ['/step']]);
		assert.deepEqual(await places({ step: 'ask', input: { text: 7 } }), [422, ['/input/text']]);
		assert.deepEqual(await places({ step: 'ask', step_input: { other: 'x' } }), [422, ['/step_input']]);
		assert.deepEqual(await places({ step: 'nap', step_input: { text: 'x' } }), [422, ['/step_input']]);
		assert.deepEqual(await places({ step: 'ask', models: { nap: 'builtin/echo', ask: 'builtin/instant' } }), [422, ['/models/nap']]);
		assert.deepEqual(await places({ step: 'ask', model: 'nobody/knows' }), [422, ['/model']]);
		assert.deepEqual(await places({ input: {} }), [422, ['/step']]);
		assert.equal((await world.mia.post(world.at(`/runs/${ids.missing}/fork`), { step: 'ask' })).status, 404);
		assert.equal(world.stack.sql(`select count(*) from run where forked_from = '${made}'`)[0][0], '0');

		const body = { step: 'ok', input: { text: 'two' }, step_input: { about: [1] } };
		const first = await fork(body, { 'idempotency-key': 'fork-1' });
		assert.deepEqual([first.status, first.body.status, first.body.workflow_version], [201, 'pending', 1]);
		const again = await fork(body, { 'idempotency-key': 'fork-1' });
		assert.deepEqual([again.body, again.headers.get('idempotency-replayed')], [first.body, 'true']);
		assert.equal((await fork({ step: 'nap' }, { 'idempotency-key': 'fork-1' })).status, 422);
		const run = (await call(world.vic, 'readRun', world.at(`/runs/${first.body.id}`))).body;
		assert.deepEqual([run.forked_from, run.input, run.steps_done, run.cost_usd, run.marks], [made, { text: 'two' }, 1, 0, ['completed', 'pending', 'pending']]);
		const [copy] = run.steps.map((s) => s.step_run);
		assert.deepEqual([copy.reused, copy.reused_from, copy.output, copy.tokens_in, copy.cost_usd], [true, made, 'said', null, null]);
		assert.deepEqual((await call(world.vic, 'listEvents', world.at(`/runs/${run.id}/events`))).body.data.map((e) => [e.type, e.data]),
			[['run.created', { forked_from: made, step: 'ok', reused: { ask: 1 } }]]);
		assert.deepEqual(world.stack.sql(`select step_inputs from run where id = '${run.id}'`), [['{"ok":{"about":[1]}}']]);

		// The latest version: its schema counts, also for the input the run has.
		world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			select workspace_id, workflow_id, 2, replace(definition, '"text":{"type":"string"}', '"text":{"type":"integer"}'), step_count, created_by
				from workflow_version where workflow_id = '${flow.id}';
			update workflow set current_version = 2 where id = '${flow.id}'`);
		assert.deepEqual(await places({ step: 'nap', version: 'latest' }), [422, ['/input/text']]);
		const latest = await fork({ step: 'nap', version: 'latest', input: { text: 3 } });
		assert.deepEqual([latest.status, latest.body.workflow_version], [201, 2]);
		assert.equal((await fork({ step: 'nap' })).body.workflow_version, 1);
	});
	test('what follows a failure is decided once, while somebody is asked', async () => {
		const definition = { type: 'flow', input: { type: 'object' }, steps: [{ key: 'bad', kind: 'transform', value: 1, on_failure: 'ask' }, { key: 'fine', kind: 'wait', seconds: 5 }] };
		const flow = (await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Asks', definition })).body;
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.id, input: {} })).body.id;
		const decide = (body, path = 'bad') => call(world.mia, 'decideFailure', world.at(`/runs/${made}/failures/${path}`), body);
		assert.equal((await decide({ decision: 'skip' })).status, 409, 'nobody is asked yet');
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, waiting_for, started_at, finished_at)
			values ('${ids.home}', '${made}', 'bad', 2, 'transform', 'failed', 'decision', now(), now())`);
		assert.deepEqual([(await decide({ decision: 'perhaps' })).status, (await decide({ decision: 'skip' }, 'nope')).status], [422, 404]);
		assert.equal((await decide({ decision: 'skip', comment: 'not needed' })).status, 202);
		assert.equal((await decide({ decision: 'retry' })).status, 409, 'the first counts');
		const rows = world.stack.sql(`select kind, generation, data, created_by from run_inbox where run_id = '${made}'`);
		assert.deepEqual(rows.map(([kind, generation, data, by]) => [kind, generation, JSON.parse(data), by]),
			[['failure', '1', { path: 'bad', attempt: 2, decision: 'skip', comment: 'not needed' }, ids.mia]]);
	});
	test('steps of a flow that make no sense are told with their place', async () => {
		const wrong = [[{ kind: 'wait' }, ''], [{ kind: 'wait', seconds: 1, until: '2030-01-01T00:00:00Z' }, ''], [{ kind: 'transform' }, ''],
			[{ kind: 'transform', value: { a: '{{steps.later.output}}' } }, '/value/a'], [{ kind: 'wait', seconds: '{{steps.a.output}}' }, '/seconds'],
			[{ kind: 'approval', form: { type: 'string' } }, '/form'], [{ kind: 'transform', value: 1, timeout_seconds: 5 }, '/timeout_seconds'],
			[{ kind: 'prompt' }, '']];
		for (const [step, place] of wrong) {
			const { status, body } = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition: { type: 'flow', steps: [{ key: 'a', ...step }] } });
			assert.deepEqual([status, body.errors?.map((e) => e.path)], [422, [`/definition/steps/0${place}`]], JSON.stringify(step));
		}
	});
	test('runs of a private workflow are seen by its author alone', async () => {
		const { workflow } = await makeChain(world.mia, ids.home, { visibility: 'private' });
		assert.equal((await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: '' } })).status, 404);
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'mine' } })).body.id;
		for (const path of ['', '/step-runs', '/events', '/state']) {
			assert.equal((await world.mia.get(world.at(`/runs/${made}${path}`))).status, 200, path);
			assert.equal((await world.ada.get(world.at(`/runs/${made}${path}`))).status, 404, path);
		}
		assert.equal((await world.ada.post(world.at(`/runs/${made}/cancel`))).status, 404);
		assert.ok(!(await world.ada.get(world.at('/runs?limit=100'))).body.data.some((r) => r.id === made));
	});
	test('executors are told when something is due', async () => {
		const listener = spawn('psql', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', '-d', 'stepmill', '-XAtq'], { stdio: ['pipe', 'pipe', 'inherit'] });
		let heard = '';
		listener.stdout.on('data', (d) => { heard += d; });
		listener.stdin.write('listen stepmill_run;\nselect 1;\n');
		await until('the listener', () => heard.includes('1'));
		await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'wake' } });
		await until('the notification', () => {
			listener.stdin.write('select 2;\n');
			return heard.includes('"stepmill_run"');
		});
		listener.stdin.end();
	});
});

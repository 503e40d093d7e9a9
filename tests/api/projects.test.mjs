// Projects: settings that runs are made with, and what their runs make of them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answerMisfits, operations } from './lib/contract.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let contract;
let chain;
before(async () => {
	world = await startWorld({ workers: 4 });
	contract = (await world.nobody.get('/openapi.json')).body;
	chain = await makeChain(world.ada);
});
after(async () => world?.stack.stop());

async function ask(client, id, path, body, headers = {}) {
	const op = operations(contract).find((o) => o.id === id);
	const answer = await client.request(op.method, world.at(path), body, ['PATCH', 'DELETE'].includes(op.method) ? { 'if-match': '*', ...headers } : headers);
	assert.deepEqual(answerMisfits(contract, op, answer), [], id);
	return answer;
}
const make = async (body = {}, client = world.mia) => (await ask(client, 'createProject', '/projects', { name: 'Site', ...body })).body;
const change = (client, id, body, headers) => ask(client, 'updateProject', `/projects/${id}`, body, headers);
const read = async (id) => (await ask(world.vic, 'readProject', `/projects/${id}`)).body;
const run = (body, client = world.mia) => ask(client, 'createRun', '/runs', { input: { text: 'x' }, ...body });
const row = (id) => world.stack.sql(`select workflow_id, project_id, models::text, overrides::text from run where id = '${id}'`)[0];

describe('a project', () => {
	test('is made and read with all that it is set to', async () => {
		const settings = { name: 'Site', description: 'The new one', default_workflow_id: chain.workflow.id, config: { model: 'builtin/instant', timeout_seconds: 90 }, directory: 'site/main' };
		const { status, body } = await ask(world.mia, 'createProject', '/projects', settings);
		assert.equal(status, 201);
		for (const [key, value] of Object.entries(settings)) assert.deepEqual(body[key], value, key);
		assert.deepEqual([body.status, body.revision, body.archived_at, body.last_runs], ['idle', 1, null, []]);
		assert.deepEqual(await read(body.id), body);
	});
	test('takes no settings that nobody would keep, and names the place', async () => {
		const cases = [[{ config: { auto_mode: 'off' } }, '/config/auto_mode'], [{ config: { manual: true } }, '/config/manual'], [{ config: { script_network: 1 } }, '/config/script_network'], [{ config: { timeout_seconds: 0 } }, '/config/timeout_seconds'],
			[{ config: { model: 'nobody/none' } }, '/config/model'], [{ default_workflow_id: ids.missing }, '/default_workflow_id'], [{ name: ' ' }, '/name'],
			...['/etc', '../up', 'a/../b', 'a//b', '.git', 'a/', 'a b', ''].map((directory) => [{ directory }, '/directory'])];
		for (const [body, path] of cases) {
			const answer = await ask(world.mia, 'createProject', '/projects', { name: 'Bad', ...body });
			assert.deepEqual([answer.status, answer.body.errors?.[0].path], [422, path], JSON.stringify(body));
		}
	});
	test('is changed by who made it and by admins, on the revision they have seen', async () => {
		const { id } = await make({ default_workflow_id: chain.workflow.id, directory: 'a' });
		world.stack.sql(`update membership set role = 'member' where user_id = '${ids.vic}' and workspace_id = '${ids.home}'`);
		assert.equal((await change(world.vic, id, { name: 'Mine' })).status, 403);
		world.stack.sql(`update membership set role = 'viewer' where user_id = '${ids.vic}' and workspace_id = '${ids.home}'`);
		const tag = (await world.mia.get(world.at(`/projects/${id}`))).headers.get('etag');
		const changed = await change(world.ann, id, { name: 'Ours', default_workflow_id: null, directory: null }, { 'if-match': tag });
		assert.deepEqual([changed.body.name, changed.body.default_workflow_id, changed.body.directory, changed.body.revision], ['Ours', null, null, 2]);
		assert.equal((await change(world.mia, id, { name: 'Late' }, { 'if-match': tag })).status, 412);
		assert.equal((await change(world.mia, id, { name: 'Ours' })).body.revision, 2, 'nothing to change');
		const as = (person, sql) => world.stack.sql(`begin; set local role stepmill_api; select set_config('stepmill.workspace', '${ids.home}', true),
			set_config('stepmill.user', '${person}', true), set_config('stepmill.role', 'member', true); ${sql}; commit`);
		as(ids.vic, "update project set name = 'Stolen'");
		assert.equal((await read(id)).name, 'Ours');
	});
	test('is listed newest first, page by page, archived ones apart', async () => {
		for (const name of ['Page one', 'Page two', 'Page three']) await make({ name });
		const first = (await ask(world.vic, 'listProjects', '/projects?q=page&limit=2')).body;
		const second = (await ask(world.vic, 'listProjects', `/projects?q=page&limit=2&cursor=${first.next_cursor}`)).body;
		assert.deepEqual([...first.data, ...second.data].map((p) => p.name), ['Page three', 'Page two', 'Page one']);
		const [{ id }] = first.data;
		assert.match((await change(world.mia, id, { archived: true })).body.archived_at, /^20/);
		assert.ok(!(await ask(world.vic, 'listProjects', '/projects?q=page')).body.data.some((p) => p.id === id));
		assert.deepEqual((await ask(world.vic, 'listProjects', '/projects?q=page&archived=true')).body.data.map((p) => p.id), [id]);
		assert.equal((await run({ workflow_id: chain.workflow.id, project_id: id })).status, 409);
		assert.equal((await change(world.mia, id, { archived: false })).body.archived_at, null);
		assert.equal((await run({ workflow_id: chain.workflow.id, project_id: id })).status, 201);
	});
});

describe('a project that is deleted', () => {
	const remove = (client, id, headers) => ask(client, 'deleteProject', `/projects/${id}`, undefined, headers);
	const shown = async (id) => (await ask(world.vic, 'readRun', `/runs/${id}`)).body;

	test('is gone for everybody, at once; runs that were made in it stay, and go on', async () => {
		const { id } = await make({ name: 'Passing', default_workflow_id: chain.workflow.id, directory: 'passing' });
		const { id: of } = (await run({ project_id: id })).body;
		assert.deepEqual([(await shown(of)).project_id, (await shown(of)).project_name], [id, 'Passing']);
		assert.deepEqual([(await remove(world.ann, id)).status, (await remove(world.ann, id)).status], [204, 204], 'twice is once');
		for (const path of ['', '/board']) assert.equal((await world.ada.get(world.at(`/projects/${id}${path}`))).status, 404, path);
		for (const archived of [false, true]) {
			const listed = (await ask(world.vic, 'listProjects', `/projects?limit=100&archived=${archived}`)).body.data;
			assert.ok(!listed.some((p) => p.id === id));
		}
		assert.equal((await change(world.ada, id, { name: 'Back', archived: false })).status, 404);
		assert.equal((await run({ project_id: id })).status, 404);
		assert.equal((await run({ project_id: id, workflow_id: chain.workflow.id })).status, 404);
		const after_ = await shown(of);
		assert.deepEqual([after_.project_id, after_.project_name, after_.status], [id, null, 'pending']);
		assert.deepEqual(JSON.parse(row(of)[3]), { directory: 'passing' }, 'it keeps what it was made with');
		assert.deepEqual((await ask(world.vic, 'listRuns', `/runs?project_id=${id}`)).body.data.map((r) => r.id), [of]);
		assert.equal((await ask(world.vic, 'readWorkflow', `/workflows/${chain.workflow.id}`)).status, 200, 'workflows are not its own');
		world.stack.sql(`update run set status = 'failed', finished_at = now() where id = '${of}'; delete from run_live where run_id = '${of}';
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at, finished_at)
				values ('${ids.home}', '${of}', 'extract', 1, 'prompt', 'completed', '"x"', now(), now())`);
		assert.equal((await world.mia.post(world.at(`/runs/${of}/retry`), { from: 'start' })).status, 202, 'it is reopened as any');
		assert.equal((await remove(world.ada, id)).status, 404, 'somebody else has done it');
	});
	test('is deleted by admins, on the revision they have seen, and in the log by its name', async () => {
		const { id, name } = await make({ name: 'Seen' });
		const tag = (await world.mia.get(world.at(`/projects/${id}`))).headers.get('etag');
		assert.equal((await remove(world.mia, id)).status, 403, 'a member, who made it');
		await change(world.mia, id, { description: 'Needed after all' });
		assert.equal((await remove(world.ann, id, { 'if-match': tag })).status, 412);
		assert.equal((await world.ann.delete(world.at(`/projects/${id}`))).status, 428);
		assert.equal((await read(id)).description, 'Needed after all');
		assert.equal((await remove(world.ann, id)).status, 204);
		const [entry] = (await world.ann.get(world.at(`/audit?subject=${id}`))).body.data;
		assert.deepEqual([entry.operation, entry.kind, entry.name, entry.person.id], ['deleteProject', 'project', name, ids.ann]);
		assert.equal((await remove(world.ann, ids.missing)).status, 404);
	});
	test('comes back in no request of the program itself', async () => {
		const { id } = await make();
		await remove(world.ann, id);
		const as = (sql) => world.stack.sql(`begin; set local role stepmill_api; select set_config('stepmill.workspace', '${ids.home}', true),
			set_config('stepmill.user', '${ids.ada}', true), set_config('stepmill.role', 'owner', true); ${sql}; commit`);
		as(`update project set deleted_at = null, deleted_by = null where id = '${id}'`);
		assert.equal((await world.ada.get(world.at(`/projects/${id}`))).status, 404);
		world.stack.sql(`update project set deleted_at = now() - interval '1 hour' where id = '${id}'`);
		assert.equal((await remove(world.ann, id)).status, 404, 'long ago is no repeat');
	});
});

describe('a run in a project', () => {
	test('is of its default workflow unless it names another, and is made with its settings', async () => {
		const { id } = await make({ default_workflow_id: chain.workflow.id, config: { model: 'builtin/instant', timeout_seconds: 7 } });
		const made = (await run({ project_id: id })).body;
		assert.equal(made.workflow_id, chain.workflow.id);
		const [flow, project, models, overrides] = row(made.id);
		assert.deepEqual([flow, project, JSON.parse(models), JSON.parse(overrides)], [chain.workflow.id, id, { '*': 'builtin/instant' }, { timeout_seconds: 7 }]);
		const shown = (await ask(world.vic, 'readRun', `/runs/${made.id}`)).body;
		assert.deepEqual([shown.project_id, shown.steps.map((s) => [s.model, s.timeout_seconds])], [id, [['builtin/instant', 7], ['builtin/instant', 7]]]);
		await change(world.mia, id, { config: {} });
		assert.deepEqual(row(made.id).slice(2).map((t) => JSON.parse(t)), [{ '*': 'builtin/instant' }, { timeout_seconds: 7 }], 'it keeps what it was made with');
		assert.deepEqual(row((await run({ project_id: id })).body.id).slice(2), ['\\N', '\\N']);
		const other = (await makeChain(world.ada)).workflow.id;
		assert.equal((await run({ project_id: id, workflow_id: other })).body.workflow_id, other);
		const many = await ask(world.mia, 'createRunsBulk', '/runs:bulk', { project_id: id, inputs: [{ text: 'a' }, { text: 'b' }] });
		assert.equal(many.status, 201);
		for (const one of many.body.ids) assert.equal(row(one)[1], id);
	});
	test('keeps that a person begins each of its phases, and says which it waits for', async () => {
		const { id } = await make({ default_workflow_id: chain.workflow.id, config: { auto_mode: false } });
		assert.deepEqual((await read(id)).config, { auto_mode: false });
		const made = (await run({ project_id: id })).body.id;
		assert.deepEqual(JSON.parse(row(made)[3]), { auto_mode: false });
		await change(world.mia, id, { config: { auto_mode: true } });
		assert.deepEqual(JSON.parse(row(made)[3]), { auto_mode: false }, 'it keeps what it was made with');
		const other = (await run({ project_id: id })).body.id;
		assert.equal(row(other)[3], '\\N', 'true is what runs have anyway');
		const shown = async () => [(await ask(world.vic, 'readRun', `/runs/${made}`)).body.waiting_for,
			...(await ask(world.vic, 'readBoard', `/projects/${id}/board`)).body.data.map((card) => card.waiting_for)];
		assert.deepEqual(await shown(), [null, null, null]);
		world.stack.sql(`update run set status = 'paused', overrides = overrides || '{"waits_at": "Check it", "passed": ["Draft"]}' where id = '${made}'`);
		assert.deepEqual(await shown(), ['phase Check it', null, 'phase Check it']);
		world.stack.sql(`update run set status = 'running' where id = '${made}'`);
		assert.deepEqual(await shown(), [null, null, null], 'only while it is paused');
	});
	test('keeps whether its scripts may use the network, and so does its fork; who changed that is in the log', async () => {
		const { id } = await make({ default_workflow_id: chain.workflow.id, config: { script_network: true } });
		assert.deepEqual((await read(id)).config, { script_network: true });
		const made = (await run({ project_id: id })).body.id;
		assert.deepEqual(JSON.parse(row(made)[3]), { script_network: true });
		await change(world.mia, id, { config: { script_network: false } });
		assert.deepEqual(JSON.parse(row(made)[3]), { script_network: true }, 'it keeps what it was made with');
		assert.equal(row((await run({ project_id: id })).body.id)[3], '\\N', 'false is what runs have anyway');
		const fork = await world.mia.post(world.at(`/runs/${made}/fork`), { step: 'extract' });
		assert.deepEqual(JSON.parse(row(fork.body.id)[3]), { script_network: true });
		const log = (await world.ann.get(world.at('/audit?limit=100'))).body.data.filter((e) => e.target?.id === id || JSON.stringify(e).includes(id));
		assert.deepEqual(log.map((e) => e.details?.config).filter(Boolean), [{ script_network: false }, { script_network: true }], JSON.stringify(log));
	});
	test('needs a workflow from somewhere, and a project that is there', async () => {
		const { id } = await make();
		for (const body of [{ project_id: id }, {}]) {
			const answer = await run(body);
			assert.deepEqual([answer.status, answer.body.errors[0].path, answer.body.errors[0].code], [422, '/workflow_id', 'required']);
		}
		for (const body of [{ project_id: ids.missing }, { project_id: ids.missing, workflow_id: chain.workflow.id }]) assert.equal((await run(body)).status, 404);
	});
	test('is found by its project, alone and with a workflow, and its fork stays in it', async () => {
		const { id } = await make({ default_workflow_id: chain.workflow.id });
		const [one, two] = [(await run({ project_id: id })).body.id, (await run({ project_id: id })).body.id];
		await run({ workflow_id: chain.workflow.id });
		const found = async (query) => (await ask(world.vic, 'listRuns', `/runs?${query}`)).body.data.map((r) => r.id);
		assert.deepEqual(await found(`project_id=${id}`), [two, one]);
		assert.deepEqual(await found(`project_id=${id}&workflow_id=${chain.workflow.id}`), [two, one]);
		assert.deepEqual(await found(`project_id=${id}&workflow_id=${ids.missing}`), []);
		assert.deepEqual(await found(`project_id=${ids.missing}`), []);
		const page = (await ask(world.vic, 'listRuns', `/runs?project_id=${id}&limit=1`)).body;
		assert.deepEqual(await found(`project_id=${id}&limit=1&cursor=${page.next_cursor}`), [one]);
		const fork = await world.mia.post(world.at(`/runs/${one}/fork`), { step: 'extract' });
		assert.equal(row(fork.body.id)[1], id);
	});
	test('makes it running, paused, completed, failed or idle', async () => {
		const { id } = await make({ default_workflow_id: chain.workflow.id });
		const made = [];
		for (let i = 0; i < 2; i++) made.push((await run({ project_id: id })).body.id);
		const [older, newer] = made;
		const is = async (first, second) => {
			world.stack.sql(`update run set status = '${first}' where id = '${older}'; update run set status = '${second}' where id = '${newer}'`);
			return (await read(id)).status;
		};
		assert.deepEqual([await is('completed', 'pending'), await is('running', 'completed'), await is('running', 'paused'), await is('paused', 'completed'),
			await is('failed', 'completed'), await is('completed', 'failed'), await is('completed', 'cancelled')],
		['running', 'running', 'running', 'paused', 'completed', 'failed', 'idle']);
		assert.deepEqual((await read(id)).last_runs.map((r) => [r.id, r.status]), [[newer, 'cancelled'], [older, 'completed']]);
		const listed = (await ask(world.vic, 'listProjects', '/projects?limit=100')).body.data.find((p) => p.id === id);
		assert.deepEqual([listed.status, listed.last_runs.length], ['idle', 2]);
	});
});

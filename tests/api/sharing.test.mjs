// Who sees, edits, runs and clones prompts and workflows: private, shared with the workspace, public.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answerMisfits, operations } from './lib/contract.mjs';
import { chain, ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let contract;
before(async () => {
	world = await startWorld({ workers: 8 });
	contract = (await world.nobody.get('/openapi.json')).body;
});
after(async () => world?.stack.stop());

const at = (path) => world.at(path);
/** Asks, and holds the answer against the contract. */
async function ask(client, id, path, body, headers = {}) {
	const op = operations(contract).find((o) => o.id === id);
	const answer = await client.request(op.method, path, body, op.etag === 'revision' && ['PUT', 'PATCH', 'DELETE'].includes(op.method) ? { 'if-match': '*', ...headers } : headers);
	assert.deepEqual(answerMisfits(contract, op, answer), [], id);
	return answer;
}
const share = (client, kind, id, visibility, more = {}, workspace = ids.home) => ask(client, kind === 'prompt' ? 'sharePrompt' : 'shareWorkflow',
	`/workspaces/${workspace}/${kind}s/${id}/visibility`, { visibility, ...more });
const make = async (client, visibility, body = 'Say {{text}}', name = 'P', workspace = ids.home) =>
	(await ask(client, 'createPrompt', `/workspaces/${workspace}/prompts`, { name, body, visibility })).body;
/** mia's chain of two private prompts, private itself. */
async function hidden(client = world.mia, workspace = ids.home) {
	const prompts = [await make(client, 'private', 'Extract {{text}}', 'House style', workspace), await make(client, 'private', 'Sum {{content}}', 'Summary', workspace)];
	const { body } = await ask(client, 'createWorkflow', `/workspaces/${workspace}/workflows`, { name: 'Hidden', visibility: 'private', definition: chain(prompts) });
	return { prompts, workflow: body };
}
const log = (subject) => world.stack.sql(`select operation, details::text from audit where subject = '${subject}' order by at`);

describe('what is shared', () => {
	for (const kind of ['prompt', 'workflow']) {
		const Kind = kind[0].toUpperCase() + kind.slice(1);
		const made = async () => (kind === 'prompt' ? (await make(world.mia, 'workspace')).id : (await makeChain(world.mia)).workflow.id);
		test(`a ${kind} is changed, archived and hidden by who made it and by admins; other members are told so`, async () => {
			const id = await made();
			world.stack.sql(`update membership set role = 'member' where user_id = '${ids.vic}' and workspace_id = '${ids.home}'`);
			const before_ = (await world.vic.get(at(`/${kind}s/${id}`))).body;
			for (const [op, path, body] of [[`update${Kind}`, '', { name: 'Mine' }], [`archive${Kind}`, '', undefined], [`share${Kind}`, '/visibility', { visibility: 'public' }]]) {
				const answer = await ask(world.vic, op, at(`/${kind}s/${id}${path}`), body);
				assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'], op);
				assert.match(answer.body.detail, /Only who made this/);
			}
			assert.deepEqual((await world.vic.get(at(`/${kind}s/${id}`))).body, before_);
			assert.equal((await ask(world.ann, `update${Kind}`, at(`/${kind}s/${id}`), { name: 'By ann' })).body.name, 'By ann');
			assert.equal((await ask(world.mia, `update${Kind}`, at(`/${kind}s/${id}`), { name: 'By mia' })).body.name, 'By mia');
			const taken = await share(world.ann, kind, id, 'private');
			assert.deepEqual([taken.status, (await world.mia.get(at(`/${kind}s/${id}`))).body.visibility], [403, 'workspace']);
			assert.equal((await ask(world.ann, `archive${Kind}`, at(`/${kind}s/${id}`))).status, 204);
			world.stack.sql(`update membership set role = 'viewer' where user_id = '${ids.vic}' and workspace_id = '${ids.home}'`);
		});
		test(`a ${kind} cannot be written by a member's transaction, whatever a statement forgets`, async () => {
			const id = await made();
			const as = (role, person, sql) => world.stack.sql(`begin; set local role stepmill_api; select set_config('stepmill.workspace', '${ids.home}', true),
				set_config('stepmill.user', '${person}', true), set_config('stepmill.role', '${role}', true); ${sql}; commit`);
			as('member', ids.vic, `update ${kind} set name = 'Stolen'`);
			const name = () => world.stack.sql(`select name from ${kind} where id = '${id}'`)[0][0];
			assert.notEqual(name(), 'Stolen');
			const version = kind === 'prompt' ? `(workspace_id, prompt_id, version, body, created_by) values ('${ids.home}', '${id}', 2, 'x', '${ids.vic}')`
				: `(workspace_id, workflow_id, version, definition, step_count, created_by) values ('${ids.home}', '${id}', 2, '{}', 1, '${ids.vic}')`;
			assert.throws(() => as('member', ids.vic, `insert into ${kind}_version ${version}`), /row-level security/);
			as('admin', ids.ann, `insert into ${kind}_version ${version}; update ${kind} set name = 'Admin' where id = '${id}'`);
			assert.equal(name(), 'Admin');
		});
	}
	test('is private again only for who made it, on the revision they have seen, and leaves a row in the log', async () => {
		const { id } = await make(world.mia, 'private');
		assert.equal((await world.ada.get(at(`/prompts/${id}`))).status, 404);
		assert.equal((await world.mia.request('PUT', at(`/prompts/${id}/visibility`), { visibility: 'workspace' })).status, 428);
		const tag = (await world.mia.get(at(`/prompts/${id}`))).headers.get('etag');
		const shared = await ask(world.mia, 'sharePrompt', at(`/prompts/${id}/visibility`), { visibility: 'workspace' }, { 'if-match': tag });
		assert.deepEqual([shared.status, shared.body.visibility, shared.body.revision], [200, 'workspace', 2]);
		assert.equal((await ask(world.mia, 'sharePrompt', at(`/prompts/${id}/visibility`), { visibility: 'private' }, { 'if-match': tag })).status, 412);
		assert.equal((await world.vic.get(at(`/prompts/${id}`))).status, 200);
		assert.equal((await share(world.mia, 'prompt', id, 'private')).body.visibility, 'private');
		assert.equal((await share(world.mia, 'prompt', id, 'private')).body.revision, 3, 'nothing more to change');
		assert.equal((await world.vic.get(at(`/prompts/${id}`))).status, 404);
		assert.deepEqual(log(id).map(([op, d]) => [op, JSON.parse(d).visibility]), [['createPrompt', undefined], ['sharePrompt', 'workspace'], ['sharePrompt', 'private']]);
	});
});

describe('a workflow that uses private prompts', () => {
	test('is shared with them when that is asked, and refused by name when not; a member then runs it', async () => {
		const { prompts, workflow } = await hidden();
		const refused = await share(world.mia, 'workflow', workflow.id, 'workspace');
		assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
		assert.match(refused.body.detail, /"House style", "Summary"/);
		assert.deepEqual(refused.body.errors.map((e) => [e.path, e.code, e.message]),
			[['/share_prompts', 'private_prompt', 'House style'], ['/share_prompts', 'private_prompt', 'Summary']]);
		assert.equal((await world.ada.get(at(`/workflows/${workflow.id}`))).status, 404);
		const shared = await share(world.mia, 'workflow', workflow.id, 'workspace', { share_prompts: true });
		assert.deepEqual([shared.status, shared.body.visibility], [200, 'workspace']);
		for (const { id } of prompts) {
			assert.equal((await world.vic.get(at(`/prompts/${id}`))).body.visibility, 'workspace');
			assert.equal(log(id).at(-1)[0], 'shareWorkflow');
		}
		const [[one]] = world.stack.sql(`select count(distinct xmin::text) from audit where operation = 'shareWorkflow' and subject in ('${workflow.id}', '${prompts[0].id}', '${prompts[1].id}')`);
		assert.equal(one, '1', 'one transaction');
		world.stack.sql(`insert into membership (workspace_id, user_id, role) values ('${ids.home}', '${ids.eve}', 'member')`);
		const run = await ask(world.eve, 'createRun', at('/runs'), { workflow_id: workflow.id, input: { text: 'x' } });
		assert.equal(run.status, 201);
		assert.equal((await world.vic.get(at(`/runs/${run.body.id}`))).status, 200, 'a run of what is shared is seen by all');
		world.stack.sql(`delete from membership where workspace_id = '${ids.home}' and user_id = '${ids.eve}'`);
	});
	test('is not saved while it is shared, unless they are shared with it', async () => {
		const own = await make(world.mia, 'private', 'Mine {{text}}', 'Mine');
		const uses = (id) => ({ type: 'flow', steps: [{ key: 'a', kind: 'prompt', prompt: { id }, input: { text: 'x' } }] });
		const definition = uses(own.id);
		for (const id of [own.id, own.id.toUpperCase()]) {
			const refused = await ask(world.mia, 'createWorkflow', at('/workflows'), { name: 'A', definition: uses(id) });
			assert.deepEqual([refused.status, refused.body.errors?.[0].message], [409, 'Mine']);
		}
		const { workflow } = await makeChain(world.mia);
		const again = await ask(world.mia, 'updateWorkflow', at(`/workflows/${workflow.id}`), { definition });
		assert.deepEqual([again.status, (await world.mia.get(at(`/workflows/${workflow.id}`))).body.version], [409, 1]);
		const saved = await ask(world.mia, 'updateWorkflow', at(`/workflows/${workflow.id}`), { definition, share_prompts: true });
		assert.deepEqual([saved.status, saved.body.version], [200, 2]);
		assert.equal((await world.ada.get(at(`/prompts/${own.id}`))).status, 200);
	});
	test('keeps its prompts from being taken back, and lets them go when it does not use them any more', async () => {
		const { prompts, workflow } = await hidden();
		await share(world.mia, 'workflow', workflow.id, 'workspace', { share_prompts: true });
		const refused = await share(world.mia, 'prompt', prompts[0].id, 'private');
		assert.deepEqual([refused.status, refused.body.detail.includes('"Hidden"')], [409, true]);
		await ask(world.mia, 'updateWorkflow', at(`/workflows/${workflow.id}`), { definition: { type: 'flow', steps: [{ key: 'a', kind: 'transform', value: `see ${prompts[0].id}` }] } });
		assert.equal((await share(world.mia, 'prompt', prompts[0].id, 'private')).status, 200);
	});
	test('and a prompt that is taken back at the same moment: never a shared workflow with a private prompt', async () => {
		for (let i = 0; i < 8; i++) {
			const prompt = await make(world.mia, 'workspace', 'Race {{text}}', 'Race');
			const definition = { type: 'flow', steps: [{ key: 'a', kind: 'prompt', prompt: { id: prompt.id }, input: { text: 'x' } }] };
			const [saved, taken] = await Promise.all([ask(world.mia, 'createWorkflow', at('/workflows'), { name: 'A', definition }), share(world.mia, 'prompt', prompt.id, 'private')]);
			assert.notDeepEqual([saved.status, taken.status], [201, 200]);
		}
	});
});

describe('what is public', () => {
	test('is listed, searched and read by everybody who is signed in, and nothing else of its workspace', async () => {
		const { prompts, workflow } = await hidden(world.eve, ids.elsewhere);
		const secret = await make(world.eve, 'workspace', 'Internal', 'House style too', ids.elsewhere);
		const narrow = await share(world.eve, 'workflow', workflow.id, 'public', {}, ids.elsewhere);
		assert.deepEqual([narrow.status, narrow.body.errors.length], [409, 2]);
		assert.equal((await share(world.eve, 'workflow', workflow.id, 'public', { share_prompts: true }, ids.elsewhere)).status, 200);
		const list = await ask(world.vic, 'listPublicWorkflows', '/public/workflows');
		assert.deepEqual(list.body.data.map((w) => [w.id, w.name, w.created_by.name]), [[workflow.id, 'Hidden', 'eve']]);
		const found = await ask(world.vic, 'listPublicPrompts', '/public/prompts?q=house');
		assert.deepEqual(found.body.data.map((p) => [p.id, p.name, p.variables]), [[prompts[0].id, 'House style', ['text']]]);
		const one = await ask(world.vic, 'readPublicWorkflow', `/public/workflows/${workflow.id}`);
		assert.deepEqual(one.body.definition, workflow.definition);
		assert.deepEqual(one.body.prompts.map((p) => [p.id, p.version, p.body]), [[prompts[0].id, 1, 'Extract {{text}}'], [prompts[1].id, 1, 'Sum {{content}}']]);
		assert.equal((await ask(world.vic, 'readPublicPrompt', `/public/prompts/${prompts[0].id}`)).body.body, 'Extract {{text}}');
		const all = JSON.stringify([list.body, found.body, one.body]);
		assert.ok(!all.includes(ids.elsewhere) && !all.includes(secret.id));
		for (const path of [`/public/prompts/${secret.id}`, `/public/workflows/${secret.id}`]) assert.equal((await world.vic.get(path)).status, 404);
		assert.equal((await world.nobody.get('/public/prompts')).status, 401);
		const was = (await world.vic.get(`/public/prompts/${prompts[0].id}`)).headers.get('etag');
		assert.equal((await world.vic.get(`/public/prompts/${prompts[0].id}`, { 'if-none-match': was })).status, 304);
		const back = await share(world.eve, 'prompt', prompts[0].id, 'workspace', {}, ids.elsewhere);
		assert.equal(back.status, 409, 'the public workflow uses it');
		assert.equal((await share(world.eve, 'workflow', workflow.id, 'workspace', {}, ids.elsewhere)).status, 200);
		assert.equal((await share(world.eve, 'prompt', prompts[0].id, 'workspace', {}, ids.elsewhere)).status, 200);
		for (const path of [`/public/prompts/${prompts[0].id}`, `/public/workflows/${workflow.id}`]) assert.equal((await world.vic.get(path)).status, 404);
	});
	test('is public from the version that was current then: what was written before is not', async () => {
		const prompt = await make(world.eve, 'workspace', 'First {{text}}', 'Old', ids.elsewhere);
		const before_ = { type: 'flow', steps: [{ key: 'a', kind: 'prompt', prompt: { id: prompt.id, version: 1 }, input: { text: 'x' } }] };
		await ask(world.eve, 'updatePrompt', `/workspaces/${ids.elsewhere}/prompts/${prompt.id}`, { body: 'Second {{text}}' });
		await share(world.eve, 'prompt', prompt.id, 'public', {}, ids.elsewhere);
		const made = (more) => ask(world.eve, 'createWorkflow', `/workspaces/${ids.elsewhere}/workflows`, { name: 'W', visibility: 'public', definition: before_, ...more });
		assert.equal((await made({})).status, 409);
		const { body } = await made({ share_prompts: true });
		assert.equal((await world.vic.get(`/public/workflows/${body.id}`)).body.prompts[0].body, 'First {{text}}');
		assert.equal((await world.vic.get(`/public/prompts/${prompt.id}`)).body.body, 'Second {{text}}');
	});
	test('is listed page by page, newest first, without gap or repetition', async () => {
		for (let i = 0; i < 7; i++) await make(world.eve, 'public', 'Page', `Page ${i}`, ids.elsewhere);
		const seen = [];
		for (let cursor = ''; cursor !== null;) {
			const { body } = await ask(world.vic, 'listPublicPrompts', `/public/prompts?q=page&limit=3${cursor && `&cursor=${cursor}`}`);
			seen.push(...body.data.map((p) => p.name));
			cursor = body.next_cursor;
		}
		assert.deepEqual(seen, [6, 5, 4, 3, 2, 1, 0].map((i) => `Page ${i}`));
	});
	test('is not in sight of a request inside of a workspace, nor is anything else of another', () => {
		const rows = (workspace, table) => world.stack.sql(`begin; set local role stepmill_api; select set_config('stepmill.workspace', '${workspace}', true),
			set_config('stepmill.user', '${ids.vic}', true); select count(*) from ${table} where workspace_id = '${ids.elsewhere}'; commit`).at(-1)[0];
		assert.equal(rows(ids.home, 'prompt'), '0');
		assert.notEqual(rows('', 'prompt'), '0');
		for (const table of ['prompt_version', 'workflow_version', 'run', 'audit', 'variable', 'membership']) assert.equal(rows('', table), '0', table);
		assert.equal(world.stack.sql(`begin; set local role stepmill_api; select count(*) from prompt; commit`)[0][0], '0', 'nobody is signed in');
	});
});

describe('a clone', () => {
	test('of a public workflow is a private one with its prompts, in the cloner\'s workspace, and runs there', async () => {
		const { prompts, workflow } = await hidden(world.eve, ids.elsewhere);
		assert.equal((await ask(world.mia, 'cloneWorkflow', at('/workflows:clone'), { workflow_id: workflow.id })).status, 404);
		await share(world.eve, 'workflow', workflow.id, 'public', { share_prompts: true }, ids.elsewhere);
		assert.equal((await ask(world.vic, 'cloneWorkflow', at('/workflows:clone'), { workflow_id: workflow.id })).status, 403);
		const { status, body } = await ask(world.mia, 'cloneWorkflow', at('/workflows:clone'), { workflow_id: workflow.id, name: 'My own' });
		assert.deepEqual([status, body.name, body.visibility, body.cloned_from, body.created_by.id], [201, 'My own', 'private', workflow.id, ids.mia]);
		const used = body.definition.steps.map((s) => s.prompt.id);
		assert.deepEqual(used.filter((id) => prompts.some((p) => p.id === id)), []);
		const copy = (await world.mia.get(at(`/prompts/${used[0]}`))).body;
		assert.deepEqual([copy.name, copy.body, copy.visibility, copy.cloned_from], ['House style', 'Extract {{text}}', 'private', prompts[0].id]);
		assert.equal((await world.ada.get(at(`/prompts/${used[0]}`))).status, 404);
		assert.equal((await world.mia.post(at('/runs'), { workflow_id: body.id, input: { text: 'x' } })).status, 201);
		assert.equal((await ask(world.mia, 'updateWorkflow', at(`/workflows/${body.id}`), { definition: body.definition })).status, 200, 'it is as good as one that was written');
	});
	test('of what is in the workspace keeps its prompts; of what a colleague keeps private there is none', async () => {
		const { prompts, workflow } = await makeChain(world.ada);
		const { body } = await ask(world.mia, 'cloneWorkflow', at('/workflows:clone'), { workflow_id: workflow.id });
		assert.deepEqual([body.name, body.definition], ['Chain', workflow.definition]);
		const prompt = (await ask(world.mia, 'clonePrompt', at('/prompts:clone'), { prompt_id: prompts[0].id, name: 'Other' })).body;
		assert.deepEqual([prompt.name, prompt.body, prompt.visibility, prompt.cloned_from], ['Other', 'Extract from {{text}}', 'private', prompts[0].id]);
		const mine = await make(world.mia, 'private');
		assert.equal((await ask(world.ada, 'clonePrompt', at('/prompts:clone'), { prompt_id: mine.id })).status, 404);
		assert.equal((await ask(world.mia, 'clonePrompt', at('/prompts:clone'), { prompt_id: mine.id })).status, 201);
		assert.equal((await ask(world.mia, 'clonePrompt', at('/prompts:clone'), { prompt_id: ids.missing })).status, 404);
	});
});

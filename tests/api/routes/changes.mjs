// What is done with things that are there: versions, labels, sharing, archiving; agents, projects, variables and secrets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeChain } from '../lib/world.mjs';
import { call, chain, world } from './shared.mjs';

test('prompts and workflows are changed, their versions read, and archived (more in change.test)', async () => {
	const made = await makeChain(world.ada);
	for (const [kind, id, body] of [['prompt', made.prompts[0].id, { body: 'Other {{text}}' }], ['workflow', made.workflow.id, { name: 'Other' }]]) {
		const Kind = kind[0].toUpperCase() + kind.slice(1);
		const at = (rest = '') => world.at(`/${kind}s/${id}${rest}`);
		const etag = (await call(world.vic, `read${Kind}`, at())).headers.get('etag');
		assert.equal((await call(world.ada, `update${Kind}`, at(), body, { 'if-match': etag })).status, 200);
		assert.equal((await call(world.vic, `list${Kind}Versions`, at('/versions'))).status, 200);
		assert.equal((await call(world.vic, `read${Kind}Version`, at('/versions/1'))).status, 200);
		assert.equal((await call(world.ada, `archive${Kind}`, at(), undefined, { 'if-match': '*' })).status, 204);
	}
});

test('things are shared, published and cloned (more in sharing.test)', async () => {
	const made = await makeChain(world.ada);
	for (const [kind, id] of [['workflow', made.workflow.id], ['prompt', made.prompts[0].id]]) {
		const Kind = kind[0].toUpperCase() + kind.slice(1);
		const published = await call(world.ada, `share${Kind}`, world.at(`/${kind}s/${id}/visibility`), kind === 'workflow' ? { visibility: 'public', share_prompts: true } : { visibility: 'public' }, { 'if-match': '*' });
		assert.deepEqual([published.status, published.body.visibility], [200, 'public']);
		assert.ok((await call(world.eve, `listPublic${Kind}s`, `/public/${kind}s`)).body.data.some((one) => one.id === id));
		assert.equal((await call(world.eve, `readPublic${Kind}`, `/public/${kind}s/${id}`)).status, 200);
		assert.equal((await call(world.mia, `clone${Kind}`, world.at(`/${kind}s:clone`), { [`${kind}_id`]: id })).status, 201);
	}
});

test('workflows are checked, pushed, labelled, compared and rolled back', async () => {
	const source = (value) => `id: routes\nname: Routes\nsteps: [{id: a, type: transform, value: ${value}}]\n`;
	assert.equal((await call(world.vic, 'checkWorkflow', world.at('/workflows:check'), { source: source(1) })).body.valid, true);
	const pushed = await call(world.mia, 'pushWorkflow', world.at('/workflows:push'), { source: source(1) });
	assert.equal(pushed.body.outcome, 'created');
	await call(world.mia, 'pushWorkflow', world.at('/workflows:push'), { source: source(2) });
	const at = (path) => world.at(`/workflows/${pushed.body.workflow.id}${path}`);
	assert.equal((await call(world.vic, 'diffWorkflowVersions', at('/versions/1/diff?to=2'))).body.steps[0].change, 'changed');
	assert.deepEqual((await call(world.mia, 'setWorkflowLabel', at('/labels/published'), { version: 1 })).body.labels, { published: 1 });
	assert.equal((await call(world.mia, 'deleteWorkflowLabel', at('/labels/published'))).status, 204);
	assert.equal((await call(world.mia, 'rollBackWorkflow', at('/rollback'), { version: 1 })).body.version, 3);
});

test('an agent is registered, listed, read and changed', async () => {
	const made = await call(world.mia, 'createAgent', world.at('/agents'), { name: 'Routes', kind: 'prompt', config: { system: 'You are brief.' } });
	assert.equal(made.status, 201);
	const at = world.at(`/agents/${made.body.id}`);
	assert.deepEqual((await call(world.vic, 'listAgents', world.at('/agents'))).body.data.map((agent) => agent.name), ['Routes']);
	const tag = (await call(world.vic, 'readAgent', at)).headers.get('etag');
	assert.equal((await call(world.mia, 'updateAgent', at, { description: 'Brief' }, { 'if-match': tag })).body.revision, 2);
	assert.equal((await call(world.mia, 'updateAgent', at, { description: 'Late' }, { 'if-match': tag })).status, 412);
});

test('projects are made, listed, read, changed and deleted (more in projects.test)', async () => {
	const { status, body } = await call(world.mia, 'createProject', world.at('/projects'), { name: 'P' });
	assert.equal(status, 201);
	assert.equal((await call(world.vic, 'listProjects', world.at('/projects'))).body.data[0].id, body.id);
	assert.equal((await call(world.vic, 'readProject', world.at(`/projects/${body.id}`))).status, 200);
	assert.deepEqual((await call(world.vic, 'readBoard', world.at(`/projects/${body.id}/board`))).body, { data: [], workflows: [] });
	assert.equal((await call(world.mia, 'updateProject', world.at(`/projects/${body.id}`), { name: 'Q' }, { 'if-match': '*' })).body.name, 'Q');
	assert.equal((await call(world.ann, 'deleteProject', world.at(`/projects/${body.id}`), undefined, { 'if-match': '*' })).status, 204);
});

describe('variables and secrets', () => {
	test('are set, listed and deleted; a variable is read', async () => {
		const path = (what, name) => world.at(`/${what}${name ? `/${name}` : ''}`);
		assert.equal((await call(world.ann, 'setVariable', path('variables', 'REGION'), { value: 'eu' })).body.value, 'eu');
		assert.equal((await call(world.vic, 'readVariable', path('variables', 'REGION'))).body.value, 'eu');
		assert.equal((await call(world.vic, 'listVariables', path('variables'))).body.data.length, 1);
		assert.equal((await call(world.ann, 'setSecret', path('secrets', 'KEY'), { value: 'hush' })).body.name, 'KEY');
		assert.deepEqual((await call(world.mia, 'listSecrets', path('secrets'))).body.data.map((s) => s.name), ['KEY']);
		assert.equal((await call(world.ann, 'deleteVariable', path('variables', 'REGION'))).status, 204);
		assert.equal((await call(world.ann, 'deleteSecret', path('secrets', 'KEY'))).status, 204);
	});
});

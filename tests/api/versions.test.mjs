// Versions of workflows: pushed by their own id, compared, labelled, rolled back to, run by label.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { ids, startWorld } from './lib/world.mjs';

let world;
let contract;
before(async () => {
	world = await startWorld({ workers: 4 });
	contract = (await world.nobody.get('/openapi.json')).body;
});
after(async () => world?.stack.stop());

const at = (path) => world.at(path);
async function ask(client, id, path, body) {
	const op = operations(contract).find((o) => o.id === id);
	const answer = await client.request(op.method, path, body, op.etag === 'revision' && op.method === 'PATCH' ? { 'if-match': '*' } : {});
	assert.deepEqual(answerMisfits(contract, op, answer), [], id);
	return answer;
}
const source = (id, value, name = 'Pushed') => `id: ${id}\nname: ${name}\nsteps:\n  - {id: a, type: transform, value: ${value}}\n`;
const push = (client, body) => ask(client, 'pushWorkflow', at('/workflows:push'), body);
const steps = (...list) => ({ type: 'flow', steps: list });
const step = (key, value = 1, more = {}) => ({ key, kind: 'transform', value, ...more });
async function versions(...definitions) {
	const made = (await ask(world.mia, 'createWorkflow', at('/workflows'), { name: 'V', definition: definitions[0] })).body;
	for (const definition of definitions.slice(1)) assert.equal((await ask(world.mia, 'updateWorkflow', at(`/workflows/${made.id}`), { definition })).status, 200);
	return made.id;
}
const told = ({ key, change, moved, fields }) => [key, change, moved, fields.map((f) => [f.field, f.before, f.after])];
const diff = async (id, from = 1, to = 2) => (await ask(world.vic, 'diffWorkflowVersions', at(`/workflows/${id}/versions/${from}/diff?to=${to}`))).body;

describe('a push', () => {
	test('makes, changes, and leaves alone what is the same', async () => {
		const first = await push(world.mia, { source: source('flow-1', 1), message: 'first' });
		assert.equal(first.status, 200, JSON.stringify(first.body));
		const { id } = first.body.workflow;
		assert.deepEqual([first.body.outcome, first.body.workflow.own_id, first.body.workflow.version], ['created', 'flow-1', 1]);
		const again = await push(world.mia, { source: source('flow-1', 1), message: 'first' });
		assert.deepEqual([again.body.outcome, again.body.workflow.id, again.body.workflow.version, again.body.workflow.revision], ['unchanged', id, 1, 1]);
		const changed = await push(world.mia, { source: source('flow-1', 2, 'Renamed'), message: 'second' });
		assert.deepEqual([changed.body.outcome, changed.body.workflow.id, changed.body.workflow.version, changed.body.workflow.name], ['changed', id, 2, 'Renamed']);
		const list = (await ask(world.vic, 'listWorkflowVersions', at(`/workflows/${id}/versions`))).body.data;
		assert.deepEqual(list.map((v) => [v.message, v.created_by.name]), [['second', 'mia'], ['first', 'mia']]);
	});
	test('says which file it came from; from another one it is a version, from another commit it is not', async () => {
		const origin = { source: 'https://example.com/flows.git', path: 'a/b.yaml', commit: '0123abc' };
		const state = ({ body: { outcome, workflow } }) => [outcome, workflow.version, workflow.origin];
		const once = await push(world.mia, { source: source('from-git', 1), origin });
		assert.deepEqual(state(once), ['created', 1, origin]);
		assert.deepEqual(state(await push(world.mia, { source: source('from-git', 1), origin: { ...origin, commit: '4567def' } })), ['unchanged', 1, origin]);
		assert.deepEqual(state(await push(world.mia, { source: source('from-git', 1) })), ['unchanged', 1, origin]);
		const moved = { ...origin, path: 'c.yaml', commit: null };
		assert.deepEqual(state(await push(world.mia, { source: source('from-git', 1), origin: moved })), ['changed', 2, moved]);
		assert.deepEqual(state(await push(world.mia, { source: source('from-git', 2) })), ['changed', 3, null]);
		const { id } = once.body.workflow;
		const back = await ask(world.mia, 'rollBackWorkflow', at(`/workflows/${id}/rollback`), { version: 2 });
		assert.deepEqual([back.body.version, back.body.origin], [4, moved]);
		const renamed = await ask(world.mia, 'updateWorkflow', at(`/workflows/${id}`), { name: 'By hand' });
		assert.deepEqual([renamed.body.version, renamed.body.origin], [4, moved]);
		const alone = await ask(world.mia, 'updateWorkflow', at(`/workflows/${id}`), { name: 'Alone', origin });
		assert.deepEqual([alone.status, alone.body.errors[0].path], [422, '/origin']);
		const list = (await ask(world.vic, 'listWorkflowVersions', at(`/workflows/${id}/versions`))).body.data;
		assert.deepEqual(list.map((v) => v.origin), [moved, null, moved, origin]);
		assert.deepEqual((await ask(world.vic, 'readWorkflowVersion', at(`/workflows/${id}/versions/1`))).body.origin, origin);
		const listed = (await ask(world.vic, 'listWorkflows', at('/workflows'))).body.data.find((w) => w.id === id);
		assert.deepEqual(listed.origin, moved);
		for (const wrong of [{ source: 'x' }, { source: 'x', path: 'y', commit: 'HEAD' }, { source: '', path: 'y' }, { source: 'x', path: 'y\0' }, 'x'])
			assert.ok([400, 422].includes((await push(world.mia, { source: source('from-git', 3), origin: wrong })).status), JSON.stringify(wrong));
	});
	test('of the same at once makes one', async (t) => {
		// Nothing can be made while this is held: one stands there, having found none of that id, and others beside it or behind its lock.
		const keeper = spawn('psql', ['-h', world.stack.pgHost, '-U', 'postgres', '-d', 'stepmill', '-Xq', '-c', 'begin; lock table workflow in share mode; select pg_sleep(3600)'], { stdio: 'ignore' });
		t.after(() => keeper.kill());
		const held = `from pg_locks where relation = 'workflow'::regclass and mode = 'ShareLock' and granted`;
		await until('nothing to be made', () => world.stack.sql(`select 1 ${held}`).length);
		const pushed = Promise.all(Array.from({ length: 4 }, () => push(world.mia, { source: source('at-once', 1) })));
		await until('them to have met', () => Number(world.stack.sql(`select count(*) from pg_stat_activity where usename = 'stepmill_api' and wait_event_type = 'Lock'`)[0][0]) >= 2);
		world.stack.sql(`select pg_terminate_backend(pid) ${held}`);
		const all = await pushed;
		assert.deepEqual(all.map((a) => a.status), Array(4).fill(200));
		assert.deepEqual(all.map((a) => a.body.outcome).sort(), ['created', ...Array(3).fill('unchanged')]);
		assert.equal(new Set(all.map((a) => a.body.workflow.id)).size, 1);
	});
	test('without an id goes by the name, which one workflow must have', async () => {
		const definition = steps(step('a'));
		const made = await push(world.mia, { name: 'By name', definition });
		assert.deepEqual([made.body.outcome, made.body.workflow.own_id], ['created', null]);
		assert.equal((await push(world.mia, { name: 'By name', definition: steps(step('b')) })).body.workflow.id, made.body.workflow.id);
		await ask(world.mia, 'createWorkflow', at('/workflows'), { name: 'By name', definition });
		const refused = await push(world.mia, { name: 'By name', definition });
		assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
	});
	test('with the id that a workflow has in the list means that one', async () => {
		const id = await versions(steps(step('a')));
		const pushed = await push(world.mia, { source: source(id, 5) });
		assert.deepEqual([pushed.body.outcome, pushed.body.workflow.id], ['changed', id]);
	});
	test('of what others made is for admins', async () => {
		await push(world.ada, { source: source('of-ada', 1) });
		assert.equal((await push(world.mia, { source: source('of-ada', 2) })).status, 403);
		assert.equal((await push(world.ann, { source: source('of-ada', 2) })).body.outcome, 'changed');
	});
	test('of an id that somebody keeps private is refused, and says so', async () => {
		await push(world.ada, { source: source('hidden', 1), visibility: 'private' });
		const refused = await push(world.mia, { source: source('hidden', 1) });
		assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
		assert.match(refused.body.detail, /cannot see/);
	});
});

describe('a diff', () => {
	test('names steps that came, went and changed, with their fields', async () => {
		const id = await versions(steps(step('a'), step('b'), step('c')), steps(step('a', 2, { name: 'First' }), step('c'), step('d')));
		const body = await diff(id);
		assert.deepEqual([body.from, body.to], [1, 2]);
		assert.deepEqual(body.steps.map(told), [
			['a', 'changed', false, [['name', 'a', 'First'], ['value', 1, 2]]],
			['d', 'added', false, []],
			['b', 'removed', false, []]]);
		assert.deepEqual((await diff(id, 2, 1)).steps.map((s) => [s.key, s.change]), [['a', 'changed'], ['b', 'added'], ['d', 'removed']]);
		assert.deepEqual((await diff(id, 1, 1)).steps, []);
	});
	test('names what moved, and not what it moved past', async () => {
		const id = await versions(steps(step('a'), step('b'), step('c'), step('d')), steps(step('d'), step('a'), step('b'), step('c')));
		assert.deepEqual((await diff(id)).steps.map(told), [['d', 'moved', true, []]]);
		const into = await versions(steps(step('a'), { key: 'g', kind: 'sequential', steps: [step('b')] }), steps({ key: 'g', kind: 'sequential', steps: [step('b'), step('a')] }));
		assert.deepEqual((await diff(into)).steps.map((s) => [s.key, s.change, s.path_before, s.path_after]), [['a', 'moved', 'a', 'g/a']]);
	});
	test('names what changed of the workflow itself', async () => {
		const id = await versions(steps(step('a')), { ...steps(step('a')), limits: { cost_usd: 2 } });
		assert.deepEqual((await diff(id)).fields, [{ field: 'limits', before: null, after: { cost_usd: 2 } }]);
	});
	test('with a version that is not there is not found', async () => {
		const id = await versions(steps(step('a')));
		assert.equal((await ask(world.vic, 'diffWorkflowVersions', at(`/workflows/${id}/versions/1/diff?to=9`))).status, 404);
	});
});

describe('a label', () => {
	const put = (client, id, label, version) => ask(client, 'setWorkflowLabel', at(`/workflows/${id}/labels/${label}`), { version });
	test('names one version at a time, and is shown with it', async () => {
		const id = await versions(steps(step('a')), steps(step('b')));
		assert.deepEqual((await put(world.mia, id, 'published', 1)).body.labels, { published: 1 });
		assert.deepEqual((await put(world.mia, id, 'published', 2)).body.labels, { published: 2 });
		assert.deepEqual((await put(world.mia, id, 'old', 1)).body.labels, { old: 1, published: 2 });
		const list = (await ask(world.vic, 'listWorkflowVersions', at(`/workflows/${id}/versions`))).body.data;
		assert.deepEqual(list.map((v) => v.labels), [['published'], ['old']]);
		assert.equal((await ask(world.mia, 'deleteWorkflowLabel', at(`/workflows/${id}/labels/old`))).status, 204);
		assert.equal((await ask(world.mia, 'deleteWorkflowLabel', at(`/workflows/${id}/labels/old`))).status, 404);
		assert.deepEqual((await ask(world.vic, 'readWorkflow', at(`/workflows/${id}`))).body.labels, { published: 2 });
	});
	test('is of a version that is there, and moved by who may edit', async () => {
		const id = await versions(steps(step('a')));
		assert.equal((await put(world.mia, id, 'published', 2)).status, 404);
		const adas = (await ask(world.ada, 'createWorkflow', at('/workflows'), { name: 'Hers', definition: steps(step('a')) })).body.id;
		assert.equal((await put(world.mia, adas, 'published', 1)).status, 403);
		assert.equal((await put(world.ann, adas, 'published', 1)).status, 200);
	});
	test('starts runs', async () => {
		const id = await versions(steps(step('a')), steps(step('b')));
		await put(world.mia, id, 'published', 1);
		const run = await ask(world.mia, 'createRun', at('/runs'), { workflow_id: id, label: 'published', input: {} });
		assert.deepEqual([run.status, run.body.workflow_version], [201, 1]);
		assert.equal((await ask(world.mia, 'createRun', at('/runs'), { workflow_id: id, label: 'nowhere', input: {} })).status, 404);
		assert.equal((await ask(world.mia, 'createRun', at('/runs'), { workflow_id: id, label: 'published', version: 2, input: {} })).status, 422);
		await put(world.mia, id, 'published', 2);
		assert.equal((await ask(world.mia, 'createRun', at('/runs'), { workflow_id: id, label: 'published', input: {} })).body.workflow_version, 2);
	});
	test('comes with a push', async () => {
		const { body } = await push(world.mia, { source: source('labelled', 1), label: 'published' });
		assert.deepEqual(body.workflow.labels, { published: 1 });
	});
	test('is not seen, set or taken off past the policies', async () => {
		const id = (await push(world.ada, { source: source('secret', 1), visibility: 'private', label: 'published' })).body.workflow.id;
		const as = (sql) => world.stack.sql(`begin; set local role stepmill_api; select set_config('stepmill.workspace', '${ids.home}', true),
			set_config('stepmill.user', '${ids.mia}', true), set_config('stepmill.role', 'member', true); ${sql}; commit`);
		const label = () => world.stack.sql(`select label from workflow_label where workflow_id = '${id}'`).flat();
		assert.doesNotMatch(JSON.stringify(as(`select label, version from workflow_label where workflow_id = '${id}'`)), /published/);
		as(`delete from workflow_label where workflow_id = '${id}'`);
		assert.throws(() => as(`insert into workflow_label (workspace_id, workflow_id, label, version, set_by) values ('${ids.home}', '${id}', 'mine', 1, '${ids.mia}')`));
		assert.deepEqual(label(), ['published']);
		assert.equal((await ask(world.mia, 'setWorkflowLabel', at(`/workflows/${id}/labels/published`), { version: 1 })).status, 404);
		assert.equal((await ask(world.mia, 'deleteWorkflowLabel', at(`/workflows/${id}/labels/published`))).status, 404);
	});
});

test('rolled back to, a version is the newest again, with what was written', async () => {
	const id = (await push(world.mia, { source: source('back', 1) })).body.workflow.id;
	await push(world.mia, { source: source('back', 2) });
	const back = await ask(world.mia, 'rollBackWorkflow', at(`/workflows/${id}/rollback`), { version: 1 });
	assert.deepEqual([back.status, back.body.version, back.body.definition.steps[0].value, back.body.source], [200, 3, 1, source('back', 1)]);
	const [newest] = (await ask(world.vic, 'listWorkflowVersions', at(`/workflows/${id}/versions`))).body.data;
	assert.equal(newest.message, 'As version 1');
	assert.equal((await ask(world.mia, 'rollBackWorkflow', at(`/workflows/${id}/rollback`), { version: 3 })).body.version, 3);
	assert.equal((await ask(world.mia, 'rollBackWorkflow', at(`/workflows/${id}/rollback`), { version: 9 })).status, 404);
});

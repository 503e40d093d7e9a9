// What administrators of the installation see and do: people, workspaces, and never an installation without an administrator.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { ids, makeChain, password, startWorld } from './lib/world.mjs';

let world;
let contract;
let root;
let rootId;
before(async () => {
	world = await startWorld({ workers: 8 });
	contract = (await world.nobody.get('/openapi.json')).body;
	root = await world.stack.signIn();
	rootId = (await root.get('/session')).body.user.id;
});
after(async () => world?.stack.stop());

async function ask(client, id, path, body) {
	const op = operations(contract).find((o) => o.id === id);
	const answer = await client.request(op.method, path, body);
	assert.deepEqual(answerMisfits(contract, op, answer), [], id);
	return answer;
}
const change = (client, who, body) => ask(client, 'updateUser', `/users/${who}`, body);
const people = async (query) => (await ask(root, 'listUsers', `/users?${query}`)).body;

describe('people', () => {
	test('are listed, searched and paged, with when they were last there', async () => {
		const found = (await people('q=mia')).data;
		assert.deepEqual(found.map((u) => [u.id, u.email, u.name, u.admin, u.second_factor, u.disabled_at, u.workspaces]), [[ids.mia, 'mia@stepmill.test', 'mia', false, false, null, 1]]);
		assert.match(found[0].last_seen_at, /^20/);
		assert.deepEqual((await people('state=admin')).data.map((u) => u.id), [rootId]);
		const seen = [];
		for (let cursor = ''; cursor !== null;) {
			const page = await people(`limit=2${cursor && `&cursor=${cursor}`}`);
			seen.push(...page.data.map((u) => u.id));
			cursor = page.next_cursor;
		}
		const all = world.stack.sql('select id from app_user order by created_at desc, id').flat();
		assert.deepEqual(seen, all);
	});
	test('who are disabled are out at once, with their tokens, and in again when they are enabled', async () => {
		const client = await world.stack.signIn('vic@stepmill.test', password);
		const { token } = (await client.post('/account/tokens', { name: 'T', scopes: ['read'] })).body;
		const program = { get: () => new Client(world.stack.url).get('/account', { authorization: `Bearer ${token}` }) };
		assert.equal((await program.get()).status, 200);
		const away = await change(root, ids.vic, { disabled: true });
		assert.deepEqual([away.status, /^20/.test(away.body.disabled_at)], [200, true]);
		assert.equal((await client.get('/session')).status, 401);
		assert.equal((await program.get()).status, 401);
		assert.equal((await world.nobody.post('/session', { email: 'vic@stepmill.test', password })).status, 401);
		assert.deepEqual((await people('state=disabled')).data.map((u) => u.id), [ids.vic]);
		assert.equal((await change(root, ids.vic, { disabled: false })).body.disabled_at, null);
		assert.equal((await program.get()).status, 200);
		assert.equal((await client.get('/session')).status, 401, 'sessions do not come back');
		await world.stack.signIn('vic@stepmill.test', password);
	});
	test('are made administrators and unmade; nobody disables themselves, and the last one stays', async () => {
		assert.equal((await change(world.ann, ids.ann, { admin: true })).status, 403);
		for (const body of [{ admin: false }, { disabled: true }, { admin: false, disabled: true }]) assert.equal((await change(root, rootId, body)).status, 409, JSON.stringify(body));
		assert.equal((await change(root, ids.ann, { admin: true })).body.admin, true);
		assert.equal((await change(root, rootId, { disabled: true })).status, 409);
		assert.equal((await change(world.ann, rootId, { admin: false })).status, 200);
		assert.equal((await root.get('/users')).status, 403);
		assert.equal((await change(world.ann, ids.ann, { admin: false })).status, 409);
		await change(world.ann, rootId, { admin: true });
		await change(root, ids.ann, { admin: false });
		assert.equal((await change(root, ids.missing, { admin: true })).status, 404);
		assert.equal((await change(root, ids.mia, {})).status, 422);
	});
	test('two administrators who unmake or disable each other at once: one stays, always', async () => {
		for (let i = 0; i < 10; i++) {
			world.stack.sql(`update app_user set admin = id in ('${ids.ada}', '${ids.mia}'), disabled_at = null; delete from session where user_id in ('${ids.ada}', '${ids.mia}'); delete from attempt`);
			const [ada, mia] = [await world.stack.signIn('ada@stepmill.test', password), await world.stack.signIn('mia@stepmill.test', password)];
			const body = i % 2 ? { disabled: true } : { admin: false };
			const got = await Promise.all([change(ada, ids.mia, body), change(mia, ids.ada, body)]);
			assert.equal(got.filter((a) => a.status === 200).length, 1, JSON.stringify(got.map((a) => a.body)));
			assert.equal(world.stack.sql('select count(*) from app_user where admin and disabled_at is null')[0][0], '1');
		}
		world.stack.sql(`update app_user set admin = id = '${rootId}', disabled_at = null`);
		for (const name of ['ada', 'mia']) world[name] = await world.stack.signIn(`${name}@stepmill.test`, password);
	});
});

describe('workspaces', () => {
	test('are listed with owners, members, runs and what they spent this month, and not what is in them', async () => {
		const { workflow } = await makeChain(world.ada);
		const { id } = (await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'x' } })).body;
		world.stack.sql(`insert into ledger (workspace_id, run_id, path, attempt, at, provider, model, tokens_in, tokens_out, cost_nano)
			values ('${ids.home}', '${id}', 'a', 1, now(), 'p', 'm', 1, 1, 1500000000), ('${ids.home}', '${id}', 'b', 1, now() - interval '40 days', 'p', 'm', 1, 1, 1)`);
		const { body } = await ask(root, 'listAllWorkspaces', '/admin/workspaces?q=home');
		assert.deepEqual(body.data.map((w) => [w.id, w.slug, w.owners.map((o) => o.name), w.members, w.runs, w.month_cost_usd, w.archived_at]),
			[[ids.home, 'home', ['ada'], 4, 1, 1.5, null]]);
		const all = await ask(root, 'listAllWorkspaces', '/admin/workspaces?limit=100');
		assert.equal(all.body.data.length, Number(world.stack.sql('select count(*) from workspace')[0][0]));
		assert.equal((await root.get(world.at('/prompts'))).status, 404, 'an administrator is a stranger in them');
		assert.equal((await world.ada.get('/admin/workspaces')).status, 403);
	});
});

// API tokens: made once, shown once, good for their scopes in every operation of the contract, gone at once when revoked.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/stack.mjs';
import { operations } from './lib/contract.mjs';
import { ids, makeChain, password, startWorld, stored } from './lib/world.mjs';

const scopes = ['read', 'runs:write', 'workflows:write', 'admin'];
let world;
let routes;
let chain;
let run;
const tokens = {}; // scope → client

before(async () => {
	world = await startWorld({ workers: 3, live: true });
	routes = operations((await world.nobody.get('/openapi.json')).body);
	chain = await makeChain(world.ada);
	run = (await world.ada.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'x' } })).body.id;
	for (const scope of scopes) tokens[scope] = bearer((await make(world.ada, { scopes: [scope] })).token);
});
after(async () => world?.stack.stop());

/** A client that sends a token and no cookie. */
function bearer(token, scheme = 'Bearer') {
	const client = new Client(world.stack.url);
	const request = client.request.bind(client);
	client.request = (method, where, body, headers = {}) => request(method, where, body, { authorization: `${scheme} ${token}`, ...headers });
	return client;
}
async function make(client, more = {}) {
	const { status, body } = await client.post('/account/tokens', { name: 'For a test', scopes: ['read'], ...more });
	assert.equal(status, 201, JSON.stringify(body));
	return body;
}
const statusOf = async (client, path = world.at('/runs')) => (await client.get(path)).status;

describe('a token', () => {
	test('is shown once, and only its hash is stored', async () => {
		const made = await make(world.mia, { scopes: ['read', 'admin', 'read'], expires_in_days: 30, workspace_id: ids.home });
		assert.match(made.token, /^sm_[\w-]{43}$/);
		assert.deepEqual([made.scopes, made.workspace_id, made.last_used_at], [['admin', 'read'], ids.home, null]);
		assert.ok(Math.abs(Date.parse(made.expires_at) - Date.now() - 30 * 86400000) < 60000);
		const { data } = (await world.mia.get('/account/tokens')).body;
		const { token, ...rest } = made;
		assert.deepEqual(data, [rest]);
		const dump = world.stack.sql("select t::text, encode(token_hash, 'escape'), encode(token_hash, 'base64') from api_token t").flat().join();
		assert.ok(!dump.includes(token.slice(3)) && !world.stack.programs.api.log().includes(token.slice(3)));
	});
	test('is listed with the time it was last used', async () => {
		const made = await make(world.vic);
		assert.equal(await statusOf(bearer(made.token)), 200);
		const [listed] = (await world.vic.get('/account/tokens')).body.data;
		assert.ok(Math.abs(Date.parse(listed.last_used_at) - Date.now()) < 60000);
	});
	test('that is revoked is refused from the next request on, by every worker', async () => {
		const made = await make(world.mia);
		const client = bearer(made.token);
		for (let i = 0; i < 6; i++) assert.equal(await statusOf(client), 200);
		assert.equal((await world.eve.delete(`/account/tokens/${made.id}`)).status, 404, 'by somebody else');
		assert.equal((await world.mia.delete(`/account/tokens/${made.id}`)).status, 204);
		for (let i = 0; i < 6; i++) assert.equal(await statusOf(client), 401);
		assert.equal((await world.mia.delete(`/account/tokens/${made.id}`)).status, 404);
	});
	test('that has expired is refused', async () => {
		const made = await make(world.mia, { expires_in_days: 1 });
		world.stack.sql(`update api_token set expires_at = now() where id = '${made.id}'`);
		assert.equal(await statusOf(bearer(made.token)), 401);
	});
	test('of a person who was removed opens nothing there', async () => {
		const client = bearer((await make(world.vic)).token);
		assert.equal(await statusOf(client), 200);
		world.stack.sql(`delete from membership where user_id = '${ids.vic}'`);
		assert.equal(await statusOf(client), 404);
		assert.equal(await statusOf(client, '/session'), 200);
		world.stack.sql(`insert into membership (workspace_id, user_id, role) values ('${ids.home}', '${ids.vic}', 'viewer'); update app_user set disabled_at = now() where id = '${ids.vic}'`);
		assert.equal(await statusOf(client), 401);
		world.stack.sql(`update app_user set disabled_at = null where id = '${ids.vic}'`);
	});
	test('can do no more than its person', async () => {
		const client = bearer((await make(world.vic, { scopes })).token);
		const answer = await client.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'x' } });
		assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden']);
	});
	test('for one workspace knows no other', async () => {
		world.stack.sql(`insert into membership (workspace_id, user_id, role) values ('${ids.elsewhere}', '${ids.ann}', 'admin')`);
		const client = bearer((await make(world.ann, { workspace_id: ids.home })).token);
		assert.equal(await statusOf(client), 200);
		assert.equal(await statusOf(client, world.at('/runs', ids.elsewhere)), 404);
		assert.deepEqual((await client.get('/session')).body.workspaces.map((w) => w.id), [ids.home]);
		assert.equal((await world.ann.get('/session')).body.workspaces.length, 2);
		world.stack.sql(`delete from membership where user_id = '${ids.ann}' and workspace_id = '${ids.elsewhere}'`);
	});
	test('is not made for a workspace of others, without a scope, or for too long', async () => {
		const tries = [[{ workspace_id: ids.elsewhere }, 404], [{ workspace_id: ids.missing }, 404], [{ scopes: [] }, 422], [{ scopes: ['all'] }, 422], [{ scopes: ['session'] }, 422],
			[{ expires_in_days: 0 }, 422], [{ expires_in_days: 367 }, 422], [{ name: '' }, 422], [{ user_id: ids.eve }, 422]];
		for (const [more, status] of tries) {
			const answer = await world.mia.post('/account/tokens', { name: 'A', scopes: ['read'], ...more });
			assert.equal(answer.status, status, JSON.stringify(more));
		}
	});
	test('is one of a hundred at most', async () => {
		world.stack.sql(`insert into api_token (id, user_id, token_hash, name, scopes) select gen_random_uuid(), '${ids.eve}', sha256(n::text::bytea), 'n', '{read}' from generate_series(1, 99) n`);
		const answers = await Promise.all(Array.from({ length: 6 }, () => world.eve.post('/account/tokens', { name: 'A', scopes: ['read'] })));
		assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409, 409, 409, 409, 409]);
	});
});

describe('every operation', () => {
	/** A path with ids of our own; whether the body fits does not matter: who asks is looked at before the work, and a refusal says so. */
	const of = () => ({ workspace_id: ids.home, workflow_id: chain.workflow.id, prompt_id: chain.prompts[0].id, run_id: run, path: 'ok', name: 'go', checkpoint: 1, unit: 'concurrency', token_id: ids.missing, token: 'A'.repeat(43), version: 1, label: 'published' });
	const path = (op) => op.path.replace(/\{(\w+)\}/g, (_, name) => of()[name] ?? ids.missing);

	test('is refused to a token without its scope, and nothing is stored', async () => {
		const before_ = stored(world.stack);
		const wrong = [];
		let refused = 0;
		for (const op of routes.filter((r) => r.role !== 'public' && !takesBody(r))) {
			for (const scope of scopes.filter((s) => s !== op.scope)) {
				const answer = await tokens[scope].request(op.method, path(op) + query(op), undefined, op.etag === 'revision' ? { 'if-match': '*' } : {});
				refused++;
				if (answer.status !== 403 || answer.body.code !== 'scope') wrong.push(`${op.id} with ${scope}: ${answer.status} ${answer.body?.code}`);
			}
		}
		assert.deepEqual(wrong, []);
		assert.ok(refused > 50, `${refused}`);
		assert.equal(stored(world.stack), before_);
	});
	/** What the contract says must be in the query. */
	const query = (op) => op.params.filter((p) => p.in === 'query' && p.required)
		.map((p, i) => `${i ? '&' : '?'}${p.name}=${p.schema.type === 'integer' ? 1 : of()[p.name] ?? 'workspace'}`).join('');
	const takesBody = (op) => op.body !== undefined;

	test('that takes a body is refused the same', async () => {
		const bodies = {
			createPrompt: { name: 'A', body: 'text' }, createRun: { workflow_id: chain.workflow.id, input: { text: 'x' } },
			createWorkflow: { name: 'A', definition: chain.workflow.definition }, updateWorkspace: { retention_days: 7 },
			createToken: { name: 'A', scopes: ['admin'] }, cancelRuns: { filter: { ids: [run] } },
		};
		const before_ = stored(world.stack);
		for (const [id, body] of Object.entries(bodies)) {
			const op = routes.find((r) => r.id === id);
			for (const scope of scopes.filter((s) => s !== op.scope)) {
				const answer = await tokens[scope].request(op.method, path(op), body);
				assert.deepEqual([answer.status, answer.body.code], [403, 'scope'], `${id} with ${scope}`);
			}
		}
		assert.equal(stored(world.stack), before_);
	});
	test('lets the scope do its work', async () => {
		const made = await tokens['runs:write'].post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'by token' } });
		assert.equal(made.status, 201);
		assert.equal((await tokens['workflows:write'].post(world.at('/prompts'), { name: 'A', body: 'b' })).status, 201);
		assert.equal((await tokens.admin.request('PATCH', world.at(''), { retention_days: 9 })).status, 200);
		assert.equal(await statusOf(tokens.read, world.at(`/runs/${made.body.id}`)), 200);
		const live = new AbortController();
		const watch = (token) => fetch(`${world.stack.url}/api${world.at(`/runs/${run}/live`)}`, { headers: { authorization: `Bearer ${token}` }, signal: live.signal });
		const { token } = await make(world.ada);
		assert.equal((await watch(token)).status, 200, 'a stream');
		const other = await watch((await make(world.ada, { scopes: ['runs:write'] })).token);
		assert.deepEqual([other.status, (await other.json()).code], [403, 'scope']);
		assert.equal((await watch('sm_')).status, 401);
		live.abort();
	});
	test('never lets a token make tokens or sign out', async () => {
		const client = bearer((await make(world.mia, { scopes })).token);
		for (const [method, where, body] of [['POST', '/account/tokens', { name: 'A', scopes: ['read'] }], ['GET', '/account/tokens'], ['DELETE', `/account/tokens/${ids.missing}`], ['DELETE', '/session']]) {
			const answer = await client.request(method, where, body);
			assert.deepEqual([answer.status, answer.body.code], [403, 'scope'], `${method} ${where}`);
		}
	});
});

describe('the header', () => {
	const good = async () => (await make(world.mia)).token;
	test('takes nothing that we did not give', async () => {
		const token = await good();
		const wrong = ['', 'null', 'undefined', 'sm_', token.slice(3), token.slice(0, -1), `${token}A`, `${token} ${token}`, `"${token}"`, token.toUpperCase(), `sm_${'A'.repeat(43)}`,
			world.mia.cookie.split('=')[1], `sm_${world.mia.cookie.split('=')[1]}`];
		for (const text of wrong) {
			const answer = await bearer(text).get(world.at('/runs'));
			assert.deepEqual([answer.status, answer.body.code], [401, 'unauthenticated'], text);
		}
		assert.equal(await statusOf(bearer(token)), 200);
		assert.equal(await statusOf(bearer(token, 'bearer')), 200);
	});
	test('wins over a cookie, so that a wrong token is not helped by one', async () => {
		assert.equal((await world.mia.get(world.at('/runs'), { authorization: 'Bearer sm_wrong' })).status, 401);
		assert.equal((await world.mia.get(world.at('/runs'), { authorization: 'Basic eDp5' })).status, 200);
	});
	test('is the only place: not the cookie, not the address', async () => {
		const token = await good();
		assert.equal((await world.nobody.get(world.at('/runs'), { cookie: `__Host-stepmill=${token}` })).status, 401);
		assert.equal((await world.nobody.get(world.at('/runs'), { cookie: `__Host-stepmill=${token.slice(3)}` })).status, 401);
		assert.equal((await world.nobody.get(world.at(`/runs?access_token=${token}`))).status, 401);
	});
	test('needs no origin: no page can make a browser send it', async () => {
		const { token } = await make(world.mia, { scopes: ['workflows:write'] });
		const post = (headers) => new Promise((resolve, reject) => {
			const request = http.request(`${world.stack.url}/api${world.at('/prompts')}`, { method: 'POST', headers: { 'content-type': 'application/json', origin: 'https://evil.test', ...headers } },
				(response) => { response.resume(); response.on('end', () => resolve(response.statusCode)); });
			request.on('error', reject);
			request.end(JSON.stringify({ name: 'A', body: 'b' }));
		});
		assert.equal(await post({ authorization: `Bearer ${token}` }), 201);
		assert.equal(await post({ cookie: world.mia.cookie }), 403);
		assert.equal(await post({ cookie: world.mia.cookie, authorization: 'Basic eDp5' }), 403);
	});
});

test('two hundred wrong passwords at once are ten, and then nobody is told more', async () => {
	const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => world.nobody.post('/session', { email: 'ann@stepmill.test', password: `wrong ${i}` })));
	const looked = answers.filter((a) => a.status === 401).length;
	assert.ok(looked <= 10, `${looked} were looked at`);
	for (const a of answers.filter((one) => one.status !== 401)) {
		assert.equal(a.status, 429);
		assert.ok(Number(a.headers.get('retry-after')) > 0);
	}
	world.stack.sql("update attempt set subject = replace(subject, '127.0.0.1', '192.0.2.1')");
	assert.equal((await new Client(world.stack.url).post('/session', { email: 'ann@stepmill.test', password })).status, 200, 'from elsewhere');
});

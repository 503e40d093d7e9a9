// Sessions, origins, and what a worker remembers. Every route × everybody is in matrix.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { operations } from './lib/contract.mjs';
import { ids, makeChain, password, startWorld } from './lib/world.mjs';

let world;
let workflow;
let contract;

before(async () => {
	world = await startWorld({ workers: 4 });
	({ workflow } = await makeChain(world.ada));
});
after(async () => world?.stack.stop());

describe('routes', () => {
	test('outside of a workspace are few', async () => {
		contract = (await world.nobody.get('/openapi.json')).body;
		const outside = operations(contract).filter((op) => !op.path.startsWith('/workspaces/'));
		assert.deepEqual(outside.filter((op) => !/^\/account/.test(op.path)).map((op) => `${op.id} ${op.role}`).sort(),
			['acceptInvitation person', 'confirmEmail public', 'createResetLink administrator', 'createSignInProvider administrator', 'createWorkspace person',
				'deleteSignInProvider administrator', 'finishProviderSignIn public', 'listAllActivity administrator', 'listAllWorkspaces administrator', 'listPublicPrompts person',
				'listPublicWorkflows person', 'listSignInProviders administrator', 'listUsers administrator', 'listWaysToSignIn public', 'readContract public',
				'readHealth public', 'readInstallation administrator', 'readInvitation person', 'readLive public', 'readPublicPrompt person',
				'readPublicWorkflow person', 'readReady public', 'readReference public', 'readReferenceScript public', 'readReferenceStyle public',
				'readSession person', 'readSignInProvider administrator', 'readSignUp public', 'removeSecondFactor administrator', 'requestPasswordReset public',
				'resetPassword public', 'signIn public', 'signInSecondFactor public', 'signOut public', 'startProviderSignIn public',
				'updateInstallation administrator', 'updateSignInProvider administrator', 'updateUser administrator',
				'watchSession person']);
	});
	test('about the account are for a person, but signing up', () => {
		const account = operations(contract).filter((op) => /^\/account/.test(op.path));
		assert.ok(account.length >= 10);
		for (const op of account) assert.equal(op.role, op.id === 'signUp' ? 'public' : 'person', op.id);
	});
	test('tells a workflow of another workspace nothing about inputs, though a worker remembers its schema', async () => {
		for (let i = 0; i < 6; i++) {
			await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'warm' } });
			const answer = await world.eve.post(world.at('/runs'), { workflow_id: workflow.id, input: {} });
			assert.equal(answer.status, 404);
		}
	});
});

describe('sessions', () => {
	test('the cookie is of one host, over TLS, not for scripts, not for other sites', async () => {
		const answer = await world.nobody.post('/session', { email: 'mia@stepmill.test', password });
		const cookie = answer.headers.getSetCookie()[0];
		for (const part of [/^__Host-stepmill=[\w-]{43};/, /; Path=\/;/, /; Secure;/, /; HttpOnly;/, /; SameSite=Lax$/]) assert.match(cookie, part);
		assert.doesNotMatch(cookie, /Domain/i);
		assert.deepEqual(answer.headers.getSetCookie().slice(1), ['__Host-stepmill-here=1; Path=/; Max-Age=2592000; Secure; SameSite=Lax'], 'the page is told that there is one, and no more');
		world.nobody.cookie = '';
	});
	test('the token is nowhere in the database', () => {
		const token = world.ada.cookie.split('=')[1];
		const rows = world.stack.sql("select encode(token_hash, 'escape'), encode(token_hash, 'base64') from session").flat().join();
		assert.ok(!rows.includes(token));
	});
	test('an unknown person and a wrong password are told the same', async () => {
		const wrong = await world.nobody.post('/session', { email: 'mia@stepmill.test', password: 'wrong' });
		const unknown = await world.nobody.post('/session', { email: 'nobody@stepmill.test', password: 'wrong' });
		for (const answer of [wrong, unknown]) assert.deepEqual([answer.status, answer.body.code], [401, 'unauthenticated']);
		assert.equal(wrong.body.detail, unknown.body.detail);
		assert.equal(wrong.headers.getSetCookie().length + unknown.headers.getSetCookie().length, 0);
	});
	test('a disabled person cannot sign in, and is out at once', async () => {
		const client = await world.stack.signIn('vic@stepmill.test', password);
		world.stack.sql(`update app_user set disabled_at = now() where id = '${ids.vic}'`);
		assert.equal((await client.get('/session')).status, 401);
		assert.equal((await world.nobody.post('/session', { email: 'vic@stepmill.test', password })).status, 401);
		world.stack.sql(`update app_user set disabled_at = null where id = '${ids.vic}'`);
	});
	test('signing in again ends the session before; signing out ends it at once', async () => {
		const client = await world.stack.signIn('mia@stepmill.test', password);
		const first = client.cookie;
		await client.post('/session', { email: 'mia@stepmill.test', password });
		assert.notEqual(client.cookie, first);
		assert.equal((await world.nobody.get('/session', { cookie: first })).status, 401);
		const second = client.cookie;
		const out = await client.delete('/session');
		assert.equal(out.status, 204);
		assert.match(out.headers.getSetCookie()[0], /^__Host-stepmill=; .*Max-Age=0;/);
		assert.match(out.headers.getSetCookie()[1], /^__Host-stepmill-here=; .*Max-Age=0;/);
		assert.equal((await world.nobody.get('/session', { cookie: second })).status, 401);
		assert.equal((await world.nobody.delete('/session', { cookie: second })).status, 204);
	});
	test('a session that is over, and a person who has left the workspace, are out at once', async () => {
		const client = await world.stack.signIn('mia@stepmill.test', password);
		world.stack.sql(`delete from membership where user_id = '${ids.mia}'`);
		assert.equal((await client.get(world.at('/runs'))).status, 404);
		world.stack.sql(`insert into membership (workspace_id, user_id, role) values ('${ids.home}', '${ids.mia}', 'member')`);
		assert.equal((await client.get(world.at('/runs'))).status, 200);
		world.stack.sql(`update session set expires_at = now() - interval '1 s' where user_id = '${ids.mia}'`);
		assert.equal((await client.get(world.at('/runs'))).status, 401);
		world.mia = await world.stack.signIn('mia@stepmill.test', password);
	});
	test('after ten failures the account is closed to this address alone, with a time to wait', async () => {
		for (let i = 0; i < 10; i++) await world.nobody.post('/session', { email: 'eve@stepmill.test', password: `wrong ${i}` });
		const answer = await world.nobody.post('/session', { email: 'EVE@stepmill.test', password });
		assert.deepEqual([answer.status, answer.body.code, answer.body.retryable], [429, 'rate_limited', true]);
		assert.ok(Number(answer.headers.get('retry-after')) > 0);
		world.stack.sql("update attempt set subject = replace(subject, '127.0.0.1', '192.0.2.1')");
		assert.equal((await world.nobody.post('/session', { email: 'eve@stepmill.test', password })).status, 200);
		world.nobody.cookie = '';
	});
	test('a flood of sign-ins is let in or told when to come again, and everything else is answered', async () => {
		const flood = Promise.all(Array.from({ length: 60 }, () => world.nobody.post('/session', { email: 'mia@stepmill.test', password })));
		for (let i = 0; i < 50; i++) assert.equal((await world.ada.get(world.at('/runs'))).status, 200);
		const answers = await flood;
		assert.ok(answers.some((a) => a.status === 200));
		for (const answer of answers.filter((a) => a.status !== 200)) {
			assert.deepEqual([answer.status, answer.body.code], [429, 'rate_limited']);
			assert.ok(Number(answer.headers.get('retry-after')) > 0);
		}
		world.nobody.cookie = '';
	});
	test('no password is in the log', () => {
		const log = world.stack.programs.api.log();
		assert.match(log, /"route":"signIn"/);
		for (const secret of [password, 'wrong 3', world.ada.cookie.split('=')[1]]) assert.ok(!log.includes(secret), secret);
	});
});

describe('other sites', () => {
	const body = { name: 'A', body: 'b' };
	const tries = [
		[{ origin: 'https://evil.test' }, 403],
		[{ origin: 'null' }, 403],
		[{ origin: 'http://127.0.0.1.evil.test' }, 403],
		[{ 'sec-fetch-site': 'cross-site' }, 403],
		[{ 'sec-fetch-site': 'same-site' }, 403],
		[{ 'sec-fetch-site': '' }, 403],
		[{ 'sec-fetch-site': 'same-origin' }, 201],
		[{ 'sec-fetch-site': 'none' }, 201],
		[{}, 201],
	];
	for (const [headers, status] of tries) {
		test(`${JSON.stringify(headers)} is ${status}`, async () => {
			// node's fetch guards Origin and Sec-Fetch-*: raw HTTP instead.
			const http = await import('node:http');
			const answer = await new Promise((resolve, reject) => {
				const request = http.request(`${world.stack.url}/api${world.at('/prompts')}`, {
					method: 'POST', headers: { 'content-type': 'application/json', cookie: world.ada.cookie, ...headers },
				}, (response) => { response.resume(); response.on('end', () => resolve(response.statusCode)); });
				request.on('error', reject);
				request.end(JSON.stringify(body));
			});
			assert.equal(answer, status);
		});
	}
	test('the page itself is let in by its origin', async () => {
		const http = await import('node:http');
		const status = await new Promise((resolve) => {
			const request = http.request(`${world.stack.url}/api${world.at('/prompts')}`, {
				method: 'POST', headers: { 'content-type': 'application/json', cookie: world.ada.cookie, origin: world.stack.url },
			}, (response) => { response.resume(); resolve(response.statusCode); });
			request.end(JSON.stringify(body));
		});
		assert.equal(status, 201);
	});
});

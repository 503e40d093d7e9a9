// The API itself, sessions, accounts, workspaces and their members, administrators.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from '../../harness/stack.mjs';
import { codeOf, later } from '../lib/totp.mjs';
import { ids, password } from '../lib/world.mjs';
import { call, world } from './shared.mjs';

describe('system and session', () => {
	test('health says live and ready', async () => {
		const { status, body } = await call(world.nobody, 'readHealth', '/health');
		assert.equal(status, 200);
		assert.deepEqual([body.live, body.ready], [true, true]);
	});
	test('live and ready are told one by one, too', async () => {
		assert.equal((await call(world.nobody, 'readLive', '/health/live')).body.live, true);
		assert.equal((await call(world.nobody, 'readReady', '/health/ready')).body.ready, true);
	});
	test('the contract is given out', async () => {
		const { status, body } = await call(world.nobody, 'readContract', '/openapi.json');
		assert.equal(status, 200);
		assert.equal(body.openapi, '3.1.0');
	});
	test('the reference is given out', async () => {
		assert.match((await call(world.nobody, 'readReference', '/docs')).body, /^<!doctype html>/);
		assert.match((await call(world.nobody, 'readReferenceStyle', '/docs/reference.css')).body, /--text-1/);
		assert.match((await call(world.nobody, 'readReferenceScript', '/docs/reference.js')).body, /#search/);
	});
	test('signing in, looking who it is, signing out', async () => {
		const client = await world.stack.signIn('mia@stepmill.test', password);
		const signed = await call(client, 'signIn', '/session', { email: 'MIA@stepmill.test', password });
		assert.equal(signed.status, 200);
		assert.equal(signed.body.user.id, ids.mia);
		const who = await call(client, 'readSession', '/session');
		assert.deepEqual(who.body.workspaces.map((w) => [w.slug, w.role]), [['home', 'member']]);
		assert.equal((await call(client, 'signOut', '/session')).status, 204);
	});
});

describe('the account', () => {
	test('is made, read, renamed, and gets another password', async () => {
		const client = new Client(world.stack.url);
		assert.deepEqual((await call(client, 'readSignUp', '/sign-up')).body, { open: true, first: false, mail: true });
		assert.equal((await call(client, 'signUp', '/account', { email: 'zoe@stepmill.test', name: 'Zoe', password })).status, 201);
		assert.equal((await call(client, 'readAccount', '/account')).body.email, 'zoe@stepmill.test');
		assert.equal((await call(client, 'updateAccount', '/account', { name: 'Zoë' })).body.name, 'Zoë');
		assert.equal((await call(client, 'changePassword', '/account/password', { current_password: password, new_password: `${password} 2` })).status, 204);
		const other = await world.stack.signIn('zoe@stepmill.test', `${password} 2`);
		const { data } = (await call(client, 'listSessions', '/account/sessions')).body;
		assert.equal((await call(client, 'endSession', `/account/sessions/${data.find((s) => !s.current).id}`)).status, 204);
		assert.equal((await other.get('/session')).status, 401);
		assert.equal((await call(client, 'endOtherSessions', '/account/sessions')).status, 204);
		const root = await world.stack.signIn();
		const { id } = (await client.get('/account')).body;
		const link = await call(root, 'createResetLink', `/users/${id}/reset-link`);
		assert.equal((await call(client, 'resetPassword', '/password-reset', { token: link.body.token, password })).status, 204);
	});
	test('gets a second factor, which is asked for, and loses it', async () => {
		const client = await world.stack.signIn('zoe@stepmill.test', password);
		assert.equal((await call(client, 'readSecondFactor', '/account/second-factor')).body.enabled_at, null);
		const { body } = await call(client, 'beginSecondFactor', '/account/second-factor', { current_password: password });
		const on = await call(client, 'confirmSecondFactor', '/account/second-factor/confirm', { code: codeOf(body.secret) });
		assert.equal(on.body.recovery_codes.length, 10);
		const half = new Client(world.stack.url);
		assert.equal((await call(half, 'signIn', '/session', { email: 'zoe@stepmill.test', password })).body.code, 'second_factor');
		assert.equal((await call(half, 'signInSecondFactor', '/session/second-factor', { code: on.body.recovery_codes[0] })).status, 200);
		assert.equal((await call(half, 'readSecondFactor', '/account/second-factor')).body.recovery_codes_left, 9);
		later(world.stack);
		assert.equal((await call(client, 'renewRecoveryCodes', '/account/second-factor/recovery-codes', { current_password: password, code: codeOf(body.secret) })).status, 200);
		later(world.stack);
		assert.equal((await call(client, 'disableSecondFactor', '/account/second-factor/disable', { current_password: password, code: codeOf(body.secret) })).status, 204);
		world.stack.sql("update app_user set second_factor_at = now() where email = 'zoe@stepmill.test'");
		const { id } = (await client.get('/account')).body;
		assert.equal((await call(await world.stack.signIn(), 'removeSecondFactor', `/users/${id}/second-factor`)).status, 204);
	});
	test('is connected to a sign-in provider, which an administrator configures', async () => {
		const root = await world.stack.signIn();
		const at = '/installation/sign-in-providers';
		const made = await call(root, 'createSignInProvider', at, { name: 'Acme', issuer: 'http://127.0.0.1:1', client_id: 'c', client_secret: 's', rules: [{ email_domain: 'a.test', workspace_id: ids.home, role: 'viewer' }] });
		const { id } = made.body;
		assert.deepEqual((await call(root, 'listSignInProviders', at)).body.data, [made.body]);
		assert.deepEqual((await call(root, 'readSignInProvider', `${at}/${id}`)).body, made.body);
		assert.equal((await call(root, 'updateSignInProvider', `${at}/${id}`, { name: 'Other', rules: [{ claim: 'g', value: 'v', workspace_id: ids.home, role: 'member' }] })).body.name, 'Other');
		assert.deepEqual((await call(world.nobody, 'listWaysToSignIn', '/sign-in-providers')).body.data, [{ id, name: 'Other' }]);
		assert.equal((await call(new Client(world.stack.url), 'startProviderSignIn', `/sign-in-providers/${id}/start`)).headers.get('location'), '/sign-in?problem=provider_unreachable');
		assert.equal((await call(new Client(world.stack.url), 'finishProviderSignIn', `/sign-in-providers/${id}/callback?state=x&code=y&more=z`)).headers.get('location'), '/sign-in?problem=ended');
		world.stack.sql(`insert into sign_in_identity (provider_id, subject, user_id) values ('${id}', 's', '${ids.mia}')`);
		assert.equal((await call(world.mia, 'listIdentities', '/account/identities')).body.data.length, 1);
		assert.equal((await call(world.mia, 'removeIdentity', `/account/identities/${id}`)).status, 204);
		assert.equal((await call(root, 'deleteSignInProvider', `${at}/${id}`)).status, 204);
	});
	test('is written to, when the installation sends mail', async () => {
		const root = await world.stack.signIn();
		assert.equal((await call(world.nobody, 'requestPasswordReset', '/password-reset-request', { email: 'vic@stepmill.test' })).status, 202);
		assert.equal((await call(world.vic, 'requestEmailConfirmation', '/account/email-confirmation')).status, 202);
		const { token } = (await root.post(`/users/${ids.vic}/reset-link`)).body;
		world.stack.sql(`delete from email_confirmation; insert into email_confirmation (token_hash, user_id, email) select r.token_hash, u.id, u.email from password_reset r join app_user u on u.id = r.user_id where u.id = '${ids.vic}'`);
		assert.equal((await call(world.nobody, 'confirmEmail', '/email-confirmation', { token })).status, 204);
		assert.ok((await world.vic.get('/account')).body.email_confirmed_at);
	});
	test('of the installation is for its administrator', async () => {
		const root = await world.stack.signIn();
		assert.deepEqual((await call(root, 'readInstallation', '/installation')).body, { sign_up: 'open' });
		assert.deepEqual((await call(root, 'updateInstallation', '/installation', { sign_up: 'open' })).body, { sign_up: 'open' });
	});
	test('a token is made, listed and revoked', async () => {
		const made = await call(world.mia, 'createToken', '/account/tokens', { name: 'Build', scopes: ['runs:write', 'read'], expires_in_days: 7, workspace_id: ids.home });
		assert.equal(made.status, 201);
		assert.deepEqual((await call(world.mia, 'listTokens', '/account/tokens')).body.data.map((t) => [t.id, t.name]), [[made.body.id, 'Build']]);
		assert.equal((await call(world.mia, 'revokeToken', `/account/tokens/${made.body.id}`)).status, 204);
		assert.deepEqual((await call(world.mia, 'listTokens', '/account/tokens')).body.data, []);
	});
});

describe('workspaces and members', () => {
	test('a workspace is made, its members come by link, change roles and leave', async () => {
		const made = await call(world.eve, 'createWorkspace', '/workspaces', { name: 'Ours', slug: 'ours' });
		assert.equal(made.status, 201);
		const w = `/workspaces/${made.body.id}`;
		const link = await call(world.eve, 'createInvitation', `${w}/invitations`, { role: 'member', note: 'mia' });
		assert.equal(link.status, 201);
		assert.deepEqual((await call(world.eve, 'listInvitations', `${w}/invitations`)).body.data.map((i) => i.note), ['mia']);
		assert.equal((await call(world.mia, 'readInvitation', `/invitations/${link.body.token}`)).body.refusal, null);
		assert.equal((await call(world.mia, 'acceptInvitation', `/invitations/${link.body.token}/accept`)).body.role, 'member');
		assert.equal((await call(world.eve, 'updateMember', `${w}/members/${ids.mia}`, { role: 'admin' })).body.role, 'admin');
		assert.deepEqual((await call(world.eve, 'listMembers', `${w}/members`)).body.data.map((m) => m.role), ['owner', 'admin']);
		assert.equal((await call(world.eve, 'transferWorkspace', `${w}/transfer`, { user_id: ids.mia })).status, 204);
		await world.eve.post(`${w}/prompts`, { name: 'Mine', body: 'x', visibility: 'private' });
		assert.equal((await call(world.eve, 'leaveWorkspace', `${w}/leave`)).status, 204);
		assert.deepEqual((await call(world.mia, 'reassignMember', `${w}/members/${ids.eve}/reassign`, { to: ids.mia })).body, { prompts: 1, workflows: 0, runs: 0 });
		assert.equal((await call(world.mia, 'removeMember', `${w}/members/${ids.eve}`)).status, 404);
		const other = (await world.mia.post(`${w}/invitations`, { role: 'viewer' })).body;
		assert.equal((await call(world.mia, 'revokeInvitation', `${w}/invitations/${other.id}`)).status, 204);
		assert.equal((await call(world.mia, 'archiveWorkspace', `${w}/archive`)).status, 200);
		assert.equal((await call(world.mia, 'restoreWorkspace', `${w}/restore`)).body.archived_at, null);
	});
});

test('administrators see people, workspaces and what happened to accounts (more in administration.test and activity.test)', async () => {
	const root = await world.stack.signIn();
	assert.ok((await call(root, 'listUsers', '/users')).body.data.length > 1);
	assert.equal((await call(root, 'updateUser', `/users/${ids.vic}`, { admin: false })).status, 200);
	assert.ok((await call(root, 'listAllWorkspaces', '/admin/workspaces')).body.data.length > 1);
	assert.ok((await call(root, 'listAllActivity', '/admin/activity')).body.data.length > 1);
	assert.ok((await call(world.mia, 'listActivity', '/account/activity')).body.data.length > 0);
	assert.equal((await call(world.ada, 'listFormerMembers', world.at('/former-members'))).status, 200);
});

// Signing in by a provider (OpenID Connect), against one that follows the standard: the way there and back, every answer that must be
// refused, whose account it is, and which workspaces it leads into.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Browser, startProvider } from '../harness/provider.mjs';
import { Client, until } from '../harness/stack.mjs';
import { turnOn } from './lib/totp.mjs';
import { ids, password, startWorld } from './lib/world.mjs';

let world;
let provider;
let root;
let id;
before(async () => {
	provider = await startProvider();
	world = await startWorld({ workers: 4, apiEnv: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${provider.port}` } });
	root = await world.stack.signIn();
	const made = await create({});
	assert.equal(made.status, 201, JSON.stringify(made.body));
	id = made.body.id;
});
after(async () => {
	await world?.stack.stop();
	await provider?.stop();
});
let subject = 0;
beforeEach(() => {
	provider.wrong = {};
	provider.person = person();
	world.stack.sql('delete from attempt');
});

const person = (more = {}) => ({ sub: `s${++subject}`, email: `p${subject}@acme.test`, email_verified: true, name: 'Pia', ...more });
const create = (more, client = root) => client.post('/installation/sign-in-providers', { name: 'Acme', issuer: provider.issuer, client_id: provider.client.id, client_secret: provider.client.secret, ...more });
const change = (more) => root.request('PATCH', `/installation/sign-in-providers/${id}`, more);
const browser = () => new Browser(world.stack.url);
const who = async (b) => (await b.go('/api/session')).body;
/** Signs somebody in; the problem that the page is told, or '' and the person. */
async function signIn(b = browser(), query = '') {
	const end = await b.signIn(provider, id, query);
	assert.equal(end.status, 303, JSON.stringify(end.body));
	return { b, problem: new URL(end.to, world.stack.url).searchParams.get('problem') ?? '', end };
}
/** With all workers' memories of the provider gone. */
async function forget() {
	const workers = world.stack.workers();
	await world.stack.programs.api.kill('SIGHUP');
	await until('other workers', () => !world.stack.workers().some((pid) => workers.includes(pid)));
	await world.stack.ready();
}
const counts = () => world.stack.sql('select (select count(*) from app_user), (select count(*) from session), (select count(*) from sign_in_identity)')[0].join();

describe('a provider', () => {
	test('is configured by an administrator alone; its secret comes out nowhere', async () => {
		for (const client of [world.ada, world.nobody]) assert.ok([401, 403].includes((await create({}, client)).status));
		const listed = (await root.get('/installation/sign-in-providers')).body.data;
		assert.deepEqual(listed.map((p) => [p.id, p.name, p.issuer, p.enabled, p.callback]), [[id, 'Acme', provider.issuer, true, `/api/sign-in-providers/${id}/callback`]]);
		assert.deepEqual((await world.nobody.get('/sign-in-providers')).body, { data: [{ id, name: 'Acme' }] });
		const dump = world.stack.sql("select p::text, encode(sealed_secret, 'escape') from sign_in_provider p").flat().join();
		for (const text of [JSON.stringify(listed), dump, world.stack.programs.api.log()]) assert.ok(!text.includes(provider.client.secret));
	});
	test('is checked as it is configured', async () => {
		for (const [more, path] of [[{ issuer: 'ftp://x.test/' }, '/issuer'], [{ issuer: 'https://x.test/?a=1' }, '/issuer'], [{ client_secret: '' }, '/client_secret'], [{ more: 1 }, '/more'],
			[{ rules: [{ email_domain: 'a.test', workspace_id: ids.home, role: 'owner' }] }, '/rules/0/role'], [{ rules: [{ email_domain: 'a.test' }] }, '/rules/0']]) {
			const answer = await create(more);
			assert.equal(answer.status, 422, JSON.stringify(more));
			assert.ok(answer.body.errors.some((e) => e.path.startsWith(path)), `${path}: ${JSON.stringify(answer.body.errors)}`);
		}
		assert.equal((await create({ rules: [{ email_domain: 'a.test', workspace_id: ids.missing, role: 'viewer' }] })).status, 422);
		assert.equal((await root.get(`/installation/sign-in-providers/${ids.missing}`)).status, 404);
		assert.equal((await root.request('PATCH', `/installation/sign-in-providers/${ids.missing}`, { name: 'X' })).status, 404);
		assert.equal((await root.get('/installation/sign-in-providers')).body.data.length, 1);
	});
	test('that is turned off or deleted signs nobody in', async () => {
		assert.equal((await change({ enabled: false })).body.enabled, false);
		assert.deepEqual((await world.nobody.get('/sign-in-providers')).body.data, []);
		assert.equal((await browser().go(`/api/sign-in-providers/${id}/start`)).status, 404);
		assert.equal((await change({ enabled: true })).body.enabled, true);
		const b = browser();
		const there = await b.go(`/api/sign-in-providers/${id}/start`);
		await change({ enabled: false });
		assert.equal((await b.go(provider.authorize(new URL(there.to).searchParams))).to, '/sign-in?problem=ended');
		await change({ enabled: true });
		const other = (await create({ name: 'Gone' })).body.id;
		assert.equal((await root.delete(`/installation/sign-in-providers/${other}`)).status, 204);
		assert.equal((await root.delete(`/installation/sign-in-providers/${other}`)).status, 404);
		assert.equal((await browser().go(`/api/sign-in-providers/${other}/start`)).status, 404);
	});
});

describe('the way there and back', () => {
	test('makes an account the first time, with a workspace, and finds it again', async () => {
		const { b, problem, end } = await signIn(browser(), '?to=/w/acme/runs');
		assert.deepEqual([problem, end.to, end.headers.get('cache-control')], ['', '/w/acme/runs', 'no-store']);
		const first = await who(b);
		assert.deepEqual([first.user.email, first.user.name, first.user.admin], [provider.person.email, 'Pia', false]);
		assert.deepEqual(first.workspaces.map((w) => w.role), ['owner']);
		assert.ok(!b.cookies.has('__Host-stepmill-sign-in'));
		provider.person.email = 'moved@acme.test';
		const again = await who((await signIn()).b);
		assert.equal(again.user.id, first.user.id, 'known by subject, whatever the address');
		const identities = (await b.go('/api/account/identities')).body.data;
		assert.deepEqual(identities.map((i) => i.provider), [{ id, name: 'Acme' }]);
		assert.equal((await world.nobody.post('/session', { email: first.user.email, password: '' })).status, 422);
		assert.equal((await world.nobody.post('/session', { email: first.user.email, password: 'x' })).status, 401, 'there is no password');
		assert.equal((await b.go('/api/account')).body.has_password, false);
		assert.equal((await world.mia.get('/account')).body.has_password, true);
		const person = Object.assign(new Client(world.stack.url), { cookie: [...b.cookies].map(([name, value]) => `${name}=${value}`).join('; ') });
		const factor = await person.post('/account/second-factor', { current_password: 'x' });
		assert.equal(factor.status, 409, JSON.stringify(factor.body));
		assert.match(factor.body.detail, /^You have no password/);
	});
	test('keeps its secrets from the address, the database and the log', async () => {
		const b = browser();
		const there = await b.go(`/api/sign-in-providers/${id}/start`);
		const cookie = there.headers.getSetCookie()[0];
		for (const part of [/^__Host-stepmill-sign-in=[\w-]{43};/, /; Path=\/;/, /; Max-Age=600;/, /; Secure;/, /; HttpOnly;/, /; SameSite=Lax$/]) assert.match(cookie, part);
		const { searchParams } = new URL(there.to);
		assert.equal(searchParams.get('tenant'), '1', 'what the address of the provider had stays');
		assert.deepEqual([searchParams.get('code_challenge_method'), searchParams.get('redirect_uri')], ['S256', `${world.stack.url}/api/sign-in-providers/${id}/callback`]);
		const token = b.cookies.get('__Host-stepmill-sign-in');
		const dump = world.stack.sql("select f::text, encode(token_hash, 'escape') from sign_in_flow f").flat().join();
		for (const text of [there.to, dump, world.stack.programs.api.log()]) assert.ok(!text.includes(token));
		assert.ok(!dump.includes(searchParams.get('nonce')) && !dump.includes(searchParams.get('state')));
	});
	test('works with keys of both kinds, secrets in the form, and lists of audiences', async () => {
		for (const alg of ['ES256', 'RS256']) {
			provider.rotate(alg);
			await forget();
			assert.equal((await signIn()).problem, '', alg);
		}
		provider.wrong = { claims: { aud: [provider.client.id, 'others'], azp: provider.client.id } };
		assert.equal((await signIn()).problem, '');
		provider.wrong = {};
		provider.ways = ['client_secret_post'];
		await forget();
		assert.equal((await signIn()).problem, '');
		provider.ways = undefined;
		await forget();
	});
	test('finds new keys when the provider has changed them, and asks not at every unknown one', async () => {
		assert.equal((await signIn()).problem, '');
		provider.rotate();
		provider.person = person();
		assert.equal((await signIn()).problem, '');
		await forget();
		provider.wrong = { kid: 'nobody has this' };
		provider.asked = [];
		for (let i = 0; i < 12; i++) {
			assert.equal((await signIn()).problem, 'provider_invalid');
		}
		const times = provider.asked.filter((path) => path === '/keys').length;
		assert.ok(times <= 4 * 2, `${times} times in 12 sign-ins with 4 workers`);
		await forget();
	});
	test('ends every session that was here before', async () => {
		const { b } = await signIn();
		const old = b.cookies.get('__Host-stepmill');
		await signIn(b);
		assert.notEqual(b.cookies.get('__Host-stepmill'), old);
		const before_ = browser();
		before_.cookies.set('__Host-stepmill', old);
		assert.equal((await before_.go('/api/session')).status, 401);
	});
	test('leads to pages of ours only', async () => {
		for (const to of ['https://evil.test/', '//evil.test/', '/\\evil.test', 'runs', '/a%0d%0aSet-Cookie:x=1', '/%09/evil.test']) {
			const answer = await browser().go(`/api/sign-in-providers/${id}/start?to=${to.includes('%') ? to : encodeURIComponent(to)}`);
			assert.equal(answer.status, 422, to);
		}
	});
});

describe('what is refused', () => {
	const refused = async (wrong, problem = 'provider_invalid') => {
		const before_ = counts();
		provider.wrong = wrong;
		const got = await signIn();
		assert.equal(got.problem, problem, JSON.stringify(wrong));
		assert.ok(!got.b.cookies.has('__Host-stepmill'));
		assert.equal(counts(), before_, 'something was stored');
	};
	test('a token for somebody else, of somebody else, of another time, or for another request', async () => {
		const now = Math.floor(Date.now() / 1000);
		for (const claims of [{ nonce: 'other' }, { nonce: undefined }, { aud: 'others' }, { aud: [provider.client.id, 'others'] }, { azp: 'others' }, { iss: 'https://evil.test' }, { iss: `${provider.issuer}/` },
			{ exp: now - 120 }, { exp: undefined }, { iat: now + 300 }, { nbf: now + 300 }, { sub: '' }, { sub: undefined }]) await refused({ claims });
	});
	test('algorithms that prove nothing', async () => {
		for (const alg of ['none', 'HS256', 'RS384', 'ES256']) await refused({ alg });
	});
	test('answers that are none', async () => {
		await refused({ noToken: true });
		await refused({ refuse: true }, 'provider_refused');
		await refused({ answer: { iss: 'https://evil.test' } });
		await refused({ answer: { code: 'made up' } }, 'provider_refused');
		await refused({ answer: { state: 'made up' } }, 'ended');
	});
	test('an answer that this browser did not ask for, or for the second time', async () => {
		const victim = browser();
		const attacker = browser();
		const there = await attacker.go(`/api/sign-in-providers/${id}/start`);
		const back = provider.authorize(new URL(there.to).searchParams);
		assert.equal((await victim.go(back)).to, '/sign-in?problem=ended');
		await victim.go(`/api/sign-in-providers/${id}/start`);
		assert.equal((await victim.go(back)).to, '/sign-in?problem=ended', 'with a sign-in of its own under way');
		const kept = attacker.cookies.get('__Host-stepmill-sign-in');
		assert.equal((await attacker.go(back)).to, '/');
		attacker.cookies.set('__Host-stepmill-sign-in', kept);
		assert.equal((await attacker.go(back)).to, '/sign-in?problem=ended');
	});
	test('a way that took more than ten minutes', async () => {
		const b = browser();
		const there = await b.go(`/api/sign-in-providers/${id}/start`);
		world.stack.sql('update sign_in_flow set expires_at = now()');
		assert.equal((await b.go(provider.authorize(new URL(there.to).searchParams))).to, '/sign-in?problem=ended');
	});
	test('a provider that says that it is another, or names addresses that are none', async () => {
		for (const wrong of [{ issuer: 'https://evil.test' }, { discovery: { token_endpoint: 'file:///etc/passwd' } }, { discovery: { authorization_endpoint: 'javascript:alert(1)' } },
			{ discovery: { jwks_uri: undefined } }, { body: '[]' }, { body: 'x' }]) {
			await forget();
			await refused(wrong);
		}
	});
	test('a provider that is down, slow or endless, without waiting for long, or holding up others', async () => {
		for (const wrong of [{ status: 500 }, { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { body: JSON.stringify({ x: 'x'.repeat(300000) }) }]) {
			await forget();
			await refused(wrong, 'provider_unreachable');
		}
		await forget();
		provider.wrong = { wait: 20000 };
		const slow = Array.from({ length: 4 }, () => signIn());
		const others = await Promise.all(Array.from({ length: 8 }, () => world.ada.get('/account')));
		assert.ok(others.every((a) => a.status === 200));
		const problems = (await Promise.all(slow)).map((s) => s.problem).sort();
		assert.ok(problems.includes('busy') && problems.includes('provider_unreachable'), problems.join());
	});
	test('an address that may not be called', async () => {
		const inner = (await create({ name: 'Inner', issuer: `http://127.0.0.1:${world.stack.port}` })).body.id;
		assert.equal((await browser().go(`/api/sign-in-providers/${inner}/start`)).to, '/sign-in?problem=provider_unreachable');
		assert.match(world.stack.programs.api.log(), /not one that may be called/);
		await root.delete(`/installation/sign-in-providers/${inner}`);
	});
});

describe('whose account it is', () => {
	test('an address that the provider has not verified leads nowhere', async () => {
		for (const more of [{ email_verified: false }, { email_verified: undefined }, { email: undefined }, { email: 'mia@stepmill.test', email_verified: false }]) {
			provider.person = person(more);
			assert.equal((await signIn()).problem, 'email_unverified', JSON.stringify(more));
		}
	});
	test('an account with the same address is not given away to it, unless it was confirmed, or the administrator says so', async () => {
		provider.person = person({ email: 'MIA@stepmill.test' });
		assert.equal((await signIn()).problem, 'account_exists');
		world.stack.sql(`update app_user set email_confirmed_at = now() where id = '${ids.mia}'`);
		assert.equal((await who((await signIn()).b)).user.id, ids.mia);
		provider.person = person({ email: 'vic@stepmill.test' });
		assert.equal((await signIn()).problem, 'account_exists');
		await change({ link_accounts: true });
		assert.equal((await who((await signIn()).b)).user.id, ids.vic);
		await change({ link_accounts: false });
	});
	test('is connected by who is signed in to it, and disconnected', async () => {
		provider.person = person({ email: 'another@acme.test', email_verified: false });
		const b = browser();
		b.cookies.set('__Host-stepmill', world.ann.cookie.split('=')[1]);
		assert.equal((await browser().go(`/api/sign-in-providers/${id}/start?connect=true`)).status, 401);
		assert.equal((await signIn(b, '?connect=true&to=/account')).end.to, '/account');
		assert.equal(b.cookies.get('__Host-stepmill'), world.ann.cookie.split('=')[1], 'the session goes on');
		assert.equal((await who((await signIn()).b)).user.id, ids.ann);
		const eve = browser();
		eve.cookies.set('__Host-stepmill', world.eve.cookie.split('=')[1]);
		assert.equal((await signIn(eve, '?connect=true')).problem, 'of_another_account');
		assert.equal((await world.ann.delete(`/account/identities/${id}`)).status, 204);
		assert.equal((await world.ann.delete(`/account/identities/${id}`)).status, 404);
		assert.equal((await signIn()).problem, 'email_unverified');
	});
	test('that has no other way in stays connected', async () => {
		const { b } = await signIn();
		const client = new (world.nobody.constructor)(world.stack.url);
		client.cookie = `__Host-stepmill=${b.cookies.get('__Host-stepmill')}`;
		assert.equal((await client.delete(`/account/identities/${id}`)).status, 409);
	});
	test('is not made when the administrator does not want it, and not entered when it is disabled', async () => {
		await change({ create_accounts: false });
		assert.equal((await signIn()).problem, 'no_account');
		await change({ create_accounts: true });
		const { b } = await signIn();
		world.stack.sql(`update app_user set disabled_at = now() where id = '${(await who(b)).user.id}'`);
		assert.equal((await signIn()).problem, 'disabled');
	});
	test('is one, though it comes for the first time twice at the same time', async () => {
		const done = [];
		for (const b of [browser(), browser(), browser()]) {
			const there = await b.go(`/api/sign-in-providers/${id}/start`);
			done.push([b, provider.authorize(new URL(there.to).searchParams)]);
		}
		const ends = await Promise.all(done.map(async ([b, back]) => (await b.go(back)).to));
		assert.ok(ends.every((to) => to === '/' || to === '/sign-in?problem=busy'), ends.join());
		assert.equal(world.stack.sql(`select count(*) from app_user where email = '${provider.person.email}'`)[0][0], '1');
	});
	test('asks for its second factor, too', async () => {
		const { b } = await signIn();
		const user = (await who(b)).user.id;
		world.stack.sql(`update app_user set password_hash = (select password_hash from app_user where id = '${ids.ada}') where id = '${user}'`);
		const client = await world.stack.signIn(provider.person.email, password);
		const { codes } = await turnOn(world.stack, client);
		const half = await signIn();
		assert.equal(half.problem, 'second_factor');
		assert.ok(!half.b.cookies.has('__Host-stepmill'));
		const rest = new (world.nobody.constructor)(world.stack.url);
		rest.challenge = `__Host-stepmill-challenge=${half.b.cookies.get('__Host-stepmill-challenge')}`;
		assert.equal((await rest.post('/session/second-factor', { code: codes[0] })).body.user.id, user);
	});
});

describe('workspaces', () => {
	const member = (workspace) => world.stack.sql(`select m.role from membership m join app_user u on u.id = m.user_id where u.email = '${provider.person.email}' and m.workspace_id = '${workspace}'`).flat().join();
	test('are given by domain and by claim, the highest role of those that fit; roles that were given here stay', async () => {
		const rules = [{ email_domain: 'Rules.test', workspace_id: ids.home, role: 'viewer' }, { claim: 'groups', value: 'builders', workspace_id: ids.home, role: 'member' },
			{ claim: 'department', value: 'x', workspace_id: ids.elsewhere, role: 'viewer' }];
		assert.deepEqual((await change({ rules })).body.rules, rules);
		const cases = [[{ email: 'a@rules.test' }, 'viewer', ''], [{ email: 'b@rules.test', groups: ['x', 'builders'] }, 'member', ''], [{ email: 'c@other.test', groups: 'builders', department: 'x' }, 'member', 'viewer'],
			[{ email: 'd@other.test', groups: ['Builders'], department: ['y'] }, '', ''], [{ email: 'e@sub.rules.test' }, '', ''], [{ email: 'f@rules.test.evil.test' }, '', '']];
		for (const [more, home, elsewhere] of cases) {
			provider.person = person(more);
			assert.equal((await signIn()).problem, '');
			assert.deepEqual([member(ids.home), member(ids.elsewhere)], [home, elsewhere], more.email);
		}
		provider.person = person({ email: 'g@rules.test' });
		const { b } = await signIn();
		assert.deepEqual((await who(b)).workspaces.map((w) => w.id), [ids.home], 'no workspace of their own is made then');
		world.stack.sql(`update membership set role = 'admin' where user_id = '${(await who(b)).user.id}'`);
		await signIn();
		assert.equal(member(ids.home), 'admin');
		const audit = (await world.ada.get(world.at('/audit?limit=100'))).body.data.filter((a) => a.operation === 'finishProviderSignIn');
		assert.ok(audit.length >= 4 && audit.every((a) => a.kind === 'member' && a.details.provider === 'Acme'));
	});
	test('are not given for an address that the provider has not verified', async () => {
		provider.person = person({ email: 'h@first.test' });
		await signIn();
		const { email } = provider.person;
		Object.assign(provider.person, { email: 'h@rules.test', email_verified: false });
		assert.equal((await signIn()).problem, '');
		provider.person.email = email;
		assert.equal(member(ids.home), '');
	});
});

test('nothing that lets somebody in is in the log', () => {
	const log = world.stack.programs.api.log();
	for (const secret of [provider.client.secret, 'eyJ']) assert.ok(!log.includes(secret), secret);
	assert.match(log, /sign-in by a provider came to nothing/);
});

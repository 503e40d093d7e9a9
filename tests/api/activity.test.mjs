// The log of accounts, from the contract: every operation that changes an account or the installation leaves its events, in the transaction of
// the change, and none when it is refused.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { look } from './lib/reads.mjs';
import { codeOf, settle, turnOn } from './lib/totp.mjs';
import { ids, password, startWorld } from './lib/world.mjs';

let world;
let contract;
let routes;
let root;
before(async () => {
	world = await startWorld({ workers: 4, apiEnv: { STEPMILL_MAIL_FROM: 'stepmill@mill.test', STEPMILL_PUBLIC_URL: 'https://mill.test' } });
	contract = (await world.nobody.get('/openapi.json')).body;
	routes = operations(contract);
	root = await world.stack.signIn();
	await settle();
});
after(async () => world?.stack.stop());

let made = 0;
/** Somebody new, signed in. */
async function somebody() {
	const email = `p${++made}@stepmill.test`;
	const client = new Client(world.stack.url);
	world.stack.sql('delete from attempt');
	const answer = await client.post('/account', { email, name: `P${made}`, password });
	assert.equal(answer.status, 201);
	return { client, email, id: answer.body.user.id };
}
const link = async (who) => (await root.post(`/users/${who.id}/reset-link`)).body.token;
const provider = { name: 'P', issuer: 'https://id.test', client_id: 'c', client_secret: 'hush-3' };
const newProvider = async () => (await root.post('/installation/sign-in-providers', provider)).body.id;
const of = (path, body, more = {}) => ({ path, body, ...more });

/** One way of asking each, with the events that it leaves about `who`. Done by `who`, by an administrator (root), or by nobody who is signed in. */
const examples = {
	signUp: async () => ({ ...of('/account', { email: `new${++made}@stepmill.test`, name: 'New', password }), client: new Client(world.stack.url), anybody: true, events: ['account.made', 'session.began'] }),
	signIn: async (who) => of('/session', { email: who.email, password }, { client: new Client(world.stack.url), nobody: true, events: ['session.began'] }),
	signInSecondFactor: async (who) => {
		const { codes } = await turnOn(world.stack, who.client);
		const client = new Client(world.stack.url);
		await client.post('/session', { email: who.email, password });
		return of('/session/second-factor', { code: codes[0] }, { client, nobody: true, events: ['session.began'] });
	},
	signOut: async () => of('/session', undefined, { nobody: true, events: ['session.ended'] }),
	updateAccount: async () => of('/account', { name: 'Other' }, { events: ['account.renamed'] }),
	changePassword: async () => of('/account/password', { current_password: password, new_password: `${password}!` }, { events: ['password.changed'] }),
	endOtherSessions: async (who) => {
		for (let i = 0; i < 2; i++) await new Client(world.stack.url).post('/session', { email: who.email, password });
		return of('/account/sessions', undefined, { events: ['session.ended'] });
	},
	endSession: async (who) => {
		await new Client(world.stack.url).post('/session', { email: who.email, password });
		const { data } = (await who.client.get('/account/sessions')).body;
		return of(`/account/sessions/${data.find((s) => !s.current).id}`, undefined, { events: ['session.ended'] });
	},
	createResetLink: async (who) => of(`/users/${who.id}/reset-link`, undefined, { client: root, events: ['reset_link.made'] }),
	resetPassword: async (who) => of('/password-reset', { token: await link(who), password: `${password}?` }, { client: world.nobody, nobody: true, events: ['password.changed', 'session.ended'] }),
	requestPasswordReset: async (who) => of('/password-reset-request', { email: who.email }, { client: world.nobody, nobody: true, events: ['reset_link.made'] }),
	confirmEmail: async (who) => {
		const token = await link(who);
		world.stack.sql(`insert into email_confirmation (token_hash, user_id, email) select token_hash, user_id, '${who.email}' from password_reset where user_id = '${who.id}'`);
		return of('/email-confirmation', { token }, { client: world.nobody, nobody: true, events: ['email.confirmed'] });
	},
	createToken: async () => of('/account/tokens', { name: 'hush-1', scopes: ['read'] }, { events: ['token.made'] }),
	revokeToken: async (who) => of(`/account/tokens/${(await who.client.post('/account/tokens', { name: 'T', scopes: ['read'] })).body.id}`, undefined, { events: ['token.revoked'] }),
	confirmSecondFactor: async (who) => {
		const { secret } = (await who.client.post('/account/second-factor', { current_password: password })).body;
		return of('/account/second-factor/confirm', { code: codeOf(secret) }, { events: ['second_factor.on', 'recovery_codes.made'] });
	},
	renewRecoveryCodes: async (who) => of('/account/second-factor/recovery-codes', { current_password: password, code: (await turnOn(world.stack, who.client)).codes[0] }, { events: ['recovery_codes.made'] }),
	disableSecondFactor: async (who) => of('/account/second-factor/disable', { current_password: password, code: (await turnOn(world.stack, who.client)).codes[0] }, { events: ['second_factor.off'] }),
	removeSecondFactor: async (who) => { await turnOn(world.stack, who.client); return of(`/users/${who.id}/second-factor`, undefined, { client: root, events: ['second_factor.off'] }); },
	createSignInProvider: async () => of('/installation/sign-in-providers', { ...provider }, { client: root, of: null, events: ['provider.made'] }),
	updateSignInProvider: async () => of(`/installation/sign-in-providers/${await newProvider()}`, { name: 'Other', client_secret: 'hush-3' }, { client: root, of: null, events: ['provider.changed'] }),
	deleteSignInProvider: async () => of(`/installation/sign-in-providers/${await newProvider()}`, undefined, { client: root, of: null, events: ['provider.removed'] }),
	removeIdentity: async (who) => {
		const id = await newProvider();
		world.stack.sql(`insert into sign_in_identity (provider_id, subject, user_id) values ('${id}', '${who.id}', '${who.id}')`);
		return of(`/account/identities/${id}`, undefined, { events: ['identity.removed'] });
	},
	updateUser: async (who) => of(`/users/${who.id}`, { disabled: true, admin: true }, { client: root, events: ['administrator.made', 'account.disabled', 'session.ended'] }),
	updateInstallation: async () => { world.stack.sql("update installation set sign_up = 'closed'"); return of('/installation', { sign_up: 'open' }, { client: root, of: null, events: ['installation.changed'] }); },
};
/** What changes nothing that the log is about, and why. */
const silent = {
	beginSecondFactor: 'nothing is in force before it was confirmed',
	requestEmailConfirmation: 'the mail alone changes nothing',
};
const changes = () => routes.filter((op) => op.method !== 'GET' && !/^\/(workspaces|invitations)/.test(op.path));
const rows = (since) => world.stack.sql(`select event, coalesce(user_id::text, ''), coalesce(actor::text, ''), operation, address, details::text from account_audit where at > '${since}' order by at, id`);
const now = () => world.stack.sql('select clock_timestamp()')[0][0];

describe('an operation that changes an account', () => {
	test('has an example here, or a reason', () => {
		assert.deepEqual(changes().map((op) => op.id).sort(), [...Object.keys(examples), ...Object.keys(silent)].sort());
	});
	for (const [id, example] of Object.entries(examples)) {
		test(`${id} is in the log once it has held: what, whose, by whom and from where`, async () => {
			const op = routes.find((r) => r.id === id);
			const who = await somebody();
			const asked = await example(who);
			const rootId = (await root.get('/session')).body.user.id;
			const client = asked.client ?? who.client;
			const since = now();
			const answer = await client.request(op.method, asked.path, asked.body);
			assert.ok(answer.status < 300, `${answer.status} ${JSON.stringify(answer.body)}`);
			const log = rows(since);
			assert.deepEqual(log.map(([event]) => event).sort(), [...asked.events].sort());
			const whose = asked.anybody ? answer.body.user.id : asked.of === null ? '' : who.id;
			for (const row of log) assert.deepEqual(row.slice(1, 5), [whose, asked.nobody || asked.anybody ? '' : client === root ? rootId : who.id, id, '127.0.0.1']);
			for (const word of [password, 'hush-3']) assert.ok(!JSON.stringify(log).includes(word));
		});
	}
	test('is not in it when it was refused', async () => {
		const who = await somebody();
		const asked = [['POST', '/account/password', { current_password: 'wrong', new_password: `${password}!` }], ['DELETE', `/account/sessions/${ids.missing}`],
			['DELETE', `/account/tokens/${ids.missing}`], ['POST', `/users/${who.id}/reset-link`], ['PATCH', `/users/${who.id}`, { admin: true }], ['PATCH', '/installation', { sign_up: 'closed' }]];
		const since = now();
		for (const [method, path, body] of asked) assert.ok((await who.client.request(method, path, body)).status >= 400, path);
		assert.deepEqual(rows(since), []);
	});
	test('stands there in the transaction of the change', async () => {
		const who = await somebody();
		const { id } = (await who.client.post('/account/tokens', { name: 'T', scopes: ['read'] })).body;
		assert.deepEqual(world.stack.sql(`select t.xmin = a.xmin from api_token t join account_audit a on a.user_id = t.user_id and a.event = 'token.made' where t.id = '${id}'`), [['t']]);
	});
	test('a wrong code at sign-in is told to whose account it is', async () => {
		const who = await somebody();
		await turnOn(world.stack, who.client);
		const client = new Client(world.stack.url);
		await client.post('/session', { email: who.email, password });
		const since = now();
		for (const code of ['000000', 'ABCD-EFGH-IJKL-2345']) assert.equal((await client.post('/session/second-factor', { code })).status, 422);
		assert.deepEqual(rows(since), [1, 2].map(() => ['sign_in.failed', who.id, '', 'signInSecondFactor', '127.0.0.1', '{"second_factor": true}']));
	});
	test('a failed sign-in is told to whose account it is, and nothing is kept of an address that is nobody\'s', async () => {
		const who = await somebody();
		const since = now();
		for (const email of [who.email.toUpperCase(), 'hush-2@stepmill.test']) assert.equal((await world.nobody.post('/session', { email, password: 'wrong' })).status, 401);
		assert.deepEqual(rows(since).map((r) => r.slice(0, 5)), [['sign_in.failed', who.id, '', 'signIn', '127.0.0.1']]);
	});
});

describe('the log of accounts', () => {
	test('is read by whose account it is, page by page, and shows nobody else\'s', async () => {
		const who = await somebody();
		for (let i = 0; i < 4; i++) await who.client.post('/account/tokens', { name: `T${i}`, scopes: ['read'] });
		const op = routes.find((r) => r.id === 'listActivity');
		const seen = [];
		for (let cursor = ''; cursor !== null;) {
			const answer = await who.client.get(`/account/activity?limit=4${cursor && `&cursor=${cursor}`}`);
			assert.deepEqual(answerMisfits(contract, op, answer), []);
			seen.push(...answer.body.data);
			cursor = answer.body.next_cursor;
		}
		assert.deepEqual(seen.map((e) => e.event), [...Array(4).fill('token.made'), 'session.began', 'account.made']);
		assert.ok(seen.every((e) => e.user.id === who.id));
		assert.equal((await who.client.get('/account/activity?event=session.began')).body.data.length, 1);
		assert.equal((await who.client.get('/admin/activity')).status, 403);
	});
	test('is read by administrators with filters', async () => {
		const who = await somebody();
		await root.post(`/users/${who.id}/reset-link`);
		const op = routes.find((r) => r.id === 'listAllActivity');
		const list = async (query) => {
			const answer = await root.get(`/admin/activity?${query}`);
			assert.deepEqual(answerMisfits(contract, op, answer), []);
			return answer.body.data.map((e) => e.event);
		};
		assert.deepEqual(await list(`user_id=${who.id}`), ['reset_link.made', 'session.began', 'account.made']);
		const rootId = (await root.get('/session')).body.user.id;
		assert.deepEqual(await list(`user_id=${who.id}&actor_id=${rootId}`), ['reset_link.made']);
		assert.deepEqual(await list(`user_id=${who.id}&event=session.began`), ['session.began']);
		assert.deepEqual(await list('until=2020-01-01T00:00:00Z'), []);
		assert.deepEqual(await list('since=2099-01-01T00:00:00Z'), []);
	});
	test('cannot be read or changed by the programs but through its functions', () => {
		for (const verb of ['select from account_audit', 'update account_audit set event = event', 'delete from account_audit', "insert into account_audit (event, operation, address) values ('x', '', '')"]) {
			assert.throws(() => world.stack.sql(`set role stepmill_api; ${verb}`), /permission denied/);
		}
	});
	test('reads as few rows as it shows, by every filter', () => {
		world.stack.sql(`insert into account_audit (at, user_id, actor, event, operation, address)
			select now() - n * interval '1 second', case when n % 1000 = 0 then '${ids.mia}'::uuid else gen_random_uuid() end, case when n % 1000 = 0 then '${ids.ann}'::uuid end,
				case when n % 1000 = 0 then 'email.changed' else 'session.began' end, '', '' from generate_series(1, 20000) n; analyze account_audit`);
		const args = (whose, by, what) => `${whose}, ${by}, ${what}, null, null, 10, 'infinity', '${ids.missing}'`;
		for (const asked of [args('null', 'null', 'null'), args(`'${ids.mia}'`, 'null', 'null'), args('null', `'${ids.ann}'`, 'null'), args('null', 'null', "'email.changed'")]) {
			const read = look(world, 'account_audit', `account_activity(${asked})`);
			assert.ok(read <= 30, `${read} rows for ${asked}`);
		}
	});
	test('forgets after 13 months', async () => {
		world.stack.sql("insert into account_audit (at, event, operation, address) values (now() - interval '14 months', 'account.made', '', '')");
		await somebody();
		assert.deepEqual(world.stack.sql("select count(*) from account_audit where at < now() - interval '13 months'"), [['0']]);
	});
});

// Accounts: making one, its password and sessions, links that set a password, and who may make an account at all.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/stack.mjs';
import { ids, password, startWorld } from './lib/world.mjs';

let world;
before(async () => {
	world = await startWorld({ workers: 4 });
});
after(async () => world?.stack.stop());

const good = 'a long enough secret';
const visitor = () => new Client(world.stack.url);
/** Attempts of the tests before do not count against the next. */
const forget = () => world.stack.sql('delete from attempt');
const signUp = (more, client = visitor()) => client.post('/account', { email: 'new@stepmill.test', name: 'New', password: good, ...more });
const signIn = async (email, word) => {
	const client = visitor();
	const answer = await client.post('/session', { email, password: word });
	return { client, status: answer.status };
};
const place = (answer) => answer.body.errors?.map((e) => `${e.path} ${e.code}`) ?? [];

/** What several connections of the API print that do this at the same time, each in one transaction. */
const together = (texts, database = 'stepmill') => spawnSync('sh', ['-c', `${texts.map((text) => `psql -h ${world.stack.pgHost} -U stepmill_api -d ${database} -XAtqc "${text}" &`).join(' ')} wait`],
	{ encoding: 'utf8' }).stdout.split('\n').filter((line) => line !== '');

describe('signing up', () => {
	test('makes a person with a workspace of their own, signed in', async () => {
		const client = visitor();
		const answer = await signUp({ email: 'Zoë.New@Stepmill.test', name: 'Zoë' }, client);
		assert.equal(answer.status, 201, JSON.stringify(answer.body));
		assert.deepEqual([answer.body.user.email, answer.body.user.admin], ['zoë.new@stepmill.test', false]);
		assert.deepEqual(answer.body.workspaces.map((w) => [w.name, w.role]), [['Zoë', 'owner']]);
		assert.match(answer.body.workspaces[0].slug, /^[a-z0-9][a-z0-9-]*$/);
		assert.equal((await client.get(world.at('/runs', answer.body.workspaces[0].id))).status, 200);
		assert.equal((await client.get(world.at('/runs'))).status, 404);
		assert.equal((await signIn('zoë.new@stepmill.test', good)).status, 200);
		forget();
	});
	test('gives workspaces of people with the same name different addresses', async () => {
		const slugs = [];
		for (const host of ['a', 'b']) slugs.push((await signUp({ email: `same@${host}.test` })).body.workspaces[0].slug);
		slugs.push((await signUp({ email: '🙂@c.test' })).body.workspaces[0].slug);
		assert.equal(new Set(slugs).size, 3);
		forget();
	});
	test('tells that an address has an account, without telling more, and leaves it as it is', async () => {
		const answer = await signUp({ email: 'MIA@stepmill.test' });
		assert.deepEqual([answer.status, answer.body.code, answer.headers.getSetCookie()], [409, 'conflict', []]);
		assert.equal((await signIn('mia@stepmill.test', password)).status, 200);
		forget();
	});
	test('refuses bad addresses, names and passwords, with the place', async () => {
		const tries = [[{ email: 'nobody' }, '/email'], [{ email: 'a b@c.test' }, '/email'], [{ email: '@' }, '/email'], [{ email: `${'x'.repeat(250)}@c.test` }, '/email'], [{ name: '' }, '/name'],
			[{ password: 'short' }, '/password'], [{ password: 'x'.repeat(201) }, '/password'], [{ password: 'Password123' }, '/password'], [{ password: 'ababababab' }, '/password'],
			[{ email: 'somebody.else@stepmill.test', password: 'Somebody.Else@stepmill.test' }, '/password'], [{ admin: true }, '/admin'], [{ password: null }, '/password']];
		for (const [more, where] of tries) {
			const answer = await signUp(more);
			assert.equal(answer.status, 422, JSON.stringify(more));
			assert.ok(place(answer).some((p) => p.startsWith(`${where} `)), JSON.stringify(answer.body));
		}
		assert.deepEqual(world.stack.sql("select count(*) from app_user where email = 'new@stepmill.test'"), [['0']]);
		forget();
	});
	test('of one address at the same time makes one account', async () => {
		const answers = await Promise.all(Array.from({ length: 6 }, () => signUp({ email: 'twice@stepmill.test' })));
		assert.equal(answers.filter((a) => a.status === 201).length, 1);
		assert.ok(answers.every((a) => [201, 409, 429].includes(a.status)), answers.map((a) => a.status).join()); // 429: no slot came free
		assert.deepEqual(world.stack.sql("select count(*) from app_user where email = 'twice@stepmill.test'"), [['1']]);
		assert.deepEqual(world.stack.sql("select count(*) from workspace where slug like 'twice%'"), [['1']]);
		forget();
	});
	test('is counted by address, good or not', async () => {
		for (let i = 0; i < 10; i++) assert.notEqual((await signUp({ email: 'mia@stepmill.test' })).status, 201);
		const answer = await signUp({ email: 'eleventh@stepmill.test' });
		assert.equal(answer.status, 429);
		assert.ok(Number(answer.headers.get('retry-after')) > 600);
		forget();
	});
	test('is closed and opened by the administrator, and by nobody else', async () => {
		assert.equal((await world.ada.request('PATCH', '/installation', { sign_up: 'closed' })).status, 403, 'an owner of a workspace is no administrator');
		world.stack.sql(`update app_user set admin = true where id = '${ids.ann}'`);
		assert.deepEqual((await world.ann.get('/installation')).body, { sign_up: 'open' });
		assert.deepEqual((await world.ann.request('PATCH', '/installation', { sign_up: 'closed' })).body, { sign_up: 'closed' });
		assert.deepEqual((await world.nobody.get('/sign-up')).body, { open: false, first: false, mail: false });
		const answer = await signUp({});
		assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden']);
		assert.equal((await world.ann.request('PATCH', '/installation', { sign_up: 'ajar' })).status, 422);
		assert.deepEqual((await world.ann.request('PATCH', '/installation', { sign_up: 'open' })).body, { sign_up: 'open' });
		forget();
	});
	test('makes one administrator of many who are first at the same time, closed or not', () => {
		world.stack.sql('create database first template template0 owner stepmill_owner');
		world.stack.cli(['migrate', `--db=${world.stack.conninfo().replace('dbname=stepmill', 'dbname=first')}`, '--directory=sql/migrations']);
		const psql = (text, role = 'stepmill_owner') => spawnSync('psql', ['-h', world.stack.pgHost, '-U', role, '-d', 'first', '-XAtq', '-c', text], { encoding: 'utf8' });
		psql("update installation set sign_up = 'closed'");
		const state = () => JSON.parse(psql('select sign_up_state()', 'stepmill_api').stdout);
		assert.deepEqual(state(), { open: true, first: true }, 'whoever is first can');
		// Each keeps its transaction open for a while: the others must wait for it, and then see it.
		together([1, 2, 3, 4].map((n) => `select sign_up(gen_random_uuid(), 'p${n}@x.test', 'P', 'h', gen_random_uuid()); select pg_sleep(0.5)`), 'first');
		assert.equal(psql('select count(*), count(*) filter (where admin) from app_user').stdout, '1|1\n');
		assert.deepEqual(state(), { open: false, first: false });
	});
});

describe('the account', () => {
	test('is read and renamed', async () => {
		const read = (await world.vic.get('/account')).body;
		assert.deepEqual([read.id, read.email, read.admin], [ids.vic, 'vic@stepmill.test', false]);
		assert.equal((await world.vic.request('PATCH', '/account', { name: 'Victor' })).body.name, 'Victor');
		assert.equal((await world.vic.request('PATCH', '/account', {})).body.name, 'Victor');
		for (const body of [{ email: 'x@y.test' }, { admin: true }, { name: '' }, { id: ids.eve }]) assert.equal((await world.vic.request('PATCH', '/account', body)).status, 422, JSON.stringify(body));
	});
});

describe('a password', () => {
	const change = (client, now, next) => client.post('/account/password', { current_password: now, new_password: next });
	test('is changed by who knows it; other sessions end, this one goes on, tokens stay', async () => {
		const other = (await signIn('mia@stepmill.test', password)).client;
		const { token } = (await world.mia.post('/account/tokens', { name: 'T', scopes: ['read'] })).body;
		assert.equal((await change(world.mia, password, good)).status, 204);
		assert.equal((await other.get('/session')).status, 401);
		assert.equal((await world.mia.get('/session')).status, 200);
		assert.equal((await visitor().get('/session', { authorization: `Bearer ${token}` })).status, 200);
		assert.equal((await signIn('mia@stepmill.test', password)).status, 401);
		assert.equal((await signIn('mia@stepmill.test', good)).status, 200);
	});
	test('is not changed by who does not, and not to a bad one', async () => {
		const wrong = await change(world.mia, 'something else', 'another long secret');
		assert.deepEqual([wrong.status, place(wrong)], [422, ['/current_password wrong']]);
		assert.deepEqual(place(await change(world.mia, good, 'mia@stepmill.test')), ['/new_password weak']);
		assert.deepEqual(place(await change(world.mia, good, 'qwertyuiop')), ['/new_password weak']);
		assert.equal((await signIn('mia@stepmill.test', good)).status, 200);
		forget();
	});
	test('is guessed ten times at most, also at the same time', async () => {
		const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => change(world.eve, `wrong wrong ${i}`, 'another long secret')));
		assert.ok(answers.filter((a) => a.status === 422).length <= 10);
		assert.ok(answers.every((a) => [422, 429].includes(a.status)));
		forget();
	});
	test('is changed once by two who change it at the same time', async () => {
		const [a, b] = [(await signIn('eve@stepmill.test', password)).client, (await signIn('eve@stepmill.test', password)).client];
		const answers = await Promise.all([change(a, password, 'first long secret'), change(b, password, 'second long secret')]);
		assert.equal(answers.filter((x) => x.status === 204).length, 1, JSON.stringify(answers.map((x) => x.body)));
		const tried = [];
		for (const word of ['first long secret', 'second long secret']) tried.push(await signIn('eve@stepmill.test', word));
		assert.deepEqual(tried.map((x) => x.status).sort(), [200, 401]);
		const works = tried.filter((x) => x.status === 200);
		world.eve = works[0].client;
		forget();
	});
});

describe('a link that sets a password', () => {
	const make = async (person = ids.vic) => {
		const answer = await world.ann.post(`/users/${person}/reset-link`);
		assert.equal(answer.status, 201, JSON.stringify(answer.body));
		return answer.body.token;
	};
	const use = (token, word = good) => visitor().post('/password-reset', { token, password: word });
	test('is made by the administrator, is good once, and ends all sessions', async () => {
		assert.equal((await world.ada.post(`/users/${ids.vic}/reset-link`)).status, 403);
		assert.equal((await world.ann.post(`/users/${ids.missing}/reset-link`)).status, 404);
		const token = await make();
		assert.deepEqual(place(await use(token, 'vic@stepmill.test')), ['/password weak'], 'a bad password does not use it up');
		assert.equal((await use(token)).status, 204);
		assert.equal((await world.vic.get('/session')).status, 401);
		assert.deepEqual(place(await use(token, 'another long secret')), ['/token used']);
		assert.equal((await signIn('vic@stepmill.test', good)).status, 200);
	});
	test('is good once for two at the same time', async () => {
		const token = await make();
		const answers = await Promise.all(['one long secret', 'two long secret', 'three long secret'].map((w) => use(token, w)));
		assert.equal(answers.filter((a) => a.status === 204).length, 1, JSON.stringify(answers.map((a) => a.body)));
		forget();
		await make();
		const [[hash]] = world.stack.sql("select encode(token_hash, 'hex') from password_reset");
		const used = together([1, 2, 3].map(() => `select reset_link_use(decode('${hash}', 'hex'), 'h'); select pg_sleep(0.5)`));
		assert.deepEqual(used.sort(), ['f', 'f', 't']);
	});
	test('ends with its hour, with a newer one, with a change of the password, and for a disabled person', async () => {
		let token = await make();
		world.stack.sql("update password_reset set expires_at = now()");
		assert.deepEqual(place(await use(token)), ['/token used']);
		token = await make();
		const newer = await make();
		assert.deepEqual(place(await use(token)), ['/token used']);
		world.stack.sql(`update app_user set disabled_at = now() where id = '${ids.vic}'`);
		assert.deepEqual(place(await use(newer)), ['/token used']);
		world.stack.sql(`update app_user set disabled_at = null where id = '${ids.vic}'`);
		token = await make(ids.mia);
		assert.equal((await world.mia.post('/account/password', { current_password: good, new_password: 'a very new secret' })).status, 204);
		assert.deepEqual(place(await use(token)), ['/token used']);
	});
	test('is not guessed, and is not in the database', async () => {
		const token = await make();
		assert.ok(!world.stack.sql("select encode(token_hash, 'escape') from password_reset").flat().join().includes(token));
		for (const wrong of ['null', 'x', token.slice(1), `${token}A`]) assert.deepEqual(place(await use(wrong)), ['/token used']);
		assert.equal((await use('')).status, 422);
		forget();
		for (let i = 0; i < 10; i++) await use('wrong');
		assert.equal((await use(token)).status, 429);
		forget();
	});
	test('is made on the server, too', async () => {
		const made = world.stack.cli(['user', 'reset', 'VIC@stepmill.test', `--db=${world.stack.conninfo()}`]).toString().trim();
		assert.equal((await use(made)).status, 204);
		assert.throws(() => world.stack.cli(['user', 'reset', 'nobody@stepmill.test', `--db=${world.stack.conninfo()}`]));
	});
});

describe('sessions', () => {
	test('are listed, and ended one by one or all but this one', async () => {
		forget();
		const signed = []; // one after the other: two passwords are worked on at a time, and more may be told to come again
		for (let i = 0; i < 3; i++) signed.push(await signIn('ann@stepmill.test', password));
		assert.deepEqual(signed.map((s) => s.status), [200, 200, 200]);
		const [a, b, c] = signed.map((s) => s.client);
		const { data } = (await a.get('/account/sessions')).body;
		assert.equal(data.length, 4);
		assert.deepEqual(data.filter((s) => s.current).length, 1);
		assert.ok(data.every((s) => s.address === '127.0.0.1' && !JSON.stringify(s).includes('token')));
		const ofB = (await b.get('/account/sessions')).body.data.find((s) => s.current).id;
		assert.equal((await world.ada.delete(`/account/sessions/${ofB}`)).status, 404, 'of somebody else');
		assert.equal((await a.delete(`/account/sessions/${ofB}`)).status, 204);
		assert.equal((await b.get('/session')).status, 401);
		assert.equal((await a.delete(`/account/sessions/${ofB}`)).status, 404);
		assert.equal((await a.delete('/account/sessions')).status, 204);
		assert.deepEqual([(await c.get('/session')).status, (await a.get('/session')).status, (await world.ada.get('/session')).status], [401, 200, 200]);
		world.ann = a;
	});
});

test('no password and no link is in the log', () => {
	const log = world.stack.programs.api.log();
	for (const secret of [good, 'another long secret', password]) assert.ok(!log.includes(secret), secret);
});

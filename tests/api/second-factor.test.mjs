// A second factor: set up, asked for at sign-in, each code good once, recovery codes, and the ways out of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Client } from '../harness/stack.mjs';
import { codeOf, later, settle, turnOn } from './lib/totp.mjs';
import { ids, password, startWorld } from './lib/world.mjs';

let world;
before(async () => {
	world = await startWorld({ workers: 4 });
});
after(async () => world?.stack.stop());
beforeEach(settle);

const place = (answer) => answer.body.errors?.map((e) => `${e.path} ${e.code}`) ?? [];
const firstHalf = async (name) => {
	const client = new Client(world.stack.url);
	const answer = await client.post('/session', { email: `${name}@stepmill.test`, password });
	return { client, answer };
};
const secondHalf = (client, code) => client.post('/session/second-factor', { code });
const signIn = async (name, code) => secondHalf((await firstHalf(name)).client, code);

describe('setting it up', () => {
	test('takes the password, shows the secret once, and changes nothing until a code of it has come', async () => {
		assert.deepEqual((await world.mia.get('/account/second-factor')).body, { enabled_at: null, recovery_codes_left: 0 });
		const wrong = await world.mia.post('/account/second-factor', { current_password: 'not mine' });
		assert.deepEqual([wrong.status, place(wrong)], [422, ['/current_password wrong']]);
		const early = await world.mia.post('/account/second-factor/confirm', { code: '000000' });
		assert.deepEqual([early.status, early.body.code], [409, 'conflict']);
		const first = (await world.mia.post('/account/second-factor', { current_password: password })).body;
		const { secret, uri } = (await world.mia.post('/account/second-factor', { current_password: password })).body;
		assert.match(secret, /^[A-Z2-7]{32}$/);
		assert.equal(uri, `otpauth://totp/Stepmill:mia%40stepmill.test?secret=${secret}&issuer=Stepmill&algorithm=SHA1&digits=6&period=30`);
		assert.equal((await firstHalf('mia')).answer.status, 200, 'not in force yet');
		for (const code of [codeOf(first.secret), codeOf(secret, 3), codeOf(secret, -3), 'ABCD-EFGH-IJKL-2345']) {
			assert.deepEqual(place(await world.mia.post('/account/second-factor/confirm', { code })), ['/code wrong'], code);
		}
		const on = await world.mia.post('/account/second-factor/confirm', { code: codeOf(secret) });
		assert.equal(on.status, 200, JSON.stringify(on.body));
		assert.equal(new Set(on.body.recovery_codes).size, 10);
		for (const code of on.body.recovery_codes) assert.match(code, /^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
		const now = (await world.mia.get('/account/second-factor')).body;
		assert.ok(now.enabled_at);
		assert.equal(now.recovery_codes_left, 10);
		assert.equal((await world.mia.post('/account/second-factor', { current_password: password })).status, 409);
		assert.equal((await world.mia.post('/account/second-factor/confirm', { code: codeOf(secret, 1) })).status, 409);
		assert.deepEqual(place(await signIn('mia', codeOf(secret))), ['/code wrong'], 'the code that confirmed it was taken');
		world.secret = secret;
		world.codes = on.body.recovery_codes;
		later(world.stack);
	});
	test('is for people who are signed in, not for tokens', async () => {
		const { token } = (await world.ada.post('/account/tokens', { name: 'T', scopes: ['read', 'admin'] })).body;
		const answer = await new Client(world.stack.url).post('/account/second-factor', { current_password: password }, { authorization: `Bearer ${token}` });
		assert.deepEqual([answer.status, answer.body.code], [403, 'scope']);
	});
	test('leaves nothing in the database that codes could be made from', () => {
		const dump = world.stack.sql("select t::text, encode(sealed, 'escape') from second_factor t; select t::text from recovery_code t").flat().join();
		const bytes = Buffer.from([...world.secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('').match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
		for (const secret of [world.secret, bytes.toString('hex'), ...world.codes, ...world.codes.map((c) => c.replaceAll('-', ''))]) assert.ok(!dump.includes(secret));
	});
});

describe('signing in', () => {
	test('takes the password and then the code, from the same browser', async () => {
		const { client, answer } = await firstHalf('mia');
		assert.deepEqual([answer.status, answer.body.code], [401, 'second_factor']);
		const set = answer.headers.getSetCookie();
		assert.equal(set.length, 1);
		for (const part of [/^__Host-stepmill-challenge=[\w-]{43};/, /; Path=\/;/, /; Max-Age=300;/, /; Secure;/, /; HttpOnly;/, /; SameSite=Strict$/]) assert.match(set[0], part);
		assert.equal((await client.get('/session')).status, 401, 'nobody is signed in by half');
		assert.equal((await secondHalf(new Client(world.stack.url), codeOf(world.secret))).status, 401, 'another browser');
		const done = await secondHalf(client, codeOf(world.secret));
		assert.equal(done.status, 200, JSON.stringify(done.body));
		assert.equal(done.body.user.id, ids.mia);
		assert.equal((await client.get('/session')).status, 200);
		assert.equal(client.challenge, '');
		later(world.stack);
	});
	test('with a wrong password tells nothing about a second factor', async () => {
		const answer = await new Client(world.stack.url).post('/session', { email: 'mia@stepmill.test', password: 'wrong' });
		assert.deepEqual([answer.status, answer.body.code, answer.headers.getSetCookie()], [401, 'unauthenticated', []]);
	});
	test('takes the code of the step before and after, and no other', async () => {
		for (const [steps, status] of [[-3, 422], [3, 422], [-1, 200], [1, 200]]) {
			assert.equal((await signIn('mia', codeOf(world.secret, steps))).status, status, String(steps));
			later(world.stack);
		}
	});
	test('takes no code twice, nor one of before', async () => {
		assert.equal((await signIn('mia', codeOf(world.secret))).status, 200);
		for (const steps of [0, -1]) assert.deepEqual(place(await signIn('mia', codeOf(world.secret, steps))), ['/code wrong']);
		later(world.stack);
	});
	test('takes no code twice from two at the same time', async () => {
		const halves = [];
		for (let i = 0; i < 5; i++) halves.push((await firstHalf('mia')).client);
		const code = codeOf(world.secret);
		const answers = await Promise.all(halves.map((client) => secondHalf(client, code)));
		assert.deepEqual(answers.map((a) => a.status).sort(), [200, 422, 422, 422, 422]);
		later(world.stack);
	});
	test('is met once by a challenge, and not after five minutes', async () => {
		const { client } = await firstHalf('mia');
		const kept = client.challenge;
		assert.equal((await secondHalf(client, codeOf(world.secret))).status, 200);
		client.challenge = kept;
		later(world.stack);
		assert.equal((await secondHalf(client, codeOf(world.secret))).status, 401);
		const late = (await firstHalf('mia')).client;
		world.stack.sql('update sign_in_challenge set expires_at = now()');
		const answer = await secondHalf(late, codeOf(world.secret));
		assert.deepEqual([answer.status, answer.body.code], [401, 'unauthenticated']);
	});
	test('ends when the password changes or the account is disabled between the halves', async () => {
		const halves = [(await firstHalf('mia')).client, (await firstHalf('mia')).client];
		world.stack.sql(`update app_user set password_hash = password_hash where id = '${ids.mia}'`);
		assert.equal((await secondHalf(halves[0], codeOf(world.secret))).status, 401);
		halves.push((await firstHalf('mia')).client);
		world.stack.sql(`update app_user set disabled_at = now() where id = '${ids.mia}'`);
		assert.equal((await secondHalf(halves[2], codeOf(world.secret))).status, 401);
		world.stack.sql(`update app_user set disabled_at = null where id = '${ids.mia}'`);
		later(world.stack);
	});
	test('is guessed ten times at most, from wherever, also at the same time', async () => {
		const halves = [];
		for (let i = 0; i < 4; i++) halves.push((await firstHalf('mia')).client);
		const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => secondHalf(halves[i % 4], String(i).padStart(6, '0'))));
		assert.ok(answers.filter((a) => a.status === 422).length <= 10);
		assert.ok(answers.some((a) => a.status === 429 && Number(a.headers.get('retry-after')) > 600));
		assert.ok(answers.every((a) => [422, 429].includes(a.status)), answers.map((a) => a.status).join());
		assert.equal((await secondHalf(halves[0], codeOf(world.secret))).status, 429);
		later(world.stack);
	});
	test('refuses what is no code, with the place, and leaves the challenge', async () => {
		const { client } = await firstHalf('mia');
		for (const code of ['12345', '1234567', 'abcdef', 'ABCD-EFGH-IJKL-2341', 'é']) assert.deepEqual(place(await secondHalf(client, code)), ['/code wrong'], code);
		assert.equal((await client.post('/session/second-factor', { code: 123456 })).status, 422);
		assert.equal((await secondHalf(client, codeOf(world.secret))).status, 200);
		later(world.stack);
	});
	test('does not go round the second factor by the database function of the first half alone', () => {
		assert.throws(() => world.stack.sql(`select sign_in_done('${ids.mia}', decode(repeat('ab', 32), 'hex'), '', '', 60)`, 'stepmill_api'), /second factor was turned on/);
	});
});

describe('recovery codes', () => {
	test('sign in once each, as people type them', async () => {
		const [first, second] = world.codes;
		assert.equal((await signIn('mia', first)).status, 200);
		assert.deepEqual(place(await signIn('mia', first)), ['/code wrong']);
		assert.equal((await signIn('mia', second.toLowerCase().replaceAll('-', ' '))).status, 200);
		assert.equal((await world.mia.get('/account/second-factor')).body.recovery_codes_left, 8);
	});
	test('sign in one of two at the same time', async () => {
		const halves = [(await firstHalf('mia')).client, (await firstHalf('mia')).client, (await firstHalf('mia')).client];
		const answers = await Promise.all(halves.map((client) => secondHalf(client, world.codes[2])));
		assert.deepEqual(answers.map((a) => a.status).sort(), [200, 422, 422]);
	});
	test('are one person\'s', async () => {
		const ann = await turnOn(world.stack, world.ann);
		assert.deepEqual(place(await signIn('mia', ann.codes[0])), ['/code wrong']);
		assert.equal((await signIn('ann', ann.codes[0])).status, 200);
		later(world.stack);
	});
	test('are made anew by password and code; the old ones are good no more', async () => {
		const renew = (code, word = password) => world.mia.post('/account/second-factor/recovery-codes', { current_password: word, code });
		assert.deepEqual(place(await renew(codeOf(world.secret), 'not mine')), ['/current_password wrong']);
		assert.deepEqual(place(await renew('000000')), ['/code wrong']);
		const answer = await renew(codeOf(world.secret));
		assert.equal(answer.status, 200, JSON.stringify(answer.body));
		assert.deepEqual(place(await renew(codeOf(world.secret))), ['/code wrong'], 'the same code again');
		assert.deepEqual(place(await signIn('mia', world.codes[5])), ['/code wrong']);
		world.codes = answer.body.recovery_codes;
		assert.equal((await signIn('mia', world.codes[0])).status, 200);
		later(world.stack);
	});
});

describe('turning it off', () => {
	const off = (client, code, word = password) => client.post('/account/second-factor/disable', { current_password: word, code });
	test('takes password and code, or a recovery code', async () => {
		assert.deepEqual(place(await off(world.mia, codeOf(world.secret), 'not mine')), ['/current_password wrong']);
		assert.deepEqual(place(await off(world.mia, '000000')), ['/code wrong']);
		assert.equal((await off(world.vic, '000000')).status, 409);
		assert.equal((await off(world.mia, world.codes[1])).status, 204);
		assert.deepEqual((await world.mia.get('/account/second-factor')).body, { enabled_at: null, recovery_codes_left: 0 });
		assert.equal((await firstHalf('mia')).answer.status, 200);
		const again = await turnOn(world.stack, world.mia);
		assert.deepEqual(place(await signIn('mia', world.codes[2])), ['/code wrong'], 'codes of before');
		assert.equal((await off(world.mia, codeOf(again.secret))).status, 204);
	});
	test('is done for who has lost all, by the administrator and on the server, and by nobody else', async () => {
		const root = await world.stack.signIn();
		await turnOn(world.stack, world.mia);
		assert.equal((await world.ada.delete(`/users/${ids.mia}/second-factor`)).status, 403);
		const half = (await firstHalf('mia')).client;
		assert.equal((await root.delete(`/users/${ids.mia}/second-factor`)).status, 204);
		assert.equal((await secondHalf(half, '000000')).status, 401, 'who was half in begins again');
		assert.equal((await root.delete(`/users/${ids.mia}/second-factor`)).status, 404);
		assert.equal((await root.delete(`/users/${ids.missing}/second-factor`)).status, 404);
		assert.equal((await firstHalf('mia')).answer.status, 200);
		await turnOn(world.stack, world.mia);
		world.stack.cli(['user', 'no-second-factor', 'MIA@stepmill.test', `--db=${world.stack.conninfo()}`]);
		assert.equal((await firstHalf('mia')).answer.status, 200);
	});
	test('is not done by a new password', async () => {
		await turnOn(world.stack, world.vic);
		const root = await world.stack.signIn();
		const { token } = (await root.post(`/users/${ids.vic}/reset-link`)).body;
		assert.equal((await world.nobody.post('/password-reset', { token, password })).status, 204);
		assert.equal((await firstHalf('vic')).answer.body.code, 'second_factor');
	});
});

test('nothing that lets somebody in is in the log', () => {
	const log = world.stack.programs.api.log();
	for (const secret of [world.secret, ...world.codes]) assert.ok(!log.includes(secret));
});

test('without the key that sealed it, recovery codes still let people in, and it is said what is missing', async (t) => {
	const { secret, codes } = await turnOn(world.stack, world.ada);
	fs.renameSync(`${world.stack.dir}/api.key`, `${world.stack.dir}/away.key`);
	t.after(() => fs.renameSync(`${world.stack.dir}/away.key`, `${world.stack.dir}/api.key`));
	await world.stack.programs.api.kill('SIGTERM');
	const args = world.stack.programs.api.args;
	world.stack.programs.api.args = args.filter((a) => !a.startsWith('--api-key-file'));
	world.stack.programs.api.start();
	await world.stack.ready();
	const answer = await signIn('ada', codeOf(secret));
	assert.deepEqual([answer.status, answer.body.code], [409, 'conflict']);
	assert.match(answer.body.detail, /recovery code/);
	assert.equal((await world.eve.post('/account/second-factor', { current_password: password })).status, 409);
	assert.equal((await signIn('ada', codes[0])).status, 200);
	world.stack.programs.api.args = args;
});

// Mail: asked for by people, written with the change that causes it, sent by an executor; new passwords, invitations, confirmed addresses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { startSmtp } from '../harness/smtp.mjs';
import { Client, until } from '../harness/stack.mjs';
import { ids, password, startWorld } from './lib/world.mjs';

const files = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-mail-'));
const account = { user: 'stepmill', password: 'a mail server’s secret' };
let world;
let smtp;
before(async () => {
	const pem = (name) => path.join(files, name);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
		'-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', pem('key'), '-out', pem('cert')], { stdio: 'ignore' });
	smtp = await startSmtp({ tls: { key: fs.readFileSync(pem('key')), cert: fs.readFileSync(pem('cert')) }, account });
	world = await startWorld({ workers: 4, executors: 1,
		env: { STEPMILL_SMTP: `smtp://127.0.0.1:${smtp.port}`, STEPMILL_SMTP_USER: account.user, STEPMILL_SMTP_PASSWORD: account.password, STEPMILL_CA_FILE: pem('cert') },
		apiEnv: { STEPMILL_MAIL_FROM: 'stepmill@mill.test', STEPMILL_PUBLIC_URL: 'https://mill.test/' } });
});
after(async () => {
	await world?.stack.stop();
	await smtp?.stop();
	remove(files);
});
beforeEach(() => {
	smtp.wrong = {};
	smtp.mails.length = 0;
	world.stack.sql('delete from mail; delete from attempt; delete from password_reset; delete from email_confirmation');
});

const anybody = () => new Client(world.stack.url);
const ask = (email, client = anybody()) => client.post('/password-reset-request', { email });
const place = (answer) => answer.body.errors?.map((e) => `${e.path} ${e.code}`) ?? [];
/** What waits is due now: no test waits for a pause to end. */
const hurry = () => world.stack.sql("update mail set due_at = now() where given_up_at is null");
const link = (mail) => /https:\/\/mill\.test\/(\S+)[#/]([\w-]{43})\s/.exec(mail.body) ?? assert.fail(mail.body);
const waiting = () => world.stack.sql("select kind, attempts, coalesce(why, ''), given_up_at is not null, length(sealed) from mail order by created_at");

describe('a new password', () => {
	test('is asked for by mail; the link sets it once, and confirms the address', async () => {
		assert.equal((await anybody().get('/sign-up')).body.mail, true);
		const answer = await ask('MIA@stepmill.test');
		assert.deepEqual([answer.status, answer.body], [202, { accepted: true }]);
		const [mail] = await smtp.until(1);
		assert.deepEqual([mail.from, mail.to, mail.secure, mail.user], ['stepmill@mill.test', ['mia@stepmill.test'], true, 'stepmill']);
		assert.deepEqual(mail.headers.map(([name]) => name), ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding']);
		assert.ok(mail.text.split('\r\n').every((line) => line.length <= 78 && !/[^\x20-\x7e]/.test(line)));
		const [, page, token] = link(mail);
		assert.equal(page, 'reset-password');
		assert.equal((await world.mia.get('/account')).body.email_confirmed_at, null);
		assert.equal((await anybody().post('/password-reset', { token, password: 'a brand new secret' })).status, 204);
		assert.deepEqual(place(await anybody().post('/password-reset', { token, password: 'another new secret' })), ['/token used']);
		world.mia = await world.stack.signIn('mia@stepmill.test', 'a brand new secret');
		assert.ok((await world.mia.get('/account')).body.email_confirmed_at);
		await until('the mail to be gone', () => waiting().length === 0);
	});
	test('is answered alike, and costs the same rows, whoever has the address', async () => {
		const tries = ['vic@stepmill.test', 'nobody@stepmill.test', 'a"b@stepmill.test', 'x@y', 'ann@stepmill.test\r\nBcc: eve@stepmill.test'];
		world.stack.sql(`update app_user set disabled_at = now() where id = '${ids.eve}'`);
		const answers = [];
		await world.stack.executors[0].kill('SIGSTOP');
		for (const email of [...tries, 'eve@stepmill.test']) {
			world.stack.sql('delete from mail');
			const answer = await ask(email);
			answers.push([answer.status, JSON.stringify(answer.body), world.stack.sql('select count(*) from mail')[0][0] === '1']);
		}
		await world.stack.executors[0].kill('SIGCONT');
		world.stack.sql(`update app_user set disabled_at = null where id = '${ids.eve}'`);
		assert.equal(new Set(answers.map(String)).size, 1, JSON.stringify(answers));
	});
	test('goes to the account’s address, and to nobody else', async () => {
		await ask('nobody@stepmill.test');
		await ask('vic@stepmill.test\r\nRCPT TO:<eve@stepmill.test>');
		await ask('\u212Aim@stepmill.test'); // a sign whose small letter is another one's
		await ask('vic@stepmill.test');
		await smtp.until(1);
		await until('what is for nobody to be gone', () => waiting().length === 0);
		assert.deepEqual(smtp.mails.map((m) => m.to), [['vic@stepmill.test']]);
	});
	test('is mailed once in five minutes, however often it is asked for', async () => {
		await Promise.all(Array.from({ length: 6 }, () => ask('vic@stepmill.test')));
		assert.equal(world.stack.sql("select count(*) from password_reset where mailed")[0][0], '1');
		await smtp.until(1);
		await until('nothing to wait', () => waiting().length === 0);
		assert.equal(smtp.mails.length, 1);
		for (let i = 0; i < 4; i++) await ask('vic@stepmill.test');
		assert.equal((await ask('vic@stepmill.test')).status, 429, 'the eleventh from one address');
	});
	test('is in the database as no text that could be used', async () => {
		smtp.wrong = { MAIL: '451 later' };
		await ask('vic@stepmill.test');
		await until('an attempt', () => waiting()[0]?.[1] === '1' && waiting()[0]?.[2] !== '');
		const dump = world.stack.sql("select m::text, encode(sealed, 'escape') from mail m").flat().join();
		assert.ok(!dump.includes('vic@') && !dump.includes('reset-password'));
		smtp.wrong = {};
		hurry();
		const [, , token] = link((await smtp.until(1))[0]);
		for (const text of [dump, world.stack.programs.api.log(), world.stack.executors[0].log()]) assert.ok(!text.includes(token) && !text.includes(account.password));
	});
});

describe('a mail', () => {
	test('is tried again when the server is away, busy or hangs up, and given up when it says never', async () => {
		for (const wrong of [{ drop: 'EHLO' }, { MAIL: '451 later' }, { RCPT: '450 later' }, { drop: 'DATA' }, { '.': '452 full' }, { AUTH: '535 wrong' }, { STARTTLS: '454 not now' }]) {
			world.stack.sql('delete from mail; delete from password_reset; delete from attempt');
			smtp.mails.length = 0;
			smtp.wrong = wrong;
			await ask('vic@stepmill.test');
			await until(`an attempt with ${JSON.stringify(wrong)}`, () => waiting()[0]?.[2]);
			const [row] = waiting();
			assert.deepEqual([row[0], row[3]], ['password_reset', 'f'], JSON.stringify(wrong));
			assert.equal(smtp.mails.length, 0);
			smtp.wrong = {};
			hurry();
			await smtp.until(1);
		}
		world.stack.sql('delete from mail; delete from password_reset; delete from attempt');
		smtp.wrong = { RCPT: '550 no such person' };
		await ask('vic@stepmill.test');
		await until('it to be given up', () => waiting()[0]?.[3] === 't');
		assert.equal(waiting()[0][4], '0', 'and its text to be gone');
		assert.match(waiting()[0][2], /550/);
	});
	test('is given up when its time is over, which the administrator is told', async () => {
		smtp.wrong = { MAIL: '451 later' };
		await ask('vic@stepmill.test');
		await until('an attempt', () => waiting()[0]?.[2]);
		const doctor = () => {
			try {
				return world.stack.cli(['doctor', `--db=${world.stack.conninfo()}`, '--json']);
			} catch (error) {
				return error.stdout;
			}
		};
		assert.match(doctor(), /Mails that wait: 1/);
		world.stack.sql("update mail set useful_until = now(), due_at = now()");
		await until('it to be given up', () => waiting()[0]?.[3] === 't');
		assert.match(doctor(), /Mails given up in the last 7 days: 1\. The last one: .*451/);
	});
	test('is sent once, when an executor dies with it under way another one sends it', async () => {
		smtp.wrong = { drop: '.' };
		await ask('vic@stepmill.test');
		await until('it to be taken', () => waiting()[0]?.[1] === '1');
		await world.stack.executors[0].kill('SIGKILL');
		smtp.wrong = {};
		world.stack.executors[0].start();
		hurry();
		await smtp.until(1);
		await until('it to be gone', () => waiting().length === 0);
		assert.equal(smtp.mails.length, 1);
	});
	test('does not go out without encryption', async () => {
		const plain = smtp.tls;
		smtp.tls = undefined;
		await ask('vic@stepmill.test');
		await until('an attempt', () => waiting()[0]?.[2]);
		assert.equal(smtp.mails.length, 0);
		smtp.tls = plain;
		hurry();
		assert.equal((await smtp.until(1))[0].secure, true);
	});
});

describe('an invitation', () => {
	const invite = (more) => world.ada.post(world.at('/invitations'), { role: 'viewer', ...more });
	test('goes to the address that is given, with the link in it', async () => {
		const answer = await invite({ email: 'zoe@stepmill.test' });
		assert.equal(answer.status, 201, JSON.stringify(answer.body));
		assert.equal(answer.body.note, 'zoe@stepmill.test');
		const [mail] = await smtp.until(1);
		const [, page, token] = link(mail);
		assert.deepEqual([mail.to, page, token], [['zoe@stepmill.test'], 'invitations', answer.body.token]);
		assert.equal((await world.eve.post(`/invitations/${token}/accept`)).status, 200);
	});
	test('adds no header and no receiver', async () => {
		for (const email of ['a@b.test\r\nBcc: eve@stepmill.test', 'a@b.test\nX: y', 'a@b.test>, <eve@stepmill.test', 'a b@c.test', '"a"@b.test', 'a@b@c.test', 'ä@b.test', 'a@b.test,c@d.test', '<a@b.test>', 'a@', '@b']) {
			assert.equal((await invite({ email })).status, 422, email);
		}
		assert.equal((await invite({ email: 'a+tag@b.test', note: 'For Ann\r\nBcc: eve@stepmill.test' })).status, 201);
		const [mail] = await smtp.until(1);
		assert.deepEqual(mail.to, ['a+tag@b.test']);
		assert.ok(!mail.text.includes('eve@') && !mail.body.includes('eve@'));
	});
	test('that is refused sends nothing', async () => {
		assert.equal((await world.mia.post(world.at('/invitations'), { role: 'viewer', email: 'a@b.test' })).status, 403);
		assert.equal((await invite({ role: 'nonsense', email: 'a@b.test' })).status, 422);
		assert.deepEqual(waiting(), []);
	});
});

describe('an address', () => {
	const request = (client) => client.post('/account/email-confirmation');
	const confirm = (token) => anybody().post('/email-confirmation', { token });
	test('is confirmed by the link that a new account is sent', async () => {
		const client = anybody();
		assert.equal((await client.post('/account', { email: 'Una@stepmill.test', name: 'Una', password })).status, 201);
		assert.equal((await client.get('/account')).body.email_confirmed_at, null);
		const [mail] = await smtp.until(1);
		const [, page, token] = link(mail);
		assert.equal(page, 'confirm-email');
		assert.equal((await confirm(token)).status, 204);
		assert.ok((await client.get('/account')).body.email_confirmed_at);
		assert.deepEqual(place(await confirm(token)), ['/token used']);
		assert.equal((await request(client)).status, 409);
	});
	test('is confirmed later, too; the newest link counts, for a day', async () => {
		assert.equal((await request(world.ann)).status, 202);
		assert.equal((await request(world.ann)).status, 409, 'a moment ago');
		const [, , first] = link((await smtp.until(1))[0]);
		world.stack.sql("update email_confirmation set created_at = now() - interval '2 minutes'");
		assert.equal((await request(world.ann)).status, 202);
		const [, , second] = link((await smtp.until(2))[1]);
		assert.deepEqual(place(await confirm(first)), ['/token used']);
		world.stack.sql('update email_confirmation set expires_at = now()');
		assert.deepEqual(place(await confirm(second)), ['/token used']);
		assert.equal((await world.ann.get('/account')).body.email_confirmed_at, null);
	});
	test('is not confirmed by who guesses', async () => {
		for (let i = 0; i < 10; i++) assert.equal((await confirm(`guess ${i}`)).status, 422);
		assert.equal((await confirm('guess')).status, 429);
	});
});

test('without a mail server the routes say who can help', async () => {
	await world.stack.programs.api.kill('SIGTERM');
	const program = world.stack.programs.api;
	const env = program.env;
	program.env = { ...env, STEPMILL_MAIL_FROM: '' };
	program.start();
	await world.stack.ready();
	assert.equal((await anybody().get('/sign-up')).body.mail, false);
	for (const email of ['vic@stepmill.test', 'nobody@stepmill.test']) {
		const answer = await ask(email);
		assert.deepEqual([answer.status, answer.body.code], [409, 'conflict']);
		assert.match(answer.body.detail, /administrator/);
	}
	const invited = await world.ada.post(world.at('/invitations'), { role: 'viewer', email: 'a@b.test' });
	assert.deepEqual([invited.status, invited.body.code], [409, 'conflict']);
	assert.equal((await world.vic.post('/account/email-confirmation')).status, 409);
	assert.equal((await anybody().post('/account', { email: 'olga@stepmill.test', name: 'Olga', password })).status, 201);
	assert.deepEqual(waiting(), []);
});

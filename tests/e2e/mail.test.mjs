// What goes by mail, in a browser: a forgotten password from the sign-in page to the new one, and an address that is confirmed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSmtp } from '../harness/smtp.mjs';
import { demo } from '../harness/stack.mjs';
import { open } from './browser.mjs';

let e2e;
let smtp;
before(async () => {
	smtp = await startSmtp();
	e2e = await open({ executors: 1, env: { STEPMILL_SMTP: `smtp://127.0.0.1:${smtp.port}`, STEPMILL_SMTP_TLS: 'off' },
		apiEnv: { STEPMILL_MAIL_FROM: 'stepmill@mill.test', STEPMILL_PUBLIC_URL: 'https://mill.test' } });
});
after(async () => {
	await e2e?.close();
	await smtp?.stop();
});

/** Where the link of a mail leads, at this stack. */
const linkOf = (mail) => /https:\/\/mill\.test(\/\S+)/.exec(mail.body)[1];

test('a forgotten password is replaced by a link in a mail', async () => {
	const page = await e2e.page({ signedIn: false });
	await page.goto(`${e2e.stack.url}/reset-password`);
	await page.getByRole('button', { name: 'Send the link' }).click();
	await page.getByText('E-mail', { exact: false }).first().waitFor();
	assert.equal(smtp.mails.length, 0, 'without an address nothing is asked for');
	await page.getByLabel('E-mail').fill(demo.email);
	await page.getByRole('button', { name: 'Send the link' }).click();
	await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
	const [mail] = await smtp.until(1);
	await page.goto(`${e2e.stack.url}${linkOf(mail)}`);
	await page.getByLabel('New password').fill('quite another secret');
	await page.getByRole('button', { name: 'Set password' }).click();
	await page.getByText('The password is set').waitFor();
	assert.ok((await e2e.stack.signIn(demo.email, 'quite another secret')).workspace);
});

test('an address is confirmed by a click, once', async () => {
	const person = await e2e.stack.signIn(demo.email, 'quite another secret');
	e2e.stack.sql('update app_user set email_confirmed_at = null');
	const own = await e2e.page({ signedIn: person });
	await own.goto(`${e2e.stack.url}/account/profile`);
	await own.getByRole('region', { name: 'Confirm your address' }).getByRole('button').click();
	const mail = (await smtp.until(2))[1];
	const page = await e2e.page({ signedIn: false, width: 375 });
	await page.goto(`${e2e.stack.url}${linkOf(mail)}`);
	await page.getByRole('button', { name: 'Confirm address' }).waitFor();
	assert.equal((await person.get('/account')).body.email_confirmed_at, null, 'looking at the link confirms nothing');
	await page.getByRole('button', { name: 'Confirm address' }).click();
	await page.getByText('It is known now that the address is yours.').waitFor();
	assert.ok((await person.get('/account')).body.email_confirmed_at);
	await page.reload();
	await page.getByRole('button', { name: 'Confirm address' }).click();
	await page.getByText('was used, has expired').waitFor();
});

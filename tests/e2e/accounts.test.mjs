// People come in: the first of an installation, the next ones, a password that was forgotten; in a browser, by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open } from './browser.mjs';

const ADA = { name: 'Ada Byron', email: 'ada@acme.example', password: 'engines weave algebra' };
const LIN = { name: 'Lin Chen', email: 'lin@acme.example', password: 'four quiet mountains' };
let e2e;
let page;

before(async () => {
	e2e = await open({ empty: true, executors: 0, live: false });
	page = await e2e.page();
});
after(() => e2e?.close());

const at = (where) => `${e2e.stack.url}${where}`;
/** Types into what has the focus, field after field, and sends it. */
async function type(...texts) {
	for (const [index, text] of texts.entries()) {
		if (index > 0) {
			await page.keyboard.press('Tab');
			// Show stands between
			if (await page.evaluate(() => document.activeElement?.matches('button[aria-pressed]'))) await page.keyboard.press('Tab');
		}
		await page.keyboard.press('Control+a');
		await page.keyboard.type(text);
	}
	await page.keyboard.press('Enter');
}
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('name'));
const says = (text) => page.getByText(text).waitFor();
async function signOut() {
	await page.context().clearCookies();
	await page.goto(at('/sign-in'));
}

test('the first person learns that the account administers the installation, and comes into a workspace', async () => {
	await page.goto(at('/'));
	await page.getByRole('heading', { level: 1, name: /^Create an account on/ }).waitFor();
	await says(/this account administers the installation/);
	await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
	await type('', '', '');
	await says('The name is empty.');
	await says('The e-mail is empty.');
	assert.equal(await focused(), 'name', 'the focus goes to the first that is wrong');
	await type(ADA.name, ADA.email, 'too short');
	await says(/At least 10 characters are needed/);
	assert.equal(await focused(), 'password');
	await type('qwertyuiop123');
	await says(/^Password is one of the passwords that everybody uses/);
	await type(ADA.password);
	await page.waitForURL(/\/w\/ada\/workflows$/);
	await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
	const session = await page.evaluate(async () => (await fetch('/api/session')).json());
	assert.deepEqual([session.user.name, session.user.admin], [ADA.name, true]);
});

test('who comes next is nobody special, hears of an address that is taken, and gets where they were going', async () => {
	await signOut();
	await page.goto(at('/w/nobody-has-this/runs'));
	await page.getByRole('link', { name: 'Create account' }).click();
	await says('It comes with a workspace of its own.');
	assert.equal(await page.getByText(/administers the installation/).count(), 0);
	await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
	await type(LIN.name, ADA.email, LIN.password);
	await says(/^No account was made\. There is an account with this e-mail address/);
	await page.getByLabel('E-mail').focus();
	await type(LIN.email);
	await page.waitForURL(/\/w\/nobody-has-this\/runs$/);
	await page.goto(at('/'));
	await page.waitForURL(/\/w\/lin\/workflows$/);
});

test('where signing up is closed, nothing offers it, and its address says so', async () => {
	const ada = await e2e.stack.signIn(ADA.email, ADA.password);
	assert.equal((await ada.request('PATCH', '/installation', { sign_up: 'closed' })).status, 200);
	await signOut();
	await page.getByRole('link', { name: 'Forgot password' }).waitFor();
	await page.waitForLoadState('networkidle');
	assert.equal(await page.getByRole('link', { name: 'Create account' }).count(), 0);
	await page.goto(at('/sign-up'));
	await says(/^Nobody can sign up here by themselves/);
	assert.equal(await page.getByRole('textbox').count(), 0);
	assert.equal((await ada.request('PATCH', '/installation', { sign_up: 'open' })).status, 200);
});

test('a link sets a new password once; without a link the page says how to come by one', async () => {
	await page.goto(at('/reset-password'));
	await says(/An administrator of this installation makes a link/);
	const ada = await e2e.stack.signIn(ADA.email, ADA.password);
	const lin = await e2e.stack.signIn(LIN.email, LIN.password);
	const { body: link } = await ada.post(`/users/${lin.session.user.id}/reset-link`);
	await page.goto(at(`/reset-password#${link.token}`));
	await page.reload();
	await page.getByLabel('New password', { exact: true }).focus();
	await type('short');
	await says(/At least 10 characters are needed/);
	await type(LIN.email);
	await says(/^New password is your e-mail address/);
	await type('five loud mountains');
	await says(/^The password is set/);
	assert.equal((await lin.get('/session')).status, 401, 'the other sessions have ended');
	await page.goto(at('/sign-in'));
	await page.getByLabel('E-mail').focus();
	await type(LIN.email, 'five loud mountains');
	await page.waitForURL(/\/w\/lin\//);
	await page.goto(at(`/reset-password#${link.token}`));
	await page.reload();
	await page.getByLabel('New password', { exact: true }).focus();
	await type('another good password');
	await says(/^This link was used, has expired, or never was one/);
	assert.deepEqual(page.problems, []);
});

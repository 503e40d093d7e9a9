// People come in: the first of an installation, the next ones, a password that was forgotten; in a browser, by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, later, settle } from '../api/lib/totp.mjs';
import { open, soon } from './browser.mjs';

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

test('who has never signed in is asked for no session: nothing of the browser’s console is red', async () => {
	const visitor = await e2e.page({ signedIn: false });
	const told = [];
	visitor.on('console', (message) => message.type() === 'error' && told.push(message.text()));
	const asked = [];
	visitor.on('request', (request) => request.url().includes('/api/') && asked.push(new URL(request.url()).pathname));
	await visitor.goto(at('/'));
	await visitor.getByRole('heading', { level: 1, name: /^Create an account on/ }).waitFor();
	await visitor.goto(at('/w/any/runs'));
	await visitor.getByRole('heading', { level: 1, name: /^Create an account on/ }).waitFor();
	await visitor.goto(at(`/invitations/${'x'.repeat(43)}`));
	await visitor.getByRole('heading', { level: 1 }).waitFor();
	assert.ok(!asked.includes('/api/session'), asked.join());
	assert.deepEqual(told.filter((text) => !text.includes('404')), [], 'the invitation is not there');
	await visitor.context().close();
});

test('the first person learns that the account administers the installation, and comes into a workspace', async () => {
	await page.goto(at('/'));
	await page.getByRole('heading', { level: 1, name: /^Create an account on/ }).waitFor();
	await says(/this account administers the installation/);
	await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
	await type('', '', '');
	await says('The name is empty.');
	await says('The e-mail is empty.');
	await soon(async () => assert.equal(await focused(), 'name', 'the focus goes to the first that is wrong'));
	await type(ADA.name, ADA.email, 'too short');
	await says(/At least 10 characters are needed/);
	await soon(async () => assert.equal(await focused(), 'password'));
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
	await page.getByRole('heading', { level: 1, name: 'Signing up is closed' }).waitFor();
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
});

test('the account is one key away; the name changes everywhere, the password only for who knows it', async () => {
	await signOut();
	await page.getByLabel('E-mail').focus();
	await type(ADA.email, ADA.password);
	await page.waitForURL(/\/w\/ada\//);
	await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('u');
	await page.waitForURL(/\/account\/profile$/);
	await says('You administer this installation.');
	await page.locator('button[aria-current=page]').getByText('Ada Byron').waitFor();
	assert.equal(await page.getByRole('heading', { name: 'Confirm your address' }).count(), 0, 'no mail is sent here');
	await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
	await page.keyboard.press('Control+s');
	await page.getByRole('button', { name: 'Account: Ada Lovelace' }).waitFor();

	const elsewhere = await e2e.stack.signIn(ADA.email, ADA.password);
	await page.getByLabel('Current password', { exact: true }).fill('not this one');
	await page.getByLabel('New password', { exact: true }).fill('looms and numbers');
	await page.keyboard.press('Enter');
	await says(/^Current password is not your password/);
	await page.getByLabel('Current password', { exact: true }).fill(ADA.password);
	await page.keyboard.press('Enter');
	await page.locator('.toast').getByText('Password changed').waitFor();
	await soon(async () => assert.equal(await page.getByLabel('New password', { exact: true }).inputValue(), ''));
	assert.equal((await elsewhere.get('/session')).status, 401);
	ADA.password = 'looms and numbers';
});

test('sessions are told apart, and ended one by one or all but this', async () => {
	const agents = ['curl/7.88.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'our-sync/2'];
	const cookies = [];
	for (const agent of agents) {
		const answer = await fetch(at('/api/session'), {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'user-agent': agent },
			body: JSON.stringify({ email: ADA.email, password: ADA.password }),
		});
		cookies.push(answer.headers.getSetCookie()[0].split(';')[0]);
	}
	const status = async (index) => (await fetch(at('/api/session'), { headers: { cookie: cookies[index] } })).status;
	await page.getByRole('link', { name: 'Sessions' }).press('Enter');
	await page.waitForURL(/\/account\/sessions$/);
	await page.getByRole('row', { name: /^Chrome on Linux this one/ }).waitFor();
	const firefox = page.getByRole('button', { name: /^End the session of Firefox on Linux/ });
	await firefox.press('Enter');
	await firefox.waitFor({ state: 'detached' });
	await soon(async () => assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? ''), /^End the session of/, 'the focus goes to the next one'));
	assert.deepEqual([await status(0), await status(1), await status(2)], [200, 401, 200]);
	await page.getByRole('button', { name: 'End all others' }).press('Enter');
	await says(/^2 sessions end at once/);
	await page.getByRole('button', { name: 'End them' }).press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.deepEqual([await status(0), await status(2)], [401, 401]);
	await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
});

test('a token is made by keyboard, shown once, works, and is revoked', async () => {
	await page.goto(at('/account/tokens'));
	await says(/^Programs and the command line act for you with a token/);
	await page.keyboard.press('c');
	await page.getByRole('dialog', { name: 'New API token' }).waitFor();
	await page.keyboard.press('Enter');
	await says('The name is empty.');
	await page.waitForFunction(() => document.activeElement?.id === 'token-name');
	await page.keyboard.type('Nightly import');
	await page.getByRole('checkbox', { name: /^Runs/ }).press('Space');
	await page.getByLabel('Workspace', { exact: true }).selectOption({ label: 'Ada Byron' });
	await page.getByLabel('Good for').selectOption('30 days');
	await page.keyboard.press('Control+Enter');
	await says(/It cannot be shown again/);
	const token = await page.getByRole('dialog').getByLabel('Token', { exact: true }).inputValue();
	assert.match(token, /^sm_/);
	const ask = async () => (await fetch(at('/api/session'), { headers: { authorization: `Bearer ${token}` } })).status;
	assert.equal(await ask(), 200);
	await page.keyboard.press('Escape');
	await says('The token was not copied, and cannot be shown again.');
	await page.getByRole('button', { name: 'Close anyway' }).press('Enter');
	const row = page.getByRole('row', { name: /^Nightly import Read · Runs/ });
	assert.match(await row.textContent(), /in 29\s?d|in 30\s?d/);
	await page.reload();
	await row.waitFor();
	assert.equal(await page.getByText(token).count(), 0);
	await page.getByRole('button', { name: 'Revoke Nightly import' }).press('Enter');
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).press('Enter');
	await says(/^Programs and the command line act for you with a token/);
	assert.equal(await ask(), 401);
});

test('a second factor is set up with the picture or the key, asked for at sign-in, and turned off', async () => {
	await settle();
	await page.goto(at('/account/second-factor'));
	await page.getByRole('button', { name: 'Set up' }).press('Enter');
	await page.getByRole('dialog').getByLabel('Password', { exact: true }).focus();
	await type('not my password');
	await says(/^Password is not your password/);
	await type(ADA.password);
	await page.getByRole('img', { name: /^The key as a picture/ }).waitFor();
	const secret = (await page.getByRole('dialog').locator('.mono-13').textContent()).replaceAll(' ', '');
	await page.waitForFunction(() => document.activeElement?.id === 'factor-code');
	await type('12');
	await says('The code of the app has six digits.');
	await type(codeOf(secret, 5));
	await says(/^Code is not right/);
	await type(codeOf(secret));
	await page.getByRole('dialog', { name: 'Recovery codes' }).waitFor();
	const codes = await page.getByRole('dialog').getByRole('listitem').allTextContents();
	assert.equal(codes.length, 10);
	await page.keyboard.press('Escape');
	await says(/^The codes were neither copied nor downloaded/);
	await page.getByRole('button', { name: 'Back to the codes' }).press('Enter');
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).press('Enter')]);
	assert.equal(file.suggestedFilename(), 'stepmill-recovery-codes.txt');
	await page.getByRole('button', { name: 'Done' }).press('Enter');
	await says('10 of 10 recovery codes left');

	later(e2e.stack);
	await signOut();
	await page.getByLabel('E-mail').focus();
	await type(ADA.email, ADA.password);
	await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'code');
	await type('000000');
	await says(/^Code is not right/);
	await page.getByRole('button', { name: 'Use a recovery code' }).press('Enter');
	await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'code');
	await type(codes[0].toLowerCase());
	await page.waitForURL(/\/w\/ada\//);
	await signOut();
	await page.getByLabel('E-mail').focus();
	await type(ADA.email, ADA.password);
	await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'code');
	await settle();
	const code = codeOf(secret);
	await type(`${code.slice(0, 3)} ${code.slice(3)}`);
	await page.waitForURL(/\/w\/ada\//);

	later(e2e.stack);
	await page.goto(at('/account/second-factor'));
	await says('9 of 10 recovery codes left');
	await page.getByRole('button', { name: 'Turn off…' }).press('Enter');
	await page.getByRole('dialog').getByLabel('Password', { exact: true }).focus();
	await type(ADA.password, codes[1]);
	await page.getByRole('button', { name: 'Set up' }).waitFor();
});

test('a sign-in that waited too long for its code begins again', async () => {
	await page.route('**/api/session', (route) => (route.request().method() === 'POST'
		? route.fulfill({ status: 401, contentType: 'application/problem+json', json: { type: 't', title: 'A second factor is needed', status: 401, code: 'second_factor', detail: 'Send the code.', request_id: 'r', retryable: false } })
		: route.fallback()));
	await signOut();
	await page.getByLabel('E-mail').focus();
	await type(ADA.email, ADA.password);
	await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'code');
	await type('123456');
	await says(/^This sign-in has come to its end/);
	await soon(async () => assert.equal(await page.getByLabel('E-mail').inputValue(), ADA.email));
	await soon(async () => assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), ''));
	await page.unroute('**/api/session');
	await page.getByLabel('Password', { exact: true }).focus();
	await type(ADA.password);
	await page.waitForURL(/\/w\/ada\//);
});

test('the administrator closes and opens signing up; for others there is no administration', async () => {
	await page.goto(at('/account/profile'));
	await page.getByRole('link', { name: 'Administration' }).press('Enter');
	await page.waitForURL(/\/admin\/people$/);
	await page.getByRole('row', { name: /^Ada Lovelace you/ }).waitFor(); // until then its head is that of the page that loads
	await page.getByRole('link', { name: 'Signing in' }).press('Enter');
	await page.waitForURL(/\/admin\/sign-in$/);
	await page.getByRole('radio', { name: /^Nobody by themselves/ }).press('Space');
	await page.keyboard.press('Control+s');
	await page.locator('.toast').getByText('Saved.').waitFor();
	const state = async () => (await (await fetch(at('/api/sign-up'))).json()).open;
	assert.equal(await state(), false);
	await page.reload();
	await soon(async () => assert.equal(await page.getByRole('radio', { name: /^Nobody by themselves/ }).isChecked(), true));
	await page.getByRole('radio', { name: /^Anybody/ }).press('Space');
	await Promise.all([
		page.waitForResponse((answer) => answer.url().endsWith('/api/installation') && answer.request().method() === 'PATCH'),
		page.getByRole('button', { name: /^Save/ }).press('Enter'),
	]);
	assert.equal(await state(), true);
});

test('the administrator finds a person, disables and enables the account, helps with a link, and makes another administrator', async () => {
	const choose = async (action) => {
		await page.getByRole('button', { name: 'Actions of Lin Chen' }).press('Enter');
		await page.getByRole('menuitem', { name: action }).press('Enter');
	};
	const perform = async (verb) => {
		await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).press('Enter');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
	};
	const lin = await e2e.stack.signIn(LIN.email, 'five loud mountains');
	await page.goto(at('/admin/people'));
	await page.getByRole('row', { name: /^Ada Lovelace you/ }).waitFor();
	await page.getByRole('searchbox', { name: 'Name or e-mail' }).fill('lin@');
	await page.waitForURL(/q=lin%40/);
	await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
	await choose('Disable…');
	await perform('Disable');
	await page.getByRole('row', { name: /^Lin Chen .* Disabled/ }).waitFor();
	assert.equal((await lin.get('/session')).status, 401);
	await choose('Enable…');
	await perform('Enable');
	await page.getByRole('row', { name: /^Lin Chen .* Active/ }).waitFor();
	await choose('Make administrator…');
	await perform('Make administrator');
	await page.getByRole('row', { name: /^Lin Chen .* Administrator/ }).waitFor();
	await choose('Administrator no more…');
	await perform('Administrator no more');
	await page.getByRole('row', { name: /^Lin Chen .* Active/ }).waitFor();
	await choose('Make a reset link…');
	await page.getByRole('dialog').getByRole('button', { name: 'Make link' }).press('Enter');
	const link = await page.getByRole('dialog').getByRole('textbox', { name: 'Link' }).inputValue();
	assert.match(link, /\/reset-password#[\w-]{40,}$/);
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Close anyway' }).press('Enter');

	// oneself: there is always an administrator
	await page.goto(at('/admin/people?q=ada'));
	await page.getByRole('button', { name: 'Actions of Ada Lovelace' }).press('Enter');
	assert.equal(await page.getByRole('menuitem', { name: 'Disable…' }).count(), 0);
	await page.getByRole('menuitem', { name: 'Administrator no more…' }).press('Enter');
	await page.getByRole('dialog').getByRole('button', { name: 'Administrator no more' }).press('Enter');
	await says(/^Nothing was changed\. An installation cannot be without an administrator/);
	await page.getByRole('button', { name: 'Leave it' }).press('Enter');
});

test('what happened is told: to everybody of their own account, to administrators of all', async () => {
	await page.goto(at('/admin/activity'));
	await page.getByRole('row', { name: /^Account disabled Lin Chen Ada Lovelace/ }).waitFor();
	await page.getByRole('button', { name: /^What/ }).press('Enter');
	await page.getByRole('menuitemcheckbox', { name: 'Reset link made' }).press('Enter');
	await page.waitForURL(/event=reset_link\.made/);
	await page.getByRole('row', { name: /^Reset link made Lin Chen/ }).first().waitFor();
	await soon(async () => assert.equal(await page.getByRole('row', { name: /^Account disabled/ }).count(), 0));
	await page.goto(at('/account/activity'));
	await page.getByRole('row', { name: /^Second factor turned on Ada Lovelace/ }).waitFor();
	await page.getByRole('row', { name: /^Token made Nightly import/ }).waitFor();
	await soon(async () => assert.equal(await page.getByRole('row', { name: /^Account disabled/ }).count(), 0));
});

test('a provider is configured, changed and deleted; its secret is never shown again', async () => {
	await page.goto(at('/admin/providers'));
	await says(/^People can sign in by a provider that knows OpenID Connect/);
	await page.keyboard.press('c');
	await page.waitForURL(/provider=new/);
	await page.getByLabel('Name', { exact: true }).fill('Acme');
	await page.getByLabel('Issuer').fill('acme.example');
	await page.keyboard.press('Control+s');
	await says('3 fields need a change.');
	await page.waitForFunction(() => document.activeElement?.id === 'provider-issuer');
	await page.getByLabel('Issuer').fill('https://id.acme.example');
	await page.getByLabel('Client ID').fill('stepmill');
	await page.getByLabel('Client secret', { exact: true }).fill('never shown again');
	await page.getByRole('button', { name: 'Add rule' }).press('Enter');
	await page.getByLabel('Domain').fill('acme.example');
	await page.keyboard.press('Control+s');
	await page.waitForURL(/provider=[0-9a-f-]{36}$/);
	await soon(async () => assert.match(await page.getByRole('textbox', { name: 'Redirect address' }).inputValue(), /^http:\/\/127\.0\.0\.1:\d+\/api\/sign-in-providers\/[0-9a-f-]{36}\/callback$/));
	const ways = async () => (await (await fetch(at('/api/sign-in-providers'))).json()).data.map((one) => one.name);
	assert.deepEqual(await ways(), ['Acme']);
	await page.reload();
	await soon(async () => assert.equal(await page.getByLabel(/^Client secret/).inputValue(), ''));
	await soon(async () => assert.equal(await page.getByLabel('Domain').inputValue(), 'acme.example'));
	await page.getByRole('switch', { name: 'In use' }).press('Space');
	await page.getByRole('button', { name: 'Remove rule 1' }).press('Enter');
	await page.getByRole('button', { name: /^Save/ }).press('Enter');
	await page.locator('.toast').getByText('Saved.').waitFor();
	assert.deepEqual(await ways(), []);
	await page.getByRole('link', { name: 'Providers' }).press('Enter');
	await page.getByRole('row', { name: /^Acme https:\/\/id\.acme\.example Off 0/ }).waitFor();
	await page.getByRole('link', { name: 'Acme' }).press('Enter');
	await page.getByRole('button', { name: 'Delete…' }).press('Enter');
	await says('Nobody signs in by it yet.');
	await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).press('Enter');
	await says(/^People can sign in by a provider that knows OpenID Connect/);
});

test('by a provider people sign in and connect; what did not work is said', async () => {
	const ways = [{ id: '01900000-0000-7000-8000-0000000000aa', name: 'Acme' }];
	const identity = { provider: ways[0], created_at: '2026-01-02T03:04:05Z', last_used_at: '2026-01-02T03:04:05Z' };
	let identities = [];
	await page.route('**/api/sign-in-providers', (route) => route.fulfill({ json: { data: ways } }));
	await page.route('**/api/account/identities', (route) => route.fulfill({ json: { data: identities } }));
	await page.goto(at('/account/profile'));
	await soon(async () => assert.equal(await page.getByRole('link', { name: 'Connect Acme' }).getAttribute('href'), `/api/sign-in-providers/${ways[0].id}/start?to=%2Faccount%2Fprofile&connect=true`));
	identities = [identity];
	await page.reload();
	await page.route('**/api/account/identities/*', (route) => {
		identities = [];
		return route.fulfill({ status: 204 });
	});
	await page.getByRole('button', { name: 'Disconnect Acme' }).press('Enter');
	await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).press('Enter');
	await page.getByRole('link', { name: 'Connect Acme' }).waitFor();

	await page.goto(at('/sign-in?to=%2Faccount%2Ftokens'));
	assert.equal(await page.getByRole('link', { name: 'Continue with Acme' }).getAttribute('href'), `/api/sign-in-providers/${ways[0].id}/start?to=%2Faccount%2Ftokens`);
	await page.goto(at('/sign-in?problem=email_unverified'));
	await says(/^The provider has not verified your e-mail address/);
	await page.goto(at('/sign-in?problem=what_nobody_knows'));
	await says(/^Signing in by the provider failed on this side/);
	await page.goto(at('/sign-in?problem=second_factor'));
	await page.getByLabel('Code', { exact: true }).waitFor();
	await page.unrouteAll();
});

test('somebody without an account makes one on the way to an invitation, and joins', async () => {
	const ada = await e2e.stack.signIn(ADA.email, ADA.password);
	const { body: invitation } = await ada.post(`/workspaces/${ada.workspace}/invitations`, { role: 'member', note: 'Mia' });
	const other = await e2e.page({ signedIn: false });
	await other.goto(at(`/invitations/${invitation.token}`));
	await other.getByRole('link', { name: /account/ }).click();
	await other.getByLabel('Name', { exact: true }).fill('Mia Ode');
	await other.getByLabel('E-mail').fill('mia@acme.example');
	await other.getByLabel('Password', { exact: true }).fill('seven slow rivers');
	await other.keyboard.press('Enter');
	await other.waitForURL(/\/invitations\//);
	await other.getByText('invites you as member').waitFor();
	await other.getByRole('button', { name: 'Join workspace' }).click();
	await other.waitForURL(/\/w\/ada\/workflows$/);
	assert.equal(await other.getByRole('link', { name: 'Administration' }).count(), 0);
	await other.goto(at('/admin/sign-in'));
	await other.getByRole('heading', { name: 'This does not exist, or you cannot see it' }).waitFor();
	await other.goto(at('/'));
	await other.waitForURL(/\/w\/ada\/workflows$/, {}, 'the start goes where one was last');
	const { body: members } = await ada.get(`/workspaces/${ada.workspace}/members`);
	assert.deepEqual(members.data.map((one) => [one.user.name, one.role]), [['Ada Lovelace', 'owner'], ['Mia Ode', 'member']]);
	assert.deepEqual(other.problems, []);
	await page.goto(at('/sign-in'));
	await page.getByLabel('E-mail').focus();
	await type(ADA.email, ADA.password);
	await page.waitForURL(/\/w\/ada\//);
});

test('signed out and in again, one is where one was; an account without a workspace still has its page', async () => {
	await page.getByRole('button', { name: /^Account: / }).click();
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await page.waitForURL(/\/sign-in/);
	await page.goto(at('/account/tokens'));
	await page.waitForURL(/\/sign-in\?to=/);
	await page.getByLabel('E-mail').focus();
	await type(ADA.email, ADA.password);
	await page.waitForURL(/\/account\/tokens$/);
	await page.route('**/api/session', async (route) => {
		const answer = await route.fetch();
		await route.fulfill({ response: answer, json: { ...(await answer.json()), workspaces: [] } });
	});
	await page.goto(at('/account/profile'));
	await page.getByRole('heading', { level: 1, name: 'Profile' }).waitFor();
	await soon(async () => assert.equal(await page.getByRole('navigation', { name: 'Main' }).count(), 0));
	await page.unroute('**/api/session');
	assert.deepEqual(page.problems, []);
});

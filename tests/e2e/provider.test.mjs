// Signing in by a provider, in a browser that goes there and comes back; the provider is the scripted one of the API's tests.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startProvider } from '../harness/provider.mjs';
import { open } from './browser.mjs';
import { signUp } from './people.mjs';

let provider;
let e2e;
let root;
before(async () => {
	provider = await startProvider();
	provider.person = { sub: 'pia-1', email: 'pia@acme.test', email_verified: true, name: 'Pia Moss' };
	e2e = await open({ empty: true, executors: 0, live: false, apiEnv: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${provider.port}` } });
	root = await signUp(e2e, 'Ada Byron');
	const [place] = root.session.workspaces;
	const made = await root.post('/installation/sign-in-providers', { name: 'Acme', issuer: provider.issuer, client_id: provider.client.id, client_secret: provider.client.secret,
		rules: [{ email_domain: 'acme.test', workspace_id: place.id, role: 'viewer' }] });
	assert.equal(made.status, 201, JSON.stringify(made.body));
});
after(async () => {
	await e2e?.close();
	await provider?.stop();
});

const at = (where) => `${e2e.stack.url}${where}`;

test('somebody without an account comes in by a provider, into the workspace of their domain, and where they were going', async () => {
	const page = await e2e.page({ signedIn: false });
	await page.goto(at('/account/tokens'));
	await page.getByRole('link', { name: 'Continue with Acme' }).click();
	await page.waitForURL(at('/account/tokens'));
	await page.getByRole('heading', { level: 1, name: /^API tokens/ }).waitFor();
	assert.ok(provider.asked.includes('/authorize'));
	await page.getByRole('link', { name: 'Second factor' }).click();
	await page.getByText('You have no password: you sign in by a provider').waitFor();
	await page.goto(at(`/w/${root.session.workspaces[0].slug}/settings/general`));
	await page.getByText('Admins and owners change these settings.').waitFor();
	const { body: members } = await root.get(`/workspaces/${root.session.workspaces[0].id}/members`);
	assert.deepEqual(members.data.map((one) => [one.user.name, one.role]), [['Ada Byron', 'owner'], ['Pia Moss', 'viewer']]);
	assert.deepEqual(page.problems, []);
});

test('who comes again is the same person; who is refused there is told here, and can try again', async () => {
	const page = await e2e.page({ signedIn: false, width: 375 });
	provider.wrong = { refuse: true };
	await page.goto(at('/sign-in'));
	await page.getByRole('link', { name: 'Continue with Acme' }).click();
	await page.waitForURL(/\/sign-in\?problem=/);
	await page.getByRole('alert').getByText(/provider/i).waitFor();
	provider.wrong = {};
	await page.getByRole('link', { name: 'Continue with Acme' }).click();
	await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
	assert.equal((await root.get('/users')).body.data.length, 2);
	assert.deepEqual(page.problems, []);
});

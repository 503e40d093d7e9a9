// In the browser: all workspaces for administrators, runs by project, the mail that confirms an address, and an account without a password.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSmtp } from '../harness/smtp.mjs';
import { violations } from './axe.mjs';
import { open } from './browser.mjs';
import { pageOf, signUp } from './people.mjs';

const clean = async (page) => assert.deepEqual((await violations(page)).map((one) => one.text), []);

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

test('an administrator sees whose the workspaces are and what they use, and finds one', async () => {
	const lin = await signUp(e2e, 'Lin Chen');
	const { slug } = lin.session.workspaces[0];
	const page = await e2e.page();
	await page.goto(`${e2e.stack.url}/admin/people`);
	await page.getByRole('link', { name: 'Workspaces' }).press('Enter');
	await page.waitForURL(/\/admin\/workspaces$/);
	const table = page.getByRole('table', { name: 'Workspaces' });
	await table.getByRole('row').filter({ hasText: slug }).filter({ hasText: 'Lin Chen' }).waitFor();
	assert.equal(await table.getByRole('link').count(), 0, 'what is in them is not shown');
	await clean(page);
	await page.keyboard.press('/');
	await page.keyboard.type(slug);
	await page.waitForURL(/q=/);
	await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
	await page.keyboard.type('x');
	await page.getByText('No workspace has').waitFor();
	await page.getByRole('button', { name: 'Clear filters' }).press('Enter');
	await table.getByRole('row').filter({ hasText: 'Demo' }).waitFor();
	const phone = await e2e.page({ width: 375 });
	await phone.goto(`${e2e.stack.url}/admin/workspaces`);
	await phone.getByRole('list', { name: 'Workspaces' }).getByText('Demo').first().waitFor();
	await clean(phone);
	const other = await pageOf(e2e, lin);
	await other.goto(`${e2e.stack.url}/admin/workspaces`);
	await other.getByRole('heading', { name: 'This does not exist, or you cannot see it' }).waitFor();
	assert.deepEqual([...page.problems, ...phone.problems], []);
});

test('a project leads to its workflow; the run is in it, and the list shows its runs alone', async () => {
	const instant = await e2e.workflow('Instant chain');
	const project = await e2e.post('/projects', { name: 'Website', default_workflow_id: instant.id });
	const outside = await e2e.run(instant);
	await e2e.ended(outside);
	const page = await e2e.page();
	await page.goto(e2e.at(`/projects/${project.id}`));
	await page.getByText('No run is in it yet.').waitFor();
	await page.keyboard.press('c');
	await page.waitForURL(new RegExp(`/workflows/${instant.id}\\?project=${project.id}$`));
	const choice = page.getByLabel(/^Project/);
	await page.waitForFunction((id) => document.getElementById('run-project')?.value === id && document.getElementById('run-project').selectedOptions[0].text === 'Website', project.id);
	// taken out of the project, and put into it again: the address says it
	await choice.selectOption('');
	await page.waitForURL((url) => !url.search.includes('project'));
	await choice.selectOption({ label: 'Website' });
	await page.waitForURL(/project=/);
	await clean(page);
	await page.getByLabel(/^text/i).fill('Ada writes.');
	await page.keyboard.press('Control+Enter');
	await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
	const id = /runs\/([0-9a-f-]{36})/.exec(page.url())[1];
	await e2e.ended({ id });
	const { body } = await e2e.api.get(`/workspaces/${e2e.api.workspace}/runs?project_id=${project.id}`);
	assert.deepEqual(body.data.map((run) => run.id), [id]);

	await page.goto(e2e.at('/runs'));
	await page.getByRole('row').nth(2).waitFor();
	await page.getByRole('button', { name: 'Project', exact: true }).press('Enter');
	await page.getByRole('menuitemcheckbox', { name: 'Website' }).press('Enter');
	await page.waitForURL(new RegExp(`project=${project.id}`));
	await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
	await page.getByRole('button', { name: 'Status', exact: true }).press('Enter');
	await page.getByRole('menuitemcheckbox', { name: 'Failed' }).press('Enter');
	await page.getByText('in this project').waitFor();
	// Clear takes both away
	await page.getByRole('search').getByRole('button', { name: 'Clear' }).press('Enter');
	await page.waitForURL((url) => url.search === '');
	await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 1);
	assert.deepEqual(page.problems, []);
});

test('the mail that confirms an address is sent again from the profile', async () => {
	const person = await signUp(e2e, 'Mia Ode');
	const page = await pageOf(e2e, person);
	await page.goto(`${e2e.stack.url}/account/profile`);
	const send = page.getByRole('button', { name: 'Send the mail' });
	await send.press('Enter');
	// the first one came with the account
	await page.getByText('A mail was sent a moment ago.').waitFor();
	e2e.stack.sql("update email_confirmation set created_at = now() - interval '2 minutes'");
	await send.press('Enter');
	await page.getByText('A mail with a link is on its way').first().waitFor();
	await clean(page);
	// to each who signed up in this file, and now again to her
	const mail = (await smtp.until(3)).at(-1);
	await page.goto(`${e2e.stack.url}${/https:\/\/mill\.test(\/\S+)/.exec(mail.body)[1]}`);
	await page.getByRole('button', { name: 'Confirm address' }).press('Enter');
	await page.getByText('It is known now that the address is yours.').waitFor();
	await page.goto(`${e2e.stack.url}/account/profile`);
	await page.getByText('Change password').waitFor();
	assert.equal(await page.getByText('Confirm your address').count(), 0);
});

test('who has no password is told where the second factor is, and is asked for no password', async () => {
	const person = await signUp(e2e, 'Pia Lund');
	e2e.stack.sql(`update app_user set password_hash = '' where email = '${person.email}'`);
	const page = await pageOf(e2e, person);
	await page.goto(`${e2e.stack.url}/account/second-factor`);
	await page.getByText('You have no password: you sign in by a provider').waitFor();
	assert.equal(await page.getByRole('button', { name: 'Set up' }).count(), 0);
	await clean(page);
	await page.goto(`${e2e.stack.url}/account/profile`);
	await page.getByText('You have none: you sign in by a provider.').waitFor();
	assert.equal(await page.getByLabel('Current password').count(), 0);
	await clean(page);
	assert.deepEqual(page.problems, []);
});

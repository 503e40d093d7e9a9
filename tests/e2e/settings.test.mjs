// A workspace's settings in the browser: a new workspace, its name and address, members and roles, invitations, variables, secrets, limits,
// the audit log, and what each role is offered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, soon } from './browser.mjs';
import { join, pageOf, password, signUp } from './people.mjs';

let e2e;
let lin;
before(async () => {
	e2e = await open();
	lin = await join(e2e, 'Lin Chen', 'member');
});
after(() => e2e?.close());

const settings = (section) => e2e.at(`/settings/${section}`);
const row = (page, table, name) => page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: name });
const choose = async (page, button, item) => {
	await page.getByRole('button', { name: button }).click();
	await page.getByRole('menuitem', { name: item }).click();
};

test('a workspace is made from the switcher, named, moved to another address and put away', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows'));
	await page.getByRole('button', { name: /^Switch workspace/ }).click();
	await page.getByRole('menuitem', { name: 'New workspace…' }).click();
	const dialog = page.getByRole('dialog', { name: 'New workspace' });
	await dialog.getByRole('button', { name: 'Create workspace' }).click();
	await dialog.getByText('Name is empty.').waitFor();
	await soon(async () => assert.equal(await dialog.getByLabel('Name', { exact: true }).getAttribute('aria-invalid'), 'true'));
	await page.keyboard.type('Second place');
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/w\/second-place\/workflows$/);
	await page.getByRole('button', { name: 'Switch workspace: Second place' }).waitFor();

	await page.keyboard.press('g');
	await page.keyboard.press('s');
	await page.waitForURL(/\/w\/second-place\/settings\/general$/);
	await page.getByLabel('Short name').fill('Not this');
	await page.keyboard.press('Control+s');
	await page.getByText('Small letters, digits and hyphens only').waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'settings-slug');
	await page.getByLabel('Short name').fill('the-second');
	await page.getByLabel('Name', { exact: true }).fill('The second');
	await page.getByRole('radio', { name: 'For some days after they end' }).check();
	await page.getByLabel('Days', { exact: true }).fill('30');
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/w\/the-second\/settings\/general$/);
	await page.getByRole('button', { name: 'Switch workspace: The second' }).waitFor();
	await page.reload();
	await soon(async () => assert.equal(await page.getByLabel('Days', { exact: true }).inputValue(), '30'));

	// an address that somebody else has
	await page.getByLabel('Short name').fill(e2e.slug);
	await page.getByRole('button', { name: /^Save/ }).click();
	await page.getByRole('alert').getByText('Another workspace is called').waitFor();
	await page.getByRole('textbox', { name: 'Short name' }).fill('the-second');

	// the only owner stays; the workspace is put away, and comes back by Undo
	await soon(async () => assert.equal(await page.getByRole('button', { name: 'Leave workspace…' }).getAttribute('aria-disabled'), 'true'));
	await page.getByRole('button', { name: 'Archive workspace…' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Archive workspace' }).click();
	await page.getByText('The second is archived.').first().waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.waitForURL(/\/w\/the-second\/settings\/general$/);
	await page.getByRole('button', { name: 'Archive workspace…' }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('somebody is invited by a link that is shown once, and joins by it; their role is changed; they are removed', async () => {
	const page = await e2e.page();
	await page.goto(settings('members'));
	await row(page, 'Members', 'Lin Chen').getByRole('cell', { name: 'off', exact: true }).waitFor();
	assert.deepEqual(await page.getByRole('table', { name: 'Members' }).getByRole('columnheader').allTextContents(), ['Person', 'Role', '2nd factor', 'Last seen', 'Joined', 'Actions']);
	assert.equal(await row(page, 'Members', 'Lin Chen').locator('time').count(), 2, 'when Lin was seen, and joined');
	await page.keyboard.press('c');
	const dialog = page.getByRole('dialog', { name: 'Invite by link' });
	await dialog.getByLabel('For whom').fill('Sam, for the press');
	await dialog.getByRole('radio', { name: 'Viewer' }).check();
	await dialog.getByRole('button', { name: 'Make link' }).click();
	const shown = page.getByRole('dialog', { name: 'The invitation link' });
	const link = await shown.getByLabel('Link', { exact: true }).inputValue();
	assert.match(link, /\/invitations\/[A-Za-z0-9_-]{43}$/);
	// not copied: it asks once
	await page.keyboard.press('Escape');
	await shown.getByText('The invitation link was not copied').waitFor();
	await shown.getByRole('button', { name: 'Close anyway' }).click();
	await row(page, 'Invitations', 'Sam, for the press').waitFor();

	// a stranger is told to sign in, and comes back
	const sam = await signUp(e2e, 'Sam Ode');
	const other = await e2e.page({ signedIn: false });
	await other.goto(link);
	await other.getByRole('heading', { name: 'You are invited' }).waitFor();
	assert.equal(await other.getByText(/demo/i).count(), 0, 'nothing is told before one is signed in');
	await other.getByRole('link', { name: 'Sign in' }).click();
	await other.getByLabel('E-mail').fill(sam.email);
	await other.getByLabel('Password', { exact: true }).fill(password);
	await other.getByRole('button', { name: 'Sign in' }).click();
	await other.waitForURL(link);
	await other.getByText('invites you as viewer').waitFor();
	await other.getByRole('button', { name: 'Join workspace' }).click();
	await other.waitForURL(new RegExp(`/w/${e2e.slug}/workflows$`));
	await other.getByRole('table', { name: 'Workflows' }).waitFor();

	// the same link does not work twice, and says so
	await other.goto(link);
	await other.getByRole('heading', { name: 'This invitation cannot be used' }).waitFor();

	await page.reload();
	await row(page, 'Members', 'Sam Ode').waitFor();
	await page.getByText('No invitation is open.').waitFor();
	// Sam looks on meanwhile, and sees each change without loading the page again
	await other.goto(e2e.at('/workflows'));
	await other.getByRole('table', { name: 'Workflows' }).waitFor();
	assert.equal(await other.getByRole('link', { name: /^New workflow/ }).count(), 0, 'viewers read');
	await other.evaluate(() => { window.sameDocument = true; });
	await page.getByRole('button', { name: 'Role of Sam Ode: Viewer' }).click();
	await page.getByRole('menuitemcheckbox', { name: /^Admin/ }).click();
	await page.getByRole('button', { name: 'Role of Sam Ode: Admin' }).waitFor();
	await other.getByRole('link', { name: /^New workflow/ }).waitFor();
	await other.getByRole('link', { name: 'Settings' }).click();
	await other.getByRole('link', { name: 'Members' }).click();
	await other.getByRole('button', { name: /^Invite by link/ }).waitFor();
	await choose(page, 'Actions of Sam Ode', 'Remove…');
	const removing = page.getByRole('dialog', { name: 'Remove Sam Ode?' });
	await removing.getByRole('button', { name: 'Remove Sam Ode' }).click();
	await page.waitForFunction(() => ![...document.querySelectorAll('table')].some((table) => table.textContent.includes('Sam Ode')));
	await other.getByRole('heading', { name: 'This does not exist, or you cannot see it' }).waitFor();
	assert.equal(await other.getByRole('button', { name: /^Switch workspace/ }).count(), 0);
	assert.ok(await other.evaluate(() => window.sameDocument), 'the page was never loaded again');
	// and that the session was ended
	const [{ id }] = (await sam.get('/account/sessions')).body.data.filter((one) => !one.current);
	await other.goto(`${e2e.stack.url}/account/profile`);
	await other.getByRole('heading', { level: 1, name: 'Profile' }).waitFor();
	assert.equal((await sam.delete(`/account/sessions/${id}`)).status, 204);
	await other.waitForURL(/\/sign-in\?to=/);
	assert.deepEqual([...page.problems, ...other.problems], []);
});

test('one page of a browser listens for all of them, and another one when it is closed', async () => {
	const ivo = await join(e2e, 'Ivo Lind', 'viewer');
	const context = await e2e.context({ signedIn: ivo });
	const streams = [];
	context.on('request', (request) => request.url().endsWith('/api/session/live') && streams.push(request.frame().page()));
	const [first, second] = [await context.newPage(), await context.newPage()];
	const role = async (name) => {
		const admin = await e2e.page();
		await admin.goto(settings('members'));
		await admin.getByRole('button', { name: /^Role of Ivo Lind/ }).click();
		await admin.getByRole('menuitemcheckbox', { name }).click();
		await admin.getByRole('button', { name: new RegExp(`^Role of Ivo Lind: ${name.source.slice(1)}`) }).waitFor();
		await admin.close();
	};
	for (const one of [first, second]) {
		await one.goto(e2e.at('/workflows'));
		await one.getByRole('table', { name: 'Workflows' }).waitFor();
		await soon(() => assert.deepEqual(streams, [first]));
	}
	await role(/^Member/);
	for (const one of [first, second]) await one.getByRole('link', { name: /^New workflow/ }).waitFor();
	assert.deepEqual(streams, [first]);
	await first.close();
	await soon(() => assert.deepEqual(streams, [first, second]));
	await role(/^Viewer/);
	await second.getByRole('link', { name: /^New workflow/ }).waitFor({ state: 'detached' });
	await context.close();
});

test('what a member kept private goes to whom it is given', async () => {
	const max = await join(e2e, 'Max Ito', 'member');
	const made = await max.post(`/workspaces/${e2e.api.workspace}/prompts`, { name: 'Only Max knew', body: 'Say {{it}}', visibility: 'private' });
	assert.equal(made.status, 201);
	const page = await e2e.page();
	await page.goto(settings('members'));
	await choose(page, 'Actions of Max Ito', 'Remove…');
	await page.getByRole('dialog').getByLabel(/^What they keep private goes to/).selectOption({ label: 'Lin Chen' });
	await page.getByRole('dialog').getByRole('button', { name: 'Remove Max Ito' }).click();
	await page.getByText('Max Ito is removed. What they kept private is Lin Chen’s now.').first().waitFor();
	const prompts = (await lin.get(`/workspaces/${e2e.api.workspace}/prompts?limit=100`)).body.data;
	assert.ok(prompts.some((prompt) => prompt.name === 'Only Max knew'));
});

test('an invitation is revoked', async () => {
	const { token } = await e2e.post('/invitations', { role: 'member', note: 'Nobody' });
	const page = await e2e.page();
	await page.goto(settings('members'));
	await page.getByRole('button', { name: 'Revoke the invitation for Nobody' }).click();
	await page.getByText('No invitation is open.').waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'invitations-heading');
	await page.goto(`${e2e.stack.url}/invitations/${token}`);
	await page.getByText('The invitation was withdrawn. Ask for another.').waitFor();
});

test('variables are set, changed, deleted and brought back; a secret is written and never shown', async () => {
	const page = await e2e.page();
	await page.goto(settings('variables'));
	await page.getByText('Variables belong here').waitFor();
	await page.keyboard.press('c');
	let dialog = page.getByRole('dialog', { name: 'Add variable' });
	await dialog.getByLabel('Name').fill('1st');
	await page.keyboard.press('Control+Enter');
	await dialog.getByText('A name has letters, digits and underscores').waitFor();
	await dialog.getByLabel('Name').fill('SENDER');
	await dialog.getByLabel('Value').fill('news@example.com');
	await page.keyboard.press('Control+Enter');
	await row(page, 'Variables', 'SENDER').getByText('news@example.com').waitFor();
	await choose(page, 'Actions of SENDER', 'Change…');
	dialog = page.getByRole('dialog', { name: 'Change SENDER' });
	await dialog.getByLabel('Value').fill('');
	await dialog.getByLabel('Value').pressSequentially('press@example.com');
	// what was typed is not lost by Esc
	await page.keyboard.press('Escape');
	await dialog.getByRole('button', { name: 'Keep it' }).click();
	await dialog.getByRole('button', { name: 'Save' }).click();
	await row(page, 'Variables', 'SENDER').getByText('press@example.com').waitFor();
	await choose(page, 'Actions of SENDER', 'Delete');
	await page.getByText('Variables belong here').waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await row(page, 'Variables', 'SENDER').getByText('press@example.com').waitFor();

	await page.getByRole('button', { name: 'Add secret' }).click();
	dialog = page.getByRole('dialog', { name: 'Add secret' });
	await dialog.getByLabel('Name').fill('API_KEY');
	await dialog.getByRole('button', { name: 'Add secret' }).click();
	await dialog.getByText('Value is empty.').waitFor();
	await dialog.getByLabel('Value').fill('sk-never-seen-again');
	await dialog.getByRole('button', { name: 'Add secret' }).click();
	await row(page, 'Secrets', 'API_KEY').getByText('sealed').waitFor();
	await choose(page, 'Actions of API_KEY', 'Replace value…');
	assert.equal(await page.getByRole('dialog').getByLabel('Value').inputValue(), '');
	await page.keyboard.press('Escape');
	assert.ok(!(await page.content()).includes('sk-never-seen-again'));
	await choose(page, 'Actions of API_KEY', 'Delete…');
	await page.getByRole('dialog').getByRole('button', { name: 'Delete API_KEY' }).click();
	await page.getByText('Secrets belong here').waitFor();
	assert.deepEqual(page.problems, []);
});

test('a limit is set; a run that waits for it names it here and in the run; raised, it goes on', async () => {
	const page = await e2e.page();
	await page.goto(settings('limits'));
	await page.getByText('Limits belong here').waitFor();
	await page.keyboard.press('c');
	let dialog = page.getByRole('dialog', { name: 'Set a limit' });
	await dialog.getByRole('radio', { name: 'Calls at once' }).check();
	await dialog.getByRole('button', { name: 'Set limit' }).click();
	await dialog.getByText('Write a whole number up to 1,000,000.').waitFor();
	await dialog.getByLabel('Calls at once', { exact: true }).last().fill('0');
	await dialog.getByRole('button', { name: 'Set limit' }).click();
	await row(page, 'Limits', 'The whole workspace').getByText('no calls').waitFor();
	const run = await e2e.run(await e2e.workflow('Extract → Summarise → Actions'));
	await row(page, 'Limits', 'The whole workspace').getByText('1 run waits').waitFor();
	await row(page, 'Limits', 'The whole workspace').getByText('reached').waitFor();

	const beside = await e2e.page();
	await beside.goto(e2e.at(`/runs/${run.id}`));
	await beside.getByText('waiting for a limit of the workspace: calls at once').first().waitFor();

	await choose(page, 'Actions of The whole workspace, Calls at once', 'Change…');
	dialog = page.getByRole('dialog', { name: 'Change the limit' });
	await dialog.getByLabel('Calls at once').fill('3');
	await dialog.getByRole('button', { name: 'Save' }).click();
	await row(page, 'Limits', 'The whole workspace').getByText('3 calls at once').waitFor();
	await e2e.ended(run);

	// what the server refuses lands on its field
	await page.getByRole('button', { name: /^Set limit/ }).click();
	dialog = page.getByRole('dialog', { name: 'Set a limit' });
	await dialog.getByLabel('Dollars').fill('5');
	await dialog.getByLabel('About').selectOption({ label: 'A model' });
	await dialog.getByLabel('Model').fill('builtin/nothing');
	await dialog.getByRole('button', { name: 'Set limit' }).click();
	await dialog.getByText('There is no such model.').waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'limit-of');
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await dialog.getByRole('button', { name: 'Discard it' }).click();

	await choose(page, 'Actions of The whole workspace, Calls at once', 'Delete…');
	await page.getByRole('dialog').getByRole('button', { name: 'Delete limit' }).click();
	await page.getByText('Limits belong here').waitFor();
	assert.deepEqual([...page.problems, ...beside.problems], []);
});

test('the audit log is filtered by person, kind, act and days, and the address keeps it', async () => {
	await lin.post(`/workspaces/${e2e.api.workspace}/prompts`, { name: 'A prompt of Lin', body: 'Say {{it}}', visibility: 'workspace' });
	const page = await e2e.page();
	await page.goto(settings('audit'));
	await row(page, 'Audit log', 'Create prompt').first().waitFor();
	await page.getByRole('button', { name: /^Kind/ }).click();
	await page.getByRole('menuitemcheckbox', { name: 'prompt' }).click();
	await page.waitForURL(/kind=prompt/);
	await page.waitForFunction(() => [...document.querySelectorAll('tbody tr')].every((one) => one.textContent.includes('prompt')));
	await page.getByRole('button', { name: /^Who/ }).click();
	await page.getByRole('menuitemcheckbox', { name: 'Lin Chen' }).click();
	await page.waitForURL(/who=/);
	await row(page, 'Audit log', 'A prompt of Lin').waitFor();
	await soon(async () => assert.equal(await page.getByRole('table', { name: 'Audit log' }).getByRole('row').filter({ hasNotText: 'Lin Chen' }).count(), 1, 'the head alone'));
	await page.getByLabel('Until').fill('2020-01-01');
	await page.getByText('Nothing in the log fits these filters.').waitFor();
	await page.reload();
	await page.getByText('Nothing in the log fits these filters.').waitFor();
	await soon(async () => assert.equal(await page.getByLabel('Until').inputValue(), '2020-01-01'));
	await page.getByRole('button', { name: 'Clear filters' }).click();
	await row(page, 'Audit log', 'Create prompt').first().waitFor();
	assert.deepEqual(page.problems, []);
});

test('members and viewers are offered what they may do, and leave by themselves', async () => {
	const vic = await join(e2e, 'Vic Low', 'viewer');
	const page = await pageOf(e2e, vic);
	await page.goto(settings('general'));
	await page.getByText('Admins and owners change these settings.').waitFor();
	const tabs = page.getByRole('navigation', { name: 'Settings' }).getByRole('link');
	assert.deepEqual(await tabs.allTextContents(), ['General', 'Members', 'Variables and secrets']);
	await page.goto(settings('limits'));
	await page.getByRole('heading', { name: 'This does not exist, or you cannot see it' }).waitFor();
	await page.goto(settings('members'));
	await row(page, 'Members', 'Vic Low').waitFor();
	assert.deepEqual(await page.getByRole('table', { name: 'Members' }).getByRole('columnheader').allTextContents(), ['Person', 'Role', 'Joined']);
	assert.equal(await page.getByRole('button', { name: /^(Role|Actions) of/ }).count(), 0);
	assert.equal(await page.getByText('Invitations').count(), 0);
	await page.goto(settings('general'));
	await page.getByRole('button', { name: 'Leave workspace…' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Leave workspace' }).click();
	await page.getByText(/^You have left/).first().waitFor();
	await page.goto(e2e.at('/workflows'));
	await page.getByRole('heading', { name: 'This does not exist, or you cannot see it' }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('a workspace is handed over, and both see at once what they are now', async () => {
	const { body: place } = await e2e.api.post('/workspaces', { name: 'Passed on' });
	const uma = await signUp(e2e, 'Uma Reed');
	const { body: invitation } = await e2e.api.post(`/workspaces/${place.id}/invitations`, { role: 'member' });
	assert.equal((await uma.post(`/invitations/${invitation.token}/accept`)).status, 200);
	const general = `${e2e.stack.url}/w/${place.slug}/settings/general`;
	const [page, hers] = [await e2e.page(), await pageOf(e2e, uma)];
	await hers.goto(general);
	await hers.getByText('Admins and owners change these settings.').waitFor();
	await page.goto(`${e2e.stack.url}/w/${place.slug}/settings/members`);
	await choose(page, 'Actions of Uma Reed', 'Hand over to them…');
	await page.getByRole('dialog').getByText('You become an admin, and cannot take it back yourself.').waitFor();
	await page.getByRole('dialog').getByRole('button', { name: 'Hand over to Uma Reed' }).click();
	await row(page, 'Members', 'Uma Reed').getByText('Owner').waitFor();
	await hers.getByRole('button', { name: 'Archive workspace…' }).waitFor();
	await hers.getByRole('button', { name: /^Save/ }).waitFor();
	await page.goto(general);
	await page.getByRole('button', { name: /^Save/ }).waitFor();
	assert.equal(await page.getByRole('button', { name: 'Archive workspace…' }).count(), 0);
	assert.deepEqual([...page.problems, ...hers.problems], []);
});

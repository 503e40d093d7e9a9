// Projects in the browser: made, set up, with their runs, put away; what is public, read and cloned from another workspace; and a workspace
// that is archived.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open } from './browser.mjs';
import { pageOf, signUp } from './people.mjs';

let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

test('a project is made, has runs, is changed and put away; nothing is overwritten', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/runs'));
	await page.getByRole('heading', { level: 1 }).waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('j');
	await page.waitForURL(/\/projects$/);
	await page.getByText('Projects belong here').waitFor();
	await page.keyboard.press('c');
	const dialog = page.getByRole('dialog', { name: 'New project' });
	await dialog.getByRole('button', { name: 'Create project' }).click();
	await dialog.getByText('Name is empty.').waitFor();
	await page.keyboard.type('Website');
	await dialog.getByLabel(/^Workflow/).selectOption({ label: 'Instant chain' });
	await dialog.getByRole('button', { name: 'Create project' }).click();
	await page.waitForURL(/\/projects\/[0-9a-f-]{36}$/);
	const id = page.url().match(/projects\/([0-9a-f-]{36})/)[1];
	await page.getByText('No run is in it yet.').waitFor();
	const run = await e2e.post('/runs', { project_id: id, input: { text: 'Ada writes.' } });
	await e2e.ended(run);
	await page.getByRole('table', { name: 'Runs' }).getByRole('link', { name: 'Instant chain' }).waitFor();

	await page.getByLabel(/^Time limit/).fill('0');
	await page.keyboard.press('Control+s');
	await page.getByText('Write a whole number from 1 to 86,400.').waitFor();
	await page.getByLabel(/^Time limit/).fill('90');
	await page.keyboard.press('Control+s');
	await page.getByText('Saved', { exact: true }).first().waitFor();
	const read = async () => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/projects/${id}`)).body;
	assert.deepEqual((await read()).config, { timeout_seconds: 90 });

	// somebody is faster
	await page.getByLabel(/^Description/).fill('Mine');
	const theirs = await e2e.api.request('PATCH', `/workspaces/${e2e.api.workspace}/projects/${id}`, { name: 'Web' }, { 'if-match': '*' });
	assert.equal(theirs.status, 200);
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText('Not saved. Somebody changed it').waitFor();
	assert.equal((await read()).description, '');
	await page.getByRole('heading', { level: 1, name: 'Web' }).waitFor();
	assert.equal(await page.getByLabel(/^Description/).inputValue(), 'Mine');
	await page.keyboard.press('Control+s');
	await page.waitForFunction(() => ![...document.querySelectorAll('[role=alert]')].some((one) => one.textContent.includes('Not saved')));

	await page.getByRole('button', { name: 'Archive project' }).click();
	await page.getByText('It is archived: no run is made in it.').waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByRole('button', { name: 'Archive project' }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('what is public is read and cloned in another workspace', async () => {
	const made = await e2e.post('/prompts', { name: 'For everybody', body: 'Say {{text}} to all.', visibility: 'public' });
	assert.equal(made.visibility, 'public');
	const nia = await signUp(e2e, 'Nia Far');
	const place = (await nia.post('/workspaces', { name: 'Far away' })).body;
	const page = await pageOf(e2e, nia);
	await page.goto(`${e2e.stack.url}/w/${place.slug}/prompts`);
	await page.getByRole('link', { name: 'Public' }).click();
	await page.waitForURL(/from=public/);
	await page.getByRole('link', { name: 'For everybody' }).click();
	await page.getByRole('region', { name: 'Text of For everybody' }).getByText('Say {{text}} to all.').waitFor();
	await page.getByRole('button', { name: 'Clone For everybody…' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Clone' }).click();
	await page.waitForURL(/\/prompts\/[0-9a-f-]{36}$/);
	assert.equal(await page.getByRole('textbox', { name: 'Text' }).inputValue(), 'Say {{text}} to all.');
	await page.goto(`${e2e.stack.url}/w/${place.slug}/workflows?from=public`);
	await page.getByText('Public workflows of all workspaces belong here.').waitFor();
	assert.deepEqual(page.problems, []);
});

test('an archived workspace is apart in the switcher, read only, and restored in its settings', async () => {
	const { body: old } = await e2e.api.post('/workspaces', { name: 'Last year' });
	assert.equal((await e2e.api.post(`/workspaces/${old.id}/archive`)).status, 200);
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows'));
	await page.getByRole('button', { name: /^Switch workspace/ }).click();
	await page.getByRole('menu').getByText('Archived').waitFor();
	await page.getByRole('menuitemcheckbox', { name: /^Last year/ }).click();
	await page.waitForURL(new RegExp(`/w/${old.slug}/workflows`));
	await page.getByText('Workflows belong here').waitFor();
	assert.equal(await page.getByRole('link', { name: /New workflow/ }).count(), 0);
	await page.goto(`${e2e.stack.url}/w/${old.slug}/settings/general`);
	await page.getByRole('button', { name: 'Restore workspace' }).click();
	await page.getByRole('button', { name: 'Archive workspace…' }).waitFor();
	assert.deepEqual(page.problems, []);
});

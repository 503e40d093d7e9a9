// Projects in the browser: made, set up, with their runs, put away; what is public, read and cloned from another workspace; and a workspace
// that is archived.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, soon } from './browser.mjs';
import { join, pageOf, signUp } from './people.mjs';

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
	// by itself: the board is told
	await page.getByRole('region', { name: 'Completed, 1 run' }).getByRole('link', { name: 'Instant chain' }).waitFor();
	await page.getByRole('link', { name: 'List' }).click();
	await page.getByRole('table', { name: 'Runs' }).getByRole('link', { name: 'Instant chain' }).waitFor();

	await page.getByRole('navigation', { name: 'Views of this project' }).getByRole('link', { name: 'Settings' }).click();
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
	await soon(async () => assert.equal(await page.getByLabel(/^Description/).inputValue(), 'Mine'));
	await page.keyboard.press('Control+s');
	await page.waitForFunction(() => ![...document.querySelectorAll('[role=alert]')].some((one) => one.textContent.includes('Not saved')));

	await page.getByRole('button', { name: 'Archive project' }).click();
	await page.getByText('It is archived: no run is made in it.').waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByRole('button', { name: 'Archive project' }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('the board of a project: cards stand in their phases, move as the runs do, and are walked by arrows; on the phone it is one column', async () => {
	const approval = { key: 'sign', name: 'Sign off', kind: 'approval', phase: 'Check' };
	const draft = { key: 'draft', kind: 'transform', value: '{{input.text}}', phase: 'Draft' };
	const flow = await e2e.post('/workflows', { name: 'Piece', visibility: 'workspace', definition: { type: 'flow', steps: [draft, approval, { ...draft, key: 'print', phase: 'Print' }] } });
	const project = await e2e.post('/projects', { name: 'Desk', default_workflow_id: flow.id });
	const page = await e2e.page();
	await page.goto(e2e.at(`/projects/${project.id}`));
	await page.getByText('each run is a card here').waitFor();
	const runs = [];
	for (const text of ['a', 'b']) runs.push(await e2e.post('/runs', { project_id: project.id, input: { text } }));
	const column = (name) => page.getByRole('region', { name });
	await column('Check, 2 runs').getByText('waiting for approval').first().waitFor();
	await soon(async () => assert.deepEqual(await page.getByRole('region', { name: 'Board' }).getByRole('heading', { level: 2 }).allTextContents(),
		['Not begun0', 'Draft0', 'Check2', 'Print0', 'Completed0']));
	await e2e.post(`/runs/${runs[0].id}/approvals/sign`, { decision: 'approve' });
	await column('Completed, 1 run').getByRole('link', { name: 'Piece' }).waitFor();
	await column('Check, 1 run').waitFor();

	await column('Check, 1 run').getByRole('link').focus();
	await page.keyboard.press('ArrowRight');
	await column('Completed, 1 run').locator('a:focus').waitFor();
	await soon(async () => assert.equal(await page.getByRole('region', { name: 'Board' }).locator('a[tabindex="0"]').count(), 1, 'one tab stop'));
	await page.keyboard.press('Enter');
	await page.waitForURL(new RegExp(`/runs/${runs[0].id}`));
	await page.goBack();
	await page.getByLabel('Columns').selectOption({ label: 'States' });
	await page.waitForURL(/by=status/);
	await column('Running, 1 run').waitFor();

	const phone = await e2e.page({ width: 375, dark: true });
	await phone.goto(e2e.at(`/projects/${project.id}`));
	await phone.getByRole('region', { name: 'Check, 1 run' }).waitFor();
	await soon(async () => assert.equal(await phone.evaluate(() => [...document.querySelectorAll('main section section')].filter((column) => column.getBoundingClientRect().right > window.innerWidth).length), 0, 'nothing sideways'));
	if (process.env.SHOTS) {
		await page.goto(e2e.at(`/projects/${project.id}`));
		await column('Check, 1 run').waitFor();
		await page.screenshot({ path: `${process.env.SHOTS}/board.png` });
		await phone.screenshot({ path: `${process.env.SHOTS}/board-phone.png` });
	}
	assert.deepEqual([...page.problems, ...phone.problems], []);
});

test('a person begins each phase of a project’s runs: its settings, the card, and Continue', async () => {
	const step = { kind: 'transform', value: '{{input.text}}' };
	const flow = await e2e.post('/workflows', { name: 'By hand', visibility: 'workspace', definition: { type: 'flow', steps: [{ ...step, key: 'draft', phase: 'Draft' }, { ...step, key: 'ship', phase: 'Ship' }] } });
	const project = await e2e.post('/projects', { name: 'Slow desk', default_workflow_id: flow.id });
	const page = await e2e.page();
	await page.goto(e2e.at(`/projects/${project.id}`));
	await page.getByRole('navigation', { name: 'Views of this project' }).getByRole('link', { name: 'Settings' }).click();
	await page.getByRole('switch', { name: 'Phases follow each other' }).uncheck();
	await page.keyboard.press('Control+s');
	await page.getByText('Saved', { exact: true }).first().waitFor();
	const run = await e2e.post('/runs', { project_id: project.id, input: { text: 'a' } });
	await page.goto(e2e.at(`/projects/${project.id}`));
	await page.getByRole('region', { name: 'Draft, 1 run' }).getByText('waits at Ship: Continue').waitFor();
	await page.getByRole('link', { name: 'By hand' }).click();
	await page.getByText('waits at Ship: Continue').waitFor();
	await page.getByRole('button', { name: 'Continue' }).click();
	await e2e.ended(run);
	await page.getByText('Completed').first().waitFor();
	assert.deepEqual(page.problems, []);
});

test('a project is deleted by an admin who writes its name; its runs stay, and say so; run again is made in the project while there is one', async () => {
	const flow = await e2e.workflow('Instant chain');
	const project = await e2e.post('/projects', { name: 'Autumn issue', default_workflow_id: flow.id });
	const run = await e2e.post('/runs', { project_id: project.id, input: { text: 'Ada writes.' } });
	await e2e.ended(run);
	const page = await e2e.page();
	const settings = e2e.at(`/projects/${project.id}?view=settings`);
	await page.goto(e2e.at(`/runs/${run.id}`));
	await page.getByRole('link', { name: 'in Autumn issue' }).waitFor();
	await page.getByRole('button', { name: /^Run again/ }).click();
	await page.waitForURL((url) => url.pathname.includes('/runs/') && !url.pathname.includes(run.id));
	await page.getByRole('link', { name: 'in Autumn issue' }).click();
	await page.waitForURL(/\/projects\//);
	await page.getByRole('region', { name: /^Completed, / }).getByRole('link', { name: 'Instant chain' }).nth(1).waitFor();

	// members do not see it; who made it neither
	const mia = await join(e2e, 'Mia Ode', 'member');
	const { body: own } = await mia.post(`/workspaces/${e2e.api.workspace}/projects`, { name: 'Her own' });
	const hers = await pageOf(e2e, mia);
	await hers.goto(e2e.at(`/projects/${own.id}?view=settings`));
	await hers.getByRole('button', { name: /^Save/ }).waitFor();
	assert.equal(await hers.getByRole('button', { name: 'Delete project…' }).count(), 0);

	await page.goto(settings);
	await page.getByRole('button', { name: 'Delete project…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Delete Autumn issue?' });
	await dialog.getByText('Those that have not ended go on.').waitFor();
	await dialog.getByRole('button', { name: 'Delete project' }).click();
	await dialog.getByText('This is not its name. Write Autumn issue.').waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'project-delete-name');
	await page.keyboard.type('Autumn issue');
	// somebody changes it meanwhile: nothing is deleted unseen
	assert.equal((await e2e.api.request('PATCH', `/workspaces/${e2e.api.workspace}/projects/${project.id}`, { description: 'Needed' }, { 'if-match': '*' })).status, 200);
	await page.keyboard.press('Enter');
	await dialog.getByText(/^Not deleted\. Somebody has changed this/).waitFor();
	await dialog.getByRole('button', { name: 'Delete project' }).click();
	await page.waitForURL(/\/projects$/);
	await page.locator('.toast').getByText('Autumn issue is deleted. Its runs stay.').waitFor();
	await page.getByRole('link', { name: 'Her own' }).waitFor();
	assert.equal(await page.getByRole('link', { name: 'Autumn issue' }).count(), 0);
	await page.goBack();
	await page.getByRole('heading', { name: 'This does not exist, or you cannot see it' }).waitFor();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await page.getByText('in a project that is deleted').waitFor();
	await page.getByRole('button', { name: /^Run again/ }).click();
	await page.waitForURL((url) => url.pathname.includes('/runs/') && !url.pathname.includes(run.id));
	await page.getByRole('heading', { level: 1, name: 'Instant chain' }).waitFor();
	assert.equal(await page.getByText('in a project').count(), 0);

	// one without runs asks no name
	await page.goto(e2e.at(`/projects/${own.id}?view=settings`));
	await page.getByRole('button', { name: 'Delete project…' }).click();
	const short = page.getByRole('dialog', { name: 'Delete Her own?' });
	assert.equal(await short.getByRole('textbox').count(), 0);
	await short.getByRole('button', { name: 'Delete project' }).click();
	await page.waitForURL(/\/projects$/);
	await page.locator('.toast').getByText('Her own is deleted.').waitFor();
	assert.deepEqual([...page.problems, ...hers.problems], []);
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
	await soon(async () => assert.equal(await page.getByRole('textbox', { name: 'Text' }).inputValue(), 'Say {{text}} to all.'));
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

// Prompts in the browser: found, written, saved as versions, shared, cloned, archived; and two people who change one at the same time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, soon } from './browser.mjs';
import { join, pageOf } from './people.mjs';

let e2e;
let lin;
before(async () => {
	e2e = await open();
	lin = await join(e2e, 'Lin Chen', 'admin');
});
after(() => e2e?.close());

const prompt = (name, body, visibility = 'workspace') => e2e.post('/prompts', { name, body, visibility });
const read = async (id) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/prompts/${id}`)).body;
const change = (who, { id, revision }, changes) =>
	who.request('PATCH', `/workspaces/${e2e.api.workspace}/prompts/${id}`, changes, { 'if-match': `"${revision}"` });
const deed = async (page, name, item) => {
	await page.getByRole('button', { name: `Actions of ${name}` }).click();
	await page.getByRole('menuitem', { name: item }).click();
};

test('by keyboard: a prompt is written, changed, saved as the next version, and an older text is taken back', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows'));
	await page.getByRole('table', { name: 'Workflows' }).waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('p');
	await page.waitForURL(/\/prompts$/);
	await page.getByRole('table', { name: 'Prompts' }).getByRole('row').nth(1).waitFor();
	await page.keyboard.press('c');
	const dialog = page.getByRole('dialog', { name: 'New prompt' });
	await dialog.getByLabel('Name').fill('Tell it');
	await dialog.getByLabel('Text').fill('Tell {{text}} plainly.');
	await page.keyboard.press('Control+Enter');
	await page.getByRole('heading', { level: 1, name: 'Tell it' }).waitFor();
	await page.waitForURL(/\/prompts\/[0-9a-f-]{36}$/);

	await page.getByRole('textbox', { name: 'Text' }).fill('');
	await page.keyboard.press('Control+s');
	await page.getByText('Text is empty.').waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'prompt-body');
	await page.keyboard.type('Tell {{text}} in {{language}}.');
	await page.getByText('2 variables: text, language').waitFor();
	await page.getByText('Not saved yet: kept on this device').waitFor();
	await page.reload();
	await soon(async () => assert.equal(await page.getByRole('textbox', { name: 'Text' }).inputValue(), 'Tell {{text}} in {{language}}.'));
	await page.getByLabel('Why it changes').fill('for readers elsewhere');
	await page.keyboard.press('Control+s');
	await page.getByText('Saved as v2.').first().waitFor();
	await soon(async () => assert.equal(await page.getByText('Not saved yet: kept on this device').count(), 0));

	await page.getByRole('link', { name: 'Versions' }).click();
	const versions = page.getByRole('table', { name: 'Versions' });
	await versions.getByRole('row').filter({ hasText: 'for readers elsewhere' }).waitFor();
	await page.getByRole('link', { name: 'v1' }).click();
	await page.waitForURL(/version=1/);
	await page.getByRole('region', { name: 'Text of v1' }).getByText('Tell {{text}} plainly.').waitFor();
	await page.getByRole('button', { name: 'Use this text' }).click();
	await soon(async () => assert.equal(await page.getByRole('textbox', { name: 'Text' }).inputValue(), 'Tell {{text}} plainly.'));
	await page.getByRole('button', { name: 'Discard changes' }).click();
	await soon(async () => assert.equal(await page.getByRole('textbox', { name: 'Text' }).inputValue(), 'Tell {{text}} in {{language}}.'));
	assert.deepEqual(page.problems, []);
});

test('when somebody else was faster, both texts are shown and nothing is overwritten; then mine is saved on top', async () => {
	const made = await prompt('Two at once', 'Say {{it}}.');
	const page = await e2e.page();
	await page.goto(e2e.at(`/prompts/${made.id}`));
	await page.getByRole('textbox', { name: 'Text' }).fill('Mine says {{it}}.');
	assert.equal((await change(lin, made, { body: 'Lin says {{it}}.' })).status, 200);
	await page.keyboard.press('Control+s');
	const alert = page.getByRole('alert').filter({ hasText: 'Lin Chen saved v2 while you edited v1.' });
	await alert.waitFor();
	await alert.getByRole('region', { name: 'Lin Chen’s, v2' }).getByText('Lin says {{it}}.').waitFor();
	await alert.getByRole('region', { name: 'Yours, not saved' }).getByText('Mine says {{it}}.').waitFor();
	assert.equal((await read(made.id)).body, 'Lin says {{it}}.');
	await alert.getByRole('button', { name: 'Save mine as v3' }).click();
	await page.getByText('Saved as v3.').first().waitFor();
	assert.deepEqual([(await read(made.id)).body, (await read(made.id)).version], ['Mine says {{it}}.', 3]);

	// and the other choice
	await page.getByRole('textbox', { name: 'Text' }).fill('Mine again {{it}}.');
	assert.equal((await change(lin, await read(made.id), { body: 'Lin again {{it}}.' })).status, 200);
	await page.keyboard.press('Control+s');
	await page.getByRole('button', { name: 'Discard mine' }).click();
	await soon(async () => assert.equal(await page.getByRole('textbox', { name: 'Text' }).inputValue(), 'Lin again {{it}}.'));
	assert.equal((await read(made.id)).version, 4);
	assert.deepEqual(page.problems, []);
});

test('a prompt is shared, cloned and archived; members only read what others made', async () => {
	const made = await prompt('House style', 'Write {{it}} as we do.', 'private');
	const page = await e2e.page();
	await page.goto(e2e.at(`/prompts/${made.id}`));
	await deed(page, 'House style', 'Share…');
	await page.getByRole('dialog').getByRole('radio', { name: /^This workspace/ }).check();
	await page.getByRole('dialog').getByRole('button', { name: 'Share' }).click();
	await page.getByText('House style: this workspace.').first().waitFor();
	assert.equal((await read(made.id)).visibility, 'workspace');

	const mia = await join(e2e, 'Mia Sol', 'member');
	const hers = await pageOf(e2e, mia);
	await hers.goto(e2e.at(`/prompts/${made.id}`));
	await hers.getByText('Whoever made it, admins and owners change it.').waitFor();
	assert.equal(await hers.getByRole('button', { name: /^Save/ }).count(), 0);
	await deed(hers, 'House style', 'Clone…');
	await hers.getByRole('dialog').getByLabel('Name').fill('My style');
	await hers.keyboard.press('Enter');
	await hers.getByRole('heading', { level: 1, name: 'My style' }).waitFor();
	await hers.getByText('cloned').waitFor();
	await hers.getByRole('button', { name: /^Save/ }).waitFor();

	await page.goto(e2e.at(`/prompts/${made.id}`));
	await deed(page, 'House style', 'Archive…');
	await page.getByRole('dialog').getByRole('button', { name: 'Archive prompt' }).click();
	await page.waitForURL(/\/prompts$/);
	await page.getByText('House style is archived.').first().waitFor();
	await page.getByRole('table', { name: 'Prompts' }).getByRole('row').nth(1).waitFor();
	assert.equal(await page.getByRole('link', { name: 'House style' }).count(), 0);
	assert.deepEqual([...page.problems, ...hers.problems], []);
});

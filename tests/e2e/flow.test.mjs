// The builder beyond chains: steps of every kind, a workflow that is changed and saved as its next version, and two people at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, soon } from './browser.mjs';
import { join } from './people.mjs';

let e2e;
let lin;
before(async () => {
	e2e = await open();
	lin = await join(e2e, 'Lin Chen', 'admin');
});
after(() => e2e?.close());

const add = async (page, name) => {
	await page.getByRole('combobox', { name: 'Add step' }).fill(name);
	await page.getByRole('option', { name }).first().click();
};
const read = async (id) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`)).body;
const idOf = (page) => page.url().match(/workflows\/([0-9a-f-]{36})/)[1];

test('a flow with a step of every kind is built by its forms, and runs', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name', { exact: true }).first().fill('Every kind');
	await add(page, 'Extract key points');
	await page.getByRole('button', { name: 'Accept 1 suggestion' }).click();
	for (const kind of ['Transform', 'Wait for', 'Wait', 'Approval', 'HTTP request', 'Function']) {
		if (kind === 'Wait for') continue;
		await page.getByRole('combobox', { name: 'Add step' }).fill(kind);
		await page.getByRole('option', { name: new RegExp(`^${kind}`) }).first().click();
	}
	const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
	const heads = await steps.getByRole('heading').allTextContents();
	assert.deepEqual(heads, ['Extract key points', 'Transform', 'Wait', 'Approval', 'HTTP request', 'Function']);

	// what is missing is told at its field: the first such step is gone to, and to the others leads the list
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByRole('link', { name: 'Step 5, HTTP request, Address' }).waitFor();
	await page.waitForFunction(() => document.activeElement?.id.endsWith('-field-url'));
	await page.getByRole('alert').getByRole('link', { name: 'Step 6, Function, Code' }).click();
	await page.waitForFunction(() => document.activeElement?.id.endsWith('-field-code'));
	await page.getByLabel('Code', { exact: true }).fill('return { words: input.text.length };');
	await steps.nth(4).getByRole('heading').click();
	await page.getByLabel('Address', { exact: true }).fill('no-address');
	// what may be filled in there, by pointer
	await page.getByRole('button', { name: 'Fill in: Address' }).click();
	await page.getByRole('listbox', { name: 'Fill in: Address' }).getByRole('option', { name: /steps\.wait\.output/ }).waitFor();
	await page.keyboard.press('Escape');
	await page.keyboard.press('Control+s');
	// only the server's checker knows
	await page.getByRole('alert').getByRole('link', { name: 'Step 5, HTTP request, Address' }).waitFor();
	await page.waitForFunction(() => document.activeElement?.id.endsWith('-field-url'));
	await page.getByRole('button', { name: 'Actions of HTTP request' }).click();
	await page.getByRole('menuitem', { name: 'Remove step' }).click();
	await steps.nth(2).getByRole('heading').click();
	await page.getByLabel('Seconds', { exact: true }).fill('0');
	await steps.nth(1).getByRole('heading').click();
	const value = page.getByLabel('Value', { exact: true });
	await soon(async () => assert.match(await value.inputValue(), /steps\.extract_key_points\.output/));
	await value.fill('{"text": "');
	// and by keyboard, where the caret is
	await value.press('End');
	await page.keyboard.type('{{extr');
	await page.getByRole('option', { name: /steps\.extract_key_points\.output/ }).waitFor();
	await page.keyboard.press('Enter');
	await soon(async () => assert.equal(await value.inputValue(), '{"text": "{{steps.extract_key_points.output}}'));
	await value.fill('{"text": "{{steps.extract_key_points.output}}"}');
	// the function is given what the transform made
	await steps.nth(4).getByRole('heading').click();
	await page.getByRole('textbox', { name: /^What it is given/ }).fill('{"text": "{{steps.transform.output.text}}"}');
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const made = await read(idOf(page));
	assert.equal(made.definition.type, 'flow');
	assert.deepEqual(made.definition.steps.map((step) => step.kind), ['prompt', 'transform', 'wait', 'approval', 'function']);
	assert.equal(made.definition.steps[2].seconds, 0);
	const run = await e2e.run(made, { text: 'Ada writes to Lin.' });
	await page.goto(e2e.at(`/runs/${run.id}`));
	await page.getByRole('button', { name: /^Approve/ }).click();
	const ended = await e2e.ended(run);
	assert.equal(ended.status, 'completed');
	assert.ok(ended.output.words > 0);
	assert.deepEqual(page.problems, []);
});

test('a workflow is changed and saved as its next version; nothing of it is lost; a faster person is seen', async () => {
	const made = await e2e.chain('To be changed', [{ name: 'One', options: { delay_ms: 5 } }, { name: 'Two' }]);
	const page = await e2e.page();
	await page.goto(e2e.at(`/workflows/${made.id}`));
	await page.getByRole('heading', { name: 'Run: To be changed' }).waitFor();
	await page.evaluate(() => document.activeElement?.blur());
	await page.keyboard.press('e');
	await page.waitForURL(/\/edit$/);
	await page.getByRole('heading', { level: 1, name: 'Edit: To be changed' }).waitFor();
	const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
	await steps.nth(1).getByRole('heading').click();
	await page.getByRole('region', { name: 'Selected step' }).getByRole('textbox', { name: 'Name', exact: true }).fill('Two, renamed');
	await page.getByLabel('Why it changes').fill('a better name');
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const second = await read(made.id);
	assert.equal(second.version, 2);
	const strip = ({ name, ...step }) => step;
	assert.deepEqual(second.definition.steps.map(strip), made.definition.steps.map(strip), 'options, time limits and keys are as they were');
	assert.equal(second.definition.steps[1].name, 'Two, renamed');

	// somebody else is faster
	await page.goto(e2e.at(`/workflows/${made.id}/edit`));
	await page.getByLabel('Description').fill('Mine');
	await steps.nth(0).getByRole('heading').click();
	await page.getByRole('region', { name: 'Selected step' }).getByRole('textbox', { name: 'Name', exact: true }).fill('My one');
	const theirs = structuredClone(second.definition);
	theirs.steps[0].name = 'One of Lin';
	const patched = await lin.request('PATCH', `/workspaces/${e2e.api.workspace}/workflows/${made.id}`, { definition: theirs }, { 'if-match': `"${second.revision}"` });
	assert.equal(patched.status, 200);
	await page.keyboard.press('Control+s');
	const alert = page.getByRole('alert').filter({ hasText: 'Lin Chen saved v3 while you edited v2.' });
	await alert.getByRole('region', { name: 'Lin Chen’s, v3' }).getByText('One of Lin').waitFor();
	await alert.getByRole('region', { name: 'Yours, not saved' }).getByText('My one').waitFor();
	assert.equal((await read(made.id)).version, 3);
	await alert.getByRole('button', { name: 'Save mine as v4' }).click();
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	assert.deepEqual([(await read(made.id)).version, (await read(made.id)).definition.steps[0].name], [4, 'My one']);

	// and given up, what is there is opened
	const fourth = await read(made.id);
	await page.goto(e2e.at(`/workflows/${made.id}/edit`));
	await page.getByLabel('Name', { exact: true }).first().fill('Never saved');
	await lin.request('PATCH', `/workspaces/${e2e.api.workspace}/workflows/${made.id}`, { name: 'As Lin calls it' }, { 'if-match': `"${fourth.revision}"` });
	await page.keyboard.press('Control+s');
	await page.getByRole('button', { name: 'Discard mine' }).click();
	await page.waitForFunction(() => document.getElementById('workflow-name')?.value === 'As Lin calls it');
	await page.reload();
	await page.waitForFunction(() => document.getElementById('workflow-name')?.value === 'As Lin calls it');

	// its versions, with what each held
	await page.goto(e2e.at(`/workflows/${made.id}/versions`));
	await page.getByRole('row').filter({ hasText: 'a better name' }).getByRole('link', { name: 'v2' }).click();
	await page.getByRole('region', { name: 'Text of v2' }).getByText('Two, renamed').waitFor();
	assert.deepEqual(page.problems, []);
});

test('a shared workflow with a private prompt says so before it shares it', async () => {
	await e2e.post('/prompts', { name: 'Only mine', body: 'Say {{text}}', visibility: 'private' });
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name', { exact: true }).first().fill('With a private one');
	await add(page, 'Extract key points');
	await add(page, 'Only mine');
	await page.keyboard.press('Control+s');
	const dialog = page.getByRole('dialog', { name: 'Share the prompts too?' });
	await dialog.getByText('Only mine').waitFor();
	await dialog.getByRole('button', { name: 'Keep them private' }).click();
	await dialog.waitFor({ state: 'detached' });
	await page.keyboard.press('Control+s');
	await dialog.getByRole('button', { name: 'Share them and save' }).click();
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	assert.deepEqual(page.problems, []);
});

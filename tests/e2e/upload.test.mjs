// Workflows from files: chosen and dropped, looked at and held against what is there, saved when one says so, and downloaded again.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

const clean = async (page) => assert.deepEqual((await violations(page)).map((one) => one.text), []);
const shots = process.env.STEPMILL_SHOTS;
const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png`, fullPage: false });
let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

const read = async (id) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`)).body;
const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
const value = (key, what) => ({ key, name: key, kind: 'transform', value: what });
const choose = (page, files) => page.getByLabel('Files of workflows').and(page.locator('input')).setInputFiles(files);
const NEW = 'name: From a file\nsteps:\n  - key: one\n    kind: transform\n    value: "{{input.text}}"\n';

test('files of all kinds are looked at first, and saved with one key', async () => {
	const there = await e2e.post('/workflows', { name: 'Is there', visibility: 'workspace', definition: { type: 'flow', steps: [value('one', 'a'), value('two', 'b')] } });
	const page = await e2e.page({ height: 1000 });
	await page.goto(e2e.at('/workflows'));
	await page.getByRole('link', { name: 'Is there', exact: true }).waitFor();
	await page.keyboard.press('u');
	await page.waitForURL(/\/workflows\/upload$/);
	const save = page.getByRole('button', { name: /^Save/ });
	assert.ok(await save.isDisabled());
	await clean(page);
	const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose files' }).press('Enter')]);
	await chooser.setFiles([
		file('new.yaml', NEW),
		file('changed.json', JSON.stringify({ name: 'Is there', steps: [value('one', 'a'), value('two', 'c'), value('three', 'd')] })),
		file('code.ts', 'import { defineWorkflow } from "stepmill";\nexport default defineWorkflow({ name: "Typed", async execute(ctx) { return (await ctx.step("one", { fn: () => 1 })).data; } });\n'),
		file('two.yaml', 'workflows:\n  - name: First of two\n    steps: [{key: a, kind: transform, value: 1}]\n  - name: Second of two\n    id: second\n    steps: [{key: a, kind: transform, value: 2}]\n'),
		file('wrong.yaml', NEW.replace('input.text', 'steps.nowhere.output')),
		file('picture.yaml', Buffer.from([0xff, 0xd8, 0xff])),
	]);
	const of = (name) => page.getByRole('region', { name, exact: true });
	await of('new.yaml').getByText('new', { exact: true }).waitFor();
	await of('changed.json').getByText('v1 is there; saving makes v2').waitFor();
	await of('code.ts').getByRole('heading', { level: 4, name: 'Typed' }).waitFor();
	await of('two.yaml').getByRole('heading', { level: 4, name: 'Second of two' }).waitFor();
	await of('wrong.yaml').getByText('line 5, column').waitFor();
	await page.getByText('picture.yaml was not read: it is no text.').waitFor();
	await of('changed.json').getByText('What changes in Is there').click();
	await of('changed.json').getByText('added').waitFor();
	await soon(async () => assert.match(await of('changed.json').getByRole('definition').last().textContent(), /\+ c/));
	await clean(page);
	await shot(page, 'upload');
	// nothing has been saved yet
	assert.equal((await read(there.id)).version, 1);
	await page.getByLabel(/^Why they change/).fill('x'.repeat(501));
	await page.keyboard.press('Control+s');
	await page.getByText('Too long: at most 500 characters.').waitFor();
	await page.getByLabel(/^Why they change/).fill('from files');
	await soon(async () => assert.equal((await save.textContent()).replace('Ctrl+S', '').trim(), 'Save 5 workflows'));
	await page.keyboard.press('Control+s');
	await of('changed.json').getByRole('link', { name: 'saved as v2' }).waitFor();
	await soon(async () => assert.equal(await page.getByRole('link', { name: 'made', exact: true }).count(), 4));
	await soon(async () => assert.ok(await save.isDisabled()));
	await clean(page);
	await shot(page, 'upload-saved');
	const now = await read(there.id);
	const { body } = await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${there.id}/versions`);
	assert.deepEqual([now.version, now.definition.steps.length, body.data[0].message], [2, 3, 'from files']);
	assert.equal((await e2e.workflow('Second of two')).own_id, 'second');
	assert.equal((await read((await e2e.workflow('From a file')).id)).source, NEW, 'as it was written');
	assert.deepEqual((await e2e.workflow('From a file')).visibility, 'workspace');
	await of('new.yaml').getByRole('link', { name: 'made' }).click();
	await page.getByRole('heading', { level: 1, name: 'Run: From a file' }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('what is downloaded is the same when it comes back; two of a name are told, and a file is taken off', async () => {
	const made = await e2e.post('/workflows', { name: 'Round trip', description: 'There and back', visibility: 'workspace', definition: { type: 'flow', steps: [value('one', 'a'), { key: 'w', name: 'w', kind: 'wait', while: '{{poll.output}}', poll: { kind: 'transform', value: false } }] } });
	for (const steps of [[value('one', 'a')], [value('one', 'b')]]) await e2e.post('/workflows', { name: 'Twins', visibility: 'workspace', definition: { type: 'flow', steps } });
	const page = await e2e.page();
	await page.goto(e2e.at(`/workflows/${made.id}`));
	await page.getByRole('button', { name: /^Actions of Round trip/ }).click();
	const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Download' }).click()]);
	assert.equal(download.suggestedFilename(), 'round-trip.yaml');
	const text = await readFile(await download.path(), 'utf8');
	assert.match(text, /^name: Round trip$/m);
	await page.goto(e2e.at('/workflows/upload'));
	// dropped
	const data = await page.evaluateHandle(([name, content]) => {
		const transfer = new DataTransfer();
		transfer.items.add(new File([content], name));
		return transfer;
	}, ['round-trip.yaml', text]);
	const zone = page.getByRole('region', { name: 'Files of workflows' });
	await zone.dispatchEvent('dragover', { dataTransfer: data });
	await page.getByText('Let go, and they are read.').waitFor();
	await zone.dispatchEvent('drop', { dataTransfer: data });
	const row = page.getByRole('region', { name: 'round-trip.yaml' });
	await row.getByText('v1 says the same: nothing to save').waitFor();
	// the same file with another text is read again, in its place
	await choose(page, [file('round-trip.yaml', text.replace('There and back', 'There, and back')), file('twins.yaml', NEW.replace('From a file', 'Twins'))]);
	await row.getByText('v1 is there; saving makes v2').waitFor();
	await page.getByText('2 workflows have this name.').waitFor();
	await clean(page);
	await shot(page, 'upload-twins');
	await page.getByRole('button', { name: 'Take twins.yaml off the list' }).press('Enter');
	await page.getByRole('region', { name: 'twins.yaml' }).waitFor({ state: 'detached' });
	await page.waitForFunction(() => document.activeElement?.id === 'upload-choose');
	assert.deepEqual(page.problems, []);
});

test('a prompt that fewer people see is told before it is shared; on the phone, in the dark', async () => {
	const prompt = await e2e.post('/prompts', { name: 'Mine alone', body: 'Say {{text}}', visibility: 'private' });
	const page = await e2e.page({ width: 375, dark: true });
	await page.goto(e2e.at('/workflows/upload'));
	await choose(page, [file('uses-mine.json', JSON.stringify({ type: 'flow', steps: [{ key: 'say', kind: 'prompt', prompt: { id: prompt.id }, input: { text: '{{input.text}}' } }] }))]);
	const row = page.getByRole('region', { name: 'uses-mine.json' });
	await row.getByRole('heading', { level: 4, name: 'uses-mine' }).waitFor();
	await page.getByRole('button', { name: /^Save/ }).click();
	await row.getByText(/prompts that fewer people see than the workflow: Mine alone/).waitFor();
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scroll');
	await clean(page);
	await shot(page, 'upload-phone-dark');
	await row.getByRole('button', { name: 'Share them and save' }).click();
	await row.getByRole('link', { name: 'made' }).waitFor();
	assert.equal((await e2e.api.get(`/workspaces/${e2e.api.workspace}/prompts/${prompt.id}`)).body.visibility, 'workspace');
	assert.deepEqual(page.problems, []);
});

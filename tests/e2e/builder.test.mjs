// Builds a chain in the page: by keyboard alone, and with what goes wrong.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, soon } from './browser.mjs';

let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

/** The focus is somewhere and can be seen. */
async function focusSeen(page) {
	const seen = await page.evaluate(() => {
		const element = document.activeElement;
		if (!element || element === document.body) return 'nothing has the focus';
		const style = getComputedStyle(element);
		const row = element.closest('tr, li');
		const ring = style.outlineStyle !== 'none' || (row && getComputedStyle(row).outlineStyle !== 'none') || element.tagName === 'H1' || element.id === 'main';
		return ring ? null : `${element.outerHTML.slice(0, 120)} has no ring`;
	});
	assert.equal(seen, null);
}

async function tabTo(page, found, most = 60) {
	for (let i = 0; i < most; i++) {
		if (await page.evaluate(found)) return;
		await page.keyboard.press('Tab');
		await focusSeen(page);
	}
	assert.fail(`Tab never came to ${found}`);
}

async function pick(page, text) {
	await page.keyboard.type(text);
	await page.getByRole('listbox').getByRole('option', { name: new RegExp(text, 'i') }).first().waitFor();
	await page.keyboard.press('Enter');
	await page.getByRole('listbox').waitFor({ state: 'detached' });
}

test('by keyboard alone: a chain of an old and a new prompt is built, ordered, mapped, saved and run', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows'));
	await page.getByRole('table', { name: 'Workflows' }).waitFor();
	await page.keyboard.press('c');
	await page.waitForURL(/\/workflows\/new$/);
	await page.getByRole('heading', { level: 1, name: 'New workflow' }).waitFor();
	await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
	await tabTo(page, () => document.activeElement?.id === 'workflow-name');
	await page.keyboard.type('Keyboard chain');
	await tabTo(page, () => document.activeElement?.getAttribute('aria-label') === 'Add step');
	await pick(page, 'Extract key');
	await pick(page, 'Summarise for');

	// a new prompt, from where one looked for it
	await page.keyboard.type('Shout it');
	await page.getByRole('option', { name: 'New prompt “Shout it”…' }).waitFor();
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: 'New prompt' });
	await dialog.waitFor();
	await soon(async () => assert.equal(await dialog.getByLabel('Name').inputValue(), 'Shout it'));
	await page.keyboard.press('Tab');
	await page.keyboard.type('Say {{summary}} in {{language}}, loudly.');
	await dialog.getByText('2 variables: summary, language').waitFor();
	await page.keyboard.press('Control+Enter');
	await dialog.waitFor({ state: 'detached' });
	const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
	await soon(async () => assert.deepEqual(await steps.getByRole('heading').allTextContents(), ['Extract key points', 'Summarise for executive', 'Shout it']));

	// suggestions by name: summary from the step that summarises
	await soon(async () => assert.equal(await page.getByRole('combobox', { name: 'Source of summary, Shout it' }).inputValue(), '2 Summarise for executive'));
	await soon(async () => assert.equal(await page.getByRole('combobox', { name: 'Source of content, Summarise for executive' }).inputValue(), '1 Extract key points'));

	// a move that breaks a mapping says so
	await page.getByRole('button', { name: 'Move Shout it' }).focus();
	await page.keyboard.press('Alt+ArrowUp');
	await page.getByRole('status').getByText('Shout it, moved to 2 of 3. Its input summary now comes later: unmapped.').waitFor({ state: 'attached' });
	await soon(async () => assert.deepEqual(await steps.getByRole('heading').allTextContents(), ['Extract key points', 'Shout it', 'Summarise for executive']));
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText('One field needs a change.').waitFor();
	await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Source of summary, Shout it');
	await page.keyboard.press('Alt+ArrowDown');
	await page.waitForFunction(() => [...document.querySelectorAll('h3')].map((h) => h.textContent).join().includes('executive,Shout'));
	await page.keyboard.type('Summarise');
	await page.getByRole('option', { name: '2 Summarise for executive' }).waitFor();
	await page.keyboard.press('Enter');

	// the rest is accepted at once, and saved
	await page.keyboard.press('Control+Enter');
	await soon(async () => assert.equal(await page.getByText('suggested', { exact: true }).count(), 0));
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	await page.getByRole('heading', { level: 1, name: 'Run: Keyboard chain' }).waitFor();

	// and run
	await tabTo(page, () => document.activeElement?.id === 'input-text');
	await page.keyboard.type('The launch moves to Friday. Ada writes to the press.');
	await tabTo(page, () => document.activeElement?.id === 'input-tone');
	await page.keyboard.type('calm');
	await tabTo(page, () => document.activeElement?.id === 'input-language');
	await page.keyboard.type('English');
	await page.keyboard.press('Control+Enter');
	await page.waitForURL(/\/runs\//);
	await page.locator('header').getByText('Completed', { exact: true }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('a removed step comes back by Undo; the draft outlives a reload; starting over can be undone', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name').fill('Half done');
	const add = page.getByRole('combobox', { name: 'Add step' });
	for (const name of ['Extract key points', 'Generate action items']) {
		await add.fill(name);
		await page.getByRole('option', { name }).first().click();
	}
	const names = page.getByRole('list', { name: 'Steps' }).getByRole('heading');
	await soon(async () => assert.equal(await names.count(), 2));
	await page.getByRole('button', { name: 'Actions of Extract key points' }).click();
	await page.getByRole('menuitem', { name: 'Remove step' }).click();
	await page.waitForFunction(() => document.querySelectorAll('[data-step-card]').length === 1);
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.waitForFunction(() => document.querySelectorAll('[data-step-card]').length === 2);
	await page.reload();
	await soon(async () => assert.equal(await page.getByLabel('Name').inputValue(), 'Half done'));
	await soon(async () => assert.deepEqual(await names.allTextContents(), ['Extract key points', 'Generate action items']));
	await page.getByRole('button', { name: 'Start over' }).click();
	await page.waitForFunction(() => document.querySelectorAll('[data-step-card]').length === 0);
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.waitForFunction(() => document.querySelectorAll('[data-step-card]').length === 2);
	assert.deepEqual(page.problems, []);
});

test('steps are dragged by their grip', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows/new'));
	const add = page.getByRole('combobox', { name: 'Add step' });
	for (const name of ['Extract key points', 'Summarise for executive', 'Generate action items']) {
		await add.fill(name);
		await page.getByRole('option', { name }).first().click();
	}
	const names = page.getByRole('list', { name: 'Steps' }).getByRole('heading');
	const from = await page.getByRole('button', { name: 'Move Generate action items' }).boundingBox();
	const to = await page.getByRole('button', { name: 'Move Extract key points' }).boundingBox();
	await page.mouse.move(from.x + 10, from.y + 10);
	await page.mouse.down();
	await page.mouse.move(from.x + 10, from.y - 20, { steps: 4 });
	await page.mouse.move(to.x + 10, to.y, { steps: 10 });
	await page.mouse.up();
	await page.waitForFunction(() => document.querySelector('[data-step-card] h3')?.textContent === 'Generate action items');
	await soon(async () => assert.equal(await names.count(), 3));
	// and lifted by keyboard: Space, arrow, Space
	await page.getByRole('button', { name: 'Move Generate action items' }).focus();
	const said = page.locator('[id^=DndLiveRegion]');
	await page.keyboard.press('Space');
	await said.filter({ hasText: 'over 1 of 3' }).waitFor({ state: 'attached' });
	await page.keyboard.press('ArrowDown');
	await said.filter({ hasText: 'over 2 of 3' }).waitFor({ state: 'attached' });
	await page.keyboard.press('Space');
	await page.waitForFunction(() => document.querySelectorAll('[data-step-card] h3')[1]?.textContent === 'Generate action items');
	assert.deepEqual(page.problems, []);
});

test('what the server refuses lands on its field', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name').fill('Refused');
	const add = page.getByRole('combobox', { name: 'Add step' });
	for (const name of ['Extract key points', 'Generate action items']) {
		await add.fill(name);
		await page.getByRole('option', { name }).first().click();
	}
	// a text that is no template: only the server's checker knows
	const source = page.getByRole('combobox', { name: 'Source of text, Extract key points' });
	await source.fill('{{steps.nowhere.output}}');
	await page.getByRole('option', { name: /^“/ }).click();
	await page.getByRole('button', { name: /^Save v1/ }).click();
	await page.getByRole('alert').getByRole('link', { name: 'Step 1, Extract key points, text' }).waitFor();
	await soon(async () => assert.equal(await source.getAttribute('aria-invalid'), 'true'));
	await soon(async () => assert.ok(await source.evaluate((element) => element === document.activeElement)));
});

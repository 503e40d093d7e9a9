// A workflow as text beside its steps: what is changed in one shows in the other, mistakes stand at their line, and none of them costs the steps. Then its
// versions: what differs, labels, publishing, going back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';
import { lineIn, textIn, write } from './editor.mjs';

const clean = async (page) => assert.deepEqual(await violations(page), []);
const shots = process.env.STEPMILL_SHOTS;
const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png`, fullPage: false });
let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

const read = async (id) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`)).body;
const source = (page) => page.getByRole('textbox', { name: 'Source of the workflow' });
const tab = (page, name) => page.getByRole('navigation', { name: 'How it is shown' }).getByRole('link', { name });
const heads = (page) => page.getByRole('list', { name: 'Steps', exact: true }).getByRole('heading', { level: 3 }).allTextContents();
const clear = (page) => page.getByText('Nothing is wrong with it.').waitFor();

test('text and steps are one thing; a mistake stands at its line and costs nothing', async () => {
	const made = await e2e.post('/workflows', {
		name: 'Two views', visibility: 'workspace',
		definition: { type: 'flow', steps: [{ key: 'one', name: 'One', kind: 'transform', value: '{{input.text}}' }, { key: 'two', name: 'Two', kind: 'function', code: 'if (input.a)\n  return 1;\nreturn 2;', input: { a: '{{steps.one.output}}' } }] },
	});
	const page = await e2e.page();
	await page.goto(e2e.at(`/workflows/${made.id}/edit`));
	await page.getByRole('heading', { level: 3, name: 'One' }).waitFor();
	await tab(page, 'Source').press('Enter');
	await page.waitForURL(/view=source/);
	await clear(page);
	const text = await textIn(source(page));
	assert.match(text, /^name: Two views\n/);
	assert.match(text, / {4}code: \|-\n {6}if \(input\.a\)\n/);
	await clean(page);
	await shot(page, 'source');

	// a word of the definition that is wrong
	await write(source(page), text.replace('steps.one.output', 'steps.onee.output').replace('name: Two views', '# why it is here\nname: Two views, again'));
	const found = page.getByRole('region', { name: 'What was found' });
	await found.getByText(/[Dd]id you mean `one`/).waitFor();
	const line = Number(/line (\d+)/.exec(await found.getByRole('button').first().textContent())[1]);
	await found.getByRole('button').first().press('Enter');
	await soon(async () => assert.equal(await lineIn(source(page)), line));
	assert.match(text.split('\n')[line - 2], /steps\.one/, 'the line above the remark that was added');
	await clean(page);
	await shot(page, 'source-wrong');
	// it is not saved, and the steps are what they were; reading is all that can be done with them
	await page.keyboard.press('Control+s');
	await page.getByText('Not saved. The source has a mistake').waitFor();
	await tab(page, 'Steps').press('Enter');
	await page.getByText(`Source: mistake in line ${line}.`).waitFor();
	await soon(async () => assert.deepEqual(await heads(page), ['One', 'Two']));
	await soon(async () => assert.ok(await page.locator('[inert]').getByRole('heading', { level: 3, name: 'One', includeHidden: true }).count()));
	await shot(page, 'source-unsettled');
	await clean(page);
	// kept over a reload, mended, and then it is the steps
	await page.reload();
	await page.getByRole('button', { name: 'Go to the source' }).press('Enter');
	const kept = await textIn(source(page));
	assert.match(kept, /steps\.onee\.output/);
	await write(source(page), `${kept.replace('steps.onee.output', 'steps.one.output')}  - key: three\n    name: Three\n    kind: transform\n    value: "{{steps.two.output}}"\n`);
	await clear(page);
	await tab(page, 'Steps').press('Enter');
	await page.getByRole('heading', { level: 3, name: 'Three' }).waitFor();
	await soon(async () => assert.deepEqual(await heads(page), ['One', 'Two', 'Three']));
	await soon(async () => assert.equal(await page.locator('[inert]').count(), 0));
	await soon(async () => assert.equal(await page.getByLabel('Name', { exact: true }).first().inputValue(), 'Two views, again'));
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const now = await read(made.id);
	assert.deepEqual([now.version, now.name, now.definition.steps.length], [2, 'Two views, again', 3]);
	assert.match(now.source, /^# why it is here\n/, 'as it was written, with its remark');

	// and the other way round: what is changed among the steps is in the text
	await page.goto(e2e.at(`/workflows/${made.id}/edit?view=source`));
	await soon(async () => assert.match(await textIn(source(page)), /^# why it is here/));
	await tab(page, 'Steps').press('Enter');
	await page.getByRole('button', { name: 'Actions of Three' }).click();
	await page.getByRole('menuitem', { name: 'Remove step' }).click();
	await tab(page, 'Source').press('Enter');
	await soon(async () => assert.ok(!/three/i.test(await textIn(source(page)))));
	await page.getByLabel('Written as').selectOption('JSON');
	await soon(async () => assert.equal(JSON.parse(await textIn(source(page))).steps.length, 2));
	await clear(page);
	assert.deepEqual(page.problems, []);
});

test('versions: what each changes, a label, published, and back to an older one; on the phone too', async () => {
	const step = (value) => ({ key: 'one', name: 'One', kind: 'transform', value });
	const made = await e2e.post('/workflows', { name: 'Versions', visibility: 'workspace', definition: { type: 'flow', steps: [step('a')] } });
	const change = async (steps) => {
		const { status } = await e2e.api.request('PATCH', `/workspaces/${e2e.api.workspace}/workflows/${made.id}`, { definition: { type: 'flow', steps } }, { 'if-match': '*' });
		assert.equal(status, 200);
	};
	await change([step('b')]);
	await change([step('c'), { key: 'more', name: 'More', kind: 'transform', value: 'x' }]);
	const page = await e2e.page();
	await page.goto(e2e.at(`/workflows/${made.id}/versions?version=3`));
	const second = page.getByRole('region', { name: 'What v3 changes of v2' });
	await second.getByText('2 steps differ').waitFor();
	await second.getByText('added').waitFor();
	await page.getByLabel('Compared with').selectOption('v1');
	await page.waitForURL(/diff=1\.\.3/);
	const diff = page.getByRole('region', { name: 'What v3 changes of v1' });
	await diff.getByText('before: ').first().waitFor({ state: 'attached' });
	await soon(async () => assert.match(await diff.getByRole('definition').first().textContent(), /− a/));
	await clean(page);
	await shot(page, 'versions');
	await page.goto(e2e.at(`/workflows/${made.id}/versions?version=1`));
	await page.getByLabel(/^Label/).fill('Not a label');
	await page.keyboard.press('Enter');
	await page.getByText('A small letter first').waitFor();
	await page.getByLabel(/^Label/).fill('stable');
	await page.keyboard.press('Enter');
	await page.getByRole('button', { name: 'Take stable off' }).waitFor();
	await page.getByRole('button', { name: 'Publish v1' }).press('Enter');
	await page.getByText('It is published.').waitFor();
	assert.deepEqual((await read(made.id)).labels, { stable: 1, published: 1 });
	await page.getByRole('button', { name: 'Take stable off' }).press('Enter');
	await page.getByRole('button', { name: 'Take stable off' }).waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'Make v1 current' }).press('Enter');
	await page.waitForURL(/version=4/);
	assert.deepEqual([(await read(made.id)).version, (await read(made.id)).definition.steps[0].value], [4, 'a']);
	const phone = await e2e.page({ width: 375, dark: true });
	await phone.goto(e2e.at(`/workflows/${made.id}/versions?version=3&diff=1..3`));
	await phone.getByRole('region', { name: 'What v3 changes of v1' }).getByText('added').waitFor();
	assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scroll');
	await clean(phone);
	await shot(phone, 'versions-phone-dark');
	assert.deepEqual([...page.problems, ...phone.problems], []);
});

test('the editor by keyboard: Tab indents and Esc lets it leave, search, what was found on hover and where the cursor is; and in TypeScript', async () => {
	const made = await e2e.post('/workflows', {
		name: 'Typed', visibility: 'workspace',
		source: 'import { defineWorkflow } from "stepmill";\n// asks for one step\nexport default defineWorkflow({\n  name: "Typed",\n  async execute(ctx) {\n    const one = await ctx.step("one", { fn: () => 1 });\n    return one.data;\n  },\n});\n',
	});
	const page = await e2e.page();
	await page.goto(e2e.at(`/workflows/${made.id}/edit?view=source&step=one`));
	await clear(page);
	const box = source(page);
	// opened where the step stands, in its colours
	await page.waitForFunction(() => document.activeElement?.matches('[data-code-editor]'));
	assert.equal(await lineIn(box), 6);
	await page.locator('.cm-line span', { hasText: /^import$/ }).waitFor();
	await page.waitForFunction(() => {
		const [word] = [...document.querySelector('[data-code-editor]').shadowRoot.querySelectorAll('.cm-line span')].filter((one) => one.textContent === 'import');
		return word && getComputedStyle(word).color !== getComputedStyle(word.closest('.cm-content')).color;
	});
	await clean(page);
	await shot(page, 'source-typescript');
	// keys that are the page's elsewhere are text here
	const before = await textIn(box);
	await box.press('End');
	await page.keyboard.type(' // a?c');
	assert.match(await textIn(box), /fn: \(\) => 1 \}\); \/\/ a\?c\n/);
	assert.equal(await page.getByRole('dialog').count(), 0);
	await page.keyboard.press('Home');
	await page.keyboard.press('Tab');
	assert.match(await textIn(box), /^ {6}const one/m, 'Tab indents');
	await page.keyboard.press('Shift+Tab');
	assert.match(await textIn(box), /^ {4}const one/m);
	await page.keyboard.press('Escape');
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.matches('[data-code-editor]')), false, 'after Esc it leaves');
	await page.keyboard.press('Shift+Tab');
	await page.waitForFunction(() => document.activeElement?.matches('[data-code-editor]'));
	await page.keyboard.press('Tab');
	assert.ok(await page.evaluate(() => document.activeElement.matches('[data-code-editor]')), 'and indents again when it is come back to');

	// search in the text, all by keyboard
	await page.keyboard.press('Control+f');
	await page.keyboard.type('ctx');
	await page.keyboard.press('Enter');
	await page.locator('.cm-searchMatch-selected').waitFor();
	assert.equal(await page.locator('.cm-searchMatch').count(), 2);
	await clean(page);
	await shot(page, 'source-search');
	await page.keyboard.press('Escape');
	await page.locator('.cm-search').waitFor({ state: 'detached' });

	// what is found stands at its place, is told on hover and by the cursor, and can be put away
	await write(box, before.replace('"one", { fn', '"one", { type: "htp", fn').replace('{ type: "htp", fn: () => 1 }', '{ type: "htp", url: "https://x.example" }'));
	const under = page.locator('.cm-found-serious');
	await under.first().waitFor();
	await page.locator('.cm-tooltip').waitFor({ state: 'detached' });
	await under.first().hover();
	await page.locator('.cm-tooltip').getByText(/http/).waitFor();
	await page.mouse.move(2, 2);
	await page.locator('.cm-tooltip').waitFor({ state: 'detached' });
	await page.getByRole('region', { name: 'What was found' }).getByRole('button').first().press('Enter');
	await page.locator('.cm-tooltip').getByText(/http/).waitFor();
	await page.keyboard.press('ArrowUp');
	await page.locator('.cm-tooltip').waitFor({ state: 'detached' });
	await page.keyboard.press('ArrowDown');
	await page.locator('.cm-announced').getByText(/^Mistake: /).waitFor({ state: 'attached' });
	await shot(page, 'source-found');
	await page.keyboard.press('Escape');
	await page.locator('.cm-tooltip').waitFor({ state: 'detached' });

	// saved from the text, which says why it changes; what is too long for that is told there
	await write(box, before.replace('fn: () => 1', 'fn: () => 2'));
	await clear(page);
	await page.getByLabel(/^Why it changes/).fill('x'.repeat(501));
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText('Too long: at most 500 characters.').waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'workflow-message');
	await page.getByLabel(/^Why it changes/).fill('two, not one');
	await clean(page);
	await shot(page, 'source-why');
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const versions = await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${made.id}/versions`);
	assert.deepEqual(versions.body.data.map(({ version, message }) => [version, message]), [[2, 'two, not one'], [1, '']]);

	const phone = await e2e.page({ width: 375, dark: true });
	await phone.goto(e2e.at(`/workflows/${made.id}/edit?view=source`));
	await clear(phone);
	await phone.getByRole('button', { name: 'Find' }).click();
	await phone.locator('.cm-search').waitFor();
	await clean(phone);
	assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scroll');
	const small = await phone.evaluate(() => [...document.querySelector('[data-code-editor]').shadowRoot.querySelectorAll('button, input[name=search]')]
		.map((one) => [one.name, one.getBoundingClientRect().height]).filter(([, height]) => height < 43.5));
	assert.deepEqual(small, [], 'a thumb hits what it aims at');
	await shot(phone, 'source-phone-dark');
	assert.deepEqual([...page.problems, ...phone.problems], []);
});

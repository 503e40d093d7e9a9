// Steps in steps in the builder: a group is made, filled, ordered and branched by keyboard, saved, opened again, and runs; and by pointer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

const clean = async (page) => assert.deepEqual((await violations(page)).map((one) => one.text), []);
let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

const add = async (page, kind, group) => {
	const box = page.getByRole('combobox', { name: group ? `Add step to ${group}` : 'Add step', exact: true });
	await box.focus();
	await page.keyboard.type(kind);
	await page.getByRole('option', { name: new RegExp(`^${kind}`) }).first().waitFor();
	// not a new prompt of that name
	while (!(await page.locator('[role=option][aria-selected=true]').textContent()).startsWith(kind)) await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
};
const fill = (page, label, text) => page.getByLabel(label, { exact: true }).fill(text);
const card = (page, name) => page.locator('[data-step-card]').filter({ has: page.locator('> div h3', { hasText: new RegExp(`^${name}$`) }) }).last();
const names = (page, list) => page.getByRole('list', { name: list, exact: true }).locator('> li > div:first-child h3').allTextContents();
const named = async (page, name, value) => {
	await fill(page, 'Name', name);
	if (value !== undefined) await fill(page, 'Value', value);
};

test('a parallel group and a branch are built by keyboard, saved, opened again and run', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/workflows/new'));
	await fill(page, 'Name', 'Side by side');
	await add(page, 'Parallel');
	// an empty group is not saved: the focus goes to where a step is added to it
	await page.keyboard.press('Control+s');
	await page.getByText('Parallel needs a step. Add one to it.').first().waitFor();
	await page.waitForFunction(() => /-add$/.test(document.activeElement?.id ?? ''));
	await add(page, 'Transform', 'Parallel');
	const panel = page.getByRole('region', { name: 'Selected step' });
	await named(panel, 'One', '{{input.text}}');
	await add(page, 'Transform', 'Parallel');
	await named(panel, 'Two', 'two');
	await add(page, 'Condition');
	await named(panel, 'Long enough');
	await fill(panel, 'Question', '{{steps.transform.output}} == "x"');
	await add(page, 'Transform');
	await named(panel, 'Yes', 'yes');
	await add(page, 'Transform');
	await named(panel, 'No', 'no');
	await soon(async () => assert.deepEqual(await names(page, 'Steps'), ['Parallel', 'Long enough', 'Yes', 'No']));
	await soon(async () => assert.deepEqual(await names(page, 'Steps of Parallel'), ['One', 'Two']));
	await page.keyboard.press('Control+s');
	await page.getByText('Choose a later step beside it.').first().waitFor();
	await panel.getByLabel('If so').selectOption({ label: '3 Yes' });
	await panel.getByLabel(/^If not/).selectOption({ label: '4 No' });
	await clean(page);

	// order in the group, out of it and in again, all by keys; the focus goes along
	const grip = (name) => page.getByRole('button', { name: `Move ${name}`, exact: true });
	await grip('Two').focus();
	await page.keyboard.press('Alt+ArrowUp');
	await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move Two');
	await soon(async () => assert.deepEqual(await names(page, 'Steps of Parallel'), ['Two', 'One']));
	await page.keyboard.press('Alt+ArrowLeft');
	await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move Two');
	await soon(async () => assert.deepEqual(await names(page, 'Steps'), ['Parallel', 'Two', 'Long enough', 'Yes', 'No']));
	await page.keyboard.press('Alt+ArrowRight');
	await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move Two');
	await soon(async () => assert.deepEqual(await names(page, 'Steps of Parallel'), ['One', 'Two']));
	// a branch that is moved before its condition is told
	await grip('Yes').focus();
	await page.keyboard.press('Alt+ArrowUp');
	await page.getByRole('status').filter({ hasText: 'Long enough: if so is to be chosen again.' }).waitFor({ state: 'attached' });
	await page.keyboard.press('Control+z');
	await soon(async () => assert.deepEqual(await names(page, 'Steps'), ['Parallel', 'Long enough', 'Yes', 'No']));

	// options of the group, and what a step waits for
	await page.getByRole('heading', { level: 3, name: 'Parallel' }).click();
	await panel.getByLabel(/^At once/).fill('2');
	await panel.getByLabel('When one of its steps fails').selectOption('The others are dropped');
	await page.getByRole('heading', { level: 3, name: 'Two' }).click();
	await panel.getByText('More settings').click();
	await panel.getByLabel('Waits for').selectOption('these steps');
	await panel.getByRole('checkbox', { name: '1.1 One' }).check();
	await panel.getByLabel(/^Only if/).fill('{{steps.transform.output}} != ""');
	await clean(page);
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const id = /workflows\/([0-9a-f-]{36})/.exec(page.url())[1];
	const { body } = await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`);
	const [group, branch] = body.definition.steps;
	assert.deepEqual([group.kind, group.max_concurrency, group.fail_fast, group.steps.map((step) => step.name)], ['parallel', 2, true, ['One', 'Two']]);
	assert.deepEqual([group.steps[1].needs, typeof group.steps[1].condition], [[group.steps[0].key], 'string']);
	assert.deepEqual([branch.then, branch.else], [body.definition.steps[2].key, body.definition.steps[3].key]);

	const run = await e2e.post('/runs', { workflow_id: id, input: { text: 'x' } });
	assert.equal((await e2e.ended(run)).status, 'completed');
	await page.goto(e2e.at(`/workflows/${id}/edit`));
	await page.getByRole('list', { name: 'Steps of Parallel' }).waitFor();
	await soon(async () => assert.deepEqual(await names(page, 'Steps of Parallel'), ['One', 'Two']));
	await card(page, 'Long enough').locator('h3').first().click();
	await soon(async () => assert.equal(await panel.getByLabel('If so').inputValue(), branch.then));
	assert.deepEqual(page.problems, []);
});

test('a switch and a loop have forms; on the phone too', async () => {
	const page = await e2e.page({ width: 375 });
	await page.goto(e2e.at('/workflows/new'));
	await fill(page, 'Name', 'By kind');
	await add(page, 'Loop');
	await page.getByLabel('List', { exact: true }).fill('["a", "b"]');
	await add(page, 'Transform', 'Loop');
	await page.getByLabel('Value', { exact: true }).fill('{{loop.item}}');
	await add(page, 'Switch');
	await page.getByLabel('Value', { exact: true }).fill('{{input.kind}}');
	await add(page, 'Transform');
	await page.getByLabel('Value', { exact: true }).fill('of a');
	await page.getByRole('heading', { level: 3, name: 'Switch' }).click();
	await page.getByRole('button', { name: 'Add case' }).press('Enter');
	await page.getByLabel('Value of case 1').fill('a');
	await page.getByLabel('Step of case 1').selectOption({ label: '3 Transform' });
	await clean(page);
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const id = /workflows\/([0-9a-f-]{36})/.exec(page.url())[1];
	const { body } = await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`);
	const [loop, by, last] = body.definition.steps;
	assert.deepEqual([loop.items, loop.steps[0].value, by.cases], [['a', 'b'], '{{loop.item}}', { a: last.key }]);
	assert.deepEqual(page.problems, []);
});

test('a step is dragged within its group and out of it', async () => {
	const page = await e2e.page({ height: 1000 });
	await page.goto(e2e.at('/workflows/new'));
	await fill(page, 'Name', 'Dragged');
	await add(page, 'Sequence');
	const panel = page.getByRole('region', { name: 'Selected step' });
	for (const name of ['One', 'Two', 'Three']) {
		await add(page, 'Transform', 'Sequence');
		await named(panel, name, name);
	}
	await add(page, 'Transform');
	await named(panel, 'After', 'after');
	const drag = async (from, to) => {
		const [a, b] = await Promise.all([from, to].map((name) => page.getByRole('button', { name: `Move ${name}`, exact: true }).boundingBox()));
		await page.mouse.move(a.x + 8, a.y + 8);
		await page.mouse.down();
		await page.mouse.move(a.x + 8, a.y + 20, { steps: 3 });
		await page.mouse.move(b.x + 8, b.y + 12, { steps: 8 });
		await page.mouse.up();
	};
	await drag('Three', 'One');
	await page.waitForFunction(() => document.querySelector('ol ol h3')?.textContent === 'Three');
	await soon(async () => assert.deepEqual(await names(page, 'Steps of Sequence'), ['Three', 'One', 'Two']));
	await drag('One', 'After');
	await page.waitForFunction(() => document.querySelectorAll('ol ol h3').length === 2);
	await soon(async () => assert.deepEqual(await names(page, 'Steps'), ['Sequence', 'One', 'After']));
	assert.deepEqual(page.problems, []);
});

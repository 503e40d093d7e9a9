// The steps of a run as a tree: groups are opened and closed by keys and by pointer, and what is looked for is opened.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

let e2e;
let run;
before(async () => {
	e2e = await open();
	const transform = (key, more = {}) => ({ key, name: key, kind: 'transform', value: 'x', ...more });
	const workflow = await e2e.post('/workflows', {
		name: 'Nested',
		visibility: 'workspace',
		definition: { type: 'flow', input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }, steps: [
			transform('start'),
			{ key: 'review', name: 'review', kind: 'parallel', on_failure: 'continue', steps: [
				transform('grammar'),
				{ key: 'facts', name: 'facts', kind: 'sequential', steps: [transform('claims'), transform('check', { value: '{{JSON.parse(input.text)}}' })] },
			] },
			transform('end'),
		] },
	});
	run = await e2e.post('/runs', { workflow_id: workflow.id, input: { text: 'x' } });
	await e2e.ended(run);
});
after(() => e2e?.close());

const rows = (page) => page.locator('[role=row][data-step]').evaluateAll((all) => all.map((row) => row.dataset.step));
const focused = (page) => page.evaluate(() => document.activeElement?.dataset.step);
const ALL = ['start', 'review', 'review/grammar', 'review/facts', 'review/facts/claims', 'review/facts/check', 'end'];

test('groups close and open by keys; a failed step in a closed group is found', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}?view=timeline`));
	await page.locator('[data-step="review/facts/check"]').waitFor();
	await soon(async () => assert.deepEqual(await rows(page), ALL));
	await page.locator('[data-step="review"]').focus();
	await page.keyboard.press('ArrowLeft');
	await soon(async () => assert.deepEqual(await rows(page), ['start', 'review', 'end']));
	const row = page.locator('[data-step="review"]');
	await soon(async () => assert.deepEqual(await row.evaluate((one) => ['aria-expanded', 'aria-level', 'aria-posinset', 'aria-setsize'].map((name) => one.getAttribute(name))), ['false', '1', '2', '3']));
	await page.keyboard.press('ArrowDown');
	await soon(async () => assert.equal(await focused(page), 'end'));
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowRight');
	await soon(async () => assert.deepEqual(await rows(page), ALL));
	await page.keyboard.press('ArrowRight');
	await soon(async () => assert.equal(await focused(page), 'review/grammar'));
	await page.keyboard.press('ArrowLeft');
	await soon(async () => assert.equal(await focused(page), 'review', 'to its group'));
	await page.keyboard.press('2');
	await soon(async () => assert.deepEqual(await rows(page), ALL.slice(0, 4).concat('end')));
	await page.keyboard.press('Shift+E');
	await soon(async () => assert.deepEqual(await rows(page), ['start', 'review', 'end']));
	await soon(async () => assert.ok(await focused(page), 'the focus stays in the tree'));
	// the next failed one, wherever it is
	await page.keyboard.press('n');
	await page.waitForFunction(() => document.activeElement?.dataset.step?.startsWith('review/facts'));
	await page.keyboard.press('e');
	await soon(async () => assert.deepEqual(await rows(page), ALL));
	assert.deepEqual((await violations(page)).map((one) => one.text), []);
	assert.deepEqual(page.problems, []);
});

test('a pointer opens and closes them, and selects nothing by it', async () => {
	const page = await e2e.page({ width: 375 });
	await page.goto(e2e.at(`/runs/${run.id}?view=timeline`));
	await page.getByRole('button', { name: 'Close review' }).tap();
	await page.getByRole('button', { name: 'Open review' }).waitFor();
	await soon(async () => assert.deepEqual(await rows(page), ['start', 'review', 'end']));
	assert.ok(!page.url().includes('step='));
	await page.getByRole('button', { name: 'Open review' }).tap();
	await soon(async () => assert.deepEqual(await rows(page), ALL));
	assert.deepEqual(page.problems, []);
});

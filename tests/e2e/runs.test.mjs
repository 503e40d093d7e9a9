// A person runs workflows in the page: to the end, to a failure, to a cancel; and finds the runs again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, soon } from './browser.mjs';

const DEMO = 'Extract → Summarise → Actions';
let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

const badge = (page, word) => page.locator('header').getByText(word, { exact: true }).first();
const step = (page, name) => page.getByRole('listitem', { name });

test('signs in, runs the demo chain and watches each step write until the end', async () => {
	const page = await e2e.page({ signedIn: false });
	await page.goto(`${e2e.stack.url}/w/${e2e.slug}/workflows`);
	await page.waitForURL(/sign-in/);
	await page.getByLabel('E-mail').fill('ada@example.com');
	await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/workflows$/);
	await page.getByRole('link', { name: DEMO, exact: true }).click();
	await page.getByRole('heading', { level: 1, name: `Run: ${DEMO}` }).waitFor();
	await page.getByLabel('Text').fill('Ada must send the report by Friday. Lin will book the room. Budgets were discussed for an hour.');
	await page.keyboard.press('Control+Enter');
	await page.waitForURL(/\/runs\/[0-9a-f-]{36}\?view=output/);
	await badge(page, 'Running').waitFor();
	assert.match(await page.title(), /^▸ [0-3]\/3 Extract → Summarise → Actions · Stepmill$/);

	const first = step(page, /Extract key points/);
	await first.getByRole('img', { name: 'still being written' }).waitFor();
	await badge(page, 'Completed').waitFor();
	await page.getByRole('img', { name: '3 of 3 steps: 3 completed' }).waitFor();
	for (const name of [/Extract key points/, /Summarise for executive/, /Generate action items/]) {
		const text = await step(page, name).getByRole('group').textContent();
		assert.ok(text.trim().length > 10, `${name} shows what it wrote: ${text}`);
	}
	await soon(async () => assert.equal(await page.getByRole('img', { name: 'still being written' }).count(), 0, 'nothing has grain any more'));
	await soon(async () => assert.match(await page.title(), /^✓ Extract/));
	assert.deepEqual(page.problems, []);
});

test('what was typed in the form is kept while one looks elsewhere, and the last inputs can be taken', async () => {
	const workflow = await e2e.workflow('Instant chain');
	await e2e.ended(await e2e.run(workflow, { text: 'inputs of the last run' }));
	const page = await e2e.page();
	await page.goto(e2e.at(`/workflows/${workflow.id}`));
	await page.getByLabel('Text').fill('half a sentence');
	await page.getByRole('link', { name: 'Workflows', exact: true }).first().click();
	await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
	await page.goBack();
	await soon(async () => assert.equal(await page.getByLabel('Text').inputValue(), 'half a sentence'));
	await page.getByRole('button', { name: 'Use last inputs' }).click();
	await page.getByText('The inputs of the last run are filled in').first().waitFor({ state: 'attached' });
	await soon(async () => assert.equal(await page.getByLabel('Text').inputValue(), 'inputs of the last run'));
	await page.getByRole('button', { name: 'Undo' }).click();
	await soon(async () => assert.equal(await page.getByLabel('Text').inputValue(), 'half a sentence'));
	assert.deepEqual(page.problems, []);
});

test('a field that is missing is named, has the focus, and nothing is started', async () => {
	const workflow = await e2e.workflow('Instant chain');
	const page = await e2e.page();
	let started = 0;
	page.on('request', (request) => {
		if (request.method() === 'POST' && request.url().endsWith('/runs')) started++;
	});
	await page.goto(e2e.at(`/workflows/${workflow.id}`));
	await page.getByLabel('Text').fill('');
	await page.getByRole('button', { name: /^Run/ }).click();
	await page.getByRole('alert').getByText('One field needs a change.').waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'input-text');
	await soon(async () => assert.equal(await page.getByLabel('Text').getAttribute('aria-invalid'), 'true'));
	assert.equal(started, 0);
});

test('one submit that is sent twice, because the answer was lost, is one run', async () => {
	const workflow = await e2e.workflow('Instant chain');
	const page = await e2e.page();
	const keys = [];
	await page.route('**/api/workspaces/*/runs', async (route) => {
		if (route.request().method() !== 'POST') return route.fallback();
		keys.push(route.request().headers()['idempotency-key']);
		if (keys.length > 1) return route.fallback();
		await route.fetch();
		await route.abort();
	});
	await page.goto(e2e.at(`/workflows/${workflow.id}`));
	await page.getByLabel('Text').fill('only once, please');
	await page.getByRole('button', { name: /^Run/ }).click();
	await page.getByRole('alert').getByText(/^Not started/).waitFor();
	await page.getByRole('button', { name: /^Run/ }).click();
	await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
	assert.equal(keys.length, 2);
	assert.equal(keys[0], keys[1]);
	const { body } = await e2e.api.get(`/workspaces/${e2e.api.workspace}/runs?workflow_id=${workflow.id}&limit=100`);
	const inputs = await Promise.all(
		body.data.map(async (run) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/runs/${run.id}`)).body.input.text),
	);
	assert.equal(inputs.filter((text) => text === 'only once, please').length, 1);
});

test('a reload in the middle of a run shows the same view, with what was written so far', async () => {
	const workflow = await e2e.chain('Slow writer', [
		{ name: 'Writes slowly', options: { stream_ms: 300 } },
		{ name: 'Waits', options: { delay_ms: 600000 } },
	]);
	const words = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa';
	const run = await e2e.run(workflow, { text: words });
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}?view=output`));
	const text = () => step(page, /Writes slowly/).getByRole('group').textContent();
	await page.waitForFunction(() => document.body.textContent.includes('charlie'));
	const seen = await text();
	await page.reload();
	await step(page, /Writes slowly/).getByText(/charlie/).waitFor();
	assert.ok((await text()).startsWith(seen), 'what had been written is there again');
	assert.match(page.url(), /view=output/);
	await step(page, /Waits/).getByText('Running').waitFor();
	await soon(async () => assert.match(await text(), /papa$/, 'no piece is missing or there twice'));
	await page.getByRole('button', { name: 'Cancel run' }).click();
	await badge(page, 'Cancelled').waitFor();
	assert.deepEqual(page.problems, []);
});

test('cancels a run: asked for at once, done when the event says so', async () => {
	const workflow = await e2e.chain('To be cancelled', [{ name: 'Waits', options: { delay_ms: 600000 } }, { name: 'Never' }]);
	const run = await e2e.run(workflow);
	const page = await e2e.page();
	let goOn;
	const seen = new Promise((done) => {
		goOn = done;
	});
	await page.route('**/cancel', async (route) => {
		await seen;
		await route.continue();
	});
	await page.goto(e2e.at(`/runs/${run.id}`));
	await page.getByRole('button', { name: 'Cancel run' }).click();
	await page.getByRole('button', { name: 'Cancelling…' }).waitFor();
	goOn();
	await badge(page, 'Cancelled').waitFor();
	await page.getByText('It ended at step 1, Waits.').waitFor();
	await soon(async () => assert.equal(await page.getByRole('button', { name: /^Cancel/ }).count(), 0));
	await page.getByRole('button', { name: /^Run again/ }).waitFor();
	assert.equal((await e2e.ended(run)).status, 'cancelled');
	assert.deepEqual(page.problems, []);
});

test('a cancel that no executor takes is said to be open after a while', async () => {
	const workflow = await e2e.chain('Cancelled alone', [{ name: 'Waits', options: { delay_ms: 600000 } }, { name: 'Never' }]);
	const run = await e2e.run(workflow);
	const page = await e2e.page();
	await page.route('**/cancel', (route) => route.fulfill({ status: 202, json: { accepted: true } }));
	await page.goto(e2e.at(`/runs/${run.id}`));
	await page.getByRole('button', { name: 'Cancel run' }).click();
	await page.getByRole('alert').getByText(/The executor has not answered yet/).waitFor();
	await page.getByText(`stepmill doctor ${run.id}`).waitFor();
	await e2e.post(`/runs/${run.id}/cancel`);
	await badge(page, 'Cancelled').waitFor();
});

test('a failed run says which step, why and what to do, and is run again with changes', async () => {
	const workflow = await e2e.chain('Refuses', [{ name: 'Collect' }, { name: 'Condense', options: { fail: 'refused' } }, { name: 'Send' }]);
	const run = await e2e.run(workflow, { text: 'first try' });
	await e2e.ended(run);
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await badge(page, 'Failed').waitFor();
	await page.getByText(/^Step 2, Condense, failed\./).waitFor();
	await page.getByRole('img', { name: '2 of 3 steps: 1 completed, 1 failed' }).waitFor();
	await page.getByRole('row', { name: /Condense.*Failed/, selected: true }).waitFor();
	await page.getByRole('link', { name: 'Run with changes…' }).click();
	await page.getByText('Inputs of an earlier run are filled in.').waitFor();
	await soon(async () => assert.equal(await page.getByLabel('Text').inputValue(), 'first try'));
	await page.goBack();
	await page.getByRole('button', { name: /^Run again/ }).click();
	await page.waitForURL((url) => /\/runs\/[0-9a-f-]{36}/.test(url.pathname) && !url.pathname.endsWith(run.id));
	await badge(page, 'Failed').waitFor();
	assert.deepEqual(page.problems, []);
});

test('the waterfall goes by keyboard: rows, selection in the address, the panel, the next failed step', async () => {
	const workflow = await e2e.chain('Walked', [{ name: 'Collect' }, { name: 'Condense' }, { name: 'Breaks', options: { fail: 'refused' } }, { name: 'Send' }]);
	const run = await e2e.run(workflow);
	await e2e.ended(run);
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	const row = (name) => page.getByRole('row', { name: new RegExp(name) });
	await row('Collect').focus();
	await page.keyboard.press('ArrowDown');
	await page.waitForURL(/step=step2/);
	await soon(async () => assert.ok(await row('Condense').evaluate((element) => element === document.activeElement)));
	await page.keyboard.press('n');
	await page.waitForURL(/step=step3/);
	await page.getByRole('complementary', { name: 'Selected step' }).getByRole('heading', { name: 'Breaks' }).waitFor();
	await page.keyboard.press(']');
	await page.getByRole('complementary', { name: 'Selected step' }).waitFor({ state: 'detached' });
	await page.keyboard.press(']');
	await page.getByRole('complementary', { name: 'Selected step' }).waitFor();
	await page.getByRole('complementary').getByRole('link', { name: 'Input' }).click();
	await page.waitForURL(/tab=input/);
	await page.reload();
	await page.getByRole('complementary').getByRole('link', { name: 'Input' }).and(page.locator('[aria-current=page]')).waitFor();
	assert.deepEqual(page.problems, []);
});

test('the history filters by the address, walks by J and K, and opens a row', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/runs'));
	await page.getByRole('table', { name: 'Runs' }).getByRole('row').nth(1).waitFor();
	await page.getByRole('button', { name: /^Status/ }).click();
	await page.getByRole('menuitemcheckbox', { name: /^Failed/ }).click();
	await page.waitForURL(/status=failed/);
	await page.keyboard.press('Escape');
	const rows = page.getByRole('table', { name: 'Runs' }).locator('tbody tr');
	await page.waitForFunction(() => {
		const icons = [...document.querySelectorAll('tbody tr')].map((row) => row.querySelector('svg')?.getAttribute('aria-label'));
		return icons.length > 0 && icons.every((word) => word === 'Failed');
	});
	await page.locator('h1').focus();
	await page.keyboard.press('j');
	await soon(async () => assert.ok(await rows.first().locator('[data-row-link]').evaluate((element) => element === document.activeElement)));
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
	await page.goBack();
	await page.waitForURL(/status=failed/);
	await page.goto(e2e.at('/runs?status=paused'));
	await page.getByText('No paused runs here.').waitFor();
	await page.getByRole('main').getByRole('button', { name: 'Clear filters' }).click();
	await rows.first().waitFor();
	assert.deepEqual(page.problems, []);
});

test('runs that come while one reads wait behind a button; rows that run renew themselves', async () => {
	const slow = await e2e.post('/workflows', { name: 'Renewed in place', visibility: 'workspace', definition: { type: 'flow', steps: [{ key: 'go', kind: 'signal' }] } });
	const run = await e2e.run(slow, {});
	const page = await e2e.page();
	await page.goto(e2e.at('/runs'));
	const row = page.getByRole('row', { name: /Renewed in place/ });
	await row.getByRole('img', { name: 'Running', exact: true }).waitFor();
	await row.hover();
	const instant = await e2e.workflow('Instant chain');
	await e2e.ended(await e2e.run(instant, { text: 'new one' }));
	const button = page.getByRole('button', { name: '1 new run' });
	await button.waitFor();
	assert.match(await page.locator('tbody tr').first().textContent(), /Renewed in place/, 'no row moved under the pointer');
	await button.click();
	await page.locator('tbody tr').first().getByText('Instant chain').waitFor();
	await e2e.post(`/runs/${run.id}/signals/go`, {});
	await e2e.ended(run);
	await row.getByRole('img', { name: 'Completed', exact: true }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('what does not exist says so, whatever the reason', async () => {
	const page = await e2e.page();
	for (const where of ['/runs/01900000-0000-7000-8000-00000000dead', '/workflows/01900000-0000-7000-8000-00000000dead', '/runs/nonsense']) {
		await page.goto(e2e.at(where));
		await page.getByRole('heading', { name: 'This does not exist, or you cannot see it' }).waitFor();
	}
});

test('a stream that is cut is taken up again by number: nothing is lost, nothing is there twice', async () => {
	const workflow = await e2e.chain('Cut', [{ name: 'Writes', options: { stream_ms: 150 } }, { name: 'Waits', options: { delay_ms: 600000 } }]);
	const words = Array.from({ length: 40 }, (_, index) => `w${index}`).join(' ');
	const run = await e2e.run(workflow, { text: words });
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}?view=output`));
	await page.waitForFunction(() => document.body.textContent.includes('w4'));
	await e2e.stack.programs.live.kill('SIGKILL');
	await page.getByText(/^Reconnecting/).waitFor();
	e2e.stack.programs.live.start();
	await step(page, /Waits/).getByText('Running').waitFor();
	const text = await step(page, /Writes/).getByRole('group').textContent();
	assert.equal(text.trim(), words);
	await e2e.post(`/runs/${run.id}/cancel`);
	await badge(page, 'Cancelled').waitFor();
	await soon(async () => assert.equal(await page.getByText(/^Reconnecting/).count(), 0));
});

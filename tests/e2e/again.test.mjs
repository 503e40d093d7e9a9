// A person goes on with a run that has ended: retries it, forks it, rolls it back; and sees it live, without a reload.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, soon } from './browser.mjs';

let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

const badge = (page, word) => page.locator('header').getByText(word, { exact: true }).first();
const read = async (id) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/runs/${id}`)).body;
const menu = async (page, item) => {
	await page.getByRole('button', { name: 'Retry', exact: true }).click();
	await page.getByRole('menuitem', { name: item }).click();
};

/** Its second step fails once: the second attempt does it. */
async function failedRun(name) {
	const workflow = await e2e.chain(name, [{ name: 'Collect' }, { name: 'Condense', options: { fail: 'refused', fail_times: 1, stream_ms: 30 } }, { name: 'Send' }]);
	const run = await e2e.run(workflow, { text: 'what was said at first' });
	assert.equal((await e2e.ended(run)).status, 'failed');
	return run;
}

test('a failed run is retried from its step at one press, and goes on before one\'s eyes', async () => {
	const run = await failedRun('Retried');
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await badge(page, 'Failed').waitFor();
	await menu(page, /^From step 2, Condense/);
	await badge(page, 'Completed').waitFor();
	await page.locator('header').getByText('generation 2').waitFor();
	await page.getByRole('row', { name: /Collect/ }).click();
	await page.getByRole('complementary', { name: 'Selected step' }).getByText('reused, $0.00').waitFor();
	assert.deepEqual(page.problems, []);
	const after_ = await read(run.id);
	assert.deepEqual(after_.steps.map((s) => [s.step_run.attempt, s.step_run.reused]), [[1, true], [2, false], [1, false]]);
});

test('a retry from any step with another model says what it reuses', async () => {
	const run = await failedRun('Retried with care');
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await menu(page, /^Retry from…/);
	const dialog = page.getByRole('dialog', { name: 'Retry from…' });
	await dialog.getByText('Reused, $0.00: Collect.').waitFor();
	await soon(async () => assert.equal(await dialog.getByLabel('Version').isDisabled(), true, 'there is no newer one'));
	await dialog.getByLabel('Retry from').selectOption({ label: 'step 1, Collect' });
	await dialog.getByText('Nothing is reused: every step runs again.').waitFor();
	await dialog.getByLabel('Model of this step').selectOption('builtin/instant');
	await dialog.getByRole('button', { name: 'Retry from step 1' }).click();
	await dialog.waitFor({ state: 'detached' });
	await badge(page, 'Completed').waitFor();
	assert.deepEqual((await read(run.id)).steps.map((s) => s.step_run.model_asked), ['builtin/instant', 'builtin/echo', 'builtin/echo']);
	assert.deepEqual(page.problems, []);
});

test('a fork begins at a step with what one wrote for it, and leaves the run alone', async () => {
	const run = await failedRun('Forked');
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await menu(page, /^Fork at…/);
	const dialog = page.getByRole('dialog', { name: 'Fork at…' });
	await dialog.getByLabel('Begin at').selectOption({ label: 'step 1, Collect' });
	const field = dialog.getByRole('group', { name: 'What this step is given' }).getByRole('textbox');
	await soon(async () => assert.equal(await field.inputValue(), 'what was said at first'));
	await field.fill('what was meant');
	await dialog.getByRole('button', { name: 'Fork run' }).click();
	await page.waitForURL((url) => /\/runs\/[0-9a-f-]{36}/.test(url.pathname) && !url.pathname.endsWith(run.id));
	const id = /\/runs\/([0-9a-f-]{36})/.exec(page.url())[1];
	await badge(page, 'Failed').waitFor();
	await page.getByRole('link', { name: 'fork of another run' }).waitFor();
	const fork = await read(id);
	assert.deepEqual([fork.forked_from, fork.input.text], [run.id, 'what was said at first']);
	assert.match(fork.steps[0].step_run.output, /what was meant/);
	assert.equal((await read(run.id)).generation, 1);
	assert.deepEqual(page.problems, []);
});

test('a run is rolled back to a checkpoint of an earlier generation', async () => {
	const run = await failedRun('Rolled back');
	await e2e.post(`/runs/${run.id}/retry`, { from: 'start' });
	await soon(async () => assert.equal((await read(run.id)).status, 'completed'));
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await badge(page, 'Completed').waitFor();
	await menu(page, /^Roll back to…/);
	const dialog = page.getByRole('dialog', { name: 'Roll back to…' });
	await dialog.getByLabel('Checkpoint').waitFor();
	const options = await dialog.getByLabel('Checkpoint').locator('option').allTextContents();
	assert.equal(options.length, 4);
	assert.match(options[3], /^after step 1, Collect · generation 1 · /);
	await dialog.getByLabel('Checkpoint').selectOption({ label: options[3] });
	await dialog.getByRole('button', { name: 'Roll back' }).click();
	await page.locator('header').getByText('generation 3').waitFor();
	await badge(page, 'Completed').waitFor();
	assert.deepEqual((await read(run.id)).steps.map((s) => [s.step_run.attempt, s.step_run.generation]), [[1, 1], [3, 3], [2, 3]]);
	assert.deepEqual(page.problems, []);
});

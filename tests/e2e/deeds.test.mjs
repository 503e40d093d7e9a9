// What a person does with a run: pauses and resumes it, decides for it, deletes it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { open, soon } from './browser.mjs';

let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

const badge = (page, word) => page.locator('header').getByText(word, { exact: true }).first();
const read = async (run) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/runs/${run.id}`)).body;

async function flow(name, steps) {
	const { status, body } = await e2e.api.post(`/workspaces/${e2e.api.workspace}/workflows`, { name, definition: { type: 'flow', input: { type: 'object' }, steps } });
	assert.equal(status, 201, JSON.stringify(body));
	return body;
}
const pricing = [
	{ key: 'draft', kind: 'transform', value: { text: 'Three pages for the launch' } },
	{ key: 'ok', name: 'Publish it', kind: 'approval', input: { Draft: '{{steps.draft.output.text}}' }, timeout_seconds: 86400,
		form: { type: 'object', properties: { price: { type: 'integer', title: 'Price', minimum: 1 } }, required: ['price'] } },
	{ key: 'sum', kind: 'transform', value: 'It costs {{steps.ok.output.data.price}}' },
];

test('pauses a run by a key, sees that it stands still, and resumes it', async () => {
	const steps = [{ key: 'go', kind: 'signal' }, { key: 'end', kind: 'transform', value: 1 }];
	const run = await e2e.run(await flow('To be paused', steps), {});
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await badge(page, 'Running').waitFor();
	await page.getByRole('button', { name: 'Pause' }).waitFor();
	await page.keyboard.press('p');
	await badge(page, 'Paused').waitFor();
	await page.getByRole('button', { name: 'Resume' }).waitFor();
	await e2e.post(`/runs/${run.id}/signals/go`, {});
	await page.waitForTimeout(1500);
	assert.equal((await read(run)).steps[1].step_run, null, 'nothing new has begun');
	await page.getByRole('button', { name: 'Resume' }).click();
	await badge(page, 'Completed').waitFor();
	assert.deepEqual(page.problems, []);
});

test('lets a run that waits go on with another version, or is told which step differs', async () => {
	const steps = [{ key: 'first', kind: 'transform', value: 1 }, { key: 'go', kind: 'signal' }, { key: 'end', kind: 'transform', value: 'old' }];
	const made = await flow('To be moved', steps);
	const run = await e2e.run(made, {});
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await badge(page, 'Running').waitFor();
	await page.getByRole('button', { name: 'Other version…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Other version…' });
	await dialog.getByText('The workflow has no other version.', { exact: false }).waitFor();
	await dialog.getByRole('button', { name: 'Close' }).first().click();
	for (const [message, changed] of [['another end', [steps[0], steps[1], { ...steps[2], value: 'new' }]], ['another first', [{ ...steps[0], value: 2 }, ...steps.slice(1)]]]) {
		const { status, body } = await e2e.api.request('PATCH', `/workspaces/${e2e.api.workspace}/workflows/${made.id}`,
			{ message, definition: { type: 'flow', input: { type: 'object' }, steps: changed } }, { 'if-match': '*' });
		assert.equal(status, 200, JSON.stringify(body));
	}
	await page.reload();
	await page.getByRole('button', { name: 'Other version…' }).click();
	await dialog.getByLabel('Version').waitFor();
	await dialog.getByRole('button', { name: 'Go on with it' }).click();
	await dialog.getByRole('alert').getByText(/Step "first" has begun, and its "value" is another one in version 3\./).waitFor();
	await dialog.getByLabel('Version').selectOption({ label: 'v2 · another end' });
	await dialog.getByRole('button', { name: 'Go on with it' }).click();
	await dialog.waitFor({ state: 'hidden' });
	await until('the page to be on that version', async () => (await page.locator('header').allInnerTexts()).some((text) => /\bv2\b/.test(text)));
	await e2e.post(`/runs/${run.id}/signals/go`, {});
	await badge(page, 'Completed').waitFor();
	assert.equal((await read(run)).output, 'new');
	assert.deepEqual(page.problems, []);
});

test('approves a step with what its form asks for; what is wrong is said at the field', async () => {
	const run = await e2e.run(await flow('Pricing', pricing), {});
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	const card = page.getByRole('region', { name: /Step 2, Publish it, waits for approval/ });
	await card.getByText('Three pages for the launch').waitFor();
	await card.getByText(/^until /).waitFor();
	await card.getByLabel('Price').fill('many');
	await card.getByRole('button', { name: 'Approve' }).click();
	await card.getByText(/Price is not a number/).waitFor();
	await card.getByLabel('Price').fill('12');
	await card.getByLabel('Comment').fill('Good');
	await card.getByRole('button', { name: 'Approve' }).click();
	await badge(page, 'Completed').waitFor();
	await soon(async () => assert.equal(await page.getByRole('region', { name: /waits for approval/ }).count(), 0));
	const done = await read(run);
	assert.equal(done.output, 'It costs 12');
	assert.deepEqual([done.steps[1].step_run.output.decision, done.steps[1].step_run.output.comment], ['approve', 'Good']);
	assert.deepEqual(page.problems, []);
});

test('rejects a step by a key, with a reason, on the phone too', async () => {
	const run = await e2e.run(await flow('Pricing again', pricing), {});
	const page = await e2e.page({ width: 375 });
	await page.goto(e2e.at(`/runs/${run.id}`));
	const card = page.getByRole('region', { name: /waits for approval/ });
	await card.getByRole('button', { name: 'Reject…' }).waitFor();
	await page.keyboard.press('x');
	await card.getByRole('button', { name: 'Reject', exact: true }).click();
	await card.getByText('Reason is empty. Say what has to change.').waitFor();
	await card.getByLabel('Reason').fill('Too long');
	await card.getByRole('button', { name: 'Reject', exact: true }).click();
	await badge(page, 'Failed').waitFor();
	assert.equal((await read(run)).steps[2].step_run, null);
	assert.deepEqual(page.problems, []);
});

test('says what is to follow a step that failed: tried again, then passed over', async () => {
	// what comes to no time fails each time
	const steps = [{ key: 'odd', name: 'Odd one', kind: 'wait', seconds: '{{ "soon" }}', on_failure: 'ask' }, { key: 'end', kind: 'transform', value: '{{steps.odd.output || "without it"}}' }];
	const run = await e2e.run(await flow('To be asked about', steps), {});
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	const card = page.getByRole('region', { name: /Step 1, Odd one, failed. What is to follow\?/ });
	await card.getByRole('button', { name: 'Try again' }).click();
	await until('the second attempt', async () => (await read(run)).steps[0].step_run.attempt === 2);
	await card.getByLabel('Comment').fill('Never mind');
	await card.getByRole('button', { name: 'Skip the step' }).click();
	await badge(page, 'Completed').waitFor();
	const done = await read(run);
	assert.deepEqual([done.output, done.steps[0].step_run.status], ['without it', 'skipped']);
	await soon(async () => assert.equal(await page.getByRole('region', { name: /What is to follow/ }).count(), 0));
	assert.deepEqual(page.problems, []);
});

test('a viewer reads what is asked, and cannot decide, pause or delete', async () => {
	const run = await e2e.run(await flow('Pricing for all', pricing), {});
	e2e.stack.sql(`update membership set role = 'viewer' where workspace_id = '${e2e.api.workspace}'`);
	try {
		const page = await e2e.page();
		await page.goto(e2e.at(`/runs/${run.id}`));
		await page.getByText('You read here. A member decides.').waitFor();
		for (const name of ['Approve', 'Pause', 'Delete…']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
	} finally {
		e2e.stack.sql(`update membership set role = 'owner' where workspace_id = '${e2e.api.workspace}'`);
	}
});

test('deletes a run, after it was said what goes; keeping it changes nothing', async () => {
	const workflow = await e2e.workflow('Instant chain');
	const run = await e2e.run(workflow, { text: 'soon gone' });
	await e2e.ended(run);
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await page.getByRole('button', { name: 'Delete…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Delete this run of Instant chain?' });
	await dialog.getByText(/gone for good, for everybody/).waitFor();
	await dialog.getByRole('button', { name: 'Keep it' }).click();
	await dialog.waitFor({ state: 'detached' });
	assert.equal((await read(run)).id, run.id);
	await page.getByRole('button', { name: 'Delete…' }).click();
	await dialog.getByRole('button', { name: 'Delete run' }).click();
	await page.waitForURL(/\/runs$/);
	await page.getByText('The run of Instant chain was deleted.').first().waitFor();
	assert.equal((await read(run)).code, 'not_found');
	await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
	await page.waitForFunction((id) => !document.querySelector(`a[href*="${id}"]`), run.id);
	await page.goBack();
	await page.getByRole('link', { name: 'Go to runs' }).waitFor();
	assert.deepEqual(page.problems, []);
});

test('selects runs of the list by box and by key, cancels those that go on and deletes those that have ended', async () => {
	const slow = await flow('Goes on', [{ key: 'go', kind: 'signal' }]);
	const quick = await flow('Has ended', [{ key: 'end', kind: 'transform', value: 1 }]);
	const live = [await e2e.run(slow, {}), await e2e.run(slow, {})];
	const ended = await e2e.run(quick, {});
	await e2e.ended(ended);
	const page = await e2e.page();
	await page.goto(e2e.at('/runs'));
	const box = page.getByRole('checkbox', { name: 'Select Has ended' });
	const before_ = await box.boundingBox();
	await box.check();
	assert.equal((await box.boundingBox()).x, before_.x, 'the row keeps its columns');
	await page.getByText('1 run selected').waitFor();
	for (const { id } of live) {
		await page.locator(`a[href*="${id}"]`).focus();
		await page.keyboard.press('x');
	}
	await page.getByText('3 runs selected').waitFor();
	assert.match(page.url(), /\/runs$/, 'a box is no link');
	await page.getByRole('button', { name: 'Delete 1 run…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Delete 1 run?' });
	await dialog.getByRole('button', { name: 'Delete runs' }).click();
	await page.getByText('1 run deleted.').first().waitFor();
	assert.equal((await read(ended)).code, 'not_found');
	await page.locator(`a[href*="${ended.id}"]`).waitFor({ state: 'detached' });
	for (const { id } of live) {
		await page.locator(`a[href*="${id}"]`).focus();
		await page.keyboard.press('x');
	}
	await page.getByRole('button', { name: 'Cancel 2 runs' }).click();
	await page.getByText('2 runs asked to end.').first().waitFor();
	for (const run of live) assert.equal((await e2e.ended(run)).status, 'cancelled');
	assert.deepEqual(page.problems, []);
});

test('does something with all runs that fit the filter: counted before, the number of many deletes written down, others left alone', async () => {
	const quick = await flow('Of many', [{ key: 'end', kind: 'transform', value: 1 }]);
	const slow = await flow('Of few', [{ key: 'go', kind: 'signal' }]);
	const { ids } = await e2e.post('/runs:bulk', { workflow_id: quick.id, inputs: Array(120).fill({}) });
	const live = await e2e.run(slow, {});
	await until('all have ended', async () => (await e2e.post('/runs:delete', { filter: { workflow_id: quick.id }, dry_run: true })).accepted === ids.length);
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs?workflow=${quick.id}`));
	await page.getByRole('button', { name: 'All of them…' }).click();
	const dialog = page.getByRole('dialog', { name: 'All runs of this workflow' });
	await dialog.getByRole('button', { name: 'Delete 120 runs' }).click();
	await dialog.getByText('That is another number. Write 120.').waitFor();
	await dialog.getByLabel('Write 120 to delete them').fill('120');
	if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/all.png` });
	await dialog.getByRole('button', { name: 'Delete 120 runs' }).click();
	await page.getByText('120 runs deleted.').first().waitFor();
	await page.getByText('No runs of this workflow').waitFor();
	assert.equal((await read(live)).status === 'cancelled', false);

	await page.goto(e2e.at(`/runs?workflow=${slow.id}`));
	await page.getByRole('button', { name: 'All of them…' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel 1 run' }).click();
	await page.getByText('1 run asked to end.').first().waitFor();
	assert.equal((await e2e.ended(live)).status, 'cancelled');
	assert.deepEqual(page.problems, []);
});

// Agents, child runs and notes in the builder, what may be filled in, and the settings of a workflow: by keyboard, saved, opened again and run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

const clean = async (page) => assert.deepEqual((await violations(page)).map((one) => one.text), []);
const shots = process.env.STEPMILL_SHOTS;
const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png`, fullPage: false });
let e2e;
let child;
before(async () => {
	e2e = await open();
	await e2e.api.request('PUT', `/workspaces/${e2e.api.workspace}/variables/TONE`, { value: 'calm' });
	await e2e.api.request('PUT', `/workspaces/${e2e.api.workspace}/secrets/API_KEY`, { value: 'sealed' });
	child = await e2e.post('/workflows', {
		name: 'Tell it',
		visibility: 'workspace',
		definition: { type: 'flow', steps: [{ key: 'tell', kind: 'transform', value: '{{input.text}}, {{input.tone}}' }] },
	});
});
after(() => e2e?.close());

const add = async (page, kind) => {
	const box = page.getByRole('combobox', { name: 'Add step', exact: true });
	await box.focus();
	await page.keyboard.type(kind);
	await page.getByRole('option', { name: new RegExp(`^${kind}`) }).first().waitFor();
	// not a new prompt of that name
	while (!(await page.locator('[role=option][aria-selected=true]').textContent()).startsWith(kind)) await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
};
const saved = async (page) => {
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const id = /workflows\/([0-9a-f-]{36})/.exec(page.url())[1];
	return (await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`)).body;
};

test('an agent is registered, changed, put away and taken back, and says who asks it', async () => {
	const page = await e2e.page();
	await page.goto(e2e.at('/agents'));
	await page.getByText('Agents belong here').waitFor();
	await page.keyboard.press('c');
	await page.waitForURL(/\/agents\/new$/);
	await page.getByRole('heading', { level: 1, name: 'New agent' }).waitFor();
	await page.getByLabel('Name', { exact: true }).fill('Critic?');
	await page.getByLabel('A service over HTTP').check();
	await page.keyboard.press('Control+s');
	// both are told, and the first has the focus
	await page.getByText('Address is empty.').first().waitFor();
	await page.waitForFunction(() => document.activeElement?.id === 'agent-name');
	await clean(page);
	await shot(page, 'agent-new-refused');
	await page.getByLabel('Name', { exact: true }).fill('Critic');
	await page.getByLabel('A model with a role').check();
	await page.getByLabel(/^Role/).fill('You judge texts.');
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/agents\/[0-9a-f-]{36}$/);
	await page.getByText('No workflow that you see asks it.').waitFor();
	await page.getByLabel(/^Description/).fill('Judges what others wrote');
	await page.keyboard.press('Control+s');
	await page.getByText('revision 2').waitFor();
	await page.getByRole('button', { name: 'Archive agent' }).click();
	await page.getByText('It is archived').waitFor();
	await page.getByRole('button', { name: 'Restore agent' }).click();
	await page.getByRole('button', { name: 'Archive agent' }).waitFor();
	await clean(page);
	assert.deepEqual(page.problems, []);
});

test('an agent, a child run and a note are built by keyboard, with what is known at their place, and run', async () => {
	const page = await e2e.page({ height: 1000 });
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name', { exact: true }).fill('All together');
	const panel = page.getByRole('region', { name: 'Selected step' });
	await add(page, 'Note');
	await panel.getByLabel('Text', { exact: true }).fill('# Read me\n\n- **bold**\n- [a link](https://stepmill.example)\n- [none](javascript:alert(1))');
	const note = page.locator('[data-step-card]').first();
	await note.getByRole('link', { name: 'a link' }).waitFor();
	await soon(async () => assert.equal(await note.getByRole('link').count(), 1));

	await add(page, 'Agent');
	// what is missing is told at its field
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText('Choose an agent.').waitFor();
	await panel.getByLabel('Agent', { exact: true }).selectOption('Critic');
	await panel.getByRole('button', { name: 'Add them' }).press('Enter');
	const asked = panel.getByLabel('Value of prompt', { exact: true });
	await asked.fill('');
	await asked.pressSequentially('Judge this in a {{ton');
	await page.getByRole('option', { name: /env\.TONE/ }).waitFor();
	await shot(page, 'fill-list');
	await page.keyboard.press('Enter');
	await asked.pressSequentially(' tone: {{input.text}}');
	await soon(async () => assert.equal(await asked.inputValue(), 'Judge this in a {{env.TONE}} tone: {{input.text}}'));
	// before anything has run there is no step to use, and a note has no output
	await asked.press('Control+Space');
	const offered = () => page.getByRole('listbox').getByRole('option').allTextContents();
	await soon(async () => assert.deepEqual((await offered()).map((one) => one.replace(/(secret|variable)$/, '')), ['input.text', 'env.TONE', 'env.API_KEY']));
	await page.keyboard.press('Escape');
	await panel.getByText('More settings').click();
	await panel.getByLabel(/^Name of its output/).fill('verdict');
	await panel.getByLabel(/^Phase/).fill('Judge');
	await panel.getByLabel(/^Attempts in all/).fill('3');
	await panel.getByLabel(/^First pause/).fill('0.5');
	await panel.getByLabel(/^Kept under/).fill('{{input.text}}');
	await panel.getByLabel(/^When it has completed/).fill('return context.output.trim();');
	await clean(page);
	await shot(page, 'step-agent');

	await add(page, 'Child workflow');
	await panel.getByRole('combobox', { name: 'Workflow', exact: true }).fill('Tell');
	await page.getByRole('option', { name: /^Tell it/ }).click();
	await panel.getByText('It also asks for text, tone.').waitFor();
	await panel.getByRole('button', { name: 'Add them' }).press('Enter');
	const text = panel.getByLabel('Value of text', { exact: true });
	await text.fill('{{');
	await soon(async () => assert.ok((await offered()).some((one) => one.startsWith('outputs.verdict')), 'an output with a name is known after it'));
	await text.press('Escape');
	await text.fill('{{outputs.verdict}}');
	await panel.getByLabel('Value of tone', { exact: true }).fill('{{env.TONE}}');
	await page.getByRole('heading', { name: 'Settings' }).click();
	await page.getByLabel(/^What a run gives/).fill('{"said": "{{steps.workflow.output}}"}');
	await page.getByLabel(/^When a run has completed/).fill('return { ...context.output, handled: true };');
	await page.getByLabel(/^A run may cost/).fill('many');
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText(/Write a number from 0/).waitFor();
	await page.getByLabel(/^A run may cost/).fill('2');
	await page.getByLabel(/^A run may take/).fill('900');
	await page.getByLabel(/^Step runs at most/).fill('1.5');
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText(/Write a whole number from 1/).waitFor();
	await page.getByLabel(/^Step runs at most/).fill('50');
	await clean(page);
	await shot(page, 'step-child');
	const made = await saved(page);
	const [first, agent, started] = made.definition.steps;
	assert.deepEqual([first.kind, first.needs], ['note', undefined]);
	assert.deepEqual([agent.action, agent.agent.name, agent.output, agent.phase, agent.retry.max_attempts, agent.retry.delay_ms], ['prompt', 'Critic', 'verdict', 'Judge', 3, 500]);
	assert.deepEqual([agent.cache, agent.on_complete], [{ key: '{{input.text}}', ttl_seconds: 3600 }, { code: 'return context.output.trim();' }]);
	assert.deepEqual([started.workflow, started.input], [{ id: child.id, version: 1 }, { text: '{{steps.agent.output}}', tone: '{{env.TONE}}' }]);
	assert.deepEqual([made.definition.limits, made.definition.output], [{ cost_usd: 2, seconds: 900, steps: 50 }, { said: '{{steps.workflow.output}}' }]);
	assert.deepEqual(made.definition.on_complete, { code: 'return { ...context.output, handled: true };' });

	const ended = await e2e.ended(await e2e.run(made, { text: 'bees' }));
	assert.equal(ended.status, 'completed', JSON.stringify(ended.error));
	assert.match(ended.output.said, /calm tone: bees.*, calm$/s);
	assert.equal(ended.output.handled, true);

	// a run leads to the one that it has started, and back; its phases are its sections
	const second = await e2e.ended(await e2e.run(made, { text: 'bees' }));
	await page.goto(e2e.at(`/runs/${second.id}?step=workflow`));
	const grid = page.getByRole('treegrid');
	await grid.getByRole('row').filter({ hasText: 'Judge' }).getByText('1 of 1').waitFor();
	await grid.getByRole('row').filter({ hasText: 'Child workflow' }).waitFor();
	await soon(async () => assert.equal(await page.getByText(/waiting for/).count(), 0, 'what is over waits for nothing'));
	await clean(page);
	await shot(page, 'run-phases');
	await page.getByRole('link', { name: 'The run it started' }).click();
	await page.getByRole('link', { name: 'started by workflow of another run' }).click();
	await page.waitForURL(new RegExp(`/runs/${second.id}`));

	// opened again it says the same, and the agent knows who asks it
	await page.goto(e2e.at(`/workflows/${made.id}/edit`));
	await page.getByRole('heading', { level: 3, name: 'Agent' }).click();
	await soon(async () => assert.equal(await panel.getByLabel('Value of prompt', { exact: true }).inputValue(), 'Judge this in a {{env.TONE}} tone: {{input.text}}'));
	await panel.getByText('More settings').click();
	await soon(async () => assert.equal(await panel.getByLabel(/^First pause/).inputValue(), '0.5'));
	await page.getByLabel(/^Description/).fill('Once more');
	const again = await saved(page);
	assert.deepEqual([again.version, again.definition], [1, made.definition], 'nothing of the definition is lost');
	await page.goto(e2e.at('/agents'));
	await page.getByRole('link', { name: 'Critic' }).click();
	await page.getByRole('table', { name: 'Used by' }).getByRole('link', { name: 'All together' }).waitFor();
	await clean(page);
	await shot(page, 'agent');
	assert.deepEqual(page.problems, []);
});

test('in a loop what it gives may be filled in; on the phone, in the dark', async () => {
	const page = await e2e.page({ width: 375, dark: true });
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name', { exact: true }).fill('In turns');
	await add(page, 'Loop');
	await page.getByLabel('List', { exact: true }).fill('["a", "b"]');
	const into = page.getByRole('combobox', { name: 'Add step to Loop', exact: true });
	await into.fill('Transform');
	await page.getByRole('option', { name: /^Transform/ }).first().click();
	const value = page.getByLabel('Value', { exact: true });
	await value.fill('');
	await page.getByRole('button', { name: 'Fill in: Value' }).click();
	await soon(async () => assert.deepEqual((await page.getByRole('listbox').getByRole('option').allTextContents()).slice(0, 3).map((one) => /loop\.(?:item|index|previous)/.exec(one)?.[0]), ['loop.item', 'loop.index', 'loop.previous']));
	await shot(page, 'fill-phone-dark');
	await page.getByRole('option', { name: /loop\.item/ }).click();
	await soon(async () => assert.equal(await value.inputValue(), '{{loop.item}}'));
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scroll');
	await clean(page);
	const made = await saved(page);
	assert.equal(made.definition.steps[0].steps[0].value, '{{loop.item}}');
	assert.deepEqual(page.problems, []);
});

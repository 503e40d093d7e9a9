// Somebody who is new here builds a workflow with a step of every kind by the forms alone, runs it with the built-in model, answers what it asks in the page, and
// sees it end. The kinds are those of the contract: one that is added without a form, or without an answer here, fails.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

const clean = async (page) => assert.deepEqual((await violations(page)).map((one) => one.text), []);
const shots = process.env.STEPMILL_SHOTS;
const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/newcomer-${name}.png`, fullPage: false });
let e2e;
let service;
before(async () => {
	service = http.createServer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"bees": 3}')).listen(0, '127.0.0.1');
	await once(service, 'listening');
	e2e = await open({ env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${service.address().port}` } });
	await e2e.post('/agents', { name: 'Critic', kind: 'prompt', config: { system: 'You judge texts.' } });
	await e2e.post('/workflows', { name: 'Tell it', visibility: 'workspace', definition: { type: 'flow', steps: [{ key: 'tell', kind: 'transform', value: '{{input.text}}!' }] } });
});
after(async () => {
	await e2e?.close();
	service?.closeAllConnections();
	service?.close();
});

async function kindsOfContract() {
	const text = await readFile(new URL('../../src/api/openapi.yaml', import.meta.url), 'utf8');
	const step = text.slice(text.indexOf('\n    StepDefinition:\n'));
	return /\n {8}kind: \{type: string, enum: \[([^\]]+)\]/.exec(step)[1].split(', ');
}

/** By its name in the list of what can be added; `group`: into that. */
async function add(page, option, group) {
	const box = page.getByRole('combobox', { name: group ? `Add step to ${group}` : 'Add step', exact: true });
	await box.fill(option);
	await page.getByRole('option', { name: new RegExp(`^${option}`) }).first().click();
}

/** What is typed for each kind, where what it begins with is not enough. `panel`: the form of the step. */
const KINDS = {
	prompt: { option: 'Extract key points', fill: (page) => page.getByRole('button', { name: /^Accept \d+ suggestion/ }).click() },
	note: { option: 'Note', fill: (_, panel) => panel.getByLabel('Text', { exact: true }).fill('What this is for') },
	transform: { option: 'Transform' },
	function: { option: 'Function', fill: (_, panel) => panel.getByLabel('Code', { exact: true }).fill('return { words: JSON.stringify(input).length };') },
	script: { option: 'Script', fill: (_, panel) => panel.getByLabel('Command', { exact: true }).fill('echo done') },
	http: { option: 'HTTP request', fill: (_, panel) => panel.getByLabel('Address', { exact: true }).fill(`http://127.0.0.1:${service.address().port}/bees`) },
	agent: {
		option: 'Agent',
		fill: (_, panel) => panel.getByLabel('Agent', { exact: true }).selectOption('Critic'),
	},
	workflow: {
		option: 'Child workflow',
		fill: async (page, panel) => {
			await panel.getByRole('combobox', { name: 'Workflow', exact: true }).fill('Tell');
			await page.getByRole('option', { name: /^Tell it/ }).click();
			await panel.getByRole('button', { name: 'Add them' }).click();
		},
	},
	wait: { option: 'Wait', fill: (_, panel) => panel.getByLabel('Seconds', { exact: true }).fill('0.1') },
	sequential: { option: 'Sequence', into: 'Sequence' },
	parallel: { option: 'Parallel', into: 'Parallel' },
	loop: { option: 'Loop', into: 'Loop', fill: (_, panel) => panel.getByLabel('List', { exact: true }).fill('["a", "b"]') },
	conditional: {
		option: 'Condition',
		fill: (_, panel) => panel.getByLabel('Question', { exact: true }).fill('{{input.text}} != ""'),
		chooses: async (panel) => panel.getByLabel('If so', { exact: true }).selectOption({ index: 1 }),
	},
	switch: {
		option: 'Switch',
		fill: (_, panel) => panel.getByLabel('Value', { exact: true }).fill('{{input.text}}'),
		chooses: async (panel) => {
			await panel.getByRole('button', { name: 'Add case' }).click();
			await panel.getByLabel('Value of case 1', { exact: true }).fill('Ada writes.');
			await panel.getByLabel('Step of case 1', { exact: true }).selectOption({ index: 1 });
		},
	},
	approval: { option: 'Approval' },
	signal: { option: 'Wait for a signal', fill: (_, panel) => panel.getByRole('textbox', { name: /^Signal/ }).fill('go') },
};

test('somebody who is new builds every kind by its form, runs it, answers it and sees it end', async () => {
	const kinds = await kindsOfContract();
	assert.ok(kinds.length >= 16);
	assert.deepEqual(kinds.filter((kind) => !KINDS[kind]), [], 'each kind of the contract is built here');
	const page = await e2e.page({ height: 1000 });
	const panel = page.getByRole('region', { name: 'Selected step' });
	await page.goto(e2e.at('/workflows'));
	await page.getByRole('link', { name: /^New workflow/ }).click();
	await page.getByLabel('Name', { exact: true }).first().fill('Every kind there is');
	for (const kind of kinds) {
		const { option, into, fill } = KINDS[kind];
		await add(page, option);
		await fill?.(page, panel);
		await shot(page, kind);
		if (into) await add(page, 'Transform', into);
	}
	// what they choose stands after them, so it is chosen last
	for (const kind of kinds.filter((one) => KINDS[one].chooses)) {
		await page.getByRole('heading', { level: 3, name: KINDS[kind].option, exact: true }).click();
		await KINDS[kind].chooses(panel);
		await shot(page, `${kind}-chosen`);
	}
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const id = /workflows\/([0-9a-f-]{36})/.exec(page.url())[1];
	const { body: made } = await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`);
	assert.deepEqual(made.definition.steps.map((step) => step.kind), kinds);

	await page.getByRole('textbox', { name: 'Text' }).fill('Ada writes.');
	await page.getByRole('button', { name: /^Run/ }).first().click();
	await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
	await page.getByRole('button', { name: /^Approve/ }).click();
	await page.getByRole('heading', { name: /waits for the signal go$/ }).waitFor();
	await clean(page);
	await shot(page, 'run-signal');
	await page.getByRole('textbox', { name: /^What comes with it/ }).fill('{"paid": true}');
	await page.getByRole('button', { name: 'Send go' }).click();
	await page.locator('header').getByText('Completed', { exact: true }).first().waitFor();
	await shot(page, 'run-ended');
	const run = (await e2e.api.get(`/workspaces/${e2e.api.workspace}/runs/${/runs\/([0-9a-f-]{36})/.exec(page.url())[1]}`)).body;
	const undone = run.steps.filter((step) => step.depth === 0 && step.kind !== 'note' && step.step_run?.status !== 'completed');
	assert.deepEqual(undone.map((step) => `${step.key} ${step.step_run?.status}`), []);
	assert.deepEqual(run.steps.find((step) => step.kind === 'signal').step_run.output, { paid: true });
	assert.deepEqual(page.problems, []);
});

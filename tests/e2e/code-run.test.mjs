// Runs of workflows with code: the code in the run with its steps behind their lines, what went wrong at its place, and going on with such a run: retried,
// on a newer version, with code that does not match, forked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';
import { textIn } from './editor.mjs';

let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

const clean = async (page) => assert.deepEqual((await violations(page)).map(({ text }) => text), []);
const shots = process.env.STEPMILL_SHOTS;
const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png` });
const badge = (page, word) => page.locator('header').getByText(word, { exact: true }).first();
const read = async (id) => (await e2e.api.get(`/workspaces/${e2e.api.workspace}/runs/${id}`)).body;
const statuses = (run) => run.steps.map((step) => `${step.key} ${step.step_run?.status ?? 'none'}${step.step_run?.reused ? ', reused' : ''}`);
const menu = async (page, item) => {
	await page.getByRole('button', { name: 'Retry', exact: true }).click();
	await page.getByRole('menuitem', { name: item }).click();
};
/** The line of the source that a note stands behind. */
const noted = (page, text) => page.locator('.cm-line', { hasText: text }).locator('.cm-note');

const document = (body) => `import { defineWorkflow } from "stepmill";

export default defineWorkflow({
  name: "Coded",
  async execute(ctx) {
${body.map((line) => `    ${line}\n`).join('')}  },
});
`;
const ONE = 'const one = await ctx.step("one", { fn: () => ({ said: ctx.args.text }) });';
const TWO = 'const two = await ctx.step("two", { type: "function", code: "if (input.n.length > 3) throw new Error(\'too long\'); return input.n;", input: { n: one.data.said } });';
const THREE = 'const three = await ctx.step("three", { fn: () => `${two.data}, and three` });';
const RETURN = 'return three.data;';
const coded = (name, body) => e2e.post('/workflows', { name, visibility: 'workspace', source: document(body) });
const change = async (workflow, body) => {
	const { status, body: said } = await e2e.api.request('PATCH', `/workspaces/${e2e.api.workspace}/workflows/${workflow.id}`, { source: document(body) }, { 'if-match': '*' });
	assert.equal(status, 200, JSON.stringify(said));
};

test('a run that goes on shows its code, and how far each step is', async () => {
	const workflow = await coded('Goes on', [ONE, 'await ctx.step("answer", { type: "approval", input: { said: one.data.said } });', 'const two = one;', THREE.replace('two.data', 'two.data.said'), RETURN]);
	const run = await e2e.run(workflow, { text: 'abc' });
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}?view=source`));
	await noted(page, 'ctx.step("one"').getByText('completed').waitFor();
	await noted(page, 'ctx.step("answer"').getByText('waiting').waitFor();
	await noted(page, 'ctx.step("three"').getByText('not asked for yet').waitFor();
	assert.equal(await textIn(page.getByRole('textbox', { name: 'Source of Goes on' })), workflow.source);
	await clean(page);
	await shot(page, 'code-run-going');
	// it follows the run, without a reload
	await page.getByRole('button', { name: /^Approve/ }).click();
	await badge(page, 'Completed').waitFor();
	await noted(page, 'ctx.step("three"').getByText('completed').waitFor();
	assert.equal((await read(run.id)).output, 'abc, and three');
	// changed it is in its code: among its steps that would be lost
	await page.goto(e2e.at(`/workflows/${workflow.id}/edit`));
	await page.getByText('It is written as code.').waitFor();
	await page.locator('[inert]').getByRole('heading', { level: 3, name: 'three', includeHidden: true }).waitFor();
	await page.getByRole('button', { name: 'Go to the source' }).click();
	await soon(async () => assert.equal(await textIn(page.getByRole('textbox', { name: 'Source of the workflow' })), workflow.source));
	assert.deepEqual(page.problems, []);
});

test('code that throws says so in its line', async () => {
	const workflow = await coded('Throws', [ONE, 'if (one.data.said !== "x") throw new Error("not this");', 'return 1;']);
	const run = await e2e.run(workflow, { text: 'abc' });
	assert.equal((await e2e.ended(run)).error.code, 'code');
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await page.getByText('Error: not this (line 7)').first().waitFor();
	await page.getByRole('link', { name: 'See it in the source' }).click();
	await page.waitForURL(/view=source/);
	const found = page.locator('.cm-line', { has: page.locator('.cm-found-serious') });
	await found.first().waitFor();
	assert.match(await found.first().textContent(), /throw new Error\("not this"\)/);
	await page.locator('.cm-found-serious').first().hover();
	await page.locator('.cm-tooltip').getByText('not this').waitFor();
	await clean(page);
	await shot(page, 'code-run-threw');
	assert.deepEqual(page.problems, []);
});

test('retried on a newer version it goes on from the step that failed; with code that does not match it ends, and says where', async () => {
	const workflow = await coded('Retried', [ONE, TWO, THREE, RETURN]);
	const run = await e2e.run(workflow, { text: 'a long text' });
	assert.equal((await e2e.ended(run)).status, 'failed');
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}?view=source`));
	await noted(page, 'ctx.step("two"').getByText('failed').waitFor();
	await page.locator('.cm-line', { has: page.locator('.cm-found-serious') }).filter({ hasText: 'ctx.step("two"' }).waitFor();

	// the code does not ask for what has run
	await change(workflow, [`if (ctx.args.text === "x") {`, `  ${ONE}`, '}', TWO.replace('one.data.said', '"n"'), THREE, RETURN]);
	await page.reload();
	await menu(page, /^Retry from…/);
	const dialog = page.getByRole('dialog', { name: 'Retry from…' });
	await dialog.getByLabel('Version').selectOption({ index: 1 });
	await dialog.getByRole('button', { name: /^Retry from step/ }).click();
	await dialog.waitFor({ state: 'detached' });
	await page.locator('header').getByText('generation 2').waitFor();
	await page.getByText(/The code does not match what has run: the step `one` has ended/).first().waitFor();
	await page.getByText('one has run, and this code does not ask for it.').waitFor();
	const found = page.locator('.cm-line', { has: page.locator('.cm-found-serious') });
	await soon(async () => assert.match(await found.first().textContent(), /ctx\.step\("one"/));
	await clean(page);
	await shot(page, 'code-run-mismatch');
	const mismatched = await read(run.id);
	assert.deepEqual([mismatched.error.code, mismatched.error.path], ['replay_mismatch', 'one']);

	// mended, it goes on, and what has run stays as it was
	await change(workflow, [ONE, TWO.replace('> 3', '> 300'), THREE, RETURN]);
	await page.reload();
	await menu(page, /^Retry from…/);
	await dialog.getByLabel('Version').selectOption({ index: 1 });
	await dialog.getByLabel('Retry from').selectOption({ label: 'step 2, two' });
	await dialog.getByText('Reused, $0.00: one.').waitFor();
	await dialog.getByRole('button', { name: 'Retry from step 2' }).click();
	await badge(page, 'Completed').waitFor();
	const done = await read(run.id);
	assert.equal(done.output, 'a long text, and three');
	assert.deepEqual([done.workflow_version, statuses(done)], [3, ['one completed, reused', 'two completed', 'three completed']]);
	await noted(page, 'ctx.step("three"').getByText('completed').waitFor();
	assert.deepEqual(page.problems, []);
});

test('forked at a step it keeps what stands before, and the run it came from', async () => {
	const workflow = await coded('Forked', [ONE, TWO, THREE, RETURN]);
	const run = await e2e.run(workflow, { text: 'abc' });
	assert.equal((await e2e.ended(run)).output, 'abc, and three');
	const page = await e2e.page();
	await page.goto(e2e.at(`/runs/${run.id}`));
	await menu(page, /^Fork at…/);
	const dialog = page.getByRole('dialog', { name: 'Fork at…' });
	await dialog.getByLabel('Begin at').selectOption({ label: 'step 3, three' });
	await dialog.getByRole('button', { name: 'Fork run' }).click();
	await page.waitForURL((url) => /\/runs\/[0-9a-f-]{36}/.test(url.pathname) && !url.pathname.endsWith(run.id));
	await badge(page, 'Completed').waitFor();
	await page.getByRole('link', { name: 'fork of another run' }).waitFor();
	const fork = await read(/\/runs\/([0-9a-f-]{36})/.exec(page.url())[1]);
	assert.equal(fork.output, 'abc, and three');
	assert.deepEqual(statuses(fork), ['one completed, reused', 'two completed, reused', 'three completed']);
	assert.equal((await read(run.id)).generation, 1);
	const phone = await e2e.page({ width: 375, dark: true });
	await phone.goto(e2e.at(`/runs/${fork.id}?view=source`));
	await noted(phone, 'ctx.step("three"').getByText('completed').waitFor({ state: 'attached' });
	assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scroll');
	await clean(phone);
	await shot(phone, 'code-run-phone-dark');
	assert.deepEqual([...page.problems, ...phone.problems], []);
});

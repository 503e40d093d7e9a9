// Forms within a step: what a wait does before it looks, and the tools of an agent. By keyboard, with undo; what is wrong is told at its field, here and by
// the server; saved, opened again and run. On the phone, in the dark, too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

const clean = async (page) => assert.deepEqual((await violations(page)).map((one) => one.text), []);
const shots = process.env.STEPMILL_SHOTS;
const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png`, fullPage: false });
let e2e;
before(async () => {
	e2e = await open();
	const tools = [{ name: 'search', kind: 'function', code: 'return ["bees"];' }];
	await e2e.post('/agents', { name: 'Adder', kind: 'prompt', config: { system: 'You add.', tools } });
});
after(() => e2e?.close());

const add = async (page, kind) => {
	await page.getByRole('combobox', { name: 'Add step', exact: true }).fill(kind);
	await page.getByRole('option', { name: new RegExp(`^${kind}`) }).first().click();
};
const saved = async (page) => {
	await page.keyboard.press('Control+s');
	await page.waitForURL(/\/workflows\/[0-9a-f-]{36}$/);
	const id = /workflows\/([0-9a-f-]{36})/.exec(page.url())[1];
	return (await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${id}`)).body;
};
const focused = (page, id) => page.waitForFunction((end) => document.activeElement?.id.endsWith(end), id);
const undo = async (page) => {
	// in a field that is its own undo
	await page.evaluate(() => document.activeElement.blur());
	await page.keyboard.press('Control+z');
};

test('what a wait does before it looks is a form of each kind', async () => {
	const page = await e2e.page({ height: 1000 });
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name', { exact: true }).fill('Looks first');
	const panel = page.getByRole('region', { name: 'Selected step' });
	await add(page, 'Wait');
	await panel.getByLabel('Wait', { exact: true }).selectOption('While something is true');
	const kind = panel.getByLabel(/^What it does before each look/);
	assert.deepEqual(await kind.locator('option').allTextContents(), ['nothing: it looks at what is known', 'HTTP request', 'Function', 'Prompt', 'Agent', 'Child workflow', 'Transform']);
	await kind.selectOption('HTTP request');
	await panel.getByLabel('While', { exact: true }).fill('{{poll.output.busy}}');
	// what is missing is told at its field, which gets the focus
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText('Address is empty.').waitFor();
	await focused(page, '-field-poll.0.url');
	await clean(page);
	await shot(page, 'poll-http');
	await page.keyboard.type('https://a.example');
	await panel.getByText('More settings of HTTP request').click();
	await panel.getByRole('combobox', { name: 'When it fails' }).first().selectOption('It looks all the same');
	// each change can be undone, and a field that is typed in is one of them
	await kind.selectOption('Function');
	await soon(async () => assert.equal(await panel.getByLabel('Address', { exact: true }).count(), 0));
	await undo(page);
	await soon(async () => assert.equal(await panel.getByLabel('Address', { exact: true }).inputValue(), 'https://a.example'));
	await undo(page);
	await soon(async () => assert.equal(await panel.getByRole('combobox', { name: 'When it fails' }).first().inputValue(), 'stop'));
	await undo(page);
	await soon(async () => assert.equal(await panel.getByLabel('Address', { exact: true }).inputValue(), ''));

	await kind.selectOption('Prompt');
	await panel.getByRole('combobox', { name: 'Prompt', exact: true }).fill('Extract');
	await page.getByRole('option', { name: /^Extract/ }).first().click();
	await panel.getByText(/^It also asks for/).waitFor();
	await panel.getByLabel('Model', { exact: true }).first().selectOption('builtin/instant');
	await clean(page);
	await shot(page, 'poll-prompt');
	// what the server finds in it is told there, too
	await kind.selectOption('Function');
	const code = panel.getByLabel('Code', { exact: true });
	await code.fill('return { busy: ;');
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByRole('link', { name: /What it does before each look, Code$/ }).waitFor();
	await focused(page, '-field-poll.0.code');
	await code.fill('return { busy: input.turn === "never" };');
	const given = panel.getByLabel(/^What it is given/);
	await given.fill('{"turn": "{{po');
	await page.getByRole('option', { name: /poll\.output/ }).waitFor();
	await given.press('Escape');
	await given.fill('{"turn": "{{input.turn}}"}');
	const made = await saved(page);
	assert.deepEqual(made.definition.steps[0].poll, { kind: 'function', code: 'return { busy: input.turn === "never" };', input: { turn: '{{input.turn}}' }, ...pick(made.definition.steps[0].poll) });
	assert.equal((await e2e.ended(await e2e.run(made, { turn: 'now' }))).status, 'completed');
	// opened again it says the same, and nothing of it is lost
	await page.goto(e2e.at(`/workflows/${made.id}/edit`));
	await page.getByRole('heading', { level: 3, name: 'Wait' }).click();
	await soon(async () => assert.equal(await kind.inputValue(), 'function'));
	await soon(async () => assert.equal(await code.inputValue(), 'return { busy: input.turn === "never" };'));
	await page.getByLabel(/^Description/).fill('Once more');
	assert.deepEqual((await saved(page)).definition, made.definition);
	assert.deepEqual(page.problems, []);
});

/** What the server adds to a step when it is saved. */
const pick = ({ name, timeout_seconds, retry, on_failure }) => Object.fromEntries(Object.entries({ name, timeout_seconds, retry, on_failure }).filter(([, value]) => value !== undefined));

test('the tools of an agent are forms in a list', async () => {
	const page = await e2e.page({ height: 1000 });
	await page.goto(e2e.at('/workflows/new'));
	await page.getByLabel('Name', { exact: true }).fill('Has tools');
	const panel = page.getByRole('region', { name: 'Selected step' });
	await add(page, 'Agent');
	await panel.getByLabel('Agent', { exact: true }).selectOption('Adder');
	await panel.getByRole('button', { name: 'Add them' }).press('Enter');
	await panel.getByLabel('Value of prompt', { exact: true }).fill('[[call add {"a": 2, "b": 40}]]');
	const how = panel.getByLabel('What its model may ask for', { exact: true });
	await how.selectOption('other tools');
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText('There is no tool.').waitFor();
	const tools = panel.getByRole('group', { name: 'Tools', exact: true });
	await tools.getByRole('button', { name: 'Add a tool' }).press('Enter');
	await focused(page, '.0.kind');
	await tools.getByRole('button', { name: 'Add a tool' }).press('Enter');
	await focused(page, '.1.kind');
	await tools.getByLabel('Kind of tool 2').selectOption('A tool of the agent');
	await tools.getByLabel('Tool', { exact: true }).selectOption('search');
	const first = tools.getByRole('group', { name: /^Tool 1/ });
	await first.getByLabel('Its name', { exact: true }).fill('search');
	await first.getByLabel(/^What the model is told of it/).fill('The sum of a and b');
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByRole('link', { name: /Tools, 1, Code$/ }).waitFor();
	await focused(page, '-field-tools.0.code');
	const code = first.getByLabel('Code', { exact: true });
	await code.fill('return input.a + input.b;');
	// two of one name; then a schema that the server refuses
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByText('Two tools have this name.').waitFor();
	await first.getByLabel('Its name', { exact: true }).fill('add');
	await first.getByLabel(/^What the model gives it/).fill('{"type": "object", "properties": {"a": {"type": "nothing"}}}');
	await page.keyboard.press('Control+s');
	await page.getByRole('alert').getByRole('link', { name: /Tools, 1, What the model gives it$/ }).waitFor();
	await focused(page, '-field-tools.0.input_schema');
	await clean(page);
	await shot(page, 'tools');
	await first.getByLabel(/^What the model gives it/).fill('{"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}}');
	// taken away, and back by undo
	await tools.getByRole('button', { name: 'Remove tool add' }).press('Enter');
	await soon(async () => assert.equal(await tools.getByRole('group', { name: /^Tool \d/ }).count(), 1));
	await soon(async () => assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Add a tool'));
	await undo(page);
	await soon(async () => assert.equal(await tools.getByRole('group', { name: /^Tool \d/ }).count(), 2));
	// templates of a tool know what the model gives it, and the run is asked for nothing
	await tools.getByRole('button', { name: 'Add a tool' }).press('Enter');
	await tools.getByLabel('Kind of tool 3').selectOption('HTTP request');
	const third = tools.getByRole('group', { name: /^Tool 3/ });
	await third.getByLabel('Its name', { exact: true }).fill('look');
	await third.getByLabel(/^What the model gives it/).fill('{"type": "object", "properties": {"city": {"type": "string"}}}');
	await third.getByLabel('Address', { exact: true }).fill('https://a.example/{{inp');
	await page.getByRole('option', { name: /input\.city/ }).waitFor();
	await page.keyboard.press('Enter');
	await soon(async () => assert.equal(await third.getByLabel('Address', { exact: true }).inputValue(), 'https://a.example/{{input.city}}'));
	await page.getByText('None yet.').waitFor();
	const made = await saved(page);
	const [{ tools: list }] = made.definition.steps;
	assert.deepEqual(list.map((tool) => tool.name ?? tool), ['add', 'search', 'look']);
	assert.deepEqual([list[0].kind, list[0].description, list[2].url], ['function', 'The sum of a and b', 'https://a.example/{{input.city}}']);
	const ended = await e2e.ended(await e2e.run(made, {}));
	assert.deepEqual([ended.status, ended.output], ['completed', '42']);

	const phone = await e2e.page({ width: 375, dark: true });
	await phone.goto(e2e.at(`/workflows/${made.id}/edit`));
	await phone.getByRole('heading', { level: 3, name: 'Agent' }).click();
	await soon(async () => assert.equal(await phone.getByRole('group', { name: 'Tool 1: add' }).getByLabel('Code', { exact: true }).inputValue(), 'return input.a + input.b;'));
	await phone.getByRole('group', { name: 'Tool 2: search' }).scrollIntoViewIfNeeded();
	assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scroll');
	await clean(phone);
	await shot(phone, 'tools-phone-dark');
	assert.deepEqual([...page.problems, ...phone.problems], []);
});

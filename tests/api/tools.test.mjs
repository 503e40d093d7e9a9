// Agents with tools and with prompts of the library: how they are registered and refused, what a workflow takes over of them, and that they work.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { startWorld } from './lib/world.mjs';

/** Answers with what it was asked. `hold`: not until it is let go. */
const other = { requests: [], held: [], hold: false };
let world;
before(async () => {
	other.server = http.createServer(async (request, response) => {
		let body = '';
		for await (const bytes of request) body += bytes;
		other.requests.push({ method: request.method, url: request.url, headers: request.headers, body });
		if (other.hold) {
			other.held.push(response);
			return;
		}
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ at: request.url, word: request.headers['x-word'] }));
	}).listen(0, '127.0.0.1');
	await once(other.server, 'listening');
	other.url = `http://127.0.0.1:${other.server.address().port}`;
	world = await startWorld({ executors: 2, env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${other.server.address().port}` } });
});
after(async () => {
	await world?.stack.stop();
	other.server?.closeAllConnections();
	other.server?.close();
});

const at = (path) => world.at(path);
let count = 0;
async function made(config, client = world.mia) {
	const { status, body } = await client.post(at('/agents'), { name: `Helper ${++count}`, kind: 'prompt', config: { options: { stream_ms: 0 }, ...config } });
	assert.equal(status, 201, JSON.stringify(body));
	return body;
}
const refused = async (config) => {
	const { status, body } = await world.mia.post(at('/agents'), { name: `Helper ${++count}`, kind: 'prompt', config });
	return [status, (body.errors ?? []).map((e) => `${e.path} ${e.code}`)];
};
const save = (steps, more = {}, client = world.mia) => client.post(at('/workflows'), { name: 'Asks', visibility: 'private', definition: { type: 'flow', steps }, ...more });
const step = (agent, more = {}) => ({ key: 'ask', kind: 'agent', agent: agent.name, input: { prompt: '{{input.text}}' }, ...more });
const mistakes = ({ status, body }) => [status, (body.errors ?? []).map((e) => `${e.path} ${e.code}`)];
async function saved(steps, more) {
	const { status, body } = await save(steps, more);
	assert.equal(status, 201, JSON.stringify(body));
	return body;
}
const start = async (flow, text) => (await world.mia.post(at('/runs'), { workflow_id: flow.id, input: { text } })).body.id;
const ended = (id) => until('the run to end', async () => {
	const now = (await world.mia.get(at(`/runs/${id}`))).body;
	return now.finished_at && now;
});
const run = async (flow, text) => ended(await start(flow, text));
const order = (name, input) => `[[call ${name} ${JSON.stringify(input)}]]`;
const add = { name: 'add', kind: 'function', description: 'Adds.', code: 'return input.a + input.b',
	input_schema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] } };

describe('an agent', () => {
	test('has tools, each of a kind; what is wrong with them is told with its place', async () => {
		const agent = await made({ tools: [add], max_turns: 3 });
		assert.deepEqual([agent.config.tools, agent.config.max_turns], [[add], 3]);
		const nobody = '0192e4a0-0000-7000-8000-000000000000';
		for (const [tools, ...wrong] of [
			[[{ ...add, name: 'Add' }], '/config/tools/0/name pattern'],
			[[add, add], '/config/tools/1/name duplicate'],
			[[{ name: 'x', kind: 'function' }], '/config/tools/0 required'],
			[[{ ...add, kind: 'magic' }], '/config/tools/0/kind enum'],
			[[{ ...add, url: 'https://x.test' }], '/config/tools/0/url unknown_field'],
			[[{ ...add, input_schema: { type: 'array' } }], '/config/tools/0/input_schema type'],
			[[{ ...add, input_schema: { type: 'object', properties: { a: { type: 'nothing' } } } }], '/config/tools/0/input_schema/properties/a schema'],
			[[{ name: 'x', kind: 'http', url: 'https://x.test/{{steps.a.output}}' }], '/config/tools/0/url unknown_name'],
			[[{ name: 'x', kind: 'http' }], '/config/tools/0 required'],
			[[{ ...add, timeout_seconds: 301 }], '/config/tools/0/timeout_seconds range'],
			[[{ name: 'x', kind: 'workflow', workflow: { id: nobody } }], '/config/tools/0/workflow/id unknown_workflow'],
			[[{ name: 'x', kind: 'workflow' }], '/config/tools/0 required'],
		]) assert.deepEqual(await refused({ tools }), [422, wrong], JSON.stringify(tools));
		assert.deepEqual(await refused({ prompt: { id: nobody } }), [422, ['/config/prompt/id unknown_prompt']]);
		assert.deepEqual(await refused({ prompt: { id: nobody }, system: 'x' }), [422, ['/config/prompt twice']]);
		assert.deepEqual(await refused({ max_turns: 0 }), [422, ['/config/max_turns minimum']]);
		const http = await world.mia.post(at('/agents'), { name: 'H', kind: 'http', config: { base_url: 'https://x.test', tools: [add] } });
		assert.deepEqual(mistakes(http), [422, ['/config unknown_field']]);
	});
	test('asks for its tools, as its workflow has taken them over; saved again it takes what they have become', async () => {
		const agent = await made({ system: 'You add.', tools: [add] });
		const flow = await saved([step(agent), { key: 'after', kind: 'transform', value: '{{steps.ask.output}}!' }]);
		assert.deepEqual(flow.definition.steps[0].call.steps.map((s) => [s.key, s.kind]), [['model', 'model'], ['tools', 'tools']]);
		const ran = await run(flow, `${order('add', { a: 1, b: 2 })}\nWhat is it?`);
		assert.deepEqual([ran.status, ran.output], ['completed', '3!'], JSON.stringify(ran.error));
		assert.deepEqual(ran.steps.map((s) => [s.key, s.depth, s.kind, s.iterations]), [['ask', 0, 'agent', 2], ['ask/model', 1, 'model', null],
			['ask/tools', 1, 'tools', null], ['ask/tools/add', 2, 'function', null], ['after', 0, 'transform', null]].map(([k, d, w, n]) => [k, d, w, k === 'ask/tools' ? 0 : n]));
		assert.equal(ran.tokens_out > 0, true);
		const away = await world.mia.request('PATCH', at(`/agents/${agent.id}`), { config: { tools: [{ ...add, code: 'return 100' }], options: { stream_ms: 0 } } }, { 'if-match': '*' });
		assert.equal(away.status, 200, JSON.stringify(away.body));
		assert.equal((await run(flow, `${order('add', { a: 1, b: 2 })}\nx`)).output, '3!');
		const again = await world.mia.request('PATCH', at(`/workflows/${flow.id}`), { definition: flow.definition }, { 'if-match': '*' });
		assert.equal(again.status, 200, JSON.stringify(again.body));
		assert.equal((await run(flow, `${order('add', { a: 1, b: 2 })}\nx`)).output, '100!');
	});
	test('its step has handlers and a cache as any other', async () => {
		const agent = await made({ tools: [add] });
		const flow = await saved([step(agent, { on_start: { code: 'if (input.prompt.includes("never")) throw new Error("No")' }, on_complete: { code: 'return [output]' }, cache: { key: '{{input.text}}', ttl_seconds: 600 } })]);
		const asked = `${order('add', { a: 1, b: 2 })}\nx`;
		const [first, second] = [await run(flow, asked), await run(flow, asked)];
		assert.deepEqual([first.output, second.output], [['3'], ['3']]);
		const steps = async (id) => (await world.mia.get(at(`/runs/${id}/step-runs`))).body.data.map((s) => [s.path, s.cached]);
		assert.deepEqual(await steps(second.id), [[flow.definition.steps[0].key, true]]);
		assert.ok((await steps(first.id)).length > 4);
		assert.equal((await run(flow, 'never')).error.code, 'handler');
	});
	test('a step chooses among its tools, or has its own, and its own max_turns', async () => {
		const agent = await made({ tools: [add, { ...add, name: 'more' }] });
		const flow = await saved([step(agent, { tools: ['more', { ...add, name: 'own', code: 'return "own"' }], max_turns: 2 })]);
		const { steps, max_turns } = flow.definition.steps[0].call;
		assert.deepEqual([steps[1].steps.map((s) => s.key), max_turns], [['more', 'own'], 2]);
		const ran = await run(flow, `${order('own', { a: 1, b: 2 })}\nx`);
		assert.equal(ran.output, 'own');
		assert.equal((await run(flow, `${order('own', { a: 1, b: 2 })}\n\n${order('own', { a: 1, b: 2 })}\nx`)).error.code, 'max_turns');
		assert.deepEqual((await saved([step(agent, { tools: [] })])).definition.steps[0].call.steps, undefined);
		for (const [more, wrong] of [[{ tools: ['mores'] }, '/definition/steps/0/tools/0 unknown_tool'],
			[{ on_failure: 'ask' }, '/definition/steps/0/on_failure unknown'],
			[{ tools: [{ ...add, code: 'return (' }] }, '/definition/steps/0/tools/0/code code']])
			assert.deepEqual(mistakes(await save([step(agent, more)])), [422, [wrong]], JSON.stringify(more));
		assert.deepEqual(mistakes(await save([{ key: 'x', kind: 'transform', value: 1, tools: ['add'] }])), [422, ['/definition/steps/0/tools unknown_field']]);
	});
});

describe('tools', () => {
	test('of the kind http are requests that go where the tool says; what is secret stays so, and comes back after a crash', async () => {
		assert.equal((await world.ann.request('PUT', at('/secrets/WORD'), { value: 'honeycomb-17' })).status, 200);
		const tool = { name: 'look', kind: 'http', url: `${other.url}/at/{{input.what}}`, headers: { 'X-Word': '{{env.WORD}}' } };
		const agent = await made({ tools: [tool] });
		const flow = await saved([step(agent, { input: { prompt: '{{input.text}}\nThe word is {{env.WORD}}.', more: '{{env.WORD}}' } })]);
		other.requests = [];
		const ran = await run(flow, `${order('look', { what: 'a b' })}\n`);
		assert.equal(ran.status, 'completed', JSON.stringify(ran.error));
		assert.deepEqual(other.requests.map((r) => [r.method, r.url, r.headers['x-word']]), [['GET', '/at/a%20b', 'honeycomb-17']]);
		assert.match(ran.output, /•••WORD•••/);
		const everything = world.stack.sql(`select coalesce(input, '') || coalesce(output, '') || coalesce(error, '') from step_run where run_id = '${ran.id}'`).join();
		assert.ok(!everything.includes('honeycomb'), everything);
		// What an agent is asked is kept sealed while it goes on: the model is told the same, whoever asks it.
		other.hold = true;
		const id = await start(flow, `${order('look', { what: 'held' })}\n`);
		await until('the tool to be called', () => other.held.length > 0);
		for (const executor of world.stack.executors) await executor.kill('SIGKILL');
		for (const executor of world.stack.executors) world.stack.lapse(executor);
		other.hold = false;
		for (const response of other.held) response.destroy();
		for (const executor of world.stack.executors) executor.start();
		const again = await ended(id);
		assert.equal(again.status, 'completed', JSON.stringify(again.error));
		assert.equal(other.requests.at(-1).headers['x-word'], 'honeycomb-17');
		assert.equal(other.requests.filter((r) => r.url === '/at/held').length, 2);
		const rows = world.stack.sql(`select path, attempt, status from step_run where run_id = '${id}' and path like '%/model' order by path`);
		assert.deepEqual(rows.map((row) => row.join(' ')), ['ask[0]/model 1 completed', 'ask[1]/model 1 completed']);
		// Tokens of the second turn: the real word is as long as its mask's place was, so the two turns count what they were told.
		const tokens = (which) => Number(world.stack.sql(`select tokens_in from step_run where run_id = '${which}' and path = 'ask[1]/model'`)[0][0]);
		assert.equal(tokens(id), tokens(ran.id) + Math.round(('held'.length - 'a%20b'.length) / 4), 'the second turn was told something else');
	});
	test('of the kind workflow start runs of the version that is current when the workflow is saved; shared with whom it is shared', async () => {
		const inner = await saved([{ key: 'said', kind: 'transform', value: 'about {{input.topic}}' }], { name: 'Research' });
		const agent = await made({ tools: [{ name: 'research', kind: 'workflow', workflow: { id: inner.id } }] });
		const flow = await saved([step(agent)]);
		const tool = flow.definition.steps[0].call.steps[1].steps[0];
		assert.deepEqual([tool.workflow, tool.description, tool.input_schema.required], [{ id: inner.id, version: 1 }, 'Research', ['topic']]);
		const ran = await run(flow, `${order('research', { topic: 'bees' })}\n${order('research', {})}\nx`);
		assert.equal(ran.status, 'completed', JSON.stringify(ran.error));
		assert.match(ran.output, /does not fit this tool's input_schema/);
		const rows = world.stack.sql(`select path, status from step_run where run_id = '${ran.id}' and path like '%/research' order by path`);
		assert.deepEqual(rows.map((row) => row.join(' ')), ['ask[0]/tools[0]/research completed', 'ask[0]/tools[1]/research failed']);
		const shared = await world.mia.post(at(`/workflows/${flow.id}/sharing`), { visibility: 'workspace' }, { 'if-match': '*' });
		assert.ok([404, 409].includes(shared.status), JSON.stringify(shared.body));
		const wide = await save([step(agent)], { visibility: 'workspace' });
		assert.equal(wide.status, 409);
		assert.match(wide.body.detail, /workflows that are private: "Research"/);
	});
});

describe('a prompt of the library', () => {
	const prompt = async (text, more = {}) => {
		const { status, body } = await world.mia.post(at('/prompts'), { name: `P ${++count}`, body: text, visibility: 'private', ...more });
		assert.equal(status, 201, JSON.stringify(body));
		return body;
	};
	test('is what an agent asks; its variables are what steps give, its version is that of when the workflow was saved', async () => {
		const p = await prompt('You know {{topic}}.\n\n{{question}}');
		const agent = await made({ prompt: { id: p.id } });
		assert.deepEqual(mistakes(await save([step(agent, { input: { question: 'Why?', topics: 'x' } })])),
			[422, ['/definition/steps/0/input unmapped', '/definition/steps/0/input/topics unknown_variable']]);
		const flow = await saved([step(agent, { input: { topic: 'bees', question: '{{input.text}}' } })]);
		assert.deepEqual(flow.definition.steps[0].call, { prompt: { id: p.id, version: 1 } });
		assert.equal((await run(flow, 'Why?')).output, 'Why?');
		const next = await world.mia.request('PATCH', at(`/prompts/${p.id}`), { body: '{{topic}}\n\n{{question}} Briefly.' }, { 'if-match': '*' });
		assert.equal(next.status, 200, JSON.stringify(next.body));
		assert.equal((await run(flow, 'Why?')).output, 'Why?');
		const again = await saved([step(agent, { input: { topic: 'bees', question: '{{input.text}}' } })]);
		assert.deepEqual([again.definition.steps[0].call.prompt.version, (await run(again, 'Why?')).output], [2, 'Why? Briefly.']);
	});
	test('goes with tools as well', async () => {
		const p = await prompt('{{question}}');
		const agent = await made({ prompt: { id: p.id }, tools: [add] });
		const flow = await saved([step(agent, { input: { question: '{{input.text}}' } })]);
		assert.equal((await run(flow, `${order('add', { a: 4, b: 5 })}\nx`)).output, '9');
	});
	test('that is private is refused in what more people see', async () => {
		const p = await prompt('{{question}}');
		const agent = await made({ prompt: { id: p.id } });
		const wide = await save([step(agent, { input: { question: 'x' } })], { visibility: 'workspace' });
		assert.deepEqual([wide.status, /what is private: the prompts/.test(wide.body.detail)], [409, true], JSON.stringify(wide.body));
		// Who does not see the prompt cannot save a workflow that asks the agent either.
		assert.deepEqual(mistakes(await save([step(agent, { input: { question: 'x' } })], {}, world.ann)), [422, ['/definition/steps/0/agent/prompt/id unknown_prompt']]);
	});
});

// Registered agents: who makes and changes them, what is refused, and steps that ask them, by a prompt and over HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startRogue } from '../harness/rogue.mjs';
import { until } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { ids, startWorld } from './lib/world.mjs';

let world, contract, rogue;
before(async () => {
	rogue = await startRogue();
	world = await startWorld({ executors: 1, env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${rogue.port}` } });
	contract = (await world.nobody.get('/openapi.json')).body;
});
after(async () => {
	await world?.stack.stop();
	await rogue?.stop();
});

const at = (path) => world.at(path);
async function ask(client, id, path, body, headers = {}) {
	const op = operations(contract).find((o) => o.id === id);
	const answer = await client.request(op.method, at(path), body, op.method === 'PATCH' ? { 'if-match': '*', ...headers } : headers);
	assert.deepEqual(answerMisfits(contract, op, answer), [], id);
	return answer;
}
let count = 0;
const named = (what) => `${what} ${++count}`;
async function made(kind, config, name = named('Agent'), client = world.mia) {
	const { status, body } = await ask(client, 'createAgent', '/agents', { name, kind, config });
	assert.equal(status, 201, JSON.stringify(body));
	return body;
}
const save = (steps, more = {}) => world.mia.post(at('/workflows'), { name: 'Asks', visibility: 'private', definition: { type: 'flow', steps }, ...more });
const step = (agent, more = {}) => ({ key: 'ask', kind: 'agent', agent: agent.name ?? agent, input: { prompt: 'About {{input.text}}' }, ...more });
const mistakes = (answer) => [answer.status, (answer.body.errors ?? []).map((e) => [e.path, e.code])];
async function run(flow, input = { text: 'bees' }) {
	const { status, body } = await world.mia.post(at('/runs'), { workflow_id: flow.id, input });
	assert.equal(status, 201, JSON.stringify(body));
	return until('the run to end', async () => {
		const now = (await world.mia.get(at(`/runs/${body.id}`))).body;
		return now.finished_at && now;
	});
}

describe('an agent', () => {
	test('is made by members, changed by who made it and by admins, and has its name once', async () => {
		const agent = await made('prompt', { system: 'You are brief.' }, 'Researcher');
		assert.deepEqual([agent.revision, agent.kind, agent.config, agent.created_by.id], [1, 'prompt', { system: 'You are brief.' }, ids.mia]);
		assert.equal((await ask(world.vic, 'createAgent', '/agents', { name: 'V', kind: 'prompt', config: {} })).status, 403);
		assert.equal((await ask(world.mia, 'createAgent', '/agents', { name: 'researcher', kind: 'prompt', config: {} })).status, 409);
		assert.equal((await ask(world.vic, 'readAgent', `/agents/${agent.id}`)).body.name, 'Researcher');
		assert.equal((await world.eve.get(at(`/agents/${agent.id}`))).status, 404);
		assert.equal((await ask(world.ann, 'updateAgent', `/agents/${agent.id}`, { description: 'By ann' })).body.revision, 2);
		assert.equal((await ask(world.mia, 'updateAgent', `/agents/${agent.id}`, { description: 'Old' }, { 'if-match': '"1"' })).status, 412);
		const away = await ask(world.mia, 'updateAgent', `/agents/${agent.id}`, { archived: true });
		assert.ok(away.body.archived_at);
		assert.ok(!(await ask(world.vic, 'listAgents', '/agents')).body.data.some((a) => a.id === agent.id));
		assert.ok((await ask(world.vic, 'listAgents', '/agents?archived=true')).body.data.some((a) => a.id === agent.id));
		assert.deepEqual(mistakes(await save([step(agent)])), [422, [['/definition/steps/0/agent', 'unknown_agent']]]);
		const other = await made('prompt', {}, 'Researcher');
		assert.equal((await ask(world.mia, 'updateAgent', `/agents/${agent.id}`, { archived: false })).status, 409);
		assert.notEqual(other.id, agent.id);
	});
	test('has a config of its kind, and no templates but variables and secrets in its headers', async () => {
		for (const [kind, config, path] of [
			['http', {}, '/config/base_url'], ['http', { base_url: 'https://x.test', system: 'no' }, '/config'],
			['http', { base_url: 'https://{{input.host}}' }, '/config/base_url'],
			['http', { base_url: 'https://x.test', headers: { A: '{{input.text}}' } }, '/config/headers'],
			['http', { base_url: 'https://x.test', headers: { A: '{{env.A}}{{steps.a.output}}' } }, '/config/headers'],
			['http', { base_url: 'ftp://x.test' }, '/config/base_url'], ['http', { base_url: 'https://x.test', headers: { 'a b': 'x' } }, '/config/headers'],
			['prompt', { base_url: 'https://x.test' }, '/config'], ['prompt', { model: 'nobody/knows' }, '/config/model'],
			['prompt', { system: 'You are {{input.text}}' }, '/config/system'],
		]) {
			const answer = await ask(world.mia, 'createAgent', '/agents', { name: named('Bad'), kind, config });
			assert.deepEqual([answer.status, answer.body.errors.map((e) => e.path)], [422, [path]], JSON.stringify(config));
		}
		await made('http', { base_url: 'https://x.test', headers: { Authorization: 'Bearer {{env.KEY}}' } });
	});
});

describe('a step', () => {
	test('that asks by a prompt says the role, the prompt and what else it is given', async () => {
		const agent = await made('prompt', { system: 'You are brief.', model: 'builtin/echo', options: { stream_ms: 0 } });
		const { status, body } = await save([step(agent, { input: { prompt: 'About {{input.text}}', context: '{{input.more}}' } }), { key: 'after', kind: 'transform', value: '{{steps.ask.output}}!' }]);
		assert.equal(status, 201, JSON.stringify(body));
		assert.deepEqual(body.definition.steps[0].agent, { id: agent.id, name: agent.name, revision: 1 });
		assert.equal(body.definition.steps[0].action, 'prompt');
		const ended = await run(body, { text: 'bees', more: 'They hum.' });
		assert.equal(ended.status, 'completed', JSON.stringify(ended.error));
		assert.deepEqual(ended.steps[0].step_run.input, { prompt: 'About bees', context: 'They hum.' });
		assert.deepEqual([ended.steps[0].model, ended.steps[0].step_run.model_answered], ['builtin/echo', 'builtin/echo']);
		assert.match(body.definition.steps[0].call.text, /^You are brief\.\n\n\{\{prompt\}\}\n\ncontext:\n\{\{context\}\}$/);
		assert.match(ended.output, /They hum\.!$/);
	});
	test('that asks over HTTP sends its input, with the headers of the agent, and gives what it is answered', async () => {
		assert.ok([200, 201].includes((await world.ann.request('PUT', at('/variables/WORD'), { value: 'honey' })).status));
		const agent = await made('http', { base_url: `${rogue.url}/`, endpoint: '/nowhere', headers: { 'X-Word': '{{env.WORD}}' } });
		const { status, body } = await save([step(agent, { endpoint: '/echo', input: { about: '{{input.text}}' } }), { key: 'after', kind: 'transform', value: '{{steps.ask.output.method}}' }]);
		assert.equal(status, 201, JSON.stringify(body));
		const ended = await run(body);
		assert.equal(ended.status, 'completed', JSON.stringify(ended.error));
		const said = ended.steps[0].step_run.output;
		assert.deepEqual([said.method, said.headers['x-word'], JSON.parse(said.body)], ['POST', 'honey', { about: 'bees' }]);
		assert.equal(ended.output, 'POST');
	});
	test('that asks over HTTP is written in a document without saying how it asks', async () => {
		const agent = await made('http', { base_url: `${rogue.url}/`, endpoint: '/echo' });
		const source = `name: Served\nsteps:\n  - {id: ask, type: agent, agent: ${agent.name}, input: {about: "{{input.text}}"}}\n`;
		const { status, body } = await world.mia.post(at('/workflows'), { name: 'Served', visibility: 'private', source, format: 'yaml' });
		assert.equal(status, 201, JSON.stringify(body));
		assert.equal(body.definition.steps[0].action, 'http');
	});
	test('is among those that ask an agent, as long as the current version does', async () => {
		const [agent, other] = [await made('prompt', {}), await made('prompt', {})];
		const nested = (await save([{ key: 'group', kind: 'sequential', steps: [step(agent)] }])).body;
		// named in a text, and under the name of an input: neither asks it
		await save([{ ...step(other), input: { prompt: agent.id, agent: { id: agent.id } } }]);
		const users = async (of, client = world.mia) => (await ask(client, 'listWorkflows', `/workflows?agent_id=${of}`)).body.data.map((flow) => flow.id);
		assert.deepEqual(await users(agent.id), [nested.id]);
		assert.equal((await users(other.id)).length, 1);
		assert.deepEqual(await users(agent.id, world.vic), [], 'a private one is told to nobody else');
		assert.equal((await world.mia.request('PATCH', at(`/workflows/${nested.id}`), { definition: { type: 'flow', steps: [step(other)] } }, { 'if-match': '*' })).status, 200);
		assert.deepEqual(await users(agent.id), []);
	});
	test('takes what the agent has become when its workflow is saved again, and not before', async () => {
		const agent = await made('prompt', { system: 'First.', options: { stream_ms: 0 } });
		const flow = (await save([step(agent)])).body;
		await ask(world.mia, 'updateAgent', `/agents/${agent.id}`, { config: { system: 'Second.', options: { stream_ms: 0 } }, name: named('Renamed') });
		const kept = (await world.mia.get(at(`/workflows/${flow.id}`))).body.definition;
		assert.match(kept.steps[0].call.text, /^First\./);
		const again = await world.mia.request('PATCH', at(`/workflows/${flow.id}`), { definition: kept }, { 'if-match': '*' });
		assert.equal(again.status, 200, JSON.stringify(again.body));
		assert.match(again.body.definition.steps[0].call.text, /^Second\./);
		assert.equal(again.body.definition.steps[0].agent.revision, 2);
	});
	test('is refused with the place of each mistake', async () => {
		const asked = await made('prompt', {});
		const called = await made('http', { base_url: 'https://x.test' });
		for (const [one, path, code] of [
			[step('Nobody'), '/agent', 'unknown_agent'],
			[{ key: 'ask', kind: 'agent', input: { prompt: 'x' } }, '', 'required'],
			[step(asked, { action: 'http' }), '/action', 'action'],
			[step(asked, { input: {} }), '/input', 'unmapped'],
			[step(asked, { endpoint: '/x' }), '/endpoint', 'unknown_field'],
			[step(asked, { input: { prompt: '{{steps.none.output}}' } }), '/input/prompt', 'unknown_step'],
			[step(called, { endpoint: 'x' }), '/endpoint', 'pattern'],
			[step(called, { model: 'builtin/echo' }), '/model', 'unknown_field'],
			[step(called, { url: 'https://y.test' }), '/url', 'unknown_field'],
			[{ key: 'ask', kind: 'transform', value: 1, agent: asked.name }, '/agent', 'unknown_field'],
		])
			assert.deepEqual(mistakes(await save([one])), [422, [[`/definition/steps/0${path}`, code]]], `${path} ${code}`);
		const open = await save([step(asked)], { visibility: 'public' });
		assert.deepEqual([open.status, /agents/.test(open.body.detail)], [409, true]);
	});
});

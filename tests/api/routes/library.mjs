// Prompts and workflows as they are made, listed and read.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ids, makeChain } from '../lib/world.mjs';
import { call, chain, world } from './shared.mjs';

describe('prompts', () => {
	test('a prompt is made with its variables found, listed and read', async () => {
		const made = await call(world.mia, 'createPrompt', world.at('/prompts'), { name: 'Ask', description: 'Über alles', body: 'Q: {{question}} {{ tone }}' });
		assert.equal(made.status, 201);
		assert.deepEqual(made.body.variables, ['question', 'tone']);
		assert.deepEqual(made.body.created_by, { id: ids.mia, name: 'mia' });
		assert.deepEqual([made.body.version, made.body.visibility], [1, 'workspace']);
		const read = await call(world.vic, 'readPrompt', world.at(`/prompts/${made.body.id}`));
		assert.deepEqual(read.body, made.body);
		const list = await call(world.vic, 'listPrompts', world.at('/prompts?limit=1'));
		assert.deepEqual(list.body.data, [made.body]);
		const found = await call(world.vic, 'listPrompts', world.at(`/prompts?q=${encodeURIComponent('ÜBER ask')}`));
		assert.deepEqual(found.body.data.map((p) => p.id), [made.body.id]);
		assert.equal((await call(world.vic, 'listPrompts', world.at('/prompts?q=ask%20nothing'))).body.data.length, 0);
	});
	test('a private prompt is seen by its author alone', async () => {
		const made = await call(world.mia, 'createPrompt', world.at('/prompts'), { name: 'Mine', body: 'x', visibility: 'private' });
		assert.equal((await world.mia.get(world.at(`/prompts/${made.body.id}`))).status, 200);
		assert.equal((await world.ada.get(world.at(`/prompts/${made.body.id}`))).status, 404);
		const seen = (await world.ada.get(world.at('/prompts?limit=100'))).body.data;
		assert.ok(!seen.some((p) => p.id === made.body.id));
	});
});

describe('workflows', () => {
	test('a workflow is made in canonical form, read and listed with its last runs', async () => {
		const { workflow, prompts } = chain;
		assert.deepEqual(workflow.definition.input, { type: 'object', properties: { text: { type: 'string', title: 'Text' } }, required: ['text'] });
		assert.deepEqual(workflow.definition.steps[0].prompt, { id: prompts[0].id, version: 1 });
		const made = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Second', definition: workflow.definition });
		assert.equal(made.status, 201);
		const read = await call(world.vic, 'readWorkflow', world.at(`/workflows/${made.body.id}`));
		assert.deepEqual(read.body, made.body);
		const run = (await call(world.mia, 'createRun', world.at('/runs'), { workflow_id: workflow.id, input: { text: 'one' } })).body;
		const list = await call(world.vic, 'listWorkflows', world.at('/workflows'));
		const entry = list.body.data.find((w) => w.id === workflow.id);
		assert.deepEqual(entry.last_runs.map((r) => [r.id, r.status]), [[run.id, 'pending']]);
		assert.equal(entry.step_count, 2);
	});
	test('what the schema cannot say is told with its place', async () => {
		const definition = structuredClone(chain.workflow.definition);
		definition.steps[1].input.content = '{{steps.nowhere.output}}';
		const answer = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition });
		assert.equal(answer.status, 422);
		assert.ok(answer.body.errors.some((e) => e.path === '/definition/steps/1/input/content'), JSON.stringify(answer.body));
	});
	test('a retry policy is completed, and a wrong one is told with its place', async () => {
		const definition = structuredClone(chain.workflow.definition);
		definition.steps[0].retry = { max_attempts: 4, on: ['overloaded'] };
		definition.steps[1].retry = 'never';
		const made = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Stubborn', definition });
		assert.equal(made.status, 201, JSON.stringify(made.body));
		assert.deepEqual(made.body.definition.steps.map((s) => s.retry),
			[{ max_attempts: 4, delay_ms: 1000, backoff: 'exponential', max_delay_ms: 60000, on: ['overloaded'] }, 'never']);
		definition.steps[0].retry = { max_attempts: 0 };
		const refused = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition });
		assert.deepEqual([refused.status, refused.body.errors.some((e) => e.path.startsWith('/definition/steps/0/retry'))], [422, true], JSON.stringify(refused.body));
	});
	test('a prompt may be named twice, in capitals too', async () => {
		const { id } = (await world.ada.post(world.at('/prompts'), { name: 'P', body: 'About {{text}}' })).body;
		const step = (key, spelled, from) => ({ key, kind: 'prompt', prompt: { id: spelled }, input: { text: from } });
		const steps = [step('a', id, '{{input.text}}'), step('b', id.toUpperCase(), '{{steps.a.output}}')];
		const { status, body } = await world.ada.post(world.at('/workflows'), { name: 'W', definition: { type: 'chain', steps } });
		assert.equal(status, 201, JSON.stringify(body));
	});
	test('a prompt of another workspace is unknown here', async () => {
		const there = await makeChain(world.eve, ids.elsewhere);
		const answer = await world.ada.post(world.at('/workflows'), { name: 'Foreign', definition: there.workflow.definition });
		assert.equal(answer.status, 422);
		assert.ok(answer.body.errors.some((e) => e.path.startsWith('/definition/steps/0/prompt')), JSON.stringify(answer.body));
	});
});

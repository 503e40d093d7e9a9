// Limits over the API: what is set is shown, what makes no sense is refused at its place, a run that waits says for what.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { misfits } from './lib/contract.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let contract;
before(async () => {
	world = await startWorld({ executors: 1 });
	contract = (await world.nobody.get('/openapi.json')).body;
});
after(async () => world?.stack.stop());

const at = (unit, scope) => `/workspaces/${ids.home}/limits/${unit}?scope=${encodeURIComponent(scope)}`;
const put = (unit, scope, body) => world.ada.request('PUT', at(unit, scope), body);
const list = async () => {
	const answer = await world.ada.get(`/workspaces/${ids.home}/limits`);
	assert.equal(answer.status, 200);
	assert.deepEqual(misfits(contract, contract.components.schemas.LimitList, answer.body), []);
	return answer.body.data;
};

describe('a limit', () => {
	test('of each unit is set, shown, changed and deleted', async () => {
		const money = await put('money', 'workspace', { cost_usd: 12.5, period: 'month' });
		assert.equal(money.status, 200, JSON.stringify(money.body));
		assert.deepEqual(misfits(contract, contract.components.schemas.Limit, money.body), []);
		assert.deepEqual([money.body.cost_usd, money.body.period, money.body.spent_usd, money.body.reserved_usd, money.body.limit], [12.5, 'month', 0, 0, null]);
		const calls = await put('concurrency', 'key:a/b c', { limit: 3 });
		assert.deepEqual([calls.body.scope, calls.body.limit, calls.body.in_use, calls.body.waiting], ['key:a/b c', 3, 0, 0]);
		const rate = await put('rate', 'model:builtin/echo', { limit: 10, per_seconds: 0.5 });
		assert.deepEqual([rate.body.limit, rate.body.per_seconds, rate.body.burst], [10, 0.5, 2]);
		assert.deepEqual((await list()).map((l) => `${l.scope} ${l.unit}`), ['key:a/b c concurrency', 'model:builtin/echo rate', 'workspace money']);
		assert.equal((await put('concurrency', 'key:a/b c', { limit: 0 })).body.limit, 0);
		for (const [unit, scope] of [['money', 'workspace'], ['concurrency', 'key:a/b c'], ['rate', 'model:builtin/echo']]) {
			assert.equal((await world.ada.request('DELETE', at(unit, scope))).status, 204);
			assert.equal((await world.ada.request('DELETE', at(unit, scope))).status, 404);
		}
		assert.deepEqual(await list(), []);
	});

	test('names a workflow and a member that are here', async () => {
		const { workflow } = await makeChain(world.ada);
		const done = await put('concurrency', `workflow:${workflow.id.toUpperCase()}`, { limit: 1 });
		assert.equal(done.body.scope, `workflow:${workflow.id}`);
		await world.ada.request('DELETE', at('concurrency', `workflow:${workflow.id}`));
		for (const scope of ['workflow', 'member']) {
			const none = await put('concurrency', `${scope}:0197aaaa-0000-7000-8000-00000000ffff`, { limit: 1 });
			assert.deepEqual([none.status, none.body.code], [404, 'not_found'], scope);
		}
		const { workflow: hers } = await makeChain(world.eve, ids.elsewhere);
		assert.equal((await put('money', `workflow:${hers.id}`, { cost_usd: 1 })).status, 404);
	});

	const wrong = [
		['money', 'workspace', {}, ['/cost_usd']],
		['money', 'workspace', { cost_usd: 1, limit: 3 }, ['/limit']],
		['money', 'workspace', { cost_usd: -1 }, ['/cost_usd']],
		['money', 'workspace', { cost_usd: 1, period: 'week' }, ['/period']],
		['concurrency', 'workspace', { limit: 1, per_seconds: 1 }, ['/per_seconds']],
		['concurrency', 'workspace', { limit: 1.5 }, ['/limit']],
		['rate', 'workspace', { limit: 10 }, ['/per_seconds']],
		['rate', 'workspace', { limit: 0, per_seconds: 1 }, ['/limit']],
		['rate', 'workspace', { limit: 1, per_seconds: 0 }, ['/per_seconds']],
		['concurrency', 'team', { limit: 1 }, ['query.scope']],
		['concurrency', 'workflow:x', { limit: 1 }, ['query.scope']],
		['concurrency', 'model:builtin/none', { limit: 1 }, ['query.scope']],
		['concurrency', 'key:', { limit: 1 }, ['query.scope']],
		['concurrency', `key:${'x'.repeat(201)}`, { limit: 1 }, ['query.scope']],
	];
	for (const [unit, scope, body, places] of wrong)
		test(`${unit} of ${scope.slice(0, 30)} as ${JSON.stringify(body)} is refused`, async () => {
			const answer = await put(unit, scope, body);
			assert.equal(answer.status, 422, JSON.stringify(answer.body));
			assert.deepEqual(answer.body.errors.map((e) => e.path), places);
			assert.deepEqual(await list(), []);
		});
	test('of a unit that does not exist, or without a scope, is refused', async () => {
		assert.ok([400, 404, 422].includes((await put('hope', 'workspace', { limit: 1 })).status));
		assert.ok([400, 422].includes((await world.ada.request('PUT', `/workspaces/${ids.home}/limits/money`, { cost_usd: 1 })).status));
	});
});

describe('a run that is blocked', () => {
	test('says for which limit, in its detail and to the doctor, and goes on when that is raised', async () => {
		await put('concurrency', 'workspace', { limit: 0 });
		const { workflow } = await makeChain(world.ada);
		const made = await world.ada.post(`/workspaces/${ids.home}/runs`, { workflow_id: workflow.id, input: { text: 'x' } });
		const read = async () => (await world.ada.get(`/workspaces/${ids.home}/runs/${made.body.id}`)).body;
		await until('the run to be blocked', async () => (await read()).waiting_for !== null);
		assert.equal((await read()).waiting_for, 'limit concurrency workspace');
		assert.equal((await list())[0].waiting, 1);
		await put('concurrency', 'workspace', { limit: 1 });
		await until('the run to end', async () => (await read()).status === 'completed');
		assert.equal((await read()).waiting_for, null);
	});

	test('a workflow that limits what makes no call, or without a key, is refused where it says so', async () => {
		const create = (steps, over = {}) => world.ada.post(`/workspaces/${ids.home}/workflows`, { name: 'F', definition: { type: 'flow', steps, ...over } });
		const places = async (answer) => {
			const { status, body } = await answer;
			assert.equal(status, 422);
			return body.errors.map((e) => e.path).sort();
		};
		assert.deepEqual(await places(create([{ key: 'a', kind: 'signal', rate: { key: 'x', limit: 1, per_seconds: 1 } }])), ['/definition/steps/0/rate']);
		const { prompts } = await makeChain(world.ada);
		const step = (over) => ({ key: 'a', kind: 'prompt', prompt: { id: prompts[0].id }, input: { text: 'x' }, ...over });
		assert.deepEqual(await places(create([step({ concurrency: { key: '{{steps.b.output}}', limit: 1 } })])), ['/definition/steps/0/concurrency/key']);
		const good = await create([step({ concurrency: { key: 'for {{text}}', limit: 2 }, rate: { key: 'r', limit: 5, per_seconds: 0.5 } })],
			{ limits: { cost_usd: 2.5 } });
		assert.equal(good.status, 201, JSON.stringify(good.body));
		assert.deepEqual(good.body.definition.steps[0].concurrency, { key: 'for {{input.text}}', limit: 2 });
		assert.deepEqual(good.body.definition.limits, { cost_usd: 2.5 });
		assert.ok('text' in good.body.definition.input.properties, 'what only the key names is an input as well');
	});
});

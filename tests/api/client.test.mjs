// @ts-check
// A person's whole way through the API with the generated client: sign in, write prompts, chain them, run, follow the events,
// read the history, sign out. The file is checked by the TypeScript compiler against the contract before it runs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { client, generate, typeErrors } from '../harness/client.mjs';
import { demo, startStack, until } from '../harness/stack.mjs';

test('what this file sends and reads is what the contract says', () => {
	generate();
	assert.equal(typeErrors('api/client.test.mjs', 'harness/client.mjs'), '');
});

/** The data of an answer; an error is thrown with what the problem says. */
async function got(/** @type {Promise<{data?: any, error?: any}>} */ pending) {
	const { data, error } = await pending;
	if (error) throw new Error(JSON.stringify(error));
	return data;
}

test('from signing in to a finished run, and out again', async (t) => {
	const stack = await startStack({ build: process.env.STEPMILL_BUILD ?? 'build' });
	t.after(() => stack.stop());
	const api = client(String(stack.url));

	const refused = await api.GET('/session');
	assert.equal(refused.response.status, 401);
	assert.equal(refused.error?.code, 'unauthenticated');

	/** @type {import('../harness/schema.d.ts').components['schemas']['Session']} */
	const session = await got(api.POST('/session', { body: { email: demo.email, password: demo.password } }));
	const [workspace] = session.workspaces;
	assert.ok(workspace);
	const at = { workspace_id: workspace.id };

	const write = (/** @type {string} */ name, /** @type {string} */ body) => got(api.POST('/workspaces/{workspace_id}/prompts', { params: { path: at }, body: { name, body } }));
	const points = await write('Points', 'List the points.\n\n{{text}}');
	const digest = await write('Digest', 'Say it shortly.\n\n{{points}}');
	assert.deepEqual([points.variables, digest.variables], [['text'], ['points']]);

	const workflow = await got(api.POST('/workspaces/{workspace_id}/workflows', {
		params: { path: at },
		body: {
			name: 'Two steps',
			definition: {
				type: 'chain',
				steps: [
					{ key: 'points', kind: 'prompt', prompt: { id: points.id }, input: { text: '{{input.text}}' }, model: 'builtin/extract', timeout_seconds: 60 },
					{ key: 'digest', kind: 'prompt', prompt: { id: digest.id }, input: { points: '{{steps.points.output}}' }, model: 'builtin/summarise', timeout_seconds: 60 },
				],
			},
		},
	}));
	assert.equal(workflow.step_count, 2);

	const text = 'The launch moves to Tuesday. Ada tells the press. Nothing else changes.';
	const create = () => api.POST('/workspaces/{workspace_id}/runs', { params: { path: at, header: { 'Idempotency-Key': 'once' } }, body: { workflow_id: workflow.id, input: { text } } });
	const made = await got(create());
	const again = await create();
	assert.equal(again.data?.id, made.id, 'the same key gives the same run');
	assert.equal(again.response.headers.get('idempotency-replayed'), 'true');

	const path = { ...at, run_id: made.id };
	const run = await until('the run to end', async () => {
		const now = await got(api.GET('/workspaces/{workspace_id}/runs/{run_id}', { params: { path } }));
		return now.status === 'completed' ? now : null;
	});
	assert.match(String(run.output), /Tuesday/);
	assert.deepEqual(run.marks, ['completed', 'completed']);

	const events = await got(api.GET('/workspaces/{workspace_id}/runs/{run_id}/events', { params: { path, query: { after: 0 } } }));
	assert.deepEqual(events.data.map((/** @type {{seq: number}} */ event) => event.seq), events.data.map((/** @type {unknown} */ _, /** @type {number} */ i) => i + 1));
	assert.ok(events.ended);
	const attempts = await got(api.GET('/workspaces/{workspace_id}/runs/{run_id}/step-runs', { params: { path } }));
	assert.deepEqual(attempts.data.map((/** @type {{path: string}} */ one) => one.path), ['points', 'digest']);
	const history = await got(api.GET('/workspaces/{workspace_id}/runs', { params: { path: at, query: { workflow_id: workflow.id, status: 'completed' } } }));
	assert.deepEqual(history.data.map((/** @type {{id: string}} */ one) => one.id), [made.id]);

	const late = await api.POST('/workspaces/{workspace_id}/runs/{run_id}/cancel', { params: { path } });
	assert.equal(late.response.status, 409);

	assert.equal((await api.DELETE('/session')).response.status, 204);
	assert.equal((await api.GET('/session')).response.status, 401);
});

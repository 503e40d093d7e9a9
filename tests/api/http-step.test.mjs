// A workflow with a step that calls over HTTP, from the request that saves it to the answer that its run gives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRogue } from '../harness/rogue.mjs';
import { startStack, until } from '../harness/stack.mjs';

let stack;
let rogue;
let ada;
let at;
before(async () => {
	rogue = await startRogue();
	stack = await startStack({ live: false, env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${rogue.port}` } });
	ada = await stack.signIn();
	at = (path) => `/workspaces/${ada.workspace}${path}`;
});
after(async () => {
	await stack?.stop();
	await rogue?.stop();
});

const save = (step) => ada.post(at('/workflows'), { name: 'Calls', definition: { type: 'flow', steps: [{ key: 'call', kind: 'http', ...step }] } });
async function run(workflow, input) {
	const { id } = (await ada.post(at('/runs'), { workflow_id: workflow.id, input })).body;
	return until('the run to end', async () => {
		const { body } = await ada.get(at(`/runs/${id}`));
		return ['completed', 'failed'].includes(body.status) && body;
	});
}

test('an http step is saved, run and shown', async () => {
	const { status, body } = await save({ method: 'POST', url: `${rogue.url}/echo`, headers: { 'X-Word': '{{word}}' }, query: { n: [1, 2] }, body: { word: '{{word}}' },
		expect: [200, '3xx'], answer: 'json', redirects: 0, max_bytes: 5000, unframed: false, timeout_seconds: 5, retry: { max_attempts: 2 } });
	assert.equal(status, 201, JSON.stringify(body));
	assert.deepEqual(body.definition.steps[0].body, { word: '{{input.word}}' });
	assert.deepEqual(body.definition.input.required, ['word']);
	const ended = await run(body, { word: 'hello' });
	assert.equal(ended.status, 'completed');
	const [step] = ended.steps;
	assert.deepEqual([step.kind, step.model, step.timeout_seconds], ['http', null, 5]);
	assert.deepEqual(step.step_run.input, { method: 'POST', url: `${rogue.url}/echo`, headers: { 'X-Word': 'hello' }, query: { n: [1, 2] }, body: { word: 'hello' } });
	assert.equal(step.step_run.output.body.headers['x-word'], 'hello');
	assert.equal(ended.output.status, 200);
});

test('what went wrong is told with the status, in the step and in the run', async () => {
	const { body } = await save({ url: `${rogue.url}/status/429?retry-after=9` });
	const ended = await run(body, {});
	assert.equal(ended.status, 'failed');
	assert.deepEqual(ended.steps[0].step_run.error, { code: 'rate_limited', message: 'The other side answered with status 429: {"said":429}', status: 429, retry_after_ms: 9000 });
	assert.deepEqual([ended.error.code, ended.error.path], ['rate_limited', 'call']);
});

test('what is no http step is refused at its place', async () => {
	for (const [step, path] of [
		[{ url: 'ftp://a/' }, 'url'],
		[{ url: 'https://a/', headers: { 'Content-Length': '1' } }, 'headers'],
		[{ url: 'https://a/', headers: { X: ['a'] } }, 'headers'],
		[{ url: 'https://a/', headers: { X: 'a\r\nb' } }, 'headers'],
		[{ url: 'https://a/', proxy: 'x' }, 'proxy'],
		[{ url: 'https://a/', method: 'CONNECT' }, 'method'],
		[{ url: 'https://a/', expect: ['600'] }, 'expect'],
		[{ url: 'https://a/{{steps.later.output}}' }, 'url'],
	]) {
		const { status, body } = await save(step);
		assert.equal(status, 422, JSON.stringify(step));
		assert.ok(body.errors.some((e) => e.path.includes(`/definition/steps/0/${path}`) || e.path.endsWith(path)), JSON.stringify([step, body.errors]));
	}
});

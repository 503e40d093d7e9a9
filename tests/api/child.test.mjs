// Steps that start runs, over the API: what is refused with its place, who has to see which workflow, how the runs are read, listed and deleted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { ids, startWorld } from './lib/world.mjs';

let world, contract;
before(async () => {
	world = await startWorld({ executors: 1 });
	contract = (await world.nobody.get('/openapi.json')).body;
});
after(async () => world?.stack.stop());

const at = (path) => world.at(path);
const fits = (id, answer) => assert.deepEqual(answerMisfits(contract, operations(contract).find((o) => o.id === id), answer), [], id);
const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const child = (key, workflow, more = {}) => ({ key, kind: 'workflow', workflow: { id: workflow.id }, input: { text: '{{input.text}}' }, ...more });
const inner = [value('said', 'I say {{input.text}}')];
async function save(client, steps, more = {}, workspace = ids.home) {
	return client.post(world.at('/workflows', workspace), { name: 'Flow', visibility: 'private', definition: { type: 'flow', steps }, ...more });
}
async function made(client, steps, more, workspace) {
	const answer = await save(client, steps, more, workspace);
	assert.equal(answer.status, 201, JSON.stringify(answer.body));
	return answer.body;
}
const change = (client, flow, steps) => client.request('PATCH', at(`/workflows/${flow.id}`), { definition: { type: 'flow', steps } }, { 'if-match': '*' });
const share = (client, flow, visibility) => client.request('PUT', at(`/workflows/${flow.id}/visibility`), { visibility }, { 'if-match': '*' });
async function run(client, flow, input = { text: 'hello' }) {
	const { status, body } = await client.post(at('/runs'), { workflow_id: flow.id, input });
	assert.equal(status, 201, JSON.stringify(body));
	await until('the run to end', async () => (await client.get(at(`/runs/${body.id}`))).body.finished_at);
	const answer = await client.get(at(`/runs/${body.id}`));
	fits('readRun', answer);
	return answer.body;
}
const mistakes = (answer) => [answer.status, (answer.body.errors ?? []).map((e) => [e.path, e.code])];

describe('what is saved', () => {
	test('names the version that is the current one then, and goes on with that', async () => {
		const said = await made(world.mia, inner);
		const outer = await made(world.mia, [child('ask', said)]);
		assert.deepEqual(outer.definition.steps[0].workflow, { id: said.id, version: 1 });
		assert.equal((await change(world.mia, said, [value('said', 'Now I say {{input.text}}')])).body.version, 2);
		assert.equal((await run(world.mia, outer)).output, 'I say hello');
		const again = await change(world.mia, outer, [child('ask', said)]);
		assert.deepEqual(again.body.definition.steps[0].workflow, { id: said.id, version: 2 });
		assert.equal((await run(world.mia, outer)).output, 'Now I say hello');
	});
	test('is refused with the place of each mistake', async () => {
		const said = await made(world.mia, inner);
		const theirs = await made(world.ada, inner);
		const far = await made(world.eve, inner, {}, ids.elsewhere);
		for (const [step, path, code] of [
			[{ key: 'a', kind: 'workflow' }, '', 'required'],
			[child('a', { id: ids.missing }), '/workflow/id', 'unknown_workflow'],
			[child('a', theirs), '/workflow/id', 'unknown_workflow'],
			[child('a', far), '/workflow/id', 'unknown_workflow'],
			[child('a', said, { workflow: { id: said.id, version: 7 } }), '/workflow/version', 'unknown_version'],
			[child('a', said, { input: {} }), '/input', 'unmapped'],
			[child('a', said, { input: { text: 'x', txet: 'y' } }), '/input/txet', 'unknown_input'],
			[child('a', said, { model: 'builtin/echo' }), '/model', 'unknown_field'],
			[child('a', said, { concurrency: { key: 'k', limit: 1 } }), '/concurrency', 'unknown_field'],
			[value('a', 1, { workflow: { id: said.id } }), '/workflow', 'unknown_field'],
			[child('a', said, { workflow: { id: said.id, name: 'Flow' } }), '/workflow/name', 'unknown_field'],
		])
			assert.deepEqual(mistakes(await save(world.mia, [step])), [422, [[`/definition/steps/0${path}`, code]]], `${path} ${code}`);
		assert.match((await save(world.mia, [child('a', said, { input: { text: 'x', txet: 'y' } })])).body.errors[0].message, /has no input `txet`.*`text`/);
	});
	test('starts no run of itself, by however many others, and none more than 8 deep', async () => {
		const first = await made(world.mia, inner);
		const second = await made(world.mia, [child('next', first)]);
		const third = await made(world.mia, [child('next', second)]);
		for (const flow of [first, second, third])
			assert.deepEqual(mistakes(await change(world.mia, flow, [child('next', third)])), [422, [['/definition/steps', 'recursion']]]);
		assert.equal((await world.mia.get(at(`/workflows/${first.id}`))).body.version, 1);
		let flow = third;
		for (let depth = 3; depth <= 8; depth++) flow = await made(world.mia, [child('next', flow)]);
		assert.deepEqual(mistakes(await save(world.mia, [child('next', flow)])), [422, [['/definition/steps', 'too_deep']]]);
		assert.equal((await run(world.mia, flow)).output, 'I say hello');
	});
});

describe('who sees it', () => {
	test('a shared workflow starts no runs of one that fewer people see', async () => {
		const said = await made(world.mia, inner);
		const shared = await save(world.mia, [child('ask', said)], { visibility: 'workspace' });
		assert.deepEqual([shared.status, /starts runs of workflows that are private: "Flow"/.test(shared.body.detail)], [409, true], shared.body.detail);
		const outer = await made(world.mia, [child('ask', said)]);
		assert.equal((await share(world.mia, outer, 'workspace')).status, 409);
		assert.equal((await share(world.mia, said, 'workspace')).status, 200);
		assert.equal((await share(world.mia, outer, 'workspace')).status, 200);
		const back = await share(world.mia, said, 'private');
		assert.deepEqual([back.status, /Shared workflows start runs of it: "Flow"/.test(back.body.detail)], [409, true], back.body.detail);
		assert.equal((await share(world.mia, outer, 'public')).status, 409);
		assert.equal((await run(world.ada, outer)).output, 'I say hello');
	});
	test('a run of a private workflow is as private as the one that has started it', async () => {
		const said = await made(world.mia, inner, { visibility: 'workspace' });
		const outer = await made(world.mia, [child('ask', said)]);
		const ended = await run(world.mia, outer);
		const id = ended.steps[0].step_run.child_run_id;
		assert.equal((await world.mia.get(at(`/runs/${id}`))).status, 200);
		assert.equal((await world.ada.get(at(`/runs/${id}`))).status, 404);
		assert.deepEqual((await world.ada.get(at(`/runs?parent_run_id=${ended.id}`))).body.data, []);
	});
	test('cloned from another workspace, all that it starts runs of comes along, with its prompts', async () => {
		const prompt = (await world.mia.post(at('/prompts'), { name: 'Say', body: 'Say it again.\n\n{{text}}', visibility: 'public' })).body;
		const deep = await made(world.mia, [{ key: 'said', kind: 'prompt', prompt: { id: prompt.id }, input: { text: '{{input.text}}' } }], { visibility: 'public' });
		const said = await made(world.mia, [child('deep', deep)], { visibility: 'public' });
		const outer = await made(world.mia, [child('ask', said), child('again', deep)], { visibility: 'public' });
		const answer = await world.eve.post(world.at('/workflows:clone', ids.elsewhere), { workflow_id: outer.id });
		assert.equal(answer.status, 201, JSON.stringify(answer.body));
		const here = (path) => world.at(path, ids.elsewhere);
		const [ask, again] = answer.body.definition.steps.map((s) => s.workflow);
		const copy = (await world.eve.get(here(`/workflows/${ask.id}`))).body;
		assert.deepEqual([copy.cloned_from, copy.visibility, copy.definition.steps[0].workflow], [said.id, 'private', again]);
		const { body } = await world.eve.post(here('/runs'), { workflow_id: answer.body.id, input: { text: 'far' } });
		await until('the run to end', async () => (await world.eve.get(here(`/runs/${body.id}`))).body.finished_at);
		assert.equal((await world.eve.get(here(`/runs/${body.id}`))).body.output, 'far');
	});
});

describe('runs that steps have started', () => {
	test('name each other, and are listed by who has started them', async () => {
		const said = await made(world.mia, inner, { visibility: 'workspace' });
		const outer = await made(world.mia, [child('one', said), child('two', said), child('three', said)], { visibility: 'workspace' });
		const ended = await run(world.mia, outer);
		assert.deepEqual([ended.parent_run_id, ended.parent_path], [null, null]);
		const children = ended.steps.map((s) => s.step_run.child_run_id);
		const one = await world.mia.get(at(`/runs/${children[0]}`));
		fits('readRun', one);
		assert.deepEqual([one.body.parent_run_id, one.body.parent_path, one.body.created_by.id, one.body.input], [ended.id, 'one', ids.mia, { text: 'hello' }]);
		const list = await world.ada.get(at(`/runs?parent_run_id=${ended.id}&limit=2`));
		fits('listRuns', list);
		const rest = await world.ada.get(at(`/runs?parent_run_id=${ended.id}&limit=2&cursor=${encodeURIComponent(list.body.next_cursor)}`));
		assert.deepEqual([...list.body.data, ...rest.body.data].map((r) => r.parent_path), ['three', 'two', 'one']);
		assert.equal(rest.body.next_cursor, null);
		assert.deepEqual((await world.ada.get(at(`/runs?parent_run_id=${ended.id}&status=failed`))).body.data, []);
	});
	test('are not retried by themselves: the step is', async () => {
		const said = await made(world.mia, inner);
		const ended = await run(world.mia, await made(world.mia, [child('ask', said)]));
		const answer = await world.mia.post(at(`/runs/${ended.steps[0].step_run.child_run_id}/retry`), { from: 'start' });
		assert.equal(answer.status, 409);
		assert.match(answer.body.detail, /Retry run .* from step "ask"/);
	});
	test('are deleted with the run that has started them, and not before it has ended', async () => {
		const said = await made(world.mia, inner);
		const flow = await made(world.mia, [child('ask', said), { key: 'wait', kind: 'approval' }]);
		const { body: { id } } = await world.mia.post(at('/runs'), { workflow_id: flow.id, input: { text: 'x' } });
		await until('the approval', async () => (await world.mia.get(at(`/runs/${id}`))).body.steps[1].step_run?.status === 'waiting');
		const inside = (await world.mia.get(at(`/runs/${id}`))).body.steps[0].step_run.child_run_id;
		const early = await world.mia.request('DELETE', at(`/runs/${inside}`));
		assert.deepEqual([early.status, /has not ended/.test(early.body.detail)], [409, true], early.body.detail);
		assert.equal((await world.mia.post(at(`/runs/${id}/approvals/wait`), { decision: 'approve' })).status, 202);
		await until('the run to end', async () => (await world.mia.get(at(`/runs/${id}`))).body.finished_at);
		assert.equal((await world.mia.request('DELETE', at(`/runs/${id}`))).status, 204);
		assert.equal((await world.mia.get(at(`/runs/${inside}`))).status, 404);
	});
});

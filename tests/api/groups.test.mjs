// Steps in steps over the API: saved, refused with the place, run, shown with their paths, decided about by path.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack, until } from '../harness/stack.mjs';

let stack, client, at;
before(async () => {
	stack = await startStack({ executors: 1 });
	client = await stack.signIn();
	at = `/workspaces/${client.workspace}`;
});
after(() => stack?.stop());

const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const save = (steps, more = {}) => client.post(`${at}/workflows`, { name: 'Groups', definition: { type: 'flow', steps, ...more } });
const read = async (run) => (await client.get(`${at}/runs/${run}`)).body;

test('what is wrong in a group is named with its place', async () => {
	const { status, body } = await save([{ key: 'both', kind: 'parallel', steps: [value('one', 1), value('two', '{{steps.one.output}}')] }]);
	assert.deepEqual([status, body.errors.map((e) => [e.path, e.code])], [422, [['/definition/steps/0/steps/1/value', 'not_before']]]);
	const unknown = await save([{ key: 'both', kind: 'parallel', steps: [value('one', 1, { when: true })] }]);
	assert.deepEqual([unknown.status, unknown.body.errors.map((e) => [e.path, e.code])], [422, [['/definition/steps/0/steps/0/when', 'unknown_field']]]);
});

test('a run shows all its steps with their paths; an approval in a group is decided by its path', async () => {
	const saved = await save([value('before', '{{input.text}}'),
		{ key: 'both', kind: 'parallel', steps: [{ key: 'ask', kind: 'approval' }, { key: 'line', kind: 'sequential', steps: [value('deep', '{{steps.before.output}}!')] }] },
		{ key: 'way', kind: 'switch', value: '{{steps.ask.output.decision}}', cases: { approve: 'yes' }, default: 'no' },
		value('yes', 'said {{steps.deep.output}}'), value('no', 'never')], { state: { deep: '{{steps.deep.output}}' } });
	assert.equal(saved.status, 201, JSON.stringify(saved.body));
	const made = await client.post(`${at}/runs`, { workflow_id: saved.body.id, input: { text: 'hello' } });
	const run = made.body.id;
	await until('the approval to wait', async () => (await read(run)).steps.find((s) => s.key === 'both/ask')?.step_run?.status === 'waiting');
	assert.deepEqual((await read(run)).steps.map((s) => [s.key, s.depth, s.kind]), [['before', 0, 'transform'], ['both', 0, 'parallel'], ['both/ask', 1, 'approval'],
		['both/line', 1, 'sequential'], ['both/line/deep', 2, 'transform'], ['way', 0, 'switch'], ['yes', 0, 'transform'], ['no', 0, 'transform']]);
	assert.deepEqual((await client.get(`${at}/runs/${run}/state`)).body.state, { deep: 'hello!' });
	assert.equal((await client.post(`${at}/runs/${run}/approvals/ask`, { decision: 'approve' })).status, 404);
	assert.equal((await client.post(`${at}/runs/${run}/approvals/both%2Fask`, { decision: 'approve' })).status, 202);
	await until('the run to end', async () => (await read(run)).status === 'completed');
	const ended = await read(run);
	assert.deepEqual([ended.output, ended.steps_done, ended.step_count], ['said hello!', 5, 5]);
	assert.deepEqual(ended.steps.filter((s) => s.step_run?.status === 'skipped').map((s) => s.key), ['no']);
	const me = (await client.get('/session')).body.user;
	const { by, by_name } = ended.steps.find((s) => s.key === 'both/ask').step_run.output;
	assert.deepEqual([by, by_name], [me.id, me.name]);
	const checkpoints = (await client.get(`${at}/runs/${run}/checkpoints`)).body.data;
	assert.ok(checkpoints.length >= 5);
});

test('conditions are JavaScript with templates in it, in a group as anywhere', async () => {
	const saved = await save([value('n', 7), { key: 'both', kind: 'parallel', steps: [value('more', 'more', { condition: '{{steps.n.output}} > 5' }),
		value('less', 'less', { condition: '{{steps.n.output}} < 5 && true' }), value('sum', '{{[1, 2, steps.n.output].map(x => x * 2)}}')] },
		{ key: 'way', kind: 'conditional', condition: '{{steps.n.output}} === 7', then: 'yes' }, value('yes', '{{steps.way.branch}} {{steps.both.output.more}}')]);
	assert.equal(saved.status, 201, JSON.stringify(saved.body));
	const made = await client.post(`${at}/runs`, { workflow_id: saved.body.id, input: {} });
	await until('the run to end', async () => (await read(made.body.id)).finished_at);
	const ended = await read(made.body.id);
	assert.deepEqual([ended.status, ended.output], ['completed', 'then more'], JSON.stringify(ended.error));
	assert.deepEqual(ended.steps.find((s) => s.key === 'both').step_run.output, { more: 'more', sum: [2, 4, 14] });
	const wrong = await save([value('n', 7), value('m', 1, { condition: '{{steps.n.output}} >' })]);
	assert.deepEqual([wrong.status, wrong.body.errors.map((e) => e.path)], [422, ['/definition/steps/1/condition']]);
});

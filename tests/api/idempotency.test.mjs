// The same Idempotency-Key with the same request: done once, answered alike, whatever happens in between.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { operations } from './lib/contract.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let chain;
let source;
before(async () => {
	world = await startWorld({ workers: 8 });
	chain = await makeChain(world.ada);
	source = (await world.ada.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'source' } })).body.id;
});
after(async () => world?.stack.stop());

/** Workspaces are made outside of one. */
const at = (path, workspace) => (path === '/workspaces' ? path : world.at(path, workspace));
const bodies = () => ({
	createWorkspace: ['/workspaces', { name: 'Once' }, 'workspace'],
	createPrompt: ['/prompts', { name: 'Once', body: 'text {{x}}' }, 'prompt'],
	createWorkflow: ['/workflows', { name: 'Once', definition: chain.workflow.definition }, 'workflow'],
	createRun: ['/runs', { workflow_id: chain.workflow.id, input: { text: 'once' } }, 'run'],
	createRunsBulk: ['/runs:bulk', { workflow_id: chain.workflow.id, inputs: [{ text: 'a' }, { text: 'b' }] }, 'run'],
	createAgent: ['/agents', { name: 'Once', kind: 'prompt', config: {} }, 'agent'],
	createProject: ['/projects', { name: 'Once' }, 'project'],
	clonePrompt: ['/prompts:clone', { prompt_id: chain.prompts[0].id, name: 'Once' }, 'prompt'],
	cloneWorkflow: ['/workflows:clone', { workflow_id: chain.workflow.id, name: 'Once' }, 'workflow'],
	forkRun: [`/runs/${source}/fork`, { step: 'extract', input: { text: 'once' } }, 'run'],
});
const count = (table) => Number(world.stack.sql(`select count(*) from ${table}`)[0][0]);

test('every route that takes a key is tried here', async () => {
	const contract = (await world.nobody.get('/openapi.json')).body;
	assert.deepEqual(operations(contract).filter((op) => op.idempotent).map((op) => op.id).sort(), Object.keys(bodies()).sort());
});

for (const id of ['createWorkspace', 'createPrompt', 'createWorkflow', 'createProject', 'clonePrompt', 'cloneWorkflow', 'createRun', 'createRunsBulk', 'forkRun']) {
	test(`${id}: asked again it answers the same and does nothing`, async () => {
		const [path, body, table] = bodies()[id];
		const key = { 'idempotency-key': `again ${id}` };
		const first = await world.mia.post(at(path), body, key);
		assert.deepEqual([first.status, first.headers.get('idempotency-replayed')], [201, null]);
		const rows = count(table);
		const second = await world.mia.post(at(path), body, key);
		assert.deepEqual([second.status, second.headers.get('idempotency-replayed')], [201, 'true']);
		assert.deepEqual(second.body, first.body);
		assert.equal(count(table), rows);
	});
	test(`${id}: a hundred at once make one`, async () => {
		const [path, body, table] = bodies()[id];
		const rows = count(table);
		const key = { 'idempotency-key': `storm ${id}` };
		const answers = await Promise.all(Array.from({ length: 100 }, () => world.mia.post(at(path), body, key)));
		assert.deepEqual([...new Set(answers.map((a) => a.status))], [201]);
		assert.equal(new Set(answers.map((a) => JSON.stringify(a.body))).size, 1);
		assert.equal(answers.filter((a) => a.headers.get('idempotency-replayed') === null).length, 1);
		assert.equal(count(table) - rows, body.inputs?.length ?? 1);
	});
	test(`${id}: another request under the key is refused`, async () => {
		const [path, body, table] = bodies()[id];
		const rows = count(table);
		const changed = structuredClone(body);
		if (changed.name) changed.name = 'Other';
		else if (changed.input) changed.input.text = 'other';
		else changed.inputs.pop();
		const answer = await world.mia.post(at(path), changed, { 'idempotency-key': `again ${id}` });
		assert.deepEqual([answer.status, answer.body.errors.map((e) => e.path)], [422, ['header.Idempotency-Key']]);
		assert.equal(count(table), rows);
	});
}

test('fifty retries of a run at once open one generation', async () => {
	world.stack.sql(`update run set status = 'failed', finished_at = now() where id = '${source}'; delete from run_live where run_id = '${source}'`);
	const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => world.mia.post(world.at(`/runs/${source}/retry`), { from: i % 2 ? 'start' : 'failed' })));
	assert.deepEqual(answers.map((a) => a.status).sort(), [202, ...Array(49).fill(409)]);
	assert.deepEqual(world.stack.sql(`select (select count(*) from run_inbox where run_id = '${source}'), (select count(*) from run_live where run_id = '${source}')`), [['1', '1']]);
});

test('keys belong to a person, a route and a workspace', async () => {
	const key = { 'idempotency-key': 'again createPrompt' };
	const [path, body] = bodies().createPrompt;
	const other = await world.ada.post(at(path), body, key);
	assert.deepEqual([other.status, other.headers.get('idempotency-replayed')], [201, null]);
	const [runs, run] = bodies().createRun;
	assert.equal((await world.mia.post(world.at(runs), run, key)).status, 422);
	const there = await world.eve.post(world.at(path, ids.elsewhere), body, key);
	assert.deepEqual([there.status, there.headers.get('idempotency-replayed')], [201, null]);
});

test('a refused request leaves its key free', async () => {
	const key = { 'idempotency-key': 'refused first' };
	assert.equal((await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: {} }, key)).status, 422);
	assert.equal((await world.mia.post(world.at('/runs'), { workflow_id: ids.missing, input: {} }, key)).status, 404);
	assert.equal((await world.vic.post(world.at('/prompts'), bodies().createPrompt[1], key)).status, 403);
	assert.equal((await world.mia.post(world.at('/runs'), bodies().createRun[1], key)).status, 201);
	assert.deepEqual(world.stack.sql("select count(*) from idempotency where status is null or response is null"), [['0']]);
});

test('after a day the key is new', async () => {
	const [path, body] = bodies().createPrompt;
	const key = { 'idempotency-key': 'again createPrompt' };
	world.stack.sql("update idempotency set created_at = now() - interval '24 hours 1 second'");
	const answer = await world.mia.post(at(path), { ...body, name: 'Next day' }, key);
	assert.deepEqual([answer.status, answer.headers.get('idempotency-replayed')], [201, null]);
	world.stack.sql('set role stepmill_api; select idempotency_prune()');
	assert.deepEqual(world.stack.sql("select count(*) from idempotency where created_at < now() - interval '24 hours'"), [['0']]);
	const again = await world.mia.post(at(path), { ...body, name: 'Next day' }, key);
	assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true']);
});

test('workers and connections that die in between make nothing twice', async () => {
	const made = [];
	let stop = false;
	const assassin = (async () => {
		while (!stop) {
			const victims = world.stack.workers();
			try {
				process.kill(victims[Math.floor(Math.random() * victims.length)], 'SIGKILL');
			} catch {
				/* it was gone */
			}
			world.stack.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stepmill-api' and random() < 0.3");
			// A machine that is busy makes none between two that come soon after each other.
			for (const had = made.length; !stop && made.length === had; ) await new Promise((done) => setTimeout(done, 10));
		}
	})();
	const client = async (name) => {
		for (let i = 0; i < 25; i++) {
			const headers = { 'idempotency-key': `dying ${name} ${i}` };
			const body = { workflow_id: chain.workflow.id, input: { text: `dying ${name} ${i}` } };
			for (;;) {
				const answer = await world.mia.post(world.at('/runs'), body, headers).catch(() => null);
				if (answer?.status === 201) {
					made.push([answer.body.id, body.input.text]);
					break;
				}
				assert.ok(answer === null || [500, 502, 503, 504].includes(answer.status), JSON.stringify(answer?.body));
			}
		}
	};
	await Promise.all(['a', 'b', 'c', 'd'].map(client));
	stop = true;
	await assassin;
	const rows = world.stack.sql(`select r.id, r.input from run r join run_live l on l.run_id = r.id join run_event e on e.run_id = r.id
		where r.input like '{"text":"dying%' order by r.id`);
	assert.deepEqual(rows, made.map(([id, text]) => [id, JSON.stringify({ text })]).sort());
	assert.equal(rows.length, 100);
});

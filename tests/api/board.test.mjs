// The board of a project: which phase each of its runs is in, and who is told when one moves. No executor: the tests write what happens.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { chain, ids, makeChain, startWorld } from './lib/world.mjs';

let world, contract, flow, project;
before(async () => {
	world = await startWorld({ live: true });
	contract = (await world.nobody.get('/openapi.json')).body;
	const { prompts } = await makeChain(world.ada);
	const definition = chain(prompts);
	definition.steps[0].phase = 'Draft';
	definition.steps.push({ ...definition.steps[1], key: 'again', phase: 'Check' });
	const made = await world.ada.post(world.at('/workflows'), { name: 'In phases', visibility: 'workspace', definition, share_prompts: true });
	assert.equal(made.status, 201, JSON.stringify(made.body));
	flow = made.body.id;
	project = (await world.mia.post(world.at('/projects'), { name: 'Site', default_workflow_id: flow })).body.id;
});
after(async () => world?.stack.stop());

const op = () => operations(contract).find((o) => o.id === 'readBoard');
async function board(client = world.vic, query = '', of = project) {
	const answer = await client.get(world.at(`/projects/${of}/board${query}`));
	assert.deepEqual(answerMisfits(contract, op(), answer), []);
	return answer;
}
const run = async () => (await world.mia.post(world.at('/runs'), { project_id: project, input: { text: 'x' } })).body.id;
const step = (id, path, status, more = {}) => world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, started_at, waiting_for)
	values ('${ids.home}', '${id}', '${path}', 1, 'prompt', '${status}', clock_timestamp(), ${more.waiting ? `'${more.waiting}'` : 'null'})`);
const event = (id, seq) => world.stack.sql(`insert into run_event (workspace_id, run_id, seq, at, type) values ('${ids.home}', '${id}', ${seq}, now(), 'run.started')`);

describe('a board', () => {
	test('has the phases as columns, in their order, of its default workflow even without a run', async () => {
		const { body } = await board();
		assert.deepEqual(body, { data: [], workflows: [{ workflow_id: flow, name: 'In phases', phases: ['Draft', 'Check'] }] });
	});
	test('says which phase each run is in: that of the step that began last', async () => {
		const id = await run();
		const at = async () => (await board()).body.data.map((r) => [r.id, r.phase, r.waiting_for]);
		assert.deepEqual(await at(), [[id, null, null]]);
		step(id, 'extract', 'completed');
		assert.deepEqual(await at(), [[id, 'Draft', null]]);
		step(id, 'summarise', 'completed'); // has none of its own
		assert.deepEqual(await at(), [[id, 'Draft', null]]);
		step(id, 'again', 'waiting', { waiting: 'signal paid' });
		assert.deepEqual(await at(), [[id, 'Check', 'signal paid']]);
		const [card] = (await board()).body.data;
		assert.deepEqual([card.marks, card.last_event], [['completed', 'completed', 'waiting'], 1]);
	});
	test('answers the runs that are named, when they are on it', async () => {
		const [one, two] = [await run(), await run()];
		assert.deepEqual((await board(world.vic, `?ids=${one}`)).body.data.map((r) => r.id), [one]);
		assert.deepEqual((await board(world.vic, `?ids=${one},${two}`)).body.data.map((r) => r.id), [two, one]);
		assert.deepEqual((await board(world.vic, `?ids=${ids.missing}`)).body.data, []);
		const wrong = await board(world.vic, `?ids=${'g'.repeat(36)}`);
		assert.equal(wrong.status, 422);
		assert.equal((await board(world.vic, `?ids=${'-'.repeat(36)}`)).status, 422);
	});
	test('is nobody else’s, and shows nobody what is private', async () => {
		assert.equal((await board(world.eve)).status, 404);
		assert.equal((await board(world.vic, '', ids.missing)).status, 404);
		const id = await run();
		world.stack.sql(`update run set private_to = '${ids.mia}' where id = '${id}'`);
		assert.ok((await board(world.mia)).body.data.some((r) => r.id === id));
		assert.ok(!(await board(world.ada)).body.data.some((r) => r.id === id));
	});
});

/** What a listener of a board has been told: run → number. */
function listen(client, of = project) {
	const told = new Map();
	const abort = new AbortController();
	const listener = { told, close: () => abort.abort(), status: 0 };
	void (async () => {
		const answer = await fetch(`${world.stack.url}/api${world.at(`/projects/${of}/live`)}`, { headers: { cookie: client.cookie }, signal: abort.signal });
		listener.status = answer.status;
		let text = '';
		for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
			text += piece;
			const events = text.split('\n\n');
			text = events.pop();
			for (const one of events) if (one.startsWith('event: run\n')) {
				const data = JSON.parse(one.slice(one.indexOf('data: ') + 6));
				told.set(data.id, data.last_event);
			}
		}
	})().catch(() => {});
	return listener;
}

describe('who watches a board', () => {
	test('is told of every run on it, then of each that moves, comes or goes', async () => {
		const id = await run();
		const listener = listen(world.vic);
		await until('it is told', () => listener.told.get(id) === 1);
		event(id, 2);
		await until('it is told', () => listener.told.get(id) === 2);
		const later = await run();
		await until('it is told', () => listener.told.get(later) === 1);
		world.stack.sql(`update run set status = 'cancelled', finished_at = now(), deleted_at = now() where id = '${later}'`);
		await until('it is told', () => listener.told.get(later) === 0);
		listener.close();
		const again = listen(world.vic);
		await until('it is told', () => again.told.get(id) === 2);
		again.close();
	});
	test('is told nothing of what is private to others, and strangers are not let in', async () => {
		const [hidden, id] = [await run(), await run()];
		world.stack.sql(`update run set private_to = '${ids.mia}' where id = '${hidden}'`);
		const { id: gone } = (await world.ada.post(world.at('/projects'), { name: 'Gone' })).body;
		assert.equal((await world.ada.request('DELETE', world.at(`/projects/${gone}`), undefined, { 'if-match': '*' })).status, 204);
		const [vic, mia, eve, none, late] = [listen(world.vic), listen(world.mia), listen(world.eve), listen(world.vic, ids.missing), listen(world.vic, gone)];
		await until('it is told', () => mia.told.get(hidden) === 1 && vic.told.get(id) === 1);
		assert.equal(vic.told.has(hidden), false);
		await until('it is told', () => eve.status === 404 && none.status === 404 && late.status === 404);
		for (const one of [vic, mia, eve, none, late]) one.close();
	});
});

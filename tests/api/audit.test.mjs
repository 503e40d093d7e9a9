// The audit log, from the contract: every operation that changes something in a workspace leaves a row in the transaction of its change, and
// none when it is refused. matrix.test.mjs gives the examples of bodies; here they are asked one after another by the owner.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { operations } from './lib/contract.mjs';
import { look } from './lib/reads.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let routes;
let chain;
before(async () => {
	world = await startWorld();
	routes = operations((await world.nobody.get('/openapi.json')).body);
	chain = await makeChain(world.ada);
});
after(async () => world?.stack.stop());

const at = (path) => world.at(path);
const run = async () => (await world.ada.post(at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'x' } })).body.id;
const ended = async () => {
	const id = await run();
	world.stack.sql(`update run set status = 'failed', finished_at = now() where id = '${id}'; delete from run_live where run_id = '${id}';
		insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at, finished_at)
			values ('${ids.home}', '${id}', 'extract', 1, 'prompt', 'completed', '"x"', now(), now());
		insert into run_event (workspace_id, run_id, seq, at, type, path, attempt) values ('${ids.home}', '${id}', 2, now(), 'step.completed', 'extract', 1)`);
	return id;
};
const waiting = async () => {
	const steps = [{ key: 'ok', kind: 'approval' }, { key: 'go', kind: 'signal' }, { key: 'bad', kind: 'transform', value: 1, on_failure: 'ask' }];
	const flow = await world.ada.post(at('/workflows'), { name: 'Flow', definition: { type: 'flow', steps } });
	const { id } = (await world.ada.post(at('/runs'), { workflow_id: flow.body.id, input: {} })).body;
	world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, waiting_for, started_at)
		values ('${ids.home}', '${id}', 'ok', 1, 'approval', 'waiting', 'approval', now()), ('${ids.home}', '${id}', 'bad', 1, 'transform', 'failed', 'decision', now())`);
	return id;
};
const of = (path, body, subject) => ({ path: at(path), body, subject });

/** One way of asking each, that changes something; the order of the keys is the order of asking. */
const examples = {
	setVariable: async () => of('/variables/REGION', { value: 'hush-1' }, 'REGION'),
	deleteVariable: async () => of('/variables/REGION', undefined, 'REGION'),
	setSecret: async () => of('/secrets/API_KEY', { value: 'hush-1' }, 'API_KEY'),
	deleteSecret: async () => of('/secrets/API_KEY', undefined, 'API_KEY'),
	createWorkspace: async () => ({ path: '/workspaces', body: { name: 'New' } }),
	archiveWorkspace: async () => of('/archive', undefined, ids.home),
	restoreWorkspace: async () => of('/restore', undefined, ids.home),
	updateMember: async () => of(`/members/${ids.vic}`, { role: 'member' }, ids.vic),
	createInvitation: async () => of('/invitations', { role: 'viewer', note: 'for eve' }),
	revokeInvitation: async () => { const { id } = (await world.ada.post(at('/invitations'), { role: 'viewer' })).body; return of(`/invitations/${id}`, undefined, id); },
	acceptInvitation: async () => {
		const { token } = (await world.ada.post(at('/invitations'), { role: 'viewer' })).body;
		return { path: `/invitations/${token}/accept`, client: world.eve, person: ids.eve, subject: ids.eve };
	},
	removeMember: async () => {
		world.stack.sql(`insert into membership (workspace_id, user_id, role) values ('${ids.home}', '${ids.eve}', 'viewer') on conflict do nothing`);
		return of(`/members/${ids.eve}`, undefined, ids.eve);
	},
	reassignMember: async () => {
		world.stack.sql(`delete from membership where workspace_id = '${ids.home}' and user_id = '${ids.eve}';
			insert into prompt (workspace_id, id, name, visibility, created_by) values ('${ids.home}', gen_random_uuid(), 'p', 'private', '${ids.eve}')`);
		return of(`/members/${ids.eve}/reassign`, { to: ids.ada }, ids.eve);
	},
	transferWorkspace: async () => {
		world.stack.sql(`update membership set role = 'owner' where workspace_id = '${ids.home}' and user_id in ('${ids.ada}')`);
		return of('/transfer', { user_id: ids.ann }, ids.ann);
	},
	leaveWorkspace: async () => {
		world.stack.sql(`insert into membership (workspace_id, user_id, role) values ('${ids.home}', '${ids.eve}', 'viewer') on conflict do nothing`);
		return { ...of('/leave', undefined, ids.eve), client: world.eve, person: ids.eve };
	},
	updateWorkspace: async () => of('', { name: 'Home', retention_days: 30 }, ids.home),
	createPrompt: async () => of('/prompts', { name: 'A', body: 'text' }),
	createWorkflow: async () => of('/workflows', { name: 'A', definition: chain.workflow.definition }),
	updatePrompt: async () => of(`/prompts/${chain.prompts[0].id}`, { body: 'Other {{text}}' }, chain.prompts[0].id),
	archivePrompt: async () => { const { prompts } = await makeChain(world.ada); return of(`/prompts/${prompts[0].id}`, undefined, prompts[0].id); },
	createAgent: async () => of('/agents', { name: `Audited ${crypto.randomUUID().slice(0, 8)}`, kind: 'prompt', config: {} }),
	updateAgent: async () => { const { id } = (await world.ada.post(at('/agents'), { name: `Changed ${crypto.randomUUID().slice(0, 8)}`, kind: 'prompt', config: {} })).body; return of(`/agents/${id}`, { description: 'Q' }, id); },
	createProject: async () => of('/projects', { name: 'P' }),
	updateProject: async () => { const { id } = (await world.ada.post(at('/projects'), { name: 'P' })).body; return of(`/projects/${id}`, { name: 'Q' }, id); },
	deleteProject: async () => { const { id } = (await world.ada.post(at('/projects'), { name: 'P' })).body; return of(`/projects/${id}`, undefined, id); },
	sharePrompt: async () => of(`/prompts/${chain.prompts[0].id}/visibility`, { visibility: 'public' }, chain.prompts[0].id),
	clonePrompt: async () => of('/prompts:clone', { prompt_id: chain.prompts[0].id }),
	shareWorkflow: async () => { const { workflow } = await makeChain(world.ada); return of(`/workflows/${workflow.id}/visibility`, { visibility: 'private' }, workflow.id); },
	cloneWorkflow: async () => of('/workflows:clone', { workflow_id: chain.workflow.id }),
	pushWorkflow: async () => of('/workflows:push', { own_id: `p${Math.random()}`, definition: chain.workflow.definition }),
	rollBackWorkflow: async () => { const { workflow } = await makeChain(world.ada); const { definition } = workflow; await world.ada.request('PATCH', at(`/workflows/${workflow.id}`), { definition: { ...definition, limits: { cost_usd: 1 } } }, { 'if-match': '*' }); return of(`/workflows/${workflow.id}/rollback`, { version: 1 }, workflow.id); },
	setWorkflowLabel: async () => of(`/workflows/${chain.workflow.id}/labels/published`, { version: 1 }, chain.workflow.id),
	deleteWorkflowLabel: async () => { await world.ada.request('PUT', at(`/workflows/${chain.workflow.id}/labels/old`), { version: 1 }); return of(`/workflows/${chain.workflow.id}/labels/old`, undefined, chain.workflow.id); },
	updateWorkflow: async () => of(`/workflows/${chain.workflow.id}`, { name: 'Other' }, chain.workflow.id),
	archiveWorkflow: async () => { const { workflow } = await makeChain(world.ada); return of(`/workflows/${workflow.id}`, undefined, workflow.id); },
	createRun: async () => of('/runs', { workflow_id: chain.workflow.id, input: { text: 'x' } }),
	createRunsBulk: async () => of('/runs:bulk', { workflow_id: chain.workflow.id, inputs: [{ text: 'x' }, { text: 'y' }] }),
	cancelRuns: async () => of('/runs:cancel', { filter: { ids: [await run()] } }),
	retryRuns: async () => of('/runs:retry', { filter: { ids: [await ended()] } }),
	deleteRuns: async () => of('/runs:delete', { filter: { ids: [await ended()] } }),
	deleteRun: async () => { const id = await ended(); return of(`/runs/${id}`, undefined, id); },
	cancelRun: async () => { const id = await run(); return of(`/runs/${id}/cancel`, undefined, id); },
	pauseRun: async () => { const id = await run(); return of(`/runs/${id}/pause`, undefined, id); },
	resumeRun: async () => { const id = await run(); return of(`/runs/${id}/resume`, undefined, id); },
	moveRun: async () => {
		const { workflow } = await makeChain(world.ada);
		const { id } = (await world.ada.post(at('/runs'), { workflow_id: workflow.id, input: { text: 'x' } })).body;
		await world.ada.request('PATCH', at(`/workflows/${workflow.id}`), { definition: { ...workflow.definition, limits: { cost_usd: 1 } } }, { 'if-match': '*' });
		return of(`/runs/${id}/move`, { version: 2 }, id);
	},
	retryRun: async () => { const id = await ended(); return of(`/runs/${id}/retry`, { from: 'start' }, id); },
	forkRun: async () => of(`/runs/${await ended()}/fork`, { step: 'summarise', input: { text: 'y' }, step_input: { content: 'z' } }),
	rollBackRun: async () => { const id = await ended(); return of(`/runs/${id}/rollback`, { checkpoint: 2 }, id); },
	decideApproval: async () => { const id = await waiting(); return of(`/runs/${id}/approvals/ok`, { decision: 'approve' }, id); },
	decideFailure: async () => { const id = await waiting(); return of(`/runs/${id}/failures/bad`, { decision: 'skip' }, id); },
	signalRun: async () => { const id = await waiting(); return of(`/runs/${id}/signals/go`, { data: 'hush-1' }, id); },
	setLimit: async () => of('/limits/concurrency?scope=workspace', { limit: 5 }, 'workspace concurrency'),
	deleteLimit: async () => of('/limits/concurrency?scope=workspace', undefined, 'workspace concurrency'),
};
/** Of workspaces: what a person does to their own account is not in the log of any. */
const looks = ['checkWorkflow']; // and changes nothing
const changes = () => routes.filter((op) => op.method !== 'GET' && !looks.includes(op.id) && /^\/(workspaces|invitations)/.test(op.path));
const rows = (more = '') => world.stack.sql(`select operation, coalesce(subject, ''), user_id, address, details, xmin, at from audit ${more} order by at desc, id desc`);

describe('an operation that changes something', () => {
	test('has an example here', () => {
		assert.deepEqual(changes().map((op) => op.id).sort(), Object.keys(examples).sort());
	});
	test('is in the log once it has held, by whom, from where and on what', async () => {
		for (const [id, example] of Object.entries(examples)) {
			const op = routes.find((r) => r.id === id);
			const asked = await example();
			const before_ = rows().length;
			const answer = await (asked.client ?? world.ada).request(op.method, asked.path, asked.body, op.etag ? { 'if-match': '*' } : {});
			assert.ok(answer.status < 300, `${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
			const log = rows();
			assert.equal(log.length, before_ + 1, `${id} left ${log.length - before_} rows`);
			const [operation, subject, person, address] = log[0];
			assert.deepEqual([operation, person, address], [id, asked.person ?? ids.ada, '127.0.0.1']);
			if (asked.subject !== undefined) assert.equal(subject, asked.subject, id);
		}
	});
	test('is not in it when it was refused', async () => {
		const before_ = rows().length;
		for (const [id, example] of Object.entries(examples)) {
			const op = routes.find((r) => r.id === id);
			if (['person', 'public'].includes(op.role)) continue;
			const asked = await example();
			const count = rows().length;
			world.stack.sql(`delete from membership where workspace_id = '${ids.home}' and user_id = '${ids.eve}'`);
			const answer = await world.eve.request(op.method, asked.path, asked.body, op.etag ? { 'if-match': '*' } : {});
			assert.equal(answer.status, 404, id);
			assert.equal(rows().length, count, id);
		}
		assert.ok(rows().length > before_, 'making the examples is in it');
	});
	test('stands there in the transaction of the change', async () => {
		const { id } = (await world.ada.post(at('/prompts'), { name: 'Same', body: 'x' })).body;
		assert.deepEqual(world.stack.sql(`select p.xmin = a.xmin from prompt p join audit a on a.subject = p.id::text where p.id = '${id}'`), [['t']]);
	});
	test('is there once when it was asked twice under one Idempotency-Key', async () => {
		const count = rows().length;
		for (let i = 0; i < 2; i++) await world.ada.post(at('/prompts'), { name: 'Once', body: 'x' }, { 'Idempotency-Key': 'once-1' });
		assert.equal(rows().length, count + 1);
	});
	test('tells nothing that people supplied to a run', () => {
		assert.equal(rows("where details::text like '%hush-1%' or name like '%hush-1%'").length, 0);
	});
});

describe('the log', () => {
	test('names the request, as its answer does', async () => {
		const answer = await world.ada.post(at('/prompts'), { name: 'Traced', body: 'x' }, { 'x-request-id': 'traced-by-the-client' });
		assert.equal(answer.headers.get('x-request-id'), 'traced-by-the-client');
		const [entry] = (await world.ada.get(at('/audit?limit=1'))).body.data;
		assert.deepEqual([entry.operation, entry.request_id], ['createPrompt', 'traced-by-the-client']);
	});
	test('is read page by page, newest first, without gap or repetition', async () => {
		const all = rows(`where workspace_id = '${ids.home}'`).length;
		let path = at('/audit?limit=7');
		const seen = [];
		for (;;) {
			const { status, body } = await world.ann.get(path);
			assert.equal(status, 200);
			seen.push(...body.data);
			if (!body.next_cursor) break;
			path = at(`/audit?limit=7&cursor=${body.next_cursor}`);
		}
		assert.equal(seen.length, all);
		assert.equal(new Set(seen.map((e) => e.id)).size, all);
		assert.deepEqual(seen.map((e) => e.at), seen.map((e) => e.at).sort().reverse());
	});
	test('is filtered by person, operation, kind, thing and time', async () => {
		const { id } = (await world.mia.post(at('/prompts'), { name: 'By mia', body: 'x' })).body;
		const list = async (query) => (await world.ada.get(at(`/audit?${query}`))).body.data;
		assert.deepEqual((await list(`user_id=${ids.mia}`)).map((e) => [e.person.name, e.subject]), [['mia', id]]);
		assert.ok((await list('operation=pauseRun')).every((e) => e.operation === 'pauseRun'));
		assert.ok((await list('kind=limit')).length >= 2);
		assert.deepEqual((await list(`subject=${id}`)).map((e) => e.name), ['By mia']);
		assert.deepEqual(await list('until=2020-01-01T00:00:00Z'), []);
		assert.deepEqual(await list('since=2099-01-01T00:00:00Z'), []);
	});
	test('does not tell what somebody keeps private, and tells that there was something', async () => {
		const { id } = (await world.mia.post(at('/prompts'), { name: 'Diary', body: 'x', visibility: 'private' })).body;
		const [entry] = (await world.ada.get(at(`/audit?user_id=${ids.mia}&limit=1`))).body.data;
		assert.deepEqual([entry.private, entry.subject, entry.name], [true, null, null]);
		assert.deepEqual((await world.ada.get(at(`/audit?subject=${id}`))).body.data, []);
	});
	test('reads as few rows as it shows, by every filter', () => {
		world.stack.sql(`insert into audit (workspace_id, at, id, user_id, operation, kind, subject, address)
			select '${ids.elsewhere}', now() - n * interval '1 second', gen_random_uuid(), case when n % 1000 = 0 then '${ids.ann}'::uuid else '${ids.eve}' end,
				case when n % 1000 = 0 then 'setLimit' else 'createRun' end, case when n % 1000 = 0 then 'limit' else 'run' end,
				case when n % 1000 = 0 then 'it' else n::text end, '' from generate_series(1, 20000) n; analyze audit`);
		const args = (who, operation, kind, subject, since) => `audit_page('${ids.elsewhere}', 10, 'infinity', '${ids.missing}', ${who}, ${operation}, ${kind}, ${subject}, ${since}, null)`;
		const none = 'null';
		for (const asked of [args(none, none, none, none, none), args(`'${ids.ann}'`, none, none, none, none), args(none, "'setLimit'", none, none, none),
			args(none, none, "'limit'", none, none), args(none, none, none, "'it'", none), args(none, none, none, none, "now() - interval '5 seconds'"),
			args(`'${ids.ann}'`, "'setLimit'", "'limit'", none, none)]) {
			const read = look(world, 'audit', asked, [ids.elsewhere, ids.eve]);
			assert.ok(read <= 30, `${read} rows for ${asked}`);
		}
		world.stack.sql(`delete from audit where workspace_id = '${ids.elsewhere}'`);
	});
	test('cannot be changed by the program that writes it', () => {
		for (const verb of ['update audit set name = null', 'delete from audit']) {
			assert.throws(() => world.stack.sql(`set role stepmill_api; ${verb}`), /permission denied/);
		}
	});
});

describe('an archived workspace', () => {
	test('takes no change', async () => {
		world.stack.sql(`update workspace set archived_at = now() where id = '${ids.home}'`);
		const count = rows().length;
		const answer = await world.ada.post(at('/prompts'), { name: 'Late', body: 'x' });
		assert.deepEqual([answer.status, answer.body.code], [409, 'conflict']);
		assert.equal((await world.ada.get(at('/prompts'))).status, 200);
		assert.equal(rows().length, count);
		world.stack.sql(`update workspace set archived_at = null where id = '${ids.home}'`);
	});
});

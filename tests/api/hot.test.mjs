// What the requests that come most often cost the database, by its own count: how many statements each sends, and that nothing of them, nested
// functions included, is planned again when a session has seen it before. An SQL function that PostgreSQL cannot inline plans its body
// at every call, which once took longer than all the rest of its request; nobody notices but the machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { look, planOf } from './lib/plans.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

const WORKERS = 1; // one session: what it has planned it keeps
const REPEATS = 8;

let world;
let chain;
let run;
before(async () => {
	// Without autovacuum: it makes statistics when it likes, and then all is planned again.
	world = await startWorld({ workers: WORKERS, postgres: { autovacuum: 'off', shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all', 'pg_stat_statements.track_planning': 'on' } });
	world.stack.sql('create extension pg_stat_statements');
	chain = await makeChain(world.ada);
	run = (await world.ada.post(world.at('/runs:bulk'), { workflow_id: chain.workflow.id, inputs: Array(60).fill({ text: 'x' }) })).body.ids[0];
	world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, started_at, output) values ('${ids.home}', '${run}', 'extract', 1, 'prompt', 'completed', now(), '"x"')`);
});
after(async () => world?.stack.stop());

const requests = {
	'a prompt': { statements: 2, send: () => world.ada.get(world.at(`/prompts/${chain.prompts[0].id}`)) },
	'a workflow': { statements: 2, send: () => world.ada.get(world.at(`/workflows/${chain.workflow.id}`)) },
	'a run with its steps': { statements: 2, send: () => world.ada.get(world.at(`/runs/${run}`)) },
	'the events of a run': { statements: 2, send: () => world.ada.get(world.at(`/runs/${run}/events`)) },
	'the attempts of a run': { statements: 2, send: () => world.ada.get(world.at(`/runs/${run}/step-runs`)) },
	'a page of runs': { statements: 2, send: () => world.ada.get(world.at('/runs?limit=50')) },
	'a page of runs of a workflow': { statements: 2, send: () => world.ada.get(world.at(`/runs?limit=50&workflow_id=${chain.workflow.id}`)) },
	'a page of workflows': { statements: 2, send: () => world.ada.get(world.at('/workflows')) },
	'a page of prompts': { statements: 2, send: () => world.ada.get(world.at('/prompts')) },
	'the members': { statements: 2, send: () => world.ada.get(world.at('/members')) },
	'who is signed in': { statements: 2, send: () => world.ada.get('/session') },
	// guard, acting, run_create; and the wake, in a transaction of its own
	'a run that is made': { statements: 4, ok: 201, send: () => world.ada.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'x' } }) },
	'a run that is cancelled': { statements: 4, ok: 202, send: () => world.ada.post(world.at(`/runs/${run}/cancel`), {}) },
};

/** What the worker does when it has answered is done, too: there is one, and it takes a request after the other. This one asks the database nothing. */
const settled = async () => assert.equal((await world.nobody.get('/health/live')).status, 200);

describe('in a session that has seen it before', () => {
	for (const [name, { statements, ok = 200, send }] of Object.entries(requests)) {
		test(`${name}: ${statements} statements, and nothing is planned`, async () => {
			for (let i = 0; i < REPEATS; i++) {
				const answer = await send();
				assert.equal(answer.status, ok, JSON.stringify(answer.body));
			}
			await settled();
			world.stack.sql('select pg_stat_statements_reset()');
			for (let i = 0; i < REPEATS; i++) await send();
			await settled();
			const seen = world.stack.sql(`select toplevel, calls, plans, regexp_replace(left(query, 160), '\\s+', ' ', 'g') from pg_stat_statements s join pg_roles r on r.oid = s.userid
				where query !~ 'pg_stat_statements' and (r.rolname in ('stepmill_api', 'stepmill_owner'))`);
			assert.deepEqual(seen.filter(([, , plans]) => plans !== '0'), [], 'planned again');
			const sent = seen.filter(([top]) => top === 't').reduce((sum, [, calls]) => sum + Number(calls), 0);
			assert.equal(sent / REPEATS, statements, JSON.stringify(seen.filter(([top]) => top === 't')));
		});
	}
});

// Partitions are made months ahead and kept for as long as runs are: a statement that opens all of them costs more every month.
describe('partitions of other months', () => {
	const partitions = (plan) => [...new Set(plan.match(/\b(step_run|run_record|blob)_(\d{6}|default)\b(?= |$)/gm))];
	const month = () => world.stack.sql(`select to_char(now() at time zone 'UTC', 'YYYYMM')`)[0][0];

	test('are not opened to read a run', () => {
		const seen = partitions(planOf(world, 'run_read', `'${ids.home}', '${run}'`));
		assert.deepEqual(seen.sort(), ['run_record', 'step_run'].map((t) => `${t}_${month()}`));
	});
	test('are not opened to read what is kept apart, and nothing is set up for it when nothing is', () => {
		const blob = ids.missing;
		const kept = (id, bytes) => world.stack.sql(`update step_run set output_blob = ${id}, output_bytes = ${bytes} where run_id = '${run}' and path = 'extract'`);
		world.stack.sql(`insert into blob (workspace_id, run_id, id, part, content) values ('${ids.home}', '${run}', '${blob}', 0, '"long"')`);
		kept(`'${blob}'`, 100_000);
		const seen = partitions(planOf(world, 'run_read', `'${ids.home}', '${run}'`));
		kept('null', 'null');
		assert.deepEqual(seen.sort(), ['blob', 'run_record', 'step_run'].map((t) => `${t}_${month()}`));
	});
	test('are not opened for a page of runs', () => {
		const zero = "'00000000-0000-0000-0000-000000000000'";
		const seen = partitions(planOf(world, 'run_list', `'${ids.home}', 50, null, ${zero}, null, null, null, null`));
		assert.deepEqual(seen, [`step_run_${month()}`]);
	});
});

test('a name costs one look at the membership of its person, however many belong to the workspace', () => {
	world.stack.sql(`insert into app_user (id, email, name, password_hash) select gen_random_uuid(), n || '@many.test', 'n', '' from generate_series(1, 500) n;
		insert into membership (workspace_id, user_id, role) select '${ids.home}', id, 'viewer' from app_user where email like '%@many.test'`);
	const { rows, used } = look(world, 'prompt_read', `'${ids.home}', '${chain.prompts[0].id}'`);
	assert.ok(rows <= 5, `looked at ${rows} rows:\n${used.join('\n')}`);
});

test('a run costs as much with a hundred versions of other workflows as with one', () => {
	const before = look(world, 'run_read', `'${ids.home}', '${run}'`).rows;
	world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
		select workspace_id, workflow_id, n, definition, step_count, created_by from workflow_version, generate_series(2, 100) n where workflow_id = '${chain.workflow.id}' and version = 1`);
	const { rows, used } = look(world, 'run_read', `'${ids.home}', '${run}'`);
	assert.equal(rows, before, used.join('\n'));
});

test('a prompt costs as much with a hundred versions as with one', () => {
	const id = chain.prompts[1].id;
	world.stack.sql(`insert into prompt_version (workspace_id, prompt_id, version, body, created_by) select '${ids.home}', '${id}', n, 'b', '${ids.ada}' from generate_series(2, 100) n;
		update prompt set current_version = 100 where id = '${id}'`);
	const { rows, used } = look(world, 'prompt_read', `'${ids.home}', '${id}'`);
	assert.ok(rows <= 5, `looked at ${rows} rows:\n${used.join('\n')}`);
});

// The hot statements on tables with many rows, planned once for all parameters (as the API's sessions do), before and after statistics are
// made: what is read grows with the page that is shown, not with the table. A statement planned on the empty table is held against it, too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { look, options, rowsOf, statements } from './lib/plans.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

const RUNS = 30000; // in all; the workspace under test has two thirds of them
const READ_MAX = 700; // rows looked at for a page of 50 with two step runs each

let world;
let chain;
let run;
before(async () => {
	world = await startWorld();
	chain = await makeChain(world.ada);
	run = (await world.ada.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'x' } })).body.id;
});
after(async () => world?.stack.stop());

function filling() {
	return `alter table run set (autovacuum_enabled = false);
		insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by, created_at, finished_at)
		select case when n % 3 = 0 then '${ids.elsewhere}'::uuid else '${ids.home}' end, gen_random_uuid(),
			case when n % 500 = 0 then '${chain.workflow.id}'::uuid else '${ids.missing}' end, 1, 'n', 'chain', 'completed', 2, '{}', '${ids.ada}',
			now() - n * interval '1 second', now()
		from generate_series(1, ${RUNS}) n;
		insert into prompt (workspace_id, id, name, created_by, created_at)
		select '${ids.home}', gen_random_uuid(), 'n', '${ids.ada}', now() - n * interval '1 second' from generate_series(1, 5000) n;
		insert into prompt_version (workspace_id, prompt_id, version, body, created_by)
		select workspace_id, id, 1, 'b', created_by from prompt on conflict do nothing`;
}

const zero = "'00000000-0000-0000-0000-000000000000'";
const cases = () => ({
	run_read: [`'${ids.home}', '${run}'`],
	run_state_asked: [`'${ids.home}', '${run}'`],
	run_outputs: [`'${ids.home}', '${run}', '{extract}', 1000`],
	event_list: [`'${ids.home}', '${run}', 0, 200`],
	step_run_list: [`'${ids.home}', '${run}', 100, null, null, null`],
	run_list: [`'${ids.home}', 50, null, ${zero}, null, null, null, null`,
		`'${ids.home}', 50, (extract(epoch from now() - interval '5 hours') * 1000000)::bigint, ${zero}, null, null, null, null`,
		`'${ids.home}', 20, null, ${zero}, null, '${chain.workflow.id}', null, null`,
		`'${ids.home}', 50, null, ${zero}, '{completed}', null, null, null`,
		`'${ids.home}', 50, null, ${zero}, null, null, '${ids.missing}', null`,
		`'${ids.home}', 50, null, ${zero}, null, null, null, '${ids.missing}'`],
	prompt_list: [`'${ids.home}', 50, null, ${zero}, null`, `'${ids.home}', 50, (extract(epoch from now() - interval '1 hour') * 1000000)::bigint, ${zero}, null`],
	prompt_read: [`'${ids.home}', '${chain.prompts[0].id}'`],
	prompt_facts: [`'${ids.home}', array['${chain.prompts[0].id}']::uuid[], '{0}'`],
	workflow_list: [`'${ids.home}', 20, null, ${zero}, null, null`],
	workflow_read: [`'${ids.home}', '${chain.workflow.id}'`],
	workflow_input: [`'${ids.home}', '${chain.workflow.id}', null`],
});

function readsLittle() {
	for (const [name, list] of Object.entries(cases())) {
		for (const args of list) {
			const { rows, used } = look(world, name, args);
			assert.ok(rows <= READ_MAX, `${name}(${args}) looked at ${rows} rows:\n${used.join('\n')}`);
		}
	}
}

describe('what a hot statement reads does not grow with the table', () => {
	test('on tables that have just been filled, without statistics', () => {
		world.stack.sql(filling());
		readsLittle();
	});
	test('after statistics were made', () => {
		world.stack.sql('analyze');
		readsLittle();
	});
	test('a statement that was planned on an empty table reads as little when the table is full', () => {
		// One session keeps its plans while another fills the tables.
		world.stack.sql('truncate run, prompt cascade');
		world.stack.sql('vacuum analyze run');
		const names = ['run_read', 'run_list', 'prompt_list'];
		const begin = `begin; select set_config('stepmill.workspace', '${ids.home}', true), set_config('stepmill.user', '${ids.ada}', true);`;
		const first = Object.fromEntries(names.map((name) => [name, cases()[name][0]]));
		const text = `${names.map((n) => `prepare ${n} as ${statements[n]};`).join('')}
			${begin} ${names.map((n) => `execute ${n}(${first[n]});`).join(' ')} commit;
			\\! psql -h ${world.stack.dir}/pg -U postgres -d stepmill -XAtq -f ${world.stack.dir}/fill.sql
			${begin} ${names.map((n) => `explain (analyze, format json) execute ${n}(${first[n]});`).join(' ')} commit;`;
		fs.writeFileSync(`${world.stack.dir}/fill.sql`, filling());
		const out = spawnSync('psql', ['-h', `${world.stack.dir}/pg`, '-U', 'stepmill_api', '-d', 'stepmill', '-v', 'ON_ERROR_STOP=1', '-XAtq', '-f', '-'],
			{ input: text, encoding: 'utf8', env: { ...process.env, PGOPTIONS: options } });
		assert.equal(out.status, 0, out.stderr);
		assert.equal(world.stack.sql('select count(*) from run')[0][0], String(RUNS));
		const plans = [...out.stdout.matchAll(/^\[\n[^]*?^\]$/gm)].map((m) => JSON.parse(m[0])[0].Plan);
		assert.equal(plans.length, names.length);
		plans.forEach((plan, i) => {
			const { rows, used } = rowsOf(plan);
			assert.ok(rows <= READ_MAX, `${names[i]} looked at ${rows} rows:\n${used.join('\n')}`);
		});
	});
});

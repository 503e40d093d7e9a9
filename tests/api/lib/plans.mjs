// What a statement reads, run as the API's sessions run it: planned once for all parameters.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../../harness/stack.mjs';
import { ids } from './world.mjs';

// As src/db sets them for every session.
export const options = [...fs.readFileSync(path.join(root, 'src/db/connection.c'), 'utf8').match(/#define SESSION_OPTIONS((?:[^\n]*\\\n)*[^\n]*)/)[1]
	.matchAll(/"([^"]*)"/g)].map((m) => m[1]).join('');

/** Statements of sql/queries by their names. */
export const statements = Object.fromEntries(JSON.parse(execFileSync('perl', [path.join(root, 'scripts/gen-statements'), '--json', path.join(root, 'sql')],
	{ maxBuffer: 1 << 26 })).map((s) => [s.name, s.sql]));

const begin = () => `begin; select set_config('stepmill.workspace', '${ids.home}', true), set_config('stepmill.user', '${ids.ada}', true);`;

function psql(world, role, text) {
	const out = spawnSync('psql', ['-h', `${world.stack.dir}/pg`, '-U', role, '-d', 'stepmill', '-v', 'ON_ERROR_STOP=1', '-XAtq', '-f', '-'],
		{ input: text, encoding: 'utf8', env: { ...process.env, PGOPTIONS: options } });
	assert.equal(out.status, 0, out.stderr);
	return out;
}

// What scans have read in this transaction, inside of functions too: EXPLAIN tells nothing of those.
const counted = `select coalesce(sum(read), 0) from (
	select pg_stat_get_xact_tuples_returned(t.relid) as read from pg_stat_xact_user_tables t
	union all
	select pg_stat_get_xact_tuples_returned(i.indexrelid) from pg_stat_xact_user_tables t join pg_index i on i.indrelid = t.relid) x`;

/** Rows that all scans of tables looked at: from EXPLAIN ANALYZE, or counted, whichever is more. */
export function look(world, name, args) {
	assert.match(options, /force_generic_plan/);
	const { stdout } = psql(world, 'stepmill_api', `${begin()} prepare s as ${statements[name]}; explain (analyze, format json) execute s(${args}); ${counted};`);
	const { rows, used } = rowsOf(JSON.parse(stdout.slice(stdout.indexOf('[\n'), stdout.lastIndexOf(']') + 1))[0].Plan);
	const read = Number(stdout.trim().split('\n').at(-1));
	return { rows: Math.max(rows, read), used: [...used, `counted: ${read}`] };
}

/** The plan, and those of the statements in the functions it calls, as text: what it opens, run or not. */
export function planOf(world, name, args) {
	return psql(world, 'postgres', `load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set auto_explain.log_analyze = on;
		set client_min_messages = log; set role stepmill_api; ${begin()} prepare s as ${statements[name]}; execute s(${args});`).stderr;
}

export function rowsOf(plan) {
	let rows = 0;
	const used = [];
	const walk = (node) => {
		if (node['Relation Name']) {
			const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
			rows += (node['Actual Rows'] + removed) * node['Actual Loops'];
			used.push(`${node['Node Type']} ${node['Relation Name']} ${node['Index Name'] ?? ''} ${node['Actual Rows']} × ${node['Actual Loops']}, ${removed} dropped`);
		}
		for (const child of node.Plans ?? []) walk(child);
	};
	walk(plan);
	return { rows, used };
}

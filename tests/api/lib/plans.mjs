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

/** Rows that all scans of tables looked at, from EXPLAIN ANALYZE. */
export function look(world, name, args) {
	assert.match(options, /force_generic_plan/);
	const text = `begin;
		select set_config('stepmill.workspace', '${ids.home}', true), set_config('stepmill.user', '${ids.ada}', true);
		prepare s as ${statements[name]};
		explain (analyze, format json) execute s(${args});`;
	const out = spawnSync('psql', ['-h', `${world.stack.dir}/pg`, '-U', 'stepmill_api', '-d', 'stepmill', '-v', 'ON_ERROR_STOP=1', '-XAtq', '-f', '-'],
		{ input: text, encoding: 'utf8', env: { ...process.env, PGOPTIONS: options } });
	assert.equal(out.status, 0, out.stderr);
	return rowsOf(JSON.parse(out.stdout.slice(out.stdout.indexOf('[\n')))[0].Plan);
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

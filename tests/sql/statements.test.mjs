// Every named statement, on a fresh schema, as each role that uses it: it can be prepared, the role may run it, its arrays are of
// the types that src/db sends, and it does not read a large table from end to end.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { migrated, sql, startCluster, statements, trySql } from './lib/cluster.mjs';

const database = 'stepmill_statements';
let cluster;

before(() => {
	cluster = startCluster();
	migrated(cluster, database);
});
after(() => cluster?.stop());

// Statements that PREPARE of SQL does not take; migrated() runs them.
const utility = /^(create|grant|alter|drop)\b/i;

// Tables that grow with use. A statement may read one from end to end only when it is here, with the reason.
const large = new RegExp(`^(${['run', 'run_live', 'run_inbox', 'run_watch', 'step_run', 'run_record', 'blob', 'ledger', 'prompt', 'workflow', 'project',
	'prompt_version', 'workflow_version', 'session', 'api_token', 'attempt', 'password_reset', 'second_factor', 'recovery_code', 'sign_in_challenge', 'sign_in_identity', 'email_confirmation', 'sign_in_flow', 'app_user', 'membership', 'idempotency'].join('|')})(_\\d{6}|_default)?$`);
const mayScan = {
	doctor_overview: 'a person asks for it; it counts and dates what waits in run_inbox, which holds only what no executor has read yet',
};

function prepared(statement) {
	const nulls = statement.params === 0 ? '' : `(${Array(statement.params).fill('null').join(', ')})`;
	return { prepare: `prepare s as ${statement.sql};`, execute: `explain (costs off, format json) execute s${nulls};` };
}

function scanned(plan, found = []) {
	if (plan['Node Type'] === 'Seq Scan' && large.test(plan['Relation Name'])) found.push(plan['Relation Name']);
	for (const child of plan.Plans ?? []) scanned(child, found);
	return found;
}

describe('every named statement', () => {
	for (const s of statements().filter((one) => !utility.test(one.sql))) {
		for (const role of s.roles) {
			test(`${s.name} (${s.file}:${s.line}) runs as ${role}`, () => {
				const { prepare, execute } = prepared(s);
				const ready = trySql(cluster, database, role, `${prepare}
					select t::text from pg_prepared_statements, unnest(parameter_types) with ordinality u (t, n) order by n;`);
				assert.ok(ready.ok, `${ready.state} ${ready.message}`);
				assert.equal(ready.rows.length, s.params);
				for (const [type] of ready.rows) {
					if (type.endsWith('[]')) assert.match(type, /^(uuid|bigint|text)\[\]$/, 'an array type that src/db cannot send');
				}
				// EXPLAIN opens the plan, which checks the rights to tables, columns and functions.
				const plan = trySql(cluster, database, role, `set plan_cache_mode = force_generic_plan; set enable_seqscan = off;
					${prepare} ${execute}`);
				assert.ok(plan.ok, `${plan.state} ${plan.message}`);
				const tree = JSON.parse(plan.rows.map((row) => row.join('')).join('\n'));
				const read = tree.flatMap((one) => scanned(one.Plan));
				if (!mayScan[s.name]) assert.deepEqual(read, [], 'reads a large table from end to end');
			});
		}
	}

	test('every role that is named exists', () => {
		const known = sql(cluster, database, 'postgres', "select rolname from pg_roles where rolname like 'stepmill_%'").flat();
		for (const s of statements()) for (const role of s.roles) assert.ok(known.includes(role), `${s.file}: ${role}`);
	});
});

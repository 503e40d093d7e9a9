// What a role of the programs can see and write, table by table, in a database with two workspaces: row-level security alone,
// without any help from the statements.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { migrated, sql, startCluster, trySql } from './lib/cluster.mjs';

const database = 'stepmill_isolation';
let cluster;

const id = (n) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [here, there] = [id(1), id(2)];
const [ann, bob, eve] = [id(11), id(12), id(13)]; // ann and bob are of `here`, eve is of `there`
const token = (person) => `decode(repeat('${person.slice(-2)}', 32), 'hex')`;

// Tables without row-level security of their own, and why.
const exempt = new Set([
	'schema_migration', // numbers and names of migrations, the same for everybody
]);

/** What is put into each tenant table, once for each workspace. A new table must be added here. */
function tenantRows(w, person, n) {
	const run = id(n * 100 + 1);
	return {
		audit: `insert into audit (workspace_id, id, user_id, operation, kind, address) values ('${w}', '${run}', '${person}', 'o', 'k', '')`,
		invitation: `insert into invitation (workspace_id, id, token_hash, role, note, created_by)
			values ('${w}', '${run}', decode(repeat('0${n}', 32), 'hex'), 'viewer', '', '${person}')`,
		variable: `insert into variable (workspace_id, name, value, updated_by) values ('${w}', 'V', 'v', '${person}')`,
		secret: `insert into seal_key (id, public_key) values ('${id(900)}', decode(repeat('00', 32), 'hex')) on conflict do nothing;
			insert into secret (workspace_id, name, key_id, sealed, updated_by) values ('${w}', 'S', '${id(900)}', '', '${person}')`,
		membership: null, // made by people()
		step_cache: `insert into step_cache (workspace_id, workflow_id, owner, step, digest, output, expires_at)
			values ('${w}', '${run}', '${run}', 's', repeat('0', 64), '1', now())`,
		prompt: `insert into prompt (workspace_id, id, name, created_by) values ('${w}', '${run}', 'p', '${person}')`,
		prompt_version: `insert into prompt_version (workspace_id, prompt_id, version, body, created_by)
			values ('${w}', '${run}', 1, 'text', '${person}')`,
		workflow: `insert into workflow (workspace_id, id, name, type, created_by) values ('${w}', '${run}', 'w', 'chain', '${person}')`,
		workflow_version: `insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			values ('${w}', '${run}', 1, '{}', 1, '${person}')`,
		agent: `insert into agent (workspace_id, id, name, kind, config, created_by) values ('${w}', '${run}', 'a', 'prompt', '{}', '${person}')`,
		workflow_label: `insert into workflow_label (workspace_id, workflow_id, label, version, set_by) values ('${w}', '${run}', 'published', 1, '${person}')`,
		project: `insert into project (workspace_id, id, name, created_by) values ('${w}', '${run}', 'p', '${person}')`,
		project_place: `insert into project_place (workspace_id, directory, kept_until) values ('${w}', 'd', now())`,
		run: `insert into run (workspace_id, id, workflow_id, workflow_version, name, type, step_count, input, created_by)
			values ('${w}', '${run}', '${run}', 1, 'r', 'chain', 1, '{}', '${person}')`,
		run_live: `insert into run_live (workspace_id, run_id) values ('${w}', '${run}')`,
		run_inbox: `insert into run_inbox (workspace_id, run_id, id, kind) values ('${w}', '${run}', '${run}', 'cancel')`,
		step_run: `insert into step_run (workspace_id, run_id, path, attempt, kind, status, started_at)
			values ('${w}', '${run}', 'a', 1, 'prompt', 'running', now())`,
		run_record: `insert into run_record (workspace_id, run_id, seq, at, type) values ('${w}', '${run}', 2, now(), 'run.started')`,
		blob: `insert into blob (workspace_id, run_id, id, part, content) values ('${w}', '${run}', '${run}', 0, 'x')`,
		ledger: `insert into ledger (workspace_id, run_id, path, attempt, at, provider, model, tokens_in, tokens_out)
			values ('${w}', '${run}', 'a', 1, now(), 'builtin', 'm', 1, 1)`,
		quota: `insert into quota (workspace_id, scope, unit, cap) values ('${w}', 'workspace', 'money', 1)`,
		quota_grant: `insert into quota_grant (workspace_id, scope, unit, incarnation, amount)
			values ('${w}', 'workspace', 'money', '${run}', 1)`,
		run_watch: `insert into run_watch (workspace_id, run_id, watcher, until) values ('${w}', '${run}', '${run}', now())`,
		idempotency: `insert into idempotency (workspace_id, user_id, key, request_hash) values ('${w}', '${person}', 'k', '')`,
	};
}

function people() {
	const person = ([who, name]) => `insert into app_user (id, email, name, password_hash)
		values ('${who}', '${name}@example.org', '${name}', 'x');
		insert into session (token_hash, user_id, expires_at) values (${token(who)}, '${who}', now() + interval '1 hour');`;
	const space = ([w, slug]) => `insert into workspace (id, slug, name) values ('${w}', '${slug}', '${slug}');`;
	const member = ([w, who, role]) => `insert into membership (workspace_id, user_id, role) values ('${w}', '${who}', '${role}');`;
	return [...[[ann, 'ann'], [bob, 'bob'], [eve, 'eve']].map(person), ...[[here, 'here'], [there, 'there']].map(space),
		...[[here, ann, 'member'], [here, bob, 'viewer'], [there, eve, 'owner']].map(member)].join('\n');
}

/** SQL in one transaction as a role, after the guard has let the person in. */
const as = (role, person, workspace, text) => trySql(cluster, database, role,
	`begin; select from guard(${token(person)}, '${workspace}', 'viewer') g(x); ${text}; commit;`);
const count = (result) => {
	assert.ok(result.ok, `${result.state} ${result.message}`);
	return result.rows.flat().filter((v) => v !== '').map(Number);
};
const owner = (text) => sql(cluster, database, 'stepmill_owner', text);

before(() => {
	cluster = startCluster();
	migrated(cluster, database);
	owner(people());
	for (const [w, person, n] of [[here, ann, 1], [there, eve, 2]]) {
		for (const text of Object.values(tenantRows(w, person, n))) if (text) owner(text);
	}
});
after(() => cluster?.stop());

describe('the schema', () => {
	test('has row-level security, forced, on every table, and a policy on every table that is no partition', () => {
		const bare = owner(`select c.relname from pg_class c
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity
				and (c.relispartition or exists (select from pg_policy p where p.polrelid = c.oid)))`).flat();
		assert.deepEqual(bare.filter((name) => !exempt.has(name)), []);
		for (const name of exempt) assert.ok(bare.includes(name), `${name} is protected by now: take it off the list`);
	});

	test('begins the primary key of every tenant table with workspace_id', () => {
		const wrong = owner(`select c.relname from pg_class c
			join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
			left join pg_index i on i.indrelid = c.oid and i.indisprimary
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and i.indkey[0] is distinct from a.attnum`).flat();
		assert.deepEqual(wrong, []);
	});

	test('has no tenant table that this test does not fill', () => {
		const tables = owner(`select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`).flat();
		assert.deepEqual(tables, Object.keys(tenantRows(here, ann, 1)).sort());
	});

	test('gives no program a partition, a password or a session', () => {
		const open = owner(`select r, c.relname from unnest(array['stepmill_api', 'stepmill_executor', 'stepmill_live']) r, pg_class c
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
				and (c.relispartition or c.relname in ('session', 'attempt', 'api_token', 'password_reset', 'installation',
					'second_factor', 'recovery_code', 'sign_in_challenge', 'sign_in_provider', 'sign_in_identity', 'sign_in_flow', 'mail', 'email_confirmation'))
				and has_table_privilege(r, c.oid, 'select, insert, update, delete')`);
		assert.deepEqual(open, []);
		for (const role of ['api', 'executor', 'live']) {
			const read = trySql(cluster, database, `stepmill_${role}`, 'select password_hash from app_user');
			assert.equal(read.state, '42501');
		}
	});

	test('lets nobody but its owner run a function that was not granted', () => {
		const open = owner(`select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace
			and has_function_privilege('public', p.oid, 'execute')`).flat();
		assert.deepEqual(open, []);
	});

	test('pins the search path of every function that has its owner\'s rights', () => {
		const open = owner(`select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
			and not coalesce(p.proconfig::text like '%search_path=public, pg_temp%', false)`).flat();
		assert.deepEqual(open, []);
	});
});

for (const [role, person] of [['stepmill_api', ann], ['stepmill_live', ann]]) {
	describe(`as ${role}`, () => {
		for (const table of Object.keys(tenantRows(here, ann, 1))) {
			test(`${table} shows the rows of the guarded workspace and no other`, (t) => {
				if (owner(`select has_any_column_privilege('${role}', '${table}', 'select')`)[0][0] !== 't') {
					t.diagnostic('may not be read at all');
					assert.equal(trySql(cluster, database, role, `select from ${table}`).state, '42501');
					return;
				}
				const [mine] = count(as(role, person, here, `select count(*) from ${table} where workspace_id = '${here}'`));
				assert.ok(mine > 0, 'sees its own');
				const everywhere = `select count(*) from ${table} where workspace_id <> '${here}'`;
				assert.ok(Number(owner(everywhere)[0][0]) > 0, 'there is something to hide');
				// run_watch: a watcher cleans up after others, and its rows hold nothing but ids
				if (table !== 'run_watch') assert.deepEqual(count(as(role, person, here, everywhere)), [0]);
			});

			test(`${table} is empty before the guard and after its transaction`, () => {
				if (owner(`select has_any_column_privilege('${role}', '${table}', 'select')`)[0][0] !== 't' || table === 'run_watch') return;
				assert.deepEqual(count(trySql(cluster, database, role, `select count(*) from ${table}`)), [0]);
				assert.deepEqual(count(as(role, person, here, `select; commit; begin; select count(*) from ${table}`)), [0]);
			});
		}
	});
}

describe('writing as stepmill_api', () => {
	const rows = { ...tenantRows(there, ann, 3) };
	for (const [table, text] of Object.entries(rows)) {
		if (!text) continue;
		test(`${table} takes no row for another workspace`, () => {
			assert.equal(as('stepmill_api', ann, here, text).state, '42501');
		});
	}

	for (const table of ['prompt', 'workflow', 'idempotency']) {
		test(`${table} of another workspace cannot be changed`, () => {
			const column = table === 'idempotency' ? "response = 'stolen'" : "name = 'stolen'";
			assert.ok(as('stepmill_api', ann, here, `update ${table} set ${column}`).ok);
			assert.deepEqual(owner(`select count(*) from ${table} where workspace_id = '${there}' and ${column}`), [['0']]);
			assert.deepEqual(owner(`select count(*) from ${table} where workspace_id = '${here}' and ${column}`), [['1']]);
		});
	}
});

describe('the guard', () => {
	const guarded = (tokenSql, workspace, role) => trySql(cluster, database, 'stepmill_api',
		`select guard(${tokenSql}, '${workspace}', '${role}')`);

	test('tells roles', () => assert.deepEqual(guarded(token(ann), here, 'viewer').rows, [['member']]));
	test('does not know an unknown token', () => assert.equal(guarded("decode(repeat('ff', 32), 'hex')", here, 'viewer').state, 'SM401'));
	test('does not know a token that is null', () => assert.equal(guarded('null', here, 'viewer').state, 'SM401'));
	test('hides a workspace from strangers', () => assert.equal(guarded(token(eve), here, 'viewer').state, 'SM404'));
	test('hides a workspace that does not exist the same way', () => assert.equal(guarded(token(eve), id(99), 'viewer').state, 'SM404'));
	test('refuses a role that is too low', () => assert.equal(guarded(token(bob), here, 'member').state, 'SM403'));

	test('lets nobody in when it is asked for a role that does not exist', () => {
		for (const role of ['vewer', '']) assert.equal(guarded(token(ann), here, role).state, 'XX000');
	});

	test('lets nobody in whose session has ended or who was disabled', () => {
		owner(`update session set expires_at = now() - interval '1 second' where user_id = '${bob}'`);
		assert.equal(guarded(token(bob), here, 'viewer').state, 'SM401');
		owner(`update session set expires_at = now() + interval '1 hour' where user_id = '${bob}';
			update app_user set disabled_at = now() where id = '${bob}'`);
		assert.equal(guarded(token(bob), here, 'viewer').state, 'SM401');
		owner(`update app_user set disabled_at = null where id = '${bob}'`);
		assert.ok(guarded(token(bob), here, 'viewer').ok);
	});

	test('knows an API token by its scope, its workspace and its end, and never as a session', () => {
		const hash = "decode(repeat('77', 32), 'hex')";
		const asked = (workspace, scope) => trySql(cluster, database, 'stepmill_api',
			`select guard(${hash}, ${workspace ? `'${workspace}', 'viewer'` : 'null, null'}, ${scope === null ? 'null' : `'${scope}'`})`);
		owner(`insert into membership values ('${there}', '${ann}', 'viewer');
			insert into api_token (id, user_id, token_hash, name, scopes, only_workspace) values ('${id(77)}', '${ann}', ${hash}, 't', '{read}', '${here}')`);
		assert.deepEqual(asked(here, 'read').rows, [['member']]);
		assert.ok(asked(null, 'read').ok);
		assert.equal(asked(there, 'read').state, 'SM404', 'another workspace of hers');
		assert.equal(asked(here, 'admin').state, 'SMSCP');
		assert.equal(asked(here, 'session').state, 'SMSCP');
		assert.equal(asked(here, '').state, 'SMSCP');
		assert.equal(asked(here, null).state, 'SM401', 'as a session');
		assert.equal(trySql(cluster, database, 'stepmill_api', `select guard(${token(ann)}, '${here}', 'viewer', 'read')`).state, 'SM401', 'a session as a token');
		owner(`update api_token set only_workspace = null`);
		assert.ok(asked(there, 'read').ok);
		owner(`update api_token set expires_at = now()`);
		assert.equal(asked(here, 'read').state, 'SM401');
		owner(`update api_token set expires_at = null; update app_user set disabled_at = now() where id = '${ann}'`);
		assert.equal(asked(here, 'read').state, 'SM401');
		owner(`update app_user set disabled_at = null where id = '${ann}'; delete from membership where workspace_id = '${there}' and user_id = '${ann}'`);
	});

	test('knows administrators of the installation, by a token only when it is for all workspaces', () => {
		const asked = (hash, more = '') => trySql(cluster, database, 'stepmill_api', `select guard(${hash}, null, 'administrator'${more})`);
		const hash = "decode(repeat('78', 32), 'hex')";
		assert.equal(asked(token(ann)).state, 'SM403');
		owner(`update app_user set admin = true where id = '${ann}';
			insert into api_token (id, user_id, token_hash, name, scopes) values ('${id(78)}', '${ann}', ${hash}, 't', '{admin}')`);
		assert.ok(asked(token(ann)).ok);
		assert.ok(asked(hash, ", 'admin'").ok);
		owner(`update api_token set only_workspace = '${here}' where id = '${id(78)}'`);
		assert.equal(asked(hash, ", 'admin'").state, 'SM403');
		assert.equal(guarded(token(ann), here, 'administrator').state, 'XX000');
		owner(`update app_user set admin = false where id = '${ann}'`);
	});

	test('wants a role with a workspace, and none without', () => {
		assert.equal(trySql(cluster, database, 'stepmill_api', `select guard(${token(ann)}, '${here}', null)`).state, 'XX000');
		assert.equal(trySql(cluster, database, 'stepmill_api', `select guard(${token(ann)}, null, 'viewer')`).state, 'XX000');
		assert.ok(trySql(cluster, database, 'stepmill_api', `select guard(${token(ann)}, null, null)`).ok);
	});

	test('that fails in a batch leaves nothing written', () => {
		// Several statements without BEGIN are one transaction up to the Sync, and a query string of psql -c is the same thing.
		const write = `insert into prompt (workspace_id, id, name, created_by) values ('${here}', '${id(500)}', 'left over', '${bob}')`;
		const batch = (first, last) => trySql(cluster, database, 'stepmill_api',
			`select guard(${token(ann)}, '${here}', 'member')\\; ${first}\\; select guard(${token(bob)}, '${here}', 'member')\\; ${last};`);
		assert.equal(batch(write, 'select 1').state, 'SM403');
		assert.equal(batch('select 1', write).state, 'SM403');
		assert.deepEqual(owner("select count(*) from prompt where name = 'left over'"), [['0']]);
	});
});

describe('signing in', () => {
	const api = (text) => sql(cluster, database, 'stepmill_api', text);

	const begin = (what, address = '192.0.2.1', attempt = 'gen_random_uuid()') => Number(api(`select attempt_begin(${attempt}, '${what}', '${address}')`)[0][0]);

	test('is slowed down after ten attempts at one account from one address, and for nobody else', () => {
		for (let i = 0; i < 10; i++) assert.equal(begin('ann|1'), 0);
		const wait = begin('ann|1');
		assert.ok(wait > 800 && wait <= 900, `${wait} s`);
		assert.equal(begin('ann|2', '192.0.2.2'), 0);
		assert.equal(begin('bob|1'), 0);
		assert.deepEqual(owner("select count(*) from attempt where subject = 'ann|1'"), [['10']], 'a refused one does not make it longer');
	});

	test('is slowed down after a hundred attempts from one address at anything', () => {
		for (let i = 0; i < 100; i++) assert.equal(begin(`n${i}`, '192.0.2.9'), 0);
		assert.ok(begin('n100', '192.0.2.9') > 800);
	});

	test('takes the 64 bits of a network of IPv6 for one address, and other texts as they are', () => {
		const waits = api("select attempt_begin(gen_random_uuid(), 'six' || i, '2001:db8:1:2:' || to_hex(i) || '::1') from generate_series(0, 99) i").flat();
		assert.deepEqual([...new Set(waits)], ['0']);
		assert.ok(begin('six100', '2001:db8:1:2:ffff::1') > 800);
		assert.equal(begin('six101', '2001:db8:1:3::1'), 0);
		const network = (address) => owner(`select '<' || address_network('${address}') || '>'`)[0][0].slice(1, -1);
		assert.deepEqual(['2001:DB8::1', '::1', '192.0.2.1', '::ffff:192.0.2.1', '', 'unix:', 'fe80::1%eth0'].map(network),
			['2001:db8::/64', '::/64', '192.0.2.1', '::ffff:192.0.2.1', '', 'unix:', 'fe80::1%eth0']);
		owner("delete from attempt where subject like 'six%' or subject like 'address:2001:%'");
	});

	test('that succeeds is not counted', () => {
		for (let i = 0; i < 15; i++) {
			assert.equal(begin('eve|1', '192.0.2.3', `'${id(700 + i)}'`), 0);
			api(`select attempt_end('${id(700 + i)}')`);
		}
	});

	test('forgets attempts after an hour', () => {
		owner("update attempt set at = now() - interval '2 hours'");
		begin('bob|3', '192.0.2.3');
		begin('bob|3', '192.0.2.3'); // a hundred a time
		begin('bob|3', '192.0.2.3');
		assert.deepEqual(owner('select count(*) from attempt'), [['6']]);
	});
});

describe('what is private', () => {
	for (const [table, column] of [['prompt', 'visibility'], ['workflow', 'visibility'], ['run', 'private_to']]) {
		test(`a ${table} is seen by its creator alone`, () => {
			owner(column === 'visibility' ? `update ${table} set visibility = 'private' where workspace_id = '${here}'`
				: `update run set private_to = '${ann}' where workspace_id = '${here}'`);
			assert.deepEqual(count(as('stepmill_api', ann, here, `select count(*) from ${table}`)), [1]);
			assert.deepEqual(count(as('stepmill_api', bob, here, `select count(*) from ${table}`)), [0]);
			owner(column === 'visibility' ? `update ${table} set visibility = 'workspace'` : 'update run set private_to = null');
		});
	}
});

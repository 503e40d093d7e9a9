// A private cluster for one test file, SQL on it, and the named statements of sql/queries with the roles that use them.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { guard } from '../../harness/reaper.mjs';
import { ask } from '../../harness/sql.mjs';
import { place, template } from '../../harness/template.mjs';

export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const script = `${root}/tests/harness/postgres.sh`;

export function startCluster() {
	const conninfo = execFileSync(script, ['start'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, STEPMILL_TEMPLATE: template(), STEPMILL_TEST_DIR: place } }).trim();
	const host = /^host=(\S+)/.exec(conninfo)[1], release = guard(host);
	return { conninfo, host, stop: () => {
		execFileSync(script, ['stop', conninfo]);
		release();
	} };
}

/** Runs SQL as a role in a database. { ok, rows, state, message }: rows of texts (null as null), or SQLSTATE and words. */
export function trySql(cluster, database, role, text) {
	const { output, notices, error } = ask({ host: cluster.host, user: role, database, text, split: true, field: '\x1f', record: '\x1e', none: '\x01' });
	if (error) return { ok: false, rows: [], state: error.state, message: error.message };
	const body = output.replace(/[\n\x1e]$/, '');
	const rows = body === '' ? [] : body.split(/\x1e|\n/).map((line) => line.split('\x1f').map((v) => (v === '\x01' ? null : v)));
	return { ok: true, rows, state: '', message: notices };
}

export function sql(cluster, database, role, text) {
	const result = trySql(cluster, database, role, text);
	if (!result.ok) throw new Error(`as ${role}: ${result.state} ${result.message}\n${text}`);
	return result.rows;
}

// A file of queries says who uses it in a line "-- role: stepmill_api stepmill_live"; without one its name decides.
const roleOfFile = { engine: ['stepmill_executor'], live: ['stepmill_live'], demo: ['stepmill_owner'] };

function rolesOf(file) {
	const said = /^-- role:\s*(.+)$/m.exec(readFileSync(`${root}/sql/${file}`, 'utf8'));
	return said ? said[1].trim().split(/\s+/) : roleOfFile[/([^/]+)\.sql$/.exec(file)[1]] ?? ['stepmill_api'];
}

/** [{ name, shape, params, file, line, sql, roles }] */
export function statements() {
	const all = JSON.parse(execFileSync('perl', [`${root}/scripts/gen-statements`, '--json', `${root}/sql`], { encoding: 'utf8' }));
	return all.map((s) => ({ ...s, roles: rolesOf(s.file) }));
}

/** A new database with all migrations: a copy of the one that template.mjs made. */
export function migrated(cluster, database) {
	sql(cluster, 'postgres', 'postgres', `create database ${database} owner stepmill_owner template stepmill`);
}

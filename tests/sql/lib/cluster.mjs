// A private cluster for one test file, psql on it, and the named statements of sql/queries with the roles that use them.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const script = `${root}/tests/harness/postgres.sh`;

export function startCluster() {
	const conninfo = execFileSync(script, ['start'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
	return { conninfo, host: /^host=(\S+)/.exec(conninfo)[1], stop: () => execFileSync(script, ['stop', conninfo]) };
}

/** Runs SQL as a role in a database. { ok, rows, state, message }: rows of texts (null as null), or SQLSTATE and words. */
export function trySql(cluster, database, role, text) {
	const run = spawnSync('psql', ['-X', '-q', '-A', '-t', '-h', cluster.host, '-U', role, '-d', database, '-v', 'ON_ERROR_STOP=1',
		'-v', 'VERBOSITY=verbose', '-F', '\x1f', '-R', '\x1e', '-P', 'null=\x01', '-f', '-'], { input: text, encoding: 'utf8',
		env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning' } });
	if (run.error) throw run.error;
	const wrong = /(?:ERROR|FATAL):\s+(\w{5}): (.*)/.exec(run.stderr);
	if (run.status !== 0) return { ok: false, rows: [], state: wrong?.[1] ?? '', message: wrong?.[2] ?? run.stderr };
	const body = run.stdout.replace(/[\n\x1e]$/, '');
	const rows = body === '' ? [] : body.split(/\x1e|\n/).map((line) => line.split('\x1f').map((v) => (v === '\x01' ? null : v)));
	return { ok: true, rows, state: '', message: run.stderr };
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

/** A new database with all migrations, applied as `stepmill migrate` does: each file in a transaction, as the owner. */
export function migrated(cluster, database) {
	const named = Object.fromEntries(statements().map((s) => [s.name, s.sql]));
	sql(cluster, 'postgres', 'postgres', `create database ${database} owner stepmill_owner`);
	sql(cluster, database, 'stepmill_owner', `${named.migration_table}; ${named.migration_grant};`);
	const files = readdirSync(`${root}/sql/migrations`).filter((f) => f.endsWith('.sql')).sort();
	for (const file of files) {
		const text = readFileSync(`${root}/sql/migrations/${file}`, 'utf8');
		sql(cluster, database, 'stepmill_owner', `begin;\n${text}\n;commit;
			insert into schema_migration (number, name, checksum) values (${parseInt(file, 10)}, '${file}', '');`);
	}
	return files;
}

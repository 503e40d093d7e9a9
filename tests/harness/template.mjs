// A PostgreSQL data directory as tests begin with: initdb has run, the roles are there, and the database `stepmill` has all
// migrations, as `stepmill migrate` leaves them. It is made once and copied for each cluster, because making it takes seconds. A copy must be one of a server that is not running.
//
//	execFileSync('cp', ['-a', `${template()}/.`, dir]);
//
// It lies beside the clusters, in `place`, under a name that tells what it was made of: the migrations, PostgreSQL's version, and the month,
// which partitions are made for.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { remove } from './remove.mjs';

const here = fileURLToPath(import.meta.url);
const root = path.resolve(path.dirname(here), '../..');
const bin = fs.readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin`).sort().at(-1);
const prefix = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
const migrations = fs.readdirSync(`${root}/sql/migrations`).filter((f) => f.endsWith('.sql')).sort().map((f) => `${root}/sql/migrations/${f}`);
let known;

/**
 * Where clusters of tests are: STEPMILL_TEST_DIR (scripts/test removes it in the end), else memory where there is plenty, because a cluster is
 * a thousand files that nobody needs afterwards; else the temporary directory.
 */
export const place = process.env.STEPMILL_TEST_DIR ?? (roomy('/dev/shm') ? '/dev/shm' : os.tmpdir());

function roomy(dir) {
	const { type, bavail, bsize } = fs.existsSync(dir) ? fs.statfsSync(dir) : {};
	const free = Number(/MemAvailable:\s+(\d+)/.exec(fs.readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
	return type === 0x01021994 && Math.min(bavail * bsize, free) > 4 * 2 ** 30;
}

export function template() {
	if (known) return known;
	const hash = createHash('sha256').update(`${bin} ${process.getuid()} ${new Date().toISOString().slice(0, 7)}`);
	for (const file of [here, `${root}/sql/queries/migration.sql`, ...migrations]) hash.update(fs.readFileSync(file));
	const dir = path.join(place, `stepmill-template-${hash.digest('hex').slice(0, 16)}`);
	if (!fs.existsSync(dir)) {
		// Files of tests begin at the same time: one of them makes it, the others wait.
		const made = spawnSync('flock', [`${dir}.lock`, process.execPath, here, dir], { encoding: 'utf8' });
		if (made.status !== 0) throw new Error(`no template: ${made.stderr}`);
	}
	fs.utimesSync(dir, new Date(), new Date()); // in use: see forget()
	known = `${dir}/data`;
	return known;
}

function make(dir) {
	if (fs.existsSync(dir)) return;
	forget(path.dirname(dir));
	const work = fs.mkdtempSync(`${dir}-`);
	fs.chmodSync(work, 0o755);
	if (prefix.length) execFileSync('chown', ['postgres:postgres', work]);
	const asPostgres = (command, ...args) => {
		const [file, ...rest] = [...prefix, `${bin}/${command}`, ...args];
		execFileSync(file, rest, { cwd: work, stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } });
	};
	asPostgres('initdb', '-D', `${work}/data`, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync');
	// A socket's path is short enough only where the temporary directory's is.
	const socket = fs.mkdtempSync(path.join(os.tmpdir(), 'smpt-'));
	fs.chmodSync(socket, 0o777);
	asPostgres('pg_ctl', '-D', `${work}/data`, '-l', `${work}/log`, '-w', '-o', `-c fsync=off -c listen_addresses= -k ${socket}`, 'start');
	try {
		const psql = (role, database, ...args) => execFileSync('psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', '-h', socket, '-U', role, '-d', database, ...args],
			{ stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env.PATH, PGOPTIONS: '-c client_min_messages=warning' } });
		const roles = ['owner', 'api', 'executor', 'live'].flatMap((role) => ['-c', `create role stepmill_${role} login`]);
		psql('postgres', 'postgres', ...roles, '-c', 'create database stepmill owner stepmill_owner');
		const named = Object.fromEntries(JSON.parse(execFileSync('perl', [`${root}/scripts/gen-statements`, '--json', `${root}/sql`], { encoding: 'utf8' })).map((s) => [s.name, s.sql]));
		psql('stepmill_owner', 'stepmill', '-c', named.migration_table, '-c', named.migration_grant);
		for (const file of migrations) {
			const name = path.basename(file);
			const [checksum] = execFileSync('b2sum', ['-l', '256', file], { encoding: 'utf8' }).split(' '); // as src/db/migrate.c has it
			psql('stepmill_owner', 'stepmill', '-1', '-f', file, '-c', `insert into schema_migration (number, name, checksum) values (${parseInt(name, 10)}, '${name}', '${checksum}')`);
		}
	} finally {
		asPostgres('pg_ctl', '-D', `${work}/data`, '-m', 'fast', '-w', 'stop');
		remove(socket);
	}
	fs.renameSync(work, dir);
}

/** Those of schemas that nobody has used for a day. */
function forget(parent) {
	for (const name of fs.readdirSync(parent).filter((one) => /^stepmill-template-[0-9a-f]{16}/.test(one))) {
		const old = path.join(parent, name);
		if (Date.now() - (fs.statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 86400000) remove(old);
	}
}

if (process.argv[1] === here) make(process.argv[2]);

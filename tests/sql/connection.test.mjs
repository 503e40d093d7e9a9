// src/db against a real server: runs the C program tests/sql/test_db and reports each of its tests.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';

import { root, startCluster } from './lib/cluster.mjs';

const build = process.env.STEPMILL_BUILD ?? `${root}/build`;
let cluster;

before(() => {
	cluster = startCluster();
});
after(() => cluster?.stop());

describe('src/db', () => {
	test('keeps its promises', async (t) => {
		// make builds generated headers first; the program is not part of `make check`, which needs no server.
		execFileSync('make', ['-C', build, '-s', '--no-print-directory', 'src/db/statements.h', 'tests/sql/test_db'], { stdio: 'inherit' });
		const run = spawnSync(`${build}/tests/sql/test_db`, [], { encoding: 'utf8', timeout: 300000, env: { ...process.env,
			CMOCKA_MESSAGE_OUTPUT: 'TAP', STEPMILL_TEST_PG: cluster.conninfo, STEPMILL_TEST_FIXTURE: `${root}/tests/sql/fixture` } });
		const planned = /^1\.\.(\d+)$/m.exec(run.stdout);
		assert.ok(planned, `no plan: ${run.stdout}${run.stderr}`);
		const lines = [...run.stdout.matchAll(/^(ok|not ok) \d+ - (.*)$/gm)];
		for (const [, verdict, name] of lines) {
			await t.test(name.replace(/^test_/, '').replaceAll('_', ' '), () => assert.equal(verdict, 'ok', run.stdout + run.stderr));
		}
		assert.equal(lines.length, Number(planned[1]));
		assert.equal(run.status, 0, run.stderr);
	});
});

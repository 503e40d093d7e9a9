// scripts/gen-statements and scripts/check-layers: what they make, and what they refuse.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { remove } from '../harness/remove.mjs';
import { root } from '../harness/stack.mjs';

function tree(t, files) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-gen-'));
	t.after(() => remove(dir));
	for (const [name, text] of Object.entries(files)) {
		fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
		fs.writeFileSync(path.join(dir, name), text);
	}
	return dir;
}

function call(script, ...args) {
	const { status, stdout, stderr } = spawnSync(path.join(root, 'scripts', script), args, { encoding: 'utf8' });
	return { status, out: stdout, err: stderr };
}

test('statements: name, shape, parameters and SQL without comments', (t) => {
	const dir = tree(t, {
		'sql/queries/run.sql': "-- Runs.\n\n-- name: run_read :maybe\n-- A run.\nselect 'a -- $9' /* no */ -- nor this\n\tfrom run where a = $1 and b = $2 and c = $1;\n",
		'sql/migrations/0001_a.sql': '',
		'sql/migrations/0007_b.sql': '',
	});
	const listed = JSON.parse(call('gen-statements', '--json', `${dir}/sql`).out);
	assert.deepEqual(listed, [{ params: 2, line: 3, name: 'run_read', shape: 'maybe', file: 'queries/run.sql', sql: "select 'a -- $9' from run where a = $1 and b = $2 and c = $1" }]);
	assert.equal(call('gen-statements', `${dir}/sql`, dir).status, 0);
	const header = fs.readFileSync(`${dir}/statements.h`, 'utf8');
	assert.match(header, /DB_RUN_READ,.*maybe, 2 parameters\. A run\./);
	assert.match(header, /DB_SCHEMA_VERSION 7\n/);
	// Written again only when it changed, so that make does not build everything anew.
	const before = fs.statSync(`${dir}/statements.h`).ino;
	call('gen-statements', `${dir}/sql`, dir);
	assert.equal(fs.statSync(`${dir}/statements.h`).ino, before);
});

for (const [what, text, message] of [
	['a missing shape', '-- name: a\nselect 1', /shape is missing/],
	['an unknown shape', '-- name: a :some\nselect 1', /shape is missing/],
	['a gap in the parameters', '-- name: a :one\nselect $2', /parameter \$1 is not used/],
	['two statements in one', '-- name: a :one\nselect 1; select 2', /more than one statement/],
	['a name twice', '-- name: a :one\nselect 1;\n-- name: a :one\nselect 1', /also at queries\/x\.sql:1/],
	['a name without SQL', '-- name: a :one\n-- only words', /no SQL follows/],
	['SQL without a name', 'select 1', /before the first/],
	['an open quote', "-- name: a :one\nselect 'x", /quote is not closed/],
]) {
	test(`statements: ${what} is refused with file and line`, (t) => {
		const dir = tree(t, { 'sql/queries/x.sql': text });
		const { status, err } = call('gen-statements', `${dir}/sql`, dir);
		assert.notEqual(status, 0);
		assert.match(err, /^queries\/x\.sql:\d+: /);
		assert.match(err, message);
		assert.equal(fs.existsSync(`${dir}/statements.h`), false);
	});
}

test('layers: an arrow the wrong way is found, the right way is not', (t) => {
	const good = tree(t, { 'src/json/a.c': '#include "base/err.h"\n#include <stdio.h>\n', 'src/api/b.c': '#include "store/run.h"\n' });
	assert.equal(call('check-layers', `${good}/src`).status, 0);
	for (const [file, header, message] of [
		['src/base/a.c', 'json/json.h', /base must not include json/],
		['src/api/a.c', 'exec/loop.h', /api must not include exec/],
		['src/exec/sub/a.h', 'api/guard.h', /exec must not include api/],
		['src/flow/a.c', 'db/db.h', /flow must not include db/],
		['src/json/a.c', '../base/err.h', /not by \.\./],
		['src/json/a.c', 'json.h', /name headers from src/],
		['src/other/a.c', 'base/err.h', /not in the table/],
	]) {
		const bad = tree(t, { [file]: `#include "${header}"\n` });
		const { status, out } = call('check-layers', `${bad}/src`);
		assert.equal(status, 1, file);
		assert.match(out, message);
	}
});

test('layers: the table says who may include whom, and whoever is named stands above', (t) => {
	const table = (...rows) => rows.map(([layer, may]) => `| \`${layer}\` | what it is | ${may} |\n`).join('');
	const files = { 'src/low/a.h': '', 'src/high/a.c': '#include "low/a.h"\n' };
	const layers = (readme) => call('check-layers', `${tree(t, { ...files, 'src/README.md': readme })}/src`);
	assert.equal(layers(table(['low', '–'], ['high', 'low'])).status, 0);
	const closed = layers(table(['low', '–'], ['high', '–']));
	assert.match(closed.out, /high must not include low/);
	const upward = layers(table(['high', 'low'], ['low', '–']));
	assert.match(upward.out, /high names low, which has no row above it/);
	assert.deepEqual([closed.status, upward.status], [1, 1]);
	assert.notEqual(layers('no table').status, 0);
});

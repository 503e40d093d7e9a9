// make dist: the archive has what the repository has, and what a build needs of what is made; and it builds without autoconf and npm.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../harness/stack.mjs';

const build = process.env.STEPMILL_BUILD ?? path.join(root, 'build');
const made = /^(Makefile\.in|aclocal\.m4|build-aux\/[a-z-]+|config\.h\.in|configure|src\/js\/library\.c)$/;

function run(command, args, options = {}) {
	const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
	assert.equal(status, 0, `${command} ${args.join(' ')}: ${error ?? ''}${stdout}${stderr}`);
	return stdout;
}
const lines = (text) => text.split('\n').filter(Boolean);

let dir;
before(() => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-dist-'));
	run('make', ['-s', '-C', build, 'dist', `distdir=${dir}/packed`]);
	fs.mkdirSync(`${dir}/tree`);
	run('tar', ['-xzf', `${dir}/packed.tar.gz`, '-C', `${dir}/tree`, `--strip-components=${dir.split('/').length}`]);
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

test('the archive has every file of the repository, and nothing that was built or installed beside them', (t) => {
	if (!fs.existsSync(path.join(root, '.git')))
		return t.skip('this tree is an archive itself');
	const git = ['-c', 'safe.directory=*', '-C', root];
	const tracked = lines(run('git', [...git, 'ls-files'])).filter((name) => fs.existsSync(path.join(root, name)));
	const packed = new Set(lines(run('find', ['.', '-type', 'f', '-printf', '%P\n'], { cwd: `${dir}/tree` })));
	assert.ok(tracked.length > 1000);
	assert.deepEqual(tracked.filter((name) => !packed.has(name)), []);
	// What git does not know is somebody's new file, unless git ignores it.
	const others = [...packed].filter((name) => !made.test(name) && !tracked.includes(name));
	const ignored = spawnSync('git', [...git, 'check-ignore', '--no-index', '--stdin'], { input: others.join('\n'), encoding: 'utf8' });
	assert.ok(ignored.status === 0 || ignored.status === 1, ignored.stderr);
	assert.deepEqual(lines(ignored.stdout), []);
});

test('it is configured and built where neither autoconf nor npm is', () => {
	const none = Object.fromEntries(['AUTOCONF', 'AUTOMAKE', 'AUTOHEADER', 'ACLOCAL'].map((name) => [name, '/nonexistent']));
	const at = { cwd: `${dir}/tree`, env: { ...process.env, ...none } };
	run('./configure', ['-q'], at);
	run('make', ['-q', 'src/js/library.c'], at); // it is there and newer than what npm would make it of
	run('make', ['-s', 'stepmill-box'], at); // the smallest program; a source that were missing is told by the list above
});

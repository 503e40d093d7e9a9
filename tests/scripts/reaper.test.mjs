// What a test has started ends with it, however that ends (tests/harness/reaper.sh).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { remove } from '../harness/remove.mjs';
import { gone, root, until } from '../harness/stack.mjs';

/** A process that guards a directory, with a program in it that starts another one and waits for ever; `then` is what it does next. */
async function guarded(t, then) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-guarded-'));
	t.after(() => remove(dir));
	fs.writeFileSync(`${dir}/program`, '#!/bin/sh\nsleep 600 &\necho $! >"${0%/*}/pid"\nwait\n', { mode: 0o755 });
	const child = spawn(process.execPath, ['--input-type=module', '-e', `
		import { spawn } from 'node:child_process';
		import { guard } from '${pathToFileURL(`${root}/tests/harness/reaper.mjs`)}';
		const release = guard(process.env.GUARDED);
		const program = spawn(process.env.GUARDED + '/program', [], { stdio: 'ignore' });
		${then}
		setInterval(() => {}, 1000);
	`], { stdio: 'ignore', env: { PATH: process.env.PATH, GUARDED: dir } });
	const pid = Number(await until('the program to have begun', () => fs.existsSync(`${dir}/pid`) && fs.readFileSync(`${dir}/pid`, 'utf8').trim()));
	return { dir, child, pid };
}


test('killed, it leaves no process and no directory', async (t) => {
	const { dir, child, pid } = await guarded(t, '');
	assert.ok(!gone(pid));
	child.kill('SIGKILL');
	await until('what it had started to be gone', () => gone(pid) && !fs.existsSync(dir));
});

test('one that has put everything away itself is left alone', async (t) => {
	const { dir, child, pid } = await guarded(t, 'setTimeout(() => { release(); setTimeout(() => process.exit(), 500); }, 300);');
	t.after(() => process.kill(pid, 'SIGKILL'));
	await once(child, 'exit');
	await new Promise((done) => setTimeout(done, 1500));
	assert.ok(!gone(pid) && fs.existsSync(dir));
});

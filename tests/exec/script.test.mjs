// Steps of the kind "script": commands in a box, what they are told, and what becomes of what they write.
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { A, build, startEngine, until } from './lib/engine.mjs';
import { boxed, boxOptions, cannot, script, supervises, tried, workOf } from './lib/script.mjs';

const skip = cannot();
let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
	await until('nothing to be left', () => boxed(engine).length === 0);
});

const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);
const stepOutputs = (run) => Object.fromEntries(engine.steps(run).map((step) => [step.path, JSON.parse(step.output)]));
const streamed = (run) => engine.events(run).filter((e) => e.type === 'step.output').map((e) => e.data.text).join('');
async function call(steps, input = {}) {
	const [run] = engine.create(engine.flow(steps), { input });
	await until('the run to end', () => engine.run(run).finished_at);
	return run;
}
async function begun(steps, says = 'here') {
	const flow = engine.flow(steps);
	const [run] = engine.create(flow, { input: {} });
	await until('it to say something', () => streamed(run).includes(says));
	return { flow, run };
}

test('what it writes is the output, streamed while it runs; its input is JSON and variables', { skip }, async () => {
	engine.executor(boxOptions(engine));
	const run = await call([
		script('cat; echo; printf "%s|%s" "$INPUT_text" "$GREETING" >&2; pwd', { input: { text: '{{input.text}}', n: 2 }, env: { GREETING: 'hello {{input.text}}' } }),
		script('echo "{\\"n\\": $((20 + 22)), \\"was\\": \\"$INPUT_was\\"}"', { format: 'json', input: { was: '{{steps.s1.output.stderr}}' } }),
		script(['printf', '%s.', 'a b', '{{steps.s2.output.n}}', '{{input}}']),
	], { text: "it's $(id)" });
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	const { s1, s2 } = stepOutputs(run);
	assert.deepEqual(s1, { stdout: `{"text":"it's $(id)","n":2}\n/work\n`, stderr: "it's $(id)|hello it's $(id)", exit_status: 0 });
	assert.deepEqual(s2, { n: 42, was: "it's $(id)|hello it's $(id)" });
	assert.equal(output(run).stdout, `a b.42.{"text":"it's $(id)"}.`);
	assert.match(engine.events(run).filter((e) => e.type === 'step.output' && e.path === 's1').map((e) => e.data.text).join(''), /"n":2/);
});

test('what templates bring into a command is never code, wherever they stand', { skip }, async () => {
	engine.executor(boxOptions(engine));
	const hostile = ['$(touch /work/hit)', '`touch /work/hit`', "'; touch /work/hit; '", '"; touch /work/hit; "', '\n touch /work/hit \n', '& touch /work/hit &', '| touch /work/hit',
		'${IFS}$(touch${IFS}/work/hit)', "'\"'\"$(touch /work/hit)'\"'", '\\"; touch /work/hit #', '-e touch /work/hit', '$((`touch /work/hit`))', '*', '~', '{{input.value}}', '%s%n', '', '  two  blanks  '];
	for (const value of hostile) {
		const run = await call([script(['printf "<%s>" {{input.value}}', 'printf "<%s>" "{{input.value}}"', "printf '<%s>' '{{input.value}}'", 'printf "<%s>" a{{input.value}}b',
			'printf "<%s>" "$(printf %s "{{input.value}}")" # it\'s {{input.value}}', 'x="{{input.value}}"; printf "<%s>" "$x"', 'ls -A /work | grep -v "^$"', 'exit 0'].join('\n'))], { value });
		assert.equal(engine.run(run).status, 'completed', `${value}: ${engine.run(run).error}`);
		// A shell takes line ends away from what $(…) gives.
		assert.equal(output(run).stdout, `<${value}><${value}><${value}><a${value}b><${value.replace(/\n+$/, '')}><${value}>`, JSON.stringify(value));
	}
	// Where the quotes cannot be told, a value may be split; it still does nothing.
	const odd = await call([script('cat <<EOF\n{{input.value}} don\'t\nEOF\nprintf "%s" {{input.value}}; eval echo ok; ls -A')], { value: '$(touch /work/hit)`touch /work/hit`' });
	assert.equal(engine.run(odd).status, 'completed', engine.run(odd).error);
	assert.doesNotMatch(output(odd).stdout, /^hit$/m);
});

test('what goes wrong is told with what it said last', { skip }, async () => {
	engine.executor(boxOptions(engine));
	for (const [command, code, says, more] of [
		['echo one >&2; echo two >&2; exit 3', 'script_failed', /status 3: one\ntwo$/],
		['echo out; exit 1', 'script_failed', /status 1: out$/],
		['kill -9 $$', 'script_failed', /status 137 \(signal 9\)/],
		[['no-such-program'], 'script_invalid', /cannot be run: No such file/],
		['true', 'script_invalid', /has no `missing`/, { cwd: 'missing' }],
		['echo no', 'script_output', /is to be JSON/, { format: 'json' }],
		['sleep 1000', 'timeout', /longer than 1 s/, { timeout_seconds: 1 }],
		['true', 'script_invalid', /too long/, { env: { X: 'x'.repeat(140000) } }],
	]) {
		const run = await call([script(command, more)]);
		assert.equal(error(run).code, code, error(run).message);
		assert.match(error(run).message, says);
	}
});

test('of what it writes 1 MB is kept, whole characters, and bytes that are none are replaced', { skip }, async () => {
	engine.executor(boxOptions(engine));
	const run = await call([script(`perl -e 'print "ä" x 700000; print STDERR "\\xff\\x00ok\\xc3"'`),
		{ kind: 'transform', value: { letters: '{{ steps.s1.output.stdout.match(/^ä+/)[0].length }}', rest: '{{ steps.s1.output.stdout.replace(/^ä+/, "") }}', stderr: '{{steps.s1.output.stderr}}' } }]);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	const { letters, rest, stderr } = output(run);
	assert.deepEqual([letters, rest], [524288, '\n[351424 bytes more were written and are not kept]\n']);
	assert.equal(stderr, '��ok�');
	assert.ok(Buffer.byteLength(streamed(run)) <= 1.2e6);
});

test('a run has one working directory, its own, and it goes when the run has ended', { skip }, async () => {
	engine.executor(boxOptions(engine));
	const [first, second, third] = await Promise.all([
		call([script('mkdir -p app; echo 1 > app/file; chmod 700 app'), script('cat file; cd ..; mkdir -p a/b/c; touch a/b/c/d; chmod 0 a/b; ln -s / root', { cwd: 'app' })]),
		call([script('ls -A'), script('perl -e \'for (1..400) { mkdir "dddddddddddddddddddd"; chdir "dddddddddddddddddddd" } open F, ">x"\'')]),
		// Names that removing uses itself: what a removal that was killed leaves looks like this.
		call([script('mkdir -p .gone-1/a/b/c .gone-2/a/b/c .gone-3/a/b/c')]),
	]);
	assert.equal(output(first).stdout, '1\n');
	assert.equal(stepOutputs(second).s1.stdout, '');
	assert.equal(engine.run(third).status, 'completed', engine.run(third).error);
	assert.equal(readdirSync(path.join(workOf(engine), A, 'runs')).length >= 2, true);
	await engine.stopExecutors();
	await until('nothing to be left', () => boxed(engine).length === 0);
	// Housekeeping begins with the executor; what it has emptied goes with the round after that, here with the next executor.
	const listed = (...names) => tried(() => readdirSync(path.join(workOf(engine), ...names))) ?? [];
	engine.executor(boxOptions(engine));
	await until('the directories to be empty', () => listed(A, 'runs').length === 0 && listed('gone').every((name) => listed('gone', name).length === 0));
	await engine.stopExecutors();
	engine.executor(boxOptions(engine));
	await until('the directories to go', () => listed('gone').length === 0);
});

test('the directory of a deleted project goes when nobody needs it: no other project, and no run that has not ended', { skip }, async () => {
	const project = (directory) => engine.one(`insert into project (workspace_id, id, name, directory, created_by)
		values ('${A}', test.id7(), 'P', '${directory}', '00000000-0000-7000-8000-000000000001') returning id`);
	const remove = (...ids) => engine.sql(`update project set deleted_at = now(), deleted_by = created_by where id = any ('{${ids}}')`);
	const waits = engine.flow([{ kind: 'approval' }]);
	/** Made while no executor is there, which would take it without its directory. */
	const within = (directory, flow) => {
		const [run] = engine.create(flow, { input: {} });
		engine.sql(`update run set overrides = '{"directory": "${directory}"}' where id = '${run}'`);
		return run;
	};
	const names = ['alone', 'shared', 'outer', 'outer/inner', 'used', 'deep/one/two', 'deep/other', 'kept'];
	const ids = Object.fromEntries(names.map((name) => [name, project(name)]));
	project('shared'); // a second one
	const write = names.map((name) => within(name, engine.flow([script('mkdir -p sub; echo text > sub/file')])));
	const live = within('used', waits);
	engine.executor(boxOptions(engine));
	await until('all to be written', () => write.every((run) => engine.run(run).finished_at) && engine.steps(live)[0]?.status === 'waiting');
	const there = () => names.filter((name) => existsSync(path.join(workOf(engine), A, 'projects', name)));
	assert.deepEqual(there(), names);
	remove(...names.filter((name) => !['outer/inner', 'deep/other', 'kept'].includes(name)).map((name) => ids[name]));
	const round = async (what, rest) => { // housekeeping begins with the executor
		await engine.stopExecutors();
		engine.executor(boxOptions(engine));
		await until(what, () => JSON.stringify(there()) === JSON.stringify(rest));
	};
	await round('what is needed by nobody to go', ['shared', 'outer', 'outer/inner', 'used', 'deep/other', 'kept']);
	assert.ok(!existsSync(path.join(workOf(engine), A, 'projects/deep/one')), 'and what was empty around it');
	engine.cancel(waits, live);
	await until('the run to end', () => engine.run(live).finished_at);
	remove(ids['outer/inner']);
	await round('the rest to go', ['shared', 'deep/other', 'kept']);
	await engine.stopExecutors();
	const again = within('alone', engine.flow([script('ls -A')]));
	engine.executor(boxOptions(engine));
	await until('it to end', () => engine.run(again).finished_at);
	assert.equal(output(again).stdout, '', 'who works there once more begins with nothing');
});

test('the directory that a project has left goes a day later, unless it came back, another one names it, or a run works there', { skip }, async () => {
	const project = (directory) => engine.one(`insert into project (workspace_id, id, name, directory, created_by)
		values ('${A}', test.id7(), 'P', '${directory}', '00000000-0000-7000-8000-000000000001') returning id`);
	const move = (id, to) => engine.sql(`update project set directory = ${to ? `'${to}'` : 'null'} where id = '${id}'`);
	const names = ['left', 'left/below', 'dropped', 'taken', 'back', 'busy', 'fresh', 'stays'];
	const ids = Object.fromEntries(names.filter((name) => name !== 'left/below').map((name) => [name, project(name)]));
	const within = (directory, flow) => {
		const [run] = engine.create(flow, { input: {} });
		engine.sql(`update run set overrides = '{"directory": "${directory}"}' where id = '${run}'`);
		return run;
	};
	const write = names.map((name) => within(name, engine.flow([script('echo text > file')])));
	const waits = engine.flow([{ kind: 'approval' }]);
	const live = within('busy', waits);
	engine.executor(boxOptions(engine));
	await until('all to be written', () => write.every((run) => engine.run(run).finished_at) && engine.steps(live)[0]?.status === 'waiting');
	const there = () => names.filter((name) => existsSync(path.join(workOf(engine), A, 'projects', name)));
	/** A whole round of housekeeping: another directory goes in it, of a project that is deleted. What a round removes it removes in one turn of the loop. */
	const round = async (name) => {
		await engine.stopExecutors();
		const sign = project(name);
		const run = within(name, engine.flow([script('true')]));
		engine.executor(boxOptions(engine));
		await until('the sign to be made', () => engine.run(run).finished_at);
		await engine.stopExecutors();
		engine.sql(`update project set deleted_at = now(), deleted_by = created_by where id = '${sign}'`);
		engine.executor(boxOptions(engine));
		await until('the sign to go', () => !existsSync(path.join(workOf(engine), A, 'projects', name)));
		await engine.stopExecutors();
		const found = there();
		engine.executor(boxOptions(engine));
		return found;
	};
	for (const name of ['left', 'taken', 'back', 'busy', 'fresh']) move(ids[name], `${name}-new`);
	move(ids.dropped, null);
	project('taken/inner');
	move(ids.back, 'back');
	assert.deepEqual(await round('sign-1'), names, 'a day has not passed');
	engine.sql(`update project_place set kept_until = now() where directory <> 'fresh'`);
	assert.deepEqual(await round('sign-2'), ['taken', 'back', 'busy', 'fresh', 'stays']);
	engine.cancel(waits, live);
	await until('the run to end', () => engine.run(live).finished_at);
	// a project that is deleted hastens nothing that another one has left
	engine.sql(`update project set deleted_at = now(), deleted_by = created_by where id = '${project('fresh')}'`);
	assert.deepEqual(await round('sign-3'), ['taken', 'back', 'fresh', 'stays']);
});

test('a cancelled run takes its command along, grandchildren and all', { skip }, async () => {
	engine.executor(boxOptions(engine));
	const { flow, run } = await begun([script('(setsid sleep 9999 &) ; (trap "" TERM HUP INT; setsid sh -c "trap \\"\\" TERM; sleep 9999; true" &) ; echo here; sleep 9999')]);
	assert.ok(boxed(engine).length >= 4, 'it is there, to be taken away');
	engine.cancel(flow, run);
	await until('the run to end', () => engine.run(run).status === 'cancelled');
	await until('nothing to be left', () => boxed(engine).length === 0);
});

test('what is left behind when the command ends goes with it', { skip }, async () => {
	engine.executor(boxOptions(engine));
	const run = await call([script('(setsid sleep 9999 </dev/null >/dev/null 2>&1 &) ; (setsid sleep 9999 &) ; echo done')]);
	assert.equal(output(run).stdout, 'done\n');
	await until('nothing to be left', () => boxed(engine).length === 0);
});

test('killed at any moment, the executor leaves nothing, and the call is made again as the same one', { skip }, async () => {
	const flow = engine.flow([script('echo $STEPMILL_KEY; test -e again && exit 0; touch again; echo here; sleep 9999')]);
	for (let turn = 0; turn < 12; turn++) {
		const executor = engine.executor(boxOptions(engine));
		const [run] = engine.create(flow, { input: {} });
		await until('its start to be recorded', () => engine.steps(run).length > 0);
		// From before there is a box until the command runs.
		if (turn % 4 === 3) await until('it to say something', () => streamed(run).includes('here'));
		else if (turn % 4 > 0) await until('a process of it', () => boxed(engine).length >= turn % 4 || streamed(run).includes('here'));
		await executor.end('SIGKILL');
		await until('nothing to be left', () => boxed(engine).length === 0);
		if (turn % 4 !== 3) {
			engine.cancel(flow, run);
			continue;
		}
		engine.executor(boxOptions(engine));
		await until('the run to end', () => engine.run(run).finished_at);
		assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
		assert.equal(output(run).stdout, `${run}/s1/1\n`);
		await engine.stopExecutors();
	}
});

test('a script that must not run twice does not, when nobody knows how far it came', { skip }, async () => {
	const first = engine.executor(boxOptions(engine));
	const { run } = await begun([script('echo here; sleep 9999', { retry: 'never' })]);
	await first.end('SIGKILL');
	engine.executor(boxOptions(engine));
	await until('the run to end', () => engine.run(run).finished_at);
	assert.equal(error(run).code, 'unknown_outcome');
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.status]), [[1, 'failed']]);
});

test('an executor that is stopped past its lease has no script any more, before it wakes; the call is made again', { skip }, async () => {
	const executor = engine.executor(boxOptions(engine));
	const { run } = await begun([script('test -e again && exit 0; touch again; echo here; sleep 9999')]);
	executor.signal('SIGSTOP');
	await until('nothing to be left', () => boxed(engine).length === 0);
	executor.signal('SIGCONT');
	await until('the run to end', () => engine.run(run).finished_at);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.status]), [[1, 'completed']]);
});

test('a box that is killed from outside is made again, once, unless its step says never', { skip }, async () => {
	const executor = engine.executor(boxOptions(engine));
	const kill = () => {
		for (const pid of boxed(engine)) if (supervises(pid, executor)) process.kill(+pid, 'SIGKILL');
	};
	const { run } = await begun([script('test -e again && exit 0; touch again; echo here; sleep 9999')]);
	kill();
	await until('the run to end', () => engine.run(run).finished_at);
	assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.status]), [[1, 'completed']], engine.run(run).error);
	const { run: never } = await begun([script('echo here; sleep 9999', { retry: 'never' })]);
	kill();
	await until('the run to end', () => engine.run(never).finished_at);
	assert.equal(error(never).code, 'unknown_outcome');
	const { run: twice } = await begun([script('echo x >> log; echo "here $(wc -l < log)"; sleep 9999')], 'here 1');
	kill();
	await until('it to run again', () => streamed(twice).includes('here 2'));
	kill();
	await until('the run to end', () => engine.run(twice).finished_at);
	assert.equal(error(twice).code, 'script_lost');
});

test('a first look at what a box can be here, that somebody kills, says nothing: it is looked at again', { skip }, async (t) => {
	const dir = mkdtempSync(path.join(tmpdir(), 'stepmill-box-'));
	t.after(() => remove(dir));
	const program = path.join(dir, 'stepmill-box');
	writeFileSync(program, `#!/bin/sh\n[ -e "${dir}/second" ] || { : > "${dir}/second"; kill -9 $$; }\nexec "${path.resolve(build, 'stepmill-box')}" "$@"\n`, { mode: 0o755 });
	const executor = engine.executor(boxOptions(engine, `--box-program=${program}`));
	const run = await call([script('echo here')]);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	assert.ok(existsSync(path.join(dir, 'second')));
	assert.equal(executor.said('scripts cannot be kept apart here and are refused').length, 0);
});

test('without namespaces scripts are refused, unless an administrator wants them so', { skip }, async () => {
	// A box in a box: namespaces of users are closed there.
	const inner = ['bwrap', '--dev-bind', '/', '/', '--unshare-user', '--disable-userns', '--die-with-parent'];
	const refusing = engine.executor(boxOptions(engine), undefined, inner);
	const refused = await call([script('true')]);
	assert.equal(error(refused).code, 'script_unavailable');
	assert.match(error(refused).message, /cannot keep it apart/);
	assert.equal(refusing.said('scripts cannot be kept apart here and are refused').length, 1);
	await engine.stopExecutors();

	const bare = engine.executor(boxOptions(engine, '--sandbox=none'));
	const run = await call([script('cat; pwd | grep -c runs; echo x > here; cat here')]);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	assert.equal(output(run).stdout, '{}1\nx\n');
	assert.equal(bare.said('scripts run in boxes')[0].sandbox, 'none');
	const { flow, run: slow } = await begun([script('(setsid sleep 9999 &) ; (setsid sh -c "setsid sleep 9999 & sleep 9999" &) ; echo here; sleep 9999')]);
	engine.cancel(flow, slow);
	await until('the run to end', () => engine.run(slow).status === 'cancelled');
	await until('nothing to be left', () => boxed(engine).length === 0);
});

test('an executor that is not root runs them as it is itself', { skip: skip || process.getuid() !== 0 }, async (t) => {
	const work = mkdtempSync(path.join(tmpdir(), 'stepmill-exec-'));
	t.after(() => remove(work));
	chownSync(work, 65534, 65534);
	const executor = engine.executor([`--work-dir=${work}/work`, `--builtin-log=${work}/calls`], undefined, ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']);
	const run = await call([script('id -u; echo 1 > file; cat file'), script('sleep 0; ls')]);
	assert.equal(engine.run(run).status, 'completed', engine.run(run).error);
	assert.equal(stepOutputs(run).s1.stdout, '1000\n1\n');
	assert.equal(output(run).stdout, 'file\n');
	await executor.end();
});

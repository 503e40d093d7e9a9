// Workflows kept in a folder or a git repository: what a sync changes, what it leaves alone, and what it never does.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startStack, until } from '../harness/stack.mjs';

let stack;
let client;
let temporary;
before(async () => {
	stack = await startStack();
	client = await stack.signIn();
	const { body } = await client.post('/account/tokens', { name: 'Sync', scopes: ['read', 'workflows:write'] });
	stack.token = body.token;
	temporary = path.join(stack.dir, 'temporary');
	fs.mkdirSync(temporary);
});
after(() => stack?.stop());

const env = (extra) => ({
	PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: stack.dir, TMPDIR: temporary, STEPMILL_URL: stack.url, STEPMILL_TOKEN: stack.token,
	GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: path.dirname(stack.dir),
	...Object.fromEntries(['AUTHOR', 'COMMITTER'].flatMap((who) => [[`GIT_${who}_NAME`, 'Ada'], [`GIT_${who}_EMAIL`, 'ada@example.com']])), ...extra,
});
function sync(...args) {
	const extra = typeof args.at(-1) === 'object' ? args.pop() : {};
	const r = spawnSync(path.join(stack.build, 'stepmill'), ['workflow', 'sync', ...args], { encoding: 'utf8', cwd: stack.dir, env: env(extra) });
	return { status: r.status, out: r.stdout, err: r.stderr };
}
const rows = ({ out }) => out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
const results = (r) => rows(r).map((row) => [row.result, row.name, row.version]);
/** A sync that has to go well: [result, name, version] of each line. */
function synced(...args) {
	const extra = typeof args.at(-1) === 'object' ? [args.pop()] : [];
	const r = sync(...args, '--json', ...extra);
	assert.equal(r.status, 0, r.err);
	return results(r);
}
/** Without lines, at its end, and still there. */
function staying(args, trap = '') {
	const child = spawn('sh', ['-c', `${trap} exec "$@"`, 'sh', path.join(stack.build, 'stepmill'), 'workflow', 'sync', ...args], { env: env(), cwd: stack.dir });
	const one = { child, out: '', err: '' };
	child.stdout.on('data', (d) => (one.out += d));
	child.stderr.on('data', (d) => (one.err += d));
	one.ended = new Promise((done) => child.on('close', (status, signal) => done((one.end = { status, signal }))));
	/** Until it has said so; it has to be there until then. */
	one.says = async (what, stream, said) => {
		await until(what, () => one.end || said.test(one[stream]));
		assert.match(one[stream], said, JSON.stringify(one.end));
	};
	return one;
}
const yaml = (name, value, more = '') => `name: ${name}\ntype: flow\n${more}input: {type: object, properties: {}}\nsteps:\n  - key: only\n    kind: transform\n    value: ${value}\n`;
/** A folder with these files, by path. */
function folder(name, files) {
	const at = path.join(stack.dir, name);
	fs.mkdirSync(at, { recursive: true });
	for (const [file, text] of Object.entries(files)) {
		fs.mkdirSync(path.join(at, path.dirname(file)), { recursive: true });
		fs.writeFileSync(path.join(at, file), text);
	}
	return at;
}
async function workflows() {
	const all = [];
	for (let cursor = ''; cursor !== null; ) {
		const { body } = await client.get(`/workspaces/${client.workspace}/workflows?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
		all.push(...body.data);
		cursor = body.next_cursor;
	}
	return all;
}
const named = async (name) => (await workflows()).find((w) => w.name === name);
const versions = async (id) => (await client.get(`/workspaces/${client.workspace}/workflows/${id}/versions`)).body.data;
function git(at, ...args) {
	const r = spawnSync('git', ['-C', at, ...args], { encoding: 'utf8', env: env() });
	assert.equal(r.status, 0, r.stderr);
	return r.stdout.trim();
}
function commit(at, message) {
	git(at, 'add', '-A');
	git(at, 'commit', '-qm', message);
	return git(at, 'rev-parse', 'HEAD');
}
/** A bare repository, and the folder that it is made in. */
function repository(name, files) {
	const work = folder(`${name}-work`, files);
	git(work, 'init', '-q', '-b', 'main');
	const id = commit(work, 'As it began');
	git(stack.dir, 'clone', '-q', '--bare', `${name}-work`, `${name}.git`);
	git(work, 'remote', 'add', 'origin', path.join(stack.dir, `${name}.git`));
	return { work, bare: path.join(stack.dir, `${name}.git`), id, push: () => git(work, 'push', '-q', 'origin', 'HEAD') };
}

describe('a folder', () => {
	test('becomes workflows, each with the file it came from; again, nothing is changed', async () => {
		const at = folder('plain', {
			'a.yaml': yaml('Plain A', 1), 'deep/er/b.json': JSON.stringify({ name: 'Plain B', steps: [{ key: 'x', kind: 'transform', value: 1 }] }),
			'c.ts': 'import { defineWorkflow } from "stepmill";\nexport default defineWorkflow({ name: "Plain C", steps: [{ id: "a", type: "transform", value: 1 }] });\n',
			'two.yml': `workflows:\n${['D', 'E'].map((n) => `  - name: Plain ${n}\n    steps: [{key: a, kind: transform, value: 1}]\n`).join('')}`,
		});
		assert.deepEqual(synced('plain', '--message', 'By hand').map(([result, name]) => [result, name]), ['A', 'C', 'B', 'D', 'E'].map((n) => ['made', `Plain ${n}`]));
		assert.deepEqual(synced('plain/').map(([result]) => result), Array(5).fill('unchanged'));
		const source = fs.realpathSync(at);
		assert.deepEqual((await named('Plain B')).origin, { source, path: 'deep/er/b.json', commit: null });
		assert.deepEqual((await named('Plain E')).origin, { source, path: 'two.yml', commit: null });
		fs.writeFileSync(path.join(at, 'a.yaml'), yaml('Plain A', 2));
		assert.deepEqual(synced('plain').filter(([result]) => result !== 'unchanged'), [['changed', 'Plain A', 2]]);
		const listed = spawnSync(path.join(stack.build, 'stepmill'), ['workflow', 'list', '--json', '--limit', 'all'], { encoding: 'utf8', env: env() }).stdout;
		assert.deepEqual(rows({ out: listed }).find((w) => w.name === 'Plain A').origin, { source, path: 'a.yaml', commit: null });
		assert.deepEqual((await versions((await named('Plain A')).id)).map((v) => [v.version, v.message, v.origin.path]), [[2, '', 'a.yaml'], [1, 'By hand', 'a.yaml']]);
	});

	test('is read for workflows only, and nothing outside it', async () => {
		const outside = folder('outside', { 'o.yaml': yaml('Outside', 1) });
		const at = folder('mixed', {
			'w.yaml': yaml('Inside', 1), '.hidden/h.yaml': yaml('Hidden', 1), '.h.yaml': yaml('Hidden too', 1), 'node_modules/x/n.yaml': yaml('Module', 1),
			'w.test.yaml': 'workflow: w.yaml\ntests: []\n', 'types.d.ts': 'declare function defineWorkflow(): void;\n', 'package.json': '{"name": "x", "scripts": {}}',
			'compose.yaml': 'services: {a: {image: steps}}\n', 'help.ts': 'export const steps = 1;\n', 'tsconfig.json': '{ // no JSON\n}', 'README.md': 'steps:\n',
		});
		fs.symlinkSync(path.join(outside, 'o.yaml'), path.join(at, 'link.yaml'));
		fs.symlinkSync(outside, path.join(at, 'linked'));
		const r = sync('mixed', '--json');
		assert.deepEqual(results(r), [['made', 'Inside', 1]]);
		assert.deepEqual(r.err.trim().split('\n').map((line) => line.split(':')[0]).sort(), ['compose.yaml', 'help.ts', 'package.json', 'tsconfig.json'].map((f) => `mixed/${f}`));
	});

	test('with anything wrong in it changes nothing, and says where', async () => {
		const prompt = '01900000-0000-7000-8000-00000000ffff';
		folder('wrong', { 'good.yaml': yaml('Good', 1), 'steps.yaml': yaml('Bad', '"{{steps.onyl.output}}"'), 'broken.yaml': 'steps: [\n  {' });
		const r = sync('wrong');
		assert.deepEqual([r.status, r.out], [1, '']);
		assert.match(r.err, /wrong\/broken\.yaml:\d+:\d+: /);
		assert.match(r.err, /wrong\/steps\.yaml:7:\d+: .*onyl/);
		assert.match(r.err, /Nothing was changed\.\n$/);
		// What only the server knows is asked before anything is changed, too.
		folder('wrong-there', { 'a.yaml': yaml('Good', 1), 'b.yaml': `name: Bad\nsteps:\n  - {key: a, kind: prompt, prompt: ${prompt}}\n` });
		assert.equal(spawnSync(path.join(stack.build, 'stepmill'), ['workflow', 'check', 'wrong-there/b.yaml'], { cwd: stack.dir, env: env() }).status, 0);
		const there = sync('wrong-there');
		assert.deepEqual([there.status, there.out], [1, '']);
		assert.match(there.err, /wrong-there\/b\.yaml:3:\d+: /);
		folder('twice', { 'a.yaml': yaml('Good', 1), 'b/c.yaml': yaml('Good', 2) });
		const twice = sync('twice');
		assert.deepEqual([twice.status, twice.out], [1, '']);
		assert.match(twice.err, /twice\/b\/c\.yaml:1:1: The workflow "Good" is in twice\/a\.yaml as well\./);
		assert.equal(await named('Good'), undefined);
	});

	test('tells what is gone from it, and archives that when asked; what somebody has changed stays', async () => {
		const at = folder('going', { 'a.yaml': yaml('Going A', 1), 'b.yaml': yaml('Going B', 1), 'c.yaml': yaml('Going C', 1) });
		synced('going');
		fs.rmSync(path.join(at, 'b.yaml'));
		fs.rmSync(path.join(at, 'c.yaml'));
		const c = await named('Going C');
		const etag = (await client.get(`/workspaces/${client.workspace}/workflows/${c.id}`)).headers.get('etag');
		const edited = await client.request('PATCH', `/workspaces/${client.workspace}/workflows/${c.id}`, { definition: { type: 'flow', steps: [{ key: 'x', kind: 'transform', value: 5 }] } }, { 'if-match': etag });
		assert.equal(edited.status, 200, JSON.stringify(edited.body));
		assert.deepEqual(synced('going', '--prune', '--dry-run'), [['there', 'Going A', 1], ['gone', 'Going B', 1]]);
		const told = sync('going');
		assert.match(told.out, /^gone +Going B /m);
		assert.match(told.err, /1 workflow came from here and is not there any more\. --prune archives it\./);
		assert.ok(await named('Going B'));
		assert.deepEqual(synced('going', '--prune'), [['unchanged', 'Going A', 1], ['archived', 'Going B', 1]]);
		assert.equal(await named('Going B'), undefined);
		assert.ok(await named('Going C'));
		// A folder that has become empty is a mistake more often than a wish.
		fs.rmSync(path.join(at, 'a.yaml'));
		const empty = sync('going', '--prune');
		assert.deepEqual([empty.status, empty.out], [2, '']);
		assert.match(empty.err, /There is no workflow below going: .* Nothing was changed\./);
		assert.ok(await named('Going A'));
	});

	test('another folder\'s workflows are not its own, whatever they are called', async () => {
		folder('mine', { 'a.yaml': yaml('Mine', 1) });
		folder('yours', { 'a.yaml': yaml('Yours', 1) });
		synced('mine');
		assert.deepEqual(synced('yours', '--prune'), [['made', 'Yours', 1]]);
		assert.ok(await named('Mine'));
		// The same text from another place is a version that says so; a name for the source keeps it the same on every machine.
		folder('mine-copy', { 'a.yaml': yaml('Mine', 1) });
		assert.deepEqual(synced('mine-copy', '--source', 'team/flows'), [['changed', 'Mine', 2]]);
		assert.deepEqual(synced('mine', '--source', 'team/flows'), [['unchanged', 'Mine', 2]]);
		assert.equal((await named('Mine')).origin.source, 'team/flows');
	});

	test('is watched on by a command that was told to ignore hangups', async (t) => {
		const at = folder('nohup', { 'a.yaml': yaml('Nohup', 1) });
		const one = staying(['nohup', '--watch'], 'trap "" HUP;');
		t.after(() => one.child.kill('SIGKILL'));
		await one.says('it to watch', 'err', /^Watching nohup\./m);
		one.child.kill('SIGHUP');
		fs.writeFileSync(path.join(at, 'a.yaml'), yaml('Nohup', 2));
		await one.says('it to go on', 'out', /^changed +Nohup +v2 /m);
		one.child.kill('SIGTERM');
		assert.deepEqual(await one.ended, { status: 0, signal: null });
	});

	test('in a git repository says which commit it is of, as long as nothing differs from it', async () => {
		const at = folder('checkout', { 'flows/a.yaml': yaml('Checked out', 1), 'other.yaml': yaml('Not below', 1) });
		git(at, 'init', '-q', '-b', 'main');
		git(at, 'remote', 'add', 'origin', 'https://ada:secret@git.example.com/team/flows.git');
		const id = commit(at, 'The first one');
		assert.deepEqual(synced('checkout/flows'), [['made', 'Checked out', 1]]);
		const made = await named('Checked out');
		assert.deepEqual(made.origin, { source: 'https://git.example.com/team/flows.git', path: 'flows/a.yaml', commit: id });
		fs.writeFileSync(path.join(at, 'flows/a.yaml'), yaml('Checked out', 2));
		synced('checkout/flows');
		assert.deepEqual((await versions(made.id)).map((v) => [v.message, v.origin.commit]), [['', null], [`The first one (${id.slice(0, 10)})`, id]]);
	});

	test('is watched: what changes is synced, what is wrong is told, Ctrl-C ends it well', async (t) => {
		const at = folder('watched', { 'a.yaml': yaml('Watched A', 1) });
		const one = staying(['watched', '--watch', '--prune']);
		t.after(() => one.child.kill('SIGKILL'));
		await one.says('it to watch', 'err', /^Watching watched\./m);
		assert.match(one.out, /^made +Watched A +v1 /);
		fs.mkdirSync(path.join(at, 'new/er'), { recursive: true });
		fs.writeFileSync(path.join(at, 'new/er/b.yaml'), yaml('Watched B', 1));
		await one.says('another workflow', 'out', /^made +Watched B +v1 /m);
		fs.writeFileSync(path.join(at, 'new/er/b.yaml'), yaml('Watched B', '"{{steps.no.output}}"'));
		await one.says('it to complain', 'err', /new\/er\/b\.yaml:7:\d+: /);
		fs.writeFileSync(path.join(at, 'new/er/b.yaml'), yaml('Watched B', 2));
		await one.says('it to be changed', 'out', /^changed +Watched B +v2 /m);
		fs.rmSync(path.join(at, 'new'), { recursive: true });
		await one.says('it to be archived', 'out', /^archived +Watched B /m);
		assert.ok(!one.out.includes('unchanged'), one.out);
		one.child.kill('SIGINT');
		assert.deepEqual(await one.ended, { status: 0, signal: null });
	});
});

describe('a repository', () => {
	test('is read at a branch, below a folder; versions say the commit, and nothing is left behind', async () => {
		const { work, bare, id, push } = repository('flows', { 'daily/a.yaml': yaml('Daily A', 1), 'other/b.yaml': yaml('Other B', 1) });
		assert.deepEqual(synced(bare, '--path', 'daily'), [['made', 'Daily A', 1]]);
		const a = await named('Daily A');
		assert.deepEqual(a.origin, { source: fs.realpathSync(bare), path: 'daily/a.yaml', commit: id });
		assert.deepEqual((await versions(a.id)).map((v) => v.message), [`As it began (${id.slice(0, 10)})`]);
		fs.writeFileSync(path.join(work, 'daily/c.yaml'), yaml('Daily C', 1));
		fs.writeFileSync(path.join(work, 'other/b.yaml'), yaml('Other B', '"{{steps.no.output}}"'));
		const next = commit(work, 'One more, ünd');
		push();
		assert.deepEqual(synced(`file://${fs.realpathSync(bare)}`, '--path', 'daily/', '--source', fs.realpathSync(bare)), [['unchanged', 'Daily A', 1], ['made', 'Daily C', 1]]);
		assert.equal((await named('Daily C')).origin.commit, next);
		assert.equal((await versions((await named('Daily C')).id))[0].message, `One more, ünd (${next.slice(0, 10)})`);
		// Places are those in the repository, and what is below another folder is not gone.
		const wrong = sync(bare);
		assert.deepEqual([wrong.status, wrong.out], [1, '']);
		assert.match(wrong.err, /^other\/b\.yaml:7:\d+: /m);
		git(work, 'switch', '-qc', 'side', id);
		fs.rmSync(path.join(work, 'daily/a.yaml'));
		fs.writeFileSync(path.join(work, 'daily/d.yaml'), yaml('Daily D', 1));
		commit(work, 'Aside');
		push();
		assert.deepEqual(synced(bare, '--branch', 'side', '--path', 'other'), [['made', 'Other B', 1]]);
		assert.deepEqual(synced(bare, '--branch', 'side', '--path', 'daily', '--prune').map(([result, name]) => [result, name]), [['made', 'Daily D'], ['archived', 'Daily C'], ['archived', 'Daily A']]);
		assert.deepEqual(fs.readdirSync(temporary), []);
	});

	test('runs nothing of its own or of this machine\'s templates', () => {
		const { work, bare, push } = repository('hooked', { 'a.yaml': yaml('Hooked', 1), '.gitattributes': '*.yaml filter=mine\n', '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::touch ran\n' });
		fs.symlinkSync(path.join(stack.dir, 'plain'), path.join(work, 'link'));
		commit(work, 'A link');
		push();
		const template = folder('template', {});
		fs.mkdirSync(path.join(template, 'hooks'));
		fs.writeFileSync(path.join(template, 'hooks/post-checkout'), `#!/bin/sh\ntouch ${stack.dir}/ran\n`, { mode: 0o755 });
		assert.deepEqual(synced(bare, { GIT_TEMPLATE_DIR: template, GIT_DIR: '/nowhere' }), [['made', 'Hooked', 1]]);
		assert.ok(!fs.existsSync(path.join(stack.dir, 'ran')));
	});

	test('that cannot be read is told with what git says, without its password, and without asking anybody', () => {
		const gone = sync('file:///does/not/exist.git');
		assert.deepEqual([gone.status, gone.out], [2, '']);
		assert.match(gone.err, /^stepmill: file:\/\/\/does\/not\/exist\.git was not read\. git said: /);
		const secret = sync('https://ada:s3cret@127.0.0.1:9/x.git');
		assert.deepEqual([secret.status, secret.out], [2, '']);
		assert.match(secret.err, /https:\/\/127\.0\.0\.1:9\/x\.git was not read\./);
		assert.ok(!secret.err.includes('s3cret'), secret.err);
		const { bare } = repository('pathless', { 'a.yaml': yaml('Pathless', 1) });
		assert.match(sync(bare, '--path', 'nowhere').err, /git said: .*nowhere/);
		assert.match(sync(bare, '--branch', 'nowhere').err, /git said: .*nowhere/);
		const empty = folder('no-git', {});
		const missing = sync(bare, { PATH: empty });
		assert.deepEqual([missing.status, /git is not installed here/.test(missing.err)], [2, true], missing.err);
		assert.deepEqual(fs.readdirSync(temporary), []);
	});

	test('has an address of a kind that is allowed, and options that fit', () => {
		const bare = path.join(stack.dir, 'flows.git');
		for (const [args, said] of [
			[['http://example.com/x.git'], /https:\/\/, ssh:\/\/ and file:\/\//], [['git://example.com/x.git'], /https:\/\//], [['file://host/x'], /https:\/\//],
			[['--', '--upload-pack=touch ran'], /begins with -/], [['--', '-oProxyCommand=x@y:z'], /begins with -/], [['ext::sh -c touch% ran'], /There is no folder/], [['nowhere'], /There is no folder nowhere/],
			[[bare, '--branch=-x'], /begins with -/], [[bare, '--path', '../x'], /no folder of a repository/], [[bare, '--path', '/etc'], /no folder of a repository/], [[bare, '--watch'], /--every 5m/],
			[[bare, '--every', 'soon'], /no time/], [['plain', '--branch', 'x'], /--branch is for repositories/], [['plain', '--every', '5m'], /--every is for repositories/],
		]) {
			const r = sync(...args);
			assert.deepEqual([r.status, r.out, said.test(r.err)], [2, '', true], `${args}: ${r.err}`);
		}
		assert.ok(!fs.existsSync(path.join(stack.dir, 'ran')));
	});

	test('is put away when somebody ends it while git reads', async (t) => {
		const fake = folder('slow-git', {});
		fs.writeFileSync(path.join(fake, 'git'), `#!/bin/sh\necho $$ > ${stack.dir}/slow\nexec sleep 3600\n`, { mode: 0o755 });
		for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
			const child = spawn(path.join(stack.build, 'stepmill'), ['workflow', 'sync', 'https://example.com/x.git'], { env: env({ PATH: `${fake}:${process.env.PATH}` }), stdio: 'ignore' });
			t.after(() => child.kill('SIGKILL'));
			const ended = new Promise((done) => child.on('close', (status, by) => done(by)));
			await until('git to be asked', () => fs.existsSync(path.join(stack.dir, 'slow')) && fs.readFileSync(path.join(stack.dir, 'slow'), 'utf8').endsWith('\n'));
			const [place] = fs.readdirSync(temporary);
			assert.equal(fs.statSync(path.join(temporary, place)).mode & 0o777, 0o700);
			const pid = Number(fs.readFileSync(path.join(stack.dir, 'slow'), 'utf8'));
			child.kill(signal);
			assert.equal(await ended, signal);
			assert.deepEqual(fs.readdirSync(temporary), []);
			assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
			fs.rmSync(path.join(stack.dir, 'slow'));
		}
	});

	test('is looked at again and again: a new commit is synced', async (t) => {
		const { work, bare, push } = repository('often', { 'a.yaml': yaml('Often', 1) });
		const one = staying([bare, '--every', '1s']);
		t.after(() => one.child.kill('SIGKILL'));
		await one.says('it to look', 'err', /every 1s/);
		assert.match(one.out, /^made +Often +v1 /);
		fs.writeFileSync(path.join(work, 'a.yaml'), yaml('Often', 2));
		commit(work, 'Two');
		push();
		await one.says('the commit', 'out', /^changed +Often +v2 /m);
		one.child.kill('SIGINT');
		assert.deepEqual(await one.ended, { status: 0, signal: null });
		assert.deepEqual(fs.readdirSync(temporary), []);
	});
});

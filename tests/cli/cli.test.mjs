// The command line as people and scripts use it: exit statuses, what goes to which stream, and following a run over the whole stack.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { demo, root, startStack, until } from '../harness/stack.mjs';

const CHAIN = '01900000-0000-7000-8000-0000000001c1';
const INSTANT = '01900000-0000-7000-8000-0000000001c2';

let stack;
before(async () => {
	stack = await startStack({ build: process.env.STEPMILL_BUILD });
});
after(() => stack?.stop());

const env = (extra) => ({
	PATH: process.env.PATH,
	LANG: 'C.UTF-8',
	STEPMILL_URL: stack.url,
	STEPMILL_EMAIL: demo.email,
	STEPMILL_PASSWORD: demo.password,
	...extra,
});

/** Runs to the end: { status, out, err }. */
function stepmill(args, { input, extra } = {}) {
	const r = spawnSync(`${stack.build}/stepmill`, args, { encoding: 'utf8', input, env: env(extra) });
	return { status: r.status, out: r.stdout, err: r.stderr };
}

/** The same without holding up the test. */
function background(args, extra) {
	const child = spawn(`${stack.build}/stepmill`, args, { env: env(extra) });
	const result = { child, out: '', err: '', status: null };
	child.stdout.on('data', (d) => (result.out += d));
	child.stderr.on('data', (d) => (result.err += d));
	result.done = new Promise((done) => child.on('close', (status) => done((result.status = status))));
	return result;
}

/** In a pseudo-terminal of 60 columns; what it wrote. */
function onTerminal(args, extra) {
	const quoted = [`${stack.build}/stepmill`, ...args].map((a) => `'${a}'`).join(' ');
	const r = spawnSync('script', ['-qec', `stty cols 60 rows 20; ${quoted}`, '/dev/null'], { encoding: 'utf8', env: env({ TERM: 'xterm', ...extra }) });
	return { status: r.status, out: r.stdout };
}

describe('commands', () => {
	test('tell about themselves', () => {
		for (const args of [['help'], ['--help'], ['-h']]) {
			const r = stepmill(args);
			assert.equal(r.status, 0);
			for (const name of ['run', 'doctor', 'migrate', 'login', 'user', 'restored', 'demo', 'debug', 'schema', 'help']) assert.match(r.out, new RegExp(`^  ${name} `, 'm'));
		}
		for (const name of ['run', 'doctor', 'migrate', 'login', 'user', 'restored', 'demo', 'debug', 'schema', 'help']) {
			const r = stepmill([name, '--help']);
			assert.equal(r.status, 0);
			assert.match(r.out, new RegExp(`^Usage: stepmill ${name} `));
			assert.equal(stepmill(['help', name]).out.split('\n')[0], name === 'help' ? stepmill(['help']).out.split('\n')[0] : r.out.split('\n')[0]);
		}
		assert.match(stepmill(['--version']).out, /^stepmill \d/);
	});

	test('that do not exist end with 2 and name the nearest', () => {
		assert.deepEqual(stepmill(['rnu']), { status: 2, out: '', err: 'stepmill: There is no command "rnu". The nearest is "run".\n' });
		assert.equal(stepmill(['xyzzy']).status, 2);
		assert.equal(stepmill([]).status, 2);
		assert.equal(stepmill(['run', '--wach', 'x']).status, 2);
		assert.match(stepmill(['run', '--wach', 'x']).err, /The nearest is --watch/);
	});

	test('do not take a full disk for success', () => {
		const full = fs.openSync('/dev/full', 'w');
		const r = spawnSync(`${stack.build}/stepmill`, ['help'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8', env: env() });
		fs.closeSync(full);
		assert.equal(r.status, 2);
		assert.match(r.stderr, /could not be written/);
	});
});

describe('stepmill debug', () => {
	test('prints what the reader makes of a file', () => {
		assert.deepEqual(stepmill(['debug', 'json', '-'], { input: ' {"a" : 1.0, "é": [true,null]}\n' }), { status: 0, out: '{"a":1.0,"é":[true,null]}\n', err: '' });
		assert.equal(stepmill(['debug', 'json', '--indent', '-'], { input: '{"a":1}' }).out, '{\n  "a": 1\n}\n');
		assert.equal(stepmill(['debug', 'yaml', '-'], { input: 'a: [1, yes]\n' }).out, '{"a":[1,"yes"]}\n');
	});

	test('tells file, line and column with status 1, and 2 when there is no file', () => {
		const file = `${stack.dir}/bad.json`;
		fs.writeFileSync(file, '{"a": 1,\n "a": 2}');
		const r = stepmill(['debug', 'json', file]);
		assert.equal(r.status, 1);
		assert.equal(r.out, '');
		assert.match(r.err, /bad\.json:2:2: .+\n$/);
		assert.equal(stepmill(['debug', 'json', '/does/not/exist']).status, 2);
		assert.equal(stepmill(['debug', 'json']).status, 2);
		assert.equal(stepmill(['debug', 'xml', file]).status, 2);
		assert.equal(stepmill(['debug', 'json', '-'], { input: `"${'x'.repeat(2 << 20)}"` }).status, 1);
	});

	test('cron says what an expression means and when it comes due in a zone', () => {
		assert.deepEqual(stepmill(['debug', 'cron', '30 2 * * *', '--zone', 'Europe/Berlin', '--from', '2027-03-26T12:00:00Z', '--count', '3']), { status: 0, err: '', out:
			'At 02:30 every day. (Europe/Berlin)\n  2027-03-27 02:30 CET    2027-03-27T01:30:00Z\n'
			+ '  2027-03-28 03:00 CEST   2027-03-28T01:00:00Z\n  2027-03-29 02:30 CEST   2027-03-29T00:30:00Z\n' });
		assert.deepEqual(JSON.parse(stepmill(['debug', 'cron', '@daily', '--zone', 'America/St_Johns', '--from', '2027-07-01T12:00:00Z', '--count=1', '--json']).out),
			{ expression: '@daily', zone: 'America/St_Johns', words: 'At 00:00 every day', next: [{ at: '2027-07-02T02:30:00.000Z', local: '2027-07-02T00:00:00-02:30' }] });
		assert.equal(stepmill(['debug', 'cron', '0 0 29 2 *', '--from', '9996-12-01T00:00:00Z']).out, 'At 00:00, on day 29 of the month, in February. (UTC)\n  nothing more up to the year 9999\n');
	});

	test('cron says which field is wrong with status 1, and 2 for wrong use', () => {
		assert.deepEqual(stepmill(['debug', 'cron', '* 24 * * *']), { status: 1, out: '', err: 'stepmill: Field 2 of the cron expression, hour: "24" is too large. Expected is 0 to 23.\n' });
		for (const args of [[], ['* * * * *', 'x'], ['* * * * *', '--zone', 'Mars/Base'], ['* * * * *', '--from', 'noon'], ['* * * * *', '--count', '0'], ['* * * * *', '--count', '1001']])
			assert.equal(stepmill(['debug', 'cron', ...args]).status, 2, args.join(' '));
	});
});

describe('stepmill migrate and demo', () => {
	test('change nothing the second time', () => {
		const again = stepmill(['migrate', `--db=${stack.conninfo()}`, `--directory=${root}/sql/migrations`]);
		assert.deepEqual([again.status, again.err], [0, '']);
		assert.match(again.out, /up to date/);
		const rows = () => stack.sql('select (select count(*) from prompt_version), (select count(*) from workflow_version), (select max(password_hash) from app_user)');
		const before = rows();
		assert.equal(stepmill(['demo', `--db=${stack.conninfo()}`]).status, 0);
		assert.deepEqual(rows(), before);
	});

	test('a new password works at once and ends old sessions', async () => {
		const old = await stack.signIn();
		assert.equal(stepmill(['demo', `--db=${stack.conninfo()}`, '--password=another long one']).status, 0);
		assert.equal((await old.get('/session')).status, 401);
		await stack.signIn(demo.email, 'another long one');
		assert.equal(stepmill(['demo', `--db=${stack.conninfo()}`]).status, 0);
		await stack.signIn();
	});

	test('say what is wrong', () => {
		assert.equal(stepmill(['demo', `--db=${stack.conninfo()}`, '--password=short']).status, 2);
		assert.equal(stepmill(['demo'], { extra: { STEPMILL_EMAIL: '' } }).status, 2);
		const away = stepmill(['migrate', '--db=host=/does/not/exist', `--directory=${root}/sql/migrations`]);
		assert.equal(away.status, 2);
		assert.match(away.err, /database/);
	});
});

/** A run whose first call takes longer than any test. */
async function endless() {
	const client = await stack.signIn();
	const at = `/workspaces/${client.workspace}/workflows`;
	const { definition } = (await client.get(`${at}/${INSTANT}`)).body;
	Object.assign(definition.steps[0], { model: 'builtin/echo', options: { delay_ms: 600000 }, timeout_seconds: 3600 });
	const made = await client.post(at, { name: 'Endless', definition });
	assert.equal(made.status, 201, JSON.stringify(made.body));
	return stepmill(['run', made.body.id, '--input', 'text=x']).out.trim();
}

describe('stepmill run', () => {
	test('starts by name or id and prints the id of the run', () => {
		for (const name of ['Instant chain', INSTANT]) {
			const r = stepmill(['run', name, '--input', 'text=hello']);
			assert.equal(r.status, 0);
			assert.match(r.out, /^[0-9a-f-]{36}\n$/);
		}
		const json = stepmill(['run', 'Instant chain', '--input', '{"text": "hello"}', '--json']);
		assert.equal(JSON.parse(json.out).workflow_id, INSTANT);
	});

	test('--watch prints the output, and progress elsewhere', () => {
		const r = stepmill(['run', 'Instant chain', '--input', 'text=hello', '--watch']);
		assert.equal(r.status, 0);
		assert.equal(r.out, 'hello\n');
		assert.match(r.err, /✓ 3 of 3/);
		assert.doesNotMatch(r.err + r.out, /\x1b/);
		const json = JSON.parse(stepmill(['run', 'Instant chain', '--input', 'text=hello', '--watch', '--json']).out);
		assert.deepEqual([json.status, json.output], ['completed', 'hello']);
	});

	test('fills in defaults of the input, takes files, and tells what is missing', () => {
		const file = `${stack.dir}/text`;
		fs.writeFileSync(file, 'from a file');
		assert.equal(stepmill(['run', 'Instant chain', '--input', `text=@${file}`, '--watch']).out, 'from a file\n');
		const missing = stepmill(['run', 'Instant chain']);
		assert.equal(missing.status, 2);
		assert.match(missing.err, /text/);
		assert.equal(stepmill(['run', 'Instant chain', '--input', 'text=x', '--input', 'tone=rude']).status, 2);
		assert.equal(stepmill(['run', CHAIN, '--json']).status, 0);
	});

	test('ends with 2 when it cannot connect, sign in or find', () => {
		for (const [args, extra] of [
			[['run', 'Instant chain'], { STEPMILL_URL: 'http://127.0.0.1:1' }],
			[['run', 'Instant chain'], { STEPMILL_PASSWORD: 'wrong' }],
			[['run', 'Instant chain'], { STEPMILL_PASSWORD: '' }],
			[['run', 'No such chain'], {}],
			[['run', 'watch', INSTANT], {}],
			[['run', 'watch', 'x'], {}],
			[['run'], {}],
		]) {
			const r = stepmill(args, { extra });
			assert.deepEqual([args, r.status, r.out], [args, 2, '']);
			assert.match(r.err, /^stepmill: .+\./);
		}
	});

	test('takes the login from a file', () => {
		const file = `${stack.dir}/login`;
		for (const text of [`${demo.email}\n${demo.password}\n`, `email=${demo.email}\r\npassword=${demo.password}`]) {
			fs.writeFileSync(file, text);
			const r = stepmill(['run', 'Instant chain', '--input', 'text=x', '--login-file', file], { extra: { STEPMILL_EMAIL: '', STEPMILL_PASSWORD: '' } });
			assert.deepEqual([r.status, r.err], [0, '']);
		}
	});

	test('draws a tree on a terminal, within its width, and no colour with NO_COLOR', () => {
		const r = onTerminal(['run', CHAIN, '--watch']);
		assert.equal(r.status, 0);
		assert.match(r.out, /\x1b\[\?25h/);
		const frames = r.out.split('\x1b[?2026h').slice(1).map((f) => f.split('\x1b[?2026l')[0]);
		assert.ok(frames.length > 5);
		for (const line of frames.flatMap((f) => f.split('\n'))) assert.ok([...line.replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '')].length < 60, line);
		assert.match(frames.at(-1), /3 of 3.*completed/);
		assert.doesNotMatch(onTerminal(['run', INSTANT, '--input', 'text=x', '--watch'], { NO_COLOR: '1' }).out, /\x1b\[[0-9;]*m/);
	});

	test('cancel ends a run; who watches it ends with 3', async () => {
		const run = await endless();
		const watch = background(['run', 'watch', run]);
		await until('the first step', () => watch.err.includes('▸'));
		assert.equal(stepmill(['run', 'cancel', run]).status, 0);
		assert.equal(await watch.done, 3);
		assert.match(watch.err, /cancelled/);
		assert.match(stepmill(['run', 'show', run]).out, /cancelled/);
		assert.equal(stepmill(['run', 'watch', run]).status, 3);
	});

	test('a run is paused, resumed, retried and deleted', async () => {
		const client = await stack.signIn();
		const at = `/workspaces/${client.workspace}`;
		const steps = [{ key: 'go', kind: 'signal' }, { key: 'end', kind: 'transform', value: 1 }];
		const { body: flow } = await client.post(`${at}/workflows`, { name: 'Signalled', definition: { type: 'flow', input: { type: 'object' }, steps } });
		const run = stepmill(['run', flow.id]).out.trim();
		const status = (wanted) => until(`it to be ${wanted}`, async () => (await client.get(`${at}/runs/${run}`)).body.status === wanted);
		await status('running');
		assert.match(stepmill(['run', 'pause', run]).out, /begin no further step/);
		await status('paused');
		const definition = { type: 'flow', input: { type: 'object' }, steps: [steps[0], { ...steps[1], value: 2 }] };
		assert.equal((await client.request('PATCH', `${at}/workflows/${flow.id}`, { definition }, { 'if-match': '*' })).status, 200);
		assert.match(stepmill(['run', 'move', run, '--version', '2']).out, /Asked to go on with that version/);
		await until('it to be moved', async () => (await client.get(`${at}/runs/${run}`)).body.workflow_version === 2);
		const stays = stepmill(['run', 'move', run]);
		assert.deepEqual([stays.status, /is on version 2 already/.test(stays.err)], [1, true], stays.err);
		assert.equal(stepmill(['run', 'move', run, '--version', 'last']).status, 2);
		const early = stepmill(['run', 'delete', run]);
		assert.equal(early.status, 1);
		assert.match(early.err, /has not ended/);
		assert.equal(stepmill(['run', 'resume', run, '--json']).out, '{"accepted":true}\n');
		await status('running');
		assert.equal(stepmill(['run', 'cancel', run]).status, 0);
		await status('cancelled');
		assert.equal(stepmill(['run', 'retry', run]).status, 0);
		await status('running');
		stepmill(['run', 'cancel', run]);
		await status('cancelled');
		assert.deepEqual([stepmill(['run', 'delete', run]).out, stepmill(['run', 'show', run]).status], ['Deleted.\n', 2]);
		assert.equal(stepmill(['run', 'pause', run]).status, 1);
	});

	test('a run that fails ends with 1 and says why', async () => {
		const client = await stack.signIn();
		const { body: workflow } = await client.get(`/workspaces/${client.workspace}/workflows/${INSTANT}`);
		const definition = structuredClone(workflow.definition);
		definition.steps[1].model = 'builtin/echo';
		definition.steps[1].options = { fail: 'refused' };
		const made = await client.post(`/workspaces/${client.workspace}/workflows`, { name: 'Fails', definition });
		assert.equal(made.status, 201, JSON.stringify(made.body));
		const r = stepmill(['run', 'Fails', '--input', 'text=x', '--watch']);
		assert.equal(r.status, 1);
		assert.equal(r.out, '');
		assert.match(r.err, /✕ 2 of 3/);
		assert.match(r.err, /The run failed\. .+/);
	});

	test('Ctrl-C stops the watching, not the run', async () => {
		const run = await endless();
		const watch = background(['run', 'watch', run]);
		await until('the first step', () => watch.err.includes('▸'));
		watch.child.kill('SIGINT');
		assert.equal(await watch.done, 130);
		assert.match(watch.err, /The run goes on: stepmill run watch/);
		assert.equal(JSON.parse(stepmill(['run', 'show', run, '--json']).out).status, 'running');
		assert.equal(stepmill(['run', 'cancel', run]).status, 0);
		assert.equal(stepmill(['run', 'watch', run]).status, 3);
	});

	test('watching survives live being gone, killed and PostgreSQL restarted', async () => {
		const run = stepmill(['run', CHAIN]).out.trim();
		const watch = background(['run', 'watch', run]);
		await until('the first step', () => watch.err.includes('▸'));
		await stack.programs.live.kill('SIGKILL');
		await until('the second step, by asking', () => watch.err.includes('▸ 2 of 3'));
		await stack.killPostgres();
		await stack.startPostgres();
		stack.programs.live.start();
		assert.equal(await watch.done, 0, watch.err);
		for (const line of ['✓ 1 of 3', '✓ 2 of 3', '✓ 3 of 3']) assert.equal(watch.err.split(line).length, 2, `${line} once in:\n${watch.err}`);
	});
});

describe('stepmill doctor', () => {
	const doctor = (...args) => stepmill(['doctor', `--db=${stack.conninfo()}`, ...args]);

	test('says that all is well, and what is not', async () => {
		const report = await until('all to be well', () => {
			const { status, out } = doctor('--json');
			return status === 0 && JSON.parse(out);
		});
		assert.equal(report.well, true);
		assert.ok(report.findings.every((f) => f.good && f.code && f.text));
		await stack.executors[0].kill('SIGTERM');
		const r = doctor();
		assert.equal(r.status, 1);
		assert.match(r.out, /✕ No executor is alive/);
		stack.executors[0].start();
		await until('all to be well again', () => doctor().status === 0);
		assert.equal(stepmill(['doctor', '--db=host=/does/not/exist']).status, 2);
	});

	test('says why a run is not moving', async () => {
		const run = await endless();
		await until('it to be held', () => JSON.parse(doctor('--json', run).out).code === 'held');
		assert.match(doctor(run).out, /Executor executor-1 holds it/);
		await stack.executors[0].kill('SIGKILL');
		stack.lapse(stack.executors[0]);
		assert.equal(JSON.parse(doctor('--json', run).out).state, 'stuck');
		assert.equal(doctor(run).status, 1);
		assert.match(doctor(run).out, /Start stepmill-executor/);
		stack.executors[0].start();
		assert.equal(stepmill(['run', 'cancel', run]).status, 0);
		assert.equal(stepmill(['run', 'watch', run]).status, 3);
		assert.match(doctor(run).out, /It has ended as cancelled/);
		const [missing, none] = [doctor('01900000-0000-7000-8000-000000000000'), doctor('x')];
		assert.deepEqual([missing.status, none.status], [2, 2]);
		assert.match(missing.err, /no such run in this database\. Look whether --db/);
		assert.match(none.err, /"x" is not the id of a run\. ".*run list" shows them/);
	});

	test('names the limit that a run waits for, and who has it', async () => {
		const [[space]] = stack.sql("select id from workspace order by created_at limit 1");
		stack.sql(`insert into quota (workspace_id, scope, unit, cap) values ('${space}', 'workspace', 'concurrency', 0)`);
		const run = stepmill(['run', CHAIN]).out.trim();
		await until('it to be blocked', () => JSON.parse(doctor('--json', run).out).code === 'limit');
		assert.equal(doctor(run).status, 0);
		assert.match(doctor(run).out, /the limit of 0 calls at once for workspace/);
		stack.sql("update quota set cap = null");
		assert.equal(stepmill(['run', 'watch', run]).status, 0);
	});
});

describe('an API token', () => {
	const token = async (scopes) => (await (await stack.signIn()).post('/account/tokens', { name: 'cli', scopes })).body.token;
	const alone = { STEPMILL_EMAIL: '', STEPMILL_PASSWORD: '' };

	test('stands for e-mail and password, watching included', async () => {
		const extra = { ...alone, STEPMILL_TOKEN: await token(['read', 'runs:write']) };
		const r = stepmill(['run', INSTANT, '--input', 'text=hi', '--watch'], { extra });
		assert.equal(r.status, 0, r.err);
		const refused = stepmill(['run', INSTANT, '--input', 'text=hi'], { extra: { ...alone, STEPMILL_TOKEN: await token(['read']) } });
		assert.deepEqual([refused.status, /scope runs:write/.test(refused.err)], [2, true], refused.err);
		assert.equal(stepmill(['run', INSTANT, '--input', 'text=hi'], { extra: { ...alone, STEPMILL_TOKEN: 'sm_wrong' } }).status, 2);
	});

	test('is kept by login for its server alone, in a file that nobody else reads', async () => {
		const home = fs.mkdtempSync(`${stack.dir}/home-`);
		const extra = { ...alone, HOME: home, STEPMILL_URL: '' };
		const secret = await token(['read', 'runs:write']);
		const file = `${home}/.config/stepmill/login`;
		assert.equal(stepmill(['login', `--server=${stack.url}`, '--token', 'sm_wrong'], { extra }).status, 2);
		assert.ok(!fs.existsSync(file));
		const r = stepmill(['login', `--server=${stack.url}/`], { extra, input: `${secret}\n` });
		assert.equal(r.status, 0, r.err);
		assert.ok(!r.out.includes(secret) && r.out.includes(demo.email));
		assert.equal(fs.statSync(file).mode & 0o777, 0o600);
		assert.equal(stepmill(['run', INSTANT, '--input', 'text=hi'], { extra }).status, 0);
		const elsewhere = stepmill(['run', INSTANT, '--input', 'text=hi', '--server', 'http://127.0.0.1:9'], { extra });
		assert.deepEqual([elsewhere.status, /logged in at/.test(elsewhere.err)], [2, true], elsewhere.err);
		fs.chmodSync(file, 0o644);
		assert.match(stepmill(['run', INSTANT, '--input', 'text=hi'], { extra }).err, /Others can read/);
		assert.equal(stepmill(['login', '--remove'], { extra }).status, 0);
		assert.ok(!fs.existsSync(file));
		assert.match(stepmill(['run', INSTANT], { extra }).err, /stepmill login/);
	});
});

describe('user reset', () => {
	test('prints a token that sets a new password once', async () => {
		const r = stepmill(['user', 'reset', demo.email, '--db', stack.conninfo()]);
		assert.equal(r.status, 0, r.err);
		const use = () => fetch(`${stack.url}/api/password-reset`, { method: 'POST', headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ token: r.out.trim(), password: demo.password }) });
		assert.deepEqual([(await use()).status, (await use()).status], [204, 422]);
		assert.equal(stepmill(['user', 'reset', 'nobody@x.test', '--db', stack.conninfo()]).status, 1);
		assert.equal(stepmill(['user', 'reset']).status, 2);
	});
});

// Workflows and runs from the command line: what is asked of the server, what people and programs read, and with which status it ends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { demo, startStack, until } from '../harness/stack.mjs';

const CHAIN = '01900000-0000-7000-8000-0000000001c1';
const INSTANT = '01900000-0000-7000-8000-0000000001c2';
const NOBODY = '01900000-0000-7000-8000-000000000000';

let stack, client;
before(async () => {
	stack = await startStack();
	client = await stack.signIn();
	const { body } = await client.post('/account/tokens', { name: 'Command line', scopes: ['read', 'runs:write', 'workflows:write'] });
	assert.ok(body.token, JSON.stringify(body));
	stack.token = body.token;
});
after(() => stack?.stop());

const env = (extra) => ({ PATH: process.env.PATH, LANG: 'C.UTF-8', TZ: 'UTC', HOME: stack.dir, STEPMILL_URL: stack.url, STEPMILL_TOKEN: stack.token, ...extra });

/** Runs to the end: { status, out, err }. */
function stepmill(...args) {
	const options = typeof args.at(-1) === 'object' ? args.pop() : {};
	const r = spawnSync(`${stack.build}/stepmill`, args, { encoding: 'utf8', input: options.input, cwd: options.cwd ?? stack.dir, env: env(options.extra) });
	return { status: r.status, out: r.stdout, err: r.stderr };
}

const lines = (text) => text.trim().split('\n').filter(Boolean);
const documents = (text) => lines(text).map((line) => JSON.parse(line));
const file = (name, text) => {
	fs.writeFileSync(`${stack.dir}/${name}`, typeof text === 'string' ? text : JSON.stringify(text));
	return `${stack.dir}/${name}`;
};
const flow = (steps, more) => ({ type: 'flow', input: { type: 'object', properties: {} }, steps, ...more });
async function make(name, definition) {
	const made = await client.post(`/workspaces/${client.workspace}/workflows`, { name, definition });
	assert.equal(made.status, 201, JSON.stringify(made.body));
	return made.body.id;
}
const read = async (run) => (await client.get(`/workspaces/${client.workspace}/runs/${run}`)).body;
const status = (run, wanted) => until(`the run to be ${wanted}`, async () => (await read(run)).status === wanted);

describe('stepmill workflow push and pull', () => {
	const text = (value) => `name: From a file\ndescription: Twice the same\ntype: flow\ninput: {type: object, properties: {}}\nsteps:\n  - key: only\n    kind: transform\n    value: ${value}\n`;

	test('make, then leave alone, then change', () => {
		const path = file('one.yaml', text(1));
		const result = (...more) => documents(stepmill('workflow', 'push', path, '--json', ...more).out)[0];
		assert.deepEqual([result('--dry-run').result, result().result], ['missing', 'made']);
		assert.deepEqual([result('--dry-run').result, result().result], ['there', 'unchanged']);
		file('one.yaml', text(2));
		const changed = result('--message', 'Two is better');
		assert.deepEqual([changed.result, changed.version], ['changed', 2]);
		const versions = JSON.parse(spawnSync('curl', ['-s', '-H', `Authorization: Bearer ${stack.token}`,
			`${stack.url}/api/workspaces/${client.workspace}/workflows/${changed.id}/versions`], { encoding: 'utf8' }).stdout);
		assert.equal(versions.data[0].message, 'Two is better');
		assert.equal(stepmill('workflow', 'run', 'From a file').out, '2\n');
	});

	test('a pulled file is pushed without a change, and is not overwritten', () => {
		const directory = `${stack.dir}/pulled`;
		const pull = (...more) => stepmill('workflow', 'pull', 'Instant chain', '--directory', directory, ...more);
		assert.match(pull().out, /^made +.*instant-chain\.json\n$/);
		const path = `${directory}/instant-chain.json`;
		assert.deepEqual([pull().out.split(' ')[0], stepmill('workflow', 'push', path).out.split(' ')[0]], ['unchanged', 'unchanged']);
		const doc = JSON.parse(fs.readFileSync(path, 'utf8'));
		assert.deepEqual([doc.id, doc.name, doc.definition.steps.length], [INSTANT, 'Instant chain', 3]);
		fs.writeFileSync(path, JSON.stringify({ ...doc, name: 'Instantly' }));
		const refused = pull();
		assert.deepEqual([refused.status, refused.out], [1, '']);
		assert.match(refused.err, /differs.*--force/);
		assert.equal(documents(stepmill('workflow', 'push', path, '--json').out)[0].result, 'changed');
		assert.equal(stepmill('workflow', 'pull', 'Instantly', '--print').out, stepmill('workflow', 'pull', INSTANT, '--print').out);
		assert.equal(stepmill('workflow', 'push', '-', { input: JSON.stringify(doc) }).status, 0);
		assert.equal(pull('--force').status, 0);
		assert.equal(JSON.parse(fs.readFileSync(path, 'utf8')).name, 'Instant chain');
		const all = stepmill('workflow', 'pull', '--all', '--directory', `${stack.dir}/all`, '--json');
		assert.equal(all.status, 0);
		assert.equal(new Set(documents(all.out).map((d) => d.file)).size, documents(stepmill('workflow', 'list', '--json', '--limit', 'all').out).length);
		// What was written as a text comes back as it was written.
		assert.deepEqual(fs.readdirSync(`${stack.dir}/all`).filter((name) => !name.endsWith('.json')), ['from-a-file.yaml']);
		assert.equal(fs.readFileSync(`${stack.dir}/all/from-a-file.yaml`, 'utf8'), text(2));
		assert.equal(documents(stepmill('workflow', 'push', `${stack.dir}/all/from-a-file.yaml`, '--json').out)[0].result, 'unchanged');
	});

	test('two workflows whose names make the same file get two files', async () => {
		const ids = [await make('Same!', flow([{ key: 'a', kind: 'transform', value: 1 }])), await make('Same?', flow([{ key: 'a', kind: 'transform', value: 2 }]))];
		for (const flags of [[], ['--force']])
			assert.equal(stepmill('workflow', 'pull', ...ids, '--directory', `${stack.dir}/same`, ...flags).status, 0);
		assert.deepEqual(fs.readdirSync(`${stack.dir}/same`).sort(), [`same-${ids[1].slice(-6)}.json`, 'same.json']);
	});

	test('what was written in TypeScript is pulled into one file, however often', () => {
		const source = 'import { defineWorkflow } from "stepmill";\nexport default defineWorkflow({ name: "Typed file", steps: [{ id: "a", type: "transform", value: 1 }] });\n';
		assert.equal(stepmill('workflow', 'push', file('typed-file.ts', source)).status, 0);
		const pull = () => documents(stepmill('workflow', 'pull', 'Typed file', '--directory', `${stack.dir}/typed`, '--json').out)[0].result;
		assert.deepEqual([pull(), pull()], ['made', 'unchanged']);
		assert.deepEqual(fs.readdirSync(`${stack.dir}/typed`), ['typed-file.ts']);
		assert.equal(fs.readFileSync(`${stack.dir}/typed/typed-file.ts`, 'utf8'), source);
	});

	test('several below "workflows", named by an id that is none of ours', () => {
		const path = file('several.yaml', 'workflows:\n' + ['first', 'second'].map((id) =>
			`  - id: ${id}\n    type: flow\n    input: {type: object, properties: {}}\n    steps: [{key: a, kind: transform, value: "${id}"}]\n`).join(''));
		assert.deepEqual(documents(stepmill('workflow', 'push', path, '--json').out).map((d) => [d.name, d.result]), [['first', 'made'], ['second', 'made']]);
		assert.equal(stepmill('workflow', 'run', 'second').out, 'second\n');
	});

	test('say where a file is wrong, and change nothing', () => {
		const path = file('wrong.yaml', `${text(1).replace('From a file', 'Wrong')}  - key: later\n    kind: transform\n    value: "{{steps.onyl.output}}"\n`);
		const r = stepmill('workflow', 'push', path);
		assert.deepEqual([r.status, r.out], [1, '']);
		assert.match(r.err, /wrong\.yaml:11:\d+: .*only/);
		const broken = stepmill('workflow', 'push', file('broken.json', '{"name": "x",\n "steps": [}'));
		assert.deepEqual([broken.status, broken.out], [2, '']);
		assert.match(broken.err, /broken\.json:2:\d+: /);
		for (const [name, content, said] of [['list.yaml', '- a\n', /object with steps/], ['none.yaml', 'workflows: []\n', /at least one workflow/], ['nameless.yaml', 'workflows: [{steps: []}, {steps: []}]\n', /no name/]]) {
			const bad = stepmill('workflow', 'push', file(name, content));
			assert.deepEqual([bad.status, said.test(bad.err)], [2, true], bad.err);
		}
		assert.equal(stepmill('workflow', 'push', '/does/not/exist').status, 2);
		assert.equal(stepmill('workflow', 'push').status, 2);
		assert.equal(stepmill('workflow', 'pull').status, 2);
		assert.equal(stepmill('workflow', 'pull', 'No such one').status, 2);
	});
});

describe('stepmill workflow run', () => {
	test('reads inputs as their types say, and follows the run', async () => {
		const input = { type: 'object', properties: { text: { type: 'string' }, count: { type: 'integer' }, list: { type: 'array' }, far: { type: 'boolean', default: true } }, required: ['text'] };
		await make('Typed', { type: 'flow', input, steps: [{ key: 'all', kind: 'transform', value: { text: '{{input.text}}', count: '{{input.count}}', list: '{{input.list || "none"}}', far: '{{input.far}}' } }] });
		const r = stepmill('workflow', 'run', 'Typed', 'text=5', 'count=5', '--input', 'list=[1, "a"]');
		assert.equal(r.status, 0, r.err);
		assert.deepEqual(JSON.parse(r.out), { text: '5', count: 5, list: [1, 'a'], far: true });
		assert.match(r.err, /✓ completed · 1 of 1/);
		const path = file('input.json', { text: 'from a file', count: 1 });
		assert.equal(JSON.parse(stepmill('workflow', 'run', 'Typed', `@${path}`, 'count=2').out).count, 2);
		const bad = stepmill('workflow', 'run', 'Typed', 'text=x', 'count=five');
		assert.deepEqual([bad.status, bad.out], [2, '']);
		assert.match(bad.err, /count has to be integer, and five is not\./);
		assert.match(stepmill('workflow', 'run', 'Typed', 'text').err, /NAME=VALUE/);
	});

	test('ends as the run ends; --json prints the run; --detach only its id', async () => {
		await make('Failing', flow([{ key: 'a', kind: 'function', code: 'throw new Error("No")' }]));
		const r = stepmill('workflow', 'run', 'Failing', '--json');
		assert.deepEqual([r.status, JSON.parse(r.out).status], [1, 'failed']);
		assert.match(stepmill('workflow', 'run', 'Instant chain', 'text=x', '--detach').out, /^[0-9a-f-]{36}\n$/);
		assert.equal(stepmill('workflow', 'run', INSTANT, 'text=x', '--version', '1').out, 'x\n');
		assert.match(stepmill('workflow', 'run', INSTANT, 'text=x', '--version', 'one').err, /not the number of a version/);
		assert.equal(stepmill('workflow', 'run').status, 2);
	});

	test('a workspace that one does not belong to is named', () => {
		const r = stepmill('workflow', 'list', '--workspace', 'elsewhere');
		assert.deepEqual([r.status, /do not belong to a workspace "elsewhere"/.test(r.err)], [2, true], r.err);
		assert.equal(stepmill('workflow', 'list', '--workspace', 'demo').status, 0);
		assert.equal(stepmill('workflow', 'list', '--server', 'http://127.0.0.1:1').status, 2);
		assert.equal(stepmill('workflow', 'list', { extra: { STEPMILL_TOKEN: 'sm_wrong' } }).status, 2);
	});
});

describe('lists', () => {
	test('of workflows and runs are tables for people and a line of JSON each for programs', async () => {
		stepmill('workflow', 'run', INSTANT, 'text=x');
		const table = lines(stepmill('workflow', 'list').out);
		assert.match(table[0], /^NAME +VERSION +STEPS +CHANGED +LAST RUN +WORKFLOW$/);
		assert.ok(table.some((line) => line.startsWith('Instant chain ') && line.endsWith(INSTANT)), table.join('\n'));
		const all = documents(stepmill('workflow', 'list', '--json', '--limit', 'all').out);
		assert.ok(all.length > 2 && all.every((w) => w.id && w.name && w.version));
		assert.deepEqual(documents(stepmill('workflow', 'list', '--search', 'Instant', '--json').out).map((w) => w.id), [INSTANT]);
		const runs = documents(stepmill('run', 'list', '--workflow', 'Instant chain', '--status', 'completed', '--limit', '1', '--json').out);
		assert.deepEqual([runs.length, runs[0].workflow_id, runs[0].status], [1, INSTANT, 'completed']);
		assert.match(stepmill('run', 'list').out, /^STATUS +NAME +STEPS +STARTED +TOOK +COST +RUN\n/);
		const none = stepmill('run', 'list', '--workflow', CHAIN, '--status', 'failed');
		assert.deepEqual([none.status, none.out, none.err], [0, '', 'No run fits.\n']);
		for (const bad of [['--limit', '0'], ['--limit', 'x'], ['--status', 'odd'], ['--workflow', 'No such one']]) assert.equal(stepmill('run', 'list', ...bad).status, 2, bad.join(' '));
	});

	test('go on over pages', async () => {
		for (let i = 0; i < 101; i++) stack.sql(`insert into run select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'created_at', r.created_at - interval '1 day' * ${i + 1}))).* from run r where r.workflow_id = '${INSTANT}' limit 1`);
		const ids = documents(stepmill('run', 'list', '--workflow', INSTANT, '--limit', 'all', '--json').out).map((r) => r.id);
		assert.ok(ids.length > 101);
		assert.equal(new Set(ids).size, ids.length);
		assert.equal(documents(stepmill('run', 'list', '--workflow', INSTANT, '--limit', '101', '--json').out).length, 101);
	});

	test('status shows a workflow and its newest runs, or a run', async () => {
		stepmill('workflow', 'run', INSTANT, 'text=before');
		const run = stepmill('workflow', 'run', INSTANT, 'text=hello', '--detach').out.trim();
		await status(run, 'completed');
		const doc = JSON.parse(stepmill('workflow', 'status', 'Instant chain', '--limit', '2', '--json').out);
		assert.deepEqual([doc.workflow.id, doc.runs.length, doc.runs[0].id], [INSTANT, 2, run]);
		assert.match(stepmill('workflow', 'status', INSTANT).out, new RegExp(`^Instant chain  v1  ${INSTANT}\n\nSTATUS[^]*✓ completed[^]*${run}`));
		assert.match(stepmill('workflow', 'status', run).out, /3 of 3[^]*hello/);
		assert.equal(stepmill('workflow', 'status', NOBODY).status, 2);
	});
});

describe('a run', () => {
	test('its log has each event once, and what was streamed as lines', async () => {
		const id = await make('Talks', flow([{ key: 'talk', kind: 'function', code: 'console.log("one\\ntwo"); console.log("three"); return 1' }]));
		const run = stepmill('workflow', 'run', id, '--detach').out.trim();
		const r = stepmill('run', 'logs', run, '--follow');
		assert.equal(r.status, 0);
		for (const type of ['run.created', 'run.started', 'run.completed']) assert.equal(r.out.split(type).length, 2, r.out);
		assert.match(r.out, /^\d\d:\d\d:\d\d\.\d{3} {2}step\.started +talk/m);
		assert.match(r.out, /^ +│ talk {2}one\n +│ talk {2}two\n +│ talk {2}three$/m);
		assert.match(r.out, /^\S+ {2}run\.completed$/m);
		const events = documents(stepmill('workflow', 'logs', 'Talks', '--json').out);
		assert.deepEqual(events.map((e) => e.seq), events.map((_, i) => i + 1));
		assert.equal(events.at(-1).type, 'run.completed');
		assert.equal(stepmill('run', 'logs', NOBODY).status, 2);
		assert.equal(stepmill('run', 'logs', 'x').status, 2);
	});

	test('waits for a person, who approves, rejects or decides', async () => {
		const id = await make('Asks', flow([{ key: 'ok', kind: 'approval', form: { type: 'object', properties: { n: { type: 'integer' } } } }]));
		const run = () => stepmill('run', id).out.trim();
		const waits = (run) => until('it to wait', async () => (await read(run)).steps[0].step_run?.status === 'waiting');
		const approved = run();
		await waits(approved);
		assert.match(stepmill('run', 'show', approved).out, /⧗ ok +waiting for approval/);
		assert.equal(stepmill('run', 'approve', approved, '--data', '{"n": }').status, 2);
		assert.equal(stepmill('run', 'approve', approved, '--data', '{"n": "x"}').status, 1);
		assert.match(stepmill('run', 'approve', approved, '--data', '{"n": 4}', '--comment', 'Fine').out, /^Recorded for ok: approve\./);
		await status(approved, 'completed');
		const late = stepmill('run', 'approve', approved);
		assert.deepEqual([late.status, /No step of this run waits for approval/.test(late.err)], [1, true], late.err);
		const rejected = run();
		await waits(rejected);
		assert.equal(stepmill('run', 'reject', rejected, 'ok', '--json').out, '{"accepted":true}\n');
		await until('it to end', async () => (await read(rejected)).finished_at);
		const asks = await make('Asks when it fails', flow([{ key: 'bad', kind: 'function', code: 'throw new Error("No")', on_failure: 'ask' }, { key: 'end', kind: 'transform', value: 'went on' }]));
		const failed = stepmill('run', asks).out.trim();
		await until('it to ask', async () => (await read(failed)).steps[0].step_run?.waiting_for === 'decision');
		assert.equal(stepmill('run', 'decide', failed, 'maybe').status, 2);
		assert.equal(stepmill('run', 'decide', failed, 'skip').status, 0);
		await status(failed, 'completed');
		assert.equal(stepmill('run', 'approve', failed, 'bad').status, 1);
	});

	test('two steps that wait are named instead of one being taken', async () => {
		const id = await make('Two ask', flow([{ key: 'both', kind: 'parallel', steps: [{ key: 'one', kind: 'approval' }, { key: 'two', kind: 'approval' }] }]));
		const run = stepmill('run', id).out.trim();
		await until('both to wait', async () => (await read(run)).steps.filter((s) => s.step_run?.status === 'waiting').length === 2);
		const r = stepmill('run', 'approve', run);
		assert.deepEqual([r.status, /2 steps wait for approval: both\/one, both\/two/.test(r.err)], [1, true], r.err);
		assert.equal(stepmill('run', 'approve', run, 'both/two').status, 0);
		await until('one of them to be left', async () => (await read(run)).steps.filter((s) => s.step_run?.status === 'waiting').length === 1);
		assert.equal(stepmill('run', 'approve', run).status, 0);
		await status(run, 'completed');
	});

	test('takes a signal with data, and goes on from any step', async () => {
		const id = await make('Hears', flow([{ key: 'go', kind: 'signal' }, { key: 'end', kind: 'transform', value: '{{steps.go.output}}' }]));
		const run = stepmill('run', id).out.trim();
		assert.match(stepmill('run', 'signal', run, 'go', '--data', `@${file('signal.json', { n: 1 })}`).out, /^Sent/);
		await status(run, 'completed');
		assert.deepEqual((await read(run)).output, { n: 1 });
		const again = stepmill('run', 'retry', run, '--from', 'end', '--watch');
		assert.deepEqual([again.status, JSON.parse(again.out)], [0, { n: 1 }], again.err);
		assert.equal((await read(run)).generation, 2);
		const nowhere = stepmill('run', 'retry', run, '--from', 'nowhere');
		assert.deepEqual([nowhere.status, /nowhere/.test(nowhere.err)], [1, true], nowhere.err);
		assert.equal(stepmill('run', 'signal', run).status, 2);
		assert.equal(stepmill('run', 'watch', NOBODY).status, 2);
	});
});

describe('a live tree', () => {
	test('shows groups and branches, what waits, and totals, and fits the terminal', async () => {
		const id = await make('Tree', flow([
			{ key: 'both', name: 'Both ways', kind: 'parallel', steps: [
				{ key: 'left', name: 'Left', kind: 'wait', seconds: 4 },
				{ key: 'right', name: 'Right', kind: 'sequential', steps: [{ key: 'deep', name: 'Deep inside', kind: 'transform', value: 1 }, { key: 'rest', name: 'Rest', kind: 'wait', seconds: 1 }] }] },
			{ key: 'which', name: 'Which', kind: 'conditional', condition: '{{steps.both.output.right || 1}} > 5', then: 'much', else: 'little' },
			{ key: 'much', name: 'Much', kind: 'transform', value: 'much' },
			{ key: 'little', name: 'Little', kind: 'transform', value: 'little' }]));
		const r = spawnSync('script', ['-qec', `stty cols 70 rows 24; '${stack.build}/stepmill' workflow run ${id}`, '/dev/null'], { encoding: 'utf8', env: env({ TERM: 'xterm' }) });
		assert.equal(r.status, 0, r.stdout);
		const frames = r.stdout.split('\x1b[?2026h').slice(1).map((f) => f.split('\x1b[?2026l')[0].replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, ''));
		for (const line of frames.flatMap((f) => f.split('\n'))) assert.ok([...line].length < 70, line);
		assert.match(frames.at(-1), /^✓ Both ways.*\n {2}✓ Left.*\n {2}✓ Right.*\n {4}✓ Deep inside.*\n {4}✓ Rest.*\n✓ Which.*\n– Much +skipped\n✓ Little/m);
		assert.ok(frames.some((f) => /⧗ Left +waiting until \d\d:\d\d:\d\d/.test(f)), frames.join('\n'));
		assert.match(frames.at(-1), /6 of 6 .* completed/);
		assert.match(r.stdout.split('\x1b[?25h').at(-1), /little\r\n$/);
		const plain = stepmill('workflow', 'run', id);
		assert.match(plain.err, /^ {4}✓ 2 of 6 {2}Deep inside|^✓ {5}2 of 6 {2}Deep inside/m);
	});
});

describe('completion', () => {
	const words = (...typed) => lines(stepmill('completion', 'words', '--', ...typed).out).map((line) => line.split('\t')[0]);

	test('knows commands, options, files, and what is on the server', async () => {
		assert.deepEqual(words('wo'), ['workflow']);
		assert.deepEqual(words('workflow', 'pu'), ['push', 'pull']);
		assert.deepEqual(words('workflow', 'push', '--d'), ['--dry-run']);
		assert.deepEqual(words('workflow', 'push', ''), [':file']);
		assert.deepEqual(words('workflow', 'pull', '--directory', ''), [':directory']);
		assert.deepEqual(words('run', 'list', '--status', 'c'), ['completed', 'cancelled']);
		assert.deepEqual(words('run', 'list', '--status', '=', 'f'), ['failed']);
		assert.deepEqual(words('help', 'workflow', 'p'), ['push', 'pull']);
		assert.deepEqual(words('completion', ''), ['bash', 'zsh']);
		assert.deepEqual(words('workflow', 'run', 'Instant'), ['Instant chain']);
		assert.ok(words('run', '').includes('watch') && words('run', '').includes('Instant chain'));
		const run = stepmill('run', CHAIN).out.trim();
		assert.ok(words('run', 'watch', run.slice(0, 8)).includes(run));
		assert.deepEqual(words('run', 'approve', run, 'ex'), ['extract']);
		assert.deepEqual(words('run', 'decide', run, 's'), ['skip', 'stop']);
		stepmill('run', 'cancel', run);
		const alone = stepmill('completion', 'words', '--', 'workflow', 'run', '', { extra: { STEPMILL_TOKEN: '' } });
		assert.deepEqual([alone.status, alone.out, alone.err], [0, '', '']);
	});

	test('every command and option of the table is proposed', () => {
		const heads = words('');
		for (const head of heads) {
			const help = stepmill('help', head).out;
			const subs = [...help.matchAll(new RegExp(`^  ${head} (\\S+) `, 'gm'))].map((m) => m[1]);
			for (const sub of subs) assert.ok(words(head, '').includes(sub), `${head} ${sub}`);
			for (const path of [[head], ...subs.map((sub) => [head, sub])]) {
				const options = [...stepmill(...path, '--help').out.matchAll(/^ {2}(--[a-z-]+)/gm)].map((m) => m[1]);
				assert.equal(new Set(options).size, options.length, `${path.join(' ')} has an option twice: ${options}`);
				if (head !== 'workflow' || path.length > 1) assert.deepEqual(words(...path, '--'), [...options, '--help'], path.join(' '));
			}
		}
	});

	test('the bash script proposes names with blanks, quoted', () => {
		const script = stepmill('completion', 'bash').out;
		const complete = (...typed) => {
			const test = `${script}\ncompopt() { :; }; PATH="${stack.build}:$PATH"; COMP_WORDS=(stepmill "$@"); COMP_CWORD=$#; _stepmill; printf '%s\\n' "\${COMPREPLY[@]}"`;
			const r = spawnSync('bash', ['-c', test, 'bash', ...typed], { encoding: 'utf8', cwd: stack.dir, env: env() });
			assert.equal(r.stderr, '');
			return lines(r.stdout);
		};
		assert.deepEqual(complete('workflow', 'pu'), ['push', 'pull']);
		assert.deepEqual(complete('workflow', 'run', 'Instant\\ c'), ['Instant\\ chain']);
		assert.deepEqual(complete('workflow', 'run', '"Instant c'), ['Instant chain']);
		file('complete-me.yaml', 'a: 1');
		assert.deepEqual(complete('workflow', 'push', 'complete-'), ['complete-me.yaml']);
		assert.deepEqual(complete('xyzzy', ''), []);
	});

	test('the zsh script does, too', () => {
		const script = stepmill('completion', 'zsh').out;
		const test = `compdef() { :; }; _describe() { print -l -- $1 "\${(@P)2}"; }; _files() { print -- files "$@"; }
			source /dev/stdin <<< "$SCRIPT"; path=("${stack.build}" $path); words=(stepmill "$@"); CURRENT=$#words; _stepmill`;
		const complete = (...typed) => {
			const r = spawnSync('zsh', ['-f', '-c', test, 'zsh', ...typed], { encoding: 'utf8', cwd: stack.dir, env: env({ SCRIPT: script }) });
			assert.equal(r.stderr, '');
			return lines(r.stdout);
		};
		assert.deepEqual(complete('workflow', 'pul'), ['stepmill', 'pull:write workflows into files']);
		assert.deepEqual(complete('workflow', 'run', 'Instant\\ c'), ['stepmill', 'Instant chain:']);
		assert.deepEqual(complete('workflow', 'push', ''), ['files']);
		assert.deepEqual(complete('workflow', 'pull', '--directory', ''), ['files -/']);
	});
});

describe('manual pages', () => {
	test('there is one for each command, which groff reads without complaint and which has every option', () => {
		const directory = `${stack.dir}/man`;
		fs.mkdirSync(directory);
		assert.equal(stepmill('man', '--directory', directory).status, 0);
		const heads = lines(stepmill('completion', 'words', '--', '').out).map((line) => line.split('\t')[0]);
		assert.deepEqual(fs.readdirSync(directory).sort(), ['stepmill.1', ...heads.map((head) => `stepmill-${head}.1`)].sort());
		for (const name of fs.readdirSync(directory)) {
			const r = spawnSync('groff', ['-Kutf8', '-man', '-ww', '-Tutf8', '-P-c', '-rLL=200n', `${directory}/${name}`], { encoding: 'utf8' });
			assert.deepEqual([name, r.status, r.stderr], [name, 0, '']);
			if (name === 'stepmill.1') continue;
			const page = r.stdout.replace(/.\x08/g, '');
			const head = name.slice(9, -2);
			const paths = [[head], ...[...stepmill('help', head).out.matchAll(new RegExp(`^  ${head} (\\S+) `, 'gm'))].map((m) => [head, m[1]])];
			for (const path of paths) {
				for (const [, option] of stepmill(...path, '--help').out.matchAll(/^ {2}(--[a-z-]+)/gm)) assert.ok(page.includes(option), `${name}: ${option}`);
				assert.ok(page.includes(`stepmill ${path.join(' ')}`), `${name}: ${path.join(' ')}`);
			}
		}
		assert.equal(stepmill('man', 'workflow').out, fs.readFileSync(`${directory}/stepmill-workflow.1`, 'utf8'));
		assert.equal(stepmill('man', 'nothing').status, 2);
	});
});

// stepmill workflow check: each mistake is told with its place and what to do, without a server.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { root } from '../harness/stack.mjs';
import { cut, mistakes, said, textOf } from './mistakes.mjs';

const build = process.env.STEPMILL_BUILD ?? path.join(root, 'build');
let dir;
before(() => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), 'check-'));
});
after(() => remove(dir));

const check = (args, input) => spawnSync(path.join(build, 'stepmill'), ['workflow', 'check', ...args], { encoding: 'utf8', input, cwd: dir });
const file = (name, text) => {
	fs.writeFileSync(path.join(dir, name), text);
	return name;
};
const words = (finding) => `${finding.severity === 'warning' ? 'warning ' : ''}${said(finding)}`;

describe('each mistake', () => {
	for (const mistake of mistakes) {
		test(mistake.about, () => {
			const { stdout, stderr, status } = check(['--json', '-'], textOf(mistake));
			assert.ok(status === 0 || status === 1, stderr);
			const [{ valid, findings }] = JSON.parse(stdout);
			assert.deepEqual(cut(findings.map(words), mistake.says), mistake.says);
			assert.ok(mistake.says.length > 0, 'the table says nothing');
			assert.equal(valid, findings.every((f) => f.severity === 'warning'));
			assert.equal(status, valid ? 0 : 1);
		});
	}
});

const good = 'name: Fine\nsteps:\n  - {id: a, type: transform, value: 1}\n';

test('several files, one wrong: the others are said to be fine, the status is 1', () => {
	const wrong = file('wrong.yaml', 'steps:\n  - {id: a, type: transfrm}\n');
	const { stdout, status } = check([file('good.yaml', good), wrong]);
	assert.equal(stdout, 'wrong.yaml:2:19: error: There is no kind of step `transfrm`. Did you mean `transform`? [unknown_kind]\n1 error, 0 warnings.\n');
	assert.equal(status, 1);
});

test('nothing wrong is said in a line, with the status 0', () => {
	const { stdout, status } = check([file('good.yaml', good)]);
	assert.equal(stdout, '1 file, nothing wrong.\n');
	assert.equal(status, 0);
});

test('a file that is not there is the status 2, and the others are checked', () => {
	const { stdout, stderr, status } = check(['nowhere.yaml', file('wrong.yaml', 'steps: 5\n')]);
	assert.match(stderr, /nowhere\.yaml cannot be opened/);
	assert.match(stdout, /^wrong\.yaml:1:1: error: A workflow needs a list of steps/);
	assert.equal(status, 2);
});

test('JSON is read as JSON by its suffix, and what is wrong with it has its place', () => {
	const { stdout, status } = check([file('a.json', '{"steps": [\n  {"key": "a", "kind": "transform", "value": "{{steps.b.output}}"},\n]}')]);
	assert.equal(stdout, 'a.json:3:1: error: A comma stands before the closing bracket. [json]\n1 error, 0 warnings.\n');
	assert.equal(status, 1);
});

test('a hundred mistakes are told, and that these are not all', () => {
	const steps = Array.from({ length: 150 }, (_, i) => `  - {id: s${i}, type: transform, value: "{{steps.none.output}}"}\n`).join('');
	const { stdout, status } = check([file('many.yaml', `steps:\n${steps}`)]);
	assert.equal(status, 1);
	assert.equal(stdout.split('\n').filter((line) => line.includes('[unknown_step]')).length, 100);
	assert.match(stdout, /many\.yaml: these are the first 100 errors\.\n100 errors, 0 warnings\.\n$/);
});

test('on a terminal the line stands below, with a caret at the place', () => {
	const name = file('wrong.yaml', 'steps:\n  - {id: ä, type: transform, value: "{{steps.nöne.output}}"}\n');
	const { stdout } = spawnSync('script', ['-qec', `${path.join(build, 'stepmill')} workflow check ${name}`, '/dev/null'], { encoding: 'utf8', cwd: dir, env: { ...process.env, NO_COLOR: '1', TERM: 'xterm', LC_ALL: 'C.UTF-8' } });
	const lines = stdout.replaceAll('\r', '').split('\n');
	const at = lines.findIndex((line) => line.includes('[unknown_step]'));
	assert.equal(lines[at + 1], '    - {id: ä, type: transform, value: "{{steps.nöne.output}}"}');
	assert.equal(lines[at + 2].indexOf('^'), lines[at + 1].indexOf('nöne'));
});

test('what others wrote cannot move the cursor', () => {
	const { stdout } = check([file('evil.yaml', 'steps:\n  - {id: a, type: "\\e[2Jx"}\n')]);
	assert.ok(!stdout.includes('\u001b'), JSON.stringify(stdout));
});

test('each code that a step fails with can be named in `on` of a retry', () => {
	const sources = ['src/steps', 'src/exec'].flatMap((at) => fs.readdirSync(path.join(root, at)).filter((name) => name.endsWith('.c')).map((name) => fs.readFileSync(path.join(root, at, name), 'utf8')));
	const codes = [...new Set(sources.flatMap((text) => [...text.matchAll(/\bfail\(\w+, (?:[^"()]* \? )?"([a-z_]+)"/g)].map((found) => found[1])))];
	assert.ok(codes.length > 15 && codes.includes('script_failed') && codes.includes('timeout'), codes.join());
	const steps = codes.map((code, i) => `  - {id: s${i}, type: http, url: "https://example.com", retry: {maxAttempts: 2, on: [${code}]}}\n`).join('');
	assert.equal(check([file('codes.yaml', `steps:\n${steps}`)]).stdout, '1 file, nothing wrong.\n');
});

test('tests beside workflows are passed over, and said to be what they are', () => {
	const examples = fs.readdirSync(path.join(root, 'examples')).filter((name) => /\.(yaml|js|ts)$/.test(name));
	const tests = examples.filter((name) => name.endsWith('.test.yaml'));
	const run = (...args) => spawnSync(path.join(build, 'stepmill'), ['workflow', 'check', ...args, ...examples], { encoding: 'utf8', cwd: path.join(root, 'examples') });
	assert.ok(tests.length > 0);
	const { stdout, status } = run();
	assert.deepEqual(stdout.split('\n').filter((line) => line.includes('.test.yaml')), tests.map((name) => `${name}: holds tests, no workflow: stepmill workflow test runs them.`));
	assert.match(stdout, /^0 errors, \d+ warnings?\.$/m);
	assert.equal(status, 0);
	assert.equal(check([file('good.yaml', good), file('good.test.yaml', 'workflow: good.yaml\ntests: [{name: x}]\n')]).stdout, 'good.test.yaml: holds tests, no workflow: stepmill workflow test runs them.\n1 file, nothing wrong.\n');
	assert.deepEqual(JSON.parse(run('--json').stdout).filter((one) => one.tests).map((one) => [one.file, one.valid]), tests.map((name) => [name, true]));
});

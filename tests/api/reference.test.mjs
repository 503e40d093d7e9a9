// The API reference: everything of the contract is in it, its links lead somewhere, its examples are what the contract takes, and it needs
// nothing from elsewhere.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { root, startStack } from '../harness/stack.mjs';
import { operations, resolve } from './lib/contract.mjs';

let stack;
let contract;
let page;
before(async () => {
	stack = await startStack({ build: process.env.STEPMILL_BUILD ?? 'build', executors: 0, live: false });
	contract = await (await fetch(`${stack.url}/api/openapi.json`)).json();
	page = await (await fetch(`${stack.url}/api/docs`)).text();
});
after(async () => stack?.stop());

const plain = (html) => html.replace(/<wbr>/g, '').replace(/<[^>]+>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
/** The article of an operation or schema, as HTML. */
const article = (id) => new RegExp(`<article[^>]* id="${id}"[^]*?</article>|<article id="${id}"[^]*?</article>`).exec(page)?.[0] ?? '';
const example = (id) => plain(/<pre[^>]*>([^]*?)<\/pre>/.exec(article(id))[1]);

describe('the reference', () => {
	test('is HTML for anybody, given out again only when it has changed', async () => {
		const first = await fetch(`${stack.url}/api/docs`, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
		assert.deepEqual([first.status, first.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
		const again = await fetch(`${stack.url}/api/docs`, { headers: { 'if-none-match': first.headers.get('etag') } });
		assert.equal(again.status, 304);
		const wrong = await fetch(`${stack.url}/api/docs`, { headers: { accept: 'application/json' } });
		assert.equal(wrong.status, 406);
		for (const [name, type] of [['reference.css', 'text/css'], ['reference.js', 'text/javascript']]) {
			const answer = await fetch(`${stack.url}/api/docs/${name}`);
			assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, `${type}; charset=utf-8`]);
		}
	});
	test('has every operation: method and path, role, scope, rate, parameters, body, answers, problems, example', () => {
		const all = operations(contract);
		assert.ok(all.length > 80);
		for (const op of all) {
			const text = plain(article(op.id));
			assert.ok(text.includes(`${op.method} ${op.path}`), `${op.id} is not there`);
			const node = contract.paths[op.path][op.method.toLowerCase()];
			assert.ok(text.includes(node.summary.replaceAll('`', '')), op.id);
			const role = { public: 'anybody', person: 'signed in', administrator: 'administrator of the installation' }[op.role] ?? op.role;
			assert.match(text, new RegExp(`Who may[^]*${role}`), op.id);
			if (op.role !== 'public') assert.match(text, op.scope === 'session' ? /API token\s*cannot/ : new RegExp(`scope ${op.scope}`), op.id);
			const rate = node['x-rate'] ?? (op.method === 'GET' ? 'read' : 'write');
			assert.ok(text.includes({ none: 'Ratenot counted', read: 'Ratea read', write: 'Ratea change', expensive: 'Rateexpensive' }[rate]), op.id);
			for (const param of op.params) assert.ok(text.includes(param.name), `${op.id}: ${param.name}`);
			for (const name of Object.keys(op.body ? resolve(contract, op.body).properties ?? {} : {})) assert.ok(text.includes(name), `${op.id}: ${name}`);
			for (const status of Object.keys(op.responses).filter((s) => s < '400')) assert.ok(text.includes(`${status} `), `${op.id}: ${status}`);
			assert.match(text, /Problems: 400 malformed/);
			assert.ok(example(op.id).startsWith('curl '), op.id);
			assert.ok(!/[{}]|undefined/.test(example(op.id).split('\n')[0]), example(op.id));
		}
		assert.equal((page.match(/<article id=/g) ?? []).length, all.length, 'and no other');
	});
	test('has every schema, and every code of a problem that the program knows', () => {
		for (const name of Object.keys(contract.components.schemas)) assert.ok(page.includes(`id="schema-${name}"`), name);
		const codes = [...fs.readFileSync(path.join(root, 'src/base/err.c'), 'utf8').matchAll(/\[ERR_\w+\] = \{"(\w+)"/g)].map((m) => m[1]);
		for (const code of codes.filter((c) => !['none', 'cancelled'].includes(c))) assert.ok(page.includes(`id="problem-${code}"`), code);
	});
	test('has no link that leads nowhere, and no id twice', () => {
		const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]);
		assert.equal(new Set(ids).size, ids.length);
		const dead = [...page.matchAll(/href="#([^"]+)"/g)].map((m) => m[1]).filter((id) => !ids.includes(id));
		assert.deepEqual([...new Set(dead)], []);
	});
	test('takes nothing from elsewhere, and has no script or style in the page itself', () => {
		const from = [...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map((m) => m[1]);
		assert.deepEqual([...new Set(from)].sort(), ['/', '/api/docs/reference.css', '/api/docs/reference.js', '/api/openapi.json']);
		assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?! src)/);
	});
	test('shows bodies that the contract takes', () => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-reference-'));
		const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
		for (const op of operations(contract).filter((o) => o.body)) {
			const [, shell] = /-d ('[^]*')$/.exec(example(op.id));
			const body = execFileSync('sh', ['-c', `printf %s ${shell}`], { encoding: 'utf8' });
			fs.writeFileSync(`${dir}/d.json`, body);
			fs.writeFileSync(`${dir}/s.json`, JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...op.body, components: contract.components }));
			const checked = spawnSync(`${build}/stepmill`, ['schema', 'check', '--schema', `${dir}/s.json`, `${dir}/d.json`], { encoding: 'utf8' });
			assert.equal(checked.status, 0, `${op.id}: ${body}\n${checked.stdout}${checked.stderr}`);
		}
		remove(dir);
	});
	test('is made the same, byte by byte, from the same contract', () => {
		const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
		const make = () => execFileSync('perl', [`${root}/scripts/gen-reference`, `${build}/src/api/contract.json`, `${root}/src/base/err.c`, `${root}/src/api/reference`,
			`${root}/spa/src/app/tokens.css`], { maxBuffer: 1 << 26 });
		assert.ok(make().equals(make()));
	});
});

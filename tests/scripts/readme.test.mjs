// What the READMEs and ARCHITECTURE.md name is there: files, the functions of the call trees, and the scripts with what they are given.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../harness/stack.mjs';

const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const documents = ['README.md', 'ARCHITECTURE.md', 'src/README.md', 'src/exec/README.md', ...fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)];
const lines = (name) => read(name).split('\n').map((text, i) => ({ text, at: `${name}:${i + 1}` }));

/** A path may be said from where the reader is: the tree, src/, or the builder's directory. */
const places = ['', 'src', 'src/exec', 'spa/src', 'spa/src/features/workflows', 'tests'];
const found = (name) => places.map((place) => path.join(root, place, name)).find((file) => fs.existsSync(file));

test('every file that is named', () => {
	const missing = [];
	let seen = 0;
	for (const { text, at } of documents.flatMap(lines))
		for (const [, name] of text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:c|h|js|ts|tsx|mjs|sql|yaml|md|html))`/g)) {
			if (!name.includes('/') && !fs.existsSync(path.join(root, path.dirname(at), name)))
				continue; // somebody's own, such as a file of tests
			seen++;
			if (!name.includes('NNNN') && !found(name)) missing.push(`${at}: ${name}`);
		}
	assert.ok(seen > 40, `${seen} were found`);
	assert.deepEqual(missing, []);
});

test('every function of a call tree, in the file that is named beside it', () => {
	const missing = [];
	let seen = 0;
	const look = (at, names, file) => {
		const there = found(file);
		for (const name of names.match(/[a-z_]\w*/g)) {
			seen++;
			if (!there || !new RegExp(`\\b${name}\\b`).test(fs.readFileSync(there, 'utf8'))) missing.push(`${at}: ${name} in ${file}`);
		}
	};
	for (const { text, at } of lines('src/README.md')) {
		const [, names, file] = text.match(/^ *([a-z_]\w*(?:(?:, | → | \| )[a-z_]\w*)*) \(([a-z_]+(?:\/\w+)?\.c)\)/) ?? [];
		if (names) look(at, names, file);
	}
	for (const { text, at } of lines('src/exec/README.md')) {
		const [, names, file] = text.match(/^ *([a-z_]\w*(?:(?:, | → | \| )[a-z_]\w*)*)(?: \| …)? {2,}(\w+\.c)\b/) ?? [];
		if (names) look(at, names, file);
	}
	assert.ok(seen > 60, `${seen} were found`);
	assert.deepEqual(missing, []);
});

test('every script, and the parts that it is said to take', () => {
	const missing = [];
	const scripts = fs.readdirSync(path.join(root, 'scripts'));
	for (const { text, at } of documents.flatMap(lines))
		for (const [, name] of text.matchAll(/(?:\.\/)?scripts\/([a-z][\w-]*)\b(?![./])/g))
			if (!scripts.includes(name)) missing.push(`${at}: scripts/${name}`);
	const parts = (script) => read('README.md').match(new RegExp(`\`\\./scripts/${script} ([^\`]+)\``))[1].match(/[a-z]\w*/g);
	const has = (dir, name) => fs.existsSync(path.join(root, dir, name));
	for (const part of parts('bench')) if (!has('tests/bench', `${part}.mjs`)) missing.push(`bench ${part}`);
	for (const name of fs.readdirSync(path.join(root, 'tests/bench')).filter((file) => file.endsWith('.mjs')))
		if (!parts('bench').includes(name.slice(0, -4))) missing.push(`bench takes ${name.slice(0, -4)}`);
	for (const dir of fs.readdirSync(path.join(root, 'tests')).filter((name) => has('tests', `${name}/`) && fs.statSync(path.join(root, 'tests', name)).isDirectory()))
		if (fs.readdirSync(path.join(root, 'tests', dir)).some((name) => name.endsWith('.test.mjs')) && !parts('test').includes(dir)) missing.push(`test takes ${dir}`);
	assert.deepEqual(missing, []);
});

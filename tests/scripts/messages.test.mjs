// What people are refused with says more than that: what is the case, and then what to do about it. Read from the sources, so that no message
// is forgotten; what a message says is held where its case is tested.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../harness/stack.mjs';

const below = (dir, ending) => fs.readdirSync(path.join(root, dir), { recursive: true }).filter((name) => name.endsWith(ending)).map((name) => path.join(dir, name));
const lineOf = (text, at) => text.slice(0, at).split('\n').length;

/** Sentences beside the one that only calms. */
const sentences = (message) => message.replace('Nothing was changed.', '').split(/[.?!](?:\s|$)/).filter((part) => part.trim()).length;

test('statements: whoever is refused by one is told what to do', () => {
	const short = [];
	let seen = 0;
	for (const file of below('sql/migrations', '.sql')) {
		const text = fs.readFileSync(path.join(root, file), 'utf8');
		for (const { 0: raised, index } of text.matchAll(/raise exception using errcode = 'SM4(?:09|12|22|29)'[^;]*(?:'(?:[^']|'')*'[^;']*)*;/g)) {
			seen++;
			const literals = raised.match(/message = (?:format\(\s*)?((?:'(?:[^']|'')*'\s*)+)/)?.[1] ?? '';
			const message = [...literals.matchAll(/'((?:[^']|'')*)'/g)].map((m) => m[1]).join('');
			if (message && sentences(message) < 2 && !/hint = /.test(raised))
				short.push(`${file}:${lineOf(text, index)}: ${message}`);
		}
	}
	assert.ok(seen > 30, `${seen} were found`);
	assert.deepEqual(short, []);
});

test('programs: so is whoever is refused by the API', () => {
	const short = [];
	let seen = 0;
	for (const file of [...below('src/api', '.c'), ...below('src/http', '.c')]) {
		const text = fs.readFileSync(path.join(root, file), 'utf8');
		for (const { 0: call, index } of text.matchAll(/err_set\(\s*err, ERR_(?:CONFLICT|PRECONDITION\w*|RATE_LIMITED|FORBIDDEN|UNAUTHENTICATED|SECOND_FACTOR|SCOPE|LIMIT|METHOD|NOT_ACCEPTABLE|MEDIA_TYPE|UNAVAILABLE),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)/g)) {
			seen++;
			const message = [...call.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]).join('');
			if (sentences(message) < 2)
				short.push(`${file}:${lineOf(text, index)}: ${message}`);
		}
	}
	assert.ok(seen > 30, `${seen} were found`);
	assert.deepEqual(short, []);
});

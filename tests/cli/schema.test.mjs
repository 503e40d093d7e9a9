// stepmill schema check: exit statuses, what people and programs read, references, drafts, and what cannot be used.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { root } from '../harness/stack.mjs';

const build = process.env.STEPMILL_BUILD ?? path.join(root, 'build');
const steps = {
	oneOf: [
		{ properties: { kind: { const: 'http' }, url: { type: 'string' } }, required: ['kind', 'url'] },
		{ properties: { kind: { const: 'wait' }, seconds: { $ref: 'http://example.org/units.json#/$defs/seconds' } }, required: ['kind'] },
	],
};
const shapes = [
	{ title: 'Circle', type: 'object', required: ['r'], properties: { r: { type: 'number' } } },
	{ title: 'Box', type: 'object', required: ['w', 'h'], properties: { w: { type: 'number' }, h: { type: 'number' } } },
];
const files = {
	'flow.json': {
		type: 'object',
		required: ['name'],
		properties: { name: { type: 'string' }, mail: { format: 'email' }, steps: { items: steps }, shape: { anyOf: shapes } },
		unevaluatedProperties: false,
	},
	'remote/units.json': { $defs: { seconds: { type: 'integer', maximum: 10 } } },
	'plain.json': { type: 'object', required: ['a'], properties: { a: { type: 'integer' }, mail: { format: 'email' } } },
	'seven.json': { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }], additionalItems: false },
	'tuple.json': { items: [{ type: 'string' }], additionalItems: false },
	'typo.json': { minimun: 1 },
	'wrong.json': '{\n  "properties": {"a": {"type": "strin"}}\n}',
	'circle.json': { $ref: '#' },
	'slow.json': { pattern: '^(a+)+$' },
	'good.json': { a: 1, mail: 'not one' },
	'good.yaml': 'a: 1\n',
	'bad.json': { a: 'x' },
	'list.json': ['a', 1],
	'slow-text.json': JSON.stringify(`${'a'.repeat(60)}b`),
	'broken.json': '{"a": ',
	'nul.json': '{"a": 1, "text": "\\u0000"}',
	'flow-bad.json': '{"steps": [{"kind": "http"}, {"kind": "wait", "seconds": 11}, {"kind": "what"}],\n "shape": {"w": 1, "h": "x"}, "more/~": 1}',
};

let dir;
before(() => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), 'schema-'));
	for (const [name, content] of Object.entries(files)) {
		fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
		fs.writeFileSync(path.join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
	}
});
after(() => remove(dir));

function check(args, input) {
	const r = spawnSync(`${build}/stepmill`, ['schema', 'check', ...args], { encoding: 'utf8', input, cwd: dir });
	return { status: r.status, out: r.stdout, err: r.stderr };
}

describe('stepmill schema check', () => {
	test('says valid and exits 0; names what is wrong and exits 1', () => {
		assert.deepEqual(check(['--schema', 'plain.json', 'good.json', 'good.yaml', 'nul.json']), {
			status: 0,
			out: 'good.json: valid\ngood.yaml: valid\nnul.json: valid\n',
			err: '',
		});
		assert.deepEqual(check(['--schema', 'plain.json', 'good.json', 'bad.json']), {
			status: 1,
			out:
				'good.json: valid\nbad.json: 1 error\n' +
				'  /a (line 1, column 2): Must be a whole number, not a text.\n    schema: #/properties/a/type\n',
			err: '',
		});
	});

	test('reads the document or the schema from standard input, but not both', () => {
		assert.equal(check(['--schema', 'plain.json', '-'], '{"a": 2}').out, '-: valid\n');
		assert.equal(check(['--schema', '-', 'good.json'], 'false').status, 1);
		assert.equal(check(['--schema', '-', '-'], 'true').status, 2);
	});

	test('tells every violation to programs, with both places and the line', () => {
		const r = check(['--schema', 'flow.json', '--map', 'http://example.org/=remote', '--json', 'flow-bad.json']);
		assert.equal(r.status, 1);
		const { valid, documents } = JSON.parse(r.out);
		assert.equal(valid, false);
		assert.equal(documents[0].document, 'flow-bad.json');
		assert.equal(documents[0].valid, false);
		const told = documents[0].errors.map((e) => [e.path, e.schema_path, e.code]);
		assert.deepEqual(told, [
			['/name', '#/required', 'required'],
			['/steps/0/url', '#/properties/steps/items/oneOf/0/required', 'required'],
			['/steps/1/seconds', 'http://example.org/units.json#/$defs/seconds/maximum', 'maximum'],
			['/steps/2/kind', '#/properties/steps/items/oneOf', 'enum'],
			['/shape', '#/properties/shape/anyOf', 'any_of'],
			['/shape/h', '#/properties/shape/anyOf/1/properties/h/type', 'type'],
			['/more~1~0', '#/unevaluatedProperties', 'unknown_field'],
		]);
		assert.equal(documents[0].errors[2].evaluation_path, '/properties/steps/items/oneOf/1/properties/seconds/$ref/maximum');
		assert.match(documents[0].errors[4].message, /^Fits none of the 2 forms .* The nearest is number 2, "Box"/);
		assert.equal(documents[0].errors[6].line, 2);
		assert.equal(documents[0].count, 7);
	});

	test('looks references up in --map only', () => {
		const without = check(['--schema', 'flow.json', 'good.json']);
		assert.equal(without.status, 2);
		assert.match(without.err, /^flow\.json:1:\d+: .*http:\/\/example\.org\/units\.json#\/\$defs\/seconds, which is not among the documents given/);
		assert.equal(check(['--schema', 'flow.json', '--map', 'http://example.org/units.json=remote/units.json', 'flow-bad.json']).status, 1);
		assert.equal(check(['--schema', 'flow.json', '--map', 'nothing', 'good.json']).status, 2);
		assert.match(check(['--schema', 'flow.json', '--map', 'x=none.json', 'good.json']).err, /none\.json cannot be opened/);
	});

	test('goes by $schema, then by --draft, then by 2020-12', () => {
		assert.equal(check(['--schema', 'seven.json', 'list.json']).status, 1);
		assert.equal(check(['--schema', 'seven.json', '--draft', '2020-12', 'list.json']).status, 1);
		assert.equal(check(['--schema', 'tuple.json', '--draft', '7', 'list.json']).status, 1);
		assert.equal(check(['--schema', 'tuple.json', 'list.json']).status, 2);
		assert.equal(check(['--schema', 'tuple.json', '--draft', '4', 'list.json']).status, 2);
	});

	test('asserts formats and refuses unknown keywords when asked to', () => {
		assert.equal(check(['--schema', 'plain.json', 'good.json']).status, 0);
		assert.match(check(['--schema', 'plain.json', '--formats', 'good.json']).out, /\/mail .*: Is not a valid email\./);
		assert.equal(check(['--schema', 'typo.json', 'good.json']).status, 0);
		assert.match(check(['--schema', 'typo.json', '--strict', 'good.json']).err, /^typo\.json:1:2: .*"minimun" is not known/);
	});

	test('exits 2 for what cannot be used, and says where', () => {
		const cases = [
			[['--schema', 'plain.json', 'none.json'], /none\.json cannot be opened/],
			[['--schema', 'plain.json', 'broken.json'], /^broken\.json:1:\d+: /],
			[['--schema', 'none.json', 'good.json'], /none\.json cannot be opened/],
			[['--schema', 'broken.json', 'good.json'], /^broken\.json:1:\d+: /],
			[['--schema', 'wrong.json', 'good.json'], /^wrong\.json:2:\d+: The schema at \/properties\/a is not valid: "type"/],
			[['--schema', 'circle.json', 'good.json'], /refers to itself without end/],
			[['--schema', 'slow.json', 'slow-text.json'], /\^\(a\+\)\+\$ takes too long/],
			[['--schema', 'plain.json'], /^stepmill: Usage: /],
			[['good.json'], /--schema is missing\. Give it; --help says/],
		];
		for (const [args, says] of cases) {
			const r = check(args);
			assert.equal(r.status, 2, args.join(' '));
			assert.match(r.err, says);
			assert.equal(r.out, '');
		}
		const told = JSON.parse(check(['--schema', 'wrong.json', '--json', 'good.json']).out);
		assert.equal(told.valid, null);
		assert.equal(told.error.line, 2);
		const mixed = check(['--schema', 'plain.json', '--json', 'none.json', 'bad.json']);
		assert.equal(mixed.status, 2);
		assert.deepEqual(JSON.parse(mixed.out).documents.map((d) => d.valid), [null, false]);
	});
});

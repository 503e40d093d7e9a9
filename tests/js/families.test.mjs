// A thousand and more hostile snippets against one stepmill-js, each between two requests of other runs: what those keep secret is in no answer and no log,
// and they get what they would have got alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { backtracking, bombs, hooked, spoiling } from './families.mjs';
import { CALL, EVALUATE, Process } from './process.mjs';

const KINDS = { evaluate: EVALUATE, call: CALL };
const NOW = 1_700_000_000_000; // what every request is told
const ENV = { CANARY: 'canary-of-the-environment' };
let js, victims = 0;
before(async () => {
	js = await Process.start({ env: ENV });
});
after(() => js.stop());

/** Another run's request: it leaves its secret wherever it can, and what it gets depends on all that code could have spoilt. */
const WITNESS = [
	'globalThis.kept = globalThis[Symbol.for("kept")] = input.secret, /(c.*)/.exec(input.secret) && 1',
	'input.list.map(x => x.n * 2).sort((a, b) => a - b).join() + JSON.stringify(JSON.parse("{\\"a\\":[1]}")) + `${steps.one.output}` + [..."ab"].length + Object.keys({ a: 1, b: 2 })',
	'[Date.now(), new Date().getTime(), typeof Math.random(), new Map([[1, 2]]).get(1), "abc".replace(/b/, (x) => x + x), new Error("m").message, ({}).kept === undefined]',
	'({ a: 1, b: [true, null], n: 0.5, list: input.list })',
];
const LIST = [{ n: 3 }, { n: 1 }];
async function witness(what) {
	const secret = `canary-${++victims}`;
	const said = await js.ask({ sources: WITNESS, scope: JSON.stringify({ input: { secret, list: LIST }, steps: { one: { output: 'é' } } }) });
	assert.ok(said, `after ${what}: the process is gone`);
	assert.deepEqual(said.results.map((one) => (one.status === 'ok' ? JSON.parse(one.text) : one)), [1, '2,6{"a":[1]}é2a,b', [NOW, NOW, 'number', 2, 'abbc', 'm', true],
		{ a: 1, b: [true, null], n: 0.5, list: LIST }], `after ${what}`);
}

/** What came of it. Whoever ends its process has ended nobody else's run: there is a new one for the next. */
async function answer({ kind, text }, cpu) {
	const { said, how } = await js.watched({ kind: KINDS[kind], sources: [text], scope: '{"input":{},"steps":{}}', cpu }, 100);
	if (/^(timed_out|killed|died)$/.test(how)) js = await Process.start({ env: ENV });
	return { said, how };
}

async function each(list, cpu, check) {
	await witness('nothing');
	for (const one of list) {
		const { said, how } = await answer(one, cpu);
		assert.doesNotMatch(JSON.stringify(said), /canary|root:x|imported/, one.name);
		check(one, how, said?.results[0].text ?? '');
		await witness(one.name);
	}
}

describe(`hostile code by families, ${hooked.length + spoiling.length + backtracking.length + bombs.length} snippets`, () => {
	test(`${hooked.length}: whatever runs where nobody expects it finds nothing`, async () => {
		const { pid } = js.child;
		await each(hooked, 2000, (one, how, text) => {
			assert.match(how, /^(ok|nothing|threw)$/, one.name);
			if (/code from text|another realm/.test(one.name)) assert.doesNotMatch(text, /created|stolen|object (global|window)/i, one.name);
			if (/the true time/.test(one.name)) assert.doesNotMatch(text, new RegExp(`${new Date().getUTCFullYear()}|\\b${Math.floor(Date.now() / 1e7)}`), one.name);
		});
		assert.equal(js.child.pid, pid, 'one process has answered all of it');
	});

	test(`${spoiling.length}: whatever is spoilt is as it was for the next run`, async () => {
		const { pid } = js.child;
		await each(spoiling, 2000, () => {});
		assert.equal(js.child.pid, pid);
	});

	test(`${backtracking.length}: expressions that go back and forth end with their time`, async (t) => {
		const seen = {};
		await each(backtracking, 50, (one, how) => {
			seen[how] = (seen[how] ?? 0) + 1;
			assert.match(how, /^(ok|nothing|threw|timed_out|killed)$/, one.name);
		});
		t.diagnostic(JSON.stringify(seen));
	});

	test(`${bombs.length}: what grows is refused, too large, or the end of its process alone`, async (t) => {
		const seen = {};
		await each(bombs, 100, (one, how) => {
			seen[how] = (seen[how] ?? 0) + 1;
			assert.match(how, /^(ok|nothing|threw|syntax|too_large|timed_out|killed|died)$/, one.name);
		});
		t.diagnostic(JSON.stringify(seen));
	});
});

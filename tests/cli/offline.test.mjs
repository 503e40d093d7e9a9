// stepmill workflow test: workflows with recorded answers, without a server. What a run gave is recorded from a real one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { demo, root, startStack, until } from '../harness/stack.mjs';

const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-offline-'));
after(() => remove(dir));

function stepmill(args, env = {}) {
	const r = spawnSync(`${build}/stepmill`, args, { encoding: 'utf8', cwd: dir, env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...env } });
	return { status: r.status, out: r.stdout, err: r.stderr };
}
const put = (name, content) => {
	fs.mkdirSync(path.dirname(`${dir}/${name}`), { recursive: true });
	fs.writeFileSync(`${dir}/${name}`, typeof content === 'string' ? content : JSON.stringify(content));
	return name;
};
const flow = (steps, input = {}) => ({ type: 'flow', input: { type: 'object', properties: input }, steps });
const http = (key, more) => ({ key, kind: 'http', url: 'https://example.com/', ...more });
let files = 0;
/** What becomes of the tests of one definition: [ok, problems] each. */
function run(definition, ...tests) {
	const name = put(`t${files++}/x.test.json`, { definition, tests: tests.map((t, i) => ({ name: `test ${i}`, ...t })) });
	const r = stepmill(['workflow', 'test', name, '--json']);
	assert.equal(r.err, '');
	return r.out.trim().split('\n').map((line) => JSON.parse(line)).map((t) => [t.ok, t.problems.join('\n')]);
}
const passes = (definition, ...tests) => assert.deepEqual(run(definition, ...tests), tests.map(() => [true, '']));
function fails(definition, given, said) {
	const [[ok, problems]] = run(definition, given);
	assert.deepEqual([ok, said.test(problems)], [false, true], problems);
}

describe('a test', () => {
	test('answers calls one after the other, and retries go by at once', () => {
		const definition = flow([http('ask', { retry: { max_attempts: 3, delay_ms: 3600000 } }), { key: 'rest', kind: 'wait', seconds: 31000000 }, { key: 'end', kind: 'transform', value: '{{steps.ask.output.body}}' }]);
		const busy = { error: { code: 'overloaded', message: 'Busy' } };
		passes(definition,
			{ answers: { ask: [busy, busy, { output: { body: 'at last' } }] }, expect: { output: 'at last', steps: { ask: { attempts: 3, status: 'completed' } } } },
			{ answers: { ask: busy }, expect: { error: { code: 'overloaded', path: 'ask' }, steps: { ask: { attempts: 3, error: { message: 'Busy' } }, end: { status: 'pending' } } } });
	});

	test('runs expressions and functions here, and a function with an answer not', () => {
		const definition = flow([{ key: 'up', kind: 'function', input: { text: '{{input.text}}' }, code: 'console.log(1); return input.text.toUpperCase()' }, { key: 'end', kind: 'transform', value: '{{ steps.up.output.split("").reverse().join("") }}' }], { text: { type: 'string' } });
		passes(definition, { input: { text: 'abc' }, expect: { output: 'CBA', steps: { up: { input: { text: 'abc' }, output: 'ABC' } } } }, { input: { text: 'abc' }, answers: { up: { output: 'xy' } }, expect: { output: 'yx' } });
		fails(flow([{ key: 'bad', kind: 'function', code: 'throw new Error("No luck")' }]), {}, /expected "completed", and it is "failed"\n.*No luck/);
		passes(flow([{ key: 'never', kind: 'function', code: 'for (;;);', timeout_seconds: 1 }]), { expect: { error: { code: 'timeout' } } });
	});

	test('takes a function for what it gives, and an expression for its value: of steps, handlers and transforms', () => {
		const list = { list: { type: 'array' } };
		const given = { input: { list: [{ x: 1 }, { x: 2 }] }, expect: { output: [1, 2] } };
		for (const code of ['(input) => input.list.map((i) => i.x)', 'async function main({ list }) { return list.map((i) => i.x); }', 'input.list.map((i) => i.x); // each', 'const { list } = input; return list.map((i) => i.x)'])
			passes(flow([{ key: 'a', kind: 'function', input: { list: '{{input.list}}' }, code }], list), given);
		for (const code of ['(output) => output.body', '(output, context) => context.output.body', 'output.body;', 'return output.body'])
			passes(flow([http('a', { on_complete: { code } })]), { answers: { a: { output: { body: [1, 2] } } }, expect: { output: [1, 2] } });
		for (const code of ['(error, { input }) => [error.code, input.method]', '[error.code, input.method]'])
			passes(flow([http('a', { on_error: { code } })]), { answers: { a: { error: { code: 'gone', message: 'Gone' } } }, expect: { output: ['gone', 'GET'] } });
		passes({ ...flow([http('a')]), on_complete: { code: '(output) => output.body' } }, { answers: { a: { output: { body: [1, 2] } } }, expect: { output: [1, 2] } });
		for (const transform of ['data.map(i => i.x)', 'data.map(i => i.x); // each', '(data) => data.map((i) => i.x);', 'data => data.map(i => i.x) /* each */', 'const all = data.map(i => i.x)\nreturn all']) {
			put('transform.json', { name: 'T', args: { type: 'object', properties: list }, steps: [{ id: 'a', type: 'transform', input: '{{args.list}}', transform }] });
			put('transform.test.json', { workflow: './transform.json', tests: [{ name: transform, ...given }] });
			const { status, out, err } = stepmill(['workflow', 'test', 'transform.test.json']);
			assert.equal(status, 0, out + err);
		}
	});

	test('gives a handler the steps that it names, and all of them where it uses steps in another way', () => {
		const all = [http('first'), http('second'), { key: 'third', kind: 'transform', value: 3 }];
		const answers = { first: { output: 1 }, second: { output: 2 } };
		for (const use of ['Object.keys(steps)', '(output, context) => Object.keys(context.steps)', '(output, { steps }) => Object.entries(steps).map(([key]) => key)', 'const all = []; for (const key in steps) all.push(key); return all', 'const seen = context["steps"]; return Object.keys(seen)']) {
			passes({ ...flow(all), on_complete: { code: use } }, { answers, expect: { output: ['first', 'second', 'third'] } });
			passes(flow([...all, http('last', { on_complete: { code: use } })]), { answers: { ...answers, last: { output: null } }, expect: { output: ['first', 'second', 'third'] } });
			passes(flow([...all, { key: 'last', kind: 'transform', value: 0, on_complete: { code: use } }]), { answers, expect: { output: ['first', 'second', 'third'] } });
		}
		for (const use of ['[steps.first.output, steps["second"].output, context.steps?.third.output]', "const { output: one } = steps.first; return [one, steps['second'].output, steps . third.output]"])
			passes({ ...flow(all), on_complete: { code: use } }, { answers, expect: { output: [1, 2, 3] } });
	});

	test('fills in the defaults of the input as the server does', () => {
		const definition = flow([{ key: 'end', kind: 'transform', value: ['{{input.n}}', '{{ input.n + 1 }}'] }], { n: { type: 'integer', default: 4 } });
		passes(definition, { expect: { output: [4, 5] } }, { input: { n: 1 }, expect: { output: [1, 2] } });
		fails(definition, { input: { n: 'x' } }, /input\/n/);
	});

	test('runs handlers, and keeps what a cache would', () => {
		const code = (text) => ({ code: text });
		passes(flow([http('ask', { on_start: code('if (context.input.url.includes("bad")) throw new Error("No")'), on_complete: code('return context.output.body + context.workflow.input.mark'),
			retry: { max_attempts: 2, delay_ms: 1 }, on_error: code('return "instead of " + context.error.code') })], { mark: { type: 'string' } }),
		{ input: { mark: '!' }, answers: { ask: { output: { body: 'a' } } }, expect: { output: 'a!' } },
		{ input: { mark: '!' }, answers: { ask: { error: { code: 'overloaded', message: 'Busy' } } }, expect: { output: 'instead of overloaded', steps: { ask: { attempts: 2 } } } });
		passes(flow([http('bad', { url: 'https://example.com/bad', on_start: code('throw new Error("No")') })]), { answers: { bad: { output: 1 } }, expect: { error: { code: 'handler' } } });
		passes(flow([{ key: 'each', kind: 'loop', items: ['a', 'b', 'a'], steps: [http('ask', { cache: { key: '{{loop.item}}', ttl_seconds: 60 } })] }]),
			{ answers: { ask: [{ output: 1 }, { output: 2 }, { output: 3 }] }, expect: { output: [1, 2, 1] } });
		const chance = { key: 'x', kind: 'transform', value: '{{ Math.random() + "" }}', on_complete: code('return [output]') };
		const kept = { cache: { key: '{{loop.item}}', ttl_seconds: 60 } };
		const same = { key: 'same', kind: 'transform', value: '{{ steps.each.output[0][0] === steps.each.output[2][0] && steps.each.output[0][0] !== steps.each.output[1][0] }}' };
		for (const inside of [{ ...chance, ...kept }, { key: 'all', kind: 'sequential', steps: [chance], ...kept }])
			passes(flow([{ key: 'each', kind: 'loop', items: ['a', 'b', 'a'], steps: [inside] }, same]), { expect: { output: true } });
	});

	test('runs the workflow\'s own handlers, and its output', () => {
		const definition = { ...flow([http('ask'), { key: 'end', kind: 'transform', value: '{{steps.ask.output.body}}' }], { mark: { type: 'string' }, stop: { type: 'boolean' } }), output: '{{ steps.end.output + input.mark }}',
			on_start: { code: 'if (context.input.stop) throw new Error("Stop"); return { mark: (context.input.mark ?? "") + "!" }' },
			on_complete: { code: 'if (context.output === "bad!") throw new Error("No");\nreturn context.output === "same!" ? undefined : [context.output, context.workflow.run_id]' },
			on_error: { code: 'if (context.error.code === "gone") return { instead: context.error.path }' } };
		passes(definition, { answers: { ask: { output: { body: 'a' } } }, expect: { output: ['a!', 'test'] } },
			{ input: { mark: '?' }, answers: { ask: { output: { body: 'a' } } }, expect: { output: ['a?!', 'test'] } },
			{ input: { stop: true }, expect: { error: { code: 'handler' }, steps: { ask: { status: 'pending' } } } },
			{ answers: { ask: { output: { body: 'same' } } }, expect: { output: 'same!' } },
			{ answers: { ask: { output: { body: 'bad' } } }, expect: { error: { code: 'handler', message: "The workflow's handler on_complete failed. Error: No" } } },
			{ answers: { ask: { error: { code: 'gone', message: 'Gone' } } }, expect: { output: { instead: 'ask' }, steps: { ask: { status: 'failed' } } } },
			{ answers: { ask: { error: { code: 'other', message: 'Other' } } }, expect: { error: { code: 'other' } } });
	});

	test('answers agents turn by turn; their tools are functions that run, or have answers', () => {
		const tools = [{ name: 'add', kind: 'function', code: 'return input.a + input.b', input_schema: { type: 'object', required: ['a', 'b'] } }, { name: 'look', kind: 'http', url: 'https://example.com/{{input.what}}' }];
		const definition = flow([{ key: 'ask', kind: 'agent', agent: 'Somebody', tools, max_turns: 3, input: { prompt: 'Go' } }]);
		const asks = (...calls) => ({ output: { text: '', calls: calls.map(([name, input], i) => ({ id: `${i}`, name, input })) } });
		passes(definition, { answers: { 'ask[*]/model': [asks(['add', { a: 1, b: 2 }], ['look', { what: 'x' }]), { output: { answer: 'Done' } }], look: { output: 'seen' } },
			expect: { output: 'Done', steps: { 'ask[0]/tools[0]/add': { output: 3 }, 'ask[0]/tools[1]/look': { input: { method: 'GET', url: 'https://example.com/x' } },
				'ask[0]': { output: { messages: [{ role: 'assistant', text: '', calls: asks(['add', { a: 1, b: 2 }], ['look', { what: 'x' }]).output.calls },
					{ role: 'tool', id: '0', name: 'add', output: 3 }, { role: 'tool', id: '1', name: 'look', output: 'seen' }] } } } } },
		{ answers: { model: asks(['add', { a: 1 }]) }, expect: { error: { code: 'max_turns' }, steps: { 'ask[2]/tools[0]/add': { status: 'failed' } } } });
		passes(flow([{ key: 'ask', kind: 'agent', agent: 'Somebody', input: { prompt: 'Go' } }]), { answers: { ask: { output: 'Hi' } }, expect: { output: 'Hi' } });
	});

	test('goes through loops, branches and groups as a server does', () => {
		const definition = flow([
			{ key: 'each', kind: 'loop', items: '{{input.list}}', max_concurrency: 2, steps: [http('send', { url: 'https://example.com/{{loop.item}}' }), { key: 'gave', kind: 'transform', value: '{{loop.index}}{{steps.send.output.body}}' }] },
			{ key: 'many', kind: 'conditional', condition: '{{steps.each.output.length}} > 2', then: 'long', else: 'short' },
			{ key: 'long', kind: 'parallel', steps: [http('one'), http('two')] },
			{ key: 'short', kind: 'transform', value: 'short' }], { list: { type: 'array' } });
		const answers = { 'each[*]/send': [{ output: { body: 'a' } }, { output: { body: 'b' } }], 'each[2]/send': { output: { body: 'third' } }, one: { output: 1, seconds: 5 }, two: { output: 2 } };
		passes(definition,
			{ input: { list: [1, 2, 3] }, answers, expect: { output: { one: 1, two: 2 }, steps: { each: { output: ['0a', '1b', '2third'] }, 'long/two': { output: 2 }, short: { status: 'skipped' } } } },
			{ input: { list: [] }, expect: { output: 'short', steps: { long: { status: 'skipped' }, each: { output: [] } } } });
		passes(definition, { input: { list: [1, 2] }, answers: { 'each[0]/send': { output: { body: 'x' } }, send: { error: { code: 'http_unreachable', message: 'Gone' } } }, expect: { error: { code: 'http_unreachable' } } });
		passes(flow([{ key: 'each', kind: 'loop', items: '{{input.list}}', steps: [{ key: 'in', kind: 'loop', items: '{{loop.item}}', steps: [{ key: 'x', kind: 'transform', value: '{{loop.item}}' }] }] }], { list: { type: 'array' } }),
			{ input: { list: [[1, 2], [], [3]] }, expect: { output: [[1, 2], [], [3]] } },
			{ input: { list: Array.from({ length: 300 }, (_, i) => [i]) }, expect: { output: Array.from({ length: 300 }, (_, i) => [i]) } });
	});

	test('says what people and signals say', () => {
		const definition = flow([{ key: 'ok', kind: 'approval' }, { key: 'paid', kind: 'signal' }, { key: 'again', kind: 'signal', signal: 'paid' }, { key: 'send', kind: 'http', url: 'https://example.com/', on_failure: 'ask' }, { key: 'end', kind: 'transform', value: ['{{steps.ok.output.data}}', '{{steps.paid.output}}', '{{steps.again.output}}'] }]);
		const all = { approvals: { ok: { data: { n: 1 } } }, signals: { paid: [5, 6] }, answers: { send: [{ error: { code: 'http_client_error', message: '404' } }, { output: 1 }] } };
		passes(definition, { ...all, decisions: { send: 'skip' }, expect: { output: [{ n: 1 }, 5, 6], steps: { send: { status: 'skipped' } } } }, { ...all, decisions: { send: 'retry' }, expect: { output: [{ n: 1 }, 5, 6], steps: { send: { output: 1 } } } },
			{ ...all, decisions: { send: 'stop' }, expect: { error: { code: 'http_client_error' } } }, { approvals: { ok: 'reject' }, expect: { error: { code: 'rejected' } } });
		fails(definition, all, /send failed and asks what to do\. Add decisions: \{send: skip\}/);
		fails(definition, { ...all, decisions: { send: 'maybe' } }, /none of retry, skip, stop/);
		fails(definition, { approvals: { ok: 'perhaps' } }, /neither approve nor reject/);
		fails(definition, {}, /ok waits for approval for ever\. Add approvals: \{ok:/);
		fails(definition, { approvals: { ok: 'approve' } }, /paid waits for the signal paid for ever\. Add signals: \{paid:/);
	});

	test('answers runs of other workflows, and leaves notes alone', () => {
		const definition = flow([{ key: 'note', kind: 'note', text: 'Look' }, { key: 'child', kind: 'workflow', workflow: { id: '01900000-0000-7000-8000-0000000001c2' }, input: { text: '{{input.text}}' }, timeout_seconds: 60, output: 'gave' }, { key: 'end', kind: 'transform', value: '{{outputs.gave}}!' }], { text: { type: 'string' } });
		passes(definition, { input: { text: 'a' }, answers: { child: { output: 'b', seconds: 50 } }, expect: { output: 'b!', steps: { child: { input: { text: 'a' } } } } },
			{ input: { text: 'a' }, answers: { child: { output: 'b', seconds: 70 } }, expect: { error: { code: 'timeout' } } },
			{ input: { text: 'a' }, answers: { child: { error: { code: 'child_cancelled', message: 'Gone' } } }, expect: { error: { code: 'child_cancelled' } } });
		fails(definition, { input: { text: 'a' } }, /child \(workflow\) is called and the test has no answer/);
	});

	test('believes prompts to be what their steps take them for', () => {
		passes(flow([{ key: 'ask', kind: 'prompt', prompt: { id: '01900000-0000-7000-8000-000000000abc' }, input: { text: '{{input.text}}' } }, { key: 'end', kind: 'transform', value: '{{steps.ask.output}}' }], { text: { type: 'string' } }),
			{ input: { text: 'a' }, answers: { ask: { output: 'b' } }, expect: { output: 'b', steps: { ask: { input: { text: 'a' } } } } });
	});

	test('may hold its workflow, in the words of any document', () => {
		put('own.test.yaml', 'definition:\n  args: {type: object, properties: {n: {type: integer}}}\n  steps:\n    - {id: each, type: loop, items: [1, 2], steps: [{id: add, type: transform, value: "{{loop.item}}"}]}\n    - {id: rest, type: wait, duration: 30s, dependsOn: each}\ntests:\n  - name: waits\n    input: {n: 1}\n    expect: {steps: {"each[1]/add": {output: 2}, rest: {status: completed}}}\n');
		const r = stepmill(['workflow', 'test', 'own.test.yaml']);
		assert.deepEqual([r.status, /# 1 passed, 0 failed/.test(r.out)], [0, true], r.out + r.err);
	});
	test('has a clock of its own, and variables', () => {
		passes(flow([{ key: 'when', kind: 'transform', value: '{{ new Date().toISOString().slice(0, 10) }}' }, { key: 'until', kind: 'wait', until: '2030-06-01T00:00:00Z' }, { key: 'then', kind: 'transform', value: '{{ steps.when.output + " " + new Date().toISOString().slice(0, 10) }}' }]),
			{ start: '2030-01-31T12:00:00Z', expect: { output: '2030-01-31 2030-06-01' } }, { expect: { output: '2026-01-01 2030-06-01' } });
		passes(flow([{ key: 'a', kind: 'transform', value: '{{env.NAME}}!' }]), { env: { NAME: 'x' }, expect: { output: 'x!' } });
		passes(flow([http('slow', { timeout_seconds: 10 })]), { answers: { slow: { output: 1, seconds: 9 } }, expect: { output: 1 } }, { answers: { slow: { output: 1, seconds: 11 } }, expect: { error: { code: 'timeout' } } });
	});

	test('fails when what comes out is not what is expected, and says both', () => {
		const definition = flow([http('ask'), { key: 'end', kind: 'transform', value: '{{steps.ask.output}}' }], { n: { type: 'integer' } });
		const answers = { ask: { output: { a: 1 } } };
		fails(definition, { answers, expect: { output: { a: 2 } } }, /^output: expected \{"a":2\}, and it is \{"a":1\}$/);
		fails(definition, { answers, expect: { status: 'failed' } }, /^status: expected "failed", and it is "completed"$/);
		fails(definition, { answers, expect: { error: { code: 'x' } } }, /error: expected \{"code":"x"\}, and it is nothing/);
		fails(definition, { answers, expect: { steps: { ask: { attempts: 2, output: 3, input: 5, status: 'skipped' }, end: { status: 'skipped' } } } },
			/ask: expected "skipped".*\n.*attempts of ask: expected 2, and it is 1\n.*input of ask: .*\n.*output of ask: .*\n.*end: expected "skipped", and it is "completed"/);
		fails(definition, { answers: { ask: { error: { code: 'x', message: 'No' } } }, expect: { error: { code: 'x' }, steps: { end: { status: 'completed' } } } }, /end: expected "completed", and it is "pending"/);
		fails(definition, {}, /ask \(http\) is called and the test has no answer for it/);
		fails(definition, { answers: { ask: 5 } }, /The answer of ask is not \{"output"/);
		fails(definition, { answers: { ask: { output: 1, error: {} } } }, /The answer of ask is not/);
		fails(definition, { answers, input: { n: 'x' } }, /input\/n: /);
		fails(flow([{ key: 'x', kind: 'transform', value: '{{ input.n.o.p }}' }], { n: {} }), { input: { n: {} } }, /"code":"(expression|template|[a-z_]+)"/);
	});
});

describe('files of tests', () => {
	test('are found below a directory, named from where one stands, and reported as TAP', () => {
		put('flows/greet.yaml', 'name: Greet\ntype: flow\ninput: {type: object, properties: {go: {type: boolean}}}\nsteps:\n  - {key: b, kind: http, url: "https://example.com", condition: "{{input.go ?? false}}"}\n  - {key: a, kind: transform, value: hello}\n');
		put('flows/greet.test.yaml', 'workflow: greet.yaml\ntests:\n  - {name: "greets #1", expect: {output: hello}}\n  - {name: parts, expect: {output: bye}, answers: {b: {output: 1}}}\n');
		put('flows/deep/several.yaml', 'workflows:\n  - {id: one, type: flow, input: {type: object, properties: {}}, steps: [{id: a, type: transform, value: 1}]}\n  - {id: two, type: flow, input: {type: object, properties: {}}, steps: [{id: a, type: transform, value: 2}]}\n');
		put('flows/deep/two.test.yml', 'workflow: several.yaml#two\ntests: [{name: is two, expect: {output: 2}}]\n');
		put('flows/node_modules/x.test.yaml', 'nothing');
		const r = stepmill(['workflow', 'test', 'flows']);
		assert.deepEqual([r.status, r.err], [1, '']);
		assert.equal(r.out, 'TAP version 13\n1..3\nok 1 - flows/deep/two.test.yml: is two\nok 2 - flows/greet.test.yaml: greets \\#1\nnot ok 3 - flows/greet.test.yaml: parts\n' +
			'# answers.b was not asked for\n  ---\n  problems:\n    - "output: expected \\"bye\\", and it is \\"hello\\""\n  ...\n# 2 passed, 1 failed\n');
		assert.equal(stepmill(['workflow', 'test', 'flows/deep/']).status, 0);
		assert.match(stepmill(['workflow', 'test', 'flows', '--json']).out, /^\{"file":"flows\/deep\/two\.test\.yml","name":"is two","ok":true,"problems":\[\]\}\n/);
	});

	test('that are wrong run nothing, and say where', () => {
		const bad = (content, said, name = 'bad.test.yaml') => {
			put(`bad/${name}`, content);
			const r = stepmill(['workflow', 'test', `bad/${name}`]);
			assert.deepEqual([r.status, r.out, said.test(r.err)], [2, '', true], r.err);
		};
		const definition = 'definition: {type: flow, input: {type: object, properties: {}}, steps: [{key: a, kind: transform, value: 1}]}\n';
		bad(`${definition}tests:\n  - {name: x, expct: {}}\n`, /^bad\/bad\.test\.yaml:3:\d+: A test has no expct\. Did you mean expect\?\n$/);
		bad(`${definition}tests:\n  - {name: x, expect: {outptu: 1}}\n`, /:3:\d+: expect has no outptu\. Did you mean output\?/);
		bad(`${definition}tests:\n  - {expect: {}}\n`, /:3:\d+: The test has no name/);
		bad(`${definition}tests: []\n`, /tests is not a list of tests/);
		bad(`${definition}tests:\n  - {name: x, answers: [1]}\n`, /answers is not an object/);
		const nested = 'definition:\n  steps:\n    - {id: review, type: parallel, steps: [{id: grammar, type: transform, value: 1}]}\n';
		bad(`${nested}tests:\n  - {name: x, expect: {steps: {revew: {}}}}\n`, /:5:\d+: There is no step `revew`\. Did you mean `review`\?\n$/);
		bad(`${nested}tests:\n  - {name: x, expect: {steps: {grammar: {}}}}\n`, /There is no step `grammar`\. Name it by its path, `review\/grammar`\.\n$/);
		bad(`${nested}tests:\n  - {name: x, answers: {zzz: {output: 1}}}\n`, /There is no step `zzz`\.\n$/);
		bad(`${nested}tests:\n  - {name: x, decisions: {"review/gramar": skip}}\n`, /There is no step `review\/gramar`\. Did you mean `review\/grammar`\?/);
		bad('definition: {workflows: [{id: a, steps: []}, {id: b, steps: []}]}\ntests: [{name: x}]\n', /definition is not one workflow/);
		bad('tests: [{name: x}]\n', /needs workflow: FILE, or definition/);
		bad('workflow: nowhere.yaml\ntests: [{name: x}]\n', /nowhere\.yaml cannot be opened/);
		bad('workflow: [\n', /bad\.test\.yaml:\d+:\d+: /);
		bad('{"definition": {"type": "flow", "steps": [{"key": "a", "kind": "transform",\n "value": "{{steps.b.output}}"}]}, "tests": [{"name": "x"}]}', /bad\.test\.json:2:\d+: .*`b`/, 'bad.test.json');
		put('bad/several.yaml', fs.readFileSync(`${dir}/flows/deep/several.yaml`, 'utf8'));
		bad('workflow: several.yaml\ntests: [{name: x}]\n', /There are several in that file\. Name one: FILE#NAME/);
		bad('workflow: several.yaml#three\ntests: [{name: x}]\n', /No workflow in that file has this name/);
		put('empty/readme', '');
		for (const where of ['nowhere', 'empty']) assert.equal(stepmill(['workflow', 'test', where]).status, 2);
	});
});

describe('--record', () => {
	let stack, client;
	before(async () => {
		stack = await startStack();
		client = await stack.signIn();
	});
	after(() => stack?.stop());
	const online = (...args) => stepmill(args, { STEPMILL_URL: stack.url, STEPMILL_EMAIL: demo.email, STEPMILL_PASSWORD: demo.password });

	test('makes a test of a run that passes here, and fails when an answer is another', async () => {
		const { body: workflow } = await client.post(`/workspaces/${client.workspace}/workflows`, { name: 'Recorded', definition: flow([
			{ key: 'ok', kind: 'approval' }, { key: 'go', kind: 'signal', signal: 'begin' },
			{ key: 'gone', kind: 'http', url: 'http://127.0.0.1:1/', on_failure: 'continue' },
			{ key: 'each', kind: 'loop', items: '{{input.list}}', steps: [{ key: 'call', kind: 'http', url: 'http://127.0.0.1:1/', on_failure: 'continue' }, { key: 'twice', kind: 'transform', value: '{{loop.item}}{{loop.item}}' }] },
			{ key: 'long', kind: 'function', code: 'return "x".repeat(100000)' },
			{ key: 'end', kind: 'transform', value: { list: '{{steps.each.output}}', why: '{{steps.gone.error.code}}', data: '{{steps.go.output}}', said: '{{steps.ok.output.comment}}' } }], { list: { type: 'array' } }) });
		assert.ok(workflow.id, JSON.stringify(workflow));
		const id = online('run', 'Recorded', 'list=["a", "b"]').out.trim();
		const early = online('workflow', 'test', '--record', id);
		assert.deepEqual([early.status, /has not ended/.test(early.err)], [2, true], early.err);
		await until('it to wait', async () => (await client.get(`/workspaces/${client.workspace}/runs/${id}`)).body.steps[0].step_run?.status === 'waiting');
		assert.equal(online('run', 'approve', id, '--comment', 'Fine').status, 0);
		assert.equal(online('run', 'signal', id, 'begin', '--data', '{"n": 1}').status, 0);
		assert.equal(online('run', 'watch', id).status, 0);
		const recorded = online('workflow', 'test', '--record', id);
		assert.equal(recorded.status, 0, recorded.err);
		put('recorded/it.test.json', recorded.out);
		const again = stepmill(['workflow', 'test', 'recorded']);
		assert.deepEqual([again.status, again.err], [0, ''], again.out);
		const doc = JSON.parse(recorded.out);
		assert.deepEqual(Object.keys(doc.tests[0].answers).sort(), ['each[0]/call', 'each[1]/call', 'gone']);
		assert.deepEqual([doc.tests[0].expect.output.said, doc.tests[0].signals], ['Fine', { begin: [{ n: 1 }] }]);
		doc.tests[0].signals.begin = [{ n: 2 }];
		put('recorded/it.test.json', doc);
		assert.equal(stepmill(['workflow', 'test', 'recorded']).status, 1);
	});

	test('of agents with tools and of decisions about failures', async () => {
		const at = (what) => `/workspaces/${client.workspace}/${what}`;
		const agent = await client.post(at('agents'), { name: 'Adder', kind: 'prompt', config: { options: { stream_ms: 0, calls: [[{ name: 'add', input: { a: 1, b: 2 } }, { name: 'none' }]] },
			tools: [{ name: 'add', kind: 'function', code: 'return input.a + input.b' }] } });
		assert.equal(agent.status, 201, JSON.stringify(agent.body));
		const failing = (key) => ({ key, kind: 'http', url: 'http://127.0.0.1:1/', on_failure: 'ask' });
		const { body: workflow } = await client.post(at('workflows'), { name: 'Decided', definition: flow([{ key: 'ask', kind: 'agent', agent: 'Adder', input: { prompt: 'Go' } },
			failing('first'), failing('second'), { key: 'end', kind: 'transform', value: '{{steps.ask.output}}' }]) });
		assert.ok(workflow.id, JSON.stringify(workflow));
		const id = online('run', 'Decided').out.trim();
		const decide = async (step, attempt, decision) => {
			await until(`${step} to ask`, async () => (await client.get(at(`runs/${id}`))).body.steps.find((s) => s.key === step).step_run?.waiting_for === 'decision'
				&& (await client.get(at(`runs/${id}`))).body.steps.find((s) => s.key === step).step_run.attempt === attempt);
			const answer = await client.post(at(`runs/${id}/failures/${step}`), { decision });
			assert.equal(answer.status, 202, JSON.stringify(answer.body));
		};
		await decide('first', 1, 'retry');
		await decide('first', 2, 'skip');
		await decide('second', 1, 'skip');
		assert.equal(online('run', 'watch', id).status, 0);
		const doc = JSON.parse(online('workflow', 'test', '--record', id).out);
		assert.deepEqual([doc.tests[0].decisions, Object.keys(doc.tests[0].answers).sort()], [{ first: ['retry', 'skip'], second: ['skip'] }, ['ask[0]/model', 'ask[1]/model', 'first', 'second']]);
		put('decided/it.test.json', doc);
		const again = stepmill(['workflow', 'test', 'decided']);
		assert.deepEqual([again.status, again.err], [0, ''], again.out);
		doc.tests[0].decisions.second = ['stop'];
		put('decided/it.test.json', doc);
		assert.equal(stepmill(['workflow', 'test', 'decided']).status, 1);
	});

	test('of prompts, too', () => {
		const id = online('run', '01900000-0000-7000-8000-0000000001c2', 'text=hello').out.trim();
		assert.equal(online('run', 'watch', id).status, 0);
		put('prompts/it.test.json', online('workflow', 'test', '--record', id).out);
		const r = stepmill(['workflow', 'test', 'prompts']);
		assert.deepEqual([r.status, r.err], [0, ''], r.out);
	});
});

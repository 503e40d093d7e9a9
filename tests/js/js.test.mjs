// stepmill-js from outside: what it answers, and what hostile code gets out of it: nothing.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { absent, bounded, greedy, leftovers, makers, reaching, unwritten } from './hostile.mjs';
import { CALL, CHECK, CHECK_CODE, Process } from './process.mjs';

let js;

async function fresh() {
	if (js) await js.stop();
	js = await Process.start();
}

before(fresh);
after(() => js.stop());

async function ends(source) {
	const { how } = await js.watched({ sources: [source], scope: '{"input":{},"steps":{}}', cpu: 100 });
	if (/^(timed_out|killed|died)$/.test(how)) js = await Process.start();
	return how;
}

describe('expressions', () => {
	test('are given the input and the steps, and answer with any JSON', async () => {
		const scope = { input: { n: 2, list: [{ name: 'a' }, { name: 'é😀' }] }, steps: { 'fetch-it': { output: 'x' } } };
		assert.equal(await js.value('input.list.map(x => x.name).join(", ")', scope), 'a, é😀');
		assert.deepEqual(await js.value('({ n: input.n ** 2, list: [...input.list], none: null })', scope), { n: 4, list: scope.input.list, none: null });
		assert.equal(await js.value('steps["fetch-it"].output + `${input.n}`', scope), 'x2');
		assert.equal(await js.value('input.n > 1 && !steps.absent', scope), true);
		assert.equal(await js.value('/* why */ input.n // and a line\n', scope), 2);
	});

	test('that give nothing, throw or are none say so with their place', async () => {
		assert.equal((await js.one('undefined')).status, 'nothing');
		assert.equal((await js.one('() => 1')).status, 'nothing');
		assert.deepEqual(await js.one('1 +\n absent.x'), { status: 'threw', line: 2, column: 8, text: "ReferenceError: Can't find variable: absent" });
		const syntax = await js.one('1 +\n a b', { kind: CHECK });
		assert.equal(syntax.status, 'syntax');
		assert.equal(syntax.line, 2);
		assert.match((await js.one('0 / 0')).text, /not a finite number/);
	});

	test('of one request see each its own scope', async () => {
		const { results } = await js.ask({ scope: '{"input":{"a":[3,1,2]}}', sources: ['input.a.sort()[0]', 'input.a[0]', 'input.a.length = 0', 'input.a.length'] });
		assert.deepEqual(results.map((r) => r.text), ['1', '3', '0', '3']);
	});

	test('are told the time and the chance that was given, and no other', async () => {
		const source = '[new Date().getTime(), Date.now(), Date(), new Date(0).constructor.now(), Reflect.construct(Date, []).getTime(), new (class extends Date {})().getTime(), ' +
			'new Intl.DateTimeFormat("en", { dateStyle: "full" }).format(), new Intl.DateTimeFormat("en").formatToParts().map(p => p.value).join(""), ' +
			'new Date(2024, 0, 31).toISOString(), Math.random(), Math.random()]';
		const now = Date.UTC(2031, 4, 6, 7, 8, 9, 10);
		const one = await js.value(source, {}, { now, seed: 5n }), again = await js.value(source, {}, { now, seed: 5n });
		assert.deepEqual(one, again);
		assert.deepEqual(one.slice(0, 9), [now, now, 'Tue May 06 2031 07:08:09 GMT+0000 (Coordinated Universal Time)', now, now, now,
			'Tuesday, May 6, 2031', '5/6/2031', '2024-01-31T00:00:00.000Z']);
		assert.notEqual(one[9], one[10]);
		assert.notDeepEqual(await js.value(source, {}, { now, seed: 6n }), one);
	});

	test('a request of a thousand is answered whole, and many requests at once in their order', async () => {
		const { results } = await js.ask({ scope: '{"input":{"n":1}}', sources: Array.from({ length: 1000 }, (_, i) => `input.n + ${i}`) });
		assert.deepEqual(results.map((r) => Number(r.text)), Array.from({ length: 1000 }, (_, i) => i + 1));
		const all = await Promise.all(Array.from({ length: 200 }, (_, i) => js.value(`input.i * 2`, { input: { i } })));
		assert.deepEqual(all, Array.from({ length: 200 }, (_, i) => i * 2));
	});
});

describe('code', () => {
	const call = (source, input = {}) => js.ask({ kind: CALL, scope: JSON.stringify({ input }), sources: [source] });

	test('is called with its input, may wait for promises, and what it logs comes back', async () => {
		const said = await call('console.log("got", input); const x = await Promise.resolve(input.a); return { x, y: [1].map(v => v + x) };', { a: 4 });
		assert.deepEqual(said, { results: [{ status: 'ok', line: 0, column: 0, text: '{"x":4,"y":[5]}' }], log: 'got {"a":4}\n' });
	});

	test('that throws, waits for nothing or is none says so', async () => {
		assert.deepEqual((await call('\nthrow new TypeError("no")')).results[0], { status: 'threw', line: 2, column: 20, text: 'TypeError: no' });
		assert.match((await call('await new Promise(() => {})')).results[0].text, /promise/);
		assert.equal((await call('1 +')).results[0].status, 'syntax');
		assert.equal((await js.one('const a = 1;\nreturn a +;', { kind: CHECK_CODE })).line, 2);
		assert.equal((await js.one('const a = 1; return a;', { kind: CHECK_CODE })).status, 'ok');
		for (const source of ['}); (async function(){', '}, function(){', '})(', '} {'])
			assert.equal((await js.one(source, { kind: CHECK_CODE })).status, 'syntax', source);
		assert.equal((await call('')).results[0].status, 'nothing');
	});

	test('logs no more than is kept', async () => {
		const { log } = await call('for (let i = 0; i < 1000; i++) console.log("é".repeat(1000)); return 1');
		assert.ok(Buffer.byteLength(log) <= 65537, String(log.length));
		assert.ok(log.length > 30000);
	});
});

describe('the process', () => {
	test('is nobody, filtered, and has no descriptor but its channel and its own', async () => {
		const dir = `/proc/${js.child.pid}`;
		const status = readFileSync(`${dir}/status`, 'utf8');
		assert.match(status, /^Seccomp:\t2$/m);
		assert.match(status, /^NoNewPrivs:\t1$/m);
		if (process.getuid() === 0) assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
		assert.match(status, /^CapEff:\t0+$/m);
		for (const task of readdirSync(`${dir}/task`)) assert.match(readFileSync(`${dir}/task/${task}/status`, 'utf8'), /^Seccomp:\t2$/m);
		const limits = readFileSync(`${dir}/limits`, 'utf8');
		for (const name of ['open files', 'file size', 'processes', 'core file size']) assert.match(limits, new RegExp(`^Max ${name} +0 +0`, 'm'));
		assert.doesNotMatch(readFileSync(`${dir}/maps`, 'utf8'), / [r-]wx/);
		if (process.getuid() !== 0) return;
		const open = readdirSync(`${dir}/fd`).map((fd) => readlinkSync(`${dir}/fd/${fd}`));
		for (const what of open) assert.match(what, /^(\/dev\/(null|urandom)|socket:\[\d+\]|anon_inode:\[event(fd|poll)\]|\/proc\/\d+\/statm)$/, open.join());
		assert.equal(open.filter((what) => what.startsWith('socket:')).length, 1);
	});

	test('has nothing of our environment', async (t) => {
		const other = await Process.start({ env: { PGPASSWORD: 'canary', Malloc: undefined } });
		t.after(() => other.stop());
		if (process.getuid() === 0) assert.doesNotMatch(readFileSync(`/proc/${other.child.pid}/environ`, 'utf8'), /canary/);
		assert.equal(await other.value('1 + 1'), 2);
	});

	test('ends when its channel is closed', async () => {
		const other = await Process.start();
		other.channel.destroy();
		assert.deepEqual(await other.exited, { code: 0, signal: null });
	});

	test('ends at a request that is none', async () => {
		for (const bytes of [[0xff, 0xff, 0xff, 0xff], [4, 0, 0, 0, 9, 9, 9, 9], [0, 0, 0, 0]]) {
			const other = await Process.start();
			other.channel.write(Buffer.from(bytes));
			assert.deepEqual(await other.exited, { code: 0, signal: null });
		}
	});
});

describe('hostile code', () => {
	test('dies of what it takes, and never has more than its limit', async (t) => {
		// Again, until it was looked at while it had much: on a busy machine nobody may have looked.
		for (let most = 0, tries = 0; most <= 100 * 1024; tries++) {
			assert.ok(tries < 50, `${most} KB at most`);
			const other = await Process.start();
			t.after(() => other.stop());
			const watch = setInterval(() => {
				try {
					most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${other.child.pid}/status`, 'utf8'))?.[1] ?? 0));
				} catch { /* it is gone */ }
			}, 10);
			const said = await other.one('(() => { const a = []; for (;;) a.push({ a }) })()', { cpu: 60000 });
			clearInterval(watch);
			assert.equal(said, null);
			assert.ok(most < 320 * 1024, `${most} KB`);
		}
	});

	test('finds nothing that is not the language', async (t) => {
		for (const source of absent) await t.test(source, async () => assert.equal(await js.value(source), true));
	});

	test('makes no code from text', async (t) => {
		for (const source of makers) await t.test(source, async () => assert.equal((await js.one(source, { scope: '{"input":{},"steps":{}}' })).status, 'threw'));
	});

	test(`reaches nothing from any value, in ${reaching.length} ways`, async (t) => {
		const other = await Process.start({ env: { CANARY: 'canary' } });
		t.after(() => other.stop());
		for (let from = 0; from < reaching.length; from += 100) {
			const sources = reaching.slice(from, from + 100);
			const said = await other.ask({ sources, scope: '{"input":{},"steps":{}}', cpu: 20000 });
			said.results.forEach((result, i) => assert.equal(result.status, 'threw', `${sources[i]} ${JSON.stringify(result)}`));
			assert.doesNotMatch(JSON.stringify(said), /canary|root:/);
		}
		assert.equal(await other.value('1 + 1'), 2);
	});

	test('that is no expression is refused before it runs', async (t) => {
		for (const source of unwritten) await t.test(JSON.stringify(source), async () => assert.equal((await js.one(source, { kind: CHECK })).status, 'syntax'));
	});

	test('leaves nothing to the next', async (t) => {
		for (const [first, then] of leftovers) {
			await t.test(first, async () => {
				await js.one(first, { scope: '{"input":{},"steps":{}}' });
				assert.equal(await js.value(then), true);
			});
		}
	});

	test('is stopped at a depth or a size, and the next is answered', async (t) => {
		for (const source of bounded) {
			await t.test(source, async () => {
				const { pid } = js.child;
				const said = await js.one(source, { scope: '{"input":{},"steps":{}}', cpu: 5000 });
				assert.match(said?.status ?? 'died', /^(threw|too_large|syntax|nothing)$/);
				assert.equal(await js.value('1 + 1'), 2);
				assert.equal(js.child.pid, pid);
			});
		}
	});

	test('that would take all time or memory is ended, and answers nothing', async (t) => {
		for (const source of greedy) {
			await t.test(source, async (inner) => {
				const how = await ends(source);
				inner.diagnostic(how);
				assert.match(how, /^(timed_out|died|killed|too_large|threw)$/);
				assert.equal(await js.value('1 + 1'), 2);
			});
		}
	});
});

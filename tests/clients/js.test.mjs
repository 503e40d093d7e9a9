// The JavaScript client as it is packed: its examples, its types, and that it loses nothing when connections break, against the real server.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root, startStack } from '../harness/stack.mjs';

const bin = path.join(root, 'tests/node_modules/.bin');
const INSTANT = '01900000-0000-7000-8000-0000000001c2';

let stack, dir, lib, token;
before(async () => {
	stack = await startStack();
	const { body } = await (await stack.signIn()).post('/account/tokens', { name: 'JavaScript', scopes: ['read', 'runs:write', 'workflows:write'] });
	token = body.token;
	dir = `${stack.dir}/app`;
	fs.mkdirSync(`${dir}/node_modules/stepmill`, { recursive: true });
	// What npm packs is what is tested.
	execFileSync('npm', ['pack', '--silent', '--pack-destination', stack.dir], { cwd: `${root}/clients/js`, stdio: 'pipe', env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, npm_config_update_notifier: 'false' } });
	execFileSync('tar', ['xzf', `${stack.dir}/stepmill-0.1.0.tgz`, '--strip-components=1', '-C', `${dir}/node_modules/stepmill`]);
	fs.writeFileSync(`${dir}/package.json`, '{"type": "module"}');
	lib = await import(`${dir}/node_modules/stepmill/src/index.js`);
});
after(() => stack?.stop());

const client = (more) => lib.createClient({ server: stack.url, token, ...more });
const env = () => ({ PATH: process.env.PATH, STEPMILL_URL: stack.url, STEPMILL_TOKEN: token });
const flow = (name, steps, more) => lib.defineWorkflow({ name, input: { type: 'object', properties: {} }, steps, ...more });
const rejected = (promise) => promise.then(() => assert.fail('it was not rejected'), (error) => error);

describe('the package', () => {
	test('holds what it needs, and depends on nothing', () => {
		const packed = JSON.parse(fs.readFileSync(`${dir}/node_modules/stepmill/package.json`, 'utf8'));
		assert.deepEqual([packed.dependencies, packed.peerDependencies, packed.type], [undefined, undefined, 'module']);
		const files = fs.readdirSync(`${dir}/node_modules/stepmill`, { recursive: true }).filter((name) => /\./.test(name)).sort();
		assert.deepEqual(files, ['README.md', 'index.d.ts', 'package.json', 'schema.d.ts', ...['client', 'define', 'errors', 'events', 'http', 'index'].map((name) => `src/${name}.js`)].sort());
	});

	test('its types fit its code, and what the contract does not know does not compile', () => {
		fs.writeFileSync(`${dir}/good.ts`, `import { createClient, defineWorkflow, createWorkflow, Problem, RunFailed, type Run, type RunEvent } from 'stepmill';
			const stepmill = createClient();
			const run: Run = await stepmill.runWorkflow('x', { text: 'y' }, { onEvent: (event: RunEvent) => console.log(event.seq) });
			const id: string = (await stepmill.runWorkflow('x', {}, { wait: false })).workflow_id;
			for await (const one of stepmill.runs({ status: ['failed'] })) console.log(one.steps_done, id, run.output);
			await stepmill.push(defineWorkflow({ name: 'x', steps: [{ key: 'a', kind: 'function', run: (input) => input.n + 1 }] }));
			await stepmill.push(createWorkflow('y').addStep('a', { type: 'wait', duration: 5 }).onStepError('a', (key, error) => [key, error]).build());
			try { await stepmill.wait(id); } catch (error) { if (error instanceof RunFailed) console.log(error.run.steps.length); if (error instanceof Problem) console.log(error.errors[0]?.path); }\n`);
		const bad = ['createClient({ servr: "x" })', '(await createClient().run("x")).stepz', 'await createClient().runWorkflow(5)', '(await createClient().runWorkflow("x", {}, { wait: false })).output', 'createClient().retry("x", { from: "middle" })'];
		fs.writeFileSync(`${dir}/bad.ts`, `import { createClient } from 'stepmill';\n${bad.join(';\n')};\n`);
		const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom,dom.asynciterable', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--types', 'node',
			'--typeRoots', `${root}/tests/node_modules/@types`, '--allowImportingTsExtensions'];
		const tsc = (...files) => spawnSync(`${bin}/tsc`, [...options, ...files], { cwd: dir, encoding: 'utf8' }).stdout;
		assert.equal(tsc('good.ts'), '');
		const errors = tsc('--skipLibCheck', 'bad.ts');
		assert.deepEqual([...new Set([...errors.matchAll(/^bad\.ts\((\d+),/gm)].map((m) => Number(m[1])))], bad.map((_, i) => i + 2), errors);
		assert.equal(tsc('--skipLibCheck', '--allowJs', '--checkJs', `${root}/clients/js/src/index.js`), '');
	});

	test('every example of its README does what it says', () => {
		const text = fs.readFileSync(`${dir}/node_modules/stepmill/README.md`, 'utf8');
		const examples = [...text.matchAll(/```js\n([^]*?)```/g)].map((m) => m[1]);
		assert.ok(examples.length >= 6);
		examples.forEach((example, i) => {
			fs.writeFileSync(`${dir}/example${i}.mjs`, example);
			const r = spawnSync(process.execPath, [`example${i}.mjs`], { cwd: dir, encoding: 'utf8', env: env() });
			assert.deepEqual([i, r.status, r.stdout], [i, 0, [...example.matchAll(/^\/\/ → (.*)$/gm)].map((m) => `${m[1]}\n`).join('')], r.stderr);
		});
	});
});

/** A way to the server that is cut after so many bytes of an answer, again and again. */
async function unreliable(bytes) {
	const cuts = { count: 0, refuse: 0 };
	const proxy = net.createServer((socket) => {
		if (cuts.refuse > 0) {
			cuts.refuse--;
			socket.destroy();
			return;
		}
		const server = net.connect(stack.port, '127.0.0.1');
		let sent = 0;
		socket.on('error', () => server.destroy());
		server.on('error', () => socket.destroy());
		socket.on('close', () => server.destroy());
		socket.pipe(server);
		server.on('data', (piece) => {
			const live = cuts.bytes && sent + piece.length > cuts.bytes;
			socket.write(live ? piece.subarray(0, cuts.bytes - sent) : piece);
			sent += piece.length;
			if (!live) return;
			cuts.count++;
			cuts.refuse = cuts.count % 2;
			socket.destroy();
		});
		server.on('close', () => socket.end());
	}).listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	return { cuts, url: `http://127.0.0.1:${proxy.address().port}`, cutAfter: () => (cuts.bytes = bytes), close: () => proxy.close() };
}

describe('a run that is followed', () => {
	test('gives every event once and in order, however often the connection is cut', async () => {
		const way = await unreliable(1700);
		const stepmill = client({ server: way.url });
		const steps = Array.from({ length: 8 }, (_, i) => [{ key: `say${i}`, kind: 'function', run: () => console.log('é'.repeat(100)) }, { key: `rest${i}`, kind: 'wait', seconds: 0.1 }]).flat();
		await stepmill.push(flow('Chatty', steps));
		const { id } = await stepmill.runWorkflow('Chatty', {}, { wait: false });
		way.cutAfter();
		const seen = [];
		for await (const event of stepmill.events(id)) seen.push(event);
		way.close();
		assert.ok(way.cuts.count > 3, `${way.cuts.count} cuts`);
		assert.deepEqual(seen.map((e) => e.seq), seen.map((_, i) => i + 1));
		assert.equal(seen.at(-1).type, 'run.completed');
		assert.deepEqual(seen.filter((e) => e.type === 'step.output').map((e) => e.data.text.trim()), Array(8).fill('é'.repeat(100)));
		const rest = [];
		for await (const event of client().events(id, { after: seen.length - 2 })) rest.push(event.seq);
		assert.deepEqual(rest, [seen.length - 1, seen.length]);
	});

	test('that fails is an error with the run in it; a signal ends the waiting, not the run', async () => {
		const stepmill = client();
		await stepmill.push(flow('Failing', [{ key: 'bad', kind: 'function', run: () => { throw new Error('No luck'); } }]));
		const failed = await rejected(stepmill.runWorkflow('Failing'));
		assert.ok(failed instanceof lib.RunFailed);
		assert.deepEqual([failed.path, failed.run.status, /No luck/.test(failed.message)], ['bad', 'failed', true]);
		await stepmill.push(flow('Waiting', [{ key: 'go', kind: 'signal' }, { key: 'ok', kind: 'approval' }]));
		const { id } = await stepmill.runWorkflow('Waiting', {}, { wait: false });
		const stop = new AbortController();
		const waiting = rejected(stepmill.wait(id, { signal: stop.signal }));
		stop.abort(new Error('Enough'));
		assert.equal((await waiting).message, 'Enough');
		assert.equal((await stepmill.run(id)).finished_at, null);
		await stepmill.signal(id, 'go', { n: 1 });
		for await (const event of stepmill.events(id)) if (event.type === 'step.waiting' && event.path === 'ok') break;
		await stepmill.approve(id, 'ok', { comment: 'Fine' });
		assert.equal((await stepmill.wait(id)).status, 'completed');
		const { id: other } = await stepmill.runWorkflow('Waiting', {}, { wait: false });
		await stepmill.cancel(other);
		assert.equal((await rejected(stepmill.wait(other))).code, 'cancelled');
	});

	test('gives a large output whole', async () => {
		const stepmill = client();
		await stepmill.push(flow('Large', [{ key: 'big', kind: 'function', run: () => 'x'.repeat(200_000) }]));
		assert.equal((await stepmill.runWorkflow('Large')).output.length, 200_000);
	});

	test('is one run, though its answer was lost', async () => {
		const stepmill = client();
		const key = crypto.randomUUID();
		const one = await stepmill.runWorkflow(INSTANT, { text: 'x' }, { wait: false, idempotencyKey: key });
		assert.equal((await stepmill.runWorkflow(INSTANT, { text: 'x' }, { wait: false, idempotencyKey: key })).id, one.id);
		const way = await unreliable(0);
		way.cuts.refuse = 2;
		assert.equal((await client({ server: way.url }).runWorkflow('Instant chain', { text: 'x' })).output, 'x');
		assert.equal(way.cuts.refuse, 0);
		way.close();
	});
});

describe('errors', () => {
	test('say what the server said, or that there is none', async () => {
		const problem = await rejected(client().run('01900000-0000-7000-8000-000000000000'));
		assert.ok(problem instanceof lib.Problem);
		assert.deepEqual([problem.status, problem.code, problem.retryable, typeof problem.requestId], [404, 'not_found', false, 'string']);
		assert.equal((await rejected(client({ token: 'sm_wrong' }).workflow(INSTANT))).status, 401);
		const away = await rejected(client({ server: 'http://127.0.0.1:1' }).workflow(INSTANT));
		assert.ok(away instanceof lib.Unreachable, String(away));
		assert.match((await rejected(client({ workspace: 'elsewhere' }).workflow(INSTANT))).message, /do not belong to a workspace "elsewhere"/);
		assert.match((await rejected(client().runWorkflow('No such one'))).message, /There is no workflow "No such one"/);
		const ended = (async () => { for await (const event of client().events('01900000-0000-7000-8000-000000000000')) assert.fail(event); })();
		assert.equal((await rejected(ended)).status, 404);
	});

	test('of a push that lost a race are told', async () => {
		const stepmill = client();
		const { workflow } = await stepmill.push(flow('Raced', [{ key: 'a', kind: 'transform', value: 1 }]));
		assert.equal((await rejected(stepmill.request('PATCH', `/workflows/${workflow.id}`, { body: { name: 'Raced' }, ifMatch: '"0"' }))).status, 412);
	});
});

describe('writing workflows', () => {
	test('the other spellings become the canonical one, and functions their text', () => {
		const built = lib.createWorkflow('research').setId('550e8400-e29b-41d4-a716-446655440000').setDescription('Research a topic')
			.addStep('fetch', { type: 'agent', agentId: 'RESEARCH', action: 'prompt', input: { prompt: 'Research: {{workflow.input.topic}}' }, output: 'found',
				retry: { maxAttempts: 3, delay: 1000, backoff: 'exponential' }, timeout: 30000 })
			.addStep('both', { type: 'parallel', failFast: true, maxConcurrency: 2, steps: [{ id: 'one', type: 'http', url: 'https://example.com', timeout: '2m' }, { id: 'two', type: 'wait', duration: 5000 }] })
			.addStep('until', { type: 'wait', duration: 5000, condition: '{{steps.fetch.output.status}} === "pending"', pollInterval: 1000, maxWait: 60000 })
			.addStep('each', { type: 'loop', items: '{{steps.fetch.output.items}}', step: { type: 'agent', agentId: 'P', input: { item: '{{loop.item}}' } }, maxIterations: 100, parallel: false })
			.onStepError('one', (key, error) => [key, error])
			.onWorkflowComplete((output) => output)
			.setOutput('{{steps.both.output}}').build();
		assert.deepEqual(built, {
			id: '550e8400-e29b-41d4-a716-446655440000', name: 'research', description: 'Research a topic',
			definition: {
				type: 'flow',
				steps: [
					{ key: 'fetch', kind: 'agent', agent: 'RESEARCH', action: 'prompt', input: { prompt: 'Research: {{workflow.input.topic}}' }, output: 'found',
						retry: { max_attempts: 3, delay_ms: 1000, backoff: 'exponential' }, timeout_seconds: 30 },
					{ key: 'both', kind: 'parallel', fail_fast: true, max_concurrency: 2, steps: [
						{ key: 'one', kind: 'http', url: 'https://example.com', timeout_seconds: 120, on_error: { code: 'return ((key, error) => [key, error])("one", context.error, context);' } },
						{ key: 'two', kind: 'wait', seconds: 5 }] },
					{ key: 'until', kind: 'wait', while: '{{steps.fetch.output.status}} === "pending"', poll_seconds: 1, max_seconds: 60 },
					{ key: 'each', kind: 'loop', items: '{{steps.fetch.output.items}}', max_iterations: 100, steps: [{ key: 'each-step', kind: 'agent', agent: 'P', input: { item: '{{loop.item}}' } }] },
				],
				on_complete: { code: 'return ((output) => output)(context.output, context);' },
				output: '{{steps.both.output}}',
			},
		});
		assert.deepEqual(JSON.parse(JSON.stringify(lib.createWorkflow('x').addStep('a', { type: 'wait', duration: '5s' }))).definition.steps, [{ key: 'a', kind: 'wait', seconds: 5 }]);
	});

	test('every way to write a function runs in the sandbox', async () => {
		const methods = { run({ n }) { return n + 1; }, async later({ n }) { return n + 1; }, 'odd name'({ n }) { return n + 1; } };
		const ways = [({ n }) => n + 1, async ({ n }) => n + 1, function ({ n }) { return n + 1; }, async function named({ n }) { return n + 1; }, methods.run, methods.later, methods['odd name'], (input) => input.n + 1,
			// A comment, and "braces } in a text".
			({ n }) => { const text = '}'; return n + text.length; }];
		const stepmill = client();
		await stepmill.push(flow('Ways', [...ways.map((run, i) => ({ key: `way${i}`, kind: 'function', input: { n: i }, run })), { key: 'all', kind: 'transform', value: ways.map((_, i) => `{{steps.way${i}.output}}`) }]));
		assert.deepEqual((await stepmill.runWorkflow('Ways')).output, ways.map((_, i) => i + 1));
	});

	test('what cannot be written says so', () => {
		const define = (...steps) => () => lib.defineWorkflow({ name: 'x', steps });
		assert.throws(define({ key: 'a', kind: 'function', run: Math.max }), /step a\.run is a function without a text/);
		assert.throws(define({ key: 'a', kind: 'function', run: (() => 1).bind(null) }), /without a text/);
		assert.throws(define({ key: 'a', kind: 'function', run: class A {} }), /is a class/);
		assert.throws(define({ key: 'a', kind: 'transform', condition: () => true, value: 1 }), /step a\.condition cannot be a function\. Write a template/);
		assert.throws(define({ key: 'a', kind: 'wait', duration: 'soon' }), /step a\.duration is not a duration/);
		assert.throws(define({ kind: 'wait' }), /steps\[0\] needs a key/);
		assert.throws(define({ key: 'a' }), /step a needs a kind/);
		assert.throws(define(5), /steps\[0\] is not a step/);
		assert.throws(define(), /has no steps/);
		assert.throws(() => lib.defineWorkflow({ name: '', steps: [] }), /needs a name/);
		assert.throws(() => lib.createWorkflow('x').addStep('a', { type: 'wait' }).addStep('a', { type: 'wait' }), /two steps "a"/);
		assert.throws(() => lib.createWorkflow('x').addStep('a', { type: 'wait' }).onStepStart('b', () => 1).build(), /no step "b"/);
	});
});

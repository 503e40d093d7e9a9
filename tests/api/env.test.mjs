// {{env.NAME}}: variables and secrets of the workspace in steps. A secret reaches what needs it and is nowhere in what is recorded, whatever was made of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { ids, startWorld } from './lib/world.mjs';

/** Answers with what it was asked, in several forms; keeps the requests it got. `hold`: does not answer. */
const other = { requests: [], hold: false };
let world;
before(async () => {
	other.server = http.createServer(async (request, response) => {
		let body = '';
		for await (const bytes of request) body += bytes;
		other.requests.push({ url: request.url, headers: request.headers, body });
		if (other.hold) return;
		const all = `${request.url} ${JSON.stringify(request.headers)} ${body}`;
		const answer = { all, base64: Buffer.from(all).toString('base64'), hex: Buffer.from(all).toString('hex'), headers: request.headers };
		response.writeHead(request.url.startsWith('/bad') ? 400 : 200, { 'content-type': 'application/json', 'x-echo': request.headers.authorization ?? '' });
		response.end(JSON.stringify(answer));
	}).listen(0, '127.0.0.1');
	await once(other.server, 'listening');
	other.url = `http://127.0.0.1:${other.server.address().port}`;
	world = await startWorld({ executors: 2, live: true, env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${other.server.address().port}` } });
});
after(async () => {
	await world?.stack.stop();
	other.server?.closeAllConnections();
	other.server?.close();
});

const put = async (what, name, value) => {
	const answer = await world.ann.request('PUT', world.at(`/${what}/${name}`), { value });
	assert.equal(answer.status, 200, JSON.stringify(answer.body));
};
const save = (steps, more = {}) => world.ada.post(world.at('/workflows'), { name: 'Env', definition: { type: 'flow', steps, ...more } });
async function start(steps, input = {}, more = {}) {
	const { status, body } = await save(steps, more);
	assert.equal(status, 201, JSON.stringify(body));
	const run = await world.ada.post(world.at('/runs'), { workflow_id: body.id, input });
	assert.equal(run.status, 201, JSON.stringify(run.body));
	return run.body.id;
}
const ended = (id) => until('the run to end', async () => {
	const { body } = await world.ada.get(world.at(`/runs/${id}`));
	return body.finished_at && body;
});
const run = async (...of) => ended(await start(...of));
/** All that a live stream of a run says until its end. */
async function watch(id) {
	const response = await fetch(`${world.stack.url}/api${world.at(`/runs/${id}/live`)}`, { headers: { cookie: world.ada.cookie } });
	let text = '';
	const decoder = new TextDecoder();
	for await (const bytes of response.body) {
		text += decoder.decode(bytes, { stream: true });
		if (/^event: end$/m.test(text)) break;
	}
	return text;
}
const formsOf = (value) => [value, value.toLowerCase(), value.toUpperCase(), [...value].reverse().join(''), JSON.stringify(value).slice(1, -1), encodeURIComponent(value),
	Buffer.from(value).toString('hex'), Buffer.from(value).toString('base64').slice(0, 20), Buffer.from(`x${value}`).toString('base64').slice(3, 22),
	Buffer.from(`xx${value}`).toString('base64').slice(4, 22)];
const fn = (key, code, more = {}) => ({ key, kind: 'function', code, input: {}, ...more });

test('a secret reaches calls, code and models, and is nowhere in what is recorded', async () => {
	const key = `Sk-${randomBytes(12).toString('base64url')}zZ`, odd = ` ${randomBytes(9).toString('base64url')}+/ä "q"\n${randomBytes(9).toString('hex')} `;
	await put('secrets', 'KEY', key);
	await put('secrets', 'ODD', odd);
	await put('variables', 'REGION', 'eu-1');
	const prompt = (await world.ada.post(world.at('/prompts'), { name: 'Say', body: 'Say this: {{text}}' })).body;
	const say = (k, model, options) => ({ key: k, kind: 'prompt', prompt: { id: prompt.id }, input: { text: 'It is {{env.KEY}} and {{env.ODD}}.' }, model, options });
	const id = await start([
		{ key: 'made', kind: 'transform', value: { region: '{{env.REGION}}', plain: '{{env.KEY}}', text: 'Bearer {{env.KEY}}!', odd: '{{env.ODD}}',
			filtered: '{{ [env.KEY.toUpperCase(), env.ODD.trim(), [...env.KEY].reverse().join(""), encodeURIComponent(env.ODD), JSON.stringify({ a: env.ODD })] }}',
			keys: '{{ ({ [env.KEY]: 1, [env.KEY.toUpperCase()]: 2 }) }}' } },
		{ key: 'later', kind: 'transform', value: { got: '{{steps.made.output.text}}', long: '{{ steps.made.output.plain.length }}' } },
		say('said', 'builtin/echo', { stream_ms: 3 }), say('at_once', 'builtin/instant'),
		fn('coded', 'console.log("key", env.KEY); console.log(env.KEY.slice(0, 8)); console.log(env.KEY.slice(8)); return { a: env.KEY, b: [env["ODD"]], n: env.KEY.length, none: env.NONE ?? "none" };', { cache: { key: '{{env.KEY}} {{env.REGION}}', ttl_seconds: 60 } }),
		fn('handled', 'return env.KEY', { input: { key: '{{env.KEY}}' }, on_start: { code: 'console.log(context.input.key)' }, on_complete: { code: 'return [context.output, context.input, context.output.length, context.input.key.length]' } }),
		fn('thrown', 'console.log(env.KEY); throw new Error("it was " + env.KEY + env.ODD);', { on_failure: 'continue' }),
		{ key: 'thrown_too', kind: 'transform', value: '{{ (() => { throw new Error(env.KEY) })() }}', on_failure: 'continue' },
		{ key: 'called', kind: 'http', method: 'POST', url: `${other.url}/ok`, headers: { Authorization: 'Bearer {{env.KEY}}' }, query: { q: '{{env.ODD}}' }, body: { token: '{{env.KEY}}', odd: '{{env.ODD}}' } },
		{ key: 'refused', kind: 'http', url: `${other.url}/bad?key={{env.KEY}}`, on_failure: 'continue' },
		{ key: 'invalid', kind: 'http', url: `${other.url}/ok`, headers: { 'X-Bad': '{{env.ODD}}' }, on_failure: 'continue' },
		{ key: 'waited', kind: 'wait', seconds: '{{env.KEY}}', on_failure: 'continue' },
		{ key: 'each', kind: 'loop', items: ['{{env.KEY}}', 'x'], steps: [{ key: 'in_loop', kind: 'transform', value: '{{loop.item}} {{ env.KEY.length + loop.index }} {{env.ODD}}' }] },
		{ key: 'last', kind: 'transform', condition: `{{ env.KEY === ${JSON.stringify(key.slice(0, 3))} + env.KEY.slice(3) }}`, value: '{{env.KEY}}-{{steps.thrown.error.message}}' },
	]);
	const stream = watch(id);
	const done = await ended(id);
	const step = (name) => done.steps.find((s) => s.key === name).step_run;
	assert.equal(done.status, 'completed', JSON.stringify(done.error));
	assert.deepEqual(other.requests.map((r) => r.headers.authorization), [`Bearer ${key}`, undefined]);
	assert.deepEqual(JSON.parse(other.requests[0].body), { token: key, odd });
	assert.equal(new URL(other.requests[0].url, other.url).searchParams.get('q'), odd);
	assert.equal(step('made').output.region, 'eu-1');
	assert.equal(step('made').output.text, 'Bearer •••KEY•••!');
	assert.equal(step('made').output.odd.trim(), '•••ODD•••');
	assert.deepEqual(step('made').output.keys, { '•••KEY•••': 1, '•••KEY••• 2': 2 });
	assert.deepEqual(step('later').output, { got: 'Bearer •••KEY•••!', long: '•••KEY•••'.length }); // a later step sees what is recorded
	assert.deepEqual(step('coded').output, { a: '•••KEY•••', b: [' •••ODD••• '], n: key.length, none: 'none' });
	assert.deepEqual(step('handled').output, ['•••KEY•••', { key: '•••KEY•••' }, 9, 9]); // not what is hidden from them afterwards: they do not see it
	assert.match(step('thrown').error.message, /it was •••KEY•••/);
	assert.match(step('called').input.headers.Authorization, /^Bearer •••KEY•••$/);
	assert.match(done.output, /^•••KEY•••-.*it was •••KEY•••/);
	assert.equal(step('waited').error.code, 'invalid_wait');
	const live = await stream;
	assert.match(live, /•••KEY•••/);
	const events = JSON.stringify((await world.ada.get(world.at(`/runs/${id}/events?limit=500`))).body);
	const dump = execFileSync('pg_dump', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', 'stepmill'], { maxBuffer: 1 << 28 }).toString();
	const logs = fs.readdirSync(`${world.stack.dir}/log`).map((name) => fs.readFileSync(path.join(world.stack.dir, 'log', name), 'utf8')).join('\n');
	for (const [where, text] of Object.entries({ live, events, dump, logs, run: JSON.stringify(done) })) {
		for (const secret of [key, odd.trim(), odd.trim().split('\n')[1]]) {
			for (const form of formsOf(secret)) assert.ok(!text.includes(form), `${where}: ${form}`);
		}
	}
	assert.match(world.stack.sql(`select output from step_cache where step = 'coded'`)[0][0], /•••KEY•••/);
	assert.ok(dump.includes('•••ODD•••') && dump.includes('eu-1'));
});

test('a call that is made again after its executor died has the secret, though what is recorded of it does not', async () => {
	const key = `Again-${randomBytes(15).toString('base64url')}`;
	await put('secrets', 'AGAIN', key);
	other.requests.length = 0;
	other.hold = true;
	const long = 'x'.repeat(100000);
	const id = await start([{ key: 'call', kind: 'http', method: 'POST', url: `${other.url}/ok`, headers: { Authorization: 'Basic {{env.AGAIN}}' },
		body: { text: '{{input.text}}', masked: '•••AGAIN•••', key: '{{ [env.AGAIN, encodeURIComponent(env.AGAIN), Date.now()] }}', long: '{{input.long}}' } }], { text: '•••AGAIN•••', long });
	await until('the call', () => other.requests.length === 1);
	const [row] = world.stack.sql(`select sealed is not null, input_blob is not null from step_run where run_id = '${id}'`);
	assert.deepEqual(row, ['t', 't']);
	other.hold = false;
	const [holder] = world.stack.sql(`select e.name from run_live l join executor e on e.incarnation = l.holder where l.run_id = '${id}'`)[0];
	const program = world.stack.executors.find((p) => p.name === holder);
	await program.kill('SIGKILL');
	world.stack.lapse(program);
	const done = await ended(id);
	assert.equal(done.status, 'completed', JSON.stringify(done.error));
	const [first, second] = other.requests;
	assert.equal(second.body, first.body);
	assert.deepEqual([second.headers.authorization, second.headers['idempotency-key']], [`Basic ${key}`, first.headers['idempotency-key']]);
	const body = JSON.parse(second.body);
	assert.deepEqual([body.text, body.masked, body.key[0], body.long], ['•••AGAIN•••', '•••AGAIN•••', key, long]);
	assert.deepEqual(world.stack.sql(`select sealed from step_run where run_id = '${id}'`), [['\\N']]);
	const dump = execFileSync('pg_dump', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', 'stepmill'], { maxBuffer: 1 << 28 }).toString();
	for (const form of formsOf(key)) assert.ok(!dump.includes(form), form);
	program.start();
});

test('an output that is kept under a secret is used under that one alone, and its row does not tell which', async () => {
	const steps = [{ key: 'call', kind: 'http', method: 'GET', url: `${other.url}/ok`, cache: { key: '{{env.ACCOUNT}} {{input.text}}', ttl_seconds: 3600 } }];
	const accounts = ['one', 'two'].map((which) => `${which}-${randomBytes(12).toString('hex')}`);
	const { status, body: flow } = await save(steps);
	assert.equal(status, 201, JSON.stringify(flow));
	other.requests.length = 0;
	const calls = [];
	for (const account of [accounts[0], accounts[0], accounts[1], accounts[0]]) {
		await put('secrets', 'ACCOUNT', account);
		const made = await world.ada.post(world.at('/runs'), { workflow_id: flow.id, input: { text: 'same' } });
		assert.equal((await ended(made.body.id)).status, 'completed');
		calls.push(other.requests.length);
	}
	assert.deepEqual(calls, [1, 1, 2, 2]);
	assert.equal(world.stack.sql(`select count(distinct digest) from step_cache where workflow_id = '${flow.id}'`)[0][0], '2');
	const dump = execFileSync('pg_dump', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', 'stepmill'], { maxBuffer: 1 << 28 }).toString();
	for (const form of accounts.flatMap(formsOf)) assert.ok(!dump.includes(form), form);
});

test('of a secret that comes in pieces no piece is shown', async () => {
	const words = Array.from({ length: 4 }, () => randomBytes(9).toString('hex'));
	await put('secrets', 'WORDS', words.join(' '));
	const prompt = (await world.ada.post(world.at('/prompts'), { name: 'Words', body: '{{text}}' })).body;
	// Longer between two words than between two events: each word would be an event of its own.
	const id = await start([{ key: 'say', kind: 'prompt', prompt: { id: prompt.id }, input: { text: 'First {{env.WORDS}} last.' }, model: 'builtin/echo', options: { stream_ms: 400 } }]);
	const live = await watch(id);
	assert.equal((await ended(id)).status, 'completed');
	const dump = execFileSync('pg_dump', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', 'stepmill'], { maxBuffer: 1 << 28 }).toString();
	for (const [where, text] of Object.entries({ live, dump })) for (const word of words) assert.ok(!text.includes(word), `${where}: ${word}`);
	assert.match(live, /•••WORDS•••/);
});

test('handlers of a workflow see what is recorded, without secrets', async () => {
	await put('secrets', 'KEY', `Sk-${randomBytes(12).toString('base64url')}zZ`);
	const spelt = { code: 'return [...(context.error?.message ?? context.output)].join(" ")' };
	for (const step of [fn('thrown', 'throw new Error("it was " + env.KEY)'), { key: 'made', kind: 'transform', value: '{{env.KEY}}' }]) {
		const run = await ended(await start([step], {}, { on_error: spelt, on_complete: spelt }));
		assert.match(run.output, /^(.* )?• • • K E Y • • •( .*)?$/);
	}
});

test('handlers of a step see its input, its output and its error without secrets, which the step itself has', async () => {
	await put('secrets', 'KEY', `Sk-${randomBytes(12).toString('base64url')}zZ`);
	const length = (await run([fn('a', 'return env.KEY.length')])).output, masked = '• • • K E Y • • •';
	const spelt = (what) => ({ code: `return [...context.${what}].join(" ")` });
	const input = { it: '{{env.KEY}}' };
	const out = (step) => run([step]).then((done) => done.output);
	assert.equal(await out(fn('a', 'return input.it', { input, on_complete: spelt('output') })), masked);
	assert.equal(await out(fn('a', 'return input.it.length', { input, on_complete: spelt('input.it') })), masked);
	assert.match(await out(fn('a', 'throw new Error(input.it)', { input, on_error: spelt('error.message') })), /• • • K E Y • • •/);
	assert.match((await run([fn('a', 'return 1', { input, on_start: { code: 'throw new Error([...context.input.it].join(" "))' } })])).error.message, /• • • K E Y • • •/);
	assert.equal(await out(fn('a', 'return input.it.length', { input, on_start: { code: 'void context' } })), length);
});

test('what is not there is named, with where to add it; a fallback stands in for it', async () => {
	for (const step of [
		{ key: 'a', kind: 'transform', value: 'x {{env.ABSENT}}' }, { key: 'a', kind: 'transform', value: '{{ env.ABSENT + 1 }}' }, fn('a', 'return env.ABSENT'),
		{ key: 'a', kind: 'http', url: other.url, headers: { A: '{{env.ABSENT}}' } }, { key: 'a', kind: 'transform', value: 1, condition: '{{ env.ABSENT > 1 }}' },
	]) {
		const done = await run([step]);
		assert.equal(done.steps[0].step_run?.error?.code, 'unknown_env', JSON.stringify(done));
		assert.match(done.error.message, /`ABSENT`.*Settings, Variables and secrets/);
	}
	const done = await run([{ key: 'a', kind: 'transform', value: ['{{env.ABSENT || "none"}}', '{{ env.ABSENT ?? "nothing" }}', '{{input.x || env.ABSENT}}'] }], { x: 'given' });
	assert.deepEqual(done.output, ['none', 'nothing', 'given']);
	// Added, the run goes on.
	const id = await start([{ key: 'a', kind: 'transform', value: '{{env.SOON}}' }]);
	await ended(id);
	await put('variables', 'SOON', 'now');
	assert.ok((await world.ada.post(world.at(`/runs/${id}/retry`), { from: 'failed' })).status < 300);
	await until('it to be done', async () => (await world.ada.get(world.at(`/runs/${id}`))).body.output === 'now');
});

test('of another workspace nothing is seen, and a seal opens in its own place only', async () => {
	await put('secrets', 'OURS', 'ours-alone-1234');
	world.stack.sql(`insert into secret select '${ids.home}', 'MOVED', key_id, sealed, updated_by, updated_at from secret where name = 'OURS';
		insert into secret select '${ids.elsewhere}', 'OURS', key_id, sealed, updated_by, updated_at from secret where name = 'OURS' and workspace_id = '${ids.home}'`);
	const moved = await run([{ key: 'a', kind: 'transform', value: '{{env.MOVED}}' }]);
	assert.equal(moved.error.code, 'secret_unavailable');
	assert.match(moved.error.message, /`MOVED` cannot be used/);
	const at = (where) => world.at(where, ids.elsewhere);
	const tryThere = async (name) => {
		const { body } = await world.eve.post(at('/workflows'), { name, definition: { type: 'flow', steps: [{ key: 'a', kind: 'transform', value: `{{env.${name}}}` }] } });
		const { id } = (await world.eve.post(at('/runs'), { workflow_id: body.id, input: {} })).body;
		return until('the run to end', async () => {
			const now = (await world.eve.get(at(`/runs/${id}`))).body;
			return now.finished_at && now.error.code;
		});
	};
	assert.equal(await tryThere('OURS'), 'secret_unavailable');
	assert.equal(await tryThere('KEY'), 'unknown_env');
});

test('where it would be shown, or is not named in so many words, saving says so', async () => {
	const says = async (steps, more) => {
		const { status, body } = await save(steps, more);
		assert.equal(status, 422, JSON.stringify(body));
		return body.errors.map((e) => `${e.path} ${e.code}`);
	};
	const step = { key: 'a', kind: 'transform', value: 1 };
	assert.match((await says([step], { state: { x: '{{env.KEY}}' } }))[0], /state\/x env_here$/);
	assert.match((await says([{ key: 'a', kind: 'http', url: other.url, concurrency: { key: '{{env.KEY}}', limit: 1 } }]))[0], /concurrency.* env_here$/);
	assert.match((await says([{ ...step, value: '{{env}}' }]))[0], /value incomplete$/);
	assert.match((await says([{ ...step, value: '{{ Object.keys(env) }}' }]))[0], /value incomplete$/);
	assert.match((await says([{ ...step, value: '{{env.A-B}}' }]))[0], /value unknown_env$/);
	assert.match((await says([fn('a', 'return Object.keys(env)')]))[0], /code incomplete$/);
	for (const code of ['return ((env) => env)(1)', '// env\nreturn "env" + input.env', 'return env.A ?? env["B"]?.length']) {
		assert.equal((await save([fn('a', code)])).status, 201, code);
	}
	for (const value of ['abc', '  abc\n ']) assert.equal((await world.ann.request('PUT', world.at('/secrets/SHORT'), { value })).status, 422);
});

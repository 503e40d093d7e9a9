// Steps that call over HTTP: what is sent, what is made of answers good and bad, where no call may go, and what is left of a
// call when its step, its run or its executor ends.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { cutLength, startRogue } from '../harness/rogue.mjs';
import { sometime } from '../harness/sometime.mjs';
import { sleep, startEngine, until } from './lib/engine.mjs';

let engine;
let rogue;
let here;
before(async () => {
	[engine, rogue] = [await startEngine(), await startRogue()];
	here = [`--allow-address=127.0.0.0/8:${rogue.port}`];
});
after(async () => {
	await engine?.stop();
	await rogue?.stop();
});
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const step = (path, over = {}) => ({ kind: 'http', method: 'GET', url: path.includes('://') ? path : rogue.url + path, timeout_seconds: 30, ...over });
const policy = (over) => ({ max_attempts: 3, delay_ms: 20, backoff: 'none', max_delay_ms: 60000, ...over });
/** Runs each step alone; their step runs, newest attempt last. */
async function play(steps, args = here) {
	const runs = steps.map((s) => engine.create(engine.flow([s]))[0]);
	engine.executor(args);
	await engine.ended(runs);
	return runs.map((run) => engine.steps(run));
}
const error = (row) => JSON.parse(row.error);
const codes = (played) => played.map(([row]) => (row.error ? error(row).code : row.status));
let times = 0;
const once = (path) => `${path}${path.includes('?') ? '&' : '?'}once=${++times}`;

test('what the templates make of a step is sent, and the answer is the output', async () => {
	const flow = engine.flow([{ kind: 'transform', value: { n: 7, list: ['a', 'b'] } }, step('/echo', {
		method: 'POST', url: `${rogue.url}/echo?x={{input.text}}`, headers: { 'X-Text': 'so {{input.text}}', 'X-Number': '{{steps.s1.output.n}}' },
		query: { q: 'a&b', all: '{{steps.s1.output.list}}' }, body: { given: '{{steps.s1.output}}' } }), step('/echo', { url: '{{steps.s2.output.url}}', body: 'plain {{input.text}}', method: 'PUT' })]);
	const [run] = engine.create(flow, { input: { text: 'word' } });
	engine.executor(here);
	await engine.ended([run]);
	const [, first, second] = engine.steps(run).map((row) => JSON.parse(row.output));
	assert.equal(first.status, 200);
	assert.equal(first.encoding, 'json');
	assert.equal(first.url, `${rogue.url}/echo?x=word&q=a%26b&all=a&all=b`);
	assert.equal(first.headers['content-type'], 'application/json');
	const { body } = first;
	assert.equal(body.method, 'POST');
	assert.equal(body.headers['x-text'], 'so word');
	assert.equal(body.headers['x-number'], '7');
	assert.equal(body.headers['content-type'], 'application/json');
	assert.equal(body.headers['idempotency-key'], `${run}/s2/1`);
	assert.deepEqual(JSON.parse(body.body), { given: { n: 7, list: ['a', 'b'] } });
	assert.deepEqual([second.body.method, second.body.body, second.body.headers['idempotency-key']], ['PUT', 'plain word', `${run}/s3/1`]);
	assert.equal(JSON.parse(engine.run(run).output).status, 200);
	assert.equal(engine.steps(run)[1].tokens_in, null);
});

test('a status that is not expected fails the step with its code', async () => {
	const played = await play([step('/status/404'), step('/status/500'), step('/status/503'), step('/status/429?retry-after=7'), step('/status/302'),
		step('/status/404', { expect: [404] }), step('/status/204', { expect: [200] })]);
	assert.deepEqual(codes(played), ['http_status', 'http_server_error', 'http_server_error', 'rate_limited', 'http_status', 'completed', 'http_status']);
	assert.deepEqual(error(played[3][0]), { code: 'rate_limited', message: 'The other side answered with status 429: {"said":429}', status: 429, retry_after_ms: 7000 });
});

test('5xx and 429 are tried again, 4xx is not, and Retry-After is kept', async () => {
	const played = await play([step(once('/statuses/500,503,200'), { retry: policy() }), step(once('/statuses/404,200'), { retry: policy() }),
		step(once('/statuses/429,200?retry-after=2'), { retry: policy() }), step(once('/statuses/500,200'), { retry: policy({ on: ['rate_limited'] }) })]);
	assert.deepEqual(played.map((rows) => rows.map((row) => row.status)), [['failed', 'failed', 'completed'], ['failed'], ['failed', 'completed'], ['failed']]);
	const [limited, then] = played[2];
	// The end is written a little later than the answer came, from which the pause counts.
	assert.ok(new Date(limited.due_at) - new Date(limited.started_at) >= 2000);
	assert.ok(new Date(then.started_at) >= new Date(limited.due_at));
	assert.deepEqual(rogue.asked().slice(-7).filter((r) => r.path.startsWith('/statuses/500,503')).map((r) => r.headers['idempotency-key'].split('/')[2]), ['1', '2', '3']);
});

test('an answer cut after any byte is never a success', async () => {
	const lengths = Array.from({ length: cutLength - 1 }, (_, i) => i);
	const played = await play(lengths.map((n) => step(`/cut/${n}`)));
	for (const [n, [row]] of played.entries()) {
		assert.equal(row.status, 'failed', `cut after ${n} bytes`);
		assert.equal(error(row).code, 'http_broken_answer', `cut after ${n} bytes`);
		assert.equal(error(row).key_attempt, 1);
	}
	const [[whole]] = await play([step(`/cut/${cutLength}`)]);
	assert.deepEqual(JSON.parse(whole.output).body, { a: 1 });
});

test('what is no answer, or too much of one, fails the step and leaves the executor small', async () => {
	const raw = (bytes) => step(`/raw?bytes=${encodeURIComponent(bytes)}`);
	const played = await play([raw('nonsense\r\n\r\n'), raw('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde'),
		raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx'), raw('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc'),
		raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{a}'),
		raw('HTTP/1.1 200 OK\r\n\r\nhow long?'), step('/bomb'), step('/endless', { max_bytes: 3000000 }), step('/size/1001', { max_bytes: 1000 }), step('/headers/80')]);
	const broken = 'http_broken_answer';
	assert.deepEqual(codes(played), [broken, broken, broken, broken, 'http_unexpected_body', broken, 'http_too_large', 'http_too_large', 'http_too_large', 'http_too_large']);
	const [[bytes], [fits]] = await play([raw('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\x00\x01'), step('/size/1000', { max_bytes: 1000 })]);
	assert.deepEqual([JSON.parse(bytes.output).encoding, JSON.parse(bytes.output).body], ['base64', '/wAB']);
	assert.equal(JSON.parse(fits.output).body.length, 1000);
});

test('who is slow for ever is left when the step has no time any more', async () => {
	const slow = ['/hang', '/drip', '/silence'].map((path) => once(path));
	const played = await play(slow.map((path) => step(path, { timeout_seconds: 1 })));
	assert.deepEqual(codes(played), ['timeout', 'timeout', 'timeout']);
	for (const path of slow) await until(`${path} to be closed`, () => rogue.asked(path)[0].closed);
});

test('without the setting no inner address is called, in no spelling, by no redirect and under no name', async () => {
	const { port } = rogue;
	const before = rogue.asked().length;
	const spellings = ['127.0.0.1', 'localhost', '127.1', '0x7f000001', '2130706433', '017700000001', '0', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::]',
		'ip6-localhost'].map((host) => step(`http://${host}:${port}/echo`));
	const others = ['http://169.254.169.254/latest/meta-data/', 'http://10.0.0.1/', 'http://192.168.1.1/', 'http://[fd00:ec2::254]/', 'http://100.100.100.200/', 'http://[fe80::1]/'].map((url) => step(url));
	const played = await play([...spellings, ...others], []);
	for (const [i, [row]] of played.entries()) {
		const { code } = error(row);
		assert.ok(code === 'http_address_refused' || (i === 11 && code === 'http_unreachable'), `${[...spellings, ...others][i].url}: ${code}`);
	}
	assert.equal(rogue.asked().length, before, 'nothing has come');
});

test('what the setting allows it allows by address and port, and a redirect from there leads nowhere else', async () => {
	const other = await startRogue({ host: '127.0.0.3' });
	try {
		const to = (url) => step(`/redirect?to=${encodeURIComponent(url)}`);
		const played = await play([step('/echo'), step(`http://127.0.0.3:${other.port}/echo`), to(`${other.url}/echo`), to('http://169.254.169.254/'),
			to('http://[::1]/'), to('file:///etc/passwd'), to('http://a:b@127.0.0.1/'), to('/echo'), to(`${rogue.url}/redirect?to=/echo`),
			step('/redirect?to=/echo', { redirects: 0 }), step(`/redirect?to=${encodeURIComponent('/redirect?to=/echo')}`, { redirects: 1 })]);
		assert.deepEqual(codes(played), ['completed', ...Array(4).fill('http_address_refused'), 'http_redirect', 'http_redirect', 'completed', 'completed', 'http_status', 'http_redirect']);
		assert.equal(other.asked().length, 0);
	} finally {
		await other.stop();
	}
});

test('credentials stay behind when a redirect leads to another origin', async () => {
	const other = await startRogue({ host: '127.0.0.2', port: rogue.port });
	try {
		const headers = { authorization: 'Bearer canary', cookie: 'c=canary', 'x-api-key': 'canary', accept: 'application/json' };
		const [[same], [away]] = await play([step('/redirect?to=/echo', { headers }), step(`/redirect?to=${encodeURIComponent(`${other.url}/echo`)}`, { headers })]);
		assert.equal(JSON.parse(same.output).body.headers.authorization, 'Bearer canary');
		assert.equal(JSON.parse(away.output).body.headers.accept, 'application/json');
		assert.equal(other.asked().length, 1);
		assert.doesNotMatch(JSON.stringify(other.asked()), /canary/);
	} finally {
		await other.stop();
	}
});

test('what was sent stays where it was sent: no redirect takes a body to another origin', async () => {
	const other = await startRogue({ host: '127.0.0.2', port: rogue.port });
	try {
		const leads = (to, status) => `/redirect?status=${status}&to=${encodeURIComponent(to)}`;
		const sent = { method: 'POST', body: { client_secret: 'canary' } };
		const played = await play([step(leads('/echo', 307), sent), step(leads(`${other.url}/echo`, 307), sent), step(leads(`${other.url}/echo`, 302), { ...sent, method: 'PUT' }),
			step(leads(`${other.url}/echo`, 303), sent)]);
		assert.deepEqual(codes(played), ['completed', 'http_redirect', 'http_redirect', 'completed']);
		assert.match(JSON.parse(played[1][0].error).message, /another server \(127\.0\.0\.2\), and what was sent would go there/);
		assert.deepEqual(other.asked().map((call) => call.method), ['GET'], 'of 303 nothing is sent again');
		assert.doesNotMatch(JSON.stringify(other.asked()), /canary/);
	} finally {
		await other.stop();
	}
});

test('a certificate must hold, for that very name, before anything is sent', async () => {
	const file = (name) => join(engine.dir, name);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=test', '-addext',
		'subjectAltName=IP:127.0.0.1', '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
	const secure = await startRogue({ tls: { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) } });
	try {
		const allow = `--allow-address=127.0.0.0/8:${secure.port}`;
		const steps = [step(`${secure.url}/echo`, { method: 'POST', body: 'x'.repeat(50000) }), step(`https://localhost:${secure.port}/echo`), step(`${secure.url}/slow/300`)];
		assert.deepEqual(codes(await play(steps, [allow])), Array(3).fill('http_untrusted'));
		assert.equal(secure.asked().length, 0);
		await engine.stopExecutors();
		const played = await play(steps, [allow, `--ca-file=${file('cert.pem')}`]);
		assert.deepEqual(codes(played), ['completed', 'http_untrusted', 'completed']);
		assert.equal(JSON.parse(played[0][0].output).body.body.length, 50000);
		assert.equal(secure.asked().length, 2);
	} finally {
		await secure.stop();
	}
});

test('a cancelled run closes its socket at once', async () => {
	engine.executor(here);
	await sometime('closed within two seconds', async () => {
		const path = once('/hang');
		const flow = engine.flow([step(path, { timeout_seconds: 3600 })]);
		const [run] = engine.create(flow);
		await until('the call', () => rogue.asked(path).length === 1);
		const asked = Date.now();
		engine.cancel(flow, run);
		await until('the socket to be closed', () => rogue.asked(path)[0].closed);
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'cancelled');
		assert.deepEqual(engine.types(run).slice(-2), ['step.cancelled s1', 'run.cancelled']);
		const took = rogue.asked(path)[0].closed - asked;
		return took < 2000 || `${took} ms`;
	});
});

test('a call whose executor was killed is made again with the same key, unless the step says never', async () => {
	const paths = [once('/slow/3000'), once('/slow/3000')];
	const [again] = engine.create(engine.flow([step(paths[0], { method: 'POST', body: { a: 1 } })]));
	const [never] = engine.create(engine.flow([step(paths[1], { retry: 'never' })]));
	const first = engine.executor(here);
	await until('the calls', () => paths.every((path) => rogue.asked(path).length === 1));
	await first.end('SIGKILL');
	engine.executor(here);
	await engine.ended([again, never]);
	assert.equal(engine.run(again).status, 'completed');
	assert.deepEqual(rogue.asked(paths[0]).map((r) => [r.headers['idempotency-key'], r.body]), Array(2).fill([`${again}/s1/1`, '{"a":1}']));
	assert.equal(rogue.asked(paths[1]).length, 1);
	assert.equal(JSON.parse(engine.run(never).error).code, 'unknown_outcome');
});

test('an executor that was stopped past its lease drops its call when it wakes, and the other has made it with the same key', async () => {
	const path = once('/slow/10000');
	const [run] = engine.create(engine.flow([step(path)]));
	const first = engine.executor([...here, '--lease-seconds=2']);
	await until('the call', () => rogue.asked(path).length === 1);
	first.signal('SIGSTOP');
	engine.executor(here);
	await until('the other call', () => rogue.asked(path).length === 2);
	first.signal('SIGCONT');
	await until('the first socket to be closed', () => rogue.asked(path)[0].closed);
	assert.equal(rogue.asked(path)[1].closed, null);
	await engine.ended([run]);
	assert.deepEqual(rogue.asked(path).map((r) => r.headers['idempotency-key']), Array(2).fill(`${run}/s1/1`));
	assert.deepEqual(engine.types(run).slice(-2), ['step.completed s1', 'run.completed']);
});

test('an attempt that ended unknown hands its key to the next one, also over a kill', async () => {
	// The first answer breaks off, the second call outlives its executor, the third answers 500, the fourth is well.
	const path = once('/keys');
	const keyed = await startRogue({
		handler: (request, answer, kept) => {
			const number = keyed.asked().length;
			kept.number = number;
			if (number === 1) request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{');
			if (number === 3) answer.writeHead(500).end();
			if (number === 4) answer.writeHead(200, { 'content-type': 'application/json' }).end('{"well": true}');
			return true;
		},
	});
	try {
		const allow = [`--allow-address=127.0.0.1:${keyed.port}`];
		const [run] = engine.create(engine.flow([step(`${keyed.url}${path}`, { method: 'POST', retry: policy({ max_attempts: 5 }) })]));
		const first = engine.executor(allow);
		await until('the second call', () => keyed.asked().length === 2);
		await first.end('SIGKILL');
		engine.executor(allow);
		await engine.ended([run]);
		assert.equal(engine.run(run).status, 'completed');
		assert.deepEqual(keyed.asked().map((r) => r.headers['idempotency-key']), [1, 1, 1, 3].map((n) => `${run}/s1/${n}`));
		assert.deepEqual(engine.steps(run).map((s) => [s.attempt, s.status]), [[1, 'failed'], [2, 'failed'], [3, 'completed']]);
	} finally {
		await keyed.stop();
	}
});

test('an executor that is told to stop lets its calls end', async () => {
	const path = once('/slow/800');
	const [run] = engine.create(engine.flow([step(path)]));
	const executor = engine.executor(here);
	await until('the call', () => rogue.asked(path).length === 1);
	assert.equal(await executor.end('SIGTERM'), 0);
	assert.equal(engine.steps(run)[0].status, 'completed');
	engine.executor(here);
	await engine.ended([run]);
	assert.equal(rogue.asked(path).length, 1);
});

test('many calls wait at once and the loop goes on', async () => {
	const path = once('/slow/15000'); // longer than the other takes beside them
	const runs = engine.create(engine.flow([step(path)]), { count: 300 });
	engine.executor([...here, '--slots=400']);
	await until('all calls', () => rogue.asked(path).length === 300);
	const [quick] = engine.create(engine.flow([{}]));
	await engine.ended([quick]);
	assert.equal(engine.one(`select count(*) from run_live where run_id in (${runs.map((r) => `'${r}'`).join()})`), '300');
	await engine.ended(runs);
	assert.equal(rogue.asked(path).length, 300);
	await sleep(0);
});

test('with few descriptors calls wait for each other, and the log says so', async () => {
	const path = once('/slow/2000');
	let most = 0;
	const watch = setInterval(() => {
		most = Math.max(most, rogue.sockets.size);
	}, 10);
	try {
		const runs = engine.create(engine.flow([step(path)]), { count: 300 });
		const executor = engine.executor([...here, '--slots=400'], undefined, ['prlimit', '--nofile=100:300']);
		await engine.ended(runs);
		assert.equal(rogue.asked(path).length, 300);
		assert.ok(most > 100 && most <= 300 - 128, `${most} at once`);
		assert.equal(executor.said('the limit of open files is small: some calls will wait for others')[0].limit, 300);
	} finally {
		clearInterval(watch);
	}
});

test('settings that are no addresses stop the executor with a word', async () => {
	const executor = engine.executor(['--allow-address=10.0.0.0/40']);
	assert.equal(await executor.exit, 1);
	assert.match(executor.said('start')[0].why, /10\.0\.0\.0\/40/);
});

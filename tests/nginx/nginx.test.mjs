// What nginx does by itself: the page's files, headers, and refusals in the shape of the API's problems.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { remove } from '../harness/remove.mjs';
import { startStack, until } from '../harness/stack.mjs';

let stack;
const page = fs.mkdtempSync(path.join(os.tmpdir(), 'stepmill-page-'));

before(async () => {
	fs.chmodSync(page, 0o755);
	fs.mkdirSync(`${page}/assets`);
	fs.writeFileSync(`${page}/index.html`, '<!doctype html><title>The page</title>\n');
	fs.writeFileSync(`${page}/assets/app-1a2b3c.js`, 'export {};\n');
	fs.writeFileSync(`${page}/assets/app-1a2b3c.js.gz`, 'compressed');
	stack = await startStack({ page, executors: 0, build: process.env.STEPMILL_BUILD });
});
after(async () => {
	await stack?.stop();
	remove(page);
});

/** Bytes sent as they are; the status, the header and the body of what comes back. */
async function raw(bytes) {
	const socket = net.connect(stack.port, '127.0.0.1');
	// Without "close" the end of what is sent is the end; who closes half asks a proxied address for nothing.
	if (/\r\nConnection: close\r\n/.test(bytes)) socket.write(bytes);
	else socket.end(bytes);
	let text = '';
	for await (const chunk of socket.setEncoding('utf8')) text += chunk;
	const [head, ...rest] = text.split('\r\n\r\n');
	return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body: rest.join('\r\n\r\n') };
}

function assertProblem(problem, status, code) {
	assert.equal(problem.status, status);
	assert.equal(problem.code, code);
	assert.match(problem.request_id, /^[0-9a-f]{32}$/);
	assert.equal(typeof problem.retryable, 'boolean');
	assert.equal(typeof problem.type, 'string');
	assert.ok(problem.title && problem.detail);
}

test('the page answers every address of its own, and is asked for again', async () => {
	for (const where of ['/', '/runs/01900000-0000-7000-8000-000000000001', '/index.html']) {
		const answer = await fetch(stack.url + where);
		assert.equal(answer.status, 200, where);
		assert.match(await answer.text(), /The page/);
		assert.equal(answer.headers.get('cache-control'), 'no-cache');
	}
});

test('assets are kept for ever; one that does not exist is not', async () => {
	const there = await fetch(`${stack.url}/assets/app-1a2b3c.js`, { headers: { 'accept-encoding': 'identity' } });
	assert.equal(there.status, 200);
	assert.match(there.headers.get('content-type'), /^text\/javascript/);
	assert.match(there.headers.get('cache-control'), /immutable/);
	const away = await fetch(`${stack.url}/assets/app-000000.js`);
	assert.equal(away.status, 404);
	assert.equal(away.headers.get('cache-control'), 'no-cache');
});

test('a compressed copy is sent to who takes it', async () => {
	const answer = await raw('GET /assets/app-1a2b3c.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n');
	assert.match(answer.head, /content-encoding: gzip/i);
	assert.equal(answer.body, 'compressed');
});

test('every answer carries the security headers, also errors and the API', async () => {
	for (const where of ['/', '/assets/nothing.js', '/api/health', '/api/nothing', '/api/workspaces/x/runs/y/live']) {
		const { headers } = await fetch(stack.url + where);
		const policy = headers.get('content-security-policy');
		assert.match(policy, /default-src 'none'/, where);
		assert.match(policy, /script-src 'self'(;|$)/, where);
		assert.doesNotMatch(policy, /unsafe/, where);
		assert.equal(headers.get('x-content-type-options'), 'nosniff', where);
		assert.equal(headers.get('x-frame-options'), 'DENY', where);
		assert.equal(headers.get('server'), 'nginx', where);
		assert.match(headers.get('x-request-id'), /^[0-9a-f]{32}$/, where);
	}
});

test('nothing but reading is allowed on the page', async () => {
	for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
		assert.equal((await fetch(`${stack.url}/`, { method })).status, 405, method);
	}
});

test('no file outside of the page is served', async () => {
	for (const where of ['/../nginx.conf', '/%2e%2e/nginx.conf', '/assets/..%2f..%2fnginx.conf', '/assets/../../nginx.conf']) {
		const answer = await raw(`GET ${where} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
		assert.doesNotMatch(answer.body, /fastcgi_pass/, where);
	}
});

test('the request id is the client\'s when it is well-formed, else ours: the same in header, problem and logs; nothing else of the header is', async () => {
	const asked = async (id, where = '/api/nothing') => {
		const answer = await raw(`GET ${where} HTTP/1.1\r\nHost: a\r\n${id === null ? '' : `X-Request-Id: ${id}\r\n`}Connection: close\r\n\r\n`);
		return { header: /^x-request-id: (.*)$/im.exec(answer.head)[1], head: answer.head, told: /"request_id":"([^"]*)"/.exec(answer.body)?.[1] };
	};
	const mine = 'Trace_of-ours.01'.replace('.', '-');
	for (const where of ['/api/nothing', '/api/workspaces/x/runs/y/live']) {
		const { header, told, head } = await asked(mine, where);
		assert.deepEqual([header, told], [mine, mine], head);
		assert.equal(head.match(/x-request-id/gi).length, 1);
	}
	assert.equal((await asked(mine, '/')).header, mine, 'the page too');
	const canary = 'Canary77';
	const bad = [null, '', 'short', `${canary} x`, `${canary}"}`, `${canary}\\`, `${canary}é`, `${canary}${'a'.repeat(57)}`, `${canary}\t1`, `<${canary}>`, `${canary},${canary}`];
	for (const id of bad) {
		for (const where of ['/api/nothing', '/api/workspaces/x/runs/y/live']) {
			const { header, told } = await asked(id, where);
			assert.match(header, /^[0-9a-f]{32}$/, `${id}`);
			assert.equal(told, header, `${id}`);
		}
	}
	const logs = () => fs.readdirSync(`${stack.dir}/log`).map((name) => [name, fs.readFileSync(`${stack.dir}/log/${name}`, 'utf8')]);
	const withId = () => logs().filter(([, text]) => text.includes(mine)).map(([name]) => name);
	await until('both logs to have it', () => ['access.log', 'api.log'].every((name) => withId().includes(name)));
	assert.deepEqual(logs().filter(([, text]) => text.includes(canary)).map(([name]) => name), []);
});

test('a body over 1 MiB is refused as a problem', async () => {
	const answer = await fetch(`${stack.url}/api/session`, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
	assert.equal(answer.status, 413);
	assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
	assertProblem(await answer.json(), 413, 'too_large');
});

for (const [what, bytes, status, code] of [
	['garbage', 'GARBAGE\r\n\r\n', 400, 'malformed'],
	['a negative length', 'POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: -4\r\n\r\n', 400, 'malformed'],
	['two lengths', 'POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd', 400, 'malformed'],
	['a length and chunks', 'POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'malformed'],
	['no host', 'GET /api/health HTTP/1.1\r\n\r\n', 400, 'malformed'],
	['a long address', `GET /api/${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, 'uri_too_long'],
	['a long header', `GET /api/health HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, 431, 'headers_too_large'],
]) {
	test(`${what}: refused as a problem`, async () => {
		const answer = await raw(bytes);
		assert.equal(answer.status, status, answer.head);
		assert.match(answer.head, /content-type: application\/problem\+json/i);
		assertProblem(JSON.parse(answer.body), status, code);
	});
}

test('an API that is down is a problem that says to try again', async () => {
	await stack.programs.live.kill('SIGKILL');
	for (const where of ['/api/workspaces/x/runs/y/live', '/api/session/live']) {
		const live = await fetch(stack.url + where);
		assert.equal(live.status, 503, where);
		assertProblem(await live.json(), 503, 'unavailable');
	}

	await stack.killApi();
	const answer = await fetch(`${stack.url}/api/health`);
	assert.equal(answer.status, 503);
	const problem = await answer.json();
	assertProblem(problem, 503, 'unavailable');
	assert.equal(problem.retryable, true);
});

// An HTTP server that does what the address tells it, badly on purpose, and keeps what it was asked.
//
//	const rogue = await startRogue();
//	… a step calls `${rogue.url}/status/503` …
//	rogue.asked('/status/503') → [{ method, path, headers, body, closed }]     closed: when the other side hung up, or null
//	await rogue.stop();
//
//	/echo                 what came, as JSON                     /status/N[?retry-after=S]   that status
//	/statuses/A,B,C       those in turn, the last for ever       /slow/MS                    answers after that time
//	/hang                 never answers                          /drip                       a byte a second
//	/silence              a beginning, then nothing              /endless                    chunks for ever
//	/bomb                 1 GB of zeros, compressed              /cut/N                      the first N bytes of an answer
//	/raw?bytes=…          those bytes, then the end              /redirect?to=…[&status=N]   there
//	/size/N               that many bytes of text                /headers/N                  that many headers of 1 KB
// Another handler: startRogue({ handler }) is asked first; truthy: it has answered.

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { gzipSync } from 'node:zlib';

const whole = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"a": 1}\r\n0\r\n\r\n';
/** How many bytes /cut/N may be cut after. */
export const cutLength = whole.length;

let bomb;
const makeBomb = () => {
	const part = gzipSync(Buffer.alloc(1 << 24), { level: 9 });
	return Buffer.concat(Array(64).fill(part));
};

const json = (answer, status, body, headers = {}) => {
	answer.writeHead(status, { 'content-type': 'application/json', ...headers });
	answer.end(JSON.stringify(body));
};

function act(rogue, request, answer, kept) {
	const { pathname, searchParams } = new URL(request.url, 'http://x');
	const [, what, arg] = pathname.split('/');
	const socket = request.socket;
	const raw = (bytes) => {
		socket.write(bytes);
		socket.end();
	};
	const later = (ms, then) => rogue.timers.add(setTimeout(then, ms));
	switch (what) {
		case 'echo':
			return json(answer, 200, { method: kept.method, path: kept.path, headers: kept.headers, body: kept.body });
		case 'status':
			return json(answer, Number(arg), { said: Number(arg) }, searchParams.has('retry-after') ? { 'retry-after': searchParams.get('retry-after') } : {});
		case 'statuses': {
			const list = arg.split(',').map(Number);
			const status = list[Math.min(rogue.asked(request.url).length, list.length) - 1];
			return json(answer, status, { said: status }, searchParams.has('retry-after') && status >= 400 ? { 'retry-after': searchParams.get('retry-after') } : {});
		}
		case 'slow':
			return later(Number(arg), () => json(answer, 200, { waited: Number(arg) }));
		case 'hang':
			return undefined;
		case 'drip':
			answer.writeHead(200, { 'content-type': 'text/plain', 'content-length': 100000 });
			return rogue.timers.add(setInterval(() => answer.write('x'), 1000));
		case 'silence':
			answer.writeHead(200, { 'content-type': 'text/plain', 'content-length': 10 });
			return answer.write('x');
		case 'endless': {
			answer.writeHead(200, { 'content-type': 'text/plain' });
			const block = 'x'.repeat(65536);
			const more = () => {
				while (!answer.destroyed && answer.write(block));
			};
			answer.on('drain', more);
			return more();
		}
		case 'bomb':
			bomb ??= makeBomb();
			answer.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip', 'content-length': bomb.length });
			return answer.end(bomb);
		case 'cut':
			return raw(whole.slice(0, Number(arg)));
		case 'raw':
			return raw(Buffer.from(searchParams.get('bytes'), 'latin1'));
		case 'redirect':
			answer.writeHead(Number(searchParams.get('status') ?? 302), { location: searchParams.get('to'), 'content-length': 0 });
			return answer.end();
		case 'size':
			answer.writeHead(200, { 'content-type': 'text/plain', 'content-length': Number(arg) });
			return answer.end('x'.repeat(Number(arg)));
		case 'headers':
			for (let i = 0; i < Number(arg); i++) answer.setHeader(`x-${i}`, 'x'.repeat(1000));
			return answer.end('ok');
		default:
			return json(answer, 404, { said: 404 });
	}
}

class Rogue {
	constructor(server, host, scheme) {
		this.server = server;
		this.scheme = scheme;
		this.host = host;
		this.kept = [];
		this.timers = new Set();
		this.sockets = new Set();
	}
	get port() {
		return this.server.address().port;
	}
	get url() {
		return `${this.scheme}://${this.host}:${this.port}`;
	}
	/** Requests in the order they came; `path`: as asked, with its query. */
	asked(path) {
		return path === undefined ? this.kept : this.kept.filter((request) => request.path === path);
	}
	async stop() {
		for (const timer of this.timers) clearTimeout(timer);
		for (const socket of this.sockets) socket.destroy();
		this.server.close();
		await once(this.server, 'close');
	}
}

/** `tls`: { key, cert }, and it is https. */
export async function startRogue({ host = '127.0.0.1', port = 0, handler, tls } = {}) {
	const options = { keepAliveTimeout: 60000, requestTimeout: 0 };
	const server = tls ? https.createServer({ ...options, ...tls }) : http.createServer(options);
	const rogue = new Rogue(server, host, tls ? 'https' : 'http');
	server.on('tlsClientError', () => {});
	server.on('connection', (socket) => {
		rogue.sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => rogue.sockets.delete(socket));
	});
	server.on('request', (request, answer) => {
		const kept = { at: Date.now(), method: request.method, path: request.url, headers: request.headers, body: '', closed: null };
		rogue.kept.push(kept);
		request.socket.once('close', () => {
			kept.closed = Date.now();
		});
		request.setEncoding('utf8');
		request.on('data', (text) => {
			kept.body += text;
		});
		request.on('end', () => {
			if (!handler?.(request, answer, kept)) act(rogue, request, answer, kept);
		});
		answer.on('error', () => {});
	});
	server.listen(port, host, 8192);
	await once(server, 'listening');
	return rogue;
}

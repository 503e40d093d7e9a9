// The events of a run as they happen: server-sent events over fetch, opened again by number whenever the connection breaks.
import { problemOf, pause, pauseBefore } from './http.js';
import { Unreachable } from './errors.js';

const SILENCE_MS = 25_000; // pings come every 10 seconds

/**
 * The messages of a stream, put together from pieces cut anywhere.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{ id: string, type: string, data: string }>}
 */
export async function* messages(body) {
	const reader = body.getReader();
	const decoder = new TextDecoder();
	let rest = '';
	let id = '';
	let type = '';
	/** @type {string[]} */
	let data = [];
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			rest += decoder.decode(value, { stream: true });
			// A CR at the end may be half of a CRLF: it waits for what follows.
			for (let end; (end = /\r\n|\n|\r(?!$)/.exec(rest)); ) {
				const line = rest.slice(0, end.index);
				rest = rest.slice(end.index + end[0].length);
				if (line === '') {
					if (data.length > 0) yield { id, type: type || 'message', data: data.join('\n') };
					type = '';
					data = [];
					continue;
				}
				const colon = line.indexOf(':');
				const name = colon < 0 ? line : line.slice(0, colon);
				const text = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
				if (name === 'data') data.push(text);
				else if (name === 'event') type = text;
				else if (name === 'id') id = text;
			}
		}
	} finally {
		await reader.cancel().catch(() => undefined);
	}
}

/**
 * One connection: events after a number until it breaks. Returns whether the run has ended.
 * @param {import('./http.js').Http} http @param {string} path @param {{ seq: number }} state @param {AbortSignal | undefined} signal
 * @returns {AsyncGenerator<import('../index.d.ts').RunEvent, boolean>}
 */
async function* connection(http, path, state, signal) {
	signal?.throwIfAborted();
	const silence = new AbortController();
	const stop = () => silence.abort(signal?.reason);
	let timer = setTimeout(() => silence.abort(), SILENCE_MS);
	signal?.addEventListener('abort', stop, { once: true });
	try {
		const response = await http.send('GET', path, { headers: { accept: 'text/event-stream', 'last-event-id': String(state.seq) }, signal: silence.signal });
		if (!response.ok || !response.body) throw Object.assign(await problemOf(response), { response });
		for await (const message of messages(response.body)) {
			clearTimeout(timer);
			timer = setTimeout(() => silence.abort(), SILENCE_MS);
			if (message.type === 'end') return true;
			if (message.type === 'ping') continue;
			const event = JSON.parse(message.data);
			if (!(event.seq > state.seq)) continue;
			state.seq = event.seq;
			yield event;
		}
		return false;
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', stop);
		silence.abort();
	}
}

/**
 * Every event once and in order, whatever breaks in between, until the run has ended.
 * @param {import('./http.js').Http} http @param {string} path @param {{ after?: number, signal?: AbortSignal, patienceMs: number }} options
 * @returns {AsyncGenerator<import('../index.d.ts').RunEvent>}
 */
export async function* events(http, path, { after = 0, signal, patienceMs }) {
	const state = { seq: after };
	let since = Date.now();
	for (let tried = 1; ; tried++) {
		/** @type {Response | undefined} */
		let response;
		let failure;
		const before = state.seq;
		try {
			if (yield* connection(http, path, state, signal)) return;
		} catch (error) {
			if (signal?.aborted) throw signal.reason;
			const problem = /** @type {{ status?: number, response?: Response }} */ (error);
			if (problem.status !== undefined && problem.status < 500 && problem.status !== 429) throw error;
			response = problem.response;
			failure = error;
		}
		if (state.seq > before) {
			tried = 1;
			since = Date.now();
		} else if (Date.now() - since > patienceMs) {
			throw failure ?? new Unreachable(http.server, 'its events end before the run does');
		}
		await pause(pauseBefore(tried, response), signal);
	}
}

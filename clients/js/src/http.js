// One call of the API, and the pauses between tries of one.
import { Problem, Unreachable } from './errors.js';

const TRIES = 4;

/**
 * Resolves after so many milliseconds; rejects when the signal says so before.
 * @param {number} ms @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
	return new Promise((resolve, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal?.reason);
		};
		const timer = setTimeout(() => {
			signal?.removeEventListener('abort', stop);
			resolve();
		}, ms);
		if (signal?.aborted) return stop();
		signal?.addEventListener('abort', stop, { once: true });
	});
}

/** Milliseconds before the next try: what the server asks for, up to a minute, else a little more each time. */
export function pauseBefore(/** @type {number} */ tried, /** @type {Response | undefined} */ response) {
	const asked = Number(response?.headers.get('retry-after'));
	return asked > 0 ? Math.min(asked, 60) * 1000 : Math.min(250 * 2 ** tried, 5000) * (0.75 + Math.random() / 2);
}

/** The problem that an answer is. */
export async function problemOf(/** @type {Response} */ response) {
	let document = {};
	try {
		document = await response.json();
	} catch {
		// It is no document of ours: the status alone has to do.
	}
	return new Problem(response.status, document);
}

export class Http {
	/** @param {string} server @param {string | undefined} token @param {typeof fetch} fetch */
	constructor(server, token, fetch) {
		this.server = server;
		this.token = token;
		this.fetch = fetch;
	}

	/**
	 * The response, whatever its status. Throws what the signal says, or Unreachable.
	 * @param {string} method @param {string} path @param {{ headers?: Record<string, string>, body?: unknown, signal?: AbortSignal }} [options]
	 */
	async send(method, path, { headers = {}, body, signal } = {}) {
		try {
			return await this.fetch(`${this.server}/api${path}`, {
				method,
				headers: {
					accept: 'application/json',
					...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
					...(body === undefined ? {} : { 'content-type': 'application/json' }),
					...headers,
				},
				credentials: this.token ? 'omit' : 'same-origin',
				body: body === undefined ? undefined : JSON.stringify(body),
				signal,
			});
		} catch (error) {
			if (signal?.aborted) throw signal.reason;
			const cause = /** @type {{ cause?: { message?: string }, message?: string }} */ (error);
			throw new Unreachable(this.server, cause.cause?.message || cause.message || 'no answer', error);
		}
	}

	/**
	 * The answer's document, and its ETag. What may be asked twice (a read, or with an idempotency key) is tried again when nobody answered, or
	 * the server asks for patience.
	 * @param {string} method @param {string} path
	 * @param {{ body?: unknown, key?: string, ifMatch?: string, signal?: AbortSignal }} [options]
	 * @returns {Promise<{ body: any, etag: string | null }>}
	 */
	async call(method, path, { body, key, ifMatch, signal } = {}) {
		const safe = method === 'GET' || key !== undefined;
		/** @type {Record<string, string>} */
		const headers = {};
		if (key !== undefined) headers['idempotency-key'] = key;
		if (ifMatch !== undefined) headers['if-match'] = ifMatch;
		for (let tried = 1; ; tried++) {
			/** @type {Response | undefined} */
			let response;
			let error;
			try {
				response = await this.send(method, path, { headers, body, signal });
				const text = await response.clone().text();
				if (response.ok) return { body: text ? JSON.parse(text) : null, etag: response.headers.get('etag') };
				error = await problemOf(response);
			} catch (thrown) {
				if (signal?.aborted) throw signal.reason;
				error = thrown instanceof Unreachable ? thrown : new Unreachable(this.server, 'its answer is not one of Stepmill', thrown);
			}
			const again = error instanceof Problem ? error.status === 429 || error.status === 502 || error.status === 503 : true;
			if (!safe || !again || tried >= TRIES) throw error;
			await pause(pauseBefore(tried, response), signal);
		}
	}
}

// The API as one signed-in person or program in one workspace.
import { RunFailed } from './errors.js';
import { events } from './events.js';
import { Http } from './http.js';

/** @typedef {import('../index.d.ts').Client} TClient */
/** @typedef {import('../index.d.ts').ClientOptions} TClientOptions */
/** @typedef {import('../index.d.ts').DecisionOptions} TDecisionOptions */
/** @typedef {import('../index.d.ts').Pushed} TPushed */
/** @typedef {import('../index.d.ts').RunEvent} TRunEvent */
/** @typedef {import('../index.d.ts').RunOptions} TRunOptions */
/** @typedef {import('../index.d.ts').Schemas} TSchemas */
/** @typedef {import('../index.d.ts').WorkflowDocument} TWorkflowDocument */

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ENDED = new Set(['completed', 'failed', 'cancelled']);

/** @param {string} name @returns {string | undefined} */
function environment(name) {
	return globalThis.process?.env?.[name] || undefined;
}

/** @param {Record<string, unknown>} query */
function search(query) {
	const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
	return pairs.length > 0 ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : '';
}

/** @implements {TClient} */
class Client {
	/** @param {TClientOptions} options */
	constructor({ server = environment('STEPMILL_URL') ?? 'http://127.0.0.1:8080', token = environment('STEPMILL_TOKEN'),
		workspace = environment('STEPMILL_WORKSPACE'), fetch = globalThis.fetch, patienceMs = 120_000 } = {}) {
		this.http = new Http(server.replace(/\/+$/, ''), token, fetch);
		this.wanted = workspace;
		this.patienceMs = patienceMs;
		/** @type {Promise<string> | undefined} */
		this.chosen = undefined;
	}

	// ---- calls ----

	/** Where the workspace's things are; found out once. */
	async #at() {
		this.chosen ??= this.#choose().catch((error) => {
			this.chosen = undefined;
			throw error;
		});
		return `/workspaces/${await this.chosen}`;
	}

	async #choose() {
		/** @type {{ body: { workspaces: { id: string, slug: string }[] } }} */
		const { body } = await this.http.call('GET', '/session');
		const fitting = body.workspaces.filter((w) => !this.wanted || w.id === this.wanted || w.slug === this.wanted);
		if (fitting.length === 1) return fitting[0].id;
		if (this.wanted) throw new TypeError(`You do not belong to a workspace "${this.wanted}".`);
		throw new TypeError(fitting.length ? `You belong to ${fitting.length} workspaces. Name one: createClient({ workspace: "…" }).` : 'You do not belong to any workspace.');
	}

	/** @param {string} method @param {string} path @param {{ body?: unknown, query?: Record<string, unknown>, idempotencyKey?: string, ifMatch?: string, signal?: AbortSignal }} [options] */
	async request(method, path, { body, query = {}, idempotencyKey, ifMatch, signal } = {}) {
		const at = path.startsWith('//') ? path.slice(1) : `${await this.#at()}${path}`;
		return (await this.http.call(method, `${at}${search(query)}`, { body, key: idempotencyKey, ifMatch, signal })).body;
	}

	/** @param {string} path @param {{ limit?: number } & Record<string, unknown>} [query] @returns {AsyncGenerator<any>} */
	async *#pages(path, { limit = Infinity, ...query } = {}) {
		/** @type {string | undefined} */
		let cursor;
		while (limit > 0) {
			const page = await this.request('GET', path, { query: { ...query, limit: Math.min(limit, 100), cursor } });
			yield* page.data;
			limit -= page.data.length;
			if (!page.next_cursor) return;
			cursor = page.next_cursor;
		}
	}

	// ---- workflows ----

	/** @param {{ search?: string, limit?: number }} [options] */
	workflows({ search: q, limit } = {}) {
		return this.#pages('/workflows', { q, limit });
	}

	/** @param {string} name @returns {Promise<string | null>} */
	async #named(name) {
		const found = [];
		for await (const one of this.#pages('/workflows', { q: name.length <= 200 && /[\p{L}\p{N}]/u.test(name) ? name : undefined }))
			if (one.name === name) found.push(one.id);
		if (found.length > 1) throw new TypeError(`${found.length} workflows have the name "${name}". Give the id of one.`);
		return found[0] ?? null;
	}

	/** @param {string} nameOrId */
	async workflow(nameOrId) {
		const id = ID.test(nameOrId) ? nameOrId : await this.#named(nameOrId);
		if (!id) throw new TypeError(`There is no workflow "${nameOrId}" here. Names have to be exact; an id does as well.`);
		return this.request('GET', `/workflows/${id}`);
	}

	/** @param {TWorkflowDocument} workflow @param {{ message?: string }} [options] @returns {Promise<TPushed>} */
	async push(workflow, { message } = {}) {
		const { id, name, description, definition } = workflow;
		const at = await this.#at();
		/** @type {{ body: any, etag: string | null } | null} */
		let there = null;
		if (id && ID.test(id))
			there = await this.http.call('GET', `${at}/workflows/${id}`).catch((error) => {
				if (error.status === 404) return null;
				throw error;
			});
		const found = there ? null : await this.#named(name);
		if (found) there = await this.http.call('GET', `${at}/workflows/${found}`);
		const body = { name, ...(description === undefined ? {} : { description }), definition };
		if (!there) return { result: 'made', workflow: await this.request('POST', '/workflows', { body, idempotencyKey: crypto.randomUUID() }) };
		const changed = await this.request('PATCH', `/workflows/${there.body.id}`, { body: { ...body, ...(message === undefined ? {} : { message }) }, ifMatch: there.etag ?? '*' });
		return { result: changed.revision === there.body.revision ? 'unchanged' : 'changed', workflow: changed };
	}

	// ---- runs ----

	/** @param {string} nameOrId @param {Record<string, unknown>} [input] @param {TRunOptions} [options] */
	async runWorkflow(nameOrId, input = {}, { wait = true, onEvent, signal, version, idempotencyKey = crypto.randomUUID() } = {}) {
		const id = ID.test(nameOrId) ? nameOrId : (await this.workflow(nameOrId)).id;
		const made = await this.request('POST', '/runs', { body: { workflow_id: id, input, ...(version === undefined ? {} : { version }) }, idempotencyKey, signal });
		return wait ? this.wait(made.id, { onEvent, signal }) : made;
	}

	/** @param {{ workflowId?: string, status?: string | string[], limit?: number }} [options] */
	runs({ workflowId, status, limit } = {}) {
		return this.#pages('/runs', { workflow_id: workflowId, status: status === undefined ? undefined : [status].flat().join(','), limit });
	}

	/** @param {string} id */
	run(id) {
		return this.request('GET', `/runs/${id}`);
	}

	/** @param {string} id @param {{ after?: number, signal?: AbortSignal }} [options] */
	async *events(id, { after, signal } = {}) {
		yield* events(this.http, `${await this.#at()}/runs/${id}/live`, { after, signal, patienceMs: this.patienceMs });
	}

	/** @param {string} id @param {{ onEvent?: (event: TRunEvent) => void, after?: number, signal?: AbortSignal }} [options] */
	async wait(id, { onEvent, after, signal } = {}) {
		for await (const event of this.events(id, { after, signal })) onEvent?.(event);
		const run = await this.request('GET', `/runs/${id}`, { signal });
		if (!ENDED.has(run.status)) throw new TypeError(`The run goes on: somebody has asked for its next generation. Wait again after event ${run.last_event}.`);
		if (run.status !== 'completed') throw new RunFailed(run);
		if (run.truncated) run.output = await this.request('GET', `/runs/${id}/output`, { signal });
		return run;
	}

	/** @param {string} id */
	cancel(id) {
		return this.request('POST', `/runs/${id}/cancel`);
	}

	/** @param {string} id */
	pause(id) {
		return this.request('POST', `/runs/${id}/pause`);
	}

	/** @param {string} id */
	resume(id) {
		return this.request('POST', `/runs/${id}/resume`);
	}

	/** @param {string} id @param {TSchemas['RunRetry']} [how] */
	retry(id, how = {}) {
		return this.request('POST', `/runs/${id}/retry`, { body: how });
	}

	/** @param {string} id @param {string} step @param {TDecisionOptions} [options] */
	approve(id, step, options = {}) {
		return this.request('POST', `/runs/${id}/approvals/${encodeURIComponent(step)}`, { body: { decision: 'approve', ...options } });
	}

	/** @param {string} id @param {string} step @param {TDecisionOptions} [options] */
	reject(id, step, options = {}) {
		return this.request('POST', `/runs/${id}/approvals/${encodeURIComponent(step)}`, { body: { decision: 'reject', ...options } });
	}

	/** @param {string} id @param {string} name @param {unknown} [data] */
	signal(id, name, data) {
		return this.request('POST', `/runs/${id}/signals/${encodeURIComponent(name)}`, { body: data === undefined ? {} : { data } });
	}
}

/** @param {TClientOptions} [options] @returns {TClient} */
export function createClient(options = {}) {
	return new Client(options);
}

/**
 * With a client of what the environment says: STEPMILL_URL, STEPMILL_TOKEN, STEPMILL_WORKSPACE.
 * @param {string} nameOrId @param {Record<string, unknown>} [input] @param {TRunOptions} [options]
 */
export function runWorkflow(nameOrId, input, options) {
	return new Client({}).runWorkflow(nameOrId, input, options);
}

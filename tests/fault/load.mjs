// Work for the fault tests: creates runs of all kinds (kinds.mjs) in several workspaces until it is told to stop, insists until each is
// acknowledged, does to them what their kind says, cancels some at random moments, and listens to some. What clients were told is
// kept here for the checker.
//
//	const load = await makeLoad(stack, { random, only: ['instant'] });
//	load.start(4); …
//	await load.finish();

import http from 'node:http';
import { startRogue } from '../harness/rogue.mjs';
import { demo, sleep } from '../harness/stack.mjs';
import { kinds } from './kinds.mjs';

const WORKSPACES = 2;
const ANSWER_MS = 200; // so that calls are under way when something is killed

/** What scripts with network ask: it sends back what comes, and keeps who asked. Executors must be allowed to get there. */
export const startServer = () => startRogue({ handler: (request, answer, kept) => setTimeout(() => answer.end(kept.body), ANSWER_MS) });

export class Load {
	constructor(stack, client, spaces, { random = Math.random, only, without = [], cancels = 0.1, listens = 0.3, server } = {}) {
		Object.assign(this, { stack, client, spaces, random, cancels, listens, server, stopped: false, givenUp: false });
		this.bag = (only ?? Object.keys(kinds).filter((name) => kinds[name].weight && !without.includes(name) && (server || !kinds[name].network))).flatMap((name) => Array(only ? 1 : kinds[name].weight).fill(name));
		this.tokens = new Map(); // workspace → how long its secret TOKEN is, once that was acknowledged
		this.runs = new Map(); // id → what was asked of it
		this.acknowledged = new Map(); // marker → id
		this.listeners = [];
		this.open = []; // listeners that have begun
		this.busy = new Set(); // what is being done to runs
		this.refused = [];
		this.next = 0;
		stack.goingOn.push(() => this.giveUp());
		this.name = `m${Math.floor(random() * 1e9).toString(36)}-`;
	}

	start(clients = 4) {
		this.loops = Array.from({ length: clients }, () => this.loop());
	}

	giveUp() {
		this.stopped = this.givenUp = true;
	}

	async loop() {
		while (!this.stopped) {
			await this.one().catch((error) => {
				if (!this.givenUp) throw error;
			});
			await sleep(this.random() * 60);
		}
	}

	/** Retries a request as a careful client does: any broken connection, 5xx or 429 is tried again with the same key. */
	async insist(ask) {
		for (;;) {
			if (this.givenUp) throw new Error('the load was told to give up');
			try {
				const answer = await ask();
				if (answer.status < 500 && answer.status !== 429) return answer;
			} catch {
				/* connection broken: the outcome is unknown, the key is the same */
			}
			await sleep(20 + Math.random() * 80);
		}
	}

	/** Asks something of a run; the answer's status. One that is neither 202 nor listed is kept for the test to see. */
	async ask(run, what, body, ...allowed) {
		const answer = await this.insist(() => this.client.post(`/workspaces/${run.space}/runs/${run.id}/${what}`, typeof body === 'function' ? body() : body));
		if (answer.status !== 202 && !allowed.includes(answer.status)) this.refused.push(`${what} of ${run.kind}: ${answer.status} ${JSON.stringify(answer.body)}`);
		return answer.status;
	}

	/** In that generation of it, or a later one. */
	async ended(run, generation = 1) {
		const { body } = await this.insist(() => this.client.get(`/workspaces/${run.space}/runs/${run.id}`));
		return ['completed', 'failed', 'cancelled'].includes(body.status) && body.generation >= generation;
	}

	/** The secret TOKEN of a workspace, so long; its length. */
	async setToken(workspace, length) {
		const answer = await this.insist(() => this.client.request('PUT', `/workspaces/${workspace}/secrets/TOKEN`, { value: 't'.repeat(length) }));
		if (answer.status !== 200) this.refused.push(`TOKEN: ${answer.status} ${JSON.stringify(answer.body)}`);
		return length;
	}

	async one(kind = this.bag[Math.floor(this.random() * this.bag.length)]) {
		const marker = `${this.name}${++this.next}`;
		const { workspace, workflows, project } = this.spaces[this.next % this.spaces.length];
		const told = await kinds[kind].before?.(this, { workspace });
		const input = { text: `Fault test ${marker}.`, marker, ...kinds[kind].input?.(marker, this) };
		const answer = await this.insist(() => this.client.post(`/workspaces/${workspace}/runs`, { workflow_id: workflows[kind], ...(kinds[kind].then ? { version: 1 } : {}), ...(kinds[kind].network ? { project_id: project } : {}), input }, { 'idempotency-key': marker }));
		if (answer.status !== 201) {
			this.refused.push(`${kind}: ${answer.status} ${JSON.stringify(answer.body)}`);
			return undefined;
		}
		const run = { id: answer.body.id, space: workspace, kind, marker, input, doing: new Set(), ...told };
		this.acknowledged.set(marker, run.id);
		this.runs.set(run.id, run);
		const listens = this.random() < this.listens;
		if (this.random() < this.cancels) this.meanwhile(run, this.cancel(run));
		if (kinds[kind].after) this.meanwhile(run, kinds[kind].after(this, run));
		if (listens) this.open.push(this.listen(run));
		return run;
	}

	/** A new run that begins at a step of this one; it is of the same kind, and nothing more is done to it. */
	async fork(run, step) {
		const marker = `${run.marker}-fork`;
		const input = { ...run.input, marker };
		const answer = await this.insist(() => this.client.post(`/workspaces/${run.space}/runs/${run.id}/fork`, { step, input }, { 'idempotency-key': marker }));
		if (answer.status !== 201) {
			this.refused.push(`fork: ${answer.status} ${JSON.stringify(answer.body)}`);
			return;
		}
		const made = { id: answer.body.id, space: run.space, kind: run.kind, marker, input };
		this.acknowledged.set(marker, made.id);
		this.runs.set(made.id, made);
	}

	/** Something is done to a run while the test goes on: the load's end waits for it, and so do those who listen to the run. */
	meanwhile(run, doing) {
		const done = doing.catch(() => {}).finally(() => {
			this.busy.delete(done);
			run.doing.delete(done);
		});
		this.busy.add(done);
		run.doing.add(done);
	}

	async cancel(run) {
		run.cancelled = true;
		await sleep(this.random() ** 3 * 2000);
		await this.ask(run, 'cancel', undefined, 409);
	}

	/**
	 * Listens from the beginning to the end of a run, through every lost connection, with Last-Event-ID. A stream may end with the run
	 * although it is reopened a moment later: the end counts when nobody does anything to the run any more and no event follows.
	 */
	async listen(run) {
		const seen = { run: run.id, seqs: [], reconnects: 0 };
		while (!this.givenUp) {
			const ended = await this.stream(run, seen);
			if (ended) {
				await Promise.all(run.doing);
				if (!(await this.more(run, seen))) {
					this.listeners.push(seen);
					return;
				}
			}
			seen.reconnects++;
			await sleep(30 + Math.random() * 100);
		}
	}

	/** Are there events after those that a listener saw, or will there be? */
	async more(run, seen) {
		const { body } = await this.insist(() => this.client.get(`/workspaces/${run.space}/runs/${run.id}/events?after=${seen.seqs.at(-1)}&limit=1`));
		return !body.ended || body.data.length > 0;
	}

	stream(run, seen) {
		return new Promise((resolve) => {
			const request = http.get(`${this.stack.url}/api/workspaces/${run.space}/runs/${run.id}/live`, {
				agent: false,
				headers: { cookie: this.client.cookie, accept: 'text/event-stream', ...(seen.seqs.length ? { 'last-event-id': String(seen.seqs.at(-1)) } : {}) },
			}, (response) => {
				let text = '';
				let ended = false;
				response.setEncoding('utf8');
				response.on('data', (chunk) => {
					text += chunk;
					for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
						const fields = Object.fromEntries(text.slice(0, end).split('\n').filter((l) => l && !l.startsWith(':'))
							.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]));
						if (response.statusCode === 200 && fields.id) {
							seen.seqs.push(Number(fields.id));
							if (/^run\.(completed|failed|cancelled)$/.test(fields.event)) ended = true;
						}
					}
				});
				response.on('close', () => resolve(ended));
				response.on('error', () => resolve(ended));
			});
			request.setTimeout(20000, () => request.destroy());
			request.on('error', () => resolve(false));
		});
	}

	/** No more runs; waits until every acknowledged one has ended and every listener has seen it, or `ms` are over. */
	async finish(ms = 150000) {
		this.stopped = true;
		let timer;
		const over = new Promise((done) => {
			timer = setTimeout(() => {
				this.givenUp = true;
				done();
			}, ms);
		});
		await Promise.race([Promise.all(this.loops ?? []), over]);
		while (!this.givenUp && this.busy.size) await Promise.race([...this.busy, over]);
		await Promise.race([Promise.all(this.open), over]);
		const alive = () => Number(this.stack.sql('select count(*) from run_live')[0][0]);
		while (!this.givenUp && alive() > 0) await sleep(100);
		clearTimeout(timer);
		this.givenUp = true;
	}
}

/** Workspaces beside the demo's, in which the demo's person is owner as well. */
function makeWorkspaces(stack, client, count) {
	return [client.workspace, ...Array.from({ length: count - 1 }, (_, i) => {
		const slug = `fault-${i + 2}`;
		stack.sql(`with w as (insert into workspace (id, slug, name) values (gen_random_uuid(), '${slug}', '${slug}') on conflict do nothing returning id)
			insert into membership (workspace_id, user_id, role) select w.id, u.id, 'owner' from w, app_user u where u.email = '${demo.email}'`);
		return stack.sql(`select id from workspace where slug = '${slug}'`)[0][0];
	})];
}

async function made(client, workspace, what, body) {
	const answer = await client.post(`/workspaces/${workspace}/${what}`, body);
	if (answer.status !== 201) throw new Error(`${what} ${body.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
	return answer.body.id;
}

/** A workflow of each kind in a workspace, and a project whose scripts may use the network: { workspace, workflows: { kind: id }, project }. */
async function makeWorkflows(client, workspace, names) {
	const prompt = await made(client, workspace, 'prompts', { name: 'Echo', body: 'Say it again.\n\n{{text}}' });
	const input = { type: 'object', properties: { text: { type: 'string' }, marker: { type: 'string' }, server: { type: 'string' } }, required: ['text'], additionalProperties: false };
	const workflows = {};
	const filled = (list) => list.map((step) => ({ ...step, ...(step.kind === 'prompt' ? { prompt: { id: prompt } } : {}), ...(step.steps ? { steps: filled(step.steps) } : {}) }));
	const all = [];
	const include = (name) => {
		(kinds[name].uses ?? []).forEach(include);
		if (!all.includes(name)) all.push(name);
	};
	names.forEach(include);
	for (const name of all) {
		const { agent } = kinds[name];
		if (agent) await made(client, workspace, 'agents', { name, kind: 'prompt', config: typeof agent === 'function' ? agent(workflows) : agent });
		const steps = filled(typeof kinds[name].steps === 'function' ? kinds[name].steps(workflows) : kinds[name].steps);
		const type = kinds[name].type ?? (steps.length > 1 && steps.every((step) => step.kind === 'prompt') ? 'chain' : 'flow');
		const handlers = Object.fromEntries(Object.entries(kinds[name].handlers ?? {}).map(([when, code]) => [when, { code }]));
		const definition = { type, input, steps, ...handlers, ...(kinds[name].code ? { code: kinds[name].code } : {}) };
		workflows[name] = await made(client, workspace, 'workflows', { name, definition });
		if (kinds[name].limit) {
			const { unit, ...limit } = kinds[name].limit;
			const { status } = await client.request('PUT', `/workspaces/${workspace}/limits/${unit}?scope=workflow:${workflows[name]}`, limit);
			if (status !== 200) throw new Error(`the limit of ${name}: ${status}`);
		}
		if (kinds[name].then) {
			const { status } = await client.request('PATCH', `/workspaces/${workspace}/workflows/${workflows[name]}`,
				{ definition: { ...definition, steps: filled(kinds[name].then) } }, { 'if-match': '*' });
			if (status !== 200) throw new Error(`the second version of ${name}: ${status}`);
		}
	}
	return { workspace, workflows, project: await made(client, workspace, 'projects', { name: 'Network', config: { script_network: true } }) };
}

/** A load whose workflows are there; it begins with start(), or run by run with one(). */
export async function makeLoad(stack, options = {}) {
	const client = await stack.signIn();
	const spaces = [];
	for (const workspace of makeWorkspaces(stack, client, options.spaces ?? WORKSPACES)) spaces.push(await makeWorkflows(client, workspace, options.only ?? Object.keys(kinds)));
	return new Load(stack, client, spaces, options);
}

/** A small generator with a seed, so that a failing test can be run again as it was. */
export function seeded(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

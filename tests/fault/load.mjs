// Work for the fault tests: creates runs until it is told to stop, insists until each is acknowledged, cancels some, and
// listens to some. What clients were told is kept here for the checker.

import http from 'node:http';
import { Client, sleep } from '../harness/stack.mjs';

/** Retries a request as a careful client does: any broken connection, 5xx or 429 is tried again with the same key. */
async function insist(load, ask) {
	for (;;) {
		if (load.givenUp) throw new Error('the load was told to give up');
		try {
			const answer = await ask();
			if (answer.status < 500 && answer.status !== 429) return answer;
		} catch {
			/* connection broken: the outcome is unknown, the key is the same */
		}
		await sleep(20 + Math.random() * 80);
	}
}

export class Load {
	constructor(stack, client, workflows, random = Math.random) {
		Object.assign(this, { stack, client, workflows, random, listenShare: 0.3, stopped: false, givenUp: false });
		this.acknowledged = new Map();
		this.cancelAsked = new Set();
		this.listeners = [];
		this.open = [];
		this.refused = [];
		this.next = 0;
	}

	start(clients = 4) {
		this.loops = Array.from({ length: clients }, () => this.loop());
	}

	async loop() {
		while (!this.stopped) {
			await this.one();
			await sleep(this.random() * 60);
		}
	}

	async one() {
		const marker = `m${++this.next}`;
		const workflow_id = this.workflows[this.next % this.workflows.length];
		const { client } = this;
		const answer = await insist(this, () => client.post(`/workspaces/${client.workspace}/runs`,
			{ workflow_id, input: { text: `Fault test ${marker}.`, marker } }, { 'idempotency-key': marker }));
		if (answer.status !== 201) {
			this.refused.push(`${answer.status} ${JSON.stringify(answer.body)}`);
			return;
		}
		const id = answer.body.id;
		this.acknowledged.set(marker, id);
		const dice = this.random();
		if (dice < this.listenShare) this.open.push(this.listen(id));
		if (dice > 0.9) {
			this.cancelAsked.add(id);
			await sleep(this.random() * 100);
			const answer = await insist(this, () => client.post(`/workspaces/${client.workspace}/runs/${id}/cancel`));
			if (![202, 409].includes(answer.status)) this.refused.push(`cancel: ${answer.status} ${JSON.stringify(answer.body)}`);
		}
	}

	/** Listens from the beginning to the end of a run, through every lost connection, with Last-Event-ID. */
	async listen(run) {
		const seen = { run, seqs: [], reconnects: 0 };
		while (!this.givenUp) {
			const ended = await this.stream(run, seen);
			if (ended) {
				this.listeners.push(seen);
				return;
			}
			seen.reconnects++;
			await sleep(30 + Math.random() * 100);
		}
	}

	stream(run, seen) {
		return new Promise((resolve) => {
			const request = http.get(`${this.stack.url}/api/workspaces/${this.client.workspace}/runs/${run}/live`, {
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
	async finish(ms = 60000) {
		this.stopped = true;
		const timer = setTimeout(() => {
			this.givenUp = true;
		}, ms);
		await Promise.allSettled(this.loops ?? []);
		await Promise.race([Promise.all(this.open), new Promise((over) => setTimeout(over, ms).unref())]);
		const end = Date.now() + ms;
		while (Date.now() < end && Number(this.stack.sql('select count(*) from run_live')[0][0]) > 0) await sleep(100);
		clearTimeout(timer);
		this.givenUp = true;
	}
}

/** Chains of three steps: one that answers at once, one that streams, and one whose calls take longer than a short lease. */
export async function makeWorkflows(client) {
	const prompt = await client.post(`/workspaces/${client.workspace}/prompts`, { name: 'Echo', body: 'Say it again.\n\n{{text}}' });
	if (prompt.status !== 201) throw new Error(`prompt: ${prompt.status} ${JSON.stringify(prompt.body)}`);
	const make = async (name, model, options) => {
		const step = (key, from) => ({ key, kind: 'prompt', prompt: { id: prompt.body.id }, input: { text: from }, model, ...(options ? { options } : {}) });
		const answer = await client.post(`/workspaces/${client.workspace}/workflows`, {
			name,
			definition: {
				type: 'chain',
				input: { type: 'object', properties: { text: { type: 'string' }, marker: { type: 'string' } }, required: ['text'], additionalProperties: false },
				steps: [step('one', '{{input.text}}'), step('two', '{{steps.one.output}}'), step('three', '{{steps.two.output}}')],
			},
		});
		if (answer.status !== 201) throw new Error(`workflow: ${answer.status} ${JSON.stringify(answer.body)}`);
		return answer.body.id;
	};
	return {
		instant: await make('Instant', 'builtin/instant'),
		streaming: await make('Streaming', 'builtin/echo', { delay_ms: 20, stream_ms: 30 }),
		slow: await make('Slow', 'builtin/echo', { delay_ms: 1500, stream_ms: 0 }),
	};
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

export { Client };

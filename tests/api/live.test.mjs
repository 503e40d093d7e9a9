// Live events through nginx over a real PostgreSQL. No executor runs: the tests write the events themselves, so that they know
// exactly which numbers there are, and when, and who was told.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { demo, startStack, until } from '../harness/stack.mjs';

const WORKSPACE = '01900000-0000-7000-8000-0000000000d0';
const WORKFLOW = '01900000-0000-7000-8000-0000000001c2';
const PER_PERSON = 12;

let stack, client;
before(async () => {
	stack = await startStack({
		executors: 0,
		env: { STEPMILL_PER_PERSON: String(PER_PERSON), STEPMILL_ROLE_SECONDS: '1', STEPMILL_SLOW_SECONDS: '2' },
		build: process.env.STEPMILL_BUILD,
	});
	client = await stack.signIn();
});
after(() => stack?.stop());
afterEach(async () => {
	for (const l of listening) await l.close();
	listening.clear();
});

/** A run that only we move. */
function newRun(status = 'running') {
	const id = stack.sql(`insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by)
		select '${WORKSPACE}', (substr(id_floor(now())::text, 1, 15) || substr('${randomUUID()}', 16))::uuid, '${WORKFLOW}', 1, 'x', 'chain',
		'${status}', 1, '{}', (select user_id from membership limit 1) returning id`)[0][0];
	return new Run(id);
}

class Run {
	constructor(id) {
		this.id = id;
		this.last = 1; // the run itself
	}
	get path() {
		return `/workspaces/${WORKSPACE}/runs/${this.id}/live`;
	}
	/** Appends `count` events in one commit; `tell` is the notification's payload, null for none. */
	write(count, { tell = this.id, data = `json_build_object('n', g)::text`, end = null } = {}) {
		const last = this.last + count;
		const row = (seq, type) => `('${WORKSPACE}', '${this.id}', ${seq}, now(), '${type}')`;
		stack.sql(`begin;
			insert into run_event (workspace_id, run_id, seq, at, type, path, attempt, data)
			select '${WORKSPACE}', '${this.id}', g, now(), 'step.output', 'a', 1, ${data} from generate_series(${this.last + 1}, ${last}) g;
			${end ? `insert into run_event (workspace_id, run_id, seq, at, type) values ${row(last + 1, `run.${end}`)};
			update run set status = '${end}', finished_at = now() where id = '${this.id}';` : ''}
			${tell ? `notify stepmill_event, '${tell}';` : ''}
			commit`);
		this.last = end ? last + 1 : last;
	}
}

const listening = new Set();

/** Reads a stream; with `resume` it comes back by number as a browser does, until the end is told. */
class Listener {
	constructor(run, { from = 0, resume = false, by = client, query = '' } = {}) {
		Object.assign(this, { run, resume, by, query, from, last: from, seqs: [], events: [], pings: 0, ended: false, closed: false, opened: 0 });
		this.abort = new AbortController();
		listening.add(this);
		this.done = this.read();
	}
	async read() {
		for (;;) {
			try {
				await this.once();
			} catch (error) {
				if (this.abort.signal.aborted) break;
				this.error = error;
			}
			if (!this.resume || this.ended || this.abort.signal.aborted) break;
			await new Promise((again) => setTimeout(again, 50));
		}
		this.closed = true;
	}
	async once() {
		const headers = { cookie: this.by.cookie };
		if (this.last > 0) headers['last-event-id'] = String(this.last);
		const response = await fetch(`${stack.url}/api${this.run.path}${this.query}`, { headers, signal: this.abort.signal });
		this.status = response.status;
		if (response.status !== 200) {
			this.problem = await response.text();
			return;
		}
		this.opened++;
		this.type = response.headers.get('content-type');
		let text = '';
		const decoder = new TextDecoder();
		for await (const bytes of response.body) {
			text += decoder.decode(bytes, { stream: true });
			const blocks = text.split('\n\n');
			text = blocks.pop();
			for (const block of blocks) this.take(block);
		}
	}
	take(block) {
		if (block.startsWith('event: ping\n')) {
			this.pings++;
			return;
		}
		const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
		if (fields.event === 'end') this.ended = true;
		if (!fields.id) return;
		this.last = Number(fields.id);
		this.seqs.push(this.last);
		this.events.push({ type: fields.event, data: JSON.parse(fields.data) });
	}
	/** Every number after where it began, once and in order. */
	assertWhole(to = this.run.last) {
		const expected = Array.from({ length: to - this.from }, (_, i) => this.from + i + 1);
		assert.deepEqual(this.seqs, expected);
	}
	reaches(seq = this.run.last) {
		return until(`event ${seq}, now at ${this.last}`, () => this.last >= seq);
	}
	async close() {
		this.abort.abort();
		await this.done;
	}
}

const watched = (run) => stack.sql(`select 1 from run_watch where run_id = '${run.id}'`).length > 0;

describe('a stream', () => {
	test('brings every event once and in order, wherever a listener begins, and then ends', async () => {
		const run = newRun();
		run.write(700);
		const listeners = [0, 1, 199, 200, 201, 699, 700].map((from) => new Listener(run, { from }));
		for (let i = 0; i < 20; i++) run.write(3);
		run.write(2, { end: 'completed' });
		for (const l of listeners) {
			await l.done;
			assert.equal(l.ended, true);
			l.assertWhole();
		}
		assert.match(listeners[0].type, /^text\/event-stream/);
	});

	test('has events in the shape of the contract', async () => {
		const run = newRun();
		run.write(1, { data: `'{"text": "a\\nb \\"c\\" é", "offset": 0}'`, end: 'failed' });
		const l = new Listener(run);
		await l.done;
		assert.deepEqual([l.events[0].data.seq, l.events[0].type], [1, 'run.created']);
		const { at, ...first } = l.events[1].data;
		assert.deepEqual(first, { seq: 2, type: 'step.output', path: 'a', attempt: 1, data: { text: 'a\nb "c" é', offset: 0 } });
		assert.ok(!Number.isNaN(Date.parse(at)));
		assert.equal(l.events[2].type, 'run.failed');
		assert.deepEqual({ path: l.events[2].data.path, data: l.events[2].data.data }, { path: null, data: {} });
		const list = await client.get(`/workspaces/${WORKSPACE}/runs/${run.id}/events`);
		assert.deepEqual(l.events.map((e) => Object.keys(e.data).sort()), list.body.data.map((e) => Object.keys(e).sort()));
		assert.deepEqual(l.events.map((e) => ({ ...e.data, at: Date.parse(e.data.at) })), list.body.data.map((e) => ({ ...e, at: Date.parse(e.at) })));
	});

	test('begins after ?after=, and Last-Event-ID wins over it', async () => {
		const run = newRun();
		run.write(9, { end: 'completed' });
		const asked = new Listener(run, { query: '?after=4' });
		await asked.done;
		assert.deepEqual(asked.seqs, [5, 6, 7, 8, 9, 10, 11]);
		const both = new Listener(run, { from: 8, query: '?after=4' });
		await both.done;
		assert.deepEqual(both.seqs, [9, 10, 11]);
	});

	test('of a run that has ended, opened behind its last event, ends at once', async () => {
		const run = newRun();
		run.write(2, { end: 'cancelled' });
		const l = new Listener(run, { from: 4 });
		await l.done;
		assert.deepEqual([l.status, l.seqs, l.ended], [200, [], true]);
	});

	test('goes on when nobody told that there is something new', async () => {
		const run = newRun();
		const l = new Listener(run);
		await until('it to be watched', () => watched(run));
		run.write(3, { tell: null });
		await l.reaches();
		run.write(2, { tell: 'many' });
		run.write(1, { tell: null, end: 'completed' });
		await l.done;
		l.assertWhole();
	});

	test('carries events larger than a page, and many that are large', async () => {
		const run = newRun();
		run.write(2, { data: `json_build_object('text', repeat('x', 300000))::text` });
		run.write(300, { data: `json_build_object('text', repeat('y', 3000))::text`, end: 'completed' });
		const l = new Listener(run);
		await l.done;
		l.assertWhole();
		assert.equal(l.events[1].data.data.text.length, 300000);
	});
});

describe('somebody who may not', () => {
	const problem = async (path, headers = { cookie: client.cookie }, method = 'GET') => {
		const response = await fetch(`${stack.url}/api${path}`, { headers, method });
		assert.match(response.headers.get('content-type'), /^application\/problem\+json/);
		const body = await response.json();
		assert.equal(body.status, response.status);
		assert.ok(body.request_id && body.title && body.detail && typeof body.retryable === 'boolean');
		return { status: response.status, code: body.code, path: body.errors?.[0].path };
	};

	test('is told so in a problem document', async () => {
		const run = newRun();
		const other = `/workspaces/${WORKSPACE}/runs/${randomUUID()}/live`;
		assert.deepEqual(await problem(run.path, {}), { status: 401, code: 'unauthenticated', path: undefined });
		assert.equal((await problem(run.path, { cookie: '__Host-stepmill=wrong' })).status, 401);
		assert.equal((await problem(run.path, { cookie: client.cookie.replace('__Host-', '') })).status, 401);
		assert.equal((await problem(other)).status, 404);
		assert.equal((await problem(run.path.replace(WORKSPACE, randomUUID()))).status, 404);
		assert.deepEqual(await problem(run.path.replace(run.id, 'x')), { status: 400, code: 'malformed', path: 'path.run_id' });
		assert.deepEqual(await problem(`${run.path}?after=x`), { status: 400, code: 'malformed', path: 'query.after' });
		assert.deepEqual(await problem(`${run.path}?from=1`), { status: 422, code: 'invalid', path: 'query.from' });
		assert.deepEqual(await problem(`${run.path}?after=1&after=2`), { status: 400, code: 'malformed', path: 'query.after' });
		assert.equal((await problem(`${run.path}?${'x'.repeat(300)}=1&after=0`)).status, 400);
		assert.equal((await problem(run.path, { cookie: client.cookie, 'last-event-id': '-1' })).path, 'header.Last-Event-ID');
		assert.equal((await problem(run.path, { cookie: client.cookie }, 'POST')).status, 405);
		assert.equal((await problem(run.path, { cookie: client.cookie }, 'DELETE')).status, 405);
	});

	test('does not see the run of another person’s private workflow', async () => {
		const run = newRun();
		stack.sql(`update run set private_to = '${randomUUID()}' where id = '${run.id}'`);
		assert.equal((await problem(run.path)).status, 404);
	});

	test('loses the stream when the membership ends, and when the session does', async () => {
		for (const sql of [`delete from membership where role = 'viewer'`, `delete from session where user_id = (select id from app_user where email = 'lin@example.com')`]) {
			stack.sql(`insert into app_user (id, email, name, password_hash) select gen_random_uuid(), 'lin@example.com', 'Lin', password_hash from app_user
				where email = '${demo.email}' on conflict do nothing;
				insert into membership select '${WORKSPACE}', id, 'viewer' from app_user where email = 'lin@example.com' on conflict do nothing`);
			const lin = await stack.signIn('lin@example.com');
			const run = newRun();
			run.write(1);
			const l = new Listener(run, { by: lin });
			await l.reaches(1);
			stack.sql(sql);
			await until('the stream to be closed', () => l.closed);
			assert.equal(l.ended, false);
			run.write(1);
			const again = new Listener(run, { by: lin });
			await again.done;
			assert.ok([401, 404].includes(again.status));
			assert.deepEqual(again.seqs, []);
		}
	});

	test('cannot watch more than the limit at once, and can again when one is closed', async () => {
		const run = newRun();
		run.write(1);
		// The places of those who listened before may not be free yet.
		const many = Array.from({ length: PER_PERSON }, () => new Listener(run, { resume: true }));
		for (const l of many) await l.reaches(1);
		assert.deepEqual(await problem(run.path), { status: 429, code: 'rate_limited', path: undefined });
		await many.pop().close();
		await until('a place to be free', async () => {
			const l = new Listener(run);
			many.push(l);
			await until('it to listen, or to be told that it may not', () => l.closed || l.last >= 1);
			return l.status === 200;
		});
		for (const l of many) await l.close();
	});
});

describe('a listener who takes nothing', () => {
	test('is closed, and holds nobody else up', async () => {
		const run = newRun();
		const slow = await until('a place', async () => {
			const response = await fetch(`${stack.url}/api${run.path}`, { headers: { cookie: client.cookie } });
			return response.status === 200 && response;
		});
		const l = new Listener(run, { resume: true }); // it too may have to wait for a place
		for (let i = 0; i < 40; i++) run.write(20, { data: `json_build_object('text', repeat('z', 20000))::text` });
		await l.reaches();
		await until('the slow one to be closed', () => stack.programs.live.log().includes('closed a listener that takes nothing'));
		run.write(1, { end: 'completed' });
		await l.done;
		l.assertWhole();
		// What the slow one gets in the end is a beginning of the events without a gap: it was cut, not thinned out.
		let text = '';
		try {
			for await (const bytes of slow.body) text += Buffer.from(bytes).toString('latin1');
		} catch {
			/* cut in the middle */
		}
		const seqs = [...text.matchAll(/^id: (\d+)$/gm)].map((m) => Number(m[1]));
		assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
		assert.ok(seqs.length < run.last, 'it got everything: nothing was cut');
	});
});

describe('whatever is killed', () => {
	const through = async (fault, rounds = 3) => {
		const run = newRun();
		const listeners = Array.from({ length: 5 }, () => new Listener(run, { resume: true }));
		for (const l of listeners) await until('a stream', () => l.opened > 0);
		for (let i = 0; i < rounds; i++) {
			run.write(150);
			await fault();
			await until('a row to be written', () => run.write(7) === undefined);
		}
		await until('the end to be written', () => run.write(1, { end: 'completed' }) === undefined);
		for (const l of listeners) {
			await until(`the end, at ${l.last} of ${run.last}`, () => l.ended);
			l.assertWhole();
		}
		return listeners;
	};

	test('stepmill-live by kill -9: listeners come back by number', async () => {
		await through(async () => {
			await stack.programs.live.kill('SIGKILL');
			stack.programs.live.start();
		});
	});

	test('stepmill-live by TERM: it closes its streams and takes itself out of run_watch', async () => {
		const run = newRun();
		run.write(5);
		const l = new Listener(run);
		await l.reaches();
		await stack.programs.live.kill('SIGTERM');
		await until('the stream to be closed', () => l.closed);
		l.assertWhole();
		assert.equal(stack.sql(`select count(*) from run_watch where run_id = '${run.id}'`)[0][0], '0');
		stack.programs.live.start();
		await through(async () => {
			await stack.programs.live.kill('SIGTERM');
			stack.programs.live.start();
		}, 2);
	});

	test('PostgreSQL: the streams stay open and go on', async () => {
		const listeners = await through(async () => {
			await stack.killPostgres();
			await stack.startPostgres();
		}, 2);
		for (const l of listeners) assert.equal(l.opened, 1);
	});

	test('nginx: listeners come back by number', async () => {
		await through(async () => {
			await stack.killNginx();
			stack.programs.nginx.start();
		}, 2);
	});

	test('the connection that is told: events still come', async () => {
		await through(async () => {
			stack.sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'stepmill-live%'`);
		});
	});
});

describe('without listeners', () => {
	test('nothing is watched any more and the database is not asked', async () => {
		const run = newRun();
		run.write(1);
		const l = new Listener(run);
		await l.reaches();
		await l.close();
		await until('nothing to be watched', () => !watched(run));
		const asked = () => stack.sql(`select pid, query_start from pg_stat_activity where application_name = 'stepmill-live'`);
		let before = asked();
		await until('it to rest', async () => {
			const earlier = before;
			await new Promise((wait) => setTimeout(wait, 700));
			before = asked();
			return JSON.stringify(earlier) === JSON.stringify(before);
		});
		await new Promise((wait) => setTimeout(wait, 1500));
		assert.deepEqual(asked(), before);
	});
});

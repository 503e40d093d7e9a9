// /metrics on a port of its own: each number moves when what it counts does, and nothing of a workspace is told.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { freePort, startStack, until } from '../harness/stack.mjs';
import { ids, makeChain } from './lib/world.mjs';

let stack;
let ada;
let port;
before(async () => {
	port = await freePort();
	stack = await startStack({ build: process.env.STEPMILL_BUILD ?? 'build', executors: 0, live: false, env: { STEPMILL_METRICS: `127.0.0.1:${port}` } });
	ada = await stack.signIn();
});
after(() => stack?.stop());

async function read() {
	const response = await fetch(`http://127.0.0.1:${port}/metrics`);
	assert.equal(response.status, 200);
	assert.match(response.headers.get('content-type'), /^text\/plain; version=0.0.4/);
	const text = await response.text();
	const numbers = {};
	for (const line of text.split('\n').filter((l) => l && !l.startsWith('#'))) {
		const [, name, labels, value] = /^stepmill_(\w+)(\{\w+="(?:[^"\\]|\\.)*"\})? (-?[\d.e+-]+)$/.exec(line) ?? assert.fail(line);
		assert.ok(!((name + (labels ?? '')) in numbers), `${line} is there twice`);
		numbers[name + (labels ?? '')] = Number(value);
		assert.match(text, new RegExp(`^# TYPE stepmill_${name} (counter|gauge)$`, 'm'));
	}
	return numbers;
}

describe('the metrics', () => {
	test('count what lives, what is due and for how long, and what was asked', async () => {
		const zero = await read();
		assert.deepEqual([zero['runs{state="due"}'], zero['runs{state="held"}'], zero['executors{state="alive"}'], zero.due_oldest_seconds, zero.inbox_requests], [0, 0, 0, 0, 0]);
		const { workflow } = await makeChain(ada, ada.workspace);
		const at = `/workspaces/${ada.workspace}`;
		const made = (await ada.post(`${at}/runs:bulk`, { workflow_id: workflow.id, inputs: Array.from({ length: 5 }, () => ({ text: 'x' })) })).body.ids;
		stack.sql(`update run_live set due_at = now() - interval '90 s' where run_id = '${made[0]}';
			update run_live set due_at = now() + interval '1 day' where run_id = '${made[1]}';
			update run_live set due_at = now() + interval '100 years' where run_id = '${made[2]}';
			update run_live set holder = '${ids.missing}' where run_id = '${made[3]}'`);
		await ada.post(`${at}/runs/${made[0]}/cancel`);
		stack.sql(`update run_inbox set created_at = now() - interval '40 s';
			insert into run_inbox (workspace_id, run_id, id, kind, kept, created_at) values ('${ada.workspace}', '${made[1]}', gen_random_uuid(), 'signal', true, now() - interval '1 day')`);
		const now = await read();
		assert.deepEqual(['due', 'asleep', 'waiting', 'held'].map((s) => now[`runs{state="${s}"}`]), [2, 1, 1, 1]);
		assert.ok(now.due_oldest_seconds >= 90 && now.due_oldest_seconds < 600, now.due_oldest_seconds);
		assert.equal(now.inbox_requests, 1, 'what is kept waits for its step');
		assert.ok(now.inbox_oldest_seconds >= 40 && now.inbox_oldest_seconds < 600);
		stack.sql(`update run set deleted_at = now() where id = '${made[4]}'`);
		assert.equal((await read()).deleted_runs, 1);
		stack.sql('delete from run_live; delete from run_inbox; delete from run');
	});
	test('tell of each executor by its name, the newest of a name', async () => {
		const said = (calls) => JSON.stringify({ slots: 7, held: 2, memory: 5000000, total: { flushes: 10, flush_us: 2500000, flushed: 40, skipped: 3, lost: 1, doubled: 0, unrecordable: 0, struck: 4, calls }, recent: {} });
		stack.sql(`insert into executor (incarnation, name, planner, started_at, lease_until, metrics, metrics_at) values
			(gen_random_uuid(), 'a "b"', 1, now() - interval '1 h', now() - interval '1 h', '${said(1)}', now() - interval '1 h'),
			(gen_random_uuid(), 'a "b"', 1, now(), now() + interval '20 min', '${said(9)}', now() - interval '3 s'),
			(gen_random_uuid(), 'silent', 1, now(), now() + interval '20 min', null, null)`);
		const now = await read();
		const of = (name) => now[`executor_${name}{executor="a \\"b\\""}`];
		assert.deepEqual(['held', 'slots', 'memory_bytes', 'flushes_total', 'flushed_total', 'flush_seconds_total', 'skipped_total', 'lost_total', 'struck_total', 'calls_total'].map(of),
			[2, 7, 5000000, 10, 40, 2.5, 3, 1, 4, 9]);
		assert.ok(of('lease_seconds') > 600 && of('lease_seconds') <= 1200 && of('told_seconds') >= 3);
		assert.deepEqual([now['executors{state="alive"}'], now['executors{state="dead"}']], [2, 1]);
		const report = stack.cli(['doctor', `--db=${stack.conninfo()}`], { stdio: 'pipe' });
		assert.match(report, /a "b": no flushes of late; memory 5 MB; calls 9, skipped 3, lost 1\./);
		stack.sql('delete from executor');
	});
	test('move with a real executor', async () => {
		stack.executors.push(stack.executor(1).start());
		const name = '{executor="executor-1"}';
		const { body } = await ada.get(`/workspaces/${ada.workspace}/workflows?limit=100`);
		const workflow = body.data.find((one) => one.name === 'Instant chain');
		await ada.post(`/workspaces/${ada.workspace}/runs:bulk`, { workflow_id: workflow.id, inputs: Array.from({ length: 20 }, () => ({ text: 'x' })) });
		const now = await until('its counters to tell of the runs', async () => {
			const one = await read();
			return one[`executor_completed_total${name}`] === 20 ? one : null;
		}, 60000, 250);
		assert.ok(now[`executor_flushes_total${name}`] > 0 && now[`executor_flush_seconds_total${name}`] > 0 && now[`executor_flushed_total${name}`] >= 20);
		assert.ok(now[`executor_memory_bytes${name}`] > 1e6 && now[`executor_lease_seconds${name}`] > 0);
		assert.equal(now[`executor_doubled_total${name}`], 0);
	});
	test('are served to who asks properly, and survive who does not', async () => {
		assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
		assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status, 405);
		assert.equal((await fetch(`${stack.url}/api/metrics`)).status, 404, 'not for the world');
		const silent = net.connect(port, '127.0.0.1');
		await until('the silent one to be left', () => new Promise((done) => { silent.once('close', () => done(true)).once('error', () => done(true)).resume(); }));
		assert.equal((await fetch(`http://127.0.0.1:${port}/metrics?x=1`)).status, 200);
		const children = stack.workers();
		assert.equal(children.length, 3, 'a process beside the two workers');
		for (const pid of children) process.kill(pid, 'SIGKILL');
		await until('it to be there again', () => read());
	});
	test('are away, and say so, while the database is', async () => {
		await stack.killPostgres();
		assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 503);
		await stack.startPostgres();
		await until('the numbers to be back', () => read());
	});
});

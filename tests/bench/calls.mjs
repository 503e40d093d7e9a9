// scripts/bench calls: runs that wait in a call over a real socket to a slow server, all held by one executor.
// --runs N (10000), --seconds N the server takes at least (25; each call up to ten more)
//
// What one waiting call costs: the executor's memory and descriptors, CPU of executor and PostgreSQL while nothing happens; whether
// other runs still go through as quickly as before; and what beginning and ending them all costs.

import fs from 'node:fs';
import { startRogue } from '../harness/rogue.mjs';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { cpu, options, percentile, privateMemory, save, table } from './lib/measure.mjs';

const { runs, seconds } = options(import.meta.url, { runs: 10000, seconds: 25 });

let waiting = 0;
let most = 0;
const server = await startRogue({
	handler: (request, answer) => {
		waiting++;
		most = Math.max(most, waiting);
		setTimeout(() => {
			waiting--;
			answer.writeHead(200, { 'content-type': 'application/json' }).end('{"well": true}');
		}, (seconds + 10 * Math.random()) * 1000);
		return true;
	},
});
const stack = await startStack({ workers: 4, executors: 1, leaseSeconds: 10, fsync: true, live: false, postgres: { max_wal_size: '4GB' },
	env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${server.port}`, STEPMILL_SLOTS: String(runs + 1000) } });
const [executor] = stack.executors;
const one = (text) => Number(stack.sql(text)[0][0]);
const sockets = () => fs.readdirSync(`/proc/${executor.pid}/fd`).length;
const used = () => ({ executor: cpu(executor), postgres: cpu(stack.programs.postgres), at: performance.now() });
/** CPU per second of clock, in percent of one processor. */
const load = (from, to) => Object.fromEntries(['executor', 'postgres'].map((name) => [name, (100 * (to[name] - from[name])) / ((to.at - from.at) / 1000)]));

try {
	const client = await stack.signIn();
	const w = `/workspaces/${client.workspace}`;
	const made = await client.post(`${w}/workflows`, { name: 'Slow calls', definition: { type: 'flow', steps: [{ key: 'call', kind: 'http', url: `${server.url}/{{n}}`, timeout_seconds: 3600 }] } });
	if (made.status !== 201) throw new Error(JSON.stringify(made.body));
	const instant = (await client.get(`${w}/workflows?limit=100`)).body.data.find((f) => /instant/i.test(f.name));
	const calls = () => one(`select count(*) from run_live`);

	/** A 3-step run now and then: milliseconds from its creation to its end, by the database. */
	async function others(count, pause) {
		const ids = [];
		for (let i = 0; i < count; i++) {
			ids.push((await client.post(`${w}/runs`, { workflow_id: instant.id, input: { text: 'One. Two. Three.' } })).body.id);
			await sleep(pause);
		}
		const list = ids.map((id) => `'${id}'`).join();
		await until('the others to end', () => one(`select count(*) from run where id in (${list}) and status = 'completed'`) === count, 60000, 100);
		const times = stack.sql(`select extract(epoch from finished_at - created_at) * 1000 from run where id in (${list})`).map(([ms]) => Number(ms));
		return { p50: percentile(times, 50), p99: percentile(times, 99) };
	}

	await others(50, 10);
	const quiet = await others(100, 20);
	const empty = { memory: privateMemory(executor), sockets: sockets() };
	const still = used();
	await sleep(5000);
	const idle = load(still, used());

	const begin = used();
	for (let left = runs, n = 0; left > 0; left -= 1000, n++) {
		const answer = await client.post(`${w}/runs:bulk`, { workflow_id: made.body.id, inputs: Array.from({ length: Math.min(1000, left) }, (_, i) => ({ n: String(n * 1000 + i) })) });
		if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
	}
	await until('every run to wait in its call', () => server.asked().length === runs, 300000, 20);
	const all = used();
	const full = { memory: privateMemory(executor), sockets: sockets(), at_once: waiting };
	await sleep(1000);
	const settled = used();
	await sleep(Math.min(6000, (seconds - 14) * 1000));
	const held = load(settled, used());
	const busy = await others(100, 20);
	const stillWaiting = waiting;

	await until('every run to end', () => calls() === 0, 600000, 250);
	const end = used();
	const after = { memory: privateMemory(executor), sockets: sockets() };
	const [[completed, repeated]] = stack.sql(`select (select count(*) from run where workflow_id = '${made.body.id}' and status = 'completed'),
		(select count(*) from step_run where attempt > 1)`).map((row) => row.map(Number));

	table(['', `${runs} calls`], [
		['all begun after', `${((all.at - begin.at) / 1000).toFixed(1)} s`],
		['waiting at once, at most', most],
		['descriptors of the executor (before, full, after)', `${empty.sockets} ${full.sockets} ${after.sockets}`],
		['executor MB (before, full, after)', [empty, full, after].map((m) => m.memory.toFixed(1)).join(' ')],
		['KB a waiting run', ((full.memory - empty.memory) * 1024) / runs],
		['CPU while all wait, executor', `${held.executor.toFixed(1)} % (${idle.executor.toFixed(1)} % with none)`],
		['CPU while all wait, PostgreSQL', `${held.postgres.toFixed(1)} % (${idle.postgres.toFixed(1)} % with none)`],
		['executor µs a run, begin to end', ((end.executor - begin.executor) * 1e6) / runs],
		['postgres µs a run, begin to end', ((end.postgres - begin.postgres) * 1e6) / runs],
		['other 3-step runs meanwhile, p50 p99 ms', `${busy.p50.toFixed(1)} ${busy.p99.toFixed(1)} (${quiet.p50.toFixed(1)} ${quiet.p99.toFixed(1)} with none)`],
		['completed', completed],
	]);
	if (completed !== runs || repeated !== 0 || server.asked().length !== runs)
		throw new Error(`${completed} of ${runs} completed, ${repeated} attempts were repeated, ${server.asked().length} calls came`);
	if (stillWaiting < runs / 2) console.log('\nThe machine was too slow: many calls had ended before the others were measured. Take more --seconds.');
	save('calls', { runs, seconds, empty, full, after, idle, held, quiet, busy, most, begun_seconds: (all.at - begin.at) / 1000,
		executor_us: ((end.executor - begin.executor) * 1e6) / runs, postgres_us: ((end.postgres - begin.postgres) * 1e6) / runs });
} finally {
	await stack.stop();
	await server.stop();
}

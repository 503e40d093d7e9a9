// scripts/bench engine: completed 3-step runs a second, bulk and singly; one at a time; what an idle installation does.
// --runs N (30000), --executors N (1), --seconds N of single creates (8). Then the first executor is killed with runs in calls: how long after the end of
// its lease have others taken them.
//
// The limit lines are pgbench writing the same rows as bare SQL on the same cluster, while no executor is there: create; claim and start; the
// three ends with their events; one run a transaction, and 100. Times of single runs are the database's (start of the transaction that
// created the run, to start of the one that recorded its end).

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { cpu, options, percentile, privateMemory, save, table, wrk } from './lib/measure.mjs';

const { runs, executors, seconds } = options(import.meta.url, { runs: 30000, executors: 1, seconds: 8 });
const stack = await startStack({ workers: 4, executors, leaseSeconds: 10, fsync: true, postgres: { max_wal_size: '4GB' } });

const one = (text) => Number(stack.sql(text)[0][0]);
const counters = async () => {
	await sleep(1500); // statistics are handed in once a second
	const [[wal, commits]] = stack.sql(`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0'), xact_commit from pg_stat_database where datname = 'stepmill'`);
	return { wal: Number(wal), commits: Number(commits), postgres: cpu(stack.programs.postgres), executor: stack.executors.reduce((s, e) => s + cpu(e), 0), api: cpu(stack.programs.api) };
};
const drained = () => until('all runs to end', () => one('select count(*) from run_live') === 0, 600000, 250); // each question costs a connection
const results = [];

async function measured(name, work) {
	const before = await counters();
	const { count, elapsed, ...more } = await work();
	const after = await counters();
	const memory = Math.max(0, ...stack.executors.map(privateMemory));
	results.push({ name, runs: count, seconds: elapsed, rate: count / elapsed, walPerRun: (after.wal - before.wal) / count, commitsPerRun: (after.commits - before.commits) / count,
		postgresUs: ((after.postgres - before.postgres) * 1e6) / count, executorUs: ((after.executor - before.executor) * 1e6) / count, apiUs: ((after.api - before.api) * 1e6) / count, memory, ...more });
}

/** The rows of `batch` 3-step runs as five bare transactions: what PostgreSQL alone can do. */
function pgbench(batch, clients, time) {
	const id = `(left(id_floor(now())::text, 13) || '-7' || substr(h, 1, 3) || '-8' || substr(h, 4, 3) || '-' || substr(h, 7, 12))::uuid`;
	const ids = '(select unnest((:ids)::uuid[]) as id) k';
	const w = `'00000000-0000-7000-8000-00000000beef'::uuid`;
	// Spaces after the colons: pgbench takes what follows one for a variable.
	const data = (events) => JSON.stringify(events).replaceAll(':', ': ');
	const event = (seq, ...events) => `insert into run_record (workspace_id, run_id, seq, count, at, data) select ${w}, k.id, ${seq}, 2, now(), '${data(events)}' from ${ids};`;
	const begun = (n) => ['step.started', `step${n}`, 1, { name: `Step number ${n}`, kind: 'prompt', model: 'builtin/instant' }];
	const over = (n) => ['step.completed', `step${n}`, 1, { tokens_in: 12, tokens_out: 12, cost_nano: 0, duration_ms: 0 }];
	const start = (n) => `insert into step_run (workspace_id, run_id, path, attempt, kind, status, input, started_at) select ${w}, k.id, 'step${n}', 1, 'prompt', 'running', '{"text": "One. Two. Three."}', now() from ${ids};`;
	const finish = (n) => `update step_run s set status = 'completed', output = '"One. Two. Three."', finished_at = now(), tokens_in = 12, tokens_out = 12 from ${ids} where s.workspace_id = ${w} and s.run_id = k.id and s.path = 'step${n}' and s.attempt = 1;`;
	const script = `select array_agg(${id})::text as ids from (select md5(random()::text || i) as h from generate_series(1, ${batch}) i) made \\gset
begin; insert into run (workspace_id, id, workflow_id, workflow_version, name, type, step_count, input, created_by) select ${w}, k.id, ${w}, 1, 'bench', 'chain', 3, '{"text": "One. Two. Three."}', ${w} from ${ids}; insert into run_live (workspace_id, run_id) select ${w}, k.id from ${ids}; commit;
begin; update run_live l set holder = ${w}, epoch = 1 from ${ids} where l.workspace_id = ${w} and l.run_id = k.id; update run r set status = 'running', started_at = now() from ${ids} where r.workspace_id = ${w} and r.id = k.id; ${start(1)} ${event(2, ['run.started'], begun(1))} commit;
begin; ${finish(1)} ${start(2)} ${event(4, over(1), begun(2))} commit;
begin; ${finish(2)} ${start(3)} ${event(6, over(2), begun(3))} commit;
begin; ${finish(3)} ${event(8, over(3), ['run.completed'])} update run r set status = 'completed', output = '"One. Two. Three."', finished_at = now() from ${ids} where r.workspace_id = ${w} and r.id = k.id; delete from run_live l using ${ids} where l.workspace_id = ${w} and l.run_id = k.id; commit;
`;
	fs.writeFileSync(`${stack.dir}/limit.sql`, script);
	const bin = fs.readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin/pgbench`).sort().at(-1);
	const out = execFileSync(bin, ['-h', `${stack.dir}/pg`, '-U', 'postgres', '-n', '-M', 'prepared', '-c', String(clients), '-T', String(time), '-f', `${stack.dir}/limit.sql`, 'stepmill'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	const count = Number(/actually processed: (\d+)/.exec(out)[1]) * batch;
	const clean = `delete from run_live where workspace_id = ${w}; delete from run_record where workspace_id = ${w}; delete from step_run where workspace_id = ${w}; delete from run where workspace_id = ${w}`;
	stack.sql(clean);
	return { count, elapsed: time };
}

try {
	const client = await stack.signIn();
	const w = `/workspaces/${client.workspace}`;
	const instant = (await client.get(`${w}/workflows?limit=100`)).body.data.find((f) => /instant/i.test(f.name));
	const input = { text: 'One. Two. Three.' };
	const bulk = async (count) => {
		for (let left = count; left > 0; left -= 1000) {
			const answer = await client.post(`${w}/runs:bulk`, { workflow_id: instant.id, inputs: Array(Math.min(1000, left)).fill(input) });
			if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
		}
	};
	// First of all, while there is nothing yet for autovacuum to do, and when what an executor does once after its start is over.
	await sleep(5000);
	const idle = { seconds: 20 };
	const before = await counters();
	const since = performance.now();
	await sleep(idle.seconds * 1000);
	const after = await counters();
	idle.transactions = (after.commits - before.commits - 2) / ((performance.now() - since) / 1000); // less our own: question, and next connection

	// An executor would claim those rows between two of their transactions, find no workflow to them, and write its own under the same keys.
	for (const executor of stack.executors) await executor.kill('SIGTERM');
	await measured('limit: bare SQL, one run at a time', async () => pgbench(1, 1, 3));
	await measured('limit: bare SQL, a run a transaction', async () => pgbench(1, 2, 5));
	await measured('limit: bare SQL, 100 runs a transaction', async () => pgbench(100, 2, 5));
	for (const executor of stack.executors) executor.start();
	await bulk(200); // what is done once, is
	await drained();
	await measured('bulk-created, saturation', async () => {
		const begin = performance.now();
		await bulk(runs);
		await drained();
		return { count: runs, elapsed: (performance.now() - begin) / 1000 };
	});
	await measured('created singly through the API', async () => {
		const script = `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = '${JSON.stringify({ workflow_id: instant.id, input })}'`;
		const begin = performance.now();
		const made = await wrk(`${stack.url}/api${w}/runs`, { seconds, script, headers: { cookie: client.cookie } });
		await drained();
		return { count: made.requests, elapsed: (performance.now() - begin) / 1000, failed: made.failed };
	});
	const lone = 300;
	let times;
	await measured('one at a time', async () => {
		const begin = performance.now();
		const ids = [];
		for (let i = 0; i < lone; i++) {
			ids.push((await client.post(`${w}/runs`, { workflow_id: instant.id, input })).body.id);
			await sleep(15);
		}
		await drained();
		times = stack.sql(`select extract(epoch from (select min(s.started_at) from step_run s where s.workspace_id = r.workspace_id and s.run_id = r.id) - r.created_at) * 1000,
			extract(epoch from r.finished_at - r.created_at) * 1000 from run r where r.id in (${ids.map((i) => `'${i}'`).join()})`).map((row) => row.map(Number));
		return { count: lone, elapsed: (performance.now() - begin) / 1000 };
	});
	const lines = [['create → first step started', 0], ['create → finished', 1]].map(([name, i]) => ({ name, p50: percentile(times.map((t) => t[i]), 50), p99: percentile(times.map((t) => t[i]), 99) }));

	/** Seconds from the end of the lease to when all of its runs have another holder. */
	const recovery = await (async () => {
		const { definition } = (await client.get(`${w}/workflows/${instant.id}`)).body;
		Object.assign(definition.steps[0], { model: 'builtin/echo', options: { delay_ms: 60_000, stream_ms: 0 } });
		const slow = (await client.post(`${w}/workflows`, { name: 'Slow', definition })).body;
		const count = 100;
		const made = await client.post(`${w}/runs:bulk`, { workflow_id: slow.id, inputs: Array(count).fill(input) });
		if (made.status !== 201) throw new Error(JSON.stringify(made.body));
		await until('all to be in a call', () => one(`select count(*) from step_run where status = 'running'`) === count);
		const [killed] = stack.executors;
		await killed.kill('SIGKILL');
		const [[over]] = stack.sql('select min(lease_until) from executor'); // others renew theirs: its is the first to end
		const taken = one(`select count(*) from run_live l join executor e on e.incarnation = l.holder where e.lease_until = '${over}'`);
		killed.start();
		await until('all to be taken', () => one(`select count(*) from run_live l left join executor e on e.incarnation = l.holder where e.incarnation is null or e.lease_until <= '${over}'`) === 0);
		return { runs: taken, seconds: one(`select extract(epoch from clock_timestamp() - '${over}')`) };
	})();

	const bare = results[0].rate;
	const limit = results[2].rate;
	table(['', 'runs', 'seconds', 'runs a second', 'of limit', 'WAL B a run', 'commits a run', 'postgres µs', 'executor µs', 'api µs', 'executor MB'],
		results.map((r) => [r.name, String(r.runs), r.seconds, r.rate, `${((100 * r.rate) / limit).toFixed(1)} %`, r.walPerRun, r.commitsPerRun, r.postgresUs, r.executorUs, r.apiUs, r.memory]));
	console.log('');
	table(['one at a time', 'p50 ms', 'p99 ms'], lines.map((l) => [l.name, l.p50, l.p99]));
	console.log(`\none run at a time as bare SQL: ${(1000 / bare).toFixed(1)} ms; so long take the same commits without anybody who decides, and without HTTP`);
	console.log(`an executor was killed: its ${recovery.runs} runs were taken ${recovery.seconds.toFixed(1)} s after its lease was over (aim: 2)`);
	console.log(`idle: ${idle.transactions.toFixed(2)} transactions a second with ${executors} executor(s)`);
	save('engine', { runs, executors, results, lone: lines, idle, recovery });
} finally {
	await stack.stop();
}

// scripts/bench sleepers: many runs that sleep. What they cost while they sleep, and how late they wake.
// --runs N (1000000), --executors N (1), --due N a second (1000), --seconds N of waking (20)
//
// The rows are made by SQL, as the API and an executor would have left them: runs of a flow whose one step waits. Lag is the time
// between the moment a wait was over and the event that says its step has completed, both by the database's clock.

import { sleep, startStack, until } from '../harness/stack.mjs';
import { cpu, options, percentile, privateMemory, save, table } from './lib/measure.mjs';

const { runs, executors, due, seconds } = options(import.meta.url, { runs: 1000000, executors: 1, due: 1000, seconds: 20 });
const stack = await startStack({ workers: 1, executors, leaseSeconds: 10, fsync: true, postgres: { max_wal_size: '8GB' } });

const one = (text) => Number(stack.sql(text)[0][0]);
const counters = async () => {
	await sleep(1500); // statistics are handed in once a second
	return { commits: one(`select xact_commit from pg_stat_database where datname = 'stepmill'`), postgres: cpu(stack.programs.postgres), executor: stack.executors.reduce((sum, e) => sum + cpu(e), 0) };
};

/** Sleeping runs; the first `waking` of them for ever, until they are given a time. */
function makeSleepers(workspace, workflow, person, waking) {
	const id = (i) => `(left(id_floor(now())::text, 13) || '-7' || substr(md5(${i}::text), 1, 3) || '-8' || substr(md5(${i}::text), 4, 3) || '-' || substr(md5(${i}::text), 7, 12))::uuid`;
	const batch = 100000;
	for (let from = 1; from <= runs; from += batch) {
		stack.sql(`with made as materialized (
			select ${id('i')} as id, i, case when i <= ${waking} then null else now() + interval '1 day' + i * interval '1 millisecond' end as due from generate_series(${from}, ${Math.min(runs, from + batch - 1)}) i
		), r as (
			insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by, started_at)
			select '${workspace}', id, '${workflow}', 1, 'Sleeper', 'flow', 'running', 1, '{}', '${person}', now() from made
		), l as (
			insert into run_live (workspace_id, run_id, due_at, epoch) select '${workspace}', id, coalesce(due, 'infinity'), 1 from made
		)
		insert into step_run (workspace_id, run_id, path, attempt, kind, status, waiting_for, due_at, started_at)
		select '${workspace}', id, 'nap', 1, 'wait', 'waiting', 'time', due, now() from made`);
	}
}

try {
	const client = await stack.signIn();
	const w = `/workspaces/${client.workspace}`;
	const definition = { type: 'flow', steps: [{ key: 'nap', kind: 'wait', seconds: 86400 }] };
	const workflow = (await client.post(`${w}/workflows`, { name: 'Sleeper', definition })).body;
	const person = workflow.created_by.id;
	const waking = Math.min(runs, due * seconds);
	const began = performance.now();
	makeSleepers(client.workspace, workflow.id, person, waking);
	console.log(`${runs.toLocaleString('en')} sleeping runs made in ${((performance.now() - began) / 1000).toFixed(0)} s; ${(one(`select sum(pg_total_relation_size(c)) from unnest(array['run', 'run_live']::regclass[]) c`) / 1048576).toFixed(0)} MB of run and run_live`);
	await sleep(3000);

	const before = await counters();
	await sleep(10000);
	const after = await counters();
	const idle = { transactions: (after.commits - before.commits - 1) / 11.5, postgres: (after.postgres - before.postgres) / 11.5, executor: (after.executor - before.executor) / 11.5, memory: Math.max(...stack.executors.map(privateMemory)) };

	stack.sql(`with woken as materialized (
			select run_id as id, now() + interval '3 seconds' + row_number() over () * interval '1 second' / ${due} as due from run_live where due_at = 'infinity'
		), l as (
			update run_live l set due_at = w.due from woken w where l.workspace_id = '${client.workspace}' and l.run_id = w.id)
		update step_run s set due_at = w.due from woken w where s.workspace_id = '${client.workspace}' and s.run_id = w.id and s.path = 'nap' and s.attempt = 1`);
	const start = await counters();
	const left = () => one(`select count(*) from run where workspace_id = '${client.workspace}' and status = 'completed'`);
	await until('sleepers to end', () => left() === waking, 600000, 1000);
	const end = await counters();
	const lags = stack.sql(`select extract(epoch from finished_at - due_at) * 1000 from step_run where workspace_id = '${client.workspace}' and status = 'completed'`).map((row) => Number(row[0]));

	table(['asleep', 'transactions a second', 'postgres CPU %', 'executor CPU %', 'executor MB'], [[runs.toLocaleString('en'), idle.transactions, 100 * idle.postgres, 100 * idle.executor, idle.memory]]);
	console.log('');
	table(['waking', 'runs', 'lag p50 ms', 'lag p99 ms', 'most ms', 'postgres µs a run', 'executor µs a run'],
		[[`${due} a second`, String(lags.length), percentile(lags, 50), percentile(lags, 99), Math.max(...lags), ((end.postgres - start.postgres) * 1e6) / waking, ((end.executor - start.executor) * 1e6) / waking]]);
	if (Math.min(...lags) < 0) throw new Error('A run woke before its time.');
	save('sleepers', { runs, executors, due, idle, waking: { runs: lags.length, p50: percentile(lags, 50), p99: percentile(lags, 99), most: Math.max(...lags) } });
} finally {
	await stack.stop();
}

// What a claim reads of many runs at once is what would be read of each alone, and costs a fifth.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { migrated, sql, startCluster } from './lib/cluster.mjs';

const database = 'stepmill_states';
const W = '01900000-0000-7000-8000-00000000c1a3';
let cluster;
before(() => {
	cluster = startCluster();
	migrated(cluster, database);
});
after(() => cluster?.stop());

const owner = (text) => sql(cluster, database, 'stepmill_owner', text);
/** As run_states() may leave out what is null, false or nothing, and whatever says something only of steps in another state. */
const of = { asked: 'failed', error: 'failed', parked: 'running', input: 'running', input_bytes: 'running', input_blob: 'running', output: 'completed',
	output_bytes: 'completed', output_blob: 'completed', away: 'completed' };
const said = (json) => {
	const value = JSON.parse(json);
	const bare = (o) => Object.fromEntries(Object.entries(o).filter(([key, v]) => v !== null && v !== false && v !== 0 && (!of[key] || of[key] === o.status)));
	return Array.isArray(value) ? value.map(bare) : value === null ? null : bare(value);
};

test('the states of many runs are those of each', () => {
	// Attempts of up to three generations each; of some paths an earlier one is kept, some have none that counts.
	owner(`select setseed(0.4);
		insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by, generation, kept)
		select '${W}', (substr(md5(n::text), 1, 8) || '-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '${W}', 1, 'n', 'flow', 'running', 4, '{}', '${W}', 1 + n % 3,
			case when n % 3 > 0 then jsonb_build_object('a', 1 + n % 2, 'b', 1) end
		from generate_series(1, 300) n;
		update run set id = (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid;
		insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, input, input_bytes, output, output_blob, output_bytes, error, waiting_for,
			due_at, tokens_in, tokens_out, cost_nano, started_at, digest)
		select x.workspace_id, x.id, x.path, x.attempt, x.generation, 'prompt', x.status, case when x.dice < 0.8 then to_json(repeat('i', (300 * x.dice)::integer))::text end,
			case when x.dice > 0.9 then 70000 end, case when x.status = 'completed' and x.dice < 0.9 then to_json(repeat('o', case when x.dice < 0.1 then 200000 else 9 end))::text end,
			case when x.status = 'completed' and x.dice >= 0.9 then gen_random_uuid() end, case when x.dice >= 0.9 then 70001 end,
			case when x.status = 'failed' then json_build_object('code', 'timeout', 'message', 'x', 'key_attempt', case when x.dice > 0.5 then x.attempt end)::text end,
			case when x.status = 'waiting' then 'time' when x.dice < 0.2 then 'resume' when x.dice < 0.3 then 'decision' end, case when x.dice > 0.3 then now() end,
			(10 * x.dice)::integer, (20 * x.dice)::integer, case when x.dice < 0.95 then (100 * x.dice)::integer end, now(),
			case when x.status in ('running', 'waiting') and x.dice < 0.4 then md5(x.path) end
		from (
			select r.workspace_id, r.id, p.path, a.attempt, least(r.generation, 1 + (a.attempt - 1) / 2) as generation, random() as dice,
				(array['running', 'waiting', 'completed', 'completed', 'failed', 'failed', 'skipped', 'cancelled'])[1 + floor(8 * random())] as status
			from run r cross join unnest(array['a', 'b', 'b/x', 'c']) p (path) cross join generate_series(1, 5) a (attempt)
			where ('x' || substr(md5(r.id::text || p.path), 1, 4))::bit(16)::integer % 6 >= a.attempt) x`);
	const rows = owner(`select array_agg(r.workspace_id), array_agg(r.id) from run r`)[0];
	const many = owner(`select s.turn, replace(s.steps, repeat('o', 1000), 'O'), s.spent from run_states('${rows[0]}', '${rows[1]}') s order by s.turn`);
	const each = owner(`select k.n, replace(s.steps, repeat('o', 1000), 'O'), s.spent from unnest('${rows[1]}'::uuid[]) with ordinality k (r, n) cross join lateral run_state('${W}', k.r) s order by k.n`);
	assert.equal(many.length, 300);
	const kinds = new Set();
	for (const [i, [turn, steps, spent]] of each.entries()) {
		assert.equal(many[i][0], turn);
		assert.deepEqual(said(many[i][1]), said(steps));
		if (steps !== null) assert.deepEqual(said(many[i][2]), said(spent));
		for (const step of JSON.parse(steps) ?? []) for (const key of ['status', 'before', 'key_attempt', 'away', 'asked', 'parked', 'digest']) if (step[key]) kinds.add(`${key} ${key === 'status' ? step[key] : ''}`);
	}
	assert.equal(kinds.size, 13, [...kinds].join(', ')); // all of it occurs
});

test('runs of more than a thousand events come without a state, and those that nobody has begun', () => {
	const [[small], [large], [none]] = owner(`with made as (
			insert into run (workspace_id, id, workflow_id, workflow_version, name, type, status, step_count, input, created_by)
			select '${W}', (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7000800000000000' || lpad(n::text, 4, '0'))::uuid, '${W}', 1, 'n', 'flow', 'running', 1, '{}', '${W}'
			from generate_series(1, 3) n returning id)
		select id from made order by id`);
	owner(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at) select '${W}', r, 'a', 1, 'transform', 'completed', '1', now()
			from unnest(array['${small}', '${large}']::uuid[]) r;
		insert into run_event (workspace_id, run_id, seq, at, type) select '${W}', r, n, now(), 'step.output'
			from (values ('${small}'::uuid, 1000), ('${large}', 1001)) x (r, most) cross join generate_series(1, most) n`);
	const rows = owner(`select turn, steps is null, spent is null from run_states(array['${W}', '${W}', '${W}']::uuid[], array['${large}', '${none}', '${small}']::uuid[])`);
	assert.deepEqual(rows, [['1', 't', 't'], ['2', 't', 't'], ['3', 'f', 'f']]);
});

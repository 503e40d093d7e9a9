-- What an executor says to the database.
-- role: stepmill_executor
--
-- Every transaction begins with executor_renew; a flush then locks its runs
-- (flush_lock) and writes only for those it got, which is kept for the transaction in the setting stepmill.verdicts: one letter
-- a run, in the order of the arrays, a = accepted, s = somebody has it locked, l = lost. Each flush statement takes arrays:
-- workspace, run, number of the run in flush_lock's arrays from 0, then its own columns.

-- name: executor_start :one
-- A fresh incarnation; SM409 when the database is a copy that was restored.
select executor_start($1, $2, $3::integer, $4::integer);

-- name: executor_renew :one
-- The first statement of every transaction: renews the lease, for so many milliseconds. The number of this flush, and the time by the
-- database's clock in microseconds; fails the whole transaction with SM412 when the lease is over. Holding the lock on the executor's row until the
-- end keeps reapers away while it writes. `durable` is false for transactions that record nothing anybody was promised: a claim that is lost with
-- the machine is only a run that is still unheld, and calls wait for a durable flush.
with renewed as (
	update executor set flush = flush + 1, lease_until = clock_timestamp() + make_interval(secs => $2::integer / 1000.0)
	where incarnation = $1 and lease_until > clock_timestamp()
	returning flush
)
select coalesce((select flush from renewed), executor_lease_over()), (extract(epoch from clock_timestamp()) * 1000000)::bigint,
	case when not $3 then set_config('synchronous_commit', 'off', true) end;

-- name: executor_retire :one
-- Everything an incarnation of our own held is due again; the number of its last committed flush, or null.
select last_flush, runs from executor_retire($1, $2);

-- name: executor_reap :many
-- Retires the executors whose lease is over.
select incarnation, name, last_flush, runs from executor_reap($1);

-- name: executor_metrics :none
-- What an executor has counted, as JSON.
update executor set metrics = $2, metrics_at = clock_timestamp() where incarnation = $1;

-- name: run_claim :many
-- Takes due runs: me, last workspace, how many, planner; where no slot is free how many guests, and workspaces that have a run here.
select workspace_id, run_id, epoch, strikes, workflow_id, workflow_version, status, input, last_seq, steps, inbox,
	generation, spent, overrides, input_bytes, whole, kept_after, inbox_more, copying
from run_claim($1, $2, $3::integer, $4::integer, $5::integer, $6::uuid[]);

-- name: run_state :one
-- What a run has come to, where the claim has left it out.
select steps, spent from run_state($1, $2);

-- name: run_copy :one
-- The next parts of what a fork has still to copy: me, workspace, run, how many. True: that was all.
select run_copy($1, $2, $3, $4::integer);

-- name: run_iterations :many
-- What became of a loop's iterations, in their order: workspace, run, path of the loop, number of the first, how many at most. No more than
-- begin within 4 MB.
select t.path, t.status = 'failed', t.error, coalesce(t.output, (
	select string_agg(b.content, '' order by b.part) from blob b where b.workspace_id = $1 and b.run_id = $2 and b.id = t.output_blob))
from (
	select k.i, s.path, s.status, s.error, s.output, s.output_blob, coalesce(s.output_bytes, octet_length(s.output), 4) as bytes,
		sum(coalesce(s.output_bytes, octet_length(s.output), 4)) over (order by k.i) as upto
	from (select r.generation, r.kept from run r where r.workspace_id = $1 and r.id = $2 limit 1) r
	cross join (select i, $3 || '[' || i || ']' as path from generate_series($4::bigint, $4::bigint + $5::bigint - 1) n (i) offset 0) k
	cross join lateral (select n.* from step_newest($1, $2, k.path, r.generation, r.kept) n limit 1) s
) t
where t.upto - t.bytes < 4194304
order by t.i;

-- name: fetch_blob :many
-- Parts of a blob: workspace, run, blob, from part, how many.
select content from blob where workspace_id = $1 and run_id = $2 and id = $3 and part >= $4::integer and part < $4::integer + $5::integer
order by part;

-- name: fetch_input :maybe
-- A run's own input.
select input from run where workspace_id = $1 and id = $2;

-- name: fetch_output :maybe
-- What a run answers, of one whose workflow says how that is made: that is in its row.
select output from run where workspace_id = $1 and id = $2;

-- name: fetch_step_input :maybe
-- What is too much for a claim and too little for a blob: workspace, run, path, attempt.
select input from step_run where workspace_id = $1 and run_id = $2 and path = $3 collate "C" and attempt = $4;

-- name: fetch_step_output :maybe
select output from step_run where workspace_id = $1 and run_id = $2 and path = $3 collate "C" and attempt = $4;

-- name: engine_definitions :many
-- Workflow versions by workspace, workflow, version.
select v.workspace_id, v.workflow_id, v.version, v.definition
from unnest($1::uuid[], $2::uuid[], $3::bigint[]) k (w, f, n)
join workflow_version v on v.workspace_id = k.w and v.workflow_id = k.f and v.version = k.n;

-- name: engine_prompts :many
-- Texts of prompt versions by workspace, prompt, version.
select v.workspace_id, v.prompt_id, v.version, v.body
from unnest($1::uuid[], $2::uuid[], $3::bigint[]) k (w, p, n)
join prompt_version v on v.workspace_id = k.w and v.prompt_id = k.p and v.version = k.n;

-- name: engine_env :many
-- Variables, and secrets sealed, by workspace and name.
select workspace_id, name, value, sealed from engine_env($1::uuid[], $2::text[]);

-- name: cache_read :many
-- Outputs that are kept: workspaces, runs, workflows, steps, digests. Which of the arrays' elements, from 0.
select k.n - 1, c.output
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) with ordinality k (w, r, f, step, digest, n)
join run on run.workspace_id = k.w and run.id = k.r
join step_cache c on c.workspace_id = k.w and c.workflow_id = k.f and c.owner = coalesce(run.private_to, '00000000-0000-0000-0000-000000000000')
	and c.step = k.step and c.digest = k.digest and c.expires_at > now();

-- name: replay_read :many
-- When steps ended, and in which order: workspaces, runs, paths, attempts. Which of the arrays' elements, from 0; those that have not ended are left out.
select k.n - 1, s.ended_seq, floor(extract(epoch from s.finished_at) * 1000)::bigint
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) with ordinality k (w, r, path, attempt, n)
cross join lateral (
	select t.ended_seq, t.finished_at from step_run t
	where t.workspace_id = k.w and t.run_id = k.r and t.path = k.path and t.attempt = k.attempt and t.finished_at is not null
	limit 1
) s;

-- name: places_over :many
-- Which of these runs are not live, from 0: workspaces, runs.
select k.n - 1 from unnest($1::uuid[], $2::uuid[]) with ordinality k (w, r, n)
where not exists (select from run_live l where l.workspace_id = k.w and l.run_id = k.r);

-- name: places_deserted :many
-- Directories that projects have left and nobody needs any more: workspaces, and the first parts of the names of directories that are there.
select workspace_id, place from places_deserted($1::uuid[], $2::text[]);

-- name: engine_inbox :many
-- What was asked of the runs an incarnation holds: a hundred requests a run, and 256 KB, in their turn; the first of each run, then the
-- second of each, up to a thousand and 8 MB. `more`: there are more of that run.
select t.workspace_id, t.run_id, t.id, t.kind, t.created_by, t.data, t.generation,
	t.there > count(*) over (partition by t.workspace_id, t.run_id) as more
from (
	select n.*, sum(coalesce(octet_length(n.data), 0)) over (order by n.place, n.workspace_id, n.run_id) as upto
	from (
		select i.*
		from run_live l cross join lateral (
			select f.*, row_number() over few as place, sum(coalesce(octet_length(f.data), 0)) over few as so_far, count(*) over () as there
			from (
				select b.workspace_id, b.run_id, b.id, b.kind, b.created_by, b.data, b.generation, b.turn from run_inbox b
				where b.workspace_id = l.workspace_id and b.run_id = l.run_id and not b.kept order by b.turn, b.id limit 101) f
			window few as (order by f.turn, f.id)
		) i
		where l.holder = $1 and (i.place = 1 or (i.place <= 100 and i.so_far <= 262144))
	) n
	order by n.place, n.workspace_id, n.run_id limit 1000
) t
where t.upto <= 8388608 + coalesce(octet_length(t.data), 0)
order by t.place, t.workspace_id, t.run_id;

-- name: engine_kept :many
-- Requests that were kept for later, where the claim has left some out: workspace, run, the last that came. The next 500, and 1 MB.
select t.workspace_id, t.run_id, t.id, t.kind, t.created_by, t.data, t.generation, t.there > count(*) over () as more
from (
	select f.*, row_number() over few as place, sum(coalesce(octet_length(f.data), 0)) over few as so_far, count(*) over () as there
	from (
		select b.workspace_id, b.run_id, b.id, b.kind, b.created_by, b.data, b.generation from run_inbox b
		where b.workspace_id = $1 and b.run_id = $2 and b.kept and b.id > $3 order by b.id limit 501) f
	window few as (order by f.id)
) t
where t.place = 1 or (t.place <= 500 and t.so_far <= 1048576)
order by t.id;

-- name: flush_lock :one
-- Locks runs (workspace, run, epoch) and says of each whether $1 still holds it.
select set_config('stepmill.verdicts', coalesce(string_agg(
	case
	when locked.mine then 'a'
	when not locked.mine then 'l'
	when exists (select from run_live l
		where l.workspace_id = k.w and l.run_id = k.r and l.holder = $1 and l.epoch = k.e) then 's'
	else 'l'
	end, '' order by k.n), ''), true)
from unnest($2::uuid[], $3::uuid[], $4::bigint[]) with ordinality k (w, r, e, n)
left join lateral (
	select l.holder is not distinct from $1 and l.epoch = k.e as mine
	from run_live l where l.workspace_id = k.w and l.run_id = k.r
	for no key update of l skip locked
) locked on true;

-- name: flush_step_started :none
-- Attempts that run, or wait; `due`: microseconds since 1970.
insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, input, model_asked, waiting_for, due_at, input_blob,
	input_bytes, sealed, digest, started_at)
select k.w, k.r, k.path, k.attempt, k.generation, k.kind, case when k.waiting_for is null then 'running' else 'waiting' end, k.input,
	k.model, k.waiting_for, timestamptz 'epoch' + k.due * interval '1 microsecond', k.blob, k.bytes, k.sealed, k.digest, now()
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[],
	$10::text[], $11::bigint[], $12::uuid[], $13::bigint[], $14::text[], $15::text[])
	k (w, r, n, path, attempt, generation, kind, input, model, waiting_for, due, blob, bytes, sealed, digest)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a');

-- name: flush_child :none
-- Runs that steps have started, each with a place among the living: id, path, attempt, workflow, version, input, planner. Whose it is and
-- who sees it is as of its parent.
with made as (
	insert into run (workspace_id, id, workflow_id, workflow_version, name, type, planner, step_count, input, private_to, created_by,
		project_id, models, overrides, trigger, parent_run_id, parent_path, parent_attempt, depth)
	select k.w, k.id, k.workflow, k.version, coalesce(f.name, ''), coalesce(f.type, 'flow'), k.planner, coalesce(v.step_count, 0), k.input,
		p.private_to, p.created_by, p.project_id, case when p.models ? '*' then jsonb_build_object('*', p.models -> '*') end,
		nullif(p.overrides - '{auto_mode,waits_at,passed}'::text[], '{}'), -- it is one step of that run, which has a phase
		'workflow', k.r, k.path, k.attempt, p.depth + 1
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::bigint[], $7::uuid[], $8::bigint[], $9::text[], $10::bigint[])
		k (w, r, n, id, path, attempt, workflow, version, input, planner)
	join run p on p.workspace_id = k.w and p.id = k.r
	left join workflow f on f.workspace_id = k.w and f.id = k.workflow
	left join workflow_version v on v.workspace_id = k.w and v.workflow_id = k.workflow and v.version = k.version
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	on conflict do nothing
	returning workspace_id, id, parent_run_id
)
insert into run_live (workspace_id, run_id, priority)
select m.workspace_id, m.id, coalesce((select l.priority from run_live l where l.workspace_id = m.workspace_id and l.run_id = m.parent_run_id), 0)
from made m;

-- name: flush_child_asked :none
-- Asks something of runs that steps have started, as long as they live: id, kind, who, or null. In the order in which it was asked: a run
-- that is paused and resumed before anybody looks at it goes on.
insert into run_inbox (workspace_id, run_id, id, kind, dedup, created_by)
select k.w, k.id, run_request_id(k.place), k.kind, case when k.kind = 'cancel' then 'cancel:1' end, k.who
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[]) with ordinality k (w, r, n, id, kind, who, place)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and exists (select from run_live l where l.workspace_id = k.w and l.run_id = k.id)
on conflict do nothing;

-- name: flush_blob_begin :none
-- What an earlier try at the same attempt has left of these blobs goes.
delete from blob b
using unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[]) k (w, r, n, id)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and b.workspace_id = k.w and b.run_id = k.r and b.id = k.id
	and b.run_id between $5 and $6;

-- name: flush_blob :none
insert into blob (workspace_id, run_id, id, part, content)
select k.w, k.r, k.id, k.part, k.content
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::bigint[], $6::text[]) k (w, r, n, id, part, content)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a');

-- name: flush_step_looked :none
-- Waits that look at their condition (null), or will: when. Of several of one wait the last counts.
update step_run s set due_at = timestamptz 'epoch' + k.due * interval '1 microsecond'
from (
	select distinct on (u.w, u.r, u.path, u.attempt) u.*
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[]) with ordinality u (w, r, n, path, attempt, due, place)
	order by u.w, u.r, u.path, u.attempt, u.place desc
) k
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and s.workspace_id = k.w and s.run_id = k.r and s.path = k.path collate "C" and s.attempt = k.attempt and s.status = 'waiting'
	and s.run_id between $7 and $8;

-- name: flush_step_ended :one
-- Ends step runs that have not ended; how many.
with ended as (
	update step_run s set status = k.status, output = k.output, output_blob = k.blob, output_bytes = k.bytes, error = k.error,
		model_answered = k.provider || '/' || k.model, tokens_in = k.tokens_in, tokens_out = k.tokens_out,
		tokens_cached = k.tokens_cached, cost_nano = k.cost_nano, finished_at = now(), ended_seq = k.seq, sealed = null, digest = null,
		due_at = case when k.status <> 'failed' then s.due_at end -- of a failed one it would be that of the next attempt
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::uuid[], $9::text[],
		$10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[])
		k (w, r, n, path, attempt, status, output, blob, error, provider, model, tokens_in, tokens_out, tokens_cached, cost_nano, bytes, seq)
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
		and s.workspace_id = k.w and s.run_id = k.r and s.path = k.path and s.attempt = k.attempt and s.run_id between $18 and $19
		and s.status in ('pending', 'running', 'waiting')
	returning k.n
)
select count(*) from ended;

-- name: flush_step_paid :none
-- Lines of the ledger for attempts that this flush has ended.
insert into ledger (workspace_id, run_id, path, attempt, at, provider, model, tokens_in, tokens_out, tokens_cached, cost_nano, epoch)
select k.w, k.r, k.path, k.attempt, now(), k.provider, k.model, k.tokens_in, k.tokens_out, k.tokens_cached, k.cost_nano, k.epoch
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[],
	$11::bigint[], $12::bigint[])
	k (w, r, n, path, attempt, provider, model, tokens_in, tokens_out, tokens_cached, cost_nano, epoch)
join step_run s on s.workspace_id = k.w and s.run_id = k.r and s.path = k.path and s.attempt = k.attempt and s.run_id between $13 and $14
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a') and s.finished_at = now()
on conflict (workspace_id, run_id, path, attempt, epoch) do update set provider = excluded.provider, model = excluded.model,
	tokens_in = excluded.tokens_in, tokens_out = excluded.tokens_out, tokens_cached = excluded.tokens_cached, cost_nano = excluded.cost_nano;

-- name: flush_step_retry :none
-- Failed attempts that will be followed by another one: when.
update step_run s set due_at = timestamptz 'epoch' + k.due * interval '1 microsecond'
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[]) k (w, r, n, path, attempt, due)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and s.workspace_id = k.w and s.run_id = k.r and s.path = k.path and s.attempt = k.attempt
	and s.run_id between $7 and $8;

-- name: flush_step_asked :none
-- Failed attempts that a person is asked about.
update step_run s set waiting_for = 'decision'
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[]) k (w, r, n, path, attempt)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and s.workspace_id = k.w and s.run_id = k.r and s.path = k.path and s.attempt = k.attempt
	and s.run_id between $6 and $7;

-- name: flush_run_started :none
update run set status = 'running', started_at = now()
from unnest($1::uuid[], $2::uuid[], $3::bigint[]) k (w, r, n)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and run.workspace_id = k.w and run.id = k.r and run.status = 'pending';

-- name: flush_run_started_with :none
-- What on_start of their workflows made of their input, once a run.
update run set started_with = k.input
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) k (w, r, n, input)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and run.workspace_id = k.w and run.id = k.r and run.started_with is null;

-- name: flush_run_budget :none
-- What runs may cost together with those that their steps start.
update run set budget_nano = k.nano
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) k (w, r, n, nano)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and run.workspace_id = k.w and run.id = k.r;

-- name: flush_run_status :none
-- Paused, or running again: of several in one flush the last counts, and of phases that people have begun each.
update run set status = k.status, overrides = case when k.phased then
	run.overrides - 'waits_at' || jsonb_build_object('passed', coalesce(run.overrides -> 'passed', '[]') || k.passed)
		|| case when k.status = 'paused' and k.phase is not null then jsonb_build_object('waits_at', k.phase) else '{}' end else run.overrides end
from (
	select u.w, u.r, min(u.n) as n, (array_agg(u.status order by u.place desc))[1] as status, (array_agg(u.phase order by u.place desc))[1] as phase,
		coalesce(jsonb_agg(u.phase order by u.place) filter (where u.status = 'running' and u.phase is not null), '[]') as passed,
		bool_or(u.phase is not null) as phased
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[]) with ordinality u (w, r, n, status, phase, place)
	group by u.w, u.r
) k
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and run.workspace_id = k.w and run.id = k.r and run.status in ('running', 'paused');

-- name: flush_run_reopened :one
-- Ended runs whose next generation begins; how many.
with reopened as (
	update run set generation = k.generation, workflow_version = k.version, step_count = k.steps, planner = k.planner,
		kept = k.kept::jsonb, models = k.models::jsonb, reopened_by = k.request, status = 'running', steps_done = 0,
		output = null, output_blob = null, output_bytes = null, error = null, finished_at = null,
		overrides = run.overrides - '{waits_at,passed}'::text[] -- its phases are begun anew
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::uuid[])
		k (w, r, n, generation, version, steps, planner, kept, models, request)
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
		and run.workspace_id = k.w and run.id = k.r and run.generation = k.generation - 1
		and run.status in ('completed', 'failed', 'cancelled')
	returning k.w
)
select count(*) from reopened;

-- name: flush_run_moved :one
-- Runs that go on with another version; how many.
with moved as (
	update run set workflow_version = k.version, step_count = k.steps, planner = k.planner
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) k (w, r, n, version, steps, planner)
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
		and run.workspace_id = k.w and run.id = k.r and run.status in ('pending', 'running', 'paused')
	returning k.w
)
select count(*) from moved;

-- name: flush_run_forgotten :none
-- Runs that had ended and are to stay so: their place among the living, and what was asked of it.
with gone as (
	delete from run_live l using unnest($1::uuid[], $2::uuid[], $3::bigint[]) k (w, r, n)
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
		and l.workspace_id = k.w and l.run_id = k.r
	returning k.w, k.r
)
delete from run_inbox i using gone g where i.workspace_id = g.w and i.run_id = g.r;

-- name: flush_cached :none
-- Outputs to be kept for so many seconds; of several for one key the last counts.
insert into step_cache (workspace_id, workflow_id, owner, step, digest, output, expires_at)
select distinct on (k.w, k.f, o.owner, k.step, k.digest) k.w, k.f, o.owner, k.step, k.digest, k.output, now() + make_interval(secs => k.ttl)
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[]) with ordinality
	k (w, r, n, f, step, digest, output, ttl, place)
join run on run.workspace_id = k.w and run.id = k.r
cross join lateral (select coalesce(run.private_to, '00000000-0000-0000-0000-000000000000') as owner) o
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
order by k.w, k.f, o.owner, k.step, k.digest, k.place desc
on conflict (workspace_id, workflow_id, owner, step, digest) do update
	set output = excluded.output, kept_at = now(), expires_at = excluded.expires_at;

-- name: flush_event :none
-- Events that follow each other, a row each of so many: number of the first, how many.
insert into run_record (workspace_id, run_id, seq, count, at, type, path, attempt, data)
select k.w, k.r, k.seq, k.count, now(), k.type, k.path, k.attempt, k.data
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::text[])
	k (w, r, n, seq, count, type, path, attempt, data)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a');

-- name: flush_inbox :none
-- Requests that were carried out.
delete from run_inbox i
using unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[]) k (w, r, n, id)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and i.workspace_id = k.w and i.run_id = k.r and i.id = k.id;

-- name: flush_kept :none
-- Requests that are left for later.
update run_inbox i set kept = true
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[]) k (w, r, n, id)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and i.workspace_id = k.w and i.run_id = k.r and i.id = k.id;

-- name: flush_progress :none
-- A run that got on is no longer suspected of killing executors.
update run_live l set strikes = 0
from unnest($1::uuid[], $2::uuid[], $3::bigint[]) k (w, r, n)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and l.workspace_id = k.w and l.run_id = k.r;

-- name: flush_totals :none
-- What runs of many events have come to.
update run_live l set steps_done = k.steps_done, tokens_in = k.tokens_in, tokens_out = k.tokens_out, cost_nano = k.cost_nano
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
	k (w, r, n, steps_done, tokens_in, tokens_out, cost_nano)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and l.workspace_id = k.w and l.run_id = k.r;

-- name: flush_release :none
-- Runs given back, due again after so many milliseconds; of one that is blocked: unless it has been woken meanwhile.
update run_live l set holder = null,
	due_at = now() + case when k.blocked = 0 or l.blocked_by is not null then make_interval(secs => k.pause / 1000.0) else interval '0' end
from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) k (w, r, n, pause, blocked)
where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
	and l.workspace_id = k.w and l.run_id = k.r;

-- name: flush_run_ended :one
-- Ends runs, with all that was only needed while they lived; how many.
with ended as (
	update run set status = k.status, output = k.output, output_blob = k.blob, output_bytes = k.bytes, error = k.error,
		steps_done = k.steps_done, tokens_in = k.tokens_in, tokens_out = k.tokens_out, cost_nano = k.cost_nano, lost_nano = k.lost_nano, started_at = coalesce(run.started_at, now()), finished_at = now(),
		interrupted = run.interrupted or run.copying is not null, copying = null -- cancelled while it was copied: see blob_strays()
	from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
		$10::bigint[], $11::uuid[], $12::bigint[], $13::bigint[])
		k (w, r, n, status, output, error, steps_done, tokens_in, tokens_out, cost_nano, blob, bytes, lost_nano)
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a')
		and run.workspace_id = k.w and run.id = k.r and run.status in ('pending', 'running', 'paused')
	returning k.w, k.r
), gone as (
	delete from run_live l using ended e where l.workspace_id = e.w and l.run_id = e.r
), unread as (
	delete from run_inbox i using ended e where i.workspace_id = e.w and i.run_id = e.r
)
select count(*) from ended;

-- name: flush_run_kin :none
-- Of runs that this flush has ended: whose step had started one is told, with what it answers when that is at most 64 KB, else with its length; what its own
-- steps had started and still goes on is cancelled.
with ended as (
	select r.*, octet_length(r.output) as bytes from unnest($1::uuid[], $2::uuid[], $3::bigint[]) k (w, r, n)
	join run r on r.workspace_id = k.w and r.id = k.r
	where get_byte((select current_setting('stepmill.verdicts')::bytea), k.n::integer) = ascii('a') and r.finished_at = now()
), told as (
	insert into run_inbox (workspace_id, run_id, id, kind, data)
	select e.workspace_id, e.parent_run_id, e.id, 'child', left(json_build_object('run', e.id, 'path', e.parent_path, 'attempt', e.parent_attempt,
			'status', e.status, 'tokens_in', e.tokens_in, 'tokens_out', e.tokens_out, 'cost_nano', e.cost_nano, 'lost_nano', e.lost_nano,
			'ms', (extract(epoch from now() - e.created_at) * 1000)::bigint, 'blob', e.output_blob,
			'bytes', coalesce(e.output_bytes, case when e.bytes > 65536 then e.bytes end))::text, -1)
		|| coalesce(', "error": ' || e.error, '') || coalesce(', "output": ' || case when e.bytes <= 65536 then e.output end, '') || '}'
	from ended e where e.parent_run_id is not null
	on conflict do nothing
)
insert into run_inbox (workspace_id, run_id, id, kind, dedup)
select c.workspace_id, c.id, gen_random_uuid(), 'cancel', 'cancel:1'
from ended e join run c on c.workspace_id = e.workspace_id and c.parent_run_id = e.id
where c.status in ('pending', 'running', 'paused')
on conflict do nothing;

-- name: flush_notify :one
-- Tells who watches, if anybody does.
select case when exists (select from run_watch w where w.until > now()) then flush_watched($1::uuid[], $2::uuid[]) end;

-- name: mutation_executor_renew :many
-- Only for fault tests (STEPMILL_MUTATION=lease_check): renews without looking at the lease.
update executor set flush = flush + 1, lease_until = clock_timestamp() + make_interval(secs => $2::integer / 1000.0)
where incarnation = $1 returning flush, (extract(epoch from clock_timestamp()) * 1000000)::bigint;

-- name: mutation_flush_accept :one
-- Only for fault tests (STEPMILL_MUTATION=lease_check or row_lock): accepts $1 runs, neither locked nor looked at.
select set_config('stepmill.verdicts', repeat('a', $1::integer), true);

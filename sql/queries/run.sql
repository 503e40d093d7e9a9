-- Runs as the API shows and makes them. What a run produced is reached through the run, whose policy decides who sees it.
-- role: stepmill_api

-- name: run_create :one
-- Workspace, workflow, version checked against, whether it was asked for by number, ids, inputs, priority, planner, project or null, the answer,
-- Idempotency-Key or null, hash of the request. SM412: the version is no longer the current one.
select replayed, answer
from run_create($1::uuid, $2::uuid, $3::integer, $4::boolean, $5::uuid[], $6::text[], $7::integer, $8::integer, $9::uuid, $10::text, $11::text, $12::bytea);

-- name: run_cancel :none
-- Workspace, run, a new id for the request.
select run_cancel($1::uuid, $2::uuid, $3::uuid);

-- name: run_reopen :none
-- Workspace, run, a new id for the request, where from (failed, start, step, checkpoint), step key or null, checkpoint or null, version
-- (same, latest), models as JSON or null, priority, planner.
select run_reopen($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::bigint, $7::text, $8::text, $9::integer, $10::integer);

-- name: run_fork_source :maybe
-- What a fork is checked against: the version it will be of, JSON Schema and present text of the input, kind of the step (null: there is none
-- of this key) and the variables of its prompt, keys of the steps that ask a model, what the run has instead of its definition's
-- step inputs, whether the version is another one than the run's, how many loops the step is in, the first iteration of its path that the run has not
-- begun (null: it has all). Workspace, run, step, whether the latest version is wanted.
select v.version, v.definition::json ->> 'input', r.input, d.kind,
	(select to_json(p.variables)::text from prompt_version p where p.workspace_id = r.workspace_id and p.prompt_id = d.prompt and p.version = d.prompt_version),
	(select json_agg(m.step ->> 'key')::text from definition_steps(v.definition::json -> 'steps') as m where m.step ->> 'kind' = 'prompt'),
	r.step_inputs, v.version <> r.workflow_version, d.loops, (
		select min(left($3::text, b.at)) from generate_series(1, length($3::text)) b (at) where substr($3::text, b.at, 1) = ']'
			and not exists (select from step_run s where s.workspace_id = r.workspace_id and s.run_id = r.id and s.path = left($3::text, b.at) collate "C"))
from run r
left join workflow w on $4::boolean and w.workspace_id = r.workspace_id and w.id = r.workflow_id
join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id
	and v.version = case when $4::boolean then w.current_version else r.workflow_version end
left join lateral (
	select s.step ->> 'kind' as kind, (s.step -> 'prompt' ->> 'id')::uuid as prompt, (s.step -> 'prompt' ->> 'version')::integer as prompt_version,
		cardinality(s.loops) as loops
	from definition_steps(v.definition::json -> 'steps') as s
	where s.path = regexp_replace($3::text, '\[[0-9]+\]', '', 'g') and strpos(s.step ->> 'key', '/') = 0
) as d on true
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: run_move_source :maybe
-- What a move to another version is decided by: the run's version, the wanted one, status, both definitions, input, number of the last event,
-- whether it is a fork that is still being copied, [[path, status, what one that failed waits for: retry or decision], …] of what has begun, in loops
-- left out, the path of a step whose call is under way (an agent with tools makes none itself), and whether on_start of its workflow has been
-- asked. Workspace, run, version or null: the current one.
select r.workflow_version, v.version, r.status,
	(select o.definition::text from workflow_version o where o.workspace_id = r.workspace_id and o.workflow_id = r.workflow_id and o.version = r.workflow_version),
	v.definition::text, r.input,
	coalesce((select e.seq + e.count - 1 from run_record e where e.workspace_id = r.workspace_id and e.run_id = r.id order by e.seq desc limit 1), 1),
	r.copying is not null,
	coalesce((select json_agg(json_build_array(n.path, n.status, case when n.status <> 'failed' then null when s.due_at is not null then 'retry'
			when s.waiting_for = 'decision' then 'decision' end))
		from run_newest(r.workspace_id, r.id, r.generation, r.kept) n
		join step_run s on s.workspace_id = r.workspace_id and s.run_id = r.id and s.path = n.path and s.attempt = n.attempt), '[]')::text,
	(select s.path from step_run s where s.workspace_id = r.workspace_id and s.run_id = r.id and s.status = 'running'
		and s.kind not in ('sequential', 'parallel', 'loop', 'iteration')
		and not exists (select from step_run n where n.workspace_id = r.workspace_id and n.run_id = r.id
			and n.path > s.path || '[' collate "C" and n.path < s.path || chr(92) collate "C")
	order by s.path limit 1),
	r.started_with is not null
from run r
left join workflow w on w.workspace_id = r.workspace_id and w.id = r.workflow_id
left join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.version = coalesce($3::integer, w.current_version)
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: run_fork :one
-- Workspace, run, id of the new one, step, version checked against, same or latest, input or null, inputs of steps or null, models or
-- null, planner, Idempotency-Key or null, hash of the request. SM412: another version counts now.
select replayed, answer
from run_fork($1::uuid, $2::uuid, $3::uuid, $4::text, $5::integer, $6::text, $7::text, $8::text, $9::text, $10::integer, $11::text, $12::bytea);

-- name: run_ask :one
-- Workspace, run, a new id for the request, its kind, its data as JSON or null, the name it is asked once under or null. False: it had
-- been asked before.
select run_ask($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text);

-- name: run_delete :none
-- Workspace, run.
select run_delete($1::uuid, $2::uuid);

-- name: run_bulk :one
-- Workspace, cancel, delete or retry, workflow, project, statuses, created from, created before, ids, cursor time and id (each or null), how many at most,
-- whether nothing is to be done; of a retry: from failed or start, same or latest version, models or null, planner. Matched, accepted, cursor of the last when more match.
select matched, accepted, cursor_us(next_at), next_id
from run_bulk($1::uuid, $2::text, $3::uuid, $4::uuid, $5::text[], $6::text::timestamptz, $7::text::timestamptz, $8::uuid[],
	case when $9::bigint is not null then cursor_time($9::bigint) end, $10::uuid, $11::integer, $12::boolean, $13::text, $14::text, $15::text,
	$16::integer);

-- name: run_approval :maybe
-- An approval step of a run: attempt that waits for a decision (null: none does), and the JSON Schema of its form (or null).
-- Workspace, run, path.
select case when s.status = 'waiting' then s.attempt end::bigint, (d.step -> 'form')::text
from run r
join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.version = r.workflow_version
cross join lateral definition_steps(v.definition::json -> 'steps') as d
left join lateral (
	select s.attempt, s.status from step_run s where s.workspace_id = r.workspace_id and s.run_id = r.id and s.path = $3::text collate "C"
		and s.generation = r.generation
	order by s.attempt desc limit 1
) as s on true
where r.workspace_id = $1::uuid and r.id = $2::uuid and d.path = regexp_replace($3::text, '\[[0-9]+\]', '', 'g') and d.step ->> 'kind' = 'approval';

-- name: run_failure :maybe
-- A step of a run: its attempt that failed and that a person is asked about (null: there is none). Workspace, run, path.
select (select s.attempt from step_run s
	where s.workspace_id = r.workspace_id and s.run_id = r.id and s.path = $3::text collate "C" and s.generation = r.generation
		and s.status = 'failed' and s.waiting_for = 'decision'
		and not exists (select from step_run n where n.workspace_id = s.workspace_id and n.run_id = s.run_id and n.path = s.path and n.attempt > s.attempt)
	order by s.attempt desc limit 1)::bigint
from run r
join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.version = r.workflow_version
where r.workspace_id = $1::uuid and r.id = $2::uuid
	and exists (select from definition_steps(v.definition::json -> 'steps') as d where d.path = regexp_replace($3::text, '\[[0-9]+\]', '', 'g'));

-- name: run_signals :maybe
-- Whether a run has a step that waits, has waited or will wait for a signal of this name. Workspace, run, name.
select exists (select from definition_steps(v.definition::json -> 'steps') as d
	where d.step ->> 'kind' in ('signal', 'wait') and d.step ->> 'signal' = $3::text)
from run r
join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.version = r.workflow_version
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: run_wake :one
-- Tells executors that something is due. In a transaction of its own that does not wait for the disk: only a hint is lost.
select set_config('synchronous_commit', 'off', true), pg_notify('stepmill_run', '');

-- name: run_list :one
-- A page, newest first: JSON array, whether more follow, cursor of the last. Workspace, limit, cursor time and id, statuses or null,
-- workflow or null, project or null, the run that has started them or null.
select page, more, next_us, next_id from run_page($1::uuid, $2::bigint, cursor_time($3::bigint), $4::uuid, $5::text[], $6::uuid, $7::uuid, $8::uuid);

-- name: run_read :maybe
-- One statement, one snapshot: facts, steps of the definition with the newest attempt of each that counts in this generation, and the
-- newest event's number. What is asked by $1 and $2 themselves, not by columns of the run, opens only the run's own partitions.
select left(run_json(r.facts, u.name, s.done, s.tokens_in, s.tokens_out, s.cost, s.marks), -1)
	|| ', "waiting_for": ' || coalesce(to_json(coalesce('limit ' || l.blocked_by, run_stands((r.facts).status, r.overrides)))::text, 'null')
	|| ', "project_name": ' || coalesce((select to_json(p.name)::text from project p
		where p.workspace_id = $1::uuid and p.id = (r.facts).project_id limit 1), 'null')
	|| ', "input": ' || r.input || ', "started_with": ' || coalesce(r.started_with, 'null')
	|| ', "not_moved": ' || coalesce(case when (r.facts).finished_at is null then (
		select case when e.type = 'run.not_moved' then json_build_object('version', e.data::json -> 'version', 'at', wire_time(e.at))::text end
		from (select n.seq, n.type, n.data, n.at from run_record n where n.workspace_id = $1::uuid and n.run_id = $2::uuid order by n.seq desc limit 20) e
		where e.type in ('run.not_moved', 'run.moved') order by e.seq desc limit 1) end, 'null')
	|| ', "output": ' || coalesce(r.output, 'null')
	|| ', "output_bytes": ' || coalesce(coalesce(r.output_bytes, octet_length(r.output))::text, 'null')
	|| ', "output_preview": ' || coalesce(case when r.output_blob is not null then to_json(left(blob_start($1::uuid, $2::uuid, r.output_blob), 2048))::text end, 'null')
	|| ', "truncated": ' || (r.output_blob is not null)::text
	|| ', "last_event": ' || coalesce((
		select e.seq + e.count - 1 from run_record e where e.workspace_id = $1::uuid and e.run_id = $2::uuid order by e.seq desc limit 1), 1)
	|| ', "reopening": ' || ((r.facts).finished_at is not null and l.run_id is not null)::text
	|| ', "input_schema": ' || coalesce(v.input_schema, '{}')
	|| ', "steps": ' || coalesce((
		select '[' || string_agg(concat('{', d.head,
			', "model": ', coalesce(to_json(case when d.asks is not null then coalesce(r.models ->> d.key, r.models ->> '*', d.asks) end)::text, 'null'),
			', "timeout_seconds": ', coalesce(case when d.kind = 'prompt' then (r.overrides ->> 'timeout_seconds')::integer end, d.timeout,
				case when d.kind = 'prompt' then 60 else 0 end),
			', "iterations": ', coalesce(case when d.repeats and d.actual is not null
				then loop_begun(r.workspace_id, r.id, d.actual, r.generation, coalesce(r.kept, '{}'))::text end, 'null'),
			', "step_run": ', coalesce(newest.json, 'null'), '}'), ', ' order by d.place) || ']'
		from ( -- closed by its offset, as in run_progress()
			select a.*, case when a.loops = '{}' then a.path
				else step_path(r.workspace_id, r.id, a.path, a.loops, r.generation, r.kept) end as actual
			from unnest(v.outline) with ordinality as a (path, depth, loops, key, kind, asks, timeout, at_phase, head, repeats, place) offset 0
		) as d
		left join lateral (
			select step_run_json(s, case when (r.facts).step_count > 100 then 1024 else 16384 end, case when s.input_blob is not null
					then blob_start($1::uuid, $2::uuid, s.input_blob) end, case when s.output_blob is not null then blob_start($1::uuid, $2::uuid, s.output_blob) end,
				case when s.status in ('running', 'failed', 'cancelled') then step_streamed($1::uuid, $2::uuid, s.path, s.attempt) end, r.generation, r.kept) as json
			from step_newest($1::uuid, $2::uuid, d.actual, r.generation, r.kept) s
			limit 1
		) as newest on true
	), '[]') || '}'
from (
	-- Closed by its limit: without statistics an index that merely sorts well for a join would be taken for the key.
	select run_facts(r) as facts, r.workspace_id, r.id, r.workflow_id, r.workflow_version, r.created_by, r.input, r.output,
		r.output_blob, r.output_bytes, r.generation, r.kept, r.models, r.overrides, r.started_with
	from run r where r.workspace_id = $1::uuid and r.id = $2::uuid limit 1
) as r
-- These by their keys, too: joined, the planner takes all of a small table's rows, and goes on doing so when it has grown.
left join lateral (
	select v.outline, v.marks, v.input_schema from workflow_version v
	where v.workspace_id = $1::uuid and v.workflow_id = r.workflow_id and v.version = r.workflow_version limit 1
) as v on true
left join lateral (select u.name from app_user u where u.id = r.created_by limit 1) as u on true
left join lateral (select l.run_id, l.blocked_by from run_live l where l.workspace_id = $1::uuid and l.run_id = $2::uuid limit 1) as l on true
cross join lateral run_progress($1::uuid, $2::uuid, $2::uuid, $2::uuid, r.generation, r.kept, (r.facts).finished_at is not null,
	v.marks) as s;

-- name: run_state_asked :maybe
-- A run's input as its steps see it, what its workflow publishes, or null, and {key: path} of the steps that are in groups. Workspace, run.
select coalesce(nullif(r.started_with, 'null'), r.input), (v.definition::json -> 'state')::text,
	(select coalesce(json_object_agg(d.step ->> 'key', d.path), '{}')::text from definition_steps(v.definition::json -> 'steps') as d where d.depth > 0)
from run r
left join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.version = r.workflow_version
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: run_outputs :many
-- One snapshot: status, number of the newest event, and path and output of the named steps that have completed; no output where all of
-- them up to this one are too large together. Without any, one row. Workspace, run, paths, bytes.
select r.status, coalesce((
		select e.seq + e.count - 1 from run_record e where e.workspace_id = r.workspace_id and e.run_id = r.id order by e.seq desc limit 1), 1),
	o.path, case when o.bytes <= $4::bigint then coalesce(o.output, (
		select string_agg(b.content, '' order by b.part) from blob b
		where b.workspace_id = r.workspace_id and b.run_id = r.id and b.id = o.output_blob)) end
from run r
left join lateral (
	select n.path, n.output, n.output_blob, sum(coalesce(n.output_bytes, octet_length(n.output))) over (order by n.path) as bytes
	from (
		select s.path, s.status, s.output, s.output_blob, s.output_bytes
		from (select distinct a.path from unnest($3::text[]) as a(path)) as k
		cross join lateral (select n.* from step_newest(r.workspace_id, r.id, k.path, r.generation, r.kept) as n limit 1) as s
	) as n
	where n.status = 'completed'
) as o on true
where r.workspace_id = $1::uuid and r.id = $2::uuid
order by o.path;

-- name: step_run_list :maybe
-- All attempts of a run in the order they started: JSON array, whether more follow, cursor of the last. Workspace, run, limit,
-- start, attempt and path of the last one seen (nulls: from the first). No row: no such run.
select page.json, page.more, page.us, page.attempt, page.path
from run r
cross join lateral (
	select '[' || coalesce(string_agg(x.json, ', ' order by x.place) filter (where x.place <= $3::bigint), '') || ']' as json,
		count(*) > $3::bigint as more, (array_agg(x.us order by x.place))[$3::bigint] as us,
		(array_agg(x.attempt order by x.place))[$3::bigint] as attempt, (array_agg(x.path order by x.place))[$3::bigint] as path
	from (
		select step_run_json(row(s.*)::step_run, 4096, case when s.input_blob is not null then blob_start(r.workspace_id, r.id, s.input_blob) end,
				case when s.output_blob is not null then blob_start(r.workspace_id, r.id, s.output_blob) end, null, r.generation, r.kept) as json, cursor_us(s.started_at) as us, s.attempt, s.path,
			row_number() over (order by s.started_at, s.attempt, s.path) as place
		from (
			select k.* from step_run k
			where k.workspace_id = r.workspace_id and k.run_id = r.id and k.started_at is not null and k.attempt > 0 -- see run_fork_around()
				-- No coalesce(): under row-level security a comparison with it is kept from the index.
				and (k.started_at, k.attempt, k.path) > (
					case when $4::bigint is null then '-infinity' else timestamptz 'epoch' + $4::bigint * interval '1 microsecond' end,
					case when $5::integer is null then 0 else $5::integer end, case when $6::text is null then '' else $6::text end collate "C")
			order by k.started_at, k.attempt, k.path
			limit $3::bigint + 1
		) as s
	) as x
) as page
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: text_of_run :maybe
-- A run's output: the text, or the blob that has it, and its length. Workspace, run.
select r.output, r.output_blob, coalesce(r.output_bytes, octet_length(r.output))
from run r where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: text_of_step :maybe
-- The same of an attempt's input or output: workspace, run, input or not, path, attempt.
select case when $3::boolean then s.input else s.output end, case when $3::boolean then s.input_blob else s.output_blob end,
	case when $3::boolean then coalesce(s.input_bytes, octet_length(s.input)) else coalesce(s.output_bytes, octet_length(s.output)) end
from run r
join step_run s on s.workspace_id = r.workspace_id and s.run_id = r.id and s.path = $4::text collate "C" and s.attempt = $5::integer
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: text_part :maybe
-- A part of a blob: workspace, run, blob, part.
select b.content
from run r
join blob b on b.workspace_id = r.workspace_id and b.run_id = r.id and b.id = $3::uuid and b.part = $4::integer
where r.workspace_id = $1::uuid and r.id = $2::uuid;

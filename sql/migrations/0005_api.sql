-- What the API needs beside tables: the shapes of its answers, and its writes.
--
-- Shapes are SQL functions that PostgreSQL inlines into the query (one SELECT, no sub-query inside), so one description serves the
-- reading of one, the list and the answer to a creation at no cost. Writes are functions that run with the caller's rights, under
-- row-level security, after guard(). They may be repeated with the same ids: after a lost connection the API sends the same
-- batch again, and what is there already is not made twice.

-- ---- shapes ----

create function wire_ms(since timestamptz, until timestamptz) returns bigint language sql stable parallel safe
	as $$ select (extract(epoch from until - since) * 1000)::bigint $$;
create function wire_usd(nano bigint) returns numeric language sql immutable parallel safe
	as $$ select trim_scale(nano / 1000000000.0) $$;
create function wire_person(person uuid, called text) returns json language sql stable parallel safe
	as $$ select json_build_object('id', person, 'name', called) $$;

create function wire_time_or_null(at timestamptz) returns text language sql stable parallel safe
	as $$ select coalesce('"' || wire_time(at) || '"', 'null') $$;

-- Microseconds since 1970, what cursors hold.
create function cursor_us(at timestamptz) returns bigint language sql stable parallel safe
	as $$ select (extract(epoch from at) * 1000000)::bigint $$;
create function cursor_time(us bigint) returns timestamptz language sql stable parallel safe
	as $$ select case when us is null then 'infinity' else timestamptz 'epoch' + us * interval '1 microsecond' end $$;

create function prompt_json(p prompt, v prompt_version, person text) returns json language sql stable parallel safe as $$
	select json_build_object('id', p.id, 'name', p.name, 'description', p.description, 'visibility', p.visibility,
		'revision', p.revision, 'version', v.version, 'body', v.body, 'variables', to_json(v.variables), 'created_by', wire_person(p.created_by, person),
		'cloned_from', p.cloned_from,
		'created_at', wire_time(p.created_at), 'updated_at', wire_time(p.updated_at))
$$;

-- Which file of a folder or of a git repository a version came from, and of which commit.
create function wire_origin(origin jsonb) returns json language sql stable parallel safe as $$
	select case when origin is not null then
		json_build_object('source', origin ->> 'source', 'path', origin ->> 'path', 'commit', origin ->> 'commit') end
$$;

create function workflow_json(w workflow, v workflow_version, person text, last_runs json) returns json language sql stable parallel safe as $$
	select json_build_object('id', w.id, 'name', w.name, 'description', w.description, 'type', w.type, 'visibility', w.visibility,
		'revision', w.revision, 'version', v.version, 'step_count', v.step_count, 'created_by', wire_person(w.created_by, person),
		'cloned_from', w.cloned_from, 'own_id', w.own_id, 'origin', wire_origin(v.origin), 'created_at', wire_time(w.created_at), 'updated_at', wire_time(w.updated_at),
		'last_runs', last_runs)
$$;

create function run_mark_json(id uuid, status text, created_at timestamptz, finished_at timestamptz) returns json
	language sql stable parallel safe as $$
	select json_build_object('id', id, 'status', status, 'created_at', wire_time(created_at),
		'duration_ms', wire_ms(created_at, finished_at))
$$;

-- A run without what may be large: lists carry it from the index to the answer.
create type run_facts as (id uuid, workflow_id uuid, workflow_version integer, name text, type text, status text, step_count integer,
	steps_done integer, error text, created_by uuid, created_at timestamptz, started_at timestamptz, finished_at timestamptz,
	tokens_in bigint, tokens_out bigint, cost_nano bigint, generation integer, kept jsonb, forked_from uuid, project_id uuid,
	parent_run_id uuid, parent_path text);
create function run_facts(r run) returns run_facts language sql stable parallel safe as $$
	select row(r.id, r.workflow_id, r.workflow_version, r.name, r.type, r.status, r.step_count, r.steps_done, r.error, r.created_by,
		r.created_at, r.started_at, r.finished_at, r.tokens_in, r.tokens_out, r.cost_nano, r.generation, r.kept, r.forked_from, r.project_id,
		r.parent_run_id, r.parent_path)::run_facts
$$;

-- Of many step runs (see run_progress()): marks are looked up one by one, and the totals are those that the holder keeps (in the moment before it has, they
-- are summed up). A function of its own, so that nobody else's plan opens all these tables.
create function run_progress_long(space uuid, asked uuid, now integer, kept jsonb, ended boolean, keys text[])
	returns table (marks text, done bigint, tokens_in numeric, tokens_out numeric, cost numeric) language plpgsql stable as $$
begin
	select '[' || string_agg('"' || coalesce((select n.status from step_newest(space, asked, k.key, now, kept) n limit 1), 'pending') || '"', ', '
		order by k.place) || ']' into marks
	from unnest(keys) with ordinality k (key, place);
	if not ended then
		select v.steps_done, v.tokens_in, v.tokens_out, v.cost_nano into done, tokens_in, tokens_out, cost
		from run_live v where v.workspace_id = space and v.run_id = asked;
		if done is null then
			select count(distinct s.path) filter (where s.status in ('completed', 'skipped') and s.path !~ '[/[]'
					and step_run_counts(s.generation, s.path, s.attempt, now, kept)), coalesce(sum(s.tokens_in), 0), coalesce(sum(s.tokens_out), 0),
				case when bool_or(s.tokens_out is not null and s.cost_nano is null) then null else coalesce(sum(s.cost_nano), 0) end
			into done, tokens_in, tokens_out, cost
			from step_run s where s.workspace_id = space and s.run_id = asked;
		end if;
	end if;
	return next;
end $$;

-- How far a run has got: the newest status of each of its first 24 steps (`keys`), and until it has ended its totals. Of few step runs it is
-- all made by one look at them, in the order of their key; of many see run_progress_long(). `low` and `high`: between these is the run, known when the
-- statement begins, so that it opens one or two of the partitions of all months.
create function run_progress(space uuid, asked uuid, low uuid, high uuid, now integer, kept jsonb, ended boolean, keys text[])
	returns table (marks text, done bigint, tokens_in numeric, tokens_out numeric, cost numeric) language sql stable parallel safe as $$
	-- An array of a subquery is in its order: aggregates that sort cost more than all the rest here.
	select case when few.looked > 256 then long.marks when cardinality(keys) > 0 then
			'["' || array_to_string(array(select coalesce(few.status ->> k.key, 'pending') from unnest(keys) k (key)), '", "') || '"]' end,
		case when few.looked > 256 then long.done when few.done is null then 0 else (select count(distinct d) from unnest(few.done) d) end,
		case when few.looked > 256 then long.tokens_in else few.tokens_in end,
		case when few.looked > 256 then long.tokens_out else few.tokens_out end,
		case when few.looked > 256 then long.cost else few.cost end
	from (
		select count(*) as looked, jsonb_object_agg(f.path, f.status) filter (where f.counts) as status, -- the last of a path stays
			array_agg(f.path) filter (where not ended and f.counts and f.status in ('completed', 'skipped') and f.path !~ '[/[]') as done,
			coalesce(sum(f.tokens_in), 0) as tokens_in, coalesce(sum(f.tokens_out), 0) as tokens_out,
			case when bool_or(f.tokens_out is not null and f.cost_nano is null) then null else coalesce(sum(f.cost_nano), 0) end as cost
		from (
			select s.path, s.status, s.tokens_in, s.tokens_out, s.cost_nano,
				step_run_counts(s.generation, s.path, s.attempt, now, kept) as counts
			from step_run s where s.workspace_id = space and s.run_id = asked and s.run_id between low and high
			order by s.path, s.attempt limit 257
		) f
	) few
	left join lateral ( -- closed by its limit: as a mere join it would be called for every run
		select l.* from run_progress_long(space, asked, now, kept, ended, keys) l where few.looked > 256 limit 1
	) long on true
$$;

-- JSON, as text: put together by concat(), which took a third of json_build_object()'s time. `done`, `tokens`, `answered`, `nano` are those of
-- run_progress(); they count until the run has ended and carries its own.
create function run_json(r run_facts, person text, done bigint, tokens numeric, answered numeric, nano numeric, marks text) returns text
	language sql stable parallel safe as $$
	select concat('{"id": "', r.id, '", "name": ', to_json(r.name), ', "type": ', to_json(r.type), ', "workflow_id": "', r.workflow_id,
		'", "workflow_version": ', r.workflow_version, ', "status": ', to_json(r.status), ', "step_count": ', r.step_count,
		', "steps_done": ', coalesce(case when r.finished_at is null then done else r.steps_done end, 0),
		', "created_by": {"id": "', r.created_by, '", "name": ', coalesce(to_json(person)::text, 'null'),
		'}, "created_at": "', wire_time(r.created_at), '", "started_at": ', wire_time_or_null(r.started_at),
		', "finished_at": ', wire_time_or_null(r.finished_at), ', "duration_ms": ', coalesce(wire_ms(r.created_at, r.finished_at)::text, 'null'),
		', "tokens_in": ', case when r.finished_at is null then tokens else r.tokens_in end,
		', "tokens_out": ', case when r.finished_at is null then answered else r.tokens_out end,
		', "cost_usd": ', coalesce(case case when r.finished_at is null then nano else r.cost_nano end when 0 then '0' -- most often
			else wire_usd(case when r.finished_at is null then nano::bigint else r.cost_nano end)::text end, 'null'),
		', "cost_settled": ', case when r.finished_at is null then 'false' else 'true' end, ', "error": ', coalesce(r.error, 'null'),
		', "generation": ', r.generation, ', "forked_from": ', coalesce('"' || r.forked_from || '"', 'null'),
		', "project_id": ', coalesce('"' || r.project_id || '"', 'null'),
		', "parent_run_id": ', coalesce('"' || r.parent_run_id || '"', 'null'), ', "parent_path": ', coalesce(to_json(r.parent_path)::text, 'null'), ', "marks": ', coalesce(marks, '[]'), '}')
$$;

-- A page of runs, newest first: JSON array, whether more follow, cursor of the last. First the page itself, by the index of what was asked for;
-- then what belongs to it: between the first and the last of its ids, so that of the partitions of all months one or two are opened.
create function run_page(space uuid, most bigint, place timestamptz, place_id uuid, having_status text[], flow uuid, project uuid, parent uuid)
	returns table (page text, more boolean, next_us bigint, next_id uuid) language plpgsql stable as $$
declare
	chosen run_facts[];
	shown  integer := most;
	low    uuid;
	high   uuid;
begin
	if parent is not null then
		chosen := array(select run_facts(r) from run r
			where r.workspace_id = space and r.parent_run_id = parent
				and (flow is null or r.workflow_id = flow) and (project is null or r.project_id = project)
				and r.created_at <= place and (r.created_at < place or r.id > place_id) and (having_status is null or r.status = any (having_status))
			order by r.created_at desc, r.id limit most + 1);
	elsif flow is not null then
		chosen := array(select run_facts(r) from run r
			where r.workspace_id = space and r.workflow_id = flow and (project is null or r.project_id = project)
				and r.created_at <= place and (r.created_at < place or r.id > place_id) and (having_status is null or r.status = any (having_status))
			order by r.created_at desc, r.id limit most + 1);
	elsif project is not null then
		chosen := array(select run_facts(r) from run r
			where r.workspace_id = space and r.project_id = project
				and r.created_at <= place and (r.created_at < place or r.id > place_id) and (having_status is null or r.status = any (having_status))
			order by r.created_at desc, r.id limit most + 1);
	else
		chosen := array(select run_facts(r) from run r
			where r.workspace_id = space
				and r.created_at <= place and (r.created_at < place or r.id > place_id) and (having_status is null or r.status = any (having_status))
			order by r.created_at desc, r.id limit most + 1);
	end if;
	more := cardinality(chosen) > most;
	if more then
		chosen := chosen[:shown];
		next_us := cursor_us(chosen[shown].created_at);
		next_id := chosen[shown].id;
	end if;
	select (array_agg(f.id order by f.id))[1], (array_agg(f.id order by f.id desc))[1] into low, high from unnest(chosen) f;

	with version as materialized ( -- of the workflows: few, whatever the runs
		select d.workflow_id, d.workflow_version, v.marks as keys
		from (select distinct f.workflow_id, f.workflow_version from unnest(chosen) f) d
		cross join lateral (select v.marks from workflow_version v
			where v.workspace_id = space and v.workflow_id = d.workflow_id and v.version = d.workflow_version limit 1) v
	)
	select '[' || string_agg(run_json(f, u.name, s.done, s.tokens_in, s.tokens_out, s.cost, s.marks), ', ' order by f.created_at desc, f.id) || ']'
	into page
	from unnest(chosen) f
	left join version v on v.workflow_id = f.workflow_id and v.workflow_version = f.workflow_version
	left join app_user u on u.id = f.created_by
	cross join lateral run_progress(space, f.id, low, high, f.generation, f.kept, f.finished_at is not null, v.keys) s;
	page := coalesce(page, '[]');
	return next;
end $$;

-- The beginning of what is too long to be shown whole, and null of what is not; `most`: bytes. `start`: of what is in blob.
create function preview(whole text, start text, most integer) returns text language sql immutable parallel safe
	as $$ select coalesce(left(start, most / 4), case when octet_length(whole) > most then left(whole, most / 4) end) $$;

-- A step of the definition, as its newest run goes by: of one in loops it is in the newest iteration of each. Null: that has not begun.
create function step_path(space uuid, asked uuid, path text, loops text[], now integer, kept jsonb) returns text language plpgsql stable as $$
declare
	known text := ''; -- of path
	here  text := '';
	loop_path text;
	begun integer;
begin
	foreach loop_path in array loops loop
		here := here || substr(loop_path, length(known) + 1);
		begun := loop_begun(space, asked, here, now, coalesce(kept, '{}'));
		if begun = 0 then
			return null;
		end if;
		known := loop_path;
		here := here || '[' || begun - 1 || ']';
	end loop;
	return here || substr(path, length(known) + 1);
end $$;
grant execute on function step_path(uuid, uuid, text, text[], integer, jsonb), loop_begun(uuid, uuid, text, integer, jsonb),
	iteration_status(uuid, uuid, text, integer, integer, jsonb) to stepmill_api;

-- What only some steps have is asked by functions that are called for these alone: a plan that could read it is set up for every step, needed or not.
create function blob_start(space uuid, asked uuid, named uuid) returns text language plpgsql stable parallel safe as $$
begin
	return (select left(b.content, 4096) from blob b where b.workspace_id = space and b.run_id = asked and b.id = named and b.part = 0);
end $$;
-- What an attempt that has no output has streamed so far: from the last time that it began.
create function step_streamed(space uuid, asked uuid, at_path text, tried integer) returns text language plpgsql stable parallel safe as $$
begin
	return (
		select string_agg(o.text, '' order by o.seq)
		from (
			select e.seq, e.data::json ->> 'text' as text,
				max(e.seq) filter (where (e.data::json ->> 'offset')::bigint = 0) over () as start
			from run_record e
			where e.workspace_id = space and e.run_id = asked and e.type = 'step.output' and e.path = at_path collate "C" and e.attempt = tried
		) as o where o.seq >= o.start);
end $$;
grant execute on function blob_start(uuid, uuid, uuid), step_streamed(uuid, uuid, text, integer) to stepmill_api;

-- Text, by concat(), as run_json(). Inputs and outputs of up to `most` bytes are in it, of longer ones length and beginning; so_far: what has
-- streamed. `now` and `kept` are its run's: what an earlier generation left and this one does not go on from was rolled back.
create function step_run_json(s step_run, most integer, input_start text, output_start text, so_far text, now integer, kept jsonb) returns text
	language sql stable parallel safe as $$
	select concat('{"path": ', to_json(s.path), ', "attempt": ', s.attempt, ', "kind": ', to_json(s.kind), ', "generation": ', s.generation,
		', "iteration": ', case when strpos(s.path, '[') > 0 then coalesce(substring(s.path from '\[([0-9]+)\][^[]*$'), 'null') else 'null' end,
		', "status": "', case when step_run_counts(s.generation, s.path, s.attempt, now, kept) then s.status else 'rolled_back' end,
		'", "reused": ', case when s.reused_from is not null
			or (s.generation < now and step_run_counts(s.generation, s.path, s.attempt, now, kept)) then 'true' else 'false' end,
		', "reused_from": ', coalesce('"' || s.reused_from || '"', 'null'),
		', "started_at": ', wire_time_or_null(s.started_at), ', "finished_at": ', wire_time_or_null(s.finished_at),
		', "duration_ms": ', coalesce(wire_ms(s.started_at, s.finished_at)::text, 'null'),
		', "input": ', coalesce(case when octet_length(s.input) <= most then s.input end, 'null'),
		', "input_bytes": ', coalesce(coalesce(s.input_bytes, octet_length(s.input))::text, 'null'),
		', "input_preview": ', coalesce(to_json(preview(s.input, input_start, most))::text, 'null'),
		', "output": ', coalesce(case when octet_length(s.output) <= most then s.output end, 'null'),
		', "output_bytes": ', coalesce(coalesce(s.output_bytes, octet_length(s.output))::text, 'null'),
		', "output_preview": ', coalesce(to_json(preview(s.output, output_start, most))::text, 'null'),
		', "truncated": ', case when coalesce(s.input_bytes, octet_length(s.input), 0) > most
			or coalesce(s.output_bytes, octet_length(s.output), 0) > most then 'true' else 'false' end,
		', "partial": ', to_json(coalesce(so_far, '')), ', "error": ', coalesce(s.error, 'null'),
		', "waiting_for": ', coalesce(to_json(s.waiting_for)::text, 'null'), ', "child_run_id": ',
		coalesce(case when s.kind = 'workflow' and s.waiting_for like 'run %' then to_json(substr(s.waiting_for, 5))::text end, 'null'),
		', "due_at": ', wire_time_or_null(s.due_at), ', "model_asked": ', coalesce(to_json(s.model_asked)::text, 'null'),
		', "model_answered": ', coalesce(to_json(nullif(s.model_answered, 'cache/kept'))::text, 'null'), ', "cached": ',
		case when s.model_answered = 'cache/kept' then 'true' else 'false' end, ', "tokens_in": ', coalesce(s.tokens_in::text, 'null'),
		', "tokens_out": ', coalesce(s.tokens_out::text, 'null'), ', "cost_usd": ', coalesce(case s.cost_nano when 0 then '0' else wire_usd(s.cost_nano)::text end, 'null'), '}')
$$;

create function event_json(e run_event) returns json language sql stable parallel safe as $$
	select json_build_object('seq', e.seq, 'at', wire_time(e.at), 'type', e.type, 'path', e.path, 'attempt', e.attempt,
		'data', coalesce(e.data, '{}')::json)
$$;

-- ---- Idempotency-Key ----

-- Answers kept for 24 hours under the client's Idempotency-Key.
create table idempotency (
	workspace_id uuid not null,
	user_id      uuid not null,
	key          text not null check (length(key) between 1 and 255),
	request_hash bytea not null,
	status       smallint,
	response     text,
	created_at   timestamptz not null default now(),
	primary key (workspace_id, user_id, key)
);
create index idempotency_created on idempotency (created_at);
call table_closed('idempotency');
call table_of_tenants('idempotency');
grant select, insert, update on idempotency to stepmill_api;

-- First statement of a creation. Null: go on, the key is ours until the transaction ends. Otherwise the answer that was given
-- before. Of two at once the second waits for the first, and then gets its answer, or takes over when it failed.
create function idempotency_begin(space uuid, given_key text, request bytea) returns text language plpgsql as $$
declare
	before record;
begin
	if given_key is null then
		return null;
	end if;
	insert into idempotency as i (workspace_id, user_id, key, request_hash)
	values (space, current_person(), given_key, request)
	on conflict (workspace_id, user_id, key) do update
		set request_hash = excluded.request_hash, status = null, response = null, created_at = now()
		where i.created_at < now() - interval '24 hours';
	if found then
		return null;
	end if;
	select i.request_hash, i.response into before from idempotency i
	where i.workspace_id = space and i.user_id = current_person() and i.key = given_key;
	if before.request_hash is distinct from request then
		raise exception using errcode = 'SM422',
			message = 'This Idempotency-Key was used for another request in the last 24 hours. Use a new key.';
	end if;
	return before.response;
end $$;

-- In plpgsql, which keeps its plan: as an SQL function it was planned for every creation anew, which took as long as all the rest.
create function idempotency_end(space uuid, given_key text, answer text) returns void language plpgsql as $$
begin
	if given_key is not null then
		update idempotency i set status = 201, response = answer
		where i.workspace_id = space and i.user_id = current_person() and i.key = given_key;
	end if;
end $$;

-- Keys older than a day are of no use. A thousand at a time, so that nobody waits for long.
create function idempotency_prune() returns void language sql security definer set search_path = public, pg_temp as $$
	delete from idempotency i using (
		select workspace_id, user_id, key from idempotency where created_at < now() - interval '24 hours'
		order by created_at limit 1000 for update skip locked) old
	where i.workspace_id = old.workspace_id and i.user_id = old.user_id and i.key = old.key
$$;

-- ---- writes ----

create function prompt_create(space uuid, new_id uuid, title text, about text, seen_by text, content text, names text[],
	given_key text, request bytea) returns table (replayed boolean, answer text) language plpgsql as $$
begin
	answer := idempotency_begin(space, given_key, request);
	replayed := answer is not null;
	if not replayed then
		insert into prompt (workspace_id, id, name, description, visibility, public_from, published_at, created_by)
		values (space, new_id, title, about, seen_by, case when seen_by = 'public' then 1 end, case when seen_by = 'public' then now() end,
			current_person()) on conflict do nothing;
		if found then
			perform audit('prompt', new_id::text, title, case when seen_by = 'private' then current_person() end);
		end if;
		insert into prompt_version (workspace_id, prompt_id, version, body, variables, created_by)
		values (space, new_id, 1, content, names, current_person()) on conflict do nothing;
		select prompt_json(p, v, u.name)::text into strict answer
		from prompt p
		join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = p.current_version
		left join app_user u on u.id = p.created_by
		where p.workspace_id = space and p.id = new_id;
		perform idempotency_end(space, given_key, answer);
	end if;
	return next;
end $$;

create function workflow_create(space uuid, new_id uuid, title text, about text, kind text, seen_by text, canonical text,
	steps integer, sharing boolean, given_key text, request bytea, why text, written text, file jsonb) returns table (replayed boolean, answer text)
	language plpgsql as $$
begin
	answer := idempotency_begin(space, given_key, request);
	replayed := answer is not null;
	if not replayed then
		perform definition_calls_checked(space, canonical, null);
		perform definition_shared(space, canonical, seen_by, sharing);
		insert into workflow (workspace_id, id, name, description, type, visibility, public_from, published_at, created_by)
		values (space, new_id, title, about, kind, seen_by, case when seen_by = 'public' then 1 end, case when seen_by = 'public' then now() end,
			current_person()) on conflict do nothing;
		if found then
			perform audit('workflow', new_id::text, title, case when seen_by = 'private' then current_person() end);
		end if;
		insert into workflow_version (workspace_id, workflow_id, version, definition, source, origin, step_count, message, created_by)
		values (space, new_id, 1, canonical, written, file, steps, why, current_person()) on conflict do nothing;
		select workflow_whole(w, v, u.name, '[]'::json) into strict answer
		from workflow w
		join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.current_version
		left join app_user u on u.id = w.created_by
		where w.workspace_id = space and w.id = new_id;
		perform idempotency_end(space, given_key, answer);
	end if;
	return next;
end $$;

-- ---- changes: of two people who change the same thing, the second is told ----

-- Says it before the lock is asked for, which the policies would answer as if there were nothing.
create function thing_asked(created_by uuid, visibility text) returns void language plpgsql as $$
begin
	if not thing_editable(created_by, visibility) then
		raise exception using errcode = 'SM403',
			message = 'Only who made this and admins of the workspace change it. Nothing was changed. Clone it, or ask one of them.';
	end if;
end $$;
grant execute on function thing_asked(uuid, text) to stepmill_api;

-- `assumed`: the revision that the change was made on; 0: whatever is there.
create function revision_checked(has integer, assumed integer) returns void language plpgsql as $$
begin
	if assumed <> 0 and has <> assumed then
		raise exception using errcode = 'SM412', message = format(
			'Somebody has changed this since you read it: it is revision %s now, your change is of %s. Nothing was changed. Read it again, then repeat your change.',
			has, assumed);
	end if;
end $$;

-- One that is about to be changed by somebody who may, locked.
create function prompt_for_change(space uuid, changed uuid) returns prompt language plpgsql as $$
declare
	p prompt;
begin
	perform thing_asked(x.created_by, x.visibility) from prompt x where x.workspace_id = space and x.id = changed and x.archived_at is null;
	select x.* into p from prompt x where x.workspace_id = space and x.id = changed and x.archived_at is null for update;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such prompt, or you cannot see it.';
	end if;
	return p;
end $$;

create function workflow_for_change(space uuid, changed uuid) returns workflow language plpgsql as $$
declare
	w workflow;
begin
	perform thing_asked(x.created_by, x.visibility) from workflow x where x.workspace_id = space and x.id = changed and x.archived_at is null;
	select x.* into w from workflow x where x.workspace_id = space and x.id = changed and x.archived_at is null for update;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such workflow, or you cannot see it.';
	end if;
	return w;
end $$;

-- What is null stays. A text that differs makes a version; a request that changes nothing leaves the revision as it is.
create function prompt_change(space uuid, changed uuid, assumed integer, change uuid, title text, about text, content text, names text[],
	why text) returns void language plpgsql as $$
declare
	p     prompt := prompt_for_change(space, changed);
	newer integer;
begin
	if p.last_change is distinct from change then
		perform revision_checked(p.revision, assumed);
		insert into prompt_version (workspace_id, prompt_id, version, body, variables, message, created_by)
		select space, changed, p.current_version + 1, content, names, why, current_person()
		from prompt_version v
		where v.workspace_id = space and v.prompt_id = changed and v.version = p.current_version and v.body <> content
		returning version into newer;
		update prompt x set name = coalesce(title, x.name), description = coalesce(about, x.description),
			current_version = coalesce(newer, x.current_version), revision = x.revision + 1, last_change = change, updated_at = now()
		where x.workspace_id = space and x.id = changed and (newer is not null or x.name <> title or x.description <> about);
		if found then
			perform audit('prompt', changed::text, coalesce(title, p.name), case when p.visibility = 'private' then current_person() end,
				jsonb_strip_nulls(jsonb_build_object('version', newer, 'name_before', case when title <> p.name then p.name end)));
		end if;
	end if;
end $$;

-- The same text from another file is a version, too, because a version says where it came from; from another commit it is none.
create function workflow_change(space uuid, changed uuid, assumed integer, change uuid, title text, about text, kind text, canonical text,
	steps integer, why text, sharing boolean, written text, file jsonb) returns void language plpgsql as $$
declare
	w     workflow := workflow_for_change(space, changed);
	newer integer;
begin
	if w.last_change is distinct from change then
		perform revision_checked(w.revision, assumed);
		if canonical is not null then
			perform definition_calls_checked(space, canonical, changed);
			perform definition_shared(space, canonical, w.visibility, sharing);
		end if;
		insert into workflow_version (workspace_id, workflow_id, version, definition, source, origin, step_count, message, created_by)
		select space, changed, w.current_version + 1, canonical, written, file, steps, why, current_person()
		from workflow_version v
		where v.workspace_id = space and v.workflow_id = changed and v.version = w.current_version
			and (v.definition <> canonical or (written is not null and v.source is distinct from written)
				or (canonical is not null and file - 'commit' <> coalesce(v.origin - 'commit', '{}')))
		returning version into newer;
		update workflow x set name = coalesce(title, x.name), description = coalesce(about, x.description), type = coalesce(kind, x.type),
			current_version = coalesce(newer, x.current_version), revision = x.revision + 1, last_change = change, updated_at = now()
		where x.workspace_id = space and x.id = changed and (newer is not null or x.name <> title or x.description <> about);
		if found then
			perform audit('workflow', changed::text, coalesce(title, w.name), case when w.visibility = 'private' then current_person() end,
				jsonb_strip_nulls(jsonb_build_object('version', newer, 'name_before', case when title <> w.name then w.name end)));
		end if;
	end if;
end $$;

-- Out of lists, and nothing new can begin with it; its versions stay for the runs and the workflows that name them.
create function prompt_archive(space uuid, changed uuid, assumed integer, change uuid) returns void language plpgsql as $$
declare
	p prompt;
begin
	perform thing_asked(x.created_by, x.visibility) from prompt x where x.workspace_id = space and x.id = changed and x.archived_at is null;
	select x.* into p from prompt x where x.workspace_id = space and x.id = changed for update;
	if p.id is null or (p.archived_at is not null and p.last_change is distinct from change) then
		raise exception using errcode = 'SM404', message = 'There is no such prompt, or you cannot see it.';
	end if;
	if p.archived_at is null then
		perform revision_checked(p.revision, assumed);
		update prompt x set archived_at = now(), updated_at = now(), revision = x.revision + 1, last_change = change
		where x.workspace_id = space and x.id = changed;
		perform audit('prompt', changed::text, p.name, case when p.visibility = 'private' then current_person() end);
	end if;
end $$;

create function workflow_archive(space uuid, changed uuid, assumed integer, change uuid) returns void language plpgsql as $$
declare
	w workflow;
begin
	perform thing_asked(x.created_by, x.visibility) from workflow x where x.workspace_id = space and x.id = changed and x.archived_at is null;
	select x.* into w from workflow x where x.workspace_id = space and x.id = changed for update;
	if w.id is null or (w.archived_at is not null and w.last_change is distinct from change) then
		raise exception using errcode = 'SM404', message = 'There is no such workflow, or you cannot see it.';
	end if;
	if w.archived_at is null then
		perform revision_checked(w.revision, assumed);
		update workflow x set archived_at = now(), updated_at = now(), revision = x.revision + 1, last_change = change
		where x.workspace_id = space and x.id = changed;
		perform audit('workflow', changed::text, w.name, case when w.visibility = 'private' then current_person() end);
	end if;
end $$;

grant execute on function revision_checked(integer, integer), prompt_for_change(uuid, uuid), workflow_for_change(uuid, uuid),
	prompt_change(uuid, uuid, integer, uuid, text, text, text, text[], text), prompt_archive(uuid, uuid, integer, uuid),
	workflow_change(uuid, uuid, integer, uuid, text, text, text, text, integer, text, boolean, text, jsonb), workflow_archive(uuid, uuid, integer, uuid) to stepmill_api;

-- That it is paused before a phase which a person is to begin, for whoever reads it.
create function run_stands(status text, overrides jsonb) returns text language sql immutable parallel safe as $$
	select case when status = 'paused' then 'phase ' || (overrides ->> 'waits_at') end
$$;
grant execute on function run_stands(text, jsonb) to stepmill_api;

-- One run or a thousand of one workflow. The inputs were checked against version `assumed`; when that is no longer the current
-- one, and the request did not ask for it by number, nothing is made (SM412) and the caller looks again.
create function run_create(space uuid, flow uuid, assumed integer, pinned boolean, ids uuid[], inputs text[], urgency integer,
	made_by_planner integer, in_project uuid, proposed text, given_key text, request bytea)
	returns table (replayed boolean, answer text) language plpgsql as $$
declare
	w    record;
	made bigint;
	set_ jsonb;
begin
	replayed := false;
	if given_key is not null then
		answer := idempotency_begin(space, given_key, request);
		if answer is not null then
			replayed := true;
			return next;
			return;
		end if;
	end if;
	select f.name, f.type, f.visibility, f.current_version, v.step_count, v.asks_network into w
	from workflow f
	left join workflow_version v on v.workspace_id = f.workspace_id and v.workflow_id = f.id and v.version = assumed
	where f.workspace_id = space and f.id = flow and f.archived_at is null;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such workflow, or you cannot see it.';
	end if;
	if w.step_count is null or (not pinned and w.current_version <> assumed) then
		raise exception using errcode = 'SM412', message = 'The workflow has a newer version. Try again.';
	end if;
	if in_project is not null then
		set_ := project_settings(space, in_project);
	end if;
	if w.asks_network is not null and set_ -> 'script_network' is distinct from 'true' then -- else it would fail there, with the same words
		raise exception using errcode = 'SM422', message = 'Some values are not valid.',
			hint = '/project_id' || chr(9) || 'no_network' || chr(9) || format('Step "%s" asks for the network, which scripts have in a project alone whose setting '
				|| '"Scripts may use the network" is on. Turn it on, or name a project that has it.', w.asks_network);
	end if;
	insert into run (workspace_id, id, workflow_id, workflow_version, name, type, planner, step_count, input, private_to, created_by,
		project_id, models, overrides)
	select space, i.id, flow, assumed, w.name, w.type, made_by_planner, w.step_count, i.input,
		case when w.visibility = 'private' then current_person() end, current_person(),
		in_project, case when set_ ? 'model' then jsonb_build_object('*', set_ -> 'model') end,
		nullif(jsonb_strip_nulls(jsonb_build_object('timeout_seconds', set_ -> 'timeout_seconds', 'directory', set_ -> 'directory',
			'auto_mode', nullif(set_ -> 'auto_mode', 'true'), 'script_network', nullif(set_ -> 'script_network', 'false'))), '{}')
	from unnest(ids, inputs) as i(id, input)
	on conflict do nothing;
	get diagnostics made = row_count;
	if made > 0 then -- otherwise this is the repeat of a batch that had been committed
		insert into run_live (workspace_id, run_id, priority) select space, unnest(ids), urgency;
		perform audit('run', case when made = 1 then ids[1]::text end, w.name, case when w.visibility = 'private' then current_person() end,
			case when made = 1 then '{}'::jsonb else jsonb_build_object('runs', made) end);
	end if;
	answer := proposed;
	if given_key is not null then
		perform idempotency_end(space, given_key, answer);
	end if;
	return next;
end $$;

-- Asks the run's holder to end it. Asking twice is asking once.
create function run_cancel(space uuid, asked uuid, new_id uuid) returns void language plpgsql as $$
declare
	has     text;
	current integer;
	called  text;
	whose   uuid;
begin
	select r.status, r.generation, r.name, r.private_to into has, current, called, whose from run r where r.workspace_id = space and r.id = asked;
	if has is null then
		raise exception using errcode = 'SM404', message = 'There is no such run, or you cannot see it.';
	end if;
	if has in ('completed', 'failed', 'cancelled') then
		raise exception using errcode = 'SM409', message = format('The run has already ended: it is %s. There is nothing left to cancel.', has);
	end if;
	insert into run_inbox (workspace_id, run_id, id, kind, generation, dedup, created_by)
	values (space, asked, new_id, 'cancel', current, 'cancel:' || current, current_person())
	on conflict (workspace_id, run_id, dedup) where dedup is not null do nothing;
	if found then
		perform audit('run', asked::text, called, whose);
	end if;
end $$;

-- Requests to a run that has not ended: pause, resume and what follows them. Whoever asks inserts a row and locks nothing.
-- `once`: asking twice under this name is asking once; the second is told by false.
create function run_ask(space uuid, asked uuid, new_id uuid, what text, how text, once text) returns boolean language plpgsql as $$
declare
	has     text;
	current integer;
	waiting bigint;
	bytes   bigint;
	called  text;
	whose   uuid;
begin
	select r.status, r.generation, r.name, r.private_to into has, current, called, whose from run r where r.workspace_id = space and r.id = asked;
	if has is null then
		raise exception using errcode = 'SM404', message = 'There is no such run, or you cannot see it.';
	end if;
	if has in ('completed', 'failed', 'cancelled') then
		raise exception using errcode = 'SM409', message = format('The run has already ended: it is %s. Nothing was changed. Retry it to have it run again.', has);
	end if;
	-- Signals wait for their steps, perhaps for ever: they must not keep a decision or a pause away. And whoever takes the run over
	-- reads all of it at once.
	select count(*), coalesce(sum(octet_length(w.data)), 0) into waiting, bytes from (
		select i.data from run_inbox i
		where i.workspace_id = space and i.run_id = asked and (i.kind = 'signal') = (what = 'signal') limit 1000) w;
	if waiting = 1000 or bytes + octet_length(how) > 16777216 then
		raise exception using errcode = 'SM409', message = case when what = 'signal'
			then 'The signal was not sent. A thousand signals, or 16 MB of them, wait for steps of this run already. Send it when one has been taken.'
			else 'A thousand requests to this run, or 16 MB of them, wait already. Nothing was changed. Try again when it has read them.' end;
	end if;
	if what = 'approval' then -- the step's output says who it was; whoever ends it does not look people up
		how := left(how, -1) || ',"by_name":' || coalesce((select to_json(u.name)::text from app_user u where u.id = current_person()), 'null') || '}';
	end if;
	insert into run_inbox (workspace_id, run_id, id, kind, data, generation, dedup, created_by)
	values (space, asked, new_id, what, how, current, once, current_person())
	on conflict do nothing;
	if found then
		perform audit('run', asked::text, called, whose);
		return true;
	end if;
	return exists (select from run_inbox i where i.workspace_id = space and i.run_id = asked and i.id = new_id);
end $$;

do $$
declare
	f regprocedure;
begin
	for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
		and p.proname in ('wire_time', 'wire_ms', 'wire_usd', 'wire_person', 'wire_origin', 'cursor_us', 'cursor_time', 'prompt_json', 'workflow_json',
			'run_mark_json', 'run_facts', 'run_progress', 'run_progress_long', 'run_page', 'wire_time_or_null', 'run_json', 'preview', 'step_run_json', 'event_json', 'idempotency_begin', 'idempotency_end', 'idempotency_prune',
			'prompt_create', 'workflow_create', 'run_create', 'run_cancel', 'run_ask') loop
		execute format('grant execute on function %s to stepmill_api', f);
	end loop;
end $$;

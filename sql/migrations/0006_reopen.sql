-- Running again: the next generation of a run that has ended, from a step or a checkpoint.

-- The last attempt of a path that had ended at event `upto`; null: none. Found by halves, however many there were: numbers of attempts and of the
-- events that end them grow together. A cancelled one is no end that anything goes on from.
create function run_attempt_at(space uuid, asked uuid, at_path text, upto bigint) returns integer language plpgsql stable as $$
declare
	low    integer := 0; -- all up to here had ended
	high   integer;      -- all from here on had not
	middle integer;
	seen   record;
	best   integer;
begin
	select s.attempt + 1 into high from step_run s
	where s.workspace_id = space and s.run_id = asked and s.path = at_path collate "C" order by s.attempt desc limit 1;
	middle := high - 1; -- most often it is the last of all
	while low + 1 < high loop
		select s.attempt, s.ended_seq <= upto as over into seen from step_run s
		where s.workspace_id = space and s.run_id = asked and s.path = at_path collate "C" and s.attempt <= middle and s.attempt > low
		order by s.attempt desc limit 1;
		if seen.over then
			best := seen.attempt;
		end if;
		if seen.over or seen.attempt is null then
			low := middle;
		else
			high := seen.attempt;
		end if;
		middle := (low + high) / 2;
	end loop;
	return (select s.attempt from step_run s
		where s.workspace_id = space and s.run_id = asked and s.path = at_path collate "C" and s.attempt <= best
			and s.status in ('completed', 'skipped', 'failed')
		order by s.attempt desc limit 1);
end $$;

-- Paths of a run's steps, but of those in loops: from path to path, and past all iterations of a loop at once.
create function run_outer_paths(space uuid, asked uuid) returns table (path text) language sql stable as $$
	with recursive place (path, past) as ( -- past: after it, and what is in it
		(select s.path, s.path from step_run s where s.workspace_id = space and s.run_id = asked order by s.path limit 1)
		union all
		select n.path, case when strpos(n.path, '[') > 0 then left(n.path, strpos(n.path, '[') - 1) || chr(92) else n.path end
		from place p cross join lateral (
			select s.path from step_run s where s.workspace_id = space and s.run_id = asked and s.path > p.past order by s.path limit 1) n
	)
	select p.path from place p where strpos(p.path, '[') = 0
$$;

-- What had ended at event `upto`, in the generation of that time: what that one went on from, and what ended since; of each path the
-- newest. From path to path, and by the rows that begin generations: however many events there were.
create function run_ended_at(space uuid, asked uuid, upto bigint) returns table (path text, attempt integer) language plpgsql stable as $$
declare
	began  bigint;
	reused json;
begin
	select e.seq, e.data::json -> 'reused' into began, reused from run_record e
	where e.workspace_id = space and e.run_id = asked and e.type = 'run.reopened' and e.seq <= upto order by e.seq desc limit 1;
	if began is null then -- of a fork, written; of another run there is nothing to tell
		began := 1;
		select e.data::json -> 'reused' into reused from run_record e
		where e.workspace_id = space and e.run_id = asked and e.seq = 1 and e.type = 'run.created';
	end if;
	return query
	with since as (
		select l.path, l.attempt from (
			select p.path, run_attempt_at(space, asked, p.path, upto) as attempt from run_outer_paths(space, asked) p offset 0) l
		cross join lateral (
			select s.ended_seq from step_run s
			where s.workspace_id = space and s.run_id = asked and s.path = l.path and s.attempt = l.attempt limit 1) s
		where s.ended_seq > began
	)
	select n.path, n.attempt from since n
	union all
	select r.key, r.value::integer from json_each_text(reused) r where not exists (select from since n where n.path = r.key);
end $$;

-- The newest step run of each path that counts; generation and kept are the run's. From path to path, however many attempts there were.
create function run_newest(space uuid, asked uuid, now integer, kept jsonb)
	returns table (path text, attempt integer, kind text, status text) language sql stable as $$
	select n.path, n.attempt, n.kind, n.status from run_outer_paths(space, asked) p cross join lateral (
		select s.path, s.attempt, s.kind, s.status from step_newest(space, asked, p.path, now, run_newest.kept) s limit 1) n
$$;

create function definition_places(steps json) returns table (key text, kind text, place bigint, passes boolean) language sql immutable as $$
	select d.step ->> 'key', d.step ->> 'kind', d.place, coalesce(d.step ->> 'on_failure' = 'continue', false)
	from json_array_elements(steps) with ordinality d (step, place) where d.step ->> 'kind' <> 'note'
$$;
-- Is a step over with? `passes`: the run goes on without it when it fails.
create function step_is_over(status text, passes boolean) returns boolean language sql immutable as $$
	select status in ('completed', 'skipped') or (status = 'failed' and passes)
$$;
-- The step of the definition that a path is in: of each[3]/send it is each.
create function path_step(path text) returns text language sql immutable as $$
	select split_part(split_part(path, '/', 1), '[', 1)
$$;

-- How many of a loop's first iterations are over, one after the other.
create function iterations_over(space uuid, asked uuid, loop_path text, now integer, kept jsonb) returns integer language sql stable as $$
	select coalesce(min(substring(s.path from '\[([0-9]+)\]$')::integer), loop_begun(space, asked, loop_path, now, kept))
	from step_run s
	where s.workspace_id = space and s.run_id = asked and s.path > loop_path || '[' collate "C" and s.path < loop_path || chr(92) collate "C"
		and s.generation = now and s.status not in ('completed', 'skipped') and substr(s.path, length(loop_path) + 1) ~ '^\[[0-9]+\]$'
$$;

-- What a list of steps goes on from when one in it is run again: what is over with, and with a target (a path from this list on: send, inner[3]/send)
-- only what is written before that. {path: attempt}, and of loops as path_kept() says.
create function run_keep(space uuid, asked uuid, now integer, kept jsonb, steps json, prefix text, target text) returns jsonb language plpgsql stable as $$
declare
	result jsonb := '{}';
	d      record;
	newest record;
	first  text := split_part(target, '/', 1);
	rest   text := nullif(substr(target, length(split_part(target, '/', 1)) + 2), '');
	whole  integer;
begin
	for d in select x.step, x.step ->> 'key' as key, x.step ->> 'kind' as kind, step_steps(x.step) as nested, step_repeats(x.step) as repeats,
			prefix || (x.step ->> 'key') as path
		from json_array_elements(steps) with ordinality x (step, place) order by x.place
	loop
		if target is null or d.key <> path_step(target) then
			select s.attempt, s.kind, s.status into newest from step_newest(space, asked, d.path, now, kept) s limit 1;
			continue when newest.attempt is null or newest.kind <> d.kind;
			if step_is_over(newest.status, coalesce(d.step ->> 'on_failure' = 'continue', false)) then
				result := result || jsonb_build_object(d.path, newest.attempt) || case when d.repeats then jsonb_build_object(d.path || '[', 1000000)
					when d.nested is not null then run_keep(space, asked, now, kept, d.nested, d.path || '/', null) else '{}' end;
				continue;
			end if;
			continue when target is not null or d.nested is null;
		elsif first = d.key and rest is null then
			return result;
		end if;
		-- The step itself is run again, and goes on inside.
		if d.repeats then
			whole := iterations_over(space, asked, d.path, now, kept);
			if target is not null then
				whole := least(whole, substring(first from '\[([0-9]+)\]$')::integer);
			end if;
			result := result || jsonb_build_object(d.path || '[', whole);
			if target is null or (rest is not null and first = d.key || '[' || whole || ']') then
				result := result || run_keep(space, asked, now, kept, d.nested, d.path || '[' || whole || ']/', rest);
			end if;
		else
			result := result || run_keep(space, asked, now, kept, d.nested, d.path || '/', rest);
		end if;
		exit when target is not null;
	end loop;
	return result;
end $$;

-- Of loops that are kept whole, so much; and of each the highest attempt there is of anything in it: numbers of attempts go on.
create function run_keep_loops(space uuid, asked uuid, steps json, reused jsonb) returns jsonb language sql stable as $$
	select coalesce(jsonb_object_agg(n.name, n.number) filter (where n.number is not null), '{}')
	from definition_steps(steps) d
	cross join lateral (
		select d.path || '[' as name, case when reused ? d.path then 1000000 end as number
		union all
		select d.path || '#', (select max(s.attempt) from step_run s where s.workspace_id = space and s.run_id = asked
			and s.path > d.path || '[' collate "C" and s.path < d.path || chr(92) collate "C")) n
	where step_repeats(d.step) and d.loops = '{}'
$$;
grant execute on function run_outer_paths(uuid, uuid), iterations_over(uuid, uuid, text, integer, jsonb), run_keep_loops(uuid, uuid, json, jsonb),
	run_keep(uuid, uuid, integer, jsonb, json, text, text) to stepmill_api;

-- Asks the executors to open the next generation of a run that has ended. What it goes on from is decided here, from rows that
-- nothing changes any more; the request holds only if the run is still in the generation that was looked at, and of several
-- requests of one generation the first counts. No row that a holder needs is locked.
--
-- start_at: failed (the first step that is not over with), start, step (step_key), checkpoint (a step.completed event by its
-- number). Reused is what was over with and stands before that step in the definition of the chosen version under the same key
-- and kind; of a checkpoint: all that was over with. `wanted`: same or latest version. `other_models`: {step key, or *: model},
-- null: those of the generation before.
create function run_reopen(space uuid, asked uuid, new_id uuid, start_at text, step_key text, checkpoint bigint, wanted text,
	other_models text, urgency integer, made_by_planner integer) returns void language plpgsql as $$
declare
	r       record;
	chosen  integer;
	steps   json;
	unknown text;
	place   bigint;
	reused  jsonb;
	at_place bigint;
begin
	select n.status, n.generation, n.kept, n.models, n.name, n.private_to, n.workflow_id, n.workflow_version, n.reopened_by, n.parent_run_id,
		n.parent_path into r
	from run n where n.workspace_id = space and n.id = asked;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such run, or you cannot see it.';
	end if;
	if r.reopened_by = new_id
			or exists (select from run_inbox i where i.workspace_id = space and i.run_id = asked and i.id = new_id) then
		return; -- the repeat of a batch that had been committed
	end if;
	if r.status not in ('completed', 'failed', 'cancelled') then
		raise exception using errcode = 'SM409',
			message = format('The run has not ended: it is %s. Nothing was changed. Wait for its end, or cancel it, then retry it.', r.status);
	end if;
	if r.parent_run_id is not null then
		raise exception using errcode = 'SM409', message = format(
			'A step of another run has started this one and does not wait for it any more. Nothing was changed. Retry run %s from step "%s": that starts another.',
			r.parent_run_id, r.parent_path);
	end if;
	chosen := r.workflow_version;
	if wanted = 'latest' then
		select w.current_version into chosen from workflow w where w.workspace_id = space and w.id = r.workflow_id;
	end if;
	select v.definition::json -> 'steps' into steps from workflow_version v
	where v.workspace_id = space and v.workflow_id = r.workflow_id and v.version = chosen;
	if steps is null then
		raise exception using errcode = 'SM404', message = 'There is no such workflow version, or you cannot see it.';
	end if;
	select m.key into unknown from jsonb_object_keys(other_models::jsonb) m (key)
	where m.key <> '*' and not exists (
		select from definition_steps(steps) d where d.step ->> 'key' = m.key and d.step ->> 'kind' = 'prompt') limit 1;
	if unknown is not null then
		raise exception using errcode = 'SM422', message = format('Version %s has no step "%s" that asks a model. Its definition says which there are.', chosen, unknown);
	end if;
	if start_at = 'step' and not exists (select from definition_steps(steps) d
			where d.path = regexp_replace(step_key, '\[[0-9]+\]', '', 'g') and cardinality(d.loops) = length(step_key) - length(replace(step_key, '[', ''))) then
		raise exception using errcode = 'SM422', message = case when exists (select from definition_steps(steps) d where d.path = step_key)
			then format('The step "%s" is in a loop. Name its iteration, such as each[3]/send.', step_key)
			else format('Version %s has no step "%s". Its definition says which there are.', chosen, step_key) end;
	end if;
	if start_at = 'checkpoint' and not exists (select from run_events(space, asked, checkpoint - 1, 1) e
			where e.seq = checkpoint and e.type = 'step.completed') then
		raise exception using errcode = 'SM404', message = format('The run has no checkpoint %s. The list of its checkpoints has their numbers.', checkpoint);
	end if;

	with done as (
		select d.path, d.attempt, d.kind, d.status from run_newest(space, asked, r.generation, r.kept) d where start_at <> 'checkpoint'
		union all
		select s.path, s.attempt, s.kind, s.status from run_ended_at(space, asked, checkpoint) c
		join step_run s on s.workspace_id = space and s.run_id = asked and s.path = c.path and s.attempt = c.attempt
		where start_at = 'checkpoint'
	), standing as (
		select d.key, d.place, x.attempt from definition_places(steps) d
		left join done x on x.path = d.key and x.kind = d.kind and step_is_over(x.status, d.passes)
	), begin_at as (
		select case start_at when 'start' then 1 when 'step' then (select s.place from standing s where s.key = path_step(step_key))
			when 'failed' then (select min(s.place) from standing s where s.attempt is null)
			else (select max(s.place) + 1 from standing s) end as place
	)
	select b.place, coalesce((select jsonb_object_agg(x.path, x.attempt) from standing s
		join done x on path_step(x.path) = s.key -- with what is nested in it
		where s.place < b.place and s.attempt is not null), '{}')
	into place, reused from begin_at b;
	at_place := place;
	-- Of the step that it begins with what is in it is kept, too: before the step that was named, or of one that failed as it is.
	if (start_at = 'step' and strpos(step_key, '/') > 0) or (start_at = 'failed' and chosen = r.workflow_version) then
		reused := reused || coalesce((
			select run_keep(space, asked, r.generation, coalesce(r.kept, '{}'), json_build_array(d.step), '', case when start_at = 'step' then step_key end)
			from definition_places(steps) p join json_array_elements(steps) d (step) on d.step ->> 'key' = p.key
			where p.place = at_place and step_steps(d.step) is not null), '{}');
	end if;
	reused := reused || run_keep_loops(space, asked, steps, reused);
	if place is null and start_at = 'step' then
		raise exception using errcode = 'SM422', message = format('Version %s has no step "%s". Its definition says which there are.', chosen, step_key);
	elsif place is null then
		raise exception using errcode = 'SM409', message = 'Every step of this run has completed. Retry it from the start, or from a step.';
	end if;

	insert into run_inbox (workspace_id, run_id, id, kind, data, generation, dedup, created_by)
	values (space, asked, new_id, 'reopen', json_build_object('generation', r.generation + 1, 'from', case start_at
			when 'step' then json_build_object('step', step_key)
			when 'checkpoint' then json_build_object('checkpoint', checkpoint)
			else to_json(start_at) end, 'version', chosen, 'version_before', r.workflow_version, 'steps', json_array_length(steps),
		'planner', made_by_planner, 'models', coalesce(other_models::jsonb, r.models), 'reused', reused)::text,
		r.generation, 'reopen:' || r.generation, current_person())
	on conflict do nothing;
	if found then
		-- What was read above may be a moment old; since the row above is there nobody else can open this generation's successor.
		perform from run n where n.workspace_id = space and n.id = asked and n.generation = r.generation and n.status = r.status;
	end if;
	if found then
		-- An epoch that no holder of an earlier generation can have had.
		insert into run_live (workspace_id, run_id, priority, epoch) values (space, asked, urgency, r.generation::bigint << 32)
		on conflict do nothing;
	end if;
	if not found then
		raise exception using errcode = 'SM409', message = 'Somebody retried this run a moment ago. Nothing was changed. Read it to see how it goes on.';
	end if;
	perform audit('run', asked::text, r.name, r.private_to, jsonb_build_object('from', start_at, 'version', chosen, 'generation', r.generation + 1));
end $$;

grant execute on function run_ended_at(uuid, uuid, bigint), run_attempt_at(uuid, uuid, text, bigint), run_newest(uuid, uuid, integer, jsonb), definition_places(json),
	step_is_over(text, boolean), path_step(text),
	run_reopen(uuid, uuid, uuid, text, text, bigint, text, text, integer, integer) to stepmill_api;

-- The workflow version that a run was on at event `upto`; `now`: the one it is on.
create function run_version_at(space uuid, asked uuid, upto bigint, now integer) returns integer language plpgsql stable as $$
begin
	return coalesce((
		select (e.data::json ->> 'version')::integer from run_record e
		where e.workspace_id = space and e.run_id = asked and e.type in ('run.reopened', 'run.moved') and e.seq <= upto order by e.seq desc limit 1), (
		select (e.data::json ->> 'version_before')::integer from run_record e
		where e.workspace_id = space and e.run_id = asked and e.type in ('run.reopened', 'run.moved') and e.seq > upto order by e.seq limit 1), now);
end $$;
grant execute on function run_version_at(uuid, uuid, bigint, integer) to stepmill_api;

-- The step runs that a fork takes over, in the order of their paths, after `past`. `taken`: {"steps": {path: attempt}, and of loops that go on there ({loop[: how
-- many}) the newest of everything in so many of their first iterations, "generation" and "kept": the other run's when the fork was asked for}. By these
-- it is decided which is the newest, so it is the same however often the other run has run again meanwhile: rows of a generation do not change.
create function run_taken_over(space uuid, source uuid, taken jsonb, past text, most integer) returns table (path text, attempt integer)
	language sql stable as $$
	select t.path, t.attempt from (
		select x.key collate "C" as path, x.value::integer as attempt from jsonb_each_text(taken -> 'steps') x
		where right(x.key, 1) <> '[' and x.key collate "C" > past
		union all
		select l.path, l.attempt from (select (taken ->> 'generation')::integer as generation, taken -> 'kept' as kept offset 0) r
		cross join jsonb_each_text(taken -> 'steps') x
		cross join lateral (
			select distinct on (s.path) s.path, s.attempt from step_run s
			where s.workspace_id = space and s.run_id = source and s.path > greatest(x.key collate "C", past) and s.path < left(x.key, -1) || chr(92) collate "C"
				and substring(substr(s.path, length(x.key) + 1) from '^[0-9]+')::integer < x.value::integer and step_run_counts(s.generation, s.path, s.attempt, r.generation, r.kept)
			order by s.path, s.attempt desc limit most) l
		where right(x.key, 1) = '[' and x.value::integer < 1000000
	) t order by t.path limit most
$$;

-- Copies the next `most_rows` of them, before that up to `most_parts` parts of their large inputs and outputs; false: all are there. They cost nothing in
-- the new run: nothing was called.
create function run_copy_steps(space uuid, source uuid, new_id uuid, taken jsonb, most_parts integer, most_rows integer) returns boolean
	language plpgsql as $$
declare
	past     text;
	paths    text[];
	attempts integer[];
	parts    bigint;
begin
	select s.path into past from step_run s where s.workspace_id = space and s.run_id = new_id and s.attempt > 0 order by s.path desc limit 1;
	select array_agg(t.path order by t.path), array_agg(t.attempt order by t.path) into paths, attempts
	from run_taken_over(space, source, taken, coalesce(past, ''), most_rows) t;
	if paths is null then
		return false;
	end if;
	insert into blob (workspace_id, run_id, id, part, content)
	select space, new_id, b.id, b.part, b.content
	from (
		select distinct n.id from unnest(paths, attempts) x (path, attempt)
		join step_run s on s.workspace_id = space and s.run_id = source and s.path = x.path collate "C" and s.attempt = x.attempt
		cross join lateral (values (s.input_blob), (s.output_blob)) n (id)
		where n.id is not null) d
	join blob b on b.workspace_id = space and b.run_id = source and b.id = d.id
	where not exists (select from blob c where c.workspace_id = space and c.run_id = new_id and c.id = b.id and c.part = b.part)
	order by b.id, b.part limit most_parts;
	get diagnostics parts = row_count;
	if parts > 0 and most_parts is not null then
		return true;
	end if;
	insert into step_run
	select c.* from unnest(paths, attempts) x (path, attempt)
	join step_run s on s.workspace_id = space and s.run_id = source and s.path = x.path collate "C" and s.attempt = x.attempt
	cross join lateral jsonb_populate_record(s, jsonb_build_object('run_id', new_id, 'generation', 1,
		'reused_from', source, 'ended_seq', 1, 'tokens_in', null, 'tokens_out', null, 'tokens_cached', null, 'cost_nano', null)) c;
	return true;
end $$;

-- The groups, loops and iterations around the step that a fork begins at, as far as something in them is taken over, have no step run there: they begin in it.
-- A row of the attempt 0 stands for what is not, so that whoever loads the run looks into them.
create function run_fork_around(space uuid, source uuid, new_id uuid, step_key text, wanted jsonb) returns void language sql as $$
	insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, reused_from, started_at)
	select space, new_id, p.path, 0, 0, s.kind, 'rolled_back', source, now()
	from (select left(step_key, b.at - 1) collate "C" as path from generate_series(1, length(step_key)) b (at) where substr(step_key, b.at, 1) in ('/', '[')) p
	cross join lateral (
		select n.kind from step_run n where n.workspace_id = space and n.run_id = source and n.path = p.path order by n.attempt desc limit 1) s
	where exists (select from jsonb_object_keys(wanted) k where starts_with(k, p.path || '/') or k = p.path || '[')
$$;

-- The next of what a fork still has to copy; true: all is copied. Of its holder.
create function run_copy(me uuid, space uuid, asked uuid, most integer) returns boolean language plpgsql as $$
declare
	r record;
begin
	select n.forked_from, n.copying into r from run n join run_live l on l.workspace_id = n.workspace_id and l.run_id = n.id
	where n.workspace_id = space and n.id = asked and l.holder = me;
	if r.copying is null then
		return found;
	elsif run_copy_steps(space, r.forked_from, asked, r.copying, most, 500) then
		return false;
	end if;
	update run n set copying = null where n.workspace_id = space and n.id = asked;
	return true;
end $$;
grant execute on function run_taken_over(uuid, uuid, jsonb, text, integer), run_copy_steps(uuid, uuid, uuid, jsonb, integer, integer)
	to stepmill_api, stepmill_executor;
grant execute on function run_fork_around(uuid, uuid, uuid, text, jsonb) to stepmill_api;
grant execute on function run_copy(uuid, uuid, uuid, integer) to stepmill_executor;

-- What a fork is made with of its source's overrides: of the phases that a person begins, whoever forks it has begun that of the step it begins at.
create function run_phases_anew(overrides jsonb, steps json, step_key text) returns jsonb language sql immutable as $$
	select case when overrides ? 'auto_mode' then overrides - '{waits_at,passed}'::text[] || jsonb_build_object('passed',
		coalesce((select jsonb_agg(s ->> 'phase') from json_array_elements(steps) s where s ->> 'key' = step_key and s ->> 'phase' is not null), '[]'))
		else overrides end
$$;
grant execute on function run_phases_anew(jsonb, json, text) to stepmill_api;

-- Keeps what hangs on a run from being removed until the transaction ends: engine_purge() passes over a run that is locked, and looks for forks of it after it has locked
-- it itself; partition_drop() needs the tables alone. A flush of the run waits for nothing here. False: there is no such run, or the person cannot see it.
create function run_hold(asked uuid) returns boolean language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	lock table only step_run, only blob in access share mode;
	perform from run r
	where r.workspace_id = current_workspace() and r.id = asked and r.deleted_at is null and (r.private_to is null or r.private_to = current_person())
	for key share;
	return found;
end $$;
grant execute on function run_hold(uuid) to stepmill_api;

-- What a fork takes over that begins at a step of a run: `taken` as run_taken_over() has it; `later`: that is too much for the request that makes it. As of one
-- moment (it is stable, so all of it sees what its caller's statement sees): the run may go on, end or run again at the same time. `steps` and the rest are null when
-- the run is on another version than the one that was assumed.
create function run_fork_look(space uuid, source uuid, step_key text, assumed integer, wanted text, out seen run, out steps json, out taken jsonb,
	out later boolean) language plpgsql stable as $$
declare
	reused jsonb;
begin
	select n.* into seen from run n where n.workspace_id = space and n.id = source;
	if assumed is distinct from (case when wanted <> 'latest' then seen.workflow_version
			else (select w.current_version from workflow w where w.workspace_id = space and w.id = seen.workflow_id) end) then
		return;
	end if;
	select v.definition::json -> 'steps' into steps from workflow_version v
	where v.workspace_id = space and v.workflow_id = seen.workflow_id and v.version = assumed;
	with done as (
		select d.path, d.attempt, d.kind, d.status from run_newest(space, source, seen.generation, seen.kept) d
	)
	select coalesce(jsonb_object_agg(x.path, x.attempt), '{}') into reused
	from definition_places(steps) d
	join done top on top.path = d.key and top.kind = d.kind and step_is_over(top.status, d.passes)
	join done x on path_step(x.path) = d.key -- with what is nested in it
	where d.place < (select w.place from definition_places(steps) w where w.key = path_step(step_key));
	if strpos(step_key, '/') > 0 then -- as when a run is retried from there
		select reused || run_keep(space, source, seen.generation, coalesce(seen.kept, '{}'), json_build_array(d.step), '', step_key) into reused
		from json_array_elements(steps) d (step) where d.step ->> 'key' = path_step(step_key);
	end if;
	taken := jsonb_build_object('steps', reused, 'generation', seen.generation, 'kept', seen.kept);
	select count(*) > 2000 or coalesce(sum(case when s.input_blob is not null then s.input_bytes else 0 end
			+ case when s.output_blob is not null then s.output_bytes else 0 end), 0) > 4194304
	into later
	from run_taken_over(space, source, taken, '', 2001) t
	join step_run s on s.workspace_id = space and s.run_id = source and s.path = t.path and s.attempt = t.attempt;
end $$;
grant execute on function run_fork_look(uuid, uuid, text, integer, text) to stepmill_api;

-- A new run that begins at a step of another one, a nested one perhaps (each[3]/send): what stands before that step and has completed there is copied, at
-- no cost, so that whatever becomes of the other run (it runs again, retention, a person who deletes it) takes nothing from this one. `assumed`: the version that the
-- caller checked inputs against; SM412 when the run, or its workflow, has moved to another one meanwhile. More than 4 MB, or
-- than 2000 step runs, are copied by whoever claims the new run, a few at a time: until then nothing is removed that the other run has (engine_purge).
create function run_fork(space uuid, source uuid, new_id uuid, step_key text, assumed integer, wanted text, given_input text,
	given_step_inputs text, other_models text, made_by_planner integer, given_key text, request bytea)
	returns table (replayed boolean, answer text) language plpgsql as $$
declare
	look   record;
	r      run;
	reused jsonb;
	made   bigint;
begin
	answer := idempotency_begin(space, given_key, request);
	replayed := answer is not null;
	if replayed then
		return next;
		return;
	end if;
	if not run_hold(source) then
		raise exception using errcode = 'SM404', message = 'There is no such run, or you cannot see it.';
	end if;
	select * into look from run_fork_look(space, source, step_key, assumed, wanted);
	r := look.seen;
	if look.steps is null then
		raise exception using errcode = 'SM412', message = 'The run is on another version now. Try again.';
	end if;
	if r.copying is not null then
		raise exception using errcode = 'SM409', message = 'This run is itself a copy that is still being made. Nothing was changed. Try again in a moment.';
	end if;
	reused := look.taken -> 'steps';

	insert into run (workspace_id, id, workflow_id, workflow_version, name, type, planner, step_count, input, private_to, created_by,
		forked_from, models, step_inputs, copying, project_id, overrides, started_with, kept)
	values (space, new_id, r.workflow_id, assumed, r.name, r.type, made_by_planner, json_array_length(look.steps),
		coalesce(given_input, r.input), r.private_to, current_person(), source, coalesce(other_models::jsonb, r.models),
		coalesce(given_step_inputs, r.step_inputs), case when look.later then look.taken end, r.project_id,
		run_phases_anew(r.overrides, look.steps, path_step(step_key)), case when given_input is null then r.started_with end, (
			select jsonb_object_agg(l.key, l.value) from jsonb_each(reused) l where right(l.key, 1) = '[' and l.value::integer < 1000000)) -- loops that go on, and from which iteration
	on conflict do nothing;
	get diagnostics made = row_count;
	if made > 0 then -- otherwise this is the repeat of a batch that had been committed
		if not look.later then
			perform run_copy_steps(space, source, new_id, look.taken, null, null);
		end if;
		perform run_fork_around(space, source, new_id, step_key, reused);
		insert into run_live (workspace_id, run_id, epoch) values (space, new_id, 1); -- it has a state: see run_claim()
		insert into run_event (workspace_id, run_id, seq, at, type, data)
		values (space, new_id, 1, clock_timestamp(), 'run.created',
			json_build_object('forked_from', source, 'step', step_key, 'reused', reused)::text);
		perform audit('run', new_id::text, r.name, r.private_to, jsonb_build_object('forked_from', source, 'step', step_key));
	end if;
	answer := json_build_object('id', new_id, 'status', 'pending', 'workflow_id', r.workflow_id, 'workflow_version', assumed)::text;
	perform idempotency_end(space, given_key, answer);
	return next;
end $$;
grant execute on function run_fork(uuid, uuid, uuid, text, integer, text, text, text, text, integer, text, bytea) to stepmill_api;

-- Projects: runs of a workspace that belong together, with a default workflow and settings that runs made in one are made with. What a project is
-- doing is what its runs are doing: nothing of that is stored.

create table project (
	workspace_id     uuid not null references workspace on delete cascade,
	id               uuid not null,
	name             text not null check (length(name) between 1 and 100),
	description      text not null default '' check (length(description) <= 500),
	default_workflow uuid,
	config           jsonb not null default '{}', -- {"model", "timeout_seconds", "auto_mode", "script_network"}, checked against the contract
	directory        text check (length(directory) between 1 and 200 and '/' || directory || '/' !~ '/\.'), -- below an executor's place for that
	revision         integer not null default 1,
	last_change      uuid,
	created_by       uuid not null references app_user,
	created_at       timestamptz not null default now(),
	updated_at       timestamptz not null default now(),
	archived_at      timestamptz,
	deleted_at       timestamptz, -- from then on the policies show it to nobody; its runs stay, and name it by its id
	deleted_by       uuid,
	check ((deleted_at is null) = (deleted_by is null))
);
create index project_created on project (workspace_id, created_at desc, id) where deleted_at is null;
alter table project add primary key (workspace_id, id); -- last: see prompts
call table_closed('project');
create policy tenant on project for select to stepmill_api using (workspace_id = current_workspace() and deleted_at is null);
create policy made on project for insert to stepmill_api with check (workspace_id = current_workspace());
create policy edited on project for update to stepmill_api
	using (workspace_id = current_workspace() and thing_editable(created_by, 'workspace')) with check (workspace_id = current_workspace());
grant select, insert, update on project to stepmill_api;

-- `statuses`: of its newest runs, newest first.
create function project_status(statuses text[]) returns text language sql immutable parallel safe as $$
	select case when statuses && '{running,pending}' then 'running' when 'paused' = any (statuses) then 'paused'
		when statuses[1] in ('completed', 'failed') then statuses[1] else 'idle' end
$$;

-- A default workflow that somebody keeps private is nobody else's business: policies leave it out.
create function project_json(p project, person text, statuses text[], marks json) returns json language sql stable as $$
	select json_build_object('id', p.id, 'name', p.name, 'description', p.description, 'status', project_status(statuses),
		'default_workflow_id', (select w.id from workflow w where w.workspace_id = p.workspace_id and w.id = p.default_workflow), 'config', p.config, 'directory', p.directory, 'revision', p.revision,
		'created_by', wire_person(p.created_by, person), 'created_at', wire_time(p.created_at), 'updated_at', wire_time(p.updated_at),
		'archived_at', wire_time(p.archived_at), 'last_runs', marks)
$$;

-- What a run that is made in it is made with.
create function project_settings(space uuid, asked uuid) returns jsonb language plpgsql stable as $$
declare
	p project;
begin
	select * into p from project x where x.workspace_id = space and x.id = asked;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such project, or you cannot see it.';
	elsif p.archived_at is not null then
		raise exception using errcode = 'SM409', message = 'The project is archived. Nothing was made. Restore it, or choose another.';
	end if;
	return p.config || jsonb_strip_nulls(jsonb_build_object('directory', p.directory));
end $$;

create function project_workflow_known(space uuid, flow uuid) returns void language plpgsql stable as $$
begin
	if flow is not null and not exists (select from workflow w where w.workspace_id = space and w.id = flow and w.archived_at is null) then
		raise exception using errcode = 'SM422', message = 'Some values are not valid.',
			hint = '/default_workflow_id' || chr(9) || 'unknown_workflow' || chr(9) || 'There is no such workflow, or you cannot see it.';
	end if;
end $$;

create function project_create(space uuid, new_id uuid, title text, about text, flow uuid, settings text, place text, given_key text, request bytea)
	returns table (replayed boolean, answer text) language plpgsql as $$
begin
	answer := idempotency_begin(space, given_key, request);
	replayed := answer is not null;
	if not replayed then
		perform project_workflow_known(space, flow);
		insert into project (workspace_id, id, name, description, default_workflow, config, directory, created_by)
		values (space, new_id, title, about, flow, coalesce(settings::jsonb, '{}'), place, current_person()) on conflict do nothing;
		if found then
			perform audit('project', new_id::text, title, null, jsonb_strip_nulls(jsonb_build_object('config', nullif(settings::jsonb, '{}'))));
		end if;
		select project_json(p, u.name, '{}', '[]')::text into strict answer
		from project p left join app_user u on u.id = p.created_by where p.workspace_id = space and p.id = new_id;
		perform idempotency_end(space, given_key, answer);
	end if;
	return next;
end $$;

-- What is null stays; a workflow and a directory can be taken away, so it is said whether they are to be set.
create function project_change(space uuid, changed uuid, assumed integer, change uuid, title text, about text, sets_flow boolean, flow uuid,
	settings text, sets_place boolean, place text, away boolean) returns void language plpgsql as $$
declare
	p project;
begin
	perform thing_asked(x.created_by, 'workspace') from project x where x.workspace_id = space and x.id = changed;
	select x.* into p from project x where x.workspace_id = space and x.id = changed for update;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such project, or you cannot see it.';
	end if;
	if p.last_change is not distinct from change then
		return;
	end if;
	perform revision_checked(p.revision, assumed);
	if sets_flow and flow is distinct from p.default_workflow then
		perform project_workflow_known(space, flow);
	end if;
	update project x set name = coalesce(title, x.name), description = coalesce(about, x.description),
		default_workflow = case when sets_flow then flow else x.default_workflow end, config = coalesce(settings::jsonb, x.config),
		directory = case when sets_place then place else x.directory end,
		archived_at = case when away then coalesce(x.archived_at, now()) when away is null then x.archived_at end,
		revision = x.revision + 1, last_change = change, updated_at = now()
	where x.workspace_id = space and x.id = changed and (x.name, x.description, x.default_workflow, x.config, x.directory, x.archived_at is not null)
		is distinct from (coalesce(title, x.name), coalesce(about, x.description), case when sets_flow then flow else x.default_workflow end,
			coalesce(settings::jsonb, x.config), case when sets_place then place else x.directory end, coalesce(away, x.archived_at is not null));
	if found then
		perform audit('project', changed::text, coalesce(title, p.name), null, jsonb_strip_nulls(jsonb_build_object(
			'name_before', case when title <> p.name then p.name end, 'archived', case when away <> (p.archived_at is not null) then away end,
			'config', case when settings::jsonb <> p.config then settings::jsonb end, 'default_workflow', case when sets_flow then flow end)));
	end if;
end $$;

-- ---- deleting ----

-- Marks it, and says what it was called; null: there is none. With its owner's rights, because a row that its writer could not see any more would be refused.
create function project_hide(asked uuid, assumed integer) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
	p project;
begin
	select * into p from project x where x.workspace_id = current_workspace() and x.id = asked and x.deleted_at is null for update;
	if found then
		perform revision_checked(p.revision, assumed);
		update project x set deleted_at = now(), deleted_by = current_person() where x.workspace_id = p.workspace_id and x.id = p.id;
	end if;
	return p.name;
end $$;

-- The repeat of a batch that had been committed: it was deleted by the same person a moment ago.
create function project_deleted_before(asked uuid) returns boolean language sql stable security definer set search_path = public, pg_temp as $$
	select exists (select from project p where p.workspace_id = current_workspace() and p.id = asked and p.deleted_by = current_person()
		and p.deleted_at > now() - interval '1 minute')
$$;

-- Its runs stay, live ones too: they have what they were made with. Workflows were never its own.
create function project_delete(asked uuid, assumed integer) returns void language plpgsql as $$
declare
	called text := project_hide(asked, assumed);
begin
	if called is not null then
		perform audit('project', asked::text, called);
	elsif not project_deleted_before(asked) then
		raise exception using errcode = 'SM404', message = 'There is no such project, or you cannot see it.';
	end if;
end $$;

-- Is one of two directories the other, or in it?
create function places_meet(a text, b text) returns boolean language sql immutable parallel safe as $$
	select a = b or starts_with(a, b || '/') or starts_with(b, a || '/')
$$;

-- Directories that a project has named and names no more: executors look for these on their machines. Some project may name them again by now.
create table project_place (
	workspace_id uuid not null references workspace on delete cascade,
	directory    text not null,
	kept_until   timestamptz not null, -- who has named another one may come back; a deleted project does not
	primary key (workspace_id, directory)
);
create index project_place_first on project_place (workspace_id, split_part(directory, '/', 1));
call table_closed('project_place');

create function project_place_left() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	insert into project_place as p (workspace_id, directory, kept_until)
	values (old.workspace_id, old.directory, case when new.deleted_at is null then now() + interval '1 day' else now() end)
	on conflict (workspace_id, directory) do update set kept_until = greatest(p.kept_until, excluded.kept_until);
	return null;
end $$;
create trigger place_left after update of directory, deleted_at on project for each row
	when (old.directory is not null and old.deleted_at is null and (new.deleted_at is not null or new.directory is distinct from old.directory))
	execute function project_place_left();

-- Of directories that are on a machine (workspaces, and the first part of each name): those that projects have left and nobody needs. No project names it, or one
-- in it or around it, and no run that has not ended works there: a run keeps the directory it was made with, whatever becomes of its project.
create function places_deserted(spaces uuid[], names text[]) returns table (workspace_id uuid, place text) language sql stable security definer
	set search_path = public, pg_temp as $$
	select p.workspace_id, p.directory
	from (select distinct space, name from unnest(spaces, names) k (space, name)) k
	join project_place p on p.workspace_id = k.space and split_part(p.directory, '/', 1) = k.name and p.kept_until <= now()
	where not exists (select from project o where o.workspace_id = p.workspace_id and o.deleted_at is null and places_meet(o.directory, p.directory))
		and not exists (select from run_live l join run r on r.workspace_id = l.workspace_id and r.id = l.run_id
			where l.workspace_id = p.workspace_id and places_meet(r.overrides ->> 'directory', p.directory))
$$;
grant execute on function places_deserted(uuid[], text[]) to stepmill_executor;

-- The board of a project: its newest runs (of them those that are named, or all) as lists show them, with the phase that each is in. That is the phase of
-- the step that began last; what it waits for is said of that one, too: another may wait while it runs, and then the run does not stand still.
create function project_board(space uuid, project uuid, named uuid[], most integer) returns text language plpgsql stable as $$
declare
	chosen run_facts[];
	low    uuid;
	high   uuid;
	cards  text;
	flows  text;
begin
	perform from project p where p.workspace_id = space and p.id = project_board.project;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such project, or you cannot see it.';
	end if;
	chosen := array(select run_facts(n) from (
			select r.* from run r where r.workspace_id = space and r.project_id = project_board.project order by r.created_at desc, r.id limit most) n
		where named is null or n.id = any (named) order by n.created_at desc, n.id);
	select (array_agg(f.id order by f.id))[1], (array_agg(f.id order by f.id desc))[1] into low, high from unnest(chosen) f;
	with version as materialized (
		select d.workflow_id, d.workflow_version, v.marks, v.phases
		from (select distinct f.workflow_id, f.workflow_version from unnest(chosen) f) d
		cross join lateral (select v.marks, (select jsonb_object_agg(o.path, o.at_phase) from unnest(v.outline) o where o.at_phase is not null) as phases
			from workflow_version v where v.workspace_id = space and v.workflow_id = d.workflow_id and v.version = d.workflow_version limit 1) v
	)
	select string_agg(left(run_json(f, u.name, s.done, s.tokens_in, s.tokens_out, s.cost, s.marks), -1)
			|| concat(', "phase": ', coalesce(to_json(v.phases ->> regexp_replace(at.path, '\[[0-9]+\]', '', 'g'))::text, 'null'),
				', "waiting_for": ', coalesce(to_json(case when f.finished_at is null then coalesce('limit ' || l.blocked_by, o.stands, at.waiting_for) end)::text, 'null'),
				', "last_event": ', e.seq, '}'), ', ' order by f.created_at desc, f.id)
	into cards
	from unnest(chosen) f
	left join version v on v.workflow_id = f.workflow_id and v.workflow_version = f.workflow_version
	left join lateral (select u.name from app_user u where u.id = f.created_by limit 1) u on true
	left join lateral (select l.blocked_by from run_live l where l.workspace_id = space and l.run_id = f.id limit 1) l on true
	left join lateral (select run_stands(r.status, r.overrides) as stands from run r
		where f.status = 'paused' and r.workspace_id = space and r.id = f.id and r.id between low and high limit 1) o on true
	left join lateral (select t.path, case when t.status = 'waiting' then t.waiting_for end as waiting_for from step_run t
		where t.workspace_id = space and t.run_id = f.id and t.run_id between low and high and t.started_at is not null
		order by t.started_at desc, t.path desc limit 1) at on true
	cross join lateral (select coalesce((select e.seq + e.count - 1 from run_record e
		where e.workspace_id = space and e.run_id = f.id and e.run_id between low and high order by e.seq desc limit 1), 1) as seq) e
	cross join lateral run_progress(space, f.id, low, high, f.generation, f.kept, f.finished_at is not null, v.marks) s;

	-- Columns: the phases of the newest version that is on the board of each workflow, and of the default one, in the order they are written in.
	select string_agg(concat('{"workflow_id": "', w.id, '", "name": ', to_json(w.name), ', "phases": ', to_json(array(
			select o.at_phase from unnest(v.outline) with ordinality o where o.at_phase is not null group by o.at_phase order by min(o.ordinality))), '}'),
		', ' order by w.name, w.id)
	into flows
	from (select f.workflow_id, max(f.workflow_version) as version from (
			select f.workflow_id, f.workflow_version from unnest(chosen) f
			union all
			select w.id, w.current_version from project p join workflow w on w.workspace_id = space and w.id = p.default_workflow
			where p.workspace_id = space and p.id = project_board.project) f group by f.workflow_id) n
	join workflow w on w.workspace_id = space and w.id = n.workflow_id
	join workflow_version v on v.workspace_id = space and v.workflow_id = n.workflow_id and v.version = n.version;
	return concat('{"data": [', cards, '], "workflows": [', flows, ']}');
end $$;
grant execute on function project_board(uuid, uuid, uuid[], integer) to stepmill_api;

-- Who watches a board is told which runs have moved, and nothing else of the project.
create policy tenant_live on project for select to stepmill_live using (workspace_id = current_workspace() and deleted_at is null);
grant select (workspace_id, id) on project to stepmill_live;

grant execute on function project_status(text[]), project_json(project, text, text[], json), project_settings(uuid, uuid),
	project_workflow_known(uuid, uuid), project_hide(uuid, integer), project_deleted_before(uuid), project_delete(uuid, integer), project_create(uuid, uuid, text, text, uuid, text, text, text, bytea),
	project_change(uuid, uuid, integer, uuid, text, text, boolean, uuid, text, boolean, text, boolean) to stepmill_api;

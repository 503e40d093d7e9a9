-- What people write: prompts and workflows. A version never changes; the parent names its current one.
--
-- Until the statistics of a young table are made, all its indexes that start with the workspace look equal to PostgreSQL's planner,
-- and the youngest wins. For a single row that must be the primary key: statements are planned once and kept. So keys come last.

create table prompt (
	workspace_id    uuid not null references workspace on delete cascade,
	id              uuid not null,
	name            text not null check (length(name) between 1 and 100),
	description     text not null default '' check (length(description) <= 500),
	visibility      text not null default 'workspace' check (visibility in ('private', 'workspace', 'public')),
	public_from     integer check ((public_from is not null) = (visibility = 'public')), -- versions from this one on are
	published_at    timestamptz check ((published_at is not null) = (visibility = 'public')),
	cloned_from     uuid,    -- perhaps of another workspace, perhaps gone
	current_version integer not null default 1,
	revision        integer not null default 1, -- one more with every change, also of the name: what If-Match is about
	last_change     uuid, -- the request that made it: sent again after a lost connection, it changes nothing more
	created_by      uuid not null references app_user,
	created_at      timestamptz not null default now(),
	updated_at      timestamptz not null default now(),
	archived_at     timestamptz
);
create index prompt_created on prompt (workspace_id, created_at desc, id);
create index prompt_published on prompt (published_at desc, id) where visibility = 'public' and archived_at is null;
create index prompt_public on prompt (id) where visibility = 'public';
alter table prompt add primary key (workspace_id, id);

create table prompt_version (
	workspace_id uuid not null,
	prompt_id    uuid not null,
	version      integer not null check (version > 0),
	body         text not null check (length(body) between 1 and 200000),
	variables    text[] not null default '{}',
	message      text not null default '' check (length(message) <= 500),
	created_by   uuid not null references app_user,
	created_at   timestamptz not null default now(),
	primary key (workspace_id, prompt_id, version),
	foreign key (workspace_id, prompt_id) references prompt on delete cascade
);

create table workflow (
	workspace_id    uuid not null references workspace on delete cascade,
	id              uuid not null,
	name            text not null check (length(name) between 1 and 100),
	description     text not null default '' check (length(description) <= 500),
	type            text not null check (type in ('chain', 'flow', 'pipeline', 'agent', 'sync', 'enrich', 'search', 'prune', 'sequence')),
	visibility      text not null default 'workspace' check (visibility in ('private', 'workspace', 'public')),
	public_from     integer check ((public_from is not null) = (visibility = 'public')), -- versions from this one on are
	published_at    timestamptz check ((published_at is not null) = (visibility = 'public')),
	cloned_from     uuid,    -- perhaps of another workspace, perhaps gone
	own_id          text check (length(own_id) between 1 and 100), -- that the document it is pushed from gives it
	current_version integer not null default 1,
	revision        integer not null default 1, -- one more with every change, also of the name: what If-Match is about
	last_change     uuid, -- the request that made it: sent again after a lost connection, it changes nothing more
	created_by      uuid not null references app_user,
	created_at      timestamptz not null default now(),
	updated_at      timestamptz not null default now(),
	archived_at     timestamptz
);
create index workflow_created on workflow (workspace_id, created_at desc, id);
create index workflow_published on workflow (published_at desc, id) where visibility = 'public' and archived_at is null;
create index workflow_public on workflow (id) where visibility = 'public';
create unique index workflow_own_id on workflow (workspace_id, own_id) where archived_at is null;
alter table workflow add primary key (workspace_id, id);

-- What is nested in a step; of an agent that has tools that is made when its workflow is saved (flow/definition_tools.c). Null: nothing.
create function step_steps(step json) returns json language sql immutable parallel safe as $$
	select coalesce(step -> 'steps', step -> 'call' -> 'steps')
$$;
-- Does it run what is in it again and again? A loop does, and an agent that has tools, turn by turn and call by call.
create function step_repeats(step json) returns boolean language sql immutable parallel safe as $$
	select step ->> 'kind' in ('loop', 'tools') or step -> 'call' -> 'steps' is not null
$$;
grant execute on function step_steps(json), step_repeats(json) to stepmill_api;

-- The steps of a definition that run (notes do not), those of groups too, in the order they are written in: a step's path is the keys of the groups around
-- it and its own; `loops`: paths of the loops it is in. A wait's own step has no key: its path is the wait's with /poll behind it, its key likewise.
create function definition_steps(steps json) returns table (path text, step json, depth integer, place bigint, loops text[]) language sql immutable parallel safe as $$
	with recursive nested as (
		select s.step ->> 'key' as path, s.step, 0 as depth, array[s.n] as at, '{}'::text[] as loops from json_array_elements(steps) with ordinality as s(step, n)
		where s.step ->> 'kind' <> 'note'
		union all
		select p.path || '/' || s.name, s.step, p.depth + 1, p.at || s.n, case when step_repeats(p.step) then p.loops || p.path else p.loops end
		from nested p cross join lateral (
			select i.step, i.n, i.step ->> 'key' as name from json_array_elements(step_steps(p.step)) with ordinality as i (step, n)
			where i.step ->> 'kind' <> 'note'
			union all
			select ('{"key":' || to_json((p.step ->> 'key') || '/poll') || ',' || substr(ltrim((p.step -> 'poll')::text), 2))::json, 1, 'poll'
			where p.step -> 'poll' is not null) as s
		where p.depth < 12
	)
	select n.path, n.step, n.depth, row_number() over (order by n.at), n.loops from nested n
$$;
grant execute on function definition_steps(json) to stepmill_api;

-- What is asked of a definition whenever a run of it is read, worked out once, when the version is written: to take three steps out of its JSON took as
-- long as all the rest of reading their run. `asks`: its model, of a step that asks one; `repeats`: it has iterations; `head`: what readRun says of it besides; `at_phase`: its phase,
-- or that of the last step before it that has one.
create type step_outline as (path text, depth integer, loops text[], key text, kind text, asks text, timeout integer, at_phase text, head text,
	repeats boolean);
create function definition_outline(definition text) returns step_outline[] language plpgsql immutable parallel safe
	set search_path = public, pg_temp as $$
declare
	outline step_outline[] := '{}';
	o step_outline;
	d record;
begin
	for d in select * from definition_steps(definition::json -> 'steps') s order by s.place loop
		o.path := d.path;
		o.depth := d.depth;
		o.loops := d.loops;
		o.key := d.step ->> 'key';
		o.kind := d.step ->> 'kind';
		o.asks := case when o.kind = 'prompt' or d.step -> 'call' ->> 'text' is not null then coalesce(d.step ->> 'model', 'builtin/echo') end;
		o.timeout := (d.step ->> 'timeout_seconds')::integer;
		o.at_phase := coalesce(d.step ->> 'phase', o.at_phase);
		o.head := concat('"key": ', to_json(d.path), ', "depth": ', d.depth, ', "name": ', to_json(coalesce(d.step ->> 'name', o.key)),
			', "kind": ', to_json(o.kind), ', "phase": ', coalesce(to_json(d.step ->> 'phase')::text, 'null'),
			', "form": ', coalesce((d.step -> 'form')::text, 'null'));
		o.repeats := step_repeats(d.step);
		outline := outline || o;
	end loop;
	return outline;
end $$;
-- The keys of its first outermost steps: what lists of runs mark.
create function definition_marks(definition text) returns text[] language plpgsql immutable parallel safe set search_path = public, pg_temp as $$
begin
	return array(select s.step ->> 'key' from json_array_elements(definition::json -> 'steps') s (step) where s.step ->> 'kind' <> 'note' limit 24);
end $$;
-- The first script step that asks for the network: its path; null: none does.
create function definition_network(definition text) returns text language plpgsql immutable parallel safe set search_path = public, pg_temp as $$
begin
	if position('"network"' in definition) > 0 then
		return (select s.path from definition_steps(definition::json -> 'steps') s
			where s.step ->> 'kind' = 'script' and s.step ->> 'network' = 'true' order by s.place limit 1);
	end if;
	return null;
end $$;
grant execute on function definition_outline(text), definition_marks(text), definition_network(text) to stepmill_api;

create table workflow_version (
	workspace_id uuid not null,
	workflow_id  uuid not null,
	version      integer not null check (version > 0),
	definition   text not null, -- canonical JSON
	source       text,          -- what somebody wrote that it was made of; null: it came as JSON
	origin       jsonb check (origin ->> 'source' <> '' and origin ->> 'path' <> ''), -- the file it came from, and of which commit; null: from no synced folder
	step_count   integer not null,
	message      text not null default '' check (length(message) <= 500),
	created_by   uuid not null references app_user,
	created_at   timestamptz not null default now(),
	outline      step_outline[] generated always as (definition_outline(definition)) stored,
	input_schema text generated always as (definition::json ->> 'input') stored,
	marks        text[] generated always as (definition_marks(definition)) stored,
	asks_network text generated always as (definition_network(definition)) stored,
	primary key (workspace_id, workflow_id, version),
	foreign key (workspace_id, workflow_id) references workflow on delete cascade
);

call table_closed('prompt');
call table_closed('prompt_version');
call table_closed('workflow');
call table_closed('workflow_version');
call table_of_tenants('prompt_version');
call table_of_tenants('workflow_version');
call table_of_executor('prompt');
call table_of_executor('prompt_version');
call table_of_executor('workflow_version');
call table_of_executor('workflow');
-- Who changes it: whoever made it, and of what is shared also admins and owners.
create function thing_editable(created_by uuid, visibility text) returns boolean language sql stable parallel safe as $$
	select created_by = current_person() or (visibility <> 'private' and current_rank() >= 3)
$$;
grant execute on function thing_editable(uuid, text) to stepmill_api;

-- What is public is seen by requests of a person outside of any workspace (/public): in one, nothing of another is ever in sight, whatever a
-- statement forgets. Texts and definitions of versions are given out by functions that ask the same (0020_sharing.sql).
do $$
declare
	t text;
begin
	foreach t in array array['prompt', 'workflow'] loop
		execute format('create policy tenant on %I for select to stepmill_api
			using (workspace_id = current_workspace() and (visibility <> ''private'' or created_by = current_person()))', t);
		execute format('create policy published on %I for select to stepmill_api
			using (visibility = ''public'' and archived_at is null and current_workspace() is null and current_person() is not null)', t);
		execute format('create policy made on %I for insert to stepmill_api with check (workspace_id = current_workspace())', t);
		execute format('create policy edited on %I for update to stepmill_api
			using (workspace_id = current_workspace() and thing_editable(created_by, visibility)) with check (workspace_id = current_workspace())', t);
		execute format('create policy edited on %1$I as restrictive for insert to stepmill_api
			with check (exists (select from %2$I t where t.workspace_id = %1$I.workspace_id and t.id = %1$I.%3$I
				and thing_editable(t.created_by, t.visibility)))', t || '_version', t, t || '_id');
	end loop;
end $$;
grant select, insert, update on prompt, workflow to stepmill_api;
grant select, insert on prompt_version, workflow_version to stepmill_api;
grant select on prompt, prompt_version, workflow_version to stepmill_executor;
grant select (workspace_id, id, name, type) on workflow to stepmill_executor;

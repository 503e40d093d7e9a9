-- Agents: what steps of the kind "agent" speak to, registered once under a name: a model with a role of its own (prompt), or somebody's service over HTTP.
-- A workflow that is saved takes over what its agents are then, with their revision; saved again it takes what they have become.

create table agent (
	workspace_id uuid not null references workspace on delete cascade,
	id           uuid not null,
	name         text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$'),
	description  text not null default '' check (length(description) <= 500),
	kind         text not null check (kind in ('prompt', 'http')),
	config       text not null, -- JSON, checked against the contract and by its kind
	revision     integer not null default 1,
	last_change  uuid,
	created_by   uuid not null references app_user,
	created_at   timestamptz not null default now(),
	updated_at   timestamptz not null default now(),
	archived_at  timestamptz
);
create index agent_created on agent (workspace_id, created_at desc, id);
create unique index agent_name on agent (workspace_id, lower(name)) where archived_at is null;
alter table agent add primary key (workspace_id, id); -- last: see prompts
call table_closed('agent');
create policy tenant on agent for select to stepmill_api using (workspace_id = current_workspace());
create policy made on agent for insert to stepmill_api with check (workspace_id = current_workspace());
create policy edited on agent for update to stepmill_api
	using (workspace_id = current_workspace() and thing_editable(created_by, 'workspace')) with check (workspace_id = current_workspace());
grant select, insert, update on agent to stepmill_api;

create function agent_json(a agent, person text) returns json language sql stable as $$
	select json_build_object('id', a.id, 'name', a.name, 'description', a.description, 'kind', a.kind, 'config', a.config::json, 'revision', a.revision,
		'created_by', wire_person(a.created_by, person), 'created_at', wire_time(a.created_at), 'updated_at', wire_time(a.updated_at),
		'archived_at', wire_time(a.archived_at))
$$;

-- `self`: one that has the name already.
create function agent_name_free(space uuid, title text, self uuid) returns void language plpgsql as $$
begin
	if exists (select from agent a where a.workspace_id = space and lower(a.name) = lower(title) and a.archived_at is null and a.id is distinct from self) then
		raise exception using errcode = 'SM409', message = format('There is an agent "%s" already. Nothing was changed. Choose another name.', title);
	end if;
end $$;

create function agent_create(space uuid, new_id uuid, title text, about text, what text, settings text, given_key text, request bytea)
	returns table (replayed boolean, answer text) language plpgsql as $$
begin
	answer := idempotency_begin(space, given_key, request);
	replayed := answer is not null;
	if not replayed then
		perform agent_name_free(space, title, new_id);
		insert into agent (workspace_id, id, name, description, kind, config, created_by)
		values (space, new_id, title, about, what, settings, current_person()) on conflict (workspace_id, id) do nothing;
		if found then
			perform audit('agent', new_id::text, title);
		end if;
		select agent_json(a, u.name)::text into strict answer
		from agent a left join app_user u on u.id = a.created_by where a.workspace_id = space and a.id = new_id;
		perform idempotency_end(space, given_key, answer);
	end if;
	return next;
end $$;

-- What is null stays.
create function agent_change(space uuid, changed uuid, assumed integer, change uuid, title text, about text, settings text, away boolean)
	returns void language plpgsql as $$
declare
	a agent;
begin
	perform thing_asked(x.created_by, 'workspace') from agent x where x.workspace_id = space and x.id = changed;
	select x.* into a from agent x where x.workspace_id = space and x.id = changed for update;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such agent, or you cannot see it.';
	end if;
	if a.last_change is not distinct from change then
		return;
	end if;
	perform revision_checked(a.revision, assumed);
	if not coalesce(away, a.archived_at is not null) then
		perform agent_name_free(space, coalesce(title, a.name), changed);
	end if;
	update agent x set name = coalesce(title, x.name), description = coalesce(about, x.description), config = coalesce(settings, x.config),
		archived_at = case when away then coalesce(x.archived_at, now()) when away is null then x.archived_at end,
		revision = x.revision + 1, last_change = change, updated_at = now()
	where x.workspace_id = space and x.id = changed and (x.name, x.description, x.config, x.archived_at is not null)
		is distinct from (coalesce(title, x.name), coalesce(about, x.description), coalesce(settings, x.config), coalesce(away, x.archived_at is not null));
	if found then
		perform audit('agent', changed::text, coalesce(title, a.name), null, jsonb_strip_nulls(jsonb_build_object(
			'name_before', case when title <> a.name then a.name end, 'archived', case when away <> (a.archived_at is not null) then away end)));
	end if;
end $$;

grant execute on function agent_json(agent, text), agent_name_free(uuid, text, uuid), agent_create(uuid, uuid, text, text, text, text, text, bytea),
	agent_change(uuid, uuid, integer, uuid, text, text, text, boolean) to stepmill_api;

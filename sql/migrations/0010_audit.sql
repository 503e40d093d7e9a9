-- The audit log: who did what on what, when and from where, written in the transaction of the change itself.
--
-- A request that changes something begins, after guard(), with acting(): it keeps the operation and the address for this transaction, so that
-- write functions name only what they changed: perform audit('prompt', id, name). What was refused or had been done before leaves no row.
-- Details never hold what a person typed into a form or a secret: they are names of settings, roles, counts.

-- No foreign keys: the log outlives what it tells of.
create table audit (
	workspace_id uuid not null,
	at           timestamptz not null default clock_timestamp(),
	id           uuid not null,
	user_id      uuid not null,
	token        uuid, -- the API token it came with; null: a session
	operation    text not null, -- of the contract
	kind         text not null,
	subject      text, -- id, or name where that is the id; null: several
	name         text, -- as it was then
	private_to   uuid, -- others are not told what it was
	address      text not null,
	request_id   text, -- of the request, as in the logs
	details      jsonb not null default '{}',
	primary key (workspace_id, at, id)
);
-- One for each filter. Most rows tell of runs that were made: those are in as few as can be.
create index audit_person on audit (workspace_id, user_id, at desc, id desc);
create index audit_subject on audit (workspace_id, subject, at desc, id desc) where subject is not null;
create index audit_kind on audit (workspace_id, kind, at desc, id desc) where kind <> 'run';
create index audit_operation on audit (workspace_id, operation, at desc, id desc) where operation <> 'createRun';
call table_closed('audit');
call table_of_tenants('audit');
grant select, insert on audit to stepmill_api;

-- Before anything is changed in a workspace: what and from where. In one that is archived nothing changes but that.
create function acting(operation text, address text, request text default null) returns void language plpgsql as $$
begin
	perform set_config('stepmill.operation', operation, true), set_config('stepmill.address', address, true),
		set_config('stepmill.request', coalesce(request, ''), true);
	if operation not in ('restoreWorkspace', 'leaveWorkspace', 'archiveWorkspace')
			and exists (select from workspace w where w.id = current_workspace() and w.archived_at is not null) then
		raise exception using errcode = 'SM409', message = 'The workspace is archived. Nothing was changed. An owner can restore it.';
	end if;
end $$;

-- With the rights of whoever calls it: in its own workspace. Without a person it is the installation itself, of which this log does not tell.
create function audit(what_kind text, what text, called text default null, only_for uuid default null, more jsonb default '{}')
	returns void language plpgsql as $$
declare
	person uuid := current_person();
begin
	if person is not null then
		insert into audit (workspace_id, id, user_id, token, operation, kind, subject, name, private_to, address, request_id, details)
		values (current_workspace(), gen_random_uuid(), person, nullif(current_setting('stepmill.token', true), '')::uuid,
			coalesce(nullif(current_setting('stepmill.operation', true), ''), 'unknown'), what_kind, what, left(called, 200), only_for,
			coalesce(current_setting('stepmill.address', true), ''), nullif(current_setting('stepmill.request', true), ''), more);
	end if;
end $$;

-- Somebody may have left since.
create function person_name(person uuid) returns text language sql stable security definer set search_path = public, pg_temp as $$
	select u.name from app_user u where u.id = person
$$;

create function audit_json(a audit) returns json language sql stable parallel safe as $$
	select json_build_object('id', a.id, 'at', wire_time(a.at), 'person', wire_person(a.user_id, person_name(a.user_id)), 'token_id', a.token,
		'operation', a.operation, 'kind', a.kind,
		'subject', case when a.private_to is null or a.private_to = current_person() then a.subject end,
		'name', case when a.private_to is null or a.private_to = current_person() then a.name end,
		'private', a.private_to is not null, 'address', a.address, 'request_id', a.request_id, 'details', a.details)
$$;

-- A page, newest first, and where it ends. Put together from what is asked for, so that each filter finds its index.
create function audit_page(space uuid, at_most bigint, place timestamptz, place_id uuid, who uuid, what text, of_kind text, thing text,
	since timestamptz, before timestamptz) returns table (page text, more boolean, next_us bigint, next_id uuid) language plpgsql stable as $$
begin
	return query execute 'with page as (
			select audit_json(a) as json, cursor_us(a.at) as us, a.id, row_number() over (order by a.at desc, a.id desc) as n
			from audit a where a.workspace_id = $1 and a.at <= $3 and (a.at < $3 or a.id < $4)'
		|| case when who is not null then ' and a.user_id = $5' else '' end
		|| case when what is not null then ' and a.operation = $6' else '' end
		|| case when of_kind is not null then ' and a.kind = $7' else '' end
		|| case when thing is not null then ' and a.subject = $8 and (a.private_to is null or a.private_to = current_person())' else '' end
		|| case when since is not null then ' and a.at >= $9' else '' end
		|| case when before is not null then ' and a.at < $10' else '' end
		|| ' order by a.at desc, a.id desc limit $2 + 1)
		select coalesce(json_agg(json order by n) filter (where n <= $2), ''[]'')::text, count(*) > $2,
			(array_agg(us order by n))[$2], (array_agg(id order by n))[$2] from page'
		using space, at_most, place, place_id, who, what, of_kind, thing, since, before;
end $$;

grant execute on function audit_page(uuid, bigint, timestamptz, uuid, uuid, text, text, text, timestamptz, timestamptz), acting(text, text, text), audit(text, text, text, uuid, jsonb), person_name(uuid), audit_json(audit) to stepmill_api;

-- ---- a workspace's own settings ----

grant update (name, slug) on workspace to stepmill_api;

-- Null: stays as it is; `keeping`: the days are to be set (null: runs are kept).
create function workspace_change(space uuid, title text, address text, keeping boolean, days integer) returns void language plpgsql as $$
declare
	was workspace;
begin
	-- A column list: the program may not touch the others.
	select * into was from workspace w where w.id = space for no key update;
	update workspace w set name = coalesce(title, w.name), slug = coalesce(address, w.slug),
		retention_days = case when keeping then days else w.retention_days end
	where w.id = space and (w.name, w.slug, w.retention_days) is distinct from
		(coalesce(title, w.name), coalesce(address, w.slug), case when keeping then days else w.retention_days end);
	if found then
		perform audit('workspace', space::text, coalesce(title, was.name), null, jsonb_strip_nulls(jsonb_build_object(
			'name_before', case when title <> was.name then was.name end, 'slug', address, 'slug_before', case when address <> was.slug then was.slug end))
			|| case when keeping then jsonb_build_object('retention_days', days) else '{}' end);
	end if;
exception when unique_violation then
	raise exception using errcode = 'SM409', message = format('Another workspace is called %s in addresses already. Choose another short name.', address);
end $$;
grant execute on function workspace_change(uuid, text, text, boolean, integer) to stepmill_api;

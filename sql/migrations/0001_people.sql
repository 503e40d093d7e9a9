-- People and workspaces, and who may what: the guard that every request begins with.
--
-- Roles (made with the cluster, see scripts/lib/postgres): stepmill_owner owns everything and runs migrations; stepmill_api,
-- stepmill_executor and stepmill_live log in with only what they need. No program connects as the owner but `stepmill migrate`
-- and `stepmill demo`.
--
-- Every tenant table starts its primary key with workspace_id and has forced row-level security: the owner and the executor see
-- all workspaces; api and live see the workspace that guard() has set for this transaction.
-- JSON that people supply is stored as text that was validated before, not as jsonb: it comes out as it went in.
-- Functions belong to whom they are granted, and to nobody else.

alter default privileges revoke execute on functions from public;
grant usage on schema public to stepmill_api, stepmill_executor, stepmill_live;

-- ---- what the current transaction acts for: set by guard(), gone at its end, empty otherwise ----

create function current_workspace() returns uuid language sql stable parallel safe
	as $$ select nullif(current_setting('stepmill.workspace', true), '')::uuid $$;
create function current_person() returns uuid language sql stable parallel safe
	as $$ select nullif(current_setting('stepmill.user', true), '')::uuid $$;

grant execute on function current_workspace(), current_person() to stepmill_api, stepmill_executor, stepmill_live;

-- ---- row-level security ----

-- Nobody but the owner sees anything of a table, until a policy says so.
create procedure table_closed(closed regclass) language plpgsql as $$
begin
	execute format('alter table %s enable row level security', closed);
	execute format('alter table %s force row level security', closed);
	execute format('create policy owner_all on %s to stepmill_owner using (true) with check (true)', closed);
end $$;
-- api and live see the rows of the workspace they act for.
create procedure table_of_tenants(tenants regclass) language plpgsql as $$
begin
	execute format('create policy tenant on %s to stepmill_api, stepmill_live
		using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', tenants);
end $$;
-- The executor's role sees all workspaces, and always names the composite key.
create procedure table_of_executor(seen regclass) language plpgsql as $$
begin
	execute format('create policy executor_all on %s to stepmill_executor using (true) with check (true)', seen);
end $$;

-- ---- people: not tenant tables; api reaches them only through the functions below ----

create table app_user (
	id            uuid primary key,
	email         text not null check (email = lower(email) and length(email) between 3 and 254),
	name          text not null check (length(name) between 1 and 100),
	password_hash text not null,
	created_at    timestamptz not null default now(),
	disabled_at   timestamptz
);
create unique index app_user_email on app_user (email);

create table session (
	token_hash   bytea primary key check (length(token_hash) = 32),
	user_id      uuid not null references app_user on delete cascade,
	created_at   timestamptz not null default now(),
	last_seen_at timestamptz not null default now(),
	expires_at   timestamptz not null,
	address      text not null default '',
	agent        text not null default ''
);
create index session_person on session (user_id);
create index session_expiry on session (expires_at);

-- Failed sign-ins, counted per account and per address; see sign_in_allowed().
create table sign_in_failure (
	subject  text not null,
	at       timestamptz not null default now()
);
create index sign_in_failure_subject on sign_in_failure (subject, at);
create index sign_in_failure_at on sign_in_failure (at);

create table workspace (
	id         uuid primary key,
	slug       text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	name       text not null check (length(name) between 1 and 100),
	created_at timestamptz not null default now(),
	-- Runs are deleted so long after their end; null: never.
	retention_days integer check (retention_days between 1 and 36500),
	-- How far the search for such runs has come, and when it last reached its end; see engine_purge().
	swept_to   timestamptz,
	swept_at   timestamptz
);

create table membership (
	workspace_id uuid not null references workspace on delete cascade,
	user_id      uuid not null references app_user on delete cascade,
	role         text not null check (role in ('viewer', 'member', 'admin', 'owner')),
	created_at   timestamptz not null default now(),
	primary key (workspace_id, user_id)
);
create index membership_user on membership (user_id);

call table_closed('app_user');
call table_closed('session');
call table_closed('sign_in_failure');
call table_closed('workspace');
call table_closed('membership');
call table_of_tenants('membership');
create policy tenant on workspace to stepmill_api using (id = current_workspace());
-- Names of the people of this workspace, for lists; the grant below leaves e-mail and password hash out.
create policy colleagues on app_user for select to stepmill_api
	using (id in (select m.user_id from membership m where m.workspace_id = current_workspace()));
grant select (id, name) on app_user to stepmill_api;
grant select on workspace, membership to stepmill_api;
grant update (retention_days) on workspace to stepmill_api;

-- ---- who asks, and whether they may: the first statement of every request's batch ----

create function role_rank(role text) returns integer language sql immutable parallel safe as $$
	select case role when 'viewer' then 1 when 'member' then 2 when 'admin' then 3 when 'owner' then 4 else 0 end
$$;

-- Looks at a session without a workspace; for routes about the person.
create function guard_person(token bytea) returns uuid language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	person uuid;
	seen   timestamptz;
begin
	select s.user_id, s.last_seen_at into person, seen
	from session s join app_user u on u.id = s.user_id
	where s.token_hash = token and s.expires_at > now() and u.disabled_at is null;
	if person is null then
		raise exception using errcode = 'SM401', message = 'You are not signed in, or the session has ended. Sign in again.';
	end if;
	if seen < now() - interval '5 minutes' then
		update session set last_seen_at = now() where token_hash = token;
	end if;
	perform set_config('stepmill.user', person::text, true);
	return person;
end $$;

-- The same for a workspace: a stranger learns nothing about it, a member below the needed role is told so. Fails closed: a needed
-- role that does not exist would rank below all others, and let every member in.
create function guard(token bytea, workspace uuid, needed text) returns text language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	person uuid := guard_person(token);
	has    text;
begin
	if role_rank(needed) = 0 then
		raise exception using errcode = 'XX000', message = format('guard() was asked for the unknown role %s', needed);
	end if;
	select m.role into has from membership m where m.workspace_id = workspace and m.user_id = person;
	if has is null then
		raise exception using errcode = 'SM404', message = 'This does not exist, or you cannot see it.';
	end if;
	if role_rank(has) < role_rank(needed) then
		raise exception using errcode = 'SM403',
			message = format('This needs the role %s; you are %s here. An owner or admin can change it.', needed, has);
	end if;
	perform set_config('stepmill.workspace', workspace::text, true);
	return has;
end $$;

grant execute on function guard_person(bytea), guard(bytea, uuid, text), role_rank(text) to stepmill_api, stepmill_live;

-- ---- signing in ----

-- Sign-in in two halves: the hash is checked in the worker between them.
create function sign_in_lookup(mail text) returns table (id uuid, password_hash text) language sql stable security definer
	set search_path = public, pg_temp as $$
	select u.id, u.password_hash from app_user u where u.email = lower(mail) and u.disabled_at is null
$$;

-- Ten failures in 15 minutes from one address for one account slow that address down; 100 from one address slow it for all
-- accounts. Nobody else's failures can lock the account's owner out.
create function sign_in_allowed(mail text, address text) returns boolean language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	return (select count(*) < 10 from sign_in_failure f
			where f.subject = 'account:' || lower(mail) || '|' || address and f.at > now() - interval '15 minutes')
		and (select count(*) < 100 from sign_in_failure f
			where f.subject = 'address:' || address and f.at > now() - interval '15 minutes');
end $$;

create function sign_in_failed(mail text, address text) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	insert into sign_in_failure (subject) values ('account:' || lower(mail) || '|' || address), ('address:' || address);
	delete from sign_in_failure where ctid = any (array(
		select f.ctid from sign_in_failure f where f.at < now() - interval '1 hour' order by f.at limit 100 for update skip locked));
end $$;

create function sign_in_done(person uuid, token bytea, address text, agent text, seconds integer) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	insert into session (token_hash, user_id, expires_at, address, agent)
	values (token, person, now() + make_interval(secs => seconds), left(address, 100), left(agent, 300));
	delete from session where user_id = person and expires_at < now();
end $$;

create function sign_out(token bytea) returns void language sql security definer set search_path = public, pg_temp as $$
	delete from session where token_hash = token
$$;

-- The person of this request with the workspaces they belong to, as JSON.
create function person_read() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object(
		'user', json_build_object('id', u.id, 'email', u.email, 'name', u.name),
		'workspaces', coalesce((
			select json_agg(json_build_object('id', w.id, 'slug', w.slug, 'name', w.name, 'role', m.role) order by w.name, w.id)
			from membership m join workspace w on w.id = m.workspace_id where m.user_id = u.id), '[]'::json))::text
	from app_user u where u.id = current_person()
$$;

grant execute on function sign_in_lookup(text), sign_in_allowed(text, text), sign_in_failed(text, text),
	sign_in_done(uuid, bytea, text, text, integer), sign_out(bytea), person_read() to stepmill_api;

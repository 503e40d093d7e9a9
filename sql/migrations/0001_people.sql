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

-- The API token that the request came with; null: a session.
create function current_token() returns uuid language sql stable parallel safe
	as $$ select nullif(current_setting('stepmill.token', true), '')::uuid $$;

-- A time as every answer writes it.
create function wire_time(at timestamptz) returns text language sql stable parallel safe
	as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

grant execute on function current_workspace(), current_person(), current_token() to stepmill_api, stepmill_executor, stepmill_live;

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
	password_hash text not null, -- empty: has none, and signs in another way
	admin         boolean not null default false, -- of the installation; the first who signs up is
	created_at    timestamptz not null default now(),
	disabled_at   timestamptz,
	email_confirmed_at timestamptz, -- since when the address is known to be theirs
	second_factor_at timestamptz, -- since when signing in takes a code, too; see second_factor
	last_seen_at  timestamptz -- by sessions and tokens that are gone; person_seen() looks at those there are, too
);
create unique index app_user_email on app_user (email);

create table session (
	token_hash   bytea primary key check (length(token_hash) = 32),
	id           uuid not null default gen_random_uuid(), -- what lists show
	user_id      uuid not null references app_user on delete cascade,
	created_at   timestamptz not null default now(),
	last_seen_at timestamptz not null default now(),
	expires_at   timestamptz not null,
	address      text not null default '',
	agent        text not null default ''
);
create index session_person on session (user_id);
create index session_expiry on session (expires_at);

-- Attempts at a password or the like that have not succeeded (yet); see attempt_begin().
create table attempt (
	id      uuid not null,
	subject text not null,
	at      timestamptz not null default now(),
	primary key (id, subject)
);
create index attempt_subject on attempt (subject, at);
create index attempt_at on attempt (at);

create table workspace (
	id         uuid primary key,
	slug       text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	name       text not null check (length(name) between 1 and 100),
	created_at timestamptz not null default now(),
	-- Runs are deleted so long after their end; null: never.
	retention_days integer check (retention_days between 1 and 36500),
	-- How far the search for such runs has come, and when it last reached its end; see engine_purge().
	swept_to   timestamptz,
	swept_at   timestamptz,
	archived_at timestamptz -- nothing in it changes any more, until it is restored
);

create table membership (
	workspace_id uuid not null references workspace on delete cascade,
	user_id      uuid not null references app_user on delete cascade,
	role         text not null check (role in ('viewer', 'member', 'admin', 'owner')),
	created_at   timestamptz not null default now(),
	primary key (workspace_id, user_id)
);
create index membership_user on membership (user_id);

-- Personal tokens for programs: a person's, for some of what the person may, in all of their workspaces or in one.
create table api_token (
	id             uuid primary key,
	user_id        uuid not null references app_user on delete cascade,
	token_hash     bytea not null unique check (length(token_hash) = 32),
	name           text not null check (length(name) between 1 and 100),
	scopes         text[] not null check (cardinality(scopes) >= 1 and scopes <@ array['read', 'runs:write', 'workflows:write', 'admin']),
	only_workspace uuid references workspace on delete cascade,
	created_at     timestamptz not null default now(),
	expires_at     timestamptz,
	last_used_at   timestamptz
);
create index api_token_person on api_token (user_id, created_at);

-- Requests write last_seen_at of their session every few minutes, and nothing of the person. When it goes, the person keeps it.
create function seen_kept() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if tg_table_name = 'session' then
		update app_user u set last_seen_at = g.at from (select user_id, max(last_seen_at) as at from gone group by user_id) g
		where u.id = g.user_id and (u.last_seen_at is null or u.last_seen_at < g.at);
	else
		update app_user u set last_seen_at = g.at from (select user_id, max(last_used_at) as at from gone group by user_id) g
		where u.id = g.user_id and g.at is not null and (u.last_seen_at is null or u.last_seen_at < g.at);
	end if;
	return null;
end $$;
create trigger seen_kept after delete on session referencing old table as gone for each statement execute function seen_kept();
create trigger seen_kept after delete on api_token referencing old table as gone for each statement execute function seen_kept();

-- When somebody, or a program of theirs, was last here, to a few minutes; null: never.
create function person_seen(u app_user) returns timestamptz language plpgsql stable as $$
begin
	return greatest(u.last_seen_at, (select max(s.last_seen_at) from session s where s.user_id = u.id),
		(select max(t.last_used_at) from api_token t where t.user_id = u.id));
end $$;

call table_closed('app_user');
call table_closed('session');
call table_closed('attempt');
call table_closed('api_token');
call table_closed('workspace');
call table_closed('membership');
call table_of_tenants('membership');
create policy tenant on workspace to stepmill_api using (id = current_workspace());
-- Names of the people of this workspace, for lists; the grant below leaves e-mail and password hash out. Looked up one by one: "in" would read
-- all of the workspace's people for each name.
create policy colleagues on app_user for select to stepmill_api
	using (exists (select from membership m where m.workspace_id = current_workspace() and m.user_id = app_user.id));
grant select (id, name) on app_user to stepmill_api;
grant select on workspace, membership to stepmill_api;
grant update (retention_days) on workspace to stepmill_api;

-- ---- who asks, and whether they may: the first statement of every request's batch ----

create function role_rank(role text) returns integer language sql immutable parallel safe as $$
	select case role when 'viewer' then 1 when 'member' then 2 when 'admin' then 3 when 'owner' then 4 else 0 end
$$;

-- One function and one look: the session, or the API token, its person, and the role there. `token` is the hash of a session's token when
-- `scope` is null; else of an API token that must have this scope: neither is found in the place of the other. Without a workspace it is
-- for routes about the person, or about the installation when the role is administrator. A stranger learns nothing about a workspace, a member below the needed role is told so. Fails closed: a
-- needed role that does not exist would rank below all others, and let every member in.
create function guard(token bytea, workspace uuid, needed text, scope text default null) returns text language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	person uuid;
	has    text;
	stale  boolean;
	may    boolean;
	used   uuid;
	admin  boolean;
	kept   text;
begin
	if scope is null then -- the usual case is over in few words: each expression is made ready once a transaction
		select s.user_id, s.last_seen_at < now() - interval '5 minutes', m.role, u.admin,
			role_rank(needed) > 0 and role_rank(m.role) >= role_rank(needed) and s.last_seen_at >= now() - interval '5 minutes'
		into person, stale, has, admin, may
		from session s join app_user u on u.id = s.user_id
		left join membership m on m.workspace_id = workspace and m.user_id = s.user_id
		where s.token_hash = token and s.expires_at > now() and u.disabled_at is null;
		if may then -- somebody is signed in, belongs here, and has the role
			kept := set_config('stepmill.user', person::text, true) || set_config('stepmill.workspace', workspace::text, true);
			return set_config('stepmill.role', has, true);
		end if;
	end if;
	if (workspace is null) <> (needed is null or needed = 'administrator') or (workspace is not null and role_rank(needed) = 0) then
		raise exception using errcode = 'XX000', message = format('guard() was asked for the unknown role %s', needed);
	end if;
	if scope is null then
		if stale then
			update session set last_seen_at = now() where token_hash = token;
		end if;
	else
		select t.user_id, coalesce(t.last_used_at < now() - interval '1 minute', true), m.role, scope = any (t.scopes), t.id, u.admin and t.only_workspace is null
		into person, stale, has, may, used, admin
		from api_token t join app_user u on u.id = t.user_id
		left join membership m on m.workspace_id = workspace and m.user_id = t.user_id and workspace = coalesce(t.only_workspace, workspace)
		where t.token_hash = token and (t.expires_at is null or t.expires_at > now()) and u.disabled_at is null;
		if person is null then
			raise exception using errcode = 'SM401', message = 'This token is not valid. It was revoked, has expired, or never was one. Make another.';
		end if;
		if not may then
			raise exception using errcode = 'SMSCP', message = case scope when 'session' then
				'A token cannot do this. It takes a person who is signed in.'
				else format('This token may not do this. It takes the scope %s. Make a token that has it.', scope) end;
		end if;
		if stale then
			update api_token set last_used_at = now() where id = used;
		end if;
		perform set_config('stepmill.token', used::text, true);
	end if;
	if person is null then
		raise exception using errcode = 'SM401', message = 'You are not signed in, or the session has ended. Sign in again.';
	end if;
	if workspace is null then
		if needed is not null and not admin then
			raise exception using errcode = 'SM403', message = 'Only an administrator of this installation can do this.';
		end if;
		kept := set_config('stepmill.user', person::text, true);
		return '';
	end if;
	if has is null then
		raise exception using errcode = 'SM404', message = 'This does not exist, or you cannot see it.';
	end if;
	if role_rank(has) < role_rank(needed) then
		raise exception using errcode = 'SM403',
			message = format('This needs the role %s; you are %s here. An owner or admin can change it.', needed, has);
	end if;
	-- As expressions: PERFORM would be a statement of its own, to be begun and ended.
	kept := set_config('stepmill.user', person::text, true) || set_config('stepmill.workspace', workspace::text, true);
	return set_config('stepmill.role', has, true);
end $$;

-- Of the person of this request in its workspace; 0 outside of one.
create function current_rank() returns integer language sql stable parallel safe as $$
	select role_rank(coalesce(current_setting('stepmill.role', true), ''))
$$;

grant execute on function guard(bytea, uuid, text, text), role_rank(text), current_rank() to stepmill_api, stepmill_live;

-- ---- attempts at what could be guessed ----

-- What counts as one address: the network of 64 bits of an IPv6 address, because whoever has one address of it has them all.
create function address_network(address text) returns text language plpgsql immutable parallel safe as $$
begin
	return case when family(address::inet) = 6 and not address::inet <<= inet '::ffff:0.0.0.0/96' then network(set_masklen(address::inet, 64))::text else address end;
exception when others then
	return address;
end $$;

-- Counts before anything is looked at: what runs at the same time sees what came before it, under a lock by address. Ten attempts in 15
-- minutes at one subject, which names the address unless only who knows the password gets there; 100 from one address at anything. Nobody
-- else's failures can lock a person out. Refused ones are not counted: an address that goes on trying is not locked for ever. Returns
-- seconds to wait, 0: go on. A success takes its attempt back.
create function attempt_begin(attempt uuid, what text, address text) returns integer language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	wait integer;
begin
	address := address_network(address);
	perform pg_advisory_xact_lock(hashtextextended('attempt:' || address, 0)), pg_advisory_xact_lock(hashtextextended('attempt:' || what, 0));
	perform set_config('synchronous_commit', 'off', true);
	select ceil(extract(epoch from max(f.at) + interval '15 minutes' - clock_timestamp()))::integer into wait
	from (
		(select a.at from attempt a where a.subject = what order by a.at desc offset 9 limit 1)
		union all
		(select a.at from attempt a where a.subject = 'address:' || address order by a.at desc offset 99 limit 1)
	) as f
	where f.at > clock_timestamp() - interval '15 minutes';
	if wait is not null then
		return greatest(1, wait);
	end if;
	insert into attempt (id, subject, at) values (attempt, what, clock_timestamp()), (attempt, 'address:' || address, clock_timestamp())
	on conflict do nothing;
	delete from attempt where ctid = any (array(
		select a.ctid from attempt a where a.at < now() - interval '1 hour' order by a.at limit 100 for update skip locked));
	return 0;
end $$;

create function attempt_end(attempt uuid) returns void language sql security definer set search_path = public, pg_temp as $$
	delete from attempt a where a.id = attempt
$$;

grant execute on function attempt_begin(uuid, text, text), attempt_end(uuid) to stepmill_api;

-- ---- signing in ----

-- Sign-in in two halves: the hash is checked in the worker between them.
create function sign_in_lookup(mail text) returns table (id uuid, password_hash text, second_factor boolean) language sql stable
	security definer set search_path = public, pg_temp as $$
	select u.id, u.password_hash, u.second_factor_at is not null from app_user u where u.email = lower(mail) and u.disabled_at is null and u.password_hash <> ''
$$;

create function session_make(person uuid, token bytea, address text, agent text, seconds integer) returns void language plpgsql as $$
begin
	insert into session (token_hash, user_id, expires_at, address, agent)
	values (token, person, now() + make_interval(secs => seconds), left(address, 100), left(agent, 300));
	delete from session where user_id = person and expires_at < now();
end $$;

-- Without a second factor. Whoever has one gets no session this way, whatever the worker thinks.
create function sign_in_done(person uuid, token bytea, address text, agent text, seconds integer) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	if exists (select from app_user u where u.id = person and u.second_factor_at is not null) then
		raise exception using errcode = 'SM409', message = 'A second factor was turned on a moment ago. Sign in again.';
	end if;
	perform session_make(person, token, address, agent, seconds);
end $$;

create function sign_out(token bytea) returns void language sql security definer set search_path = public, pg_temp as $$
	delete from session where token_hash = token
$$;

-- The person of this request with the workspaces they belong to, as JSON; those that are archived come last.
-- In plpgsql, which keeps its plan: so much is asked at every page that is opened.
create function person_read() returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
	return (select json_build_object(
		'user', json_build_object('id', u.id, 'email', u.email, 'name', u.name, 'admin', u.admin),
		'workspaces', coalesce((
			select json_agg(json_build_object('id', w.id, 'slug', w.slug, 'name', w.name, 'role', m.role, 'archived_at', wire_time(w.archived_at))
				order by w.archived_at is not null, w.name, w.id)
			from membership m join workspace w on w.id = m.workspace_id
			where m.user_id = u.id and (current_token() is null
				or w.id = (select coalesce(t.only_workspace, w.id) from api_token t where t.id = current_token()))), '[]'::json))::text
	from app_user u where u.id = current_person());
end $$;

grant execute on function sign_in_lookup(text),
	sign_in_done(uuid, bytea, text, text, integer), sign_out(bytea), person_read() to stepmill_api;

-- ---- tokens of the person of this request ----

create function token_json(t api_token) returns jsonb language sql stable as $$
	select jsonb_build_object('id', t.id, 'name', t.name, 'scopes', t.scopes, 'workspace_id', t.only_workspace, 'created_at', wire_time(t.created_at),
		'expires_at', wire_time(t.expires_at), 'last_used_at', wire_time(t.last_used_at))
$$;

create function token_make(token uuid, hash bytea, called text, may text[], days integer, bound uuid) returns text language plpgsql
	security definer set search_path = public, pg_temp as $$
declare
	made api_token;
begin
	if bound is not null and not exists (select from membership m where m.workspace_id = bound and m.user_id = current_person()) then
		raise exception using errcode = 'SM404', message = 'This workspace does not exist, or you do not belong to it.';
	end if;
	perform from app_user u where u.id = current_person() for no key update;
	if (select count(*) from api_token t where t.user_id = current_person()) >= 100 then
		raise exception using errcode = 'SM409', message = 'You have 100 tokens, which is the most. Revoke one that is not used any more.';
	end if;
	insert into api_token (id, user_id, token_hash, name, scopes, only_workspace, expires_at)
	values (token, current_person(), hash, called, array(select distinct s from unnest(may) s order by s), bound, now() + make_interval(days => days))
	on conflict (id) do update set name = excluded.name -- sent again after a lost connection
	returning * into made;
	return token_json(made);
end $$;

create function token_list() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select jsonb_build_object('data', coalesce(jsonb_agg(token_json(t) order by t.created_at desc, t.id), '[]'))::text
	from api_token t where t.user_id = current_person()
$$;

-- False: there is no such token of this person.
create function token_revoke(token uuid) returns boolean language sql security definer set search_path = public, pg_temp as $$
	with gone as (delete from api_token t where t.id = token and t.user_id = current_person() returning 1) select exists (select from gone)
$$;

grant execute on function token_make(uuid, bytea, text, text[], integer, uuid), token_list(), token_revoke(uuid) to stepmill_api;

-- ---- the account of the person of this request, and new ones ----

-- One row: who may make an account.
create table installation (
	here    boolean primary key default true check (here),
	sign_up text not null default 'open' check (sign_up in ('open', 'closed'))
);
call table_closed('installation');
insert into installation default values;

-- Links that set a new password without the old one: an administrator's, or made on the server. Hashed, for an hour, each once.
create table password_reset (
	token_hash bytea primary key check (length(token_hash) = 32),
	user_id    uuid not null references app_user on delete cascade,
	created_by uuid, -- null: on the server
	mailed     boolean not null default false, -- it was sent to the address, and shows whose that is
	created_at timestamptz not null default now(),
	expires_at timestamptz not null default now() + interval '1 hour'
);
create index password_reset_person on password_reset (user_id);
call table_closed('password_reset');

create function account_json(u app_user) returns jsonb language sql stable as $$
	select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'admin', u.admin, 'created_at', wire_time(u.created_at),
		'email_confirmed_at', wire_time(u.email_confirmed_at), 'has_password', u.password_hash <> '')
$$;
create function account_read() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select account_json(u)::text from app_user u where u.id = current_person()
$$;
create function account_rename(called text) returns void language sql security definer set search_path = public, pg_temp as $$
	update app_user u set name = called where u.id = current_person()
$$;

create function installation_read() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('sign_up', i.sign_up)::text from installation i
$$;
create function installation_change(sign_up_is text) returns void language sql security definer set search_path = public, pg_temp as $$
	update installation i set sign_up = coalesce(sign_up_is, i.sign_up)
$$;

-- The first account can always be made: without it there would be nobody to open the door.
create function sign_up_open() returns boolean language sql stable security definer set search_path = public, pg_temp as $$
	select i.sign_up = 'open' or not exists (select from app_user) from installation i
$$;

create function sign_up_state() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('open', sign_up_open(), 'first', not exists (select from app_user))::text
$$;

-- Makes a person with a workspace of their own. One after the other, so that there is one first of all, who becomes administrator.
-- That an address has an account is told (SM409): without mail there is no other honest answer. It costs as much time as a new one,
-- and each attempt counts.
create function sign_up(person uuid, mail text, called text, hash text, space uuid) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	opened text;
	first  boolean;
	handle text := left(trim(both '-' from regexp_replace(lower(split_part(mail, '@', 1)), '[^a-z0-9]+', '-', 'g')), 40);
begin
	select i.sign_up into opened from installation i for update;
	first := not exists (select from app_user);
	if opened <> 'open' and not first then
		raise exception using errcode = 'SM403', message = 'Nobody can sign up here: the administrator has closed it. Ask for an account.';
	end if;
	if exists (select from app_user u where u.email = lower(mail)) then
		raise exception using errcode = 'SM409', message = 'There is an account with this e-mail address. Sign in, or ask an administrator for a link that sets a new password.';
	end if;
	insert into app_user (id, email, name, password_hash, admin) values (person, lower(mail), called, hash, first);
	if handle = '' or exists (select from workspace w where w.slug = handle) then
		handle := case when handle = '' then 'personal' else handle end || '-' || right(space::text, 8);
	end if;
	insert into workspace (id, slug, name) values (space, handle, called);
	insert into membership (workspace_id, user_id, role) values (space, person, 'owner');
end $$;

-- ---- changing a password ----

-- Counts the attempt and gives what the current password is compared with: seconds to wait, hash, e-mail.
create function password_look(attempt uuid, address text) returns table (wait integer, password_hash text, email text) language sql
	security definer set search_path = public, pg_temp as $$
	select attempt_begin(attempt, 'password:' || u.id || '|' || address, address), u.password_hash, u.email
	from app_user u where u.id = current_person()
$$;

-- Ends all sessions but the one it comes from, and links that were given out. Nothing when the password has changed since it was compared.
create function password_change(old_hash text, new_hash text, keep bytea) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	update app_user u set password_hash = new_hash where u.id = current_person() and u.password_hash in (old_hash, new_hash);
	if not found then
		raise exception using errcode = 'SM409', message = 'The password was changed a moment ago, from elsewhere. Nothing was changed. Try again with the new one.';
	end if;
	delete from session s where s.user_id = current_person() and s.token_hash <> keep;
	delete from password_reset r where r.user_id = current_person();
end $$;

create function reset_link_make(whose uuid, token bytea) returns text language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not exists (select from app_user u where u.id = whose and u.disabled_at is null) then
		raise exception using errcode = 'SM404', message = 'There is no such person, or the account is disabled.';
	end if;
	delete from password_reset r where r.user_id = whose or r.expires_at < now(); -- the newest link counts
	insert into password_reset (token_hash, user_id, created_by) values (token, whose, current_person());
	return (select json_build_object('expires_at', wire_time(r.expires_at))::text from password_reset r where r.token_hash = token);
end $$;

-- The e-mail of whose link it is; no row: it was used, has expired, or never was one.
create function reset_link_look(token bytea) returns setof text language sql stable security definer set search_path = public, pg_temp as $$
	select u.email from password_reset r join app_user u on u.id = r.user_id
	where r.token_hash = token and r.expires_at > now() and u.disabled_at is null
$$;

-- Once: of two at the same time the second waits for the first, and finds nothing. Ends all sessions.
create function reset_link_use(token bytea, new_hash text) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare
	whose   uuid;
	by_mail boolean;
begin
	delete from password_reset r where r.token_hash = token and r.expires_at > now() returning r.user_id, r.mailed into whose, by_mail;
	update app_user u set password_hash = new_hash,
		email_confirmed_at = case when by_mail then coalesce(u.email_confirmed_at, now()) else u.email_confirmed_at end
	where u.id = whose and u.disabled_at is null;
	if not found then
		return false;
	end if;
	delete from session s where s.user_id = whose;
	delete from password_reset r where r.user_id = whose;
	return true;
end $$;

-- ---- sessions of the person of this request ----

create function session_list(token bytea) returns text language sql stable security definer set search_path = public, pg_temp as $$
	select jsonb_build_object('data', coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'created_at', wire_time(s.created_at),
		'last_seen_at', wire_time(s.last_seen_at), 'expires_at', wire_time(s.expires_at), 'address', s.address, 'agent', s.agent,
		'current', s.token_hash = token) order by s.last_seen_at desc, s.id), '[]'))::text
	from session s where s.user_id = current_person() and s.expires_at > now()
$$;
-- False: there is no such session of this person.
create function session_end(asked uuid) returns boolean language sql security definer set search_path = public, pg_temp as $$
	with gone as (delete from session s where s.id = asked and s.user_id = current_person() returning 1) select exists (select from gone)
$$;
create function sessions_end_others(token bytea) returns void language sql security definer set search_path = public, pg_temp as $$
	delete from session s where s.user_id = current_person() and s.token_hash <> token
$$;

grant execute on function account_read(), account_rename(text), installation_read(), installation_change(text), sign_up_open(),
	sign_up_state(), sign_up(uuid, text, text, text, uuid), password_look(uuid, text), password_change(text, text, bytea), reset_link_make(uuid, bytea),
	reset_link_look(bytea), reset_link_use(bytea, text), session_list(bytea), session_end(uuid), sessions_end_others(bytea) to stepmill_api;

-- What administrators of the installation see and do, and the log of accounts: what happened to a person's way in. That belongs to no workspace.
--
-- The log is written by triggers, in the transaction of the change: whichever function makes a session, a token or a password, none can forget it.
-- A request says what it is and where from with acting(), like for the audit log of workspaces.

-- No foreign keys: the log outlives what it tells of.
create table account_audit (
	id        uuid primary key default gen_random_uuid(),
	at        timestamptz not null default clock_timestamp(),
	user_id   uuid,          -- whose account; null: the installation's settings
	actor     uuid,          -- who did it; null: nobody who was signed in, or it was done on the server
	token     uuid,          -- the API token it came with
	event     text not null,
	operation text not null, -- of the contract; empty: none
	address   text not null,
	details   jsonb not null default '{}'
);
create index account_audit_at on account_audit (at desc, id desc);
create index account_audit_person on account_audit (user_id, at desc, id desc);
create index account_audit_actor on account_audit (actor, at desc, id desc) where actor is not null;
create index account_audit_event on account_audit (event, at desc, id desc);
call table_closed('account_audit');

-- Kept for 13 months, like what was spent: each row takes some older ones away.
create function account_noted(whose uuid, what text, more jsonb default '{}', from_address text default null) returns void language plpgsql
	security definer set search_path = public, pg_temp as $$
begin
	insert into account_audit (user_id, actor, token, event, operation, address, details)
	values (whose, current_person(), current_token(), what, coalesce(current_setting('stepmill.operation', true), ''),
		coalesce(nullif(current_setting('stepmill.address', true), ''), from_address, ''), more);
	delete from account_audit a where a.ctid = any (array(
		select o.ctid from account_audit o where o.at < now() - interval '13 months' order by o.at limit 10 for update skip locked));
end $$;

-- What was expired already ends nothing.
create function session_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
	s record;
begin
	if tg_op = 'INSERT' then
		for s in select n.user_id, n.address, n.agent from changed n loop
			perform account_noted(s.user_id, 'session.began', jsonb_build_object('agent', s.agent), s.address);
		end loop;
	else
		for s in select n.user_id, count(*) as sessions from changed n where n.expires_at > now() group by n.user_id loop
			perform account_noted(s.user_id, 'session.ended', jsonb_build_object('sessions', s.sessions));
		end loop;
	end if;
	return null;
end $$;
create trigger noted_began after insert on session referencing new table as changed for each statement execute function session_noted();
create trigger noted_ended after delete on session referencing old table as changed for each statement execute function session_noted();

create function token_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if tg_op = 'INSERT' then
		perform account_noted(new.user_id, 'token.made', jsonb_build_object('name', new.name, 'scopes', new.scopes, 'workspace', new.only_workspace));
	else
		perform account_noted(old.user_id, 'token.revoked', jsonb_build_object('name', old.name));
	end if;
	return null;
end $$;
create trigger noted after insert or delete on api_token for each row execute function token_noted();

create function person_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if tg_op = 'INSERT' then
		perform account_noted(new.id, 'account.made');
		return null;
	end if;
	if new.name <> old.name then
		perform account_noted(new.id, 'account.renamed');
	end if;
	if new.email <> old.email then
		perform account_noted(new.id, 'email.changed', jsonb_build_object('before', old.email, 'now', new.email));
	end if;
	if new.email_confirmed_at is not null and old.email_confirmed_at is null then
		perform account_noted(new.id, 'email.confirmed');
	end if;
	if new.password_hash <> old.password_hash then
		perform account_noted(new.id, 'password.changed');
	end if;
	if new.admin <> old.admin then
		perform account_noted(new.id, case when new.admin then 'administrator.made' else 'administrator.unmade' end);
	end if;
	if (new.second_factor_at is null) <> (old.second_factor_at is null) then
		perform account_noted(new.id, case when new.second_factor_at is null then 'second_factor.off' else 'second_factor.on' end);
	end if;
	if (new.disabled_at is null) <> (old.disabled_at is null) then
		perform account_noted(new.id, case when new.disabled_at is null then 'account.enabled' else 'account.disabled' end);
	end if;
	return null;
end $$;
create trigger noted after insert or update of name, email, password_hash, admin, disabled_at, second_factor_at, email_confirmed_at on app_user for each row execute function person_noted();

create function recovery_codes_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
	s record;
begin
	for s in select n.user_id, count(*) as codes from changed n group by n.user_id loop
		perform account_noted(s.user_id, 'recovery_codes.made', jsonb_build_object('codes', s.codes));
	end loop;
	return null;
end $$;
create trigger noted after insert on recovery_code referencing new table as changed for each statement execute function recovery_codes_noted();

create function reset_link_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform account_noted(new.user_id, 'reset_link.made', jsonb_build_object('mailed', new.mailed));
	return null;
end $$;
create trigger noted after insert on password_reset for each row execute function reset_link_noted();

create function identity_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if tg_op = 'INSERT' then
		perform account_noted(new.user_id, 'identity.connected', jsonb_build_object('provider', new.provider_id));
	else
		perform account_noted(old.user_id, 'identity.removed', jsonb_build_object('provider', old.provider_id));
	end if;
	return null;
end $$;
create trigger noted after insert or delete on sign_in_identity for each row execute function identity_noted();

-- Which settings, and nothing of the secret.
create function provider_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if tg_op = 'UPDATE' then
		if new is distinct from old then
			perform account_noted(null, 'provider.changed', jsonb_build_object('provider', new.id, 'name', new.name, 'settings', (
				select coalesce(jsonb_agg(n.key order by n.key), '[]') from jsonb_each(to_jsonb(new)) n where n.value is distinct from to_jsonb(old) -> n.key)));
		end if;
	elsif tg_op = 'INSERT' then
		perform account_noted(null, 'provider.made', jsonb_build_object('provider', new.id, 'name', new.name));
	else
		perform account_noted(null, 'provider.removed', jsonb_build_object('provider', old.id, 'name', old.name));
	end if;
	return null;
end $$;
create trigger noted after insert or update or delete on sign_in_provider for each row execute function provider_noted();

create function installation_noted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if new is distinct from old then
		perform account_noted(null, 'installation.changed', (select coalesce(jsonb_object_agg(n.key, n.value), '{}')
			from jsonb_each(to_jsonb(new)) n where n.value is distinct from to_jsonb(old) -> n.key));
	end if;
	return null;
end $$;
create trigger noted after update on installation for each row execute function installation_noted();

-- Somebody had the address and not the password. Of an address that is nobody's nothing is kept: people type passwords there.
create function sign_in_failed(mail text, from_address text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
	whose uuid;
begin
	select u.id into whose from app_user u where u.email = lower(mail);
	if whose is not null then
		perform account_noted(whose, 'sign_in.failed', '{}', from_address);
	end if;
end $$;

-- Somebody had the password, too, and not the code.
create function challenge_failed(whose uuid, from_address text) returns void language sql security definer set search_path = public, pg_temp as $$
	select account_noted(whose, 'sign_in.failed', '{"second_factor": true}', from_address)
$$;

-- A page of the log as JSON, and where it ends: of one person when `whose` is given. Put together from what is asked, so that each filter has its index.
create function account_activity(whose uuid, by uuid, what text, since timestamptz, before timestamptz, at_most bigint, place timestamptz, place_id uuid)
	returns table (page text, more boolean, next_us bigint, next_id uuid) language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
	return query execute 'with page as (
			select json_build_object(''id'', a.id, ''at'', wire_time(a.at), ''user'', case when a.user_id is not null then wire_person(a.user_id, person_name(a.user_id)) end,
					''actor'', case when a.actor is not null then wire_person(a.actor, person_name(a.actor)) end, ''token_id'', a.token,
					''event'', a.event, ''operation'', nullif(a.operation, ''''), ''address'', a.address, ''details'', a.details) as json,
				cursor_us(a.at) as us, a.id, row_number() over (order by a.at desc, a.id desc) as place
			from account_audit a where a.at <= $6 and (a.at < $6 or a.id < $7)'
		|| case when whose is not null then ' and a.user_id = $1' else '' end
		|| case when by is not null then ' and a.actor = $2' else '' end
		|| case when what is not null then ' and a.event = $3' else '' end
		|| case when since is not null then ' and a.at >= $4' else '' end
		|| case when before is not null then ' and a.at < $5' else '' end
		|| ' order by a.at desc, a.id desc limit $8 + 1)
		select coalesce(json_agg(json order by place) filter (where place <= $8), ''[]'')::text, count(*) > $8,
			(array_agg(us order by place))[$8], (array_agg(id order by place))[$8] from page'
		using whose, by, what, since, before, place, place_id, at_most;
end $$;

-- Of oneself; nobody else's can be asked for.
create function own_activity(what text, at_most bigint, place timestamptz, place_id uuid)
	returns table (page text, more boolean, next_us bigint, next_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
	select * from account_activity(current_person(), null, what, null, null, at_most, place, place_id) where current_person() is not null
$$;

-- ---- people ----

create function user_json(u app_user) returns json language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('id', u.id, 'email', u.email, 'name', u.name, 'admin', u.admin, 'second_factor', u.second_factor_at is not null, 'created_at', wire_time(u.created_at),
		'disabled_at', wire_time(u.disabled_at),
		'last_seen_at', wire_time(person_seen(u)), 'workspaces', (select count(*) from membership m where m.user_id = u.id))
$$;

create function user_list(at_most bigint, place timestamptz, place_id uuid, words text[], state text)
	returns table (page text, more boolean, next_us bigint, next_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
	with chosen as (
		select u.* from app_user u
		where u.created_at <= place and (u.created_at < place or u.id > place_id)
			and (state is null or case state when 'disabled' then u.disabled_at is not null when 'admin' then u.admin else u.disabled_at is null end)
			and (words is null or not exists (select 1 from unnest(words) w where position(lower(w) in lower(u.name || ' ' || u.email)) = 0))
		order by u.created_at desc, u.id limit at_most + 1
	), shown as (
		select user_json(row(c.*)::app_user) as json, cursor_us(c.created_at) as us, c.id, row_number() over (order by c.created_at desc, c.id) as n from chosen c
	)
	select coalesce(json_agg(json order by n) filter (where n <= at_most), '[]')::text, count(*) > at_most,
		(array_agg(us order by n))[at_most], (array_agg(id order by n))[at_most] from shown
$$;

-- An installation is never without an administrator who can sign in: looked at under the lock that sign-ups take, too. Who is disabled is signed out
-- everywhere; tokens are refused by the guard, and good again when the account is.
create function user_change(who uuid, away boolean, make_admin boolean) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
	u app_user;
begin
	perform from installation i for update;
	select * into u from app_user x where x.id = who for update;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such person. The list of people has their ids.';
	end if;
	if away and who = current_person() then
		raise exception using errcode = 'SM409', message = 'You cannot disable your own account. Nothing was changed. Ask another administrator.';
	end if;
	if u.admin and u.disabled_at is null and (away or not make_admin)
			and not exists (select from app_user x where x.admin and x.disabled_at is null and x.id <> who) then
		raise exception using errcode = 'SM409', message = 'An installation cannot be without an administrator. Nothing was changed. Make somebody else one first.';
	end if;
	update app_user x set admin = coalesce(make_admin, x.admin),
		disabled_at = case when away then coalesce(x.disabled_at, now()) when away is null then x.disabled_at end
	where x.id = who;
	if away then
		delete from session s where s.user_id = who;
		delete from password_reset r where r.user_id = who;
	end if;
	return (select user_json(x)::text from app_user x where x.id = who);
end $$;

-- ---- workspaces ----

-- Runs are counted to 10,000, and money is that of the month so far, which an index on time has.
create function workspaces_all(at_most bigint, place timestamptz, place_id uuid, words text[])
	returns table (page text, more boolean, next_us bigint, next_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
	with chosen as (
		select w.* from workspace w
		where w.created_at <= place and (w.created_at < place or w.id > place_id)
			and (words is null or not exists (select 1 from unnest(words) t where position(lower(t) in lower(w.name || ' ' || w.slug)) = 0))
		order by w.created_at desc, w.id limit at_most + 1
	), shown as (
		select json_build_object('id', c.id, 'slug', c.slug, 'name', c.name, 'created_at', wire_time(c.created_at), 'archived_at', wire_time(c.archived_at),
				'owners', (select coalesce(json_agg(wire_person(u.id, u.name) order by lower(u.name), u.id), '[]') from membership m join app_user u on u.id = m.user_id
					where m.workspace_id = c.id and m.role = 'owner'),
				'members', (select count(*) from membership m where m.workspace_id = c.id),
				'runs', (select count(*) from (select from run r where r.workspace_id = c.id and r.deleted_at is null limit 10000) r),
				'month_cost_usd', wire_usd((select coalesce(sum(l.cost_nano), 0) from ledger l where l.workspace_id = c.id
					and l.at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC')::bigint)) as json,
			cursor_us(c.created_at) as us, c.id, row_number() over (order by c.created_at desc, c.id) as n
		from chosen c
	)
	select coalesce(json_agg(json order by n) filter (where n <= at_most), '[]')::text, count(*) > at_most,
		(array_agg(us order by n))[at_most], (array_agg(id order by n))[at_most] from shown
$$;
create index app_user_created on app_user (created_at desc, id);
create index workspace_created on workspace (created_at desc, id);

grant execute on function sign_in_failed(text, text), challenge_failed(uuid, text), own_activity(text, bigint, timestamptz, uuid),
	account_activity(uuid, uuid, text, timestamptz, timestamptz, bigint, timestamptz, uuid), user_list(bigint, timestamptz, uuid, text[], text),
	user_change(uuid, boolean, boolean), workspaces_all(bigint, timestamptz, uuid, text[]) to stepmill_api;

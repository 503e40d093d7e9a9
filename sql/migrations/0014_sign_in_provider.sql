-- Signing in with the identity that another server vouches for (OpenID Connect), and which workspaces people come into by it.
--
-- An administrator configures providers. A person of a provider is known by its subject, never by an address alone: an address leads to an
-- account only when the provider says that it was verified, and when the account is the same person's beyond doubt.

create table sign_in_provider (
	id              uuid primary key,
	name            text not null check (length(name) between 1 and 100),
	issuer          text not null check (length(issuer) between 8 and 500),
	client_id       text not null check (length(client_id) between 1 and 500),
	key_id          uuid not null, -- of the API's key that opens the secret
	sealed_secret   bytea not null,
	enabled         boolean not null default true,
	create_accounts boolean not null default true,  -- of people who have none
	link_accounts   boolean not null default false, -- by a verified address alone, whoever made the account
	rules           jsonb not null default '[]',    -- [{email_domain | claim, value; workspace_id, role}]
	created_at      timestamptz not null default now()
);
create table sign_in_identity (
	provider_id  uuid not null references sign_in_provider on delete cascade,
	subject      text not null check (length(subject) between 1 and 255),
	user_id      uuid not null references app_user on delete cascade,
	created_at   timestamptz not null default now(),
	last_used_at timestamptz not null default now(),
	primary key (provider_id, subject)
);
create index sign_in_identity_person on sign_in_identity (user_id);

-- Between going to the provider and coming back, each once. What state, nonce and the PKCE verifier are made from is in the browser's cookie
-- alone; this is its hash.
create table sign_in_flow (
	token_hash  bytea primary key check (length(token_hash) = 32),
	provider_id uuid not null references sign_in_provider on delete cascade,
	user_id     uuid references app_user on delete cascade, -- who connects an account that they are signed in to
	back_to     text not null, -- the page to show afterwards
	expires_at  timestamptz not null default now() + interval '10 minutes'
);
create index sign_in_flow_expiry on sign_in_flow (expires_at);
create index sign_in_flow_provider on sign_in_flow (provider_id);
create index sign_in_flow_person on sign_in_flow (user_id);

call table_closed('sign_in_provider');
call table_closed('sign_in_identity');
call table_closed('sign_in_flow');

-- ---- providers, by an administrator ----

create function provider_json(p sign_in_provider) returns json language sql stable as $$
	select json_build_object('id', p.id, 'name', p.name, 'issuer', p.issuer, 'client_id', p.client_id, 'enabled', p.enabled,
		'create_accounts', p.create_accounts, 'link_accounts', p.link_accounts, 'rules', p.rules, 'created_at', wire_time(p.created_at),
		'callback', '/api/sign-in-providers/' || p.id || '/callback',
		'people', (select count(distinct i.user_id) from sign_in_identity i where i.provider_id = p.id))
$$;

create function provider_list() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('data', coalesce(json_agg(provider_json(p) order by p.created_at, p.id), '[]'))::text from sign_in_provider p
$$;
create function provider_read(which uuid) returns text language sql stable security definer set search_path = public, pg_temp as $$
	select provider_json(p)::text from sign_in_provider p where p.id = which
$$;

create function provider_rules_check(rules jsonb) returns void language plpgsql as $$
begin
	if exists (select from jsonb_array_elements(rules) r where not exists (select from workspace w where w.id = (r ->> 'workspace_id')::uuid)) then
		raise exception using errcode = 'SM422', message = 'A rule names a workspace that does not exist. Nothing was changed. Name one that does in each rule.';
	end if;
end $$;

create function provider_make(new_id uuid, called text, from_issuer text, client text, key uuid, secret bytea, is_enabled boolean, creates boolean,
	links boolean, new_rules jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	lock table sign_in_provider in share row exclusive mode;
	if (select count(*) from sign_in_provider p where p.id <> new_id) >= 20 then
		raise exception using errcode = 'SM409', message = 'There are 20 sign-in providers, which is the most. Delete one that is not used.';
	end if;
	perform provider_rules_check(new_rules);
	insert into sign_in_provider (id, name, issuer, client_id, key_id, sealed_secret, enabled, create_accounts, link_accounts, rules)
	values (new_id, called, from_issuer, client, key, secret, is_enabled, creates, links, new_rules)
	on conflict (id) do nothing; -- sent again after a lost connection
end $$;

-- Null: stays as it is. Another issuer is another provider: the subjects of the old one mean nothing there.
create function provider_change(which uuid, called text, from_issuer text, client text, key uuid, secret bytea, is_enabled boolean, creates boolean,
	links boolean, new_rules jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform provider_rules_check(coalesce(new_rules, '[]'));
	if from_issuer is not null and exists (select from sign_in_identity i join sign_in_provider p on p.id = i.provider_id
			where i.provider_id = which and p.issuer <> from_issuer) then
		raise exception using errcode = 'SM409', message = 'People sign in by this provider already. Another issuer is another provider: make a new one.';
	end if;
	update sign_in_provider p set name = coalesce(called, p.name), issuer = coalesce(from_issuer, p.issuer), client_id = coalesce(client, p.client_id),
		key_id = coalesce(key, p.key_id), sealed_secret = coalesce(secret, p.sealed_secret), enabled = coalesce(is_enabled, p.enabled),
		create_accounts = coalesce(creates, p.create_accounts), link_accounts = coalesce(links, p.link_accounts), rules = coalesce(new_rules, p.rules)
	where p.id = which;
end $$;

-- False: there is no such provider. Accounts stay; those without a password need a link that sets one.
create function provider_delete(which uuid) returns boolean language sql security definer set search_path = public, pg_temp as $$
	with gone as (delete from sign_in_provider p where p.id = which returning 1) select exists (select from gone)
$$;

-- ---- anybody ----

create function provider_names() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('data', coalesce(json_agg(json_build_object('id', p.id, 'name', p.name) order by p.name, p.id), '[]'))::text
	from sign_in_provider p where p.enabled
$$;

-- Where to send the browser, and that it went. `session`: whose account is to be connected; null: it is to sign in. No row: there is no such
-- provider, or no such session.
create function flow_begin(which uuid, token bytea, session_token bytea, page text) returns table (issuer text, client_id text) language plpgsql
	security definer set search_path = public, pg_temp as $$
declare
	person uuid;
begin
	if session_token is not null then
		select s.user_id into person from session s join app_user u on u.id = s.user_id
		where s.token_hash = session_token and s.expires_at > now() and u.disabled_at is null;
		if person is null then
			raise exception using errcode = 'SM401', message = 'You are not signed in, or the session has ended. Sign in again.';
		end if;
	end if;
	insert into sign_in_flow (token_hash, provider_id, user_id, back_to) select token, p.id, person, page from sign_in_provider p where p.id = which and p.enabled
	on conflict (token_hash) do nothing; -- sent again after a lost connection
	delete from sign_in_flow where token_hash = any (array(
		select f.token_hash from sign_in_flow f where f.expires_at < now() order by f.expires_at limit 100 for update skip locked));
	return query select p.issuer, p.client_id from sign_in_provider p where p.id = which and p.enabled;
end $$;

-- It came back. No row: it did so before, took too long, or never went.
create function flow_end(which uuid, token bytea) returns table (issuer text, client_id text, key_id uuid, sealed text, person uuid, back_to text)
	language sql security definer set search_path = public, pg_temp as $$
	with ended as (delete from sign_in_flow f where f.token_hash = token and f.provider_id = which and f.expires_at > now() returning f.user_id, f.back_to)
	select p.issuer, p.client_id, p.key_id, encode(p.sealed_secret, 'hex'), e.user_id, e.back_to
	from ended e, sign_in_provider p where p.id = which and p.enabled
$$;

-- ---- whose identity it is ----

-- Memberships that the provider's rules give, where there are none: roles that were given here stay as they are.
create function provider_memberships(p sign_in_provider, person uuid, mail text, claims jsonb) returns void language plpgsql as $$
declare
	r record;
begin
	for r in
		select w.id, (array_agg(x.role order by role_rank(x.role) desc))[1] as role
		from jsonb_to_recordset(p.rules) as x (email_domain text, claim text, value text, workspace_id uuid, role text)
		join workspace w on w.id = x.workspace_id and w.archived_at is null
		where case when x.email_domain is not null then lower(x.email_domain) = split_part(mail, '@', 2)
			else claims -> x.claim = to_jsonb(x.value) or (jsonb_typeof(claims -> x.claim) = 'array' and claims -> x.claim @> jsonb_build_array(x.value)) end
			and not exists (select from membership m where m.workspace_id = w.id and m.user_id = person)
		group by w.id order by w.id
	loop
		perform from workspace w where w.id = r.id for no key update;
		continue when (select count(*) from membership m where m.workspace_id = r.id) >= 1000;
		insert into membership (workspace_id, user_id, role) values (r.id, person, r.role) on conflict do nothing;
		if found then
			perform set_config('stepmill.user', person::text, true), set_config('stepmill.workspace', r.id::text, true);
			perform audit('member', person::text, person_name(person), null, jsonb_build_object('role', r.role, 'provider', p.name));
			perform set_config('stepmill.user', '', true), set_config('stepmill.workspace', '', true);
		end if;
	end loop;
end $$;

-- Who signs in with this identity; makes or connects the account when it is the first time. A refusal is a stable word for the page, which says what
-- the person can do; nothing was changed then.
create function identity_person(which uuid, who text, mail text, verified boolean, called text, claims jsonb, connecting uuid, new_person uuid,
	new_space uuid, address text) returns table (person uuid, second_factor boolean, refusal text) language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	p     sign_in_provider;
	u     app_user;
	known uuid;
begin
	select * into p from sign_in_provider x where x.id = which and x.enabled for share;
	if p.id is null then
		return query select null::uuid, false, 'ended';
		return;
	end if;
	-- One after the other for one identity, and for one address: two first times at once make one account.
	perform pg_advisory_xact_lock(hashtextextended('identity:' || which || ' ' || who, 0)), pg_advisory_xact_lock(hashtextextended('email:' || lower(mail), 0));
	select i.user_id into known from sign_in_identity i where i.provider_id = which and i.subject = who;
	if connecting is not null then
		if known is not null and known <> connecting then
			return query select null::uuid, false, 'of_another_account';
			return;
		end if;
		known := connecting;
	elsif known is null then
		if mail = '' or not verified then
			return query select null::uuid, false, 'email_unverified';
			return;
		end if;
		select * into u from app_user x where x.email = lower(mail);
		if u.id is not null and not (p.link_accounts or u.email_confirmed_at is not null) then
			return query select null::uuid, false, 'account_exists';
			return;
		elsif u.id is null and not p.create_accounts then
			return query select null::uuid, false, 'no_account';
			return;
		end if;
		known := u.id;
	end if;
	if known is null then
		insert into app_user (id, email, name, password_hash, email_confirmed_at)
		values (new_person, lower(mail), left(coalesce(nullif(btrim(called), ''), split_part(mail, '@', 1)), 100), '', now());
		known := new_person;
	end if;
	select * into u from app_user x where x.id = known;
	if u.disabled_at is not null then
		return query select null::uuid, false, 'disabled';
		return;
	end if;
	insert into sign_in_identity (provider_id, subject, user_id) values (which, who, known)
	on conflict (provider_id, subject) do update set last_used_at = now();
	perform set_config('stepmill.operation', 'finishProviderSignIn', true), set_config('stepmill.address', address, true);
	perform provider_memberships(p, known, case when verified then lower(mail) else '' end, claims);
	if known = new_person and not exists (select from membership m where m.user_id = known) then
		insert into workspace (id, slug, name) values (new_space, 'personal-' || right(new_space::text, 12), u.name);
		insert into membership (workspace_id, user_id, role) values (new_space, known, 'owner');
	end if;
	return query select known, u.second_factor_at is not null, null::text;
end $$;

-- ---- of the person of this request ----

create function identity_list() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('data', coalesce(json_agg(json_build_object('provider', json_build_object('id', p.id, 'name', p.name),
		'created_at', wire_time(i.created_at), 'last_used_at', wire_time(i.last_used_at)) order by p.name, i.subject), '[]'))::text
	from sign_in_identity i join sign_in_provider p on p.id = i.provider_id where i.user_id = current_person()
$$;
-- The last way in stays.
create function identity_remove(which uuid) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform from app_user u where u.id = current_person() for no key update;
	if not exists (select from app_user u where u.id = current_person() and u.password_hash <> '')
			and not exists (select from sign_in_identity i where i.user_id = current_person() and i.provider_id <> which) then
		raise exception using errcode = 'SM409', message = 'You have no password: this is your only way in. Ask an administrator for a link that sets one.';
	end if;
	delete from sign_in_identity i where i.user_id = current_person() and i.provider_id = which;
	return found;
end $$;

grant execute on function provider_list(), provider_read(uuid),
	provider_make(uuid, text, text, text, uuid, bytea, boolean, boolean, boolean, jsonb),
	provider_change(uuid, text, text, text, uuid, bytea, boolean, boolean, boolean, jsonb), provider_delete(uuid), provider_names(),
	flow_begin(uuid, bytea, bytea, text), flow_end(uuid, bytea),
	identity_person(uuid, text, text, boolean, text, jsonb, uuid, uuid, uuid, text), identity_list(), identity_remove(uuid) to stepmill_api;

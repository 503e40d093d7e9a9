-- Variables and secrets of a workspace: names for what its workflows need. A variable is read by everybody who belongs to it; a secret is written
-- and never read back: it is sealed to the executors' public key, so that programs that serve the web can put one in and none can take one out.

-- Public keys that secrets are sealed to; the private ones are files of the executors. The youngest counts; older ones stay for what was
-- sealed to them. The id is made from the key itself.
create table seal_key (
	id         uuid primary key,
	public_key bytea not null check (length(public_key) = 32),
	created_at timestamptz not null default clock_timestamp()
);
call table_closed('seal_key');
create policy everybody on seal_key for select to stepmill_api using (true);
grant select on seal_key to stepmill_api;

create table variable (
	workspace_id uuid not null references workspace on delete cascade,
	name         text not null check (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
	value        text not null check (octet_length(value) <= 262144),
	updated_by   uuid not null,
	updated_at   timestamptz not null default now(),
	primary key (workspace_id, name)
);
create table secret (
	workspace_id uuid not null references workspace on delete cascade,
	name         text not null check (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
	key_id       uuid not null references seal_key, -- outside of the seal, so that it is known what a rotation has to do
	sealed       bytea not null,
	updated_by   uuid not null,
	updated_at   timestamptz not null default now(),
	primary key (workspace_id, name)
);
call table_closed('variable');
call table_closed('secret');
call table_of_tenants('variable');
call table_of_tenants('secret');
grant select, insert, update, delete on variable to stepmill_api;
-- Of secrets nothing is granted: the programs that serve the web do not even see what is sealed.

create function variable_json(v variable) returns json language sql stable as $$
	select json_build_object('name', v.name, 'value', v.value, 'updated_by', wire_person(v.updated_by, person_name(v.updated_by)),
		'updated_at', wire_time(v.updated_at))
$$;

-- Up to 500 of each. The same value again changes nothing, and is not in the audit log.
create function variable_put(space uuid, called text, given text) returns void language plpgsql as $$
begin
	if (select count(*) from variable v where v.workspace_id = space and v.name <> called) >= 500 then
		raise exception using errcode = 'SM409', message = 'A workspace has at most 500 variables. Delete one that is not needed.';
	end if;
	insert into variable as v (workspace_id, name, value, updated_by) values (space, called, given, current_person())
	on conflict (workspace_id, name) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = now()
		where v.value <> excluded.value;
	if found then
		perform audit('variable', called);
	end if;
end $$;

create function variable_delete(space uuid, called text) returns void language plpgsql as $$
begin
	delete from variable v where v.workspace_id = space and v.name = called;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such variable. It may have been deleted already.';
	end if;
	perform audit('variable', called);
end $$;

create function secret_list(space uuid) returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('data', coalesce(json_agg(json_build_object('name', s.name, 'updated_by', wire_person(s.updated_by, person_name(s.updated_by)),
		'updated_at', wire_time(s.updated_at)) order by s.name), '[]'))::text
	from secret s where s.workspace_id = space and space = current_workspace()
$$;

create function secret_put(space uuid, called text, key uuid, given bytea) returns text language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	if space is distinct from current_workspace() then
		raise exception using errcode = 'SM404', message = 'This does not exist, or you cannot see it.';
	elsif (select count(*) from secret s where s.workspace_id = space and s.name <> called) >= 500 then
		raise exception using errcode = 'SM409', message = 'A workspace has at most 500 secrets. Delete one that is not needed.';
	end if;
	insert into secret as s (workspace_id, name, key_id, sealed, updated_by) values (space, called, key, given, current_person())
	on conflict (workspace_id, name) do update
		set key_id = excluded.key_id, sealed = excluded.sealed, updated_by = excluded.updated_by, updated_at = now()
		where s.sealed <> excluded.sealed; -- the same seal: sent again after a lost connection
	if found then
		perform audit('secret', called);
	end if;
	return (select json_build_object('name', s.name, 'updated_by', wire_person(s.updated_by, person_name(s.updated_by)),
		'updated_at', wire_time(s.updated_at))::text from secret s where s.workspace_id = space and s.name = called);
end $$;

create function secret_delete(space uuid, called text) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	delete from secret s where s.workspace_id = space and space = current_workspace() and s.name = called;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such secret. It may have been deleted already.';
	end if;
	perform audit('secret', called);
end $$;

-- What the executor needs for the runs it holds: by workspace and name, those that there are. A name that is both is the secret.
create function engine_env(spaces uuid[], names text[]) returns table (workspace_id uuid, name text, value text, sealed text)
	language sql stable security definer set search_path = public, pg_temp as $$
	select distinct k.w, k.n, case when s.name is null then v.value end, encode(s.sealed, 'hex')
	from unnest(spaces, names) k (w, n)
	left join variable v on v.workspace_id = k.w and v.name = k.n
	left join secret s on s.workspace_id = k.w and s.name = k.n
	where v.name is not null or s.name is not null
$$;
grant execute on function engine_env(uuid[], text[]) to stepmill_executor;

grant execute on function variable_json(variable), variable_put(uuid, text, text), variable_delete(uuid, text),
	secret_list(uuid), secret_put(uuid, text, uuid, bytea), secret_delete(uuid, text) to stepmill_api;

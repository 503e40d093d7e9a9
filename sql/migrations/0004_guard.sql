-- The guard fails closed: a needed role that does not exist let every member in, because it ranked below all others.
create or replace function guard(token bytea, workspace uuid, needed text) returns text language plpgsql security definer
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

-- Old failures go a hundred at a time, found by their time: under a flood of wrong passwords each of them would otherwise read
-- the whole table, and wait for the others that remove the same rows.
create index sign_in_failure_at on sign_in_failure (at);
create or replace function sign_in_failed(mail text, address text) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	insert into sign_in_failure (subject) values ('account:' || lower(mail) || '|' || address), ('address:' || address);
	delete from sign_in_failure where ctid = any (array(
		select f.ctid from sign_in_failure f where f.at < now() - interval '1 hour' order by f.at limit 100 for update skip locked));
end $$;

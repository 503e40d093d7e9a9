-- Telling people what concerns them: stepmill-live keeps a stream for each browser that somebody is signed in with, and looks again when one of
-- the changes here is committed: who somebody is, where they belong and as what, and that a session of theirs has ended. A notification names
-- people and nothing else; whoever is woken by it reads what they may. It only saves waiting: streams are looked at by the clock, too.

-- A payload has room for some 200 ids.
create function people_told(people uuid[]) returns void language plpgsql as $$
begin
	perform pg_notify('stepmill_person', names) from (
		select string_agg(id::text, ' ') as names from unnest(people) with ordinality p (id, n) group by n / 200
	) s;
end $$;

create function memberships_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform people_told(array(select distinct user_id from changed));
	return null;
end $$;
create trigger told_made after insert on membership referencing new table as changed for each statement execute function memberships_told();
create trigger told_changed after update on membership referencing new table as changed for each statement execute function memberships_told();
create trigger told_ended after delete on membership referencing old table as changed for each statement execute function memberships_told();

create function workspace_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform people_told(array(select m.user_id from membership m where m.workspace_id = new.id));
	return null;
end $$;
create trigger told after update of name, slug, archived_at on workspace for each row
	when ((old.name, old.slug, old.archived_at) is distinct from (new.name, new.slug, new.archived_at)) execute function workspace_told();

create function person_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform people_told(array[new.id]);
	return null;
end $$;
create trigger told after update of name, email, admin, disabled_at on app_user for each row
	when ((old.name, old.email, old.admin, old.disabled_at) is distinct from (new.name, new.email, new.admin, new.disabled_at)) execute function person_told();

-- What was expired already ends nothing.
create function sessions_told() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform people_told(array(select distinct user_id from changed where expires_at > now()));
	return null;
end $$;
create trigger told after delete on session referencing old table as changed for each statement execute function sessions_told();

-- What a session is shown of its person, as a number to compare: stepmill-live may not see people.
create function person_mark() returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
	return md5(person_read());
end $$;
grant execute on function person_mark() to stepmill_live;

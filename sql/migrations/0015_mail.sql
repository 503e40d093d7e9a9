-- Mail that is to go out. It is written in the transaction of the request that causes it, and sent by an executor that knows a mail server:
-- what was not committed is not sent, and what was is, though not more surely once than SMTP allows.
--
-- What it says is sealed to the executors' key: it holds links that let people in, and a copy of the database shows none.

create table mail (
	id           uuid primary key,
	kind         text not null, -- nobody: written so that an unknown address takes the same time as a known one; never sent
	key_id       uuid not null,
	sealed       bytea not null, -- empty when it was given up
	created_at   timestamptz not null default now(),
	useful_until timestamptz not null,
	due_at       timestamptz not null default now(),
	attempts     integer not null default 0,
	why          text, -- the last attempt failed; never with an address in it
	given_up_at  timestamptz
);
create index mail_due on mail (due_at) where given_up_at is null;
create index mail_given_up on mail (given_up_at) where given_up_at is not null;

-- Links that show that an address is somebody's.
create table email_confirmation (
	token_hash bytea primary key check (length(token_hash) = 32),
	user_id    uuid not null references app_user on delete cascade,
	email      text not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null default now() + interval '1 day'
);
create index email_confirmation_person on email_confirmation (user_id);

call table_closed('mail');
call table_closed('email_confirmation');

create function mail_put(new_id uuid, what text, key uuid, text bytea, hours integer) returns void language sql security definer
	set search_path = public, pg_temp as $$
	insert into mail (id, kind, key_id, sealed, useful_until) values (new_id, what, key, text, now() + make_interval(hours => least(hours, 24)))
	on conflict (id) do nothing -- sent again after a lost connection
$$;

-- ---- a new password, asked for by whoever has the address ----

-- Who has this address, as it is written in the account: mail goes there, and not to what was typed.
create function reset_request_look(mail text) returns table (person uuid, email text) language sql stable security definer
	set search_path = public, pg_temp as $$
	select u.id, u.email from app_user u where u.email = lower(mail) and u.disabled_at is null
$$;

-- The same work for nobody, and for somebody who was sent a link a moment ago.
create function reset_request(whose uuid, token bytea, new_id uuid, key uuid, text bytea) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	sends boolean;
begin
	perform pg_advisory_xact_lock(hashtextextended('reset:' || coalesce(whose, new_id), 0));
	sends := whose is not null and not exists (select from password_reset r where r.user_id = whose and r.mailed and r.created_at > now() - interval '5 minutes');
	if sends then
		delete from password_reset r where r.user_id = whose or r.expires_at < now();
		insert into password_reset (token_hash, user_id, mailed) values (token, whose, true) on conflict (token_hash) do nothing;
	end if;
	perform mail_put(new_id, case when sends then 'password_reset' else 'nobody' end, key, text, 1);
end $$;

-- ---- confirming an address ----

create function confirmation_make(token bytea, new_id uuid, key uuid, text bytea) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	perform from app_user u where u.id = current_person() and u.email_confirmed_at is null for no key update;
	if not found then
		raise exception using errcode = 'SM409', message = 'Your address is confirmed already. There is nothing left to do.';
	elsif exists (select from email_confirmation c where c.user_id = current_person() and c.token_hash <> token and c.created_at > now() - interval '1 minute') then
		raise exception using errcode = 'SM409', message = 'A mail was sent a moment ago. Look for it, or ask again in a minute.';
	end if;
	delete from email_confirmation c where (c.user_id = current_person() and c.token_hash <> token) or c.expires_at < now();
	insert into email_confirmation (token_hash, user_id, email) select token, u.id, u.email from app_user u where u.id = current_person()
	on conflict (token_hash) do nothing; -- sent again after a lost connection
	perform mail_put(new_id, 'confirmation', key, text, 24);
end $$;

-- False: it was used, has expired, never was one, or the address is another by now.
create function confirmation_use(token bytea) returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare
	c email_confirmation;
begin
	delete from email_confirmation e where e.token_hash = token and e.expires_at > now() returning * into c;
	update app_user u set email_confirmed_at = coalesce(u.email_confirmed_at, now()) where u.id = c.user_id and u.email = c.email and u.disabled_at is null;
	return found;
end $$;

grant execute on function mail_put(uuid, text, uuid, bytea, integer), reset_request_look(text), reset_request(uuid, bytea, uuid, uuid, bytea),
	confirmation_make(bytea, uuid, uuid, bytea), confirmation_use(bytea) to stepmill_api;

-- ---- sending, by an executor ----

-- Some that are due, each to one executor for five minutes: whoever takes them and dies leaves them to others. What is of no use to anybody
-- any more is given up: an hour after a link for a new password, a day after anything else.
create function mail_take(most integer) returns table (id uuid, key_id uuid, sealed text, age_ms bigint) language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	delete from mail m where m.id = any (array(select d.id from mail d where d.given_up_at is null and d.kind = 'nobody' and d.due_at <= now()
		order by d.due_at limit 100 for update skip locked));
	update mail m set given_up_at = now(), sealed = '' where m.id = any (array(select d.id from mail d
		where d.given_up_at is null and d.due_at <= now() and d.useful_until <= now() order by d.due_at limit 100 for update skip locked));
	delete from mail m where m.id = any (array(select d.id from mail d where d.given_up_at < now() - interval '30 days'
		order by d.given_up_at limit 100 for update skip locked));
	return query
		update mail m set due_at = now() + interval '5 minutes', attempts = m.attempts + 1
		where m.id = any (array(select d.id from mail d where d.given_up_at is null and d.due_at <= now() order by d.due_at limit most for update skip locked))
		returning m.id, m.key_id, encode(m.sealed, 'hex'), (extract(epoch from now() - m.created_at) * 1000)::bigint;
end $$;

create function mail_sent(which uuid) returns void language sql security definer set search_path = public, pg_temp as $$
	delete from mail m where m.id = which
$$;

-- Again after 10 seconds, 20, 40 … an hour; not again when the server says that it never will.
create function mail_failed(which uuid, reason text, forever boolean) returns void language sql security definer set search_path = public, pg_temp as $$
	update mail m set why = left(reason, 500), due_at = now() + least(interval '1 hour', interval '10 seconds' * 2 ^ least(m.attempts - 1, 10)),
		given_up_at = case when forever then now() end, sealed = case when forever then '' else m.sealed end
	where m.id = which and m.given_up_at is null
$$;

grant execute on function mail_take(integer), mail_sent(uuid), mail_failed(uuid, text, boolean) to stepmill_executor;

-- ---- what is told of it ----

create function metrics_mail() returns table (name text, label text, labelled text, number double precision) language sql stable
	security definer set search_path = public, pg_temp as $$
	select 'mail', 'state', 'waiting', count(*)::double precision from (select from mail where given_up_at is null and kind <> 'nobody' limit 100000) x
	union all
	select 'mail', 'state', 'given_up', count(*) from (select from mail where given_up_at is not null limit 100000) x
	union all
	select 'mail_oldest_seconds', null, null, coalesce(extract(epoch from clock_timestamp() - (
		select min(m.created_at) from mail m where m.given_up_at is null and m.kind <> 'nobody')), 0)
$$;
grant execute on function metrics_mail() to stepmill_api;

-- A second factor: codes of an authenticator app (TOTP), and recovery codes for who has lost it. Asked for at sign-in after the password.
--
-- The secret that codes are made from is sealed to the API's own key, a file: a copy of the database gives no codes. Codes are compared in a
-- worker; what happens once happens here: a step of time is taken once, a recovery code is deleted by its use.

create table second_factor (
	user_id    uuid primary key references app_user on delete cascade,
	key_id     uuid not null, -- of the API's key that opens it
	sealed     bytea not null,
	created_at timestamptz not null default now(),
	last_step  bigint not null default 0 -- of the last code that was taken; none of it or before it is
);

create table recovery_code (
	user_id   uuid not null references app_user on delete cascade,
	code_hash bytea not null check (length(code_hash) = 32),
	primary key (user_id, code_hash)
);

-- Between the password and the code: who has this token in a cookie knew the password a moment ago.
create table sign_in_challenge (
	token_hash bytea primary key check (length(token_hash) = 32),
	user_id    uuid not null references app_user on delete cascade,
	expires_at timestamptz not null default now() + interval '5 minutes'
);
create index sign_in_challenge_person on sign_in_challenge (user_id);
create index sign_in_challenge_expiry on sign_in_challenge (expires_at);

call table_closed('second_factor');
call table_closed('recovery_code');
call table_closed('sign_in_challenge');

-- Somebody who knew an old password has not passed the new one.
create function challenges_end() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
	delete from sign_in_challenge c where c.user_id = new.id;
	return new;
end $$;
create trigger challenges_end after update of password_hash, disabled_at on app_user for each row execute function challenges_end();

-- ---- of the person of this request ----

create function second_factor_read() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('enabled_at', wire_time(u.second_factor_at),
		'recovery_codes_left', (select count(*) from recovery_code r where r.user_id = u.id))::text
	from app_user u where u.id = current_person()
$$;

-- What a proof is compared with, for a person: counts the attempt first.
create function second_factor_look(attempt uuid, address text)
	returns table (wait integer, person uuid, email text, password_hash text, enabled boolean, key_id uuid, sealed text) language sql
	security definer set search_path = public, pg_temp as $$
	select attempt_begin(attempt, 'second-factor:' || u.id || '|' || address, address), u.id, u.email, u.password_hash,
		u.second_factor_at is not null, f.key_id, encode(f.sealed, 'hex')
	from app_user u left join second_factor f on f.user_id = u.id where u.id = current_person()
$$;

-- A new secret. It asks for nothing at sign-in until a code of it was given back; another begin replaces it until then.
create function second_factor_begin(key uuid, given bytea) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform from app_user u where u.id = current_person() and u.second_factor_at is null for no key update;
	if not found then
		raise exception using errcode = 'SM409', message = 'You have a second factor already. Turn it off first, then set it up anew.';
	end if;
	insert into second_factor (user_id, key_id, sealed) values (current_person(), key, given)
	on conflict (user_id) do update set key_id = excluded.key_id, sealed = excluded.sealed, created_at = now(), last_step = 0;
end $$;

create function recovery_codes_replace(person uuid, hashes text[]) returns void language plpgsql as $$
begin
	delete from recovery_code r where r.user_id = person;
	insert into recovery_code (user_id, code_hash) select person, decode(h, 'hex') from unnest(hashes) h;
end $$;

-- In force from now on. `given` is the secret that the code was compared with: it may have been replaced since. Sent again it changes nothing.
create function second_factor_confirm(given bytea, step bigint, hashes text[]) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	perform from app_user u where u.id = current_person() and u.second_factor_at is null for no key update;
	if not found then
		raise exception using errcode = 'SM409', message = 'You have a second factor already. Turn it off first, then set it up anew.';
	end if;
	update second_factor f set last_step = step where f.user_id = current_person() and f.sealed = given;
	if not found then
		raise exception using errcode = 'SM409', message = 'The second factor was set up again meanwhile. Use the newest code to scan.';
	end if;
	update app_user u set second_factor_at = now() where u.id = current_person();
	perform recovery_codes_replace(current_person(), hashes);
end $$;

-- Takes a code: the step of an authenticator's, or the hash of a recovery code. Each is taken once: of two requests with the same one the
-- second waits for the first, and finds nothing.
create function second_factor_take(person uuid, step bigint, code bytea) returns void language plpgsql as $$
begin
	if step is not null then
		update second_factor f set last_step = step from app_user u
		where f.user_id = person and f.last_step < step and u.id = f.user_id and u.second_factor_at is not null;
	else
		delete from recovery_code r where r.user_id = person and r.code_hash = code;
	end if;
	if not found then
		raise exception using errcode = 'SM422', message = 'This code is not right, or was used before. Wait for the next one and try that.';
	end if;
end $$;

create function recovery_codes_renew(step bigint, code bytea, hashes text[]) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	perform second_factor_take(current_person(), step, code), recovery_codes_replace(current_person(), hashes);
end $$;

create function second_factor_forget(person uuid) returns boolean language plpgsql as $$
declare
	had boolean;
begin
	update app_user u set second_factor_at = null where u.id = person and u.second_factor_at is not null;
	had := found;
	delete from second_factor f where f.user_id = person;
	delete from recovery_code r where r.user_id = person;
	delete from sign_in_challenge c where c.user_id = person;
	return had;
end $$;

create function second_factor_disable(step bigint, code bytea) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform second_factor_take(current_person(), step, code), second_factor_forget(current_person());
end $$;

-- ---- of others, by an administrator or on the server: for who has lost the app and the recovery codes ----

create function second_factor_remove(whose uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not second_factor_forget(whose) then
		raise exception using errcode = 'SM404', message = 'There is no such person, or they have no second factor.';
	end if;
end $$;

-- ---- at sign-in ----

create function challenge_make(whose uuid, token bytea) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	insert into sign_in_challenge (token_hash, user_id) values (token, whose);
	delete from sign_in_challenge where token_hash = any (array(
		select c.token_hash from sign_in_challenge c where c.expires_at < now() order by c.expires_at limit 100 for update skip locked));
end $$;

-- What the code is compared with; no row: it was used, has expired, or never was one. Whoever is here knew the password, so that ten attempts
-- are counted for the person, wherever they come from.
create function challenge_look(attempt uuid, address text, token bytea) returns table (wait integer, person uuid, key_id uuid, sealed text)
	language sql security definer set search_path = public, pg_temp as $$
	select attempt_begin(attempt, 'second-factor:' || c.user_id, address), c.user_id, f.key_id, encode(f.sealed, 'hex')
	from sign_in_challenge c join app_user u on u.id = c.user_id left join second_factor f on f.user_id = c.user_id
	where c.token_hash = token and c.expires_at > now() and u.disabled_at is null
$$;

-- The session, for a challenge and a code: both are gone with it.
create function challenge_meet(challenge bytea, step bigint, code bytea, token bytea, address text, agent text, seconds integer) returns void
	language plpgsql security definer set search_path = public, pg_temp as $$
declare
	whose uuid;
begin
	delete from sign_in_challenge c using app_user u
	where c.token_hash = challenge and c.expires_at > now() and u.id = c.user_id and u.disabled_at is null returning c.user_id into whose;
	if whose is null then
		raise exception using errcode = 'SM401', message = 'This sign-in has come to its end. Begin again with your e-mail address and password.';
	end if;
	perform second_factor_take(whose, step, code), session_make(whose, token, address, agent, seconds);
end $$;

grant execute on function second_factor_read(), second_factor_look(uuid, text), second_factor_begin(uuid, bytea),
	second_factor_confirm(bytea, bigint, text[]), recovery_codes_renew(bigint, bytea, text[]), second_factor_disable(bigint, bytea),
	second_factor_remove(uuid), challenge_make(uuid, bytea), challenge_look(uuid, text, bytea),
	challenge_meet(bytea, bigint, bytea, bytea, text, text, integer) to stepmill_api;

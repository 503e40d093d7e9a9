-- Workspaces and who belongs to them: making, archiving, members and their roles, invitations by link.
--
-- What decides by roles does it under a lock on the workspace's row, with the role that counts then: guard() has looked before. So two owners
-- who demote each other at once do not leave the workspace without one. All of it with its owner's rights: programs may not write memberships.

create table invitation (
	workspace_id uuid not null references workspace on delete cascade,
	id           uuid not null,
	token_hash   bytea not null unique check (length(token_hash) = 32), -- the link is shown once
	role         text not null check (role in ('viewer', 'member', 'admin', 'owner')),
	note         text not null check (length(note) <= 254), -- for whom, in the words of who invited
	created_by   uuid not null references app_user,
	created_at   timestamptz not null default now(),
	expires_at   timestamptz not null default now() + interval '7 days',
	accepted_by  uuid references app_user,
	revoked_at   timestamptz,
	primary key (workspace_id, id)
);
call table_closed('invitation');

-- ---- workspaces ----

create function workspace_json(w workspace) returns json language sql stable as $$
	select json_build_object('id', w.id, 'slug', w.slug, 'name', w.name, 'created_at', wire_time(w.created_at), 'retention_days', w.retention_days,
		'archived_at', wire_time(w.archived_at))
$$;

-- In a transaction without a workspace; from here on it is this one. The key of the request is the person's own: there their id stands for the workspace.
create function workspace_create(new_id uuid, title text, address text, given_key text, request bytea)
	returns table (replayed boolean, answer text) language plpgsql security definer set search_path = public, pg_temp as $$
declare
	plain text := coalesce(nullif(trim(both '-' from left(regexp_replace(lower(title), '[^a-z0-9]+', '-', 'g'), 40)), ''), 'workspace');
begin
	answer := idempotency_begin(current_person(), given_key, request);
	replayed := answer is not null;
	if replayed then
		return next;
		return;
	end if;
	perform from app_user u where u.id = current_person() for no key update;
	if (select count(*) from membership m where m.user_id = current_person() and m.role = 'owner') >= 100 then
		raise exception using errcode = 'SM409', message = 'You own 100 workspaces, which is the most. Hand one over, or leave it, first.';
	end if;
	begin
		insert into workspace (id, slug, name) values (new_id, coalesce(address, case when exists (select from workspace w where w.slug = plain)
			then plain || '-' || left(md5(new_id::text), 8) else plain end), title)
		on conflict (id) do nothing; -- sent again after a lost connection
	exception when unique_violation then
		if address is not null then
			raise exception using errcode = 'SM409', message = format('Another workspace is called %s in addresses already. Choose another short name.', address);
		end if;
		insert into workspace (id, slug, name) values (new_id, plain || '-' || left(md5(new_id::text), 8), title);
	end;
	insert into membership (workspace_id, user_id, role) values (new_id, current_person(), 'owner') on conflict do nothing;
	perform set_config('stepmill.workspace', new_id::text, true);
	if found then
		perform audit('workspace', new_id::text, title);
	end if;
	select workspace_json(w)::text into strict answer from workspace w where w.id = new_id;
	perform idempotency_end(current_person(), given_key, answer);
	return next;
end $$;

-- The role that the person of this request has now; nobody changes roles here until this transaction ends.
create function member_lock(space uuid) returns text language plpgsql as $$
declare
	has text;
begin
	if space is distinct from current_workspace() then
		raise exception using errcode = 'SM404', message = 'This does not exist, or you cannot see it.';
	end if;
	perform from workspace w where w.id = space for no key update;
	select m.role into has from membership m where m.workspace_id = space and m.user_id = current_person();
	if has is null then
		raise exception using errcode = 'SM404', message = 'This does not exist, or you cannot see it.';
	end if;
	return has;
end $$;

create function member_needs(has text, needed text, what text) returns void language plpgsql as $$
begin
	if role_rank(has) < role_rank(needed) then
		raise exception using errcode = 'SM403', message = format('%s needs the role %s; you are %s here. Nothing was changed.', what, needed, has);
	end if;
end $$;

create function workspace_archive(space uuid, away boolean) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	perform member_needs(member_lock(space), 'owner', case when away then 'Archiving a workspace' else 'Restoring a workspace' end);
	update workspace w set archived_at = case when away then now() end where w.id = space and (w.archived_at is null) = away;
	if found then
		perform audit('workspace', space::text, (select w.name from workspace w where w.id = space));
	end if;
end $$;

-- ---- members ----

-- `manages`: for somebody who manages members. Others learn who is here as what, and the rest of themselves.
create function member_json(m membership, u app_user, manages boolean) returns json language sql stable as $$
	select json_build_object('user', wire_person(m.user_id, u.name), 'role', m.role, 'since', wire_time(m.created_at),
		'email', case when manages then u.email end, 'second_factor', case when manages then u.second_factor_at is not null end,
		'last_seen_at', case when manages then wire_time(person_seen(u)) end)
$$;

create function member_list(space uuid) returns text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
	return (select json_build_object('data', coalesce(json_agg(member_json(m, u, role_rank(me.role) >= 3 or u.id = me.user_id)
			order by role_rank(m.role) desc, lower(u.name), u.id), '[]'))::text
		from membership me
		join membership m on m.workspace_id = me.workspace_id
		join app_user u on u.id = m.user_id
		where me.workspace_id = space and space = current_workspace() and me.user_id = current_person());
end $$;

-- Of a member whose role is about to change or end; under member_lock().
create function member_leaves(space uuid, who uuid, has text) returns void language plpgsql as $$
begin
	if has = 'owner' and not exists (select from membership m where m.workspace_id = space and m.role = 'owner' and m.user_id <> who) then
		raise exception using errcode = 'SM409',
			message = 'A workspace cannot be without an owner. Nothing was changed. Make somebody else an owner first.';
	end if;
end $$;

create function member_role(space uuid, who uuid, new_role text) returns text language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	mine text := member_lock(space);
	has  text;
begin
	select m.role into has from membership m where m.workspace_id = space and m.user_id = who;
	perform member_needs(mine, 'admin', 'Changing a role');
	if has is null then
		raise exception using errcode = 'SM404', message = 'Nobody of this id is a member of the workspace. The list of members has their ids.';
	end if;
	if has = 'owner' or new_role = 'owner' then
		perform member_needs(mine, 'owner', 'Making or changing an owner');
	end if;
	if has <> new_role then
		perform member_leaves(space, who, has);
		update membership m set role = new_role where m.workspace_id = space and m.user_id = who;
		perform audit('member', who::text, person_name(who), null, jsonb_build_object('role', new_role, 'role_before', has));
	end if;
	return (select member_json(m, u, true)::text from membership m join app_user u on u.id = m.user_id
		where m.workspace_id = space and m.user_id = who);
end $$;

-- What they keep private stays, unseen, until an owner gives it to somebody: member_reassign().
create function member_remove(space uuid, who uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
	mine text := member_lock(space);
	has  text;
begin
	select m.role into has from membership m where m.workspace_id = space and m.user_id = who;
	perform member_needs(mine, case when who = current_person() then 'viewer' else 'admin' end, 'Removing a member');
	if has is null then
		raise exception using errcode = 'SM404', message = 'Nobody of this id is a member of the workspace. The list of members has their ids.';
	end if;
	if has = 'owner' then
		perform member_needs(mine, 'owner', 'Removing an owner');
	end if;
	perform member_leaves(space, who, has);
	delete from membership m where m.workspace_id = space and m.user_id = who;
	perform audit('member', who::text, person_name(who), null, jsonb_build_object('role_before', has));
end $$;

create function member_transfer(space uuid, who uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform member_needs(member_lock(space), 'owner', 'Handing a workspace over');
	if who = current_person() then
		raise exception using errcode = 'SM409', message = 'The workspace is yours already. Choose somebody else.';
	end if;
	update membership m set role = 'owner' where m.workspace_id = space and m.user_id = who;
	if not found then
		raise exception using errcode = 'SM404', message = 'Nobody of this id is a member of the workspace. The list of members has their ids.';
	end if;
	update membership m set role = 'admin' where m.workspace_id = space and m.user_id = current_person();
	perform audit('member', who::text, person_name(who), null, jsonb_build_object('role', 'owner'));
end $$;

-- Private things of somebody who has left go to a member; of somebody who is there they are nobody else's business.
create function member_reassign(space uuid, who uuid, new_owner uuid) returns text language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	prompts   bigint;
	workflows bigint;
	runs      bigint;
begin
	perform member_needs(member_lock(space), 'owner', 'Giving private things to somebody');
	if exists (select from membership m where m.workspace_id = space and m.user_id = who) then
		raise exception using errcode = 'SM409', message = 'This person is a member: what they keep private is theirs. Remove them first.';
	end if;
	update prompt p set created_by = new_owner where p.workspace_id = space and p.created_by = who and p.visibility = 'private';
	get diagnostics prompts = row_count;
	update workflow w set created_by = new_owner where w.workspace_id = space and w.created_by = who and w.visibility = 'private';
	get diagnostics workflows = row_count;
	update run r set private_to = new_owner where r.workspace_id = space and r.private_to = who;
	get diagnostics runs = row_count;
	if prompts + workflows + runs = 0 then
		raise exception using errcode = 'SM404', message = 'Nobody of this id has left anything private here.';
	elsif not exists (select from membership m where m.workspace_id = space and m.user_id = new_owner) then
		raise exception using errcode = 'SM404', message = 'Whom it should go to is not a member of the workspace. Choose a member, or invite them first.';
	end if;
	perform audit('member', who::text, person_name(who), null,
		jsonb_build_object('to', new_owner, 'prompts', prompts, 'workflows', workflows, 'runs', runs));
	return json_build_object('prompts', prompts, 'workflows', workflows, 'runs', runs)::text;
end $$;

-- Who has left and kept something private here: how many things wait for member_reassign().
create function members_gone(space uuid) returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('data', coalesce(json_agg(json_build_object('user', wire_person(g.who, person_name(g.who)),
		'prompts', g.prompts, 'workflows', g.workflows, 'runs', g.runs) order by lower(person_name(g.who)), g.who), '[]'))::text
	from (
		select t.who, count(*) filter (where t.kind = 'prompt') as prompts, count(*) filter (where t.kind = 'workflow') as workflows,
			count(*) filter (where t.kind = 'run') as runs
		from (
			select p.created_by as who, 'prompt' as kind from prompt p where p.workspace_id = space and p.visibility = 'private'
			union all
			select w.created_by, 'workflow' from workflow w where w.workspace_id = space and w.visibility = 'private'
			union all
			select r.private_to, 'run' from run r where r.workspace_id = space and r.private_to is not null
		) t
		where space = current_workspace() and not exists (select from membership m where m.workspace_id = space and m.user_id = t.who)
		group by t.who
	) g
$$;
grant execute on function members_gone(uuid) to stepmill_api;

-- ---- invitations ----

create function invitation_json(i invitation) returns jsonb language sql stable as $$
	select jsonb_build_object('id', i.id, 'role', i.role, 'note', i.note, 'created_by', wire_person(i.created_by, person_name(i.created_by)),
		'created_at', wire_time(i.created_at), 'expires_at', wire_time(i.expires_at))
$$;

create function invitation_create(space uuid, new_id uuid, hash bytea, as_role text, whom text) returns text language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	mine text := member_lock(space);
begin
	perform member_needs(mine, 'admin', 'Inviting somebody');
	perform member_needs(mine, as_role, format('Inviting somebody as %s', as_role));
	if (select count(*) from invitation i where i.workspace_id = space and i.accepted_by is null and i.revoked_at is null and i.expires_at > now()) >= 1000 then
		raise exception using errcode = 'SM409', message = 'A thousand invitations are open, which is the most. Revoke some that are not needed.';
	end if;
	insert into invitation (workspace_id, id, token_hash, role, note, created_by) values (space, new_id, hash, as_role, whom, current_person())
	on conflict (workspace_id, id) do nothing;
	if found then
		perform audit('invitation', new_id::text, whom, null, jsonb_build_object('role', as_role));
	end if;
	return (select invitation_json(i)::text from invitation i where i.workspace_id = space and i.id = new_id);
end $$;

-- Those that can still be accepted, and those that have run out in the last 30 days.
create function invitation_list(space uuid) returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('data', coalesce(json_agg(invitation_json(i) order by i.created_at desc, i.id), '[]'))::text
	from invitation i
	where i.workspace_id = space and space = current_workspace() and i.accepted_by is null and i.revoked_at is null
		and i.expires_at > now() - interval '30 days'
$$;

create function invitation_revoke(space uuid, which uuid) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
	i invitation;
begin
	perform member_needs(member_lock(space), 'admin', 'Revoking an invitation');
	select * into i from invitation n where n.workspace_id = space and n.id = which for update;
	if i.id is null then
		raise exception using errcode = 'SM404', message = 'There is no such invitation. It may have been revoked already.';
	elsif i.accepted_by is not null then
		raise exception using errcode = 'SM409', message = 'The invitation was accepted already. Remove the member instead.';
	elsif i.revoked_at is null then
		update invitation n set revoked_at = now() where n.workspace_id = space and n.id = which;
		perform audit('invitation', which::text, i.note, null, jsonb_build_object('role', i.role));
	end if;
end $$;

-- Why it cannot be accepted by this person; null: it can. Whoever invited must still be allowed to.
create function invitation_refusal(i invitation) returns text language sql stable as $$
	select case
		when i.accepted_by is not null then 'The invitation was used already. Ask for another.'
		when i.revoked_at is not null then 'The invitation was withdrawn. Ask for another.'
		when i.expires_at <= now() then 'The invitation has run out: it was good for 7 days. Ask for another.'
		when not exists (select from membership m where m.workspace_id = i.workspace_id and m.user_id = i.created_by
			and role_rank(m.role) >= greatest(3, role_rank(i.role))) then 'Whoever sent this invitation may not invite any more. Ask somebody else for one.'
		when exists (select from workspace w where w.id = i.workspace_id and w.archived_at is not null) then 'The workspace is archived. An owner can restore it.'
		when exists (select from membership m where m.workspace_id = i.workspace_id and m.user_id = current_person())
			then 'You belong to this workspace already. Nothing was changed.'
		when (select count(*) from membership m where m.workspace_id = i.workspace_id) >= 1000
			then 'The workspace has a thousand members, which is the most.'
	end
$$;

create function invitation_read(hash bytea) returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object('workspace', json_build_object('id', w.id, 'name', w.name), 'role', i.role, 'invited_by', person_name(i.created_by),
		'expires_at', wire_time(i.expires_at), 'refusal', invitation_refusal(i))::text
	from invitation i join workspace w on w.id = i.workspace_id where i.token_hash = hash
$$;

create function invitation_accept(hash bytea) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
	i   invitation;
	why text;
begin
	select * into i from invitation n where n.token_hash = hash;
	if i.id is null then
		raise exception using errcode = 'SM404', message = 'There is no such invitation. Look whether the whole link was copied.';
	end if;
	perform from workspace w where w.id = i.workspace_id for no key update;
	select * into i from invitation n where n.token_hash = hash for update;
	perform set_config('stepmill.workspace', i.workspace_id::text, true);
	if i.accepted_by is distinct from current_person() or not exists (
			select from membership m where m.workspace_id = i.workspace_id and m.user_id = current_person()) then
		why := invitation_refusal(i);
		if why is not null then
			raise exception using errcode = 'SM409', message = why;
		end if;
		insert into membership (workspace_id, user_id, role) values (i.workspace_id, current_person(), i.role);
		update invitation n set accepted_by = current_person() where n.workspace_id = i.workspace_id and n.id = i.id;
		perform audit('member', current_person()::text, person_name(current_person()), null, jsonb_build_object('role', i.role, 'invited_by', i.created_by));
	end if;
	return (select json_build_object('id', w.id, 'slug', w.slug, 'name', w.name, 'role', m.role, 'archived_at', wire_time(w.archived_at))::text
		from workspace w join membership m on m.workspace_id = w.id and m.user_id = current_person() where w.id = i.workspace_id);
end $$;

grant execute on function workspace_json(workspace), workspace_create(uuid, text, text, text, bytea), workspace_archive(uuid, boolean), member_list(uuid), member_role(uuid, uuid, text),
	member_remove(uuid, uuid), member_transfer(uuid, uuid), member_reassign(uuid, uuid, uuid), invitation_create(uuid, uuid, bytea, text, text),
	invitation_list(uuid), invitation_revoke(uuid, uuid), invitation_read(bytea), invitation_accept(bytea) to stepmill_api;

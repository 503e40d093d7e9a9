-- What becomes of runs that nobody needs any more: deleted by people, alone or many at once; by their age; and the months that hold
-- nothing any more. And requests to many runs at once.
--
-- Deleting is two things. run_hide() marks a run that has ended: from then on row-level security shows it to nobody. engine_purge(),
-- called by the executors, removes marked runs with their steps, events, blobs and requests, some thousand rows a transaction.
-- The ledger stays: it is what was spent, and no part of a run.

-- ---- one and many ----

-- A run, and all that were started in it, by its steps and by theirs.
create function run_family(space uuid, asked uuid[]) returns table (id uuid) language sql stable as $$
	with recursive family (id) as (
		select unnest(asked)
		union
		select c.id from family f join run c on c.workspace_id = space and c.parent_run_id = f.id
	)
	select f.id from family f
$$;

-- Is a run that is about to be deleted still needed? It lives, or one of those it has started does, or the run whose step has started it, which may not have
-- read its output.
create function run_needed(space uuid, asked uuid) returns boolean language sql stable as $$
	select exists (select from run_family(space, array[asked]) f join run_live l on l.workspace_id = space and l.run_id = f.id)
		or exists (select from run r join run_live l on l.workspace_id = space and l.run_id = r.parent_run_id
			where r.workspace_id = space and r.id = asked)
$$;

-- Marks those of these runs that have ended and that the person may see, with those that were started in them; how many of these. With its owner's rights, because programs may not
-- change runs, and because a row that its writer could not see any more would be refused.
create function run_hide(asked uuid[]) returns bigint language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	hidden bigint;
begin
	update run r set deleted_at = now(), deleted_by = current_person()
	where r.workspace_id = current_workspace() and r.deleted_at is null
		and r.id in (select f.id from run_family(current_workspace(), array(
			select k.id from run k where k.workspace_id = current_workspace() and k.id = any (asked)
				and k.status in ('completed', 'failed', 'cancelled') and (k.private_to is null or k.private_to = current_person())
				and not run_needed(k.workspace_id, k.id)
			order by k.id for no key update)) f);
	select count(*) into hidden from run r
	where r.workspace_id = current_workspace() and r.id = any (asked) and r.deleted_at = now() and r.deleted_by = current_person();
	return hidden;
end $$;

-- False: it was deleted by the same person a moment ago, in this request as far as anybody can tell.
create function run_deleted_before(asked uuid) returns boolean language sql stable security definer
	set search_path = public, pg_temp as $$
	select exists (select from run r where r.workspace_id = current_workspace() and r.id = asked and r.deleted_by = current_person()
		and r.deleted_at > now() - interval '1 minute')
$$;

create function run_delete(space uuid, asked uuid) returns void language plpgsql as $$
declare
	has    text;
	called text;
	whose   uuid;
begin
	select r.status, r.name, r.private_to into has, called, whose from run r where r.workspace_id = space and r.id = asked;
	if has is null and run_deleted_before(asked) then
		return; -- the repeat of a batch that had been committed
	end if;
	if has is null then
		raise exception using errcode = 'SM404', message = 'There is no such run, or you cannot see it.';
	end if;
	if has not in ('completed', 'failed', 'cancelled') then
		raise exception using errcode = 'SM409',
			message = format('The run has not ended: it is %s. Nothing was deleted. Cancel it first.', has);
	end if;
	if run_hide(array[asked]) = 0 then
		raise exception using errcode = 'SM409', message = case when exists (select from run_live l where l.workspace_id = space and l.run_id <> asked
				and l.run_id in (select f.id from run_family(space, array[asked]) f union select r.parent_run_id from run r where r.workspace_id = space and r.id = asked))
			then 'The run that has started it, or one that it has started, has not ended. Nothing was deleted. Cancel that one first.' else 'The run is about to run again. Nothing was deleted. Cancel it first.' end;
	end if;
	perform audit('run', asked::text, called, whose);
end $$;

-- Of the runs that somebody sees: those that fit, newest first from a place on, at most so many. Null: any. For `deed` cancel, without
-- ids, only what is live is looked at: a workspace has few of those among many that have ended.
create function run_choose(space uuid, deed text, flow uuid, project uuid, statuses text[], since timestamptz, before timestamptz, ids uuid[],
	place timestamptz, place_id uuid, at_most integer)
	returns table (id uuid, status text, created_at timestamptz) language plpgsql stable as $$
begin
	return query execute 'select r.id, r.status, r.created_at from '
		|| case when deed = 'cancel' and ids is null then 'run_live l cross join lateral (
				select n.* from run n where n.workspace_id = l.workspace_id and n.id = l.run_id limit 1) r where l.workspace_id = $1'
			else 'run r where r.workspace_id = $1' end
		|| case when flow is not null then ' and r.workflow_id = $2' else '' end
		|| case when project is not null then ' and r.project_id = $10' else '' end
		|| case when statuses is not null then ' and r.status = any ($3)' else '' end
		|| case when since is not null then ' and r.created_at >= $4' else '' end
		|| case when before is not null then ' and r.created_at < $5' else '' end
		|| case when ids is not null then ' and r.id = any ($6)' else '' end
		|| case when place is not null then ' and r.created_at <= $7 and (r.created_at < $7 or r.id > $8)' else '' end
		|| ' order by r.created_at desc, r.id limit $9'
		using space, flow, statuses, since, before, ids, place, place_id, at_most, project;
end $$;

-- A new id of a request, as programs make them: by time; of several that are made at once, by their place. Requests of a turn are read in this order.
create function run_request_id(place bigint default 0) returns uuid language sql volatile as $$
	select (left(id_floor(clock_timestamp())::text, 15) || lpad(to_hex(place & 4095), 3, '0') || substr(gen_random_uuid()::text, 19))::uuid
$$;

-- Cancels, deletes or retries what fits. `accepted`: asked, or deleted; of a dry run: would be. The rest had ended, or not, or was asked
-- before, or cannot be retried in this way. Where more fit: the place to go on from. The last four are what run_reopen() takes.
create function run_bulk(space uuid, deed text, flow uuid, project uuid, statuses text[], since timestamptz, before timestamptz, asked uuid[],
	place timestamptz, place_id uuid, at_most integer, dry boolean, start_at text, wanted text, other_models text, made_by_planner integer,
	out matched bigint, out accepted bigint, out next_at timestamptz, out next_id uuid) language plpgsql as $$
declare
	ended constant text[] := '{completed,failed,cancelled}';
	live  constant text[] := '{pending,running,paused}';
	fits  uuid[];
	more  boolean;
	one   uuid;
begin
	if statuses is null and asked is null then
		statuses := case deed when 'cancel' then live when 'retry' then '{failed,cancelled}' else ended end;
	end if;
	with chosen as (
		select c.*, row_number() over (order by c.created_at desc, c.id) as n
		from run_choose(space, deed, flow, project, statuses, since, before, asked, place, place_id, at_most + 1) c
	)
	select count(*) filter (where c.n <= at_most), array_agg(c.id order by c.id) filter (where c.n <= at_most and case deed
			when 'cancel' then c.status = any (live) and not exists (select from run_inbox i
				where i.workspace_id = space and i.run_id = c.id and i.kind = 'cancel')
			when 'retry' then c.status = any (ended) and not exists (select from run_live l where l.workspace_id = space and l.run_id = c.id)
			else c.status = any (ended) end),
		max(c.created_at) filter (where c.n = at_most), (array_agg(c.id) filter (where c.n = at_most))[1], count(*) > at_most
	into matched, fits, next_at, next_id, more from chosen c;
	fits := coalesce(fits, '{}');
	if not more then
		next_at := null;
		next_id := null;
	end if;
	if dry then
		accepted := cardinality(fits);
	elsif deed = 'cancel' then
		insert into run_inbox (workspace_id, run_id, id, kind, generation, dedup, created_by)
		select space, r.id, run_request_id(), 'cancel', r.generation, 'cancel:' || r.generation, current_person()
		from run r where r.workspace_id = space and r.id = any (fits)
		on conflict (workspace_id, run_id, dedup) where dedup is not null do nothing;
		get diagnostics accepted = row_count;
	elsif deed = 'retry' then
		accepted := 0;
		foreach one in array fits loop
			begin
				perform run_reopen(space, one, run_request_id(), start_at, null, null, wanted, other_models, 1, made_by_planner);
				accepted := accepted + 1;
			exception when sqlstate 'SM404' or sqlstate 'SM409' or sqlstate 'SM422' then
				null; -- nothing is left to retry in it, its version is gone, or somebody was quicker
			end;
		end loop;
	else
		accepted := run_hide(fits);
	end if;
	if not dry and deed <> 'retry' and accepted > 0 then -- a retry tells of each run
		perform audit('run', null, null, null, jsonb_strip_nulls(jsonb_build_object('runs', accepted, 'workflow', flow, 'project', project, 'status', statuses,
			'since', since, 'before', before, 'chosen', cardinality(asked))));
	end if;
end $$;

grant execute on function run_family(uuid, uuid[]), run_needed(uuid, uuid), id_floor(timestamptz), run_request_id(bigint), run_hide(uuid[]), run_deleted_before(uuid), run_delete(uuid, uuid),
	run_choose(uuid, text, uuid, uuid, text[], timestamptz, timestamptz, uuid[], timestamptz, uuid, integer),
	run_bulk(uuid, text, uuid, uuid, text[], timestamptz, timestamptz, uuid[], timestamptz, uuid, integer, boolean, text, text, text, integer)
	to stepmill_api;
grant execute on function id_floor(timestamptz), run_request_id(bigint) to stepmill_executor;

-- ---- by age ----

-- Looks at up to `most` of a workspace's oldest runs from where the last look ended, and marks those that ended before its
-- retention, with those that were started in them. By creation, because that is what there is an index of; one on the end would cost every run that ends. Runs that live
-- long are passed over once an hour, a page a call.
create function run_expire(space uuid, days integer, from_at timestamptz, most integer) returns bigint language plpgsql as $$
declare
	edge   timestamptz := now() - make_interval(days => days);
	old    uuid[];
	looked bigint;
	last   timestamptz;
	marked bigint := 0;
begin
	select count(*), max(c.created_at), array_agg(c.id order by c.id) filter (where c.deleted_at is null and c.finished_at < edge
		and c.status in ('completed', 'failed', 'cancelled'))
	into looked, last, old from (
		select r.id, r.created_at, r.deleted_at, r.finished_at, r.status from run r
		where r.workspace_id = space and r.created_at >= coalesce(from_at, '-infinity') and r.created_at < edge
		order by r.created_at, r.id desc limit most) c;
	update run r set deleted_at = now()
	where r.workspace_id = space and r.deleted_at is null and r.id in (select f.id from run_family(space, array(
		select k.id from run k where k.workspace_id = space and k.id = any (old) and k.deleted_at is null
			and not run_needed(space, k.id)
		order by k.id for no key update skip locked)) f);
	get diagnostics marked = row_count;
	update workspace w set swept_at = case when looked < most then now() else w.swept_at end,
		-- Of one moment more were made than a look takes in: past them.
		swept_to = case when looked < most then null when last = from_at then last + interval '1 microsecond' else last end
	where w.id = space;
	return marked;
end $$;

-- Removes what hangs on a run, up to `budget` rows, and then the run; returns what is left of it. What the run has spent stays with the one whose step had
-- started it, whose own limit counts it: quota_spent_of_run(). When somebody writes that one at this moment the run is left for the next time: nobody is waited for.
create function run_remove(space uuid, gone uuid, budget bigint) returns bigint language plpgsql as $$
declare
	n     bigint;
	above uuid;
begin
	delete from run_record e where e.workspace_id = space and e.run_id = gone and e.seq in (
		select f.seq from run_record f where f.workspace_id = space and f.run_id = gone order by f.seq limit budget);
	get diagnostics n = row_count;
	budget := budget - n;
	if budget > 0 then
		delete from step_run s where s.workspace_id = space and s.run_id = gone and (s.path, s.attempt) in (
			select f.path, f.attempt from step_run f where f.workspace_id = space and f.run_id = gone order by f.path, f.attempt limit budget);
		get diagnostics n = row_count;
		budget := budget - n;
	end if;
	if budget > 0 then
		-- A part of a large text weighs as much as a hundred rows.
		delete from blob b where b.workspace_id = space and b.run_id = gone and (b.id, b.part) in (
			select f.id, f.part from blob f where f.workspace_id = space and f.run_id = gone order by f.id, f.part limit (budget + 99) / 100);
		get diagnostics n = row_count;
		budget := budget - n * 100;
	end if;
	if budget > 0 then
		select r.parent_run_id into above from run r where r.workspace_id = space and r.id = gone;
		perform from run p where p.workspace_id = space and p.id = above for no key update skip locked;
		if not found and exists (select from run p where p.workspace_id = space and p.id = above) then
			return budget;
		end if;
		update run p set gone_nano = coalesce(p.gone_nano, 0) + coalesce(r.gone_nano, 0)
			+ coalesce((select sum(coalesce(l.cost_nano, l.reserved_nano)) from ledger l where l.workspace_id = space and l.run_id = gone), 0)
		from run r where r.workspace_id = space and r.id = gone and p.workspace_id = space and p.id = above;
		delete from run_inbox i where i.workspace_id = space and i.run_id = gone;
		delete from run r where r.workspace_id = space and r.id = gone and r.deleted_at is not null;
		budget := budget - 1;
	end if;
	return budget;
end $$;

-- One transaction's worth of deleting: marks what is too old, then removes up to `budget` rows of what is marked. One executor at a
-- time; `busy`: there is more. Nothing of a run that is live is touched: where one was asked to run again in the moment it was
-- deleted, that is taken back, or it is cancelled and waited for.
create function engine_purge(budget bigint, out expired bigint, out removed bigint, out busy boolean) language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	w     record;
	r     record;
	rest  bigint := budget;
	found_any boolean := false;
begin
	expired := 0;
	removed := 0;
	busy := false;
	if not pg_try_advisory_xact_lock(hashtextextended('stepmill.purge', 0)) then
		return;
	end if;
	for w in select k.id, k.retention_days, k.swept_to from workspace k
		where k.retention_days is not null and (k.swept_to is not null or k.swept_at is null or k.swept_at < now() - interval '1 hour')
		order by k.swept_at nulls first limit 8
	loop
		expired := expired + run_expire(w.id, w.retention_days, w.swept_to, 1000);
		busy := true;
	end loop;
	for r in select d.workspace_id, d.id, l.holder, l.run_id is not null as live from run d
		left join run_live l on l.workspace_id = d.workspace_id and l.run_id = d.id
		where d.deleted_at is not null
			and not exists (select from run c where c.workspace_id = d.workspace_id and c.parent_run_id = d.id) -- these go first: run_remove()
		order by d.deleted_at limit 500
	loop
		exit when rest <= 0;
		if r.holder is not null then
			insert into run_inbox (workspace_id, run_id, id, kind, dedup)
			values (r.workspace_id, r.id, gen_random_uuid(), 'cancel', 'cancel')
			on conflict (workspace_id, run_id, dedup) where dedup is not null do nothing;
			continue;
		elsif r.live then
			delete from run_live l where l.workspace_id = r.workspace_id and l.run_id = r.id and l.holder is null;
			continue when not found;
		end if;
		-- Whoever makes a fork of it has it locked (run_hold); one that is made is still being copied perhaps. Nobody is waited for.
		perform from run d where d.workspace_id = r.workspace_id and d.id = r.id for update skip locked;
		continue when not found
			or exists (select from run f where f.workspace_id = r.workspace_id and f.forked_from = r.id and f.copying is not null);
		found_any := true;
		rest := run_remove(r.workspace_id, r.id, rest);
	end loop;
	removed := budget - rest;
	busy := busy or found_any;
end $$;

-- ---- months ----

-- Is there a run of these ids that is not deleted, or one that lives? Goes from workspace to workspace along the primary key.
create function month_needed(first uuid, past uuid) returns boolean language plpgsql stable as $$
declare
	here uuid := '00000000-0000-0000-0000-000000000000';
begin
	if exists (select from run f where f.copying is not null and f.forked_from >= first and f.forked_from < past) then
		return true;
	end if;
	loop
		select r.workspace_id into here from run r where r.workspace_id > here order by r.workspace_id limit 1;
		exit when here is null;
		if exists (select from run r where r.workspace_id = here and r.id >= first and r.id < past and r.deleted_at is null) then
			return true;
		end if;
	end loop;
	here := '00000000-0000-0000-0000-000000000000';
	loop
		select l.workspace_id into here from run_live l where l.workspace_id > here order by l.workspace_id limit 1;
		exit when here is null;
		if exists (select from run_live l where l.workspace_id = here and l.run_id >= first and l.run_id < past) then
			return true;
		end if;
	end loop;
	return false;
end $$;

-- Drops one partition of a month that is over and needed by nobody: its runs are all deleted. One of the ledger besides only when
-- nothing in it is younger than the accounting period of the installation, 13 months: a year, and the month in which it is looked at.
-- A call drops at most one, so that no two tables are locked at once. It waits for that lock a tenth of a second, because everybody
-- else queues up behind it, and leaves it for the next time: `busy`.
create function partition_drop(out dropped text, out busy boolean) language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	child  record;
	first  uuid;
	past   uuid;
	recent boolean;
begin
	busy := false;
	if not pg_try_advisory_xact_lock(hashtextextended('stepmill.partition', 0)) then
		return;
	end if;
	for child in
		select p.relname as parent, c.relname as name, make_timestamptz(left(m.digits, 4)::integer, right(m.digits, 2)::integer, 1, 0, 0, 0, 'UTC') as month
		from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
			cross join lateral substring(c.relname from '_([0-9]{6})$') m (digits)
		where p.relname in ('step_run', 'run_record', 'blob', 'ledger') and p.relnamespace = 'public'::regnamespace
			and m.digits is not null
		order by month, p.relname
	loop
		continue when child.month + interval '1 month 1 day' > now();
		first := id_floor(child.month);
		past := id_floor(child.month + interval '1 month');
		continue when month_needed(first, past);
		if child.parent = 'ledger' then
			continue when child.month + interval '1 month' > now() - interval '13 months';
			execute format('select exists (select from %I where at > now() - interval ''13 months'')', child.name) into recent;
			continue when recent;
		end if;
		begin
			perform set_config('lock_timeout', '100ms', true);
			execute format('lock table only %I in access exclusive mode', child.parent);
			execute format('lock table %I in access exclusive mode', child.name);
			if not month_needed(first, past) then -- nobody can have added to it from here on
				execute format('drop table %I', child.name);
				dropped := child.name;
			end if;
			return;
		exception when lock_not_available then
			busy := true;
			return;
		end;
	end loop;
end $$;

grant execute on function engine_purge(bigint), partition_drop() to stepmill_executor;

-- Quotas: one mechanism for money, concurrency and rates. src/exec/README.md tells the whole; here is what runs in the database.
--
-- A limit is a row of quota. What executors have drawn from it is in quota_grant, one row an executor and limit, written by nobody
-- else while that executor lives. Left of a limit: cap - quota.spent - sum(grant.amount + grant.spent), and that is never below
-- zero: units are only ever handed out here, under the lock of the quota row.
--
-- Order of locks, everywhere: executor, quota (by key), run_live, quota_grant. A flush locks run_live and its own grants and never
-- waits for a quota row; so whoever has one may wait for a flush.

create table quota (
	workspace_id   uuid not null,
	scope          text not null collate "C", -- workspace, workflow:<id>, member:<id>, model:<vendor/model>, key:<text>; of money run:<id>, which
	                                          -- is what that run and all that its steps start may cost (step_cap)
	unit           text not null check (unit in ('money', 'concurrency', 'rate')),
	cap            bigint,   -- billionths of a dollar, calls in flight, calls in period_ms; null: nobody has set one
	period         text not null default 'none' check (period in ('none', 'day', 'month')), -- of money
	period_start   timestamptz not null default '-infinity',
	spent          bigint not null default 0, -- of money: what is no longer in a grant; below zero when a new period began meanwhile
	period_ms      bigint,   -- of a rate
	burst          bigint,   -- of a rate: calls that may come at once after a pause
	step_cap       bigint,   -- what the step that came last allows of its own key, whatever cap says
	step_period_ms bigint,
	step_burst     bigint,
	next_at        timestamptz, -- of a rate: when the next call may be made if calls are to be even. To hold a scope back until
	                            -- some time (a vendor says "retry after"), move it there
	wake_at        timestamptz, -- runs wait: when to look whether they still have to
	primary key (workspace_id, scope, unit)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
create index quota_wake_at on quota (wake_at) where wake_at is not null;

create table quota_grant (
	workspace_id uuid not null,
	scope        text not null collate "C",
	unit         text not null,
	incarnation  uuid not null,
	amount       bigint not null,           -- drawn and not spent, whether in use or not
	reserved     bigint not null default 0, -- of it: the most that calls under way may cost
	spent        bigint not null default 0,
	primary key (workspace_id, scope, unit, incarnation)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
create index quota_grant_incarnation on quota_grant (incarnation);

do $$
declare
	t text;
begin
	foreach t in array array['quota', 'quota_grant'] loop
		call table_closed(t);
		call table_of_tenants(t);
		call table_of_executor(t);
	end loop;
end $$;
grant select, insert, update, delete on quota, quota_grant to stepmill_executor;
grant select on quota, quota_grant to stepmill_api;

-- blocked_by of a run: the limit's unit and scope.
create function quota_key(unit text, scope text) returns text language sql immutable parallel safe as $$ select unit || ' ' || scope $$;

-- Locks rows of quota in the order of their keys.
create function quota_lock(spaces uuid[], scopes text[], units text[]) returns void language plpgsql as $$
begin
	perform from quota d join unnest(spaces, scopes, units) u (w, s, t) on d.workspace_id = u.w and d.scope = u.s collate "C" and d.unit = u.t
	order by d.workspace_id, d.scope, d.unit for update of d;
end $$;

-- When a period of money that is spent in periods begins: by UTC.
create function quota_period_start(period text) returns timestamptz language sql stable as $$
	select case when period in ('day', 'month') then date_trunc(period, now() at time zone 'UTC') at time zone 'UTC'
		else timestamptz '-infinity' end
$$;

-- Wakes blocked runs of a limit whose row the caller has locked: the first in line for as many units as are free, of calls at once at
-- most `freed` (null: all that are: some may have been promised to runs that were woken a moment ago), and those that must be told that there will never be enough. Returns how many. What is left waiting is looked
-- at again when wake_at has come: a run that was woken may have been paused meanwhile and use nothing.
--
-- A woken run keeps blocked_since and so its place, until it has what it waits for.
create function quota_wake(space uuid, of_scope text, of_unit text, freed bigint) returns bigint language plpgsql as $$
declare
	key     text := quota_key(of_unit, of_scope);
	at      timestamptz := clock_timestamp();
	q       quota;
	most    bigint;
	room    bigint;
	settled bigint := null; -- what can be spent at all any more
	woken   bigint;
	gap     bigint; -- microseconds
begin
	select * into q from quota where workspace_id = space and scope = of_scope and unit = of_unit;
	if not exists (select from run_live l where l.workspace_id = space and l.blocked_by = key) then
		if q.wake_at is not null then
			update quota set wake_at = null where workspace_id = space and scope = of_scope and unit = of_unit;
		end if;
		return 0;
	end if;
	most := least(q.cap, q.step_cap);
	if most is null then
		room := null; -- nobody limits it any more
	elsif of_unit = 'rate' then
		-- Those whose times come within a second: they are claimed meanwhile.
		gap := greatest(q.period_ms * 1000 / greatest(q.cap, 1), q.step_period_ms * 1000 / greatest(q.step_cap, 1), 1);
		room := greatest(0, (1000000 + quota_head(gap, least(q.burst, q.step_burst))
			- (extract(epoch from greatest(q.next_at, at) - at) * 1000000)::bigint + gap) / gap);
	else
		select most - q.spent - coalesce(sum(g.amount + g.spent), 0), most - q.spent - coalesce(sum(g.spent), 0) into room, settled
		from quota_grant g where g.workspace_id = space and g.scope = of_scope and g.unit = of_unit;
		room := greatest(0, case when of_unit = 'money' then room else least(room, freed) end);
	end if;
	with line as materialized (
		select l.run_id, l.blocked_need, l.priority, l.blocked_since from run_live l
		where l.workspace_id = space and l.blocked_by = key
		order by l.priority, l.blocked_since, l.run_id limit case when room is null then null else 1000 end
	), chosen as materialized (
		select n.run_id from (
			select line.run_id, line.blocked_need, sum(line.blocked_need) over (order by line.priority, line.blocked_since, line.run_id) as upto
			from line) n
		where room is null or n.upto <= room or (of_unit = 'money' and n.blocked_need > settled)
	)
	update run_live l set blocked_by = null, due_at = at from chosen c where l.workspace_id = space and l.run_id = c.run_id;
	get diagnostics woken = row_count;
	update quota set wake_at = at + case when of_unit = 'rate' then interval '250 ms' else interval '1 s' end
	where workspace_id = space and scope = of_scope and unit = of_unit;
	return woken;
end $$;

-- Limits whose blocked runs are to be looked at again, of any workspace; and in how many milliseconds the next is (null: none waits).
create function quota_wake_due(out woken bigint, out next_ms bigint) language plpgsql as $$
declare
	q record;
begin
	woken := 0;
	for q in select d.workspace_id, d.scope, d.unit from quota d where d.wake_at <= clock_timestamp()
		order by d.workspace_id, d.scope, d.unit limit 64 for no key update skip locked loop
		woken := woken + quota_wake(q.workspace_id, q.scope, q.unit, null);
	end loop;
	select (extract(epoch from min(d.wake_at) - clock_timestamp()) * 1000)::bigint into next_ms from quota d where d.wake_at is not null;
end $$;

-- What a run and all that its steps have started have spent and reserved, those that have been removed too, but for what grants of its own limit tell.
create function quota_spent_of_run(space uuid, asked uuid) returns bigint language sql stable as $$
	with recursive below (id, gone) as (
		select r.id, r.gone_nano from run r where r.workspace_id = space and r.id = asked
		union all
		select c.id, c.gone_nano from below b cross join lateral (
			select r.id, r.gone_nano from run r where r.workspace_id = space and r.parent_run_id = b.id offset 0) c
	)
	select (coalesce((select sum(coalesce(l.cost_nano, l.reserved_nano)) from below b join ledger l on l.workspace_id = space and l.run_id = b.id), 0)
		+ coalesce((select sum(b.gone) from below b), 0)
		- coalesce((select sum(g.spent + g.reserved) from quota_grant g
			where g.workspace_id = space and g.scope = 'run:' || asked and g.unit = 'money'), 0))::bigint
$$;

-- Draws for `me` what steps that are about to begin need. Limits come as arrays (own_: what the step itself allows, null where only
-- the limit's row counts); tickets as rows (ticket, its limit from 1, units, run), those of one ticket together and in the order in
-- which they came to be. A ticket gets all it needs or nothing. A `forced` one has begun already and only needs new times of its rates.
--
-- Answers a row a ticket: granted (at_us: when the call may be made, by the database's clock), blocked (by limit_no; `again`: it had
-- been before) or budget (the money of limit_no is spent: cap, spent); and a row a limit (ticket null): none (it does not limit),
-- scarce (give back at once what is idle), or free, with `given` units more than was asked for, for what comes next.
create function quota_draw(me uuid, spaces uuid[], scopes text[], units text[], own_caps bigint[], own_periods bigint[],
	own_bursts bigint[], tickets bigint[], limits bigint[], needs bigint[], runs uuid[], forced boolean, horizon_us bigint)
	returns table (ticket bigint, verdict text, limit_no bigint, given bigint, at_us bigint, late_us bigint, again boolean,
		max_units bigint, used bigint)
	language plpgsql as $$
declare
	clock   bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
	q       quota;
	k       integer;
	i       integer := 1;
	j       integer;
	caps    bigint[] := '{}';  -- null: does not limit
	room    bigint[] := '{}';
	spent   bigint[] := '{}';
	waits   boolean[] := '{}'; -- runs are blocked by it
	even_at bigint[] := '{}';  -- of a rate: when its next call may be made if calls are to be even
	gap     bigint[] := '{}';  -- of a rate: microseconds between two
	head    bigint[] := '{}';  -- of a rate: how much earlier a call may be made
	late    bigint[] := '{}';  -- of a rate: how much later than its time
	gave    bigint[] := '{}';
	extra   bigint;
	place   record;
	drawn   record;
	at      bigint;
begin
	loop -- until housekeeping has not just removed one of them
		insert into quota (workspace_id, scope, unit, step_cap, step_period_ms, step_burst, spent)
		select u.w, u.s, u.t, u.c, u.p, u.b, case when starts_with(u.s, 'run:') then quota_spent_of_run(u.w, substr(u.s, 5)::uuid) else 0 end
		from unnest(spaces, scopes, units, own_caps, own_periods, own_bursts) u (w, s, t, c, p, b)
		where u.c is not null and not exists (select from quota d where d.workspace_id = u.w and d.scope = u.s and d.unit = u.t)
		order by u.w, u.s, u.t on conflict do nothing;
		perform quota_lock(spaces, scopes, units);
		exit when not exists (
			select from unnest(spaces, scopes, units, own_caps) u (w, s, t, c) where u.c is not null
				and not exists (select from quota d where d.workspace_id = u.w and d.scope = u.s and d.unit = u.t));
	end loop;

	for k in 1 .. cardinality(spaces) loop
		select * into q from quota d where d.workspace_id = spaces[k] and d.scope = scopes[k] and d.unit = units[k];
		if q.unit = 'money' and q.period <> 'none' and q.period_start < quota_period_start(q.period) then
			-- What grants say was spent was spent before: taken off here, for their rows are their executors'.
			select -coalesce(sum(g.spent), 0) into q.spent from quota_grant g
			where g.workspace_id = spaces[k] and g.scope = scopes[k] and g.unit = units[k];
			update quota d set spent = q.spent, period_start = quota_period_start(q.period)
			where d.workspace_id = spaces[k] and d.scope = scopes[k] and d.unit = units[k];
		end if;
		if own_caps[k] is not null and (q.step_cap, q.step_period_ms, q.step_burst) is distinct from (own_caps[k], own_periods[k], own_bursts[k]) then
			update quota d set step_cap = own_caps[k], step_period_ms = own_periods[k], step_burst = own_bursts[k]
			where d.workspace_id = spaces[k] and d.scope = scopes[k] and d.unit = units[k];
		end if;
		caps[k] := least(q.cap, own_caps[k]);
		gave[k] := 0;
		waits[k] := exists (select from run_live l where l.workspace_id = spaces[k] and l.blocked_by = quota_key(units[k], scopes[k]));
		if units[k] = 'rate' then
			-- The slower of two; see quota.burst for the head start.
			gap[k] := greatest(q.period_ms * 1000 / greatest(q.cap, 1), own_periods[k] * 1000 / greatest(own_caps[k], 1), 1);
			head[k] := quota_head(gap[k], least(q.burst, own_bursts[k]));
			late[k] := quota_late(gap[k], least(q.burst, own_bursts[k]));
			even_at[k] := coalesce((extract(epoch from q.next_at) * 1000000)::bigint, 0);
		else
			select coalesce(sum(g.amount), 0) as amount, coalesce(sum(g.spent), 0) as spent into drawn
			from quota_grant g where g.workspace_id = spaces[k] and g.scope = scopes[k] and g.unit = units[k];
			spent[k] := q.spent + drawn.spent;
			room[k] := caps[k] - spent[k] - drawn.amount;
		end if;
	end loop;

	while i <= cardinality(tickets) loop
		j := i;
		while j < cardinality(tickets) and tickets[j + 1] = tickets[i] loop
			j := j + 1;
		end loop;
		select l.priority, l.blocked_since, l.blocked_by into place from run_live l
		where l.workspace_id = spaces[limits[i]] and l.run_id = runs[i] and l.holder = me;
		ticket := tickets[i];
		verdict := 'granted';
		limit_no := null;
		given := null;
		at := clock + case when forced then 5000 else 0 end; -- it had a time and missed it: this one it can be ready for
		late_us := null;
		again := place.blocked_since is not null;
		for r in i .. j loop
			k := limits[r];
			continue when caps[k] is null;
			if units[k] = 'money' and caps[k] - spent[k] < needs[r] then
				verdict := 'budget';
				limit_no := k;
				exit;
			end if;
			continue when verdict = 'blocked';
			if units[k] = 'rate' then
				at := greatest(at, even_at[k] - head[k]);
				late_us := least(late_us, late[k]);
			end if;
			if (units[k] <> 'rate' and room[k] < needs[r])
				or (units[k] = 'rate' and at > clock + horizon_us and not forced)
				-- Who came first goes first.
				or (waits[k] and not forced and exists (select from run_live l
					where l.workspace_id = spaces[k] and l.blocked_by = quota_key(units[k], scopes[k]) and l.run_id <> runs[i]
						and (l.priority, l.blocked_since) < (place.priority, coalesce(place.blocked_since, 'infinity')))) then
				verdict := 'blocked';
				limit_no := k;
				given := needs[r];
			end if;
		end loop;
		if verdict = 'granted' then
			for r in i .. j loop
				k := limits[r];
				continue when caps[k] is null;
				if units[k] = 'rate' then
					even_at[k] := greatest(even_at[k], at) + gap[k];
				else
					room[k] := room[k] - needs[r];
				end if;
				gave[k] := gave[k] + needs[r];
			end loop;
			if place.blocked_since is not null then
				update run_live l set blocked_by = null, blocked_since = null, blocked_need = null
				where l.workspace_id = spaces[limits[i]] and l.run_id = runs[i] and l.holder = me;
			end if;
		elsif verdict = 'blocked' and not forced then
			-- Now, and not when it is given back: whoever returns units from here on finds it.
			update run_live l set blocked_by = quota_key(units[limit_no], scopes[limit_no]), blocked_since = coalesce(l.blocked_since, clock_timestamp()),
				blocked_need = given
			where l.workspace_id = spaces[limits[i]] and l.run_id = runs[i] and l.holder = me;
			waits[limit_no] := true;
		elsif verdict = 'budget' then
			update run_live l set blocked_by = null, blocked_since = null, blocked_need = null
			where l.workspace_id = spaces[limits[i]] and l.run_id = runs[i] and l.holder = me and l.blocked_since is not null;
		end if;
		at_us := case when late_us is not null then at end;
		max_units := caps[limit_no];
		used := spent[limit_no];
		return next;
		i := j + 1;
	end loop;

	for k in 1 .. cardinality(spaces) loop
		ticket := null;
		limit_no := k;
		at_us := null;
		late_us := null;
		again := null;
		max_units := caps[k];
		used := spent[k];
		given := 0;
		if caps[k] is null then
			verdict := 'none';
		elsif units[k] = 'rate' then
			verdict := 'free';
			update quota d set next_at = timestamptz 'epoch' + even_at[k] * interval '1 microsecond',
				wake_at = case when waits[k] then coalesce(d.wake_at, clock_timestamp() + interval '250 ms') end
			where d.workspace_id = spaces[k] and d.scope = scopes[k] and d.unit = units[k] and (gave[k] > 0 or waits[k]);
		else
			-- A slice for what comes next, as long as there is plenty.
			extra := case when waits[k] or gave[k] = 0 then 0 else least(gave[k] * 4, room[k] / 8) end;
			if extra < gave[k] then
				extra := 0;
			end if;
			room[k] := room[k] - extra;
			given := extra;
			verdict := case when waits[k] or room[k] * 4 < caps[k] then 'scarce' else 'free' end;
			if gave[k] + extra > 0 then
				insert into quota_grant as g (workspace_id, scope, unit, incarnation, amount)
				values (spaces[k], scopes[k], units[k], me, gave[k] + extra)
				on conflict (workspace_id, scope, unit, incarnation) do update set amount = g.amount + excluded.amount;
			end if;
			if waits[k] then
				update quota d set wake_at = coalesce(d.wake_at, clock_timestamp() + interval '1 s')
				where d.workspace_id = spaces[k] and d.scope = scopes[k] and d.unit = units[k];
			end if;
		end if;
		return next;
	end loop;
end $$;

-- How much later than its time a call may still be made; after that it needs a new time.
create function quota_late(gap bigint, burst bigint) returns bigint language sql immutable as $$
	select gap * greatest(2, burst) / 2
$$;
-- How much earlier than evenly spaced a call may be made: `burst` calls at once after a pause, less what a call may be late
-- (quota_late), so that no window of a period ever sees more than the limit and the burst.
create function quota_head(gap bigint, burst bigint) returns bigint language sql immutable as $$
	select (greatest(burst, 1) - 1) * gap - (quota_late(gap, burst) - gap)
$$;
-- Gives units back that `me` has drawn and does not use, and wakes who waits for them; how many runs.
create function quota_return(me uuid, spaces uuid[], scopes text[], units text[], amounts bigint[]) returns bigint language plpgsql as $$
declare
	woken bigint := 0;
	back  record;
begin
	perform quota_lock(spaces, scopes, units);
	for back in select u.w, u.s, u.t, u.n from unnest(spaces, scopes, units, amounts) u (w, s, t, n) order by u.w, u.s, u.t loop
		update quota d set spent = d.spent + g.spent from quota_grant g
		where d.workspace_id = back.w and d.scope = back.s and d.unit = back.t and g.spent > 0
			and g.workspace_id = back.w and g.scope = back.s and g.unit = back.t and g.incarnation = me;
		update quota_grant g set amount = g.amount - back.n, spent = 0
		where g.workspace_id = back.w and g.scope = back.s and g.unit = back.t and g.incarnation = me;
		delete from quota_grant g
		where g.workspace_id = back.w and g.scope = back.s and g.unit = back.t and g.incarnation = me and g.amount <= 0 and g.reserved = 0;
		woken := woken + quota_wake(back.w, back.s, back.t, back.n);
	end loop;
	return woken;
end $$;

-- Settles for incarnations that are gone: calls whose outcome nobody knows are charged at the most they can have cost, the rest of
-- what was drawn goes back. Part of the transaction that retires them, before their runs are given back.
create function quota_fold(gone uuid[]) returns void language plpgsql as $$
declare
	back record;
begin
	update ledger e set settled = true, outcome_unknown = true, cost_nano = coalesce(e.cost_nano, e.reserved_nano)
	where e.incarnation = any (gone) and not e.settled;
	if not exists (select from quota_grant g where g.incarnation = any (gone)) then
		return;
	end if;
	perform quota_lock(array_agg(g.workspace_id), array_agg(g.scope), array_agg(g.unit)) from quota_grant g where g.incarnation = any (gone);
	for back in
		select g.workspace_id, g.scope, g.unit, sum(g.spent + g.reserved) as used, sum(g.amount - g.reserved) as unused
		from quota_grant g where g.incarnation = any (gone)
		group by g.workspace_id, g.scope, g.unit order by g.workspace_id, g.scope, g.unit loop
		update quota d set spent = d.spent + back.used
		where d.workspace_id = back.workspace_id and d.scope = back.scope and d.unit = back.unit and back.used > 0;
		delete from quota_grant g where g.workspace_id = back.workspace_id and g.scope = back.scope and g.unit = back.unit and g.incarnation = any (gone);
		perform quota_wake(back.workspace_id, back.scope, back.unit, back.unused::bigint);
	end loop;
end $$;

-- What is left behind by nobody: grants of incarnations that no longer exist (the database was restored, or a row removed by
-- hand), and rows of limits that nobody set and nobody uses: those of runs when these have ended.
create function quota_housekeeping() returns void language plpgsql as $$
declare
	gone uuid[];
begin
	select array_agg(distinct i.incarnation) into gone from (
		select g.incarnation from quota_grant g union select e.incarnation from ledger e where not e.settled) i
	where not exists (select from executor x where x.incarnation = i.incarnation);
	if gone is not null then
		perform quota_fold(gone);
	end if;
	delete from quota q
	where q.cap is null and q.wake_at is null and coalesce(q.next_at, '-infinity') < now() - interval '1 minute'
		and not exists (select from quota_grant g where g.workspace_id = q.workspace_id and g.scope = q.scope and g.unit = q.unit)
		and not exists (select from run_live l where l.workspace_id = q.workspace_id
			and l.run_id = case when starts_with(q.scope, 'run:') then substr(q.scope, 5)::uuid end);
end $$;

-- ---- what people set ----

create function limit_json(q quota) returns json language sql stable as $$
	select json_build_object('scope', q.scope, 'unit', q.unit,
		'limit', case when q.unit <> 'money' then q.cap end, 'cost_usd', case when q.unit = 'money' then wire_usd(q.cap) end,
		'period', case when q.unit = 'money' then q.period end,
		'per_seconds', case when q.unit = 'rate' then trim_scale(q.period_ms / 1000.0) end, 'burst', q.burst,
		'in_use', case when q.unit = 'concurrency' then g.amount end,
		'reserved_usd', case when q.unit = 'money' then wire_usd(g.amount) end,
		'spent_usd', case when q.unit = 'money' then wire_usd(case when q.period_start < quota_period_start(q.period) then 0 else q.spent + g.spent end) end,
		'waiting', (select count(*) from (select from run_live l where l.workspace_id = q.workspace_id
			and l.blocked_by = quota_key(q.unit, q.scope) limit 1000) w))
	from (select coalesce(sum(amount), 0)::bigint as amount, coalesce(sum(spent), 0)::bigint as spent from quota_grant x
		where x.workspace_id = q.workspace_id and x.scope = q.scope and x.unit = q.unit) g
$$;

-- What a limit is about must be here, and to be seen: the functions below run with the rights of the schema's owner.
-- Whose alone the thing is that a limit is about; null: everybody's.
create function limit_private(space uuid, of_scope text) returns uuid language sql stable as $$
	select w.created_by from workflow w where of_scope like 'workflow:%' and w.workspace_id = space
		and w.id = case when of_scope like 'workflow:%' then substr(of_scope, 10)::uuid end and w.visibility = 'private'
$$;

create function limit_subject(space uuid, of_scope text) returns void language plpgsql as $$
declare
	subject text := substr(of_scope, strpos(of_scope, ':') + 1);
begin
	if space is distinct from current_workspace() then
		raise exception using errcode = 'SM404', message = 'This does not exist, or you cannot see it.';
	elsif of_scope like 'workflow:%' and not exists (select from workflow w where w.workspace_id = space and w.id = subject::uuid
			and (w.visibility <> 'private' or w.created_by = current_person())) then
		raise exception using errcode = 'SM404', message = 'There is no such workflow, or you cannot see it.';
	end if;
end $$;

-- Sets a limit, new or not, and wakes who may go on under it. What the limit before has seen spent counts on; one that was deleted
-- begins at nothing.
create function limit_put(space uuid, of_scope text, of_unit text, new_cap bigint, new_period text, new_period_ms bigint, new_burst bigint)
	returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
	q       quota;
	subject text := substr(of_scope, strpos(of_scope, ':') + 1);
begin
	perform limit_subject(space, of_scope);
	if of_scope like 'member:%' and not exists (select from membership m where m.workspace_id = space and m.user_id = subject::uuid) then
		raise exception using errcode = 'SM404', message = 'Nobody of this id is a member of the workspace. The list of members has their ids.';
	elsif (select count(*) from (select from quota o where o.workspace_id = space and o.cap is not null limit 1000) o) = 1000
			and not exists (select from quota o where o.workspace_id = space and o.scope = of_scope and o.unit = of_unit) then
		raise exception using errcode = 'SM409', message = 'A workspace has at most 1000 limits. Delete one that is not needed.';
	end if;
	insert into quota (workspace_id, scope, unit) values (space, of_scope, of_unit) on conflict do nothing;
	select * into q from quota d where d.workspace_id = space and d.scope = of_scope and d.unit = of_unit for update;
	if q.cap is null or q.period <> new_period then
		q.period_start := quota_period_start(new_period);
	end if;
	if q.cap is null then
		select -coalesce(sum(g.spent), 0) into q.spent from quota_grant g where g.workspace_id = space and g.scope = of_scope and g.unit = of_unit;
	end if;
	update quota d set cap = new_cap, period = new_period, period_start = q.period_start, spent = q.spent, period_ms = new_period_ms,
		burst = new_burst,
		next_at = case when d.next_at is not null then least(d.next_at, clock_timestamp() + make_interval(secs => new_period_ms / 1000.0 / greatest(new_cap, 1))) end
	where d.workspace_id = space and d.scope = of_scope and d.unit = of_unit;
	perform quota_wake(space, of_scope, of_unit, null);
	perform audit('limit', of_scope || ' ' || of_unit, null, limit_private(space, of_scope), jsonb_strip_nulls(jsonb_build_object('cap', new_cap, 'period', new_period,
		'period_ms', new_period_ms, 'burst', new_burst)));
	return (select limit_json(d)::text from quota d where d.workspace_id = space and d.scope = of_scope and d.unit = of_unit);
end $$;

-- Nobody limits it any more; what is drawn from it is given back as calls end.
create function limit_delete(space uuid, of_scope text, of_unit text) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	perform limit_subject(space, of_scope);
	update quota d set cap = null, burst = null, period_ms = null
	where d.workspace_id = space and d.scope = of_scope and d.unit = of_unit and d.cap is not null;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such limit. It may have been deleted already.';
	end if;
	perform audit('limit', of_scope || ' ' || of_unit, null, limit_private(space, of_scope));
	perform quota_wake(space, of_scope, of_unit, null);
end $$;

grant execute on function quota_key(text, text), quota_period_start(text), limit_json(quota),
	limit_put(uuid, text, text, bigint, text, bigint, bigint), limit_delete(uuid, text, text) to stepmill_api;
grant execute on function quota_key(text, text), quota_period_start(text), quota_lock(uuid[], text[], text[]), quota_head(bigint, bigint),
	quota_late(bigint, bigint), quota_wake(uuid, text, text, bigint), quota_spent_of_run(uuid, uuid), quota_wake_due(), quota_return(uuid, uuid[], text[], text[], bigint[]),
	quota_fold(uuid[]), quota_housekeeping(),
	quota_draw(uuid, uuid[], text[], text[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], uuid[], boolean, bigint)
	to stepmill_executor;

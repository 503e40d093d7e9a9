-- Executors, and the engine's own functions: an executor's lease, taking back what a dead one
-- held, and the claim.
--
-- The functions run with the rights of who calls them (security invoker): the executor's role. What a flush writes is in
-- sql/queries/engine.sql, as statements of one batch.

create table executor (
	incarnation uuid primary key,
	name        text not null,
	planner     integer not null,
	started_at  timestamptz not null default clock_timestamp(),
	lease_until timestamptz not null,
	flush       bigint not null default 0, -- number of the last flush that was committed
	metrics     text, -- JSON: what it has counted since its start, and how it is; about every five seconds
	metrics_at  timestamptz,
	-- Of its claims: what was due before is claimed, as far as it has seen; when it looks at everything again.
	due_since   timestamptz not null default '-infinity',
	next_look   timestamptz not null default '-infinity'
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

call table_closed('executor');
call table_of_executor('executor');
grant select, insert, update, delete on executor to stepmill_executor;

-- What executor_renew (sql/queries/engine.sql) calls when there is nothing to renew: it ends the whole transaction.
create function executor_lease_over() returns bigint language plpgsql as $$
begin
	raise exception using errcode = 'SM412', message = 'The lease of this executor is over: others may hold its runs now. It has to enter anew.';
end $$;

-- Ids of those runs of a flush that have new events and are watched, a hundred a notification.
create function flush_watched(spaces uuid[], asked uuid[]) returns void language plpgsql as $$
begin
	perform pg_notify('stepmill_event', string_agg(t.r::text, ' '))
	from (
		select k.r, row_number() over () / 100 as part
		from unnest(spaces, asked) with ordinality k (w, r, n)
		where get_byte(current_setting('stepmill.verdicts')::bytea, k.n::integer - 1) = ascii('a')
			and exists (select from run_watch w where w.workspace_id = k.w and w.run_id = k.r and w.until > now())
	) t
	group by t.part;
end $$;

-- Gives back everything an incarnation held and removes it. Waits for a transaction of it that is still on its way, so the
-- flush number it returns says for good whether that one was committed; null: somebody else had retired it before.
-- With `blame` each run it held gets a strike: it may be what killed the executor. From three strikes on it is suspected, and claims take
-- suspects one at a time: one that was alone is blamed further, of several none, so a run that kills does not take others with it.
create function executor_retire(who uuid, blame boolean, out last_flush bigint, out runs bigint) language plpgsql as $$
declare
	suspects integer;
begin
	runs := 0;
	select e.flush into last_flush from executor e where e.incarnation = who for update;
	if not found then
		return;
	end if;
	perform quota_fold(array[who]);
	update run r set interrupted = true from run_live l
	where l.holder = who and r.workspace_id = l.workspace_id and r.id = l.run_id and not r.interrupted;
	select count(*) into suspects from run_live l where l.holder = who and l.strikes >= 3;
	-- Due before what is new, and late enough for every executor's claim to see it at once.
	update run_live l set holder = null, due_at = greatest(least(l.due_at, now()), now() - interval '5 seconds'), 
		strikes = l.strikes + (blame and (l.strikes < 3 or suspects = 1))::integer
	where l.holder = who;
	get diagnostics runs = row_count;
	delete from executor e where e.incarnation = who;
end $$;

-- Retires executors whose lease is over by the database's clock; whoever comes first does it. What all of them have drawn is folded
-- back together, so that rows of quota are locked in their order.
create function executor_reap(me uuid) returns table (incarnation uuid, name text, last_flush bigint, runs bigint)
	language plpgsql as $$
declare
	gone uuid[];
	dead record;
begin
	select array_agg(d.incarnation) into gone from (
		select e.incarnation from executor e
		where e.lease_until < clock_timestamp() and e.incarnation <> me
		order by e.lease_until limit 8 for update skip locked) d;
	if gone is null then
		return;
	end if;
	perform quota_fold(gone);
	for dead in select e.incarnation, e.name from executor e where e.incarnation = any (gone) order by e.lease_until loop
		return query select dead.incarnation, dead.name, r.last_flush, r.runs from executor_retire(dead.incarnation, true) r;
	end loop;
end $$;

-- Status of an iteration; null: it has not begun. The path is closed by its offset: put together inside of the condition it keeps the key from
-- being looked up.
create function iteration_status(space uuid, asked uuid, loop_path text, number integer, now integer, kept jsonb) returns text
	language sql stable as $$
	select n.status from (select loop_path || '[' || number || ']' as path offset 0) p
	cross join lateral step_newest(space, asked, p.path, now, kept) n limit 1
$$;

-- How many iterations of a loop have begun: they are numbered from 0, and each has a row.
create function loop_begun(space uuid, asked uuid, loop_path text, now integer, kept jsonb) returns integer language plpgsql stable as $$
declare
	high   integer := coalesce((kept ->> (loop_path || '['))::integer, 0);
	stride integer := 1;
begin
	if iteration_status(space, asked, loop_path, high, now, kept) is null then
		return high;
	end if;
	while iteration_status(space, asked, loop_path, high + stride, now, kept) is not null loop
		high := high + stride;
		stride := stride * 2;
	end loop;
	while stride > 1 loop
		stride := stride / 2;
		if iteration_status(space, asked, loop_path, high + stride, now, kept) is not null then
			high := high + stride;
		end if;
	end loop;
	return high + 1;
end $$;

-- Paths of a run's steps that whoever goes on with it must know of: all, but of loops that go on only the iterations that are under way, the last
-- two, the first failed one, and the one that an earlier generation has left half done; and nothing of loops that are over. `begun`: of such a
-- loop. What is read does not grow with the length of a loop: none begins an iteration that is 2,000 past one that is under way.
create function run_paths(space uuid, asked uuid, below text, now integer, kept jsonb) returns table (path text, begun integer)
	language plpgsql stable as $$
declare
	here      text := below;
	bracket   integer;
	loop_path text;
	iteration record;
begin
	loop
		select s.path into here from step_run s
		where s.workspace_id = space and s.run_id = asked and s.path > here collate "C"
			and s.path < case when below = '' then '~' else left(below, -1) || '0' end collate "C"
		order by s.path limit 1;
		exit when here is null;
		bracket := strpos(substr(here, length(below) + 1), '[');
		begun := null;
		if bracket = 0 then
			path := here;
			return next;
			continue;
		end if;
		loop_path := left(here, length(below) + bracket - 1);
		here := loop_path || chr(92); -- the character after [: past all of its iterations
		continue when not (kept ? (loop_path || '['))
			and (select n.status from step_newest(space, asked, loop_path, now, kept) n) is distinct from 'running';
		path := loop_path;
		begun := loop_begun(space, asked, loop_path, now, kept);
		return next;
		for iteration in
			select k.i, k.path, coalesce(s.status, 'pending') as status, row_number() over (partition by s.status = 'failed' order by k.i) as turn
			from (select i, loop_path || '[' || i || ']' as path from generate_series(greatest(0, begun - 2000), begun) n (i) offset 0) k
			left join lateral (select n.status from step_newest(space, asked, k.path, now, kept) n limit 1) s on true
		loop
			continue when iteration.i = begun
				and not exists (select from jsonb_object_keys(kept) k where starts_with(k, iteration.path || '/'));
			continue when iteration.status in ('completed', 'skipped', 'cancelled') and iteration.i < begun - 2;
			continue when iteration.status = 'failed' and iteration.turn > 1;
			return query select iteration.path, null::integer;
			if iteration.status in ('pending', 'running') then
				return query select p.path, p.begun from run_paths(space, asked, iteration.path || '/', now, kept) p;
			end if;
		end loop;
	end loop;
end $$;

-- Does a step run count for the limit of a workflow? Not what is made of others, and not what was passed over.
create function step_run_limited(kind text, status text) returns boolean language sql immutable parallel safe as $$
	select kind not in ('sequential', 'parallel', 'loop', 'iteration') and status <> 'skipped'
$$;
grant execute on function step_run_limited(text, text) to stepmill_executor;

-- What a run has come to. `steps`: the newest attempt of each path that counts in the run's generation, with input (while it runs) and output as far as they fit into 256 KB
-- together; of the others only their length, and where they are. `spent`: sums over all attempts; lost_nano: the most that calls may have cost
-- of which nobody knows what became, and those of runs that its steps have started; step_runs: those of this generation that limits.steps counts;
-- any_over: one of this generation has ended, and was not skipped.
--
-- From path to path by the primary key (run_paths): what is read of `steps` grows with the paths, not with their attempts.
create function run_state(space uuid, asked uuid, out steps text, out spent text) language plpgsql stable as $$
begin
	with path as materialized (
		select p.path collate "C" as path, max(p.begun) as begun
		from (select w.generation, coalesce(w.kept, '{}') as kept from run w where w.workspace_id = space and w.id = asked) r
		cross join lateral run_paths(space, asked, '', r.generation, r.kept) p group by p.path
	), newest as (
		-- The newest attempt, when it is of this generation; else the one that this generation goes on from; else only the number.
		select p.path, coalesce(n.attempt, last.attempt) as attempt, n.status, n.error, n.due_at, n.started_at, n.input_blob, n.input_bytes, n.output_blob,
			n.output_bytes, n.input, n.output, n.sealed, n.digest, n.waiting_for, p.begun, (r.kept ->> (p.path || '#'))::integer as inside, (
				select s.attempt from step_run s where s.workspace_id = space and s.run_id = asked and s.path = p.path
					and s.generation < n.generation and n.generation > 1 order by s.attempt desc limit 1) as before
		from path p
		cross join (select w.generation, w.kept from run w where w.workspace_id = space and w.id = asked) r
		cross join lateral (
			select s.attempt, s.generation from step_run s where s.workspace_id = space and s.run_id = asked and s.path = p.path
			order by s.attempt desc limit 1
		) last
		left join lateral ( -- closed by its limit: as a mere join it is planned over all attempts of the run, for each path
			select s.* from step_run s where s.workspace_id = space and s.run_id = asked and s.path = p.path
				and s.attempt = case when last.generation = r.generation or path_kept(p.path, r.kept) then last.attempt
					else (r.kept ->> p.path)::integer end
			limit 1
		) n on true
	), weighed as (
		select n.*, coalesce(octet_length(n.output), 0) as gave, case when n.status = 'running' then coalesce(octet_length(n.input), 0) else 0 end as given
		from newest n
	)
	select json_agg(case when n.status is null then
			json_build_object('path', n.path, 'attempt', n.attempt, 'before', n.attempt, 'status', 'pending', 'begun', n.begun,
				'inside', n.inside)
		else json_build_object('path', n.path, 'attempt', n.attempt, 'before', coalesce(n.before, 0), 'status', n.status,
			'input', case when n.status = 'running' and n.so_far <= 262144 then n.input::json end,
			'input_bytes', coalesce(n.input_bytes, n.given), 'input_blob', n.input_blob, 'sealed', case when n.status = 'running' then n.sealed end,
			'output', case when n.so_far <= 262144 then n.output::json end,
			'away', n.output_blob is not null or (n.output is not null and n.so_far > 262144),
			'output_bytes', coalesce(n.output_bytes, n.gave), 'output_blob', n.output_blob, 'error', n.error::json,
			'key_attempt', case when n.status = 'running' and n.attempt > 1 then
				(select (p.error::json ->> 'key_attempt')::integer from step_run p where p.workspace_id = space and p.run_id = asked
					and p.path = n.path and p.attempt = n.attempt - 1) end,
			'due', (extract(epoch from n.due_at) * 1000000)::bigint, 'asked', n.waiting_for = 'decision',
			'since', case when n.status = 'waiting' then (extract(epoch from n.started_at) * 1000000)::bigint end,
			'begun', n.begun, 'inside', n.inside, 'digest', n.digest,
			'parked', n.waiting_for = 'resume') end order by n.path)::text
	into steps
	from (select w.*, sum(w.given + w.gave) over (order by w.path) as so_far from weighed w) n;

	select json_build_object('tokens_in', sum(s.tokens_in), 'tokens_out', sum(s.tokens_out), 'cost_nano', sum(s.cost_nano),
		'step_runs', count(*) filter (where s.reused_from is null and step_run_limited(s.kind, s.status) and s.generation = now.generation),
		'any_over', coalesce(bool_or(s.reused_from is null and s.generation = now.generation and s.status in ('completed', 'failed', 'cancelled')), false),
		'unknown', coalesce(bool_or(s.tokens_out is not null and s.cost_nano is null), false), 'lost_nano', coalesce((
			select sum(l.cost_nano) from ledger l where l.workspace_id = space and l.run_id = asked and l.outcome_unknown), 0) + coalesce((
			select sum(c.lost_nano) from run c where c.workspace_id = space and c.parent_run_id = asked and c.lost_nano is not null), 0))::text
	into spent
	from step_run s cross join (select r.generation from run r where r.workspace_id = space and r.id = asked) now
	where s.workspace_id = space and s.run_id = asked;
end $$;

-- The same of many runs at once, as a claim needs it: a row each, in their order; nulls of a run without step runs, of a fork that is still being copied, and of
-- one with more than a thousand events. It reads all attempts, and costs a sixth of run_state() when there are few of them: so it is put together from the JSON that
-- is there, without reading it again. Of a step only what its status needs.
create function run_states(spaces uuid[], asked uuid[]) returns table (turn bigint, steps text, spent text) language plpgsql stable as $$
declare
	low  uuid; -- see run_claim()
	high uuid;
begin
	select (array_agg(u order by u))[1], (array_agg(u order by u desc))[1] into low, high from unnest(asked) u;
	return query
	select w.turn, '[' || string_agg('{"path":' || to_json(w.path) || ',"attempt":' || w.attempt
			|| coalesce(',"begun":' || (w.kept ->> (w.path || '[')), '') || coalesce(',"inside":' || (w.kept ->> (w.path || '#')), '') || case
			when not w.counts then ',"status":"pending","before":' || w.attempt
			else ',"status":"' || w.status || '","before":' || coalesce(w.before, 0)
				|| coalesce(',"due":' || (extract(epoch from w.due_at) * 1000000)::bigint, '') || coalesce(',"digest":"' || w.digest || '"', '') || case w.status
				when 'completed' then case when w.output_blob is null and (w.output is null or w.so_far <= 262144)
						then ',"output":' || coalesce(w.output, 'null') else ',"away":true' end
					|| ',"output_bytes":' || coalesce(w.output_bytes, w.gave) || coalesce(',"output_blob":"' || w.output_blob || '"', '')
				when 'running' then case when w.so_far <= 262144 then coalesce(',"input":' || w.input, '') else '' end
					|| ',"input_bytes":' || coalesce(w.input_bytes, w.given) || coalesce(',"input_blob":"' || w.input_blob || '"', '') || coalesce(',"sealed":"' || w.sealed || '"', '')
					|| coalesce(',"key_attempt":' || (w.error_before::json ->> 'key_attempt'), '')
					|| case when w.waiting_for = 'resume' then ',"parked":true' else '' end
				when 'waiting' then ',"since":' || (extract(epoch from w.started_at) * 1000000)::bigint
				when 'failed' then coalesce(',"error":' || w.error, '') || case when w.waiting_for = 'decision' then ',"asked":true' else '' end
				else '' end
			end || '}', ',' order by w.path) filter (where w.newest) || ']',
		case when count(w.path) > 0 then json_build_object('step_runs', count(*) filter (where w.limited), 'any_over', bool_or(w.over), 'tokens_in', sum(w.tokens_in), 'tokens_out', sum(w.tokens_out),
			'cost_nano', sum(w.cost_nano), 'unknown', coalesce(bool_or(w.tokens_out is not null and w.cost_nano is null), false),
			'lost_nano', min(w.lost))::text end
	from (
		select n.*, sum(case when n.newest then n.gave + n.given end) over (partition by n.turn order by n.path) as so_far from (
			-- Attempts of later generations have higher numbers: the newest that counts is the state of its path.
			select c.*, c.attempt = coalesce(max(c.attempt) filter (where c.counts) over of_path, max(c.attempt) over of_path) as newest,
				max(c.attempt) over (of_path order by c.generation range between unbounded preceding and 1 preceding) as before,
				lag(c.error) over (of_path order by c.generation, c.attempt) as error_before,
				case when c.counts then coalesce(octet_length(c.output), 0) else 0 end as gave,
				case when c.counts and c.status = 'running' then coalesce(octet_length(c.input), 0) else 0 end as given
			from (
				select k.turn, s.path, s.attempt, s.generation, s.status, s.input, s.input_blob, s.input_bytes, s.sealed, s.digest, s.output, s.output_blob,
					s.output_bytes, s.error, s.due_at, s.started_at, s.waiting_for, s.tokens_in, s.tokens_out, s.cost_nano,
					step_run_counts(s.generation, s.path, s.attempt, r.generation, r.kept) as counts,
					s.generation = r.generation and s.reused_from is null and step_run_limited(s.kind, s.status) as limited,
					s.generation = r.generation and s.reused_from is null and s.status in ('completed', 'failed', 'cancelled') as over, k.lost, r.kept
				from (
					select coalesce((select sum(l.cost_nano) from ledger l where l.workspace_id = a.w and l.run_id = a.r and l.run_id between low and high
							and l.outcome_unknown), 0) + coalesce((
						select sum(o.lost_nano) from run o where o.workspace_id = a.w and o.parent_run_id = a.r and o.lost_nano is not null), 0) as lost,
						a.turn, a.w, a.r,
						case when (select e.seq + e.count - 1 from run_record e where e.workspace_id = a.w and e.run_id = a.r
							and e.run_id between low and high order by e.seq desc limit 1) > 1000 then null else a.r end as small
					from unnest(spaces, asked) with ordinality a (w, r, turn) offset 0) k
				join run r on r.workspace_id = k.w and r.id = k.r
				left join step_run s on s.workspace_id = k.w and s.run_id = k.small and s.run_id between low and high and r.copying is null
			) c window of_path as (partition by c.turn, c.path)
		) n
	) w
	group by w.turn
	order by w.turn;
end $$;

-- The runs that a run was started in, from the one that waits for it outwards, as JSON: what it spends is theirs, too.
create function run_above(space uuid, parent uuid) returns text language sql stable parallel safe as $$
	with recursive above (run, parent, workflow, budget, place) as (
		select r.id, r.parent_run_id, r.workflow_id, r.budget_nano, 1 from run r where r.workspace_id = space and r.id = run_above.parent
		union all
		select o.id, o.parent_run_id, o.workflow_id, o.budget_nano, a.place + 1 from above a cross join lateral (
			select r.id, r.parent_run_id, r.workflow_id, r.budget_nano from run r where r.workspace_id = space and r.id = a.parent limit 1) o
	)
	select coalesce(json_agg(json_build_object('run', a.run, 'workflow', a.workflow, 'budget_nano', a.budget) order by a.place)::text, '[]') from above a
$$;

-- What a run has instead of what its definition says, as JSON; null: nothing.
create function run_differs(r run) returns text language sql stable parallel safe as $$
	select case when r.models is not null or r.step_inputs is not null or r.overrides is not null or r.parent_run_id is not null
			or r.started_with is not null or r.budget_nano is not null then
		'{"models":' || coalesce(r.models::text, '{}') || ',"inputs":' || coalesce(r.step_inputs, '{}')
			|| coalesce(',"timeout_seconds":' || (r.overrides ->> 'timeout_seconds'), '')
			|| coalesce(',"directory":' || (r.overrides -> 'directory')::text, '')
			|| coalesce(',"script_network":' || (r.overrides -> 'script_network')::text, '')
			|| coalesce(',"auto_mode":' || (r.overrides -> 'auto_mode')::text, '')
			|| coalesce(',"passed":' || (r.overrides -> 'passed')::text, '')
			|| coalesce(',"waits_at":' || (r.overrides -> 'waits_at')::text, '')
			|| case when r.parent_run_id is not null then ',"depth":' || r.depth || ',"above":' || run_above(r.workspace_id, r.parent_run_id) else '' end
			|| coalesce(',"started_with":' || r.started_with, '')
			|| coalesce(',"budget_nano":' || r.budget_nano, '') || '}' end
$$;

-- Takes up to `at_most` due runs for `me`, workspaces in turn from the one after `last_workspace`, an equal share each,
-- and returns each with its state. The state is read by a statement of its own, after the claim: a row that was
-- re-checked under its lock still comes with an older snapshot of everything else.
--
-- Runs that sleep cost nothing: what is due is looked up priority by priority, each of them a range of the index. The workspaces of
-- the runs that are overdue longest are always among those that are visited, however many there are where all sleep.
-- The run's planner is asked for by a scalar subquery, not by exists(): a join could be planned over the whole workspace's runs.
-- A deleted run has none: somebody may have asked to run it again in the very moment in which it was deleted.
-- What was claimed before stays in the indexes until no snapshot needs it any more, which a dump keeps up for as long as it takes. So a
-- claim looks only at what is due since the oldest that an earlier claim saw, ten seconds taken off for creations that committed
-- later than they began; and at all of it now and then, the seldomer the longer that takes (executor.due_since, next_look).
-- Runs of which somebody has asked something come first, due or not, but take no more than half of what is claimed while others are due.
-- Where no slot is free (`guests` is not null) calls may go on for long. Then only two sorts of runs are taken: those that are to be
-- cancelled, and up to `guests` of workspaces that this executor has none of (they are not in `served`), one of each: so nobody waits for the calls of others.
-- The first row has no run_id: its workspace_id is where the next claim goes on, its epoch in how many microseconds the next run will
-- be due (null: none).
--
-- What one claim reads is bounded, so that loading it does not outlast a lease: of a run with more than a thousand events the state is
-- left out (`whole` is false; the holder asks for it by run_state, one such run a batch), of an input over 64 KB all but its length. Of the
-- requests that were kept for later, and of the others, come a hundred each, and 64 KB: kept_after is the last of the former when there are
-- more (null: there are none), inbox_more says that there are more of the latter. A fork that has still to be copied (run_copy) comes without a state.
create function run_claim(me uuid, last_workspace uuid, at_most integer, known_planner integer, guests integer, served uuid[])
	returns table (workspace_id uuid, run_id uuid, epoch bigint, strikes smallint, workflow_id uuid, workflow_version integer,
		status text, input text, last_seq bigint, steps text, inbox text, generation integer, spent text, overrides text,
		input_bytes bigint, whole boolean, kept_after uuid, inbox_more boolean, copying boolean)
	language plpgsql as $$
declare
	at         timestamptz := clock_timestamp();
	next_due   timestamptz;
	oldest     timestamptz;
	since      timestamptz;
	soonest    timestamptz[]; -- when the first 17 of all unheld runs are due
	places     uuid[] := '{}';
	here       uuid := last_workspace;
	following  uuid;
	wrapped    boolean := false;
	share      integer;
	workspaces uuid[];
	runs       uuid[];
	epochs     bigint[];
	struck     smallint[];
	fresh      boolean; -- none of them has a state, or was asked anything
	low        uuid;    -- the first of them, and the last: known when the statement that reads them begins, they leave one or two of the
	high       uuid;    -- partitions of all months to be opened
	its_space  uuid; -- of the suspect that is taken, if one is
	suspect    uuid;
	its_epoch  bigint;
	its_strike smallint;
	any_asked  boolean; -- of any run there is a request
	later      timestamptz;
	no_slot    constant boolean := guests is not null;
	crowded    boolean; -- more is due than there is room for
	visited    integer := 0;
	asked_spaces uuid[];
	asked_runs   uuid[];
	asked_most   integer;
	room         integer; -- for those that are due
begin
	-- One that may be what kills executors, if it would be the only one here.
	select l.workspace_id, l.run_id into its_space, suspect from run_live l
	where not no_slot and l.holder is null and l.strikes >= 3 and l.due_at <= at
		and not exists (select from run_live h where h.holder = me and h.strikes >= 3)
		and (select r.planner from run r where r.workspace_id = l.workspace_id and r.id = l.run_id and r.deleted_at is null) <= known_planner
	order by l.due_at limit 1 for no key update of l skip locked;
	if suspect is not null then
		update run_live l set holder = me, epoch = l.epoch + 1
		where l.workspace_id = its_space and l.run_id = suspect
		returning l.epoch, l.strikes into its_epoch, its_strike;
		at_most := at_most - 1;
	end if;
	room := at_most;
	select case when e.next_look <= at then '-infinity' else e.due_since end into since from executor e where e.incarnation = me;
	since := coalesce(since, '-infinity');
	soonest := array(select l.due_at from run_live l where l.holder is null and l.due_at >= since order by l.due_at limit 17);
	next_due := soonest[1];
	oldest := least(coalesce(next_due, at), at) - interval '10 seconds';
	crowded := coalesce(soonest[least(at_most, 16) + 1] <= at, false);

	-- Of whom somebody has asked something. Found by its key: with "holder is null" PostgreSQL could take an index of all unheld runs for it.
	any_asked := exists (select from run_inbox i where not i.kept);
	if any_asked and no_slot then
		asked_most := at_most;
		select array_agg(c.workspace_id), array_agg(c.run_id) into asked_spaces, asked_runs from (
			select i.workspace_id, i.run_id from run_inbox i where i.kind = 'cancel' and not i.kept order by i.workspace_id, i.run_id limit 1000) c;
	elsif any_asked then
		asked_most := floor(at_most / 2.0 + random()); -- the half of one: every other time
		if not crowded then
			asked_most := greatest(asked_most, at_most - (select count(*) from unnest(soonest) d where d <= at)::integer);
		end if;
		with recursive wanted (workspace_id, run_id) as ( -- from run to run, however much is asked of one
			(select i.workspace_id, i.run_id from run_inbox i where not i.kept order by i.workspace_id, i.run_id limit 1)
			union all
			select n.workspace_id, n.run_id from wanted p cross join lateral (
				select i.workspace_id, i.run_id from run_inbox i
				where not i.kept and (i.workspace_id, i.run_id) > (p.workspace_id, p.run_id) order by i.workspace_id, i.run_id limit 1) n
		)
		select array_agg(w.workspace_id), array_agg(w.run_id) into asked_spaces, asked_runs from (select * from wanted limit 1000) w;
	end if;
	if asked_runs is not null then
		with asked as materialized (
			select o.workspace_id, o.run_id from unnest(asked_spaces, asked_runs) w (workspace_id, run_id) cross join lateral (
				select l.workspace_id, l.run_id from run_live l
				where l.workspace_id = w.workspace_id and l.run_id = w.run_id and num_nulls(l.holder) = 1 and (l.due_at > at or l.strikes < 3)
					and (select r.planner from run r where r.workspace_id = l.workspace_id and r.id = l.run_id and r.deleted_at is null) <= known_planner
				limit 1
				for no key update of l skip locked) o
			limit asked_most
		), taken as (
			update run_live l set holder = me, epoch = l.epoch + 1 from asked a
			where l.workspace_id = a.workspace_id and l.run_id = a.run_id
			returning l.workspace_id, l.run_id, l.epoch, l.strikes
		)
		select array_agg(t.workspace_id), array_agg(t.run_id), array_agg(t.epoch), array_agg(t.strikes) into workspaces, runs, epochs, struck from taken t;
		room := at_most - coalesce(cardinality(runs), 0);
	end if;
	room := least(room, coalesce(guests, room));

	if room > 0 and (crowded or no_slot) then
		while cardinality(places) < 64 and visited < 1000 loop
			select l.workspace_id into following from run_live l
			where l.holder is null and l.workspace_id > here and l.due_at >= since order by l.workspace_id limit 1;
			if following is null then
				exit when wrapped;
				wrapped := true;
				here := '00000000-0000-0000-0000-000000000000';
			else
				exit when wrapped and following > last_workspace;
				visited := visited + 1;
				here := following;
				continue when no_slot and following = any (served);
				places := places || following;
			end if;
		end loop;
		places := places || array(
			select distinct o.workspace_id from (
				select l.workspace_id from run_live l where l.holder is null and l.due_at <= at and l.due_at >= since order by l.due_at limit 200) o
			where o.workspace_id <> all (places) and not (no_slot and o.workspace_id = any (served)));
		share := case when no_slot then 1 else greatest(1, (room + cardinality(places) - 1) / greatest(1, cardinality(places))) end;

		with due as materialized (
			select c.workspace_id, c.run_id, p.turn from unnest(places) with ordinality p (id, turn) cross join lateral (
				select d.workspace_id, d.run_id from (values (0::smallint), (1::smallint)) lane (priority) cross join lateral (
					select l.workspace_id, l.run_id from run_live l
					where l.workspace_id = p.id and l.priority = lane.priority and l.holder is null and l.due_at <= at and l.due_at >= since and l.strikes < 3
						and (select r.planner from run r where r.workspace_id = l.workspace_id and r.id = l.run_id and r.deleted_at is null) <= known_planner
					order by l.due_at limit share
					for no key update of l skip locked) d
				limit share) c
			order by p.turn limit room
		), taken as (
			update run_live l set holder = me, epoch = l.epoch + 1 from due d
			where l.workspace_id = d.workspace_id and l.run_id = d.run_id
			returning l.workspace_id, l.run_id, l.epoch, l.strikes, d.turn
		), found as (
			select array_agg(t.workspace_id order by t.turn) as w, array_agg(t.run_id order by t.turn) as r, array_agg(t.epoch order by t.turn) as e,
				array_agg(t.strikes order by t.turn) as s from taken t
		)
		-- Whoever was not reached this time comes first the next.
		select workspaces || w, runs || r, epochs || e, struck || s, case when cardinality(w) >= room then w[room] else here end
		into workspaces, runs, epochs, struck, here from found;
	elsif room > 0 and next_due <= at then -- few, and room for all of them: no turns
		with due as materialized (
			select l.workspace_id, l.run_id from run_live l
			where l.holder is null and l.due_at <= at and l.due_at >= since and l.strikes < 3
				and (select r.planner from run r where r.workspace_id = l.workspace_id and r.id = l.run_id and r.deleted_at is null) <= known_planner
			order by l.due_at limit room for no key update of l skip locked
		), taken as (
			update run_live l set holder = me, epoch = l.epoch + 1 from due d
			where l.workspace_id = d.workspace_id and l.run_id = d.run_id
			returning l.workspace_id, l.run_id, l.epoch, l.strikes
		)
		select workspaces || array_agg(t.workspace_id), runs || array_agg(t.run_id), epochs || array_agg(t.epoch), struck || array_agg(t.strikes)
		into workspaces, runs, epochs, struck from taken t;
	end if;

	if suspect is not null then
		workspaces := workspaces || its_space;
		runs := runs || suspect;
		epochs := epochs || its_epoch;
		struck := struck || its_strike;
	end if;

	if since = '-infinity' or oldest > since + interval '5 seconds' then
		update executor e set due_since = oldest, next_look = case when since = '-infinity'
				then at + greatest(interval '10 seconds', 200 * (clock_timestamp() - at)) else e.next_look end
		where e.incarnation = me;
	end if;
	next_due := null;
	foreach later in array soonest loop
		next_due := later;
		exit when later > at;
	end loop;
	if next_due <= at then -- of these none is later; when that are all there are, nothing is
		next_due := null;
		if cardinality(soonest) = 17 then
			select l.due_at into next_due from run_live l where l.holder is null and l.due_at > at order by l.due_at limit 1;
		end if;
	end if;
	workspace_id := here;
	epoch := extract(epoch from nullif(next_due, 'infinity') - clock_timestamp()) * 1000000;
	return next;
	if coalesce(cardinality(runs), 0) = 0 then
		return;
	end if;
	-- For quota_limits_claimed, which follows in the same transaction.
	perform set_config('stepmill.claimed', array(select distinct w from unnest(workspaces) w)::text, true);
	-- Whoever is claimed for the first time has no state, unless it is a fork, which begins with a higher epoch.
	fresh := not 1 < any (epochs);
	if fresh and any_asked then
		fresh := not exists (
			select from unnest(workspaces, runs) k (w, r) join run_inbox i on i.workspace_id = k.w and i.run_id = k.r);
	end if;
	if fresh then
		return query
			select k.w, k.id, k.e, k.s, r.workflow_id, r.workflow_version, r.status, case when octet_length(r.input) <= 65536 then r.input end,
				1::bigint, null::text, null::text, r.generation, '{"by":"' || r.created_by || '"}', run_differs(r),
				octet_length(r.input)::bigint, true, null::uuid, false, false
			from unnest(workspaces, runs, epochs, struck) k (w, id, e, s)
			join run r on r.workspace_id = k.w and r.id = k.id;
		return;
	end if;
	select (array_agg(u order by u))[1], (array_agg(u order by u desc))[1] into low, high from unnest(runs) u;
	return query
		select k.w, k.id, k.e, k.s, r.workflow_id, r.workflow_version, r.status, case when octet_length(r.input) <= 65536 then r.input end,
			v.seq, st.steps, box.requests, r.generation,
			coalesce(left(st.spent, -1) || ',', '{') || substr(json_build_object('by', r.created_by, 'began', (extract(epoch from
				case when r.generation = 1 then r.started_at else (select o.at from run_record o where o.workspace_id = k.w and o.run_id = k.id
					and o.run_id between low and high and o.type = 'run.reopened' order by o.seq desc limit 1) end) * 1000000)::bigint)::text, 2),
			run_differs(r),
			octet_length(r.input)::bigint, v.seq <= 1000 and r.copying is null, box.kept_after, coalesce(box.more, false), r.copying is not null
		from run_states(workspaces, runs) st
		cross join lateral (select workspaces[st.turn], runs[st.turn], epochs[st.turn], struck[st.turn]) k (w, id, e, s)
		join run r on r.workspace_id = k.w and r.id = k.id
		cross join lateral (
			select coalesce((select n.seq + n.count - 1 from run_record n where n.workspace_id = k.w and n.run_id = k.id
				and n.run_id between low and high order by n.seq desc limit 1), 1)::bigint as seq
		) v
		left join lateral (
			select (json_agg(json_build_object('id', i.id, 'kind', i.kind, 'by', i.created_by, 'data', i.data::json, 'kept', i.kept,
					'generation', i.generation) order by i.id) filter (where i.fits))::text as requests,
				case when bool_or(i.kept and not i.fits) then (array_agg(i.id order by i.id desc) filter (where i.kept and i.fits))[1] end as kept_after,
				bool_or(not i.kept and not i.fits) as more
			from (select k.w, k.id where exists (select from run_inbox b where b.workspace_id = k.w and b.run_id = k.id) offset 0) asked (w, r)
			cross join lateral (
				select n.*, n.place = 1 or (n.place <= 100 and n.so_far <= 65536) as fits from (
					(select f.*, row_number() over few as place, sum(coalesce(octet_length(f.data), 0)) over few as so_far from (
						select b.id, b.kind, b.created_by, b.data, b.kept, b.generation, b.turn from run_inbox b
						where b.workspace_id = asked.w and b.run_id = asked.r and not b.kept order by b.turn, b.id limit 101) f
					window few as (order by f.turn, f.id))
					union all
					(select f.*, row_number() over few as place, sum(coalesce(octet_length(f.data), 0)) over few as so_far from (
						select b.id, b.kind, b.created_by, b.data, b.kept, b.generation, b.turn from run_inbox b
						where b.workspace_id = asked.w and b.run_id = asked.r and b.kept order by b.id limit 101) f
					window few as (order by f.id))) n
			) i
		) box on true
		order by st.turn;
end $$;

-- Of runs that have ended and lost a holder before: what that one had written of large texts without coming to the row that names them. An attempt
-- that was made again wrote over it; one that was not (its run was cancelled, or must not call twice) left it. Reopening a run updates its
-- row before anything is written.
create function blob_strays(most integer) returns bigint language plpgsql as $$
declare
	r record;
	n bigint;
	gone bigint := 0;
begin
	for r in select k.workspace_id, k.id from run k
		where k.interrupted and k.status in ('completed', 'failed', 'cancelled') and k.deleted_at is null
		order by k.workspace_id, k.id limit most for no key update skip locked
	loop
		delete from blob b where b.workspace_id = r.workspace_id and b.run_id = r.id and b.id not in (
			select x.id from step_run s cross join lateral (values (s.input_blob), (s.output_blob)) x (id)
			where s.workspace_id = r.workspace_id and s.run_id = r.id and x.id is not null);
		get diagnostics n = row_count;
		gone := gone + n;
		update run k set interrupted = false where k.workspace_id = r.workspace_id and k.id = r.id;
	end loop;
	return gone;
end $$;

-- What nobody waits for, now and then: runs whose holder is no executor at all (the database was restored, or a row removed by hand);
-- requests to runs that have ended in the meantime.
create function engine_housekeeping(out orphans bigint, out requests bigint) language plpgsql as $$
begin
	perform quota_housekeeping();
	perform step_cache_trim();
	perform blob_strays(200);
	update run r set interrupted = true from run_live l
	where r.workspace_id = l.workspace_id and r.id = l.run_id and not r.interrupted
		and l.holder is not null and not exists (select from executor e where e.incarnation = l.holder);
	update run_live l set holder = null, due_at = greatest(least(l.due_at, now()), now() - interval '5 seconds')
	where l.holder is not null and not exists (select from executor e where e.incarnation = l.holder);
	get diagnostics orphans = row_count;
	delete from run_inbox i
	where i.created_at < now() - interval '5 minutes'
		and not exists (select from run_live l where l.workspace_id = i.workspace_id and l.run_id = i.run_id);
	get diagnostics requests = row_count;
end $$;

-- Where these data are at home, since executors first worked on them. A copy that was restored is somewhere else.
create table home (
	only_row boolean primary key default true check (only_row),
	cluster  bigint not null,
	database oid not null
);
call table_closed('home');
call table_of_executor('home');
grant select, insert on home to stepmill_executor;

create function here(out cluster bigint, out database oid) language sql stable as $$
	select c.system_identifier, d.oid from pg_control_system() c, pg_database d where d.datname = current_database()
$$;

-- A fresh incarnation, unless the data are a copy that nobody has said anything about yet.
create function executor_start(me uuid, called text, knows integer, lease_ms integer) returns void language plpgsql as $$
begin
	insert into home (cluster, database) select h.cluster, h.database from here() h on conflict do nothing;
	if not exists (select from home join here() using (cluster, database)) then
		raise exception using errcode = 'SM409', message = 'This database is a copy that was restored. Calls that were made after the copy '
			'are not in it. Run "stepmill restored" once: it pauses what has not ended.';
	end if;
	insert into executor (incarnation, name, planner, lease_until)
	values (me, called, knows, clock_timestamp() + make_interval(secs => lease_ms / 1000.0));
end $$;
grant execute on function here(), executor_start(uuid, text, integer, integer) to stepmill_executor;

-- The data are at home where they are now: nothing was lost on the way (the server was upgraded), or it was seen to.
create function engine_settled() returns void language plpgsql as $$
begin
	delete from home;
	insert into home (cluster, database) select h.cluster, h.database from here() h;
end $$;

-- After the database was restored from a copy, before any executor works on it. Since the copy was made its runs went on in what is lost
-- now: calls that were in flight have ended, later ones may have been made. Nobody but a person can tell, so every run that has
-- not ended is paused; what was in flight waits for the run to be resumed, and is called again only then, under the same key.
--
-- The same holds of what was asked and not yet done. Requests that would make something run (resume, and reopen of a run that has ended) are
-- dropped. The others are left: a paused run keeps what its steps wait for and begins nothing, and a pause, a cancellation, the end of a run
-- that a step has started and a move to another version call nobody. Mail that was waiting has perhaps been sent: it is given up.
create function engine_restored(out executors bigint, out runs bigint, out calls bigint, out requests bigint, out mails bigint) language plpgsql as $$
begin
	lock table executor in exclusive mode;
	if exists (select from executor e where e.lease_until > clock_timestamp()) then
		raise exception using errcode = 'SM409', message = 'Executors work on this database, or did until a moment ago. Nothing was changed. '
			'Stop them, wait until their leases are over, and try again.';
	end if;
	perform executor_retire(e.incarnation, false) from executor e;
	get diagnostics executors = row_count;
	delete from run_inbox i where i.kind in ('resume', 'reopen');
	get diagnostics requests = row_count;
	with gone as (
		delete from run_live l using run r
		where r.workspace_id = l.workspace_id and r.id = l.run_id and r.status in ('completed', 'failed', 'cancelled')
		returning l.workspace_id, l.run_id
	)
	delete from run_inbox i using gone g where i.workspace_id = g.workspace_id and i.run_id = g.run_id;
	delete from mail m where m.kind = 'nobody';
	update mail m set given_up_at = now(), sealed = '', why = 'The database was restored from a copy: it may have been sent before.'
	where m.given_up_at is null;
	get diagnostics mails = row_count;
	update run_live l set holder = null, due_at = now() where l.holder is not null;
	update run_live l set epoch = 1 where l.epoch = 0; -- each gets events here: see run_claim()
	update step_run s set waiting_for = 'resume' from run_live l
	where s.workspace_id = l.workspace_id and s.run_id = l.run_id and s.status = 'running';
	get diagnostics calls = row_count;
	insert into run_event (workspace_id, run_id, seq, at, type, data)
	select r.workspace_id, r.id, n.last + t.place, now(), t.type, t.data
	from run_live l join run r on r.workspace_id = l.workspace_id and r.id = l.run_id
	cross join lateral (select coalesce(max(e.seq + e.count - 1), 1) as last from run_record e where e.workspace_id = r.workspace_id and e.run_id = r.id) n
	cross join lateral (
		select 1 as place, 'run.started' as type, null as data where r.status = 'pending'
		union all
		select case r.status when 'pending' then 2 else 1 end, 'run.paused', '{"by":null,"why":"restored"}') t
	where r.status in ('pending', 'running');
	update run r set status = 'paused', started_at = coalesce(r.started_at, now()) from run_live l
	where r.workspace_id = l.workspace_id and r.id = l.run_id and r.status in ('pending', 'running');
	get diagnostics runs = row_count;
	perform engine_settled();
end $$;

grant execute on function executor_lease_over(), flush_watched(uuid[], uuid[]), executor_retire(uuid, boolean), executor_reap(uuid),
	run_state(uuid, uuid), run_paths(uuid, uuid, text, integer, jsonb), iteration_status(uuid, uuid, text, integer, integer, jsonb), loop_begun(uuid, uuid, text, integer, jsonb),
	run_states(uuid[], uuid[]), run_above(uuid, uuid), run_differs(run), blob_strays(integer), run_claim(uuid, uuid, integer, integer, integer, uuid[]), engine_housekeeping() to stepmill_executor;

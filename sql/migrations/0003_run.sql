-- Runs and what they leave behind. No foreign keys from here on: they doubled PostgreSQL's work in a trial. The functions and the
-- engine keep them whole.

-- What changes while it runs comes last: of a new version of a row that stays on its page PostgreSQL logs what differs, from the first
-- column that does to the last. So it is in step_run.
create table run (
	workspace_id     uuid not null,
	id               uuid not null,
	workflow_id      uuid not null,
	workflow_version integer not null,
	planner          integer not null default 1, -- version of plan() that this run's history was made by
	name             text not null,
	type             text not null,
	generation       integer not null default 1,
	step_count       integer not null,
	created_at       timestamptz not null default now(),
	created_by       uuid not null,
	-- Of generations after the first: which request opened it, and which step runs of earlier ones it goes on from, {path: attempt}.
	reopened_by      uuid,
	kept             jsonb,
	-- What differs from the definition: {step key, or * for all: model}; {step's path: its input}, as text because people wrote it.
	models           jsonb,
	step_inputs      text,
	forked_from      uuid,      -- the run it was forked from
	project_id       uuid,
	overrides        jsonb,     -- settings of its project when it was made, which the definition does not know: {"timeout_seconds", "directory", "script_network": true,
	                           -- "auto_mode": false, and then "passed": phases that people have begun, and "waits_at": the one it is paused before}
	-- Of a run that a step of another one started: which run, path and attempt, and how many runs it is in. Its id is made of these, so that there
	-- is one, however often it is made.
	parent_run_id    uuid,
	parent_path      text,
	parent_attempt   integer,
	depth            smallint not null default 0,
	interrupted      boolean not null default false, -- a holder of it was lost: parts of texts may be left that no row names
	copying          jsonb,     -- what whoever claims it has still to copy from there (run_taken_over); null: nothing
	private_to       uuid,      -- the creator, when the workflow was private
	trigger          text not null default 'api',
	input            text not null,
	started_with     text,      -- what its steps see as the input, when on_start of its workflow gave another; 'null': it did not; null: it was not asked
	budget_nano      bigint,    -- the most it may cost, of one whose steps start runs: together with these (src/exec/budget.c); null: counted by its holder, or any
	status           text not null default 'pending'
		check (status in ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
	steps_done       integer not null default 0, -- completed or skipped; set at the end
	-- totals, written at the end; while it runs they are summed from step_run
	tokens_in        bigint not null default 0,
	tokens_out       bigint not null default 0,
	cost_nano        bigint,    -- billionths of a dollar; null: unknown
	lost_nano        bigint,    -- the most that its calls may have cost of which nobody knows; null: none
	gone_nano        bigint,    -- what runs that its steps had started, and those beneath them, had spent that have been removed (run_remove); null: none
	started_at       timestamptz,
	finished_at      timestamptz,
	output           text,
	output_blob      uuid,      -- instead of output when that is over 64 KB, with its length: the blob of the step it comes from
	output_bytes     bigint,
	error            text,      -- {"code", "message", "path"}
	-- Nobody sees it any more; engine_purge() removes it and what hangs on it. Only of runs that have ended.
	deleted_at       timestamptz,
	deleted_by       uuid       -- null: by its age
) with (fillfactor = 40); -- it is updated twice while young: without touching its indexes when there is room on the page
create index run_created on run (workspace_id, created_at desc, id);
create index run_workflow on run (workspace_id, workflow_id, created_at desc, id);
create index run_project on run (workspace_id, project_id, created_at desc, id) where project_id is not null;
create index run_children on run (workspace_id, parent_run_id, created_at desc, id) where parent_run_id is not null;
create index run_private on run (workspace_id, private_to) where private_to is not null;
create index run_interrupted on run (workspace_id, id) where interrupted;
create index run_copying on run (workspace_id, forked_from) where copying is not null;
create index run_deleted on run (deleted_at) where deleted_at is not null;
alter table run add primary key (workspace_id, id); -- last: see prompts

-- One row a run that has not ended: who holds it, and when it is next due. Deleted in the flush that ends the run.
create table run_live (
	workspace_id uuid not null,
	run_id       uuid not null,
	due_at       timestamptz not null default now(),
	priority     smallint not null default 0 check (priority between 0 and 1), -- lower first; run_claim knows them all
	holder       uuid,                        -- executor.incarnation
	epoch        bigint not null default 0,   -- grows at every claim
	strikes      smallint not null default 0, -- claims that ended with the holder dead
	-- A limit that it waits for: see quotas. Woken, it keeps its place in line until it has what it needs.
	blocked_by    text collate "C",           -- unit and scope; null: it does not wait, or has been woken
	blocked_since timestamptz,
	blocked_need  bigint,                     -- units
	-- What the run has come to, as `run` has it at the end. Kept by the holder of a run of more than 200 events: to sum it up from its
	-- step runs would take too long for a list. Null: not counted.
	steps_done   integer,
	tokens_in    bigint,
	tokens_out   bigint,
	cost_nano    bigint
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create index run_live_workspace_due on run_live (workspace_id, priority, due_at) where holder is null;
create index run_live_blocked on run_live (workspace_id, blocked_by, priority, blocked_since, run_id) where blocked_by is not null;
create index run_live_due on run_live (due_at) where holder is null;
create index run_live_holder on run_live (holder) where holder is not null;
create index run_live_suspect on run_live (holder, due_at) where strikes >= 3;
alter table run_live add primary key (workspace_id, run_id); -- last: see prompts

-- Requests to a run. Whoever asks inserts and locks nothing; the holder deletes rows in the flush that records what they did.
create table run_inbox (
	workspace_id uuid not null,
	run_id       uuid not null,
	id           uuid not null,
	kind         text not null,
	data         text,
	generation   integer, -- of the run, that it was asked of; null: whichever it is
	dedup        text,
	created_by   uuid,
	created_at   timestamptz not null default now(),
	-- The holder has seen it and keeps it for later (a signal that came before its step, a kind it does not know). It wakes nobody.
	kept         boolean not null default false,
	-- In which order a holder reads them: signals last, of which there may be many.
	turn         smallint not null generated always as (case kind when 'cancel' then 0 when 'reopen' then 0 when 'signal' then 2 else 1 end) stored,
	primary key (workspace_id, run_id, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create unique index run_inbox_dedup on run_inbox (workspace_id, run_id, dedup) where dedup is not null;
create index run_inbox_new on run_inbox (workspace_id, run_id, turn, id) where not kept;
create index run_inbox_cancel on run_inbox (workspace_id, run_id) where kind = 'cancel' and not kept; -- asked for where no slot is free
create index run_inbox_kept on run_inbox (workspace_id, run_id, id) where kept;

-- One row an attempt. It never leaves its terminal state.
create table step_run (
	workspace_id   uuid not null,
	run_id         uuid not null,
	attempt        integer not null,
	generation     integer not null default 1,
	started_at     timestamptz not null,
	path           text not null collate "C",
	kind           text not null,
	reused_from    uuid,      -- the run it was copied from: nothing was called, and it cost nothing
	model_asked    text,
	input          text,      -- what the step was given, templates filled
	input_blob     uuid,      -- instead of input when that is over 64 KB, with its length
	input_bytes    bigint,
	sealed         text,      -- secrets that were hidden in it, sealed to the executors' key while its call is under way: exec/env.c
	digest         text,      -- what its output will be kept under for other runs, until it ends: exec/cache.c
	status         text not null
		check (status in ('pending', 'running', 'waiting', 'completed', 'failed', 'skipped', 'cancelled', 'rolled_back')),
	finished_at    timestamptz,
	ended_seq      integer,   -- number of the first event of its end; of a copy 1, which is its run's
	due_at         timestamptz, -- failed: when the next attempt begins; waiting: when that is over; by the database's clock
	tokens_in      bigint,
	tokens_out     bigint,
	tokens_cached  bigint,
	cost_nano      bigint,    -- null: unknown, or not a step that costs
	waiting_for    text,
	model_answered text,      -- cache/kept: none was asked, its output was kept from another run
	output         text,      -- JSON
	output_blob    uuid,      -- instead of output when that is over 64 KB, with its length
	output_bytes   bigint,
	error          text       -- {"code", "message"}
) partition by range (run_id);
-- Pages of a run's attempts. Partial, though every row has the time: so that no other query takes it for the key, of a run with many rows.
create index step_run_started on step_run (workspace_id, run_id, started_at) where started_at is not null;
alter table step_run add primary key (workspace_id, run_id, path, attempt); -- last: see prompts

-- What a run keeps of its loops is said once for each: kept has path || '[' → so many of its first iterations are kept, with all that is in
-- them, as they were last; and path || '#' → the highest attempt that earlier generations have of anything in it.
create function path_kept(path text, kept jsonb) returns boolean language sql immutable parallel safe as $$
	select coalesce(bool_or((kept ->> left(path, b.at))::integer > substring(substr(path, b.at + 1) from '^[0-9]+')::integer), false)
	from generate_series(1, length(path)) b (at) where substr(path, b.at, 1) = '['
$$;
grant execute on function path_kept(text, jsonb) to stepmill_api, stepmill_executor;

-- Does a step run count in its run's generation `now`, or is it only history? The newest that counts is the state of its path.
create function step_run_counts(generation integer, path text, attempt integer, now integer, kept jsonb) returns boolean
	language sql immutable parallel safe as $$
	select generation = now or coalesce((kept ->> path)::integer = attempt, false)
		or (generation < now and strpos(path, '[') > 0 and path_kept(path, kept))
$$;
grant execute on function step_run_counts(integer, text, integer, integer, jsonb) to stepmill_api, stepmill_executor;

-- That newest one of a path, found by two looks at the key, however many attempts there were: attempts of later generations have higher
-- numbers, so it is the last, or the one that was kept.
create function step_newest(space uuid, asked uuid, at_path text, now integer, kept jsonb) returns setof step_run
	language sql stable parallel safe as $$
	select s.* from step_run s
	where s.workspace_id = space and s.run_id = asked and s.path = at_path collate "C" and s.attempt = (
		select case when l.generation = now or (strpos(at_path, '[') > 0 and path_kept(at_path, kept)) then l.attempt
			else (kept ->> at_path)::integer end from step_run l
		where l.workspace_id = space and l.run_id = asked and l.path = at_path collate "C" order by l.attempt desc limit 1)
$$;
grant execute on function step_newest(uuid, uuid, text, integer, jsonb) to stepmill_api, stepmill_executor;

-- What happened, numbered by the holder without gaps from 1. Small events of one flush that follow each other share a row: then it has no
-- type, and its data are [[type, path, attempt, data], …], what is null at the end of one left out. The key is the number of the
-- first, so whoever goes on from the same event as another collides with it, however many each has to add. Read by
-- run_event and run_events(), which show a row an event.
create table run_record (
	workspace_id uuid not null,
	run_id       uuid not null,
	seq          integer not null,
	count        integer not null default 1 check (count > 0),
	at           timestamptz not null,
	attempt      integer,
	type         text,
	path         text collate "C",
	data         text,
	primary key (workspace_id, run_id, seq),
	check (type is not null or data is not null)
) partition by range (run_id);
create index run_record_output on run_record (run_id, path, attempt, seq) where type = 'step.output'; -- what an attempt has streamed
create index run_record_reopened on run_record (workspace_id, run_id, seq) where type in ('run.reopened', 'run.moved'); -- where a generation, or another version, begins

-- Event 1 is the run itself; that of a fork says what it goes on from, and is written.
create view run_event with (security_invoker = true) as
	select r.workspace_id, r.id as run_id, 1::bigint as seq, r.created_at as at, 'run.created'::text as type, null::text collate "C" as path,
		null::integer as attempt, null::text as data
	from run r where r.forked_from is null
	union all
	select r.workspace_id, r.run_id, r.seq + e.place - 1, r.at, coalesce(r.type, p.part[1]::json #>> '{}'),
		coalesce(r.path, p.part[2]::json #>> '{}') collate "C", coalesce(r.attempt, (p.part[3]::json #>> '{}')::integer),
		case when r.type is null then p.part[4] else r.data end
	from run_record r
	cross join lateral json_array_elements(case when r.type is null then r.data::json else '[[]]' end) with ordinality e (event, place)
	-- Operators of a whole event would look into its data, which may hold what is no text of PostgreSQL's.
	cross join lateral (select array(select x::text from json_array_elements(e.event) x)) p (part);

create function run_event_written() returns trigger language plpgsql as $$
begin
	if new.seq > 1 or new.type <> 'run.created' or new.data is not null then
		insert into run_record (workspace_id, run_id, seq, at, attempt, type, path, data)
		values (new.workspace_id, new.run_id, new.seq, new.at, new.attempt, new.type, new.path, new.data);
	end if;
	return new;
end $$;
create trigger run_event_written instead of insert on run_event for each row execute function run_event_written();
grant execute on function run_event_written() to stepmill_api, stepmill_executor;

-- A page of a run's events after a number, in their order: reads no more rows than it has to, however many there are.
create function run_events(space uuid, asked uuid, after bigint, most bigint) returns setof run_event language sql stable parallel safe as $$
	select x.* from (
		(select r.workspace_id, r.id, 1::bigint as seq, r.created_at, 'run.created'::text, null::text collate "C", null::integer, null::text
		from run r where r.workspace_id = space and r.id = asked and r.forked_from is null and after < 1 and most > 0)
		union all
		(select r.workspace_id, r.run_id, r.seq + e.place - 1, r.at, coalesce(r.type, p.part[1]::json #>> '{}'),
			coalesce(r.path, p.part[2]::json #>> '{}') collate "C", coalesce(r.attempt, (p.part[3]::json #>> '{}')::integer),
			case when r.type is null then p.part[4] else r.data end
		from ( -- a row of its own, closed by its offset: inside of a condition it would be no bound of the index
			select coalesce((select f.seq from run_record f where f.workspace_id = space and f.run_id = asked and f.seq <= after + 1
				order by f.seq desc limit 1), 0) as seq offset 0) first
		cross join lateral (
			select c.* from run_record c
			where c.workspace_id = space and c.run_id = asked and c.seq >= first.seq
			order by c.seq limit most + 1) r
		cross join lateral json_array_elements(case when r.type is null then r.data::json else '[[]]' end) with ordinality e (event, place)
		cross join lateral (select array(select x::text from json_array_elements(e.event) x)) p (part)
		where r.seq + e.place - 1 > after
		order by r.seq, e.place limit most)
	) as x
	order by x.seq limit most
$$;
grant execute on function run_events(uuid, uuid, bigint, bigint) to stepmill_api, stepmill_live;

-- Inputs and outputs of steps over 64 KB, in parts of about 1 MB that follow each other. They are written before the row that names
-- them; the id is made from path, attempt and what it is, so an attempt that is repeated writes over what was left of it.
create table blob (
	workspace_id uuid not null,
	run_id       uuid not null,
	id           uuid not null,
	part         integer not null, -- from 0
	content      text not null,
	primary key (workspace_id, run_id, id, part)
) partition by range (run_id);
alter table blob alter column content set compression lz4;

-- Every call that costs, or may have: its price is not known. Of one that is known to cost nothing its step run tells enough. Where money is limited a call is here from its start on, with the most it may cost, and is settled when
-- that is known: by its end, or when its executor is found dead. A call that is made again after such a loss has a row of its own.
create table ledger (
	workspace_id uuid not null,
	run_id       uuid not null,
	path         text not null collate "C",
	attempt      integer not null,
	at           timestamptz not null,
	provider     text not null,
	model        text not null,
	tokens_in    bigint not null,
	tokens_out   bigint not null,
	tokens_cached bigint not null default 0,
	cost_nano    bigint,    -- null: unknown price, or not settled
	epoch        bigint not null default 0,      -- of the claim it was made under
	settled      boolean not null default true,
	reserved_nano bigint,   -- the most it may cost, where money is limited
	outcome_unknown boolean not null default false, -- charged at the most it can have cost
	incarnation  uuid,      -- who answers for it until it is settled
	primary key (workspace_id, run_id, path, attempt, epoch)
) partition by range (run_id);
create index ledger_at on ledger (workspace_id, at);
create index ledger_lost on ledger (workspace_id, run_id) where outcome_unknown;
create index ledger_open on ledger (incarnation) where not settled;

-- Runs somebody is watching right now (stepmill-live): a flush notifies only for these.
create table run_watch (
	workspace_id uuid not null,
	run_id       uuid not null,
	watcher      uuid not null, -- one a stepmill-live process
	until        timestamptz not null,
	primary key (workspace_id, run_id, watcher)
);
create index run_watch_until on run_watch (until);

-- ---- partitions by month of the run's birth, which is the first 48 bits of its id ----

create function id_floor(at timestamptz) returns uuid language sql immutable parallel safe as $$
	select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-000000000000')::uuid
	from lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') h
$$;

-- Makes the partitions of this month and the next `ahead` ones where they are missing; how many. Called here and by executors. An
-- installation that slept through the months it had partitions for writes into the default ones when it wakes: what is in them moves.
-- It waits a tenth of a second for the lock on a default partition: everybody else queues up behind it, and whoever makes a dump may hold it for half
-- an hour. What is left is made the next time; there are months until it is needed.
create function partition_ensure(ahead integer default 2) returns integer language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	parent text;
	month  timestamptz;
	child  text;
	least  uuid;
	past   uuid;
	made   integer := 0;
begin
	for i in 0 .. ahead loop
		month := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
		foreach parent in array array['step_run', 'run_record', 'blob', 'ledger'] loop
			child := parent || '_' || to_char(month at time zone 'UTC', 'YYYYMM');
			continue when to_regclass(child) is not null;
			if not pg_try_advisory_xact_lock(hashtextextended('stepmill.partition', 0)) then
				return made;
			end if;
			continue when to_regclass(child) is not null;
			least := id_floor(month);
			past := id_floor(month + interval '1 month');
			begin
				perform set_config('lock_timeout', '100ms', true);
				-- Nobody may add to the default partition between the move and the attachment, which locks it anyway.
				execute format('lock table %I in access exclusive mode', parent || '_default');
				execute format('create table %I (like %I including all)', child, parent);
				if parent = 'step_run' then -- the end of a step finds room on the page of its start: no index is touched
					execute format('alter table %I set (fillfactor = 40)', child);
				end if;
				execute format('with moved as (delete from %I where run_id >= %L and run_id < %L returning *) insert into %I select * from moved',
					parent || '_default', least, past, child);
				execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, least, past);
				execute format('alter table %I enable row level security', child);
				execute format('alter table %I force row level security', child);
				made := made + 1;
			exception when lock_not_available then
				return made;
			end;
		end loop;
	end loop;
	return made;
end $$;

create table step_run_default partition of step_run default;
create table run_record_default partition of run_record default;
create table blob_default partition of blob default;
create table ledger_default partition of ledger default;
select partition_ensure(2);
grant execute on function partition_ensure(integer) to stepmill_executor;

-- ---- who sees what ----

do $$
declare
	t text;
begin
	foreach t in array array['run', 'run_live', 'run_inbox', 'step_run', 'run_record', 'blob', 'ledger', 'run_watch'] loop
		call table_closed(t);
		call table_of_executor(t);
	end loop;
	foreach t in array array['run_live', 'run_inbox', 'step_run', 'run_record', 'blob', 'ledger', 'run_watch'] loop
		call table_of_tenants(t);
	end loop;
	foreach t in array array['step_run_default', 'run_record_default', 'blob_default', 'ledger_default'] loop
		call table_closed(t);
	end loop;
end $$;
-- What a step produced is reached through its run in the same statement, so this policy covers step_run, run_record and blob too: what
-- is private, and what is deleted, cannot be forgotten in a query.
create policy tenant on run to stepmill_api, stepmill_live
	using (workspace_id = current_workspace() and deleted_at is null and (private_to is null or private_to = current_person()))
	with check (workspace_id = current_workspace());
-- A watcher removes what it left behind in any workspace.
create policy watcher on run_watch to stepmill_live using (true) with check (workspace_id = current_workspace());

grant select on ledger, run_live to stepmill_api;
grant select, insert on run to stepmill_api;
grant insert on run_live, run_inbox, run_record, run_event, step_run, blob to stepmill_api; -- of the last two: copies, when a run is forked
grant select on run_inbox, step_run, run_record, run_event, blob to stepmill_api;

grant select on run_watch to stepmill_executor;
-- They make runs that steps start, and tell runs of each other.
grant select, insert, update on run to stepmill_executor;
grant select, insert, update, delete on run_live to stepmill_executor;
grant select, insert, delete on run_inbox to stepmill_executor;
grant update (kept) on run_inbox to stepmill_executor;
grant select, insert, update on step_run to stepmill_executor;
grant select, insert on run_record to stepmill_executor;
grant select, insert on run_event to stepmill_executor;
grant select, insert, delete on blob to stepmill_executor;
grant select, insert, update, delete on ledger to stepmill_executor;

grant select on run, run_live, run_record, run_event to stepmill_live;
grant select, insert, update, delete on run_watch to stepmill_live;

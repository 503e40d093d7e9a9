-- The first schema: people, workspaces, prompts, workflows, runs and the engine's own tables.
--
-- Roles (made with the cluster, see scripts/lib/postgres): stepmill_owner owns everything and runs migrations; stepmill_api,
-- stepmill_executor and stepmill_live log in with only what they need. No program connects as the owner but `stepmill migrate`
-- and `stepmill demo`.
--
-- Every tenant table starts its primary key with workspace_id and has forced row-level security with three policies:
--   the owner and the executor see all workspaces; api and live see the workspace that guard() has set for this transaction.
-- JSON that people supply is stored as text that was validated before, not as jsonb: it comes out as it went in.

-- ---------------------------------------------------------------------------------------------------------------
-- What the current transaction acts for: set by guard(), gone at the end of the transaction, empty otherwise.

create function current_workspace() returns uuid language sql stable parallel safe
	as $$ select nullif(current_setting('stepmill.workspace', true), '')::uuid $$;
create function current_person() returns uuid language sql stable parallel safe
	as $$ select nullif(current_setting('stepmill.user', true), '')::uuid $$;

-- ---------------------------------------------------------------------------------------------------------------
-- People. Not tenant tables: api reaches them only through the functions below.

create table app_user (
	id            uuid primary key,
	email         text not null check (email = lower(email) and length(email) between 3 and 254),
	name          text not null check (length(name) between 1 and 100),
	password_hash text not null,
	created_at    timestamptz not null default now(),
	disabled_at   timestamptz
);
create unique index app_user_email on app_user (email);

create table session (
	token_hash   bytea primary key check (length(token_hash) = 32),
	user_id      uuid not null references app_user on delete cascade,
	created_at   timestamptz not null default now(),
	last_seen_at timestamptz not null default now(),
	expires_at   timestamptz not null,
	address      text not null default '',
	agent        text not null default ''
);
create index session_person on session (user_id);
create index session_expiry on session (expires_at);

-- Failed sign-ins, counted per account and per address; see sign_in_allowed().
create table sign_in_failure (
	subject  text not null,
	at       timestamptz not null default now()
);
create index sign_in_failure_subject on sign_in_failure (subject, at);

create table workspace (
	id         uuid primary key,
	slug       text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	name       text not null check (length(name) between 1 and 100),
	created_at timestamptz not null default now()
);

create table membership (
	workspace_id uuid not null references workspace on delete cascade,
	user_id      uuid not null references app_user on delete cascade,
	role         text not null check (role in ('viewer', 'member', 'admin', 'owner')),
	created_at   timestamptz not null default now(),
	primary key (workspace_id, user_id)
);
create index membership_user on membership (user_id);

-- ---------------------------------------------------------------------------------------------------------------
-- What people write. A version never changes; the parent names its current one.

create table prompt (
	workspace_id    uuid not null references workspace on delete cascade,
	id              uuid not null,
	name            text not null check (length(name) between 1 and 100),
	description     text not null default '' check (length(description) <= 500),
	visibility      text not null default 'workspace' check (visibility in ('private', 'workspace')),
	current_version integer not null default 1,
	created_by      uuid not null references app_user,
	created_at      timestamptz not null default now(),
	updated_at      timestamptz not null default now(),
	archived_at     timestamptz,
	primary key (workspace_id, id)
);
create index prompt_created on prompt (workspace_id, created_at desc, id);

create table prompt_version (
	workspace_id uuid not null,
	prompt_id    uuid not null,
	version      integer not null check (version > 0),
	body         text not null check (length(body) between 1 and 200000),
	variables    text[] not null default '{}',
	created_by   uuid not null references app_user,
	created_at   timestamptz not null default now(),
	primary key (workspace_id, prompt_id, version),
	foreign key (workspace_id, prompt_id) references prompt on delete cascade
);

create table workflow (
	workspace_id    uuid not null references workspace on delete cascade,
	id              uuid not null,
	name            text not null check (length(name) between 1 and 100),
	description     text not null default '' check (length(description) <= 500),
	type            text not null check (type in ('chain', 'flow', 'pipeline', 'agent', 'sync', 'enrich', 'search', 'prune', 'sequence')),
	visibility      text not null default 'workspace' check (visibility in ('private', 'workspace')),
	current_version integer not null default 1,
	created_by      uuid not null references app_user,
	created_at      timestamptz not null default now(),
	updated_at      timestamptz not null default now(),
	archived_at     timestamptz,
	primary key (workspace_id, id)
);
create index workflow_created on workflow (workspace_id, created_at desc, id);

create table workflow_version (
	workspace_id uuid not null,
	workflow_id  uuid not null,
	version      integer not null check (version > 0),
	definition   text not null, -- canonical JSON
	step_count   integer not null,
	message      text not null default '' check (length(message) <= 500),
	created_by   uuid not null references app_user,
	created_at   timestamptz not null default now(),
	primary key (workspace_id, workflow_id, version),
	foreign key (workspace_id, workflow_id) references workflow on delete cascade
);

-- ---------------------------------------------------------------------------------------------------------------
-- Runs. No foreign keys from here on: they doubled PostgreSQL's work in a trial. The functions and the engine keep them whole.

create table run (
	workspace_id     uuid not null,
	id               uuid not null,
	workflow_id      uuid not null,
	workflow_version integer not null,
	name             text not null,
	type             text not null,
	status           text not null default 'pending'
		check (status in ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
	generation       integer not null default 1,
	planner          integer not null default 1, -- version of plan() that this run's history was made by
	step_count       integer not null,
	steps_done       integer not null default 0, -- completed or skipped; set at the end
	input            text not null,
	output           text,
	error            text,      -- {"code", "message", "path"}
	private_to       uuid,      -- the creator, when the workflow was private
	created_by       uuid not null,
	trigger          text not null default 'api',
	created_at       timestamptz not null default now(),
	started_at       timestamptz,
	finished_at      timestamptz,
	-- totals, written at the end; while it runs they are summed from step_run
	tokens_in        bigint not null default 0,
	tokens_out       bigint not null default 0,
	cost_nano        bigint,    -- billionths of a dollar; null: unknown
	primary key (workspace_id, id)
);
create index run_created on run (workspace_id, created_at desc, id);
create index run_workflow on run (workspace_id, workflow_id, created_at desc);

-- One row a run that has not ended: who holds it, and when it is next due. Deleted in the flush that ends the run.
create table run_live (
	workspace_id uuid not null,
	run_id       uuid not null,
	due_at       timestamptz not null default now(),
	priority     smallint not null default 0, -- lower first
	holder       uuid,                        -- executor.incarnation
	epoch        bigint not null default 0,   -- grows at every claim
	strikes      smallint not null default 0, -- claims that ended with the holder dead
	primary key (workspace_id, run_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create index run_live_workspace_due on run_live (workspace_id, priority, due_at) where holder is null;
create index run_live_due on run_live (due_at) where holder is null;
create index run_live_holder on run_live (holder) where holder is not null;

-- Requests to a run. Whoever asks inserts and locks nothing; the holder deletes rows in the flush that records what they did.
create table run_inbox (
	workspace_id uuid not null,
	run_id       uuid not null,
	id           uuid not null,
	kind         text not null,  -- cancel
	data         text,
	dedup        text,
	created_by   uuid,
	created_at   timestamptz not null default now(),
	primary key (workspace_id, run_id, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create unique index run_inbox_dedup on run_inbox (workspace_id, run_id, dedup) where dedup is not null;

-- One row an attempt. It never leaves its terminal state.
create table step_run (
	workspace_id   uuid not null,
	run_id         uuid not null,
	path           text not null collate "C",
	attempt        integer not null,
	generation     integer not null default 1,
	kind           text not null,
	status         text not null
		check (status in ('pending', 'running', 'waiting', 'completed', 'failed', 'skipped', 'cancelled', 'rolled_back')),
	input          text,      -- what the step was given, templates filled
	output         text,      -- JSON
	output_blob    uuid,      -- instead of output when that is over 64 KB
	error          text,      -- {"code", "message"}
	waiting_for    text,
	model_asked    text,
	model_answered text,
	tokens_in      bigint,
	tokens_out     bigint,
	tokens_cached  bigint,
	cost_nano      bigint,    -- null: unknown, or not a step that costs
	started_at     timestamptz not null,
	finished_at    timestamptz,
	primary key (workspace_id, run_id, path, attempt)
) partition by range (run_id);

-- What happened, numbered by the holder without gaps from 1. Everything live is read from here.
create table run_event (
	workspace_id uuid not null,
	run_id       uuid not null,
	seq          bigint not null,
	at           timestamptz not null,
	type         text not null,
	path         text collate "C",
	attempt      integer,
	data         text,
	primary key (workspace_id, run_id, seq)
) partition by range (run_id);

create table blob (
	workspace_id uuid not null,
	run_id       uuid not null,
	id           uuid not null,
	content      text not null,
	primary key (workspace_id, run_id, id)
) partition by range (run_id);

-- Every call that costs, settled or not.
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
	cost_nano    bigint,    -- null: unknown price
	primary key (workspace_id, run_id, path, attempt)
) partition by range (run_id);
create index ledger_at on ledger (workspace_id, at);

-- ---------------------------------------------------------------------------------------------------------------
-- Executors and what they have drawn.

create table executor (
	incarnation uuid primary key,
	name        text not null,
	planner     integer not null,
	started_at  timestamptz not null default clock_timestamp(),
	lease_until timestamptz not null,
	flush       bigint not null default 0 -- number of the last flush that was committed
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

create table quota (
	workspace_id uuid not null,
	scope        text not null,  -- run:<id>, workflow:<id>, member:<id>, key:<id>, workspace
	unit         text not null check (unit in ('money', 'concurrency', 'rate')),
	cap          bigint not null,
	drawn        bigint not null default 0,
	spent        bigint not null default 0,
	refilled_at  timestamptz not null default now(),
	primary key (workspace_id, scope, unit)
);
create table quota_grant (
	workspace_id uuid not null,
	scope        text not null,
	unit         text not null,
	incarnation  uuid not null,
	amount       bigint not null,
	primary key (workspace_id, scope, unit, incarnation)
);
create index quota_grant_incarnation on quota_grant (incarnation);

-- Runs somebody is watching right now (stepmill-live): a flush notifies only for these.
create table run_watch (
	workspace_id uuid not null,
	run_id       uuid not null,
	watcher      uuid not null, -- one a stepmill-live process
	until        timestamptz not null,
	primary key (workspace_id, run_id, watcher)
);
create index run_watch_until on run_watch (until);

-- Answers kept for 24 hours under the client's Idempotency-Key.
create table idempotency (
	workspace_id uuid not null,
	user_id      uuid not null,
	key          text not null check (length(key) between 1 and 255),
	request_hash bytea not null,
	status       smallint,
	response     text,
	created_at   timestamptz not null default now(),
	primary key (workspace_id, user_id, key)
);
create index idempotency_created on idempotency (created_at);

-- ---------------------------------------------------------------------------------------------------------------
-- Partitions by month of the run's birth, which is the first 48 bits of its id.

create function id_floor(at timestamptz) returns uuid language sql immutable parallel safe as $$
	select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-000000000000')::uuid
	from lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') h
$$;

-- Makes the partitions of this month and the next `ahead` ones where they are missing. Called by migrations and executors.
create function partition_ensure(ahead integer default 2) returns integer language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	parent text;
	month  timestamptz;
	child  text;
	made   integer := 0;
begin
	for i in 0 .. ahead loop
		month := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
		foreach parent in array array['step_run', 'run_event', 'blob', 'ledger'] loop
			child := parent || '_' || to_char(month at time zone 'UTC', 'YYYYMM');
			continue when to_regclass(child) is not null;
			perform pg_advisory_xact_lock(hashtextextended('stepmill.partition', 0));
			continue when to_regclass(child) is not null;
			execute format('create table %I partition of %I for values from (%L) to (%L)', child, parent,
				id_floor(month), id_floor(month + interval '1 month'));
			execute format('alter table %I enable row level security', child);
			execute format('alter table %I force row level security', child);
			made := made + 1;
		end loop;
	end loop;
	return made;
end $$;

create table step_run_default partition of step_run default;
create table run_event_default partition of run_event default;
create table blob_default partition of blob default;
create table ledger_default partition of ledger default;
select partition_ensure(2);

-- ---------------------------------------------------------------------------------------------------------------
-- Row-level security.

do $$
declare
	t text;
begin
	foreach t in array array['workspace', 'membership', 'prompt', 'prompt_version', 'workflow', 'workflow_version', 'run', 'run_live',
		'run_inbox', 'step_run', 'run_event', 'blob', 'ledger', 'quota', 'quota_grant', 'run_watch', 'idempotency',
		'step_run_default', 'run_event_default', 'blob_default', 'ledger_default', 'app_user', 'session', 'sign_in_failure', 'executor'] loop
		execute format('alter table %I enable row level security', t);
		execute format('alter table %I force row level security', t);
		execute format('create policy owner_all on %I to stepmill_owner using (true) with check (true)', t);
	end loop;
	-- Tables that api and live see one workspace of.
	foreach t in array array['membership', 'prompt_version', 'workflow_version', 'run_live', 'run_inbox',
		'step_run', 'run_event', 'blob', 'ledger', 'quota', 'quota_grant', 'run_watch', 'idempotency'] loop
		execute format('create policy tenant on %I to stepmill_api, stepmill_live
			using (workspace_id = current_workspace()) with check (workspace_id = current_workspace())', t);
	end loop;
	foreach t in array array['prompt', 'workflow'] loop
		execute format('create policy tenant on %I to stepmill_api
			using (workspace_id = current_workspace() and (visibility <> ''private'' or created_by = current_person()))
			with check (workspace_id = current_workspace())', t);
	end loop;
	-- The executor's role sees all workspaces, and always names the composite key.
	foreach t in array array['prompt', 'prompt_version', 'workflow_version', 'run', 'run_live', 'run_inbox', 'step_run', 'run_event', 'blob', 'ledger',
		'quota', 'quota_grant', 'run_watch', 'executor'] loop
		execute format('create policy executor_all on %I to stepmill_executor using (true) with check (true)', t);
	end loop;
end $$;

create policy tenant on workspace to stepmill_api using (id = current_workspace());
-- Names of the people of this workspace, for lists; the grant below leaves e-mail and password hash out.
create policy colleagues on app_user for select to stepmill_api
	using (id in (select m.user_id from membership m where m.workspace_id = current_workspace()));
-- What a step produced is reached through its run in the same statement, so this policy covers step_run, run_event and blob too.
create policy tenant on run to stepmill_api, stepmill_live
	using (workspace_id = current_workspace() and (private_to is null or private_to = current_person()))
	with check (workspace_id = current_workspace());
-- A watcher removes what it left behind in any workspace.
create policy watcher on run_watch to stepmill_live using (true) with check (workspace_id = current_workspace());

grant usage on schema public to stepmill_api, stepmill_executor, stepmill_live;
grant select (id, name) on app_user to stepmill_api;
grant select on workspace, membership, ledger, run_live to stepmill_api;
grant select, insert, update on prompt, workflow to stepmill_api;
grant select, insert on prompt_version, workflow_version to stepmill_api;
grant select, insert on run to stepmill_api;
grant insert on run_live, run_inbox, run_event to stepmill_api;
grant select on run_inbox, step_run, run_event, blob to stepmill_api;
grant select, insert, update on idempotency to stepmill_api;

grant select on prompt, prompt_version, workflow_version, run_watch to stepmill_executor;
grant select, update on run to stepmill_executor;
grant select, update, delete on run_live to stepmill_executor;
grant select, delete on run_inbox to stepmill_executor;
grant select, insert, update on step_run to stepmill_executor;
grant select, insert on run_event, blob, ledger to stepmill_executor;
grant select, insert, update, delete on executor, quota, quota_grant to stepmill_executor;

grant select on run, run_event to stepmill_live;
grant select, insert, update, delete on run_watch to stepmill_live;

-- ---------------------------------------------------------------------------------------------------------------
-- Who asks, and whether they may: the first statement of every request's batch.

create function role_rank(role text) returns integer language sql immutable parallel safe as $$
	select case role when 'viewer' then 1 when 'member' then 2 when 'admin' then 3 when 'owner' then 4 else 0 end
$$;

-- Looks at a session without a workspace; for routes about the person.
create function guard_person(token bytea) returns uuid language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	person uuid;
	seen   timestamptz;
begin
	select s.user_id, s.last_seen_at into person, seen
	from session s join app_user u on u.id = s.user_id
	where s.token_hash = token and s.expires_at > now() and u.disabled_at is null;
	if person is null then
		raise exception using errcode = 'SM401', message = 'You are not signed in, or the session has ended. Sign in again.';
	end if;
	if seen < now() - interval '5 minutes' then
		update session set last_seen_at = now() where token_hash = token;
	end if;
	perform set_config('stepmill.user', person::text, true);
	return person;
end $$;

-- The same for a workspace: a stranger learns nothing about it, a member below the needed role is told so.
create function guard(token bytea, workspace uuid, needed text) returns text language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	person uuid := guard_person(token);
	has    text;
begin
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

-- Sign-in in two halves: the hash is checked in the worker between them.
create function sign_in_lookup(mail text) returns table (id uuid, password_hash text) language sql stable security definer
	set search_path = public, pg_temp as $$
	select u.id, u.password_hash from app_user u where u.email = lower(mail) and u.disabled_at is null
$$;

-- Ten failures in 15 minutes from one address for one account slow that address down; 100 from one address slow it for all
-- accounts. Nobody else's failures can lock the account's owner out.
create function sign_in_allowed(mail text, address text) returns boolean language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	return (select count(*) < 10 from sign_in_failure f
			where f.subject = 'account:' || lower(mail) || '|' || address and f.at > now() - interval '15 minutes')
		and (select count(*) < 100 from sign_in_failure f
			where f.subject = 'address:' || address and f.at > now() - interval '15 minutes');
end $$;

create function sign_in_failed(mail text, address text) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	insert into sign_in_failure (subject) values ('account:' || lower(mail) || '|' || address), ('address:' || address);
	delete from sign_in_failure where at < now() - interval '1 hour';
end $$;

create function sign_in_done(person uuid, token bytea, address text, agent text, seconds integer) returns void language plpgsql security definer
	set search_path = public, pg_temp as $$
begin
	insert into session (token_hash, user_id, expires_at, address, agent)
	values (token, person, now() + make_interval(secs => seconds), left(address, 100), left(agent, 300));
	delete from session where user_id = person and expires_at < now();
end $$;

create function sign_out(token bytea) returns void language sql security definer set search_path = public, pg_temp as $$
	delete from session where token_hash = token
$$;

-- The person of this request with the workspaces they belong to, as JSON.
create function person_read() returns text language sql stable security definer set search_path = public, pg_temp as $$
	select json_build_object(
		'user', json_build_object('id', u.id, 'email', u.email, 'name', u.name),
		'workspaces', coalesce((
			select json_agg(json_build_object('id', w.id, 'slug', w.slug, 'name', w.name, 'role', m.role) order by w.name, w.id)
			from membership m join workspace w on w.id = m.workspace_id where m.user_id = u.id), '[]'::json))::text
	from app_user u where u.id = current_person()
$$;

revoke execute on all functions in schema public from public;
grant execute on function current_workspace(), current_person() to stepmill_api, stepmill_executor, stepmill_live;
grant execute on function guard_person(bytea), guard(bytea, uuid, text), role_rank(text) to stepmill_api, stepmill_live;
grant execute on function sign_in_lookup(text), sign_in_allowed(text, text), sign_in_failed(text, text),
	sign_in_done(uuid, bytea, text, text, integer), sign_out(bytea), person_read() to stepmill_api;
grant execute on function partition_ensure(integer) to stepmill_executor;

-- Outputs of steps that are kept for a while, where their definition says so: the same step asked with the same key completes with what it gave before.
-- Only executors come here. What the key and the step come to is a digest (exec/cache.c); outputs are as they are recorded, without secrets.

create table step_cache (
	workspace_id uuid not null,
	workflow_id  uuid not null,
	owner        uuid not null, -- of private runs: whose; else all zero
	step         text not null collate "C",
	digest       text not null collate "C" check (digest ~ '^[0-9a-f]{64}$'),
	output       text not null check (octet_length(output) <= 65536),
	kept_at      timestamptz not null default now(),
	expires_at   timestamptz not null,
	primary key (workspace_id, workflow_id, owner, step, digest)
);
create index step_cache_age on step_cache (workspace_id, kept_at);
create index step_cache_expires on step_cache (expires_at);
call table_closed('step_cache');
call table_of_executor('step_cache');
grant select, insert, update, delete on step_cache to stepmill_executor;

-- What is over goes, and of a workspace that keeps more than so many the oldest: some thousand rows a round, none that a flush has locked.
create function step_cache_trim(most bigint default 10000, at_once bigint default 5000) returns bigint language plpgsql as $$
declare
	space uuid;
	gone  bigint;
	more  bigint;
begin
	delete from step_cache c using (
		select e.workspace_id, e.workflow_id, e.owner, e.step, e.digest from step_cache e
		where e.expires_at < now() order by e.expires_at limit at_once for update skip locked) o
	where c.workspace_id = o.workspace_id and c.workflow_id = o.workflow_id and c.owner = o.owner and c.step = o.step and c.digest = o.digest;
	get diagnostics gone = row_count;
	for space in select e.workspace_id from step_cache e group by e.workspace_id having count(*) > most loop
		delete from step_cache c using (
			select e.workspace_id, e.workflow_id, e.owner, e.step, e.digest from step_cache e
			where e.workspace_id = space order by e.kept_at
			limit least(at_once, (select count(*) from step_cache n where n.workspace_id = space) - most) for update skip locked) o
		where c.workspace_id = o.workspace_id and c.workflow_id = o.workflow_id and c.owner = o.owner and c.step = o.step and c.digest = o.digest;
		get diagnostics more = row_count;
		gone := gone + more;
	end loop;
	return gone;
end $$;
grant execute on function step_cache_trim(bigint, bigint) to stepmill_executor;

-- Numbers of the whole installation, for who watches it. They are read from indexes, and counts end at 100,000: looking must cost
-- little where much is. With the owner's rights, because no program sees all workspaces; nothing of a workspace is in them.
create function metrics_read() returns table (name text, label text, labelled text, number double precision) language sql stable
	security definer set search_path = public, pg_temp set enable_seqscan = off as $$
	with told as (
		select distinct on (e.name) e.name, e.lease_until, e.metrics::json as said, e.metrics_at from executor e
		order by e.name, e.started_at desc
	), numbers (name, label, labelled, number) as (
		select 'runs', 'state', 'held', count(*) from (select from run_live where holder is not null limit 100000) x
		union all
		select 'runs', 'state', 'due', count(*) from (select from run_live where holder is null and due_at <= now() limit 100000) x
		union all
		select 'runs', 'state', 'asleep', count(*) from (select from run_live
			where holder is null and due_at > now() and due_at <= now() + interval '50 years' limit 100000) x
		union all -- asleep for a hundred years: until somebody asks something of it
		select 'runs', 'state', 'waiting', count(*) from (select from run_live
			where holder is null and due_at > now() + interval '50 years' limit 100000) x
		union all
		select 'due_oldest_seconds', null, null, coalesce(extract(epoch from clock_timestamp() - (
			select l.due_at from run_live l where l.holder is null and l.due_at <= now() order by l.due_at limit 1)), 0)
		union all
		select n.name, null, null, n.number from (
			select count(*) as waiting, coalesce(extract(epoch from clock_timestamp() - min(i.created_at)), 0) as oldest
			from (select created_at from run_inbox where not kept limit 100000) i
		) i cross join lateral (values ('inbox_requests', i.waiting), ('inbox_oldest_seconds', i.oldest)) n (name, number)
		union all
		select 'deleted_runs', null, null, count(*) from (select from run where deleted_at is not null limit 100000) x
		union all
		select 'executors', 'state', s.state, (select count(*) from executor e where (e.lease_until > clock_timestamp()) = (s.state = 'alive'))
		from (values ('alive'), ('dead')) s (state)
		union all
		select 'executor_' || n.name, 'executor', t.name, n.number from told t cross join lateral (values
			('lease_seconds', greatest(0, extract(epoch from t.lease_until - clock_timestamp()))),
			('told_seconds', extract(epoch from clock_timestamp() - t.metrics_at)),
			('held', (t.said ->> 'held')::numeric), ('slots', (t.said ->> 'slots')::numeric),
			('memory_bytes', (t.said ->> 'memory')::numeric),
			('scripts_refused', (t.said #>> '{scripts,sandbox}' = 'refused')::integer::numeric), ('scripts_running', (t.said #>> '{scripts,running}')::numeric),
			('scripts_waiting', (t.said #>> '{scripts,waiting}')::numeric), ('scripts_total', (t.said #>> '{scripts,started}')::numeric),
			('scripts_stopped_total', (t.said #>> '{scripts,stopped}')::numeric)) n (name, number)
		where n.number is not null
		union all
		select 'executor_' || case c.key when 'flush_us' then 'flush_seconds' else c.key end || '_total', 'executor', t.name,
			c.value::numeric / case c.key when 'flush_us' then 1000000 else 1 end
		from told t cross join lateral json_each_text(t.said -> 'total') c
	)
	select n.name, n.label, n.labelled, n.number::double precision from numbers n order by n.name, n.labelled
$$;
grant execute on function metrics_read() to stepmill_api;

-- What `stepmill doctor` looks at, as the owner of the schema. It only reads.
-- role: stepmill_owner

-- name: doctor_overview :one
-- Everything in one row; ages in milliseconds by the database's clock.
select current_setting('server_version'),
	(select string_agg(r.name, ', ' order by r.name) from unnest(array['stepmill_owner', 'stepmill_api', 'stepmill_executor', 'stepmill_live']) as r (name)
		where not exists (select from pg_roles p where p.rolname = r.name)),
	(select count(*) from executor e where e.lease_until > clock_timestamp()),
	(select count(*) from executor e where e.lease_until <= clock_timestamp()),
	(select count(distinct w.watcher) from run_watch w where w.until > now()),
	(select count(*) from run_watch w where w.until > now()),
	(select count(*) from run_live),
	(select count(*) from run_live l where l.holder is not null),
	(select count(*) from run_live l where l.holder is null and l.due_at <= now()),
	(select (extract(epoch from now() - min(l.due_at)) * 1000)::bigint from run_live l where l.holder is null and l.due_at <= now()),
	(select count(*) from run_live l where not exists (select from executor e where e.incarnation = l.holder) and l.holder is not null),
	(select count(*) from run_inbox),
	(select (extract(epoch from now() - min(i.created_at)) * 1000)::bigint from run_inbox i);

-- name: doctor_executors :many
-- Each incarnation: its name, planner, what is left of its lease, its flushes, the runs it holds, and what it told of itself.
select e.name, e.incarnation, e.planner, (extract(epoch from e.lease_until - clock_timestamp()) * 1000)::bigint, e.flush,
	(select count(*) from run_live l where l.holder = e.incarnation), e.metrics
from executor e order by e.name, e.started_at;

-- name: doctor_run :maybe
-- One run, with what may hold it up.
select r.status, r.planner, (extract(epoch from now() - r.created_at) * 1000)::bigint,
	(extract(epoch from now() - r.finished_at) * 1000)::bigint, r.error,
	l.run_id is not null, (extract(epoch from l.due_at - now()) * 1000)::bigint, l.holder is not null, e.name,
	(extract(epoch from e.lease_until - clock_timestamp()) * 1000)::bigint, coalesce(l.strikes, 0)::bigint,
	(select count(*) from executor a where a.lease_until > clock_timestamp()),
	coalesce((select max(a.planner) from executor a where a.lease_until > clock_timestamp()), 0)::bigint,
	(select count(*) from run_live o where o.holder is null and o.due_at < l.due_at and o.due_at <= now()),
	s.path, s.attempt::bigint, s.status, s.waiting_for, (extract(epoch from now() - s.started_at) * 1000)::bigint,
	(select string_agg(distinct i.kind, ', ') from run_inbox i where i.workspace_id = r.workspace_id and i.run_id = r.id),
	(select (extract(epoch from now() - min(i.created_at)) * 1000)::bigint from run_inbox i
		where i.workspace_id = r.workspace_id and i.run_id = r.id),
	l.blocked_by, (extract(epoch from now() - l.blocked_since) * 1000)::bigint, q.cap, q.spent, q.period_ms,
	(select count(*) from run_live o where o.workspace_id = l.workspace_id and o.blocked_by = l.blocked_by
		and (o.priority, o.blocked_since) < (l.priority, l.blocked_since)),
	(select string_agg(coalesce(x.name, 'an executor that is gone') || ' ' || g.amount, ', ' order by x.name) from quota_grant g
		left join executor x on x.incarnation = g.incarnation
		where g.workspace_id = q.workspace_id and g.scope = q.scope and g.unit = q.unit and g.amount > 0),
	coalesce((select sum(g.amount) from quota_grant g
		where g.workspace_id = q.workspace_id and g.scope = q.scope and g.unit = q.unit), 0)::bigint,
	case when r.status = 'paused' then r.overrides ->> 'waits_at' end
from run r
left join run_live l on l.workspace_id = r.workspace_id and l.run_id = r.id
left join executor e on e.incarnation = l.holder
left join lateral (
	select d.workspace_id, d.scope, d.unit, least(d.cap, d.step_cap) as cap, coalesce(d.period_ms, d.step_period_ms) as period_ms,
		d.spent + coalesce((select sum(g.spent) from quota_grant g
			where g.workspace_id = d.workspace_id and g.scope = d.scope and g.unit = d.unit), 0)::bigint as spent
	from quota d where d.workspace_id = r.workspace_id and quota_key(d.unit, d.scope) = l.blocked_by limit 1
) as q on true
left join lateral (
	select t.path, t.attempt, t.status, t.waiting_for, t.started_at from step_run t
	where t.workspace_id = r.workspace_id and t.run_id = r.id and t.attempt > 0 order by t.started_at desc, t.attempt desc limit 1
) as s on true
where r.workspace_id in (select id from workspace) and r.id = $1::uuid;

-- name: doctor_mail :one
-- Mails that wait, the age of the oldest in milliseconds, why it did not go out; those given up in a week, and why the last one.
select (select count(*) from mail m where m.given_up_at is null and m.kind <> 'nobody'),
	(select (extract(epoch from now() - min(m.created_at)) * 1000)::bigint from mail m where m.given_up_at is null and m.kind <> 'nobody'),
	(select m.why from mail m where m.given_up_at is null and m.kind <> 'nobody' and m.why is not null order by m.created_at limit 1),
	(select count(*) from mail m where m.given_up_at > now() - interval '7 days'),
	(select m.why from mail m where m.given_up_at is not null order by m.given_up_at desc limit 1);

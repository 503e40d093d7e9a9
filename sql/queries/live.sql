-- What stepmill-live asks: for one listener when it comes and once a minute, for many together while runs go on.
-- role: stepmill_live

-- name: live_admit :maybe
-- After `guard`: the run as this person sees it; one that is to be reopened has not ended. While it goes on, its flushes are asked to notify this process.
with seen as (
	select r.workspace_id, r.id, r.status in ('completed', 'failed', 'cancelled')
		and not exists (select from run_live l where l.workspace_id = r.workspace_id and l.run_id = r.id) as ended
	from run r where r.workspace_id = $1::uuid and r.id = $2::uuid
), watch as (
	insert into run_watch (workspace_id, run_id, watcher, until)
	select s.workspace_id, s.id, $3::uuid, now() + interval '30 seconds' from seen s where not s.ended
	on conflict (workspace_id, run_id, watcher) do update set until = excluded.until
)
select current_person(), s.ended from seen s;

-- name: live_person :one
-- After `guard` without a workspace: who it is, and what changes when something that their session is shown does.
select current_person(), person_mark();

-- name: live_as :one
-- For listeners that the guard has let in: whom the reads that follow are for.
select set_config('stepmill.workspace', $1::uuid::text, true), set_config('stepmill.user', $2::uuid::text, true);

-- name: live_events :many
-- Events after a number, at most so many and so many bytes but never none when there is one; and, when the run has ended,
-- the number of the last. The last row tells whether bytes cut the page. Without events one row tells the latter. No row: the person cannot see the run any more.
select e.seq, e.type, e.event,
	case when r.ended then coalesce((select l.seq + l.count - 1 from run_record l where l.workspace_id = $1::uuid and l.run_id = $2::uuid
		order by l.seq desc limit 1), 1)::bigint end,
	e.cut
from (
	select run.status in ('completed', 'failed', 'cancelled')
		and not exists (select from run_live l where l.workspace_id = run.workspace_id and l.run_id = run.id) as ended
	from run where run.workspace_id = $1::uuid and run.id = $2::uuid
) as r
left join lateral (
	select p.seq, p.type, p.place < p.fetched as cut,
		'{"seq":' || p.seq || ',"at":"' || to_char(p.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
		|| '","type":' || to_json(p.type) || ',"path":' || coalesce(to_json(p.path)::text, 'null')
		|| ',"attempt":' || coalesce(p.attempt::text, 'null') || ',"data":' || coalesce(p.data, '{}') || '}' as event
	from (
		select l.*, row_number() over w as place, count(*) over () as fetched, sum(coalesce(octet_length(l.data), 0) + 200) over w as bytes
		from (
			select * from run_events($1::uuid, $2::uuid, $3::bigint, $4::bigint)
		) as l
		window w as (order by l.seq rows unbounded preceding)
	) as p
	where p.place = 1 or p.bytes <= $5::bigint
) as e on true
order by e.seq;

-- name: live_admit_board :maybe
-- After `guard`: the project, as this person sees it. Its runs are looked at once a second.
select current_person() from project p where p.workspace_id = $1::uuid and p.id = $2::uuid;

-- name: live_board :many
-- Which of the newest runs of a project have moved, by what a listener knows of them (runs and the numbers of their newest events): each with
-- its number now; 0: it is not among them any more. Workspace, project, runs, numbers, how many are on a board.
with newest as materialized (
	select r.id, coalesce((select e.seq + e.count - 1 from run_record e where e.workspace_id = $1::uuid and e.run_id = r.id
		order by e.seq desc limit 1), 1)::bigint as seq
	from run r where r.workspace_id = $1::uuid and r.project_id = $2::uuid order by r.created_at desc, r.id limit $5::integer
)
select coalesce(n.id, k.id), coalesce(n.seq, 0)
from newest n full join unnest($3::uuid[], $4::bigint[]) as k (id, seq) on k.id = n.id
where n.seq is distinct from k.seq;

-- name: live_newer :many
-- Which of these runs have an event after the number given with them: for when a notification was lost.
select w.run_id
from unnest($2::uuid[], $3::bigint[]) as w (run_id, after)
where w.after < 1 or (select e.seq + e.count - 1 from run_record e where e.workspace_id = $1::uuid and e.run_id = w.run_id
	order by e.seq desc limit 1) > w.after;

-- name: live_watch :none
-- Keeps runs watched for another 30 seconds.
insert into run_watch (workspace_id, run_id, watcher, until)
select $1::uuid, w.run_id, $3::uuid, now() + interval '30 seconds' from unnest($2::uuid[]) as w (run_id)
on conflict (workspace_id, run_id, watcher) do update set until = excluded.until;

-- name: live_forget :none
-- Runs that nobody here watches any more.
delete from run_watch w using unnest($1::uuid[], $2::uuid[]) as gone (workspace_id, run_id)
where w.workspace_id = gone.workspace_id and w.run_id = gone.run_id and w.watcher = $3::uuid;

-- name: live_sweep :none
-- What watchers left behind that were killed.
delete from run_watch where until < now() - interval '1 minute';

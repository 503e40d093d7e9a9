-- A run's events as the API shows them.
-- role: stepmill_api

-- name: event_list :maybe
-- JSON array, the last number in it (or the one asked after), whether no more will come. Workspace, run, after, limit. No row: no such run.
select coalesce(page.json, '[]')::text, coalesce(page.last, $3::bigint),
	r.finished_at is not null and not exists (select from run_live l where l.workspace_id = r.workspace_id and l.run_id = r.id)
		and coalesce(page.last, $3::bigint) >= coalesce((
		select e.seq + e.count - 1 from run_record e where e.workspace_id = r.workspace_id and e.run_id = r.id order by e.seq desc limit 1), 1)
from run r
cross join lateral (
	select json_agg(chosen.json order by chosen.seq) as json, max(chosen.seq) as last
	from (
		select event_json(row(e.*)::run_event) as json, e.seq from run_events(r.workspace_id, r.id, $3::bigint, $4::bigint) e
	) as chosen
) as page
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- Projects, as the API reads and makes them.
-- role: stepmill_api

-- name: project_list :one
-- A page, newest first, like prompt_list; last: whether those that are archived.
with page as (
	select project_json(row(p.*)::project, u.name, r.statuses, r.marks) as json, cursor_us(p.created_at) as us, p.id,
		row_number() over (order by p.created_at desc, p.id) as place
	from (
		select p.* from project p
		where p.workspace_id = $1::uuid and (p.archived_at is not null) = $6::boolean
			and p.created_at <= cursor_time($3::bigint) and (p.created_at < cursor_time($3::bigint) or p.id > $4::uuid)
			and ($5::text[] is null or not exists (
				select 1 from unnest($5::text[]) as word where position(lower(word) in lower(p.name || ' ' || p.description)) = 0))
		order by p.created_at desc, p.id
		limit $2::bigint + 1
	) as p
	left join app_user u on u.id = p.created_by
	cross join lateral (
		select coalesce(array_agg(n.status order by n.created_at desc, n.id), '{}') as statuses,
			coalesce(json_agg(run_mark_json(n.id, n.status, n.created_at, n.finished_at) order by n.created_at desc, n.id), '[]') as marks
		from (
			select r.id, r.status, r.created_at, r.finished_at from run r
			where r.workspace_id = p.workspace_id and r.project_id = p.id order by r.created_at desc limit 10
		) as n
	) as r
)
select coalesce(json_agg(json order by place) filter (where place <= $2::bigint), '[]')::text, count(*) > $2::bigint,
	(array_agg(us order by place))[$2::bigint], (array_agg(id order by place))[$2::bigint]
from page;

-- name: project_read :maybe
select project_json(p, u.name, r.statuses, r.marks)::text, p.revision
from project p
left join app_user u on u.id = p.created_by
cross join lateral (
	select coalesce(array_agg(n.status order by n.created_at desc, n.id), '{}') as statuses,
		coalesce(json_agg(run_mark_json(n.id, n.status, n.created_at, n.finished_at) order by n.created_at desc, n.id), '[]') as marks
	from (
		select r.id, r.status, r.created_at, r.finished_at from run r
		where r.workspace_id = p.workspace_id and r.project_id = p.id order by r.created_at desc limit 10
	) as n
) as r
where p.workspace_id = $1::uuid and p.id = $2::uuid;

-- name: project_create :one
-- Workspace, id, name, description, default workflow or null, settings as JSON or null, directory or null, Idempotency-Key or null, hash of the request.
select replayed, answer from project_create($1::uuid, $2::uuid, $3::text, $4::text, $5::uuid, $6::text, $7::text, $8::text, $9::bytea);

-- name: project_change :none
-- Workspace, id, revision it is based on (0: any), id of the change, then what changes, or null: name, description; whether the workflow is set,
-- workflow; settings; whether the directory is set, directory; whether it is archived.
select project_change($1::uuid, $2::uuid, $3::integer, $4::uuid, $5::text, $6::text, $7::boolean, $8::uuid, $9::text, $10::boolean, $11::text, $12::boolean);

-- name: project_delete :none
-- Project, the revision that was seen (0: any).
select project_delete($1::uuid, $2::integer);

-- name: project_workflow :maybe
-- Its default workflow. Workspace, project.
select p.default_workflow from project p where p.workspace_id = $1::uuid and p.id = $2::uuid;

-- name: project_board :one
-- Workspace, project, the runs that are asked for or null: all; how many of its newest are on the board.
select project_board($1::uuid, $2::uuid, $3::uuid[], $4::integer);

-- Prompts as the API shows and makes them.
-- role: stepmill_api

-- name: prompt_list :one
-- A page, newest first: JSON array, whether more follow, cursor of the last. Workspace, limit, cursor time and id, words or null.
with page as (
	select prompt_json(p, v, u.name) as json, cursor_us(p.created_at) as us, p.id,
		row_number() over (order by p.created_at desc, p.id) as place
	from prompt p
	join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = p.current_version
	left join app_user u on u.id = p.created_by
	where p.workspace_id = $1::uuid and p.archived_at is null
		and p.created_at <= cursor_time($3::bigint) and (p.created_at < cursor_time($3::bigint) or p.id > $4::uuid)
		and ($5::text[] is null or not exists (
			select 1 from unnest($5::text[]) as word where position(lower(word) in lower(p.name || ' ' || p.description)) = 0))
	order by p.created_at desc, p.id
	limit $2::bigint + 1
)
select coalesce(json_agg(json order by place) filter (where place <= $2::bigint), '[]')::text, count(*) > $2::bigint,
	(array_agg(us order by place))[$2::bigint], (array_agg(id order by place))[$2::bigint]
from page;

-- name: prompt_read :maybe
select prompt_json(p, row(v.*)::prompt_version, u.name)::text, p.revision
from prompt p
cross join lateral ( -- by its key, whatever the planner believes of the table
	select v.* from prompt_version v where v.workspace_id = $1::uuid and v.prompt_id = $2::uuid and v.version = p.current_version limit 1
) as v
left join app_user u on u.id = p.created_by
where p.workspace_id = $1::uuid and p.id = $2::uuid and p.archived_at is null;

-- name: prompt_create :one
-- Workspace, id, name, description, visibility, text, variables, Idempotency-Key or null, hash of the request.
select replayed, answer from prompt_create($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text[], $8::text, $9::bytea);

-- name: prompt_change :none
-- Workspace, id, revision it is based on (0: any), id of the change, then what changes, or null: name, description, text, variables, message.
select prompt_change($1::uuid, $2::uuid, $3::integer, $4::uuid, $5::text, $6::text, $7::text, $8::text[], $9::text);

-- name: prompt_archive :none
select prompt_archive($1::uuid, $2::uuid, $3::integer, $4::uuid);

-- name: prompt_versions :maybe
-- A page, newest first: JSON array, whether more follow, number of the last. Workspace, id, limit, number they are below.
with page as (
	select v.version, json_build_object('version', v.version, 'message', v.message, 'variables', to_json(v.variables),
			'created_by', wire_person(v.created_by, u.name), 'created_at', wire_time(v.created_at)) as json,
		row_number() over (order by v.version desc) as place
	from prompt_version v
	left join app_user u on u.id = v.created_by
	where v.workspace_id = $1::uuid and v.prompt_id = $2::uuid and v.version < $4::bigint
	order by v.version desc
	limit $3::bigint + 1
)
select coalesce(json_agg(json order by place) filter (where place <= $3::bigint), '[]')::text, count(*) > $3::bigint,
	(array_agg(version order by place))[$3::bigint]
from page
having exists (select from prompt p where p.workspace_id = $1::uuid and p.id = $2::uuid and p.archived_at is null);

-- name: prompt_version_read :maybe
-- Workspace, id, version.
select json_build_object('version', v.version, 'message', v.message, 'body', v.body, 'variables', to_json(v.variables),
	'created_by', wire_person(v.created_by, u.name), 'created_at', wire_time(v.created_at))::text
from prompt p
join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = $3::integer
left join app_user u on u.id = v.created_by
where p.workspace_id = $1::uuid and p.id = $2::uuid and p.archived_at is null;

-- name: prompt_facts :many
-- What the checker of a definition must know of the prompts it names: id, version, variables. Workspace, ids, versions (0: current).
select p.id, v.version, to_json(v.variables)::text
from unnest($2::uuid[], $3::bigint[]) as asked(id, version)
cross join lateral ( -- each by its key, whatever the planner believes of the table
	select p.workspace_id, p.id, p.current_version from prompt p
	where p.workspace_id = $1::uuid and p.id = asked.id and p.archived_at is null limit 1
) as p
cross join lateral (
	select v.version, v.variables from prompt_version v
	where v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = coalesce(nullif(asked.version, 0), p.current_version)
	limit 1
) as v;

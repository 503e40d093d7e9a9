-- Agents, as the API reads and makes them.
-- role: stepmill_api

-- name: agent_list :one
-- A page, newest first, like prompt_list; last: whether those that are archived.
with page as (
	select agent_json(row(a.*)::agent, u.name) as json, cursor_us(a.created_at) as us, a.id, row_number() over (order by a.created_at desc, a.id) as place
	from (
		select a.* from agent a
		where a.workspace_id = $1::uuid and (a.archived_at is not null) = $6::boolean
			and a.created_at <= cursor_time($3::bigint) and (a.created_at < cursor_time($3::bigint) or a.id > $4::uuid)
			and ($5::text[] is null or not exists (
				select 1 from unnest($5::text[]) as word where position(lower(word) in lower(a.name || ' ' || a.description)) = 0))
		order by a.created_at desc, a.id
		limit $2::bigint + 1
	) as a
	left join app_user u on u.id = a.created_by
)
select coalesce(json_agg(json order by place) filter (where place <= $2::bigint), '[]')::text, count(*) > $2::bigint,
	(array_agg(us order by place))[$2::bigint], (array_agg(id order by place))[$2::bigint]
from page;

-- name: agent_read :maybe
select agent_json(a, u.name)::text, a.revision, a.kind
from agent a left join app_user u on u.id = a.created_by
where a.workspace_id = $1::uuid and a.id = $2::uuid;

-- name: agent_create :one
-- Workspace, id, name, description, kind, config as JSON, Idempotency-Key or null, hash of the request.
select replayed, answer from agent_create($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text, $8::bytea);

-- name: agent_change :none
-- Workspace, id, revision it is based on (0: any), id of the change, then what changes, or null: name, description, config, whether it is archived.
select agent_change($1::uuid, $2::uuid, $3::integer, $4::uuid, $5::text, $6::text, $7::text, $8::boolean);

-- name: agent_facts :many
-- What the checker of a definition must know of the agents it names, by id or by name. Workspace, what they are named by.
select k.asked, a.id::text, a.name, a.kind, a.config, a.revision
from unnest($2::text[]) as k (asked)
join agent a on a.workspace_id = $1::uuid and a.archived_at is null and (a.id::text = lower(k.asked) or lower(a.name) = lower(k.asked));

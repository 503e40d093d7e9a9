-- Workflows as the API shows and makes them.
-- role: stepmill_api

-- name: workflow_list :one
-- A page, newest first, like prompt_list; last: the agent that the current version of each asks, or null. Canonical definitions are text; only those
-- that name it somewhere are read as JSON.
with page as (
	select workflow_json(w, v, u.name, marks.json) as json, cursor_us(w.created_at) as us, w.id,
		row_number() over (order by w.created_at desc, w.id) as place
	from (
		select w.workspace_id, w.id
		from workflow w
		where w.workspace_id = $1::uuid and w.archived_at is null
			and w.created_at <= cursor_time($3::bigint) and (w.created_at < cursor_time($3::bigint) or w.id > $4::uuid)
			and ($5::text[] is null or not exists (
				select 1 from unnest($5::text[]) as word where position(lower(word) in lower(w.name || ' ' || w.description)) = 0))
			and ($6::uuid is null or exists (
				select 1 from workflow_version v
				where v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.current_version
					and position($6::uuid::text in v.definition) > 0
					and jsonb_path_exists(v.definition::jsonb, '$.** ? (@.kind == "agent" && @.agent.id == $id)',
						jsonb_build_object('id', $6::uuid::text))))
		order by w.created_at desc, w.id
		limit $2::bigint + 1
	) as chosen
	join workflow w on w.workspace_id = chosen.workspace_id and w.id = chosen.id
	join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.current_version
	left join app_user u on u.id = w.created_by
	cross join lateral (
		select coalesce(json_agg(run_mark_json(r.id, r.status, r.created_at, r.finished_at) order by r.created_at desc, r.id), '[]') as json
		from (
			select r.id, r.status, r.created_at, r.finished_at from run r
			where r.workspace_id = w.workspace_id and r.workflow_id = w.id
			order by r.created_at desc limit 10
		) as r
	) as marks
)
select coalesce(json_agg(json order by place) filter (where place <= $2::bigint), '[]')::text, count(*) > $2::bigint,
	(array_agg(us order by place))[$2::bigint], (array_agg(id order by place))[$2::bigint]
from page;

-- name: workflow_read :maybe
select workflow_whole(w, v, u.name, (
		select coalesce(json_agg(run_mark_json(r.id, r.status, r.created_at, r.finished_at) order by r.created_at desc, r.id), '[]')
		from (
			select r.id, r.status, r.created_at, r.finished_at from run r
			where r.workspace_id = w.workspace_id and r.workflow_id = w.id
			order by r.created_at desc limit 10
		) as r
	)), w.revision
from workflow w
join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.current_version
left join app_user u on u.id = w.created_by
where w.workspace_id = $1::uuid and w.id = $2::uuid and w.archived_at is null;

-- name: workflow_create :one
-- Workspace, id, name, description, type, visibility, canonical definition, steps, whether prompts in it are shared with it,
-- Idempotency-Key or null, hash of the request, message, source or null, origin or null.
select replayed, answer
from workflow_create($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text, $8::integer, $9::boolean, $10::text, $11::bytea, $12::text,
	$13::text, $14::jsonb);

-- name: workflow_change :none
-- Workspace, id, revision it is based on (0: any), id of the change, then what changes, or null: name, description, type, canonical
-- definition, steps, message; whether prompts in it are shared with it; the source of the definition; its origin.
select workflow_change($1::uuid, $2::uuid, $3::integer, $4::uuid, $5::text, $6::text, $7::text, $8::text, $9::integer, $10::text, $11::boolean, $12::text, $13::jsonb);

-- name: workflow_archive :none
select workflow_archive($1::uuid, $2::uuid, $3::integer, $4::uuid);

-- name: workflow_versions :maybe
-- A page, like prompt_versions.
with page as (
	select v.version, json_build_object('version', v.version, 'message', v.message, 'origin', wire_origin(v.origin), 'step_count', v.step_count,
			'created_by', wire_person(v.created_by, u.name), 'created_at', wire_time(v.created_at), 'labels', workflow_version_labels(v.workspace_id, v.workflow_id, v.version)) as json,
		row_number() over (order by v.version desc) as place
	from workflow_version v
	left join app_user u on u.id = v.created_by
	where v.workspace_id = $1::uuid and v.workflow_id = $2::uuid and v.version < $4::bigint
	order by v.version desc
	limit $3::bigint + 1
)
select coalesce(json_agg(json order by place) filter (where place <= $3::bigint), '[]')::text, count(*) > $3::bigint,
	(array_agg(version order by place))[$3::bigint]
from page
having exists (select from workflow w where w.workspace_id = $1::uuid and w.id = $2::uuid and w.archived_at is null);

-- name: workflow_version_read :maybe
-- Workspace, id, version.
select left(json_build_object('version', v.version, 'message', v.message, 'origin', wire_origin(v.origin), 'step_count', v.step_count,
	'created_by', wire_person(v.created_by, u.name), 'created_at', wire_time(v.created_at), 'labels', workflow_version_labels(v.workspace_id, v.workflow_id, v.version))::text, -1)
	|| ', "definition": ' || v.definition || ', "source": ' || coalesce(to_json(v.source)::text, 'null') || '}'
from workflow w
join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = $3::integer
left join app_user u on u.id = v.created_by
where w.workspace_id = $1::uuid and w.id = $2::uuid and w.archived_at is null;

-- name: workflow_facts :many
-- What the checker of a definition must know of the workflows whose runs its steps start: id, version, name, JSON Schema of the input. Workspace,
-- ids, versions (0: current; the current one also where there is no such version).
select w.id, v.version, w.name, (v.definition::json -> 'input')::text
from unnest($2::uuid[], $3::bigint[]) as asked(id, version)
cross join lateral (
	select w.workspace_id, w.id, w.name, w.current_version from workflow w
	where w.workspace_id = $1::uuid and w.id = asked.id and w.archived_at is null limit 1
) as w
cross join lateral (
	select v.version, v.definition from workflow_version v
	where v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version in (asked.version, w.current_version)
	order by v.version = asked.version desc limit 1
) as v;

-- name: workflow_input :maybe
-- The version that a run would be of, and the JSON Schema of its input. Workspace, workflow, version or null for the current one.
select v.version, (v.definition::json -> 'input')::text
from workflow w
join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = coalesce($3::integer, w.current_version)
where w.workspace_id = $1::uuid and w.id = $2::uuid and w.archived_at is null;

-- name: workflow_push :one
-- Workspace, id if it is new, id of the change, its own id or null, name, description, type, visibility if it is new, canonical definition, steps,
-- whether prompts in it are shared with it, message, source or null, label for the version or null, origin or null.
select workflow_push($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::integer, $11::boolean, $12::text,
	$13::text, $14::text, $15::jsonb);

-- name: workflow_label_set :none
-- Workspace, workflow, label, version.
select workflow_label_set($1::uuid, $2::uuid, $3::text, $4::integer);

-- name: workflow_label_remove :none
select workflow_label_remove($1::uuid, $2::uuid, $3::text);

-- name: workflow_label_version :maybe
-- The version that a label names. Workspace, workflow, label.
select l.version from workflow_label l
join workflow w on w.workspace_id = l.workspace_id and w.id = l.workflow_id and w.archived_at is null
where l.workspace_id = $1::uuid and l.workflow_id = $2::uuid and l.label = $3::text;

-- name: workflow_roll_back :none
-- Workspace, workflow, id of the change, version, message.
select workflow_roll_back($1::uuid, $2::uuid, $3::uuid, $4::integer, $5::text);

-- name: workflow_two_versions :many
-- The definitions of two versions. Workspace, workflow, the versions.
select v.version, v.definition
from workflow w
join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version in ($3::integer, $4::integer)
where w.workspace_id = $1::uuid and w.id = $2::uuid and w.archived_at is null;

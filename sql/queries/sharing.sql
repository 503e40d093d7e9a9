-- Who sees prompts and workflows, what is public, and cloning; see sql/migrations/0020_sharing.sql.
-- role: stepmill_api

-- name: prompt_share :none
-- Workspace, id, revision it is based on (0: any), id of the change, who sees it.
select prompt_share($1::uuid, $2::uuid, $3::integer, $4::uuid, $5::text);

-- name: workflow_share :none
-- The same, and whether prompts in it are shared with it.
select workflow_share($1::uuid, $2::uuid, $3::integer, $4::uuid, $5::text, $6::boolean);

-- name: prompt_clone :one
-- Workspace, new id, of what, name or null, Idempotency-Key or null, hash of the request.
select replayed, answer from prompt_clone($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::bytea);

-- name: workflow_clone :one
select replayed, answer from workflow_clone($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::bytea);

-- name: public_prompt_list :one
-- A page, newest first, like prompt_list: limit, cursor time and id, words or null. After guard without a workspace.
with chosen as (
	select p.* from prompt p
	where p.visibility = 'public' and p.archived_at is null
		and p.published_at <= cursor_time($2::bigint) and (p.published_at < cursor_time($2::bigint) or p.id > $3::uuid)
		and ($4::text[] is null or not exists (
			select 1 from unnest($4::text[]) as word where position(lower(word) in lower(p.name || ' ' || p.description)) = 0))
	order by p.published_at desc, p.id
	limit $1::bigint + 1
), page as (
	select public_prompt_json(row(p.*)::prompt, row(v.*)::prompt_version) as json, cursor_us(p.published_at) as us, p.id,
		row_number() over (order by p.published_at desc, p.id) as place
	from chosen p
	cross join lateral published_prompt(p.id) v
)
select coalesce(json_agg(json order by place) filter (where place <= $1::bigint), '[]')::text, count(*) > $1::bigint,
	(array_agg(us order by place))[$1::bigint], (array_agg(id order by place))[$1::bigint]
from page;

-- name: public_prompt_read :maybe
select (public_prompt_json(row(p.*)::prompt, row(v.*)::prompt_version) || jsonb_build_object('body', v.body))::text
from prompt p
cross join lateral published_prompt(p.id) v
where p.id = $1::uuid and p.visibility = 'public' and p.archived_at is null;

-- name: public_workflow_list :one
with chosen as (
	select w.* from workflow w
	where w.visibility = 'public' and w.archived_at is null
		and w.published_at <= cursor_time($2::bigint) and (w.published_at < cursor_time($2::bigint) or w.id > $3::uuid)
		and ($4::text[] is null or not exists (
			select 1 from unnest($4::text[]) as word where position(lower(word) in lower(w.name || ' ' || w.description)) = 0))
	order by w.published_at desc, w.id
	limit $1::bigint + 1
), page as (
	select public_workflow_json(row(w.*)::workflow, row(v.*)::workflow_version) as json, cursor_us(w.published_at) as us, w.id,
		row_number() over (order by w.published_at desc, w.id) as place
	from chosen w
	cross join lateral published_workflow(w.id) v
)
select coalesce(json_agg(json order by place) filter (where place <= $1::bigint), '[]')::text, count(*) > $1::bigint,
	(array_agg(us order by place))[$1::bigint], (array_agg(id order by place))[$1::bigint]
from page;

-- name: public_workflow_read :maybe
-- With its definition, and the prompts it uses.
select left(public_workflow_json(row(w.*)::workflow, row(v.*)::workflow_version)::text, -1) || ', "definition": ' || v.definition || ', "prompts": ' || (
		select coalesce(json_agg(json_build_object('id', u.prompt_id, 'version', u.version, 'name', u.name, 'body', u.body, 'variables', to_json(u.variables))
			order by u.name, u.prompt_id, u.version), '[]')
		from (select distinct on (u.prompt_id, u.version) u.* from published_uses(w.id) u order by u.prompt_id, u.version) u)::text || '}'
from workflow w
cross join lateral published_workflow(w.id) v
where w.id = $1::uuid and w.visibility = 'public' and w.archived_at is null;

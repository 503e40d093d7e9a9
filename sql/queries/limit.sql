-- Limits as the API shows and sets them.
-- role: stepmill_api

-- name: limit_list :one
-- All of a workspace, but those of workflows that others keep to themselves.
select json_build_object('data', coalesce(json_agg(limit_json(q) order by q.scope, q.unit), '[]'))::text
from quota q
where q.workspace_id = $1::uuid and q.cap is not null
	and (q.scope not like 'workflow:%' or exists (select from workflow w
		where w.workspace_id = q.workspace_id and w.id = case when q.scope like 'workflow:%' then substr(q.scope, 10)::uuid end));

-- name: limit_put :one
-- Workspace, scope, unit, cap, period of money, milliseconds and burst of a rate.
select limit_put($1::uuid, $2::text, $3::text, $4::bigint, $5::text, $6::bigint, $7::bigint);

-- name: limit_delete :none
select limit_delete($1::uuid, $2::text, $3::text);

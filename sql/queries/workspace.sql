-- A workspace's own settings.
-- role: stepmill_api

-- name: workspace_read :maybe
select workspace_json(w)::text
from workspace w where w.id = $1::uuid;

-- name: workspace_change :none
-- Workspace; name, slug (null: as they are), whether the days are to be set, days or null: runs are kept.
select workspace_change($1::uuid, $2::text, $3::text, $4::boolean, $5::integer);

-- A workspace's own settings.
-- role: stepmill_api

-- name: workspace_read :maybe
select json_build_object('id', w.id, 'slug', w.slug, 'name', w.name, 'created_at', wire_time(w.created_at), 'retention_days', w.retention_days)::text
from workspace w where w.id = $1::uuid;

-- name: workspace_retention :none
-- Days, or null: runs are kept.
update workspace set retention_days = $2::integer where id = $1::uuid;

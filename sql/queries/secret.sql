-- Variables and secrets of a workspace.
-- role: stepmill_api

-- name: variable_list :one
select json_build_object('data', coalesce(json_agg(variable_json(v) order by v.name), '[]'))::text from variable v where v.workspace_id = $1::uuid;

-- name: variable_read :maybe
select variable_json(v)::text from variable v where v.workspace_id = $1::uuid and v.name = $2::text;

-- name: variable_put :none
-- Workspace, name, value.
select variable_put($1::uuid, $2::text, $3::text);

-- name: variable_delete :none
select variable_delete($1::uuid, $2::text);

-- name: secret_list :one
-- Names, never values.
select secret_list($1::uuid);

-- name: seal_key_read :maybe
-- The key that is sealed to now.
select id, encode(public_key, 'hex') from seal_key order by created_at desc, id limit 1;

-- name: secret_put :one
-- Workspace, name, key, sealed value.
select secret_put($1::uuid, $2::text, $3::uuid, $4::bytea);

-- name: secret_delete :none
select secret_delete($1::uuid, $2::text);

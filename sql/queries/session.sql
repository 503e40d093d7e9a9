-- Who asks: the first statements of every request's batch, and signing in and out.
-- role: stepmill_api stepmill_live

-- name: guard :one
-- The role of the session's person in the workspace; SM401, SM403, SM404. Token hash, workspace, role needed.
select guard($1::bytea, $2::uuid, $3::text);

-- name: guard_person :one
-- The person of the session, without a workspace; SM401.
select guard_person($1::bytea);

-- name: batch_pause :one
-- Waits inside the server before a batch is repeated; used by src/db alone.
select pg_sleep($1::float8);

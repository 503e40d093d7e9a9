-- Who asks: the first statements of every request's batch, and signing in and out.
-- role: stepmill_api stepmill_live

-- name: guard :one
-- The role of the person in the workspace; SM401, SMSCP, SM403, SM404. Token hash, workspace, role needed (both null: only who it is), and
-- the scope an API token must have; null: it is a session's. And who it is.
select guard($1::bytea, $2::uuid, $3::text, $4::text), current_setting('stepmill.user', true);

-- name: batch_pause :one
-- Waits inside the server before a batch is repeated; used by src/db alone.
select pg_sleep($1::float8);

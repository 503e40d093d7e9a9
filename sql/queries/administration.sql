-- What administrators see and do, and the log of accounts; see sql/migrations/0022_administration.sql.
-- role: stepmill_api

-- name: sign_in_failed :none
-- E-mail, address.
select sign_in_failed($1::text, $2::text);

-- name: challenge_failed :none
-- Person, address.
select challenge_failed($1::uuid, $2::text);

-- name: own_activity :one
-- A page, newest first: limit, cursor time and id, event or null.
select page, more, next_us, next_id from own_activity($4::text, $1::bigint, cursor_time($2::bigint), $3::uuid);

-- name: account_activity :one
-- The same of all: limit, cursor time and id, event, whose, who did it, from, before (each or null).
select page, more, next_us, next_id
from account_activity($5::uuid, $6::uuid, $4::text, $7::text::timestamptz, $8::text::timestamptz, $1::bigint, cursor_time($2::bigint), $3::uuid);

-- name: user_list :one
-- A page, newest first: limit, cursor time and id, words or null, active, disabled or admin or null.
select page, more, next_us, next_id from user_list($1::bigint, cursor_time($2::bigint), $3::uuid, $4::text[], $5::text);

-- name: user_change :one
-- Person, whether disabled, whether administrator; null: stays.
select user_change($1::uuid, $2::boolean, $3::boolean);

-- name: workspaces_all :one
-- A page, newest first: limit, cursor time and id, words or null.
select page, more, next_us, next_id from workspaces_all($1::bigint, cursor_time($2::bigint), $3::uuid, $4::text[]);

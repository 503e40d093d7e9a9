-- The audit log.
-- role: stepmill_api

-- name: acting :none
-- After guard, before what changes something: operation, address.
select acting($1::text, $2::text, $3::text);

-- name: audit_list :one
-- A page, newest first, like prompt_list. Workspace, limit, cursor time and id, person, operation, kind, subject, from, before (each or null).
select page, more, next_us, next_id
from audit_page($1::uuid, $2::bigint, cursor_time($3::bigint), $4::uuid, $5::uuid, $6::text, $7::text, $8::text, $9::text::timestamptz, $10::text::timestamptz);

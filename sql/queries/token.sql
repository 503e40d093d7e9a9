-- API tokens of the person who asks; after guard.
-- role: stepmill_api

-- name: token_make :one
-- Id, hash, name, scopes, days it lasts or null, the one workspace it is for or null.
select token_make($1::uuid, $2::bytea, $3::text, $4::text[], $5::integer, $6::uuid);

-- name: token_list :one
select token_list();

-- name: token_revoke :one
-- Whether there was such a token.
select token_revoke($1::uuid);

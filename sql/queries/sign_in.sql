-- Signing in and out, and the person who did.
-- role: stepmill_api

-- name: attempt_begin :one
-- Seconds to wait because of too many attempts lately, 0: counted, go on. Id of the attempt, what is attempted, address.
select attempt_begin($1::uuid, $2::text, $3::text);

-- name: attempt_end :none
-- It is not counted any more.
select attempt_end($1::uuid);

-- name: sign_in_lookup :maybe
-- Id and password hash of the person with this e-mail, and whether there is a second factor.
select id, password_hash, second_factor from sign_in_lookup($1::text);

-- name: sign_in_done :none
-- Person, token hash, address, user agent, how many seconds the session lasts.
select sign_in_done($1::uuid, $2::bytea, $3::text, $4::text, $5::integer);

-- name: sign_out :none
select sign_out($1::bytea);

-- name: person_read :one
-- The person of this request and their workspaces, as JSON; after guard.
select person_read();

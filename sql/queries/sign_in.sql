-- Signing in and out, and the person who did.
-- role: stepmill_api

-- name: sign_in_allowed :one
-- False: too many failures lately. E-mail, address.
select sign_in_allowed($1::text, $2::text);

-- name: sign_in_lookup :maybe
-- Id and password hash of the person with this e-mail.
select id, password_hash from sign_in_lookup($1::text);

-- name: sign_in_failed :none
select sign_in_failed($1::text, $2::text);

-- name: sign_in_done :none
-- Person, token hash, address, user agent, how many seconds the session lasts.
select sign_in_done($1::uuid, $2::bytea, $3::text, $4::text, $5::integer);

-- name: sign_out :none
select sign_out($1::bytea);

-- name: person_read :one
-- The person of this request and their workspaces, as JSON; after guard_person.
select person_read();

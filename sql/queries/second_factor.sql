-- Second factors: of the person who asks (after guard), and at sign-in.
-- role: stepmill_api

-- name: second_factor_read :one
select second_factor_read();

-- name: second_factor_look :one
-- Seconds to wait, person, e-mail, password hash, whether it is in force, key, sealed secret in hex (null: none). Id of the attempt, address.
select wait, person, email, password_hash, enabled, key_id, sealed from second_factor_look($1::uuid, $2::text);

-- name: second_factor_begin :none
-- Key, sealed secret.
select second_factor_begin($1::uuid, $2::bytea);

-- name: second_factor_confirm :none
-- The sealed secret that was compared with, the step of the code, hashes of recovery codes in hex.
select second_factor_confirm($1::bytea, $2::bigint, $3::text[]);

-- name: recovery_codes_renew :none
-- Step or hash of the code that proves it, hashes of the new ones in hex.
select recovery_codes_renew($1::bigint, $2::bytea, $3::text[]);

-- name: second_factor_disable :none
select second_factor_disable($1::bigint, $2::bytea);

-- name: second_factor_remove :none
-- Of a person, by an administrator.
select second_factor_remove($1::uuid);

-- name: challenge_make :none
-- Person, hash of the token in the cookie.
select challenge_make($1::uuid, $2::bytea);

-- name: challenge_look :maybe
-- Seconds to wait, person, key, sealed secret in hex. Id of the attempt, address, hash of the token.
select wait, person, key_id, sealed from challenge_look($1::uuid, $2::text, $3::bytea);

-- name: challenge_meet :none
-- Challenge, step or hash of the code, and the session: token hash, address, user agent, seconds.
select challenge_meet($1::bytea, $2::bigint, $3::bytea, $4::bytea, $5::text, $6::text, $7::integer);

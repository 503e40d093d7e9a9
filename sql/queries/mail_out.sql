-- Sending mail.
-- role: stepmill_executor

-- name: mail_take :many
-- Id, key, sealed text in hex, age in milliseconds. How many at most.
select id, key_id, sealed, age_ms from mail_take($1::integer);

-- name: mail_sent :none
select mail_sent($1::uuid);

-- name: mail_failed :none
-- Id, why, whether never to be tried again.
select mail_failed($1::uuid, $2::text, $3::boolean);

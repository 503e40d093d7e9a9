-- What `stepmill keys` does, as the owner of the schema.
-- role: stepmill_owner

-- name: seal_key_save :one
-- The public key of a key file: true when the database did not know it.
with new as (insert into seal_key (id, public_key) values ($1::uuid, $2::bytea) on conflict (id) do nothing returning 1) select exists (select from new);

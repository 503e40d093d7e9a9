-- What `stepmill user` does on the server, as the owner of the schema.
-- role: stepmill_owner

-- name: user_find :maybe
-- Id of who has this e-mail address.
select u.id from app_user u where u.email = lower($1::text);

-- name: user_no_second_factor :none
select second_factor_remove($1::uuid);

-- name: user_reset_link :one
-- Person, hash of the link's token.
select reset_link_make($1::uuid, $2::bytea);

-- Mail that requests cause, and the links in it.
-- role: stepmill_api

-- name: mail_put :none
-- Id, kind, key, sealed text, for how many hours it is of use.
select mail_put($1::uuid, $2::text, $3::uuid, $4::bytea, $5::integer);

-- name: reset_request_look :maybe
-- Person and address of who has this one.
select person, email from reset_request_look($1::text);

-- name: reset_request :none
-- Person (null: nobody), hash of the link's token; the mail: id, key, sealed text.
select reset_request($1::uuid, $2::bytea, $3::uuid, $4::uuid, $5::bytea);

-- name: confirmation_make :none
-- Hash of the link's token; the mail: id, key, sealed text.
select confirmation_make($1::bytea, $2::uuid, $3::uuid, $4::bytea);

-- name: confirmation_use :one
select confirmation_use($1::bytea);

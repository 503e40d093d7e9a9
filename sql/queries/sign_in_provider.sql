-- Sign-in providers (OpenID Connect): configured, gone to, come back from.
-- role: stepmill_api

-- name: provider_list :one
select provider_list();

-- name: provider_read :maybe
select provider_read from provider_read($1::uuid) where provider_read is not null;

-- name: provider_make :none
-- Id, name, issuer, client, key, sealed secret, enabled, creates accounts, links accounts, rules.
select provider_make($1::uuid, $2::text, $3::text, $4::text, $5::uuid, $6::bytea, $7::boolean, $8::boolean, $9::boolean, $10::jsonb);

-- name: provider_change :none
select provider_change($1::uuid, $2::text, $3::text, $4::text, $5::uuid, $6::bytea, $7::boolean, $8::boolean, $9::boolean, $10::jsonb);

-- name: provider_delete :one
select provider_delete($1::uuid);

-- name: provider_names :one
select provider_names();

-- name: flow_begin :maybe
-- Issuer and client. Provider, hash of the cookie's token, hash of the session that connects (null: it is to sign in), page to show afterwards.
select issuer, client_id from flow_begin($1::uuid, $2::bytea, $3::bytea, $4::text);

-- name: flow_end :maybe
-- Issuer, client, key, sealed secret in hex, person who connects, page to show afterwards.
select issuer, client_id, key_id, sealed, person, back_to from flow_end($1::uuid, $2::bytea);

-- name: identity_person :one
-- Person, whether a second factor is asked for, or why not. Provider, subject, e-mail, whether verified, name, claims, person who connects,
-- ids for a new person and workspace, address.
select person, second_factor, refusal from identity_person($1::uuid, $2::text, $3::text, $4::boolean, $5::text, $6::jsonb, $7::uuid, $8::uuid, $9::uuid, $10::text);

-- name: identity_list :one
select identity_list();

-- name: identity_remove :one
-- Whether there was one.
select identity_remove($1::uuid);

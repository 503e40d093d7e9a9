-- The account of the person who asks (after guard), new accounts, and new passwords.
-- role: stepmill_api

-- name: account_read :one
select account_read();

-- name: account_rename :none
select account_rename($1::text);

-- name: installation_read :one
select installation_read();

-- name: installation_change :none
-- open, closed, or null: as it is.
select installation_change($1::text);

-- name: sign_up_open :one
select sign_up_open();

-- name: sign_up_state :one
select sign_up_state();

-- name: sign_up :none
-- Person, e-mail, name, password hash, workspace.
select sign_up($1::uuid, $2::text, $3::text, $4::text, $5::uuid);

-- name: password_look :one
-- Seconds to wait, hash, e-mail. Id of the attempt, address.
select wait, password_hash, email from password_look($1::uuid, $2::text);

-- name: password_change :none
-- The hash that was compared, the new one, and the token hash of the session that goes on.
select password_change($1::text, $2::text, $3::bytea);

-- name: reset_link_make :one
-- Person, hash of the link's token.
select reset_link_make($1::uuid, $2::bytea);

-- name: reset_link_look :maybe
-- E-mail of whose link it is.
select reset_link_look from reset_link_look($1::bytea);

-- name: reset_link_use :one
-- Whether it was good. Hash of the token, hash of the password.
select reset_link_use($1::bytea, $2::text);

-- name: session_list :one
select session_list($1::bytea);

-- name: session_end :one
-- Whether there was such a session.
select session_end($1::uuid);

-- name: sessions_end_others :none
select sessions_end_others($1::bytea);

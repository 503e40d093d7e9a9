-- Who belongs to a workspace, and making and archiving one; see sql/migrations/0011_spaces.sql.
-- role: stepmill_api

-- name: workspace_create :one
-- After guard without a workspace: id, name, slug or null, Idempotency-Key or null, hash of the request.
select replayed, answer from workspace_create($1::uuid, $2::text, $3::text, $4::text, $5::bytea);

-- name: workspace_archive :none
-- Workspace; true: away, false: back.
select workspace_archive($1::uuid, $2::boolean);

-- name: member_list :one
select member_list($1::uuid);

-- name: member_role :one
-- Workspace, person, role.
select member_role($1::uuid, $2::uuid, $3::text);

-- name: member_remove :none
-- Workspace, person.
select member_remove($1::uuid, $2::uuid);

-- name: member_leave :none
select member_remove($1::uuid, current_person());

-- name: member_transfer :none
-- Workspace, the new owner.
select member_transfer($1::uuid, $2::uuid);

-- name: member_reassign :one
-- Workspace, who has left, who gets it.
select member_reassign($1::uuid, $2::uuid, $3::uuid);

-- name: members_gone :one
select members_gone($1::uuid);

-- name: invitation_create :one
-- Workspace, id, hash of the token, role, for whom.
select invitation_create($1::uuid, $2::uuid, $3::bytea, $4::text, $5::text);

-- name: invitation_list :one
select invitation_list($1::uuid);

-- name: invitation_revoke :none
-- Workspace, invitation.
select invitation_revoke($1::uuid, $2::uuid);

-- name: invitation_read :one
-- After guard without a workspace: hash of the token. Null: there is none.
select invitation_read($1::bytea);

-- name: invitation_accept :one
select invitation_accept($1::bytea);

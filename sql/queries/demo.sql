-- What `stepmill demo` writes, as the owner of the schema. Every statement may be run again and again.

-- name: demo_read :one
-- Who has this e-mail address and which workspace has this slug already.
select u.id, u.password_hash, w.id
from (select 1) as one
left join app_user u on u.email = lower($1)
left join workspace w on w.slug = $2;

-- name: demo_user_save :none
-- The person, who is administrator when nobody is there yet; one who exists gets the password, and can sign in again.
insert into app_user (id, email, name, password_hash, admin) values ($1::uuid, lower($2), $3, $4, not exists (select from app_user))
on conflict (email) do update set password_hash = excluded.password_hash, disabled_at = null;

-- name: demo_sessions_end :none
-- A new password ends the sessions that the old one opened.
delete from session where user_id = $1::uuid;

-- name: demo_workspace_save :none
insert into workspace (id, slug, name) values ($1::uuid, $2, $3) on conflict do nothing;

-- name: demo_member_save :none
insert into membership (workspace_id, user_id, role) values ($1::uuid, $2::uuid, 'owner') on conflict do nothing;

-- name: demo_prompt_save :none
insert into prompt (workspace_id, id, name, description, created_by, created_at)
values ($1::uuid, $2::uuid, $3, $4, $5::uuid, now() + $6::bigint * interval '1 millisecond') on conflict do nothing;

-- name: demo_prompt_version_save :none
insert into prompt_version (workspace_id, prompt_id, version, body, variables, created_by)
values ($1::uuid, $2::uuid, 1, $3, $4, $5::uuid) on conflict do nothing;

-- name: demo_workflow_save :none
insert into workflow (workspace_id, id, name, description, type, created_by, created_at)
values ($1::uuid, $2::uuid, $3, $4, 'chain', $5::uuid, now() + $6::bigint * interval '1 millisecond') on conflict do nothing;

-- name: demo_workflow_version_save :none
insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, message, created_by)
values ($1::uuid, $2::uuid, 1, $3, $4::integer, 'The first version', $5::uuid) on conflict do nothing;

-- What src/db/migrate.c needs to keep book of the migrations.
-- role: stepmill_owner

-- name: migration_lock :one
-- One migrating program at a time; held by the session. No time limit holds for migrations.
select pg_advisory_lock(hashtextextended('stepmill.migrate', 0)), set_config('statement_timeout', '0', false);

-- name: migration_table :none
create table if not exists schema_migration (
	number     integer primary key,
	name       text not null,
	checksum   text not null,
	applied_at timestamptz not null default now()
);

-- name: migration_grant :none
grant select on schema_migration to stepmill_api, stepmill_executor, stepmill_live;

-- name: migration_list :many
select number, name, checksum from schema_migration order by number;

-- name: migration_record :none
insert into schema_migration (number, name, checksum) values ($1::integer, $2, $3);

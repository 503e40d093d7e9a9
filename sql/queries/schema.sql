-- What every program asks when it starts.
-- role: stepmill_api stepmill_executor stepmill_live stepmill_owner

-- name: schema_number :one
-- The number of the last migration; null when the table is empty.
select max(number) from schema_migration;

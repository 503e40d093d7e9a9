-- What executors do beside their work, on a connection of its own, each statement a transaction.
-- role: stepmill_executor

-- name: partition_ensure :one
-- Partitions for the months to come; how many were made.
select partition_ensure(2);

-- name: engine_housekeeping :one
select orphans, requests from engine_housekeeping();

-- name: engine_purge :one
-- Rows at most. Runs marked for their age, rows removed, whether there is more.
select expired, removed, busy from engine_purge($1::bigint);

-- name: partition_drop :one
-- The name of a table, or null; whether somebody was in the way.
select dropped, busy from partition_drop();

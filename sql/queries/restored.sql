-- What `stepmill restored` does, as the owner of the schema.
-- role: stepmill_owner

-- name: engine_restored :one
-- Pauses every run that has not ended; how many executors of the copy were retired, runs paused, calls that were in flight, requests and mails
-- dropped.
select executors, runs, calls, requests, mails from engine_restored();

-- name: engine_settled :one
-- The data are at home where they are now.
select engine_settled();

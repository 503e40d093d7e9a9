-- About the server itself.
-- role: stepmill_api

-- name: idempotency_prune :none
-- Forgets keys that are older than a day.
select idempotency_prune();

-- What who watches the installation is told.
-- role: stepmill_api

-- name: metrics_read :many
-- Name, label or null, its value, number; in order of the names.
select name, label, labelled, number::text from metrics_read();

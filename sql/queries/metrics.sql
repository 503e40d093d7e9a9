-- What who watches the installation is told.
-- role: stepmill_api

-- name: metrics_read :many
-- Name, label or null, its value, number; in order of the names.
select name, label, labelled, number::text from (select * from metrics_read() union all select * from metrics_mail()) m order by name, labelled;

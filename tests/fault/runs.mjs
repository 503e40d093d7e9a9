// Many runs at once, by SQL: for tests about numbers, not about the API.

/** Runs as the API makes them, many at a time. */
export function createRuns(stack, { workspace, workflows }, kind, count, due = 'now()') {
	return stack.sql(`with made as materialized (select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(r, 1, 3) || '-8' || substr(r, 4, 3) || '-' || substr(r, 7, 12))::uuid as id
			from generate_series(1, ${count}) i, lateral (select lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') as h, md5(random()::text || i) as r) x),
		r as (insert into run (workspace_id, id, workflow_id, workflow_version, name, type, step_count, input, created_by)
			select '${workspace}', m.id, f.id, 1, 'outage', 'chain', v.step_count, '{"text": "x"}', f.created_by
			from made m, workflow f join workflow_version v on v.workspace_id = f.workspace_id and v.workflow_id = f.id where f.id = '${workflows[kind]}'),
		l as (insert into run_live (workspace_id, run_id, due_at) select '${workspace}', id, ${due} from made)
		select id from made`).flat();
}

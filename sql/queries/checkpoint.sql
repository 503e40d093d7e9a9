-- Checkpoints: one after each completed step, known by the number of its event. Nothing is stored for them.
-- role: stepmill_api

-- name: checkpoint_list :maybe
-- In their order: JSON array, whether more follow, the number to go on after. A page looks at up to 5,000 events, so one of a run whose
-- steps failed often may have fewer in it than were asked for, and more follow. Workspace, run, limit, after. No row: no such run.
select coalesce(page.json, '[]')::text, page.full_page or seen.count = 5000, case when page.full_page then page.last else seen.last end
from run r
cross join lateral (
	select count(*) as count, max(e.seq) as last, coalesce(array_agg(row(e.*)::run_event order by e.seq) filter (where e.type = 'step.completed'), '{}') as ends
	from run_events(r.workspace_id, r.id, $4::bigint, 5000) e
) as seen
cross join lateral (
	select json_agg(json_build_object('checkpoint', x.seq, 'execution_id', r.id, 'timestamp', wire_time(x.at), 'generation', x.generation,
			'step_id', x.path, 'attempt', x.attempt) order by x.seq) filter (where x.place <= $3::bigint) as json,
		count(*) > $3::bigint as full_page, max(x.seq) filter (where x.place <= $3::bigint) as last
	from (
		select e.seq, e.at, e.path, e.attempt, s.generation, row_number() over (order by e.seq) as place
		from unnest(seen.ends) e
		left join lateral ( -- closed by its limit: as a mere join it is planned over all attempts of the run
			select m.generation from step_run m where m.workspace_id = r.workspace_id and m.run_id = r.id and m.path = e.path
				and m.attempt = e.attempt limit 1
		) as s on true
		order by e.seq
		limit $3::bigint + 1
	) as x
) as page
where r.workspace_id = $1::uuid and r.id = $2::uuid;

-- name: checkpoint_read :maybe
-- In the documented format; its names in snake case, which is said here and nowhere else: stepId → step_id. The index is that of
-- the step to come, from 0; its phase, or its key where steps have none. Workspace, run, checkpoint.
select json_build_object('checkpoint', e.seq, 'generation', made.generation, 'execution_id', r.id, 'timestamp', wire_time(e.at),
	'current_phase', x.phases[coalesce(x.next, x.count)], 'current_step_index', coalesce(x.next - 1, x.count),
	'completed_step_ids', x.completed, 'step_results', x.results)::text
from run r
cross join lateral run_events(r.workspace_id, r.id, $3::bigint - 1, 1) e
left join step_run made on made.workspace_id = e.workspace_id and made.run_id = e.run_id and made.path = e.path and made.attempt = e.attempt
left join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id
	and v.version = run_version_at($1::uuid, $2::uuid, $3::bigint, r.workflow_version)
cross join lateral (
	select count(*) as count, array_agg(coalesce(d.step ->> 'phase', d.step ->> 'key') order by d.place) as phases,
		min(d.place) filter (where step_is_over(s.status, coalesce(d.step ->> 'on_failure' = 'continue', false)) is not true) as next,
		coalesce(json_agg(s.path order by d.place) filter (where s.status in ('completed', 'skipped')), '[]') as completed,
		coalesce(json_object_agg(s.path, json_build_object('step_id', s.path, 'status', s.status, 'data', s.output::json,
				'truncated', s.output_blob is not null, 'error', s.error::json ->> 'message') order by d.place) filter (where s.path is not null), '{}') as results
	from definition_steps(v.definition::json -> 'steps') as d
	left join run_ended_at($1::uuid, $2::uuid, $3::bigint) c on c.path = d.path
	left join step_run s on s.workspace_id = $1::uuid and s.run_id = $2::uuid and s.path = c.path and s.attempt = c.attempt
) as x
where r.workspace_id = $1::uuid and r.id = $2::uuid and e.seq = $3::bigint and e.type = 'step.completed';

-- A workspace with a few chains for the executor's tests, and functions that create and look at runs the way the API does.
-- Run as the owner.

insert into app_user (id, email, name, password_hash) values ('00000000-0000-7000-8000-000000000001', 'test@example.org', 'Test', 'x');
insert into workspace (id, slug, name) values ('00000000-0000-7000-8000-00000000000a', 'a', 'A'), ('00000000-0000-7000-8000-00000000000b', 'b', 'B');
insert into prompt (workspace_id, id, name, created_by)
select w.id, '00000000-0000-7000-8000-0000000000f0', 'Any', '00000000-0000-7000-8000-000000000001' from workspace w;
insert into prompt_version (workspace_id, prompt_id, version, body, variables, created_by)
select w.id, '00000000-0000-7000-8000-0000000000f0', 1, E'Say this again:\n\n{{text}}', '{text}', '00000000-0000-7000-8000-000000000001' from workspace w;

create schema test;

-- A chain of `steps` steps, each fed with the output of the one before. `options` go to the model of every step.
create function test.workflow(workspace uuid, called text, steps integer, model text, options json default '{}', seconds integer default 60)
	returns uuid language plpgsql as $$
declare
	flow uuid := gen_random_uuid();
begin
	insert into workflow (workspace_id, id, name, type, created_by)
	values (workspace, flow, called, 'chain', '00000000-0000-7000-8000-000000000001');
	insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
	select workspace, flow, 1, json_build_object('type', 'chain', 'input', json_build_object('type', 'object'), 'steps', json_agg(json_build_object(
			'key', 's' || i, 'name', 'Step ' || i, 'kind', 'prompt',
			'prompt', json_build_object('id', '00000000-0000-7000-8000-0000000000f0', 'version', 1),
			'input', json_build_object('text', case when i = 1 then '{{input.text}}' else '{{steps.s' || (i - 1) || '.output}}' end),
			'model', model, 'options', options, 'timeout_seconds', seconds) order by i)),
		steps, '00000000-0000-7000-8000-000000000001'
	from generate_series(1, steps) i;
	return flow;
end $$;

-- A workflow of any definition; a prompt step names the prompt above by "prompt": "any".
create function test.flow(workspace uuid, definition text) returns uuid language plpgsql as $$
declare
	flow uuid := gen_random_uuid();
	made text := replace(definition, '"prompt":"any"', '"prompt":{"id":"00000000-0000-7000-8000-0000000000f0","version":1}');
begin
	insert into workflow (workspace_id, id, name, type, created_by)
	values (workspace, flow, 'flow', 'flow', '00000000-0000-7000-8000-000000000001');
	insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
	values (workspace, flow, 1, made, json_array_length(made::json -> 'steps'), '00000000-0000-7000-8000-000000000001');
	return flow;
end $$;

-- A version 7 id, so that rows fall into this month's partitions.
create function test.id7() returns uuid language sql volatile as $$
	select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(r, 1, 3) || '-8' || substr(r, 4, 3) || '-' || substr(r, 7, 12))::uuid
	from lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') h, md5(random()::text || clock_timestamp()) r
$$;

create function test.create_runs(workspace uuid, flow uuid, count integer, input json default '{"text": "one two three"}')
	returns setof uuid language sql volatile as $$
	with made as materialized (select test.id7() id from generate_series(1, count)),
	r as (insert into run (workspace_id, id, workflow_id, workflow_version, name, type, step_count, input, created_by)
		select workspace, m.id, flow, 1, 'test', 'chain', v.step_count, input::text, '00000000-0000-7000-8000-000000000001'
		from made m, workflow_version v where v.workspace_id = workspace and v.workflow_id = flow),
	l as (insert into run_live (workspace_id, run_id) select workspace, id from made)
	select id from made
$$;

create function test.cancel(workspace uuid, run uuid) returns void language sql as $$
	insert into run_inbox (workspace_id, run_id, id, kind, created_by)
	values (workspace, run, gen_random_uuid(), 'cancel', '00000000-0000-7000-8000-000000000001')
$$;

-- What is wrong with what was recorded, one line each; nothing when all is well.
create function test.wrong() returns setof text language sql as $$
	select q.unit || ' of ' || q.scope || ': ' || q.spent + coalesce(sum(g.amount + g.spent), 0) || ' of ' || q.cap from quota q
	left join quota_grant g on g.workspace_id = q.workspace_id and g.scope = q.scope and g.unit = q.unit
	where q.unit <> 'rate' and q.cap is not null group by q.workspace_id, q.scope, q.unit
	having q.spent + coalesce(sum(g.amount + g.spent), 0) > q.cap
	union all
	select 'a grant of ' || unit || ' of ' || scope || ': ' || amount || ', ' || reserved || ', ' || spent from quota_grant
	where least(amount, reserved, spent, amount - reserved) < 0
	union all
	select 'event numbers of ' || run_id || ' have a gap' from run_event group by workspace_id, run_id having max(seq) <> count(*) or min(seq) <> 1
	union all
	select 'run ' || id || ' is ' || status || ' and lives' from run r join run_live l on l.workspace_id = r.workspace_id and l.run_id = r.id
	where status in ('completed', 'failed', 'cancelled')
	union all
	select 'run ' || id || ' is ' || status || ' and has no row in run_live' from run r
	where status in ('pending', 'running', 'paused') and not exists (select from run_live l where l.workspace_id = r.workspace_id and l.run_id = r.id)
	union all
	select 'run ' || e.run_id || ' of generation ' || r.generation || ' ended ' || count(*) || ' times' from run_event e
	join run r on r.workspace_id = e.workspace_id and r.id = e.run_id
	where e.type in ('run.completed', 'run.failed', 'run.cancelled') group by e.run_id, r.generation, r.status
	having count(*) <> r.generation - (r.status in ('pending', 'running', 'paused'))::integer
	union all
	select 'run ' || r.id || ' of generation ' || r.generation || ' was reopened ' || count(e.*) || ' times' from run r
	left join run_event e on e.workspace_id = r.workspace_id and e.run_id = r.id and e.type = 'run.reopened'
	group by r.id, r.generation having count(e.*) <> r.generation - 1
	union all
	select 'step ' || run_id || ' ' || path || ' has ' || count(*) || ' ' || type from run_event
	where type in ('step.started', 'step.completed', 'step.failed', 'step.cancelled') group by workspace_id, run_id, path, attempt, type having count(*) <> 1
	union all
	select 'step ' || s.run_id || ' ' || s.path || ' is ' || s.status || ' in a run that is ' || r.status from step_run s
	join run r on r.workspace_id = s.workspace_id and r.id = s.run_id
	where s.status in ('running', 'waiting') and r.status in ('completed', 'failed', 'cancelled')
	union all
	select 'run ' || r.id || ' is completed with ' || count(s.one) || ' of ' || r.step_count || ' steps' from run r
	join workflow_version v on v.workspace_id = r.workspace_id and v.workflow_id = r.workflow_id and v.version = r.workflow_version
	cross join lateral json_array_elements(v.definition::json -> 'steps') d(step)
	left join lateral (
		select 1 as one from step_run s where s.workspace_id = r.workspace_id and s.run_id = r.id and s.path = d.step ->> 'key'
			and step_run_counts(s.generation, s.path, s.attempt, r.generation, r.kept)
			and (s.status in ('completed', 'skipped') or s.status = 'failed' and d.step ->> 'on_failure' = 'continue'
				or s.status in ('failed', 'cancelled') and v.definition::json ->> 'code' is not null)
		limit 1) s on true
	where r.status = 'completed' and not (v.definition::json ->> 'on_error' is not null and exists ( -- it has recovered, and its event says from what
		select from run_event e where e.workspace_id = r.workspace_id and e.run_id = r.id and e.type = 'run.completed' and e.data::json ->> 'code' is not null))
	group by r.workspace_id, r.id having count(s.one) <> r.step_count
	union all
	-- What a run has recovered from is what a step of it failed of, unless it is the run's own: a limit, its output, its code, a handler.
	select 'run ' || r.id || ' has recovered from ' || e.code || ', and no step failed of that' from run r
	cross join lateral (select x.data::json ->> 'code' as code from run_event x
		where x.workspace_id = r.workspace_id and x.run_id = r.id and x.type = 'run.completed' order by x.seq desc limit 1) e
	where r.status = 'completed' and e.code is not null
		and e.code not in ('time_limit', 'step_limit', 'template', 'expression', 'output_too_large', 'code', 'replay_mismatch', 'handler', 'input_too_large')
		and not exists (select from step_run s where s.workspace_id = r.workspace_id and s.run_id = r.id and s.status = 'failed'
			and s.error::json ->> 'code' = e.code and step_run_counts(s.generation, s.path, s.attempt, r.generation, r.kept))
	union all
	select 'step ' || s.run_id || ' ' || s.path || ' waits for a run that has ended, and nobody has said so' from step_run s
	join run_live l on l.workspace_id = s.workspace_id and l.run_id = s.run_id
	where s.kind = 'workflow' and s.status = 'waiting'
		and not exists (select from run_live c where c.workspace_id = s.workspace_id and 'run ' || c.run_id = s.waiting_for)
		and not exists (select from run_inbox i where i.workspace_id = s.workspace_id and i.run_id = s.run_id and 'run ' || i.id = s.waiting_for)
	union all
	select 'run ' || c.id || ' lives, nobody waits for it, and nobody has said so' from run c
	join run_live l on l.workspace_id = c.workspace_id and l.run_id = c.id
	where c.parent_run_id is not null
		and not exists (select from step_run s where s.workspace_id = c.workspace_id and s.run_id = c.parent_run_id and s.path = c.parent_path
			and s.attempt = c.parent_attempt and s.status = 'waiting')
		and not exists (select from run_inbox i where i.workspace_id = c.workspace_id and i.run_id = c.id and i.kind = 'cancel')
	union all
	select count(*) || ' runs of ' || parent_run_id || ' ' || parent_path || '#' || parent_attempt from run where parent_run_id is not null
	group by parent_run_id, parent_path, parent_attempt having count(*) <> 1
$$;

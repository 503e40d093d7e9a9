-- Runs that sleep: attempts that are tried again later, steps that wait, requests that are kept until a step asks for them.

-- A failed attempt: when the next one begins. A waiting one: when its waiting is over. Always by the database's clock.
alter table step_run add column due_at timestamptz;

-- The holder has seen it and keeps it for later (a signal that came before its step, a kind it does not know). It wakes nobody.
alter table run_inbox add column kept boolean not null default false;
create index run_inbox_new on run_inbox (workspace_id, run_id, id) where not kept;
grant update (kept) on run_inbox to stepmill_executor;

-- As before (the run's planner by a scalar subquery, not by exists(): a join could be planned over all runs), and with the state it needs for all this: due times, sums over every attempt, requests with their data.
drop function run_claim(uuid, uuid, integer, integer, boolean);
create function run_claim(me uuid, last_workspace uuid, at_most integer, known_planner integer, with_inbox boolean)
	returns table (workspace_id uuid, run_id uuid, epoch bigint, strikes smallint, workflow_id uuid, workflow_version integer,
		status text, input text, last_seq bigint, steps text, inbox text, generation integer, spent text)
	language plpgsql as $$
declare
	at         timestamptz := clock_timestamp();
	places     uuid[] := '{}';
	here       uuid := last_workspace;
	following  uuid;
	wrapped    boolean := false;
	share      integer;
	workspaces uuid[];
	runs       uuid[];
	epochs     bigint[];
	struck     smallint[];
begin
	while cardinality(places) < 64 loop
		select l.workspace_id into following from run_live l
		where l.holder is null and l.workspace_id > here order by l.workspace_id limit 1;
		if following is null then
			exit when wrapped;
			wrapped := true;
			here := '00000000-0000-0000-0000-000000000000';
		else
			exit when wrapped and following > last_workspace;
			places := places || following;
			here := following;
		end if;
	end loop;
	share := greatest(1, (at_most + cardinality(places) - 1) / greatest(1, cardinality(places)));

	with due as materialized (
		select c.workspace_id, c.run_id, p.turn from unnest(places) with ordinality p (id, turn) cross join lateral (
			select l.workspace_id, l.run_id from run_live l
			where l.workspace_id = p.id and l.holder is null and l.due_at <= at
				and (select r.planner from run r where r.workspace_id = l.workspace_id and r.id = l.run_id) <= known_planner
			order by l.priority, l.due_at limit share
			for no key update of l skip locked) c
		order by p.turn limit at_most
	), taken as (
		update run_live l set holder = me, epoch = l.epoch + 1 from due d
		where l.workspace_id = d.workspace_id and l.run_id = d.run_id
		returning l.workspace_id, l.run_id, l.epoch, l.strikes, d.turn
	)
	select array_agg(t.workspace_id order by t.turn), array_agg(t.run_id order by t.turn), array_agg(t.epoch order by t.turn),
		array_agg(t.strikes order by t.turn)
	into workspaces, runs, epochs, struck from taken t;
	-- Whoever was not reached this time comes first the next.
	if cardinality(runs) >= at_most then
		here := workspaces[at_most];
	end if;

	-- A run that is not due yet, but that somebody has asked something of.
	if with_inbox and coalesce(cardinality(runs), 0) < at_most then
		with asked as materialized (
			select l.workspace_id, l.run_id from run_live l
			where l.holder is null and l.due_at > at
				and (l.workspace_id, l.run_id) in (select i.workspace_id, i.run_id from run_inbox i where not i.kept limit 1000)
				and (select r.planner from run r where r.workspace_id = l.workspace_id and r.id = l.run_id) <= known_planner
			limit at_most - coalesce(cardinality(runs), 0)
			for no key update of l skip locked
		), taken as (
			update run_live l set holder = me, epoch = l.epoch + 1 from asked a
			where l.workspace_id = a.workspace_id and l.run_id = a.run_id
			returning l.workspace_id, l.run_id, l.epoch, l.strikes
		)
		select workspaces || array_agg(t.workspace_id), runs || array_agg(t.run_id), epochs || array_agg(t.epoch),
			struck || array_agg(t.strikes)
		into workspaces, runs, epochs, struck from taken t;
	end if;

	return query select here, null::uuid, null::bigint, null::smallint, null::uuid, null::integer, null, null, null::bigint,
		null, null, null::integer, null;
	if coalesce(cardinality(runs), 0) = 0 then
		return;
	end if;
	return query
		select k.w, k.r, k.e, k.s, r.workflow_id, r.workflow_version, r.status, r.input,
			coalesce((select max(v.seq) from run_event v where v.workspace_id = k.w and v.run_id = k.r), 0),
			(select json_agg(json_build_object('path', n.path, 'attempt', n.attempt, 'generation', n.generation, 'status', n.status,
					'input', case when n.status in ('running', 'waiting') then n.input::json end,
					'output', coalesce(n.output, b.content)::json, 'error', n.error::json,
					'due', (extract(epoch from n.due_at) * 1000000)::bigint))
				from (select distinct on (s.path) s.* from step_run s
					where s.workspace_id = k.w and s.run_id = k.r
					order by s.path, s.attempt desc) n
				left join blob b on b.workspace_id = k.w and b.run_id = k.r and b.id = n.output_blob)::text,
			(select json_agg(json_build_object('id', i.id, 'kind', i.kind, 'by', i.created_by, 'data', i.data::json, 'kept', i.kept)
					order by i.id)
				from run_inbox i where i.workspace_id = k.w and i.run_id = k.r)::text,
			r.generation,
			(select json_build_object('tokens_in', sum(s.tokens_in), 'tokens_out', sum(s.tokens_out), 'cost_nano', sum(s.cost_nano),
					'unknown', coalesce(bool_or(s.tokens_out is not null and s.cost_nano is null), false))
				from step_run s where s.workspace_id = k.w and s.run_id = k.r)::text
		from unnest(workspaces, runs, epochs, struck) with ordinality k (w, r, e, s, turn)
		join run r on r.workspace_id = k.w and r.id = k.r
		order by k.turn;
end $$;

revoke execute on function run_claim(uuid, uuid, integer, integer, boolean) from public;
grant execute on function run_claim(uuid, uuid, integer, integer, boolean) to stepmill_executor;

-- A step run shows when it goes on.
create or replace function step_run_json(s step_run, content text, so_far text) returns json language sql stable parallel safe as $$
	select json_build_object('path', s.path, 'attempt', s.attempt, 'kind', s.kind, 'status', s.status,
		'started_at', wire_time(s.started_at), 'finished_at', wire_time(s.finished_at),
		'duration_ms', wire_ms(s.started_at, s.finished_at), 'input', s.input::json, 'output', coalesce(s.output, content)::json,
		'partial', coalesce(so_far, ''), 'error', s.error::json, 'waiting_for', s.waiting_for, 'due_at', wire_time(s.due_at),
		'model_asked', s.model_asked, 'model_answered', s.model_answered, 'tokens_in', s.tokens_in, 'tokens_out', s.tokens_out,
		'cost_usd', wire_usd(s.cost_nano))
$$;

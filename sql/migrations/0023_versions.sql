-- Names for versions of workflows, and definitions that bring an id of their own. A label names one version of its workflow; `published` is one
-- like others. Runs may be started by label.

create table workflow_label (
	workspace_id uuid not null,
	workflow_id  uuid not null,
	label        text not null check (label ~ '^[a-z][a-z0-9_.-]{0,62}$'),
	version      integer not null,
	set_by       uuid not null references app_user,
	set_at       timestamptz not null default now(),
	primary key (workspace_id, workflow_id, label),
	foreign key (workspace_id, workflow_id, version) references workflow_version on delete cascade
);
call table_closed('workflow_label');
call table_of_tenants('workflow_label');
-- Who does not see the workflow does not see its labels; who does not edit it does not move them.
create policy seen on workflow_label as restrictive for select to stepmill_api
	using (exists (select from workflow w where w.workspace_id = workflow_label.workspace_id and w.id = workflow_label.workflow_id));
create policy made on workflow_label as restrictive for insert to stepmill_api
	with check (exists (select from workflow w where w.workspace_id = workflow_label.workspace_id and w.id = workflow_label.workflow_id
		and thing_editable(w.created_by, w.visibility)));
create policy edited on workflow_label as restrictive for update to stepmill_api
	using (exists (select from workflow w where w.workspace_id = workflow_label.workspace_id and w.id = workflow_label.workflow_id
		and thing_editable(w.created_by, w.visibility)));
create policy removed on workflow_label as restrictive for delete to stepmill_api
	using (exists (select from workflow w where w.workspace_id = workflow_label.workspace_id and w.id = workflow_label.workflow_id
		and thing_editable(w.created_by, w.visibility)));
grant select, insert, update, delete on workflow_label to stepmill_api;

-- {"published": 3}. PL/pgSQL keeps its plan, SQL would make it anew with every call.
create function workflow_labels(space uuid, flow uuid) returns json language plpgsql stable as $$
begin
	return (select coalesce(json_object_agg(l.label, l.version order by l.label), '{}') from workflow_label l
		where l.workspace_id = space and l.workflow_id = flow);
end $$;

-- ["published"]
create function workflow_version_labels(space uuid, flow uuid, of integer) returns json language sql stable as $$
	select coalesce(json_agg(l.label order by l.label), '[]') from workflow_label l
	where l.workspace_id = space and l.workflow_id = flow and l.version = of
$$;

-- A workflow whole: with its definition, what that was made of, and its labels.
create function workflow_whole(w workflow, v workflow_version, person text, marks json) returns text language sql stable as $$
	select left(workflow_json(w, v, person, marks)::text, -1) || ', "labels": ' || workflow_labels(w.workspace_id, w.id) || ', "definition": ' || v.definition
		|| ', "source": ' || coalesce(to_json(v.source)::text, 'null') || '}'
$$;

create function workflow_label_set(space uuid, flow uuid, name text, chosen integer) returns void language plpgsql as $$
declare
	w      workflow := workflow_for_change(space, flow);
	before integer;
begin
	if not exists (select from workflow_version v where v.workspace_id = space and v.workflow_id = flow and v.version = chosen) then
		raise exception using errcode = 'SM404', message = 'There is no such workflow version, or you cannot see it.';
	end if;
	select l.version into before from workflow_label l where l.workspace_id = space and l.workflow_id = flow and l.label = name;
	if before is distinct from chosen then
		insert into workflow_label (workspace_id, workflow_id, label, version, set_by) values (space, flow, name, chosen, current_person())
		on conflict (workspace_id, workflow_id, label) do update set version = excluded.version, set_by = excluded.set_by, set_at = now();
	end if;
	perform audit('workflow', flow::text, w.name, case when w.visibility = 'private' then current_person() end,
		jsonb_strip_nulls(jsonb_build_object('label', name, 'version', chosen, 'version_before', before)));
end $$;

create function workflow_label_remove(space uuid, flow uuid, name text) returns void language plpgsql as $$
declare
	w workflow := workflow_for_change(space, flow);
begin
	delete from workflow_label l where l.workspace_id = space and l.workflow_id = flow and l.label = name;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such label. It may have been taken off already.';
	end if;
	perform audit('workflow', flow::text, w.name, case when w.visibility = 'private' then current_person() end, jsonb_build_object('label', name));
end $$;

-- A new version with what an older one says.
create function workflow_roll_back(space uuid, flow uuid, change uuid, chosen integer, why text) returns void language plpgsql as $$
declare
	v workflow_version;
begin
	perform workflow_for_change(space, flow);
	select x.* into v from workflow_version x where x.workspace_id = space and x.workflow_id = flow and x.version = chosen;
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such workflow version, or you cannot see it.';
	end if;
	perform workflow_change(space, flow, 0, change, null, null, v.definition::json ->> 'type', v.definition, v.step_count,
		coalesce(nullif(why, ''), format('As version %s', chosen)), false, v.source, v.origin);
end $$;

-- Made when there is none of this id (or, without one, of this name), else changed when it says something else. One after the other, or two
-- pushes of the same would make two.
create function workflow_push(space uuid, new_id uuid, change uuid, own text, title text, about text, kind text, seen_by text, canonical text,
	steps integer, sharing boolean, why text, written text, name_it text, file jsonb) returns text language plpgsql as $$
declare
	w       workflow;
	several bigint;
	outcome text;
	answer  text;
begin
	perform pg_advisory_xact_lock(hashtextextended('push ' || space || ' ' || coalesce(own, ' ' || title), 0));
	if own is not null then
		select x.* into w from workflow x where x.workspace_id = space and x.archived_at is null and (x.own_id = own or x.id::text = lower(own))
		order by x.own_id = own desc limit 1;
	else
		select count(*) into several from workflow x where x.workspace_id = space and x.archived_at is null and x.name = title;
		if several > 1 then
			raise exception using errcode = 'SM409',
				message = format('%s workflows have the name "%s". Nothing was changed. Write an id into the document.', several, title);
		end if;
		select x.* into w from workflow x where x.workspace_id = space and x.archived_at is null and x.name = title;
	end if;
	if w.id is null then
		begin
			perform workflow_create(space, new_id, title, about, kind, seen_by, canonical, steps, sharing, null, null, why, written, file);
			update workflow x set own_id = own where x.workspace_id = space and x.id = new_id;
		exception when unique_violation then
			raise exception using errcode = 'SM409',
				message = 'A workflow that you cannot see has this id. Nothing was changed. Choose another id, or ask who made it to share it.';
		end;
		outcome := 'created';
	else
		new_id := w.id;
		perform workflow_change(space, w.id, 0, change, title, nullif(about, ''), kind, canonical, steps, why, sharing, written, file);
		select case when x.revision > w.revision then 'changed' else 'unchanged' end into outcome from workflow x
		where x.workspace_id = space and x.id = w.id;
	end if;
	if name_it is not null then
		perform workflow_label_set(space, new_id, name_it, (select x.current_version from workflow x where x.workspace_id = space and x.id = new_id));
	end if;
	select '{"outcome": "' || outcome || '", "workflow": ' || workflow_whole(x, v, u.name, '[]'::json) || '}' into strict answer
	from workflow x
	join workflow_version v on v.workspace_id = x.workspace_id and v.workflow_id = x.id and v.version = x.current_version
	left join app_user u on u.id = x.created_by
	where x.workspace_id = space and x.id = new_id;
	return answer;
end $$;

grant execute on function workflow_labels(uuid, uuid), workflow_version_labels(uuid, uuid, integer),
	workflow_whole(workflow, workflow_version, text, json),
	workflow_label_set(uuid, uuid, text, integer), workflow_label_remove(uuid, uuid, text), workflow_roll_back(uuid, uuid, uuid, integer, text),
	workflow_push(uuid, uuid, uuid, text, text, text, text, text, text, integer, boolean, text, text, text, jsonb) to stepmill_api;

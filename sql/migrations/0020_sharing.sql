-- Who sees a prompt or a workflow, besides whoever made it: nobody (private), its workspace, or everybody who is signed in (public), who may
-- clone it. Policies of who sees and who edits are with the tables.
--
-- What a shared workflow uses must be seen by whoever sees it, or it could be run and not be understood: sharing asks for its prompts (share_prompts),
-- and a prompt is not taken back while a shared workflow uses it. Both sides of that take a lock by workspace. It is about the current
-- version; what older ones used is history. Versions are public from `public_from` on: what was written before is not.

-- The prompts that a canonical definition names, wherever in it: our writer makes it, and quotes inside of texts are escaped.
create function definition_uses(definition text) returns table (prompt_id uuid, version integer, place text) language sql immutable as $$
	select distinct m[2]::uuid, m[3]::integer, m[1]
	from regexp_matches(definition, '("prompt":\{"id":"([0-9a-fA-F-]{36})","version":([0-9]{1,9})\})', 'g') m
$$;

-- The workflows whose runs its steps start.
create function definition_calls(definition text) returns table (workflow_id uuid, version integer, place text) language sql immutable as $$
	select distinct m[2]::uuid, m[3]::integer, m[1]
	from regexp_matches(definition, '("workflow":\{"id":"([0-9a-fA-F-]{36})","version":([0-9]{1,9})\})', 'g') m
$$;

-- Before a definition is that of workflow `self` (null: of a new one): its runs do not start runs of it again, by however many others, and are not
-- more than 8 deep. A version names versions that were there before it, so no chain of them is without an end.
create function definition_calls_checked(space uuid, canonical text, self uuid) returns void language plpgsql as $$
declare
	deepest integer;
	itself  boolean;
begin
	if position('"workflow":{"id":' in canonical) = 0 then
		return;
	end if;
	with recursive reached (workflow_id, version, depth) as (
		select c.workflow_id, c.version, 1 from definition_calls(canonical) c
		union
		select c.workflow_id, c.version, r.depth + 1 from reached r
		join workflow_version v on v.workspace_id = space and v.workflow_id = r.workflow_id and v.version = r.version
		cross join lateral definition_calls(v.definition) c
		where r.depth <= 8
	)
	select max(r.depth), bool_or(r.workflow_id = self) into deepest, itself from reached r;
	if itself then
		raise exception using errcode = 'SM422', message = 'A run of this workflow would start a run of it again. Nothing was changed.',
			hint = E'/definition/steps\trecursion\tA step starts a run of this workflow, or of one that does. Take it out, or use a loop.';
	elsif deepest > 8 then
		raise exception using errcode = 'SM422', message = 'Its runs would be more than 8 deep. Nothing was changed.',
			hint = E'/definition/steps\ttoo_deep\tRuns start runs that start runs: at most 8 deep. Let one of the workflows do the work itself.';
	end if;
end $$;

-- What a shared workflow starts runs of is seen by whoever sees it.
create function definition_calls_shared(space uuid, canonical text, seen_by text) returns void language plpgsql as $$
declare
	unseen boolean;
	names  text[];
begin
	select bool_or(w.id is null), array_agg(w.name order by w.name, w.id) filter (where w.id is not null) into unseen, names
	from (select d.workflow_id, min(d.version) as version from definition_calls(canonical) d group by d.workflow_id) u
	left join workflow w on w.workspace_id = space and w.id = u.workflow_id
	where w.id is null or (seen_by = 'workspace' and w.visibility = 'private')
		or (seen_by = 'public' and (w.visibility <> 'public' or w.public_from > u.version));
	if unseen then
		raise exception using errcode = 'SM409',
			message = 'The workflow starts runs of one that you cannot see. Nothing was changed. Take it out, or use another.';
	elsif names is not null then
		raise exception using errcode = 'SM409', message = format(case when seen_by = 'public'
			then 'It starts runs of workflows that are not public: %s. Nothing was changed. Share them first, or take them out.'
			else 'It starts runs of workflows that are private: %s. Nothing was changed. Share them first, or take them out.' end, names_told(names));
	end if;
end $$;

-- The first three of them, for a sentence.
create function names_told(names text[]) returns text language sql immutable as $$
	select array_to_string(array(select '"' || n || '"' from unnest(names[1:3]) n), ', ')
		|| case when cardinality(names) > 3 then format(' and %s more', cardinality(names) - 3) else '' end
$$;

create function sharing_lock(space uuid, alone boolean) returns void language plpgsql as $$
begin
	if alone then
		perform pg_advisory_xact_lock(hashtextextended('sharing:' || space, 0));
	else
		perform pg_advisory_xact_lock_shared(hashtextextended('sharing:' || space, 0));
	end if;
end $$;

-- Before a definition is that of a workflow which `seen_by` see: what it uses and fewer people see is shared with it when asked, else it is refused.
create function definition_shared(space uuid, canonical text, seen_by text, sharing boolean) returns void language plpgsql as $$
declare
	names text[];
	p     record;
begin
	if seen_by = 'private' then
		return;
	end if;
	perform sharing_lock(space, sharing);
	perform definition_calls_shared(space, canonical, seen_by);
	if (seen_by = 'public' and position('"agent":{"id":"' in canonical) > 0) then
		raise exception using errcode = 'SM409',
			message = 'It uses agents, and those are of this workspace alone. Nothing was changed. Take them out to make it public.';
	end if;
	for p in
		select u.prompt_id, u.version, x.name, x.visibility, thing_editable(x.created_by, x.visibility) as mine
		from (select d.prompt_id, min(d.version) as version from definition_uses(canonical) d group by d.prompt_id) u
		left join prompt x on x.workspace_id = space and x.id = u.prompt_id
		where x.id is null or (seen_by = 'workspace' and x.visibility = 'private')
			or (seen_by = 'public' and (x.visibility <> 'public' or x.public_from > u.version))
		order by x.name, u.prompt_id
	loop
		if p.name is null then
			raise exception using errcode = 'SM409',
				message = 'The workflow uses a prompt that you cannot see. Nothing was changed. Take it out, or use another.';
		end if;
		names := names || p.name;
		if sharing then
			perform thing_asked_to_share(p.name, p.mine);
			update prompt x set visibility = seen_by, revision = x.revision + 1, updated_at = now(), last_change = null,
				public_from = case when seen_by = 'public' then least(x.public_from, p.version) end,
				published_at = case when seen_by = 'public' then coalesce(x.published_at, now()) end
			where x.workspace_id = space and x.id = p.prompt_id;
			perform audit('prompt', p.prompt_id::text, p.name, null, jsonb_build_object('visibility', seen_by, 'visibility_before', p.visibility));
		end if;
	end loop;
	if names is not null and not sharing then
		raise exception using errcode = 'SM409', message = format(case when seen_by = 'public'
			then 'It uses what is not public: the prompts %s. Nothing was changed. Share them too, or take them out.'
			else 'It uses what is private: the prompts %s. Nothing was changed. Share them too, or take them out.' end, names_told(names)),
			hint = array_to_string(array(select '/share_prompts' || chr(9) || 'private_prompt' || chr(9) || n from unnest(names[1:20]) n), chr(10));
	end if;
end $$;

create function thing_asked_to_share(called text, mine boolean) returns void language plpgsql as $$
begin
	if not mine then
		raise exception using errcode = 'SM403', message = format(
			'It uses the prompt "%s", which somebody else made. Nothing was changed. Ask them or an admin to make it public, or clone it.', left(called, 100));
	end if;
end $$;

-- Who may take it back for themselves alone.
create function thing_taken_back(created_by uuid, seen_by text) returns void language plpgsql as $$
begin
	if seen_by = 'private' and created_by <> current_person() then
		raise exception using errcode = 'SM403', message = 'Only who made this can keep it private. Nothing was changed. Archive it instead.';
	end if;
end $$;

create function prompt_share(space uuid, changed uuid, assumed integer, change uuid, seen_by text) returns void language plpgsql as $$
declare
	p     prompt;
	names text[];
begin
	perform sharing_lock(space, true);
	p := prompt_for_change(space, changed);
	if p.last_change is not distinct from change then
		return;
	end if;
	perform revision_checked(p.revision, assumed), thing_taken_back(p.created_by, seen_by);
	if p.visibility = seen_by then
		return;
	end if;
	if p.visibility = 'public' or seen_by = 'private' then
		-- The id is looked for in the text first: that costs little, and few contain it.
		select array_agg(w.name order by w.name) into names
		from workflow w
		join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.current_version
		where w.workspace_id = space and w.archived_at is null and (w.visibility = 'public' or (w.visibility = 'workspace' and seen_by = 'private'))
			and position(changed::text in lower(v.definition)) > 0
			and exists (select from definition_uses(v.definition) d where d.prompt_id = changed);
		if names is not null then
			raise exception using errcode = 'SM409',
				message = format('Shared workflows use it: %s. Nothing was changed. Take it out of them first, or clone it.', names_told(names));
		end if;
	end if;
	update prompt x set visibility = seen_by, revision = x.revision + 1, updated_at = now(), last_change = change,
		public_from = case when seen_by = 'public' then x.current_version end, published_at = case when seen_by = 'public' then now() end
	where x.workspace_id = space and x.id = changed;
	perform audit('prompt', changed::text, p.name, null, jsonb_build_object('visibility', seen_by, 'visibility_before', p.visibility));
end $$;

create function workflow_share(space uuid, changed uuid, assumed integer, change uuid, seen_by text, sharing boolean) returns void language plpgsql as $$
declare
	w     workflow;
	names text[];
begin
	perform sharing_lock(space, sharing or seen_by = 'private');
	w := workflow_for_change(space, changed);
	if w.last_change is not distinct from change then
		return;
	end if;
	perform revision_checked(w.revision, assumed), thing_taken_back(w.created_by, seen_by);
	if w.visibility = seen_by then
		return;
	end if;
	if w.visibility = 'public' or seen_by = 'private' then
		select array_agg(o.name order by o.name) into names
		from workflow o
		join workflow_version v on v.workspace_id = o.workspace_id and v.workflow_id = o.id and v.version = o.current_version
		where o.workspace_id = space and o.archived_at is null and (o.visibility = 'public' or (o.visibility = 'workspace' and seen_by = 'private'))
			and position(changed::text in lower(v.definition)) > 0
			and exists (select from definition_calls(v.definition) d where d.workflow_id = changed);
		if names is not null then
			raise exception using errcode = 'SM409',
				message = format('Shared workflows start runs of it: %s. Nothing was changed. Take it out of them first, or clone it.', names_told(names));
		end if;
	end if;
	perform definition_shared(space, v.definition, seen_by, sharing) from workflow_version v
	where v.workspace_id = space and v.workflow_id = changed and v.version = w.current_version;
	update workflow x set visibility = seen_by, revision = x.revision + 1, updated_at = now(), last_change = change,
		public_from = case when seen_by = 'public' then x.current_version end, published_at = case when seen_by = 'public' then now() end
	where x.workspace_id = space and x.id = changed;
	perform audit('workflow', changed::text, w.name, null, jsonb_build_object('visibility', seen_by, 'visibility_before', w.visibility));
end $$;

-- ---- reading what is public ----

create function published_prompt(asked uuid) returns setof prompt_version language sql stable security definer
	set search_path = public, pg_temp as $$
	select v.* from prompt p
	join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = p.current_version
	where p.id = asked and p.visibility = 'public' and p.archived_at is null
$$;

create function published_workflow(asked uuid) returns setof workflow_version language sql stable security definer
	set search_path = public, pg_temp as $$
	select v.* from workflow w
	join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.current_version
	where w.id = asked and w.visibility = 'public' and w.archived_at is null
$$;

-- The prompts of a public workflow in the versions it names, archived ones too: it goes on using them.
create function published_uses(asked uuid) returns table (prompt_id uuid, version integer, place text, name text, description text, body text, variables text[])
	language sql stable security definer set search_path = public, pg_temp as $$
	select p.id, v.version, d.place, p.name, p.description, v.body, v.variables
	from workflow w
	join workflow_version f on f.workspace_id = w.workspace_id and f.workflow_id = w.id and f.version = w.current_version
	cross join lateral definition_uses(f.definition) d
	join prompt p on p.workspace_id = w.workspace_id and p.id = d.prompt_id and p.visibility = 'public' and p.public_from <= d.version
	join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = d.version
	where w.id = asked and w.visibility = 'public' and w.archived_at is null
$$;

create function public_prompt_json(p prompt, v prompt_version) returns jsonb language sql stable as $$
	select jsonb_build_object('id', p.id, 'name', p.name, 'description', p.description, 'version', v.version, 'variables', to_jsonb(v.variables),
		'created_by', wire_person(p.created_by, person_name(p.created_by)), 'published_at', wire_time(p.published_at))
$$;
create function public_workflow_json(w workflow, v workflow_version) returns jsonb language sql stable as $$
	select jsonb_build_object('id', w.id, 'name', w.name, 'description', w.description, 'type', w.type, 'version', v.version,
		'step_count', v.step_count, 'created_by', wire_person(w.created_by, person_name(w.created_by)), 'published_at', wire_time(w.published_at))
$$;

-- ---- cloning: what one sees in one's workspace, or what is public, becomes one's own private thing ----

create function prompt_source(asked uuid) returns table (name text, description text, body text, variables text[]) language sql stable security definer
	set search_path = public, pg_temp as $$
	select p.name, p.description, v.body, v.variables from prompt p
	join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = p.current_version
	where p.id = asked and p.archived_at is null and (p.visibility = 'public'
		or (p.workspace_id = current_workspace() and (p.visibility = 'workspace' or p.created_by = current_person())))
	order by p.workspace_id = current_workspace() desc limit 1
$$;

create function workflow_source(asked uuid) returns table (home uuid, name text, description text, type text, definition text, step_count integer)
	language sql stable security definer set search_path = public, pg_temp as $$
	select w.workspace_id, w.name, w.description, w.type, v.definition, v.step_count from workflow w
	join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.current_version
	where w.id = asked and w.archived_at is null and (w.visibility = 'public'
		or (w.workspace_id = current_workspace() and (w.visibility = 'workspace' or w.created_by = current_person())))
	order by w.workspace_id = current_workspace() desc limit 1
$$;

create function prompt_clone(space uuid, new_id uuid, source uuid, title text, given_key text, request bytea)
	returns table (replayed boolean, answer text) language plpgsql as $$
declare
	s record;
begin
	answer := idempotency_begin(space, given_key, request);
	replayed := answer is not null;
	if not replayed then
		select * into s from prompt_source(source);
		if not found then
			raise exception using errcode = 'SM404', message = 'There is no such prompt, or you cannot see it.';
		end if;
		insert into prompt (workspace_id, id, name, description, visibility, cloned_from, created_by)
		values (space, new_id, coalesce(title, s.name), s.description, 'private', source, current_person()) on conflict do nothing;
		if found then
			perform audit('prompt', new_id::text, coalesce(title, s.name), current_person());
		end if;
		insert into prompt_version (workspace_id, prompt_id, version, body, variables, created_by)
		values (space, new_id, 1, s.body, s.variables, current_person()) on conflict do nothing;
		select prompt_json(p, v, u.name)::text into strict answer
		from prompt p join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = 1
		left join app_user u on u.id = p.created_by
		where p.workspace_id = space and p.id = new_id;
		perform idempotency_end(space, given_key, answer);
	end if;
	return next;
end $$;

-- A version of a public workflow, and of a public prompt, archived ones too; only of those that were public then.
create function published_workflow_version(asked uuid, wanted integer) returns table (name text, description text, type text, definition text, step_count integer)
	language sql stable security definer set search_path = public, pg_temp as $$
	select w.name, w.description, w.type, v.definition, v.step_count from workflow w
	join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = wanted
	where w.id = asked and w.visibility = 'public' and w.public_from <= wanted
$$;
create function published_prompt_version(asked uuid, wanted integer) returns table (name text, description text, body text, variables text[])
	language sql stable security definer set search_path = public, pg_temp as $$
	select p.name, p.description, v.body, v.variables from prompt p
	join prompt_version v on v.workspace_id = p.workspace_id and v.prompt_id = p.id and v.version = wanted
	where p.id = asked and p.visibility = 'public' and p.public_from <= wanted
$$;

-- The workflows of another workspace whose runs a definition starts become private ones of this workspace, with the prompts in them and those they
-- start themselves; what it returns names those. Ids are made from `root`, so each is made once.
create function definition_calls_cloned(space uuid, root uuid, definition text) returns text language plpgsql as $$
declare
	c    record;
	p    record;
	own  uuid;
	used uuid;
	text_ text;
begin
	for c in select d.workflow_id, d.version, d.place, w.* from definition_calls(definition) d
		left join lateral published_workflow_version(d.workflow_id, d.version) w on true order by d.workflow_id, d.version
	loop
		own := md5(root::text || c.workflow_id || c.version)::uuid;
		if c.name is null then
			raise exception using errcode = 'SM409',
				message = 'The workflow starts runs of one that is not public any more. Nothing was cloned. Ask who made it.';
		end if;
		if not exists (select from workflow w where w.workspace_id = space and w.id = own) then
			text_ := c.definition;
			for p in select d.prompt_id, d.version as wanted, d.place as spot, v.* from definition_uses(c.definition) d
				left join lateral published_prompt_version(d.prompt_id, d.version) v on true
			loop
				if p.name is null then
					raise exception using errcode = 'SM409',
						message = 'The workflow uses a prompt that is not public any more. Nothing was cloned. Ask who made it.';
				end if;
				used := md5(root::text || p.prompt_id || p.wanted)::uuid;
				insert into prompt (workspace_id, id, name, description, visibility, cloned_from, created_by)
				values (space, used, p.name, p.description, 'private', p.prompt_id, current_person()) on conflict do nothing;
				insert into prompt_version (workspace_id, prompt_id, version, body, variables, created_by)
				values (space, used, 1, p.body, p.variables, current_person()) on conflict do nothing;
				text_ := replace(text_, p.spot, format('"prompt":{"id":"%s","version":1}', used));
			end loop;
			text_ := definition_calls_cloned(space, root, text_);
			insert into workflow (workspace_id, id, name, description, type, visibility, cloned_from, created_by)
			values (space, own, c.name, c.description, c.type, 'private', c.workflow_id, current_person()) on conflict do nothing;
			insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			values (space, own, 1, text_, c.step_count, current_person()) on conflict do nothing;
		end if;
		definition := replace(definition, c.place, format('"workflow":{"id":"%s","version":1}', own));
	end loop;
	return definition;
end $$;

-- From another workspace its prompts come along, as private prompts in the versions it names: ids made from the new one, so that a batch that is
-- sent again makes the same.
create function workflow_clone(space uuid, new_id uuid, source uuid, title text, given_key text, request bytea)
	returns table (replayed boolean, answer text) language plpgsql as $$
declare
	s    record;
	p    record;
	text_ text;
	own  uuid;
	made integer := 0;
begin
	answer := idempotency_begin(space, given_key, request);
	replayed := answer is not null;
	if replayed then
		return next;
		return;
	end if;
	select * into s from workflow_source(source);
	if not found then
		raise exception using errcode = 'SM404', message = 'There is no such workflow, or you cannot see it.';
	end if;
	text_ := s.definition;
	if s.home <> space then
		if (select count(*) from definition_uses(s.definition)) <> (select count(*) from published_uses(source)) then
			raise exception using errcode = 'SM409', message = 'The workflow uses a prompt that is not public any more. Nothing was cloned. Ask who made it.';
		end if;
		for p in select * from published_uses(source) u order by u.name, u.prompt_id, u.version loop
			own := md5(new_id::text || p.prompt_id || p.version)::uuid;
			insert into prompt (workspace_id, id, name, description, visibility, cloned_from, created_by)
			values (space, own, p.name, p.description, 'private', p.prompt_id, current_person()) on conflict do nothing;
			insert into prompt_version (workspace_id, prompt_id, version, body, variables, created_by)
			values (space, own, 1, p.body, p.variables, current_person()) on conflict do nothing;
			text_ := replace(text_, p.place, format('"prompt":{"id":"%s","version":1}', own));
			made := made + 1;
		end loop;
		text_ := definition_calls_cloned(space, new_id, text_);
	end if;
	insert into workflow (workspace_id, id, name, description, type, visibility, cloned_from, created_by)
	values (space, new_id, coalesce(title, s.name), s.description, s.type, 'private', source, current_person()) on conflict do nothing;
	if found then
		perform audit('workflow', new_id::text, coalesce(title, s.name), current_person(), jsonb_build_object('prompts', made));
	end if;
	insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
	values (space, new_id, 1, text_, s.step_count, current_person()) on conflict do nothing;
	select workflow_whole(w, v, u.name, '[]'::json) into strict answer
	from workflow w join workflow_version v on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = 1
	left join app_user u on u.id = w.created_by
	where w.workspace_id = space and w.id = new_id;
	perform idempotency_end(space, given_key, answer);
	return next;
end $$;

grant execute on function definition_calls(text), definition_calls_checked(uuid, text, uuid), definition_calls_shared(uuid, text, text),
	published_workflow_version(uuid, integer), published_prompt_version(uuid, integer), definition_calls_cloned(uuid, uuid, text),
	definition_uses(text), names_told(text[]), sharing_lock(uuid, boolean), definition_shared(uuid, text, text, boolean),
	thing_asked_to_share(text, boolean), thing_taken_back(uuid, text), prompt_share(uuid, uuid, integer, uuid, text),
	workflow_share(uuid, uuid, integer, uuid, text, boolean), published_prompt(uuid), published_workflow(uuid), published_uses(uuid),
	public_prompt_json(prompt, prompt_version), public_workflow_json(workflow, workflow_version), prompt_source(uuid), workflow_source(uuid),
	prompt_clone(uuid, uuid, uuid, text, text, bytea), workflow_clone(uuid, uuid, uuid, text, text, bytea) to stepmill_api;

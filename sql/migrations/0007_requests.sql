-- Requests to a run that has not ended: pause, resume and what follows them. Whoever asks inserts a row and locks nothing.
-- `once`: asking twice under this name is asking once; the second is told by false.
create function run_ask(space uuid, asked uuid, new_id uuid, what text, how text, once text) returns boolean language plpgsql as $$
declare
	has text;
begin
	select r.status into has from run r where r.workspace_id = space and r.id = asked;
	if has is null then
		raise exception using errcode = 'SM404', message = 'There is no such run, or you cannot see it.';
	end if;
	if has in ('completed', 'failed', 'cancelled') then
		raise exception using errcode = 'SM409', message = format('The run has already ended: it is %s. Nothing was changed.', has);
	end if;
	if (select count(*) from (select from run_inbox i where i.workspace_id = space and i.run_id = asked limit 1000) full_inbox) = 1000 then
		raise exception using errcode = 'SM409', message = 'A thousand requests to this run wait already. Try again when it has read them.';
	end if;
	insert into run_inbox (workspace_id, run_id, id, kind, data, dedup, created_by)
	values (space, asked, new_id, what, how, once, current_person())
	on conflict do nothing;
	return found or exists (select from run_inbox i where i.workspace_id = space and i.run_id = asked and i.id = new_id);
end $$;
revoke execute on function run_ask(uuid, uuid, uuid, text, text, text) from public;
grant execute on function run_ask(uuid, uuid, uuid, text, text, text) to stepmill_api;

-- An installation that slept through the months it had partitions for wrote into the default ones as soon as it woke. No partition
-- could be made for those months any more, and with it all housekeeping failed for ever. What is in the default partition moves.
create or replace function partition_ensure(ahead integer default 2) returns integer language plpgsql security definer
	set search_path = public, pg_temp as $$
declare
	parent text;
	month  timestamptz;
	child  text;
	least  uuid;
	past   uuid;
	made   integer := 0;
begin
	for i in 0 .. ahead loop
		month := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
		foreach parent in array array['step_run', 'run_event', 'blob', 'ledger'] loop
			child := parent || '_' || to_char(month at time zone 'UTC', 'YYYYMM');
			continue when to_regclass(child) is not null;
			perform pg_advisory_xact_lock(hashtextextended('stepmill.partition', 0));
			continue when to_regclass(child) is not null;
			least := id_floor(month);
			past := id_floor(month + interval '1 month');
			-- Nobody may add to the default partition between the move and the attachment, which locks it anyway.
			execute format('lock table %I in access exclusive mode', parent || '_default');
			execute format('create table %I (like %I including all)', child, parent);
			execute format('with moved as (delete from %I where run_id >= %L and run_id < %L returning *) insert into %I select * from moved',
				parent || '_default', least, past, child);
			execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, least, past);
			execute format('alter table %I enable row level security', child);
			execute format('alter table %I force row level security', child);
			made := made + 1;
		end loop;
	end loop;
	return made;
end $$;

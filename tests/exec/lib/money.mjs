// For tests about what calls cost: whoever changes the ledger is looked at, so that too much at any moment is seen, and not at the end alone.
//
//	before: watchMoney(engine)        test.seen has what was spent and reserved together at every change
//	afterEach: forgetMoney(engine)    no run, no limit, nothing spent

export const person = '00000000-0000-7000-8000-000000000001';
/** In nano-dollars, as the database has it. */
export const usd = (dollars) => Math.round(dollars * 1e9);

export function watchMoney(engine) {
	engine.sql(`create table test.seen (nano numeric);
		create function test.look() returns trigger language plpgsql security definer as $$
		begin
			insert into test.seen select coalesce(sum(coalesce(cost_nano, reserved_nano)), 0) from public.ledger;
			return null;
		end $$;
		create trigger look after insert or update on ledger for each statement execute function test.look()`);
}

export function forgetMoney(engine) {
	engine.sql(`delete from quota; delete from quota_grant; delete from ledger; delete from run_inbox; delete from run_live; delete from executor;
		delete from step_run; delete from run_record; delete from run; delete from test.seen`);
}

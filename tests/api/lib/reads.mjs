// How many rows of a table a function of the database looks at, as the program that serves requests: what EXPLAIN does not show of a function.

/** `call`: the function with its arguments; `guard`: [workspace, person] it acts for. */
export function look(world, table, call, [workspace, person] = ['', '']) {
	const out = world.stack.sql(`begin; set local role stepmill_api;
		select set_config('stepmill.workspace', '${workspace}', true), set_config('stepmill.user', '${person}', true);
		select count(*) from ${call}; reset role;
		select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0) from pg_stat_xact_user_tables where relname = '${table}'; commit`);
	return Number(out.at(-1)[0]);
}

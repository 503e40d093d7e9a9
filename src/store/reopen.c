/* Running again; see reopen.h. */
#include "store/reopen.h"

#include "db/db.h"

bool
run_reopen(const struct caller *caller, struct id run, const struct reopen *reopen, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_RUN_REOPEN);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_id(batch, id_new());
	db_text(batch, reopen->from);
	db_str(batch, reopen->step);
	if (reopen->checkpoint > 0)
		db_int(batch, reopen->checkpoint);
	else
		db_null(batch);
	db_text(batch, reopen->latest ? "latest" : "same");
	db_str(batch, reopen->models);
	db_int(batch, reopen->priority);
	db_int(batch, reopen->planner);
	return caller_commit(batch, err);
}

bool
run_fork_source(const struct caller *caller, struct id run, struct str step, bool latest,
	struct fork_source *ret_source, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_RUN_FORK_SOURCE);
	struct fork_source source = {0};
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_str(batch, step);
	db_bool(batch, latest);
	if (!db_run(batch, err))
		return false;
	if (!db_value_int(batch, index, 0, 0, &source.version) || !db_value(batch, index, 0, 2, &source.input))
		return err_set(err, ERR_NOT_FOUND, "There is no such run, or you cannot see it.");
	if (!db_value(batch, index, 0, 1, &source.schema))
		source.schema = STR("{\"type\":\"object\"}");
	db_value(batch, index, 0, 3, &source.kind);
	db_value(batch, index, 0, 4, &source.variables);
	db_value(batch, index, 0, 5, &source.asks_models);
	db_value(batch, index, 0, 6, &source.step_inputs);
	db_value_bool(batch, index, 0, 7, &source.other_version);
	db_value_int(batch, index, 0, 8, &source.loops);
	db_value(batch, index, 0, 9, &source.missing);
	*ret_source = source;
	return true;
}

bool
run_fork(const struct caller *caller, struct id run, const struct fork_new *made, const struct once *once,
	struct created *ret_created, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, DB_RUN_FORK);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_id(batch, made->id);
	db_str(batch, made->step);
	db_int(batch, made->version);
	db_text(batch, made->latest ? "latest" : "same");
	db_str(batch, made->input);
	db_str(batch, made->step_inputs);
	db_str(batch, made->models);
	db_int(batch, made->planner);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	return caller_commit(batch, err) && created_result(batch, create, ret_created, err);
}

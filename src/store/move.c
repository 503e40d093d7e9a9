/* What a move to another version is decided by; see move.h. */
#include "store/move.h"

#include "db/db.h"

bool
run_move_source(
	const struct caller *caller, struct id run, int64_t version, struct move_source *ret_source, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_RUN_MOVE_SOURCE);
	struct move_source source = {0};
	db_id(batch, caller->workspace);
	db_id(batch, run);
	if (version > 0)
		db_int(batch, version);
	else
		db_null(batch);
	if (!db_run(batch, err))
		return false;
	if (!db_value_int(batch, index, 0, 0, &source.version))
		return err_set(err, ERR_NOT_FOUND, "There is no such run, or you cannot see it.");
	if (!db_value_int(batch, index, 0, 1, &source.wanted) || !db_value(batch, index, 0, 4, &source.wanted_text))
		return err_set(err, ERR_NOT_FOUND, "There is no such workflow version, or you cannot see it.");
	db_value(batch, index, 0, 2, &source.status);
	db_value(batch, index, 0, 3, &source.now_text);
	db_value(batch, index, 0, 5, &source.input);
	db_value_int(batch, index, 0, 6, &source.seq);
	db_value_bool(batch, index, 0, 7, &source.copying);
	db_value(batch, index, 0, 8, &source.begun);
	db_value(batch, index, 0, 9, &source.calling);
	db_value_bool(batch, index, 0, 10, &source.started);
	*ret_source = source;
	return true;
}

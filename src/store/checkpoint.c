/* Reading checkpoints; see checkpoint.h. */
#include "store/checkpoint.h"

#include "db/db.h"
#include "store/thing.h"

bool
checkpoint_list(const struct caller *caller, struct id run, int64_t limit, int64_t after, struct str *ret_json,
	bool *ret_more, int64_t *ret_last, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_CHECKPOINT_LIST);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_int(batch, limit);
	db_int(batch, after);
	if (!db_run(batch, err) || !one_text(batch, list, "run", ret_json, err))
		return false;
	*ret_more = false;
	*ret_last = after;
	db_value_bool(batch, list, 0, 1, ret_more);
	db_value_int(batch, list, 0, 2, ret_last);
	return true;
}

bool
checkpoint_read(const struct caller *caller, struct id run, int64_t checkpoint, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, DB_CHECKPOINT_READ);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_int(batch, checkpoint);
	return db_run(batch, err) && one_text(batch, read, "run with this checkpoint", ret_json, err);
}

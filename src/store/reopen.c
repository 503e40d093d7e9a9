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

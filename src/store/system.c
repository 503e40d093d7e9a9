/* See system.h. */
#include "store/system.h"

#include "db/db.h"
#include "db/migrate.h"

bool
system_health(const struct caller *caller, struct err *err)
{
	if (db_schema_look(caller->db, err))
		return true;
	/* Of whatever kind it is: nobody is served until it is over. */
	if (err->code != ERR_TIMEOUT)
		err->code = ERR_UNAVAILABLE;
	return false;
}

bool
system_prune(const struct caller *caller, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	db_add(batch, DB_IDEMPOTENCY_PRUNE);
	return db_run(batch, err);
}

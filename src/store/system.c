/* See system.h. */
#include "store/system.h"

#include "db/db.h"
#include "db/migrate.h"

bool
system_health(const struct caller *caller, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	db_add(batch, DB_HEALTH);
	return db_run(batch, err);
}

bool
system_prune(const struct caller *caller, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	db_add(batch, DB_IDEMPOTENCY_PRUNE);
	return db_run(batch, err);
}

bool
system_check_schema(struct db *db, struct err *err)
{
	return db_schema_check(db, err);
}

/* Limits; see limit.h. */
#include "store/limit.h"

#include "db/db.h"
#include "store/thing.h"

bool
limit_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_LIMIT_LIST);
	db_id(batch, caller->workspace);
	return db_run(batch, err) && one_text(batch, list, "workspace", ret_json, err);
}

bool
limit_put(const struct caller *caller, const struct limit_new *limit, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int put = db_add(batch, DB_LIMIT_PUT);
	db_id(batch, caller->workspace);
	db_str(batch, limit->scope);
	db_text(batch, quota_unit_name(limit->unit));
	db_int(batch, limit->cap);
	db_text(batch, limit->period);
	if (limit->unit == QUOTA_RATE) {
		db_int(batch, limit->period_ms);
		db_int(batch, limit->burst);
	} else {
		db_null(batch);
		db_null(batch);
	}
	return caller_commit(batch, err) && one_text(batch, put, "limit", ret_json, err);
}

bool
limit_delete(const struct caller *caller, struct str scope, enum quota_unit unit, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_LIMIT_DELETE);
	db_id(batch, caller->workspace);
	db_str(batch, scope);
	db_text(batch, quota_unit_name(unit));
	return caller_commit(batch, err);
}

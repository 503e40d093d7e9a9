/* The audit log; see audit.h. */
#include "store/audit.h"

#include "db/db.h"

bool
audit_list(const struct caller *caller, const struct audit_ask *ask, struct page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_AUDIT_LIST);
	db_id(batch, caller->workspace);
	page_place(batch, &ask->page);
	if (ask->person)
		db_id(batch, *ask->person);
	else
		db_null(batch);
	db_str(batch, ask->operation);
	db_str(batch, ask->kind);
	db_str(batch, ask->subject);
	db_str(batch, ask->since);
	db_str(batch, ask->until);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

/* Administration; see administration.h. */
#include "store/administration.h"

#include "db/db.h"

bool
activity_own(const struct caller *caller, const struct activity_ask *ask, struct page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_OWN_ACTIVITY);
	page_place(batch, &ask->page);
	db_str(batch, ask->event);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

bool
activity_all(const struct caller *caller, const struct activity_ask *ask, struct page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_ACCOUNT_ACTIVITY);
	page_place(batch, &ask->page);
	db_str(batch, ask->event);
	db_maybe_id(batch, ask->person);
	db_maybe_id(batch, ask->actor);
	db_str(batch, ask->since);
	db_str(batch, ask->until);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

bool
user_list(const struct caller *caller, const struct page_ask *ask, struct str state, struct page *ret_page,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_USER_LIST);
	page_params(batch, ask);
	db_str(batch, state);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

static void
maybe_bool(struct db_batch *batch, bool sets, bool value)
{
	if (sets)
		db_bool(batch, value);
	else
		db_null(batch);
}

bool
user_change(const struct caller *caller, const struct user_change *change, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_USER_CHANGE);
	db_id(batch, change->person);
	maybe_bool(batch, change->sets_disabled, change->disabled);
	maybe_bool(batch, change->sets_admin, change->admin);
	return caller_commit(batch, err) && one_text(batch, index, "person", ret_json, err);
}

bool
workspaces_all(const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_WORKSPACES_ALL);
	page_params(batch, ask);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

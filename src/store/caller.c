/* The guard in front, and what all reads and writes of the API share; see caller.h. */
#include "store/caller.h"

#include "base/fault.h"
#include "db/db.h"

struct db_batch *
caller_batch(const struct caller *caller)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	if (!caller->hurry)
		db_retry_lost(batch);
	if (caller->role || caller->has_token)
		caller_guard(batch, caller);
	caller_acting(batch, caller);
	return batch;
}

void
caller_acting(struct db_batch *batch, const struct caller *caller)
{
	if (!caller->operation)
		return;
	db_add(batch, DB_ACTING);
	db_text(batch, caller->operation);
	db_text(batch, caller->address);
	db_text(batch, caller->request);
}

void
caller_guard(struct db_batch *batch, const struct caller *caller)
{
	int index = db_add(batch, DB_GUARD);
	if (caller->guarded)
		*caller->guarded = (struct caller_guarded){batch, index};
	db_bytes(batch, caller->token, sizeof caller->token);
	if (caller->role)
		db_id(batch, caller->workspace);
	else
		db_null(batch);
	db_text(batch, caller->administrator ? "administrator" : caller->role);
	db_text(batch, caller->scope);
}

bool
caller_person(const struct caller *caller, struct id *ret_person)
{
	const struct caller_guarded *guarded = caller->guarded;
	return guarded && guarded->batch && db_value_id(guarded->batch, guarded->index, 0, 1, ret_person);
}

bool
caller_commit(struct db_batch *batch, struct err *err)
{
	if (FAULT("api.before_commit"))
		return err_set(err, ERR_UNAVAILABLE, "The change could not be made. Try again in a moment.");
	if (!db_run(batch, err))
		return false;
	if (FAULT("api.after_commit"))
		return err_set(err, ERR_UNAVAILABLE,
			"The answer of the database was lost. Look at what is there before you try again.");
	return true;
}

void
page_place(struct db_batch *batch, const struct page_ask *ask)
{
	static const struct id zero;
	db_int(batch, ask->limit);
	if (ask->has_cursor)
		db_int(batch, ask->us);
	else
		db_null(batch);
	db_id(batch, ask->has_cursor ? ask->id : zero);
}

void
page_params(struct db_batch *batch, const struct page_ask *ask)
{
	page_place(batch, ask);
	if (ask->words)
		db_add_array(batch, ask->words);
	else
		db_null(batch);
}

static bool
not_there(struct err *err)
{
	err_set(err, ERR_INTERNAL, "Something went wrong on our side.");
	err_detail(err, "a result has no value where one must be");
	return false;
}

bool
page_result(const struct db_batch *batch, int index, struct page *ret_page, struct err *err)
{
	if (!db_value(batch, index, 0, 0, &ret_page->json) || !db_value_bool(batch, index, 0, 1, &ret_page->more))
		return not_there(err);
	if (ret_page->more &&
		(!db_value_int(batch, index, 0, 2, &ret_page->us) || !db_value_id(batch, index, 0, 3, &ret_page->id)))
		return not_there(err);
	return true;
}

bool
created_result(const struct db_batch *batch, int index, struct created *ret_created, struct err *err)
{
	if (!db_value_bool(batch, index, 0, 0, &ret_created->replayed) ||
		!db_value(batch, index, 0, 1, &ret_created->json))
		return not_there(err);
	return true;
}

bool
one_text(const struct db_batch *batch, int index, const char *what, struct str *ret_text, struct err *err)
{
	if (db_value(batch, index, 0, 0, ret_text))
		return true;
	return err_set(err, ERR_NOT_FOUND, "There is no such %s, or you cannot see it.", what);
}

void
change_params(struct db_batch *batch, const struct caller *caller, struct id id, const struct change *change)
{
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_int(batch, change->assumed);
	db_id(batch, change->id);
}

bool
versions_read(const struct caller *caller, int statement, const char *what, struct id id, int64_t limit, int64_t below,
	struct version_page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_int(batch, limit);
	db_int(batch, below > 0 ? below : INT64_MAX);
	if (!db_run(batch, err) || !one_text(batch, list, what, &ret_page->json, err))
		return false;
	if (!db_value_bool(batch, list, 0, 1, &ret_page->more) ||
		(ret_page->more && !db_value_int(batch, list, 0, 2, &ret_page->last)))
		return not_there(err);
	return true;
}

bool
version_read(const struct caller *caller, int statement, struct id id, int64_t version, struct str *ret_json,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_int(batch, version);
	return db_run(batch, err) && one_text(batch, read, "version", ret_json, err);
}

bool
thing_list(const struct caller *caller, int list, const struct page_ask *ask, bool archived, struct page *ret_page,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, list);
	db_id(batch, caller->workspace);
	page_params(batch, ask);
	db_bool(batch, archived);
	return db_run(batch, err) && page_result(batch, index, ret_page, err);
}

int
thing_add_read(struct db_batch *batch, const struct caller *caller, int read, struct id id)
{
	int index = db_add(batch, read);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	return index;
}

bool
thing_result(const struct db_batch *batch, int index, const char *what, struct str *ret_json, int64_t *ret_revision,
	struct err *err)
{
	return one_text(batch, index, what, ret_json, err) && db_value_int(batch, index, 0, 1, ret_revision);
}

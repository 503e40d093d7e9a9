/* Workspaces; see workspace.h. */
#include "store/workspace.h"

#include "db/db.h"
#include "store/thing.h"

static int
add_read(struct db_batch *batch, struct id id)
{
	int index = db_add(batch, DB_WORKSPACE_READ);
	db_id(batch, id);
	return index;
}

bool
workspace_read(const struct caller *caller, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = add_read(batch, caller->workspace);
	return db_run(batch, err) && one_text(batch, index, "workspace", ret_json, err);
}

bool
workspace_change(
	const struct caller *caller, const struct workspace_change *change, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_WORKSPACE_CHANGE);
	db_id(batch, caller->workspace);
	db_str(batch, change->name);
	db_str(batch, change->slug);
	db_bool(batch, change->retention);
	if (change->retention_days > 0)
		db_int(batch, change->retention_days);
	else
		db_null(batch);
	int index = add_read(batch, caller->workspace);
	return caller_commit(batch, err) && one_text(batch, index, "workspace", ret_json, err);
}

bool
workspace_create(const struct caller *caller, struct id id, struct str name, struct str slug, const struct once *once,
	struct created *ret_created, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, DB_WORKSPACE_CREATE);
	db_id(batch, id);
	db_str(batch, name);
	db_str(batch, slug);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	return caller_commit(batch, err) && created_result(batch, create, ret_created, err);
}

bool
workspace_archive(const struct caller *caller, bool away, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_WORKSPACE_ARCHIVE);
	db_id(batch, caller->workspace);
	db_bool(batch, away);
	int index = add_read(batch, caller->workspace);
	return caller_commit(batch, err) && one_text(batch, index, "workspace", ret_json, err);
}

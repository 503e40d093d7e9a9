/* Projects; see project.h. */
#include "store/project.h"

#include "db/db.h"

static const struct thing project_thing = {"project", DB_PROJECT_READ};

bool
project_list(
	const struct caller *caller, const struct page_ask *ask, bool archived, struct page *ret_page, struct err *err)
{
	return thing_list(caller, DB_PROJECT_LIST, ask, archived, ret_page, err);
}

bool
project_read(const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision, struct err *err)
{
	return thing_read(caller, &project_thing, id, ret_json, ret_revision, err);
}

bool
project_create(const struct caller *caller, const struct project_change *project, const struct once *once,
	struct created *ret_created, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, DB_PROJECT_CREATE);
	db_id(batch, caller->workspace);
	db_id(batch, project->id);
	db_str(batch, project->name);
	db_str(batch, project->description);
	db_maybe_id(batch, project->workflow);
	db_str(batch, project->config);
	db_str(batch, project->directory);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	return caller_commit(batch, err) && created_result(batch, create, ret_created, err);
}

bool
project_change(const struct caller *caller, const struct project_change *project, struct str *ret_json,
	int64_t *ret_revision, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_PROJECT_CHANGE);
	change_params(batch, caller, project->id, &project->change);
	db_str(batch, project->name);
	db_str(batch, project->description);
	db_bool(batch, project->sets_workflow);
	db_maybe_id(batch, project->workflow);
	db_str(batch, project->config);
	db_bool(batch, project->sets_directory);
	db_str(batch, project->directory);
	if (project->sets_archived)
		db_bool(batch, project->archived);
	else
		db_null(batch);
	return thing_commit(batch, caller, &project_thing, project->id, ret_json, ret_revision, err);
}

bool
project_delete(const struct caller *caller, struct id id, int64_t assumed, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_PROJECT_DELETE);
	db_id(batch, id);
	db_int(batch, assumed);
	return caller_commit(batch, err);
}

bool
project_board(const struct caller *caller, struct id id, const struct id *ids, unsigned count, struct str *ret_json,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	struct db_array *array = db_array_ids(caller->arena);
	int read = db_add(batch, DB_PROJECT_BOARD);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	for (unsigned i = 0; ids && i < count; i++)
		db_array_id(array, ids[i]);
	if (ids)
		db_add_array(batch, array);
	else
		db_null(batch);
	db_int(batch, BOARD_RUNS);
	return db_run(batch, err) && one_text(batch, read, "project", ret_json, err);
}

bool
project_workflow(const struct caller *caller, struct id id, bool *ret_has, struct id *ret_workflow, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, DB_PROJECT_WORKFLOW);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	if (!db_run(batch, err))
		return false;
	if (db_rows(batch, read) == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no such project, or you cannot see it.");
	*ret_has = db_value_id(batch, read, 0, 0, ret_workflow);
	return true;
}

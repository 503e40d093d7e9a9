/* Deleting runs, and what is asked of many at once; see run_manage.h. */
#include "store/run_manage.h"

#include "db/db.h"

bool
run_delete(const struct caller *caller, struct id run, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_RUN_DELETE);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	return caller_commit(batch, err);
}

const struct db_array *
bulk_texts(struct arena *arena, const struct json *list)
{
	if (!list)
		return NULL;
	struct db_array *texts = db_array_texts(arena);
	json_each (item, list)
		db_array_str(texts, item->text);
	return texts;
}

const struct db_array *
bulk_ids(struct arena *arena, const struct json *list)
{
	struct id id;
	if (!list)
		return NULL;
	struct db_array *ids = db_array_ids(arena);
	json_each (item, list)
		if (id_parse(item->text, &id))
			db_array_id(ids, id);
	return ids;
}

static void
array_or_null(struct db_batch *batch, const struct db_array *array)
{
	if (array)
		db_add_array(batch, array);
	else
		db_null(batch);
}

static void
id_or_null(struct db_batch *batch, bool there, struct id id)
{
	if (there)
		db_id(batch, id);
	else
		db_null(batch);
}

bool
run_bulk(const struct caller *caller, const struct bulk_ask *ask, struct bulk_result *ret_result, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_RUN_BULK);
	db_id(batch, caller->workspace);
	db_text(batch, ask->deed);
	id_or_null(batch, ask->by_workflow, ask->workflow);
	id_or_null(batch, ask->by_project, ask->project);
	array_or_null(batch, ask->statuses);
	db_str(batch, ask->since);
	db_str(batch, ask->before);
	array_or_null(batch, ask->ids);
	if (ask->has_cursor)
		db_int(batch, ask->us);
	else
		db_null(batch);
	id_or_null(batch, ask->has_cursor, ask->id);
	db_int(batch, ask->most);
	db_bool(batch, ask->dry_run);
	db_text(batch, ask->from_start ? "start" : "failed");
	db_text(batch, ask->latest ? "latest" : "same");
	db_str(batch, ask->models);
	db_int(batch, ask->planner);
	if (!(ask->dry_run ? db_run(batch, err) : caller_commit(batch, err)))
		return false;
	struct bulk_result result = {0};
	db_value_int(batch, index, 0, 0, &result.matched);
	db_value_int(batch, index, 0, 1, &result.accepted);
	result.more = db_value_int(batch, index, 0, 2, &result.us) && db_value_id(batch, index, 0, 3, &result.id);
	*ret_result = result;
	return true;
}

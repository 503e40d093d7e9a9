/* Workflows; see workflow.h. */
#include "store/workflow.h"

#include "db/db.h"

const struct thing workflow_thing = {"workflow", DB_WORKFLOW_READ};

bool
workflow_list(const struct caller *caller, const struct page_ask *ask, const struct id *agent, struct page *ret_page,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_WORKFLOW_LIST);
	db_id(batch, caller->workspace);
	page_params(batch, ask);
	db_maybe_id(batch, agent);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

bool
workflow_read(const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision, struct err *err)
{
	return thing_read(caller, &workflow_thing, id, ret_json, ret_revision, err);
}

bool
workflow_change(const struct caller *caller, const struct workflow_change *workflow, struct str *ret_json,
	int64_t *ret_revision, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_WORKFLOW_CHANGE);
	change_params(batch, caller, workflow->id, &workflow->change);
	db_str(batch, workflow->name);
	db_str(batch, workflow->description);
	db_str(batch, workflow->type);
	db_str(batch, workflow->definition);
	db_int(batch, workflow->step_count);
	db_str(batch, workflow->message);
	db_bool(batch, workflow->share_prompts);
	db_str(batch, workflow->source);
	db_str(batch, workflow->origin);
	return thing_commit(batch, caller, &workflow_thing, workflow->id, ret_json, ret_revision, err);
}

bool
workflow_archive(const struct caller *caller, struct id id, const struct change *change, struct err *err)
{
	return thing_archive(caller, DB_WORKFLOW_ARCHIVE, id, change, err);
}

bool
workflow_versions(const struct caller *caller, struct id id, int64_t limit, int64_t below,
	struct version_page *ret_page, struct err *err)
{
	return versions_read(caller, DB_WORKFLOW_VERSIONS, "workflow", id, limit, below, ret_page, err);
}

bool
workflow_version_read(const struct caller *caller, struct id id, int64_t version, struct str *ret_json, struct err *err)
{
	return version_read(caller, DB_WORKFLOW_VERSION_READ, id, version, ret_json, err);
}

void
workflow_params(struct db_batch *batch, const struct workflow_new *workflow)
{
	db_str(batch, workflow->name);
	db_str(batch, workflow->description);
	db_str(batch, workflow->type);
	db_text(batch, workflow->visibility);
	db_str(batch, workflow->definition);
	db_int(batch, workflow->step_count);
	db_bool(batch, workflow->share_prompts);
}

bool
workflow_create(const struct caller *caller, const struct workflow_new *workflow, const struct once *once,
	struct created *ret_created, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, DB_WORKFLOW_CREATE);
	db_id(batch, caller->workspace);
	db_id(batch, workflow->id);
	workflow_params(batch, workflow);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	db_str(batch, workflow->message);
	db_str(batch, workflow->source);
	db_str(batch, workflow->origin);
	return caller_commit(batch, err) && created_result(batch, create, ret_created, err);
}

bool
workflow_input(const struct caller *caller, struct id id, int64_t version, int64_t *ret_version, struct str *ret_schema,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, DB_WORKFLOW_INPUT);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	if (version > 0)
		db_int(batch, version);
	else
		db_null(batch);
	if (!db_run(batch, err))
		return false;
	if (!db_value_int(batch, read, 0, 0, ret_version))
		return err_set(err, ERR_NOT_FOUND, "There is no such workflow%s, or you cannot see it.",
			version > 0 ? " with this version" : "");
	if (!db_value(batch, read, 0, 1, ret_schema))
		*ret_schema = STR("{\"type\":\"object\"}");
	return true;
}

bool
workflow_load_facts(const struct caller *caller, const struct str *ids, const int64_t *versions, unsigned count,
	struct workflow_facts **ret_facts, unsigned *ret_count, struct err *err)
{
	struct named_versions named = {ids, versions, count, NULL};
	*ret_facts = NULL;
	*ret_count = 0;
	if (count == 0)
		return true;
	struct db_batch *batch = caller_batch(caller);
	int rows = named_versions_add(batch, caller, DB_WORKFLOW_FACTS, &named);
	if (!db_run(batch, err))
		return false;
	struct workflow_facts *facts = arena_array(caller->arena, (size_t)db_rows(batch, rows) + 1, sizeof *facts);
	unsigned n = 0;
	for (int row = 0; row < db_rows(batch, rows); row++) {
		struct str schema;
		struct json *input;
		facts[n].id = named_versions_id(batch, rows, row, &named);
		if (!facts[n].id.p || !db_value_int(batch, rows, row, 1, &facts[n].version) ||
			!db_value(batch, rows, row, 2, &facts[n].name))
			continue;
		if (!db_value(batch, rows, row, 3, &schema))
			schema = STR("{\"type\":\"object\"}");
		if (!json_read(caller->arena, schema, &json_limits_stored, &input, err))
			return false;
		facts[n].input = input;
		n++;
	}
	*ret_facts = facts;
	*ret_count = n;
	return true;
}

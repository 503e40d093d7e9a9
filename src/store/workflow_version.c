/* See workflow_version.h. */
#include "store/workflow_version.h"

#include "db/db.h"

bool
workflow_push(const struct caller *caller, const struct workflow_pushed *push, struct str *ret_json, struct err *err)
{
	const struct workflow_new *workflow = &push->workflow;
	struct db_batch *batch = caller_batch(caller);
	int pushed = db_add(batch, DB_WORKFLOW_PUSH);
	db_id(batch, caller->workspace);
	db_id(batch, workflow->id);
	db_id(batch, push->change);
	db_str(batch, push->own_id);
	workflow_params(batch, workflow);
	db_str(batch, workflow->message);
	db_str(batch, workflow->source);
	db_str(batch, push->label);
	db_str(batch, workflow->origin);
	return caller_commit(batch, err) && one_text(batch, pushed, "workflow", ret_json, err);
}

static struct db_batch *
label_batch(const struct caller *caller, int statement, struct id id, struct str label, int *ret_index)
{
	struct db_batch *batch = caller_batch(caller);
	*ret_index = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_str(batch, label);
	return batch;
}

bool
workflow_label_set(const struct caller *caller, struct id id, struct str label, int64_t version, struct str *ret_json,
	int64_t *ret_revision, struct err *err)
{
	int index;
	struct db_batch *batch = label_batch(caller, DB_WORKFLOW_LABEL_SET, id, label, &index);
	db_int(batch, version);
	return thing_commit(batch, caller, &workflow_thing, id, ret_json, ret_revision, err);
}

bool
workflow_label_remove(const struct caller *caller, struct id id, struct str label, struct err *err)
{
	int index;
	return caller_commit(label_batch(caller, DB_WORKFLOW_LABEL_REMOVE, id, label, &index), err);
}

bool
workflow_label_version(
	const struct caller *caller, struct id id, struct str label, int64_t *ret_version, struct err *err)
{
	int index;
	struct db_batch *batch = label_batch(caller, DB_WORKFLOW_LABEL_VERSION, id, label, &index);
	if (!db_run(batch, err))
		return false;
	return db_value_int(batch, index, 0, 0, ret_version) ||
	       err_set(err, ERR_NOT_FOUND,
		       "There is no such workflow with a version of the label \"%.63s\", or you cannot see it.",
		       arena_strz(caller->arena, label));
}

bool
workflow_roll_back(const struct caller *caller, struct id id, struct id change, int64_t version, struct str message,
	struct str *ret_json, int64_t *ret_revision, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_WORKFLOW_ROLL_BACK);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_id(batch, change);
	db_int(batch, version);
	db_str(batch, message);
	return thing_commit(batch, caller, &workflow_thing, id, ret_json, ret_revision, err);
}

bool
workflow_two_versions(const struct caller *caller, struct id id, int64_t before, int64_t after, struct str *ret_before,
	struct str *ret_after, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, DB_WORKFLOW_TWO_VERSIONS);
	bool has_before = false, has_after = false;
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_int(batch, before);
	db_int(batch, after);
	if (!db_run(batch, err))
		return false;
	for (int row = 0; row < db_rows(batch, read); row++) {
		int64_t version;
		struct str text;
		if (!db_value_int(batch, read, row, 0, &version) || !db_value(batch, read, row, 1, &text))
			continue;
		if (version == before) {
			*ret_before = text;
			has_before = true;
		}
		if (version == after) {
			*ret_after = text;
			has_after = true;
		}
	}
	return (has_before && has_after) ||
	       err_set(err, ERR_NOT_FOUND, "There is no such workflow with both versions, or you cannot see it.");
}

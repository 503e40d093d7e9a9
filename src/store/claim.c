/* Statements that read for an executor, and their rows as structs. */
#include "store/claim.h"

int
claim_add(struct db_batch *batch, const struct claim_wish *wish)
{
	int index = db_add(batch, DB_RUN_CLAIM);
	db_id(batch, wish->incarnation);
	db_id(batch, wish->last_workspace);
	db_int(batch, wish->at_most);
	db_int(batch, wish->planner);
	if (wish->no_slot)
		db_int(batch, wish->guests);
	else
		db_null(batch);
	if (wish->served)
		db_add_array(batch, wish->served);
	else
		db_null(batch);
	return index;
}

/* Row 0 is the cursor. */
int
claim_rows(const struct db_batch *batch, int index)
{
	int rows = db_rows(batch, index);
	return rows > 0 ? rows - 1 : 0;
}

struct id
claim_cursor(const struct db_batch *batch, int index)
{
	struct id cursor = {0};
	db_value_id(batch, index, 0, 0, &cursor);
	return cursor;
}

bool
claim_next_due(const struct db_batch *batch, int index, int64_t *ret_us)
{
	return db_value_int(batch, index, 0, 2, ret_us);
}

bool
claim_row(const struct db_batch *batch, int index, int row, struct claimed *ret_claimed, struct err *err)
{
	struct claimed c = {0};
	struct str status;
	row++;
	if (!db_value_id(batch, index, row, 0, &c.workspace) || !db_value_id(batch, index, row, 1, &c.run) ||
		!db_value_int(batch, index, row, 2, &c.epoch) || !db_value_int(batch, index, row, 3, &c.strikes) ||
		!db_value_id(batch, index, row, 4, &c.workflow) ||
		!db_value_int(batch, index, row, 5, &c.workflow_version) || !db_value(batch, index, row, 6, &status) ||
		!run_status_parse(status, &c.status) || !db_value_int(batch, index, row, 14, &c.input_bytes) ||
		!db_value_bool(batch, index, row, 15, &c.whole) || !db_value_int(batch, index, row, 8, &c.last_seq) ||
		!db_value_int(batch, index, row, 11, &c.generation)) {
		err_set(err, ERR_INTERNAL, "A claimed run cannot be read.");
		err_detail(err, "run_claim: row %d has a column of another shape", row);
		return false;
	}
	db_value(batch, index, row, 7, &c.input);
	db_value(batch, index, row, 9, &c.steps);
	db_value(batch, index, row, 10, &c.inbox);
	db_value(batch, index, row, 12, &c.spent);
	db_value(batch, index, row, 13, &c.overrides);
	c.kept_more = db_value_id(batch, index, row, 16, &c.kept_after);
	db_value_bool(batch, index, row, 17, &c.inbox_more);
	db_value_bool(batch, index, row, 18, &c.copying);
	*ret_claimed = c;
	return true;
}

int
state_add(struct db_batch *batch, struct id workspace, struct id run)
{
	int index = db_add(batch, DB_RUN_STATE);
	db_id(batch, workspace);
	db_id(batch, run);
	return index;
}

void
state_row(const struct db_batch *batch, int index, struct str *ret_steps, struct str *ret_spent)
{
	*ret_steps = *ret_spent = (struct str){0};
	db_value(batch, index, 0, 0, ret_steps);
	db_value(batch, index, 0, 1, ret_spent);
}

int
copy_add(struct db_batch *batch, struct id incarnation, struct id workspace, struct id run, int64_t parts)
{
	int index = db_add(batch, DB_RUN_COPY);
	db_id(batch, incarnation);
	db_id(batch, workspace);
	db_id(batch, run);
	db_int(batch, parts);
	return index;
}

bool
copy_done(const struct db_batch *batch, int index)
{
	bool done = false;
	return db_value_bool(batch, index, 0, 0, &done) && done;
}

int
fetch_add(struct db_batch *batch, const struct fetch_key *key, int64_t from_part, int64_t parts)
{
	static const enum db_statement in_row[] = {[FETCH_RUN_INPUT] = DB_FETCH_INPUT,
		[FETCH_STEP_INPUT] = DB_FETCH_STEP_INPUT,
		[FETCH_STEP_OUTPUT] = DB_FETCH_STEP_OUTPUT,
		[FETCH_CHILD_OUTPUT] = DB_FETCH_OUTPUT};
	bool of_step = key->what == FETCH_STEP_INPUT || key->what == FETCH_STEP_OUTPUT;
	int index = db_add(batch, key->in_blob ? DB_FETCH_BLOB : in_row[key->what]);
	db_id(batch, key->workspace);
	db_id(batch, key->run);
	if (key->in_blob) {
		db_id(batch, key->blob);
		db_int(batch, from_part);
		db_int(batch, parts);
	} else if (of_step) {
		db_str(batch, key->path);
		db_int(batch, key->attempt);
	}
	return index;
}

bool
fetch_part(const struct db_batch *batch, int index, int row, struct str *ret_text)
{
	return db_value(batch, index, row, 0, ret_text);
}

int
iterations_add(struct db_batch *batch, struct id workspace, struct id run, struct str loop, int64_t from, int64_t count)
{
	int index = db_add(batch, DB_RUN_ITERATIONS);
	db_id(batch, workspace);
	db_id(batch, run);
	db_str(batch, loop);
	db_int(batch, from);
	db_int(batch, count);
	return index;
}

bool
iterations_row(const struct db_batch *batch, int index, int row, struct iteration_row *ret_row)
{
	struct iteration_row r = {0};
	if (!db_value(batch, index, row, 0, &r.path))
		return false;
	db_value_bool(batch, index, row, 1, &r.failed);
	db_value(batch, index, row, 2, &r.error);
	db_value(batch, index, row, 3, &r.output);
	*ret_row = r;
	return true;
}

struct version_keys {
	struct db_array *workspaces, *ids, *versions;
	int count;
};

struct version_keys *
version_keys_new(struct arena *arena)
{
	struct version_keys *keys = arena_new_of(arena, struct version_keys);
	keys->workspaces = db_array_ids(arena);
	keys->ids = db_array_ids(arena);
	keys->versions = db_array_ints(arena);
	return keys;
}

void
version_keys_add(struct version_keys *keys, struct id workspace, struct id id, int64_t version)
{
	db_array_id(keys->workspaces, workspace);
	db_array_id(keys->ids, id);
	db_array_int(keys->versions, version);
	keys->count++;
}

int
version_keys_count(const struct version_keys *keys)
{
	return keys->count;
}

static int
versions_add(struct db_batch *batch, enum db_statement statement, const struct version_keys *keys)
{
	int index = db_add(batch, statement);
	db_add_array(batch, keys->workspaces);
	db_add_array(batch, keys->ids);
	db_add_array(batch, keys->versions);
	return index;
}

int
definitions_add(struct db_batch *batch, const struct version_keys *keys)
{
	return versions_add(batch, DB_ENGINE_DEFINITIONS, keys);
}

int
prompts_add(struct db_batch *batch, const struct version_keys *keys)
{
	return versions_add(batch, DB_ENGINE_PROMPTS, keys);
}

bool
version_row(const struct db_batch *batch, int index, int row, struct version_row *ret_row)
{
	return db_value_id(batch, index, row, 0, &ret_row->workspace) &&
	       db_value_id(batch, index, row, 1, &ret_row->id) &&
	       db_value_int(batch, index, row, 2, &ret_row->version) && db_value(batch, index, row, 3, &ret_row->text);
}

int
inbox_add(struct db_batch *batch, struct id incarnation)
{
	int index = db_add(batch, DB_ENGINE_INBOX);
	db_id(batch, incarnation);
	return index;
}

int
kept_add(struct db_batch *batch, struct id workspace, struct id run, struct id after)
{
	int index = db_add(batch, DB_ENGINE_KEPT);
	db_id(batch, workspace);
	db_id(batch, run);
	db_id(batch, after);
	return index;
}

bool
inbox_row(const struct db_batch *batch, int index, int row, struct request *ret_request)
{
	struct request r = {0};
	if (!db_value_id(batch, index, row, 0, &r.workspace) || !db_value_id(batch, index, row, 1, &r.run) ||
		!db_value_id(batch, index, row, 2, &r.id) || !db_value(batch, index, row, 3, &r.kind))
		return false;
	db_value(batch, index, row, 4, &r.by);
	db_value(batch, index, row, 5, &r.data);
	db_value_int(batch, index, row, 6, &r.generation);
	db_value_bool(batch, index, row, 7, &r.more);
	*ret_request = r;
	return true;
}

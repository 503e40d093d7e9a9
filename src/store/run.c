/* Making, ending and listing runs; see run.h. */
#include "store/run.h"

#include "db/db.h"

bool
run_create(const struct caller *caller, const struct run_new *run, const struct once *once, struct created *ret_created,
	bool *ret_woke, struct err *err)
{
	struct db_array *ids = db_array_ids(caller->arena), *inputs = db_array_texts(caller->arena);
	for (unsigned i = 0; i < run->count; i++) {
		db_array_id(ids, run->ids[i]);
		db_array_str(inputs, run->inputs[i]);
	}
	struct db_batch *batch = caller_batch(caller);
	int create = db_add(batch, DB_RUN_CREATE);
	db_id(batch, caller->workspace);
	db_id(batch, run->workflow);
	db_int(batch, run->version);
	db_bool(batch, run->pinned);
	db_add_array(batch, ids);
	db_add_array(batch, inputs);
	db_int(batch, run->priority);
	db_int(batch, run->planner);
	db_maybe_id(batch, run->project);
	db_str(batch, run->answer);
	db_str(batch, once->key);
	db_bytes(batch, once->request, sizeof once->request);
	if (run->wake)
		db_then(batch, DB_RUN_WAKE);
	if (!caller_commit(batch, err) || !created_result(batch, create, ret_created, err))
		return false;
	*ret_woke = db_then_sent(batch);
	return true;
}

bool
run_cancel(const struct caller *caller, struct id run, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_RUN_CANCEL);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_id(batch, id_new());
	return caller_commit(batch, err);
}

bool
run_ask(const struct caller *caller, struct id run, const struct ask *ask, bool *ret_new, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_RUN_ASK);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_id(batch, id_new());
	db_text(batch, ask->kind);
	db_str(batch, ask->data);
	db_str(batch, ask->once);
	if (!caller_commit(batch, err))
		return false;
	*ret_new = false;
	db_value_bool(batch, index, 0, 0, ret_new);
	return true;
}

static int
add_run_and(struct db_batch *batch, const struct caller *caller, enum db_statement statement, struct id run,
	struct str name)
{
	int index = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_str(batch, name);
	return index;
}

bool
run_approval(
	const struct caller *caller, struct id run, struct str path, struct approval *ret_approval, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = add_run_and(batch, caller, DB_RUN_APPROVAL, run, path);
	struct approval approval = {0};
	if (!db_run(batch, err))
		return false;
	if (db_rows(batch, index) == 0)
		return err_set(
			err, ERR_NOT_FOUND, "There is no such run with such an approval step, or you cannot see it.");
	approval.waits = db_value_int(batch, index, 0, 0, &approval.attempt);
	db_value(batch, index, 0, 1, &approval.form);
	*ret_approval = approval;
	return true;
}

bool
run_failure(const struct caller *caller, struct id run, struct str path, int64_t *ret_attempt, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = add_run_and(batch, caller, DB_RUN_FAILURE, run, path);
	if (!db_run(batch, err))
		return false;
	if (db_rows(batch, index) == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no such run with such a step, or you cannot see it.");
	if (!db_value_int(batch, index, 0, 0, ret_attempt))
		*ret_attempt = 0;
	return true;
}

bool
run_signals(const struct caller *caller, struct id run, struct str name, bool *ret_known, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = add_run_and(batch, caller, DB_RUN_SIGNALS, run, name);
	if (!db_run(batch, err))
		return false;
	if (db_rows(batch, index) == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no such run, or you cannot see it.");
	*ret_known = false;
	db_value_bool(batch, index, 0, 0, ret_known);
	return true;
}

bool
run_wake(const struct caller *caller, struct err *err)
{
	struct db_batch *batch = db_batch_new(caller->db, caller->arena);
	db_add(batch, DB_RUN_WAKE);
	return db_run(batch, err);
}

const struct db_array *
run_statuses(struct arena *arena, struct str list)
{
	if (list.n == 0)
		return NULL;
	struct db_array *statuses = db_array_texts(arena);
	while (list.p) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;
		db_array_str(statuses, (struct str){list.p, n});
		list = comma ? (struct str){comma + 1, list.n - n - 1} : (struct str){NULL, 0};
	}
	return statuses;
}

bool
run_list(const struct caller *caller, const struct page_ask *ask, const struct run_filter *filter,
	struct page *ret_page, struct err *err)
{
	struct page_ask with_statuses = *ask;
	with_statuses.words = filter->statuses; /* the same place among the parameters */
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_RUN_LIST);
	db_id(batch, caller->workspace);
	page_params(batch, &with_statuses);
	db_maybe_id(batch, filter->by_workflow ? &filter->workflow : NULL);
	db_maybe_id(batch, filter->by_project ? &filter->project : NULL);
	db_maybe_id(batch, filter->by_parent ? &filter->parent : NULL);
	return db_run(batch, err) && page_result(batch, list, ret_page, err);
}

bool
run_read(const struct caller *caller, struct id run, struct str *ret_json, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, DB_RUN_READ);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	return db_run(batch, err) && one_text(batch, read, "run", ret_json, err);
}

bool
run_state_asked(const struct caller *caller, struct id run, struct str *ret_state, struct str *ret_input,
	struct str *ret_nested, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int asked = db_add(batch, DB_RUN_STATE_ASKED);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	if (!db_run(batch, err) || !one_text(batch, asked, "run", ret_input, err))
		return false;
	*ret_state = STR("");
	db_value(batch, asked, 0, 1, ret_state);
	*ret_nested = STR("{}");
	db_value(batch, asked, 0, 2, ret_nested);
	return true;
}

bool
run_outputs(const struct caller *caller, struct id run, const struct str *paths, unsigned count, size_t bytes_most,
	struct run_outputs *ret_outputs, struct err *err)
{
	struct db_array *named = db_array_texts(caller->arena);
	for (unsigned i = 0; i < count; i++)
		db_array_str(named, paths[i]);
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_RUN_OUTPUTS);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_add_array(batch, named);
	db_int(batch, (int64_t)bytes_most);
	struct run_outputs outputs = {0};
	if (!db_run(batch, err) || !one_text(batch, index, "run", &outputs.status, err))
		return false;
	db_value_int(batch, index, 0, 1, &outputs.last_event);
	int rows = db_rows(batch, index);
	outputs.list = arena_array(caller->arena, (size_t)rows, sizeof *outputs.list);
	for (int row = 0; row < rows; row++) {
		struct step_output *output = &outputs.list[outputs.count];
		if (!db_value(batch, index, row, 2, &output->path))
			continue; /* none of the steps has completed */
		db_value(batch, index, row, 3, &output->json);
		outputs.count++;
	}
	*ret_outputs = outputs;
	return true;
}

bool
step_run_list(const struct caller *caller, struct id run, int64_t limit, const struct step_cursor *after,
	struct str *ret_json, bool *ret_more, struct step_cursor *ret_next, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_STEP_RUN_LIST);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_int(batch, limit);
	if (after) {
		db_int(batch, after->us);
		db_int(batch, after->attempt);
		db_str(batch, after->path);
	} else {
		db_null(batch);
		db_null(batch);
		db_null(batch);
	}
	if (!db_run(batch, err) || !one_text(batch, list, "run", ret_json, err))
		return false;
	*ret_more = false;
	db_value_bool(batch, list, 0, 1, ret_more);
	*ret_next = (struct step_cursor){0};
	db_value_int(batch, list, 0, 2, &ret_next->us);
	db_value_int(batch, list, 0, 3, &ret_next->attempt);
	db_value(batch, list, 0, 4, &ret_next->path);
	return true;
}

bool
run_text(const struct caller *caller, struct id run, struct str path, int64_t attempt, bool input,
	struct kept_text *ret_text, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, path.p ? DB_TEXT_OF_STEP : DB_TEXT_OF_RUN);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	if (path.p) {
		db_bool(batch, input);
		db_str(batch, path);
		db_int(batch, attempt);
	}
	if (!db_run(batch, err))
		return false;
	struct kept_text kept = {0};
	if (db_rows(batch, index) == 0)
		return err_set(err, ERR_NOT_FOUND,
			path.p ? "There is no such attempt of such a run, or you cannot see it."
			       : "There is no such run, or you cannot see it.");
	if (!db_value_int(batch, index, 0, 2, &kept.bytes))
		return err_set(err, ERR_NOT_FOUND, "There is no %s here. Look again when it has %s.",
			input ? "input" : "output", input ? "begun" : "ended");
	db_value(batch, index, 0, 0, &kept.text);
	db_value_id(batch, index, 0, 1, &kept.blob);
	*ret_text = kept;
	return true;
}

bool
run_text_part(const struct caller *caller, struct id run, struct id blob, int64_t part, struct str *ret_content,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, DB_TEXT_PART);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_id(batch, blob);
	db_int(batch, part);
	return db_run(batch, err) && one_text(batch, index, "part", ret_content, err);
}

bool
event_list(const struct caller *caller, struct id run, int64_t after, int64_t limit, struct event_page *ret_page,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, DB_EVENT_LIST);
	db_id(batch, caller->workspace);
	db_id(batch, run);
	db_int(batch, after);
	db_int(batch, limit);
	if (!db_run(batch, err) || !one_text(batch, list, "run", &ret_page->json, err))
		return false;
	db_value_int(batch, list, 0, 1, &ret_page->last);
	db_value_bool(batch, list, 0, 2, &ret_page->ended);
	return true;
}

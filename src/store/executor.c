/* Statements about executors, and what they answer. */
#include "store/executor.h"

#include "base/fault.h"

int
executor_add_start(struct db_batch *batch, struct id incarnation, const char *name, int planner, int64_t lease_ms)
{
	int index = db_add(batch, DB_EXECUTOR_START);
	db_id(batch, incarnation);
	db_text(batch, name);
	db_int(batch, planner);
	db_int(batch, lease_ms);
	return index;
}

int
executor_add_renew(struct db_batch *batch, struct id incarnation, int64_t lease_ms, bool durable)
{
	bool unchecked = MUTATED("lease_check");
	int index = db_add(batch, unchecked ? DB_MUTATION_EXECUTOR_RENEW : DB_EXECUTOR_RENEW);
	db_id(batch, incarnation);
	db_int(batch, lease_ms);
	if (!unchecked)
		db_bool(batch, durable);
	return index;
}

int64_t
executor_flush_number(const struct db_batch *batch, int index)
{
	int64_t number = 0;
	db_value_int(batch, index, 0, 0, &number);
	return number;
}

int64_t
executor_clock_us(const struct db_batch *batch, int index)
{
	int64_t clock = 0;
	db_value_int(batch, index, 0, 1, &clock);
	return clock;
}

bool
executor_lease_over(const struct err *err)
{
	return err->code == ERR_PRECONDITION;
}

int
executor_add_retire(struct db_batch *batch, struct id incarnation, bool blame)
{
	int index = db_add(batch, DB_EXECUTOR_RETIRE);
	db_id(batch, incarnation);
	db_bool(batch, blame);
	return index;
}

int
executor_add_reap(struct db_batch *batch, struct id incarnation)
{
	int index = db_add(batch, DB_EXECUTOR_REAP);
	db_id(batch, incarnation);
	return index;
}

int
executor_add_metrics(struct db_batch *batch, struct id incarnation, struct str json)
{
	int index = db_add(batch, DB_EXECUTOR_METRICS);
	db_id(batch, incarnation);
	db_str(batch, json);
	return index;
}

int
housekeeping_add_months(struct db_batch *batch)
{
	return db_add(batch, DB_PARTITION_ENSURE);
}

int
housekeeping_add_order(struct db_batch *batch)
{
	return db_add(batch, DB_ENGINE_HOUSEKEEPING);
}

int
housekeeping_add_over(
	struct db_batch *batch, struct arena *arena, const struct id *workspaces, const struct id *runs, unsigned count)
{
	int index = db_add(batch, DB_PLACES_OVER);
	struct db_array *spaces = db_array_ids(arena), *ids = db_array_ids(arena);
	for (unsigned i = 0; i < count; i++) {
		db_array_id(spaces, workspaces[i]);
		db_array_id(ids, runs[i]);
	}
	db_add_array(batch, spaces);
	db_add_array(batch, ids);
	return index;
}

bool
housekeeping_over(const struct db_batch *batch, int index, int row, int64_t *ret_place)
{
	return row < db_rows(batch, index) && db_value_int(batch, index, row, 0, ret_place);
}

int
housekeeping_add_deserted(struct db_batch *batch, struct arena *arena, const struct id *workspaces,
	const struct str *names, unsigned count)
{
	int index = db_add(batch, DB_PLACES_DESERTED);
	struct db_array *spaces = db_array_ids(arena), *texts = db_array_texts(arena);
	for (unsigned i = 0; i < count; i++) {
		db_array_id(spaces, workspaces[i]);
		db_array_str(texts, names[i]);
	}
	db_add_array(batch, spaces);
	db_add_array(batch, texts);
	return index;
}

bool
housekeeping_deserted(const struct db_batch *batch, int index, int row, struct id *ret_workspace, struct str *ret_name)
{
	if (row >= db_rows(batch, index) || !db_value_id(batch, index, row, 0, ret_workspace))
		return false;
	return db_value(batch, index, row, 1, ret_name);
}

int
housekeeping_add_purge(struct db_batch *batch, int64_t rows_most)
{
	int index = db_add(batch, DB_ENGINE_PURGE);
	db_int(batch, rows_most);
	return index;
}

int
housekeeping_add_drop(struct db_batch *batch)
{
	return db_add(batch, DB_PARTITION_DROP);
}

struct purged
housekeeping_purged(const struct db_batch *batch, int index)
{
	struct purged p = {0};
	db_value_int(batch, index, 0, 0, &p.expired);
	db_value_int(batch, index, 0, 1, &p.removed);
	db_value_bool(batch, index, 0, 2, &p.busy);
	return p;
}

bool
housekeeping_dropped(const struct db_batch *batch, int index, struct str *ret_name, bool *ret_busy)
{
	*ret_busy = false;
	db_value_bool(batch, index, 0, 1, ret_busy);
	return db_value(batch, index, 0, 0, ret_name);
}

struct retired
executor_retired(const struct db_batch *batch, int index)
{
	struct retired r = {0};
	r.found = db_value_int(batch, index, 0, 0, &r.last_flush);
	db_value_int(batch, index, 0, 1, &r.runs);
	return r;
}

bool
executor_reaped(const struct db_batch *batch, int index, int row, struct retired *ret_retired)
{
	if (row >= db_rows(batch, index))
		return false;
	struct retired r = {.found = true};
	db_value(batch, index, row, 0, &r.incarnation);
	db_value(batch, index, row, 1, &r.name);
	db_value_int(batch, index, row, 2, &r.last_flush);
	db_value_int(batch, index, row, 3, &r.runs);
	*ret_retired = r;
	return true;
}

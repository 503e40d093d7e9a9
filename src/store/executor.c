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
executor_add_housekeeping(struct db_batch *batch)
{
	return db_add(batch, DB_ENGINE_HOUSEKEEPING);
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

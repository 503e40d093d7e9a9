/* Names of states: these two tables are what the database's checks and the contract's enums repeat. */
#include "flow/status.h"

static const char *const run_names[] = {
	[RUN_PENDING] = "pending",
	[RUN_RUNNING] = "running",
	[RUN_PAUSED] = "paused",
	[RUN_COMPLETED] = "completed",
	[RUN_FAILED] = "failed",
	[RUN_CANCELLED] = "cancelled",
};

static const char *const step_names[] = {
	[STEP_PENDING] = "pending",
	[STEP_RUNNING] = "running",
	[STEP_WAITING] = "waiting",
	[STEP_COMPLETED] = "completed",
	[STEP_FAILED] = "failed",
	[STEP_SKIPPED] = "skipped",
	[STEP_CANCELLED] = "cancelled",
	[STEP_ROLLED_BACK] = "rolled_back",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool
find(const char *const *names, size_t count, struct str name, size_t *ret_index)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(name, names[i])) {
			*ret_index = i;
			return true;
		}
	return false;
}

const char *
run_status_name(enum run_status status)
{
	return (size_t)status < COUNT(run_names) ? run_names[status] : "unknown";
}

const char *
step_status_name(enum step_status status)
{
	return (size_t)status < COUNT(step_names) ? step_names[status] : "unknown";
}

bool
run_status_parse(struct str name, enum run_status *ret_status)
{
	size_t i;
	if (!find(run_names, COUNT(run_names), name, &i))
		return false;
	*ret_status = (enum run_status)i;
	return true;
}

bool
step_status_parse(struct str name, enum step_status *ret_status)
{
	size_t i;
	if (!find(step_names, COUNT(step_names), name, &i))
		return false;
	*ret_status = (enum step_status)i;
	return true;
}

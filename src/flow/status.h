/* The states of runs and step runs, and their names in the database and on the wire. */
#ifndef STEPMILL_FLOW_STATUS_H
#define STEPMILL_FLOW_STATUS_H

#include "base/str.h"

enum run_status {
	RUN_PENDING,   /* created, nobody has looked at it yet */
	RUN_RUNNING,   /* held by an executor, or waiting to be due */
	RUN_PAUSED,    /* a person paused it: steps in flight finish, none starts */
	RUN_COMPLETED, /* terminal from here on */
	RUN_FAILED,
	RUN_CANCELLED,
};

enum step_status {
	STEP_PENDING,	/* no row yet */
	STEP_RUNNING,	/* "started" is committed; the call may be out */
	STEP_WAITING,	/* for a person, a time or an event: waiting_for says which */
	STEP_COMPLETED, /* terminal from here on */
	STEP_FAILED,
	STEP_SKIPPED,
	STEP_CANCELLED,
	STEP_ROLLED_BACK,
};

const char *run_status_name(enum run_status status);
const char *step_status_name(enum step_status status);
bool run_status_parse(struct str name, enum run_status *ret_status);
bool step_status_parse(struct str name, enum step_status *ret_status);

static inline bool
run_ended(enum run_status status)
{
	return status >= RUN_COMPLETED;
}
static inline bool
step_ended(enum step_status status)
{
	return status >= STEP_COMPLETED;
}

#endif

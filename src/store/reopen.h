/* Running again, as the API asks for it: the next generation of a run that has ended. */
#ifndef STEPMILL_STORE_REOPEN_H
#define STEPMILL_STORE_REOPEN_H

#include "store/caller.h"

struct reopen {
	const char *from;   /* failed, start, step, checkpoint */
	struct str step;    /* of "step" */
	int64_t checkpoint; /* of "checkpoint" */
	bool latest;	    /* the workflow's current version; else the run's own */
	struct str models;  /* JSON object; p NULL: those of the generation before */
	int priority;
	int planner;
};

/* 409: it has not ended, was reopened a moment ago, or has nothing to run again. 422: no such step. */
bool run_reopen(const struct caller *caller, struct id run, const struct reopen *reopen, struct err *err);

#endif

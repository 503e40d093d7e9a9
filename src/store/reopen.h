/* Running again, as the API asks for it: the next generation of a run that has ended, or a new run that begins at a step of
 * another one. */
#ifndef STEPMILL_STORE_REOPEN_H
#define STEPMILL_STORE_REOPEN_H

#include "store/thing.h"

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

/* What a fork is checked against. */
struct fork_source {
	int64_t version;	/* the fork will be of */
	bool other_version;	/* than the run's */
	struct str schema;	/* of the input */
	struct str input;	/* the run's */
	struct str kind;	/* of the step; p NULL: there is no such step */
	struct str variables;	/* of its prompt, JSON array; p NULL: it has none */
	struct str asks_models; /* keys of steps that do, JSON array; p NULL: none does */
	struct str step_inputs; /* JSON object; p NULL: all are the definition's */
	int64_t loops;		/* that the step is in */
	struct str missing;	/* the first iteration of its path that the run has not begun; p NULL: it has all */
};
bool run_fork_source(const struct caller *caller, struct id run, struct str step, bool latest,
	struct fork_source *ret_source, struct err *err);

struct fork_new {
	struct id id;
	struct str step;
	int64_t version; /* checked against */
	bool latest;
	struct str input, step_inputs, models; /* JSON; p NULL: as the run's */
	int planner;
};
/* ERR_PRECONDITION: another version counts now, look again. */
bool run_fork(const struct caller *caller, struct id run, const struct fork_new *made, const struct once *once,
	struct created *ret_created, struct err *err);

#endif

/* Another version for a run that waits, as the API asks for it. */
#ifndef STEPMILL_STORE_MOVE_H
#define STEPMILL_STORE_MOVE_H

#include "store/caller.h"

/* What is looked at, all of one moment: who carries it out compares `seq`. */
struct move_source {
	int64_t version, wanted; /* the run's, and the one it is to have */
	struct str status;
	struct str now_text, wanted_text; /* their definitions, JSON */
	struct str input;		  /* the run's, JSON */
	int64_t seq;			  /* of its last event */
	bool copying;			  /* a fork whose rows are not all there */
	struct str
		begun; /* [[path, status, retry or decision], …] of what counts in its generation, without what is in loops; see flow/move.h */
	struct str calling; /* path of a step whose call is under way; p NULL: none is */
	bool started;	    /* on_start of its workflow has been asked */
};

/* `version` 0: the workflow's current one. 404: no such run, or no such version. */
bool run_move_source(
	const struct caller *caller, struct id run, int64_t version, struct move_source *ret_source, struct err *err);

#endif

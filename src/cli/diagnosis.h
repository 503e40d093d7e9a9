/* Why a run is not moving, in a sentence or two, from what the database says about it. Pure. */
#ifndef STEPMILL_CLI_DIAGNOSIS_H
#define STEPMILL_CLI_DIAGNOSIS_H

#include "base/arena.h"

#include <stdint.h>

/* Times in milliseconds by the database's clock; texts are NULL when there is none. */
struct run_facts {
	const char *status;
	int64_t planner, created_ago, finished_ago;
	const char *error; /* JSON */
	bool live;	   /* has a row in run_live */
	int64_t due_in;	   /* negative: due since */
	bool held;
	const char *holder; /* name; NULL though held: its incarnation is gone */
	int64_t lease_left;
	int64_t strikes;       /* holders that died with it */
	int64_t alive;	       /* executors */
	int64_t known_planner; /* the newest that one of them knows; 0 when none is alive */
	int64_t ahead;	       /* runs due before it */
	const char *path;      /* of the newest step run */
	int64_t attempt;
	const char *step_status, *waiting_for;
	int64_t step_started_ago;
	const char *inbox; /* kinds of requests that nobody has taken yet */
	int64_t inbox_age;
	const char *blocked_by; /* unit and scope of a limit */
	int64_t blocked_for;
	int64_t limit_cap, limit_spent, limit_drawn; /* in units; of money billionths of a dollar */
	int64_t limit_period_ms;		     /* of a rate */
	int64_t limit_ahead;			     /* runs before it in line */
	const char *limit_holders;		     /* executors and what each has drawn */
	const char *phase;			     /* that it is paused before, until somebody begins it */
};

enum diagnosis_kind {
	DIAGNOSIS_ENDED,
	DIAGNOSIS_MOVING,  /* or will by itself */
	DIAGNOSIS_WAITING, /* for a time, a person, an event */
	DIAGNOSIS_STUCK,   /* somebody has to do something */
};

struct diagnosis {
	enum diagnosis_kind kind;
	const char *code; /* stable, for programs */
	const char *text;
};

struct diagnosis diagnose(struct arena *arena, const struct run_facts *facts);

#endif

/* What is known of a run that is watched: begun with the run as the API reads it, then moved on by its events. Pure. */
#ifndef STEPMILL_CLI_PROGRESS_H
#define STEPMILL_CLI_PROGRESS_H

#include "json/json.h"

#define PROGRESS_STEPS_MAX 1000
#define PROGRESS_TURNS_MAX 300 /* rows of turns of loops; what is over gives way to what comes */

enum mark { MARK_PENDING, MARK_RUNNING, MARK_WAITING, MARK_COMPLETED, MARK_FAILED, MARK_SKIPPED, MARK_CANCELLED };

struct progress_step {
	const char *path, *name;
	int64_t depth; /* groups around it */
	bool group;    /* it is what its steps are */
	bool loop;     /* its steps are run again and again, and come as rows of their own */
	bool in_loop;  /* as the definition has it: never a step run itself */
	bool turn;     /* in a turn of a loop */
	bool cached;   /* nothing was called: what it gave was kept from another run */
	int64_t turns; /* of a loop: rows that have given way, of steps that are over */
	enum mark mark;
	int64_t attempt;
	int64_t started_us;  /* wall clock of the server; 0: unknown */
	int64_t duration_ms; /* -1: not over */
	int64_t tokens_in, tokens_out;
	int64_t cost_nano;  /* -1: unknown */
	int64_t characters; /* streamed so far */
	struct buf tail;    /* the end of what was streamed */
	const char *error;  /* NULL: none */
	const char *why;    /* it waits; NULL: it does not, or nobody said */
};

struct progress {
	struct arena *arena;
	const char *id, *name, *status;
	int64_t seq; /* of the newest event that is in here */
	int64_t created_us, ended_us;
	const char *error;
	int64_t tokens, cost_nano; /* of the run so far; cost_nano -1: unknown */
	bool reopening;		   /* it has ended, and is about to go on */
	bool stale;		   /* it goes on as another generation: the run has to be read again */
	struct progress_step *steps;
	unsigned count;
};

bool progress_start(struct progress *progress, struct arena *arena, const struct json *run, struct err *err);
void progress_release(struct progress *progress);

/*
 * Applies one event; what is not newer than the last is left alone (*ret_new is false). An event further on than the
 * next number is an error: something was lost. *ret_step is the step it is about, or NULL.
 */
bool progress_apply(struct progress *progress, const struct json *event, bool *ret_new, struct progress_step **ret_step,
	struct err *err);

bool progress_ended(const struct progress *progress);
unsigned progress_done(const struct progress *progress);  /* steps completed or skipped, without groups */
unsigned progress_count(const struct progress *progress); /* steps, without groups; a loop is one */
enum mark progress_mark(const char *status);

#endif

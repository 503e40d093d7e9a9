/*
 * A run's state as JSON and back, and what plan() wants of it as JSON: for recorded histories of runs with loops, agents, handlers, phases and code, whose
 * steps have no number that would mean the same next year. Steps are called by their paths.
 *
 *	snapshot   {"run": {status, now, …}, "steps": {path: {status, attempt, …}}}; a step that has not begun is left out
 *	history    {"definition": …, "calls": [{"run": what has changed, "steps": {path: its state, or null: it is gone}, "wants": [actions]}]};
 *	           afresh: true in a call says that it changes nothing, but is all there is
 *
 * A recorded history is complete: nothing that draws or plays one is needed to ask plan() the same again (decided.c).
 */
#ifndef STEPMILL_TESTS_SNAPSHOT_H
#define STEPMILL_TESTS_SNAPSHOT_H

#include "flow/plan.h"

struct json *snapshot_of(struct arena *arena, const struct run_state *run);
/* False: it does not fit the definition. */
bool snapshot_read(struct arena *arena, const struct definition *definition, const struct json *snapshot,
	struct run_state *ret_run);
struct json *snapshot_actions(
	struct arena *arena, const struct run_state *run, const struct action *actions, unsigned count);
/* A call of a history, over the snapshot before it; NULL before the first. */
struct json *snapshot_merge(struct arena *arena, const struct json *before, const struct json *call);

/* Writes histories, each call as it is made. What cannot be read back as it was is an error: then `wrong` says so. */
struct recorder {
	struct arena *arena;	   /* of the history */
	const struct json *before; /* the snapshot before */
	struct json *calls;
	unsigned most; /* calls of a history: longer ones are not worth their room; 0: nothing is recorded */
	unsigned kept; /* histories so far */
	char wrong[600];
};
void recorder_open(const struct recorder *r);
bool recorder_close(const struct recorder *r); /* false: nothing was to be recorded */
void recorder_begin(struct recorder *r, struct arena *arena);
bool recorder_call(struct recorder *r, const struct run_state *run, const struct action *actions, unsigned count);
void recorder_end(struct recorder *r, const struct json *definition);

#endif

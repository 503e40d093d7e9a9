/*
 * plan(definition, state) → actions. Pure: the same state gives the same actions, whoever asks and however often. What it
 * asks for and the state already shows as begun is not asked for again.
 *
 * The executor keeps a struct run_state while it holds the run, applies what happened to it, and calls plan() again.
 */
#ifndef STEPMILL_FLOW_PLAN_H
#define STEPMILL_FLOW_PLAN_H

#include "flow/definition.h"
#include "flow/status.h"

/* Runs record the version that made their history; executors claim only those they know. */
#define PLANNER_VERSION 1

struct step_state {
	enum step_status status;
	int attempt;		   /* of the newest step run; 0 while pending */
	const struct json *output; /* when completed */
	struct str error;	   /* {"code", "message"} as JSON text, when failed */
};

struct run_state {
	const struct definition *definition;
	const struct json *input;
	enum run_status status;
	bool cancel_asked;
	struct step_state *steps; /* definition->step_count of them */
};

enum action_kind {
	ACTION_START, /* begin `step` with `attempt`; `input` is its mapping with templates filled */
	ACTION_ABORT, /* end `step` as cancelled: drop its call */
	ACTION_FAIL,  /* end `step` as failed without a call: its templates could not be filled (`error`) */
	ACTION_END,   /* the run ends as `end`, with `output` or `error` */
};

struct action {
	enum action_kind kind;
	unsigned step;
	int attempt;
	struct json *input;
	enum run_status end;
	const struct json *output;
	struct str error; /* JSON text: {"code", "message"[, "path"]} */
};

/* Actions in the order they are to be taken, in the arena; false only on a definition and state that do not fit. */
bool plan(struct arena *arena, const struct run_state *state, struct action **ret_actions, unsigned *ret_count,
	struct err *err);

#endif

/* For plan.c: steps that need no call. */
#ifndef STEPMILL_FLOW_PLAN_CONTROL_H
#define STEPMILL_FLOW_PLAN_CONTROL_H

#include "flow/plan.h"

/* One look at one step. */
struct control {
	struct arena *arena;
	const struct run_state *state;
	const struct step_def *def;
	const struct step_state *step;
	struct action action;
};

/* Begins the step: ACTION_COMPLETE, ACTION_WAIT or ACTION_FAIL. */
struct action plan_control_begin(
	struct arena *arena, const struct run_state *state, unsigned step, const struct json *scope);

/* The first signal of that name that nobody has taken; NULL: none. */
const struct message *plan_signal(const struct run_state *state, struct str name);

/* It waits: ACTION_COMPLETE or ACTION_FAIL when that is over, else ACTION_SLEEP. */
struct action plan_control_waiting(struct arena *arena, const struct run_state *state, unsigned step);

#endif

/* For plan.c: what a step's templates see. */
#ifndef STEPMILL_FLOW_PLAN_SCOPE_H
#define STEPMILL_FLOW_PLAN_SCOPE_H

#include "flow/plan.h"

/* {"input": …, "steps": {KEY: {"output": …} or {"error": …}}}: the run's input, and what the steps written before this one came to. */
struct json *plan_scope(struct arena *arena, const struct run_state *state, unsigned before);

/* As much of the variables and secrets as the step names. */
struct json *plan_env(struct arena *arena, const struct run_state *state, unsigned step);

/* Whether something that is filled in for a step may name what the iteration before gave: of the loop it is in, or of one around that. */
bool plan_names_previous(struct arena *arena, const struct step_def *def);

/* Another tree's value under a node of our own: trees are not changed once built, so the children can be shared. NULL is null. */
struct json *plan_share(struct arena *arena, const struct json *value);

/* The case of a switch that a value is, numbers by what they come to; NULL: none. */
const struct json *plan_case(struct arena *arena, const struct step_def *def, const struct json *value);

#endif

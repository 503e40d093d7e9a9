/* For plan.c: whether a failed step gets another attempt. */
#ifndef STEPMILL_FLOW_PLAN_RETRY_H
#define STEPMILL_FLOW_PLAN_RETRY_H

#include "flow/plan.h"

bool plan_retries(struct arena *arena, const struct run_state *state, unsigned step);

#endif

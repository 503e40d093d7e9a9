/* For plan.c: whether a failed step gets another attempt. */
#ifndef STEPMILL_FLOW_PLAN_RETRY_H
#define STEPMILL_FLOW_PLAN_RETRY_H

#include "flow/plan.h"

/* The policy's pause, or a longer one that the other side asked for (Retry-After). */
int64_t plan_retry_pause_ms(struct arena *arena, const struct run_state *state, unsigned step);

/* Whether another attempt would follow, if this one failed with the error. */
bool plan_would_retry(struct arena *arena, const struct run_state *state, unsigned step, int attempt, struct str error);
bool plan_retries(struct arena *arena, const struct run_state *state, unsigned step);

#endif

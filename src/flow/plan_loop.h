/* For plan(): loops. */
#ifndef STEPMILL_FLOW_PLAN_LOOP_H
#define STEPMILL_FLOW_PLAN_LOOP_H

#include "flow/plan_internal.h"

/* "max_iterations": why there would be more. */
struct str planner_too_many(struct planner *p, const struct step_def *def, const char *what);
unsigned planner_failed_iteration(const struct planner *p, unsigned index); /* the first known; NO_STEP: none */

#endif

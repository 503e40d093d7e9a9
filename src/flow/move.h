/*
 * May a run that has begun go on with another definition? It may when its history still fits: what has begun must stand there where it
 * stood, wait for the same, and be the same in all that was evaluated or may be while it is under way. What has not begun may be
 * anything. A step that failed has begun, too, when another attempt of it follows: each of its attempts is of the same step. Pure.
 *
 *	struct begun begun[] = {{.path = STR("fetch"), .status = STEP_COMPLETED}, {.path = STR("review"), .status = STEP_WAITING}};
 *	if (!definition_moves(of_run, wanted, 7, true, begun, 2, err))
 *		return false;	// 409: Step "review" has begun, and its "timeout_seconds" is another one in version 7. …
 */
#ifndef STEPMILL_FLOW_MOVE_H
#define STEPMILL_FLOW_MOVE_H

#include "flow/definition.h"
#include "flow/status.h"

struct begun {
	struct str path; /* of a step that is in no loop: one that is goes with its loop */
	enum step_status status;
	bool retries, asks; /* it failed, and is to be tried again; or a person is to say what becomes of it */
};

/* `started`: its on_start was asked. False: err is a conflict that names the first step that differs, in the order of `now`, and how. */
bool definition_moves(const struct definition *now, const struct definition *wanted, int64_t version, bool started,
	const struct begun *begun, unsigned count, struct err *err);

#endif

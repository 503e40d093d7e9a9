/*
 * JavaScript that a kind of step has called (step_script in step.h), and what came of it. It runs in stepmill-js (exec/js.h): kinds know nothing of
 * processes. The answer lives until `done` returns.
 */
#ifndef STEPMILL_STEPS_SCRIPT_H
#define STEPMILL_STEPS_SCRIPT_H

#include "base/str.h"

struct step_attempt;

enum script_outcome {
	SCRIPT_RETURNED, /* `text` is JSON, not read yet; empty: nothing */
	SCRIPT_THREW,	 /* `text` says what, `line` where; 0: unknown */
	SCRIPT_TIMED_OUT,
	SCRIPT_TOO_LARGE, /* what it was given, or returned */
	SCRIPT_DIED,
	SCRIPT_MISSING, /* it could not be run at all */
};

struct script_answer {
	enum script_outcome outcome;
	struct str text; /* UTF-8 */
	unsigned line;
	struct str log; /* lines, each with its \n; UTF-8 */
};

typedef void script_done(struct step_attempt *attempt, const struct script_answer *answer);

#endif

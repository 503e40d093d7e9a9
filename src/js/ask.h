/* One question to a stepmill-js of its own, waited for: for those who ask seldom and have nothing else to do. */
#ifndef STEPMILL_JS_ASK_H
#define STEPMILL_JS_ASK_H

#include "base/err.h"
#include "js/wire.h"

/* The answer is in the arena, and has as many results as there are sources. At most so long by the clock on the wall. */
bool js_ask_alone(const char *program, const struct js_request *request, int timeout_ms, struct arena *arena,
	struct js_answer *ret_answer, struct err *err);

#endif

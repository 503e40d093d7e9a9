/*
 * JavaScriptCore, for stepmill-js alone. A request gets a realm of its own, in which nothing of an earlier one is left; the
 * expressions of a request share it, each with its own copy of the scope, so that one that sorts a list in place does not change what
 * the next one sees. What people write has no eval, no modules, no clock, no real randomness.
 *
 *	struct engine *engine = engine_new(&err);    what it will ever need of the system is asked for here
 *	sandbox_enter(…);
 *	engine_answer(engine, arena, &request, &answer);
 */
#ifndef STEPMILL_JS_ENGINE_H
#define STEPMILL_JS_ENGINE_H

#include "base/err.h"
#include "js/wire.h"

struct engine;

struct engine *engine_new(struct err *err);

/* The answer is in the arena. */
void engine_answer(
	struct engine *engine, struct arena *arena, const struct js_request *request, struct js_answer *ret_answer);

/* A realm was stopped in the middle of something, and what it had still to do is there: the process should end. */
bool engine_tired(const struct engine *engine);

void engine_collect(struct engine *engine); /* gives back what nobody refers to any more */

#endif

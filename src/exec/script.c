/* Functions that steps have called (steps/script.h): a job of stepmill-js for each attempt. */
#include "exec/executor.h"

#include "base/time.h"
#include "flow/plan_scope.h"
#include "json/writer.h"

static const enum script_outcome of_status[] = {
	[JS_OK] = SCRIPT_RETURNED,
	[JS_NOTHING] = SCRIPT_RETURNED,
	[JS_THREW] = SCRIPT_THREW,
	[JS_SYNTAX] = SCRIPT_THREW,
	[JS_TIMED_OUT] = SCRIPT_TIMED_OUT,
	[JS_TOO_LARGE] = SCRIPT_TOO_LARGE,
};
static const enum script_outcome of_end[] = {
	[JS_ANSWERED] = SCRIPT_RETURNED,
	[JS_TOOK_TOO_LONG] = SCRIPT_TIMED_OUT,
	[JS_DIED] = SCRIPT_DIED,
	[JS_REFUSED] = SCRIPT_TOO_LARGE,
	[JS_MISSING] = SCRIPT_MISSING,
};

/* A stranger's bytes become text. */
static struct str
only_text(struct str bytes)
{
	bytes.n = str_utf8_bad(bytes);
	const char *zero = memchr(bytes.p, '\0', bytes.n);
	return (struct str){bytes.p, zero ? (size_t)(zero - bytes.p) : bytes.n};
}

static void
answered(void *what, const struct js_outcome *outcome)
{
	struct attempt *a = what;
	struct script_answer answer = {.outcome = of_end[outcome->end], .text = STR(""), .log = STR("")};
	a->script = NULL;
	if (outcome->end == JS_ANSWERED) {
		const struct js_result *result = &outcome->answer.results[0];
		answer.outcome = of_status[result->status];
		answer.text = only_text(result->text);
		answer.line = result->line;
		answer.log = only_text(outcome->answer.log);
	}
	a->scripted(&a->step, &answer);
}

void
script_start(struct attempt *a, struct str source, script_done *done)
{
	struct executor *ex = a->run->executor;
	struct json *scope = json_new_object(a->step.arena);
	json_add(scope, STR("input"), plan_share(a->step.arena, a->step.input));
	json_add(scope, STR("env"), plan_env(a->step.arena, &a->run->plan, a->index));
	struct js_request request = {
		.kind = JS_CALL,
		.cpu_ms = (uint32_t)a->step.def->timeout_seconds * 1000,
		.now_ms = (boot_us() + ex->clock_ahead_us) / 1000,
		.seed = plan_seed(&a->run->plan, a->index, a->key_attempt),
		.scope = json_text(a->step.arena, scope),
		.sources = &source,
		.count = 1,
	};
	js_cancel(a->script);
	ex->counters.evaluations++;
	a->scripted = done;
	a->script = js_ask(ex->js, a->run->workspace, &request, answered, a);
}

/*
 * Handlers of steps: JavaScript that looks on when a call begins, has completed, or has failed for good. They run beside the call, as a part of
 * the attempt: what they make of it is what is recorded, in the same flush, so nobody runs them again for what is recorded; an executor that dies
 * before leaves the call to be made again, handlers and all. They see what is recorded, without secrets.
 */
#include "exec/executor.h"

#include "base/time.h"
#include "flow/plan_retry.h"
#include "flow/plan_scope.h"
#include "json/writer.h"

static const struct json_limits limits_returned = {JS_VALUES_MAX, 128, 1000000};

/* ---- what they see ---- */

/* Steps that the code does not read stay here: their outputs may be large. */
static struct json *
steps_named(struct attempt *a, struct str code)
{
	struct arena *arena = a->step.arena;
	struct json *steps = json_new_object(arena);
	json_each (step, json_get(plan_scope(arena, &a->run->plan, a->index), "steps"))
		if (handler_reads_step(code, step->key))
			json_add(steps, step->key, plan_share(arena, step));
	return steps;
}

static struct str
context_of(struct attempt *a, struct str code, const struct json *output, struct str error)
{
	struct held *run = a->run;
	struct arena *arena = a->step.arena;
	struct json *scope = json_new_object(arena), *context = json_new_object(arena);
	struct json *workflow = json_new_object(arena), *read = NULL;
	json_add(workflow, STR("run_id"), json_new_str(arena, str_of(run->id_text)));
	json_add(workflow, STR("input"), plan_share(arena, run->plan.input));
	if (error.n > 0 && !json_read(arena, env_shown_text(run, arena, error), &json_limits_stored, &read, NULL))
		read = NULL;
	json_add(context, STR("input"), plan_share(arena, env_shown(run, arena, a->step.input)));
	json_add(context, STR("output"), plan_share(arena, env_shown(run, arena, output)));
	json_add(context, STR("error"), read ? read : json_new_null(arena));
	json_add(context, STR("steps"), steps_named(a, code));
	json_add(context, STR("workflow"), workflow);
	json_add(scope, STR("input"), context);
	return json_text(arena, scope);
}

/* ---- running one ---- */

const char *
handler_why_not(struct arena *arena, const struct js_outcome *outcome)
{
	const struct js_result *result = outcome->end == JS_ANSWERED ? &outcome->answer.results[0] : NULL;
	struct str said;
	switch (outcome->end) {
	case JS_ANSWERED:
		break;
	case JS_TOOK_TOO_LONG:
		return "It took too long and was stopped.";
	case JS_DIED:
		return "Its process ended, most likely because it needed more than 256 MB of memory.";
	case JS_REFUSED:
		return "What it is to look at is larger than 16 MB.";
	case JS_MISSING:
		return "No process for JavaScript could be started here. The executor's log says why.";
	}
	switch (result->status) {
	case JS_OK:
	case JS_NOTHING:
		return NULL;
	case JS_THREW:
	case JS_SYNTAX:
	case JS_STATUSES:
		said = result->text;
		said.n = str_utf8_bad(said);
		return result->line > 0 ? arena_printf(arena, "%.*s (line %u)", STR_ARG(said), result->line)
					: arena_printf(arena, "%.*s", STR_ARG(said));
	case JS_TIMED_OUT:
		return "It computed for longer than a second and was stopped.";
	case JS_TOO_LARGE:
		return "It gave more than 8 MB.";
	}
	return NULL;
}

static void
ask(struct attempt *a, struct str code, struct str context, js_done *done)
{
	struct executor *ex = a->run->executor;
	struct js_request request = {
		.kind = JS_CALL,
		.cpu_ms = HANDLER_CPU_MS,
		.now_ms = (boot_us() + ex->clock_ahead_us) / 1000,
		.seed = plan_seed(&a->run->plan, a->index, a->key_attempt),
		.scope = context,
		.sources = &code,
		.count = 1,
	};
	js_cancel(a->script);
	ex->counters.evaluations++;
	a->script = js_ask(ex->js, a->run->workspace, &request, done, a);
}

static struct str
handler_error(struct attempt *a, const char *name, const char *why)
{
	return error_json(
		a->step.arena, "handler", str_of(arena_printf(a->step.arena, "Its handler %s failed. %s", name, why)));
}

/* ---- before the call ---- */

static void
started(void *what, const struct js_outcome *outcome)
{
	struct attempt *a = what;
	a->script = NULL;
	const char *why = handler_why_not(a->step.arena, outcome);
	attempt_started(a, why ? handler_error(a, "on_start", why) : (struct str){0});
}

bool
handler_start(struct attempt *a)
{
	struct str code = a->step.def->on_start;
	if (code.n == 0)
		return false;
	a->state = ATTEMPT_STARTING;
	ask(a, code, context_of(a, code, NULL, (struct str){0}), started);
	return true;
}

/* ---- after it ---- */

static void
ended(void *what, const struct js_outcome *outcome)
{
	struct attempt *a = what;
	struct attempt_end *end = &a->end;
	bool failed = end->status == STEP_FAILED;
	a->script = NULL;
	const char *why = handler_why_not(a->step.arena, outcome);
	struct str text = STR("");
	struct json *returned = NULL;
	if (!why && outcome->answer.results[0].status == JS_OK)
		text = arena_str(a->step.arena, outcome->answer.results[0].text);
	if (text.n > 0 && !json_read(a->step.arena, text, &limits_returned, &returned, NULL))
		why = "What it returned is no JSON that can be kept.";
	if (why) {
		end->status = STEP_FAILED;
		end->output = NULL;
		end->error = handler_error(a, failed ? "on_error" : "on_complete", why);
	} else if (returned) {
		end->status = STEP_COMPLETED;
		end->output = returned;
		end->error = (struct str){0};
	}
	attempt_ended(a);
}

/* A failure that another attempt follows is none yet. */
static bool
is_tried_again(struct attempt *a, struct str error)
{
	struct step_state *step = &a->run->plan.steps[a->index], saved = *step;
	step->status = STEP_FAILED;
	step->due_us = 0;
	step->error = error;
	bool again = plan_retries(a->step.arena, &a->run->plan, a->index);
	*step = saved;
	return again;
}

bool
handler_end(struct attempt *a)
{
	const struct step_def *def = a->step.def;
	struct attempt_end *end = &a->end;
	struct str code = end->status == STEP_COMPLETED ? def->on_complete : def->on_error;
	if (code.n == 0 || (end->status == STEP_FAILED && is_tried_again(a, end->error)))
		return false;
	a->handling = true;
	if (end->output) /* it may be of what came with the answer */
		end->output = json_copy(a->step.arena, end->output);
	end->error = arena_str(a->step.arena, end->error);
	ask(a, code, context_of(a, code, end->output, end->error), ended);
	return true;
}

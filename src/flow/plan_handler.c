/*
 * Handlers of a workflow: JavaScript that looks on before the first step of a run begins, and may make another input of its input; and when it has come to
 * its end, and may make another end of it. It is asked before anything of that is recorded, as an expression is; what it makes of it is what is recorded, so
 * nobody asks it again for what is recorded.
 */
#include "flow/plan_internal.h"
#include "flow/plan_scope.h"
#include "json/writer.h"

/* What it speaks of and is not here is asked for. True: there is such. */
static bool
fetch(struct planner *p, const struct action *end, struct str code)
{
	const struct definition *d = p->state->definition;
	bool output = end->end == RUN_COMPLETED && !end->output && handler_speaks_of(code, STR("output"));
	unsigned gives = output ? end->step : NO_STEP;
	bool any = false;
	for (unsigned i = 0; i < d->step_count; i++) {
		if (!planner_is_away(p, i) || (i != gives && !handler_reads_step(code, d->steps[i].key)))
			continue;
		if (!any)
			planner_drop_actions(p); /* the end is found again when they are here */
		any = planner_fetch(p, i);
	}
	return any;
}

/* Without the run's id, which whoever calls it adds: plan_handler_scope(). */
static struct json *
context_of(struct planner *p, const struct action *end, struct str code)
{
	struct json *context = json_new_object(p->arena), *steps = json_new_object(p->arena), *error = NULL;
	struct json *workflow = json_new_object(p->arena);
	json_each (step, json_get(plan_scope(p->arena, p->state, WHOLE_RUN), "steps"))
		if (handler_reads_step(code, step->key))
			json_add(steps, step->key, plan_share(p->arena, step));
	if (end->error.n > 0 && !json_read(p->arena, end->error, &json_limits_stored, &error, NULL))
		error = NULL;
	json_add(context, STR("input"), plan_share(p->arena, p->state->input));
	json_add(context, STR("output"), plan_share(p->arena, end->output));
	json_add(context, STR("error"), error ? error : json_new_null(p->arena));
	json_add(context, STR("steps"), steps);
	json_add(workflow, STR("input"), plan_share(p->arena, p->state->input));
	json_add(context, STR("workflow"), workflow);
	return context;
}

struct json *
plan_handler_scope(struct arena *arena, const struct json *context, struct str run_id)
{
	struct json *scope = json_new_object(arena), *whole = json_new_object(arena),
		    *workflow = json_new_object(arena);
	json_each (member, context)
		if (!str_is(member->key, "workflow"))
			json_add(whole, member->key, plan_share(arena, member));
	json_add(workflow, STR("run_id"), json_new_str(arena, run_id));
	json_each (member, json_get(context, "workflow"))
		json_add(workflow, member->key, plan_share(arena, member));
	json_add(whole, STR("workflow"), workflow);
	json_add(scope, STR("input"), whole);
	return scope;
}

/* FNV-1a. */
unsigned
plan_told(struct arena *arena, const struct json *context)
{
	struct str text = json_text(arena, context);
	uint32_t hash = UINT32_C(2166136261);
	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * UINT32_C(16777619);
	return hash;
}

static void
fail(struct action *end, struct str error)
{
	end->end = RUN_FAILED;
	end->step = 0;
	end->output = NULL;
	end->error = error;
}

static void
take(struct planner *p, struct action *end, const struct evaluation *answer)
{
	const struct json *returned = answer->values ? json_get(answer->values, HANDLER_RETURNED) : NULL;
	if (!answer->values) {
		fail(end, answer->error);
	} else if (returned && json_weigh(returned, OUTPUT_MADE_MAX) > OUTPUT_MADE_MAX) {
		fail(end, planner_error_text(p->arena, "output_too_large",
				  STR("What the workflow's handler returned is larger than 1 MB. Let it return less, "
				      "or nothing: "
				      "then the output stays what it is."),
				  STR("")));
	} else if (returned) { /* with the error that it recovers from, for the event */
		end->end = RUN_COMPLETED;
		end->step = 0;
		end->output = returned;
	}
}

/* Its answer; NULL: it is asked for. */
static const struct evaluation *
answer_of(struct planner *p, struct action asks)
{
	const struct evaluation *known = plan_evaluation(p->state, asks.step);
	asks.kind = ACTION_EVALUATE;
	asks.source_count = 1;
	asks.index = plan_told(p->arena, asks.input);
	if (known && !known->coming && known->attempt == asks.attempt && known->round == asks.index)
		return known;
	planner_drop_actions(p);
	*planner_add(p, ACTION_EVALUATE) = asks;
	return NULL;
}

/* ---- the beginning ---- */

static bool
anything_begun(const struct planner *p)
{
	for (unsigned i = 0; i < p->state->definition->step_count; i++)
		if (p->state->steps[i].status != STEP_PENDING)
			return true;
	return false;
}

static void
fail_start(struct planner *p, const char *code, const char *why)
{
	struct str message = str_of(arena_printf(p->arena, "The workflow's handler on_start failed. %s", why));
	planner_end_with(p, planner_error_text(p->arena, code, message, STR("")));
}

bool
planner_handle_start(struct planner *p)
{
	const struct str *code = &p->state->definition->on_start;
	if (code->n == 0 || p->state->started || anything_begun(p))
		return true;
	if (p->state->status == RUN_PAUSED) {
		planner_sleep_until(p, PLAN_NEVER);
		return false;
	}
	const struct action nothing = {.kind = ACTION_END};
	const struct evaluation *answer = answer_of(p, (struct action){.step = RUN_STARTER,
							       .attempt = 1,
							       .handler = "on_start",
							       .input = context_of(p, &nothing, *code),
							       .sources = code});
	if (!answer)
		return false;
	const struct json *returned = answer->values ? json_get(answer->values, HANDLER_RETURNED) : NULL;
	if (!answer->values)
		planner_end_with(p, answer->error);
	else if (returned && returned->type != JSON_OBJECT)
		fail_start(p, "handler", "It returned no object: the input that steps see. Return one, or nothing.");
	else if (returned && json_weigh(returned, STARTED_WITH_MAX) > STARTED_WITH_MAX)
		fail_start(p, "input_too_large", "It returned more than 64 KB. Let a first step make what is large.");
	else
		planner_add(p, ACTION_BEGIN)->input = returned ? plan_share(p->arena, returned) : NULL;
	return false;
}

/* ---- the end ---- */

void
planner_handle_end(struct planner *p)
{
	const struct definition *d = p->state->definition;
	struct action *end = p->count > 0 ? &p->actions[p->count - 1] : NULL;
	if (!end || end->kind != ACTION_END || end->end == RUN_CANCELLED)
		return;
	bool failed = end->end == RUN_FAILED;
	const struct str *code = failed ? &d->on_error : &d->on_complete;
	if (code->n == 0 || fetch(p, end, *code))
		return;
	const struct evaluation *answer = answer_of(p, (struct action){.step = RUN_HANDLER,
							       .attempt = failed ? 3 : 2,
							       .handler = failed ? "on_error" : "on_complete",
							       .input = context_of(p, end, *code),
							       .sources = code});
	if (answer)
		take(p, end, answer);
}

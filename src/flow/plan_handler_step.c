/*
 * Handlers of steps that make no call: groups, loops, agents with tools, transforms, waits, approvals, signals, runs of their own, and steps that
 * choose. (Those of a step that makes one are part of its attempt: exec/handler.c.) plan() leaves out what it has found to begin or to end such a step
 * until the handler has answered; then that is what the handler makes of it. So nothing of it is recorded, and whoever takes the run over asks again.
 */
#include "flow/plan_internal.h"

#include "flow/hint.h"
#include "flow/plan_retry.h"
#include "flow/plan_scope.h"
#include "json/writer.h"

struct handling {
	struct arena *arena;
	const struct run_state *state;
	const struct action *action;
	const struct str *code;
	const char *name;
	unsigned number; /* the handler is asked for under it */
};

static struct json *
context_of(const struct handling *h)
{
	struct json *context = json_new_object(h->arena), *steps = json_new_object(h->arena), *error = NULL;
	struct json *workflow = json_new_object(h->arena);
	const struct action *a = h->action;
	json_each (step, json_get(plan_scope(h->arena, h->state, a->step), "steps"))
		if (handler_reads_step(*h->code, step->key))
			json_add(steps, step->key, plan_share(h->arena, step));
	if (a->error.n > 0 && !json_read(h->arena, a->error, &json_limits_stored, &error, NULL))
		error = NULL;
	json_add(workflow, STR("input"), plan_share(h->arena, h->state->input));
	json_add(context, STR("input"), plan_share(h->arena, a->begun ? NULL : a->input));
	json_add(context, STR("output"), plan_share(h->arena, a->kind == ACTION_COMPLETE ? a->output : NULL));
	json_add(context, STR("error"), error ? error : json_new_null(h->arena));
	json_add(context, STR("steps"), steps);
	json_add(context, STR("workflow"), workflow);
	return context;
}

/* An output that the code speaks of and that only the database has; NO_STEP: there is none. */
static unsigned
away(const struct handling *h)
{
	const struct step_def *def = plan_def(h->state, h->action->step);
	for (unsigned n = 0; n < def->index; n++) {
		unsigned i = frame_named(h->state, h->action->step, n);
		if (h->state->steps[i].status == STEP_COMPLETED && h->state->steps[i].output_away &&
			handler_reads_step(*h->code, plan_def(h->state, i)->key))
			return i;
	}
	return NO_STEP;
}

/* NULL: `ret_asks` comes first. */
static const struct evaluation *
answer_of(const struct handling *h, struct action *ret_asks)
{
	const struct evaluation *known = plan_evaluation(h->state, h->number);
	unsigned absent = away(h);
	if (absent != NO_STEP) {
		*ret_asks = (struct action){.kind = ACTION_FETCH, .step = absent};
		return NULL;
	}
	*ret_asks = (struct action){.kind = ACTION_EVALUATE,
		.step = h->number,
		.attempt = h->action->attempt,
		.handler = h->name,
		.input = context_of(h),
		.sources = h->code,
		.source_count = 1};
	ret_asks->index = plan_told(h->arena, ret_asks->input);
	bool fits = known && !known->coming && known->attempt == ret_asks->attempt && known->round == ret_asks->index;
	return fits ? known : NULL;
}

static void
fail(struct action *a, struct str error)
{
	a->kind = ACTION_FAIL;
	a->output = NULL;
	a->error = error;
}

static bool
begins(const struct action *a)
{
	return a->kind == ACTION_OPEN || a->kind == ACTION_WAIT || a->kind == ACTION_CHILD ||
	       (a->kind == ACTION_COMPLETE && !a->begun);
}

/* Whether an output is kept is asked first: then the step has ended with that, and no handler is asked. */
static bool
may_be_kept(const struct run_state *state, const struct action *a)
{
	return a->cache_key && begins(a) && state->steps[a->step].not_kept != a->attempt;
}

/* It may refuse the step, and nothing else. */
static bool
handle_start(struct arena *arena, const struct run_state *state, struct action *a, struct action *ret_asks)
{
	const struct step_def *def = plan_def(state, a->step);
	const struct handling h = {arena, state, a, &def->on_start, "on_start", a->step | STEP_STARTER};
	if (def->on_start.n == 0 || !begins(a))
		return true;
	const struct evaluation *answer = answer_of(&h, ret_asks);
	if (answer && !answer->values)
		fail(a, answer->error);
	return answer != NULL;
}

/* Of a conditional or a switch: the key of a step that it may choose, or none. */
static bool
may_choose(const struct step_def *def, const struct json *key)
{
	if (key->type == JSON_NULL)
		return true;
	if (key->type != JSON_STRING)
		return false;
	bool found = (def->then.n > 0 && str_eq(key->text, def->then)) ||
		     (def->otherwise.n > 0 && str_eq(key->text, def->otherwise));
	json_each (one, def->cases)
		found = found || str_eq(key->text, one->text);
	return found;
}

/* What a handler returned is its output; of a step that chooses, that decides what runs. */
static void
end_with(struct arena *arena, const struct handling *h, const struct step_def *def, struct action *a,
	const struct json *returned)
{
	if (step_chooses(def) && !may_choose(def, returned)) {
		struct str text = json_text(arena, returned), shown = hint_clip(text, 60);
		fail(a, planner_error_text(arena, "handler",
				str_of(arena_printf(arena,
					"Its handler %s returned %.*s%s, which is no step that it chooses. Return the "
					"key of one, null for none, or nothing to leave the choice as it is.",
					h->name, STR_ARG(shown), shown.n < text.n ? "…" : "")),
				STR("")));
		return;
	}
	a->kind = ACTION_COMPLETE;
	a->output = returned;
	a->error = (struct str){0};
}

static bool
handle_end(struct arena *arena, const struct run_state *state, struct action *a, struct action *ret_asks)
{
	const struct step_def *def = plan_def(state, a->step);
	bool failed = a->kind == ACTION_FAIL;
	const struct str *code = failed ? &def->on_error : &def->on_complete;
	const struct handling h = {arena, state, a, code, failed ? "on_error" : "on_complete", a->step | STEP_ENDER};
	if (code->n == 0 || (!failed && a->kind != ACTION_COMPLETE) ||
		(failed && plan_would_retry(arena, state, a->step, a->attempt, a->error)))
		return true;
	const struct evaluation *answer = answer_of(&h, ret_asks);
	if (!answer)
		return false;
	const struct json *returned = answer->values ? json_get(answer->values, HANDLER_RETURNED) : NULL;
	if (!answer->values)
		fail(a, answer->error);
	else if (returned)
		end_with(arena, &h, def, a, returned);
	return true;
}

bool
plan_handle_step(struct arena *arena, const struct run_state *state, struct action *a, struct action *ret_asks)
{
	bool about = begins(a) || a->kind == ACTION_COMPLETE || a->kind == ACTION_FAIL;
	if (!about || plan_def(state, a->step)->control == CONTROL_CALL || frame_is_iteration(state, a->step) ||
		may_be_kept(state, a))
		return true;
	return handle_start(arena, state, a, ret_asks) && handle_end(arena, state, a, ret_asks);
}

void
planner_handle_steps(struct planner *p)
{
	struct action *found = p->actions, asks;
	unsigned count = p->count;
	if (!p->state->definition->steps_handled || p->over || count == 0)
		return;
	p->actions = arena_array(p->arena, p->room, sizeof *p->actions);
	p->count = 0;
	for (unsigned i = 0; i < count; i++) {
		if (plan_handle_step(p->arena, p->state, &found[i], &asks)) {
			*planner_add(p, found[i].kind) = found[i];
			continue;
		}
		p->busy = true;
		if (asks.kind == ACTION_FETCH)
			planner_fetch(p, asks.step);
		else
			planner_ask_for(p, asks);
	}
}

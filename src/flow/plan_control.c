/*
 * Steps that need no call: transform, wait, approval and signal, and those that choose: conditional and switch. They begin and end by what the state says, so they
 * cost no commit of their own; one that waits leaves a row that says what for, and until when.
 */
#include "flow/plan_control.h"

#include "base/time.h"
#include "flow/hint.h"
#include "flow/plan_scope.h"
#include "flow/template.h"
#include "json/writer.h"

#define SECOND_US INT64_C(1000000)

static void
fail_with(struct control *c, const char *code, struct str message)
{
	struct json *error = json_new_object(c->arena);
	json_add(error, STR("code"), json_new_str(c->arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(c->arena, message));
	c->action.kind = ACTION_FAIL;
	c->action.error = json_text(c->arena, error);
}

static bool
fill(struct control *c, const struct json *value, const struct json *scope, struct json **ret_value)
{
	struct err err = {0};
	if (template_fill_all(c->arena, value, scope, ret_value, &err))
		return true;
	fail_with(c, "template", str_of(arena_printf(c->arena, "Its input could not be filled in: %s", err.message)));
	return false;
}

/* A function of the workflow's code that threw when it was to give this step its value. */
static bool
thrown(struct control *c, const struct json *scope)
{
	const struct json *error = json_get(json_get(scope, "asked"), "thrown");
	if (!error || error->type != JSON_OBJECT || c->def->parent != NO_STEP)
		return false;
	c->action.kind = ACTION_FAIL;
	c->action.error = json_text(c->arena, error);
	return true;
}

/* ---- wait ---- */

/* Seconds from now, or a time; both may come from a template. */
static bool
wait_due(struct control *c, const struct json *scope, int64_t *ret_due_us)
{
	const struct step_def *def = c->def;
	const struct json *given = def->seconds ? def->seconds : def->until;
	struct json *value;
	double seconds;
	if (!fill(c, given, scope, &value))
		return false;
	if (def->seconds) {
		struct json number = {.type = JSON_NUMBER, .text = value->text};
		bool read = value->type == JSON_NUMBER || value->type == JSON_STRING;
		if (read && json_to_double(&number, &seconds) && seconds >= 0 && seconds <= WAIT_SECONDS_MAX) {
			*ret_due_us = c->state->now_us + (int64_t)(seconds * (double)SECOND_US);
			return true;
		}
	} else if (value->type == JSON_STRING && time_parse(value->text.p, value->text.n, ret_due_us)) {
		return true;
	}
	struct str text = json_text(c->arena, value), shown = hint_clip(text, 60);
	fail_with(c, "invalid_wait",
		str_of(arena_printf(c->arena, "%.*s%s is not %s. Look at where the value comes from.", STR_ARG(shown),
			shown.n < text.n ? "…" : "",
			def->seconds ? "a number of seconds from 0 to 366 days"
				     : "a time such as 2027-01-31T08:00:00Z")));
	return false;
}

/* It looks at its condition as soon as it has begun, unless its own step runs first. */
static void
begin_look(struct control *c)
{
	c->action.kind = ACTION_WAIT;
	c->action.waiting_for = STR("condition");
	c->action.at_us = c->def->polls_first ? c->state->now_us : PLAN_NEVER;
}

static void
begin_wait(struct control *c, const struct json *scope)
{
	int64_t due_us;
	if (step_looks(c->def)) {
		begin_look(c);
		return;
	}
	if (!wait_due(c, scope, &due_us))
		return;
	if (due_us <= c->state->now_us) {
		c->action.kind = ACTION_COMPLETE;
		return;
	}
	c->action.kind = ACTION_WAIT;
	c->action.waiting_for = STR("time");
	c->action.at_us = due_us;
}

/* ---- messages ---- */

static const struct message *
find_message(const struct control *c, enum message_kind kind, struct str name)
{
	for (const struct message *m = c->state->messages; m; m = m->next)
		if (!m->used && m->kind == kind && str_eq(m->name, name) &&
			(kind == MESSAGE_SIGNAL || m->attempt == c->step->attempt))
			return m;
	return NULL;
}

const struct message *
plan_signal(const struct run_state *state, struct str name)
{
	const struct control c = {.state = state};
	return find_message(&c, MESSAGE_SIGNAL, name);
}

static void
take_signal(struct control *c, const struct message *message)
{
	const struct json *data = json_get(message->data, "data");
	c->action.kind = ACTION_COMPLETE;
	c->action.output = data ? data : json_new_null(c->arena); /* as it is read again from its row */
	c->action.message = message;
}

/* What was decided is the step's output; a rejection is its failure. */
static void
take_decision(struct control *c, const struct message *message)
{
	struct str decision = STR(""), comment = STR("");
	json_get_str(message->data, "decision", &decision);
	json_get_str(message->data, "comment", &comment);
	c->action.message = message;
	if (!str_is(decision, "approve")) {
		fail_with(c, "rejected",
			comment.n > 0 ? str_of(arena_printf(c->arena, "It was rejected: %.*s", STR_ARG(comment)))
				      : STR("It was rejected."));
		return;
	}
	const struct json *data = json_get(message->data, "data");
	struct json *output = json_new_object(c->arena);
	json_add(output, STR("decision"), json_new_str(c->arena, decision));
	json_add(output, STR("data"), data ? json_copy(c->arena, data) : json_new_null(c->arena));
	json_add(output, STR("comment"), json_new_str(c->arena, comment));
	json_add(output, STR("by"), message->by.n > 0 ? json_new_str(c->arena, message->by) : json_new_null(c->arena));
	const struct json *name = json_get(message->data, "by_name"); /* of then; decisions of before had none */
	if (name)
		json_add(output, STR("by_name"), json_copy(c->arena, name));
	c->action.kind = ACTION_COMPLETE;
	c->action.output = output;
}

static void
begin_message(struct control *c, const struct json *scope)
{
	const struct message *early = NULL;
	if (c->def->control == CONTROL_SIGNAL)
		early = find_message(c, MESSAGE_SIGNAL, c->def->signal);
	if (early) { /* it came before its step */
		take_signal(c, early);
		return;
	}
	const struct json *given = plan_input(c->state, c->action.step);
	if (given)
		c->action.input = json_copy(c->arena, given);
	else if (c->def->input && !fill(c, c->def->input, scope, &c->action.input))
		return;
	c->action.kind = ACTION_WAIT;
	c->action.at_us =
		c->def->timeout_seconds > 0 ? c->state->now_us + c->def->timeout_seconds * SECOND_US : PLAN_NEVER;
	c->action.waiting_for = c->def->control == CONTROL_SIGNAL
					? str_of(arena_printf(c->arena, "signal %.*s", STR_ARG(c->def->signal)))
					: STR("approval");
}

/* ---- a run of its own ---- */

static void
begin_workflow(struct control *c, const struct json *scope)
{
	const struct json *given = plan_input(c->state, c->action.step);
	if (given)
		c->action.input = json_copy(c->arena, given);
	else if (!fill(c, c->def->input, scope, &c->action.input))
		return;
	c->action.kind = ACTION_CHILD;
	c->action.at_us =
		c->def->timeout_seconds > 0 ? c->state->now_us + c->def->timeout_seconds * SECOND_US : PLAN_NEVER;
}

/* ---- choices: the output is the key of the step that runs, null when none does ---- */

static void
choose(struct control *c, struct str key)
{
	c->action.kind = ACTION_COMPLETE;
	c->action.output = key.n > 0 ? json_new_str(c->arena, key) : json_new_null(c->arena);
}

static void
begin_conditional(struct control *c, const struct json *scope)
{
	struct err err = {0};
	bool holds;
	if (template_holds(c->arena, c->def->condition, scope, &holds, &err))
		choose(c, holds ? c->def->then : c->def->otherwise);
	else
		fail_with(c, "template",
			str_of(arena_printf(c->arena, "Its condition could not be filled in: %s", err.message)));
}

static void
begin_switch(struct control *c, const struct json *scope)
{
	struct json *value;
	if (!fill(c, c->def->value, scope, &value))
		return;
	const struct json *found = plan_case(c->arena, c->def, value);
	choose(c, found ? found->text : c->def->otherwise);
}

/* ---- the two moments ---- */

static struct control
control_of(struct arena *arena, const struct run_state *state, unsigned index)
{
	return (struct control){.arena = arena,
		.state = state,
		.def = plan_def(state, index),
		.step = &state->steps[index],
		.action = {.kind = ACTION_SLEEP, .step = index}};
}

struct action
plan_control_begin(struct arena *arena, const struct run_state *state, unsigned index, const struct json *scope)
{
	struct control c = control_of(arena, state, index);
	struct json *value;
	c.action.attempt = c.step->attempt + 1;
	if (c.def->control == CONTROL_WAIT)
		begin_wait(&c, scope);
	else if (c.def->control == CONTROL_CONDITIONAL)
		begin_conditional(&c, scope);
	else if (c.def->control == CONTROL_SWITCH)
		begin_switch(&c, scope);
	else if (c.def->control == CONTROL_WORKFLOW)
		begin_workflow(&c, scope);
	else if (c.def->control != CONTROL_TRANSFORM)
		begin_message(&c, scope);
	else if (!thrown(&c, scope) && fill(&c, c.def->value, scope, &value)) {
		c.action.kind = ACTION_COMPLETE;
		c.action.output = value;
	}
	return c.action;
}

struct action
plan_control_waiting(struct arena *arena, const struct run_state *state, unsigned index)
{
	struct control c = control_of(arena, state, index);
	const struct message *message = NULL;
	c.action.attempt = c.step->attempt;
	c.action.begun = true;
	if (c.def->control == CONTROL_SIGNAL)
		message = find_message(&c, MESSAGE_SIGNAL, c.def->signal);
	else if (c.def->control == CONTROL_APPROVAL)
		message = find_message(&c, MESSAGE_DECISION, plan_path(state, index));
	if (message && c.def->control == CONTROL_SIGNAL)
		take_signal(&c, message);
	else if (message)
		take_decision(&c, message);
	else if (c.step->due_us == 0 || c.step->due_us > state->now_us)
		c.action.at_us = c.step->due_us > 0 ? c.step->due_us : PLAN_NEVER;
	else if (c.def->control == CONTROL_WAIT)
		c.action.kind = ACTION_COMPLETE;
	else if (c.def->control == CONTROL_WORKFLOW)
		fail_with(&c, "timeout",
			str_of(arena_printf(arena,
				"Its run did not end within %lld s and was cancelled. Give it more time, or ask for "
				"less.",
				(long long)c.def->timeout_seconds)));
	else
		fail_with(&c, "timeout",
			str_of(arena_printf(
				arena, "Nobody answered within %lld s.", (long long)c.def->timeout_seconds)));
	return c.action;
}

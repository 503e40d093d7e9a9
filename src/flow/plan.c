/*
 * Chains and flows whose steps follow each other: the first step that is not done is the one that matters. Looks at the
 * state and nothing else, so it may be asked as often as anybody likes.
 */
#include "flow/plan.h"

#include "flow/plan_control.h"
#include "flow/plan_retry.h"
#include "flow/template.h"
#include "json/writer.h"

#define UNFILLED "template"

struct planner {
	struct arena *arena;
	const struct run_state *state;
	struct action *actions;
	unsigned count;
};

static struct action *
add(struct planner *p, enum action_kind kind)
{
	struct action *action = &p->actions[p->count++];
	*action = (struct action){.kind = kind};
	return action;
}

/* Begun and not ended: there is a row, and perhaps a call. */
static bool
underway(const struct step_state *step)
{
	return step->status == STEP_RUNNING || step->status == STEP_WAITING;
}

/* Nothing more is to be done about it. */
static bool
done(const struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	return step->status == STEP_COMPLETED || step->status == STEP_SKIPPED ||
	       (step->status == STEP_FAILED && p->state->definition->steps[index].on_failure == FAILURE_CONTINUES &&
		       !plan_retries(p->arena, p->state, index));
}

static void
abort_all(struct planner *p)
{
	for (unsigned i = 0; i < p->state->definition->step_count; i++)
		if (underway(&p->state->steps[i])) {
			struct action *action = add(p, ACTION_ABORT);
			action->step = i;
			action->attempt = p->state->steps[i].attempt;
		}
}

static struct str
error_text(struct arena *arena, const char *code, struct str message, struct str path)
{
	struct json *error = json_new_object(arena);
	json_add(error, STR("code"), json_new_str(arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(arena, message));
	if (path.n)
		json_add(error, STR("path"), json_new_str(arena, path));
	return json_text(arena, error);
}

/* The run's error is the step's, with the step's name before it and its path beside it. */
static void
end_failed(struct planner *p, unsigned index, struct str step_error)
{
	const struct step_def *step = &p->state->definition->steps[index];
	struct json *read;
	struct str code = STR("internal"), message = STR("It gave no reason.");
	if (step_error.n && json_read(p->arena, step_error, &json_limits_stored, &read, NULL) &&
		read->type == JSON_OBJECT) {
		json_get_str(read, "code", &code);
		json_get_str(read, "message", &message);
	}
	struct str said = str_of(arena_printf(
		p->arena, "Step %u, %.*s, failed. %.*s", index + 1, STR_ARG(step->name), STR_ARG(message)));
	abort_all(p);
	struct action *end = add(p, ACTION_END);
	end->end = RUN_FAILED;
	end->step = index;
	end->error = error_text(p->arena, arena_strz(p->arena, code), said, step->key);
}

static void
end_cancelled(struct planner *p)
{
	abort_all(p);
	struct action *end = add(p, ACTION_END);
	end->end = RUN_CANCELLED;
	end->error = error_text(p->arena, "cancelled", STR("The run was cancelled."), STR(""));
}

static void
end_completed(struct planner *p)
{
	struct action *end = add(p, ACTION_END);
	end->end = RUN_COMPLETED;
	bool away = false;
	for (unsigned i = 0; i < p->state->definition->step_count; i++) {
		const struct step_state *step = &p->state->steps[i];
		if (step->status != STEP_COMPLETED || (!step->output && !step->output_away))
			continue;
		end->step = i;
		end->output = step->output;
		away = step->output_away;
	}
	if (!end->output && !away)
		end->output = json_new_null(p->arena);
}

/* Another tree's value under a node of our own: trees are not changed once built, so the children can be shared. */
static struct json *
view(struct planner *p, const struct json *value)
{
	struct json *node = arena_new_of(p->arena, struct json);
	if (value)
		*node = *value;
	else
		node->type = JSON_NULL;
	node->next = NULL;
	return node;
}

/* What templates can see: the run's input, and what the steps before `before` have given. */
static struct json *
scope(struct planner *p, unsigned before)
{
	struct json *root = json_new_object(p->arena), *steps = json_new_object(p->arena);
	json_add(root, STR("input"), view(p, p->state->input));
	for (unsigned i = 0; i < before; i++) {
		const struct step_state *step = &p->state->steps[i];
		struct json *entry = json_new_object(p->arena), *error;
		if (step->status == STEP_COMPLETED && !step->output_away)
			json_add(entry, STR("output"), view(p, step->output));
		else if (step->status == STEP_FAILED && step->error.n &&
			 json_read(p->arena, step->error, &json_limits_stored, &error, NULL))
			json_add(entry, STR("error"), error);
		else
			continue;
		json_add(steps, p->state->definition->steps[i].key, entry);
	}
	json_add(root, STR("steps"), steps);
	if (p->state->evaluation && p->state->evaluation->values)
		json_add(root, STR(TEMPLATE_VALUES), view(p, p->state->evaluation->values));
	return root;
}

bool
plan_names(struct arena *arena, const struct step_def *def, struct str key)
{
	const struct json concurrency = {.type = JSON_STRING, .text = def->concurrency.key},
			  rate = {.type = JSON_STRING, .text = def->rate.key};
	const struct json *values[] = {def->input, def->value, def->seconds, def->until,
		def->concurrency.cap > 0 ? &concurrency : NULL, def->rate.cap > 0 ? &rate : NULL};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (values[i] && template_names_step(arena, values[i], key))
			return true;
	return false;
}

/* Asks for outputs that the step's templates name and that are not here. True: there are such. */
static bool
fetch(struct planner *p, unsigned index)
{
	const struct step_def *def = &p->state->definition->steps[index];
	unsigned before = p->count;
	for (unsigned i = 0; i < index; i++) {
		if (p->state->steps[i].status != STEP_COMPLETED || !p->state->steps[i].output_away)
			continue;
		if (plan_names(p->arena, def, p->state->definition->steps[i].key))
			add(p, ACTION_FETCH)->step = i;
	}
	return p->count > before;
}

/* ---- expressions ---- */

/* As much of the scope as they name: it goes to another process, and outputs are large. */
static struct json *
named_scope(struct planner *p, unsigned index, const struct str *sources, unsigned count)
{
	struct json *whole = scope(p, index), *root = json_new_object(p->arena), *steps = json_new_object(p->arena);
	struct json *texts = json_new_array(p->arena);
	for (unsigned i = 0; i < count; i++)
		json_push(
			texts, json_new_str(p->arena, str_of(arena_printf(p->arena, "{{%.*s}}", STR_ARG(sources[i])))));
	if (template_names_input(p->arena, texts))
		json_add(root, STR("input"), view(p, json_get(whole, "input")));
	json_each (step, json_get(whole, "steps")) {
		if (!template_names_step(p->arena, texts, step->key))
			continue;
		json_add(steps, step->key, view(p, step));
	}
	json_add(root, STR("steps"), steps);
	return root;
}

/* Asks for what the step's expressions come to. False: there are none, or it is there. */
static bool
evaluate(struct planner *p, unsigned index, int attempt)
{
	const struct step_def *def = &p->state->definition->steps[index];
	const struct evaluation *known = p->state->evaluation;
	bool given = def->control != CONTROL_TRANSFORM && def->control != CONTROL_WAIT && plan_input(p->state, index);
	struct action *action;
	if (def->source_count == 0 || given)
		return false;
	if (!known || known->step != index || known->attempt != attempt) {
		action = add(p, ACTION_EVALUATE);
		action->input = named_scope(p, index, def->sources, def->source_count);
		action->sources = def->sources;
		action->source_count = def->source_count;
	} else if (known->values) {
		return false;
	} else {
		action = add(p, ACTION_FAIL);
		action->error = known->error;
	}
	action->step = index;
	action->attempt = attempt;
	return true;
}

bool
plan_fill(struct arena *arena, const struct run_state *state, unsigned step, struct str template,
	struct json **ret_value, struct err *err)
{
	struct planner p = {.arena = arena, .state = state};
	return template_fill(arena, template, scope(&p, step), ret_value, err);
}

struct str
plan_model(const struct run_state *state, unsigned index)
{
	const struct step_def *def = &state->definition->steps[index];
	struct str model;
	const struct json *own = state->models ? json_get_by(state->models, def->key) : NULL;
	if (own && own->type == JSON_STRING)
		return own->text;
	if (state->models && json_get_str(state->models, "*", &model))
		return model;
	return def->model;
}

const struct json *
plan_input(const struct run_state *state, unsigned index)
{
	return state->inputs ? json_get_by(state->inputs, state->definition->steps[index].key) : NULL;
}

static void
start(struct planner *p, unsigned index)
{
	const struct step_def *step = &p->state->definition->steps[index];
	struct json *input = NULL;
	const struct json *given = plan_input(p->state, index);
	struct err err = {0};
	int attempt = p->state->steps[index].attempt + 1;
	if (fetch(p, index) || evaluate(p, index, attempt))
		return;
	if (step->control != CONTROL_CALL) {
		*add(p, ACTION_SLEEP) = plan_control_begin(p->arena, p->state, index, scope(p, index));
		return;
	}
	if (given)
		input = view(p, given);
	else if (!step->input)
		input = json_new_object(p->arena);
	if (input || template_fill_all(p->arena, step->input, scope(p, index), &input, &err)) {
		struct action *action = add(p, ACTION_START);
		action->step = index;
		action->attempt = attempt;
		action->input = input;
		return;
	}
	struct str message = str_of(arena_printf(p->arena, "Its input could not be filled in: %s", err.message));
	struct action *action = add(p, ACTION_FAIL);
	action->step = index;
	action->attempt = attempt;
	action->error =
		error_text(p->arena, UNFILLED, message, STR("")); /* what follows is decided as of any failure */
}

/* Nothing to do before `at_us`, which may be never. */
static void
sleep_until(struct planner *p, int64_t at_us)
{
	add(p, ACTION_SLEEP)->at_us = at_us;
}

/* The step failed and is worth another attempt: first the decision, then the wait, then the attempt. */
static void
try_again(struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	if (step->due_us == 0) {
		struct action *action = add(p, ACTION_RETRY);
		action->step = index;
		action->attempt = step->attempt + 1;
		action->at_us = p->state->now_us + plan_retry_pause_ms(p->arena, p->state, index) * 1000;
	} else if (p->state->status == RUN_PAUSED) {
		sleep_until(p, PLAN_NEVER);
	} else if (p->state->now_us < step->due_us) {
		sleep_until(p, step->due_us);
	} else {
		start(p, index);
	}
}

static const struct message *
answer_to(const struct run_state *state, unsigned index)
{
	for (const struct message *m = state->messages; m; m = m->next)
		if (!m->used && m->kind == MESSAGE_ANSWER && m->attempt == state->steps[index].attempt &&
			str_eq(m->name, state->definition->steps[index].key))
			return m;
	return NULL;
}

/* The step failed for good, and a person says what follows. */
static void
ask(struct planner *p, unsigned index)
{
	const struct step_state *step = &p->state->steps[index];
	const struct message *answer = answer_to(p->state, index);
	struct str decision = STR("");
	if (!step->asked) {
		struct action *action = add(p, ACTION_ASK);
		action->step = index;
		action->attempt = step->attempt;
		return;
	}
	if (answer)
		json_get_str(answer->data, "decision", &decision);
	if (str_is(decision, "stop")) {
		end_failed(p, index, step->error);
	} else if (!answer || p->state->status == RUN_PAUSED) {
		sleep_until(p, PLAN_NEVER);
	} else if (str_is(decision, "skip")) {
		struct action *action = add(p, ACTION_SKIP);
		action->step = index;
		action->attempt = step->attempt + 1;
		action->answer = answer;
	} else {
		unsigned before = p->count;
		start(p, index);
		if (p->actions[before].kind != ACTION_FETCH && p->actions[before].kind != ACTION_EVALUATE)
			p->actions[before].answer =
				answer; /* otherwise it is asked again, and the answer is still needed */
	}
}

/* Its call was made, or not; and it said that it must not be made twice. */
static void
give_up(struct planner *p, unsigned index)
{
	struct action *action = add(p, ACTION_FAIL);
	action->step = index;
	action->attempt = p->state->steps[index].attempt;
	action->begun = true;
	action->error = error_text(p->arena, "unknown_outcome",
		STR("Its executor was lost during the call, so nobody knows whether the call was made, and the step "
		    "says that it "
		    "must not be made twice. Look at the other side, then retry the run from this step."),
		STR(""));
}

static bool
fits(const struct run_state *state, struct err *err)
{
	const struct definition *definition = state->definition;
	if (definition && definition->step_count > 0 && state->steps)
		return true;
	err_set(err, ERR_INTERNAL, "The run and its workflow do not fit together.");
	err_detail(err, "plan: %s", definition ? "no steps" : "no definition");
	return false;
}

bool
plan(struct arena *arena, const struct run_state *state, struct action **ret_actions, unsigned *ret_count,
	struct err *err)
{
	struct planner p = {.arena = arena, .state = state};
	if (!fits(state, err))
		return false;
	unsigned steps = state->definition->step_count, first = steps;
	/* Every step can be aborted, one be failed, and the run be ended. */
	p.actions = arena_array(arena, (size_t)steps + 2, sizeof *p.actions);
	*ret_actions = p.actions;
	*ret_count = 0;
	if (run_ended(state->status))
		return true;
	bool dropped = false;
	unsigned unknown = steps;
	for (unsigned i = steps; i-- > 0;) {
		if (!done(&p, i))
			first = i;
		if (state->steps[i].status == STEP_RUNNING && state->steps[i].outcome_unknown &&
			state->definition->steps[i].retry.never)
			unknown = i;
		dropped |= state->steps[i].status == STEP_CANCELLED || state->steps[i].status == STEP_ROLLED_BACK;
	}
	unsigned failed = 0;
	while (failed < steps && (state->steps[failed].status != STEP_FAILED || done(&p, failed)))
		failed++;

	bool again = failed < steps && failed == first && plan_retries(arena, state, failed);
	bool asks = failed < steps && failed == first && !again &&
		    state->definition->steps[failed].on_failure == FAILURE_ASKS;
	if (failed < steps && !again && !asks)
		end_failed(&p, failed, state->steps[failed].error);
	else if (first == steps) /* before the cancellation: what was asked for too late does not undo anything */
		end_completed(&p);
	else if (unknown < steps)
		give_up(&p, unknown);
	else if (state->cancel_asked || dropped)
		end_cancelled(&p);
	else if (again)
		try_again(&p, failed);
	else if (asks)
		ask(&p, failed);
	else if (state->steps[first].status == STEP_PENDING && state->status == RUN_PAUSED)
		sleep_until(&p, PLAN_NEVER);
	else if (state->steps[first].status == STEP_PENDING)
		start(&p, first);
	else if (state->steps[first].status == STEP_WAITING && state->definition->steps[first].control != CONTROL_CALL)
		*add(&p, ACTION_SLEEP) = plan_control_waiting(arena, state, first);
	*ret_count = p.count;
	return true;
}

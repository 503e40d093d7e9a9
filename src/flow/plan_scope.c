/* What templates see of a run, which steps they name, and whether a condition holds. */
#include "flow/plan_scope.h"

#include "flow/frame.h"
#include "flow/template.h"
#include "json/writer.h"

struct json *
plan_share(struct arena *arena, const struct json *value)
{
	struct json *node = arena_new_of(arena, struct json);
	if (value)
		*node = *value;
	else
		node->type = JSON_NULL;
	node->next = NULL;
	return node;
}

const struct json *
plan_case(struct arena *arena, const struct step_def *def, const struct json *value)
{
	struct str text =
		value->type == JSON_STRING || value->type == JSON_NUMBER ? value->text : json_text(arena, value);
	const struct json *found = json_get_by(def->cases, text);
	struct json *number;
	if (found || value->type != JSON_NUMBER)
		return found;
	json_each (one, def->cases) /* 1.0 is the case "1" */
		if (json_read(arena, one->key, &json_limits_request, &number, NULL) && json_equal(number, value))
			return one;
	return NULL;
}

/* Of a conditional or a switch also which way it went: "branch" is then or else, "case" the first case of the step that was chosen. */
static void
add_choice(struct arena *arena, const struct step_def *def, const struct json *output, struct json *entry)
{
	struct str key = output && output->type == JSON_STRING ? output->text : STR("");
	const struct json *found = NULL;
	if (def->control == CONTROL_CONDITIONAL) {
		json_add(entry, STR("branch"), json_new_str(arena, str_eq(key, def->then) ? STR("then") : STR("else")));
		return;
	}
	json_each (one, def->cases)
		if (!found && one->type == JSON_STRING && str_eq(one->text, key))
			found = one;
	json_add(entry, STR("case"), found ? json_new_str(arena, found->key) : json_new_null(arena));
}

const struct evaluation *
plan_evaluation(const struct run_state *state, unsigned step)
{
	const struct evaluation *evaluation = state->evaluation;
	while (evaluation && evaluation->step != step)
		evaluation = evaluation->next;
	return evaluation;
}

unsigned
plan_round(const struct run_state *state, unsigned step)
{
	return state->steps[step].loop.begun;
}

bool
plan_wants(const struct run_state *state, const struct evaluation *e)
{
	if (e->step == WHOLE_RUN || e->step == RUN_HANDLER || e->step == RUN_STARTER)
		return !run_ended(state->status);
	unsigned index = plan_asker(e->step);
	if (!frame_has(state, index))
		return false;
	const struct step_state *step = &state->steps[index];
	if (step->attempt < e->attempt)
		return true;
	bool asks = step->status == STEP_RUNNING || step->status == STEP_WAITING;
	if (index != e->step)
		return asks && step->attempt == e->attempt;
	return asks && step->attempt == e->attempt && plan_def(state, e->step)->repeat_while &&
	       plan_round(state, e->step) == e->round;
}

/* ---- loops ---- */

/* {"item", "index", "previous", "parent"} of an iteration of a loop; `around` is the iteration that the loop is in. */
static struct json *
loop_scope(struct arena *arena, const struct run_state *state, unsigned loop, unsigned index, const struct json *item,
	const struct frame *around)
{
	struct json *scope = json_new_object(arena);
	const struct frame *before = state->steps[loop].loop.frames;
	while (before && before->index + 1 != index)
		before = before->next;
	bool known =
		before && plan_def(state, loop)->at_once == 1 && state->steps[before->base].status == STEP_COMPLETED;
	json_add(scope, STR("item"), plan_share(arena, item));
	json_add(scope, STR("index"), json_new_int(arena, index));
	json_add(scope, STR("previous"), plan_share(arena, known ? state->steps[before->base].output : NULL));
	if (around)
		json_add(scope, STR("parent"),
			loop_scope(arena, state, around->step, around->index, around->item, around->around));
	return scope;
}

static void
add_loop(struct arena *arena, const struct run_state *state, unsigned step, struct json *root)
{
	const struct frame *f = frame_of(state, step);
	const struct step_def *def = plan_def(state, step);
	bool asks = def->control == CONTROL_LOOP && def->part == PART_NONE && state->steps[step].status == STEP_RUNNING;
	if (def->part == PART_MODEL) /* what its step says of limits is about where the agent stands */
		f = f->around;
	if (asks) /* of the iteration that begins if its condition holds */
		json_add(root, STR("loop"), loop_scope(arena, state, step, state->steps[step].loop.begun, NULL, f));
	else if (f)
		json_add(root, STR("loop"), loop_scope(arena, state, f->step, f->index, f->item, f->around));
}

/* What the workflow's code said of the step, or of the group it is in. */
static void
add_asked(struct arena *arena, const struct run_state *state, unsigned step, struct json *root)
{
	for (unsigned i = step; i != NO_STEP; i = frame_parent(state, i))
		step = i;
	const struct json *asks = state->replay ? state->replay->asks : NULL;
	const struct json *asked = asks ? json_get_by(asks, plan_def(state, step)->key) : NULL;
	if (asked)
		json_add(root, STR("asked"), plan_share(arena, asked));
}

/* {"output", "error"} of what a wait's own step gave last, for its condition and for that step. */
static void
add_poll(struct arena *arena, const struct run_state *state, unsigned step, struct json *root)
{
	const struct step_def *def = plan_def(state, step);
	struct json *poll, *error = NULL;
	if (!def->polls && !def->is_poll)
		return;
	const struct step_state *last = &state->steps[def->is_poll ? step : step + 1];
	poll = json_new_object(arena);
	json_add(poll, STR("output"), plan_share(arena, last->status == STEP_COMPLETED ? last->output : NULL));
	if (last->status == STEP_FAILED && last->error.n > 0)
		(void)json_read(arena, last->error, &json_limits_stored, &error, NULL);
	json_add(poll, STR("error"), error ? error : json_new_null(arena));
	json_add(root, STR("poll"), poll);
}

struct json *
plan_scope(struct arena *arena, const struct run_state *state, unsigned before)
{
	struct json *root = json_new_object(arena), *steps = json_new_object(arena);
	bool whole = before == WHOLE_RUN;
	unsigned last = whole ? state->definition->step_count : plan_def(state, before)->index;
	json_add(root, STR("input"), plan_share(arena, state->input));
	json_add(root, STR("steps"), steps);
	if (!whole) {
		add_loop(arena, state, before, root);
		add_poll(arena, state, before, root);
	}
	for (unsigned i = 0; i < last; i++) {
		const struct step_state *step = &state->steps[whole ? i : frame_named(state, before, i)];
		const struct step_def *def = &state->definition->steps[i];
		struct json *entry, *error;
		if (def->part != PART_NONE && def->part != PART_AGENT)
			continue; /* nobody has written it */
		if (def->is_poll)
			continue;
		if (step->status != STEP_COMPLETED && step->status != STEP_FAILED)
			continue;
		entry = json_new_object(arena);
		if (step->status == STEP_COMPLETED && !step->output_away)
			json_add(entry, STR("output"), plan_share(arena, step->output));
		else if (step->status == STEP_FAILED && step->error.n &&
			 json_read(arena, step->error, &json_limits_stored, &error, NULL))
			json_add(entry, STR("error"), error);
		else
			continue;
		if (step->status == STEP_COMPLETED && step_chooses(def))
			add_choice(arena, def, step->output, entry);
		json_add(steps, def->key, entry);
	}
	if (!whole && state->definition->code.n > 0)
		add_asked(arena, state, before, root);
	if (state->env)
		json_add(root, STR("env"), plan_share(arena, state->env));
	const struct evaluation *known = plan_evaluation(state, before);
	if (known && known->values)
		json_add(root, STR(TEMPLATE_VALUES), plan_share(arena, known->values));
	return root;
}

struct json *
plan_env(struct arena *arena, const struct run_state *state, unsigned step)
{
	struct json *env = json_new_object(arena);
	if (step == WHOLE_RUN)
		return env;
	const struct step_def *def = plan_def(state, step);
	for (unsigned i = 0; i < def->env_count; i++) {
		const struct json *value = state->env ? json_get_by(state->env, def->env[i].name) : NULL;
		if (value)
			json_add(env, def->env[i].name, plan_share(arena, value));
	}
	return env;
}

/* All that is filled in for a step; NULL: it has no such thing. */
#define FILLED_IN 10
static void
filled_in(const struct step_def *def, struct json own[2], const struct json *ret_values[FILLED_IN])
{
	own[0] = (struct json){.type = JSON_STRING, .text = def->concurrency.key};
	own[1] = (struct json){.type = JSON_STRING, .text = def->rate.key};
	const struct json *values[FILLED_IN] = {def->input, def->value, def->seconds, def->until, def->condition,
		def->items, def->cache_key, def->repeat_while, def->concurrency.cap > 0 ? &own[0] : NULL,
		def->rate.cap > 0 ? &own[1] : NULL};
	memcpy(ret_values, values, sizeof values);
}

bool
plan_names(struct arena *arena, const struct step_def *def, struct str key)
{
	struct json own[2];
	const struct json *values[FILLED_IN];
	filled_in(def, own, values);
	for (size_t i = 0; i < FILLED_IN; i++)
		if (values[i] && template_names_step(arena, values[i], key))
			return true;
	return false;
}

bool
plan_names_previous(struct arena *arena, const struct step_def *def)
{
	struct json own[2];
	const struct json *values[FILLED_IN];
	filled_in(def, own, values);
	for (size_t i = 0; i < FILLED_IN; i++)
		if (values[i] && template_names_loop(arena, values[i], true))
			return true;
	return false;
}

bool
plan_fill(struct arena *arena, const struct run_state *state, unsigned step, struct str template,
	struct json **ret_value, struct err *err)
{
	return template_fill(arena, template, plan_scope(arena, state, step), ret_value, err);
}

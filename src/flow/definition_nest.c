/*
 * Groups and branches. What a step waits for is worked out once, when its definition is read: the steps it needs, or the one
 * written before it, and whoever chooses whether it runs. All of them are siblings written before it, so there are no circles.
 */
#include "flow/definition_nest.h"

#include "flow/template.h"

bool
step_is_group(const struct step_def *step)
{
	return step->control == CONTROL_SEQUENTIAL || step->control == CONTROL_PARALLEL;
}

bool
step_has_steps(const struct step_def *step)
{
	return step_is_group(step) || step->control == CONTROL_LOOP;
}

bool
step_looks(const struct step_def *step)
{
	return step->control == CONTROL_WAIT && step->repeat_while;
}

bool
step_chooses(const struct step_def *step)
{
	return step->control == CONTROL_CONDITIONAL || step->control == CONTROL_SWITCH;
}

static unsigned
count_steps(const struct json *steps, unsigned depth)
{
	unsigned count = 0;
	if (!steps || steps->type != JSON_ARRAY || depth > DEFINITION_DEPTH_MAX + AGENT_DEPTH)
		return 0;
	json_each (step, steps) {
		if (count > DEFINITION_STEPS_MAX)
			break;
		if (step->type == JSON_OBJECT)
			count += count_steps(step_written_steps(step), depth + 1) + (json_get(step, "poll") != NULL);
		count++;
	}
	return count;
}

unsigned
nest_count(const struct json *steps)
{
	return count_steps(steps, 0);
}

/* One after the other it stops at the first failure, as a list does; several at once come to their end, as those of a group do. */
static bool
loop_read(struct arena *arena, const struct json *from, struct step_def *step)
{
	int64_t most = LOOP_ITERATIONS, at_once = 1;
	step->items = json_get(from, "items");
	step->repeat_while = json_get(from, "while");
	json_get_int(from, "max_iterations", &most);
	json_get_int(from, "max_concurrency", &at_once);
	step->fail_fast = at_once == 1;
	json_get_bool(from, "fail_fast", &step->fail_fast);
	if (!step->items == !step->repeat_while || most < 1 || most > LOOP_ITERATIONS_MAX || at_once < 1 ||
		at_once > LOOP_AT_ONCE_MAX || (step->repeat_while && at_once > 1))
		return false;
	step->max_iterations = (unsigned)most;
	step->at_once = (unsigned)at_once;
	step->names_previous = template_names_loop(arena, from, true);
	return true;
}

/* A wait that looks at a condition, again and again. */
static bool
look_read(struct arena *arena, const struct json *from, struct step_def *step)
{
	double poll = POLL_SECONDS, most = 0;
	step->repeat_while = json_get(from, "while");
	if (!step->repeat_while)
		return true;
	if (step->signal.n == 0)
		step->signal = step->key;
	step->polls = json_get(from, "poll") != NULL;
	step->polls_first = step->polls && template_names_poll(arena, step->repeat_while);
	json_get_double(from, "poll_seconds", &poll);
	json_get_double(from, "max_seconds", &most);
	step->poll_us = (int64_t)(poll * 1e6);
	step->max_us = (int64_t)(most * 1e6);
	return poll >= 1 && poll <= POLL_SECONDS_MAX && most >= 0 && most <= WAIT_SECONDS_MAX;
}

bool
nest_read(struct arena *arena, const struct json *from, struct step_def *step)
{
	int64_t at_once = 0;
	const struct json *steps = json_get(from, "steps");
	step->condition = json_get(from, "condition");
	if (step_is_group(step)) {
		json_get_int(from, "max_concurrency", &at_once);
		json_get_bool(from, "fail_fast", &step->fail_fast);
		step->at_once = at_once > 0 && at_once <= DEFINITION_STEPS_MAX ? (unsigned)at_once : 0;
		return steps && steps->type == JSON_ARRAY && steps->count > 0;
	}
	if (step->control == CONTROL_WAIT)
		return look_read(arena, from, step);
	if (step->control == CONTROL_LOOP && step->part == PART_NONE)
		return loop_read(arena, from, step) && steps && steps->type == JSON_ARRAY && steps->count > 0;
	if (step->control == CONTROL_CONDITIONAL) {
		json_get_str(from, "else", &step->otherwise);
		return json_get_str(from, "then", &step->then) && step->condition;
	}
	if (step->control == CONTROL_SWITCH) {
		json_get_str(from, "default", &step->otherwise);
		step->cases = json_get(from, "cases");
		return step->value && step->cases && step->cases->type == JSON_OBJECT;
	}
	return true;
}

/* ---- who waits for whom ---- */

/* A sibling written before the step; NO_STEP: there is none of that key. */
static unsigned
sibling_before(const struct definition *d, unsigned index, struct str key)
{
	for (unsigned i = first_inside(d->steps[index].parent); i < index; i = d->steps[i].end)
		if (str_eq(d->steps[i].key, key))
			return i;
	return NO_STEP;
}

static bool
link_named(struct arena *arena, const struct definition *d, struct step_def *step, const struct json *named)
{
	unsigned *needs = arena_array(arena, named->count + 1, sizeof *needs);
	step->needs = needs;
	json_each (name, named) {
		unsigned at = name->type == JSON_STRING ? sibling_before(d, step->index, name->text) : NO_STEP;
		if (at == NO_STEP)
			return false;
		needs[step->need_count++] = at;
	}
	return true;
}

/* Without a word about it a step needs the one before it, but in a parallel group nothing. */
static bool
link_needs(struct arena *arena, const struct definition *d, struct step_def *step, const struct json *written)
{
	const struct json *named = json_get(written, "needs");
	unsigned before = NO_STEP;
	if (named)
		return named->type == JSON_ARRAY && link_named(arena, d, step, named);
	if (step->parent != NO_STEP && d->steps[step->parent].control == CONTROL_PARALLEL)
		return true;
	for (unsigned i = first_inside(d->steps[step->index].parent); i < step->index; i = d->steps[i].end)
		before = i;
	if (before == NO_STEP)
		return true;
	unsigned *needs = arena_array(arena, 1, sizeof *needs);
	needs[0] = before;
	step->needs = needs;
	step->need_count = 1;
	return true;
}

static bool
names_target(const struct step_def *chooser, struct str key)
{
	if (str_eq(chooser->then, key) || str_eq(chooser->otherwise, key))
		return true;
	json_each (one, chooser->cases)
		if (one->type == JSON_STRING && str_eq(one->text, key))
			return true;
	return false;
}

static void
link_choosers(struct arena *arena, const struct definition *d, struct step_def *step)
{
	unsigned *choosers = NULL;
	for (unsigned i = first_inside(d->steps[step->index].parent); i < step->index; i = d->steps[i].end) {
		if (!step_chooses(&d->steps[i]) || !names_target(&d->steps[i], step->key))
			continue;
		if (!choosers)
			choosers = arena_array(arena, step->index, sizeof *choosers);
		choosers[step->chooser_count++] = i;
	}
	step->choosers = choosers;
}

bool
nest_link(struct arena *arena, struct definition *d, const struct json *const *written)
{
	for (unsigned i = 0; i < d->step_count; i++) {
		if (!link_needs(arena, d, &d->steps[i], written[i]))
			return false;
		link_choosers(arena, d, &d->steps[i]);
	}
	return true;
}

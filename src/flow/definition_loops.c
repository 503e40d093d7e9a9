/* The checks of loops: what they go through, and what templates in them may say of it. */
#include "flow/definition_check.h"
#include "flow/hint.h"

static const struct json *
member_of(const struct check *c, unsigned step, const char *name)
{
	const struct json *written = c->places[step].written;
	return written->type == JSON_OBJECT ? json_get(written, name) : NULL;
}

bool
check_is_loop(const struct check *c, unsigned step)
{
	const struct json *kind = member_of(c, step, "kind");
	return kind && kind->type == JSON_STRING && str_is(kind->text, "loop");
}

unsigned
check_loop_around(const struct check *c, unsigned step)
{
	unsigned at = c->places[step].parent;
	while (at != NO_STEP && !check_is_loop(c, at))
		at = c->places[at].parent;
	return at;
}

/* A loop's own condition speaks of the iteration that would begin. */
static unsigned
loop_here(const struct check *c)
{
	if (c->step >= c->step_count)
		return NO_STEP;
	return check_is_loop(c, c->step) && c->in_while ? c->step : check_loop_around(c, c->step);
}

bool
check_in_loop(const struct check *c)
{
	return loop_here(c) != NO_STEP;
}

static bool
one_by_one(const struct check *c, unsigned loop)
{
	const struct json *at_once = member_of(c, loop, "max_concurrency");
	int64_t count = 1;
	return !at_once || !json_to_int(at_once, &count) || count == 1;
}

/* loop.item…, `names` beginning behind "loop". */
void
check_loop_ref(struct check *c, const struct str *names, unsigned count)
{
	static const struct str known[] = {{"item", 4}, {"index", 5}, {"previous", 8}, {"parent", 6}};
	unsigned loop = loop_here(c);
	if (loop == NO_STEP) {
		check_report(c, c->at, "outside_loop",
			"`loop` is of a loop's steps, and this is in none. Move it into a loop, or refer to a step's "
			"output.");
		return;
	}
	while (count > 0 && str_is(names[0], "parent")) {
		loop = check_loop_around(c, loop);
		if (loop == NO_STEP) {
			check_report(c, c->at, "outside_loop",
				"The loop around this is in no other one, so it has no `loop.parent`.");
			return;
		}
		names++;
		count--;
	}
	if (count == 0)
		return;
	struct str key = hint_clip(c->keys[loop], 40);
	if (str_is(names[0], "item") && !member_of(c, loop, "items"))
		check_report(c, c->at, "no_items",
			"The loop `%.*s` goes on while its condition holds, so it has no items. There are `loop.index` "
			"and "
			"`loop.previous`.",
			STR_ARG(key));
	else if (str_is(names[0], "previous") && !one_by_one(c, loop))
		check_report(c, c->at, "no_previous",
			"Iterations of the loop `%.*s` run at the same time, so none has one before it. Leave out "
			"`max_concurrency`, or do without `loop.previous`.",
			STR_ARG(key));
	else if (!check_listed(known, 4, names[0]))
		check_report(c, c->at, "unknown_field",
			"A loop offers `loop.item`, `loop.index`, `loop.previous` and `loop.parent`.%s",
			hint_did_you_mean(c->arena, names[0], known, 4));
}

/* May the step that is checked name this one, as far as loops go? */
bool
check_loop_outside(struct check *c, unsigned other)
{
	unsigned loop = check_loop_around(c, other), out = NO_STEP;
	for (; loop != NO_STEP; loop = check_loop_around(c, loop))
		if (c->step >= c->step_count || c->step <= loop || c->step >= c->places[loop].end)
			out = loop;
	if (out == NO_STEP)
		return true;
	struct str key = hint_clip(c->keys[out], 40);
	return check_report(c, c->at, "in_loop",
		"Step `%.*s` runs in the loop `%.*s`, perhaps many times, so its output cannot be named from outside. "
		"`steps.%.*s.output` is the list of what each iteration gave.",
		STR_ARG(hint_clip(c->keys[other], 40)), STR_ARG(key), STR_ARG(key));
}

/* ---- the step itself ---- */

static void
check_count(struct check *c, const struct json *step, const char *name, int64_t most)
{
	int64_t count;
	const struct json *given = json_get(step, name);
	if (given && (!json_to_int(given, &count) || count < 1 || count > most))
		check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", name)), "range",
			"This must be a whole number, 1 to %lld.", (long long)most);
}

static void
check_items(struct check *c, const struct json *step, const struct json *items, struct json *ret_step)
{
	int64_t most = LOOP_ITERATIONS;
	json_get_int(step, "max_iterations", &most);
	if (items->type != JSON_ARRAY && items->type != JSON_STRING)
		check_report(c, check_step_path(c, "/items"), "type",
			"This must be a list, or a template that gives one such as `{{steps.find.output.pages}}`, not "
			"%s.",
			check_kind_of(items));
	else if (items->type == JSON_ARRAY && items->count > most)
		check_report(c, check_step_path(c, "/items"), "too_many",
			"There are %u items, and this loop has at most %lld iterations. Raise `max_iterations`.",
			items->count, (long long)most);
	else
		json_add(ret_step, STR("items"), check_value(c, "/items", items));
}

void
check_loop(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *items = json_get(step, "items"), *question = json_get(step, "while"),
			  *steps = json_get(step, "steps"), *fast = json_get(step, "fail_fast"),
			  *at_once = json_get(step, "max_concurrency");
	int64_t count = 1;
	if (!items == !question)
		check_report(c, check_step_path(c, ""), "required",
			"A loop needs either `items`, what it goes through, or `while`, a condition.");
	if (!steps || steps->type != JSON_ARRAY || steps->count == 0)
		check_report(c, check_step_path(c, steps ? "/steps" : ""), "required",
			"A loop needs a list of at least one step.");
	check_count(c, step, "max_iterations", LOOP_ITERATIONS_MAX);
	check_count(c, step, "max_concurrency", LOOP_AT_ONCE_MAX);
	if (question && at_once && json_to_int(at_once, &count) && count > 1)
		check_report(c, check_step_path(c, "/max_concurrency"), "range",
			"With a condition one iteration follows the other, so this can only be 1.");
	if (fast && fast->type != JSON_TRUE && fast->type != JSON_FALSE)
		check_report(c, check_step_path(c, "/fail_fast"), "type", "This must be true or false, not %s.",
			check_kind_of(fast));
	if (items && !question)
		check_items(c, step, items, ret_step);
	c->in_while = true;
	if (question && !items)
		check_question(c, "/while", question, ret_step);
	c->in_while = false;
}

/*
 * Steps in steps, and which of them runs: the checks of groups, branches and needs. A step waits for siblings that are
 * written before it only, so a workflow has no circles.
 */
#include "flow/definition_check.h"
#include "flow/definition_nest.h"
#include "flow/hint.h"

/* ---- all steps, before any of them is looked at: any step may name any other, and a hint wants to know them all ---- */

/* A wait's own step has no key of its own. */
static void
place_poll(struct check *c, const struct json *poll, unsigned wait)
{
	unsigned index = c->step_count++;
	c->keys[index] = str_of(arena_printf(c->arena, "%.*s/" POLL_KEY, STR_ARG(c->keys[wait])));
	c->places[index] = (struct check_place){.written = poll,
		.parent = wait,
		.end = index + 1,
		.poll = true,
		.pointer = arena_printf(c->arena, "%s/poll", c->places[wait].pointer)};
}

static bool
place_steps(struct check *c, const struct json *steps, unsigned parent, const char *pointer, unsigned depth)
{
	unsigned number = 0;
	if (depth > DEFINITION_DEPTH_MAX)
		return check_report(
			c, pointer, "too_deep", "Groups and loops nest at most %d deep.", DEFINITION_DEPTH_MAX);
	json_each (step, steps) {
		if (c->step_count > DEFINITION_STEPS_MAX)
			break;
		unsigned index = c->step_count++;
		struct check_place *place = &c->places[index];
		const struct json *nested = step->type == JSON_OBJECT ? json_get(step, "steps") : NULL;
		struct str kind = STR("");
		if (step->type != JSON_OBJECT || !json_get_str(step, "key", &c->keys[index]))
			c->keys[index] = STR("");
		if (step->type == JSON_OBJECT)
			json_get_str(step, "kind", &kind);
		*place = (struct check_place){.written = step,
			.parent = parent,
			.pointer = arena_printf(c->arena, "%s/steps/%u", pointer, number++)};
		const struct json *poll = str_is(kind, "wait") ? json_get(step, "poll") : NULL;
		bool group = str_is(kind, "sequential") || str_is(kind, "parallel") || str_is(kind, "loop");
		if (poll)
			place_poll(c, poll, index);
		if (group && nested && nested->type == JSON_ARRAY &&
			!place_steps(c, nested, index, place->pointer, depth + 1))
			return false;
		c->places[index].end = c->step_count;
	}
	return true;
}

bool
check_read_places(struct check *c, const struct json *steps)
{
	c->keys = arena_array(c->arena, DEFINITION_STEPS_MAX + 3, sizeof *c->keys);
	c->places = arena_array(c->arena, DEFINITION_STEPS_MAX + 3, sizeof *c->places);
	if (!place_steps(c, steps, NO_STEP, "", 0))
		return false;
	if (c->step_count > DEFINITION_STEPS_MAX)
		return check_report(
			c, "/steps", "too_many", "A workflow has at most %d steps in all.", DEFINITION_STEPS_MAX);
	return true;
}

/* ---- siblings ---- */

static unsigned
past_siblings(const struct check *c, unsigned step)
{
	unsigned parent = c->places[step].parent;
	return parent == NO_STEP ? c->step_count : c->places[parent].end;
}

/* The sibling of that key; NO_STEP: none. */
static unsigned
sibling(const struct check *c, unsigned step, struct str key)
{
	for (unsigned i = first_inside(c->places[step].parent); i < past_siblings(c, step); i = c->places[i].end)
		if (str_eq(c->keys[i], key))
			return i;
	return NO_STEP;
}

static const char *
did_you_mean(struct check *c, unsigned step, struct str key, bool later)
{
	struct str *names = arena_array(c->arena, c->step_count + 1, sizeof *names);
	unsigned count = 0;
	for (unsigned i = first_inside(c->places[step].parent); i < past_siblings(c, step); i = c->places[i].end)
		if (later ? i > step : i < step)
			names[count++] = c->keys[i];
	return hint_did_you_mean(c->arena, key, names, count);
}

/* ---- what comes before what ---- */

static bool
has_kind(const struct check *c, unsigned step, const char *kind)
{
	struct str its;
	const struct json *written = c->places[step].written;
	return written->type == JSON_OBJECT && json_get_str(written, "kind", &its) && str_is(its, kind);
}

static bool
names_text(const struct json *value, struct str key)
{
	return value && value->type == JSON_STRING && str_eq(value->text, key);
}

/* Is the step one that the other, a conditional or a switch, may choose? */
static bool
chooses(const struct check *c, unsigned other, unsigned step)
{
	const struct json *written = c->places[other].written;
	if (has_kind(c, other, "conditional"))
		return names_text(json_get(written, "then"), c->keys[step]) ||
		       names_text(json_get(written, "else"), c->keys[step]);
	if (!has_kind(c, other, "switch"))
		return false;
	const struct json *cases = json_get(written, "cases");
	if (cases && cases->type == JSON_OBJECT)
		json_each (one, cases)
			if (names_text(one, c->keys[step]))
				return true;
	return names_text(json_get(written, "default"), c->keys[step]);
}

static bool
needs(const struct check *c, unsigned step, unsigned other, unsigned just_before)
{
	const struct json *written = c->places[step].written, *named = NULL;
	unsigned parent = c->places[step].parent;
	if (written->type == JSON_OBJECT)
		named = json_get(written, "needs");
	if (chooses(c, other, step))
		return true;
	if (!named)
		return other == just_before && !(parent != NO_STEP && has_kind(c, parent, "parallel"));
	if (named->type != JSON_ARRAY)
		return true; /* that is reported elsewhere */
	json_each (name, named)
		if (names_text(name, c->keys[other]))
			return true;
	return false;
}

/* Siblings: marks all that must be over before `step`, from the last one back. */
static bool
waits_for(struct check *c, unsigned step, unsigned other)
{
	unsigned count = 0, first = first_inside(c->places[step].parent);
	unsigned *places = arena_array(c->arena, c->step_count + 1, sizeof *places);
	bool *marked = arena_array(c->arena, c->step_count + 1, sizeof *marked);
	for (unsigned i = first; i <= step; i = c->places[i].end)
		places[count++] = i;
	marked[count - 1] = true;
	for (unsigned i = count; i-- > 1;)
		for (unsigned j = marked[i] ? i : 0; j-- > 0;)
			marked[j] = marked[j] || needs(c, places[i], places[j], places[i - 1]);
	for (unsigned i = 0; i < count; i++)
		if (places[i] == other)
			return marked[i];
	return false;
}

/* Does every step of the list just follow the one before it? Then there is nothing to work out. */
static bool
follow_each_other(const struct check *c, unsigned step)
{
	unsigned parent = c->places[step].parent;
	if (parent != NO_STEP && has_kind(c, parent, "parallel"))
		return false;
	for (unsigned i = first_inside(c->places[step].parent); i <= step; i = c->places[i].end)
		if (c->places[i].written->type == JSON_OBJECT && json_get(c->places[i].written, "needs"))
			return false;
	return true;
}

bool
check_precedes(struct check *c, unsigned other)
{
	if (c->step >= c->step_count)
		return true;
	unsigned mine = c->step, its = other;
	/* Up to where both stand in one list: it is written before, so the step's group has to contain the other or begin later. */
	while (its != NO_STEP && (c->places[its].parent != NO_STEP && c->places[c->places[its].parent].end <= mine))
		its = c->places[its].parent;
	while (c->places[mine].parent != c->places[its].parent)
		mine = c->places[mine].parent;
	return follow_each_other(c, mine) || waits_for(c, mine, its);
}

void
check_needs(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *named = json_get(step, "needs");
	struct json *canonical = json_new_array(c->arena);
	unsigned number = 0;
	if (!named)
		return;
	if (named->type != JSON_ARRAY) {
		check_report(c, check_step_path(c, "/needs"), "type",
			"This must be a list of keys of steps before this one, not %s.", check_kind_of(named));
		return;
	}
	json_each (name, named) {
		const char *place = check_step_path(c, arena_printf(c->arena, "/needs/%u", number++)), *round;
		unsigned at = name->type == JSON_STRING ? sibling(c, c->step, name->text) : NO_STEP;
		if (name->type != JSON_STRING)
			check_report(c, place, "type", "This must be the key of a step, not %s.", check_kind_of(name));
		else if (at == c->step)
			check_report(c, place, "own_output", "A step cannot wait for itself.");
		else if (at == NO_STEP)
			check_report(c, place, "unknown_step", "There is no step `%.*s` beside this one.%s",
				STR_ARG(hint_clip(name->text, 60)), did_you_mean(c, c->step, name->text, false));
		else if (step_is_note(c->places[at].written))
			check_report(c, place, "note", "`%.*s` is a note: it never runs, so nothing can wait for it.",
				STR_ARG(hint_clip(name->text, 60)));
		else if (at > c->step && (round = check_way_back(c, at)))
			check_report(c, place, "cycle",
				"Steps wait for each other: %s. Take one of these out of its `needs`.", round);
		else if (at > c->step)
			check_report(c, place, "later_step", "Step `%.*s` is written after this one. Move it up.",
				STR_ARG(hint_clip(name->text, 60)));
		json_push(canonical, json_share(c->arena, name));
	}
	json_add(ret_step, STR("needs"), canonical);
}

/* ---- groups ---- */

void
check_group(struct check *c, enum step_control control, const struct json *step, struct json *ret_step)
{
	const struct json *steps = json_get(step, "steps"), *at_once = json_get(step, "max_concurrency"),
			  *fast = json_get(step, "fail_fast");
	int64_t count;
	if (!steps || steps->type != JSON_ARRAY || steps->count == 0)
		check_report(c, check_step_path(c, steps ? "/steps" : ""), "required",
			"A group needs a list of at least one step.");
	if (control == CONTROL_SEQUENTIAL && (at_once || fast))
		check_report(c, check_step_path(c, at_once ? "/max_concurrency" : "/fail_fast"), "unknown_field",
			"Only a parallel group has this.");
	if (at_once && (!json_to_int(at_once, &count) || count < 1 || count > DEFINITION_STEPS_MAX))
		check_report(c, check_step_path(c, "/max_concurrency"), "range",
			"This must be a whole number, 1 to %d.", DEFINITION_STEPS_MAX);
	if (fast && fast->type != JSON_TRUE && fast->type != JSON_FALSE)
		check_report(c, check_step_path(c, "/fail_fast"), "type", "This must be true or false, not %s.",
			check_kind_of(fast));
	(void)ret_step; /* its members are kept as they are */
}

/* ---- branches ---- */

/* The key of a sibling that is written later: it runs only when it is chosen. */
static void
check_target(struct check *c, const char *member, const struct json *target)
{
	const char *place = check_step_path(c, member);
	if (target->type != JSON_STRING) {
		check_report(c, place, "type", "This must be the key of a step, not %s.", check_kind_of(target));
		return;
	}
	unsigned at = sibling(c, c->step, target->text);
	if (at == NO_STEP)
		check_report(c, place, "unknown_step", "There is no step `%.*s` beside this one.%s",
			STR_ARG(hint_clip(target->text, 60)), did_you_mean(c, c->step, target->text, true));
	else if (step_is_note(c->places[at].written))
		check_report(
			c, place, "note", "`%.*s` is a note: it never runs.", STR_ARG(hint_clip(target->text, 60)));
	else if (at <= c->step)
		check_report(c, place, "earlier_step", "Step `%.*s` is not written after this one. Move it down.",
			STR_ARG(hint_clip(target->text, 60)));
}

void
check_conditional(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *then = json_get(step, "then"), *otherwise = json_get(step, "else");
	if (!json_get(step, "condition"))
		check_report(c, check_step_path(c, ""), "required", "A conditional step needs a condition.");
	else
		check_condition(c, step, ret_step);
	if (!then)
		check_report(c, check_step_path(c, ""), "required",
			"A conditional step needs `then`: the key of the step that runs when the condition holds.");
	else
		check_target(c, "/then", then);
	if (otherwise)
		check_target(c, "/else", otherwise);
}

void
check_switch(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *value = json_get(step, "value"), *cases = json_get(step, "cases"),
			  *otherwise = json_get(step, "default");
	if (!value)
		check_report(c, check_step_path(c, ""), "required", "A switch step needs a value: a template.");
	else
		json_add(ret_step, STR("value"), check_value(c, "/value", value));
	if (!cases || cases->type != JSON_OBJECT || cases->count == 0)
		check_report(c, check_step_path(c, cases ? "/cases" : ""), "required",
			"A switch step needs cases: an object of value → key of a step.");
	else
		json_each (one, cases)
			check_target(c, arena_printf(c->arena, "/cases/%.*s", STR_ARG(hint_clip(one->key, 60))), one);
	if (otherwise)
		check_target(c, "/default", otherwise);
}

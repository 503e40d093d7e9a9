/*
 * What may not run: steps that a condition or a branch leaves out, so that their output may be missing where it is used; steps that
 * nothing can ever bring to run; and steps that wait for each other.
 */
#include "flow/definition_check.h"
#include "flow/hint.h"

enum always { SOMETIMES, ALWAYS, NEVER };

static bool
is_text(const struct json *value, const char *text)
{
	return value && value->type == JSON_STRING && str_is(value->text, text);
}

/* What a condition comes to, where that can be seen without running anything. */
static enum always
outcome(const struct json *condition)
{
	if (!condition)
		return SOMETIMES;
	if (condition->type == JSON_TRUE || is_text(condition, "true") || is_text(condition, "{{true}}"))
		return ALWAYS;
	if (condition->type == JSON_FALSE || is_text(condition, "false") || is_text(condition, "{{false}}"))
		return NEVER;
	return SOMETIMES;
}

static unsigned
find_sibling(const struct check *c, unsigned step, const struct json *key)
{
	if (!key || key->type != JSON_STRING)
		return NO_STEP;
	for (unsigned i = step + 1; i < c->step_count; i++)
		if (c->places[i].parent == c->places[step].parent && str_eq(c->keys[i], key->text))
			return i;
	return NO_STEP;
}

/* Notes that `chooser` may choose the step of that key, or never does. */
static void
note_target(struct check *c, unsigned chooser, const struct json *key, bool ever)
{
	unsigned target = find_sibling(c, chooser, key);
	if (target == NO_STEP)
		return;
	c->reach[target].optional = true;
	c->reach[target].chosen = true;
	c->reach[target].reachable |= ever && !c->reach[chooser].never;
	c->reach[target].chooser = chooser;
}

static void
note_targets(struct check *c, unsigned step, const struct json *written, struct str kind)
{
	if (str_is(kind, "conditional")) {
		enum always its = outcome(json_get(written, "condition"));
		note_target(c, step, json_get(written, "then"), its != NEVER);
		note_target(c, step, json_get(written, "else"), its != ALWAYS);
		return;
	}
	const struct json *value = json_get(written, "value"), *cases = json_get(written, "cases");
	bool fixed = value && value->type == JSON_STRING && !memmem(value->text.p, value->text.n, "{{", 2),
	     matched = false;
	if (cases && cases->type == JSON_OBJECT)
		json_each (one, cases) {
			bool same = fixed && str_eq(one->key, value->text);
			note_target(c, step, one, !fixed || same);
			matched = matched || same;
		}
	note_target(c, step, json_get(written, "default"), !matched);
}

/* Each step after those that choose it and the group it is in. */
void
check_reach(struct check *c)
{
	c->reach = arena_array(c->arena, c->step_count + 1, sizeof *c->reach);
	for (unsigned i = 0; i < c->step_count; i++) {
		const struct json *written = c->places[i].written;
		struct check_reach *reach = &c->reach[i];
		struct str kind = STR("");
		if (written->type != JSON_OBJECT)
			continue;
		json_get_str(written, "kind", &kind);
		bool asks = str_is(kind, "conditional"); /* its condition is its question */
		const struct json *condition = asks ? NULL : json_get(written, "condition");
		const char *pointer = c->places[i].pointer;
		reach->optional |= condition != NULL;
		reach->kept = json_get(written, "cache") != NULL;
		reach->never = c->places[i].parent != NO_STEP && c->reach[c->places[i].parent].never;
		if (!reach->never && outcome(condition) == NEVER) {
			reach->never = true;
			check_warn(c, arena_printf(c->arena, "%s/condition", pointer), "unreachable",
				"Step `%.*s` never runs: its condition is never true. Change the condition, or take "
				"the step out.",
				STR_ARG(hint_clip(c->keys[i], 60)));
		} else if (!reach->never && reach->chosen && !reach->reachable) {
			reach->never = true;
			check_warn(c, pointer, "unreachable",
				"Step `%.*s` never runs: `%.*s` never chooses it. Change what `%.*s` asks, or take the "
				"step out.",
				STR_ARG(hint_clip(c->keys[i], 60)), STR_ARG(hint_clip(c->keys[reach->chooser], 60)),
				STR_ARG(hint_clip(c->keys[reach->chooser], 60)));
		}
		if (asks || str_is(kind, "switch"))
			note_targets(c, i, written, kind);
	}
}

/* Is the step, or a group around it inside of `within`, left out sometimes? So is what is in one whose output may be kept. */
static bool
optional_in(const struct check *c, unsigned step, unsigned within)
{
	for (unsigned group; step != within && step != NO_STEP; step = group) {
		group = c->places[step].parent;
		if (c->reach[step].optional || (group != within && group != NO_STEP && c->reach[group].kept))
			return true;
	}
	return false;
}

bool
check_may_be_missing(struct check *c, unsigned other)
{
	if (c->step >= c->step_count || !c->reach)
		return false;
	unsigned within = c->places[other].parent;
	while (within != NO_STEP && c->places[within].end <= c->step)
		within = c->places[within].parent;
	return optional_in(c, other, within) && !optional_in(c, c->step, within);
}

/* ---- circles ---- */

static bool
names_step(const struct json *needs, struct str key)
{
	if (needs && needs->type == JSON_ARRAY)
		json_each (name, needs)
			if (name->type == JSON_STRING && str_eq(name->text, key))
				return true;
	return false;
}

/* The way from a step over what it needs back to the one that is being checked, in words; NULL when there is none. */
const char *
check_way_back(struct check *c, unsigned from)
{
	unsigned *queue = arena_array(c->arena, c->step_count + 1, sizeof *queue);
	unsigned *before = arena_array(c->arena, c->step_count + 1, sizeof *before); /* 1 + who needs it */
	unsigned head = 0, tail = 0;
	queue[tail++] = from;
	before[from] = from + 1;
	while (head < tail) {
		unsigned at = queue[head++];
		const struct json *written = c->places[at].written;
		const struct json *needs = written->type == JSON_OBJECT ? json_get(written, "needs") : NULL;
		for (unsigned i = 0; needs && i < c->step_count; i++) {
			if (before[i] || c->places[i].parent != c->places[at].parent || !names_step(needs, c->keys[i]))
				continue;
			before[i] = at + 1;
			queue[tail++] = i;
		}
	}
	if (!before[c->step])
		return NULL;
	/* Told from its end: who needs the step, who needs that one, … */
	const char *told = "";
	for (unsigned at = c->step; at != from; at = before[at] - 1)
		told = arena_printf(c->arena, "; `%.*s` waits for `%.*s`%s",
			STR_ARG(hint_clip(c->keys[before[at] - 1], 40)), STR_ARG(hint_clip(c->keys[at], 40)), told);
	return arena_printf(c->arena, "`%.*s` waits for `%.*s`%s", STR_ARG(hint_clip(c->keys[c->step], 40)),
		STR_ARG(hint_clip(c->keys[from], 40)), told);
}

/* ---- columns ---- */

/* The phases of the workflow are a list; where there is one, each step's phase is in it. */
void
check_phases(struct check *c, const struct json *doc)
{
	const struct json *phases = json_get(doc, "phases");
	unsigned count = 0;
	if (!phases || phases->type != JSON_ARRAY || phases->count == 0)
		return;
	struct str *names = arena_array(c->arena, phases->count, sizeof *names);
	json_each (phase, phases)
		if (phase->type == JSON_STRING)
			names[count++] = phase->text;
	for (unsigned i = 0; i < c->step_count; i++) {
		struct str phase;
		if (c->places[i].written->type != JSON_OBJECT || !json_get_str(c->places[i].written, "phase", &phase) ||
			check_listed(names, count, phase))
			continue;
		check_report(c, arena_printf(c->arena, "%s/phase", c->places[i].pointer), "unknown_phase",
			"There is no phase `%.*s`; there are %s.%s", STR_ARG(hint_clip(phase, 60)),
			hint_list(c->arena, names, count), hint_did_you_mean(c->arena, phase, names, count));
	}
}

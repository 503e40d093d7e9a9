/*
 * References in a definition's templates: each must lead to the input or to an earlier step, and is rewritten to the
 * two roots that exist at run time, "input" and "steps".
 */
#include "flow/definition_check.h"
#include "flow/hint.h"

#define NAMES_READ 4 /* of a path; what follows is the business of the value */

static unsigned
split(struct str path, struct str names[NAMES_READ])
{
	unsigned count = 0;
	size_t from = 0;
	for (size_t i = 0; i <= path.n && count < NAMES_READ; i++)
		if (i == path.n || path.p[i] == '.') {
			names[count++] = (struct str){path.p + from, i - from};
			from = i + 1;
		}
	return count;
}

/* What follows the first `skip` names, with its dot; "" when nothing does. */
static struct str
after(struct str path, const struct str *names, unsigned skip)
{
	const char *end = names[skip - 1].p + names[skip - 1].n;
	return (struct str){end, (size_t)(path.p + path.n - end)};
}

/* What a prompt is filled with is text; anywhere else a number is a number. */
static void
note_where(const struct check *c, struct input_use *use)
{
	struct str kind = STR("");
	if (c->step >= c->step_count)
		return;
	json_get_str(c->places[c->step].written, "kind", &kind);
	if (str_is(kind, "prompt") && strcmp(c->member, "/input") == 0)
		use->in_prompt = true;
	else
		use->elsewhere = true;
}

static void
use_input(struct check *c, struct str name, struct str member, bool has_fallback)
{
	unsigned i = 0;
	while (i < c->use_count && !str_eq(c->uses[i].name, name))
		i++;
	if (i == c->use_count) {
		if (i == INPUTS_MAX) {
			check_report(c, c->at, "too_many", "The templates name more than %d inputs.", INPUTS_MAX);
			return;
		}
		c->uses[c->use_count++] = (struct input_use){.name = name};
	}
	note_where(c, &c->uses[i]);
	unsigned long long index;
	if (member.n && !str_is(member, "length"))
		c->uses[i].type = str_to_u64(member, UINT32_MAX, &index) ? "array" : "object";
	c->uses[i].required |= !has_fallback && c->step < c->step_count; /* no run fails for its state */
}

/* input.NAME…, `names` beginning behind the root. */
static void
check_input(struct check *c, const struct str *names, unsigned count, const struct template_ref *ref)
{
	if (count == 0)
		return; /* the whole input */
	bool list = ref->is_list || (ref->alone && c->step < c->step_count && strcmp(c->member, "/items") == 0);
	use_input(c, names[0], count > 1 ? names[1] : list ? STR("0") : STR(""), ref->has_fallback);
	if (!c->input || !c->input_names || check_listed(c->input_names, c->input_count, names[0]))
		return;
	check_report(c, c->at, "unknown_input", "The input has no field `%.*s`%s%s.%s",
		STR_ARG(hint_clip(names[0], 60)), c->input_count ? "; its fields are " : "",
		hint_list(c->arena, c->input_names, c->input_count),
		hint_did_you_mean(c->arena, names[0], c->input_names, c->input_count));
}

static bool
find_step(struct check *c, struct str key, unsigned *ret_step)
{
	unsigned long long number;
	if (str_to_u64(key, DEFINITION_STEPS_MAX, &number)) { /* 1-based, as the page counts */
		if (number < 1 || number > c->step_count)
			return check_report(c, c->at, "unknown_step", "There is no step %llu; this workflow has %u.",
				number, c->step_count);
		*ret_step = (unsigned)number - 1;
		return true;
	}
	for (unsigned i = 0; i < c->step_count; i++)
		if (str_eq(c->keys[i], key)) {
			*ret_step = i;
			return true;
		}
	return check_report(c, c->at, "unknown_step", "Step `%.*s` does not exist.%s", STR_ARG(hint_clip(key, 60)),
		hint_did_you_mean(c->arena, key, c->keys, c->step_count));
}

/* What there is of a step: conditionals say which way they went, switches which case it was. */
static bool
offers(const struct check *c, unsigned step, struct str name)
{
	struct str kind = STR("");
	json_get_str(c->places[step].written, "kind", &kind);
	return str_is(name, "output") || str_is(name, "error") ||
	       (str_is(name, "branch") && str_is(kind, "conditional")) ||
	       (str_is(name, "case") && str_is(kind, "switch"));
}

/* steps.KEY.output…, step.N.output…, and .error; the canonical path, or false when that was reported. */
static bool
check_step_ref(
	struct check *c, const struct template_ref *ref, const struct str *names, unsigned count, struct str *ret_path)
{
	struct str path = ref->path;
	unsigned step = 0;
	if (count < 2)
		return check_report(
			c, c->at, "incomplete", "`%.*s` names no step. Write `steps.KEY.output`.", STR_ARG(path));
	if (!find_step(c, names[1], &step))
		return false;
	if (step_is_note(c->places[step].written))
		return check_report(c, c->at, "note", "`%.*s` is a note: it never runs and has no output.",
			STR_ARG(hint_clip(c->keys[step], 60)));
	struct str mine = c->step < c->step_count ? c->keys[c->step] : STR(""), other = c->keys[step];
	if (step == c->step)
		return check_report(c, c->at, "own_output",
			"Step `%.*s` cannot use its own output. Refer to an earlier step.", STR_ARG(mine));
	if (c->step < c->step_count && step < c->step && c->places[step].end > c->step)
		return check_report(c, c->at, "own_output",
			"Step `%.*s` is in `%.*s` and cannot use its output. Refer to an earlier step.",
			STR_ARG(hint_clip(mine, 40)), STR_ARG(hint_clip(other, 40)));
	if (!check_loop_outside(c, step))
		return false;
	if (c->coded && step < c->step && c->places[step].parent == NO_STEP && !check_precedes(c, step))
		return check_report(c, c->at, "not_before",
			"What the step `%.*s` gave is the code's to put in here: keep it, `const one = await "
			"ctx.step(\"%.*s\", …)`, and "
			"write `one.data`, or `${one.data}` in a text between backquotes.",
			STR_ARG(hint_clip(other, 40)), STR_ARG(hint_clip(other, 40)));
	if (step < c->step && !check_precedes(c, step))
		return check_report(c, c->at, "not_before",
			"Step `%.*s` does not wait for `%.*s`, so it cannot use its output. Name it in `needs`.",
			STR_ARG(hint_clip(mine, 40)), STR_ARG(hint_clip(other, 40)));
	if (step > c->step)
		return check_report(c, c->at, "later_step",
			"Step `%.*s` runs before `%.*s` and cannot use its output. Move `%.*s` up.",
			STR_ARG(hint_clip(mine, 40)), STR_ARG(hint_clip(other, 40)), STR_ARG(hint_clip(other, 40)));
	if (count < 3 || !offers(c, step, names[2]))
		return check_report(c, c->at, "unknown_field",
			"A step offers its output and its error. Write `steps.%.*s.output`.", STR_ARG(other));
	if (ref->alone && str_is(names[2], "output") && check_may_be_missing(c, step))
		check_report(c, c->at, "may_not_have_run",
			"Step `%.*s` does not always run, and then it has no output. Write what is used instead, such "
			"as "
			"`{{steps.%.*s.output || \"\"}}`.",
			STR_ARG(hint_clip(other, 40)), STR_ARG(hint_clip(other, 40)));
	struct str rest = after(path, names, 2);
	*ret_path = str_of(arena_printf(c->arena, "steps.%.*s%.*s", STR_ARG(other), STR_ARG(rest)));
	return true;
}

/* env.NAME: whether there is such a variable or secret is known when it is needed. */
static void
check_env(struct check *c, struct str path, const struct str *names, unsigned count)
{
	if (c->plain || c->shown)
		check_report(c, c->at, "env_here",
			"Variables and secrets cannot be used here: what this comes to is shown. Name one where a step "
			"needs it.");
	else if (count < 2)
		check_report(
			c, c->at, "incomplete", "`%.*s` names no variable or secret. Write `env.NAME`.", STR_ARG(path));
	else if (!definition_env_name_valid(names[1]))
		check_report(c, c->at, "unknown_env",
			"There is no variable or secret `%.*s`: their names hold letters, digits and `_`, and do not "
			"begin with a digit.",
			STR_ARG(hint_clip(names[1], 60)));
}

/* The names an input goes by, and how many names of the path they take. */
static unsigned
input_root(const struct str *names, unsigned count)
{
	static const char *const roots[] = {"input", "initial", "args"};
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
		if (str_is(names[0], roots[i]))
			return 1;
	return count > 1 && str_is(names[0], "workflow") && str_is(names[1], "input") ? 2 : 0;
}

/* What a model gives the tool, and variables and secrets; of the run it sees nothing. */
static void
check_tool_ref(
	struct check *c, struct str path, const struct str *names, unsigned count, unsigned root, struct str *ret_path)
{
	if (root)
		*ret_path = str_of(arena_printf(c->arena, "loop.item.input%.*s", STR_ARG(after(path, names, root))));
	else if (str_is(names[0], "env"))
		check_env(c, path, names, count);
	else if (count == 1)
		*ret_path = str_of(arena_printf(c->arena, "loop.item.input.%.*s", STR_ARG(path)));
	else
		check_report(c, c->at, "unknown_name",
			"`%.*s` cannot be named here: a tool knows `input`, what the model gives it, and `env`.",
			STR_ARG(hint_clip(path, 80)));
}

static bool
all_digits(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0;
}

/* In a path a dash belongs to a name: {{input.n-1}}, {{input.total-input.discount}} take nothing away. A step's key may hold one. */
static void
warn_of_dash(struct check *c, const struct template_ref *ref, const struct str *names, unsigned count)
{
	static const char *const roots[] = {"input", "steps", "env", "loop", "outputs", NULL};
	unsigned first = count > 1 && (str_is(names[0], "steps") || str_is(names[0], "step")) ? 2 : count > 1 ? 1 : 0;
	size_t skip = 0;
	for (unsigned i = 0; i < first; i++)
		skip += names[i].n + 1;
	for (size_t i = skip + 1; ref->plain && i + 1 < ref->path.n; i++) {
		struct str before = {ref->path.p, i}, rest = {ref->path.p + i + 1, ref->path.n - i - 1}, word = rest;
		const char *dot = memchr(rest.p, '.', rest.n);
		word.n = dot ? (size_t)(dot - rest.p) : rest.n;
		bool root = false;
		for (const char *const *name = roots; dot && *name; name++)
			root = root || str_is(word, *name);
		if (ref->path.p[i] != '-' || ref->path.p[i - 1] == '.' || (!root && !all_digits(word)))
			continue;
		check_warn(c, c->at, "dash", "`%.*s` is one name, dash and all. To subtract, write `%.*s - %.*s`.",
			STR_ARG(hint_clip(ref->path, 60)), STR_ARG(hint_clip(before, 60)),
			STR_ARG(hint_clip(rest, 60)));
		return;
	}
}

static bool
check_ref(void *with, const struct template_ref *ref, struct str *ret_path, struct err *err)
{
	static const struct str roots[] = {{"input", 5}, {"steps", 5}, {"env", 3}, {"outputs", 7}};
	struct check *c = with;
	struct str names[NAMES_READ], path = ref->path;
	unsigned count = split(path, names), root = input_root(names, count);
	(void)err;	  /* findings are reported, and the search goes on */
	*ret_path = path; /* when something is wrong with it nobody will read it */
	if (c->found >= FINDINGS_MAX)
		return true; /* hints cost time, and these would not be shown */
	warn_of_dash(c, ref, names, count);
	if (c->in_tool) {
		check_tool_ref(c, path, names, count, root, ret_path);
	} else if (root) {
		check_input(c, names + root, count - root, ref);
		struct str rest = after(path, names, root);
		*ret_path = str_of(arena_printf(c->arena, "input%.*s", STR_ARG(rest)));
	} else if (str_is(names[0], "steps") || str_is(names[0], "step")) {
		check_step_ref(c, ref, names, count, ret_path);
	} else if (str_is(names[0], "outputs")) {
		struct template_ref meant = *ref;
		if (check_output_path(c, path, &meant.path))
			check_step_ref(c, &meant, names, split(meant.path, names), ret_path);
	} else if (str_is(names[0], "env")) {
		check_env(c, path, names, count);
	} else if (str_is(names[0], "asked") && c->coded) {
		if (count < 2)
			check_report(c, c->at, "incomplete", "`asked` alone names nothing. Write `asked.NAME`.");
	} else if (str_is(names[0], "loop") && (count > 1 || check_in_loop(c))) {
		check_loop_ref(c, names + 1, count - 1);
	} else if (str_is(names[0], "poll") && (count > 1 || check_sees_poll(c))) {
		check_poll_ref(c, names + 1, count - 1);
	} else if (count == 1) {
		check_input(c, names, 1, ref);
		*ret_path = str_of(arena_printf(c->arena, "input.%.*s", STR_ARG(path)));
	} else {
		check_report(c, c->at, "unknown_name", "`%.*s` begins with neither `input`, `steps` nor `env`.%s",
			STR_ARG(hint_clip(path, 80)),
			hint_did_you_mean(c->arena, names[0], roots, sizeof roots / sizeof *roots));
	}
	return true;
}

static bool
has_expression(struct arena *arena, struct str text)
{
	const struct json value = {.type = JSON_STRING, .text = text};
	struct str *sources;
	unsigned count;
	return template_expressions(arena, &value, &sources, &count, NULL) && count > 0;
}

/* A name that is neither the run's nor JavaScript's: found here, not when the step begins. */
static void
check_stray(struct check *c, struct str text)
{
	static const struct str names[] = {{"input", 5}, {"steps", 5}, {"env", 3}, {"outputs", 7}, {"loop", 4}};
	struct str stray = template_stray(c->arena, text);
	if (stray.n == 0 || c->found >= FINDINGS_MAX)
		return;
	const char *near = hint_did_you_mean(c->arena, stray, names, sizeof names / sizeof *names);
	check_report(c, c->at, "unknown_name",
		"There is no `%.*s` in an expression; there are `input`, `steps`, `outputs` and `env`.%s%s",
		STR_ARG(hint_clip(stray, 60)), near,
		*near ? ""
		      : arena_printf(c->arena, " Write `input.%.*s` for an input.", STR_ARG(hint_clip(stray, 60))));
}

bool
check_string(void *with, struct str pointer, struct str text, struct json **ret_value, struct err *err)
{
	struct check *c = with;
	struct err own = {0};
	if (!c->shell)
		text = template_join(c->arena, text);
	struct str rewritten = text;
	(void)err;
	const char *place = c->step < c->step_count ? check_step_path(c, c->member) : c->member;
	c->at = arena_printf(c->arena, "%s%.*s", place, STR_ARG(hint_clip(pointer, PATH_SIZE - 40)));
	if (!template_rewrite(c->arena, text, check_ref, c, &rewritten, &own))
		check_report(c, c->at, "template", "%s", own.message);
	else
		check_stray(c, text);
	if (c->plain && has_expression(c->arena, rewritten))
		check_report(c, c->at, "expression",
			"Here templates are plain paths and `||`. Work it out in a transform step, and name its "
			"output.");
	*ret_value = json_new_str(c->arena, rewritten);
	return true;
}

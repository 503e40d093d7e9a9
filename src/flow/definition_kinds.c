/* What belongs to one kind of step: a prompt has its own checks in definition_check.c, the others are here. */
#include "base/time.h"
#include "flow/code_text.h"
#include "flow/definition_check.h"
#include "flow/expression.h"
#include "flow/hint.h"
#include "json/schema.h"

/* A value with templates, checked and rewritten where it stands. */
struct json *
check_value(struct check *c, const char *member, const struct json *value)
{
	struct json *canonical = NULL;
	struct err own = {0};
	c->member = member;
	if (!template_map(c->arena, value, check_string, c, &canonical, &own))
		check_report(c, check_step_path(c, member), "too_deep", "%s", own.message);
	c->member = "/input";
	return canonical ? canonical : json_new_null(c->arena);
}

static void
check_transform(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *value = json_get(step, "value");
	if (!value)
		check_report(c, check_step_path(c, ""), "required",
			"A transform step needs a value: any JSON, with templates.");
	else
		json_add(ret_step, STR("value"), check_value(c, "/value", value));
}

static bool
filled_later(struct str text)
{
	return memmem(text.p, text.n, "{{", 2) != NULL;
}

static bool
is_seconds(struct str text)
{
	struct json number = {.type = JSON_NUMBER, .text = text};
	double seconds;
	return json_to_double(&number, &seconds) && seconds >= 0 && seconds <= WAIT_SECONDS_MAX;
}

static void
check_wait(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *seconds = json_get(step, "seconds"), *until = json_get(step, "until");
	double number;
	if (json_get(step, "while")) {
		check_look(c, step, ret_step);
		return;
	}
	check_no_look(c, step);
	if (!seconds == !until) {
		check_report(c, check_step_path(c, ""), "required",
			"A wait step needs one of `seconds`, `until` and `while`, a condition.");
		return;
	}
	if (seconds && seconds->type != JSON_STRING &&
		(!json_to_double(seconds, &number) || number < 0 || number > WAIT_SECONDS_MAX))
		check_report(c, check_step_path(c, "/seconds"), "range",
			"This must be a number of seconds, 0 to %d, or a template.", WAIT_SECONDS_MAX);
	if (seconds && seconds->type == JSON_STRING && !filled_later(seconds->text) && !is_seconds(seconds->text))
		check_report(c, check_step_path(c, "/seconds"), "range",
			"`%.*s` is no number of seconds, 0 to %d, and holds no template.",
			STR_ARG(hint_clip(seconds->text, 40)), WAIT_SECONDS_MAX);
	int64_t us;
	if (until && until->type != JSON_STRING)
		check_report(c, check_step_path(c, "/until"), "type",
			"This must be a time such as `2027-01-31T08:00:00Z`, or a template.");
	else if (until && !filled_later(until->text) && !time_parse(until->text.p, until->text.n, &us))
		check_report(c, check_step_path(c, "/until"), "time",
			"`%.*s` is no time. Write the day, the time and its zone, such as `2027-01-31T08:00:00Z` or "
			"`2027-01-31T08:00:00+01:00`; for how long from now, `seconds`.",
			STR_ARG(hint_clip(until->text, 40)));
	if (seconds)
		json_add(ret_step, STR("seconds"), check_value(c, "/seconds", seconds));
	else
		json_add(ret_step, STR("until"), check_value(c, "/until", until));
}

static void
check_approval(struct check *c, const struct json *step, struct json *ret_step)
{
	const struct json *input = json_get(step, "input"), *form = json_get(step, "form");
	struct str type;
	struct schema *compiled;
	struct err own = {0};
	if (input && input->type != JSON_OBJECT)
		check_report(c, check_step_path(c, "/input"), "type",
			"This must be an object: what is shown to whoever decides.");
	else if (input)
		json_add(ret_step, STR("input"), check_value(c, "/input", input));
	if (!form)
		return;
	if (form->type != JSON_OBJECT || !json_get_str(form, "type", &type) || !str_is(type, "object"))
		check_report(c, check_step_path(c, "/form"), "type",
			"The form must be described by a JSON Schema with \"type\": \"object\".");
	else if (!schema_compile(c->arena, form, "", &compiled, &own))
		check_schema_fault(c, check_step_path(c, "/form"), &own);
}

static void
check_signal(struct check *c, const struct json *step, struct json *ret_step)
{
	struct str name = c->keys[c->step];
	const struct json *given = json_get(step, "signal");
	if (given && (!json_get_str(step, "signal", &name) || !check_key_valid(name)))
		check_report(c, check_step_path(c, "/signal"), "pattern",
			"The name of a signal begins with a small letter; small letters, digits, `_` and `-` follow.");
	json_add(ret_step, STR("signal"), json_new_str(c->arena, name));
}

/* Whether the code is JavaScript, the engine says: flow/definition_expressions.h. */
static void
check_code_env(struct check *c, struct str code)
{
	struct expression found;
	struct expression_fault fault;
	if (!expression_env(c->arena, code, &found, &fault))
		check_report(c, check_step_path(c, "/code"), "incomplete", "%s", fault.what);
	else if (code_text_read(code).idle)
		check_warn(c, check_step_path(c, "/code"), "returns_nothing",
			"This code returns nothing, so the step gives null. Write `return …`, one expression, or a "
			"function such as `(input) => input.n + 1`.");
}

void
check_function(struct check *c, const struct json *step, struct json *ret_step)
{
	static const char *const foreign[] = {"prompt", "model", "options"};
	struct str code;
	const struct json *input = json_get(step, "input");
	if (!json_get_str(step, "code", &code) || code.n == 0)
		check_report(c, check_step_path(c, json_get(step, "code") ? "/code" : ""), "required",
			"A function step needs code: the body of a function of `input`, such as `return input.n + 1`, "
			"or a function of it.");
	else if (code.n > FUNCTION_CODE_MAX)
		check_report(c, check_step_path(c, "/code"), "too_long", "The code is longer than %d bytes.",
			FUNCTION_CODE_MAX);
	else
		check_code_env(c, code);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (json_get(step, foreign[i]))
			check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", foreign[i])), "unknown_field",
				"A function step does not have this; there are input and code.");
	if (input && input->type != JSON_OBJECT)
		check_report(c, check_step_path(c, "/input"), "type",
			"This must be an object: what the function is given as `input`.");
	else
		json_add(ret_step, STR("input"), input ? check_value(c, "/input", input) : json_new_object(c->arena));
}

void
check_control(struct check *c, enum step_control control, const struct json *step, struct json *ret_step)
{
	switch (control) {
	case CONTROL_CALL:
		return;
	case CONTROL_TRANSFORM:
		check_transform(c, step, ret_step);
		return;
	case CONTROL_WAIT:
		check_wait(c, step, ret_step);
		return;
	case CONTROL_APPROVAL:
		check_approval(c, step, ret_step);
		return;
	case CONTROL_SIGNAL:
		check_signal(c, step, ret_step);
		return;
	case CONTROL_SEQUENTIAL:
	case CONTROL_PARALLEL:
		check_group(c, control, step, ret_step);
		return;
	case CONTROL_LOOP:
		check_loop(c, step, ret_step);
		return;
	case CONTROL_CONDITIONAL:
		check_conditional(c, step, ret_step);
		return;
	case CONTROL_SWITCH:
		check_switch(c, step, ret_step);
		return;
	case CONTROL_WORKFLOW:
		check_child(c, step, ret_step);
		return;
	}
}

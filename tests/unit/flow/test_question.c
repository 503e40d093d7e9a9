/* Conditions as they are written, and the one template that each becomes; and templates that stand side by side. */
#include "../support.h"

#include "flow/definition.h"
#include "flow/template.h"
#include "json/writer.h"

/* The condition of a step; what is wrong with it after "! ". */
static const char *
kept(struct str written)
{
	struct json *step = json_new_object(arena), *steps = json_new_array(arena), *flow = json_new_object(arena),
		    *made;
	struct err err = {0};
	json_add(step, STR("key"), json_new_str(arena, STR("a")));
	json_add(step, STR("kind"), json_new_str(arena, STR("transform")));
	json_add(step, STR("value"), json_new_int(arena, 1));
	json_add(step, STR("condition"), json_new_str(arena, written));
	json_push(steps, step);
	json_add(flow, STR("type"), json_new_str(arena, STR("flow")));
	json_add(flow, STR("steps"), steps);
	if (!definition_check(arena, flow, "", NULL, 0, &made, &err))
		return arena_printf(arena, "! %s", err.issues[0].message);
	return json_get(json_get(made, "steps")->child, "condition")->text.p;
}

static void
what_is_written_becomes_one_template(void **state)
{
	static const char *const cases[][2] = {
		{"{{input.a}}", "{{input.a}}"},
		{" {{ input.a }} ", "{{input.a}}"},
		{"input.a || input.b", "{{input.a || input.b}}"},
		{"{{input.a}} || {{input.b}}", "{{(input.a) || (input.b)}}"},
		{"{{input.a}} > 5", "{{(input.a) > 5}}"},
		{"{{input.a ? 1 : 0}} + 1", "{{(input.a ? 1 : 0) + 1}}"},
		{"{{ \"}}\" == input.a }}", "{{\"}}\" == input.a}}"},
		/* a template in quotes puts its value there */
		{"'{{input.env}}' == 'prod'", "{{`${input.env}` == 'prod'}}"},
		{"\"{{input.env}}\" == \"prod\"", "{{`${input.env}` == \"prod\"}}"},
		{"'{{args.a}}' === '{{ input.x }}-1'", "{{`${input.a}` === `${ input.x }-1`}}"},
		{"{{ '{{input.env}}' == 'prod' }}", "{{`${input.env}` == 'prod'}}"},
		{"{{input.a}} == 'a`${b}\\'{{input.b}}\\n'", "{{(input.a) == `a\\`\\${b}\\'${input.b}\\n`}}"},
		{"`{{input.a}}-${input.b}-{{input.c}}` == 'x'", "{{`${input.a}-${input.b}-${input.c}` == 'x'}}"},
		/* braces of their own */
		{"{{input.a}} == '\\{{x}}'", "{{(input.a) == '\\{{x}}'}}"},
		/* quotes elsewhere open nothing */
		{"{{input.a}}.match(/'/) && {{input.b}}", "{{(input.a).match(/'/) && (input.b)}}"},
		{"{{input.a}} /* it's */ == {{input.b}}", "{{(input.a) /* it's */ == (input.b)}}"},
		{"/{{input.a}}/.test({{input.b}})",
			"! A template cannot stand in a regular expression. Write `new RegExp({{…}})`."},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *once = kept(str_of(cases[i][0]));
		assert_string_equal(once, cases[i][1]);
		if (*once != '!')
			assert_string_equal(kept(str_of(once)), once);
	}
}

static void
templates_side_by_side_are_one_with_fallbacks(void **state)
{
	static const char *const cases[][2] = {
		{"{{a}} || {{b}}", "{{a || b}}"},
		{"{{ a }}||{{ b || c }} || {{ 'x' }}", "{{a || b || c || 'x'}}"},
		{"{{ a ? b : c }} || {{ 'x' }}", "{{(a ? b : c) || ('x')}}"},
		{"{{ a ?? null }} || {{ b }}", "{{(a ?? null) || (b)}}"},
		{"{{ 'x' }} || {{ a }}", "{{('x') || (a)}}"},
		{"{{a}} || {{b}}.", "{{a}} || {{b}}."},
		{"{{a}} || b", "{{a}} || b"},
		{"x {{a}} || {{b}}", "x {{a}} || {{b}}"},
		{"{{a}} || || {{b}}", "{{a}} || || {{b}}"},
		{"{{a}}{{b}}", "{{a}}{{b}}"},
		{"{{a || b || c}}", "{{a || b || c}}"},
		{"{{a}} || {{", "{{a}} || {{"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(arena_strz(arena, template_join(arena, str_of(cases[i][0]))), cases[i][1]);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_becomes_one_template),
		TEST(templates_side_by_side_are_one_with_fallbacks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

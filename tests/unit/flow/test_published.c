/* What a workflow publishes: which steps it names, and what it says before they have ended. */
#include "../support.h"

#include "flow/published.h"
#include "json/writer.h"

static void
steps_are_named_once_each(void **state)
{
	(void)state;
	struct str *keys;
	unsigned count;
	struct err err = {0};
	assert_true(published_steps(arena,
		doc("{\"a\": \"{{steps.one.output}} {{steps.two.output.n || 'x'}}\", \"b\": "
		    "[\"{{steps.one.output.m}}\", 7],"
		    " \"c\": \"{{input.steps.three}}\", \"d\": \"steps.four\"}"),
		&keys, &count, &err));
	assert_int_equal(count, 2);
	assert_true(str_is(keys[0], "one") && str_is(keys[1], "two"));
}

static void
what_is_not_there_yet_is_null(void **state)
{
	(void)state;
	const struct json *published =
		doc("{\"n\": \"{{steps.one.output.n}}\", \"text\": \"{{steps.one.output.n}} of {{input.all}}\","
		    " \"later\": \"{{steps.two.output}}\", \"both\": {\"a\": \"{{steps.two.output}}\", \"b\": "
		    "\"{{input.all}}\"},"
		    " \"else\": \"{{steps.two.output || 'none'}}\", \"said\": true, \"half\": \"got "
		    "{{steps.two.output}}\"}");
	const struct json *root = doc("{\"input\": {\"all\": 3}, \"steps\": {\"one\": {\"output\": {\"n\": 1}}}}");
	assert_string_equal(json_text(arena, published_fill(arena, published, root)).p,
		"{\"n\":1,\"text\":\"1 of "
		"3\",\"later\":null,\"both\":{\"a\":null,\"b\":3},\"else\":\"none\",\"said\":true,\"half\":null}");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(steps_are_named_once_each),
		TEST(what_is_not_there_yet_is_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

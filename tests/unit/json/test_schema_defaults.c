/* What a schema fills in where something is left out, and what it leaves alone. */
#include "../support.h"

#include "json/schema_defaults.h"
#include "json/writer.h"

static const char *
filled(const char *schema, const char *value)
{
	const struct json *result;
	struct err err = {0};
	if (!schema_fill(arena, doc(schema), doc(value), &result, &err))
		return arena_strdup(arena, err.message);
	return json_text(arena, result).p;
}

static void
members_that_are_left_out_get_their_defaults(void **state)
{
	static const struct {
		const char *schema, *value, *filled;
	} cases[] = {
		{"{\"properties\": {\"n\": {\"default\": 4}, \"m\": {}}}", "{}", "{\"n\":4}"},
		{"{\"properties\": {\"n\": {\"default\": 4}}}", "{\"n\": 0}", "{\"n\":0}"},
		{"{\"properties\": {\"n\": {\"default\": 4}}}", "{\"n\": null}", "{\"n\":null}"},
		{"{\"properties\": {\"n\": {\"default\": null}}}", "{\"m\": 1}", "{\"m\":1,\"n\":null}"},
		{"{\"properties\": {\"o\": {\"properties\": {\"n\": {\"default\": [1]}}}}}", "{}", "{}"},
		{"{\"properties\": {\"o\": {\"properties\": {\"n\": {\"default\": [1]}}}}}", "{\"o\": {}}",
			"{\"o\":{\"n\":[1]}}"},
		{"{\"properties\": {\"o\": {\"default\": {}, \"properties\": {\"n\": {\"default\": 1}}}}}", "{}",
			"{\"o\":{\"n\":1}}"},
		{"{\"properties\": {\"l\": {\"items\": {\"properties\": {\"n\": {\"default\": 1}}}}}}",
			"{\"l\": [{}, {\"n\": 2}, 3]}", "{\"l\":[{\"n\":1},{\"n\":2},3]}"},
		{"{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"properties\": {\"n\": {\"default\": 1}}}}}", "{}",
			"{\"n\":1}"},
		{"{\"allOf\": [{\"properties\": {\"n\": {\"default\": 1}}}, {\"properties\": {\"n\": {\"default\": "
		 "2}}}]}",
			"{}", "{\"n\":1}"},
		{"{\"anyOf\": [{\"properties\": {\"n\": {\"default\": 1}}}]}", "{}", "{}"},
		{"{\"properties\": {\"n\": {\"default\": 1}, \"x\": true}}", "[1]", "[1]"},
		{"true", "{}", "{}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(filled(cases[i].schema, cases[i].value), cases[i].filled);
}

static void
what_was_given_is_not_changed(void **state)
{
	(void)state;
	struct json *given = doc("{\"o\": {}}");
	const struct json *result;
	assert_true(schema_fill(arena, doc("{\"properties\": {\"o\": {\"properties\": {\"n\": {\"default\": 1}}}}}"),
		given, &result, NULL));
	assert_string_equal(json_text(arena, given).p, "{\"o\":{}}");
	assert_string_equal(json_text(arena, result).p, "{\"o\":{\"n\":1}}");
}

/* A short schema can ask for more than there is memory. */
static void
what_is_filled_in_is_bounded(void **state)
{
	(void)state;
	assert_non_null(
		strstr(filled("{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"properties\": {\"x\": {\"$ref\": "
			      "\"#/$defs/a\", \"default\": {}}, \"y\": {\"$ref\": \"#/$defs/a\", \"default\": "
			      "{}}}}}}",
			       "{}"),
			"too large"));
	char *schema = arena_strdup(arena, "{\"properties\": {\"z\": {\"default\": 1}}, \"$defs\": {");
	for (int i = 0; i < 40; i++)
		schema = arena_printf(arena,
			"%s\"a%d\": {\"allOf\": [{\"$ref\": \"#/$defs/a%d\"}, {\"$ref\": \"#/$defs/a%d\"}]}, ", schema,
			i, i + 1, i + 1);
	schema = arena_printf(arena, "%s\"a40\": {}}, \"$ref\": \"#/$defs/a0\"}", schema);
	assert_non_null(strstr(filled(schema, "{}"), "too large"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(members_that_are_left_out_get_their_defaults),
		TEST(what_was_given_is_not_changed),
		TEST(what_is_filled_in_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Equality as JSON Schema means it, and pointers. */
#include "json/json.h"

#include "../support.h"

static struct json *
read_z(const char *text)
{
	struct json *doc = NULL;
	assert_true(json_read(arena, str_of(text), &json_limits_request, &doc, NULL));
	return doc;
}

static void
equal_values_are_equal_however_they_are_written(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {{"1", "1.0"}, {"100", "1e2"}, {"0", "-0.0"}, {"0.1", "1e-1"},
		{"{\"a\":1,\"b\":[2,{\"c\":3}]}", "{\"b\":[2.0,{\"c\":30e-1}],\"a\":1}"}, {"\"\\u0041\"", "\"A\""},
		{"[]", "[]"}, {"123456789012345678901234567890", "12345678901234567890123456789e1"}};
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		assert_true(json_equal(read_z(pairs[i][0]), read_z(pairs[i][1])));
}

static void
different_values_are_ordered_the_same_way_from_both_sides(void **state)
{
	(void)state;
	static const char *const values[] = {"null", "false", "true", "0", "1", "-1", "0.1", "0.10000000000000000001",
		"10", "2", "9007199254740993", "9007199254740992", "1e400", "1e401", "-1e400", "\"\"", "\"a\"", "\"b\"",
		"\"ab\"", "\"1\"", "[]", "[1]", "[1,2]", "[2,1]", "[[1],2]", "[[2],1]", "{}", "{\"a\":1}", "{\"a\":2}",
		"{\"b\":1}", "{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}", "{\"a\":[]}", "{\"a\":{}}"};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
			const struct json *a = read_z(values[i]), *b = read_z(values[k]);
			assert_int_equal(json_equal(a, b), i == k);
			int there = json_order(a, b), back = json_order(b, a);
			assert_true((there < 0) == (back > 0) && (there == 0) == (back == 0));
		}
}

static void
a_pointer_finds_what_rfc_6901_says(void **state)
{
	(void)state;
	const struct json *doc =
		read_z("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"m~n\":8,\"~1\":9,\"o\":{\"01\":5}}");
	assert_ptr_equal(json_pointer(doc, STR("")), doc);
	assert_ptr_equal(json_pointer(doc, STR("/foo")), json_get(doc, "foo"));
	assert_true(str_is(json_pointer(doc, STR("/foo/1"))->text, "baz"));
	assert_true(str_is(json_pointer(doc, STR("/"))->text, "0"));
	assert_true(str_is(json_pointer(doc, STR("/a~1b"))->text, "1"));
	assert_true(str_is(json_pointer(doc, STR("/c%d"))->text, "2"));
	assert_true(str_is(json_pointer(doc, STR("/m~0n"))->text, "8"));
	assert_true(str_is(json_pointer(doc, STR("/~01"))->text, "9"));
	assert_true(str_is(json_pointer(doc, STR("/o/01"))->text, "5"));
	static const char *const nowhere[] = {"foo", "/foo/2", "/foo/01", "/foo/-", "/foo/-1", "/foo/", "/foo/0/0",
		"/m~n", "/m~2n", "/a/b", "/none", "/foo/99999999999999999999", "//"};
	for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++)
		assert_null(json_pointer(doc, str_of(nowhere[i])));
	assert_null(json_pointer(NULL, STR("/a")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_values_are_equal_however_they_are_written),
		cmocka_unit_test(different_values_are_ordered_the_same_way_from_both_sides),
		cmocka_unit_test(a_pointer_finds_what_rfc_6901_says),
	};
	arena = arena_new();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}

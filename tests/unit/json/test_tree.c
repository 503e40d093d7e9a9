/* Trees: looking finds or says no, building keeps the order, copies stand alone. */
#include "json/json.h"

#include "../support.h"
#include <math.h>

#include "json/writer.h"

static struct json *
read_z(const char *text)
{
	struct json *doc = NULL;
	assert_true(json_read(arena, str_of(text), &json_limits_request, &doc, NULL));
	return doc;
}

static void
looking_for_what_is_not_there_says_no(void **state)
{
	(void)state;
	struct json *doc = read_z("{\"s\":\"x\",\"n\":5,\"b\":false,\"l\":[1],\"z\":null}");
	struct str text;
	int64_t number;
	double real;
	bool yes = true;
	assert_true(json_get_str(doc, "s", &text) && str_is(text, "x"));
	assert_true(json_get_int(doc, "n", &number) && number == 5);
	assert_true(json_get_bool(doc, "b", &yes) && !yes);
	assert_int_equal(json_get(doc, "z")->type, JSON_NULL);
	assert_null(json_get(doc, "none"));
	assert_null(json_get(NULL, "s"));
	assert_null(json_get(json_get(doc, "l"), "s"));
	assert_false(json_get_str(doc, "n", &text));
	assert_false(json_get_str(NULL, "n", &text));
	assert_false(json_get_int(doc, "s", &number));
	assert_false(json_get_double(doc, "s", &real));
	assert_false(json_get_bool(doc, "z", &yes));
	assert_non_null(json_at(json_get(doc, "l"), 0));
	assert_null(json_at(json_get(doc, "l"), 1));
	assert_null(json_at(doc, 0));
	assert_false(json_to_int(NULL, &number));
}

static void
whole_numbers_are_read_in_any_spelling_and_never_rounded(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t value;
	} whole[] = {{"0", 0}, {"-0", 0}, {"0.000", 0}, {"0e999999999999999999999", 0}, {"10", 10}, {"1e1", 10},
		{"10.0", 10}, {"1000e-2", 10}, {"0.1E+2", 10}, {"-12.50e1", -125}, {"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN}, {"922337203685477580.7e1", INT64_MAX},
		{"9007199254740993", 9007199254740993}};
	int64_t value;
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
		assert_true(json_to_int(read_z(whole[i].text), &value));
		assert_int_equal(value, whole[i].value);
	}
	static const char *const refused[] = {"0.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19",
		"1e999999999", "1e99999999999999999999", "1e-99999999999999999999", "\"1\"", "true", "[1]"};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_false(json_to_int(read_z(refused[i]), &value));
}

static void
doubles_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	double value;
	assert_true(json_to_double(read_z("0.1"), &value) && memcmp(&value, &(double){0.1}, sizeof value) == 0);
	assert_true(json_to_double(read_z("1.7976931348623157e308"), &value));
	assert_true(json_to_double(read_z("5e-324"), &value) && value > 0);
	assert_true(json_to_double(read_z("0e9999999999"), &value) && fpclassify(value) == FP_ZERO);
	assert_false(json_to_double(read_z("1e309"), &value));
	assert_false(json_to_double(read_z("-1e999999999999999"), &value));
	assert_false(json_to_double(read_z("1e-400"), &value));
	/* 2^53 + 1 + a little: the last digit decides which way it is rounded */
	char text[2000] = "9007199254740993.";
	memset(text + 17, '0', 1500);
	strcpy(text + 1517, "1");
	assert_true(json_to_double(read_z(text), &value));
	assert_true(value > 9007199254740993.0);
}

static void
what_is_built_is_written_in_order(void **state)
{
	(void)state;
	struct json *doc = json_new_object(arena), *list = json_new_array(arena);
	json_add(doc, STR("list"), list);
	json_push(list, json_new_int(arena, INT64_MIN));
	json_push(list, json_new_double(arena, 0.1));
	json_push(list, json_new_double(arena, NAN));
	json_push(list, json_new_bool(arena, true));
	json_push(list, json_new_null(arena));
	json_add(doc, STR("text"), json_new_str(arena, STR("x\n")));
	json_add(doc, STR("empty"), json_new_object(arena));
	assert_int_equal(doc->count, 3);
	assert_string_equal(json_text(arena, doc).p,
		"{\"list\":[-9223372036854775808,0.1,null,true,null],\"text\":\"x\\n\",\"empty\":{}}");
}

static void
a_copy_outlives_what_it_was_made_from(void **state)
{
	(void)state;
	const char *text = "{\"a\":[1,{\"b\":[[],{}]},\"x\"],\"c\":{\"d\":null,\"e\":\"\"}}";
	struct arena *other = arena_new();
	struct json *doc = NULL;
	assert_true(json_read(other, str_of(text), &json_limits_request, &doc, NULL));
	struct json *copy = json_copy(arena, doc);
	struct json *member = json_copy(arena, json_get(doc, "a"));
	struct json *shared = json_share(other, doc);
	assert_ptr_equal(json_at(json_get(shared, "a"), 2)->text.p, json_at(json_get(doc, "a"), 2)->text.p);
	assert_string_equal(json_text(other, shared).p, text);
	arena_free(other);
	assert_string_equal(json_text(arena, copy).p, text);
	assert_null(member->next);
	assert_non_null(json_get(json_get(copy, "c"), "e")->text.p);
	assert_string_equal(json_text(arena, member).p, "[1,{\"b\":[[],{}]},\"x\"]");
}

static void
copying_does_not_recurse(void **state)
{
	(void)state;
	struct json *doc = json_new_array(arena), *at = doc;
	for (int i = 0; i < 200000; i++) {
		struct json *deeper = json_new_array(arena);
		json_push(at, deeper);
		at = deeper;
	}
	assert_true(json_equal(json_copy(arena, doc), doc));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(looking_for_what_is_not_there_says_no, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			whole_numbers_are_read_in_any_spelling_and_never_rounded, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(doubles_that_do_not_fit_are_refused, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_is_built_is_written_in_order, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_copy_outlives_what_it_was_made_from, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(copying_does_not_recurse, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

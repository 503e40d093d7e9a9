/* The reader: what it takes, what it refuses, and that every refusal names its place. */
#include "../support.h"

#include "json/json.h"

#include <stdio.h>

#include "json/writer.h"

static struct err err;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	err_clear(&err);
	return 0;
}

static struct json *
read_with(struct str text, const struct json_limits *limits)
{
	struct json *doc = NULL;
	err_clear(&err);
	return json_read(arena, text, limits, &doc, &err) ? doc : NULL;
}

static struct json *
read_z(const char *text)
{
	return read_with(str_of(text), &json_limits_request);
}

static void
what_is_read_is_written_again_unchanged(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"null",
		"true",
		"0",
		"-0",
		"\"\"",
		"[]",
		"{}",
		"[[],{},[[{\"a\":[]}]]]",
		"{\"b\":1,\"a\":2,\"\":3}",
		"[1.0,1e5,1E+5,0.10,123456789012345678901234567890,1e999999999999]",
		"[\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\",\"/\xc3\xa9\xf0\x9f\x98\x80\x7f\"]",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct json *doc = read_z(texts[i]);
		assert_non_null(doc);
		assert_string_equal(json_text(arena, doc).p, texts[i]);
	}
}

static void
escapes_are_decoded(void **state)
{
	(void)state;
	struct json *doc = read_z(" [ \"\\u0041\\/\\u00e9\\u20AC\\ud83d\\uDE00\" ] ");
	assert_non_null(doc);
	assert_true(str_is(doc->child->text, "A/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
}

static void
every_refusal_names_its_line_and_column(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned line, column;
	} cases[] = {
		/* nothing there, or more than one value */
		{"", 1, 1},
		{" \n\t ", 1, 1},
		{"\xef\xbb\xbf{}", 1, 1},
		{"1 2", 1, 3},
		{"{} x", 1, 4},
		{"[1],", 1, 4},
		{"\"a\" \"b\"", 1, 5},
		{"{}\n// comment", 2, 1},
		/* the end comes too soon */
		{"[", 1, 2},
		{"{\"a\":1", 1, 7},
		{"{\"a\":", 1, 6},
		{"[1,\n", 2, 1},
		{"[\"ab", 1, 2},
		{"{\"a\":\n  \"b\\\"}", 2, 3},
		/* structure */
		{"[1,,2]", 1, 4},
		{"[1,]", 1, 4},
		{"[,1]", 1, 2},
		{"{\"a\":1,}", 1, 8},
		{"{,}", 1, 2},
		{"{\"a\" 1}", 1, 6},
		{"{\"a\":}", 1, 6},
		{"{\"a\"}", 1, 5},
		{"{\"a\"::1}", 1, 6},
		{"{\"a\",1}", 1, 5},
		{"{1:2}", 1, 2},
		{"{a:2}", 1, 2},
		{"{a\":1}", 1, 2},
		{"[1 2]", 1, 4},
		{"{\"a\":1 \"b\":2}", 1, 8},
		{"[1}", 1, 3},
		{"]", 1, 1},
		{"['a']", 1, 2},
		{"[\n1 /* x */]", 2, 3},
		/* words and numbers */
		{"nul", 1, 1},
		{"[NaN]", 1, 2},
		{"[Infinity]", 1, 2},
		{"[-Infinity]", 1, 2},
		{"[True]", 1, 2},
		{"[undefined]", 1, 2},
		{"[01]", 1, 3},
		{"[+1]", 1, 2},
		{"[1.]", 1, 2},
		{"[.5]", 1, 2},
		{"[1e]", 1, 2},
		{"[-]", 1, 2},
		{"-", 1, 1},
		{"[0x10]", 1, 3},
		/* strings; columns count characters */
		{"[\"\xc3\xa9\xc3\xa9\", \"\\x\"]", 1, 9},
		{"{\n \"a\": 1,\n\t\"\xc3\xa9\": x}", 3, 7},
		{"[\"\\u12g4\"]", 1, 3},
		{"[\"\\u12", 1, 3},
		{"[\"\\u0000\"]", 1, 3},
		{"[\"ab\\ud800\"]", 1, 5},
		{"[\"\\ud800\\u0041\"]", 1, 3},
		{"[\"\\ud800\\ud800\"]", 1, 3},
		{"[\"\\udc00\"]", 1, 3},
		{"{\"\\ud83d\": 1}", 1, 3},
		{"[\"a\nb\"]", 1, 4},
		{"[\"a\tb\"]", 1, 4},
		{"[\"a\x01\"]", 1, 4},
		/* encoding */
		{"\xff", 1, 1},
		{"[\"\xc0\xaf\"]", 1, 3},
		{"[\"\xed\xa0\x80\"]", 1, 3},
		{"[\"ok\", \"\xf5\x80\x80\x80\"]", 1, 9},
		{"[\"\xc3", 1, 3},
		/* equal keys: the later one */
		{"{\"a\":1,\"a\":2}", 1, 8},
		{"{\"a\":1,\n\"b\":{\"c\":1, \"c\":2}}", 2, 13},
		{"{\"a\":1,\"\\u0061\":2}", 1, 8},
		/* of two faults the first */
		{"[x, \"\\ud800\"]", 1, 2},
		{"[\"\\ud800\", x]", 1, 3},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct json *doc = read_z(cases[i].text);
		if (doc || err.line != cases[i].line || err.column != cases[i].column)
			fail_msg("%s: %u:%u %s, expected %u:%u", cases[i].text, err.line, err.column,
				doc ? "accepted" : err.message, cases[i].line, cases[i].column);
		assert_int_equal(err.code, ERR_MALFORMED);
		assert_true(err.message[0] != '\0');
	}
}

static void
nothing_is_set_when_it_fails(void **state)
{
	(void)state;
	struct json *doc = (struct json *)&err;
	assert_false(json_read(arena, STR("[1"), &json_limits_request, &doc, &err));
	assert_ptr_equal(doc, &err);
	assert_false(json_read(arena, STR("[1"), &json_limits_request, &doc, NULL));
}

static void
a_zero_byte_is_refused_anywhere(void **state)
{
	(void)state;
	assert_null(read_with((struct str){"[1]\0", 4}, &json_limits_request));
	assert_int_equal(err.column, 4);
	assert_null(read_with((struct str){"[\"a\0b\"]", 7}, &json_limits_request));
	assert_int_equal(err.column, 4);
}

static void
the_caps_are_exact(void **state)
{
	(void)state;
	const struct json_limits limits = {.bytes = 20, .depth = 3, .nodes = 4};
	assert_non_null(read_with(STR("[[[]]]"), &limits));
	assert_null(read_with(STR("[[[[]]]]"), &limits));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(err.column, 4);
	assert_non_null(read_with(STR("[1,2,3]"), &limits));
	assert_null(read_with(STR("[1,2,3,4]"), &limits));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(err.column, 8);
	assert_non_null(read_with(STR("\"123456789012345678\""), &limits));
	assert_null(read_with(STR("\"1234567890123456789\""), &limits));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void
deep_nesting_fails_at_the_cap(void **state)
{
	(void)state;
	static char text[100000];
	memset(text, '[', sizeof text);
	assert_null(read_with((struct str){text, sizeof text}, &json_limits_request));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(err.column, 65);
	for (size_t i = 0; i + 5 <= sizeof text; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	assert_null(read_with((struct str){text, sizeof text}, &json_limits_request));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void
equal_keys_are_found_in_large_objects(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add_char(&text, '{');
	for (int i = 0; i < 60000; i++)
		buf_printf(&text, "\"key%d\":%d,", i, i);
	size_t n = text.n;
	buf_add_z(&text, "\"last\":0}");
	assert_non_null(read_with(buf_str(&text), &json_limits_request));
	text.n = n;
	buf_add_z(&text, "\n\"key777\":0}");
	assert_null(read_with(buf_str(&text), &json_limits_request));
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 1);
	buf_release(&text);
}

static void
nodes_know_where_they_stand(void **state)
{
	(void)state;
	struct json *doc = read_z("{\n  \"a\" : [ 1,\n\"x\" ] }");
	assert_non_null(doc);
	assert_int_equal(doc->line, 1);
	assert_int_equal(doc->column, 1);
	const struct json *a = json_get(doc, "a");
	assert_int_equal(a->line, 2);
	assert_int_equal(a->column, 3);
	assert_int_equal(json_at(a, 0)->column, 11);
	assert_int_equal(json_at(a, 1)->line, 3);
	assert_int_equal(json_at(a, 1)->column, 1);
}

static void
the_tree_does_not_need_the_text(void **state)
{
	(void)state;
	char text[] = "{\"key\":[\"value\",12]}";
	struct json *doc = read_z(text);
	memset(text, 'x', sizeof text - 1);
	assert_string_equal(json_text(arena, doc).p, "{\"key\":[\"value\",12]}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_read_is_written_again_unchanged, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(escapes_are_decoded, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(every_refusal_names_its_line_and_column, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(nothing_is_set_when_it_fails, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(a_zero_byte_is_refused_anywhere, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(the_caps_are_exact, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(deep_nesting_fails_at_the_cap, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(equal_keys_are_found_in_large_objects, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(nodes_know_where_they_stand, set_up, arena_teardown),
		cmocka_unit_test_setup_teardown(the_tree_does_not_need_the_text, set_up, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

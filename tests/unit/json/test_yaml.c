/* YAML: the core schema of 1.2, and what is refused, with its place. */
#include "../support.h"

#include "json/yaml.h"

#include <stdio.h>

#include "json/writer.h"

static struct err err;

static const char *
json_of(const char *yaml)
{
	struct json *doc;
	err_clear(&err);
	if (!yaml_read(arena, str_of(yaml), &json_limits_request, &doc, &err))
		return err.message;
	return json_text(arena, doc).p;
}

static void
yaml_becomes_the_json_it_means(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"a: 1\nb:\n  - x\n  - {c: d}\n", "{\"a\":1,\"b\":[\"x\",{\"c\":\"d\"}]}"},
		{"a:\nb: ''\nc:\n  -\n", "{\"a\":null,\"b\":\"\",\"c\":[null]}"},
		{"[null, Null, ~, true, False, yes, on, 'true', \"1\"]",
			"[null,null,null,true,false,\"yes\",\"on\",\"true\",\"1\"]"},
		{"[0, -7, +07, 0o17, 0x1F, 0xffffffffffffffff]", "[0,-7,7,15,31,18446744073709551615]"},
		{"[1.5, .5, 1., -.5e3, +1E-2, 1e3, 007.50]", "[1.5,0.5,1,-0.5e3,1E-2,1e3,7.50]"},
		{"[1.2.3, 1e, 0x, 0o8, 0xg, '-', 12:30, 2026-11-21, .]",
			"[\"1.2.3\",\"1e\",\"0x\",\"0o8\",\"0xg\",\"-\",\"12:30\",\"2026-11-21\",\".\"]"},
		{"a: &x [1, {k: v}]\nb: *x\nc: [*x, *x]", "{\"a\":[1,{\"k\":\"v\"}],\"b\":[1,{\"k\":\"v\"}],\"c\":[[1,{"
							  "\"k\":\"v\"}],[1,{\"k\":\"v\"}]]}"},
		{"a: &x 1\nb: &x 2\nc: *x", "{\"a\":1,\"b\":2,\"c\":2}"},
		{"[!!str 5, !!int '5', !!float 5, !!bool 'true', !!null '', ! 5, !!seq [], !!map {}]",
			"[\"5\",5,5,true,null,\"5\",[],{}]"},
		{"a: |\n  line 1\n  line 2\nb: >\n  folded\n  text\n",
			"{\"a\":\"line 1\\nline 2\\n\",\"b\":\"folded text\\n\"}"},
		{"\xef\xbb\xbf"
		 "a: \xc3\xa9 # comment",
			"{\"a\":\"\xc3\xa9\"}"},
		{"'1': a\n'': b", "{\"1\":\"a\",\"\":\"b\"}"},
		{"--- x\n...\n", "\"x\""},
		{"\"<<\": 1", "{\"<<\":1}"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(json_of(cases[i][0]), cases[i][1]);
}

static void
every_refusal_names_its_line_and_column(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned line, column;
	} cases[] = {
		{"", 1, 1},
		{"# only a comment", 1, 1},
		{"a: 1\nb: 2\na: 3", 3, 1},
		{"x: {b: 1, b: 2}", 1, 11},
		{"a: 1\n2: b", 2, 1},
		{"true: b", 1, 1},
		{"? [a]\n: b", 1, 3},
		{"? {a: b}\n: c", 1, 3},
		{"base: &b {x: 1}\nuse:\n  <<: *b", 3, 3},
		{"a: !custom x", 1, 4},
		{"a: !!binary eA==", 1, 4},
		{"a: !!int x", 1, 4},
		{"a: !!int 1.5", 1, 4},
		{"a: !!null x", 1, 4},
		{"a: !!map [1]", 1, 4},
		{"- .inf", 1, 3},
		{"- -.INF", 1, 3},
		{"- .nan", 1, 3},
		{"- 0x1ffffffffffffffff", 1, 3},
		{"a: b\n--- \nc", 2, 1},
		{"a: *nowhere", 1, 4},
		{"a: &x [1, *x]", 1, 11},
		{"a: \"\\0\"", 1, 4},
		{"a: \"\xc3\xa9\xff\"", 1, 6},
		{"a: [1, 2", 2, 1},
		{"\tb: 1", 1, 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct json *doc;
		err_clear(&err);
		bool ok = yaml_read(arena, str_of(cases[i].text), &json_limits_request, &doc, &err);
		/* Where libyaml notices the end of a text without a last line end is its own business. */
		bool place = err.line == cases[i].line && err.column == cases[i].column;
		bool at_end = i == 24 && err.code == ERR_MALFORMED;
		if (ok || (!place && !at_end))
			fail_msg("%s: %u:%u %s, expected %u:%u", cases[i].text, err.line, err.column,
				ok ? "accepted" : err.message, cases[i].line, cases[i].column);
		assert_int_equal(err.code, ERR_MALFORMED);
	}
}

static void
aliases_cannot_grow_past_the_caps(void **state)
{
	(void)state;
	struct json *doc;
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_add_z(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 12; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&text, "*a%d,", i - 1);
		buf_add_z(&text, "]\n");
	}
	assert_false(yaml_read(arena, buf_str(&text), &json_limits_request, &doc, &err));
	assert_int_equal(err.code, ERR_LIMIT);

	/* A long text through many aliases: few nodes, many bytes. */
	buf_clear(&text);
	buf_add_z(&text, "a: &a \"");
	for (int i = 0; i < 10000; i++)
		buf_add_z(&text, "0123456789");
	buf_add_z(&text, "\"\nb:\n");
	for (int i = 0; i < 20; i++)
		buf_add_z(&text, "- *a\n");
	assert_false(yaml_read(arena, buf_str(&text), &json_limits_request, &doc, &err));
	assert_int_equal(err.code, ERR_LIMIT);

	buf_clear(&text);
	buf_add_z(&text, "a: &a 1\nb:\n");
	for (int i = 0; i < 1001; i++)
		buf_add_z(&text, "- *a\n");
	assert_false(yaml_read(arena, buf_str(&text), &json_limits_request, &doc, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	buf_release(&text);
}

static void
aliases_count_for_depth(void **state)
{
	(void)state;
	const struct json_limits limits = {.bytes = 1000, .depth = 4, .nodes = 100};
	struct json *doc;
	assert_true(yaml_read(arena, STR("a: &a [[1]]\nb: [*a]"), &limits, &doc, &err));
	assert_false(yaml_read(arena, STR("a: &a [[1]]\nb: [[*a]]"), &limits, &doc, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void
deep_nesting_fails_at_the_cap(void **state)
{
	(void)state;
	static char text[100000];
	struct json *doc;
	memset(text, '[', sizeof text);
	assert_false(yaml_read(arena, (struct str){text, sizeof text}, &json_limits_request, &doc, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(err.column, 65);
}

static void
nodes_know_where_they_stand(void **state)
{
	(void)state;
	struct json *doc;
	assert_true(yaml_read(arena, STR("a:\n  - x\n  - y: 1\n"), &json_limits_request, &doc, &err));
	assert_int_equal(json_get(doc, "a")->line, 1);
	assert_int_equal(json_at(json_get(doc, "a"), 0)->line, 2);
	assert_int_equal(json_at(json_get(doc, "a"), 0)->column, 5);
	assert_int_equal(json_get(json_at(json_get(doc, "a"), 1), "y")->line, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(yaml_becomes_the_json_it_means, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(every_refusal_names_its_line_and_column, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(aliases_cannot_grow_past_the_caps, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(aliases_count_for_depth, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(deep_nesting_fails_at_the_cap, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(nodes_know_where_they_stand, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

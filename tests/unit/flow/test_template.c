/* Templates: what is read, what is put in, and what an error says. */
#include "../support.h"

#include "flow/template.h"
#include "json/writer.h"

#include <stdio.h>

static const char ROOT[] =
	"{\"input\": {\"text\": \"Grüße 🙂 世界\", \"n\": 1.50, \"flag\": true, \"empty\": \"\", "
	"\"nothing\": null, \"größe\": \"L\","
	"  \"list\": [{\"b\": \"first\"}, {\"b\": \"second\"}]},"
	" \"steps\": {\"extract\": {\"output\": {\"title\": \"A\", \"body\": \"B\"}}, \"echo\": "
	"{\"output\": \"plain\"}}}";

static const char *
filled(const char *text)
{
	struct json *value;
	struct err err = {0};
	if (!template_fill(arena, str_of(text), doc(ROOT), &value, &err))
		fail_msg("%s: %s", text, err.message);
	return json_text(arena, value).p;
}

static const char *
refused(const char *text)
{
	struct json *value = NULL;
	struct err *err = arena_new_of(arena, struct err);
	assert_false(template_fill(arena, str_of(text), doc(ROOT), &value, err));
	assert_null(value);
	assert_int_not_equal(err->code, ERR_NONE);
	return err->message;
}

static void
a_template_alone_keeps_its_type(void **state)
{
	(void)state;
	assert_string_equal(filled("{{input.n}}"), "1.50");
	assert_string_equal(filled("{{ input.flag }}"), "true");
	assert_string_equal(filled("{{steps.extract.output}}"), "{\"title\":\"A\",\"body\":\"B\"}");
	assert_string_equal(filled("{{input.nothing}}"), "null");
	assert_string_equal(filled("{{input.text}}"), "\"Grüße 🙂 世界\"");
}

static void
among_text_strings_are_plain_and_the_rest_is_json(void **state)
{
	(void)state;
	assert_string_equal(filled("<{{input.text}}>"), "\"<Grüße 🙂 世界>\"");
	assert_string_equal(filled("{{input.n}}{{input.flag}}"), "\"1.50true\"");
	assert_string_equal(filled("is {{input.list.0}}"), "\"is {\\\"b\\\":\\\"first\\\"}\"");
	assert_string_equal(filled("no braces"), "\"no braces\"");
	assert_string_equal(filled(""), "\"\"");
}

static void
items_are_found_by_number_in_both_spellings(void **state)
{
	(void)state;
	assert_string_equal(filled("{{input.list.0.b}}"), "\"first\"");
	assert_string_equal(filled("{{input.list[1].b}}"), "\"second\"");
	assert_string_equal(filled("{{input.größe}}"), "\"L\"");
}

static void
fallbacks_stand_in_for_what_is_missing_null_or_empty(void **state)
{
	(void)state;
	assert_string_equal(filled("{{input.tone || \"friendly\"}}"), "\"friendly\"");
	assert_string_equal(filled("{{input.tone||'it }} is'}}"), "\"it }} is\"");
	assert_string_equal(filled("{{input.empty || input.nothing || input.n}}"), "1.50");
	assert_string_equal(filled("{{input.x || -2.5e3}}"), "-2.5e3");
	assert_string_equal(filled("{{input.x || false}}"), "false");
	assert_string_equal(filled("{{input.x || null}}"), "null");
	assert_string_equal(filled("{{input.flag || 3}}"), "true");
	assert_string_equal(filled("{{input.x || \"a\\u00e4\\\"}}\"}}"), "\"aä\\\"}}\"");
	assert_string_equal(filled("{{input.x || input.empty}}"), "\"\"");
}

static void
braces_can_be_escaped(void **state)
{
	(void)state;
	assert_string_equal(filled("\\{{input.n}}"), "\"{{input.n}}\"");
	assert_string_equal(filled("a \\{{x}} {{input.n}} \\{{"), "\"a {{x}} 1.50 {{\"");
	assert_string_equal(filled("C:\\\\{{input.n}}"), "\"C:\\\\1.50\"");
	assert_string_equal(filled("} }} {"), "\"} }} {\"");
}

static void
a_path_that_leads_nowhere_is_named_with_what_is_there(void **state)
{
	(void)state;
	assert_string_equal(refused("{{steps.extract.output.titel}}"),
		"`steps.extract.output.titel` does not exist; the fields of `steps.extract.output` are title, body. "
		"Did you mean `title`?");
	assert_string_equal(refused("{{steps.echo.output.title}}"),
		"`steps.echo.output.title` does not exist; `steps.echo.output` is text and has no fields.");
	assert_string_equal(refused("{{input.list.2}}"),
		"`input.list.2` does not exist; `input.list` is a list of 2, counted from 0.");
	assert_string_equal(
		refused("{{input.nothing.x}}"), "`input.nothing.x` does not exist; `input.nothing` is null.");
	assert_string_equal(refused("{{inptu.text}}"),
		"`inptu.text` does not exist; there are input, steps. Did you mean `input`?");
	assert_non_null(strstr(refused("{{input.x || input.y}}"), "`input.y` does not exist"));
	assert_non_null(strstr(refused("{{input.list.99999999999999999999999}}"), "does not exist"));
}

static void
what_cannot_be_read_is_refused_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned line, column;
		const char *says;
	} cases[] = {
		{"ä {{input.n", 1, 3, "never closed"},
		{"a\nßß{{input.n}", 2, 12, "Only `||` or `}}`"},
		{"{{}}", 1, 1, "no name"},
		{"{{  ", 1, 1, "never closed"},
		{"{{#each x}}", 1, 3, "name is expected"},
		{"{{\"text\"}}", 1, 3, "must begin with a name"},
		{"{{3}}", 1, 3, "must begin with a name"},
		{"{{3x}}", 1, 3, "neither a number nor a name"},
		{"{{a..b}}", 1, 5, "must follow the dot"},
		{"{{a[x]}}", 1, 5, "number and `]`"},
		{"{{a || \"b}}", 1, 8, "never closed"},
		{"{{a b}}", 1, 5, "Only `||` or `}}`"},
		{"{{a |}}", 1, 5, "Only `||` or `}}`"},
		{"{{a || }}", 1, 8, "name is expected"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		struct str *names;
		unsigned count;
		assert_false(template_variables(arena, str_of(cases[i].text), &names, &count, &err));
		assert_int_equal(err.line, cases[i].line);
		assert_non_null(strstr(err.message, cases[i].says));
		assert_int_equal(err.column, cases[i].column);
	}
}

static void
variables_come_once_in_order(void **state)
{
	(void)state;
	struct str *names;
	unsigned count;
	struct err err = {0};
	assert_true(template_variables(arena,
		STR("{{tone}} {{ text }} \\{{no}} {{tone}} {{user.name || other}} {{x-1_b}}"), &names, &count, &err));
	assert_int_equal(count, 5);
	assert_true(str_is(names[0], "tone") && str_is(names[1], "text") && str_is(names[2], "user"));
	assert_true(str_is(names[3], "other") && str_is(names[4], "x-1_b"));
	assert_true(template_variables(arena, STR("none"), &names, &count, &err));
	assert_int_equal(count, 0);
}

static void
references_tell_their_path_and_fallback(void **state)
{
	(void)state;
	struct template_ref *refs;
	unsigned count;
	struct err err = {0};
	assert_true(template_refs(arena, STR("{{a[0].b || c || 'd'}}{{e}}"), &refs, &count, &err));
	assert_int_equal(count, 3);
	assert_true(str_is(refs[0].path, "a.0.b") && refs[0].has_fallback);
	assert_true(str_is(refs[1].path, "c") && refs[1].has_fallback);
	assert_true(str_is(refs[2].path, "e") && !refs[2].has_fallback);
}

static void
every_string_of_a_value_is_filled(void **state)
{
	(void)state;
	struct json *value;
	struct err err = {0};
	const struct json *mapping =
		doc("{\"a\": \"{{input.n}}\", \"b\": [1, \"x{{input.flag}}\", {\"c\": null, \"d\": [[]]}], \"e\": {}}");
	assert_true(template_fill_all(arena, mapping, doc(ROOT), &value, &err));
	assert_string_equal(
		json_text(arena, value).p, "{\"a\":1.50,\"b\":[1,\"xtrue\",{\"c\":null,\"d\":[[]]}],\"e\":{}}");
	assert_false(template_fill_all(arena, doc("{\"a\": {\"b/c\": [\"{{input.nix}}\"]}}"), doc(ROOT), &value, &err));
	assert_non_null(strstr(err.detail, "/a/b~1c/0"));
}

static void
what_is_made_is_bounded(void **state)
{
	(void)state;
	struct json *root = json_new_object(arena), *mapping = json_new_array(arena), *value;
	struct err err = {0};
	struct str out;
	char *large = arena_alloc(arena, 1 << 20);
	memset(large, 'x', 1 << 20);
	json_add(root, STR("x"), json_new_str(arena, (struct str){large, 1 << 20}));
	for (int i = 0; i < 72; i++)
		json_push(mapping, json_new_str(arena, STR("{{x}}")));
	assert_false(template_fill_all(arena, mapping, root, &value, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_false(template_fill(arena, STR("{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}"), root, &value, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_false(template_fill_text(arena, STR("ab{{x}}"), root, 1 << 20, &out, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_true(template_fill_text(arena, STR("{{x}}"), root, 1 << 20, &out, &err));
	assert_int_equal(out.n, 1 << 20);
	struct buf many;
	buf_init(&many, 1 << 20);
	for (int i = 0; i <= TEMPLATE_REFS_MAX; i++)
		buf_add_z(&many, "{{y}}");
	assert_false(template_fill(arena, buf_str(&many), root, &value, &err));
	assert_non_null(strstr(err.message, "too many"));
	buf_release(&many);
}

static void
a_prompt_becomes_text(void **state)
{
	(void)state;
	struct str out;
	struct err err = {0};
	assert_true(template_fill_text(arena, STR("{{n}}"), doc("{\"n\": [1, \"ü\"]}"), 100, &out, &err));
	assert_string_equal(out.p, "[1,\"ü\"]");
	assert_true(template_fill_text(arena, STR("Sag {{w}}!\n"), doc("{\"w\": \"größer {{w}}\"}"), 100, &out, &err));
	assert_string_equal(out.p, "Sag größer {{w}}!\n"); /* what was put in is not filled again */
	assert_false(template_fill_text(arena, STR("{{x}}"), doc("{}"), 100, &out, &err));
	assert_non_null(strstr(err.message, "`x` does not exist"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_template_alone_keeps_its_type),
		TEST(among_text_strings_are_plain_and_the_rest_is_json),
		TEST(items_are_found_by_number_in_both_spellings),
		TEST(fallbacks_stand_in_for_what_is_missing_null_or_empty),
		TEST(braces_can_be_escaped),
		TEST(a_path_that_leads_nowhere_is_named_with_what_is_there),
		TEST(what_cannot_be_read_is_refused_with_its_place),
		TEST(variables_come_once_in_order),
		TEST(references_tell_their_path_and_fallback),
		TEST(every_string_of_a_value_is_filled),
		TEST(what_is_made_is_bounded),
		TEST(a_prompt_becomes_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

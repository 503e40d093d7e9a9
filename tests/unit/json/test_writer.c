/* The writer: commas, escapes, shortest numbers; a document that would not be JSON ends the process. */
#include "json/writer.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
commas_and_quotes_are_put_where_they_belong(void **state)
{
	(void)state;
	struct buf buf;
	struct json_writer w;
	buf_init(&buf, 1000);
	json_writer_init(&w, &buf, 0);
	json_object(&w);
	json_key(&w, "a\"");
	json_str(&w, STR("\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9"));
	json_key(&w, "list");
	json_array(&w);
	json_int(&w, INT64_MIN);
	json_array(&w);
	json_end(&w);
	json_bool(&w, false);
	json_strz(&w, NULL);
	json_raw(&w, STR("{\"x\":1}"));
	json_end(&w);
	json_key_str(&w, STR(""));
	json_str(&w, (struct str){NULL, 0});
	json_end(&w);
	assert_string_equal(buf.p, "{\"a\\\"\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\","
				   "\"list\":[-9223372036854775808,[],false,null,{\"x\":1}],\"\":\"\"}");
	buf_release(&buf);
}

static void
indented_text_has_a_line_for_each_value(void **state)
{
	(void)state;
	struct buf buf;
	struct json_writer w;
	buf_init(&buf, 1000);
	json_writer_init(&w, &buf, 2);
	json_object(&w);
	json_key(&w, "a");
	json_array(&w);
	json_int(&w, 1);
	json_int(&w, 2);
	json_end(&w);
	json_key(&w, "b");
	json_object(&w);
	json_end(&w);
	json_end(&w);
	assert_string_equal(buf.p, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
	buf_release(&buf);
}

static void
doubles_are_as_short_as_they_can_be(void **state)
{
	(void)state;
	static const struct {
		double value;
		const char *text;
	} cases[] = {{0.1, "0.1"}, {0.30000000000000004, "0.30000000000000004"}, {1.0, "1"}, {-0.0, "0"},
		{1e21, "1e+21"}, {123456789012345.0, "123456789012345"}, {5e-324, "5e-324"},
		{1.7976931348623157e308, "1.7976931348623157e+308"}, {-2.5, "-2.5"}};
	char text[JSON_DOUBLE_SIZE];
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(json_double_text(cases[i].value, text));
		assert_string_equal(text, cases[i].text);
	}
	assert_false(json_double_text(NAN, text));
	assert_false(json_double_text(-INFINITY, text));
}

static void
every_double_reads_back_the_same(void **state)
{
	(void)state;
	uint64_t bits = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		double value, back;
		memcpy(&value, &bits, sizeof value);
		char text[JSON_DOUBLE_SIZE];
		if (!json_double_text(value, text))
			continue;
		back = strtod(text, NULL);
		assert_memory_equal(&back, &value, sizeof value);
	}
}

static void
no_value(struct json_writer *w)
{
	json_object(w);
	json_key(w, "a");
	json_end(w);
}

static void
no_key(struct json_writer *w)
{
	json_object(w);
	json_int(w, 1);
}

static void
key_in_array(struct json_writer *w)
{
	json_array(w);
	json_key(w, "a");
}

static void
two_documents(struct json_writer *w)
{
	json_int(w, 1);
	json_int(w, 2);
}

static void
end_too_many(struct json_writer *w)
{
	json_array(w);
	json_end(w);
	json_end(w);
}

static void
too_deep(struct json_writer *w)
{
	for (int i = 0; i < 129; i++)
		json_array(w);
}

static void
an_unbalanced_document_ends_the_process(void **state)
{
	(void)state;
	void (*const mistakes[])(struct json_writer *) = {
		no_value, no_key, key_in_array, two_documents, end_too_many, too_deep};
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		pid_t child = fork();
		if (child == 0) {
			struct buf buf;
			struct json_writer w;
			signal(SIGABRT, SIG_DFL);
			close(2);
			buf_init(&buf, 10000);
			json_writer_init(&w, &buf, 0);
			mistakes[i](&w);
			_exit(0);
		}
		int status = 0;
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

static void
a_tree_inside_a_document_keeps_its_place(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct json *doc;
	struct buf buf;
	struct json_writer w;
	assert_true(json_read(arena, STR("{\"x\":[1,{\"y\":[]}],\"z\":\"t\"}"), &json_limits_request, &doc, NULL));
	buf_init(&buf, 1000);
	json_writer_init(&w, &buf, 0);
	json_object(&w);
	json_key(&w, "a");
	json_value(&w, json_get(doc, "x")); /* has a key and a sibling of its own */
	json_key(&w, "b");
	json_value(&w, json_get(doc, "z"));
	json_end(&w);
	assert_string_equal(buf.p, "{\"a\":[1,{\"y\":[]}],\"b\":\"t\"}");
	buf_release(&buf);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_quotes_are_put_where_they_belong),
		cmocka_unit_test(indented_text_has_a_line_for_each_value),
		cmocka_unit_test(doubles_are_as_short_as_they_can_be),
		cmocka_unit_test(every_double_reads_back_the_same),
		cmocka_unit_test(an_unbalanced_document_ends_the_process),
		cmocka_unit_test(a_tree_inside_a_document_keeps_its_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The text of a stream, and of a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "live/frame.h"
#include "json/json.h"

static void
assert_event(struct str data, const char *expected)
{
	struct buf out;
	buf_init(&out, 4096);
	frame_event(&out, 42, STR("step.output"), data);
	assert_string_equal(buf_str(&out).p, expected);
	buf_release(&out);
}

static void
an_event_has_its_number_and_type(void **state)
{
	(void)state;
	assert_event(STR("{\"a\":1}"), "id: 42\nevent: step.output\ndata: {\"a\":1}\n\n");
}

static void
line_ends_inside_the_data_cannot_end_the_event(void **state)
{
	(void)state;
	const char *two = "id: 42\nevent: step.output\ndata: {\ndata: }\n\n";
	assert_event(STR("{\n}"), two);
	assert_event(STR("{\r}"), two);
	assert_event(STR("{\r\n}"), two);
	assert_event(STR("{\n\n}"), "id: 42\nevent: step.output\ndata: {\ndata: \ndata: }\n\n");
	assert_event(STR("{}\n"), "id: 42\nevent: step.output\ndata: {}\ndata: \n\n");
}

static void
a_refusal_is_a_problem_document(void **state)
{
	(void)state;
	struct err err = {0};
	err_set(&err, ERR_MALFORMED, "Said \"so\".");
	err_issue(&err, "query.after", "type", "Not a number.");
	struct buf out;
	buf_init(&out, 4096);
	frame_problem(&out, &err, "req-1");
	struct arena *arena = arena_new();
	struct json *doc;
	struct str text;
	int64_t status;
	bool retryable;
	assert_true(json_read(arena, buf_str(&out), &json_limits_request, &doc, &err));
	assert_true(json_get_int(doc, "status", &status) && status == 400);
	assert_true(json_get_str(doc, "code", &text) && str_is(text, "malformed"));
	assert_true(json_get_str(doc, "detail", &text) && str_is(text, "Said \"so\"."));
	assert_true(json_get_str(doc, "request_id", &text) && str_is(text, "req-1"));
	assert_true(json_get_bool(doc, "retryable", &retryable) && !retryable);
	assert_true(json_get_str(json_at(json_get(doc, "errors"), 0), "path", &text) && str_is(text, "query.after"));
	arena_free(arena);
	buf_release(&out);
}

static void
a_run_that_has_moved_is_named_with_its_number(void **state)
{
	(void)state;
	struct buf out;
	struct id run;
	buf_init(&out, 4096);
	assert_true(id_parse(STR("01900000-0000-7000-8000-0000000001c1"), &run));
	frame_moved(&out, run, 7);
	assert_string_equal(buf_str(&out).p,
		"event: run\ndata: {\"id\":\"01900000-0000-7000-8000-0000000001c1\",\"last_event\":7}\n\n");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_that_has_moved_is_named_with_its_number),
		cmocka_unit_test(an_event_has_its_number_and_type),
		cmocka_unit_test(line_ends_inside_the_data_cannot_end_the_event),
		cmocka_unit_test(a_refusal_is_a_problem_document),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

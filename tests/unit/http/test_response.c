/* Heads of answers, and problem documents. */
#include "http/problem.h"
#include "json/json.h"

#include "../support.h"

static struct request request;
static struct response response;

static const char *
head(void)
{
	struct buf out;
	buf_init(&out, 65536);
	response_head(&response, request.id, &out);
	const char *text = arena_strz(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

static const struct json *
problem(const struct err *err)
{
	struct json *doc = NULL;
	problem_answer(&response, &request, err);
	assert_string_equal(response.content_type, "application/problem+json");
	assert_true(json_read(arena, response.body, &json_limits_request, &doc, NULL));
	return doc;
}

static bool
is(const struct json *doc, const char *key, const char *text)
{
	struct str value;
	return json_get_str(doc, key, &value) && str_is(value, text);
}

static void
a_head_has_what_every_answer_has(void **state)
{
	(void)state;
	response_json(&response, 201, STR("{}"));
	response_header(&response, "Idempotency-Replayed", "true");
	assert_string_equal(head(),
		"Status: 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\nCache-Control: "
		"no-store\r\n"
		"X-Content-Type-Options: nosniff\r\nX-Request-Id: request-1\r\nIdempotency-Replayed: true\r\n\r\n");
	response_empty(&response, 204);
	assert_null(strstr(head(), "Content-"
				   "Type: "));
}

static void
a_header_cannot_start_another(void **state)
{
	(void)state;
	response_empty(&response, 204);
	response_header(&response, "A", "b\r\nSet-Cookie: x=y");
	response_header(&response, "A\nB", "c");
	response_header(&response, "A: b", "c");
	assert_int_equal(response.header_count, 0);
	for (int i = 0; i < RESPONSE_HEADERS_MAX + 5; i++)
		response_header(&response, "X", "y");
	assert_int_equal(response.header_count, RESPONSE_HEADERS_MAX);
}

static void
an_error_becomes_a_problem_with_its_places(void **state)
{
	(void)state;
	struct err err;
	err_clear(&err);
	err_issue(&err, "/na\"me", "required", "is missing");
	err_issue(&err, "query.limit", "type", "is not a number");
	const struct json *doc = problem(&err);
	assert_int_equal(response.status, 422);
	assert_true(is(doc, "code", "invalid") && is(doc, "request_id", "request-1") && is(doc, "type", "about:blank"));
	const struct json *errors = json_get(doc, "errors");
	assert_int_equal(errors->count, 2);
	assert_true(is(json_at(errors, 0), "path", "/na\"me") && is(json_at(errors, 1), "code", "type"));
	assert_null(strstr(head(), "Retry-After"));
}

static void
a_place_in_a_text_is_told_and_nothing_for_the_log_is(void **state)
{
	(void)state;
	struct err err;
	err_set(&err, ERR_MALFORMED, "A comma is missing.");
	err.line = 3;
	err.column = 14;
	err_detail(&err, "secret of the log");
	const struct json *doc = problem(&err);
	assert_true(is(doc, "detail", "Line 3, column 14: A comma is missing."));
	assert_null(strstr(arena_strz(arena, response.body), "secret"));
	assert_null(json_get(doc, "errors"));
}

static void
what_can_be_tried_again_says_when(void **state)
{
	(void)state;
	struct err err;
	bool retryable = false;
	err_set(&err, ERR_UNAVAILABLE, "Away.");
	assert_true(json_get_bool(problem(&err), "retryable", &retryable) && retryable);
	assert_non_null(strstr(head(), "\r\nRetry-After: 1\r\n"));
	response_init(&response, arena);
	err_set(&err, ERR_RATE_LIMITED, "Slower.");
	err.retry_after_seconds = 300;
	problem(&err);
	assert_non_null(strstr(head(), "\r\nRetry-After: 300\r\n"));
}

static void
an_error_that_nobody_named_is_internal(void **state)
{
	(void)state;
	struct err err;
	err_clear(&err);
	assert_true(is(problem(&err), "code", "internal"));
	assert_int_equal(response.status, 500);
}

static int
setup(void **state)
{
	static char *const params[] = {(char *)"HTTP_X_REQUEST_ID=request-1", NULL};
	(void)state;
	arena = arena_new();
	request_init(&request, arena, params, (struct request_source){0});
	response_init(&response, arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_head_has_what_every_answer_has, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_header_cannot_start_another, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(an_error_becomes_a_problem_with_its_places, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_place_in_a_text_is_told_and_nothing_for_the_log_is, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_can_be_tried_again_says_when, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(an_error_that_nobody_named_is_internal, setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reading requests strictly: what FastCGI gives, taken apart or refused. */
#include "../support.h"

#include "http/request.h"

#include <stdio.h>

static struct request request;
static struct err err;

/* A body in memory that breaks off, or is given out in pieces. */
struct memory {
	const char *bytes;
	size_t n, at, piece;
	bool broken;
	size_t asked;
};

static int
read_memory(void *context, char *out, int n)
{
	struct memory *m = context;
	size_t left = m->n - m->at, give = left < (size_t)n ? left : (size_t)n;
	if (m->piece && give > m->piece)
		give = m->piece;
	m->asked += give;
	if (give == 0)
		return m->broken ? -1 : 0;
	memcpy(out, m->bytes + m->at, give);
	m->at += give;
	return (int)give;
}

static bool
parse(const char *uri, const char *method)
{
	const char **params = arena_array(arena, 3, sizeof *params);
	params[0] = arena_printf(arena, "REQUEST_URI=%s", uri);
	params[1] = arena_printf(arena, "REQUEST_METHOD=%s", method);
	request_init(&request, arena, (char *const *)params, (struct request_source){0});
	err_clear(&err);
	return request_parse(&request, &err);
}

static void
with_header(const char *param)
{
	const char **params = arena_array(arena, 2, sizeof *params);
	params[0] = param;
	request_init(&request, arena, (char *const *)params, (struct request_source){0});
}

static void
a_path_is_split_and_decoded(void **state)
{
	(void)state;
	assert_true(parse("/api/a%20b/%C3%A4/runs:bulk?x=1", "POST"));
	assert_int_equal(request.method, HTTP_POST);
	assert_int_equal(request.segment_count, 4);
	assert_true(str_is(request.segments[0], "api") && str_is(request.segments[1], "a b"));
	assert_true(str_is(request.segments[2], "ä") && str_is(request.segments[3], "runs:bulk"));
	assert_true(str_is(request.path, "/api/a%20b/%C3%A4/runs:bulk"));
	assert_true(parse("/a+b", "GET"));
	assert_true(str_is(request.segments[0], "a+b"));
	assert_true(parse("/", "GET"));
	assert_int_equal(request.segment_count, 1);
	assert_int_equal(request.segments[0].n, 0);
}

static void
bad_paths_are_malformed(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "api", "http://x/api", "/%", "/%4", "/%zz", "/%00", "/%ff", "/%c0%af", "/%ed%a0%80", "?x=1"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_false(parse(bad[i], "GET"));
		assert_int_equal(err.code, ERR_MALFORMED);
	}
	assert_true(parse("/a%2Fb/c", "GET")); /* a slash in a name */
	assert_int_equal(request.segment_count, 2);
	assert_true(str_is(request.segments[0], "a/b") && str_is(request.segments[1], "c"));
	char uri[REQUEST_TARGET_MAX + 2];
	memset(uri, 'x', sizeof uri);
	uri[0] = '/';
	uri[sizeof uri - 1] = '\0';
	assert_false(parse(uri, "GET"));
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_false(parse("/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", "GET"));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void
a_query_is_decoded_and_each_name_is_there_once(void **state)
{
	(void)state;
	assert_true(parse("/?a=1&b=x+y%2B&c&d==", "GET"));
	assert_int_equal(request.query_count, 4);
	assert_true(str_is(request.query[1].value, "x y+") && str_is(request.query[2].value, ""));
	assert_true(str_is(request.query[3].value, "="));
	assert_false(parse("/?a=1&%61=2", "GET"));
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_string_equal(err.issues[0].path, "query.a");
	static const char *const bad[] = {"/?=1", "/?a=%", "/?%00=1", "/?a=%ff", "/?a=%0", "/?a=1&&b=2"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(parse(bad[i], "GET"));
	char uri[600] = "/?";
	for (int i = 0; i <= REQUEST_QUERY_MAX; i++)
		snprintf(uri + strlen(uri), sizeof uri - strlen(uri), "a%d=1&", i);
	assert_false(parse(uri, "GET"));
}

static void
methods_are_known_by_their_exact_names(void **state)
{
	(void)state;
	assert_int_equal(http_method_parse(STR("PATCH")), HTTP_PATCH);
	static const char *const others[] = {"", "get", "GETS", "GE", "TRACE"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_int_equal(http_method_parse(str_of(others[i])), HTTP_OTHER);
	assert_true(parse("/", "BREW"));
	assert_int_equal(request.method, HTTP_OTHER);
}

static void
an_id_is_taken_when_it_can_stand_in_a_log_and_made_otherwise(void **state)
{
	(void)state;
	with_header("HTTP_X_REQUEST_ID=0123456789abcdef0123456789abcdef");
	assert_string_equal(request.id, "0123456789abcdef0123456789abcdef");
	static const char *const bad[] = {"HTTP_X_REQUEST_ID=", "HTTP_X_REQUEST_ID=short",
		"HTTP_X_REQUEST_ID=12345678\"", "HTTP_X_REQUEST_ID=1234567 8",
		"HTTP_X_REQUEST_ID=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		with_header(bad[i]);
		assert_int_equal(strlen(request.id), 36);
	}
}

static void
a_cookie_is_found_among_others_and_not_when_it_contradicts_itself(void **state)
{
	(void)state;
	struct str value;
	with_header("HTTP_COOKIE=a=b; __Host-s=token ;c=d");
	assert_true(request_cookie(&request, "__Host-s", &value) && str_is(value, "token"));
	with_header("HTTP_COOKIE=;;= ; __Host-s=a=b;");
	assert_true(request_cookie(&request, "__Host-s", &value) && str_is(value, "a=b"));
	with_header("HTTP_COOKIE=__Host-s=x; __Host-s=x");
	assert_true(request_cookie(&request, "__Host-s", &value));
	with_header("HTTP_COOKIE=__Host-s=");
	assert_true(request_cookie(&request, "__Host-s", &value) && value.n == 0);
	static const char *const none[] = {"HTTP_COOKIE=", "HTTP_COOKIE=__Host-s", "HTTP_COOKIE=x__Host-s=1",
		"HTTP_COOKIE=__HOST-S=1", "HTTP_COOKIE=__Host-s=1; __Host-s=2", "HTTP_OTHER=__Host-s=1"};
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		with_header(none[i]);
		assert_false(request_cookie(&request, "__Host-s", &value));
	}
}

static bool
body_of(const char *length, struct memory *memory, size_t max, struct str *ret_body)
{
	const char **params = arena_array(arena, 2, sizeof *params);
	params[0] = length ? arena_printf(arena, "CONTENT_LENGTH=%s", length) : NULL;
	request_init(&request, arena, (char *const *)params, (struct request_source){read_memory, memory});
	err_clear(&err);
	return request_body(&request, max, ret_body, &err);
}

static void
a_body_is_read_in_pieces_up_to_its_length(void **state)
{
	(void)state;
	struct str body;
	struct memory whole = {.bytes = "0123456789", .n = 10, .piece = 3};
	assert_true(body_of("10", &whole, 10, &body) && str_is(body, "0123456789"));
	struct memory more = {.bytes = "0123456789", .n = 10};
	assert_true(body_of("4", &more, 10, &body) && str_is(body, "0123"));
	assert_int_equal(more.asked, 4);
	struct memory unannounced = {.bytes = "0123456789", .n = 10, .piece = 1};
	assert_true(body_of(NULL, &unannounced, 10, &body) && body.n == 10);
}

static void
a_body_that_is_too_large_is_not_read(void **state)
{
	(void)state;
	struct str body;
	struct memory announced = {.bytes = "0123456789", .n = 10};
	assert_false(body_of("10", &announced, 9, &body));
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_int_equal(announced.asked, 0);
	char *large = arena_alloc(arena, 100000);
	struct memory unannounced = {.bytes = large, .n = 100000};
	assert_false(body_of(NULL, &unannounced, 10000, &body));
	assert_int_equal(err.code, ERR_TOO_LARGE);
	assert_true(unannounced.asked < 20000);
}

static void
a_body_that_breaks_off_or_lies_about_its_length_is_malformed(void **state)
{
	(void)state;
	struct str body;
	struct memory shorter = {.bytes = "012", .n = 3}, broken = {.bytes = "012", .n = 3, .broken = true};
	assert_false(body_of("10", &shorter, 100, &body));
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_false(body_of(NULL, &broken, 100, &body));
	assert_int_equal(err.code, ERR_MALFORMED);
	static const char *const lengths[] = {"-1", "1e3", " 1", "0x1", "99999999999999999999", "+1"};
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct memory any = {.bytes = "0123456789", .n = 10};
		assert_false(body_of(lengths[i], &any, 100, &body));
		assert_int_equal(err.code, ERR_MALFORMED);
	}
}

static void
content_types_are_compared_as_such(void **state)
{
	(void)state;
	static const char *const yes[] = {"application/json", "APPLICATION/JSON", "application/json; charset=UTF-8",
		"application/json ;charset=\"utf-8\"", "application/json;"};
	static const char *const no[] = {"", "text/json", "application/jsonp", "application/json, text/plain",
		"application/json; charset=latin1", "application/json; x=y", "application/ json"};
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		with_header(arena_printf(arena, "CONTENT_TYPE=%s", yes[i]));
		assert_true(request_content_type_is(&request, "application/json"));
	}
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		with_header(arena_printf(arena, "CONTENT_TYPE=%s", no[i]));
		assert_false(request_content_type_is(&request, "application/json"));
	}
}

static void
accept_is_taken_at_its_word(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"", " ", "*/*", "application/*", "application/json", "text/html;q=1, application/json;q=0.1", "a,,*/*"};
	static const char *const no[] = {
		"text/html", "application/json;q=0", "application/json; q=0.000", "text/*", "app/*", ",", "json"};
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		with_header(arena_printf(arena, "HTTP_ACCEPT=%s", yes[i]));
		assert_true(request_accepts(&request, "application/json"));
	}
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		with_header(arena_printf(arena, "HTTP_ACCEPT=%s", no[i]));
		assert_false(request_accepts(&request, "application/json"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_path_is_split_and_decoded, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(bad_paths_are_malformed, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_query_is_decoded_and_each_name_is_there_once, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(methods_are_known_by_their_exact_names, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			an_id_is_taken_when_it_can_stand_in_a_log_and_made_otherwise, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_cookie_is_found_among_others_and_not_when_it_contradicts_itself, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_body_is_read_in_pieces_up_to_its_length, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_body_that_is_too_large_is_not_read, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_body_that_breaks_off_or_lies_about_its_length_is_malformed, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(content_types_are_compared_as_such, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(accept_is_taken_at_its_word, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From method and path to a route. */
#include "http/router.h"

#include "../support.h"

static struct router *router;
static struct router_match match;

static bool
add(enum http_method method, const char *template, const char *route)
{
	struct err err;
	err_clear(&err);
	return router_add(router, method, template, route, &err) || err.code != ERR_INTERNAL;
}

static enum router_result
find(enum http_method method, const char *path)
{
	struct str segments[REQUEST_SEGMENTS_MAX];
	unsigned count = 0;
	for (const char *at = path; *at == '/';) {
		size_t n = strcspn(++at, "/");
		segments[count++] = (struct str){at, n};
		at += n;
	}
	return router_find(router, method, segments, count, &match);
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	router = router_new(arena);
	assert_true(add(HTTP_GET, "/runs", "list") && add(HTTP_POST, "/runs", "create") &&
		    add(HTTP_POST, "/runs:bulk", "bulk"));
	assert_true(add(HTTP_GET, "/runs/{run_id}", "read") && add(HTTP_POST, "/runs/{run_id}/cancel", "cancel"));
	assert_true(add(HTTP_GET, "/runs/newest", "newest") && add(HTTP_DELETE, "/a/{x}/b/{y}", "deep"));
	return 0;
}

static void
routes_are_found_with_their_parameters(void **state)
{
	(void)state;
	assert_int_equal(find(HTTP_GET, "/runs"), ROUTER_FOUND);
	assert_string_equal(match.route, "list");
	assert_int_equal(find(HTTP_POST, "/runs:bulk"), ROUTER_FOUND);
	assert_string_equal(match.route, "bulk");
	assert_int_equal(find(HTTP_DELETE, "/a/1/b/2"), ROUTER_FOUND);
	assert_int_equal(match.param_count, 2);
	assert_true(str_is(match.params[0].name, "x") && str_is(match.params[0].value, "1"));
	assert_true(str_is(match.params[1].name, "y") && str_is(match.params[1].value, "2"));
	assert_int_equal(find(HTTP_GET, "/runs/newest"), ROUTER_FOUND);
	assert_string_equal(match.route, "newest");
	assert_int_equal(find(HTTP_GET, "/runs/{run_id}"), ROUTER_FOUND);
	assert_true(str_is(match.params[0].value, "{run_id}"));
}

static void
what_is_not_there_is_no_path(void **state)
{
	(void)state;
	static const char *const none[] = {"", "/", "/run", "/runs/", "//runs", "/runs//cancel", "/runs/1/cancel/",
		"/a", "/a/1", "/a/1/b", "/runs:"};
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_int_equal(find(HTTP_GET, none[i]), ROUTER_NO_PATH);
}

static void
another_method_tells_those_that_are_taken(void **state)
{
	(void)state;
	assert_int_equal(find(HTTP_PUT, "/runs"), ROUTER_NO_METHOD);
	assert_string_equal(match.allow, "GET, HEAD, POST, OPTIONS");
	assert_int_equal(find(HTTP_OTHER, "/runs/1/cancel"), ROUTER_NO_METHOD);
	assert_string_equal(match.allow, "POST, OPTIONS");
	assert_int_equal(find(HTTP_OPTIONS, "/a/1/b/2"), ROUTER_NO_METHOD);
	assert_string_equal(match.allow, "DELETE, OPTIONS");
}

static void
head_is_get(void **state)
{
	(void)state;
	assert_int_equal(find(HTTP_HEAD, "/runs/7"), ROUTER_FOUND);
	assert_string_equal(match.route, "read");
	assert_int_equal(find(HTTP_HEAD, "/runs/7/cancel"), ROUTER_NO_METHOD);
}

static void
templates_that_contradict_are_refused(void **state)
{
	(void)state;
	assert_false(add(HTTP_GET, "/runs", "again"));
	assert_false(add(HTTP_GET, "/runs/{other}", "other name"));
	static const char *const bad[] = {"", "runs", "/", "/runs/", "//x", "/a{b}", "/{}", "/x}"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(add(HTTP_GET, bad[i], "bad"));
	assert_false(add(HTTP_GET, "/p/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "too many"));
	/* Nor does what was refused leave a way there. */
	assert_int_equal(find(HTTP_GET, "/p/1/2/3/4/5/6/7/8/9"), ROUTER_NO_PATH);
	assert_true(add(HTTP_GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "longest"));
	assert_false(add(HTTP_GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "never found"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(routes_are_found_with_their_parameters, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_no_path, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(another_method_tells_those_that_are_taken, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(head_is_get, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(templates_that_contradict_are_refused, setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

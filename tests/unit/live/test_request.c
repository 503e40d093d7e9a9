/* What listeners ask for: addresses, numbers and cookies, well formed and not. */
#include "../support.h"

#include "live/request.h"

#define WORKSPACE "01900000-0000-7000-8000-0000000000d0"
#define RUN "01900000-0000-7000-8000-0000000001c1"

static enum err_code
path_code(const char *path)
{
	struct err err = {0};
	struct live_place place;
	return live_path(str_of(path), &place, &err) ? ERR_NONE : err.code;
}

static void
the_address_names_workspace_and_run(void **state)
{
	(void)state;
	struct id expected;
	struct live_place place;
	struct err err = {0};
	assert_true(live_path(STR("/api/workspaces/" WORKSPACE "/runs/" RUN "/live"), &place, &err));
	assert_true(id_parse(STR(WORKSPACE), &expected) && id_eq(place.workspace, expected));
	assert_true(id_parse(STR(RUN), &expected) && id_eq(place.thing, expected));
	assert_int_equal(place.topic, LIVE_RUN);
	assert_true(live_path(STR("/api/workspaces/" WORKSPACE "/projects/" RUN "/live"), &place, &err));
	assert_true(id_eq(place.thing, expected) && place.topic == LIVE_BOARD);
	assert_true(live_path(STR("/api/session/live"), &place, &err));
	assert_int_equal(place.topic, LIVE_PERSON);
}

static void
other_addresses_do_not_exist(void **state)
{
	(void)state;
	static const char *const paths[] = {"", "/", "/api/workspaces/", "/api/workspaces/" WORKSPACE,
		"/api/workspaces/" WORKSPACE "/runs/" RUN, "/api/workspaces/" WORKSPACE "/runs/" RUN "/live/",
		"/api/workspaces/" WORKSPACE "/runs/" RUN "/livex", "/api/workspaces/" WORKSPACE "/runs/" RUN "/x/live",
		"/API/workspaces/" WORKSPACE "/runs/" RUN "/live", "/api/workspaces//runs//lives", "/api/session",
		"/api/session/live/", "/api/session/lives", "/api/session/x/live"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_int_equal(path_code(paths[i]), ERR_NOT_FOUND);
}

static void
an_id_that_is_none_is_told_with_its_place(void **state)
{
	(void)state;
	struct err err = {0};
	struct live_place place;
	assert_false(live_path(STR("/api/workspaces/x/runs/" RUN "/live"), &place, &err));
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_string_equal(err.issues[0].path, "path.workspace_id");
	assert_false(live_path(STR("/api/workspaces/" WORKSPACE "/runs/../live"), &place, &err));
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_string_equal(err.issues[0].path, "path.run_id");
	err = (struct err){0};
	assert_false(live_path(STR("/api/workspaces/" WORKSPACE "/projects/x/live"), &place, &err));
	assert_string_equal(err.issues[0].path, "path.project_id");
}

static void
numbers_are_digits(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "99999999999999999999"};
	struct err err = {0};
	int64_t number = -7;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_false(live_number(str_of(wrong[i]), "query.after", &number, &err));
		assert_int_equal(err.code, ERR_MALFORMED);
		assert_string_equal(err.issues[0].path, "query.after");
		assert_int_equal(number, -7);
	}
	assert_true(live_number(STR("0"), "query.after", &number, &err) && number == 0);
	assert_true(live_number(STR("9223372036854775807"), "query.after", &number, &err) && number == INT64_MAX);
}

static void
the_session_is_found_among_other_cookies(void **state)
{
	(void)state;
	struct str value = {0};
	assert_true(
		live_cookie(STR("a=1; " SESSION_COOKIE "=tok; b=2"), SESSION_COOKIE, &value) && str_is(value, "tok"));
	assert_true(live_cookie(STR(SESSION_COOKIE "=x=y"), SESSION_COOKIE, &value) && str_is(value, "x=y"));
	assert_true(live_cookie(STR("z=;" SESSION_COOKIE "=q "), SESSION_COOKIE, &value) && str_is(value, "q"));
}

static void
names_that_only_begin_alike_are_other_cookies(void **state)
{
	(void)state;
	struct str value;
	assert_false(live_cookie(STR(""), SESSION_COOKIE, &value));
	assert_false(live_cookie(STR(SESSION_COOKIE), SESSION_COOKIE, &value));
	assert_false(live_cookie(STR(SESSION_COOKIE "="), SESSION_COOKIE, &value));
	assert_false(live_cookie(STR(SESSION_COOKIE "2=tok"), SESSION_COOKIE, &value));
	assert_false(live_cookie(STR("x" SESSION_COOKIE "=tok"), SESSION_COOKIE, &value));
	assert_false(live_cookie(STR("a=" SESSION_COOKIE "=tok"), SESSION_COOKIE, &value));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_address_names_workspace_and_run),
		cmocka_unit_test(other_addresses_do_not_exist),
		cmocka_unit_test(an_id_that_is_none_is_told_with_its_place),
		cmocka_unit_test(numbers_are_digits),
		cmocka_unit_test(the_session_is_found_among_other_cookies),
		cmocka_unit_test(names_that_only_begin_alike_are_other_cookies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

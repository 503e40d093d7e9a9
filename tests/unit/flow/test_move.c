/* Which other definition a run may go on with: by what has begun, and by nothing else. */
#include "../support.h"

#include "flow/move.h"

#include <string.h>

static bool has_started;

static const char *
said(const char *now, const char *wanted, const struct begun *begun, unsigned count)
{
	struct definition *definitions[2];
	const char *texts[] = {now, wanted};
	static struct err err;
	err = (struct err){0};
	for (int i = 0; i < 2; i++) {
		const char *text =
			arena_printf(arena, "{\"type\": \"flow\", \"input\": {\"type\": \"object\"}, %s}", texts[i]);
		if (!definition_read(arena, doc(text), &definitions[i], &err))
			fail_msg("%s: %s", text, err.message);
	}
	if (definition_moves(definitions[0], definitions[1], 2, has_started, begun, count, &err))
		return "";
	assert_int_equal(err.code, ERR_CONFLICT);
	return err.message;
}

#define STEP(key, more) "{\"key\": \"" key "\", \"name\": \"N\", \"kind\": \"transform\", \"value\": 1" more "}"
#define ASK(then) \
	"{\"key\": \"way\", \"name\": \"N\", \"kind\": \"conditional\", \"condition\": \"true\", \"then\": \"" then \
	"\"}"

static void
nothing_has_begun(void **state)
{
	(void)state;
	assert_string_equal(said("\"steps\": [" STEP("a", "") "]", "\"steps\": [" STEP("b", "") "]", NULL, 0), "");
}

static void
what_chooses_a_step_is_what_it_waits_for(void **state)
{
	(void)state;
	const struct begun begun[] = {
		{.path = STR("a"), .status = STEP_COMPLETED}, {.path = STR("b"), .status = STEP_WAITING}};
	const char *now = "\"steps\": [" STEP("a", "") ", " STEP("b", ", \"needs\": [\"a\"]") "]";
	const char *wanted = "\"steps\": [" STEP("a", "") ", " ASK("b") ", " STEP("b", ", \"needs\": [\"a\"]") "]";
	assert_non_null(
		strstr(said(now, wanted, begun, 2), "Step \"b\" has begun, and in version 2 it waits for other steps"));
	assert_string_equal(said(now, wanted, begun, 1), "");
	assert_string_equal(said(now, now, begun, 2), "");
}

static void
needs_may_be_written_or_not(void **state)
{
	(void)state;
	const struct begun begun[] = {{.path = STR("b"), .status = STEP_WAITING}};
	assert_string_equal(said("\"steps\": [" STEP("a", "") ", " STEP("b", "") "]",
				    "\"steps\": [" STEP("a", "") ", " STEP("b", ", \"needs\": [\"a\"]") "]", begun, 1),
		"");
}

static void
a_field_that_is_new_differs_as_one_that_is_gone(void **state)
{
	(void)state;
	const struct begun begun[] = {{.path = STR("a"), .status = STEP_COMPLETED}};
	const char *bare = "\"steps\": [" STEP("a", "") "]",
		   *more = "\"steps\": [" STEP("a", ", \"timeout_seconds\": 5") "]";
	assert_non_null(strstr(said(bare, more, begun, 1), "its \"timeout_seconds\" is another one in version 2"));
	assert_non_null(strstr(said(more, bare, begun, 1), "its \"timeout_seconds\" is another one in version 2"));
}

static void
code_that_has_begun_is_the_same(void **state)
{
	(void)state;
	const struct begun begun[] = {{.path = STR("a"), .status = STEP_COMPLETED}};
	const char *one = "\"code\": \"1\", \"steps\": [" STEP("a", "") "]",
		   *two = "\"code\": \"2\", \"steps\": [" STEP("a", "") "]";
	assert_non_null(
		strstr(said(one, two, begun, 1), "The workflow's code has begun, and it is another one in version 2"));
	assert_string_equal(said(one, two, begun, 0), "");
}

static void
on_start_that_was_asked_is_the_same(void **state)
{
	(void)state;
	const struct begun begun[] = {{.path = STR("a"), .status = STEP_COMPLETED}};
	const char *one = "\"on_start\": {\"code\": \"return {}\"}, \"steps\": [" STEP("a", "") "]",
		   *none = "\"steps\": [" STEP("a", "") "]";
	assert_non_null(strstr(said(one, none, begun, 1), "handler on_start was asked when the run began"));
	assert_non_null(strstr(said(none, one, begun, 1), "handler on_start was asked when the run began"));
	assert_string_equal(said(one, none, NULL, 0), "");
	has_started = true;
	assert_non_null(strstr(said(one, none, NULL, 0), "handler on_start was asked when the run began"));
	has_started = false;
}

static void
what_failed_and_goes_on_has_begun(void **state)
{
	(void)state;
	const struct begun retries[] = {{.path = STR("a"), .status = STEP_FAILED, .retries = true}},
			   asks[] = {{.path = STR("a"), .status = STEP_FAILED, .asks = true}},
			   failed[] = {{.path = STR("a"), .status = STEP_FAILED}};
	const char *bare = "\"steps\": [" STEP("a", "") "]",
		   *more = "\"steps\": [" STEP("a", ", \"timeout_seconds\": 5") "]";
	assert_string_equal(said(bare, bare, retries, 1), "");
	assert_string_equal(said(bare, more, retries, 1), "Step \"a\" has begun (it failed, and is to be tried again), "
							  "and its \"timeout_seconds\" is another one in version 2. "
							  "Nothing was changed. Retry the run on that version when it "
							  "has failed, or choose a version that keeps what has begun.");
	assert_string_equal(said(bare, more, asks, 1),
		"Step \"a\" has begun (it failed, and waits for a decision), and its \"timeout_seconds\" is another "
		"one in version 2. "
		"Nothing was changed. Let it fail, and retry the run on that version, or choose a version "
		"that keeps what has begun.");
	assert_string_equal(said(bare, more, failed, 1),
		"Step \"a\" has begun, and its \"timeout_seconds\" is another one in version 2. "
		"Nothing was changed. Let the run go on as it is, or choose a version that keeps what has begun.");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_has_begun),
		TEST(what_chooses_a_step_is_what_it_waits_for),
		TEST(needs_may_be_written_or_not),
		TEST(a_field_that_is_new_differs_as_one_that_is_gone),
		TEST(code_that_has_begun_is_the_same),
		TEST(on_start_that_was_asked_is_the_same),
		TEST(what_failed_and_goes_on_has_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

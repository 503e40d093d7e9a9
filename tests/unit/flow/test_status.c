/* Names of states: each reads back as itself, and nothing else is a name. */
#include "../support.h"

#include "flow/status.h"

static void
names_read_back(void **state)
{
	(void)state;
	for (int i = RUN_PENDING; i <= RUN_CANCELLED; i++) {
		enum run_status status = RUN_PENDING;
		assert_true(run_status_parse(str_of(run_status_name((enum run_status)i)), &status));
		assert_int_equal(status, i);
	}
	for (int i = STEP_PENDING; i <= STEP_ROLLED_BACK; i++) {
		enum step_status status = STEP_PENDING;
		assert_true(step_status_parse(str_of(step_status_name((enum step_status)i)), &status));
		assert_int_equal(status, i);
	}
}

static void
other_names_are_refused(void **state)
{
	(void)state;
	enum run_status run;
	enum step_status step;
	assert_false(run_status_parse(STR(""), &run));
	assert_false(run_status_parse(STR("Running"), &run));
	assert_false(run_status_parse(STR("waiting"), &run));
	assert_false(step_status_parse(STR("paused"), &step));
	assert_string_equal(run_status_name((enum run_status)99), "unknown");
}

static void
what_has_ended_is_known(void **state)
{
	(void)state;
	assert_true(run_ended(RUN_COMPLETED) && run_ended(RUN_FAILED) && run_ended(RUN_CANCELLED));
	assert_false(run_ended(RUN_PENDING) || run_ended(RUN_RUNNING) || run_ended(RUN_PAUSED));
	assert_true(step_ended(STEP_SKIPPED) && step_ended(STEP_ROLLED_BACK));
	assert_false(step_ended(STEP_PENDING) || step_ended(STEP_RUNNING) || step_ended(STEP_WAITING));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(what_has_ended_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The planner and failures: what is tried again, when, and what is not. */
#include "planned.h"

static struct run_state *
failed(const char *retry, int attempt)
{
	struct run_state *run = chain();
	struct step_def *step = &run->definition->steps[0];
	const struct json *policy = doc(retry);
	int64_t attempts = 0;
	struct str backoff;
	step->retry = (struct retry_def){.on = json_get(policy, "on")};
	json_get_int(policy, "max_attempts", &attempts);
	step->retry.max_attempts = (int)attempts;
	json_get_int(policy, "delay_ms", &step->retry.delay_ms);
	json_get_int(policy, "max_delay_ms", &step->retry.max_delay_ms);
	assert_true(json_get_str(policy, "backoff", &backoff) && backoff_parse(backoff, &step->retry.backoff));
	run->now_us = 1000000;
	run->steps[0].status = STEP_FAILED;
	run->steps[0].attempt = attempt;
	run->steps[0].error = STR("{\"code\":\"overloaded\",\"message\":\"m\"}");
	return run;
}

#define POLICY "\"max_attempts\": 3, \"delay_ms\": 1000, \"max_delay_ms\": 3000, \"backoff\": "

static void
a_failed_step_is_decided_waited_for_and_tried_again(void **state)
{
	(void)state;
	struct run_state *run = failed("{" POLICY "\"none\"}", 1);
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_RETRY);
	assert_int_equal(action->attempt, 2);
	assert_in_range(action->at_us, 1800000, 2000000);
	run->steps[0].due_us = action->at_us;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_SLEEP);
	assert_int_equal(action->at_us, run->steps[0].due_us);
	run->now_us = action->at_us;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_START);
	assert_int_equal(action->attempt, 2);
	run->status = RUN_PAUSED;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_SLEEP);
	assert_true(action->at_us == PLAN_NEVER);
	run->cancel_asked = true;
	assert_int_equal(planned(run, 1)->end, RUN_CANCELLED);
}

static void
attempts_are_counted_in_their_generation(void **state)
{
	(void)state;
	struct run_state *run = failed("{" POLICY "\"none\"}", 3);
	assert_int_equal(planned(run, 1)->kind, ACTION_END);
	run->steps[0].before = 1;
	assert_int_equal(planned(run, 1)->attempt, 4);
}

static void
only_errors_that_may_pass_are_tried_again(void **state)
{
	(void)state;
	struct run_state *run = failed("{" POLICY "\"none\", \"on\": [\"timeout\", \"rate_limited\"]}", 1);
	assert_int_equal(planned(run, 1)->kind, ACTION_END);
	run->steps[0].error = STR("{\"code\":\"timeout\",\"message\":\"m\"}");
	assert_int_equal(planned(run, 1)->kind, ACTION_RETRY);
	run = failed("{" POLICY "\"none\"}", 1);
	run->steps[0].error = STR("{\"code\":\"template\",\"message\":\"m\"}");
	assert_int_equal(planned(run, 1)->kind, ACTION_END);
	run->steps[0].error = STR("");
	assert_int_equal(planned(run, 1)->kind, ACTION_END);
}

/* When the next attempt begins, in milliseconds from now. */
static int64_t
pause_after(const char *error)
{
	struct run_state *run = failed("{" POLICY "\"none\"}", 1);
	run->steps[0].error = str_of(error);
	const struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_RETRY);
	return (action->at_us - run->now_us) / 1000;
}

static void
a_pause_that_the_other_side_asks_for_is_kept_up_to_an_hour(void **state)
{
	(void)state;
	assert_in_range(
		pause_after("{\"code\":\"rate_limited\",\"message\":\"m\",\"retry_after_ms\":20000}"), 20000, 24000);
	assert_in_range(pause_after("{\"code\":\"rate_limited\",\"message\":\"m\",\"retry_after_ms\":5}"), 800, 1000);
	assert_in_range(
		pause_after("{\"code\":\"rate_limited\",\"message\":\"m\",\"retry_after_ms\":9e15}"), 3600000, 4320000);
	assert_in_range(
		pause_after("{\"code\":\"rate_limited\",\"message\":\"m\",\"retry_after_ms\":-9e15}"), 800, 1000);
}

static void
waits_grow_as_said_up_to_their_cap_and_differ(void **state)
{
	(void)state;
	static const struct {
		const char *backoff;
		int64_t nominal[5];
	} cases[] = {
		{"none", {1000, 1000, 1000, 1000, 1000}},
		{"linear", {1000, 2000, 3000, 3000, 3000}},
		{"exponential", {1000, 2000, 3000, 3000, 3000}},
	};
	for (size_t c = 0; c < 3; c++)
		for (int attempt = 1; attempt <= 5; attempt++) {
			struct run_state *run =
				failed(arena_printf(arena, "{" POLICY "\"%s\"}", cases[c].backoff), attempt);
			int64_t nominal = cases[c].nominal[attempt - 1], delay = plan_retry_delay_ms(run, 0);
			assert_in_range(delay, nominal * 4 / 5, nominal);
			assert_int_equal(delay, plan_retry_delay_ms(run, 0));
		}
	struct run_state *run = failed("{" POLICY "\"none\"}", 1);
	int64_t first = plan_retry_delay_ms(run, 0);
	unsigned different = 0;
	for (int i = 0; i < 50; i++) {
		run->id.b[15] = (uint8_t)i;
		different += plan_retry_delay_ms(run, 0) != first;
	}
	assert_true(different > 40);
	run = failed(
		"{\"max_attempts\": 100, \"delay_ms\": 1, \"max_delay_ms\": 86400000, \"backoff\": \"exponential\"}",
		99);
	assert_in_range(plan_retry_delay_ms(run, 0), 86400000 * 4 / 5, 86400000);
}

static void
an_unknown_outcome_fails_only_where_the_step_says_never(void **state)
{
	(void)state;
	struct run_state *run = chain();
	run->steps[0] = (struct step_state){.status = STEP_RUNNING, .attempt = 1, .outcome_unknown = true};
	planned(run, 0);
	run->definition->steps[0].retry.never = true; /* the array is not const */
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_FAIL);
	assert_true(action->begun);
	assert_int_equal(action->attempt, 1);
	assert_non_null(strstr(arena_strz(arena, action->error), "unknown_outcome"));
	run->steps[0].outcome_unknown = false;
	planned(run, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_failed_step_is_decided_waited_for_and_tried_again),
		TEST(attempts_are_counted_in_their_generation),
		TEST(only_errors_that_may_pass_are_tried_again),
		TEST(a_pause_that_the_other_side_asks_for_is_kept_up_to_an_hour),
		TEST(waits_grow_as_said_up_to_their_cap_and_differ),
		TEST(an_unknown_outcome_fails_only_where_the_step_says_never),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

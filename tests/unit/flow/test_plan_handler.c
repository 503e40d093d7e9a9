/* The planner and handlers of a workflow: when they are asked, of what, and what becomes of the run. */
#include "planned.h"

/* Two steps side by side. */
static struct run_state *
handled(void)
{
	struct run_state *run =
		run_of("{\"type\": \"flow\", \"input\": {\"type\": \"object\"}, \"on_start\": {\"code\": \"return "
		       "input\"},"
		       "\"on_complete\": {\"code\": \"return context.steps.a\"}, \"on_error\": {\"code\": \"return "
		       "context.steps.b\"},"
		       "\"steps\": [{\"key\": \"a\", \"kind\": \"prompt\", \"needs\": []}, {\"key\": \"b\", \"kind\": "
		       "\"prompt\", \"needs\": []}]}",
			"{\"x\":1}");
	run->started = true;
	return run;
}

static void
answer(struct run_state *run, const struct action *asks, const char *values)
{
	struct evaluation *e = arena_new_of(arena, struct evaluation);
	assert_int_equal(asks->kind, ACTION_EVALUATE);
	*e = (struct evaluation){.next = run->evaluation,
		.step = asks->step,
		.attempt = asks->attempt,
		.round = asks->index,
		.values = values ? doc(values) : NULL,
		.error = values ? (struct str){0} : STR("{\"code\":\"handler\",\"message\":\"No\"}")};
	run->evaluation = e;
}

static void
on_start_is_asked_before_any_step_and_once(void **state)
{
	(void)state;
	struct run_state *run = handled();
	run->started = false;
	run->status = RUN_PAUSED;
	assert_int_equal(planned(run, 1)->kind, ACTION_SLEEP);
	run->status = RUN_PENDING;
	struct action *action = planned(run, 1);
	assert_string_equal(action->handler, "on_start");
	assert_string_equal(json_text(arena, json_get(action->input, "input")).p, "{\"x\":1}");
	answer(run, action, "{\"returned\":{\"y\":2}}");
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_BEGIN);
	assert_string_equal(json_text(arena, action->input).p, "{\"y\":2}");
	run->evaluation = NULL;
	answer(run, &(struct action){.kind = ACTION_EVALUATE, .step = RUN_STARTER, .attempt = 1, .index = 0}, "{}");
	assert_int_equal(planned(run, 1)->kind, ACTION_EVALUATE); /* that was of something else */
	run->cancel_asked = true;
	assert_int_equal(planned(run, 1)->end, RUN_CANCELLED);
	run->cancel_asked = false;
	run->started = true;
	assert_int_equal(planned(run, 2)->kind, ACTION_START);
	run->started = false; /* a version without it was there before */
	run->steps[0] = (struct step_state){.status = STEP_RUNNING, .attempt = 1};
	assert_int_equal(planned(run, 1)->kind, ACTION_START);
}

static void
what_on_start_throws_is_told_to_on_error(void **state)
{
	(void)state;
	struct run_state *run = handled();
	run->started = false;
	answer(run, planned(run, 1), NULL);
	struct action *action = planned(run, 1);
	assert_string_equal(action->handler, "on_error");
	answer(run, action, "{}");
	action = planned(run, 1);
	assert_int_equal(action->end, RUN_FAILED);
	assert_string_equal(action->error.p, "{\"code\":\"handler\",\"message\":\"No\"}");
}

static void
an_end_is_done_when_its_handler_has_answered(void **state)
{
	(void)state;
	struct run_state *run = handled();
	run->steps[0] = (struct step_state){
		.status = STEP_FAILED, .attempt = 1, .error = STR("{\"code\":\"refused\",\"message\":\"No\"}")};
	run->steps[1] = (struct step_state){.status = STEP_RUNNING, .attempt = 1};
	struct action *action = planned(run, 1); /* nothing is dropped yet */
	assert_string_equal(action->handler, "on_error");
	answer(run, action, "{\"returned\":5}");
	action = planned(run, 2);
	assert_int_equal(action[0].kind, ACTION_ABORT);
	assert_int_equal(action[1].end, RUN_COMPLETED);
	assert_string_equal(json_text(arena, action[1].output).p, "5");
	assert_true(action[1].error.n > 0); /* from which it has recovered */
	run->steps[1] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output = doc("7")};
	action = planned(run, 1); /* it speaks of that step, which has ended meanwhile */
	assert_int_equal(action->kind, ACTION_EVALUATE);
	answer(run, action, NULL);
	assert_int_equal(planned(run, 1)->end, RUN_FAILED);
}

static void
on_complete_sees_outputs_that_it_speaks_of(void **state)
{
	(void)state;
	struct run_state *run = handled();
	run->steps[0] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output_away = true};
	run->steps[1] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output_away = true};
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_FETCH);
	assert_int_equal(action->step, 0);
	run->steps[0].output = doc("\"large\"");
	run->steps[0].output_away = false;
	action = planned(run, 1);
	assert_string_equal(json_text(arena, json_get(action->input, "steps")).p, "{\"a\":{\"output\":\"large\"}}");
	answer(run, action, "{}");
	action = planned(run, 1);
	assert_int_equal(action->end, RUN_COMPLETED);
	assert_int_equal(action->step, 1); /* its output, which stays away */
	assert_null(action->output);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(on_start_is_asked_before_any_step_and_once),
		TEST(what_on_start_throws_is_told_to_on_error),
		TEST(an_end_is_done_when_its_handler_has_answered),
		TEST(on_complete_sees_outputs_that_it_speaks_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

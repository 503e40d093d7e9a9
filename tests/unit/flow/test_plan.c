/* The planner: what it does in each situation. See test_plan_*.c for retries, steps without a call, handlers, and states by chance. */
#include "planned.h"

#include "flow/state.h"

#include <stdio.h>

static void
the_first_step_starts_with_its_input(void **state)
{
	(void)state;
	struct run_state *run = chain();
	run->status = RUN_PENDING;
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_START);
	assert_int_equal(action->step, 0);
	assert_int_equal(action->attempt, 1);
	assert_string_equal(json_text(arena, action->input).p, "{\"text\":\"Grüße 🙂\"}");
}

/* Side by side; the last is of the second one's phase, and the third of none. */
static struct run_state *
phases(void)
{
	struct run_state *run = run_of("{\"type\": \"flow\", \"input\": {\"type\": \"object\"}, \"steps\": ["
				       "{\"key\": \"a\", \"kind\": \"prompt\", \"needs\": [], \"phase\": \"Draft\"},"
				       "{\"key\": \"b\", \"kind\": \"prompt\", \"needs\": [], \"phase\": \"Check\"},"
				       "{\"key\": \"c\", \"kind\": \"prompt\", \"needs\": []},"
				       "{\"key\": \"d\", \"kind\": \"prompt\", \"needs\": [], \"phase\": \"Check\"}]}",
		"{}");
	run->manual = true;
	return run;
}

static void
a_person_begins_each_phase_but_the_first(void **state)
{
	(void)state;
	struct run_state *run = phases();
	struct action *action = planned(run, 2);
	assert_int_equal(action[0].step, 0);
	assert_int_equal(action[1].step, 2);
	run->steps[0] = run->steps[2] = (struct step_state){.status = STEP_RUNNING, .attempt = 1};
	run->begun_steps = 2;
	planned(run, 0); /* what goes on ends first */
	complete(run, 0, "1");
	planned(run, 0);
	complete(run, 2, "1");
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_STAND);
	assert_string_equal(arena_strz(arena, action->waiting_for), "Check");
	run->status = RUN_PAUSED;
	assert_int_equal(planned(run, 1)->kind, ACTION_SLEEP);
	run->status = RUN_RUNNING;
	run->passed = doc("[\"Check\"]");
	action = planned(run, 2);
	assert_int_equal(action[0].step, 1);
	assert_int_equal(action[1].step, 3);
	run->passed = NULL;
	run->begun_steps = 0; /* the next generation: whoever asked for it has begun what comes first */
	planned(run, 2);
	run->manual = false;
	run->begun_steps = 2;
	planned(run, 2);
}

static void
a_phase_of_nothing_but_empty_groups_is_one(void **state)
{
	(void)state;
	struct run_state *run = run_of(
		"{\"type\": \"flow\", \"input\": {\"type\": \"object\"}, \"steps\": ["
		"{\"key\": \"a\", \"kind\": \"loop\", \"items\": [], \"phase\": \"Draft\", \"steps\": [{\"key\": "
		"\"in\", \"kind\": \"transform\", \"value\": 1}]},"
		"{\"key\": \"b\", \"kind\": \"transform\", \"value\": 1, \"phase\": \"Check\"}]}",
		"{}");
	run->manual = true;
	assert_int_equal(planned(run, 1)->kind, ACTION_OPEN);
	complete(run, 0, "[]");
	run->any_over = true;
	assert_int_equal(planned(run, 1)->kind, ACTION_STAND);
	run->any_over = false; /* an earlier generation did that */
	assert_int_equal(planned(run, 1)->kind, ACTION_COMPLETE);
}

static void
the_next_step_takes_the_output_before_it(void **state)
{
	(void)state;
	struct run_state *run = chain();
	complete(run, 0, "\"points\"");
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_START);
	assert_int_equal(action->step, 1);
	assert_string_equal(json_text(arena, action->input).p, "{\"c\":\"<points>\"}");
	complete(run, 1, "{\"title\": {\"a\": 1}}");
	action = planned(run, 1);
	assert_int_equal(action->step, 2);
	assert_string_equal(json_text(arena, action->input).p, "{\"c\":{\"a\":1},\"d\":[1]}");
}

/* Its template names what is away: that is asked for, and nothing else; what it does not name may stay away. */
static void
an_output_that_is_away_is_fetched_when_it_is_named(void **state)
{
	(void)state;
	struct run_state *run = chain();
	complete(run, 0, "1");
	run->steps[0].output = NULL;
	run->steps[0].output_away = true;
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_FETCH);
	assert_int_equal(action->step, 0);
	complete(run, 1, "{\"title\": 1}");
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_START);
	assert_int_equal(action->step, 2);
	complete(run, 2, "1");
	run->steps[2].output = NULL;
	run->steps[2].output_away = true;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_END);
	assert_int_equal(action->step, 2); /* whose output is the run's, wherever it is */
	assert_null(action->output);
}

/* However many steps that may begin want it, an output is asked for once: there is room for no more. */
static void
an_output_that_many_name_is_fetched_once(void **state)
{
	(void)state;
	enum { MADE = 12, WANT = 80 };
	struct buf text;
	struct definition *definition;
	struct err err = {0};
	char key[48];
	buf_init(&text, 1 << 20);
	buf_add_str(&text, STR("{\"type\": \"flow\", \"input\": {\"type\": \"object\"}, \"steps\": ["));
	for (int i = 0; i < MADE; i++)
		buf_add_str(&text,
			str_of(arena_printf(arena, "{\"key\": \"m%d\", \"kind\": \"transform\", \"value\": 1},", i)));
	buf_add_str(&text, STR("{\"key\": \"all\", \"kind\": \"parallel\", \"steps\": ["));
	for (int i = 0; i < WANT; i++) {
		buf_add_str(
			&text, str_of(arena_printf(arena, "%s{\"key\": \"w%d\", \"kind\": \"transform\", \"value\": [",
				       i ? "," : "", i)));
		for (int n = 0; n < MADE; n++) {
			snprintf(key, sizeof key, "%s\"{{steps.m%d.output}}\"", n ? "," : "", n);
			buf_add_str(&text, str_of(key));
		}
		buf_add_str(&text, STR("]}"));
	}
	buf_add_str(&text, STR("]}]}"));
	assert_true(definition_read(arena, doc(arena_strz(arena, buf_str(&text))), &definition, &err));
	struct run_state run = {.definition = definition,
		.input = doc("{}"),
		.status = RUN_RUNNING,
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state))};
	for (int i = 0; i < MADE; i++)
		run.steps[i] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output_away = true};
	run.steps[MADE] = (struct step_state){.status = STEP_RUNNING, .attempt = 1};
	struct action *action = planned(&run, MADE);
	for (unsigned i = 0; i < MADE; i++)
		assert_true(action[i].kind == ACTION_FETCH && action[i].step == i);
	buf_release(&text);
}

/* What the run says of a step goes before what it says of all, and that before the definition. */
static void
another_model_may_be_asked(void **state)
{
	(void)state;
	struct run_state *run = chain();
	run->definition->steps[1].model = STR("builtin/score");
	assert_int_equal(plan_model(run, 0).n, 0);
	assert_true(str_is(plan_model(run, 1), "builtin/score"));
	run->models = doc("{\"act\": \"builtin/actions\"}");
	assert_true(str_is(plan_model(run, 1), "builtin/score"));
	assert_true(str_is(plan_model(run, 2), "builtin/actions"));
	run->models = doc("{\"*\": \"builtin/echo\", \"act\": \"builtin/actions\"}");
	assert_true(str_is(plan_model(run, 0), "builtin/echo"));
	assert_true(str_is(plan_model(run, 1), "builtin/echo"));
	assert_true(str_is(plan_model(run, 2), "builtin/actions"));
}

/* It is taken as it is, though it may look like a template. */
static void
an_input_that_was_given_replaces_the_mapping(void **state)
{
	(void)state;
	struct run_state *run = chain();
	complete(run, 0, "\"points\"");
	run->inputs = doc("{\"summarise\": {\"c\": \"{{nothing}}\"}}");
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_START);
	assert_string_equal(json_text(arena, action->input).p, "{\"c\":\"{{nothing}}\"}");
	complete(run, 1, "{\"title\": 1}");
	action = planned(run, 1);
	assert_string_equal(json_text(arena, action->input).p, "{\"c\":1,\"d\":[1]}");
}

static struct run_state *
loaded(struct run_state *run, const char *row, unsigned expected)
{
	unsigned step = 99;
	assert_true(state_load_step(arena, run, doc(row), &step, NULL));
	assert_int_equal(step, expected);
	return run;
}

/* Numbers of attempts go on where earlier generations ended, policies count from there. */
static void
a_later_generation_goes_on_from_what_is_kept(void **state)
{
	(void)state;
	struct run_state *run = chain();
	loaded(run,
		"{\"path\": \"extract\", \"attempt\": 2, \"before\": 3, \"status\": \"completed\", \"output\": "
		"\"kept\"}",
		0);
	loaded(run, "{\"path\": \"summarise\", \"attempt\": 4, \"before\": 4, \"status\": \"pending\"}", 1);
	loaded(run, "{\"path\": \"of an older version\", \"attempt\": 1, \"before\": 1, \"status\": \"pending\"}", 3);
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_START);
	assert_int_equal(action->step, 1);
	assert_int_equal(action->attempt, 5);
	assert_string_equal(json_text(arena, action->input).p, "{\"c\":\"<kept>\"}");
	run->definition->steps[1].retry =
		(struct retry_def){.max_attempts = 2, .delay_ms = 1000, .max_delay_ms = 60000};
	const char *const failed =
		"{\"path\": \"summarise\", \"attempt\": %d, \"before\": 4, \"status\": \"failed\", \"error\": "
		"{\"code\": \"overloaded\", \"message\": \"\"}}";
	assert_int_equal(planned(loaded(run, arena_printf(arena, failed, 5), 1), 1)->kind, ACTION_RETRY);
	assert_int_equal(planned(loaded(run, arena_printf(arena, failed, 6), 1), 1)->kind, ACTION_END);
	unsigned step;
	assert_false(state_load_step(arena, run,
		doc("{\"path\": \"of an older version\", \"attempt\": 1, \"status\": \"completed\"}"), &step, NULL));
}

static void
nothing_is_asked_for_twice(void **state)
{
	(void)state;
	struct run_state *run = chain();
	run->steps[0].status = STEP_RUNNING;
	run->steps[0].attempt = 1;
	planned(run, 0);
	run->steps[0].status = STEP_WAITING;
	planned(run, 0);
	run->status = RUN_COMPLETED;
	planned(run, 0);
}

static void
a_step_that_was_tried_before_gets_the_next_attempt(void **state)
{
	(void)state;
	struct run_state *run = chain();
	run->steps[0].attempt = 2;
	assert_int_equal(planned(run, 1)->attempt, 3);
}

static void
the_last_output_is_the_run_s(void **state)
{
	(void)state;
	struct run_state *run = chain();
	complete(run, 0, "1");
	complete(run, 1, "{\"title\": 2}");
	complete(run, 2, "\"done ü\"");
	run->cancel_asked = true; /* too late */
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_END);
	assert_int_equal(action->end, RUN_COMPLETED);
	assert_string_equal(json_text(arena, action->output).p, "\"done ü\"");
}

static void
a_failed_step_fails_the_run_and_is_named(void **state)
{
	(void)state;
	struct run_state *run = chain();
	complete(run, 0, "1");
	run->steps[1] = (struct step_state){.status = STEP_FAILED,
		.attempt = 1,
		.error = STR("{\"code\":\"rate_limited\",\"message\":\"Too \\\"many\\\".\"}")};
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_END);
	assert_int_equal(action->end, RUN_FAILED);
	assert_string_equal(arena_strz(arena, action->error), "{\"code\":\"rate_limited\",\"message\":\"Step 2, Größe, "
							      "failed. Too \\\"many\\\".\",\"path\":\"summarise\"}");
	run->steps[1].error = STR("not json");
	assert_non_null(strstr(arena_strz(arena, planned(run, 1)->error), "\"internal\""));
}

static void
an_input_that_cannot_be_filled_fails_step_and_run(void **state)
{
	(void)state;
	struct run_state *run = chain();
	complete(run, 0, "1");
	complete(run, 1, "\"only text\"");
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_FAIL);
	assert_int_equal(action->step, 2);
	assert_int_equal(action->attempt, 1);
	assert_non_null(strstr(arena_strz(arena, action->error), "`steps.summarise.output` is text"));
	run->steps[2] = (struct step_state){.status = STEP_FAILED, .attempt = 1, .error = action->error};
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_END);
	assert_int_equal(action->end, RUN_FAILED);
	assert_non_null(strstr(arena_strz(arena, action->error), "`steps.summarise.output` is text"));
}

static void
a_cancelled_run_aborts_what_runs_and_ends(void **state)
{
	(void)state;
	struct run_state *run = chain();
	complete(run, 0, "1");
	run->steps[1] = (struct step_state){.status = STEP_RUNNING, .attempt = 4};
	run->cancel_asked = true;
	struct action *actions = planned(run, 2);
	assert_int_equal(actions[0].kind, ACTION_ABORT);
	assert_int_equal(actions[0].step, 1);
	assert_int_equal(actions[0].attempt, 4);
	assert_int_equal(actions[1].end, RUN_CANCELLED);
	run->steps[1].status = STEP_CANCELLED;
	assert_int_equal(planned(run, 1)->end, RUN_CANCELLED);
	run->cancel_asked = false;
	assert_int_equal(planned(run, 1)->end, RUN_CANCELLED);
}

static void
a_paused_run_starts_nothing_but_can_be_cancelled(void **state)
{
	(void)state;
	struct run_state *run = chain();
	run->status = RUN_PAUSED;
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_SLEEP);
	assert_true(action->at_us == PLAN_NEVER);
	run->steps[0].status = STEP_RUNNING;
	planned(run, 0);
	run->cancel_asked = true;
	assert_int_equal(planned(run, 2)[1].end, RUN_CANCELLED);
	run = chain();
	run->status = RUN_PAUSED;
	complete(run, 0, "1");
	complete(run, 1, "1");
	complete(run, 2, "1");
	assert_int_equal(planned(run, 1)->end, RUN_COMPLETED);
}

/* ---- workflows with code ---- */

static struct run_state *
coded(void)
{
	return run_of(
		"{\"type\": \"flow\", \"code\": \"…\", \"input\": {\"type\": \"object\"}, \"steps\": ["
		"{\"key\": \"one\", \"name\": \"One\", \"kind\": \"prompt\", \"needs\": [], \"input\": {\"text\": "
		"\"{{asked.text}}\"}},"
		"{\"key\": \"two\", \"name\": \"Two\", \"kind\": \"prompt\", \"needs\": [], \"input\": {\"text\": "
		"\"{{asked.deep.0}}\"}}]}",
		"{}");
}

static void
steps_of_a_code_begin_when_it_asks_for_them(void **state)
{
	(void)state;
	struct run_state *run = coded();
	struct replay replay = {.coming = true};
	assert_int_equal(planned(run, 1)->kind, ACTION_REPLAY);
	run->replay = &replay;
	planned(run, 0); /* it comes */
	replay = (struct replay){.known = true, .asks = doc("{\"two\": {\"deep\": [\"b\"]}}")};
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_START);
	assert_int_equal(action->step, 1);
	assert_string_equal(json_text(arena, action->input).p, "{\"text\":\"b\"}");
	complete(run, 1, "\"B\"");
	assert_int_equal(planned(run, 1)->kind, ACTION_REPLAY);
	/* A failure is the code's to see. */
	run->steps[1] = (struct step_state){
		.status = STEP_FAILED, .attempt = 1, .error = STR("{\"code\":\"x\",\"message\":\"y\"}")};
	assert_int_equal(planned(run, 1)->kind, ACTION_REPLAY);
}

static void
the_end_of_a_code_is_the_end_of_its_run(void **state)
{
	(void)state;
	struct run_state *run = coded();
	struct replay replay = {.known = true, .seen = 1, .over = true, .output = doc("[1]")};
	run->replay = &replay;
	complete(run, 1, "\"B\"");
	struct action *action = planned(run, 2);
	assert_int_equal(action[0].kind, ACTION_SKIP); /* what it has not asked for */
	assert_int_equal(action[0].step, 0);
	assert_int_equal(action[1].kind, ACTION_END);
	assert_int_equal(action[1].end, RUN_COMPLETED);
	assert_string_equal(json_text(arena, action[1].output).p, "[1]");
	/* What has ended since may change what it does. */
	replay.seen = 0;
	assert_int_equal(planned(run, 1)->kind, ACTION_REPLAY);
	replay = (struct replay){
		.known = true, .seen = 1, .over = true, .error = STR("{\"code\":\"code\",\"message\":\"m\"}")};
	run->steps[0] = (struct step_state){.status = STEP_RUNNING, .attempt = 1};
	action = planned(run, 2);
	assert_int_equal(action[0].kind, ACTION_ABORT);
	assert_int_equal(action[1].end, RUN_FAILED);
	/* Its output is large, and away: the code cannot be run without it. */
	run = coded();
	run->steps[1] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output_away = true};
	assert_int_equal(planned(run, 1)->kind, ACTION_FETCH);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_first_step_starts_with_its_input),
		TEST(a_person_begins_each_phase_but_the_first),
		TEST(a_phase_of_nothing_but_empty_groups_is_one),
		TEST(the_next_step_takes_the_output_before_it),
		TEST(an_output_that_is_away_is_fetched_when_it_is_named),
		TEST(an_output_that_many_name_is_fetched_once),
		TEST(another_model_may_be_asked),
		TEST(an_input_that_was_given_replaces_the_mapping),
		TEST(a_later_generation_goes_on_from_what_is_kept),
		TEST(nothing_is_asked_for_twice),
		TEST(a_step_that_was_tried_before_gets_the_next_attempt),
		TEST(the_last_output_is_the_run_s),
		TEST(a_failed_step_fails_the_run_and_is_named),
		TEST(an_input_that_cannot_be_filled_fails_step_and_run),
		TEST(a_cancelled_run_aborts_what_runs_and_ends),
		TEST(steps_of_a_code_begin_when_it_asks_for_them),
		TEST(the_end_of_a_code_is_the_end_of_its_run),
		TEST(a_paused_run_starts_nothing_but_can_be_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

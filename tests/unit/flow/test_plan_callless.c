/* The planner and steps without a call: transforms, waits, signals, approvals. */
#include "planned.h"

#include "flow/state.h"

#include <stdio.h>

static struct run_state *
flow(const char *steps)
{
	struct run_state *run = run_of(
		arena_printf(arena, "{\"type\": \"flow\", \"steps\": [%s]}", steps), "{\"text\": \"t\", \"n\": 3}");
	run->now_us = 1000000;
	return run;
}

static void
a_transform_ends_with_its_value_filled(void **state)
{
	(void)state;
	struct run_state *run = flow("{\"key\": \"a\", \"kind\": \"transform\", \"value\": [\"{{input.n}}\", {\"b\": "
				     "\"<{{input.text}}>\"}]}");
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_COMPLETE);
	assert_false(action->begun);
	assert_int_equal(action->attempt, 1);
	assert_string_equal(json_text(arena, action->output).p, "[3,{\"b\":\"<t>\"}]");
	run->status = RUN_PAUSED;
	assert_int_equal(planned(run, 1)->kind, ACTION_SLEEP);
}

static void
a_wait_is_begun_slept_through_and_ended(void **state)
{
	(void)state;
	struct run_state *run = flow("{\"key\": \"a\", \"kind\": \"wait\", \"seconds\": \"{{input.n}}\"}");
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_WAIT);
	assert_int_equal(action->at_us, 4000000);
	run->steps[0] = (struct step_state){.status = STEP_WAITING, .attempt = 1, .due_us = 4000000};
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_SLEEP);
	assert_int_equal(action->at_us, 4000000);
	run->now_us = 4000000;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_COMPLETE);
	assert_true(action->begun);
	assert_null(action->output);
	run->cancel_asked = true;
	assert_int_equal(planned(run, 2)[0].kind, ACTION_ABORT);
}

static void
what_cannot_be_waited_for_fails(void **state)
{
	(void)state;
	static const char *const wrong[] = {"\"seconds\": \"{{input.text}}\"", "\"seconds\": -1", "\"seconds\": 1e9",
		"\"until\": \"tomorrow\"", "\"until\": \"{{input.n}}\""};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct run_state *run = flow(arena_printf(arena, "{\"key\": \"a\", \"kind\": \"wait\", %s}", wrong[i]));
		struct action *action = planned(run, 1);
		assert_int_equal(action->kind, ACTION_FAIL);
		assert_non_null(strstr(arena_strz(arena, action->error), "invalid_wait"));
	}
}

static void
what_cannot_be_waited_for_is_shown_in_whole_characters(void **state)
{
	(void)state;
	for (int n = 50; n < 62; n++) {
		char text[80];
		memset(text, 'x', sizeof text);
		snprintf(text + n, sizeof text - (size_t)n, "🙂🙂🙂");
		struct run_state *run = flow("{\"key\": \"a\", \"kind\": \"wait\", \"seconds\": \"{{input.text}}\"}");
		run->input = doc(arena_printf(arena, "{\"text\": \"%s\"}", text));
		struct json *error;
		assert_true(json_read(arena, planned(run, 1)->error, &json_limits_request, &error, NULL));
	}
}

static void
a_failure_that_shall_be_tried_again_is_whatever_it_is(void **state)
{
	(void)state;
	const char *policy =
		"\"retry\": {\"max_attempts\": 2, \"delay_ms\": 10, \"max_delay_ms\": 10, \"backoff\": \"none\", "
		"\"on\": [\"template\"]}";
	const char *const kinds[] = {"\"kind\": \"prompt\", \"input\": {\"a\": \"{{input.none}}\"}",
		"\"kind\": \"transform\", \"value\": \"{{input.none}}\""};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct run_state *run = flow(arena_printf(arena, "{\"key\": \"a\", %s, %s}", kinds[i], policy));
		struct action *action = planned(run, 1);
		assert_int_equal(action->kind, ACTION_FAIL);
		run->steps[0] = (struct step_state){.status = STEP_FAILED, .attempt = 1, .error = action->error};
		assert_int_equal(planned(run, 1)->kind, ACTION_RETRY);
	}
}

static void
a_signal_without_data_gives_null_as_its_row_does(void **state)
{
	(void)state;
	struct run_state *run = flow("{\"key\": \"a\", \"kind\": \"transform\", \"value\": 1},"
				     "{\"key\": \"b\", \"kind\": \"signal\", \"signal\": \"go\"}");
	struct message go = {.kind = MESSAGE_SIGNAL, .name = STR("go"), .data = doc("{}")};
	complete(run, 0, "1");
	run->messages = &go;
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_COMPLETE);
	assert_non_null(action->output);
	assert_int_equal(action->output->type, JSON_NULL);
	run->steps[1] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output = action->output};
	assert_int_equal(planned(run, 1)->output->type, JSON_NULL);
}

static void
a_signal_is_taken_once_early_or_late(void **state)
{
	(void)state;
	struct run_state *run =
		flow("{\"key\": \"a\", \"kind\": \"signal\", \"signal\": \"go\", \"timeout_seconds\": 2},"
		     "{\"key\": \"b\", \"kind\": \"signal\", \"signal\": \"go\"}");
	struct message other = {.kind = MESSAGE_SIGNAL, .name = STR("stop"), .data = doc("{\"data\": 1}")};
	struct message go = {.kind = MESSAGE_SIGNAL, .name = STR("go"), .data = doc("{\"data\": 2}")};
	run->messages = &other;
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_WAIT);
	assert_int_equal(action->at_us, 3000000);
	assert_string_equal(arena_strz(arena, action->waiting_for), "signal go");
	other.next = &go;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_COMPLETE);
	assert_ptr_equal(action->message, &go);
	assert_string_equal(json_text(arena, action->output).p, "2");
	run->steps[0] = (struct step_state){.status = STEP_WAITING, .attempt = 1, .due_us = 3000000};
	assert_true(planned(run, 1)->begun);
	go.used = true;
	assert_int_equal(planned(run, 1)->kind, ACTION_SLEEP);
	run->now_us = 3000000;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_FAIL);
	assert_non_null(strstr(arena_strz(arena, action->error), "timeout"));
}

static void
an_approval_takes_the_decision_of_its_attempt(void **state)
{
	(void)state;
	struct run_state *run = flow("{\"key\": \"a\", \"kind\": \"approval\"}");
	struct message no = {.kind = MESSAGE_DECISION,
		.name = STR("a"),
		.attempt = 2,
		.data = doc("{\"decision\": \"reject\", \"comment\": \"why\"}")};
	run->messages = &no;
	assert_int_equal(planned(run, 1)->kind, ACTION_WAIT);
	run->steps[0] = (struct step_state){.status = STEP_WAITING, .attempt = 1};
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_SLEEP);
	assert_true(action->at_us == PLAN_NEVER);
	run->steps[0].attempt = 2;
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_FAIL);
	assert_ptr_equal(action->message, &no);
	assert_non_null(strstr(arena_strz(arena, action->error), "rejected: why"));
	no.data = doc("{\"decision\": \"approve\", \"data\": {\"x\": 1}}");
	action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_COMPLETE);
	assert_string_equal(json_text(arena, action->output).p,
		"{\"decision\":\"approve\",\"data\":{\"x\":1},\"comment\":\"\",\"by\":null}");
	no.data = doc("{\"decision\": \"approve\", \"by_name\": \"Mia\"}");
	assert_string_equal(json_text(arena, planned(run, 1)->output).p,
		"{\"decision\":\"approve\",\"data\":null,\"comment\":\"\",\"by\":null,\"by_name\":\"Mia\"}");
}

static void
what_does_not_fit_is_an_error(void **state)
{
	(void)state;
	struct action *actions;
	unsigned count;
	struct err err = {0};
	struct run_state run = {0};
	assert_false(plan(arena, &run, &actions, &count, &err));
	assert_int_equal(err.code, ERR_INTERNAL);
}

/* In a condition || is "or", in brackets or not: a false on the left does not win. */
static void
any_side_of_an_or_makes_a_condition_true(void **state)
{
	(void)state;
	static const struct {
		const char *input, *condition;
		bool holds;
	} cases[] = {
		{"{\"a\": false, \"b\": true}", "{{ input.a || input.b }}", true},
		{"{\"a\": 0, \"b\": \"yes\"}", "{{input.a||input.b}}", true},
		{"{\"a\": true, \"b\": false}", "{{ input.a || input.b }}", true},
		{"{\"a\": false, \"b\": false, \"c\": []}", "{{ input.a || input.b || input.c }}", true},
		{"{\"a\": false, \"b\": 0}", "{{ input.a || input.b }}", false},
		{"{\"a\": null, \"b\": \"\"}", "{{ input.a || input.b }}", false},
		{"{\"a\": false}", "{{ input.a || input.b }}", false},
		{"{\"b\": 0.0}", "{{ input.a || input.b }}", false},
		{"{\"b\": false}", "{{ input.a || input.b || true }}", true},
		{"{\"a\": 0}", "{{ input.a || 0 }}", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run_state *run = flow(arena_printf(arena,
			"{\"key\": \"a\", \"kind\": \"transform\", \"value\": 1, \"condition\": \"%s\"}",
			cases[i].condition));
		run->input = doc(cases[i].input);
		if ((planned(run, 1)->kind == ACTION_COMPLETE) != cases[i].holds)
			fail_msg("%s of %s", cases[i].condition, cases[i].input);
		run = flow(arena_printf(arena,
			"{\"key\": \"c\", \"kind\": \"conditional\", \"condition\": \"%s\", \"then\": \"t\", \"else\": "
			"\"e\"}, {\"key\": \"t\", \"kind\": \"transform\", \"value\": 1}, {\"key\": \"e\", \"kind\": "
			"\"transform\", \"value\": 1}",
			cases[i].condition));
		run->input = doc(cases[i].input);
		assert_string_equal(json_text(arena, planned(run, 1)->output).p, cases[i].holds ? "\"t\"" : "\"e\"");
		run = flow(arena_printf(
			arena, "{\"key\": \"w\", \"kind\": \"wait\", \"while\": \"%s\"}", cases[i].condition));
		run->input = doc(cases[i].input);
		run->steps[0] = (struct step_state){.status = STEP_WAITING, .attempt = 1};
		assert_int_equal(planned(run, 1)->kind, cases[i].holds ? ACTION_LOOK : ACTION_COMPLETE);
		run = flow(arena_printf(arena,
			"{\"key\": \"l\", \"kind\": \"loop\", \"while\": \"%s\", \"max_iterations\": 5, \"steps\": "
			"[{\"key\": "
			"\"b\", \"kind\": \"transform\", \"value\": 1}]}",
			cases[i].condition));
		run->input = doc(cases[i].input);
		run->steps[0] = (struct step_state){.status = STEP_RUNNING, .attempt = 1};
		assert_int_equal(planned(run, 1)->kind == ACTION_COMPLETE, !cases[i].holds);
	}
}

static void
a_number_is_a_case_by_what_it_comes_to(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"1.0", "\"one\""}, {"1", "\"one\""}, {"10e-1", "\"one\""},
		{"\"1\"", "\"one\""}, {"\"1.0\"", "\"other\""}, {"2.50", "\"half\""}, {"2", "\"other\""},
		{"true", "\"yes\""}, {"-0", "\"none\""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run_state *run =
			flow("{\"key\": \"s\", \"kind\": \"switch\", \"value\": \"{{input.n}}\", \"cases\": {\"1\": "
			     "\"one\", "
			     "\"2.5\": \"half\", \"true\": \"yes\", \"0\": \"none\", \"x\": \"one\"}, \"default\": "
			     "\"other\"}, "
			     "{\"key\": \"one\", \"kind\": \"transform\", \"value\": 1}, {\"key\": \"half\", \"kind\": "
			     "\"transform\", \"value\": 1}, {\"key\": \"yes\", \"kind\": \"transform\", \"value\": 1}, "
			     "{\"key\": "
			     "\"none\", \"kind\": \"transform\", \"value\": 1}, {\"key\": \"other\", \"kind\": "
			     "\"transform\", "
			     "\"value\": 1}");
		run->input = doc(arena_printf(arena, "{\"n\": %s}", cases[i][0]));
		assert_string_equal(json_text(arena, planned(run, 1)->output).p, cases[i][1]);
	}
}

/* One path alone has to be there: it may be misspelt. */
static void
what_a_condition_alone_names_has_to_exist(void **state)
{
	(void)state;
	struct run_state *run = flow("{\"key\": \"a\", \"kind\": \"transform\", \"value\": 1, \"condition\": "
				     "\"{{input.txet}}\"}");
	struct action *action = planned(run, 1);
	assert_int_equal(action->kind, ACTION_FAIL);
	assert_non_null(strstr(arena_strz(arena, action->error), "Did you mean `text`?"));
}

/* Each beginning says what its output is kept under; its handlers are asked when there is nothing. */
static void
what_begins_says_its_key_before_its_handlers_are_asked(void **state)
{
	(void)state;
	static const char kept[] = "\"cache\": {\"key\": \"{{input.n}}\", \"ttl_seconds\": 9}, \"on_start\": "
				   "{\"code\": \"return 1\"}";
	static const struct {
		const char *step;
		enum action_kind kind;
	} steps[] = {
		{"\"kind\": \"transform\", \"value\": 1", ACTION_COMPLETE},
		{"\"kind\": \"parallel\", \"steps\": [{\"key\": \"b\", \"kind\": \"transform\", \"value\": 1}]",
			ACTION_OPEN},
		{"\"kind\": \"loop\", \"items\": [1], \"steps\": [{\"key\": \"b\", \"kind\": \"transform\", "
		 "\"value\": 1}]",
			ACTION_OPEN},
		{"\"kind\": \"workflow\", \"workflow\": {\"id\": \"0192f0c4-0000-7000-8000-0000000000f1\", "
		 "\"version\": 1}, \"input\": {}",
			ACTION_CHILD},
	};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct run_state *run = flow(arena_printf(arena, "{\"key\": \"a\", %s, %s}", steps[i].step, kept));
		struct action *action = planned(run, 1);
		assert_int_equal(action->kind, steps[i].kind);
		assert_string_equal(json_text(arena, action->cache_key).p, "3");
		run->steps[0].not_kept = 1;
		assert_int_equal(planned(run, 1)->kind, ACTION_EVALUATE);
		run->inputs = doc("{\"ab\": 1}");
		assert_int_equal(planned(run, 1)->kind, ACTION_EVALUATE);
		run->inputs = doc(i == 1 ? "{\"a/b\": {}}" : i == 2 ? "{\"a[1]/b\": {}}" : "{\"a\": {}}");
		run->steps[0].not_kept = 0; /* it has no key then, so nothing is asked before the handler */
		assert_int_equal(planned(run, 1)->kind, ACTION_EVALUATE);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_transform_ends_with_its_value_filled),
		TEST(a_wait_is_begun_slept_through_and_ended),
		TEST(what_cannot_be_waited_for_fails),
		TEST(what_cannot_be_waited_for_is_shown_in_whole_characters),
		TEST(a_failure_that_shall_be_tried_again_is_whatever_it_is),
		TEST(a_signal_without_data_gives_null_as_its_row_does),
		TEST(a_signal_is_taken_once_early_or_late),
		TEST(an_approval_takes_the_decision_of_its_attempt),
		TEST(any_side_of_an_or_makes_a_condition_true),
		TEST(a_number_is_a_case_by_what_it_comes_to),
		TEST(what_a_condition_alone_names_has_to_exist),
		TEST(what_begins_says_its_key_before_its_handlers_are_asked),
		TEST(what_does_not_fit_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

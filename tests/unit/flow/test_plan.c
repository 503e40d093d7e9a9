/* The planner: what it does in each situation, and what it never does in a thousand random ones. */
#include "../support.h"

#include "flow/plan.h"
#include "flow/state.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STEPS_MAX 6

/* Three steps: extract → summarise → act, each taking what the one before gave. */
static struct run_state *
chain(void)
{
	struct definition *definition;
	struct err err = {0};
	struct run_state *run = arena_new_of(arena, struct run_state);
	assert_true(definition_read(arena,
		doc("{\"type\": \"chain\", \"input\": {\"type\": \"object\"}, \"steps\": ["
		    "{\"key\": \"extract\", \"name\": \"Extract\", \"kind\": \"prompt\", \"input\": {\"text\": "
		    "\"{{input.text}}\"}},"
		    "{\"key\": \"summarise\", \"name\": \"Größe\", \"kind\": \"prompt\", \"input\": {\"c\": "
		    "\"<{{steps.extract.output}}>\"}},"
		    "{\"key\": \"act\", \"kind\": \"prompt\", \"input\": {\"c\": \"{{steps.summarise.output.title}}\", "
		    "\"d\": [1]}}]}"),
		&definition, &err));
	*run = (struct run_state){.definition = definition,
		.input = doc("{\"text\": \"Grüße 🙂\"}"),
		.status = RUN_RUNNING,
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state))};
	return run;
}

static struct action *
planned(const struct run_state *run, unsigned expected)
{
	struct action *actions = NULL;
	struct err err = {0};
	unsigned count = 99;
	assert_true(plan(arena, run, &actions, &count, &err));
	assert_int_equal(count, expected);
	return actions;
}

static void
complete(struct run_state *run, unsigned step, const char *output)
{
	run->steps[step] = (struct step_state){.status = STEP_COMPLETED, .attempt = 1, .output = doc(output)};
}

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
	struct definition *definition;
	struct err err = {0};
	struct run_state *run = arena_new_of(arena, struct run_state);
	assert_true(definition_read(arena,
		doc("{\"type\": \"flow\", \"input\": {\"type\": \"object\"}, \"steps\": ["
		    "{\"key\": \"a\", \"kind\": \"prompt\", \"needs\": [], \"phase\": \"Draft\"},"
		    "{\"key\": \"b\", \"kind\": \"prompt\", \"needs\": [], \"phase\": \"Check\"},"
		    "{\"key\": \"c\", \"kind\": \"prompt\", \"needs\": []},"
		    "{\"key\": \"d\", \"kind\": \"prompt\", \"needs\": [], \"phase\": \"Check\"}]}"),
		&definition, &err));
	*run = (struct run_state){.definition = definition,
		.input = doc("{}"),
		.status = RUN_RUNNING,
		.manual = true,
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state))};
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

/* ---- retry ---- */

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

/* ---- steps without a call ---- */

static struct run_state *
flow(const char *steps)
{
	struct definition *definition;
	struct err err = {0};
	struct run_state *run = arena_new_of(arena, struct run_state);
	if (!definition_read(
		    arena, doc(arena_printf(arena, "{\"type\": \"flow\", \"steps\": [%s]}", steps)), &definition, &err))
		fail_msg("%s: %s", err.message, err.detail);
	*run = (struct run_state){.definition = definition,
		.input = doc("{\"text\": \"t\", \"n\": 3}"),
		.status = RUN_RUNNING,
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state)),
		.now_us = 1000000};
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

/* ---- random states ---- */

static unsigned
pick(unsigned n)
{
	return (unsigned)rand() % n;
}

static struct run_state *
random_run(void)
{
	static const char *const mappings[] = {"{\"a\": \"{{input.text}}\"}", "{}", "{\"a\": \"{{input.missing}}\"}",
		"{\"a\": \"{{input.missing || 1}}\"}", NULL};
	struct definition *definition = arena_new_of(arena, struct definition);
	struct run_state *run = arena_new_of(arena, struct run_state);
	definition->step_count = 1 + pick(STEPS_MAX);
	definition->steps = arena_array(arena, definition->step_count, sizeof *definition->steps);
	run->steps = arena_array(arena, definition->step_count, sizeof *run->steps);
	run->definition = definition;
	run->status = (enum run_status)pick(pick(10) ? RUN_COMPLETED : RUN_CANCELLED + 1);
	run->cancel_asked = pick(4) == 0;
	run->input = pick(8) ? doc("{\"text\": \"t\"}") : NULL;
	for (unsigned i = 0; i < definition->step_count; i++) {
		const char *mapping = mappings[pick(5)];
		struct step_state *step = &run->steps[i];
		unsigned *needs = arena_array(arena, 1, sizeof *needs);
		needs[0] = i > 0 ? i - 1 : 0;
		definition->steps[i] = (struct step_def){.index = i,
			.key = str_of(arena_printf(arena, "s%u", i)),
			.parent = NO_STEP,
			.end = i + 1,
			.needs = needs,
			.need_count = i > 0};
		definition->steps[i].path = definition->steps[i].key;
		definition->steps[i].input = mapping ? doc(mapping) : NULL;
		definition->steps[i].retry = (struct retry_def){.never = pick(8) == 0,
			.max_attempts = (int)pick(4),
			.delay_ms = pick(3),
			.max_delay_ms = 10,
			.backoff = (enum backoff)pick(3)};
		if (i > 0 && pick(3) == 0)
			definition->steps[i].input =
				doc(arena_printf(arena, "{\"a\": \"{{steps.s%u.output.x}}\"}", pick(i)));
		/* Mostly histories that can be, sometimes any. */
		step->status = pick(4) == 0 ? (enum step_status)pick(STEP_ROLLED_BACK + 1)
			       : i == 0 || run->steps[i - 1].status == STEP_COMPLETED ? STEP_COMPLETED
										      : STEP_PENDING;
		step->attempt = step->status == STEP_PENDING ? 0 : 1 + (int)pick(3);
		step->output = step->status == STEP_COMPLETED && pick(4) ? doc("{\"x\": [1]}") : NULL;
		step->error = pick(2) ? STR("{\"code\":\"c\",\"message\":\"m\"}") : STR("");
	}
	run->now_us = 1000000;
	return run;
}

static bool
done(const struct run_state *run, unsigned step)
{
	return run->steps[step].status == STEP_COMPLETED || run->steps[step].status == STEP_SKIPPED;
}

/* What must hold of every plan, whatever the state. */
static void
check_plan(const struct run_state *run, const struct action *actions, unsigned count)
{
	unsigned ends = 0;
	bool busy = false;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		busy |= run->steps[i].status == STEP_RUNNING || run->steps[i].status == STEP_WAITING;
	assert_true(count <= run->definition->step_count + 2);
	for (unsigned i = 0; i < count; i++) {
		const struct action *action = &actions[i];
		const struct step_state *step = &run->steps[action->step];
		assert_true(action->step < run->definition->step_count);
		assert_int_equal(ends, 0); /* nothing comes after the end */
		ends += action->kind == ACTION_END;
		if (action->kind == ACTION_SLEEP)
			assert_int_equal(count, 1);
		if (action->kind == ACTION_RETRY) {
			assert_int_equal(step->status, STEP_FAILED);
			assert_int_equal(step->due_us, 0);
			assert_true(
				step->attempt - step->before < run->definition->steps[action->step].retry.max_attempts);
		}
		if (action->kind == ACTION_START || (action->kind == ACTION_FAIL && !action->begun)) {
			assert_true(step->status == STEP_FAILED || action->step == 0 || done(run, action->step - 1));
			assert_true(step->status == STEP_PENDING ||
				    (step->status == STEP_FAILED && step->due_us > 0 && step->due_us <= run->now_us));
			assert_int_equal(action->attempt, step->attempt + 1);
			assert_true(run->status != RUN_PAUSED && !run->cancel_asked);
			assert_int_equal(action->input != NULL, action->kind == ACTION_START);
		}
		if (action->kind == ACTION_ABORT)
			assert_true(step->status == STEP_RUNNING || step->status == STEP_WAITING);
		if (action->kind == ACTION_END) {
			assert_true(run_ended(action->end));
			assert_true(action->end == RUN_COMPLETED ? action->output != NULL : action->error.n > 0);
		}
	}
	if (run_ended(run->status))
		assert_int_equal(count, 0);
	else if (count == 0) /* somebody else is to move, or a person paused it */
		assert_true(run->status == RUN_PAUSED || busy);
}

static bool
same_value(const struct json *a, const struct json *b)
{
	return !a == !b && (!a || str_eq(json_text(arena, a), json_text(arena, b)));
}

static bool
same(const struct action *a, const struct action *b)
{
	return a->kind == b->kind && a->step == b->step && a->at_us == b->at_us && a->begun == b->begun &&
	       a->attempt == b->attempt && a->end == b->end && str_eq(a->error, b->error) &&
	       same_value(a->input, b->input) && same_value(a->output, b->output);
}

/* As an executor does; a step that runs then ends by chance. */
static void
apply(struct run_state *run, const struct action *action)
{
	struct step_state *step = &run->steps[action->step];
	switch (action->kind) {
	case ACTION_START:
		step->status = STEP_RUNNING;
		step->attempt = action->attempt;
		step->due_us = 0;
		break;
	case ACTION_OPEN:
	case ACTION_CHILD:
	case ACTION_ITERATE:
	case ACTION_GATHER:
		fail_msg("there are no groups and loops in these runs");
		break;
	case ACTION_WAIT:
		step->status = STEP_WAITING;
		step->attempt = action->attempt;
		break;
	case ACTION_COMPLETE:
		step->status = STEP_COMPLETED;
		step->attempt = action->attempt;
		step->output = action->output;
		break;
	case ACTION_LOOK:
	case ACTION_RETRY:
		step->due_us = action->at_us;
		break;
	case ACTION_STAND:
		fail_msg("nobody begins phases of these runs");
		break;
	case ACTION_BEGIN:
	case ACTION_EVALUATE:
	case ACTION_REPLAY:
		fail_msg("nothing of these runs is JavaScript");
		break;
	case ACTION_FETCH:
		fail_msg("nothing of these runs is away");
		break;
	case ACTION_ASK:
		step->asked = true;
		break;
	case ACTION_SKIP:
		step->status = STEP_SKIPPED;
		step->attempt = action->attempt;
		break;
	case ACTION_SLEEP:
		if (action->at_us != PLAN_NEVER)
			run->now_us = action->at_us;
		break;
	case ACTION_ABORT:
		step->status = STEP_CANCELLED;
		break;
	case ACTION_FAIL:
		step->status = STEP_FAILED;
		step->attempt = action->attempt;
		step->error = action->error;
		step->due_us = 0;
		break;
	case ACTION_END:
		run->status = action->end;
		break;
	}
}

static void
world_moves(struct run_state *run)
{
	if (run->status == RUN_PAUSED)
		run->status = RUN_RUNNING;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		if (run->steps[i].status == STEP_RUNNING || run->steps[i].status == STEP_WAITING) {
			run->steps[i].status = pick(8) ? STEP_COMPLETED : STEP_FAILED;
			run->steps[i].output = doc("{\"x\": \"ok\"}");
		}
}

static void
random_states_are_planned_soundly_and_every_run_ends(void **state)
{
	(void)state;
	const char *given = getenv("STEPMILL_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
	print_message("seed %u (STEPMILL_TEST_SEED repeats it)\n", seed);
	srand(seed);
	for (int round = 0; round < 1000; round++) {
		arena_reset(arena);
		struct run_state *run = random_run();
		int turns = 0;
		while (!run_ended(run->status)) {
			struct action *actions, *again;
			struct err err = {0};
			unsigned count, count_again;
			assert_true(plan(arena, run, &actions, &count, &err));
			assert_true(plan(arena, run, &again, &count_again, &err));
			assert_int_equal(count, count_again);
			for (unsigned i = 0; i < count; i++)
				assert_true(same(&actions[i], &again[i]));
			check_plan(run, actions, count);
			/* An executor may die between any two actions. */
			unsigned taken = count && pick(3) == 0 ? pick(count) + 1 : count;
			for (unsigned i = 0; i < taken; i++)
				apply(run, &actions[i]);
			world_moves(run);
			assert_true(++turns <= 20 * STEPS_MAX);
		}
		struct action *actions;
		unsigned count;
		assert_true(plan(arena, run, &actions, &count, NULL));
		assert_int_equal(count, 0);
	}
}

/* ---- workflows with code ---- */

static struct run_state *
coded(void)
{
	struct definition *definition;
	struct run_state *run = arena_new_of(arena, struct run_state);
	assert_true(definition_read(arena,
		doc("{\"type\": \"flow\", \"code\": \"…\", \"input\": {\"type\": \"object\"}, \"steps\": ["
		    "{\"key\": \"one\", \"name\": \"One\", \"kind\": \"prompt\", \"needs\": [], \"input\": {\"text\": "
		    "\"{{asked.text}}\"}},"
		    "{\"key\": \"two\", \"name\": \"Two\", \"kind\": \"prompt\", \"needs\": [], \"input\": {\"text\": "
		    "\"{{asked.deep.0}}\"}}]}"),
		&definition, &(struct err){0}));
	*run = (struct run_state){.definition = definition,
		.input = doc("{}"),
		.status = RUN_RUNNING,
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state))};
	return run;
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
		TEST(a_failed_step_is_decided_waited_for_and_tried_again),
		TEST(attempts_are_counted_in_their_generation),
		TEST(only_errors_that_may_pass_are_tried_again),
		TEST(a_pause_that_the_other_side_asks_for_is_kept_up_to_an_hour),
		TEST(waits_grow_as_said_up_to_their_cap_and_differ),
		TEST(an_unknown_outcome_fails_only_where_the_step_says_never),
		TEST(a_transform_ends_with_its_value_filled),
		TEST(a_wait_is_begun_slept_through_and_ended),
		TEST(what_cannot_be_waited_for_fails),
		TEST(what_cannot_be_waited_for_is_shown_in_whole_characters),
		TEST(a_failure_that_shall_be_tried_again_is_whatever_it_is),
		TEST(a_signal_without_data_gives_null_as_its_row_does),
		TEST(a_signal_is_taken_once_early_or_late),
		TEST(an_approval_takes_the_decision_of_its_attempt),
		TEST(what_does_not_fit_is_an_error),
		TEST(random_states_are_planned_soundly_and_every_run_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

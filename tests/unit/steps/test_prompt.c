/* Prompt steps, driven by a double of the executor: what they ask for, and how they end. */
#include "played.h"

#include "json/writer.h"

#include <stdlib.h>

static void (*due)(struct step_attempt *);
static bool log_full;

static void
io_timer(struct step_attempt *attempt, int64_t ms, void (*then)(struct step_attempt *))
{
	(void)attempt;
	buf_printf(&said, "wait %d\n", (int)ms);
	due = then;
}

static void
io_emit(struct step_attempt *attempt, struct str text)
{
	(void)attempt;
	buf_printf(&said, "emit [%.*s]\n", STR_ARG(text));
}

static bool
io_note_call(struct step_attempt *attempt, struct str model)
{
	(void)attempt;
	buf_printf(&said, "call %.*s\n", STR_ARG(model));
	return !log_full;
}

static void
io_finish(struct step_attempt *attempt, const struct json *output, const struct step_usage *usage)
{
	(void)attempt;
	struct str text = json_text(arena, output);
	buf_printf(&said, "finish %.*s by %.*s/%.*s\n", STR_ARG(text), STR_ARG(usage->provider), STR_ARG(usage->model));
}

static void
io_fail(struct step_attempt *attempt, const char *code, struct str message, const struct step_usage *usage)
{
	(void)attempt;
	assert_true(message.n > 0);
	buf_printf(&said, "fail %s%s\n", code, usage->provider.p ? " paid" : "");
}

static const struct step_io io = {
	.timer = io_timer, .emit = io_emit, .note_call = io_note_call, .finish = io_finish, .fail_with = io_fail};

static int
setup(void **state)
{
	(void)state;
	due = NULL;
	log_full = false;
	return played_setup(1 << 16);
}

/* Plays a step to its end, or until it waits for nothing. */
static const char *
play(const char *model, const char *prompt, const char *input, const char *options)
{
	struct step_def *def = arena_new_of(arena, struct step_def);
	def->kind = STR("prompt");
	def->model = str_of(model);
	def->options = options ? doc(options) : NULL;
	struct step_attempt *attempt = played_attempt(def, doc(input), &io);
	attempt->model = step_model(def, def->model);
	attempt->prompt_text = str_of(prompt);
	played_start(attempt);
	while (due) {
		void (*then)(struct step_attempt *) = due;
		due = NULL;
		then(attempt);
	}
	return buf_str(&said).p;
}

static void
an_instant_answer_waits_for_nothing_and_shows_nothing(void **state)
{
	(void)state;
	assert_string_equal(play("builtin/instant", "Say {{x}}", "{\"x\": \"hello\"}", NULL),
		"call builtin/instant\nfinish \"Say hello\" by builtin/instant\n");
}

static void
a_streamed_answer_is_shown_up_to_its_last_word(void **state)
{
	(void)state;
	const char *what = play("builtin/echo", "{{x}}", "{\"x\": \"a b c\"}", "{\"stream_ms\": 7, \"delay_ms\": 0}");
	assert_non_null(strstr(what, "emit [a]\nwait 7\n"));
	assert_non_null(strstr(what, "emit [ b]\nwait 7\nemit [ c]\nfinish \"a b c\" by builtin/echo\n"));
}

static void
the_default_model_is_echo(void **state)
{
	(void)state;
	assert_non_null(strstr(play("", "x", "{}", "{\"stream_ms\": 0}"), "call builtin/echo\n"));
}

static void
a_model_that_fails_fails_the_step_with_its_code(void **state)
{
	(void)state;
	assert_string_equal(play("builtin/instant", "x", "{}", "{\"fail\": \"refused\"}"),
		"call builtin/instant\nfail refused paid\n");
}

static void
a_model_that_hangs_ends_nothing(void **state)
{
	(void)state;
	const char *what = play("builtin/instant", "x", "{}", "{\"hang\": true}");
	assert_null(strstr(what, "finish"));
	assert_null(strstr(what, "fail"));
}

static void
a_variable_that_is_missing_fails_before_the_call(void **state)
{
	(void)state;
	assert_string_equal(play("builtin/instant", "Say {{y}}", "{\"x\": 1}", NULL), "fail template\n");
}

static void
a_vendor_that_does_not_exist_fails_before_the_call(void **state)
{
	(void)state;
	assert_string_equal(play("nobody/gpt", "x", "{}", NULL), "fail unknown_model\n");
}

static void
a_request_that_cannot_be_written_down_is_not_answered(void **state)
{
	(void)state;
	log_full = true;
	assert_string_equal(play("builtin/instant", "x", "{}", NULL), "call builtin/instant\nfail request_log\n");
}

static void
with_a_schema_the_output_is_json(void **state)
{
	(void)state;
	const char *what = play("builtin/schema", "x", "{}",
		"{\"schema\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": "
		"[\"a\"]}, \"stream_ms\": 0}");
	assert_non_null(strstr(what, "finish {\"a\":"));
}

static void
a_text_that_looks_like_json_stays_a_text(void **state)
{
	(void)state;
	assert_non_null(strstr(play("builtin/instant", "{{x}}", "{\"x\": \"[1]\"}", NULL), "finish \"[1]\""));
}

static void
there_is_no_other_kind(void **state)
{
	(void)state;
	assert_null(step_kind_by_name(STR("promp")));
	assert_null(step_kind_by_name(STR("")));
	struct step_def other = {.kind = STR("wait")};
	assert_null(step_model(&other, STR("builtin/echo")).p);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, played_teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_instant_answer_waits_for_nothing_and_shows_nothing),
		TEST(a_streamed_answer_is_shown_up_to_its_last_word),
		TEST(the_default_model_is_echo),
		TEST(a_model_that_fails_fails_the_step_with_its_code),
		TEST(a_model_that_hangs_ends_nothing),
		TEST(a_variable_that_is_missing_fails_before_the_call),
		TEST(a_vendor_that_does_not_exist_fails_before_the_call),
		TEST(a_request_that_cannot_be_written_down_is_not_answered),
		TEST(with_a_schema_the_output_is_json),
		TEST(a_text_that_looks_like_json_stays_a_text),
		TEST(there_is_no_other_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Commands and options, inputs of runs, what the doctor concludes, and the demo's own definitions. */
#include "../support.h"

#include "cli/cli.h"
#include "cli/demo_data.h"
#include "cli/diagnosis.h"
#include "cli/input.h"
#include "flow/definition.h"
#include "flow/template.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- names and options ---- */

static void
a_name_nearly_right_is_found(void **state)
{
	(void)state;
	static const char *const names[] = {"run", "doctor", "migrate", "demo", "debug", "help"};
	assert_string_equal(cli_nearest("rnu", names, 6), "run");
	assert_string_equal(cli_nearest("docter", names, 6), "doctor");
	assert_string_equal(cli_nearest("mig", names, 6), "migrate");
	assert_null(cli_nearest("xyzzy", names, 6));
	assert_null(cli_nearest("x", names, 6));
	assert_null(cli_nearest("a very long name that is longer than any of ours could be", names, 6));
}

static const struct cli_command command = {"test", "…", "", "", NULL, NULL};

static bool
parse(const char *const *words, const char **text, bool *flag, struct cli_list *list, struct cli_args *args,
	int *status)
{
	struct cli cli = {.program = "stepmill", .arena = arena};
	const struct cli_option options[] = {
		CLI_TEXT("db", text, "CONNINFO", "STEPMILL_TEST_DB", ""),
		CLI_FLAG("watch", flag, ""),
		CLI_LIST("input", list, "NAME=VALUE", ""),
		CLI_OPTIONS_END,
	};
	char *argv[16] = {arena_strdup(arena, "test")};
	int argc = 1;
	for (; *words; words++)
		argv[argc++] = arena_strdup(arena, *words);
	return cli_parse(&cli, &command, options, argc, argv, 0, 2, args, status);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
options_stand_anywhere(void **state)
{
	(void)state;
	const char *text = NULL;
	bool flag = false;
	struct cli_list list = {0};
	struct cli_args args;
	int status;
	assert_true(parse(WORDS("a", "--db=x=y", "--watch", "--input", "k=v", "--input=-", "--", "--b"), &text, &flag,
		&list, &args, &status));
	assert_string_equal(text, "x=y");
	assert_true(flag);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[1], "-");
	assert_int_equal(args.count, 2);
	assert_string_equal(args.items[1], "--b");
}

static void
the_environment_is_what_is_not_given(void **state)
{
	(void)state;
	const char *text = NULL;
	bool flag = false;
	struct cli_list list = {0};
	struct cli_args args;
	int status;
	setenv("STEPMILL_TEST_DB", "from outside", 1);
	assert_true(parse(WORDS("a"), &text, &flag, &list, &args, &status));
	assert_string_equal(text, "from outside");
	assert_true(parse(WORDS("--db", "given"), &text, &flag, &list, &args, &status));
	assert_string_equal(text, "given");
	unsetenv("STEPMILL_TEST_DB");
}

static void
wrong_use_ends_with_2(void **state)
{
	(void)state;
	const char *text = NULL;
	bool flag = false;
	struct cli_list list = {0};
	struct cli_args args;
	static const char *const wrong[][4] = {{"--nope"}, {"--db"}, {"--watch=1"}, {"a", "b", "c"}, {"-x"}};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		int status = -1;
		assert_false(parse(wrong[i], &text, &flag, &list, &args, &status));
		assert_int_equal(status, CLI_WRONG);
	}
}

/* ---- inputs ---- */

static const char *
built(const char *const *given, const char *schema)
{
	const char *items[8];
	struct cli_list list = {items, 0};
	for (; *given; given++)
		items[list.count++] = *given;
	struct json *input;
	struct err err = {0};
	return input_build(arena, &list, schema ? doc(schema) : NULL, &input, &err) ? json_text(arena, input).p
										    : arena_strdup(arena, err.message);
}

#define SCHEMA \
	"{\"type\": \"object\", \"properties\": {\"text\": {\"type\": \"string\"}, \"count\": {\"type\": " \
	"\"integer\"}," \
	" \"tone\": {\"enum\": [\"a\", \"b\"], \"default\": \"a\"}, \"any\": {\"type\": [\"string\", \"null\"]}}}"

static void
inputs_are_texts_unless_the_schema_says_otherwise(void **state)
{
	(void)state;
	assert_string_equal(built(WORDS("text=5", "count=5"), SCHEMA), "{\"text\":\"5\",\"count\":5}");
	assert_string_equal(built(WORDS("any=null", "other=1"), SCHEMA), "{\"any\":\"null\",\"other\":\"1\"}");
	assert_non_null(strstr(built(WORDS("count=five"), SCHEMA), "count has to be integer, and five is not."));
	assert_string_equal(built(WORDS("a=b=c"), NULL), "{\"a\":\"b=c\"}");
}

static void
what_may_be_anything_is_json_where_it_is_written_as_json(void **state)
{
	(void)state;
	static const char schema[] = "{\"properties\": {\"x\": {}, \"e\": {\"enum\": [\"5\"]}}}";
	assert_string_equal(built(WORDS("x=5"), schema), "{\"x\":5}");
	assert_string_equal(built(WORDS("x=[\"a\", true]"), schema), "{\"x\":[\"a\",true]}");
	assert_string_equal(built(WORDS("x=\"5\""), schema), "{\"x\":\"5\"}");
	assert_string_equal(built(WORDS("x=two words"), schema), "{\"x\":\"two words\"}");
	assert_string_equal(built(WORDS("e=5", "other=5"), schema), "{\"e\":\"5\",\"other\":\"5\"}");
}

static void
later_inputs_win(void **state)
{
	(void)state;
	assert_string_equal(built(WORDS("{\"text\": \"x\", \"tone\": \"b\"}", "text=y"), SCHEMA),
		"{\"text\":\"y\",\"tone\":\"b\"}");
	assert_string_equal(
		built(WORDS("text=1", "count=2", "text=3", "count=4"), SCHEMA), "{\"text\":\"3\",\"count\":4}");
	assert_string_equal(built(WORDS("tone=b", "tone=a", "x=1"), NULL), "{\"tone\":\"a\",\"x\":\"1\"}");
}

static void
inputs_that_are_none_are_told(void **state)
{
	(void)state;
	assert_non_null(strstr(built(WORDS("nothing"), NULL), "is none of NAME=VALUE"));
	assert_non_null(strstr(built(WORDS("=x"), NULL), "is none of NAME=VALUE"));
	assert_non_null(strstr(built(WORDS("{\"a\": }"), NULL), "Line 1, column 7"));
	assert_non_null(strstr(built(WORDS("a=@/does/not/exist"), NULL), "/does/not/exist cannot be opened"));
	assert_non_null(strstr(built(WORDS("a=\xff"), NULL), "not UTF-8"));
}

/* ---- the doctor ---- */

static const struct run_facts moving = {.status = "running",
	.planner = 1,
	.live = true,
	.due_in = -100,
	.held = true,
	.holder = "e1",
	.lease_left = 9000,
	.alive = 1,
	.known_planner = 1,
	.path = "extract",
	.attempt = 1,
	.step_status = "running",
	.step_started_ago = 12000};

static void
assert_diagnosis(struct run_facts facts, enum diagnosis_kind kind, const char *code, const char *part)
{
	struct diagnosis d = diagnose(arena, &facts);
	assert_string_equal(d.code, code);
	assert_int_equal(d.kind, kind);
	if (!strstr(d.text, part))
		fail_msg("\"%s\" is not in: %s", part, d.text);
}

static void
every_reason_has_its_sentence(void **state)
{
	(void)state;
	struct run_facts f = moving;
	assert_diagnosis(f, DIAGNOSIS_MOVING, "held", "Executor e1 holds it");
	f.lease_left = -5000;
	assert_diagnosis(f, DIAGNOSIS_MOVING, "holder_dead", "has not renewed its lease for 5.0");
	f.alive = 0;
	assert_diagnosis(f, DIAGNOSIS_STUCK, "holder_dead_no_executor", "Start stepmill-executor");
	f.holder = NULL;
	assert_diagnosis(f, DIAGNOSIS_STUCK, "holder_dead_no_executor", "The executor that held it is gone");
	f = moving;
	f.held = false;
	f.alive = 0;
	assert_diagnosis(f, DIAGNOSIS_STUCK, "no_executor", "No executor is alive");
	f.alive = 2;
	assert_diagnosis(f, DIAGNOSIS_MOVING, "due", "next to be taken");
	f.ahead = 7;
	assert_diagnosis(f, DIAGNOSIS_MOVING, "queued", "runs due before it: 7");
	f.planner = 2;
	assert_diagnosis(f, DIAGNOSIS_STUCK, "planner_unknown", "planner 2");
	f = moving;
	f.held = false;
	f.due_in = 4000;
	assert_diagnosis(f, DIAGNOSIS_WAITING, "not_due", "not due for another 4.0");
	f.step_status = "failed";
	assert_diagnosis(f, DIAGNOSIS_WAITING, "waiting_for_retry", "the next begins in 4.0");
	f.step_status = "waiting";
	f.waiting_for = "Ada's approval";
	assert_diagnosis(f, DIAGNOSIS_WAITING, "waiting", "waits for Ada's approval");
	f.status = "paused";
	assert_diagnosis(f, DIAGNOSIS_WAITING, "paused", "A person has paused it");
	f = moving;
	f.held = false;
	f.due_in = INT64_C(3155760000000);
	f.blocked_by = "concurrency workflow:w1";
	f.limit_cap = 5;
	f.limit_ahead = 3;
	f.limit_holders = "e1 2, e2 3";
	assert_diagnosis(f, DIAGNOSIS_WAITING, "limit", "5 calls at once for workflow:w1");
	assert_diagnosis(f, DIAGNOSIS_WAITING, "limit", "It is held by e1 2, e2 3. Runs before it: 3.");
	f.blocked_by = "rate key:mail";
	f.limit_period_ms = 1000;
	assert_diagnosis(f, DIAGNOSIS_WAITING, "limit", "s for key:mail");
	f.blocked_by = "money workspace";
	f.limit_cap = 5000000000;
	f.limit_spent = 4250000000;
	f.limit_drawn = 500000000;
	assert_diagnosis(f, DIAGNOSIS_WAITING, "limit", "$5.00 for workspace: $4.25 are spent, and up to $0.50 kept");
	f = moving;
	f.live = false;
	assert_diagnosis(f, DIAGNOSIS_STUCK, "lost", "no row in run_live");
	f.status = "failed";
	f.error = "{\"code\": \"x\", \"message\": \"The model refused.\"}";
	assert_diagnosis(f, DIAGNOSIS_ENDED, "failed", "The model refused.");
	f.live = true;
	assert_diagnosis(f, DIAGNOSIS_MOVING, "held", "its next generation was asked for. Executor e1 holds it");
	f = moving;
	f.inbox = "cancel";
	f.inbox_age = 3000;
	assert_diagnosis(f, DIAGNOSIS_MOVING, "held", "A request (cancel) has been waiting");
}

/* ---- the demo ---- */

static void
the_demo_is_as_the_checker_would_write_it(void **state)
{
	(void)state;
	struct prompt_facts facts[8];
	unsigned count = 0;
	struct err err = {0};
	for (const struct demo_prompt *p = demo_prompts; p->id; p++) {
		struct str *names;
		unsigned found;
		assert_true(template_variables(arena, str_of(p->body), &names, &found, &err));
		for (unsigned i = 0; i < found; i++)
			assert_true(p->variables[i] && str_is(names[i], p->variables[i]));
		assert_null(p->variables[found]);
		facts[count++] = (struct prompt_facts){str_of(p->id), 1, names, found};
	}
	for (const struct demo_workflow *w = demo_workflows; w->id; w++) {
		struct json *canonical;
		if (!definition_check(arena, doc(w->definition), "", facts, count, &canonical, &err))
			fail_msg("%s: %s %s", w->name, err.issues[0].path, err.issues[0].message);
		assert_string_equal(json_text(arena, canonical).p, w->definition);
		struct definition *definition;
		assert_true(definition_read(arena, canonical, &definition, &err));
		assert_int_equal(definition->step_count, w->step_count);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_nearly_right_is_found),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(the_environment_is_what_is_not_given),
		cmocka_unit_test(wrong_use_ends_with_2),
		cmocka_unit_test(inputs_are_texts_unless_the_schema_says_otherwise),
		cmocka_unit_test(what_may_be_anything_is_json_where_it_is_written_as_json),
		cmocka_unit_test(later_inputs_win),
		cmocka_unit_test(inputs_that_are_none_are_told),
		cmocka_unit_test(every_reason_has_its_sentence),
		cmocka_unit_test(the_demo_is_as_the_checker_would_write_it),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}

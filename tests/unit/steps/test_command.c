/* Steps of the kind "script" with a double of the executor: what they have run, and what they make of its end. */
#include "played.h"

#include "flow/definition_script.h"
#include "json/writer.h"

static struct command_answer answer;

static void
io_command(struct step_attempt *of, const struct command_request *request, command_done *done)
{
	for (const char *const *argument = request->arguments; *argument; argument++)
		buf_printf(&said, "<%s>", *argument);
	buf_printf(&said, " in <%s>\n", request->directory);
	for (const char *const *variable = request->environment; *variable; variable++)
		buf_printf(&said, "%s\n", *variable);
	buf_printf(&said, "%.*s\n", STR_ARG(request->input));
	done(of, &answer);
}

static void
io_finish(struct step_attempt *of, const struct json *output, const struct step_usage *usage)
{
	(void)of;
	assert_null(usage);
	buf_printf(&said, "finish %.*s\n", STR_ARG(json_text(arena, output)));
}

static void
io_fail(struct step_attempt *of, const char *code, struct str message, const struct step_usage *usage)
{
	assert_null(usage);
	buf_printf(&said, "fail %s%s: %.*s\n", code, of->failure.outcome_unknown ? " unknown" : "", STR_ARG(message));
}

static const struct step_io io = {.command = io_command, .finish = io_finish, .fail_with = io_fail};

static int
setup(void **state)
{
	(void)state;
	answer = (struct command_answer){
		.outcome = COMMAND_EXITED, .output = {.text = STR("out")}, .errors = {.text = STR("err")}, .why = ""};
	return played_setup(1 << 22);
}

/* `step` as the definition has it, `input` as filled; NULL: nothing was to be filled. */
static const char *
play(const char *step, const char *input)
{
	struct step_def *def = arena_new_of(arena, struct step_def);
	def->kind = STR("script");
	assert_true(definition_read_script(arena, doc(step), def));
	buf_clear(&said);
	return played_start(played_attempt(def, input ? doc(input) : def->input, &io));
}

static void
a_text_goes_to_a_shell_and_values_to_its_environment(void **state)
{
	(void)state;
	assert_string_equal(play("{\"command\": \"f '{{input.a}}'\", \"env\": {\"N\": 1, \"T\": true, \"NO\": null}, "
				 "\"cwd\": \"app\"}",
				    "{\"env\": {\"STEPMILL_1\": \"it's\", \"N\": 1, \"T\": true, \"NO\": null}, "
				    "\"input\": {\"b\": \"x\", \"c-d\": \"y\", \"n\": 2}}"),
		"</bin/sh><-c><f ''\"${STEPMILL_1}\"''> in <app>\n"
		"STEPMILL_KEY=run/s1/1\nINPUT_b=x\nSTEPMILL_1=it's\nN=1\nT=true\nNO=\n"
		"{\"b\":\"x\",\"c-d\":\"y\",\"n\":2}\n"
		"finish {\"stdout\":\"out\",\"stderr\":\"err\",\"exit_status\":0}\n");
}

static void
a_list_is_the_program_and_its_arguments(void **state)
{
	(void)state;
	const char *did = play("{\"command\": [\"f\", \"{{input.a}}\", \"{{input.b}}\"]}",
		"{\"command\": [\"f\", \"a b\", [1, {\"c\": null}]], \"env\": {}, \"input\": {}}");
	assert_non_null(strstr(did, "<f><a b><[1,{\"c\":null}]> in <>\n"));
}

static void
what_no_program_can_be_told_is_not_run(void **state)
{
	(void)state;
	char *large = arena_alloc(arena, COMMAND_STRING_MAX + 1);
	memset(large, 'x', COMMAND_STRING_MAX);
	const char *did = play("{\"command\": \"f\", \"env\": {\"X\": \"{{input.a}}\"}}",
		arena_printf(arena, "{\"env\": {\"X\": \"%s\"}, \"input\": {}}", large));
	assert_non_null(strstr(did, "fail script_invalid: Nothing was run. The variable X is too long"));
	did = play("{\"command\": [\"f\", \"{{input.a}}\"]}",
		arena_printf(arena, "{\"command\": [\"f\", \"%s\"], \"env\": {}, \"input\": {}}", large));
	assert_non_null(strstr(did, "fail script_invalid: Nothing was run. An argument of the command is too long"));
	/* As input there is room for it. */
	did = play("{\"command\": \"f\"}", arena_printf(arena, "{\"env\": {}, \"input\": {\"x\": \"%s\"}}", large));
	assert_null(strstr(did, "INPUT_x"));
	assert_non_null(strstr(did, "finish"));
}

static void
its_end_is_told_in_words(void **state)
{
	(void)state;
	static const struct {
		enum command_outcome outcome;
		int status;
		const char *says;
	} cases[] = {
		{COMMAND_EXITED, 3, "fail script_failed: The command ended with status 3: err\n"},
		{COMMAND_EXITED, 137, "fail script_failed: The command ended with status 137 (signal 9): err\n"},
		{COMMAND_NO_PROGRAM, 0, "fail script_invalid: The program of the command cannot be run: why."},
		{COMMAND_NO_DIRECTORY, 0, "fail script_invalid: The working directory has no ``"},
		{COMMAND_TOO_MUCH_MEMORY, 0, "fail script_memory: "},
		{COMMAND_TOO_MUCH_DISK, 0, "fail script_disk: "},
		{COMMAND_DISK_FULL, 0, "fail script_disk: The disk of this machine"},
		{COMMAND_LOST, 0, "fail script_lost unknown: "},
		{COMMAND_UNKNOWN, 0, "fail unknown_outcome: "},
		{COMMAND_MISSING, 0,
			"fail script_unavailable: No script was run: this machine cannot keep it apart from everything "
			"else. why"},
		{COMMAND_NO_NETWORK, 0, "fail script_network: Nothing was run: the step asks for the network. why"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		answer.outcome = cases[i].outcome;
		answer.status = cases[i].status;
		answer.why = "why";
		const char *did = play("{\"command\": \"f\"}", NULL);
		if (!strstr(did, cases[i].says))
			fail_msg("%s", did);
	}
}

static void
json_is_the_output_when_it_is_asked_for(void **state)
{
	(void)state;
	static const char step[] = "{\"command\": \"f\", \"format\": \"json\"}";
	answer.output.text = STR(" {\"a\": [1]}\n");
	assert_non_null(strstr(play(step, NULL), "finish {\"a\":[1]}\n"));
	answer.output.text = STR("no");
	assert_non_null(strstr(play(step, NULL), "fail script_output: What the command wrote is to be JSON"));
	answer.output = (struct command_output){STR("1"), 5};
	assert_non_null(strstr(play(step, NULL), "fail script_output: The command wrote more than 1 MB"));
}

static void
what_was_dropped_and_what_was_said_last_is_told(void **state)
{
	(void)state;
	answer.output.dropped = 7;
	assert_non_null(strstr(
		play("{\"command\": \"f\"}", NULL), "\"out\\n[7 bytes more were written and are not kept]\\n\""));
	char *long_text = arena_alloc(arena, 3001);
	memset(long_text, 'x', 3000);
	memcpy(long_text + 2500, "\nthe last line\n\n \n", 18);
	long_text[2518] = '\0';
	answer.status = 1;
	answer.errors.text = str_of(long_text);
	assert_non_null(strstr(play("{\"command\": \"f\"}", NULL), "status 1: the last line\n"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, played_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_text_goes_to_a_shell_and_values_to_its_environment),
		TEST(a_list_is_the_program_and_its_arguments),
		TEST(what_no_program_can_be_told_is_not_run),
		TEST(its_end_is_told_in_words),
		TEST(json_is_the_output_when_it_is_asked_for),
		TEST(what_was_dropped_and_what_was_said_last_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Steps of the kind "script" in a definition: what the shell is told, and a message for each mistake. */
#include "../support.h"

#include "flow/definition_script.h"
#include "json/writer.h"

static struct err err;

static bool
check(const char *members, struct json **ret_canonical)
{
	struct json *doc;
	const char *text = arena_printf(
		arena, "{\"type\": \"flow\", \"steps\": [{\"key\": \"s\", \"kind\": \"script\"%s}]}", members);
	memset(&err, 0, sizeof err);
	if (!json_read(arena, str_of(text), &json_limits_request, &doc, &err))
		fail_msg("%s: %s", text, err.message);
	return definition_check(arena, doc, "", NULL, 0, ret_canonical, &err);
}

static const struct step_def *
read(const char *members)
{
	struct json *canonical;
	struct definition *definition;
	if (!check(members, &canonical) || !definition_read(arena, canonical, &definition, &err))
		fail_msg("%s: %s %s", members, err.message, err.issue_count ? err.issues[0].message : "");
	return &definition->steps[0];
}

static void
a_template_becomes_a_variable_quoted_as_its_place_asks_for(void **state)
{
	(void)state;
	static const struct {
		const char *command, *shell;
	} cases[] = {
		{"echo {{x}}", "echo \"${STEPMILL_1}\""},
		{"echo a{{x}}b", "echo a\"${STEPMILL_1}\"b"},
		{"echo \"a {{x}} b\"", "echo \"a ${STEPMILL_1} b\""},
		{"echo 'a {{x}} b'", "echo 'a '\"${STEPMILL_1}\"' b'"},
		{"echo '\"' {{x}} \"'\" {{y}}", "echo '\"' \"${STEPMILL_1}\" \"'\" \"${STEPMILL_2}\""},
		{"echo \\\" {{x}} \\' {{y}}", "echo \\\" \"${STEPMILL_1}\" \\' \"${STEPMILL_2}\""},
		{"echo \"\\\"{{x}}\"", "echo \"\\\"${STEPMILL_1}\""},
		{"echo # don't {{x}}\necho {{y}}", "echo # don't \"${STEPMILL_1}\"\necho \"${STEPMILL_2}\""},
		{"echo a#'{{x}}'", "echo a#''\"${STEPMILL_1}\"''"},
		{"echo \"$(cat \"{{x}}\" {{y}})\" {{z}}",
			"echo \"$(cat \"${STEPMILL_1}\" \"${STEPMILL_2}\")\" \"${STEPMILL_3}\""},
		{"echo \"$((1 + (2)))\" \"{{x}}\"", "echo \"$((1 + (2)))\" \"${STEPMILL_1}\""},
		{"(echo {{x}}); f() { echo \"{{y}}\"; }", "(echo \"${STEPMILL_1}\"); f() { echo \"${STEPMILL_2}\"; }"},
		{"docker inspect -f '\\{{.Name}}' {{x}}", "docker inspect -f '{{.Name}}' \"${STEPMILL_1}\""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *text = json_new_str(arena, str_of(cases[i].command));
		const struct step_def *step = read(arena_printf(arena, ", \"command\": %s", json_text(arena, text).p));
		assert_string_equal(arena_strz(arena, step->shell), cases[i].shell);
	}
}

static void
reading_gives_what_is_filled(void **state)
{
	(void)state;
	const struct step_def *step =
		read(", \"command\": \"f {{input.a}} '{{steps_b}}'\", \"env\": {\"B\": \"{{input.b}}\"}, "
		     "\"input\": {\"c\": \"{{input.c}}\"}, \"cwd\": \"app\", \"format\": \"json\"");
	assert_string_equal(json_text(arena, step->input).p,
		"{\"env\":{\"STEPMILL_1\":\"{{input.a}}\",\"STEPMILL_2\":\"{{input.steps_b}}\",\"B\":\"{{input.b}}\"},"
		"\"input\":{\"c\":\"{{input.c}}\"}}");
	assert_string_equal(arena_strz(arena, step->directory), "app");
	assert_true(step->gives_json);
	assert_int_equal(step->timeout_seconds, SCRIPT_TIMEOUT_SECONDS);
	assert_int_equal(step->control, CONTROL_CALL);
	step = read(", \"command\": [\"f\", \"{{input.a}}\"]");
	assert_int_equal(step->shell.n, 0);
	assert_string_equal(
		json_text(arena, step->input).p, "{\"command\":[\"f\",\"{{input.a}}\"],\"env\":{},\"input\":{}}");
}

static void
mistakes_are_told(void **state)
{
	(void)state;
	static const struct {
		const char *members, *path, *says;
	} cases[] = {
		{"", "/steps/0", "needs a command"},
		{", \"command\": \"\"", "/steps/0/command", "needs a command"},
		{", \"command\": []", "/steps/0/command", "needs a command"},
		{", \"command\": [\"a\", 1]", "/steps/0/command", "1 to 1000 texts"},
		{", \"command\": \"a\", \"cwd\": \"../x\"", "/steps/0/cwd", "without `..`"},
		{", \"command\": \"a\", \"cwd\": \"a/..\"", "/steps/0/cwd", "without `..`"},
		{", \"command\": \"a\", \"cwd\": \"/etc\"", "/steps/0/cwd", "without `..`"},
		{", \"command\": \"a\", \"cwd\": \"{{input.x}}\"", "/steps/0/cwd", "no template"},
		{", \"command\": \"a\", \"network\": \"yes\"", "/steps/0/network", "true or false"},
		{", \"command\": \"a\", \"format\": \"yaml\"", "/steps/0/format", "`text`, or `json`"},
		{", \"command\": \"a\", \"env\": {\"A-B\": \"x\"}", "/steps/0/env", "no name of a variable"},
		{", \"command\": \"a\", \"env\": {\"STEPMILL_1\": \"x\"}", "/steps/0/env", "begin with `STEPMILL_`"},
		{", \"command\": \"a\", \"env\": {\"INPUT_x\": \"x\"}", "/steps/0/env", "begin with `INPUT_`"},
		{", \"command\": \"a\", \"env\": {\"X\": []}", "/steps/0/env", "must be a text"},
		{", \"command\": \"a\", \"env\": []", "/steps/0/env", "name → text"},
		{", \"command\": \"a\", \"input\": 1", "/steps/0/input", "must be an object"},
		{", \"command\": \"a\", \"model\": \"x\"", "/steps/0/model", "does not have this"},
		{", \"command\": \"a\", \"url\": \"https://a\"", "/steps/0/url", "Only an http step"},
		{", \"command\": \"a\", \"timeout_seconds\": 4000", "/steps/0/timeout_seconds", "1 to 3600"},
		{", \"command\": \"{{steps.later.output}}\"", "/steps/0/command", "later"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *canonical;
		bool told = false;
		assert_false(check(cases[i].members, &canonical));
		for (unsigned j = 0; j < err.issue_count; j++)
			told = told || (strcmp(err.issues[j].path, cases[i].path) == 0 &&
					       strstr(err.issues[j].message, cases[i].says));
		if (!told)
			fail_msg("%s: %s %s", cases[i].members, err.issues[0].path, err.issues[0].message);
	}
}

static void
only_a_script_has_a_command(void **state)
{
	(void)state;
	struct json *doc, *canonical;
	const char *text = "{\"type\": \"flow\", \"steps\": [{\"key\": \"s\", \"kind\": \"transform\", \"value\": 1, "
			   "\"command\": \"x\"}]}";
	memset(&err, 0, sizeof err);
	assert_true(json_read(arena, str_of(text), &json_limits_request, &doc, &err));
	assert_false(definition_check(arena, doc, "", NULL, 0, &canonical, &err));
	assert_non_null(strstr(err.issues[0].message, "Only a script step"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_template_becomes_a_variable_quoted_as_its_place_asks_for),
		TEST(reading_gives_what_is_filled),
		TEST(mistakes_are_told),
		TEST(only_a_script_has_a_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

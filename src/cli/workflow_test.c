/* stepmill workflow test: runs workflows with recorded answers, without a server, and reports as TAP. */
#include "cli/fixture.h"
#include "cli/folder.h"
#include "cli/record.h"
#include "json/schema.h"
#include "json/schema_defaults.h"
#include "json/writer.h"

#include <stdlib.h>
#include <sys/stat.h>

#define FILES_MAX 10000

struct tests {
	struct cli *cli;
	bool json;
	const char **files;
	unsigned count;
	unsigned ran, failed;
};

/* ---- finding files ---- */

static bool
find_files(struct tests *t, const char *given)
{
	struct stat st;
	if (stat(given, &st) != 0) {
		cli_complain(t->cli, CLI_WRONG,
			"There is no %s. Name a file of tests, *.test.yaml, or a directory that has some.", given);
		return false;
	}
	if (!S_ISDIR(st.st_mode)) {
		t->files[t->count++] = given;
		return true;
	}
	struct folder folder = {.wanted = folder_is_test};
	struct err err = {0};
	if (!folder_read(t->cli->arena, given, &folder, &err)) {
		cli_fail(t->cli, CLI_WRONG, &err);
		return false;
	}
	if (folder.count == 0) {
		cli_complain(t->cli, CLI_WRONG, "There is no file of tests in %s: *.test.yaml, or *.test.json.", given);
		return false;
	}
	for (unsigned i = 0; i < folder.count && t->count < FILES_MAX; i++)
		t->files[t->count++] = folder.files[i];
	return true;
}

/* ---- one test ---- */

/* What the server would say of the input before it makes a run. */
static bool
check_input(struct arena *arena, const struct fixture *fixture, const struct json *test, struct json *problems)
{
	const struct json *input = json_get(test, "input");
	struct schema *schema;
	struct err err = {0};
	if (!fixture->input || !schema_compile(arena, fixture->input, "", &schema, &err))
		return true;
	err_clear(&err);
	if (!input)
		input = json_new_object(arena);
	if (schema_fill(arena, fixture->input, input, &input, &err) && schema_check(schema, input, "input", &err))
		return true;
	for (unsigned i = 0; i < err.issue_count && i < ERR_ISSUES_MAX; i++)
		json_push(problems, json_new_str(arena, str_of(arena_printf(arena, "%s: %s", err.issues[i].path,
								err.issues[i].message))));
	return false;
}

static void
print_tap(const struct tests *t, const char *name, const struct json *problems, const struct json *notes)
{
	printf("%sok %u - ", problems->count > 0 ? "not " : "", t->ran);
	for (const char *p = name; *p; p++) { /* # would begin a directive */
		if (*p == '#' || *p == '\\')
			putchar('\\');
		putchar(*p == '\n' || *p == '\r' ? ' ' : *p);
	}
	putchar('\n');
	json_each (note, notes)
		printf("# %.*s\n", STR_ARG(note->text));
	if (problems->count == 0)
		return;
	printf("  ---\n  problems:\n");
	struct arena *arena = arena_new();
	json_each (problem, problems)
		printf("    - %.*s\n", STR_ARG(json_text(arena, problem)));
	printf("  ...\n");
	arena_free(arena);
}

static void
print_json(const char *file, struct str name, struct json *problems, struct arena *arena)
{
	struct json *line = json_new_object(arena);
	json_add(line, STR("file"), json_new_str(arena, str_of(file)));
	json_add(line, STR("name"), json_new_str(arena, name));
	json_add(line, STR("ok"), json_new_bool(arena, problems->count == 0));
	json_add(line, STR("problems"), problems);
	printf("%s\n", json_text(arena, line).p);
}

static void
run_test(struct tests *t, const struct fixture *fixture, const struct json *test)
{
	struct arena *arena = arena_new();
	struct json *problems = json_new_array(arena), *notes = json_new_array(arena);
	struct play play;
	struct err err = {0};
	struct str name = STR("");
	(void)json_get_str(test, "name", &name);
	if (check_input(arena, fixture, test, problems)) {
		if (play_run(&play, arena, fixture->definition, test, &err))
			fixture_expect(arena, &play, json_get(test, "expect"), problems);
		else
			json_push(problems, json_new_str(arena, str_of(err.message)));
		json_each (answer, json_get(test, "answers"))
			if (!play_uses(&play, answer))
				json_push(notes,
					json_new_str(arena, str_of(arena_printf(arena, "answers.%.*s was not asked for",
								    STR_ARG(answer->key)))));
	}
	t->ran++;
	t->failed += problems->count > 0;
	if (t->json)
		print_json(fixture->path, name, problems, arena);
	else
		print_tap(t, arena_printf(arena, "%s: %.*s", fixture->path, STR_ARG(name)), problems, notes);
	fflush(stdout);
	arena_free(arena);
}

static int
run_all(struct tests *t)
{
	struct fixture *fixtures = arena_array(t->cli->arena, t->count + 1, sizeof *fixtures);
	unsigned tests = 0;
	bool readable = true;
	for (unsigned i = 0; i < t->count; i++) {
		readable = fixture_read(t->cli, t->files[i], &fixtures[i]) && readable;
		tests += fixtures[i].tests ? fixtures[i].tests->count : 0;
	}
	if (!readable)
		return CLI_WRONG;
	if (!t->json)
		printf("TAP version 13\n1..%u\n", tests);
	for (unsigned i = 0; i < t->count; i++)
		json_each (test, fixtures[i].tests)
			run_test(t, &fixtures[i], test);
	if (!t->json)
		printf("# %u passed, %u failed\n", t->ran - t->failed, t->failed);
	return t->failed > 0 ? CLI_FAILED : CLI_OK;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct remote remote = {0};
	const char *run = NULL;
	const struct cli_option options[] = {
		CLI_TEXT("record", &run, "RUN", NULL, "print a test made of a run that has ended on the server"),
		REMOTE_OPTIONS(&remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, argc, &args, &status))
		return status;
	if (run && args.count > 0)
		return cli_complain(
			cli, CLI_WRONG, "--record prints a test and runs none. Leave %s out.", args.items[0]);
	if (run) {
		if (!remote_is_run(cli, run))
			return CLI_WRONG;
		if (!remote_open(&remote, cli, &status))
			return status;
		return remote_end(&remote, record_run(&remote, run));
	}
	struct tests tests = {.cli = cli, .json = remote.json};
	tests.files = arena_array(cli->arena, FILES_MAX + (size_t)args.count + 1, sizeof *tests.files);
	if (args.count == 0 && !find_files(&tests, "."))
		return CLI_WRONG;
	for (int i = 0; i < args.count; i++)
		if (!find_files(&tests, args.items[i]))
			return CLI_WRONG;
	return run_all(&tests);
}

const struct cli_command cli_workflow_test = {"workflow test", "[DIR | FILE]… [--record RUN]",
	"run workflows with recorded answers, without a server",
	"Runs the tests of all *.test.yaml and *.test.json below DIR (here, unless given) and reports as TAP. No "
	"server and no "
	"database\nare needed: steps that call somebody are answered by the test, functions and expressions run in a "
	"sandbox here, "
	"and time\npasses at once.\n"
	"\n"
	"  workflow: greet.yaml                  beside it; FILE#NAME of a file with several; or definition: {…}\n"
	"  tests:\n"
	"    - name: greets who is there\n"
	"      input: {name: Ada}\n"
	"      answers:                          a step by its key, path (review/grammar) or turn (each[3]/send, "
	"each[*]/send)\n"
	"        ask: {output: Hello Ada}        or {error: {code: overloaded, message: Busy}}; seconds: 5 is what it "
	"takes\n"
	"        send: [{error: {code: timeout}}, {output: sent}]   one call after the other; the last goes on for "
	"ever\n"
	"      signals: {paid: {amount: 5}}      a list sends several\n"
	"      approvals: {ok: {decision: approve, data: {}, comment: Fine}}\n"
	"      decisions: {send: skip}           for on_failure: ask\n"
	"      env: {KEY: value}                 variables and secrets\n"
	"      start: 2026-01-01T00:00:00Z       what the time is\n"
	"      expect:\n"
	"        status: completed               failed when an error is expected; completed unless set\n"
	"        output: Hello Ada\n"
	"        error: {code: rejected}         has to hold what is named\n"
	"        steps: {ask: {status: completed, attempts: 1, input: {name: Ada}, output: Hello Ada}}\n"
	"\n"
	"A step that calls and has no answer fails its test; so does a run that would wait for ever. A function with "
	"an answer is not "
	"run.\n"
	"--record RUN prints such a file with what a real run was given and answered.\n"
	"With --json a line for each test: file, name, ok, problems.\n"
	"Exit status: 0 all passed, 1 one failed, 2 a file cannot be read, or a workflow in it is wrong.\n",
	run_command, "directory"};

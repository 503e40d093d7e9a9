/* Files of tests; see fixture.h. */
#include "cli/fixture.h"

#include "check/check.h"
#include "cli/workflow_file.h"
#include "json/writer.h"
#include "json/yaml.h"

#define FILE_BYTES_MAX ((size_t)16 << 20)
#define SHOWN 300 /* bytes of a value in a message */

/* ---- reading ---- */

bool
fixture_complain(const char *path, const struct json *at, const char *text)
{
	fprintf(stderr, "%s:%u:%u: %s\n", path, at ? at->line : 1, at ? at->column : 1, text);
	return false;
}

static bool
read_document(struct cli *cli, const char *path, struct json **ret_doc)
{
	struct str text;
	struct err err = {0};
	size_t n = strlen(path);
	if (!cli_read_file(cli->arena, path, FILE_BYTES_MAX, &text, &err)) {
		cli_fail(cli, CLI_WRONG, &err);
		return false;
	}
	bool json = n > 5 && strcmp(path + n - 5, ".json") == 0;
	if (json ? json_read(cli->arena, text, &json_limits_stored, ret_doc, &err)
		 : yaml_read(cli->arena, text, &json_limits_stored, ret_doc, &err))
		return true;
	fprintf(stderr, "%s:%u:%u: %s\n", path, err.line, err.column, err.message);
	return false;
}

/* Names that are not known are most often misspelled: what they say would not be tested. */
static bool
only(const struct cli *cli, const char *path, const struct json *object, const char *const *names, const char *what)
{
	size_t count = 0;
	while (names[count])
		count++;
	if (!object || object->type != JSON_OBJECT)
		return fixture_complain(path, object, arena_printf(cli->arena, "%s is not an object.", what));
	json_each (member, object) {
		bool known = false;
		for (size_t i = 0; i < count; i++)
			known = known || str_is(member->key, names[i]);
		if (known)
			continue;
		const char *near = cli_nearest(arena_strz(cli->arena, member->key), names, count);
		return fixture_complain(path, member,
			arena_printf(cli->arena, "%s has no %.*s.%s%s%s", what, STR_ARG(member->key),
				near ? " Did you mean " : "", near ? near : "", near ? "?" : ""));
	}
	return true;
}

static bool
check_tests(const struct cli *cli, const char *path, const struct json *tests)
{
	static const char *const test_names[] = {
		"name", "input", "env", "start", "answers", "signals", "approvals", "decisions", "expect", NULL};
	static const char *const expect_names[] = {"status", "output", "error", "steps", NULL};
	static const char *const step_names[] = {"status", "attempts", "input", "output", "error", NULL};
	static const char *const objects[] = {"input", "env", "answers", "signals", "approvals", "decisions", NULL};
	struct str name;
	if (!tests || tests->type != JSON_ARRAY || tests->count == 0)
		return fixture_complain(path, tests, "tests is not a list of tests.");
	json_each (test, tests) {
		const struct json *expect = json_get(test, "expect"), *member;
		if (!only(cli, path, test, test_names, "A test"))
			return false;
		if (!json_get_str(test, "name", &name))
			return fixture_complain(path, test, "The test has no name.");
		for (size_t i = 0; objects[i]; i++)
			if ((member = json_get(test, objects[i])) && member->type != JSON_OBJECT)
				return fixture_complain(
					path, member, arena_printf(cli->arena, "%s is not an object.", objects[i]));
		if (expect && !only(cli, path, expect, expect_names, "expect"))
			return false;
		json_each (step, json_get(expect, "steps"))
			if (!only(cli, path, step, step_names, "What is expected of a step"))
				return false;
	}
	return true;
}

/* ---- the workflow ---- */

static const char *
beside(struct arena *arena, const char *path, struct str name)
{
	const char *slash = strrchr(path, '/');
	if (!slash || (name.n > 0 && name.p[0] == '/'))
		return arena_strz(arena, name);
	return arena_printf(arena, "%.*s/%.*s", (int)(slash - path), path, STR_ARG(name));
}

/* "greet.yaml#second" */
static bool
find_workflow(struct cli *cli, const char *path, const struct json *named, struct workflow_file *ret_file)
{
	struct workflow_file *files;
	unsigned count;
	const char *hash = memchr(named->text.p, '#', named->text.n);
	struct str name = {hash ? hash + 1 : "", hash ? named->text.n - (size_t)(hash + 1 - named->text.p) : 0};
	struct str file = {named->text.p, hash ? (size_t)(hash - named->text.p) : named->text.n};
	if (!workflow_file_read(cli, beside(cli->arena, path, file), &files, &count))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (hash ? str_is(name, files[i].name) : count == 1) {
			*ret_file = files[i];
			return true;
		}
	return fixture_complain(path, named,
		hash ? "No workflow in that file has this name."
		     : "There are several in that file. Name one: FILE#NAME.");
}

/* A definition in the file of tests itself: a document as any other. */
static bool
take_own(struct cli *cli, const struct json *own, struct workflow_file *file)
{
	struct findings findings = {.arena = cli->arena};
	struct document_flow *flows = NULL;
	unsigned count = 0;
	file->definition = json_share(cli->arena, own);
	file->prefix = "/definition";
	document_flows(file->definition, file->prefix, &findings, &flows, &count);
	if (findings.errors > 0) {
		workflow_file_findings(file, &findings);
		return false;
	}
	if (count != 1)
		return fixture_complain(file->path, own, "definition is not one workflow.");
	file->definition = flows[0].definition;
	file->prefix = flows[0].prefix;
	return true;
}

/* A server pins the versions that are current when it saves; here any will do. */
static void
pin_versions(struct arena *arena, struct json *steps)
{
	for (struct json *step = steps ? steps->child : NULL; step; step = step->next)
		for (struct json *member = step->child; member; member = member->next) {
			if (str_is(member->key, "steps"))
				pin_versions(arena, member);
			bool named = str_is(member->key, "prompt") || str_is(member->key, "workflow");
			if (named && member->type == JSON_OBJECT && !json_get(member, "version"))
				json_add(member, STR("version"), json_new_int(arena, 1));
		}
}

/* Prompts are not here, and believed to be what their steps take them for. */
static bool
check_definition(struct cli *cli, const struct workflow_file *file, struct json **ret_canonical)
{
	static const struct definition_known nothing = {.nothing = true};
	struct findings findings = {.arena = cli->arena};
	struct err err = {0};
	if (!check_workflow(
		    file->definition, file->prefix, &nothing, play_js(cli->arena), &findings, ret_canonical, &err)) {
		cli_fail(cli, CLI_WRONG, &err);
		return false;
	}
	if (findings.errors == 0) {
		pin_versions(cli->arena, (struct json *)json_get(*ret_canonical, "steps"));
		return true;
	}
	workflow_file_findings(file, &findings);
	return false;
}

bool
fixture_read(struct cli *cli, const char *path, struct fixture *ret_fixture)
{
	static const char *const names[] = {"workflow", "definition", "tests", NULL};
	struct workflow_file file = {.path = path};
	struct json *doc, *canonical;
	struct definition *definition;
	struct err err = {0};
	if (!read_document(cli, path, &doc) || !only(cli, path, doc, names, "A file of tests") ||
		!check_tests(cli, path, json_get(doc, "tests")))
		return false;
	const struct json *workflow = json_get(doc, "workflow"), *own = json_get(doc, "definition");
	if (!workflow == !own || (workflow && workflow->type != JSON_STRING))
		return fixture_complain(path, doc, "It needs workflow: FILE, or definition: {…}.");
	if (own ? !take_own(cli, own, &file) : !find_workflow(cli, path, workflow, &file))
		return false;
	if (!check_definition(cli, &file, &canonical) ||
		!fixture_steps_known(cli->arena, path, canonical, json_get(doc, "tests")))
		return false;
	if (!definition_read(cli->arena, canonical, &definition, &err)) {
		cli_fail(cli, CLI_WRONG, &err);
		return false;
	}
	*ret_fixture = (struct fixture){path, definition, json_get(canonical, "input"), json_get(doc, "tests")};
	return true;
}

/* ---- what is expected ---- */

static struct str
shown(struct arena *arena, const struct json *value)
{
	struct str text = value ? json_text(arena, value) : STR("nothing");
	if (text.n <= SHOWN)
		return text;
	size_t n = SHOWN;
	while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return str_of(arena_printf(arena, "%.*s…", (int)n, text.p));
}

static void
differ(struct arena *arena, struct json *problems, const char *what, const struct json *expected,
	const struct json *got)
{
	json_push(problems, json_new_str(arena, str_of(arena_printf(arena, "%s: expected %.*s, and it is %.*s", what,
							STR_ARG(shown(arena, expected)), STR_ARG(shown(arena, got))))));
}

static void
equal(struct arena *arena, struct json *problems, const char *what, const struct json *expected, const struct json *got)
{
	bool same = got ? json_equal(expected, got) : expected->type == JSON_NULL;
	if (!same)
		differ(arena, problems, what, expected, got);
}

static void
error_holds(struct arena *arena, struct json *problems, const char *what, const struct json *expected, struct str text)
{
	struct json *error = NULL;
	if (text.n > 0 && !json_read(arena, text, &json_limits_stored, &error, NULL))
		error = NULL;
	if (expected->type != JSON_OBJECT) {
		equal(arena, problems, what, expected, error);
		return;
	}
	json_each (member, expected) {
		const struct json *got = json_get_by(error, member->key);
		if (!got || !json_equal(member, got)) {
			differ(arena, problems, what, expected, error);
			return;
		}
	}
}

static void
status_is(struct arena *arena, struct json *problems, const char *what, struct str expected, const char *got)
{
	if (!str_is(expected, got))
		differ(arena, problems, what, json_new_str(arena, expected), json_new_str(arena, str_of(got)));
}

static void
expect_step(struct arena *arena, const struct play *play, const struct json *expected, struct json *problems)
{
	const struct play_step *step = play_step(play, expected->key);
	const char *name = arena_strz(arena, expected->key);
	struct str status;
	int64_t attempts;
	if (json_get_str(expected, "status", &status))
		status_is(arena, problems, name, status, step ? step_status_name(step->status) : "pending");
	if (json_get_int(expected, "attempts", &attempts) && attempts != (step ? step->attempt : 0))
		differ(arena, problems, arena_printf(arena, "attempts of %s", name), json_get(expected, "attempts"),
			json_new_int(arena, step ? step->attempt : 0));
	const struct json *input = json_get(expected, "input"), *output = json_get(expected, "output"),
			  *error = json_get(expected, "error");
	if (input)
		equal(arena, problems, arena_printf(arena, "input of %s", name), input, step ? step->input : NULL);
	if (output)
		equal(arena, problems, arena_printf(arena, "output of %s", name), output, step ? step->output : NULL);
	if (error)
		error_holds(arena, problems, arena_printf(arena, "error of %s", name), error,
			step ? step->error : (struct str){0});
}

void
fixture_expect(struct arena *arena, const struct play *play, const struct json *expect, struct json *problems)
{
	const struct json *output = json_get(expect, "output"), *error = json_get(expect, "error");
	struct str status = error ? STR("failed") : STR("completed");
	(void)json_get_str(expect, "status", &status);
	status_is(arena, problems, "status", status, run_status_name(play->end));
	/* Why it failed says more than that it did. */
	if (problems->count > 0 && play->error.n > 0)
		json_push(problems,
			json_new_str(arena, str_of(arena_printf(arena, "error: %.*s", STR_ARG(play->error)))));
	if (output)
		equal(arena, problems, "output", output, play->output);
	if (error)
		error_holds(arena, problems, "error", error, play->error);
	json_each (step, json_get(expect, "steps"))
		expect_step(arena, play, step, problems);
}

/*
 * stepmill workflow check: everything that is wrong with workflows in files, said as a compiler does. Without a server; with --online
 * the prompts that they name are looked at as well.
 */
#include "check/check.h"
#include "cli/folder.h"
#include "cli/format.h"
#include "cli/play.h"
#include "cli/remote.h"
#include "cli/workflow_file.h"
#include "json/writer.h"

#define SHOWN_MOST 100 /* columns of a line under a message */

struct checking {
	struct cli *cli;
	struct remote remote; /* open when the server is asked */
	bool server;
	unsigned errors, warnings;
	unsigned tests; /* files that hold tests, and no workflow */
	struct buf out; /* of --json */
	struct json_writer writer;
};

/* ---- what is asked ---- */

static bool
check_here(struct checking *c, struct str text, enum document_format format, struct findings *findings, struct err *err)
{
	static const struct definition_known nothing = {.nothing = true};
	struct document_flow *flows;
	unsigned count;
	const char *program = play_js(c->cli->arena);
	if (!check_document(text, format, program, "", findings, &flows, &count, err))
		return false;
	for (unsigned i = 0; i < count; i++) {
		struct json *canonical;
		if (!check_workflow(flows[i].definition, flows[i].prefix, &nothing, program, findings, &canonical, err))
			return false;
		findings_place(findings, flows[i].definition, flows[i].prefix, text);
	}
	return true;
}

static bool
check_there(
	struct checking *c, struct str text, enum document_format format, struct findings *findings, struct err *err)
{
	struct json *body = json_new_object(findings->arena), *answer;
	json_add(body, STR("source"), json_new_str(findings->arena, text));
	json_add(body, STR("format"), json_new_str(findings->arena, str_of(document_format_name(format))));
	if (!client_call(&c->remote.client, findings->arena, "POST", "/workflows:check", body, NULL, &answer, err))
		return false;
	workflow_file_take(findings, json_get(answer, "errors"), false, "");
	workflow_file_take(findings, json_get(answer, "warnings"), true, "");
	findings_sort(findings);
	return true;
}

/* ---- what is said ---- */

static const char *
paint(const struct checking *c, const char *code)
{
	return c->cli->color ? code : "";
}

/* The line it is about, and a caret below the place. Tabs stay tabs, so that both are as wide. */
static void
show_line(const struct checking *c, struct str text, const struct finding *finding)
{
	const char *at = text.p, *end = text.p + text.n;
	for (unsigned line = 1; line < finding->line && at < end; line++) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		at = next ? next + 1 : end;
	}
	const char *stop = memchr(at, '\n', (size_t)(end - at));
	struct str shown = {at, (size_t)((stop ? stop : end) - at)};
	if (shown.n == 0 || finding->column > SHOWN_MOST)
		return;
	struct buf out;
	buf_init(&out, 4 * SHOWN_MOST + 100);
	buf_add_z(&out, "  ");
	struct str fits = shown;
	for (unsigned n = 0; n < SHOWN_MOST && fits.n > 0; n++) { /* characters */
		do {
			fits.p++;
			fits.n--;
		} while (fits.n > 0 && ((unsigned char)fits.p[0] & 0xc0) == 0x80);
	}
	format_safe(&out, (struct str){shown.p, shown.n - fits.n}, true);
	buf_add_z(&out, "\n  ");
	const char *p = shown.p;
	for (unsigned column = 1; column < finding->column && p < shown.p + shown.n; column++) {
		buf_add_char(&out, *p == '\t' ? '\t' : ' ');
		do
			p++;
		while (p < shown.p + shown.n && ((unsigned char)*p & 0xc0) == 0x80);
	}
	buf_printf(&out, "%s^%s\n", paint(c, finding->warning ? "\033[33m" : "\033[31m"), paint(c, "\033[0m"));
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
}

static void
say(const struct checking *c, const char *path, struct str text, const struct finding *finding)
{
	struct buf out;
	buf_init(&out, 4096);
	buf_printf(&out, "%s%s:%u:%u:%s %s%s:%s ", paint(c, "\033[1m"), strcmp(path, "-") == 0 ? "<stdin>" : path,
		finding->line, finding->column, paint(c, "\033[0m"),
		paint(c, finding->warning ? "\033[33m" : "\033[31m"), finding->warning ? "warning" : "error",
		paint(c, "\033[0m"));
	format_safe(&out, str_of(finding->message), false);
	if (finding->hint[0]) {
		buf_add_char(&out, ' ');
		format_safe(&out, str_of(finding->hint), false);
	}
	buf_printf(&out, " [%s]\n", finding->code);
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	if (c->cli->terminal && finding->line > 0)
		show_line(c, text, finding);
}

static void
write_finding(struct json_writer *w, const struct finding *finding)
{
	json_object(w);
	json_key(w, "severity");
	json_strz(w, finding->warning ? "warning" : "error");
	finding_write(w, finding);
	json_end(w);
}

static void
tell(struct checking *c, const char *path, struct str text, const struct findings *findings)
{
	struct json_writer *w = &c->writer;
	if (!c->remote.json) {
		for (unsigned i = 0; i < findings->count; i++)
			say(c, path, text, &findings->list[i]);
		if (findings->errors >= FINDINGS_MAX)
			printf("%s: these are the first %d errors.\n", path, FINDINGS_MAX);
		return;
	}
	json_object(w);
	json_key(w, "file");
	json_strz(w, path);
	json_key(w, "valid");
	json_bool(w, findings->errors == 0);
	json_key(w, "findings");
	json_array(w);
	for (unsigned i = 0; i < findings->count; i++)
		write_finding(w, &findings->list[i]);
	json_end(w);
	json_end(w);
}

/* ---- the whole ---- */

static bool
check_file(struct checking *c, const char *path, struct err *err)
{
	struct arena *arena = arena_new();
	struct findings findings = {.arena = arena};
	struct str text;
	bool done = false;
	if (!cli_read_file(arena, path, json_limits_request.bytes + 1, &text, err))
		goto out;
	enum document_format format = document_format_of(path, text);
	if (!(c->server ? check_there : check_here)(c, text, format, &findings, err))
		goto out;
	findings_sort(&findings);
	tell(c, path, text, &findings);
	for (unsigned i = 0; i < findings.count; i++)
		*(findings.list[i].warning ? &c->warnings : &c->errors) += 1;
	done = true;
out:
	arena_free(arena);
	return done;
}

/* greet.test.yaml stands beside greet.yaml, and comes along with *.yaml. */
static void
tell_tests(struct checking *c, const char *path)
{
	struct json_writer *w = &c->writer;
	c->tests++;
	if (!c->remote.json) {
		printf("%s: holds tests, no workflow: stepmill workflow test runs them.\n", path);
		return;
	}
	json_object(w);
	json_key(w, "file");
	json_strz(w, path);
	json_key(w, "tests");
	json_bool(w, true);
	json_key(w, "valid");
	json_bool(w, true);
	json_key(w, "findings");
	json_array(w);
	json_end(w);
	json_end(w);
}

static int
check_files(struct checking *c, const struct cli_args *args)
{
	int status = CLI_OK;
	struct err err = {0};
	for (int i = 0; i < args->count; i++) {
		if (folder_is_test(args->items[i])) {
			tell_tests(c, args->items[i]);
		} else if (!check_file(c, args->items[i], &err)) {
			status = cli_fail(c->cli, CLI_WRONG, &err);
			err_clear(&err);
		}
	}
	int checked = args->count - (int)c->tests;
	if (c->remote.json) {
		json_end(&c->writer);
		buf_add_char(&c->out, '\n');
		fwrite(c->out.p, 1, c->out.n, stdout);
	} else if (c->errors + c->warnings == 0) {
		if (status == CLI_OK)
			printf("%d file%s, nothing wrong.\n", checked, checked == 1 ? "" : "s");
	} else {
		printf("%u error%s, %u warning%s.\n", c->errors, c->errors == 1 ? "" : "s", c->warnings,
			c->warnings == 1 ? "" : "s");
	}
	return status != CLI_OK ? status : c->errors > 0 ? CLI_FAILED : CLI_OK;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct checking c = {.cli = cli};
	const struct cli_option options[] = {
		CLI_FLAG("online", &c.server, "ask the server, which also knows the workspace's prompts"),
		REMOTE_OPTIONS(&c.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, argc, &args, &status))
		return status;
	if (c.server && !remote_open(&c.remote, cli, &status))
		return status;
	buf_init(&c.out, json_limits_stored.bytes);
	json_writer_init(&c.writer, &c.out, 0);
	if (c.remote.json)
		json_array(&c.writer);
	status = check_files(&c, &args);
	buf_release(&c.out);
	return c.server ? remote_end(&c.remote, status) : status;
}

const struct cli_command cli_workflow_check = {"workflow check", "FILE… [--online]",
	"say everything that is wrong with workflows in files",
	"Checks each FILE (YAML; JSON or TypeScript by its suffix; - is standard input) and prints FILE:LINE:COLUMN, "
	"what is "
	"wrong\n"
	"there and what to do. JavaScript of steps is read, and not run; of a file in TypeScript the declaration is "
	"run, in\n"
	"a process that can only compute. No server is needed; with --online the prompts of the\n"
	"workspace are known as well.\n"
	"Files of tests, *.test.yaml, are passed over: `workflow test` runs them.\n"
	"With --json one list: for each file its name, whether it is valid, and what was found.\n"
	"Exit status: 0 nothing is wrong (there may be warnings), 1 something is, 2 a file cannot be read.\n",
	run_command, "file"};

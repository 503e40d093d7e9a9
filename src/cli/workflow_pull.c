/* stepmill workflow pull: workflows become files, which push takes again. */
#include "check/check.h"
#include "cli/play.h"
#include "cli/remote.h"
#include "json/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)8 << 20)

struct pull {
	struct remote remote;
	const char *directory;
	bool all, force, print;
	int status;
};

/* "content-pipeline" of "Content pipeline!": letters and digits of ASCII, lower case, other things as one -. */
static const char *
slug(struct arena *arena, struct str name, const char *otherwise)
{
	char *out = arena_alloc(arena, name.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < name.n && n < 100; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = (char)c;
		else if (n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	return n > 0 ? out : otherwise;
}

/* Whether a document has this workflow, and it alone, as push would find it by: its name, or its id. */
static bool
is_of(struct arena *arena, struct str document, enum document_format format, struct str name, struct str id)
{
	struct findings findings = {.arena = arena};
	struct document_flow *flows = NULL;
	unsigned count = 0;
	return check_document(document, format, play_js(arena), "", &findings, &flows, &count, NULL) &&
	       findings.errors == 0 && count == 1 && (str_eq(flows[0].name, name) || str_eq(flows[0].own_id, id));
}

/* What it was written as; `ret_ending` of its file. False: push would take that for another one. */
static bool
source_of(struct arena *arena, const struct json *workflow, struct str *ret_text, const char **ret_ending)
{
	struct str source, name, id;
	if (!json_get_str(workflow, "source", &source) || !json_get_str(workflow, "name", &name) ||
		!json_get_str(workflow, "id", &id))
		return false;
	enum document_format format = document_format_of(NULL, source);
	if (!is_of(arena, source, format, name, id))
		return false;
	*ret_text = source;
	*ret_ending = format == DOCUMENT_TYPESCRIPT ? "ts" : document_format_name(format);
	return true;
}

static struct str
text_of(struct arena *arena, const struct json *workflow)
{
	static const char *const members[] = {"id", "name", "description", "definition"};
	struct json *doc = json_new_object(arena);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		const struct json *member = json_get(workflow, members[i]);
		if (member)
			json_add(doc, str_of(members[i]), json_share(arena, member));
	}
	struct buf out;
	struct json_writer w;
	buf_init(&out, FILE_BYTES_MAX);
	json_writer_init(&w, &out, 2);
	json_value(&w, doc);
	buf_add_char(&out, '\n');
	struct str text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}

/* All of it or nothing: a file beside it takes its place. */
static bool
write_file(struct arena *arena, const char *path, struct str text, struct err *err)
{
	const char *beside = arena_printf(arena, "%s.%ld", path, (long)getpid());
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(err, ERR_NOT_FOUND, "%s cannot be made: %s.", beside, strerror(errno));
	bool ok = true;
	while (ok && text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);
		ok = n > 0 || (n < 0 && errno == EINTR);
		if (n > 0)
			text = (struct str){text.p + n, text.n - (size_t)n};
	}
	int failed = ok ? 0 : errno;
	if (close(fd) != 0 && ok)
		failed = errno;
	if (!failed && rename(beside, path) == 0)
		return true;
	failed = failed ? failed : errno;
	unlink(beside);
	return err_set(err, ERR_NOT_FOUND, "%s cannot be written: %s.", path, strerror(failed));
}

static void
say(const struct pull *pull, const struct json *workflow, const char *path, const char *what)
{
	struct arena *arena = pull->remote.cli->arena;
	if (!pull->remote.json) {
		printf("%-9s  %s\n", what, path);
		return;
	}
	struct json *line = json_new_object(arena);
	json_add(line, STR("file"), json_new_str(arena, str_of(path)));
	json_add(line, STR("result"), json_new_str(arena, str_of(what)));
	json_add(line, STR("id"), json_share(arena, json_get(workflow, "id")));
	json_add(line, STR("name"), json_share(arena, json_get(workflow, "name")));
	remote_print(line);
}

/* Whether a file holds another workflow than this, whose name makes the same file. */
static bool
is_another(struct cli *cli, const char *path, struct str name, struct str id)
{
	struct err ignored = {0};
	struct json *doc;
	struct str text, other;
	bool json = strcmp(strrchr(path, '.'), ".json") == 0;
	if (access(path, F_OK) != 0 || !cli_read_file(cli->arena, path, FILE_BYTES_MAX, &text, &ignored))
		return false;
	if (json && json_read(cli->arena, text, &json_limits_stored, &doc, &ignored) && json_get(doc, "definition"))
		return json_get_str(doc, "id", &other) && !str_eq(other, id);
	return !is_of(cli->arena, text, document_format_of(path, text), name, id);
}

static const char *
path_of(const struct pull *pull, struct str name, struct str id, const char *ending)
{
	struct arena *arena = pull->remote.cli->arena;
	const char *directory = pull->directory ? pull->directory : ".", *own = arena_strz(arena, id),
		   *begin = slug(arena, name, own), *path = arena_printf(arena, "%s/%s.%s", directory, begin, ending);
	if (is_another(pull->remote.cli, path, name, id))
		path = arena_printf(arena, "%s/%s-%s.%s", directory, begin, own + (id.n > 6 ? id.n - 6 : 0), ending);
	return path;
}

static int
save(struct pull *pull, const struct json *workflow)
{
	struct cli *cli = pull->remote.cli;
	struct err err = {0}, ignored = {0};
	struct str name = STR(""), id = STR(""), there, text;
	const char *ending = "json";
	if (!json_get_str(workflow, "name", &name) || !json_get_str(workflow, "id", &id))
		return cli_complain(cli, CLI_WRONG, "The server's answer is not a workflow.");
	if (!source_of(cli->arena, workflow, &text, &ending))
		text = text_of(cli->arena, workflow);
	if (pull->print) {
		fwrite(text.p, 1, text.n, stdout);
		return CLI_OK;
	}
	const char *path = path_of(pull, name, id, ending);
	bool exists = access(path, F_OK) == 0;
	if (exists && cli_read_file(cli->arena, path, FILE_BYTES_MAX, &there, &ignored) && str_eq(there, text)) {
		say(pull, workflow, path, "unchanged");
		return CLI_OK;
	}
	if (exists && !pull->force)
		return cli_complain(cli, CLI_FAILED,
			"%s is there and differs from the server's. Push it, or overwrite it with --force.", path);
	if (!write_file(cli->arena, path, text, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	say(pull, workflow, path, exists ? "changed" : "made");
	return CLI_OK;
}

static void
pull_one(struct pull *pull, const char *given)
{
	struct err err = {0};
	struct json *workflow;
	int status = remote_workflow(&pull->remote, given, &workflow, &err)
			     ? save(pull, workflow)
			     : cli_fail(pull->remote.cli, CLI_WRONG, &err);
	pull->status = status > pull->status ? status : pull->status;
}

static bool
take(void *context, const struct json *workflow)
{
	struct pull *pull = context;
	struct str id;
	if (json_get_str(workflow, "id", &id))
		pull_one(pull, arena_strz(pull->remote.cli->arena, id));
	return true;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct pull pull = {0};
	const struct cli_option options[] = {
		CLI_TEXT("directory", &pull.directory, "DIR", NULL, "where files are written; here unless given"),
		CLI_FLAG("all", &pull.all, "every workflow of the workspace"),
		CLI_FLAG("force", &pull.force, "overwrite files that differ"),
		CLI_FLAG("print", &pull.print, "print them instead"),
		REMOTE_OPTIONS(&pull.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	struct err err = {0};
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 0, argc, &args, &status))
		return status;
	if (pull.all == (args.count > 0))
		return cli_complain(cli, CLI_WRONG, "Name the workflows, or give --all.");
	if (pull.directory && mkdir(pull.directory, 0777) != 0 && errno != EEXIST)
		return cli_complain(cli, CLI_WRONG, "%s cannot be made: %s.", pull.directory, strerror(errno));
	if (!remote_open(&pull.remote, cli, &status))
		return status;
	for (int i = 0; i < args.count; i++)
		pull_one(&pull, args.items[i]);
	if (pull.all && !remote_pages(&pull.remote, "/workflows", INT64_MAX, take, &pull, &err))
		return remote_end(&pull.remote, cli_fail(cli, CLI_WRONG, &err));
	return remote_end(&pull.remote, pull.status);
}

const struct cli_command cli_workflow_pull = {"workflow pull", "WORKFLOW… | --all [--directory DIR] [--force]",
	"write workflows into files",
	"Writes the current version of each workflow into a file of its name, as \"workflow push\" takes it: the text "
	"it was "
	"written as,\nor NAME.json. A file that is there and differs is left alone without --force.\n"
	"With --json a line for each: file, result (made, changed, unchanged), id, name.\n"
	"Exit status: 0 all are written, 1 a file differs, 2 one cannot be found or written.\n",
	run_command, "workflow"};

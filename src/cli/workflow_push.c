/* stepmill workflow push: what files say becomes what the server has. */
#include "cli/remote.h"
#include "cli/workflow_file.h"

struct push {
	struct remote remote;
	const char *message;
	bool dry;
};

/* ---- one workflow ---- */

/* The one that is meant: that of the id, or the only one of that name. *ret_workflow is NULL when there is none. */
static bool
find(struct push *push, const struct workflow_file *file, struct json **ret_workflow, struct err *err)
{
	struct arena *arena = push->remote.cli->arena;
	const char *id = file->id;
	int found = 0;
	*ret_workflow = NULL;
	if (id) {
		if (remote_get(&push->remote, arena_printf(arena, "/workflows/%s", id), ret_workflow, err))
			return true;
		if (err->code != ERR_NOT_FOUND)
			return false;
		err_clear(err);
	}
	if (!remote_named(&push->remote, file->name, &id, &found, err))
		return false;
	if (found > 1)
		return err_set(err, ERR_CONFLICT,
			"%d workflows have the name \"%s\". Write the id of one into the file.", found, file->name);
	return found == 0 || remote_get(&push->remote, arena_printf(arena, "/workflows/%s", id), ret_workflow, err);
}

static struct json *
body_of(struct push *push, const struct workflow_file *file, bool change)
{
	struct arena *arena = push->remote.cli->arena;
	struct json *body = json_new_object(arena);
	json_add(body, STR("name"), json_new_str(arena, str_of(file->name)));
	if (file->description.p)
		json_add(body, STR("description"), json_new_str(arena, file->description));
	if (file->source) {
		json_add(body, STR("source"), json_new_str(arena, file->text));
		json_add(body, STR("format"), json_new_str(arena, str_of(document_format_name(file->format))));
	} else {
		json_add(body, STR("definition"), file->definition);
	}
	if (change && push->message)
		json_add(body, STR("message"), json_new_str(arena, str_of(push->message)));
	return body;
}

/* Only on what was read: whoever changed it in between is not overwritten. */
static bool
change(struct push *push, const struct workflow_file *file, const struct json *workflow, struct json **ret_doc,
	struct err *err)
{
	struct client *client = &push->remote.client;
	struct str id = STR("");
	(void)json_get_str(workflow, "id", &id);
	client->if_match = client->etag ? client->etag : "*";
	bool ok =
		client_call(client, client->arena, "PATCH", arena_printf(client->arena, "/workflows/%.*s", STR_ARG(id)),
			body_of(push, file, true), NULL, ret_doc, err);
	client->if_match = NULL;
	if (!ok && err->code == ERR_PRECONDITION)
		return err_set(err, ERR_PRECONDITION,
			"Not pushed. Somebody changed \"%s\" at this moment. Pull it, look, and push again.",
			file->name);
	return ok;
}

static void
say(const struct push *push, const struct workflow_file *file, const struct json *doc, const char *what)
{
	struct str id = STR("");
	int64_t version = 0;
	(void)json_get_str(doc, "id", &id);
	(void)json_get_int(doc, "version", &version);
	if (!push->remote.json) {
		printf("%-9s  %s  v%lld  %.*s\n", what, file->name, (long long)version, STR_ARG(id));
		return;
	}
	struct arena *arena = push->remote.cli->arena;
	struct json *line = json_new_object(arena);
	json_add(line, STR("file"), json_new_str(arena, str_of(file->path)));
	json_add(line, STR("result"), json_new_str(arena, str_of(what)));
	json_add(line, STR("id"), id.n > 0 ? json_new_str(arena, id) : json_new_null(arena));
	json_add(line, STR("name"), json_new_str(arena, str_of(file->name)));
	json_add(line, STR("version"), version ? json_new_int(arena, version) : json_new_null(arena));
	remote_print(line);
}

static bool
push_one(struct push *push, const struct workflow_file *file, struct err *err)
{
	struct json *there, *doc;
	int64_t before = 0, after = 0;
	if (!find(push, file, &there, err))
		return false;
	if (push->dry) {
		say(push, file, there, there ? "there" : "missing");
		return true;
	}
	if (!there) {
		if (!remote_post(&push->remote, "/workflows", body_of(push, file, false), true, &doc, err))
			return false;
		say(push, file, doc, "made");
		return true;
	}
	(void)json_get_int(there, "revision", &before);
	if (!change(push, file, there, &doc, err))
		return false;
	(void)json_get_int(doc, "revision", &after);
	say(push, file, doc, after == before ? "unchanged" : "changed");
	return true;
}

/* ---- what the server has against it ---- */

/* Of a text the server's checker knows the places. */
static bool
tell_findings(struct push *push, const struct workflow_file *file)
{
	struct arena *arena = push->remote.cli->arena;
	struct json *body = json_new_object(arena), *answer;
	struct err err = {0};
	unsigned told = 0;
	json_add(body, STR("source"), json_new_str(arena, file->text));
	json_add(body, STR("format"), json_new_str(arena, str_of(document_format_name(file->format))));
	if (!file->source || !remote_post(&push->remote, "/workflows:check", body, false, &answer, &err))
		return false;
	fflush(stdout);
	json_each (one, json_get(answer, "errors")) {
		struct str message = STR(""), hint = STR("");
		int64_t line = 1, column = 1;
		(void)json_get_str(one, "message", &message);
		(void)json_get_str(one, "hint", &hint);
		(void)json_get_int(one, "line", &line);
		(void)json_get_int(one, "column", &column);
		fprintf(stderr, "%s:%lld:%lld: %.*s%s%.*s\n", file->path, (long long)line, (long long)column,
			STR_ARG(message), hint.n > 0 ? " " : "", STR_ARG(hint));
		told++;
	}
	return told > 0;
}

static void
tell(struct push *push, const struct workflow_file *file, const struct err *err)
{
	if (err->code != ERR_INVALID || !tell_findings(push, file))
		workflow_file_issues(file, err);
}

/* ---- all of them ---- */

static int
push_file(struct push *push, const char *path)
{
	struct workflow_file *files;
	unsigned count;
	struct err err = {0};
	int status = CLI_OK;
	if (!workflow_file_read(push->remote.cli, path, &files, &count))
		return CLI_WRONG;
	for (unsigned i = 0; i < count; i++) {
		err_clear(&err);
		if (push_one(push, &files[i], &err))
			continue;
		if (err.code == ERR_UNAVAILABLE)
			return cli_fail(push->remote.cli, CLI_WRONG, &err);
		tell(push, &files[i], &err);
		status = CLI_FAILED;
	}
	return status;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct push push = {0};
	const struct cli_option options[] = {
		CLI_TEXT("message", &push.message, "TEXT", NULL, "why there is a new version"),
		CLI_FLAG("dry-run", &push.dry, "only say which are there and which would be made"),
		REMOTE_OPTIONS(&push.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, argc, &args, &status))
		return status;
	if (!remote_open(&push.remote, cli, &status))
		return status;
	for (int i = 0; i < args.count; i++) {
		int one = push_file(&push, args.items[i]);
		status = i == 0 || one > status ? one : status;
	}
	return remote_end(&push.remote, status);
}

const struct cli_command cli_workflow_push = {"workflow push", "FILE… [--message TEXT] [--dry-run]",
	"make or change workflows as files say",
	"Makes each workflow of the files (YAML, JSON or TypeScript; - is standard input), or a new version of the one "
	"that has its "
	"id or,\nwithout one, its name. Pushing the same again changes nothing.\n"
	"A file holds {\"id\", \"name\", \"description\", \"definition\"} as \"workflow pull\" writes it, or the "
	"definition "
	"itself with id, name and\ndescription beside its members, or several of them below \"workflows\".\n"
	"With --json a line for each: file, result (made, changed, unchanged), id, name, version.\n"
	"Exit status: 0 all are there now, 1 one was refused (FILE:LINE:COLUMN says where), 2 one cannot be read, or "
	"no "
	"connection.\n",
	run_command, "file"};

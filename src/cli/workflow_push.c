/* stepmill workflow push: what files say becomes what the server has. */
#include "cli/workflow_push.h"

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
	if (file->origin)
		json_add(body, STR("origin"), json_share(arena, file->origin));
	if (push->message && (change || file->origin))
		json_add(body, STR("message"), json_new_str(arena, str_of(push->message)));
	return body;
}

/* Only on what was read: whoever changed it in between is not overwritten. */
static bool
change(struct push *push, const struct workflow_file *file, const struct json *workflow, struct json **ret_doc,
	struct err *err)
{
	struct client *client = &push->remote.client;
	struct arena *arena = push->remote.cli->arena;
	struct str id = STR("");
	(void)json_get_str(workflow, "id", &id);
	client->if_match = client->etag ? client->etag : "*";
	bool ok = client_call(client, arena, "PATCH", arena_printf(arena, "/workflows/%.*s", STR_ARG(id)),
		body_of(push, file, true), NULL, ret_doc, err);
	client->if_match = NULL;
	if (!ok && err->code == ERR_PRECONDITION)
		return err_set(err, ERR_PRECONDITION,
			"Not pushed. Somebody changed \"%s\" at this moment. Pull it, look, and push again.",
			file->name);
	return ok;
}

void
push_say(const struct push *push, const char *path, struct str name, const struct json *workflow, const char *what)
{
	struct str id = STR("");
	int64_t version = 0;
	(void)json_get_str(workflow, "id", &id);
	(void)json_get_int(workflow, "version", &version);
	if (!push->remote.json) {
		printf("%-9s  %.*s  v%lld  %.*s\n", what, STR_ARG(name), (long long)version, STR_ARG(id));
		return;
	}
	struct arena *arena = push->remote.cli->arena;
	struct json *line = json_new_object(arena);
	json_add(line, STR("file"), path ? json_new_str(arena, str_of(path)) : json_new_null(arena));
	json_add(line, STR("result"), json_new_str(arena, str_of(what)));
	json_add(line, STR("id"), id.n > 0 ? json_new_str(arena, id) : json_new_null(arena));
	json_add(line, STR("name"), json_new_str(arena, name));
	json_add(line, STR("version"), version ? json_new_int(arena, version) : json_new_null(arena));
	remote_print(line);
}

static void
say(const struct push *push, const struct workflow_file *file, const struct json *doc, const char *what)
{
	push_say(push, file->path, str_of(file->name), doc, what);
}

static const char *
id_of(struct push *push, const struct json *workflow)
{
	struct str id;
	return json_get_str(workflow, "id", &id) ? arena_strz(push->remote.cli->arena, id) : NULL;
}

bool
push_workflow_file(struct push *push, const struct workflow_file *file, const char **ret_id, struct err *err)
{
	struct json *there, *doc;
	int64_t before = 0, after = 0;
	if (!find(push, file, &there, err))
		return false;
	*ret_id = there ? id_of(push, there) : NULL;
	if (push->dry) {
		say(push, file, there, there ? "there" : "missing");
		return true;
	}
	if (!there) {
		if (!remote_post(&push->remote, "/workflows", body_of(push, file, false), true, &doc, err))
			return false;
		*ret_id = id_of(push, doc);
		push->made++;
		say(push, file, doc, "made");
		return true;
	}
	(void)json_get_int(there, "revision", &before);
	if (!change(push, file, there, &doc, err))
		return false;
	(void)json_get_int(doc, "revision", &after);
	push->changed += after != before;
	if (after != before || !push->quiet)
		say(push, file, doc, after == before ? "unchanged" : "changed");
	return true;
}

/* ---- what the server has against it ---- */

bool
push_check(struct push *push, const struct workflow_file *file, bool *ret_valid, struct err *err)
{
	struct arena *arena = push->remote.cli->arena;
	struct findings findings = {.arena = arena};
	struct json *body = json_new_object(arena), *answer;
	if (file->pulled) {
		json_add(body, STR("definition"), json_share(arena, file->definition));
	} else {
		json_add(body, STR("source"), json_new_str(arena, file->text));
		json_add(body, STR("format"), json_new_str(arena, str_of(document_format_name(file->format))));
	}
	if (!remote_post(&push->remote, "/workflows:check", body, false, &answer, err))
		return false;
	workflow_file_take(&findings, json_get(answer, "errors"), false, file->pulled ? file->prefix : "");
	workflow_file_findings(file, &findings);
	*ret_valid = findings.errors == 0;
	return true;
}

void
push_tell(struct push *push, const struct workflow_file *file, const struct err *err)
{
	struct err ignored = {0};
	bool valid = true;
	if (err->code != ERR_INVALID || !push_check(push, file, &valid, &ignored) || valid)
		workflow_file_issues(file, err);
}

/* ---- all of them ---- */

static int
push_file(struct push *push, const char *path)
{
	struct workflow_file *files;
	unsigned count;
	struct err err = {0};
	const char *id;
	int status = CLI_OK;
	if (!workflow_file_read(push->remote.cli, path, &files, &count))
		return CLI_WRONG;
	for (unsigned i = 0; i < count; i++) {
		err_clear(&err);
		if (push_workflow_file(push, &files[i], &id, &err))
			continue;
		if (err.code == ERR_UNAVAILABLE)
			return cli_fail(push->remote.cli, CLI_WRONG, &err);
		push_tell(push, &files[i], &err);
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

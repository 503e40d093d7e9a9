/* See sync.h. */
#include "cli/sync.h"

#include "check/check.h"
#include "cli/ending.h"
#include "cli/folder.h"
#include "cli/play.h"
#include "json/yaml.h"

#include <poll.h>
#include <stdlib.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define PATIENCE 120 /* seconds that one call may be put off by the server's rate limit */

static struct cli *
cli_of(const struct sync *sync)
{
	return sync->push.remote.cli;
}

/* ---- which files are workflows ---- */

static bool
is_document(const char *name)
{
	static const char *const endings[] = {
		".yaml", ".yml", ".json", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", NULL};
	static const char *const types[] = {".d.ts", ".d.mts", ".d.cts", NULL};
	return folder_ends(name, endings) && !folder_ends(name, types) && !folder_is_test(name);
}

static bool
has_word(struct str text, const char *const *words)
{
	for (; *words; words++)
		if (memmem(text.p, text.n, *words, strlen(*words)))
			return true;
	return false;
}

/* Of other files in such formats nothing is said but that they are left out; of what looks like a workflow everything that is wrong. */
static bool
is_workflow(struct arena *arena, const char *path, struct str text)
{
	static const char *const words[] = {"steps", "workflows", "definition", NULL};
	static const char *const calls[] = {"defineWorkflow", "createWorkflow", NULL};
	struct json *doc;
	struct err err = {0};
	enum document_format format = document_format_of(path, text);
	if (format == DOCUMENT_TYPESCRIPT)
		return has_word(text, calls);
	if (!has_word(text, words))
		return false;
	bool read = format == DOCUMENT_JSON ? json_read(arena, text, &json_limits_request, &doc, &err)
					    : yaml_read(arena, text, &json_limits_request, &doc, &err);
	if (!read)
		return true;
	for (const char *const *w = words; *w; w++)
		if (json_get(doc, *w))
			return true;
	return false;
}

/* ---- reading ---- */

static struct json *
origin_of(const struct sync *sync, const char *below)
{
	struct arena *arena = cli_of(sync)->arena;
	struct json *origin = json_new_object(arena);
	json_add(origin, STR("source"), json_new_str(arena, str_of(sync->source)));
	json_add(origin, STR("path"), json_new_str(arena, str_of(arena_printf(arena, "%s%s", sync->place, below))));
	if (sync->commit)
		json_add(origin, STR("commit"), json_new_str(arena, str_of(sync->commit)));
	return origin;
}

static bool
is_valid(struct sync *sync, const struct workflow_file *file)
{
	static const struct definition_known nothing = {.nothing = true};
	struct arena *arena = cli_of(sync)->arena;
	struct findings findings = {.arena = arena};
	struct json *canonical;
	struct err err = {0};
	if (!check_workflow(file->definition, file->prefix, &nothing, play_js(arena), &findings, &canonical, &err)) {
		cli_fail(cli_of(sync), CLI_WRONG, &err);
		return false;
	}
	workflow_file_findings(file, &findings);
	return findings.errors == 0;
}

/* Two files for one workflow would change it to and fro. */
static bool
is_alone(const struct sync_round *round, const struct workflow_file *file)
{
	for (unsigned i = 0; i < round->count; i++) {
		const struct workflow_file *other = &round->files[i];
		bool same =
			file->id && other->id ? strcmp(file->id, other->id) == 0 : strcmp(file->name, other->name) == 0;
		if (!same)
			continue;
		fflush(stdout);
		fprintf(stderr,
			"%s:%u:%u: The workflow \"%s\" is in %s as well. Give one of them another name or id.\n",
			file->path, file->definition->line ? file->definition->line : 1,
			file->definition->column ? file->definition->column : 1, file->name, other->path);
		return false;
	}
	return true;
}

static void
keep(struct sync_round *round, const struct workflow_file *file)
{
	if (round->count == round->room) {
		unsigned room = round->room ? 2 * round->room : 64;
		struct workflow_file *files = arena_array(round->arena, room, sizeof *files);
		if (round->count > 0)
			memcpy(files, round->files, round->count * sizeof *files);
		round->files = files;
		round->room = room;
	}
	round->files[round->count++] = *file;
}

static bool
read_file(struct sync *sync, const char *path, const char *below, struct sync_round *round)
{
	struct cli *cli = cli_of(sync);
	struct workflow_file *files;
	unsigned count;
	struct str text;
	struct err err = {0};
	bool ok = true;
	if (!cli_read_file(cli->arena, path, FILE_BYTES_MAX, &text, &err) && err.code != ERR_TOO_LARGE) {
		cli_fail(cli, CLI_WRONG, &err);
		return false;
	}
	if (err.code == ERR_TOO_LARGE || !is_workflow(cli->arena, path, text)) {
		if (!sync->before)
			fprintf(stderr, "%s: %s; it is left out.\n", path,
				err.code == ERR_TOO_LARGE ? "larger than a workflow may be" : "no workflow in it");
		return true;
	}
	if (!workflow_file_read(cli, path, &files, &count))
		return false;
	struct json *origin = origin_of(sync, below);
	for (unsigned i = 0; i < count; i++) {
		files[i].origin = origin;
		ok = is_valid(sync, &files[i]) && is_alone(round, &files[i]) && ok;
		keep(round, &files[i]);
	}
	return ok;
}

static int
nothing_changed(void)
{
	fprintf(stderr, "Nothing was changed.\n");
	return CLI_FAILED;
}

int
sync_read(struct sync *sync, const char *folder, struct sync_round *round)
{
	struct folder found = {.wanted = is_document, .entered = sync->entered, .context = sync->context};
	struct err err = {0};
	bool ok = true;
	if (!folder_read(round->arena, folder, &found, &err))
		return cli_fail(cli_of(sync), CLI_WRONG, &err);
	for (unsigned i = 0; i < found.count && !ending_asked(); i++)
		ok = read_file(sync, found.files[i], found.files[i] + found.above, round) && ok;
	if (ending_asked())
		return CLI_CANCELLED;
	if (!ok)
		return nothing_changed();
	if (round->count == 0)
		return cli_complain(cli_of(sync), CLI_WRONG,
			"There is no workflow below %s: YAML or JSON with steps, or TypeScript that calls "
			"defineWorkflow or createWorkflow. Nothing was changed.",
			folder);
	round->ids = arena_array(round->arena, round->count, sizeof *round->ids);
	return CLI_OK;
}

/* ---- asking the server ---- */

/* The same file as the last time; its workflow's id. */
static const char *
known(const struct sync *sync, const struct workflow_file *file)
{
	const struct sync_round *before = sync->before;
	for (unsigned i = 0; before && i < before->count; i++) {
		const struct workflow_file *other = &before->files[i];
		if (strcmp(other->path, file->path) == 0 && strcmp(other->name, file->name) == 0 &&
			str_eq(other->text, file->text))
			return before->ids[i];
	}
	return NULL;
}

/* Many files at once may be more than a server takes in a minute. */
static bool
wait_for_turn(unsigned *waited, const struct err *err)
{
	if (err->code != ERR_RATE_LIMITED || ++*waited > PATIENCE)
		return false;
	(void)poll(NULL, 0, 1000);
	return true;
}

int
sync_check(struct sync *sync, const struct sync_round *round)
{
	bool all = true;
	for (unsigned i = 0; i < round->count; i++) {
		const struct workflow_file *file = &round->files[i];
		bool valid = true, asked = i > 0 && strcmp(file->path, round->files[i - 1].path) == 0;
		unsigned waited = 0;
		struct err err = {0};
		if (asked || known(sync, file))
			continue;
		while (!push_check(&sync->push, file, &valid, &err)) {
			if (!wait_for_turn(&waited, &err))
				return remote_fail(&sync->push.remote, false, &err);
			err_clear(&err);
		}
		all = all && valid;
	}
	return all ? CLI_OK : nothing_changed();
}

/* ---- pushing ---- */

static bool
push_one(struct sync *sync, const struct workflow_file *file, const char **ret_id, struct err *err)
{
	unsigned waited = 0;
	while (!push_workflow_file(&sync->push, file, ret_id, err)) {
		if (!wait_for_turn(&waited, err))
			return false;
		err_clear(err);
	}
	return true;
}

static int
push_all(struct sync *sync, struct sync_round *round)
{
	int status = CLI_OK;
	for (unsigned i = 0; i < round->count; i++) {
		struct err err = {0};
		const char *id = known(sync, &round->files[i]);
		round->ids[i] = id ? arena_strdup(round->arena, id) : NULL; /* the round before goes before this one */
		if (id)
			continue;
		if (push_one(sync, &round->files[i], &round->ids[i], &err))
			continue;
		if (err.code == ERR_UNAVAILABLE)
			return cli_fail(cli_of(sync), CLI_WRONG, &err);
		push_tell(&sync->push, &round->files[i], &err);
		status = CLI_FAILED;
	}
	return status;
}

/* ---- what is gone ---- */

struct gone {
	struct sync *sync;
	const struct sync_round *round;
	unsigned count;
	bool failed;
};

static bool
is_ours(const struct sync *sync, const struct json *workflow)
{
	const struct json *origin = json_get(workflow, "origin");
	struct str source, path;
	return json_get_str(origin, "source", &source) && json_get_str(origin, "path", &path) &&
	       str_is(source, sync->source) && str_starts(path, str_of(sync->place));
}

/* As it is at this moment: what somebody has changed by hand meanwhile is theirs. */
static bool
archive(struct sync *sync, const char *id, struct err *err)
{
	struct client *client = &sync->push.remote.client;
	struct arena *arena = cli_of(sync)->arena;
	const char *path = arena_printf(arena, "/workflows/%s", id);
	struct json *workflow;
	if (!remote_get(&sync->push.remote, path, &workflow, err))
		return err->code == ERR_NOT_FOUND;
	if (!is_ours(sync, workflow))
		return true;
	client->if_match = client->etag ? arena_strdup(arena, client->etag) : "*";
	bool ok = client_call(client, arena, "DELETE", path, NULL, NULL, NULL, err);
	client->if_match = NULL;
	return ok;
}

static bool
has_id(const struct sync_round *round, struct str id)
{
	for (unsigned i = 0; round && i < round->count; i++)
		if (round->ids[i] && str_is(id, round->ids[i]))
			return true;
	return false;
}

static bool
take_gone(void *context, const struct json *workflow)
{
	struct gone *gone = context;
	struct sync *sync = gone->sync;
	struct str id, name = STR("");
	struct err err = {0};
	unsigned waited = 0;
	if (!is_ours(sync, workflow) || !json_get_str(workflow, "id", &id))
		return true;
	if (has_id(gone->round, id))
		return true;
	(void)json_get_str(workflow, "name", &name);
	gone->count++;
	bool archives = sync->prune && !sync->push.dry;
	while (archives && !archive(sync, arena_strz(cli_of(sync)->arena, id), &err)) {
		if (wait_for_turn(&waited, &err)) {
			err_clear(&err);
			continue;
		}
		gone->failed = true;
		fflush(stdout);
		fprintf(stderr, "%.*s was not archived: %s\n", STR_ARG(name), err.message);
		return true;
	}
	if (archives || !sync->push.quiet || has_id(sync->before, id))
		push_say(&sync->push, NULL, name, workflow, archives ? "archived" : "gone");
	return true;
}

int
sync_push(struct sync *sync, struct sync_round *round)
{
	struct gone gone = {.sync = sync, .round = round};
	struct err err = {0};
	int status = push_all(sync, round);
	if (status != CLI_OK)
		return status;
	if (!remote_pages(&sync->push.remote, "/workflows", INT64_MAX, take_gone, &gone, &err))
		return cli_fail(cli_of(sync), CLI_WRONG, &err);
	if (gone.count > 0 && !sync->prune && !sync->push.quiet)
		fprintf(stderr, "%u workflow%s came from here and %s not there any more. --prune archives %s.\n",
			gone.count, gone.count == 1 ? "" : "s", gone.count == 1 ? "is" : "are",
			gone.count == 1 ? "it" : "them");
	return gone.failed ? CLI_FAILED : CLI_OK;
}

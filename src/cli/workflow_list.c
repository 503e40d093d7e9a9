/* stepmill workflow, and stepmill workflow list. */
#include "base/time.h"
#include "cli/format.h"
#include "cli/remote.h"
#include "cli/table.h"

struct list {
	struct remote remote;
	struct table table;
	int64_t now_us;
};

static bool
take(void *context, const struct json *workflow)
{
	struct list *list = context;
	struct arena *arena = list->remote.cli->arena;
	struct str name, id, at, status;
	int64_t version = 0, steps = 0, us;
	if (list->remote.json) {
		remote_print(workflow);
		return true;
	}
	if (!json_get_str(workflow, "name", &name) || !json_get_str(workflow, "id", &id))
		return true;
	(void)json_get_int(workflow, "version", &version);
	(void)json_get_int(workflow, "step_count", &steps);
	const struct json *last = json_at(json_get(workflow, "last_runs"), 0);
	bool dated = json_get_str(workflow, "updated_at", &at) && format_parse_time(at, &us);
	table_row(
		&list->table, (const char *[]){
				      arena_strz(arena, name),
				      arena_printf(arena, "v%lld", (long long)version),
				      arena_printf(arena, "%lld", (long long)steps),
				      dated ? format_when(arena, us, list->now_us) : NULL,
				      last && json_get_str(last, "status", &status) ? arena_strz(arena, status) : NULL,
				      arena_strz(arena, id),
			      });
	return true;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	static const char *const heads[] = {"NAME", "VERSION", "STEPS", "CHANGED", "LAST RUN", "WORKFLOW", NULL};
	struct list list = {0};
	const char *words = NULL, *limit = NULL, *path = "/workflows";
	const struct cli_option options[] = {
		CLI_TEXT("search", &words, "WORDS", NULL, "only those with these words in name or description"),
		CLI_TEXT("limit", &limit, "N", NULL, "so many, or all; 100 unless given"),
		REMOTE_OPTIONS(&list.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	struct err err = {0};
	int status;
	int64_t most;
	if (!cli_parse(cli, command, options, argc, argv, 0, 0, &args, &status))
		return status;
	if (!remote_limit(cli, limit, 100, &most))
		return CLI_WRONG;
	if (!remote_open(&list.remote, cli, &status))
		return status;
	if (words)
		path = arena_printf(
			cli->arena, "/workflows?q=%s", client_escape(&list.remote.client, cli->arena, words));
	table_init(&list.table, cli->arena, heads, 0);
	list.now_us = wall_us();
	if (!remote_pages(&list.remote, path, most, take, &list, &err))
		return remote_end(&list.remote, cli_fail(cli, CLI_WRONG, &err));
	if (list.table.count > 0)
		table_print(&list.table, cli);
	else if (!list.remote.json)
		fprintf(stderr, "There is no workflow%s.\n", words ? " with these words" : " here yet");
	return remote_end(&list.remote, CLI_OK);
}

const struct cli_command cli_workflow = {"workflow", "COMMAND …", "make, keep in files, run and watch workflows",
	"A workflow is named by its id or its exact name.\n", NULL, NULL};

const struct cli_command cli_workflow_list = {"workflow list", "[--search WORDS] [--limit N]",
	"workflows, newest first",
	"Lists workflows, newest first.\nWith --json a line for each, as GET …/workflows answers it.\n", run_command,
	NULL};

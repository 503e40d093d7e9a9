/* stepmill run list: runs, newest first. */
#include "base/time.h"
#include "cli/remote.h"
#include "cli/run_facts.h"

struct list {
	struct remote remote;
	struct table table;
	int64_t now_us;
};

static bool
take(void *context, const struct json *run)
{
	struct list *list = context;
	if (list->remote.json)
		remote_print(run);
	else
		run_facts_row(&list->table, run, list->now_us);
	return true;
}

static int
print(struct list *list, const char *workflow, const char *status, int64_t most)
{
	struct cli *cli = list->remote.cli;
	struct err err = {0};
	const char *path = "/runs?";
	struct json *doc;
	struct str id;
	if (workflow && (!remote_workflow(&list->remote, workflow, &doc, &err) || !json_get_str(doc, "id", &id)))
		return cli_fail(cli, CLI_WRONG, &err);
	if (workflow)
		path = arena_printf(cli->arena, "%sworkflow_id=%.*s&", path, STR_ARG(id));
	if (status)
		path = arena_printf(
			cli->arena, "%sstatus=%s&", path, client_escape(&list->remote.client, cli->arena, status));
	/* Its last sign would begin a filter that is not there. */
	path = arena_strz(cli->arena, (struct str){path, strlen(path) - 1});
	run_facts_init(&list->table, cli->arena);
	list->now_us = wall_us();
	if (!remote_pages(&list->remote, path, most, take, list, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (list->remote.json)
		return CLI_OK;
	if (list->table.count > 0)
		table_print(&list->table, cli);
	else
		fprintf(stderr, "No run fits.\n");
	return CLI_OK;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct list list = {0};
	const char *workflow = NULL, *wanted = NULL, *limit = NULL;
	const struct cli_option options[] = {
		CLI_TEXT("workflow", &workflow, "WORKFLOW", NULL, "only its runs; a name or an id"),
		CLI_TEXT("status", &wanted, "STATUS,…", NULL,
			"only those: pending, running, paused, completed, failed, cancelled"),
		CLI_TEXT("limit", &limit, "N", NULL, "so many, or all; 25 unless given"),
		REMOTE_OPTIONS(&list.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	int64_t most;
	if (!cli_parse(cli, command, options, argc, argv, 0, 0, &args, &status))
		return status;
	if (!remote_limit(cli, limit, 25, &most))
		return CLI_WRONG;
	if (!remote_open(&list.remote, cli, &status))
		return status;
	return remote_end(&list.remote, print(&list, workflow, wanted, most));
}

const struct cli_command cli_run_list = {"run list", "[--workflow WORKFLOW] [--status STATUS,…] [--limit N]",
	"runs, newest first",
	"Lists runs, newest first, with the steps that are done, what they took and cost, and their ids.\n"
	"With --json a line for each run, as GET …/runs answers it.\n",
	run_command, NULL};

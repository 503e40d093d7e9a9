/* stepmill workflow status: how a workflow's newest runs are doing. */
#include "base/id.h"
#include "base/time.h"
#include "cli/run_facts.h"
#include "cli/run_show.h"

struct runs {
	struct table table;
	struct json *list;
	int64_t now_us;
};

static bool
take(void *context, const struct json *run)
{
	struct runs *runs = context;
	run_facts_row(&runs->table, run, runs->now_us);
	json_push(runs->list, json_share(runs->table.arena, run));
	return true;
}

static int
print(struct remote *remote, struct json *workflow, int64_t most)
{
	struct cli *cli = remote->cli;
	struct err err = {0};
	struct runs runs = {.list = json_new_array(cli->arena), .now_us = wall_us()};
	struct str id, name;
	int64_t version = 0;
	run_facts_init(&runs.table, cli->arena);
	if (!json_get_str(workflow, "id", &id) || !json_get_str(workflow, "name", &name) ||
		!remote_pages(remote, arena_printf(cli->arena, "/runs?workflow_id=%.*s", STR_ARG(id)), most, take,
			&runs, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (remote->json) {
		struct json *doc = json_new_object(cli->arena);
		json_add(doc, STR("workflow"), workflow);
		json_add(doc, STR("runs"), runs.list);
		remote_print(doc);
		return CLI_OK;
	}
	(void)json_get_int(workflow, "version", &version);
	printf("%.*s  v%lld  %.*s\n", STR_ARG(name), (long long)version, STR_ARG(id));
	if (runs.table.count > 0) {
		putchar('\n');
		table_print(&runs.table, cli);
	} else {
		printf("It has no run yet.\n");
	}
	return CLI_OK;
}

/* An id may as well be that of a run. */
static int
find(struct remote *remote, const char *given, int64_t most)
{
	struct err err = {0};
	struct json *workflow, *run;
	struct id id;
	if (remote_workflow(remote, given, &workflow, &err))
		return print(remote, workflow, most);
	struct err ignored = {0};
	if (err.code == ERR_NOT_FOUND && id_parse(str_of(given), &id) &&
		remote_get(remote, arena_printf(remote->cli->arena, "/runs/%s", given), &run, &ignored))
		return run_show(remote, given);
	return cli_fail(remote->cli, CLI_WRONG, &err);
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct remote remote = {0};
	const char *limit = NULL;
	const struct cli_option options[] = {
		CLI_TEXT("limit", &limit, "N", NULL, "so many runs, or all; 5 unless given"),
		REMOTE_OPTIONS(&remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	int64_t most;
	if (!cli_parse(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	if (!remote_limit(cli, limit, 5, &most))
		return CLI_WRONG;
	if (!remote_open(&remote, cli, &status))
		return status;
	return remote_end(&remote, find(&remote, args.items[0], most));
}

const struct cli_command cli_workflow_status = {"workflow status", "WORKFLOW [--limit N]",
	"how its newest runs are doing",
	"Prints a workflow and its newest runs. The id of a run shows that run.\n"
	"With --json {\"workflow\": …, \"runs\": […]}; of a run, the run.\n",
	run_command, "workflow"};

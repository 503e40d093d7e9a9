/* stepmill run WORKFLOW and stepmill workflow run WORKFLOW: start a run, and follow it when asked. */
#include "cli/input.h"
#include "cli/remote.h"
#include "cli/watch.h"

#include <stdlib.h>

struct start {
	struct remote remote;
	struct cli_list input;
	const char *version;
	bool watch;
};

static bool
body_of(struct start *start, const struct json *workflow, struct json **ret_body, struct err *err)
{
	struct arena *arena = start->remote.cli->arena;
	struct json *body = json_new_object(arena), *input;
	const struct json *definition = json_get(workflow, "definition");
	struct str id;
	unsigned long long version;
	if (!json_get_str(workflow, "id", &id))
		return err_set(err, ERR_INTERNAL, "The server's answer is not a workflow.");
	json_add(body, STR("workflow_id"), json_new_str(arena, id));
	if (start->version) {
		struct json *doc;
		if (!str_to_u64(str_of(start->version), INT32_MAX, &version) || version == 0)
			return err_set(
				err, ERR_INVALID, "--version %s is not the number of a version.", start->version);
		json_add(body, STR("version"), json_new_int(arena, (int64_t)version));
		if (!remote_get(&start->remote,
			    arena_printf(arena, "/workflows/%.*s/versions/%llu", STR_ARG(id), version), &doc, err))
			return false;
		definition = json_get(doc, "definition");
	}
	if (!input_build(arena, &start->input, json_get(definition, "input"), &input, err))
		return false;
	json_add(body, STR("input"), input);
	*ret_body = body;
	return true;
}

static int
start_run(struct start *start, const char *given)
{
	struct remote *remote = &start->remote;
	struct err err = {0};
	struct json *workflow, *body = NULL, *made;
	struct str id;
	if (!remote_workflow(remote, given, &workflow, &err) || !body_of(start, workflow, &body, &err) ||
		!remote_post(remote, "/runs", body, true, &made, &err))
		return cli_fail(remote->cli, CLI_WRONG, &err);
	if (!json_get_str(made, "id", &id))
		return cli_complain(remote->cli, CLI_WRONG, "The server's answer is not a run. Is this Stepmill?");
	if (start->watch)
		return watch_run(remote->cli, &remote->client, arena_strz(remote->cli->arena, id), remote->json);
	if (remote->json)
		remote_print(made);
	else
		printf("%.*s\n", STR_ARG(id));
	return CLI_OK;
}

#define START_OPTIONS(start) \
	CLI_LIST("input", &(start)->input, "NAME=VALUE", "an input; may be given several times"), \
		CLI_TEXT("version", &(start)->version, "N", NULL, "that version instead of the current one")

/* What follows the workflow is input, with or without --input in front. */
static int
parsed(struct cli *cli, struct start *start, const struct cli_args *args)
{
	int status;
	for (int i = 1; i < args->count; i++)
		start->input.items[start->input.count++] = args->items[i];
	if (!remote_open(&start->remote, cli, &status))
		return status;
	return remote_end(&start->remote, start_run(start, args->items[0]));
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct start start = {0};
	const struct cli_option options[] = {
		START_OPTIONS(&start),
		CLI_FLAG("watch", &start.watch, "follow the run to its end"),
		REMOTE_OPTIONS(&start.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, argc, &args, &status))
		return status;
	return parsed(cli, &start, &args);
}

static int
workflow_run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct start start = {0};
	bool detach = false;
	const struct cli_option options[] = {
		START_OPTIONS(&start),
		CLI_FLAG("detach", &detach, "print the id of the run instead of following it"),
		REMOTE_OPTIONS(&start.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, argc, &args, &status))
		return status;
	start.watch = !detach;
	return parsed(cli, &start, &args);
}

#define INPUT_HELP \
	"An input is NAME=VALUE, NAME=@FILE (the file's text), {\"name\": …} (JSON) or @FILE (a file of JSON); a " \
	"later one " \
	"wins.\nA VALUE is text, unless the workflow says that the input is of another type: then it is JSON.\n"

const struct cli_command cli_run = {"run", "WORKFLOW [NAME=VALUE]… [--watch]",
	"run a workflow; list, watch and steer runs",
	"Runs a workflow, named by its id or its exact name, and prints the id of the run. The commands below are for "
	"runs "
	"that there are;\na workflow with the name of one of them is started by its id.\n" INPUT_HELP
	"Signs in with STEPMILL_TOKEN, with STEPMILL_EMAIL and STEPMILL_PASSWORD, with a file of two lines (e-mail, "
	"password), or as\n\"stepmill login\" keeps it.\n"
	"Exit status: 0 recorded, 2 not. With --watch as the run ends: 0 completed, 1 failed, 3 cancelled.\n",
	run_command, "workflow"};

const struct cli_command cli_workflow_run = {"workflow run", "WORKFLOW [NAME=VALUE]… [--detach]",
	"run a workflow and follow it to its end",
	"Runs a workflow, named by its id or its exact name, follows the run and prints its output: on a terminal a "
	"tree of "
	"its steps,\nelsewhere a line for each thing that happens, on standard error. Ctrl-C ends the following, not "
	"the "
	"run.\n" INPUT_HELP "With --json nothing but the run at its end is printed, as GET …/runs/RUN answers it.\n"
	"Exit status as the run ends: 0 completed, 1 failed, 3 cancelled; 2 when anything else went wrong.\n",
	workflow_run_command, "workflow"};

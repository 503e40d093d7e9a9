/* stepmill run cancel, pause, resume, delete: what is asked of a run without a word more. */
#include "cli/run_ask.h"

#include "cli/watch.h"

int
run_ask(struct remote *remote, const char *run, const struct run_ask *ask)
{
	struct arena *arena = remote->cli->arena;
	struct err err = {0};
	struct json *doc = NULL;
	if (!client_call(&remote->client, arena, ask->method, arena_printf(arena, "/runs/%s%s", run, ask->path),
		    ask->body, NULL, &doc, &err))
		return remote_fail(remote, true, &err);
	if (ask->watch)
		return watch_run(remote->cli, &remote->client, run, remote->json);
	if (!remote->json)
		printf("%s\n", ask->said);
	else if (doc && doc->type != JSON_NULL)
		remote_print(doc);
	return CLI_OK;
}

/* Of a command that takes a run, and no option of its own. */
static int
ask(struct cli *cli, const struct cli_command *command, int argc, char **argv, const char *method, const char *path,
	const char *said)
{
	struct remote remote = {0};
	const struct cli_option options[] = {REMOTE_OPTIONS(&remote), CLI_OPTIONS_END};
	struct cli_args args;
	int status;
	if (!remote_parse_run(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	if (!remote_open(&remote, cli, &status))
		return status;
	return remote_end(&remote, run_ask(&remote, args.items[0], &(struct run_ask){method, path, .said = said}));
}

static int
cancel(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return ask(
		cli, command, argc, argv, "POST", "/cancel", "Asked to end. \"stepmill run watch\" shows when it has.");
}

static int
pause_it(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return ask(
		cli, command, argc, argv, "POST", "/pause", "Asked to begin no further step. Steps in flight finish.");
}

static int
resume(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return ask(cli, command, argc, argv, "POST", "/resume", "Asked to go on.");
}

static int
remove_it(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return ask(cli, command, argc, argv, "DELETE", "", "Deleted.");
}

#define ASKED "The run does it when its executor hears of it: \"stepmill run watch RUN\" shows when.\n" STATUSES
#define STATUSES "Exit status: 0 asked, 1 the server said no, 2 no connection.\n"

const struct cli_command cli_run_cancel = {"run cancel", "RUN", "ask a run to end now",
	"Asks a run to end now: steps in flight are dropped.\n" ASKED, cancel, "run"};
const struct cli_command cli_run_pause = {"run pause", "RUN", "ask a run to begin no further step",
	"Asks a run to begin no further step. Steps in flight finish.\n" ASKED, pause_it, "run"};
const struct cli_command cli_run_resume = {"run resume", "RUN", "ask a paused run to go on",
	"Asks a paused run to go on: also one that waits at a phase, which then begins.\n" ASKED, resume, "run"};
const struct cli_command cli_run_delete = {"run delete", "RUN", "delete a run that has ended; there is no way back",
	"Deletes a run that has ended, with all it left but what it cost. There is no way back.\n" STATUSES, remove_it,
	"run"};

/* stepmill run move: a run that waits goes on with another version of its workflow. */
#include "cli/remote.h"
#include "cli/watch.h"

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct remote remote = {0};
	const char *version = NULL;
	bool watch = false;
	const struct cli_option options[] = {
		CLI_TEXT("version", &version, "N", NULL, "that version; the workflow's current one unless given"),
		CLI_FLAG("watch", &watch, "follow the run to its end"),
		REMOTE_OPTIONS(&remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	struct err err = {0};
	struct json *doc = NULL;
	unsigned long long number = 0;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, &args, &status))
		return status;
	if (!cli_want(cli, command, &args, 1) || !remote_is_run(cli, args.items[0]))
		return CLI_WRONG;
	if (version && (!str_to_u64(str_of(version), INT32_MAX, &number) || number == 0))
		return cli_complain(cli, CLI_WRONG, "--version %s is not the number of a version.", version);
	if (!remote_open(&remote, cli, &status))
		return status;
	struct json *body = json_new_object(cli->arena);
	if (version)
		json_add(body, STR("version"), json_new_int(cli->arena, (int64_t)number));
	if (!remote_post(&remote, arena_printf(cli->arena, "/runs/%s/move", args.items[0]), body, false, &doc, &err))
		return remote_end(&remote, remote_fail(&remote, true, &err));
	if (watch)
		return remote_end(&remote, watch_run(cli, &remote.client, args.items[0], remote.json));
	if (remote.json)
		remote_print(doc);
	else
		printf("What it has begun fits. Asked to go on with that version.\n");
	return remote_end(&remote, CLI_OK);
}

const struct cli_command cli_run_move = {"run move", "RUN [--version N] [--watch]",
	"let a run that waits go on with another version",
	"Lets a run that waits (paused, asleep, for a decision or a signal) go on with another version of its "
	"workflow. What it has begun must be in "
	"that version as it is in its own: otherwise the answer names the first step that differs, and how.\n"
	"Exit status: 0 asked, 1 the server said no, 2 no connection. With --watch as the run ends: 0, 1 or 3.\n",
	run_command, "run"};

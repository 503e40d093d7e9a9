/* stepmill run move: a run that waits goes on with another version of its workflow. */
#include "cli/run_ask.h"

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
	unsigned long long number = 0;
	int status;
	if (!remote_parse_run(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	if (version && (!str_to_u64(str_of(version), INT32_MAX, &number) || number == 0))
		return cli_complain(cli, CLI_WRONG, "--version %s is not the number of a version.", version);
	if (!remote_open(&remote, cli, &status))
		return status;
	struct json *body = json_new_object(cli->arena);
	if (version)
		json_add(body, STR("version"), json_new_int(cli->arena, (int64_t)number));
	const struct run_ask ask = {
		"POST", "/move", body, "What it has begun fits. Asked to go on with that version.", watch};
	return remote_end(&remote, run_ask(&remote, args.items[0], &ask));
}

const struct cli_command cli_run_move = {"run move", "RUN [--version N] [--watch]",
	"let a run that waits go on with another version",
	"Lets a run that waits (paused, asleep, for a decision or a signal) go on with another version of its "
	"workflow. What it has begun must be in "
	"that version as it is in its own: otherwise the answer names the first step that differs, and how.\n"
	"Exit status: 0 asked, 1 the server said no, 2 no connection. With --watch as the run ends: 0, 1 or 3.\n",
	run_command, "run"};

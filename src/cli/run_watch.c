/* stepmill run watch: follow a run to its end. */
#include "cli/remote.h"
#include "cli/watch.h"

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct remote remote = {0};
	const struct cli_option options[] = {REMOTE_OPTIONS(&remote), CLI_OPTIONS_END};
	struct cli_args args;
	int status;
	if (!remote_parse_run(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	if (!remote_open(&remote, cli, &status))
		return status;
	return remote_end(&remote, watch_run(cli, &remote.client, args.items[0], remote.json));
}

const struct cli_command cli_run_watch = {"run watch", "RUN", "follow a run to its end",
	"Follows a run and prints its output: on a terminal a tree of its steps, elsewhere a line for each thing that "
	"happens, on\nstandard error. Ctrl-C ends the following, not the run.\n"
	"With --json nothing but the run at its end is printed, as GET …/runs/RUN answers it.\n"
	"Exit status as the run ends: 0 completed, 1 failed, 3 cancelled; 2 when anything else went wrong.\n",
	run_command, "run"};

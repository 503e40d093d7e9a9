/* stepmill run signal: tell a run that something has happened. */
#include "cli/remote.h"

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct remote remote = {0};
	const char *given = NULL;
	const struct cli_option options[] = {
		CLI_TEXT("data", &given, "JSON", NULL, "what the step that waits for it gives; @FILE reads it"),
		REMOTE_OPTIONS(&remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	struct err err = {0};
	struct json *body = json_new_object(cli->arena), *data, *doc;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 2, &args, &status))
		return status;
	if (!cli_want(cli, command, &args, 2) || !remote_is_run(cli, args.items[0]))
		return CLI_WRONG;
	if (given && !remote_data(cli, "data", given, &data, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (given)
		json_add(body, STR("data"), data);
	if (!remote_open(&remote, cli, &status))
		return status;
	const char *path = arena_printf(cli->arena, "/runs/%s/signals/%s", args.items[0],
		client_escape(&remote.client, cli->arena, args.items[1]));
	if (!remote_post(&remote, path, body, false, &doc, &err))
		return remote_end(&remote, remote_fail(&remote, true, &err));
	if (remote.json)
		remote_print(doc);
	else
		printf("Sent. A step that waits for \"%s\" takes it, now or when its turn comes.\n", args.items[1]);
	return remote_end(&remote, CLI_OK);
}

const struct cli_command cli_run_signal = {"run signal", "RUN NAME [--data JSON]", "send a run a signal",
	"Sends a run a signal. One that comes before its step is kept for it.\n"
	"Exit status: 0 recorded, 1 the server said no, 2 no connection.\n",
	run_command, "run"};

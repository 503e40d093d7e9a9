/* stepmill run signal: tell a run that something has happened. */
#include "cli/run_ask.h"

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
	struct json *body = json_new_object(cli->arena), *data;
	int status;
	if (!remote_parse_run(cli, command, options, argc, argv, 2, 2, &args, &status))
		return status;
	if (given && !remote_data(cli, "data", given, &data, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (given)
		json_add(body, STR("data"), data);
	if (!remote_open(&remote, cli, &status))
		return status;
	const char *name = args.items[1];
	const struct run_ask ask = {.method = "POST",
		.path = arena_printf(cli->arena, "/signals/%s", client_escape(&remote.client, cli->arena, name)),
		.body = body,
		.said = arena_printf(
			cli->arena, "Sent. A step that waits for \"%s\" takes it, now or when its turn comes.", name)};
	return remote_end(&remote, run_ask(&remote, args.items[0], &ask));
}

const struct cli_command cli_run_signal = {"run signal", "RUN NAME [--data JSON]", "send a run a signal",
	"Sends a run a signal. One that comes before its step is kept for it.\n"
	"Exit status: 0 recorded, 1 the server said no, 2 no connection.\n",
	run_command, "run"};

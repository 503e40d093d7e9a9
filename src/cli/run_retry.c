/* stepmill run retry: the next generation of a run that has ended. */
#include "cli/run_ask.h"

static struct json *
body_of(struct arena *arena, const char *from, const char *model, bool latest)
{
	struct json *body = json_new_object(arena);
	if (from && strcmp(from, "failed") != 0 && strcmp(from, "start") != 0) {
		struct json *step = json_new_object(arena);
		json_add(step, STR("step"), json_new_str(arena, str_of(from)));
		json_add(body, STR("from"), step);
	} else if (from) {
		json_add(body, STR("from"), json_new_str(arena, str_of(from)));
	}
	if (model)
		json_add(body, STR("model"), json_new_str(arena, str_of(model)));
	if (latest)
		json_add(body, STR("version"), json_new_str(arena, STR("latest")));
	return body;
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	struct remote remote = {0};
	const char *from = NULL, *model = NULL;
	bool latest = false, watch = false;
	const struct cli_option options[] = {
		CLI_TEXT("from", &from, "STEP", NULL,
			"a step by its key, start, or failed: the first that has not completed, unless given"),
		CLI_TEXT("model", &model, "MODEL", NULL, "ask this model instead, in every step that asks one"),
		CLI_FLAG("latest", &latest, "on the workflow's latest version"),
		CLI_FLAG("watch", &watch, "follow the run to its end"),
		REMOTE_OPTIONS(&remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!remote_parse_run(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	if (!remote_open(&remote, cli, &status))
		return status;
	const struct run_ask ask = {"POST", "/retry", body_of(cli->arena, from, model, latest),
		arena_printf(cli->arena, "Asked to run again from %s.",
			from ? from : "the first step that has not completed"),
		watch};
	return remote_end(&remote, run_ask(&remote, args.items[0], &ask));
}

const struct cli_command cli_run_retry = {"run retry", "RUN [--from STEP] [--model MODEL] [--latest] [--watch]",
	"run it again from a step",
	"Runs a run that has ended again, as its next generation. Steps before the one it starts from that have "
	"completed are "
	"reused:\nnothing is called for them and they cost nothing.\n"
	"Exit status: 0 asked, 1 the server said no, 2 no connection. With --watch as the run ends: 0, 1 or 3.\n",
	run_command, "run"};

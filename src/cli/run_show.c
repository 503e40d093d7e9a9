/* stepmill run show: a run, what its steps came to, and what it gave. */
#include "cli/run_show.h"

#include "base/time.h"
#include "cli/view.h"
#include "cli/watch.h"
#include "json/writer.h"

/* What its steps see instead of its input, and a move that was asked for and not made. */
static void
show_beside(struct cli *cli, const struct json *run)
{
	const struct json *seen = json_get(run, "started_with"), *stays = json_get(run, "not_moved");
	int64_t version = 0, own = 0;
	if (seen && seen->type == JSON_OBJECT)
		printf("\nIts steps see this as the input, given by the workflow's on_start:\n%.*s\n",
			STR_ARG(json_text(cli->arena, seen)));
	if (!stays || !json_get_int(stays, "version", &version))
		return;
	json_get_int(run, "workflow_version", &own);
	printf("\nIt was to go on with version %lld, but had gone on meanwhile, so it stays on version %lld. While it "
	       "waits, move it again: stepmill run move.\n",
		(long long)version, (long long)own);
}

int
run_show(struct remote *remote, const char *run)
{
	struct cli *cli = remote->cli;
	struct err err = {0};
	struct json *doc;
	struct progress progress;
	if (!remote_get(remote, arena_printf(cli->arena, "/runs/%s", run), &doc, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (remote->json) {
		remote_print(doc);
		return CLI_OK;
	}
	if (!progress_start(&progress, cli->arena, doc, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	struct view view = {.cli = cli};
	struct buf out;
	buf_init(&out, (size_t)1 << 20);
	view_picture(&view, &progress, wall_us(), 100, PROGRESS_STEPS_MAX + 10, &out);
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	if (progress.error)
		printf("\n%s\n", progress.error);
	progress_release(&progress);
	show_beside(cli, doc);
	const struct json *output = json_get(doc, "output");
	bool truncated = false;
	json_get_bool(doc, "truncated", &truncated);
	if (!truncated && (!output || output->type == JSON_NULL))
		return CLI_OK;
	putchar('\n');
	fflush(stdout);
	return watch_output(cli, &remote->client, doc);
}

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
	return remote_end(&remote, run_show(&remote, args.items[0]));
}

const struct cli_command cli_run_show = {"run show", "RUN", "what a run is, and what its steps gave",
	"Prints a run as it is now: its steps, what they took and cost, and its output or why it failed.\n"
	"With --json the run as GET …/runs/RUN answers it.\n",
	run_command, "run"};

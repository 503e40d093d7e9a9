/* stepmill run approve, reject, decide: what a person says to a step that waits for it. */
#include "cli/run_ask.h"

struct decide {
	struct remote remote;
	const char *run, *comment, *data;
};

/* What a step that may be decided looks like in a run. */
struct wanted {
	const char *kind;		  /* of the step; NULL: any */
	const char *status, *waiting_for; /* of its newest attempt; waiting_for NULL: whatever */
	const char *what;
};
static const struct wanted approvals = {"approval", "waiting", NULL, "approval"};
static const struct wanted failures = {NULL, "failed", "decision", "decision"};

static bool
fits(const struct json *step, const struct wanted *wanted)
{
	const struct json *attempt = json_get(step, "step_run");
	struct str kind, status, waiting;
	if (!attempt || !json_get_str(step, "kind", &kind) || !json_get_str(attempt, "status", &status))
		return false;
	if ((wanted->kind && !str_is(kind, wanted->kind)) || !str_is(status, wanted->status))
		return false;
	return !wanted->waiting_for ||
	       (json_get_str(attempt, "waiting_for", &waiting) && str_is(waiting, wanted->waiting_for));
}

/* The step that waits, when there is one and only one. */
static bool
find_step(struct decide *d, const struct wanted *wanted, const char **ret_step, struct err *err)
{
	struct arena *arena = d->remote.cli->arena;
	struct json *run;
	const char *found = NULL, *all = "";
	int count = 0;
	if (!remote_get(&d->remote, arena_printf(arena, "/runs/%s", d->run), &run, err))
		return false;
	json_each (step, json_get(run, "steps")) {
		struct str key;
		if (!fits(step, wanted) || !json_get_str(step, "key", &key))
			continue;
		found = arena_strz(arena, key);
		all = arena_printf(arena, "%s%s%s", all, count++ ? ", " : "", found);
	}
	if (count == 0)
		return err_set(err, ERR_CONFLICT,
			"No step of this run waits for %s. \"stepmill run show %s\" shows its steps.", wanted->what,
			d->run);
	if (count > 1)
		return err_set(err, ERR_CONFLICT, "%d steps wait for %s: %.150s. Name one.", count, wanted->what, all);
	*ret_step = found;
	return true;
}

static int
tell(struct decide *d, const char *decision, const char *step, const struct wanted *wanted, const char *route)
{
	struct cli *cli = d->remote.cli;
	struct json *body = json_new_object(cli->arena), *data;
	struct err err = {0};
	json_add(body, STR("decision"), json_new_str(cli->arena, str_of(decision)));
	if (d->comment)
		json_add(body, STR("comment"), json_new_str(cli->arena, str_of(d->comment)));
	if (d->data && !remote_data(cli, "data", d->data, &data, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (d->data)
		json_add(body, STR("data"), data);
	if (!step && !find_step(d, wanted, &step, &err))
		return remote_fail(&d->remote, true, &err);
	const struct run_ask ask = {.method = "POST",
		.path = arena_printf(cli->arena, "/%s/%s", route, client_escape(&d->remote.client, cli->arena, step)),
		.body = body,
		.said = arena_printf(cli->arena, "Recorded for %s: %s.", step, decision)};
	return run_ask(&d->remote, d->run, &ask);
}

static int
judge(struct cli *cli, const struct cli_command *command, int argc, char **argv, const char *decision)
{
	struct decide d = {0};
	const struct cli_option options[] = {
		CLI_TEXT("comment", &d.comment, "TEXT", NULL, "why; kept with the decision"),
		CLI_TEXT("data", &d.data, "JSON", NULL, "what the step's form asks for; @FILE reads it"),
		REMOTE_OPTIONS(&d.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!remote_parse_run(cli, command, options, argc, argv, 1, 2, &args, &status))
		return status;
	if (!remote_open(&d.remote, cli, &status))
		return status;
	d.run = args.items[0];
	return remote_end(
		&d.remote, tell(&d, decision, args.count > 1 ? args.items[1] : NULL, &approvals, "approvals"));
}

static int
approve(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return judge(cli, command, argc, argv, "approve");
}

static int
reject(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return judge(cli, command, argc, argv, "reject");
}

static int
decide(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	static const char *const decisions[] = {"retry", "skip", "stop"};
	struct decide d = {0};
	const struct cli_option options[] = {
		CLI_TEXT("comment", &d.comment, "TEXT", NULL, "why; kept with the decision"),
		REMOTE_OPTIONS(&d.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	int status;
	if (!remote_parse_run(cli, command, options, argc, argv, 2, 3, &args, &status))
		return status;
	bool known = false;
	for (size_t i = 0; i < 3; i++)
		known = known || strcmp(args.items[1], decisions[i]) == 0;
	if (!known)
		return cli_complain(cli, CLI_WRONG, "\"%s\" is none of retry, skip, stop.", args.items[1]);
	if (!remote_open(&d.remote, cli, &status))
		return status;
	d.run = args.items[0];
	return remote_end(
		&d.remote, tell(&d, args.items[1], args.count > 2 ? args.items[2] : NULL, &failures, "failures"));
}

#define STATUSES "Exit status: 0 recorded, 1 nothing waits for it or the server said no, 2 no connection.\n"
#define WHICH "STEP is its key, or its path in a group (review/grammar); it may be left out when only one step waits.\n"

const struct cli_command cli_run_approve = {"run approve", "RUN [STEP] [--comment TEXT] [--data JSON]",
	"approve a step that waits for it",
	"Approves a step that waits for approval. The first decision counts.\n" WHICH STATUSES, approve, "run step"};
const struct cli_command cli_run_reject = {"run reject", "RUN [STEP] [--comment TEXT] [--data JSON]",
	"reject a step that waits for approval",
	"Rejects a step that waits for approval. The first decision counts.\n" WHICH STATUSES, reject, "run step"};
const struct cli_command cli_run_decide = {"run decide", "RUN retry|skip|stop [STEP] [--comment TEXT]",
	"say what follows a step that failed and asks",
	"Says what follows a step that failed with on_failure: ask. It is tried again or skipped, or the run "
	"fails.\n" WHICH STATUSES,
	decide, "run retry|skip|stop step"};

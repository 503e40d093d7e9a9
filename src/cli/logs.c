/* stepmill run logs and stepmill workflow logs: the events of a run, one after the other. */
#include "cli/format.h"
#include "cli/remote.h"
#include "json/writer.h"

#include <poll.h>
#include <time.h>

#define PAGE 1000
#define FOLLOW_MS 1000
#define TYPE_COLUMNS ((size_t)16)
#define TEXT_MAX ((size_t)1 << 20)

struct logs {
	struct remote remote;
	bool follow;
	const char *path; /* of the step whose text is being put together; NULL: none */
	struct buf text;  /* of its last line, which has not ended yet */
};

/* ---- as people read it ---- */

static void
print_safe(struct str text)
{
	struct buf safe;
	buf_init(&safe, TEXT_MAX * 2);
	format_safe(&safe, text, false);
	fwrite(safe.p ? safe.p : "", 1, safe.n, stdout);
	buf_release(&safe);
}

static void
print_line_of(const struct logs *logs, struct str line)
{
	printf("              │ %s  ", logs->path);
	print_safe(line);
	putchar('\n');
}

static void
end_text(struct logs *logs)
{
	if (logs->text.n > 0)
		print_line_of(logs, buf_str(&logs->text));
	buf_clear(&logs->text);
	logs->path = NULL;
}

/* Pieces of text become lines; what is not whole is kept until it is, or until something else happens. */
static void
add_text(struct logs *logs, const char *path, struct str text)
{
	if (!logs->path || strcmp(logs->path, path) != 0) {
		end_text(logs);
		logs->path = path;
	}
	while (text.n > 0) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		buf_add(&logs->text, text.p, n);
		if (!end)
			return;
		print_line_of(logs, buf_str(&logs->text));
		buf_clear(&logs->text);
		text = (struct str){text.p + n + 1, text.n - n - 1};
	}
}

static void
print_time(const struct json *event)
{
	struct str at;
	int64_t us;
	char clock[16] = "";
	if (!json_get_str(event, "at", &at) || !format_parse_time(at, &us))
		return;
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	localtime_r(&seconds, &tm);
	strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	printf("%s.%03d  ", clock, (int)(us / 1000 % 1000));
}

/* {code, message} as a sentence; anything else as JSON. */
static void
print_data(const struct logs *logs, const struct json *data)
{
	struct str text;
	if (!data || !data->child)
		return;
	fputs("  ", stdout);
	if (json_get_str(data, "message", &text)) {
		print_safe(text);
		return;
	}
	struct arena *arena = arena_new();
	struct str json = json_text(arena, data);
	print_safe(logs->remote.cli->terminal ? format_fit(arena, json, 200, false) : json);
	arena_free(arena);
}

static void
print_event(struct logs *logs, const struct json *event)
{
	struct arena *arena = logs->remote.cli->arena;
	struct str type = STR(""), path, text;
	int64_t attempt = 1;
	bool of_step = json_get_str(event, "path", &path);
	(void)json_get_str(event, "type", &type);
	if (str_is(type, "step.output") && of_step && json_get_str(json_get(event, "data"), "text", &text)) {
		const char *kept = logs->path && str_is(path, logs->path) ? logs->path : arena_strz(arena, path);
		add_text(logs, kept, text);
		return;
	}
	end_text(logs);
	print_time(event);
	bool bad = str_is(type, "step.failed") || str_is(type, "run.failed");
	const char *color = !logs->remote.cli->color ? "" : bad ? "\033[31m" : "\033[2m";
	const struct json *data = json_get(event, "data");
	printf("%s%.*s%s", color, STR_ARG(type), *color ? "\033[0m" : "");
	if (of_step || (data && data->child))
		printf("%*s", type.n < TYPE_COLUMNS ? (int)(TYPE_COLUMNS - type.n) : 0, "");
	if (of_step) {
		fputs("  ", stdout);
		print_safe(path);
	}
	if (json_get_int(event, "attempt", &attempt) && attempt > 1)
		printf("  attempt %lld", (long long)attempt);
	print_data(logs, data);
	putchar('\n');
}

/* ---- reading them ---- */

static int
print_all(struct logs *logs, const char *run)
{
	int64_t after = 0;
	for (;;) {
		struct arena *arena = arena_new();
		struct json *page;
		struct err err = {0};
		if (!client_call(&logs->remote.client, arena, "GET",
			    arena_printf(arena, "/runs/%s/events?after=%lld&limit=%d", run, (long long)after, PAGE),
			    NULL, NULL, &page, &err)) {
			arena_free(arena);
			return cli_fail(logs->remote.cli, CLI_WRONG, &err);
		}
		uint32_t count = 0;
		json_each (event, json_get(page, "data")) {
			(void)json_get_int(event, "seq", &after);
			count++;
			if (logs->remote.json)
				remote_print(event);
			else
				print_event(logs, event);
		}
		bool ended = false;
		int64_t last = after;
		(void)json_get_bool(page, "ended", &ended);
		(void)json_get_int(page, "last_seq", &last);
		arena_free(arena);
		if (after < last && count > 0)
			continue;
		if (!logs->follow || ended)
			break;
		fflush(stdout);
		(void)poll(NULL, 0, FOLLOW_MS);
	}
	end_text(logs);
	return CLI_OK;
}

static bool
take_run(void *context, const struct json *run)
{
	const char **ret_run = context;
	static char id[64];
	struct str text;
	if (json_get_str(run, "id", &text) && text.n < sizeof id) {
		memcpy(id, text.p, text.n);
		id[text.n] = '\0';
		*ret_run = id;
	}
	return false;
}

/* The newest run of a workflow. */
static bool
newest_run(struct remote *remote, const char *given, const char **ret_run, struct err *err)
{
	struct json *workflow;
	struct str id;
	*ret_run = NULL;
	if (!remote_workflow(remote, given, &workflow, err) || !json_get_str(workflow, "id", &id) ||
		!remote_pages(remote, arena_printf(remote->cli->arena, "/runs?workflow_id=%.*s", STR_ARG(id)), 1,
			take_run, ret_run, err))
		return false;
	return *ret_run || err_set(err, ERR_NOT_FOUND,
				   "\"%s\" has no run yet. Start one: stepmill workflow run \"%s\".", given, given);
}

static int
run_logs(struct cli *cli, const struct cli_command *command, int argc, char **argv, bool of_workflow)
{
	struct logs logs = {0};
	const struct cli_option options[] = {
		CLI_FLAG("follow", &logs.follow, "go on until the run has ended"),
		REMOTE_OPTIONS(&logs.remote),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	struct err err = {0};
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	if (!of_workflow && !remote_is_run(cli, args.items[0]))
		return CLI_WRONG;
	if (!remote_open(&logs.remote, cli, &status))
		return status;
	const char *run = args.items[0];
	if (of_workflow && !newest_run(&logs.remote, args.items[0], &run, &err))
		return remote_end(&logs.remote, cli_fail(cli, CLI_WRONG, &err));
	buf_init(&logs.text, TEXT_MAX);
	status = print_all(&logs, run);
	buf_release(&logs.text);
	return remote_end(&logs.remote, status);
}

static int
of_run(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return run_logs(cli, command, argc, argv, false);
}

static int
of_workflow(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	return run_logs(cli, command, argc, argv, true);
}

#define LOGS_HELP \
	"Each event is a line, with its time here; what steps have streamed stands indented below.\n" \
	"With --json a line of JSON for each event, as GET …/runs/RUN/events answers it.\n"

const struct cli_command cli_run_logs = {"run logs", "RUN [--follow]", "what happened in a run",
	"Prints the events of a run.\n" LOGS_HELP, of_run, "run"};
const struct cli_command cli_workflow_logs = {"workflow logs", "WORKFLOW [--follow]", "what happened in its newest run",
	"Prints the events of a workflow's newest run.\n" LOGS_HELP, of_workflow, "workflow"};

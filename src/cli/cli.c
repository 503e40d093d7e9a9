/* The table of commands, finding one in it, and what all of them say when something is wrong. */
#include "cli/cli.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

const struct cli_command cli_commands[] = {
	{"run", "WORKFLOW [--input NAME=VALUE]… [--watch]",
		"run a workflow; watch, show, cancel, pause, resume, retry or delete a run",
		"Runs a workflow, named by its id or its exact name, and prints the id of the run.\n"
		"\n"
		"  stepmill run WORKFLOW [--input …] [--watch]   start a run\n"
		"  stepmill run watch RUN                        follow it to its end\n"
		"  stepmill run show RUN                         what it is and what its steps gave\n"
		"  stepmill run cancel RUN                       ask it to end now\n"
		"  stepmill run pause RUN                        ask it to begin no further step\n"
		"  stepmill run resume RUN                       ask it to go on\n"
		"  stepmill run retry RUN                        run it again from the first step that has not "
		"completed\n"
		"  stepmill run delete RUN                       delete it, once it has ended; there is no way back\n"
		"\n"
		"An input is NAME=VALUE (a text), NAME=@FILE (the file's text), {\"name\": …} (JSON) or @FILE (a file "
		"of JSON).\n"
		"Signs in with STEPMILL_EMAIL and STEPMILL_PASSWORD, or a file of two lines: e-mail, password.\n"
		"Exit status: 0 completed, 1 failed, 3 cancelled, 2 anything else went wrong.\n",
		cli_run},
	{"doctor", "[RUN] --db CONNINFO", "say whether all is well, or why a run is not moving",
		"Looks at the database: schema, roles, executors, watchers, what is due and what waits in the inbox.\n"
		"With RUN: says why that run is not moving. Connects as the owner of the schema (stepmill_owner).\n"
		"Exit status: 0 all is well, 1 something is not, 2 no connection.\n",
		cli_doctor},
	{"migrate", "--db CONNINFO [--directory DIR]", "bring the database's schema up to this program",
		"Applies the migrations that the database has not had yet, each in a transaction, and prints their "
		"names.\n"
		"Connects as the owner of the schema (stepmill_owner).\n",
		cli_migrate},
	{"keys", "init --db CONNINFO --file FILE [--api-file FILE]", "make the key that secrets are sealed to",
		"Makes the executors' private key in FILE, readable by its owner alone, and gives its public half to "
		"the\n"
		"database. A FILE that is there already is used as it is. Another FILE is a new key: secrets are "
		"sealed to\n"
		"it from then on, and the old file is still needed for older ones.\n"
		"--api-file makes the API's own key likewise (its setting api_key_file), for second factors.\n"
		"Connects as the owner of the schema (stepmill_owner).\n",
		cli_keys},
	{"restored", "--db CONNINFO [--nothing-lost]", "pause all runs of a database that was restored from a copy",
		"For a database that was restored from a dump or an older snapshot, before an executor is started on "
		"it.\n"
		"Pauses every run that has not ended: what its steps did after the copy was made is not in it, so "
		"nothing "
		"is\n"
		"called again until somebody resumes the run. Executors refuse such a database until then.\n"
		"Connects as the owner of the schema (stepmill_owner).\n",
		cli_restored},
	{"login", "[--url URL] [--token TOKEN]", "keep an API token for the other commands",
		"Looks whether the server takes the token, and keeps both in ~/.config/stepmill/login, which only you "
		"can read.\n"
		"Make a token in Stepmill under Settings, or by POST /api/account/tokens. --remove forgets it.\n",
		cli_login},
	{"user", "reset|no-second-factor EMAIL --db CONNINFO", "let a person in again who cannot sign in",
		"reset prints what POST /api/password-reset takes as token: good once, for an hour. Links given out "
		"before "
		"end.\n"
		"no-second-factor turns the person's second factor off, when app and recovery codes are lost.\n"
		"Connects as the owner of the schema (stepmill_owner).\n",
		cli_user},
	{"demo", "--db CONNINFO --email EMAIL (--password TEXT | --password-file FILE)", "load the demo workspace",
		"Makes a person, the workspace \"Demo\", three prompts and two workflows where they are missing.\n"
		"Doing it twice changes nothing, except that the person gets the password given.\n"
		"Connects as the owner of the schema (stepmill_owner).\n",
		cli_demo},
	{"debug", "json|yaml FILE [--indent]", "print what our reader makes of a file",
		"Reads FILE (- is standard input) and prints it as JSON, or FILE:LINE:COLUMN and what is wrong there.\n"
		"Exit status: 0 well formed, 1 not, 2 the file cannot be read.\n",
		cli_debug},
	{"schema", "check --schema FILE [--map URI=FILE]… [--formats] [--json] DOCUMENT…",
		"check documents against a JSON Schema",
		"Checks each DOCUMENT (JSON, or YAML by its suffix; - is standard input) against the schema, of draft\n"
		"2020-12 or 7, and prints every violation: where in the document, what, and which keyword of the "
		"schema.\n"
		"References to other documents are looked up in --map; nothing is fetched.\n"
		"Exit status: 0 all are valid, 1 one is not, 2 one cannot be read, or the schema cannot be used.\n",
		cli_schema},
	{"workflow", "check FILE… [--server] [--json]", "say everything that is wrong with workflows in files",
		"Checks each FILE (YAML, or JSON by its suffix; - is standard input) and prints FILE:LINE:COLUMN, what is\n"
		"wrong there and what to do. JavaScript is read, and not run. No server is needed; with --server the\n"
		"prompts of the workspace are known as well.\n"
		"Exit status: 0 nothing is wrong (there may be warnings), 1 something is, 2 a file cannot be read.\n",
		cli_workflow},
	{"help", "[COMMAND]", "this list, or all about one command", "", cli_help},
	{NULL, NULL, NULL, NULL, NULL},
};

static const struct cli_command *
find(const char *name)
{
	for (const struct cli_command *c = cli_commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

#define NAMES_MAX 32

static int
unknown_command(const struct cli *cli, const char *given)
{
	const char *names[NAMES_MAX];
	size_t count = 0;
	for (const struct cli_command *c = cli_commands; c->name && count < NAMES_MAX; c++)
		names[count++] = c->name;
	const char *near = cli_nearest(given, names, count);
	if (near)
		return cli_complain(cli, CLI_WRONG, "There is no command \"%s\". The nearest is \"%s\".", given, near);
	return cli_complain(cli, CLI_WRONG, "There is no command \"%s\". \"%s help\" lists them.", given, cli->program);
}

static void
print_list(const struct cli *cli, FILE *out)
{
	fprintf(out, "Usage: %s COMMAND …\n\n", cli->program);
	for (const struct cli_command *c = cli_commands; c->name; c++)
		fprintf(out, "  %-9s %s\n", c->name, c->summary);
	fprintf(out, "\n\"%s COMMAND --help\" tells all about one. Version " PACKAGE_VERSION ".\n", cli->program);
}

int
cli_help(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const struct cli_option options[] = {CLI_OPTIONS_END};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, &args, &status))
		return status;
	if (args.count == 0 || strcmp(args.items[0], "help") == 0) {
		print_list(cli, stdout);
		return CLI_OK;
	}
	const struct cli_command *asked = find(args.items[0]);
	if (!asked)
		return unknown_command(cli, args.items[0]);
	/* Its options are known to the command alone. */
	char option[] = "--help";
	char *again[] = {argv[0], option, NULL};
	return asked->run(cli, asked, 2, again);
}

int
cli_main(int argc, char **argv)
{
	struct cli cli = {.program = "stepmill", .arena = arena_new()};
	cli.terminal = isatty(STDOUT_FILENO);
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	cli.color = cli.terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);

	int status;
	if (argc < 2) {
		print_list(&cli, stderr);
		status = CLI_WRONG;
	} else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_list(&cli, stdout);
		status = CLI_OK;
	} else if (strcmp(argv[1], "--version") == 0) {
		printf("stepmill " PACKAGE_VERSION "\n");
		status = CLI_OK;
	} else {
		const struct cli_command *command = find(argv[1]);
		status = command ? command->run(&cli, command, argc - 1, argv + 1) : unknown_command(&cli, argv[1]);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		/* A full disk must not look like success; a reader that has seen enough is no error of ours. */
		if (errno != EPIPE)
			status = cli_complain(&cli, CLI_WRONG, "The output could not be written: %s.", strerror(errno));
	}
	arena_free(cli.arena);
	return status;
}

int
cli_fail(const struct cli *cli, int status, const struct err *err)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", cli->program, err->message);
	for (unsigned i = 0; i < err->issue_count && i < ERR_ISSUES_MAX; i++)
		fprintf(stderr, "  %s: %s\n", err->issues[i].path, err->issues[i].message);
	if (err->issues_dropped)
		fprintf(stderr, "  and %u more\n", err->issues_dropped);
	if (err->detail[0])
		fprintf(stderr, "  (%s)\n", err->detail);
	return status;
}

int
cli_complain(const struct cli *cli, int status, const char *format, ...)
{
	fflush(stdout);
	fprintf(stderr, "%s: ", cli->program);
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

/* How many letters to change, add, drop or swap with their neighbour to get from one to the other; names are short. */
static size_t
distance(const char *a, const char *b)
{
	enum { MOST = 24 };
	size_t n = strlen(a), m = strlen(b);
	if (n >= MOST || m >= MOST)
		return MOST;
	size_t d[MOST][MOST];
	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

const char *
cli_nearest(const char *given, const char *const *names, size_t count)
{
	const char *near = NULL;
	size_t best = 3; /* one more than may differ */
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(given);
		size_t d = distance(given, names[i]);
		/* A beginning counts as near; a short name with half its letters wrong does not. */
		if (n >= 2 && strncmp(given, names[i], n) == 0)
			d = 0;
		if (d < best && d * 2 < strlen(names[i]) + 1) {
			best = d;
			near = names[i];
		}
	}
	return near;
}

bool
cli_read_file(struct arena *arena, const char *path, size_t max, struct str *ret_text, struct err *err)
{
	bool input = strcmp(path, "-") == 0;
	int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_NOT_FOUND, "%s cannot be opened: %s.", path, strerror(errno));
	struct buf buf;
	buf_init(&buf, max);
	int failed = 0;
	char chunk[65536];
	for (ssize_t n; !buf_overflow(&buf) && (n = read(fd, chunk, sizeof chunk)) != 0;) {
		if (n > 0) {
			buf_add(&buf, chunk, (size_t)n);
		} else if (errno != EINTR) {
			failed = errno;
			break;
		}
	}
	if (!input)
		close(fd);
	bool ok = true;
	if (failed)
		ok = err_set(err, ERR_NOT_FOUND, "%s cannot be read: %s.", path, strerror(failed));
	else if (buf_overflow(&buf))
		ok = err_set(err, ERR_TOO_LARGE, "%s is larger than %zu bytes.", path, max);
	else
		*ret_text = arena_str(arena, buf_str(&buf));
	buf_release(&buf);
	return ok;
}

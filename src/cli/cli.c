/* Finding a command in the table, and what all of them say when something is wrong. */
#include "cli/cli.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define CLI_COMMAND(name) &name,
const struct cli_command *const cli_commands[] = {
#include "cli/commands.h"
	NULL,
};
#undef CLI_COMMAND

/* ---- finding one ---- */

/* "run watch" is below "run". */
static bool
is_below(const struct cli_command *command, const struct cli_command *above)
{
	size_t n = above ? strlen(above->name) : 0;
	if (!above)
		return !strchr(command->name, ' ');
	return strncmp(command->name, above->name, n) == 0 && command->name[n] == ' ';
}

static const char *
last_word(const struct cli_command *command)
{
	const char *blank = strrchr(command->name, ' ');
	return blank ? blank + 1 : command->name;
}

const struct cli_command *
cli_below(const struct cli_command *above, const struct cli_command *last)
{
	bool passed = !last;
	for (const struct cli_command *const *c = cli_commands; *c; c++) {
		if (passed && is_below(*c, above))
			return *c;
		passed = passed || *c == last;
	}
	return NULL;
}

const struct cli_command *
cli_find(int count, const char *const *words, int *ret_words)
{
	const struct cli_command *found = NULL;
	*ret_words = 0;
	while (*ret_words < count && *ret_words < 2) {
		const struct cli_command *c = cli_below(found, NULL);
		while (c && strcmp(last_word(c), words[*ret_words]) != 0)
			c = cli_below(found, c);
		if (!c)
			break;
		found = c;
		(*ret_words)++;
	}
	return found;
}

#define NAMES_MAX 64

int
cli_unknown(const struct cli *cli, const struct cli_command *above, const char *given)
{
	const char *names[NAMES_MAX], *head = above ? above->name : "", *blank = above ? " " : "";
	size_t count = 0;
	for (const struct cli_command *c = NULL; count < NAMES_MAX && (c = cli_below(above, c));)
		names[count++] = last_word(c);
	const char *near = cli_nearest(given, names, count);
	if (near)
		return cli_complain(cli, CLI_WRONG, "There is no command \"%s%s%s\". The nearest is \"%s%s%s\".", head,
			blank, given, head, blank, near);
	return cli_complain(cli, CLI_WRONG, "There is no command \"%s%s%s\". \"%s help%s%s\" lists them.", head, blank,
		given, cli->program, blank, head);
}

void
cli_describe(struct cli *cli, const struct cli_command *command, const struct cli_describe *describe)
{
	static const struct cli_option none[] = {CLI_OPTIONS_END};
	if (!command->run) {
		describe->tell(describe->context, cli, command, none);
		return;
	}
	struct cli described = *cli;
	described.describe = describe;
	char *argv[] = {arena_strdup(cli->arena, last_word(command)), NULL};
	(void)command->run(&described, command, 1, argv);
}

/* ---- all of it ---- */

static int
run_words(struct cli *cli, int argc, char **argv)
{
	int words;
	const struct cli_command *command = cli_find(argc, (const char *const *)argv, &words);
	if (!command)
		return cli_unknown(cli, NULL, argv[0]);
	if (command->run)
		return command->run(cli, command, argc - words + 1, argv + words - 1);
	const char *next = words < argc ? argv[words] : "--help";
	if (strcmp(next, "--help") != 0 && strcmp(next, "-h") != 0)
		return cli_unknown(cli, command, next);
	const struct cli_describe help = {cli_print_help, words < argc ? stdout : stderr};
	cli_describe(cli, command, &help);
	return words < argc ? CLI_OK : CLI_WRONG;
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
		cli_print_list(&cli, stderr);
		status = CLI_WRONG;
	} else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		cli_print_list(&cli, stdout);
		status = CLI_OK;
	} else if (strcmp(argv[1], "--version") == 0) {
		printf("stepmill " PACKAGE_VERSION "\n");
		status = CLI_OK;
	} else {
		status = run_words(&cli, argc - 1, argv + 1);
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

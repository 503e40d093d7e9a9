/* stepmill man: the manual pages, from what the commands say of themselves. */
#include "cli/cli.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE_MAX ((size_t)1 << 20)

struct page {
	struct buf *out;
	bool section; /* a command below another has a heading of its own */
};

/* ---- roff ---- */

/* What would be a request, an escape or a hyphen is itself. */
static void
put(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		bool begins = p == text || p[-1] == '\n';
		if (begins && (*p == '.' || *p == '\''))
			buf_add_z(out, "\\&");
		if (*p == '\\')
			buf_add_z(out, "\\e");
		else if (*p == '-')
			buf_add_z(out, "\\-");
		else
			buf_add_char(out, *p);
	}
}

/* Sentences are filled into paragraphs; what is indented stands as it is. */
static void
put_help(struct buf *out, const char *help)
{
	bool as_is = false, ended = true;
	while (*help) {
		size_t n = strcspn(help, "\n");
		bool indented = help[0] == ' ';
		if (indented != as_is && n > 0)
			buf_add_z(out, indented ? ".PP\n.nf\n" : ".fi\n.PP\n");
		else if (n > 0 && ended && !indented)
			buf_add_z(out, ".PP\n");
		if (n > 0)
			as_is = indented;
		char *line = strndup(help, n);
		if (!line)
			out_of_memory();
		if (n > 0) {
			put(out, line);
			buf_add_char(out, '\n');
		}
		free(line);
		ended = n == 0 || help[n - 1] == '.' || help[n - 1] == ':';
		help += n + (help[n] == '\n');
	}
	if (as_is)
		buf_add_z(out, ".fi\n");
}

static void
put_options(struct buf *out, const struct cli_option *options)
{
	for (const struct cli_option *o = options; o->name; o++) {
		buf_add_z(out, ".TP\n\\fB\\-\\-");
		put(out, o->name);
		buf_add_z(out, "\\fR");
		if (o->value) {
			buf_add_z(out, " \\fI");
			put(out, o->value);
			buf_add_z(out, "\\fR");
		}
		buf_add_char(out, '\n');
		put(out, o->help);
		if (o->variable) {
			buf_add_z(out, "; or ");
			put(out, o->variable);
		}
		buf_add_char(out, '\n');
	}
}

/* ---- pages ---- */

static void
put_command(void *context, const struct cli *cli, const struct cli_command *command, const struct cli_option *options)
{
	struct page *page = context;
	struct buf *out = page->out;
	if (page->section) {
		buf_add_z(out, ".SH \"");
		put(out, command->name);
		buf_add_z(out, "\"\n");
		put(out, command->summary);
		buf_add_z(out, "\n.PP\n");
	}
	buf_add_z(out, ".B ");
	put(out, arena_printf(cli->arena, "%s %s", cli->program, command->name));
	buf_add_z(out, "\n");
	put(out, command->usage);
	buf_add_z(out, "\n");
	if (!page->section)
		buf_add_z(out, ".SH DESCRIPTION\n");
	put_help(out, command->help);
	if (options->name && !page->section)
		buf_add_z(out, ".SH OPTIONS\n");
	put_options(out, options);
}

static void
put_head(const struct cli *cli, struct buf *out, const char *name, const char *summary)
{
	buf_printf(out, ".TH \"");
	for (const char *p = name; *p; p++)
		buf_add_char(out, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
	buf_printf(out, "\" 1 \"\" \"Stepmill " PACKAGE_VERSION "\" \"Stepmill\"\n.SH NAME\n");
	put(out, name);
	buf_add_z(out, " \\- ");
	put(out, summary);
	buf_add_z(out, "\n.SH SYNOPSIS\n");
	(void)cli;
}

static void
put_see_also(struct buf *out, const struct cli_command *but)
{
	buf_add_z(out, ".SH SEE ALSO\n");
	if (but)
		buf_add_z(out, ".BR stepmill (1)\n");
	for (const struct cli_command *c = NULL; (c = cli_below(NULL, c));)
		if (c != but && !but)
			buf_printf(out, ".BR stepmill\\-%s (1)\n", c->name);
}

/* A command, and those below it. */
static void
put_page(struct cli *cli, const struct cli_command *command, struct buf *out)
{
	struct page page = {out, false};
	const struct cli_describe describe = {put_command, &page};
	put_head(cli, out, arena_printf(cli->arena, "stepmill-%s", command->name), command->summary);
	cli_describe(cli, command, &describe);
	page.section = true;
	for (const struct cli_command *below = NULL; (below = cli_below(command, below));)
		cli_describe(cli, below, &describe);
	put_see_also(out, command);
}

static void
put_first_page(struct cli *cli, struct buf *out)
{
	put_head(cli, out, "stepmill", "workflows from the command line");
	buf_add_z(out, ".B stepmill\nCOMMAND …\n.SH DESCRIPTION\n"
		       "Runs, watches and keeps workflows of a Stepmill server, and looks after an installation.\n"
		       "Data goes to standard output, everything else to standard error.\n.SH COMMANDS\n");
	for (const struct cli_command *c = NULL; (c = cli_below(NULL, c));) {
		buf_add_z(out, ".TP\n.BR stepmill\\-");
		put(out, c->name);
		buf_add_z(out, " (1)\n");
		put(out, c->summary);
		buf_add_char(out, '\n');
	}
	buf_add_z(out,
		".SH EXIT STATUS\n0 done, 1 the thing asked about failed or the server said no, 2 wrong use or no "
		"connection, 3 the run was cancelled, 130 interrupted.\n"
		".SH ENVIRONMENT\n"
		".TP\nSTEPMILL_URL\nwhere Stepmill is\n"
		".TP\nSTEPMILL_TOKEN\nan API token, before all other ways to sign in\n"
		".TP\nSTEPMILL_WORKSPACE\nits slug or id, for who belongs to several\n"
		".TP\nSTEPMILL_EMAIL, STEPMILL_PASSWORD, STEPMILL_LOGIN_FILE\nhow to sign in without a token\n"
		".TP\nNO_COLOR\nno colour, when it is set to anything\n");
	put_see_also(out, NULL);
}

static bool
write_page(const char *path, const struct buf *out, struct err *err)
{
	FILE *file = fopen(path, "w");
	bool ok = file && fwrite(out->p, 1, out->n, file) == out->n;
	if (file && fclose(file) != 0)
		ok = false;
	return ok || err_set(err, ERR_NOT_FOUND, "%s cannot be written: %s.", path, strerror(errno));
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *directory = NULL;
	const struct cli_option options[] = {
		CLI_TEXT("directory", &directory, "DIR", NULL, "write all pages there"), CLI_OPTIONS_END};
	struct cli_args args;
	struct err err = {0};
	int status, words = 0;
	if (!cli_parse(cli, command, options, argc, argv, 0, 1, &args, &status))
		return status;
	const struct cli_command *asked = cli_find(args.count, args.items, &words);
	if (words < args.count)
		return cli_unknown(cli, NULL, args.items[0]);
	struct buf out;
	buf_init(&out, PAGE_MAX);
	if (!directory) {
		if (asked)
			put_page(cli, asked, &out);
		else
			put_first_page(cli, &out);
		fwrite(out.p, 1, out.n, stdout);
		buf_release(&out);
		return CLI_OK;
	}
	put_first_page(cli, &out);
	bool ok = write_page(arena_printf(cli->arena, "%s/stepmill.1", directory), &out, &err);
	for (const struct cli_command *c = NULL; ok && (c = cli_below(NULL, c));) {
		buf_clear(&out);
		put_page(cli, c, &out);
		ok = write_page(arena_printf(cli->arena, "%s/stepmill-%s.1", directory, c->name), &out, &err);
	}
	buf_release(&out);
	return ok ? CLI_OK : cli_fail(cli, CLI_WRONG, &err);
}

const struct cli_command cli_man = {"man", "[COMMAND] [--directory DIR]", "print the manual page of a command",
	"Prints a manual page: stepmill man workflow | man -l -. With --directory it writes all of them, as \"make "
	"install\" "
	"does.\n",
	run_command, "command"};

/* stepmill help: the list, and all about one command, from what the commands say of themselves. */
#include "cli/cli.h"

void
cli_print_list(const struct cli *cli, FILE *out)
{
	fprintf(out, "Usage: %s COMMAND …\n\n", cli->program);
	for (const struct cli_command *c = NULL; (c = cli_below(NULL, c));)
		fprintf(out, "  %-11s %s\n", c->name, c->summary);
	fprintf(out, "\n\"%s help COMMAND\" tells all about one. Version " PACKAGE_VERSION ".\n", cli->program);
}

void
cli_print_help(void *file, const struct cli *cli, const struct cli_command *command, const struct cli_option *options)
{
	FILE *out = file;
	fprintf(out, "Usage: %s %s %s\n\n%s", cli->program, command->name, command->usage, command->help);
	bool first = true;
	for (const struct cli_command *c = NULL; (c = cli_below(command, c)); first = false)
		fprintf(out, "%s  %-19s %s\n", first ? "\n" : "", c->name, c->summary);
	if (options->name)
		fprintf(out, "\n");
	for (const struct cli_option *o = options; o->name; o++) {
		char left[64];
		snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
		fprintf(out, "  %-26s %s", left, o->help);
		if (o->variable)
			fprintf(out, " (or %s)", o->variable);
		fprintf(out, "\n");
	}
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const struct cli_option options[] = {CLI_OPTIONS_END};
	struct cli_args args;
	int status, words;
	if (!cli_parse(cli, command, options, argc, argv, 0, 2, &args, &status))
		return status;
	if (args.count == 0 || strcmp(args.items[0], "help") == 0) {
		cli_print_list(cli, stdout);
		return CLI_OK;
	}
	const struct cli_command *asked = cli_find(args.count, args.items, &words);
	if (words < args.count)
		return cli_unknown(cli, asked, args.items[words]);
	const struct cli_describe help = {cli_print_help, stdout};
	cli_describe(cli, asked, &help);
	return CLI_OK;
}

const struct cli_command cli_help = {
	"help", "[COMMAND]", "this list, or all about one command", "", run_command, "command"};

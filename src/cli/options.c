/* Options of commands: given on the command line, or in the environment. */
#include "cli/cli.h"

#include <stdlib.h>

static const struct cli_option *
find(const struct cli_option *options, struct str name)
{
	for (const struct cli_option *o = options; o->name; o++)
		if (str_is(name, o->name))
			return o;
	return NULL;
}

#define NAMES_MAX 32

static int
unknown_option(
	const struct cli *cli, const struct cli_command *command, const struct cli_option *options, struct str name)
{
	const char *names[NAMES_MAX];
	size_t count = 0;
	for (const struct cli_option *o = options; o->name && count < NAMES_MAX; o++)
		names[count++] = o->name;
	const char *near = cli_nearest(arena_strz(cli->arena, name), names, count);
	if (near)
		return cli_complain(cli, CLI_WRONG, "\"%s\" has no option --%.*s. The nearest is --%s.", command->name,
			STR_ARG(name), near);
	return cli_complain(cli, CLI_WRONG, "\"%s\" has no option --%.*s. \"%s %s --help\" lists them.", command->name,
		STR_ARG(name), cli->program, command->name);
}

/* One option at argv[*i]; moves *i past a value that is an argument of its own. */
static bool
take(const struct cli *cli, const struct cli_command *command, const struct cli_option *options, int argc, char **argv,
	int *i, int *ret_status)
{
	struct str name = str_of(argv[*i] + 2);
	const char *value = strchr(argv[*i], '=');
	if (value)
		name.n = (size_t)(value++ - name.p);
	const struct cli_option *option = find(options, name);
	if (!option) {
		*ret_status = unknown_option(cli, command, options, name);
		return false;
	}
	if (option->flag) {
		if (value) {
			*ret_status = cli_complain(cli, CLI_WRONG, "--%s takes no value.", option->name);
			return false;
		}
		*option->flag = true;
		return true;
	}
	if (!value) {
		if (*i + 1 >= argc) {
			*ret_status = cli_complain(cli, CLI_WRONG, "--%s needs a value: --%s %s.", option->name,
				option->name, option->value);
			return false;
		}
		value = argv[++*i];
	}
	if (option->list)
		option->list->items[option->list->count++] = value;
	else
		*option->text = value;
	return true;
}

bool
cli_parse(const struct cli *cli, const struct cli_command *command, const struct cli_option *options, int argc,
	char **argv, int least, int most, struct cli_args *ret_args, int *ret_status)
{
	if (cli->describe) {
		cli->describe->tell(cli->describe->context, cli, command, options);
		*ret_status = CLI_OK;
		return false;
	}
	for (const struct cli_option *o = options; o->name; o++) {
		if (o->list)
			*o->list = (struct cli_list){arena_array(cli->arena, (size_t)argc + 1, sizeof(char *)), 0};
		const char *value = o->variable ? getenv(o->variable) : NULL;
		if (value && *value)
			*o->text = value;
	}
	struct cli_args args = {arena_array(cli->arena, (size_t)argc + 1, sizeof(char *)), 0};
	bool only_args = false;
	for (int i = 1; i < argc; i++) {
		if (only_args || argv[i][0] != '-' || !argv[i][1]) {
			args.items[args.count++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			only_args = true;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			cli_print_help(stdout, cli, command, options);
			*ret_status = CLI_OK;
			return false;
		} else if (strncmp(argv[i], "--", 2) != 0) {
			*ret_status = unknown_option(cli, command, options, str_of(argv[i] + 1));
			return false;
		} else if (!take(cli, command, options, argc, argv, &i, ret_status)) {
			return false;
		}
	}
	if (args.count > most) {
		*ret_status = cli_complain(cli, CLI_WRONG, "\"%s\" is one too many. Usage: %s %s %s", args.items[most],
			cli->program, command->name, command->usage);
		return false;
	}
	if (args.count < least) {
		*ret_status = cli_complain(cli, CLI_WRONG, "Something is missing. Usage: %s %s %s", cli->program,
			command->name, command->usage);
		return false;
	}
	*ret_args = args;
	return true;
}

bool
cli_need(const struct cli *cli, const char *name, const char *value, const char *variable)
{
	if (value && *value)
		return true;
	if (variable)
		cli_complain(cli, CLI_WRONG, "--%s is missing. Give it, or set %s.", name, variable);
	else
		cli_complain(cli, CLI_WRONG, "--%s is missing. Give it; --help says what it is.", name);
	return false;
}

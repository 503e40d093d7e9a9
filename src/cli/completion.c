/*
 * stepmill completion: what a shell may propose next. The scripts for bash and zsh ask this program with every key, so that they know what
 * the table of commands knows, and what is on the server.
 */
#include "cli/remote.h"

#include <stdlib.h>

#define API_SECONDS 3
#define NAMES_MOST 200
#define OPTIONS_MAX 32

struct completion {
	struct cli *cli;
	const char *current; /* the word that is being typed */
	const struct cli_command *command;
	struct cli_option options[OPTIONS_MAX]; /* of the command */
	size_t option_count;
	const char *args[16]; /* given before the current word */
	int arg_count;
	struct client_settings settings;
};

/* ---- proposals: a line each, with a tab before what it is ---- */

static void
propose(const struct completion *c, const char *word, const char *about)
{
	if (strncmp(word, c->current, strlen(c->current)) != 0 || strpbrk(word, "\t\r\n"))
		return;
	printf("%s", word);
	if (about && *about)
		printf("\t%.*s", (int)strcspn(about, "\t\r\n"), about);
	putchar('\n');
}

static void
propose_commands(const struct completion *c, const struct cli_command *above)
{
	for (const struct cli_command *below = NULL; (below = cli_below(above, below));) {
		const char *blank = strrchr(below->name, ' ');
		propose(c, blank ? blank + 1 : below->name, below->summary);
	}
}

/* "retry|skip|stop" */
static void
propose_words(const struct completion *c, struct str words)
{
	while (words.n > 0) {
		const char *bar = memchr(words.p, '|', words.n);
		size_t n = bar ? (size_t)(bar - words.p) : words.n;
		propose(c, arena_strz(c->cli->arena, (struct str){words.p, n}), NULL);
		n += bar ? 1 : 0;
		words = (struct str){words.p + n, words.n - n};
	}
}

/* ---- what is on the server ---- */

struct names {
	const struct completion *completion;
	const char *member; /* that is proposed */
};

static bool
take(void *context, const struct json *item)
{
	const struct names *names = context;
	struct arena *arena = names->completion->cli->arena;
	struct str word, name = STR(""), status = STR("");
	(void)json_get_str(item, "name", &name);
	(void)json_get_str(item, "status", &status);
	if (json_get_str(item, names->member, &word))
		propose(names->completion, arena_strz(arena, word),
			status.n > 0 ? arena_printf(arena, "%.*s, %.*s", STR_ARG(name), STR_ARG(status)) : NULL);
	return true;
}

static void
propose_steps(const struct completion *c, struct remote *remote)
{
	struct err ignored = {0};
	struct json *run;
	struct str key, name = STR("");
	if (c->arg_count == 0 || !remote_get(remote,
					 arena_printf(c->cli->arena, "/runs/%s",
						 client_escape(&remote->client, c->cli->arena, c->args[0])),
					 &run, &ignored))
		return;
	json_each (step, json_get(run, "steps"))
		if (json_get_str(step, "key", &key)) {
			(void)json_get_str(step, "name", &name);
			propose(c, arena_strz(c->cli->arena, key), arena_strz(c->cli->arena, name));
		}
}

/* Silent when nobody is signed in, or nobody answers: a shell has no place to say so. */
static void
propose_remote(const struct completion *c, struct str what)
{
	struct remote remote = {.cli = c->cli, .settings = c->settings};
	struct err ignored = {0};
	remote.settings.seconds = API_SECONDS;
	if (client_open(&remote.client, c->cli->arena, &remote.settings, &ignored)) {
		if (str_is(what, "step"))
			propose_steps(c, &remote);
		else if (str_is(what, "run"))
			(void)remote_pages(&remote, "/runs", NAMES_MOST / 4, take, &(struct names){c, "id"}, &ignored);
		else
			(void)remote_pages(
				&remote, "/workflows", NAMES_MOST, take, &(struct names){c, "name"}, &ignored);
	}
	client_close(&remote.client);
}

/* What an argument or the value of an option is. */
static void
propose_kind(const struct completion *c, struct str kind)
{
	if (str_is(kind, "file") || str_is(kind, "directory"))
		printf(":%.*s\n", STR_ARG(kind));
	else if (str_is(kind, "command"))
		propose_commands(c, c->arg_count > 0 ? cli_find(c->arg_count, c->args, &(int){0}) : NULL);
	else if (str_is(kind, "workflow") || str_is(kind, "run") || str_is(kind, "step"))
		propose_remote(c, kind);
	else
		propose_words(c, kind);
}

/* ---- where the word stands ---- */

static void
keep_options(void *context, const struct cli *cli, const struct cli_command *command, const struct cli_option *options)
{
	struct completion *c = context;
	(void)cli;
	(void)command;
	while (options->name && c->option_count < OPTIONS_MAX)
		c->options[c->option_count++] = *options++;
}

static const struct cli_option *
option_of(const struct completion *c, const char *word)
{
	size_t n = strcspn(word + 2, "=");
	for (size_t i = 0; i < c->option_count; i++)
		if (str_is((struct str){word + 2, n}, c->options[i].name))
			return &c->options[i];
	return NULL;
}

static void
propose_value(const struct completion *c, const struct cli_option *option)
{
	static const struct {
		const char *value, *kind;
	} kinds[] = {{"FILE", "file"}, {"DIR", "directory"}, {"WORKFLOW", "workflow"}, {"RUN", "run"}, {"STEP", "step"},
		{"STATUS,…", "pending|running|paused|completed|failed|cancelled"}};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (option->value && strcmp(option->value, kinds[i].value) == 0)
			propose_kind(c, str_of(kinds[i].kind));
}

static void
propose_options(const struct completion *c)
{
	for (size_t i = 0; i < c->option_count; i++)
		propose(c, arena_printf(c->cli->arena, "--%s", c->options[i].name), c->options[i].help);
	propose(c, "--help", "all about the command");
}

/* The word of `takes` for the argument that is being typed; the last one is for all that follow. */
static struct str
kind_of_arg(const struct completion *c)
{
	struct str rest = str_of(c->command->takes), word = {"", 0};
	for (int i = 0; rest.n > 0 && i <= c->arg_count; i++) {
		const char *blank = memchr(rest.p, ' ', rest.n);
		size_t n = blank ? (size_t)(blank - rest.p) : rest.n;
		word = (struct str){rest.p, n};
		n += blank ? 1 : 0;
		rest = (struct str){rest.p + n, rest.n - n};
	}
	return word;
}

static void
keep_setting(struct completion *c, const struct cli_option *option, const char *value)
{
	if (strcmp(option->name, "server") == 0)
		c->settings.url = value;
	else if (strcmp(option->name, "workspace") == 0)
		c->settings.workspace = value;
	else if (strcmp(option->name, "login-file") == 0)
		c->settings.login_file = value;
}

/* The words behind the command's name up to the one that is typed. */
static void
complete_args(struct completion *c, int count, const char *const *words)
{
	const struct cli_option *open = NULL; /* its value comes next */
	bool only_args = false;
	for (int i = 0; i < count; i++) {
		const char *word = words[i];
		if (strcmp(word, "=") == 0 && open)
			continue; /* bash gives --name=value as three words */
		if (open) {
			keep_setting(c, open, word);
			open = NULL;
		} else if (!only_args && strcmp(word, "--") == 0) {
			only_args = true;
		} else if (!only_args && strncmp(word, "--", 2) == 0) {
			const struct cli_option *option = option_of(c, word);
			const char *value = strchr(word, '=');
			if (option && value)
				keep_setting(c, option, value + 1);
			else if (option && !option->flag)
				open = option;
		} else if (c->arg_count < (int)(sizeof c->args / sizeof c->args[0])) {
			c->args[c->arg_count++] = word;
		}
	}
	if (strcmp(c->current, "=") == 0)
		c->current = "";
	if (open)
		propose_value(c, open);
	else if (!only_args && c->current[0] == '-')
		propose_options(c);
	else if (c->command->takes)
		propose_kind(c, kind_of_arg(c));
}

static int
complete(struct cli *cli, int count, const char *const *words)
{
	struct completion c = {.cli = cli, .current = words[count - 1]};
	c.settings.url = getenv("STEPMILL_URL");
	c.settings.login_file = getenv("STEPMILL_LOGIN_FILE");
	c.settings.workspace = getenv("STEPMILL_WORKSPACE");
	int used;
	c.command = cli_find(count - 1, words, &used);
	if (used == count - 1)
		propose_commands(&c, c.command);
	if (!c.command)
		return CLI_OK;
	const struct cli_describe keep = {keep_options, &c};
	cli_describe(cli, c.command, &keep);
	complete_args(&c, count - 1 - used, words + used);
	return CLI_OK;
}

/* ---- the scripts ---- */

static const char bash_script[] =
	"# Completion of stepmill for bash; \"stepmill completion bash\" prints it.\n"
	"_stepmill() {\n"
	"	local current=${COMP_WORDS[COMP_CWORD]} bare line word\n"
	"	# What has been typed of a name may stand in quotes, or have backslashes before its blanks.\n"
	"	bare=${current#[\\\"\\']}\n"
	"	bare=${bare//\\\\/}\n"
	"	COMPREPLY=()\n"
	"	while IFS= read -r line; do\n"
	"		word=${line%%$'\\t'*}\n"
	"		case $word in\n"
	"		:file) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- \"$bare\") ;;\n"
	"		:directory) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- \"$bare\") ;;\n"
	"		*)\n"
	"			case $current in\n"
	"			[\\\"\\']*) COMPREPLY+=(\"$word\") ;;\n"
	"			*) COMPREPLY+=(\"$(printf %q \"$word\")\") ;;\n"
	"			esac\n"
	"			;;\n"
	"		esac\n"
	"	done < <(\"${COMP_WORDS[0]}\" completion words -- \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" \"$bare\" "
	"2>/dev/null)\n"
	"}\n"
	"complete -F _stepmill stepmill\n";

static const char zsh_script[] =
	"#compdef stepmill\n"
	"# Completion of stepmill for zsh; \"stepmill completion zsh\" prints it.\n"
	"_stepmill() {\n"
	"	local -a proposals\n"
	"	local word about\n"
	"	while IFS=$'\\t' read -r word about; do\n"
	"		case $word in\n"
	"		:file) _files ;;\n"
	"		:directory) _files -/ ;;\n"
	"		*) proposals+=(\"${word//:/\\\\:}:$about\") ;;\n"
	"		esac\n"
	"	done < <(${words[1]} completion words -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)\n"
	"	(( $#proposals )) && _describe stepmill proposals\n"
	"}\n"
	"if [[ $funcstack[1] == _stepmill ]]; then\n"
	"	_stepmill \"$@\"\n"
	"else\n"
	"	compdef _stepmill stepmill\n"
	"fi\n";

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const struct cli_option options[] = {CLI_OPTIONS_END};
	struct cli_args args;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, argc, &args, &status))
		return status;
	bool words = strcmp(args.items[0], "words") == 0;
	if (words && args.count > 1)
		return complete(cli, args.count - 1, args.items + 1);
	if (!words && args.count == 1 && strcmp(args.items[0], "bash") == 0)
		fputs(bash_script, stdout);
	else if (!words && args.count == 1 && strcmp(args.items[0], "zsh") == 0)
		fputs(zsh_script, stdout);
	else
		return cli_complain(cli, CLI_WRONG, "Usage: %s %s %s", cli->program, command->name, command->usage);
	return CLI_OK;
}

const struct cli_command cli_completion = {"completion", "bash|zsh",
	"print what makes a shell complete commands and names",
	"Prints the script that makes the shell complete commands, options, and, signed in, the names of workflows and "
	"runs. "
	"\"make\ninstall\" installs it; else:\n"
	"\n"
	"  eval \"$(stepmill completion bash)\"     in ~/.bashrc\n"
	"  eval \"$(stepmill completion zsh)\"      in ~/.zshrc, behind compinit\n"
	"\n"
	"\"stepmill completion words -- WORD…\" is what the scripts ask: proposals for the last word, a line each.\n",
	run_command, "bash|zsh"};

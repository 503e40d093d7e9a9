/*
 * The command line. A command is one line of the table in commands.h and one file here, which describes it at its end;
 * everything it needs of its terminal and its options is below. Help, man pages and completion are made from the same
 * descriptions, so a command calls cli_parse() before anything else.
 *
 *	static int
 *	run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
 *	{
 *		const char *db = NULL;
 *		const struct cli_option options[] = {
 *			CLI_TEXT("db", &db, "CONNINFO", "STEPMILL_DB", "connection string of PostgreSQL"),
 *			CLI_OPTIONS_END,
 *		};
 *		struct cli_args args;
 *		int status;
 *		if (!cli_parse(cli, command, options, argc, argv, 0, 0, &args, &status))
 *			return status;
 *		…
 *	}
 *
 * Data goes to standard output, everything else to standard error. Exit status: 0 done, 1 the thing asked about failed,
 * 2 wrong use or no connection, 3 the run was cancelled.
 */
#ifndef STEPMILL_CLI_CLI_H
#define STEPMILL_CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>

struct cli;
struct cli_command;
struct cli_option;

/* Given a command and its options instead of running it. */
struct cli_describe {
	void (*tell)(void *context, const struct cli *cli, const struct cli_command *command,
		const struct cli_option *options);
	void *context;
};

enum cli_status { CLI_OK = 0, CLI_FAILED = 1, CLI_WRONG = 2, CLI_CANCELLED = 3 };

struct cli {
	const char *program;
	struct arena *arena;		     /* of the process */
	bool terminal;			     /* standard output is one */
	bool color;			     /* … and nobody set NO_COLOR */
	const struct cli_describe *describe; /* NULL: commands are run */
};

struct cli_command {
	const char *name;    /* one word, or two: "run watch" stands below "run" */
	const char *usage;   /* what follows the name */
	const char *summary; /* one line for the list */
	const char *help;    /* what it does, in full; ends in a line end */
	/* argv[0] is the last word of its name. NULL: it is nothing but the head of those below it. */
	int (*run)(struct cli *cli, const struct cli_command *command, int argc, char **argv);
	/*
	 * What completion proposes for its arguments, a word for each and the last for all others: workflow, run, step,
	 * file, directory, command, or words with | between them. NULL: nothing.
	 */
	const char *takes;
};

extern const struct cli_command *const cli_commands[]; /* in the order of the list; ends with NULL */

#define CLI_COMMAND(name) extern const struct cli_command name;
#include "cli/commands.h"
#undef CLI_COMMAND

/* The command that the words begin with, and how many words its name takes; NULL: none. */
const struct cli_command *cli_find(int count, const char *const *words, int *ret_words);
/* The next one that stands directly below `above` (NULL: below none) after `last` (NULL: the first). */
const struct cli_command *cli_below(const struct cli_command *above, const struct cli_command *last);
/* What the table and the command itself say, given to `describe`; a head without a function has no options. */
void cli_describe(struct cli *cli, const struct cli_command *command, const struct cli_describe *describe);
/* Says that there is no such command, and which is the nearest. `above`: below which, or NULL. */
int cli_unknown(const struct cli *cli, const struct cli_command *above, const char *given);
/* What `stepmill help` prints. */
void cli_print_list(const struct cli *cli, FILE *out);
void cli_print_help(
	void *file, const struct cli *cli, const struct cli_command *command, const struct cli_option *options);

int cli_main(int argc, char **argv);

/* The known name that looks most like `given`, or NULL when none is near. */
const char *cli_nearest(const char *given, const char *const *names, size_t count);

/* "stepmill: message", with what the issues say, to standard error. Returns `status`. */
int cli_fail(const struct cli *cli, int status, const struct err *err);
int cli_complain(const struct cli *cli, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A whole file, or standard input for "-", in the arena. */
bool cli_read_file(struct arena *arena, const char *path, size_t max, struct str *ret_text, struct err *err);

/* ---- options ---- */

struct cli_list {
	const char **items;
	int count;
};

struct cli_option {
	const char *name;
	bool *flag; /* one of these three is set */
	const char **text;
	struct cli_list *list; /* may be given several times */
	const char *value;     /* what --help calls the value */
	const char *variable;  /* of the environment, when the option is not given; NULL: none */
	const char *help;
};

#define CLI_FLAG(name, to, help) \
	{ \
		(name), (to), NULL, NULL, NULL, NULL, (help) \
	}
#define CLI_TEXT(name, to, value, variable, help) \
	{ \
		(name), NULL, (to), NULL, (value), (variable), (help) \
	}
#define CLI_LIST(name, to, value, help) \
	{ \
		(name), NULL, NULL, (to), (value), NULL, (help) \
	}
#define CLI_OPTIONS_END \
	{ \
		NULL, NULL, NULL, NULL, NULL, NULL, NULL \
	}

struct cli_args {
	const char **items; /* what is not an option; everything after "--" */
	int count;
};

/*
 * Sorts argv into options and the rest, of which there may be at most `most`. False when the command is over: --help
 * was printed (status 0), or the use was wrong and has been told (status 2). Takes --name=value, --name value and
 * --flag.
 */
bool cli_parse(const struct cli *cli, const struct cli_command *command, const struct cli_option *options, int argc,
	char **argv, int least, int most, struct cli_args *ret_args, int *ret_status);

/* An option that must be there. Tells and returns false when it is missing. */
bool cli_need(const struct cli *cli, const char *name, const char *value, const char *variable);

/* Standard options. */
#define CLI_DB(to) CLI_TEXT("db", (to), "CONNINFO", "STEPMILL_DB", "connection string of PostgreSQL")
#define CLI_JSON(to) CLI_FLAG("json", (to), "print JSON, for programs")

#endif

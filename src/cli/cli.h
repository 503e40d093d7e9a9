/*
 * The command line. A command is one entry of the table in cli.c and one file here; everything it needs of its terminal
 * and its options is below.
 *
 *	static int
 *	migrate(struct cli *cli, const struct cli_command *command, int argc, char **argv)
 *	{
 *		const char *db = NULL;
 *		const struct cli_option options[] = {
 *			CLI_TEXT("db", &db, "CONNINFO", "STEPMILL_DB", "connection string of PostgreSQL"),
 *			CLI_OPTIONS_END,
 *		};
 *		struct cli_args args;
 *		int status;
 *		if (!cli_parse(cli, command, options, argc, argv, 0, &args, &status))
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

enum cli_status { CLI_OK = 0, CLI_FAILED = 1, CLI_WRONG = 2, CLI_CANCELLED = 3 };

struct cli {
	const char *program;
	struct arena *arena; /* of the process */
	bool terminal;	     /* standard output is one */
	bool color;	     /* … and nobody set NO_COLOR */
};

struct cli_command {
	const char *name;
	const char *usage;   /* what follows the name */
	const char *summary; /* one line for the list */
	const char *help;    /* what it does, in full; ends in a line end */
	int (*run)(struct cli *cli, const struct cli_command *command, int argc, char **argv); /* argv[0] is its name */
};

extern const struct cli_command cli_commands[]; /* ends with an entry without a name */

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
	char **argv, int most, struct cli_args *ret_args, int *ret_status);

/* An option that must be there. Tells and returns false when it is missing. */
bool cli_need(const struct cli *cli, const char *name, const char *value, const char *variable);

/* Standard options. */
#define CLI_DB(to) CLI_TEXT("db", (to), "CONNINFO", "STEPMILL_DB", "connection string of PostgreSQL")
#define CLI_JSON(to) CLI_FLAG("json", (to), "print JSON, for programs")

/* ---- the commands ---- */

int cli_help(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_migrate(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_login(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_user(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_demo(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_debug(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_run(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_schema(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_doctor(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_keys(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_workflow(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_workflow_check(struct cli *cli, const struct cli_command *command, int argc, char **argv);
int cli_restored(struct cli *cli, const struct cli_command *command, int argc, char **argv);

#endif

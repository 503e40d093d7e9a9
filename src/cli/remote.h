/*
 * What the commands that talk to a server have in common: their options, finding a workflow or a run, reading a list page by page, and
 * printing an answer.
 *
 *	struct remote remote = {0};
 *	const struct cli_option options[] = {…, REMOTE_OPTIONS(&remote), CLI_OPTIONS_END};
 *	if (!cli_parse(…) || !remote_open(&remote, cli, &status))
 *		return status;
 *	…
 *	return remote_end(&remote, status);
 */
#ifndef STEPMILL_CLI_REMOTE_H
#define STEPMILL_CLI_REMOTE_H

#include "cli/client.h"

struct remote {
	struct cli *cli;
	struct client client;
	struct client_settings settings;
	bool json;
};

#define REMOTE_OPTIONS(r) CLI_JSON(&(r)->json), CLIENT_OPTIONS(&(r)->settings)

bool remote_open(struct remote *remote, struct cli *cli, int *ret_status);
int remote_end(struct remote *remote, int status); /* signs out; returns the status */
/* Tells what went wrong. A server that says no is 1 when the request changes something, else and without a connection 2. */
int remote_fail(struct remote *remote, bool change, const struct err *err);

bool remote_get(struct remote *remote, const char *path, struct json **ret_doc, struct err *err);
/* With an idempotency key of its own when `safe`. */
bool remote_post(struct remote *remote, const char *path, const struct json *body, bool safe, struct json **ret_doc,
	struct err *err);

/*
 * Goes through a list, whose address has its filters, until `most` items were given to `each`, or it says that it has seen enough. Items live
 * as long as the command.
 */
typedef bool remote_each(void *context, const struct json *item);
bool remote_pages(
	struct remote *remote, const char *path, int64_t most, remote_each *each, void *context, struct err *err);

/* By its id or exact name; with its definition. */
bool remote_workflow(struct remote *remote, const char *given, struct json **ret_workflow, struct err *err);
/* How many have that name; the id of one of them. */
bool remote_named(struct remote *remote, const char *name, const char **ret_id, int *ret_found, struct err *err);

bool remote_is_run(const struct cli *cli, const char *given); /* an id; tells when it is none */
/* cli_parse() of a command whose first argument is a run. */
bool remote_parse_run(const struct cli *cli, const struct cli_command *command, const struct cli_option *options,
	int argc, char **argv, int least, int most, struct cli_args *ret_args, int *ret_status);
void remote_print(const struct json *doc); /* JSON, one line */
/* A positive number, or "all" as INT64_MAX; `otherwise` when none was given. Tells and returns false when it is something else. */
bool remote_limit(const struct cli *cli, const char *given, int64_t otherwise, int64_t *ret_limit);
/* JSON of an option: the text itself, or @FILE. */
bool remote_data(struct cli *cli, const char *option, const char *given, struct json **ret_data, struct err *err);

#endif

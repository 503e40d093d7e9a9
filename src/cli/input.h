/* The input of a run, put together from --input options. */
#ifndef STEPMILL_CLI_INPUT_H
#define STEPMILL_CLI_INPUT_H

#include "cli/cli.h"
#include "json/json.h"

/*
 * Each is NAME=VALUE, NAME=@FILE, {JSON} or @FILE of JSON; a later one wins. A VALUE is text unless `schema` (of the
 * input, may be NULL) says that its type is another: then it is read as JSON. Where it may be anything it is JSON if it is written as JSON. Defaults are
 * filled in by who makes the run.
 */
bool input_build(struct arena *arena, const struct cli_list *given, const struct json *schema, struct json **ret_input,
	struct err *err);

#endif

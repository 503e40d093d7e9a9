/*
 * A step of the kind "script", as a definition writes it:
 *
 *	{"key": "test", "kind": "script", "command": "npm test -- {{input.only}}", "input": {"files": "{{steps.list.output}}"},
 *	 "env": {"CI": "1", "TOKEN": "{{env.TOKEN}}"}, "cwd": "app", "format": "json", "timeout_seconds": 600}
 *
 * A command that is a text is run by a shell, and what templates bring into it must not become code. So no value is ever put into that text:
 * each template is replaced by a variable of the shell, quoted as its place asks for, and the value goes into the environment.
 *
 *	npm test -- {{input.only}}  →  npm test -- "${STEPMILL_1}"  and  STEPMILL_1={{input.only}}
 *
 * A shell never reads what a variable brings as code. Where the quotes are misread (in a here-document, say) a value may be split or stay away;
 * it still is no code. A command that is a list needs no shell: one text, one argument.
 */
#ifndef STEPMILL_FLOW_DEFINITION_SCRIPT_H
#define STEPMILL_FLOW_DEFINITION_SCRIPT_H

#include "flow/definition_check.h"

#define SCRIPT_TIMEOUT_SECONDS 900 /* unless set */
#define SCRIPT_COMMAND_MAX 65536
#define SCRIPT_ARGUMENTS_MAX 1000
#define SCRIPT_VARIABLES_MAX 200
#define SCRIPT_VARIABLE "STEPMILL_" /* and a number: what a template in a command became */

void check_script(struct check *c, const struct json *step, struct json *ret_step);

/* A step of another kind has none of a script step's members. */
void check_no_script(struct check *c, const struct json *step);

/* What plan() fills (command when it is a list, env, input) and what the shell is told; false: it was never checked. */
bool definition_read_script(struct arena *arena, const struct json *from, struct step_def *step);

bool script_variable_valid(struct str name);
bool script_path_valid(struct str path); /* relative, and never upwards */

#endif

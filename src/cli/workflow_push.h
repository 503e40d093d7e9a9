/* Making or changing one workflow as a file says: what "workflow push" does with each, and "workflow sync" with those of a folder. */
#ifndef STEPMILL_CLI_WORKFLOW_PUSH_H
#define STEPMILL_CLI_WORKFLOW_PUSH_H

#include "cli/remote.h"
#include "cli/workflow_file.h"

struct push {
	struct remote remote;
	const char *message;
	bool dry;   /* only say what is there */
	bool quiet; /* of what is as it was nothing is said */
	unsigned made, changed;
};

/* Says what came of it. *ret_id: the workflow's; NULL when it is not there, and this was only tried. */
bool push_workflow_file(struct push *push, const struct workflow_file *file, const char **ret_id, struct err *err);
/* Why it was refused: what the server's checker says, with file, line and column, or the error itself. */
void push_tell(struct push *push, const struct workflow_file *file, const struct err *err);

/* Whether the server finds it valid; of several in a file any of them. What is wrong is told. False: it could not be asked. */
bool push_check(struct push *push, const struct workflow_file *file, bool *ret_valid, struct err *err);
/* A line about a workflow: "made", "gone", … `path` NULL: of no file. */
void push_say(
	const struct push *push, const char *path, struct str name, const struct json *workflow, const char *what);

#endif

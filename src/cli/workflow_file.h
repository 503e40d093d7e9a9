/*
 * Workflows in files, JSON or YAML: one, or several below "workflows". Each is {"id", "name", "description", "definition": {…}}, or the
 * definition itself with id, name and description beside its members.
 */
#ifndef STEPMILL_CLI_WORKFLOW_FILE_H
#define STEPMILL_CLI_WORKFLOW_FILE_H

#include "cli/cli.h"
#include "json/json.h"

struct workflow_file {
	const char *path;
	const char *id;		 /* NULL: it has none */
	const char *name;	 /* that of the file, where it names none */
	struct str description;	 /* p NULL: it says none */
	struct json *definition; /* its nodes know their line and column */
};

bool workflow_file_read(
	struct cli *cli, const char *path, struct workflow_file **ret_files, unsigned *ret_count, struct err *err);

/* Says each issue with file, line and column where it stands in the file: "FILE:3:7: …". */
void workflow_file_issues(const struct cli *cli, const struct workflow_file *file, const struct err *err);

#endif

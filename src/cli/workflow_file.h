/*
 * Workflows in files, JSON, YAML or TypeScript: {"id", "name", "description", "definition": {…}} as "workflow pull" writes it, or a document as
 * flow/document.h reads it, with one workflow or several.
 */
#ifndef STEPMILL_CLI_WORKFLOW_FILE_H
#define STEPMILL_CLI_WORKFLOW_FILE_H

#include "cli/cli.h"
#include "flow/document.h"

struct workflow_file {
	const char *path;
	const char *id;		 /* NULL: it has none that is one of ours */
	const char *name;	 /* that of the file, where it names none */
	struct str description;	 /* p NULL: it says none */
	struct json *definition; /* in the contract's words; its nodes know their line and column */
	const char *prefix;	 /* of paths in it */
	struct str text;	 /* of the whole file */
	bool source;		 /* the text is a document with this workflow alone: what a server may keep */
	bool pulled;		 /* as "workflow pull" writes it */
	struct json *origin;	 /* what its version says it came from; NULL: nothing */
	enum document_format format;
};

/* False, and told to standard error with file, line and column. */
bool workflow_file_read(struct cli *cli, const char *path, struct workflow_file **ret_files, unsigned *ret_count);

/* What a server's checker has found, with `prefix` before its paths. */
void workflow_file_take(struct findings *findings, const struct json *list, bool warnings, const char *prefix);
/* Says each error with file, line and column where it stands: "FILE:3:7: …". */
void workflow_file_findings(const struct workflow_file *file, struct findings *findings);
/* The same of a server's issues about "/definition/…". */
void workflow_file_issues(const struct workflow_file *file, const struct err *err);

#endif

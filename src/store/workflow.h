/* Workflows, as the API reads and makes them. */
#ifndef STEPMILL_STORE_WORKFLOW_H
#define STEPMILL_STORE_WORKFLOW_H

#include "flow/definition.h"
#include "store/thing.h"

struct workflow_new {
	struct id id;
	struct str name, description, message, type, definition; /* canonical */
	struct str source;					 /* what it was made of; p NULL: JSON */
	struct str origin;					 /* JSON: the file it came from; p NULL: none */
	const char *visibility;
	int64_t step_count;
	bool share_prompts; /* that fewer people see than will see the workflow */
};

/* What stays has p NULL. */
struct workflow_change {
	struct id id;
	struct change change;
	struct str name, description, message;
	struct str type, definition; /* canonical; with its steps */
	struct str source;	     /* what it was made of */
	struct str origin;	     /* the file it came from */
	int64_t step_count;
	bool share_prompts;
};

/* `agent`: only those whose current version asks it; NULL: all. */
bool workflow_list(const struct caller *caller, const struct page_ask *ask, const struct id *agent,
	struct page *ret_page, struct err *err);
bool workflow_read(
	const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision, struct err *err);
bool workflow_create(const struct caller *caller, const struct workflow_new *workflow, const struct once *once,
	struct created *ret_created, struct err *err);

/* A definition that differs from the current one makes a version. The answer is the workflow as it is now. */
bool workflow_change(const struct caller *caller, const struct workflow_change *workflow, struct str *ret_json,
	int64_t *ret_revision, struct err *err);
bool workflow_archive(const struct caller *caller, struct id id, const struct change *change, struct err *err);
bool workflow_versions(const struct caller *caller, struct id id, int64_t limit, int64_t below,
	struct version_page *ret_page, struct err *err);
bool workflow_version_read(
	const struct caller *caller, struct id id, int64_t version, struct str *ret_json, struct err *err);

/* What a run's input must be: of `version`, or of the current one when it is 0. */
bool workflow_input(const struct caller *caller, struct id id, int64_t version, int64_t *ret_version,
	struct str *ret_schema, struct err *err);

/* Facts of those workflows that the caller can see, as prompt_load_facts. */
bool workflow_load_facts(const struct caller *caller, const struct str *ids, const int64_t *versions, unsigned count,
	struct workflow_facts **ret_facts, unsigned *ret_count, struct err *err);

/* ---- for the files of this directory ---- */

extern const struct thing workflow_thing;
/* Name to share_prompts, as the statements that make a workflow take them. */
void workflow_params(struct db_batch *batch, const struct workflow_new *workflow);

#endif

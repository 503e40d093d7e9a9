/* Workflows, as the API reads and makes them. */
#ifndef STEPMILL_STORE_WORKFLOW_H
#define STEPMILL_STORE_WORKFLOW_H

#include "store/caller.h"

struct workflow_new {
	struct id id;
	struct str name, description, type, definition; /* canonical */
	const char *visibility;
	int64_t step_count;
};

bool workflow_list(const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err);
bool workflow_read(const struct caller *caller, struct id id, struct str *ret_json, struct err *err);
bool workflow_create(const struct caller *caller, const struct workflow_new *workflow, const struct once *once,
	struct created *ret_created, struct err *err);

/* What a run's input must be: of `version`, or of the current one when it is 0. */
bool workflow_input(const struct caller *caller, struct id id, int64_t version, int64_t *ret_version,
	struct str *ret_schema, struct err *err);

#endif

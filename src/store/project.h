/* Projects, as the API reads and makes them. */
#ifndef STEPMILL_STORE_PROJECT_H
#define STEPMILL_STORE_PROJECT_H

#include "store/thing.h"

#define BOARD_RUNS 200

/* What stays has p NULL, or is not set; of a new project: what is not given. */
struct project_change {
	struct id id;
	struct change change;
	struct str name, description, config; /* config: JSON */
	bool sets_workflow, sets_directory, sets_archived;
	const struct id *workflow; /* NULL: none */
	struct str directory;	   /* p NULL: none */
	bool archived;
};

bool project_list(
	const struct caller *caller, const struct page_ask *ask, bool archived, struct page *ret_page, struct err *err);
bool project_read(
	const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision, struct err *err);
bool project_create(const struct caller *caller, const struct project_change *project, const struct once *once,
	struct created *ret_created, struct err *err);
/* The answer is the project as it is now. */
bool project_change(const struct caller *caller, const struct project_change *project, struct str *ret_json,
	int64_t *ret_revision, struct err *err);

bool project_delete(const struct caller *caller, struct id id, int64_t assumed, struct err *err);

/* Its newest runs by the phases they are in; `ids`: only these of them, NULL: all. */
bool project_board(const struct caller *caller, struct id id, const struct id *ids, unsigned count,
	struct str *ret_json, struct err *err);

/* The workflow of runs in it that name no other; false in ret_has: none. */
bool project_workflow(
	const struct caller *caller, struct id id, bool *ret_has, struct id *ret_workflow, struct err *err);

#endif

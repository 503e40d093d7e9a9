/* Many runs at once, and the end of runs that nobody needs. */
#ifndef STEPMILL_STORE_RUN_MANAGE_H
#define STEPMILL_STORE_RUN_MANAGE_H

#include "store/run.h"
#include "json/json.h"

#define BULK_MOST 10000	     /* runs a call */
#define BULK_RETRY_MOST 1000 /* each of them is looked at by itself */

/* Only a run that has ended: ERR_CONFLICT otherwise. Nobody sees it any more; its rows are removed later. */
bool run_delete(const struct caller *caller, struct id run, struct err *err);

/* Which runs, newest first; what is not said is any. */
struct bulk_ask {
	const char *deed; /* cancel, delete, retry */
	bool by_workflow, by_project;
	struct id workflow, project;
	const struct db_array *statuses, *ids; /* NULL: all */
	struct str since, before;	       /* times; p NULL: any */
	bool has_cursor;
	int64_t us;
	struct id id;
	int64_t most;
	bool dry_run;
	bool from_start, latest; /* of a retry: otherwise from the failed step, on the same version */
	struct str models;	 /* JSON; p NULL: the same */
	int planner;
};
/* Of a JSON list that was checked; NULL for none. */
const struct db_array *bulk_texts(struct arena *arena, const struct json *list);
const struct db_array *bulk_ids(struct arena *arena, const struct json *list);

struct bulk_result {
	int64_t matched, accepted;
	bool more; /* where the next call goes on: */
	int64_t us;
	struct id id;
};
bool run_bulk(const struct caller *caller, const struct bulk_ask *ask, struct bulk_result *ret_result, struct err *err);

#endif

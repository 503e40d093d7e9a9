/* A workspace's own settings. */
#ifndef STEPMILL_STORE_WORKSPACE_H
#define STEPMILL_STORE_WORKSPACE_H

#include "store/thing.h"

/* The workspace of the caller. */
bool workspace_read(const struct caller *caller, struct str *ret_json, struct err *err);

struct workspace_change {
	struct str name, slug;	/* p NULL: as they are */
	bool retention;		/* change it: */
	int64_t retention_days; /* 0: runs are kept */
};
/* A new one, owned by the caller, who has no workspace yet. slug p NULL: made from the name. */
bool workspace_create(const struct caller *caller, struct id id, struct str name, struct str slug,
	const struct once *once, struct created *ret_created, struct err *err);
bool workspace_archive(const struct caller *caller, bool away, struct str *ret_json, struct err *err);
/* Changes what is to be changed, and reads it. */
bool workspace_change(
	const struct caller *caller, const struct workspace_change *change, struct str *ret_json, struct err *err);

#endif

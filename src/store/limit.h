/* Limits, as people see and set them; what executors draw from them is in store/quota.h. */
#ifndef STEPMILL_STORE_LIMIT_H
#define STEPMILL_STORE_LIMIT_H

#include "store/caller.h"
#include "store/quota.h"

struct limit_new {
	struct str scope;
	enum quota_unit unit;
	int64_t cap;		  /* billionths of a dollar, calls at once, calls in period_ms */
	const char *period;	  /* of money: none, day, month */
	int64_t period_ms, burst; /* of a rate */
};

bool limit_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool limit_put(const struct caller *caller, const struct limit_new *limit, struct str *ret_json, struct err *err);
bool limit_delete(const struct caller *caller, struct str scope, enum quota_unit unit, struct err *err);

#endif

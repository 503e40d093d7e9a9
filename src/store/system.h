/* About the server itself. */
#ifndef STEPMILL_STORE_SYSTEM_H
#define STEPMILL_STORE_SYSTEM_H

#include "store/caller.h"

bool system_health(const struct caller *caller, struct err *err); /* one quick look, no second try */
bool system_prune(const struct caller *caller, struct err *err);  /* forgets Idempotency-Keys older than a day */
bool system_check_schema(struct db *db, struct err *err);	  /* the schema is the one this program was built for */

#endif

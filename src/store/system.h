/* About the server itself. */
#ifndef STEPMILL_STORE_SYSTEM_H
#define STEPMILL_STORE_SYSTEM_H

#include "store/caller.h"

/* One quick look, no second try: the database answers, and its schema is the one this program was built for. */
bool system_health(const struct caller *caller, struct err *err);
bool system_prune(const struct caller *caller, struct err *err); /* forgets Idempotency-Keys older than a day */

#endif

/* What is told of the whole installation to who watches it: numbers without anything of a workspace. */
#ifndef STEPMILL_STORE_METRICS_H
#define STEPMILL_STORE_METRICS_H

#include "base/arena.h"
#include "base/err.h"

struct db;

struct metric {
	struct str name;
	struct str label, value; /* empty: none */
	struct str number;
};
/* In order of their names. */
bool metrics_read(
	struct db *db, struct arena *arena, struct metric **ret_metrics, unsigned *ret_count, struct err *err);

#endif

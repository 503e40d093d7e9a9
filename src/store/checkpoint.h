/* Checkpoints of a run, each known by the number of the event that completed a step. */
#ifndef STEPMILL_STORE_CHECKPOINT_H
#define STEPMILL_STORE_CHECKPOINT_H

#include "store/caller.h"

/* After `after`, in their order; `ret_last`: where the next page starts. */
bool checkpoint_list(const struct caller *caller, struct id run, int64_t limit, int64_t after, struct str *ret_json,
	bool *ret_more, int64_t *ret_last, struct err *err);
bool checkpoint_read(
	const struct caller *caller, struct id run, int64_t checkpoint, struct str *ret_json, struct err *err);

#endif

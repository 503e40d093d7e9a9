/* When the steps of runs ended, and in which order: what the code of a workflow is run over (exec/replay.c). */
#ifndef STEPMILL_STORE_REPLAY_H
#define STEPMILL_STORE_REPLAY_H

#include "base/id.h"
#include "db/db.h"

struct replay_keys;
struct replay_keys *replay_keys_new(struct arena *arena);
void replay_keys_add(struct replay_keys *keys, struct id workspace, struct id run, struct str path, int64_t attempt);
int replay_read_add(struct db_batch *batch, const struct replay_keys *keys);
/* A row that is there: which of the keys, from 0. */
bool replay_row(
	const struct db_batch *batch, int index, int row, int64_t *ret_place, int64_t *ret_seq, int64_t *ret_ms);

#endif

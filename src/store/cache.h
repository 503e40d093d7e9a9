/* Outputs of steps that are kept between runs: sql/migrations/0016_step_cache.sql. What is kept goes with a flush (CHANGE_CACHED). */
#ifndef STEPMILL_STORE_CACHE_H
#define STEPMILL_STORE_CACHE_H

#include "db/db.h"

struct cache_keys;
struct cache_keys *cache_keys_new(struct arena *arena);
void cache_keys_add(struct cache_keys *keys, struct id workspace, struct id run, struct id workflow, struct str step,
	struct str digest);
int cache_read_add(struct db_batch *batch, const struct cache_keys *keys);
/* Of those that there are: which key, from 0. */
bool cache_row(const struct db_batch *batch, int index, int row, int64_t *ret_place, struct str *ret_output);

#endif

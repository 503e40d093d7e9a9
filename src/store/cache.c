/* Outputs of steps that are kept between runs; see cache.h. */
#include "store/cache.h"

struct cache_keys {
	struct db_array *workspaces, *runs, *workflows, *steps, *digests;
};

struct cache_keys *
cache_keys_new(struct arena *arena)
{
	struct cache_keys *keys = arena_new_of(arena, struct cache_keys);
	keys->workspaces = db_array_ids(arena);
	keys->runs = db_array_ids(arena);
	keys->workflows = db_array_ids(arena);
	keys->steps = db_array_texts(arena);
	keys->digests = db_array_texts(arena);
	return keys;
}

void
cache_keys_add(struct cache_keys *keys, struct id workspace, struct id run, struct id workflow, struct str step,
	struct str digest)
{
	db_array_id(keys->workspaces, workspace);
	db_array_id(keys->runs, run);
	db_array_id(keys->workflows, workflow);
	db_array_str(keys->steps, step);
	db_array_str(keys->digests, digest);
}

int
cache_read_add(struct db_batch *batch, const struct cache_keys *keys)
{
	int index = db_add(batch, DB_CACHE_READ);
	db_add_array(batch, keys->workspaces);
	db_add_array(batch, keys->runs);
	db_add_array(batch, keys->workflows);
	db_add_array(batch, keys->steps);
	db_add_array(batch, keys->digests);
	return index;
}

bool
cache_row(const struct db_batch *batch, int index, int row, int64_t *ret_place, struct str *ret_output)
{
	return db_value_int(batch, index, row, 0, ret_place) && db_value(batch, index, row, 1, ret_output);
}

/* Ends of steps; see replay.h. */
#include "store/replay.h"

struct replay_keys {
	struct db_array *workspaces, *runs, *paths, *attempts;
};

struct replay_keys *
replay_keys_new(struct arena *arena)
{
	struct replay_keys *keys = arena_new_of(arena, struct replay_keys);
	keys->workspaces = db_array_ids(arena);
	keys->runs = db_array_ids(arena);
	keys->paths = db_array_texts(arena);
	keys->attempts = db_array_ints(arena);
	return keys;
}

void
replay_keys_add(struct replay_keys *keys, struct id workspace, struct id run, struct str path, int64_t attempt)
{
	db_array_id(keys->workspaces, workspace);
	db_array_id(keys->runs, run);
	db_array_str(keys->paths, path);
	db_array_int(keys->attempts, attempt);
}

int
replay_read_add(struct db_batch *batch, const struct replay_keys *keys)
{
	int index = db_add(batch, DB_REPLAY_READ);
	db_add_array(batch, keys->workspaces);
	db_add_array(batch, keys->runs);
	db_add_array(batch, keys->paths);
	db_add_array(batch, keys->attempts);
	return index;
}

bool
replay_row(const struct db_batch *batch, int index, int row, int64_t *ret_place, int64_t *ret_seq, int64_t *ret_ms)
{
	return db_value_int(batch, index, row, 0, ret_place) && db_value_int(batch, index, row, 1, ret_seq) &&
	       db_value_int(batch, index, row, 2, ret_ms);
}

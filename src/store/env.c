/* Variables and secrets of workspaces; see env.h. */
#include "store/env.h"

struct env_keys {
	struct db_array *workspaces, *names;
};

struct env_keys *
env_keys_new(struct arena *arena)
{
	struct env_keys *keys = arena_new_of(arena, struct env_keys);
	keys->workspaces = db_array_ids(arena);
	keys->names = db_array_texts(arena);
	return keys;
}

void
env_keys_add(struct env_keys *keys, struct id workspace, struct str name)
{
	db_array_id(keys->workspaces, workspace);
	db_array_str(keys->names, name);
}

int
env_read_add(struct db_batch *batch, const struct env_keys *keys)
{
	int index = db_add(batch, DB_ENGINE_ENV);
	db_add_array(batch, keys->workspaces);
	db_add_array(batch, keys->names);
	return index;
}

struct str
hex_bytes(struct arena *arena, struct str hex)
{
	char *bytes = arena_alloc(arena, hex.n / 2 + 1);
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		bytes[i / 2] = (char)(str_hex_digit(hex.p[i]) << 4 | str_hex_digit(hex.p[i + 1]));
	return (struct str){bytes, hex.n / 2};
}

bool
env_row(const struct db_batch *batch, int index, int row, struct arena *arena, struct env_row *ret_row)
{
	struct str hex;
	struct env_row r = {0};
	if (!db_value_id(batch, index, row, 0, &r.workspace) || !db_value(batch, index, row, 1, &r.name))
		return false;
	db_value(batch, index, row, 2, &r.value);
	if (db_value(batch, index, row, 3, &hex))
		r.sealed = hex_bytes(arena, hex);
	*ret_row = r;
	return true;
}

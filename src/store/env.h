/* Variables and secrets of workspaces, by the names that definitions have. */
#ifndef STEPMILL_STORE_ENV_H
#define STEPMILL_STORE_ENV_H

#include "db/db.h"

struct env_row {
	struct id workspace;
	struct str name;
	struct str value;  /* of a variable */
	struct str sealed; /* of a secret; p NULL: it is none */
};

struct env_keys;
struct env_keys *env_keys_new(struct arena *arena);
void env_keys_add(struct env_keys *keys, struct id workspace, struct str name);
int env_read_add(struct db_batch *batch, const struct env_keys *keys);
/* Of those that there are; a name that is a variable and a secret is the secret. Texts live as long as the batch, or in the arena. */
bool env_row(const struct db_batch *batch, int index, int row, struct arena *arena, struct env_row *ret_row);

/* Bytes written as hexadecimal digits. */
struct str hex_bytes(struct arena *arena, struct str hex);

#endif

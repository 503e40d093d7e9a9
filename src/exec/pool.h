/* Arenas that come and go by the thousand (runs, attempts, journals): kept after a reset, so that a short one costs no
 * malloc. */
#ifndef STEPMILL_EXEC_POOL_H
#define STEPMILL_EXEC_POOL_H

#include "base/arena.h"

#define POOL_ROOM 512

struct pool {
	struct arena *spare[POOL_ROOM];
	unsigned count;
};

struct arena *pool_take(struct pool *pool);
void pool_give(struct pool *pool, struct arena *arena); /* its clean-ups run; NULL is fine */
void pool_release(struct pool *pool);

#endif

/* Spare arenas. One that has grown is freed instead: an arena keeps its newest block, and that is its largest. */
#include "exec/pool.h"

#define KEEP_MAX ((size_t)24 << 10)

struct arena *
pool_take(struct pool *pool)
{
	return pool->count > 0 ? pool->spare[--pool->count] : arena_new();
}

void
pool_give(struct pool *pool, struct arena *arena)
{
	if (!arena)
		return;
	if (pool->count == POOL_ROOM || arena_used(arena) > KEEP_MAX) {
		arena_free(arena);
		return;
	}
	arena_reset(arena);
	pool->spare[pool->count++] = arena;
}

void
pool_release(struct pool *pool)
{
	while (pool->count > 0)
		arena_free(pool->spare[--pool->count]);
}

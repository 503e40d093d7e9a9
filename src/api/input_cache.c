/* See input_cache.h. */
#include "api/input_cache.h"

#include <stdlib.h>

#define ENTRIES 64
#define TEXT_MAX ((size_t)64 << 10) /* a larger schema is compiled each time: it must not fill the worker's memory */

struct slot {
	struct input_entry entry;
	struct id workspace, workflow;
	int64_t asked;
	uint64_t used; /* when, by the cache's own count; 0: empty */
	struct arena *arena;
};

struct input_cache {
	uint64_t clock;
	struct slot slots[ENTRIES];
	struct slot large; /* never found again */
};

struct input_cache *
input_cache_new(void)
{
	struct input_cache *cache = calloc(1, sizeof *cache);
	if (!cache)
		out_of_memory();
	return cache;
}

void
input_cache_free(struct input_cache *cache)
{
	if (!cache)
		return;
	for (int i = 0; i < ENTRIES; i++)
		arena_free(cache->slots[i].arena);
	arena_free(cache->large.arena);
	free(cache);
}

static struct slot *
find(struct input_cache *cache, struct id workspace, struct id workflow, int64_t asked)
{
	for (int i = 0; i < ENTRIES; i++) {
		struct slot *slot = &cache->slots[i];
		if (slot->used && slot->asked == asked && id_eq(slot->workflow, workflow) &&
			id_eq(slot->workspace, workspace))
			return slot;
	}
	return NULL;
}

static struct slot *
oldest(struct input_cache *cache)
{
	struct slot *slot = &cache->slots[0];
	for (int i = 1; i < ENTRIES; i++)
		if (cache->slots[i].used < slot->used)
			slot = &cache->slots[i];
	return slot;
}

const struct input_entry *
input_cache_get(struct input_cache *cache, struct id workspace, struct id workflow, int64_t version)
{
	struct slot *slot = find(cache, workspace, workflow, version);
	if (!slot)
		return NULL;
	slot->used = ++cache->clock;
	return &slot->entry;
}

bool
input_cache_put(struct input_cache *cache, struct id workspace, struct id workflow, int64_t asked, int64_t version,
	struct str schema, const struct input_entry **ret_entry, struct err *err)
{
	struct slot *slot = find(cache, workspace, workflow, asked);
	if (schema.n > TEXT_MAX) {
		if (slot)
			slot->used = 0;
		slot = &cache->large;
	} else if (!slot) {
		slot = oldest(cache);
	}
	slot->used = 0;
	arena_free(slot->arena);
	slot->arena = arena_new();
	struct json *doc;
	struct schema *compiled;
	/* The tree points into the text, which belongs to the request. */
	if (!json_read(slot->arena, arena_str(slot->arena, schema), &json_limits_stored, &doc, err) ||
		!schema_compile(slot->arena, doc, "", &compiled, err)) {
		char why[sizeof err->message];
		memcpy(why, err->message, sizeof why);
		err_set(err, ERR_INTERNAL,
			"The stored definition of this workflow cannot be read. Save the workflow again.");
		err_detail(err, "input schema: %s", why);
		return false;
	}
	slot->entry = (struct input_entry){version, doc, compiled};
	slot->workspace = workspace;
	slot->workflow = workflow;
	slot->asked = asked;
	slot->used = ++cache->clock;
	*ret_entry = &slot->entry;
	return true;
}

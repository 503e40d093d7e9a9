/*
 * What a run's input must be, by workspace, workflow and version: compiled schemas, so that making a run costs one
 * round trip. A few dozen entries a worker, the one not used for longest goes first. An entry says nothing about who
 * may see the workflow: it is used to prepare a write that asks the database itself.
 */
#ifndef STEPMILL_API_INPUT_CACHE_H
#define STEPMILL_API_INPUT_CACHE_H

#include "base/id.h"
#include "json/schema.h"

struct input_cache;
struct input_cache *input_cache_new(void);
void input_cache_free(struct input_cache *cache);

struct input_entry {
	int64_t version;
	const struct json *doc; /* the schema as it is written, with the defaults of what is left out */
	const struct schema *schema;
};

/* `version` 0: the version that was the current one when it was put in. NULL: not there. Valid until the next put. */
const struct input_entry *input_cache_get(
	struct input_cache *cache, struct id workspace, struct id workflow, int64_t version);
/* `asked` is what get will be called with: 0 or the version. Compiles the schema's text. */
bool input_cache_put(struct input_cache *cache, struct id workspace, struct id workflow, int64_t asked, int64_t version,
	struct str schema, const struct input_entry **ret_entry, struct err *err);

#endif

/* A list of a schema and values: compiling and checking must end, and a refusal must name at least one place. */
#include "json/schema.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct json_limits limits = {.bytes = 1 << 13, .depth = 24, .nodes = 500};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct json *doc;
	struct schema *schema;
	static struct err err;
	err_clear(&err);
	if (json_read(arena, (struct str){(const char *)bytes, size}, &limits, &doc, &err) && json_at(doc, 0)) {
		if (schema_compile(arena, doc, "/0", &schema, &err)) {
			json_each (value, doc) {
				err_clear(&err);
				if (!schema_check(schema, value, "", &err) && err.code != ERR_LIMIT &&
					err.issue_count == 0)
					abort();
			}
		} else if (err.message[0] == '\0') {
			abort();
		}
	}
	arena_free(arena);
	return 0;
}

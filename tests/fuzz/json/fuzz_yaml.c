/* Any bytes as YAML: what is accepted must be JSON that our own strict reader accepts. */
#include "json/writer.h"
#include "json/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct json_limits limits = {.bytes = 1 << 14, .depth = 32, .nodes = 5000};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct json *doc, *again;
	static struct err err;
	err_clear(&err);
	if (yaml_read(arena, (struct str){(const char *)bytes, size}, &limits, &doc, &err)) {
		struct str text = json_text(arena, doc);
		if (!json_read(arena, text, &json_limits_stored, &again, &err) || !json_equal(doc, again))
			abort();
	} else if (err.message[0] == '\0' || (size <= limits.bytes && (err.line < 1 || err.column < 1))) {
		abort();
	}
	arena_free(arena);
	return 0;
}

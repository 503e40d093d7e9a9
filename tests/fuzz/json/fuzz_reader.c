/*
 * Any bytes through the reader. What it accepts must be written as the same document again and compare equal; what it
 * refuses must name a place inside the text, and no limit may be passed.
 */
#include "json/writer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct json_limits limits = {.bytes = 1 << 16, .depth = 32, .nodes = 5000};

static void
must(bool condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct json *doc, *again;
	static struct err err;
	err_clear(&err);
	if (json_read(arena, (struct str){(const char *)bytes, size}, &limits, &doc, &err)) {
		struct str text = json_text(arena, doc);
		must(str_utf8_bad(text) == text.n);
		must(json_read(arena, text, &json_limits_stored, &again, &err));
		must(json_equal(doc, again) && json_equal(json_copy(arena, doc), again));
		must(str_eq(json_text(arena, again), text));
	} else {
		must(err.code == ERR_MALFORMED || err.code == ERR_LIMIT);
		must(err.message[0] != '\0');
		must(size > limits.bytes || (err.line >= 1 && err.column >= 1 && err.line + err.column <= size + 2));
	}
	arena_free(arena);
	return 0;
}

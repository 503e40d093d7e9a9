/* Any text behind "{{", and as the body of a function: where it ends, and that what is named of the run stands where it is said to. */
#include "flow/expression.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* In their order, each within the source, and each path begins with a name. */
static void
look_at(const struct expression *e, size_t size)
{
	size_t last = 0;
	for (unsigned i = 0; i < e->ref_count; i++) {
		const struct expression_ref *ref = &e->refs[i];
		must(ref->from >= last && ref->from < ref->to && ref->to <= size);
		must(ref->path.n > 0 && ref->path.p[0] != '.');
		last = ref->to;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = {(const char *)bytes, size};
	struct expression expression = {0};
	struct expression_fault fault = {0};
	size_t end = 0;
	if (size > 20000 || str_utf8_bad(text) != size || memchr(bytes, '\0', size))
		return 0; /* texts come from the reader of JSON */
	struct arena *arena = arena_new();
	switch (expression_scan(arena, text, 0, &expression, &end, &fault)) {
	case EXPRESSION_WHOLE:
		must(end + 2 <= size && memcmp(text.p + end, "}}", 2) == 0);
		must(expression.source.n > 0 && expression.source.n <= end);
		must(expression.source.n <= EXPRESSION_BYTES_MAX);
		look_at(&expression, expression.source.n);
		break;
	case EXPRESSION_BAD:
		must(fault.what && fault.at <= size);
		break;
	case EXPRESSION_OPEN:
		break;
	}
	expression = (struct expression){0};
	fault = (struct expression_fault){0};
	if (expression_env(arena, text, &expression, &fault))
		look_at(&expression, size);
	else
		must(fault.what && fault.at <= size);
	arena_free(arena);
	return 0;
}

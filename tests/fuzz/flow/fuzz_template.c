/* Any text as a template: what one function takes the others take, and what is written anew means the same. */
#include "flow/template.h"
#include "json/writer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
as_it_is(void *with, const struct template_ref *ref, struct str *ret_path, struct err *err)
{
	(void)err;
	++*(unsigned *)with;
	*ret_path = ref->path;
	return true;
}

static void
write_anew(struct arena *arena, struct str text, const struct json *root)
{
	static struct err err;
	struct json *before, *after;
	struct str written;
	unsigned seen = 0;
	err_clear(&err);
	if (!template_rewrite(arena, text, as_it_is, &seen, &written, &err))
		return;
	struct err one, two;
	err_clear(&one);
	err_clear(&two);
	bool was = template_fill(arena, text, root, &before, &one),
	     is = template_fill(arena, written, root, &after, &two);
	must(was == is && (!was || json_equal(before, after)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct str data =
		STR("{\"input\":{\"text\":\"a\",\"n\":1.50,\"list\":[1,\"b\",{\"c\":null}],\"o\":{\"\\u00fc\":true}},"
		    "\"steps\":{\"one\":{\"output\":{\"t\":\"x\",\"l\":[]}},\"two\":{\"output\":null}}}");
	static struct err err;
	struct str text = {(const char *)bytes, size}, filled, *names;
	struct template_ref *refs;
	unsigned count;
	struct json *root, *value;
	if (size > 4096 || str_utf8_bad(text) != size || memchr(text.p, '\0', size))
		return 0; /* texts come from the reader of JSON */
	struct arena *arena = arena_new();
	must(json_read(arena, data, &json_limits_stored, &root, NULL));
	err_clear(&err);
	bool has_refs = template_refs(arena, text, &refs, &count, &err);
	must(has_refs ? count <= TEMPLATE_REFS_MAX : err.message[0] != '\0');
	err_clear(&err);
	bool has_names = template_variables(arena, text, &names, &count, &err);
	for (unsigned i = 0; has_names && i < count; i++)
		for (unsigned k = 0; k < i; k++)
			must(!str_eq(names[i], names[k]));
	err_clear(&err);
	if (template_fill(arena, text, root, &value, &err))
		must(has_refs && json_text(arena, value).n > 0);
	else
		must(err.message[0] != '\0');
	err_clear(&err);
	if (template_fill_text(arena, text, json_get(root, "input"), 2000, &filled, &err))
		must(filled.n <= 2000 && str_utf8_bad(filled) == filled.n);
	err_clear(&err);
	(void)template_expressions(arena, json_new_str(arena, text), &names, &count, &err);
	for (size_t at = 0; at < size; at++)
		must(template_end(arena, text, at) <= size);
	write_anew(arena, text, root);
	arena_free(arena);
	return 0;
}

/* Any text that holds secrets: none is in what is shown, whoever has the patches gets it back, and a piece of a stream shows no beginning of one. */
#include "flow/mask.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct mask_secret secrets[] = {
	{STR("ONE"), STR("s3cr3t-One")}, {STR("TWO"), STR("a\"b\\c/d e")}, {STR("INNER"), STR("cr3t")}};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
holds(struct str text, struct str what)
{
	return text.n > 0 && memmem(text.p, text.n, what.p, what.n) != NULL;
}

/* `%1`, `%2` and `%3` in the bytes stand for the secrets: chance would not write one. */
static struct str
with_secrets(struct arena *arena, struct str bytes)
{
	char *out = arena_alloc(arena, bytes.n * 8 + 1);
	size_t n = 0;
	for (size_t i = 0; i < bytes.n; i++)
		if (bytes.p[i] == '%' && i + 1 < bytes.n && bytes.p[i + 1] >= '1' && bytes.p[i + 1] <= '3') {
			struct str value = secrets[bytes.p[++i] - '1'].value;
			memcpy(out + n, value.p, value.n);
			n += value.n;
		} else {
			out[n++] = bytes.p[i];
		}
	return (struct str){out, n};
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str given = {(const char *)bytes, size};
	struct json *patches = NULL, *back;
	struct err err;
	if (size > 2000 || str_utf8_bad(given) != size || memchr(bytes, '\0', size))
		return 0; /* texts come from the reader of JSON */
	struct arena *arena = arena_new();
	struct mask *mask = mask_new(arena, secrets, sizeof secrets / sizeof *secrets);
	struct str text = with_secrets(arena, given), shown = mask_text(arena, mask, text);
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		must(!holds(shown, secrets[i].value));
	must(str_utf8_bad(shown) == shown.n);

	struct json *value = json_new_object(arena), *list = json_new_array(arena);
	json_push(list, json_new_str(arena, text));
	json_add(value, STR("list"), list);
	struct json *masked = mask_value(arena, mask, value, &patches);
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		must(!holds(json_text(arena, masked), secrets[i].value));
	err_clear(&err);
	must(mask_restore(arena, masked, patches, &back, &err) && json_equal(back, value));

	/* Streamed in two pieces it must be as safe as in one. */
	size_t cut = size > 0 ? text.n * bytes[0] / 256 : 0;
	struct str piece = {text.p, cut};
	piece.n = str_utf8_bad(piece);
	size_t settled = mask_settled(mask, piece);
	must(settled <= piece.n);
	struct str first = mask_text(arena, mask, (struct str){text.p, settled}),
		   rest = mask_text(arena, mask, (struct str){text.p + settled, text.n - settled});
	char *both = arena_printf(arena, "%.*s%.*s", STR_ARG(first), STR_ARG(rest));
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		must(!holds(str_of(both), secrets[i].value));
	arena_free(arena);
	return 0;
}

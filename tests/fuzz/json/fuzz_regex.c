/*
 * A line with an expression, then lines of text: what is accepted must mean the same with the JIT and without, and a text
 * that is not UTF-8 never comes this far.
 */
#include "json/regex.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct str
line(struct str *rest)
{
	const char *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
	struct str head = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
	size_t past = head.n + (end != NULL);
	*rest = (struct str){rest->p + past, rest->n - past};
	return head;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str rest = {(const char *)bytes, size};
	struct regex *regex;
	char why[REGEX_WHY_SIZE] = "";
	if (str_utf8_bad(rest) != rest.n)
		return 0;
	struct arena *arena = arena_new();
	if (regex_compile(arena, line(&rest), &regex, why)) {
		enum regex_result first[8];
		struct str texts[8];
		size_t n = 0;
		/* A new expression for the first text, so that the JIT is not used yet. */
		for (; n < 8 && rest.n > 0; n++) {
			struct regex *fresh;
			texts[n] = line(&rest);
			if (!regex_compile(arena, regex_source(regex), &fresh, why))
				abort();
			first[n] = regex_match(fresh, texts[n]);
		}
		for (size_t turn = 0; turn < 2; turn++)
			for (size_t i = 0; i < n; i++) {
				enum regex_result again = regex_match(regex, texts[i]);
				bool gave_up = again == REGEX_GIVES_UP || first[i] == REGEX_GIVES_UP;
				if (again != first[i] && !gave_up)
					abort();
			}
	} else if (!why[0]) {
		abort();
	}
	arena_free(arena);
	return 0;
}

/*
 * What the built-in model does with a text: plain, deterministic algorithms over sentences and word counts. For
 * builtin.c. Texts are valid UTF-8 and stay so: nothing is cut inside a character.
 */
#ifndef STEPMILL_PROVIDERS_BUILTIN_TEXT_H
#define STEPMILL_PROVIDERS_BUILTIN_TEXT_H

#include "base/arena.h"

#include <stdint.h>

struct str text_trim(struct str text);
struct str text_clip(struct str text, size_t bytes); /* never half a character */

/* What stands behind the first blank line of a prompt, or all of it when there is none. */
struct str text_material(struct str prompt);
struct str text_last_paragraph(struct str prompt);

struct sentences {
	struct str *list; /* blanks made single, bullets taken off */
	unsigned count;
};
void text_sentences(struct arena *arena, struct str material, struct sentences *ret_sentences);

struct str text_extract(struct arena *arena, struct str material);
struct str text_summarise(struct arena *arena, struct str material);
struct str text_actions(struct arena *arena, struct str material);
struct str text_score(struct arena *arena, struct str material);

/* About what a tokeniser would count: one for four bytes. */
int64_t text_tokens(struct str text);

#endif

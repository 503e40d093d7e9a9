/*
 * Regular expressions as ECMAScript writes them (with its "u" flag), run by PCRE2: translated, compiled once, by JIT where
 * that exists from the second text on. The work for one text is bounded.
 *
 * PCRE2's own extensions are refused: what an expression means does not depend on who reads it.
 */
#ifndef STEPMILL_JSON_REGEX_H
#define STEPMILL_JSON_REGEX_H

#include "base/arena.h"

struct regex;

#define REGEX_WHY_SIZE 160

/* `arena` NULL: only to see whether it is one; *ret_regex is not set. `ret_why` is a sentence for a person. */
bool regex_compile(struct arena *arena, struct str text, struct regex **ret_regex, char ret_why[REGEX_WHY_SIZE]);

enum regex_result { REGEX_MISSES, REGEX_MATCHES, REGEX_GIVES_UP };
/* Anywhere in the text, which is UTF-8. */
enum regex_result regex_match(const struct regex *regex, struct str text);

struct str regex_source(const struct regex *regex);
size_t regex_size(const struct regex *regex); /* bytes of memory; a short one with large counts may take 60 KB */

/* The same expression in PCRE2's words. False when it is none of ECMAScript's. */
struct buf;
bool regex_translate(struct str text, struct buf *out, char ret_why[REGEX_WHY_SIZE]);

#endif

/* A slice: bytes that somebody else owns, with their length. Never assumed to end in NUL. */
#ifndef STEPMILL_BASE_STR_H
#define STEPMILL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

static inline struct str
str_of(const char *z)
{
	return (struct str){z, z ? strlen(z) : 0};
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
str_is(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

static inline bool
str_starts(struct str a, struct str prefix)
{
	return a.n >= prefix.n && memcmp(a.p, prefix.p, prefix.n) == 0;
}

/* 0 to 15, either case; -1 for anything else. */
int str_hex_digit(char c);

/* Decimal digits only, no sign, no blanks, at most max. */
bool str_to_u64(struct str s, unsigned long long max, unsigned long long *ret_value);

/* Strict UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. The offset of the first bad byte, or s.n. */
size_t str_utf8_bad(struct str s);

/* Characters (code points) of valid UTF-8. */
size_t str_utf8_length(struct str s);

#endif

/*
 * ECMAScript's regular expressions, one token after the other, into PCRE2's. Where both agree a token is copied; what only
 * PCRE2 knows (\A, \h, (?>…), a++, (*UTF), …) is refused; what they mean differently (\s, \v, ., \u…, [ in a class) is written
 * so that PCRE2 does what ECMAScript says.
 */
#include "base/buf.h"
#include "json/regex.h"

#include <stdint.h>
#include <stdio.h>

/* Between brackets: what \s is, and what it is not. */
#define SPACES \
	"\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{" \
	"feff}"
#define NO_SPACES \
	"\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}" \
	"\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"

struct translation {
	struct str rest;
	struct buf *out;
	char *why;
};

static bool
refuse(struct translation *t, const char *what, size_t length)
{
	struct str shown = {t->rest.p, length < t->rest.n ? length : t->rest.n};
	snprintf(t->why, REGEX_WHY_SIZE, "%s: %.*s", what, STR_ARG(shown));
	return false;
}

static char
peek(const struct translation *t, size_t at)
{
	return at < t->rest.n ? t->rest.p[at] : '\0';
}

static void
skip(struct translation *t, size_t n)
{
	n = n < t->rest.n ? n : t->rest.n;
	t->rest = (struct str){t->rest.p + n, t->rest.n - n};
}

static void
copy(struct translation *t, size_t n)
{
	buf_add(t->out, t->rest.p, n < t->rest.n ? n : t->rest.n);
	skip(t, n);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- escapes ---- */

/* `n` hexadecimal digits at `at`; -1 when they are not. */
static int64_t
hex(const struct translation *t, size_t at, size_t n)
{
	int64_t value = 0;
	for (size_t i = 0; i < n; i++) {
		int digit = str_hex_digit(peek(t, at + i));
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static bool
put_code(struct translation *t, int64_t code, size_t length)
{
	if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return refuse(t, "This is no character", length);
	buf_printf(t->out, "\\x{%x}", (unsigned)code);
	skip(t, length);
	return true;
}

/* \uXXXX, two of them for a character past U+FFFF, or \u{X…}. */
static bool
translate_u(struct translation *t)
{
	if (peek(t, 2) == '{') {
		size_t n = 0;
		while (str_hex_digit(peek(t, 3 + n)) >= 0 && n < 7)
			n++;
		if (n == 0 || n > 6 || peek(t, 3 + n) != '}')
			return refuse(t, "This is no character", 10);
		return put_code(t, hex(t, 3, n), n + 4);
	}
	int64_t code = hex(t, 2, 4);
	if (code >= 0xd800 && code <= 0xdbff && peek(t, 6) == '\\' && peek(t, 7) == 'u') {
		int64_t low = hex(t, 8, 4);
		if (low >= 0xdc00 && low <= 0xdfff)
			return put_code(t, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), 12);
	}
	return put_code(t, code, 6);
}

/* Names of general categories that PCRE2 knows only by their abbreviation. */
static const char *const categories[][2] = {
	{"Letter", "L"},
	{"Cased_Letter", "L&"},
	{"LC", "L&"},
	{"Uppercase_Letter", "Lu"},
	{"Lowercase_Letter", "Ll"},
	{"Titlecase_Letter", "Lt"},
	{"Modifier_Letter", "Lm"},
	{"Other_Letter", "Lo"},
	{"Mark", "M"},
	{"Combining_Mark", "M"},
	{"Nonspacing_Mark", "Mn"},
	{"Spacing_Mark", "Mc"},
	{"Enclosing_Mark", "Me"},
	{"Number", "N"},
	{"Decimal_Number", "Nd"},
	{"digit", "Nd"},
	{"Letter_Number", "Nl"},
	{"Other_Number", "No"},
	{"Punctuation", "P"},
	{"punct", "P"},
	{"Connector_Punctuation", "Pc"},
	{"Dash_Punctuation", "Pd"},
	{"Open_Punctuation", "Ps"},
	{"Close_Punctuation", "Pe"},
	{"Initial_Punctuation", "Pi"},
	{"Final_Punctuation", "Pf"},
	{"Other_Punctuation", "Po"},
	{"Symbol", "S"},
	{"Math_Symbol", "Sm"},
	{"Currency_Symbol", "Sc"},
	{"Modifier_Symbol", "Sk"},
	{"Other_Symbol", "So"},
	{"Separator", "Z"},
	{"Space_Separator", "Zs"},
	{"Line_Separator", "Zl"},
	{"Paragraph_Separator", "Zp"},
	{"Other", "C"},
	{"Control", "Cc"},
	{"cntrl", "Cc"},
	{"Format", "Cf"},
	{"Surrogate", "Cs"},
	{"Private_Use", "Co"},
	{"Unassigned", "Cn"},
};

/* \p{…}: names of categories are shortened, scripts and properties are PCRE2's as they are. */
static bool
translate_property(struct translation *t)
{
	const char *end = t->rest.n > 2 ? memchr(t->rest.p, '}', t->rest.n) : NULL;
	if (peek(t, 2) != '{' || !end || end - t->rest.p > 80)
		return refuse(t, "A property is written \\p{Name}", 10);
	size_t length = (size_t)(end - t->rest.p) + 1;
	struct str name = {t->rest.p + 3, length - 4};
	static const char *const prefixes[] = {"General_Category=", "gc="};
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (str_starts(name, str_of(prefixes[i])))
			name = (struct str){name.p + strlen(prefixes[i]), name.n - strlen(prefixes[i])};
	for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++)
		if (str_is(name, categories[i][0]))
			name = str_of(categories[i][1]);
	if (name.n == 0 || name.p[0] == '^')
		return refuse(t, "There is no such property", length);
	buf_printf(t->out, "\\%c{%.*s}", peek(t, 1), STR_ARG(name));
	skip(t, length);
	return true;
}

/* What stands for several characters; a "-" after it in a class is one. */
static bool
translate_set(struct translation *t, bool in_class)
{
	char c = peek(t, 1);
	if (c == 'p' || c == 'P') {
		if (!translate_property(t))
			return false;
	} else if (c == 's' || c == 'S') {
		buf_printf(t->out, "%s%s%s", in_class ? "" : "[", c == 's' ? SPACES : NO_SPACES, in_class ? "" : "]");
		skip(t, 2);
	} else {
		copy(t, 2);
	}
	if (in_class && peek(t, 0) == '-' && peek(t, 1) != ']') {
		buf_add_z(t->out, "\\-");
		skip(t, 1);
	}
	return true;
}

static bool
translate_back_reference(struct translation *t)
{
	size_t n = 1;
	while (is_digit(peek(t, n)))
		n++;
	if (n > 4)
		return refuse(t, "There is no such group", n);
	buf_printf(t->out, "\\g{%.*s}", (int)n - 1, t->rest.p + 1);
	skip(t, n);
	return true;
}

static bool
translate_escape(struct translation *t, bool in_class)
{
	char c = peek(t, 1);
	if (t->rest.n < 2)
		return refuse(t, "It ends in the middle of an escape", 1);
	if (strchr("dDwWsSpP", c) && c)
		return translate_set(t, in_class);
	switch (c) {
	case 't':
	case 'n':
	case 'r':
	case 'f':
		copy(t, 2);
		return true;
	case 'v':
		return put_code(t, 0x0b, 2);
	case 'b':
		if (in_class)
			return put_code(t, 0x08, 2);
		copy(t, 2);
		return true;
	case 'B':
		if (in_class)
			break;
		copy(t, 2);
		return true;
	case 'c':
		if (!is_letter(peek(t, 2)))
			break;
		return put_code(t, peek(t, 2) & 31, 3);
	case 'x':
		return put_code(t, hex(t, 2, 2), 4);
	case 'u':
		return translate_u(t);
	case '0':
		if (is_digit(peek(t, 2)))
			break;
		return put_code(t, 0, 2);
	case 'k':
		if (in_class || peek(t, 2) != '<')
			break;
		copy(t, 2);
		return true;
	default:
		if (is_digit(c) && !in_class)
			return translate_back_reference(t);
		if (is_letter(c) || is_digit(c))
			break;
		/* Any mark may be escaped, as people do; ECMAScript is stricter only about which need it. */
		copy(t, 2);
		while (t->rest.n > 0 && ((unsigned char)t->rest.p[0] & 0xc0) == 0x80)
			copy(t, 1);
		return true;
	}
	return refuse(t, "ECMAScript knows no such escape", 2);
}

/* ---- classes, groups, quantifiers ---- */

static bool
translate_class(struct translation *t)
{
	copy(t, peek(t, 1) == '^' ? 2 : 1);
	while (t->rest.n > 0 && peek(t, 0) != ']') {
		if (peek(t, 0) == '\\') {
			if (!translate_escape(t, true))
				return false;
		} else {
			if (peek(t, 0) == '[')
				buf_add_char(t->out, '\\');
			copy(t, 1);
		}
	}
	if (t->rest.n == 0)
		return refuse(t, "A class has no end: ] is missing", 0);
	copy(t, 1);
	return true;
}

static bool
translate_group(struct translation *t)
{
	static const char *const known[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?i:", "(?-i:"};
	if (peek(t, 1) == '*')
		return refuse(t, "ECMAScript knows no such group", 3);
	if (peek(t, 1) != '?') {
		copy(t, 1);
		return true;
	}
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_starts(t->rest, str_of(known[i]))) {
			copy(t, strlen(known[i]));
			return true;
		}
	if (peek(t, 2) != '<' || !(is_letter(peek(t, 3)) || peek(t, 3) == '_'))
		return refuse(t, "ECMAScript knows no such group", 4);
	copy(t, 3);
	return true;
}

/* The length of {n}, {n,} or {n,m} here, or 0. */
static size_t
braces(const struct translation *t)
{
	size_t n = 1;
	while (is_digit(peek(t, n)))
		n++;
	if (n == 1)
		return 0;
	if (peek(t, n) == ',')
		for (n++; is_digit(peek(t, n));)
			n++;
	return peek(t, n) == '}' ? n + 1 : 0;
}

static bool
translate_quantifier(struct translation *t, size_t length)
{
	copy(t, length);
	if (peek(t, 0) == '?')
		copy(t, 1);
	char next = peek(t, 0);
	if (next == '*' || next == '+' || next == '?' || (next == '{' && braces(t) > 0))
		return refuse(t, "There is nothing that this could repeat", 1);
	return true;
}

bool
regex_translate(struct str text, struct buf *out, char ret_why[REGEX_WHY_SIZE])
{
	struct translation t = {text, out, ret_why};
	bool ok = true;
	while (ok && t.rest.n > 0) {
		switch (peek(&t, 0)) {
		case '\\':
			ok = translate_escape(&t, false);
			break;
		case '[':
			ok = translate_class(&t);
			break;
		case '(':
			ok = translate_group(&t);
			break;
		case '.':
			buf_add_z(out, "[^\\n\\r\\x{2028}\\x{2029}]");
			skip(&t, 1);
			break;
		case '*':
		case '+':
		case '?':
			ok = translate_quantifier(&t, 1);
			break;
		case '{':
			if (braces(&t) > 0) {
				ok = translate_quantifier(&t, braces(&t));
				break;
			}
			buf_add_char(out, '\\');
			copy(&t, 1);
			break;
		default:
			copy(&t, 1);
		}
	}
	if (ok && buf_overflow(out))
		ok = refuse(&t, "It is too long", 0);
	return ok;
}

/* What a plain scalar means: the core schema of YAML 1.2 (section 10.3.2), turned into the spelling of JSON. */
#include "json/yaml_scalar.h"

#include <inttypes.h>
#include <stdio.h>

static bool
is_one_of(struct str text, const char *const *words)
{
	for (; *words; words++)
		if (str_is(text, *words))
			return true;
	return false;
}

static size_t
digits_at(struct str text, size_t from)
{
	size_t n = 0;
	while (from + n < text.n && text.p[from + n] >= '0' && text.p[from + n] <= '9')
		n++;
	return n;
}

/* 0x1F and 0o17. */
static enum yaml_kind
resolve_based(struct arena *arena, struct str text, struct str *ret_text)
{
	unsigned base = text.p[1] == 'x' ? 16 : 8;
	uint64_t value = 0;
	bool too_large = false;
	for (size_t i = 2; i < text.n; i++) {
		char c = text.p[i];
		unsigned digit = c >= '0' && c <= '9'	? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
							: 99;
		if (digit >= base)
			return YAML_TEXT;
		too_large |= __builtin_mul_overflow(value, (uint64_t)base, &value);
		value += digit; /* cannot overflow: the product ends in zeros */
	}
	if (too_large)
		return YAML_TOO_LARGE;
	*ret_text = str_of(arena_printf(arena, "%" PRIu64, value));
	return YAML_NUMBER;
}

/* [-+]? ( . digits | digits [. digits?] ) [e[-+]?digits] */
static enum yaml_kind
resolve_decimal(struct arena *arena, struct str text, struct str *ret_text)
{
	size_t at = text.p[0] == '-' || text.p[0] == '+' ? 1 : 0;
	size_t whole_at = at, whole = digits_at(text, at);
	at += whole;
	size_t fraction_at = 0, fraction = 0;
	if (at < text.n && text.p[at] == '.') {
		fraction_at = at + 1;
		fraction = digits_at(text, fraction_at);
		at = fraction_at + fraction;
	}
	if (whole + fraction == 0)
		return YAML_TEXT;
	size_t exponent_at = at;
	if (at < text.n && (text.p[at] == 'e' || text.p[at] == 'E')) {
		at++;
		if (at < text.n && (text.p[at] == '-' || text.p[at] == '+'))
			at++;
		size_t n = digits_at(text, at);
		if (n == 0)
			return YAML_TEXT;
		at += n;
	}
	if (at != text.n)
		return YAML_TEXT;
	while (whole > 1 && text.p[whole_at] == '0') {
		whole_at++;
		whole--;
	}
	*ret_text = str_of(arena_printf(arena, "%s%.*s%s%.*s%.*s", text.p[0] == '-' ? "-" : "", whole ? (int)whole : 1,
		whole ? text.p + whole_at : "0", fraction ? "." : "", (int)fraction,
		fraction ? text.p + fraction_at : "", (int)(text.n - exponent_at), text.p + exponent_at));
	return YAML_NUMBER;
}

enum yaml_kind
yaml_resolve(struct arena *arena, struct str text, struct str *ret_text)
{
	static const char *const nulls[] = {"null", "Null", "NULL", "~", "", NULL};
	static const char *const trues[] = {"true", "True", "TRUE", NULL};
	static const char *const falses[] = {"false", "False", "FALSE", NULL};
	static const char *const outside[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf",
		"-.INF", ".nan", ".NaN", ".NAN", NULL};
	if (is_one_of(text, nulls))
		return YAML_NULL;
	if (is_one_of(text, trues))
		return YAML_TRUE;
	if (is_one_of(text, falses))
		return YAML_FALSE;
	if (is_one_of(text, outside))
		return YAML_NOT_FINITE;
	if (text.n > 2 && text.p[0] == '0' && (text.p[1] == 'x' || text.p[1] == 'o'))
		return resolve_based(arena, text, ret_text);
	return resolve_decimal(arena, text, ret_text);
}

/*
 * Internationalized host names: the code points that RFC 5892 lets stand in a label, those that may stand only beside
 * certain others, and Punycode (RFC 3492). What Unicode knows of a character is asked of PCRE2's tables. The rules of
 * text that runs both ways (RFC 5893), and whether a label is in normal form, are not looked at.
 */
#include "json/formats.h"

#include "base/arena.h"
#include "json/regex.h"

#include <stdint.h>

#define LABEL_MOST 63 /* also in characters: encoding makes none shorter */

struct label {
	uint32_t c[LABEL_MOST + 1];
	size_t n;
};

/* ---- classes of characters ---- */

enum class { CLASS_ALLOWED, CLASS_MARK, CLASS_VIRAMA, CLASS_GREEK, CLASS_HEBREW, CLASS_KANA_HAN, CLASS_JOINS, CLASSES };

static const char *const class_patterns[CLASSES] = {
	/* Letters that are their own small form, marks, digits; and what has an exception of its own. */
	[CLASS_ALLOWED] = "^(?![\\u0640\\u07FA\\u302E\\u302F\\u3031-\\u3035\\u303B])"
			  "(?:[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Mn}\\p{Mc}\\p{Nd}\\u00DF\\u03C2\\u06FD\\u06FE\\u0F0B\\u3007])$",
	[CLASS_MARK] = "^\\p{M}$",
	[CLASS_VIRAMA] = "^["
			 "\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u0E3A\\"
			 "u0F84\\u1039"
			 "\\u103A\\u1714\\u1734\\u17D2\\u1A60\\u1B44\\u1BAA\\u1BAB\\u1BF2\\u1BF3\\u2D7F\\uA806\\uA8C4\\"
			 "uA953\\uA9C0"
			 "\\uAAF6\\uABED]$",
	[CLASS_GREEK] = "^\\p{sc=Greek}$",
	[CLASS_HEBREW] = "^\\p{sc=Hebrew}$",
	[CLASS_KANA_HAN] = "^[\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Han}]$",
	[CLASS_JOINS] = "^[\\p{Arabic}\\p{Syriac}\\p{Mongolian}]$",
};

static size_t
put_utf8(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((0xf00 >> n & 0xff) | c);
	return n;
}

static bool
is_in(uint32_t c, enum class class)
{
	static struct regex *patterns[CLASSES];
	static struct arena *arena;
	char why[REGEX_WHY_SIZE], text[4];
	if (!arena)
		arena = arena_new();
	if (!patterns[class] && !regex_compile(arena, str_of(class_patterns[class]), &patterns[class], why))
		return false;
	size_t n = put_utf8(c, text);
	return regex_match(patterns[class], (struct str){text, n}) == REGEX_MATCHES;
}

/* ---- labels ---- */

static bool
has(const struct label *label, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < label->n; i++)
		if (label->c[i] >= from && label->c[i] <= to)
			return true;
	return false;
}

static bool
has_class(const struct label *label, enum class class)
{
	for (size_t i = 0; i < label->n; i++)
		if (is_in(label->c[i], class))
			return true;
	return false;
}

/* RFC 5892, appendix A: may this character stand here? -1: it is not one of those with a rule. */
static int
by_context(const struct label *label, size_t at)
{
	uint32_t before = at > 0 ? label->c[at - 1] : 0, after = at + 1 < label->n ? label->c[at + 1] : 0;
	switch (label->c[at]) {
	case 0x00b7:
		return before == 'l' && after == 'l';
	case 0x0375:
		return after && is_in(after, CLASS_GREEK);
	case 0x05f3:
	case 0x05f4:
		return before && is_in(before, CLASS_HEBREW);
	case 0x30fb:
		return has_class(label, CLASS_KANA_HAN);
	case 0x200c:
		return before && (is_in(before, CLASS_VIRAMA) ||
					 (after && is_in(before, CLASS_JOINS) && is_in(after, CLASS_JOINS)));
	case 0x200d:
		return before && is_in(before, CLASS_VIRAMA);
	default:
		if (label->c[at] >= 0x660 && label->c[at] <= 0x669)
			return !has(label, 0x6f0, 0x6f9);
		if (label->c[at] >= 0x6f0 && label->c[at] <= 0x6f9)
			return !has(label, 0x660, 0x669);
		return -1;
	}
}

static bool
is_ascii_letter_or_digit(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_u_label(const struct label *label)
{
	if (label->n == 0 || label->c[0] == '-' || label->c[label->n - 1] == '-')
		return false;
	if (label->n > 3 && label->c[2] == '-' && label->c[3] == '-')
		return false;
	if (is_in(label->c[0], CLASS_MARK))
		return false;
	for (size_t i = 0; i < label->n; i++) {
		uint32_t c = label->c[i];
		int allowed = by_context(label, i);
		if (allowed < 0)
			allowed = c < 0x80 ? is_ascii_letter_or_digit(c) || c == '-' : is_in(c, CLASS_ALLOWED);
		if (!allowed)
			return false;
	}
	return true;
}

/* ---- Punycode ---- */

enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, BIAS = 72, FIRST = 128 };

static uint32_t
adapt(uint32_t delta, uint32_t points, bool first)
{
	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	uint32_t k = 0;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t
threshold(uint32_t k, uint32_t bias)
{
	return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0' + 26;
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= 'A' && c <= 'Z' ? c - 'A' : -1;
}

static bool
decode(struct str text, struct label *ret_label)
{
	struct label label = {.n = 0};
	const char *dash = text.n > 0 ? memrchr(text.p, '-', text.n) : NULL;
	size_t at = 0;
	if (dash) {
		for (const char *p = text.p; p < dash; p++)
			label.c[label.n++] = (unsigned char)*p;
		at = label.n + 1;
	}
	uint32_t point = FIRST, bias = BIAS, i = 0;
	if (text.n > LABEL_MOST || at == text.n)
		return false;
	while (at < text.n) {
		uint32_t before = i, weight = 1;
		for (uint32_t k = BASE;; k += BASE) {
			int digit = at < text.n ? digit_of(text.p[at++]) : -1;
			if (digit < 0 || (uint32_t)digit > (UINT32_MAX - i) / weight)
				return false;
			i += (uint32_t)digit * weight;
			uint32_t t = threshold(k, bias);
			if ((uint32_t)digit < t)
				break;
			if (weight > UINT32_MAX / (BASE - t))
				return false;
			weight *= BASE - t;
		}
		uint32_t points = (uint32_t)label.n + 1;
		bias = adapt(i - before, points, before == 0);
		if (i / points > 0x10ffff - point || label.n >= LABEL_MOST)
			return false;
		point += i / points;
		i %= points;
		if (point >= 0xd800 && point <= 0xdfff)
			return false;
		memmove(&label.c[i + 1], &label.c[i], (label.n - i) * sizeof label.c[0]);
		label.c[i++] = point;
		label.n++;
	}
	*ret_label = label;
	return true;
}

/* How long the label is once encoded, with its "xn--". */
static size_t
encoded_length(const struct label *label)
{
	uint32_t basic = 0, point = FIRST, bias = BIAS, delta = 0;
	for (size_t i = 0; i < label->n; i++)
		basic += label->c[i] < FIRST;
	size_t length = 4 + basic + (basic > 0);
	if (basic == label->n)
		return label->n;
	for (uint32_t done = basic; done < label->n; delta++, point++) {
		uint32_t next = UINT32_MAX;
		for (size_t i = 0; i < label->n; i++)
			if (label->c[i] >= point && label->c[i] < next)
				next = label->c[i];
		delta += (next - point) * (done + 1);
		point = next;
		for (size_t i = 0; i < label->n; i++) {
			delta += label->c[i] < point;
			if (label->c[i] != point)
				continue;
			uint32_t q = delta;
			for (uint32_t k = BASE;; k += BASE) {
				uint32_t t = threshold(k, bias);
				length++;
				if (q < t)
					break;
				q = (q - t) / (BASE - t);
			}
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	return length;
}

/* ---- names ---- */

bool
formats_a_label(struct str text)
{
	struct label label;
	bool marked = text.n > 4 && (text.p[0] == 'x' || text.p[0] == 'X') && (text.p[1] == 'n' || text.p[1] == 'N') &&
		      text.p[2] == '-' && text.p[3] == '-';
	return marked && text.n <= LABEL_MOST && decode((struct str){text.p + 4, text.n - 4}, &label) &&
	       is_u_label(&label);
}

/* One character of valid UTF-8. */
static uint32_t
next_character(struct str *text)
{
	unsigned char c = (unsigned char)text->p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t point = n == 1 ? c : c & (0x7fu >> n);
	for (size_t i = 1; i < n && i < text->n; i++)
		point = point << 6 | ((unsigned char)text->p[i] & 0x3f);
	n = n < text->n ? n : text->n;
	*text = (struct str){text->p + n, text->n - n};
	return point;
}

static bool
is_dot(uint32_t c)
{
	return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

bool
formats_idn_hostname(struct str text)
{
	size_t total = 0;
	for (struct str rest = text;;) {
		struct label label = {.n = 0};
		uint32_t c = 0;
		const char *first = rest.p;
		while (rest.n > 0 && !is_dot(c = next_character(&rest))) {
			if (label.n == LABEL_MOST)
				return false;
			label.c[label.n++] = c;
		}
		struct str bytes = {first, label.n}; /* of a label in ASCII */
		size_t length = encoded_length(&label);
		total += length + 1;
		if (length > LABEL_MOST || total > 254)
			return false;
		bool encoded = length == label.n && label.n > 4 && label.c[2] == '-' && label.c[3] == '-';
		if (encoded ? !formats_a_label(bytes) : !is_u_label(&label))
			return false;
		if (!is_dot(c))
			return true;
	}
}

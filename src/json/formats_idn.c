/*
 * Internationalized host names: the code points that RFC 5892 lets stand in a label, those that may stand only beside
 * certain others, and labels that run from right to left (RFC 5893). What Unicode knows of a character is asked of PCRE2's
 * tables. Whether a label is in normal form is not looked at.
 */
#include "json/formats.h"

#include "base/arena.h"
#include "json/punycode.h"
#include "json/regex.h"

#include <stdint.h>
#include <strings.h>

/* ---- classes of characters ---- */

enum class {
	CLASS_ALLOWED,
	CLASS_MARK,
	CLASS_VIRAMA,
	CLASS_GREEK,
	CLASS_HEBREW,
	CLASS_KANA_HAN,
	CLASS_JOINS,
	CLASS_RIGHT,
	CLASSES
};

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
	[CLASS_RIGHT] = "^[\\p{bidi_class:R}\\p{bidi_class:AL}\\p{bidi_class:AN}]$",
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

/* ---- text that runs from right to left: RFC 5893, section 2 ---- */

#define NEUTRAL "\\p{bidi_class:ES}\\p{bidi_class:CS}\\p{bidi_class:ET}\\p{bidi_class:ON}\\p{bidi_class:BN}"
#define RIGHT "\\p{bidi_class:R}\\p{bidi_class:AL}"
#define EN "\\p{bidi_class:EN}"
#define AN "\\p{bidi_class:AN}"
#define NSM "\\p{bidi_class:NSM}"

static bool
obeys_bidi(const struct label *label)
{
	static struct regex *rule;
	static struct arena *arena;
	static const char pattern[] =
		"^(?:\\p{bidi_class:L}(?:[\\p{bidi_class:L}" EN NEUTRAL NSM "]*[\\p{bidi_class:L}" EN "])?|"
		"(?!.*" EN ".*" AN ")(?!.*" AN ".*" EN ")[" RIGHT "]"
		"(?:[" RIGHT EN AN NEUTRAL NSM "]*[" RIGHT EN AN "])?)" NSM "*$";
	char why[REGEX_WHY_SIZE], text[LABEL_MOST * 4];
	size_t n = 0;
	if (!arena)
		arena = arena_new();
	if (!rule && !regex_compile(arena, str_of(pattern), &rule, why))
		return false;
	for (size_t i = 0; i < label->n; i++)
		n += put_utf8(label->c[i], text + n);
	return regex_match(rule, (struct str){text, n}) == REGEX_MATCHES;
}

/* ---- names ---- */

static bool
read_a_label(struct str text, struct label *ret_label)
{
	char again[PUNYCODE_MOST];
	bool marked = text.n > 4 && text.n <= LABEL_MOST && strncasecmp(text.p, "xn--", 4) == 0;
	struct str encoded = {text.p + 4, text.n - 4};
	if (!marked || !punycode_decode(encoded, ret_label) || !is_u_label(ret_label))
		return false;
	/* There is one way to write a label. */
	return punycode_encode(ret_label, again) == encoded.n && strncasecmp(again, encoded.p, encoded.n) == 0;
}

bool
formats_a_label(struct str text)
{
	struct label label;
	return read_a_label(text, &label) && (!has_class(&label, CLASS_RIGHT) || obeys_bidi(&label));
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

static bool
is_ascii(const struct label *label)
{
	return !has(label, 0x80, UINT32_MAX);
}

/* The next label, decoded when it is encoded. False when it is none. */
static bool
next_label(struct str *rest, struct label *ret_label, size_t *ret_length, bool *ret_last)
{
	struct label label = {.n = 0};
	char encoded[PUNYCODE_MOST];
	uint32_t c = 0;
	struct str bytes = {rest->p, 0};
	while (rest->n > 0 && !is_dot(c = next_character(rest))) {
		if (label.n == LABEL_MOST)
			return false;
		label.c[label.n++] = c;
	}
	bytes.n = label.n;
	*ret_last = !is_dot(c);
	*ret_length = is_ascii(&label) ? label.n : 4 + punycode_encode(&label, encoded);
	*ret_label = label;
	if (*ret_length > LABEL_MOST)
		return false;
	if (is_ascii(&label) && label.n > 4 && label.c[2] == '-' && label.c[3] == '-')
		return read_a_label(bytes, ret_label);
	return is_u_label(&label);
}

bool
formats_idn_hostname(struct str text)
{
	size_t total = 0, length;
	bool last = false, right = false, obeyed = true;
	for (struct str rest = text; !last;) {
		struct label label;
		if (!next_label(&rest, &label, &length, &last))
			return false;
		total += length + 1;
		if (total > 254)
			return false;
		right |= has_class(&label, CLASS_RIGHT);
		obeyed &= obeys_bidi(&label);
	}
	/* One label with letters that run from right to left makes the rule hold for all of them. */
	return !right || obeyed;
}

/* Punycode (RFC 3492): the characters of a label in ASCII letters, digits and dashes, and back. */
#include "json/punycode.h"

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

bool
punycode_decode(struct str text, struct label *ret_label)
{
	struct label label = {.n = 0};
	if (text.n > LABEL_MOST)
		return false;
	const char *dash = text.n > 0 ? memrchr(text.p, '-', text.n) : NULL;
	size_t at = 0;
	if (dash) {
		for (const char *p = text.p; p < dash; p++) {
			if ((unsigned char)*p >= FIRST)
				return false;
			label.c[label.n++] = (unsigned char)*p;
		}
		at = label.n + 1;
	}
	uint32_t point = FIRST, bias = BIAS, i = 0;
	if (at >= text.n)
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

static char
digit_for(uint32_t value)
{
	return (char)(value < 26 ? 'a' + value : '0' + value - 26);
}

/* The rest of `delta` as digits of growing weight. Never more than `room`: what is longer is no label. */
static size_t
put_number(uint32_t delta, uint32_t bias, char *out, size_t n, size_t room)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = threshold(k, bias);
		bool last = delta < t;
		uint32_t digit = last ? delta : t + (delta - t) % (BASE - t);
		if (n < room)
			out[n] = digit_for(digit);
		n++;
		if (last)
			return n;
		delta = (delta - t) / (BASE - t);
	}
}

size_t
punycode_encode(const struct label *label, char out[PUNYCODE_MOST])
{
	size_t n = 0;
	for (size_t i = 0; i < label->n; i++)
		if (label->c[i] < FIRST)
			out[n++] = (char)label->c[i];
	uint32_t basic = (uint32_t)n, point = FIRST, bias = BIAS, delta = 0;
	if (basic > 0)
		out[n++] = '-';
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
			n = put_number(delta, bias, out, n, PUNYCODE_MOST);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	return n;
}

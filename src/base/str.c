/* Slices: what is too long to be inline. */
#include "base/str.h"

int
str_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
str_to_u64(struct str s, unsigned long long max, unsigned long long *ret_value)
{
	unsigned long long value = 0;
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		unsigned digit = (unsigned)(s.p[i] - '0');
		if (__builtin_mul_overflow(value, 10ULL, &value) || __builtin_add_overflow(value, digit, &value))
			return false;
		if (value > max)
			return false;
	}
	*ret_value = value;
	return true;
}

static bool
continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Bytes of the character at p, of which n are there; 0 when it is none. */
static size_t
character_size(const unsigned char *p, size_t n)
{
	unsigned char c = p[0];
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return n >= 2 && continues(p[1]) ? 2 : 0;
	if (c >= 0xe0 && c <= 0xef) {
		if (n < 3 || !continues(p[1]) || !continues(p[2]))
			return 0;
		bool overlong = c == 0xe0 && p[1] < 0xa0;
		bool surrogate = c == 0xed && p[1] > 0x9f;
		return overlong || surrogate ? 0 : 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		if (n < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3]))
			return 0;
		bool overlong = c == 0xf0 && p[1] < 0x90;
		bool past_the_last = c == 0xf4 && p[1] > 0x8f;
		return overlong || past_the_last ? 0 : 4;
	}
	return 0;
}

size_t
str_utf8_bad(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	for (size_t i = 0; i < s.n;) {
		size_t size = character_size(p + i, s.n - i);
		if (size == 0)
			return i;
		i += size;
	}
	return s.n;
}

size_t
str_utf8_length(struct str s)
{
	size_t length = 0;
	for (size_t i = 0; i < s.n; i++)
		length += !continues((unsigned char)s.p[i]);
	return length;
}

/* Slices: what is too long to be inline. */
#include "base/str.h"

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

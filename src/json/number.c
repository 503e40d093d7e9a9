/* Decimal numbers in the text they came in. */
#include "json/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPONENT_MOST INT64_C(1000000000000000)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
count_digits(struct str text, size_t from)
{
	size_t n = 0;
	while (from + n < text.n && is_digit(text.p[from + n]))
		n++;
	return n;
}

/* "e+12" at `at`, to the end of the text; held at EXPONENT_MOST. */
static bool
read_exponent(struct str text, size_t at, int64_t *ret_exponent)
{
	if (at == text.n) {
		*ret_exponent = 0;
		return true;
	}
	if (text.p[at] != 'e' && text.p[at] != 'E')
		return false;
	at++;
	bool negative = at < text.n && text.p[at] == '-';
	if (at < text.n && (text.p[at] == '-' || text.p[at] == '+'))
		at++;
	size_t n = count_digits(text, at);
	if (n == 0 || at + n != text.n)
		return false;
	int64_t value = 0;
	for (size_t i = 0; i < n && value < EXPONENT_MOST; i++)
		value = value * 10 + (text.p[at + i] - '0');
	if (value > EXPONENT_MOST)
		value = EXPONENT_MOST;
	*ret_exponent = negative ? -value : value;
	return true;
}

bool
number_read(struct str text, struct number *ret_number)
{
	size_t at = text.n > 0 && text.p[0] == '-' ? 1 : 0;
	size_t whole = count_digits(text, at);
	if (whole == 0 || (whole > 1 && text.p[at] == '0'))
		return false;
	size_t first = at, end = at + whole;
	if (end < text.n && text.p[end] == '.') {
		size_t fraction = count_digits(text, end + 1);
		if (fraction == 0)
			return false;
		end += 1 + fraction;
	}
	int64_t exponent;
	if (!read_exponent(text, end, &exponent))
		return false;

	/* Zeros at both ends do not count; the point moves by the leading ones. */
	int64_t point = (int64_t)whole;
	while (first < end && (text.p[first] == '0' || text.p[first] == '.')) {
		if (text.p[first] == '0')
			point--;
		first++;
	}
	while (end > first && (text.p[end - 1] == '0' || text.p[end - 1] == '.'))
		end--;
	struct number number = {.span = {text.p + first, end - first}};
	if (number.span.n > 0) {
		number.digits = number.span.n - (memchr(number.span.p, '.', number.span.n) != NULL);
		number.exponent = exponent + point;
		number.negative = text.p[0] == '-';
	}
	*ret_number = number;
	return true;
}

/* The next digit of a span, or 0 past its end. */
static int
next_digit(const struct number *number, size_t *at)
{
	if (*at < number->span.n && number->span.p[*at] == '.')
		++*at;
	return *at < number->span.n ? number->span.p[(*at)++] - '0' : 0;
}

int
number_order(const struct number *a, const struct number *b)
{
	int sign_a = a->digits == 0 ? 0 : a->negative ? -1 : 1;
	int sign_b = b->digits == 0 ? 0 : b->negative ? -1 : 1;
	if (sign_a != sign_b)
		return sign_a < sign_b ? -1 : 1;
	if (sign_a == 0)
		return 0;
	if (a->exponent != b->exponent)
		return a->exponent < b->exponent ? -sign_a : sign_a;
	uint64_t most = a->digits > b->digits ? a->digits : b->digits;
	size_t at_a = 0, at_b = 0;
	for (uint64_t i = 0; i < most; i++) {
		int difference = next_digit(a, &at_a) - next_digit(b, &at_b);
		if (difference != 0)
			return difference < 0 ? -sign_a : sign_a;
	}
	return 0;
}

bool
number_whole(const struct number *number)
{
	return number->digits == 0 || (number->exponent > 0 && (uint64_t)number->exponent >= number->digits);
}

bool
number_to_int(const struct number *number, int64_t *ret_value)
{
	if (!number_whole(number) || number->exponent > 19)
		return false;
	int64_t value = 0;
	size_t at = 0;
	for (int64_t i = 0; i < number->exponent; i++) {
		int digit = next_digit(number, &at);
		/* Built from below, because there is one more negative number than positive ones. */
		if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
			__builtin_sub_overflow(value, (int64_t)digit, &value))
			return false;
	}
	if (!number->negative && __builtin_sub_overflow((int64_t)0, value, &value))
		return false;
	*ret_value = value;
	return true;
}

/* More digits than this cannot change which double is nearest, except to say on which side of a middle it is. */
#define DOUBLE_DIGITS 800

bool
number_small(struct str text, int64_t *ret_value)
{
	size_t at = text.n > 0 && text.p[0] == '-' ? 1 : 0;
	int64_t value = 0;
	if (at == text.n || text.n > 18)
		return false;
	for (size_t i = at; i < text.n; i++) {
		if (!is_digit(text.p[i]))
			return false;
		value = value * 10 + (text.p[i] - '0');
	}
	*ret_value = at ? -value : value;
	return true;
}

bool
number_to_double(const struct number *number, double *ret_value)
{
	char text[DOUBLE_DIGITS + 32];
	size_t n = 0;
	if (number->digits == 0) {
		*ret_value = 0;
		return true;
	}
	if (number->exponent > 400 || number->exponent < -400)
		return false;
	if (number->negative)
		text[n++] = '-';
	text[n++] = '0';
	text[n++] = '.';
	size_t at = 0;
	uint64_t kept = number->digits < DOUBLE_DIGITS ? number->digits : DOUBLE_DIGITS;
	for (uint64_t i = 0; i < kept; i++)
		text[n++] = (char)('0' + next_digit(number, &at));
	if (kept < number->digits)
		text[n++] = '1';
	snprintf(text + n, sizeof text - n, "e%d", (int)number->exponent);
	double value = strtod(text, NULL);
	if (!isfinite(value) || fpclassify(value) == FP_ZERO)
		return false;
	*ret_value = value;
	return true;
}

static uint64_t
times_ten_plus(uint64_t value, unsigned digit, uint64_t modulus)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): never asked with a modulus of 0 */
	return (uint64_t)(((unsigned __int128)value * 10 + digit) % modulus);
}

static uint64_t
power_of_ten(uint64_t power, uint64_t modulus)
{
	unsigned __int128 result = 1 % modulus, base = 10 % modulus;
	for (; power > 0; power >>= 1) {
		if (power & 1)
			result = result * base % modulus;
		base = base * base % modulus;
	}
	return (uint64_t)result;
}

/* Of at most NUMBER_STEP_DIGITS digits. */
static uint64_t
mantissa(const struct number *number)
{
	uint64_t value = 0;
	size_t at = 0;
	for (uint64_t i = 0; i < number->digits; i++)
		value = value * 10 + (unsigned)next_digit(number, &at);
	return value;
}

bool
number_multiple(const struct number *number, const struct number *step)
{
	if (step->digits == 0 || step->digits > NUMBER_STEP_DIGITS_MOST)
		return false;
	if (number->digits == 0)
		return true;
	/* number = D × 10^p, step = M × 10^q, where neither D nor M ends in a zero. */
	int64_t p = number->exponent - (int64_t)number->digits;
	int64_t q = step->exponent - (int64_t)step->digits;
	if (p < q)
		return false; /* D would have to end in a zero */
	if (step->digits > NUMBER_STEP_DIGITS)
		return number_multiple_long(number, step, (uint64_t)(p - q));
	uint64_t modulus = mantissa(step), rest = 0;
	if (number->digits + (uint64_t)(p - q) <= NUMBER_STEP_DIGITS) {
		rest = mantissa(number);
		for (; p > q; p--)
			rest *= 10;
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a step is not 0 */
		return rest % modulus == 0;
	}
	size_t at = 0;
	for (uint64_t i = 0; i < number->digits; i++)
		rest = times_ten_plus(rest, (unsigned)next_digit(number, &at), modulus);
	return (unsigned __int128)rest * power_of_ten((uint64_t)(p - q), modulus) % modulus == 0;
}

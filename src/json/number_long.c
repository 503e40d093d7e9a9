/* Is a number a whole multiple of a step that is too long for a machine word? Long division, digit by digit. */
#include "json/number.h"

#define LIMB 1000000000u /* nine digits */
#define LIMBS (NUMBER_STEP_DIGITS_MOST / 9 + 2)

struct whole {
	uint32_t limb[LIMBS]; /* the lowest first; those past n are 0 */
	size_t n;
};

static int
next_digit(const struct number *number, size_t *at)
{
	if (*at < number->span.n && number->span.p[*at] == '.')
		++*at;
	return *at < number->span.n ? number->span.p[(*at)++] - '0' : 0;
}

/* value = value × 10 + digit; there is room, because a rest is smaller than the step. */
static void
append(struct whole *value, unsigned digit)
{
	uint64_t carry = digit;
	for (size_t i = 0; i < value->n; i++) {
		carry += (uint64_t)value->limb[i] * 10;
		value->limb[i] = (uint32_t)(carry % LIMB);
		carry /= LIMB;
	}
	if (carry > 0)
		value->limb[value->n++] = (uint32_t)carry;
}

static bool
is_less(const struct whole *a, const struct whole *b)
{
	if (a->n != b->n)
		return a->n < b->n;
	for (size_t i = a->n; i-- > 0;)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i];
	return false;
}

/* a -= b, where b is not more. */
static void
subtract(struct whole *a, const struct whole *b)
{
	int64_t borrow = 0;
	for (size_t i = 0; i < a->n; i++) {
		int64_t difference = (int64_t)a->limb[i] - (i < b->n ? b->limb[i] : 0) - borrow;
		borrow = difference < 0;
		a->limb[i] = (uint32_t)(difference + (borrow ? LIMB : 0));
	}
	while (a->n > 0 && a->limb[a->n - 1] == 0)
		a->n--;
}

/* value /= divisor when that leaves nothing over. */
static bool
divide(struct whole *value, uint32_t divisor)
{
	struct whole quotient = *value;
	uint64_t rest = 0;
	for (size_t i = value->n; i-- > 0;) {
		rest = rest * LIMB + value->limb[i];
		quotient.limb[i] = (uint32_t)(rest / divisor);
		rest %= divisor;
	}
	if (rest > 0)
		return false;
	while (quotient.n > 0 && quotient.limb[quotient.n - 1] == 0)
		quotient.n--;
	*value = quotient;
	return true;
}

bool
number_multiple_long(const struct number *number, const struct number *step, uint64_t zeros)
{
	struct whole modulus = {.n = 0}, rest = {.n = 0};
	size_t at = 0;
	for (uint64_t i = 0; i < step->digits; i++)
		append(&modulus, (unsigned)next_digit(step, &at));
	/* Each zero that follows the number's digits brings a 2 and a 5 that the digits need not have. */
	for (uint64_t i = 0; i < zeros && divide(&modulus, 2); i++)
		;
	for (uint64_t i = 0; i < zeros && divide(&modulus, 5); i++)
		;
	at = 0;
	for (uint64_t i = 0; i < number->digits; i++) {
		append(&rest, (unsigned)next_digit(number, &at));
		while (!is_less(&rest, &modulus))
			subtract(&rest, &modulus);
	}
	return rest.n == 0;
}

/*
 * Numbers as they are written, without loss: a sign, the significant digits and a power of ten. 1, 1.0, 10e-1 are the same.
 * Nothing here goes through floating point, so 0.1 is a tenth and 2^63 is not 2^63 + 1.
 */
#ifndef STEPMILL_JSON_NUMBER_H
#define STEPMILL_JSON_NUMBER_H

#include "base/str.h"

#include <stdint.h>

/* The value is 0.DIGITS × 10^exponent. Zero has no digits. */
struct number {
	struct str span; /* of the source, first to last digit that counts; may hold the point */
	uint64_t digits;
	int64_t exponent; /* held at ±10^15 */
	bool negative;	  /* -0 is 0 */
};

/* False when text is not a number of JSON. */
bool number_read(struct str text, struct number *ret_number);

int number_order(const struct number *a, const struct number *b); /* <0, 0, >0 */
bool number_whole(const struct number *number);
bool number_to_int(const struct number *number, int64_t *ret_value);
bool number_small(struct str text, int64_t *ret_value); /* false when it is not digits alone, or more than 17 */
bool number_to_double(const struct number *number, double *ret_value);

/* Is `number` a whole multiple of `step`? A step has a bounded number of digits that count; false when it is 0. */
#define NUMBER_STEP_DIGITS 18 /* in a machine word */
#define NUMBER_STEP_DIGITS_MOST 400
bool number_multiple(const struct number *number, const struct number *step);

/* number_long.c: the same for a longer step, where the digits of `number` are followed by so many zeros more than its. */
bool number_multiple_long(const struct number *number, const struct number *step, uint64_t zeros);

#endif

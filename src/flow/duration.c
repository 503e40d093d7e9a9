/* Durations; see duration.h. */
#include "flow/duration.h"

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{"w", INT64_C(7) * 24 * 3600 * 1000},
	{"d", INT64_C(24) * 3600 * 1000},
	{"h", 3600 * 1000},
	{"m", 60 * 1000},
	{"s", 1000},
	{"ms", 1},
};
#define UNITS (sizeof units / sizeof *units)
#define DIGITS_MAX \
	11 /* before and behind the point: 10^10 of the largest unit fit, and the longest duration in ms is no longer */

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "1.25" as 125 and 100. */
static bool
read_number(struct str text, size_t *at, int64_t *ret_number, int64_t *ret_scale)
{
	size_t from = *at, digits = 0;
	*ret_number = 0;
	*ret_scale = 1;
	for (bool point = false; *at < text.n && (digit(text.p[*at]) || (!point && text.p[*at] == '.' && digits));
		++*at) {
		if (text.p[*at] == '.') {
			point = true;
			continue;
		}
		if (++digits > DIGITS_MAX)
			return false;
		*ret_number = *ret_number * 10 + (text.p[*at] - '0');
		*ret_scale *= point ? 10 : 1;
	}
	return digits > 0 && *at > from && text.p[*at - 1] != '.';
}

static bool
read_unit(struct str text, size_t *at, size_t *ret_unit)
{
	size_t from = *at;
	while (*at < text.n && text.p[*at] >= 'a' && text.p[*at] <= 'z')
		++*at;
	struct str name = {text.p + from, *at - from};
	for (size_t i = 0; i < UNITS; i++)
		if (str_is(name, units[i].name)) {
			*ret_unit = i;
			return true;
		}
	return false;
}

bool
duration_parse(struct str text, int64_t *ret_ms)
{
	int64_t ms = 0;
	size_t at = 0, next = 0; /* units before `next` are larger than, or the same as, what was said */
	if (text.n == 0)
		return false;
	while (at < text.n) {
		int64_t number, scale;
		size_t unit;
		if (!read_number(text, &at, &number, &scale))
			return false;
		while (at < text.n && text.p[at] == ' ')
			at++;
		if (!read_unit(text, &at, &unit) || unit < next)
			return false;
		while (at < text.n && text.p[at] == ' ')
			at++;
		if (number / scale > DURATION_MS_MAX / units[unit].ms)
			return false;
		ms += number / scale * units[unit].ms + number % scale * units[unit].ms / scale;
		next = unit + 1;
	}
	if (ms > DURATION_MS_MAX)
		return false;
	*ret_ms = ms;
	return true;
}

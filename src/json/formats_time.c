/* Dates, times and durations as RFC 3339 writes them. */
#include "json/formats.h"

/* `n` digits at `at`, or -1. */
static int
digits(struct str text, size_t at, size_t n)
{
	int value = 0;
	if (at + n > text.n)
		return -1;
	for (size_t i = at; i < at + n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		value = value * 10 + (text.p[i] - '0');
	}
	return value;
}

static bool
is_between(int value, int least, int most)
{
	return value >= least && value <= most;
}

bool
formats_date(struct str text)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-')
		return false;
	int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
	if (year < 0 || !is_between(month, 1, 12))
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return is_between(day, 1, days[month - 1] + (month == 2 && leap));
}

/* "Z" or "+01:30", of which ret_minutes is the distance to UTC. */
static bool
is_offset(struct str text, int *ret_minutes)
{
	*ret_minutes = 0;
	if (text.n == 1)
		return text.p[0] == 'Z' || text.p[0] == 'z';
	if (text.n != 6 || (text.p[0] != '+' && text.p[0] != '-') || text.p[3] != ':')
		return false;
	int hours = digits(text, 1, 2), minutes = digits(text, 4, 2);
	*ret_minutes = (text.p[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
	return is_between(hours, 0, 23) && is_between(minutes, 0, 59);
}

/* A leap second only where one can be: at 23:59:60 UTC. */
bool
formats_time(struct str text)
{
	if (text.n < 9 || text.p[2] != ':' || text.p[5] != ':')
		return false;
	int hour = digits(text, 0, 2), minute = digits(text, 3, 2), second = digits(text, 6, 2), offset;
	size_t at = 8;
	if (text.p[at] == '.') {
		size_t first = ++at;
		while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9')
			at++;
		if (at == first)
			return false;
	}
	if (!is_offset((struct str){text.p + at, text.n - at}, &offset) || !is_between(hour, 0, 23) ||
		!is_between(minute, 0, 59) || !is_between(second, 0, 60))
		return false;
	return second < 60 || ((hour * 60 + minute - offset) % 1440 + 1440) % 1440 == 1439;
}

bool
formats_date_time(struct str text)
{
	return text.n > 11 && (text.p[10] == 'T' || text.p[10] == 't') && formats_date((struct str){text.p, 10}) &&
	       formats_time((struct str){text.p + 11, text.n - 11});
}

/* Numbers with the units of `units`, in this order and without a gap; how many bytes of the text they take. */
static size_t
parts(struct str text, const char *units)
{
	size_t at = 0;
	const char *expected = NULL;
	for (;;) {
		size_t n = at;
		while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
			n++;
		const char *unit = n > at && n < text.n ? strchr(units, text.p[n]) : NULL;
		if (!unit || !*unit || (expected && unit != expected))
			return at;
		at = n + 1;
		expected = unit + 1;
	}
}

bool
formats_duration(struct str text)
{
	if (text.n < 3 || text.p[0] != 'P')
		return false;
	struct str rest = {text.p + 1, text.n - 1};
	if (parts(rest, "W") == rest.n)
		return true;
	size_t days = parts(rest, "YMD");
	rest = (struct str){rest.p + days, rest.n - days};
	if (rest.n == 0)
		return true;
	if (rest.p[0] != 'T' || rest.n < 3)
		return false;
	rest = (struct str){rest.p + 1, rest.n - 1};
	return parts(rest, "HMS") == rest.n;
}

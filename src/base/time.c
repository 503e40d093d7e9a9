/* The two clocks. Neither call can fail on the kernels we run on. */
#include "base/time.h"

#include "base/fault.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
read_clock(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
#ifdef STEPMILL_FAULTS
	us += fault_clock_us(clock == CLOCK_BOOTTIME);
#endif
	return us;
}

int64_t
wall_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
boot_us(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

/* Years past 9999 do not fit RFC 3339: shown as its last instant. */
#define LAST_US INT64_C(253402300799999999)

void
time_text(int64_t wall, char out[TIME_TEXT_SIZE])
{
	if (wall > LAST_US)
		wall = LAST_US;
	int64_t us = wall % 1000000;
	time_t seconds = (time_t)(wall / 1000000);
	if (us < 0) { /* before 1970 */
		us += 1000000;
		seconds--;
	}
	struct tm tm = {0};
	gmtime_r(&seconds, &tm);
	size_t n = strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, TIME_TEXT_SIZE - n, ".%03dZ", (int)(us / 1000));
}

static const char *
number(const char *at, const char *end, int n, int *ret_value)
{
	*ret_value = 0;
	for (; at && n > 0; n--, at++) {
		if (at == end || *at < '0' || *at > '9')
			return NULL;
		*ret_value = *ret_value * 10 + (*at - '0');
	}
	return at;
}

static const char *
mark(const char *at, const char *end, const char *any)
{
	return at && at < end && strchr(any, *at) && *at ? at + 1 : NULL;
}

/* "Z" or "+01:00": seconds to take off. */
static const char *
offset(const char *at, const char *end, int *ret_seconds)
{
	int hours, minutes;
	*ret_seconds = 0;
	if (at && at < end && (*at == 'Z' || *at == 'z'))
		return at + 1;
	const char *sign = at;
	at = number(mark(at, end, "+-"), end, 2, &hours);
	at = number(mark(at, end, ":"), end, 2, &minutes);
	if (!at || hours > 23 || minutes > 59)
		return NULL;
	*ret_seconds = (hours * 3600 + minutes * 60) * (*sign == '-' ? -1 : 1);
	return at;
}

bool
time_parse(const char *text, size_t n, int64_t *ret_wall)
{
	const char *end = text + n, *at;
	struct tm tm = {0};
	int year, month, away, us = 0, scale = 100000;
	at = number(text, end, 4, &year);
	at = number(mark(at, end, "-"), end, 2, &month);
	at = number(mark(at, end, "-"), end, 2, &tm.tm_mday);
	at = number(mark(at, end, "Tt"), end, 2, &tm.tm_hour);
	at = number(mark(at, end, ":"), end, 2, &tm.tm_min);
	at = number(mark(at, end, ":"), end, 2, &tm.tm_sec);
	if (at && at + 1 < end && *at == '.' && at[1] >= '0' && at[1] <= '9')
		for (at++; at < end && *at >= '0' && *at <= '9'; at++, scale /= 10)
			us += (*at - '0') * scale;
	at = offset(at, end, &away);
	if (at != end || !at || year < 1970 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	struct tm asked = tm;
	time_t seconds = timegm(&tm); /* a day that is not there becomes another one */
	if (tm.tm_mday != asked.tm_mday || tm.tm_mon != asked.tm_mon || tm.tm_year != asked.tm_year)
		return false;
	*ret_wall = ((int64_t)seconds - away) * 1000000 + us;
	return true;
}

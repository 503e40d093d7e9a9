/* The two clocks. Neither call can fail on the kernels we run on. */
#include "base/time.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_clock(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
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

/* When a cron expression comes due: first on the clock on the wall, then in the zone where it hangs. The rules are in cron.h. */
#include "flow/cron.h"

#include "base/day.h"

#define MINUTES_A_DAY 1440
#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */
#define MONTHS_MOST (400 * 12 + 1)	  /* the calendar repeats itself after 400 years */
#define EVERY_HOUR ((UINT32_C(1) << 24) - 1)

static int64_t
divided(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- days ---- */

/* The weekday nearest to a day, in the same month; 0: the month has no such day. */
static int
nearest_weekday(int64_t first, int days, int day)
{
	int week = day_week(first + day - 1);
	if (day > days)
		return 0;
	if (week == 6)
		return day > 1 ? day - 1 : 3;
	if (week == 0)
		return day < days ? day + 1 : days - 2;
	return day;
}

static uint32_t
bit(int day)
{
	return day > 0 && day < 32 ? UINT32_C(1) << day : 0;
}

static uint32_t
days_of_month(const struct cron *cron, int64_t first, int days)
{
	uint32_t set = cron->days & ((UINT32_C(2) << days) - 1);
	for (int n = 0; n < days; n++)
		if (cron->from_last >> n & 1)
			set |= bit(days - n);
	for (int n = 1; n <= days; n++)
		if (cron->nearest >> n & 1)
			set |= bit(nearest_weekday(first, days, n));
	if (cron->nearest & 1) {
		int week = day_week(first + days - 1);
		set |= bit(days - (week == 6 ? 1 : week == 0 ? 2 : 0));
	}
	return set;
}

static uint32_t
days_of_week(const struct cron *cron, int64_t first, int days)
{
	uint32_t set = 0;
	for (int day = 1; day <= days; day++) {
		int week = day_week(first + day - 1);
		bool fits = cron->weekdays >> week & 1 || (cron->last_weekdays >> week & 1 && day + 7 > days) ||
			    cron->nth[week] >> ((day - 1) / 7 + 1) & 1;
		if (fits)
			set |= bit(day);
	}
	return set;
}

uint32_t
cron_days(const struct cron *cron, int64_t year, int month)
{
	int64_t first = day_number(year, month, 1);
	int days = days_in_month(year, month);
	uint32_t of_month = days_of_month(cron, first, days), of_week = days_of_week(cron, first, days);
	return cron->any_day || cron->any_weekday ? of_month & of_week : of_month | of_week;
}

/* ---- on the wall ---- */

static int
lowest(uint64_t set, int from)
{
	set = from < 64 ? set >> from << from : 0;
	return set ? __builtin_ctzll(set) : -1;
}

/* The first time of a day from minute `from` on; -1: none. */
static int
minute_of_day(const struct cron *cron, int from)
{
	int hour = lowest(cron->hours, from / 60);
	if (hour == from / 60) {
		int minute = lowest(cron->minutes, from % 60);
		if (minute >= 0)
			return hour * 60 + minute;
		hour = lowest(cron->hours, hour + 1);
	}
	return hour < 0 ? -1 : hour * 60 + lowest(cron->minutes, 0);
}

/* The first minute since 1970, as clocks on the wall count, from `from` on. False: none in 400 years. */
static bool
next_local(const struct cron *cron, int64_t from, int64_t *ret_minute)
{
	int64_t number = divided(from, MINUTES_A_DAY);
	struct day day = day_of(number);
	int minute = minute_of_day(cron, (int)(from - number * MINUTES_A_DAY));
	int start = minute >= 0 ? day.day : day.day + 1;
	for (int n = 0; n < MONTHS_MOST; n++) {
		int found = cron->months >> day.month & 1 ? lowest(cron_days(cron, day.year, day.month), start) : -1;
		if (found > 0) {
			int at = n == 0 && found == day.day ? minute : minute_of_day(cron, 0);
			*ret_minute = day_number(day.year, day.month, found) * MINUTES_A_DAY + at;
			return true;
		}
		start = 1;
		day.year += day.month == 12;
		day.month = day.month % 12 + 1;
	}
	return false;
}

/* ---- in a zone ---- */

/* It follows the clock as it goes: in each span of one offset, what clocks show there. */
static bool
next_shown(const struct cron *cron, const struct zone *zone, int64_t after, int64_t *ret_at)
{
	int64_t at = after + 1, asked = 0, minute = 0;
	for (bool known = false; at <= LAST_SECOND; known = true) {
		struct zone_span span = zone_at(zone, at);
		int64_t from = -divided(-(at + span.offset), 60);
		/* What was found last is the answer to all that lies between it and what was asked. */
		if ((!known || from < asked || from > minute) && !next_local(cron, asked = from, &minute))
			return false;
		*ret_at = minute * 60 - span.offset;
		if (*ret_at < span.to)
			return *ret_at <= LAST_SECOND;
		at = span.to;
	}
	return false;
}

/* Each time of the wall is one instant: the first that shows it, or the one at which it is left out. */
static bool
next_meant(const struct cron *cron, const struct zone *zone, int64_t after, int64_t *ret_at)
{
	int64_t minute = divided(after + zone_at(zone, after).offset, 60);
	do {
		if (!next_local(cron, minute + 1, &minute))
			return false;
		*ret_at = zone_instant(zone, minute * 60);
	} while (*ret_at <= after); /* clocks were put back, and it was when they showed it first */
	return *ret_at <= LAST_SECOND;
}

bool
cron_next(const struct cron *cron, const struct zone *zone, int64_t after_us, int64_t *ret_us)
{
	int64_t after = divided(after_us, 1000000), at = 0;
	if (after > LAST_SECOND || after < -LAST_SECOND)
		return false;
	if (!(cron->hours == EVERY_HOUR ? next_shown : next_meant)(cron, zone, after, &at))
		return false;
	*ret_us = at * 1000000;
	return true;
}

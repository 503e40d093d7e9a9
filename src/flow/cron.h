/*
 * Cron expressions: five fields, minute hour day-of-month month day-of-week, or a name such as @daily. Pure; when they come due depends on a time zone.
 *
 *	struct cron cron;
 *	if (!cron_parse(STR("30 9 * * MON-FRI"), &cron, err))
 *		return false;
 *	while (cron_next(&cron, zone, at_us, &at_us))
 *		…
 *
 * A field is *, a number or name, a range a-b, either with a step (of all of them, of a range, or of a number: a/n is from a on), or several with commas between them. Months
 * and weekdays go by names of three letters, too; Sunday is 0 and 7. A day field may be ? for *. Of days of the month there are L, the last, L-n, n days before
 * it, nW, the weekday (Monday to Friday) nearest to day n in the same month, and LW, the last weekday; of days of the week nL, the last n of the month, and
 * n#k, the k-th. Where both day fields are restricted, a day that fits one of them fits; a field that begins with * or ? does not count as
 * restricted, and then a day has to fit both, as in every cron.
 *
 * When clocks are changed:
 *	- a time that does not exist (clocks were put forward past it) runs at the first instant after; several of them run once
 *	- a time that exists twice (clocks were put back) runs the first time
 *	- but where every hour is meant, the expression follows the clock on the wall as it goes: what does not exist is left out, and what exists twice
 *	  runs twice, so that a quarter of an hour stays one
 */
#ifndef STEPMILL_FLOW_CRON_H
#define STEPMILL_FLOW_CRON_H

#include "base/zone.h"

#define CRON_TEXT_MAX 256

/* Sets, a bit for each number. */
struct cron {
	uint64_t minutes;
	uint32_t hours, days;
	uint16_t months;
	uint8_t weekdays;	   /* 0: Sunday */
	uint32_t from_last;	   /* bit n: n days before the month's last */
	uint32_t nearest;	   /* bit n: the weekday nearest to day n; bit 0: the month's last weekday */
	uint8_t last_weekdays;	   /* the last of the month */
	uint8_t nth[7];		   /* of each day of the week: bit k: the k-th */
	bool any_day, any_weekday; /* that field begins with * or ? */
};

/* False: which field is wrong, and what would be right; also where no month ever has such a day. */
bool cron_parse(struct str text, struct cron *ret_cron, struct err *err);

/* The first time after `after_us` (wall_us) that it comes due. False: there is none up to the year 9999. */
bool cron_next(const struct cron *cron, const struct zone *zone, int64_t after_us, int64_t *ret_us);

/* The days of a month on which it comes due, a bit for each. */
uint32_t cron_days(const struct cron *cron, int64_t year, int month);

/* "At 09:30, from Monday to Friday" */
const char *cron_words(struct arena *arena, const struct cron *cron);

#endif

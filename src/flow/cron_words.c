/* A cron expression in plain words: when of the day, on which days, in which months; see cron.h. */
#include "flow/cron.h"

#include "base/buf.h"

#define TEXT_MAX 4096
#define TIMES_MAX 6 /* of a day, that are said one by one */
#define EVERY_MINUTE ((UINT64_C(1) << 60) - 1)
#define EVERY_HOUR ((UINT64_C(1) << 24) - 1)
#define EVERY_DAY (UINT64_C(0xfffffffe))
#define EVERY_MONTH (UINT64_C(0x1ffe))
#define EVERY_WEEKDAY (UINT64_C(0x7f))

static const char *const weekday_names[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const month_names[] = {"", "January", "February", "March", "April", "May", "June", "July", "August",
	"September", "October", "November", "December"};
static const char *const ordinals[] = {"", "first", "second", "third", "fourth", "fifth"};

/* ---- sets ---- */

static int
count_of(uint64_t set)
{
	return __builtin_popcountll(set);
}

static int
lowest(uint64_t set)
{
	return __builtin_ctzll(set);
}

static int
highest(uint64_t set)
{
	return 63 - __builtin_clzll(set);
}

/* Three or more in a row. */
static bool
in_a_row(uint64_t set)
{
	return count_of(set) > 2 && highest(set) - lowest(set) + 1 == count_of(set);
}

/* 0, n, 2n … up to the end of `all` numbers, which n divides; 0: it is not so. */
static int
step_of(uint64_t set, int all)
{
	int count = count_of(set), step = all / count;
	if (count < 2 || all % count != 0)
		return 0;
	for (int value = 0; value < all; value += step)
		if (!(set >> value & 1))
			return 0;
	return step;
}

/* ---- lists ---- */

struct list {
	struct buf *out;
	int left; /* items to come */
	bool any;
};

static void
comma(struct list *list)
{
	if (list->any)
		buf_add_z(list->out, list->left == 1 ? " and " : ", ");
	list->any = true;
	list->left--;
}

/* "Monday, Tuesday and Friday"; of numbers themselves where there are no names. */
static void
add_set(struct buf *out, uint64_t set, const char *const *names, const char *after)
{
	struct list list = {out, count_of(set), false};
	for (; set; set &= set - 1) {
		comma(&list);
		if (names)
			buf_printf(out, "%s%s", names[lowest(set)], after);
		else
			buf_printf(out, "%d%s", lowest(set), after);
	}
}

/* ---- when of the day ---- */

static void
add_times(struct buf *out, uint64_t hours, uint64_t minutes)
{
	struct list list = {out, count_of(hours) * count_of(minutes), false};
	buf_add_z(out, "At ");
	for (; hours; hours &= hours - 1)
		for (uint64_t left = minutes; left; left &= left - 1) {
			comma(&list);
			buf_printf(out, "%02d:%02d", lowest(hours), lowest(left));
		}
}

static void
add_minutes(struct buf *out, uint64_t minutes, bool every_hour)
{
	int step = step_of(minutes, 60);
	if (minutes == EVERY_MINUTE) {
		buf_add_z(out, "Every minute");
	} else if (step > 0) {
		buf_printf(out, "Every %d minutes", step);
	} else {
		buf_add_z(out, count_of(minutes) == 1 ? "At minute " : "At minutes ");
		add_set(out, minutes, NULL, "");
		buf_add_z(out, every_hour ? " of every hour" : " of the hour");
	}
}

static void
add_time(struct buf *out, uint64_t hours, uint64_t minutes)
{
	bool once = count_of(minutes) == 1, every_hour = hours == EVERY_HOUR;
	int step = step_of(hours, 24);
	if (count_of(hours) * count_of(minutes) <= TIMES_MAX) {
		add_times(out, hours, minutes);
	} else if (once && every_hour && minutes == 1) {
		buf_add_z(out, "Every hour, on the hour");
	} else if (once && in_a_row(hours) && !every_hour) {
		buf_printf(out, "Every hour from %02d:%02d to %02d:%02d", lowest(hours), lowest(minutes),
			highest(hours), lowest(minutes));
	} else if (once && step > 1) {
		buf_printf(out, "Every %d hours from 00:%02d on", step, lowest(minutes));
	} else {
		add_minutes(out, minutes, every_hour);
		if (every_hour)
			return;
		if (in_a_row(hours)) {
			buf_printf(out, ", from %02d:00 to %02d:59", lowest(hours), highest(hours));
		} else {
			buf_add_z(out, ", in the hours that begin at ");
			add_set(out, hours, NULL, ":00");
		}
	}
}

/* ---- on which days ---- */

/* What is left to be said: each with "or" before it when something was. */
static void
otherwise(struct buf *out, size_t before)
{
	if (out->n > before)
		buf_add_z(out, " or ");
}

static void
add_days(struct buf *out, const struct cron *cron)
{
	size_t before = out->n;
	if (cron->days) {
		buf_add_z(out, count_of(cron->days) == 1 ? "on day " : "on the days ");
		if (in_a_row(cron->days))
			buf_printf(out, "%d to %d", lowest(cron->days), highest(cron->days));
		else
			add_set(out, cron->days, NULL, "");
		buf_add_z(out, " of the month");
	}
	for (uint64_t set = cron->from_last; set; set &= set - 1) {
		int n = lowest(set);
		otherwise(out, before);
		if (n == 0)
			buf_add_z(out, "on the last day of the month");
		else
			buf_printf(out, "%d day%s before the last of the month", n, n == 1 ? "" : "s");
	}
	for (uint64_t set = cron->nearest; set; set &= set - 1) {
		otherwise(out, before);
		if (lowest(set) == 0)
			buf_add_z(out, "on the month's last day from Monday to Friday");
		else
			buf_printf(out, "on the day from Monday to Friday that is nearest to day %d of the month",
				lowest(set));
	}
}

static void
add_weekdays(struct buf *out, const struct cron *cron)
{
	size_t before = out->n;
	if (in_a_row(cron->weekdays)) {
		buf_printf(out, "from %s to %s", weekday_names[lowest(cron->weekdays)],
			weekday_names[highest(cron->weekdays)]);
	} else if (cron->weekdays) {
		buf_add_z(out, "on ");
		add_set(out, cron->weekdays, weekday_names, "s");
	}
	for (uint64_t set = cron->last_weekdays; set; set &= set - 1) {
		otherwise(out, before);
		buf_printf(out, "on the last %s of the month", weekday_names[lowest(set)]);
	}
	for (int day = 0; day < 7; day++)
		for (uint64_t set = cron->nth[day]; set; set &= set - 1) {
			otherwise(out, before);
			buf_printf(out, "on the %s %s of the month", ordinals[lowest(set)], weekday_names[day]);
		}
}

static void
add_which_days(struct buf *out, const struct cron *cron)
{
	bool all_days = cron->days == EVERY_DAY, all_weekdays = cron->weekdays == EVERY_WEEKDAY;
	bool both = cron->any_day || cron->any_weekday;
	if (both ? all_days && all_weekdays : all_days || all_weekdays) {
		if (cron->hours != EVERY_HOUR)
			buf_add_z(out, " every day");
		return;
	}
	buf_add_z(out, ", ");
	if (!both || !all_days)
		add_days(out, cron);
	if (!both)
		buf_add_z(out, " or ");
	else if (!all_days && !all_weekdays)
		buf_add_z(out, ", but only ");
	if (!both || !all_weekdays)
		add_weekdays(out, cron);
}

const char *
cron_words(struct arena *arena, const struct cron *cron)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	add_time(&out, cron->hours, cron->minutes);
	add_which_days(&out, cron);
	if (cron->months != EVERY_MONTH) {
		buf_add_z(&out, ", in ");
		if (in_a_row(cron->months))
			buf_printf(&out, "%s to %s", month_names[lowest(cron->months)],
				month_names[highest(cron->months)]);
		else
			add_set(&out, cron->months, month_names, "");
	}
	const char *words = arena_strz(arena, buf_str(&out));
	buf_release(&out);
	return words;
}

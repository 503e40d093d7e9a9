/* Cron expressions: what is read and what is refused, when they come due where clocks are changed and where not, and their words. */
#include "../support.h"

#include "base/day.h"
#include "base/time.h"
#include "flow/cron.h"

#include <stdio.h>

static struct cron
read_cron(const char *text)
{
	struct cron cron;
	struct err err = {0};
	if (!cron_parse(str_of(text), &cron, &err))
		fail_msg("%s: %s", text, err.message);
	return cron;
}

static const struct zone *
zone_named(const char *name)
{
	const struct zone *zone;
	struct err err = {0};
	if (!zone_load(arena, str_of(name), &zone, &err))
		fail_msg("%s", err.message);
	return zone;
}

/* The times that follow, as clocks show them there, with their offset where that matters: "2027-03-28 03:00+2". */
static const char *
times(const char *text, const char *zone_name, const char *from, int count)
{
	static char said[1000];
	struct cron cron = read_cron(text);
	const struct zone *zone = zone_named(zone_name);
	int64_t at;
	size_t n = 0;
	assert_true(time_parse(from, strlen(from), &at));
	said[0] = '\0';
	for (int i = 0; i < count; i++) {
		int64_t before = at;
		if (!cron_next(&cron, zone, at, &at)) {
			n += (size_t)snprintf(said + n, sizeof said - n, "%snever", n ? " | " : "");
			break;
		}
		assert_true(at > before);
		struct zone_span span = zone_at(zone, at / 1000000);
		char shown[TIME_TEXT_SIZE];
		time_text(at + (int64_t)span.offset * 1000000, shown);
		shown[10] = ' ';
		n += (size_t)snprintf(
			said + n, sizeof said - n, "%s%.16s%+g", n ? " | " : "", shown, span.offset / 3600.0);
	}
	return said;
}

struct due {
	const char *text, *zone, *from, *next;
	int count;
};

static void
check_due(const struct due *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *said = times(cases[i].text, cases[i].zone, cases[i].from, cases[i].count);
		if (strcmp(said, cases[i].next) != 0)
			fail_msg("%s in %s after %s:\n  %s, and should be\n  %s", cases[i].text, cases[i].zone,
				cases[i].from, said, cases[i].next);
	}
}
#define CHECK_DUE(cases) check_due((cases), sizeof(cases) / sizeof *(cases))

/* 2027-01-01 is a Friday. */
static void
fields_are_numbers_names_ranges_lists_and_steps(void **state)
{
	static const struct due cases[] = {
		{"* * * * *", "UTC", "2027-01-01T00:00:00Z", "2027-01-01 00:01+0 | 2027-01-01 00:02+0", 2},
		{"* * * * *", "UTC", "2027-01-01T00:00:59.999Z", "2027-01-01 00:01+0", 1},
		{"* * * * *", "UTC", "2026-12-31T23:59:59.999999Z", "2027-01-01 00:00+0", 1},
		{"0 0 1 1 *", "UTC", "2027-01-01T00:00:00Z", "2028-01-01 00:00+0", 1},
		{"*/15 * * * *", "UTC", "2027-01-01T00:14:00Z", "2027-01-01 00:15+0 | 2027-01-01 00:30+0", 2},
		{"5/20 * * * *", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-01 00:05+0 | 2027-01-01 00:25+0 | 2027-01-01 00:45+0 | 2027-01-01 01:05+0", 4},
		{"10-20/5 * * * *", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-01 00:10+0 | 2027-01-01 00:15+0 | 2027-01-01 00:20+0 | 2027-01-01 01:10+0", 4},
		{"1,2,59 23 * * *", "UTC", "2027-01-01T23:02:00Z", "2027-01-01 23:59+0 | 2027-01-02 23:01+0", 2},
		{"0 9-17/4 * * *", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-01 09:00+0 | 2027-01-01 13:00+0 | 2027-01-01 17:00+0 | 2027-01-02 09:00+0", 4},
		{"0 9 * * MON-FRI", "UTC", "2027-01-01T09:00:00Z", "2027-01-04 09:00+0", 1},
		{"0 9 * * mon,Wed", "UTC", "2027-01-01T00:00:00Z", "2027-01-04 09:00+0 | 2027-01-06 09:00+0", 2},
		{"0 0 * * 0", "UTC", "2027-01-01T00:00:00Z", "2027-01-03 00:00+0", 1},
		{"0 0 * * 7", "UTC", "2027-01-01T00:00:00Z", "2027-01-03 00:00+0", 1},
		{"0 0 * * 6-7", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-02 00:00+0 | 2027-01-03 00:00+0 | 2027-01-09 00:00+0", 3},
		{"0 0 * * FRI-SUN", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-02 00:00+0 | 2027-01-03 00:00+0 | 2027-01-08 00:00+0", 3},
		{"0 0 1 feb,APR *", "UTC", "2027-01-01T00:00:00Z", "2027-02-01 00:00+0 | 2027-04-01 00:00+0", 2},
		{"0 0 1 */3 *", "UTC", "2027-01-02T00:00:00Z", "2027-04-01 00:00+0 | 2027-07-01 00:00+0", 2},
		{"\t 0  12 1-7   * ? ", "UTC", "2027-01-07T12:00:00Z", "2027-02-01 12:00+0", 1},
		{"0 0 31 * *", "UTC", "2027-01-31T00:00:00Z", "2027-03-31 00:00+0 | 2027-05-31 00:00+0", 2},
		{"@hourly", "UTC", "2027-01-01T00:00:00Z", "2027-01-01 01:00+0", 1},
		{"@daily", "UTC", "2027-01-01T00:00:00Z", "2027-01-02 00:00+0", 1},
		{"@midnight", "UTC", "2027-01-01T00:00:00Z", "2027-01-02 00:00+0", 1},
		{"@weekly", "UTC", "2027-01-01T00:00:00Z", "2027-01-03 00:00+0", 1},
		{"@monthly", "UTC", "2027-01-01T00:00:00Z", "2027-02-01 00:00+0", 1},
		{" @yearly ", "UTC", "2027-01-01T00:00:00Z", "2028-01-01 00:00+0", 1},
		{"@annually", "UTC", "2027-01-01T00:00:00Z", "2028-01-01 00:00+0", 1},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
leap_years_come_when_they_come(void **state)
{
	static const struct due cases[] = {
		{"0 0 29 2 *", "UTC", "2027-01-01T00:00:00Z", "2028-02-29 00:00+0 | 2032-02-29 00:00+0", 2},
		{"0 0 29 2 *", "UTC", "2096-02-29T00:00:00Z", "2104-02-29 00:00+0", 1},
		{"0 0 29 2 *", "UTC", "1996-03-01T00:00:00Z", "2000-02-29 00:00+0", 1},
		{"0 0 L 2 *", "UTC", "2027-01-01T00:00:00Z", "2027-02-28 00:00+0 | 2028-02-29 00:00+0", 2},
		{"0 0 ? 2 SUN#5", "UTC", "2027-01-01T00:00:00Z",
			"2032-02-29 00:00+0 | 2060-02-29 00:00+0 | 2088-02-29 00:00+0 | 2128-02-29 00:00+0", 4},
		{"0 0 L-28 2 *", "UTC", "2027-01-01T00:00:00Z", "2028-02-01 00:00+0", 1},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
days_of_the_month_and_of_the_week_go_together_as_in_every_cron(void **state)
{
	static const struct due cases[] = {
		/* both restricted: either */
		{"0 0 13 * FRI", "UTC", "2027-08-01T00:00:00Z",
			"2027-08-06 00:00+0 | 2027-08-13 00:00+0 | 2027-08-20 00:00+0", 3},
		{"0 0 1 * MON", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-04 00:00+0 | 2027-01-11 00:00+0 | 2027-01-18 00:00+0 | 2027-01-25 00:00+0 | "
			"2027-02-01 00:00+0",
			5},
		/* one begins with *: both */
		{"0 0 */2 * FRI", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-15 00:00+0 | 2027-01-29 00:00+0 | 2027-02-05 00:00+0", 3},
		{"0 0 13 * */2", "UTC", "2027-01-01T00:00:00Z",
			"2027-02-13 00:00+0 | 2027-03-13 00:00+0 | 2027-04-13 00:00+0", 3},
		{"0 0 ? * FRI", "UTC", "2027-01-01T00:00:00Z", "2027-01-08 00:00+0", 1},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
last_nearest_and_nth_days_are_those(void **state)
{
	static const struct due cases[] = {
		{"0 0 L * *", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-31 00:00+0 | 2027-02-28 00:00+0 | 2027-03-31 00:00+0 | 2027-04-30 00:00+0", 4},
		{"0 0 L-1 * *", "UTC", "2027-01-01T00:00:00Z", "2027-01-30 00:00+0 | 2027-02-27 00:00+0", 2},
		{"0 0 15,L * *", "UTC", "2027-02-01T00:00:00Z", "2027-02-15 00:00+0 | 2027-02-28 00:00+0", 2},
		/* 2027-05-15 is a Saturday, 2027-08-15 a Sunday, 2027-01-15 a Friday */
		{"0 0 15W 1,5,8 *", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-15 00:00+0 | 2027-05-14 00:00+0 | 2027-08-16 00:00+0", 3},
		/* not out of the month: 2027-05-01 is a Saturday, 2027-02-28 and 2027-10-31 Sundays */
		{"0 0 1W 5 *", "UTC", "2027-01-01T00:00:00Z", "2027-05-03 00:00+0", 1},
		{"0 0 28w 2 *", "UTC", "2027-01-01T00:00:00Z", "2027-02-26 00:00+0", 1},
		{"0 0 31W * *", "UTC", "2027-10-01T00:00:00Z", "2027-10-29 00:00+0 | 2027-12-31 00:00+0", 2},
		/* the last of them: 2027-02-28 is a Sunday, 2027-07-31 a Saturday, 2027-03-31 a Wednesday */
		{"0 0 LW 2,3,7 *", "UTC", "2027-01-01T00:00:00Z",
			"2027-02-26 00:00+0 | 2027-03-31 00:00+0 | 2027-07-30 00:00+0", 3},
		{"0 0 * * FRIL", "UTC", "2027-01-01T00:00:00Z", "2027-01-29 00:00+0 | 2027-02-26 00:00+0", 2},
		{"0 0 * * 7l", "UTC", "2027-01-01T00:00:00Z", "2027-01-31 00:00+0 | 2027-02-28 00:00+0", 2},
		{"0 0 * * TUE#2", "UTC", "2027-01-01T00:00:00Z", "2027-01-12 00:00+0 | 2027-02-09 00:00+0", 2},
		{"0 0 * * 0#1,5#5", "UTC", "2027-01-01T00:00:00Z",
			"2027-01-03 00:00+0 | 2027-01-29 00:00+0 | 2027-02-07 00:00+0 | 2027-03-07 00:00+0", 4},
		{"0 0 1 * FRI#1", "UTC", "2027-01-01T00:00:00Z", "2027-02-01 00:00+0 | 2027-02-05 00:00+0", 2},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
a_time_that_does_not_exist_runs_at_the_first_instant_after(void **state)
{
	static const struct due cases[] = {
		/* put forward on 28 March 2027, from 02:00 to 03:00 */
		{"30 2 * * *", "Europe/Berlin", "2027-03-26T12:00:00Z",
			"2027-03-27 02:30+1 | 2027-03-28 03:00+2 | 2027-03-29 02:30+2", 3},
		{"*/20 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28 03:00+2 | 2027-03-29 02:00+2", 2},
		{"30 2,3 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z",
			"2027-03-28 03:00+2 | 2027-03-28 03:30+2 | 2027-03-29 02:30+2", 3},
		{"0 2,3 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28 03:00+2 | 2027-03-29 02:00+2", 2},
		{"30 2 28 3 *", "Europe/Berlin", "2027-01-01T00:00:00Z", "2027-03-28 03:00+2 | 2028-03-28 02:30+2", 2},
		/* the other hemisphere: 3 October 2027, and half an hour on Lord Howe */
		{"30 2 * * *", "Australia/Sydney", "2027-10-01T22:00:00Z", "2027-10-03 03:00+11 | 2027-10-04 02:30+11",
			2},
		{"15 2 * * *", "Australia/Lord_Howe", "2027-10-01T22:00:00Z",
			"2027-10-03 02:30+11 | 2027-10-04 02:15+11", 2},
		{"45 2 * * *", "Australia/Lord_Howe", "2027-10-01T22:00:00Z", "2027-10-03 02:45+11", 1},
		/* at midnight itself, in Chile and in Greenland, where it was the evening before */
		{"0 0 * * *", "America/Santiago", "2027-09-04T10:00:00Z", "2027-09-05 01:00-3 | 2027-09-06 00:00-3", 2},
		{"30 23 * * *", "America/Nuuk", "2027-03-27T12:00:00Z", "2027-03-28 00:00-1 | 2027-03-28 23:30-1", 2},
		/* a whole day, in Samoa */
		{"0 9 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z",
			"2011-12-29 09:00-10 | 2011-12-31 00:00+14 | 2011-12-31 09:00+14", 3},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
a_time_that_exists_twice_runs_once(void **state)
{
	static const struct due cases[] = {
		/* put back on 31 October 2027, from 03:00 to 02:00 */
		{"30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z", "2027-10-31 02:30+2 | 2027-11-01 02:30+1", 2},
		{"*/30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z",
			"2027-10-31 02:00+2 | 2027-10-31 02:30+2 | 2027-11-01 02:00+1", 3},
		/* asked between the two, and in the second */
		{"30 2 * * *", "Europe/Berlin", "2027-10-31T00:45:00Z", "2027-11-01 02:30+1", 1},
		{"30 2 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", "2027-11-01 02:30+1", 1},
		{"0 3 * * *", "Europe/Berlin", "2027-10-31T00:30:00Z", "2027-10-31 03:00+1", 1},
		{"30 1 * * *", "America/New_York", "2027-11-07T04:00:00Z", "2027-11-07 01:30-4 | 2027-11-08 01:30-5",
			2},
		{"30 2 * * *", "Australia/Sydney", "2027-04-03T12:00:00Z", "2027-04-04 02:30+11 | 2027-04-05 02:30+10",
			2},
		{"45 1 * * *", "Australia/Lord_Howe", "2027-04-03T12:00:00Z",
			"2027-04-04 01:45+11 | 2027-04-05 01:45+10.5", 2},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
where_every_hour_is_meant_it_follows_the_clock(void **state)
{
	static const struct due cases[] = {
		{"0 * * * *", "Europe/Berlin", "2027-10-30T23:30:00Z",
			"2027-10-31 02:00+2 | 2027-10-31 02:00+1 | 2027-10-31 03:00+1", 3},
		{"*/30 * * * *", "Europe/Berlin", "2027-10-31T00:10:00Z",
			"2027-10-31 02:30+2 | 2027-10-31 02:00+1 | 2027-10-31 02:30+1 | 2027-10-31 03:00+1", 4},
		{"30 * * * *", "Europe/Berlin", "2027-03-28T00:00:00Z", "2027-03-28 01:30+1 | 2027-03-28 03:30+2", 2},
		{"30 0-23 * * *", "Europe/Berlin", "2027-03-28T00:00:00Z", "2027-03-28 01:30+1 | 2027-03-28 03:30+2",
			2},
		{"30 */1 * * *", "Europe/Berlin", "2027-03-28T00:00:00Z", "2027-03-28 01:30+1 | 2027-03-28 03:30+2", 2},
		{"0 */2 * * *", "Europe/Berlin", "2027-03-28T00:30:00Z", "2027-03-28 03:00+2 | 2027-03-28 04:00+2", 2},
		{"15 * * * *", "Australia/Lord_Howe", "2027-10-02T14:30:00Z",
			"2027-10-03 01:15+10.5 | 2027-10-03 03:15+11", 2},
		{"0 * 29 2 *", "Europe/Berlin", "2027-03-01T00:00:00Z", "2028-02-29 00:00+1 | 2028-02-29 01:00+1", 2},
		{"0 * 31 10 *", "Europe/Berlin", "2027-10-31T00:00:00Z", "2027-10-31 02:00+1 | 2027-10-31 03:00+1", 2},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
zones_of_half_hours_keep_their_minutes(void **state)
{
	static const struct due cases[] = {
		{"30 9 * * *", "Asia/Kolkata", "2027-01-01T00:00:00Z", "2027-01-01 09:30+5.5 | 2027-01-02 09:30+5.5",
			2},
		{"*/15 * * * *", "Asia/Kathmandu", "2027-01-01T00:00:00Z",
			"2027-01-01 06:00+5.75 | 2027-01-01 06:15+5.75", 2},
		{"0 * * * *", "America/St_Johns", "2027-07-01T00:00:00Z", "2027-06-30 22:00-2.5", 1},
		{"0 0 1 1 *", "Pacific/Kiritimati", "2026-12-31T09:59:00Z", "2027-01-01 00:00+14", 1},
		{"0 0 1 1 *", "Etc/GMT+12", "2026-12-31T09:59:00Z", "2027-01-01 00:00-12", 1},
		{"0 12 * * *", "Africa/Monrovia", "1971-06-01T00:00:00Z", "1971-06-01 12:00-0.741667", 1},
	};
	(void)state;
	CHECK_DUE(cases);
}

static void
there_is_an_end_to_it(void **state)
{
	static const struct due cases[] = {
		{"0 0 29 2 *", "UTC", "9996-02-29T00:00:00Z", "never", 1},
		{"* * * * *", "UTC", "9999-12-31T23:58:30Z", "9999-12-31 23:59+0 | never", 2},
		{"0 12 31 12 *", "Pacific/Kiritimati", "9999-12-30T23:00:00Z", "never", 1},
	};
	(void)state;
	CHECK_DUE(cases);
	int64_t at;
	struct cron cron = read_cron("* * * * *");
	assert_false(cron_next(&cron, zone_named("UTC"), INT64_MAX, &at));
	assert_false(cron_next(&cron, zone_named("UTC"), INT64_MIN, &at));
}

static void
what_is_wrong_is_refused_and_its_field_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "0 fields"},
		{"* * * *", "4 fields"},
		{"0 0 0 1 1 *", "Seconds and years are not among them"},
		{"@reboot", "no name of a schedule"},
		{"@every 5m", "no name of a schedule"},
		{"60 * * * *", "Field 1 of the cron expression, minute: \"60\" is too large. Expected is 0 to 59."},
		{"* 24 * * *", "Field 2 of the cron expression, hour"},
		{"* * 0 * *", "Field 3 of the cron expression, day of month: \"0\" is too small"},
		{"* * 32 * *", "Field 3 of the cron expression, day of month"},
		{"* * * 13 *", "Field 4 of the cron expression, month"},
		{"* * * 0 *", "Field 4 of the cron expression, month"},
		{"* * * * 8", "Field 5 of the cron expression, day of week"},
		{"* * * * MONDAY",
			"Field 5 of the cron expression, day of week: \"MONDAY\" is not understood to its end"},
		{"* * * JANU *", "Field 4"},
		{"MON * * * *", "Field 1"},
		{"-1 * * * *", "Field 1"},
		{"1- * * * *", "Field 1"},
		{"1-2-3 * * * *", "Field 1"},
		{"5-1 * * * *", "runs backwards"},
		{"* 22-2 * * *", "runs backwards"},
		{"* * * * SAT-MON", "runs backwards"},
		{"*/0 * * * *", "no step of 1 or more"},
		{"*/ * * * *", "no step of 1 or more"},
		{"*/60 * * * *", "goes past the end at once"},
		{"5-10/6 * * * *", "goes past the end at once"},
		{"* * * * 7/2", "goes past the end at once"},
		{"*/5/5 * * * *", "not understood"},
		{"1,,2 * * * *", "a comma with nothing beside it"},
		{",1 * * * *", "a comma"},
		{"1, * * * *", "a comma"},
		{"** * * * *", "not understood"},
		{"? * * * *", "Field 1"},
		{"* * ?,1 * *", "Field 3"},
		{"* * 0W * *", "Field 3"},
		{"* * 15W-20 * *", "Field 3"},
		{"* * L-0 * *", "L-1 to L-30"},
		{"* * L-31 * *", "L-1 to L-30"},
		{"* * 5L * *", "Field 3"},
		{"* * * * L", "Field 5"},
		{"* * * * MON#0", "#1 to #5"},
		{"* * * * MON#6", "#1 to #5"},
		{"* * * * MON#2-3", "one day alone"},
		{"99999999999999999999 * * * *", "Field 1"},
		{"1e1 * * * *", "Field 1"},
		{"\xff * * * *", "Field 1"},
		{"0 0 30 2 *",
			"Field 3 of the cron expression, day of month: \"30\" is in no month of field 4 (\"2\")"},
		{"0 0 30 FEB ?", "is in no month of field 4 (\"FEB\")"},
		{"0 0 31 2,4,6,9,11 *", "never comes due"},
		{"0 0 30W 2 *", "never comes due"},
		{"0 0 L-29 2 *", "never comes due"},
		{"0 0 31 4-4 */2", "Fields 3 and 5"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cron cron;
		struct err err = {0};
		if (cron_parse(str_of(cases[i].text), &cron, &err))
			fail_msg("\"%s\" is taken", cases[i].text);
		if (!strstr(err.message, cases[i].says))
			fail_msg("%s: it says \"%s\", and not \"%s\"", cases[i].text, err.message, cases[i].says);
	}
	struct cron cron;
	struct err err = {0};
	char longer[CRON_TEXT_MAX + 2];
	memset(longer, '1', sizeof longer);
	assert_false(cron_parse((struct str){longer, sizeof longer}, &cron, &err));
	read_cron("0 0 30 2 MON"); /* either day: there are Mondays */
}

static void
words_say_what_is_meant(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"* * * * *", "Every minute"},
		{"*/15 * * * *", "Every 15 minutes"},
		{"0 * * * *", "Every hour, on the hour"},
		{"5 * * * *", "At minute 5 of every hour"},
		{"5,17 * * * *", "At minutes 5 and 17 of every hour"},
		{"30 9 * * *", "At 09:30 every day"},
		{"0 9,12,18 * * *", "At 09:00, 12:00 and 18:00 every day"},
		{"30 9 * * MON-FRI", "At 09:30, from Monday to Friday"},
		{"30 9 * * 1,3", "At 09:30, on Mondays and Wednesdays"},
		{"15 */2 * * *", "Every 2 hours from 00:15 on every day"},
		{"30 9-17 * * *", "Every hour from 09:30 to 17:30 every day"},
		{"*/10 9-17 * * *", "Every 10 minutes, from 09:00 to 17:59 every day"},
		{"* 9,17 * * *", "Every minute, in the hours that begin at 9:00 and 17:00 every day"},
		{"0 0 1 * *", "At 00:00, on day 1 of the month"},
		{"0 0 1,15 1 *", "At 00:00, on the days 1 and 15 of the month, in January"},
		{"0 0 1-7 6-8 *", "At 00:00, on the days 1 to 7 of the month, in June to August"},
		{"0 0 L * *", "At 00:00, on the last day of the month"},
		{"0 0 L-3 * *", "At 00:00, 3 days before the last of the month"},
		{"0 0 15W * *", "At 00:00, on the day from Monday to Friday that is nearest to day 15 of the month"},
		{"0 0 LW * *", "At 00:00, on the month's last day from Monday to Friday"},
		{"0 0 * * FRIL", "At 00:00, on the last Friday of the month"},
		{"0 0 * * TUE#2", "At 00:00, on the second Tuesday of the month"},
		{"0 0 13 * FRI", "At 00:00, on day 13 of the month or on Fridays"},
		{"0 0 */10 * FRI", "At 00:00, on the days 1, 11, 21 and 31 of the month, but only on Fridays"},
		{"0 8 * 2,3 *", "At 08:00 every day, in February and March"},
		{"@weekly", "At 00:00, on Sundays"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cron cron = read_cron(cases[i].text);
		assert_string_equal(cron_words(arena, &cron), cases[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			fields_are_numbers_names_ranges_lists_and_steps, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(leap_years_come_when_they_come, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			days_of_the_month_and_of_the_week_go_together_as_in_every_cron, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(last_nearest_and_nth_days_are_those, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_time_that_does_not_exist_runs_at_the_first_instant_after, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_time_that_exists_twice_runs_once, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			where_every_hour_is_meant_it_follows_the_clock, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(zones_of_half_hours_keep_their_minutes, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(there_is_an_end_to_it, arena_setup, arena_teardown),
		cmocka_unit_test(what_is_wrong_is_refused_and_its_field_is_named),
		cmocka_unit_test_setup_teardown(words_say_what_is_meant, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

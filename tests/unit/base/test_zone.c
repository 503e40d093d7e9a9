/* Time zones against what the C library says of the same instants, and files that are none. */
#include "../support.h"

#include "base/day.h"
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct zone *
zone_named(const char *name)
{
	const struct zone *zone;
	struct err err = {0};
	if (!zone_load(arena, str_of(name), &zone, &err))
		fail_msg("%s: %s", name, err.message);
	return zone;
}

static void
days_are_those_of_the_calendar(void **state)
{
	(void)state;
	for (int64_t number = -800000; number < 3000000; number += 17) {
		time_t seconds = (time_t)number * DAY_SECONDS;
		struct tm tm;
		gmtime_r(&seconds, &tm);
		struct day day = day_of(number);
		assert_int_equal(day.year, tm.tm_year + 1900);
		assert_int_equal(day.month, tm.tm_mon + 1);
		assert_int_equal(day.day, tm.tm_mday);
		assert_int_equal(day_week(number), tm.tm_wday);
		assert_int_equal(day_number(day.year, day.month, day.day), number);
		assert_true(day.day <= days_in_month(day.year, day.month));
	}
	assert_int_equal(days_in_month(2000, 2), 29);
	assert_int_equal(days_in_month(2100, 2), 28);
	assert_int_equal(day_at(-1), -1);
	assert_int_equal(day_at(86400), 1);
}

/* In both hemispheres, with half hours and quarters of them, with changes of half an hour, without any, and with rules of their own. */
static const char *const names[] = {"UTC", "Europe/Berlin", "Europe/Dublin", "Europe/London", "America/New_York",
	"America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Nuuk", "Australia/Sydney",
	"Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Gaza", "Asia/Tehran", "Africa/Casablanca",
	"Africa/Monrovia", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll", "Etc/GMT+5"};

static void
clocks_show_what_the_c_library_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct zone *zone = zone_named(names[i]);
		setenv("TZ", names[i], 1);
		tzset();
		for (int64_t at = -2000000000; at < INT64_C(6000000000); at += 86400 * 5 + 12345) {
			time_t seconds = (time_t)at;
			struct tm tm;
			localtime_r(&seconds, &tm);
			struct zone_span span = zone_at(zone, at);
			if (span.offset != tm.tm_gmtoff || strcmp(span.name, tm.tm_zone) != 0)
				fail_msg("%s at %lld: %d %s, and it is %ld %s", names[i], (long long)at, span.offset,
					span.name, tm.tm_gmtoff, tm.tm_zone);
			assert_true(span.from <= at && at < span.to);
		}
	}
	unsetenv("TZ");
	tzset();
}

static void
spans_follow_each_other_and_change_at_their_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct zone *zone = zone_named(names[i]);
		struct zone_span span = zone_at(zone, 0);
		for (int n = 0; n < 300 && span.to != INT64_MAX; n++) {
			struct zone_span next = zone_at(zone, span.to), last = zone_at(zone, span.to - 1);
			assert_int_equal(next.from, span.to);
			assert_int_equal(last.from, span.from);
			assert_int_equal(last.offset, span.offset);
			span = next;
		}
	}
}

/* Each second around changes, counted out. */
static void
a_local_time_is_the_first_instant_that_shows_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct zone *zone = zone_named(names[i]);
		struct zone_span span = zone_at(zone, INT64_C(1600000000));
		for (int n = 0; n < 6 && span.to != INT64_MAX; n++, span = zone_at(zone, span.to)) {
			struct zone_span next = zone_at(zone, span.to);
			int64_t before = span.to + span.offset, after = span.to + next.offset;
			for (int64_t local = before - 100; local < before + 100; local += 7)
				if (local < before)
					assert_int_equal(zone_instant(zone, local), local - span.offset);
			for (int64_t local = before; local < after; local += 61) /* left out */
				assert_int_equal(zone_instant(zone, local), span.to);
			for (int64_t local = after; local < before; local += 61) /* twice */
				assert_int_equal(zone_instant(zone, local), local - span.offset);
			assert_int_equal(zone_instant(zone, (before > after ? before : after) + 5),
				(before > after ? before : after) + 5 - next.offset);
		}
	}
}

static void
a_day_that_an_island_left_out_is_its_end(void **state)
{
	(void)state;
	const struct zone *apia = zone_named("Pacific/Apia"); /* no 30 December 2011 */
	int64_t left_out = day_number(2011, 12, 30) * DAY_SECONDS + 9 * 3600;
	struct zone_span after = zone_at(apia, zone_instant(apia, left_out));
	assert_int_equal(zone_instant(apia, left_out) + after.offset, day_number(2011, 12, 31) * DAY_SECONDS);
}

static void
names_are_no_paths(void **state)
{
	static const char *const bad[] = {"", "/", "/etc/passwd", "../../../etc/passwd", "Europe/../Europe/Berlin",
		"Europe", "Europe/", "Europe//Berlin", "europe/berlin", "Mars/Base", "right/Europe/Berlin",
		"posixrules", "localtime", "tzdata.zi", "zone.tab", "Europe/Berlin\n", ":Europe/Berlin", "CET-1CEST",
		"-5", "EuropeEuropeEuropeEuropeEuropeEuropeEuropeEuropeEuropeEuropeEuropeEurope/Berlin"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct zone *zone;
		struct err err = {0};
		if (zone_load(arena, str_of(bad[i]), &zone, &err))
			fail_msg("\"%s\" is a zone", bad[i]);
		assert_int_equal(err.code, ERR_INVALID);
		assert_non_null(strstr(err.message, "IANA"));
	}
}

/* A file of a zone with nothing but its footer. */
static struct str
file_with(const char *footer)
{
	static char bytes[400];
	static const char header[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
	static const char body[10] = {0, 0, 0, 0, 0, 0, 'L', 'M', 'T', 0};
	char *at = bytes;
	for (int n = 0; n < 2; n++) {
		memcpy(at, header, sizeof header);
		memcpy(at + sizeof header, body, sizeof body);
		at += sizeof header + sizeof body;
	}
	size_t n = (size_t)snprintf(at, 200, "\n%s\n", footer);
	return (struct str){bytes, (size_t)(at - bytes) + n};
}

static void
rules_of_footers_are_read_or_refused(void **state)
{
	static const char *const good[] = {"", "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0530>-5:30",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "IST-1GMT0,M10.5.0,M3.5.0/1", "EET-2EEST,M3.4.4/50,M10.4.4/50",
		"XXX3EDT4,0/0,J365/23"};
	static const char *const bad[] = {"1", "CET", "CET-", "CET-1CEST", "CET-1CEST,M3.5.0",
		"CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J365", "CET-1CEST,0,366", "CET-25", "<CET-1", "CET-1CEST,M3.5.0/168,M10.5.0", "UTC0 ",
		"CET-1:60", "<+0530+0530+0530+0530>-5"};
	const struct zone *zone;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!zone_read(arena, file_with(good[i]), &zone))
			fail_msg("\"%s\" is refused", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (zone_read(arena, file_with(bad[i]), &zone))
			fail_msg("\"%s\" is taken", bad[i]);
	assert_true(zone_read(arena, file_with("XXX3EDT4,0/0,J365/23"), &zone)); /* summer for ever */
	assert_int_equal(zone_at(zone, 1700000000).offset, -4 * 3600);
	assert_int_equal(zone_at(zone, day_number(2026, 1, 1) * DAY_SECONDS + 3 * 3600).offset, -4 * 3600);
}

static void
files_that_are_cut_off_or_changed_are_no_zones(void **state)
{
	struct str whole = file_with("CET-1CEST,M3.5.0,M10.5.0/3");
	const struct zone *zone;
	(void)state;
	assert_true(zone_read(arena, whole, &zone));
	for (size_t n = 0; n < whole.n; n++) {
		char *cut = malloc(n + 1); /* of its own, so that the sanitizers see a read past its end */
		memcpy(cut, whole.p, n);
		if (zone_read(arena, (struct str){cut, n}, &zone))
			fail_msg("%zu bytes of %zu are a zone", n, whole.n);
		free(cut);
	}
	static const size_t places[] = {0, 4, 20, 28, 32, 36, 40, 54 + 28, 54 + 32, 54 + 36, 54 + 44, 54 + 49};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char *changed = malloc(whole.n);
		memcpy(changed, whole.p, whole.n);
		changed[places[i]] = (char)(places[i] == 4 ? '1' : 0x7f);
		if (zone_read(arena, (struct str){changed, whole.n}, &zone))
			fail_msg("changed at %zu it still is a zone", places[i]);
		free(changed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_those_of_the_calendar),
		cmocka_unit_test_setup_teardown(clocks_show_what_the_c_library_says, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			spans_follow_each_other_and_change_at_their_ends, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			a_local_time_is_the_first_instant_that_shows_it, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_day_that_an_island_left_out_is_its_end, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(names_are_no_paths, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(rules_of_footers_are_read_or_refused, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			files_that_are_cut_off_or_changed_are_no_zones, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

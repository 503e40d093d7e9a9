/* Times are written as RFC 3339 in UTC, whatever the zone of the machine. */
#include "../support.h"

#include "base/time.h"

#include <stdlib.h>

#include <string.h>

static void
instants_are_written_in_utc(void **state)
{
	(void)state;
	static const struct {
		int64_t wall;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{1795256430123999, "2026-11-21T10:20:30.123Z"},
		{951782400000000, "2000-02-29T00:00:00.000Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{INT64_MAX, "9999-12-31T23:59:59.999Z"},
	};
	setenv("TZ", "Asia/Kathmandu", 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[TIME_TEXT_SIZE];
		time_text(cases[i].wall, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void
the_boot_clock_does_not_go_back(void **state)
{
	(void)state;
	int64_t before = boot_us();
	for (int i = 0; i < 1000; i++) {
		int64_t after = boot_us();
		assert_true(after >= before);
		before = after;
	}
	assert_true(wall_us() > 1700000000000000);
}

static void
times_are_read_with_any_offset(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-21T10:20:30.123Z", INT64_C(1795256430123000)},
		{"2026-11-21t11:20:30.123456789+01:00", INT64_C(1795256430123456)},
		{"2026-11-21T05:50:30-04:30", INT64_C(1795256430000000)},
		{"2028-02-29T00:00:00z", INT64_C(1835395200000000)},
	};
	static const char *const bad[] = {"", "2026", "2026-11-21", "2026-11-21T10:20:30", "2026-11-21 10:20:30Z",
		"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T10:20:30Zx",
		"2026-11-21T10:20:30.Z", "2026-11-21T10:20:30+1:00", "1969-12-31T23:59:59Z", "2026-11-21T10:60:00Z",
		"20261121T102030Z", "2026-11-21T10:20:30+24:00"};
	int64_t us;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(time_parse(good[i].text, strlen(good[i].text), &us));
		assert_int_equal(us, good[i].us);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(time_parse(bad[i], strlen(bad[i]), &us));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_with_any_offset),
		cmocka_unit_test(instants_are_written_in_utc),
		cmocka_unit_test(the_boot_clock_does_not_go_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

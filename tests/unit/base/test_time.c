/* Times are written as RFC 3339 in UTC, whatever the zone of the machine. */
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instants_are_written_in_utc),
		cmocka_unit_test(the_boot_clock_does_not_go_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

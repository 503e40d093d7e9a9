/* What a terminal shows: figures, widths, and nothing that could take it over. */
#include "../support.h"

#include "cli/format.h"

#include <stdlib.h>
#include <time.h>

#define NB "\xc2\xa0"

static void
durations_have_one_form(void **state)
{
	(void)state;
	assert_string_equal(format_duration(arena, -5), "0" NB "ms");
	assert_string_equal(format_duration(arena, 840), "840" NB "ms");
	assert_string_equal(format_duration(arena, 1000), "1.0" NB "s");
	assert_string_equal(format_duration(arena, 21449), "21.4" NB "s");
	assert_string_equal(format_duration(arena, 59949), "59.9" NB "s");
	assert_string_equal(format_duration(arena, 59950), "1" NB "m 0" NB "s");
	assert_string_equal(format_duration(arena, 72000), "1" NB "m 12" NB "s");
	assert_string_equal(format_duration(arena, 7500000), "2" NB "h 05" NB "m");
	assert_string_equal(format_duration(arena, 273600000), "3" NB "d 4" NB "h");
	assert_string_equal(format_elapsed(arena, 4999), "4" NB "s");
	assert_string_equal(format_elapsed(arena, 61000), "1" NB "m 1" NB "s");
}

static void
counts_and_money_have_one_form(void **state)
{
	(void)state;
	assert_string_equal(format_count(arena, 0), "0");
	assert_string_equal(format_count(arena, 8412), "8,412");
	assert_string_equal(format_count(arena, 1007), "1,007");
	assert_string_equal(format_count(arena, 128400), "128k");
	assert_string_equal(format_count(arena, 1290000), "1.2M");
	assert_string_equal(format_money(arena, 0), "free");
	assert_string_equal(format_money(arena, 4200000), "$0.0042");
	assert_string_equal(format_money(arena, 43000000), "$0.043");
	assert_string_equal(format_money(arena, 1200000000), "$1.20");
}

static void
times_of_the_api_are_understood(void **state)
{
	(void)state;
	int64_t us = 0;
	assert_true(format_parse_time(STR("1970-01-01T00:00:01Z"), &us) && us == 1000000);
	assert_true(format_parse_time(STR("2026-11-21T11:00:16.675025Z"), &us) && us == 1795258816675025);
	assert_true(format_parse_time(STR("2026-11-21T11:00:16.6+00:00"), &us) && us == 1795258816600000);
	assert_false(format_parse_time(STR("yesterday"), &us));
	assert_false(format_parse_time(STR("2026-11-21T11:00:16+02:00"), &us));
	assert_false(format_parse_time(STR("2026-11-21T11:00:16.675Zjunk"), &us));
}

static const char *
safe(struct str text, bool lines)
{
	struct buf out;
	buf_init(&out, 4096);
	format_safe(&out, text, lines);
	const char *copy = arena_strz(arena, buf_str(&out));
	buf_release(&out);
	return copy;
}

static void
control_characters_never_reach_a_terminal(void **state)
{
	(void)state;
	assert_string_equal(safe(STR("a\033[2Jb"), true), "a[2Jb");
	assert_string_equal(safe(STR("a\033]52;c;aGk=\ab"), true), "a]52;c;aGk=b");
	assert_string_equal(safe(STR("a\x7f\xc2\x9b"
				     "31mb"),
				    true),
		"a31mb"); /* C1: CSI in one character */
	assert_string_equal(safe(STR("a\xe2\x80\xae"
				     "b"),
				    true),
		"ab"); /* right to left */
	assert_string_equal(safe(STR("a\nb\tc"), true), "a\nb\tc");
	assert_string_equal(safe(STR("a\nb\tc\rd"), false), "a b c d");
	assert_string_equal(safe(STR("a\rb"), true), "a b"); /* would write over the line */
	assert_string_equal(safe(STR("a\xff"
				     "b\xc3"),
				    true),
		"a\xef\xbf\xbd"
		"b\xef\xbf\xbd");
}

static void
text_is_cut_by_columns_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(format_width(STR("Größe")), 5);
	assert_int_equal(format_width(STR("日本")), 4);
	assert_int_equal(format_width(STR("e\xcc\x81")), 1);
	assert_true(str_is(format_fit(arena, STR("short"), 5, false), "short"));
	assert_true(str_is(format_fit(arena, STR("longer"), 5, false), "long…"));
	assert_true(str_is(format_fit(arena, STR("longer"), 5, true), "…nger"));
	assert_true(str_is(format_fit(arena, STR("日本語"), 4, false), "日…"));
	assert_true(str_is(format_fit(arena, STR("日本語"), 4, true), "…語"));
	assert_int_equal(format_fit(arena, STR("longer"), 1, false).n, 0);
}

static void
times_are_told_from_now_on_for_a_day(void **state)
{
	(void)state;
	const int64_t now = INT64_C(1795000000) * 1000000, second = 1000000;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(format_when(arena, now + 5 * second, now), "0 s ago");
	assert_string_equal(format_when(arena, now - 59 * second, now), "59 s ago");
	assert_string_equal(format_when(arena, now - 61 * second, now), "1 min ago");
	assert_string_equal(format_when(arena, now - 7200 * second, now), "2 h ago");
	assert_string_equal(format_when(arena, now - 86400 * second, now), "17 Nov 11:06");
	assert_string_equal(format_when(arena, now - INT64_C(400) * 86400 * second, now), "14 Oct 2025 11:06");
	assert_string_equal(format_clock(arena, now), "11:06:40");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_have_one_form),
		cmocka_unit_test(counts_and_money_have_one_form),
		cmocka_unit_test(times_of_the_api_are_understood),
		cmocka_unit_test(control_characters_never_reach_a_terminal),
		cmocka_unit_test(text_is_cut_by_columns_not_bytes),
		cmocka_unit_test(times_are_told_from_now_on_for_a_day),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}

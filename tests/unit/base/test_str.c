/* Slices: numbers in decimal, strict UTF-8. */
#include "base/str.h"

#include "../support.h"
#include <limits.h>

static void
slices_compare_by_bytes(void **state)
{
	(void)state;
	assert_true(str_eq((struct str){NULL, 0}, STR("")));
	assert_true(str_is(STR("abc"), "abc"));
	assert_false(str_is(STR("abc"), "ab"));
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_int_equal(str_of(NULL).n, 0);
}

static void
decimal_digits_are_read_up_to_a_maximum(void **state)
{
	(void)state;
	unsigned long long value = 7;
	assert_true(str_to_u64(STR("0"), 10, &value) && value == 0);
	assert_true(str_to_u64(STR("10"), 10, &value) && value == 10);
	assert_true(str_to_u64(STR("18446744073709551615"), ULLONG_MAX, &value) && value == ULLONG_MAX);
	static const char *const refused[] = {
		"", "-1", "+1", " 1", "1 ", "1a", "0x1", "11", "18446744073709551616", "99999999999999999999999"};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		value = 7;
		assert_false(str_to_u64(str_of(refused[i]), 10, &value));
		assert_int_equal(value, 7);
	}
	assert_false(str_to_u64(STR("18446744073709551616"), ULLONG_MAX, &value));
}

static void
only_strict_utf8_is_valid(void **state)
{
	(void)state;
	static const char *const valid[] = {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
		assert_int_equal(str_utf8_bad(str_of(valid[i])), strlen(valid[i]));
	static const char *const invalid[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x20",
		"\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98", "\xfe", "\xff"};
	for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
		char text[16] = "ab";
		strcat(text, invalid[i]);
		assert_int_equal(str_utf8_bad(str_of(text)), 2);
	}
}

static void
length_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(str_utf8_length(STR("")), 0);
	assert_int_equal(str_utf8_length(STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_compare_by_bytes),
		cmocka_unit_test(decimal_digits_are_read_up_to_a_maximum),
		cmocka_unit_test(only_strict_utf8_is_valid),
		cmocka_unit_test(length_counts_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Numbers are exact: orders and multiples that floating point gets wrong. */
#include "json/number.h"

#include "../support.h"

static struct number
number(const char *text)
{
	struct number n;
	if (!number_read(str_of(text), &n))
		fail_msg("%s is not read", text);
	return n;
}

static void
only_what_json_calls_a_number_is_one(void **state)
{
	(void)state;
	static const char *const refused[] = {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e5", "1x", " 1",
		"1 ", "0x1", "1e5.5", "--1", "NaN"};
	struct number n;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_false(number_read(str_of(refused[i]), &n));
	number("0");
	number("-0.0e-0");
	number("1E+5");
}

static void
numbers_are_ordered_by_value(void **state)
{
	(void)state;
	static const char *const rising[] = {"-1e99999999999999999999", "-1e400", "-10", "-9.99", "-1", "-0.01",
		"-1e-400", "0", "1e-99999999999999999999", "1e-400", "0.0999", "0.1", "0.10000000000000000000000001",
		"0.11", "1", "9", "10", "11", "9007199254740992", "9007199254740993", "1e400"};
	size_t n = sizeof rising / sizeof rising[0];
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			struct number a = number(rising[i]), b = number(rising[k]);
			int order = number_order(&a, &b);
			if ((order < 0) != (i < k) || (order == 0) != (i == k))
				fail_msg("%s against %s gives %d", rising[i], rising[k], order);
		}
}

static void
multiples_are_exact(void **state)
{
	(void)state;
	static const struct {
		const char *value, *step;
		bool yes;
	} cases[] = {{"0.3", "0.1", true}, {"19.99", "0.01", true}, {"19.999", "0.01", false}, {"4.35", "0.05", true},
		{"0.0075", "0.0001", true}, {"0.00751", "0.0001", false}, {"0", "7", true}, {"-21", "7", true},
		{"22", "7", false}, {"1e400", "7", false}, {"7e400", "7", true}, {"12391239123", "0.00000001", true},
		{"1e-8", "1", false}, {"9007199254740993", "2", false},
		{"123456789012345678", "123456789012345678", true}, {"10", "4", false}, {"100", "4", true},
		{"1.5", "0.5", true}, {"1", "1e1", false}, {"20", "1e1", true}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct number value = number(cases[i].value), step = number(cases[i].step);
		if (number_multiple(&value, &step) != cases[i].yes)
			fail_msg("%s of %s", cases[i].value, cases[i].step);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_json_calls_a_number_is_one),
		cmocka_unit_test(numbers_are_ordered_by_value),
		cmocka_unit_test(multiples_are_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
		{"1.5", "0.5", true}, {"1", "1e1", false}, {"20", "1e1", true},
		/* Longer than a machine word. */
		{"1e84", "1717986918400000000000000000000000000000e-7", true},
		{"447401554239298167248998024212875989337945123250417297655205e1",
			"96821276176481516107095282492951903515714637956470304494747e1", false},
		{"4137262370425839118848597200318255432195501455531168582362544656e-4",
			"218810152867878100214120858912537308662761870929298105688732e-4", true},
		{"1e32", "14411518807585587200000000000e2", false},
		{"274981549808490606998997301665772256664745200e-1", "6076501962428802802561150e-1", true},
		{"49966534589681788303554045806927059071861e-5", "8404632286098285560927708177813859000951e-5", false},
		{"1e25", "184467440737095516160000000000000e-6", false},
		{"47829860020325738149063425147737663304031913e1", "5306489092220369844149156932827164852802e1", false},
		{"3235080165743681407055645e2", "86724396583215328715e2", true},
		{"133e51", "17592186044416000000000000000000000000e-6", false},
		{"11542071129596646717429563439405735629849233232117101298170496760e0",
			"643083972007836344853441243559490507569045756191057571772370e0", true},
		{"17464481003254655349308230061422780425212217501205562414948035604e2",
			"577408412144685272486800261462918927876641107255521726043657e2", false},
		{"548e67", "2882303761517117440000e-6", true},
		{"136071182285458612156058756640367248524066384e1", "9971053870384771691458861e1", false},
		{"2295617879168728709427447208684607464356964590461851864243820664e-5",
			"107907204999940242052620438501673755022890128347365416200236e-5", true},
		{"1e66", "75557863725914323419136000e-7", false},
		{"130836643268684029184609104968e2", "2873383477592217445965852e2", true},
		{"342024266930077823842281232425496222931331027e-1", "5393113769771957178381862589430780788114e-1",
			false},
		{"937e23", "175921860444160000000000000000000000e-6", false},
		{"1171161228589117892954209e0", "53489243610322695111e0", false},
		{"61482414972358083599774196015596041994795e-5", "8783202138908297657110599430799434570685e-5", true},
		{"199e108", "36028797018963968000000000000000e-3", true},
		{"2534446613320079338018727895212139206745243055933732159895592e-3",
			"316805826665009917252340986901517400843155381991716519986949e-3", true},
		{"1711121652989324295427414e-5", "73122658227427082505e-5", false}};
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

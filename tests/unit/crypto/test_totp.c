/* Codes of an authenticator against the vectors of RFC 6238, and recovery codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/id.h"
#include "crypto/totp.h"

#include <string.h>

static const struct str secret = {"12345678901234567890", 20};

/* Appendix B, the last six of its eight digits; and RFC 4226, appendix D, for the small counters. */
static void
codes_are_those_of_the_standard(void **state)
{
	(void)state;
	static const struct {
		int64_t seconds;
		const char *code;
	} vectors[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"},
		{2000000000, "279037"}, {20000000000, "353130"}, {0, "755224"}, {60, "359152"}, {90, "969429"},
		{120, "338314"}, {150, "254676"}, {180, "287922"}, {210, "162583"}, {240, "399871"}, {270, "520489"}};
	char code[TOTP_DIGITS + 1];
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		assert_true(totp_code(secret, vectors[i].seconds / TOTP_SECONDS, code));
		assert_string_equal(code, vectors[i].code);
	}
}

static void
a_code_is_good_one_step_early_and_late_and_no_more(void **state)
{
	(void)state;
	const int64_t at = (int64_t)1111111111 * 1000000, step = 1111111111 / TOTP_SECONDS;
	for (int64_t off = -3; off <= 3; off++) {
		char code[TOTP_DIGITS + 1];
		int64_t found = -1;
		assert_true(totp_code(secret, step + off, code));
		assert_int_equal(totp_find(secret, str_of(code), at, &found), off >= -1 && off <= 1);
		assert_int_equal(found, off >= -1 && off <= 1 ? step + off : -1);
	}
}

static void
what_is_no_code_is_none(void **state)
{
	(void)state;
	const int64_t at = (int64_t)59 * 1000000;
	int64_t found;
	static const char *const wrong[] = {"", "28708", "2870820", "287083", "28708a", " 28708", "-28708"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(totp_find(secret, str_of(wrong[i]), at, &found));
	assert_true(totp_find(secret, STR("287082"), at, &found));
}

static void
a_secret_is_shown_in_base_32(void **state)
{
	(void)state;
	char text[TOTP_TEXT_SIZE];
	totp_secret_text((const unsigned char *)secret.p, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void
a_recovery_code_is_read_as_people_type_it_and_is_one_persons(void **state)
{
	(void)state;
	struct id ada = id_new(), bob = id_new();
	unsigned char right[RECOVERY_HASH_SIZE], other[RECOVERY_HASH_SIZE];
	char code[RECOVERY_TEXT_SIZE], again[RECOVERY_TEXT_SIZE];
	recovery_code_new(code);
	recovery_code_new(again);
	assert_int_equal(strlen(code), 19);
	assert_string_not_equal(code, again);
	assert_true(recovery_code_hash(&ada, STR("ABCD-EFGH-IJKL-2345"), right));
	static const char *const same[] = {"abcd-efgh-ijkl-2345", "ABCDEFGHIJKL2345", " abcd efgh ijkl 2345 "};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		assert_true(recovery_code_hash(&ada, str_of(same[i]), other));
		assert_memory_equal(right, other, sizeof right);
	}
	assert_true(recovery_code_hash(&bob, STR("ABCD-EFGH-IJKL-2345"), other));
	assert_memory_not_equal(right, other, sizeof right);
	static const char *const wrong[] = {"", "123456", "ABCD-EFGH-IJKL-234", "ABCD-EFGH-IJKL-23456",
		"ABCD-EFGH-IJKL-2341", "ABCD-EFGH-IJKL-234\xc3\xa9"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(recovery_code_hash(&ada, str_of(wrong[i]), other));
	assert_false(recovery_code_hash(&ada, (struct str){"ABCD-EFGH-IJKL-23\0", 18}, other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_the_standard),
		cmocka_unit_test(a_code_is_good_one_step_early_and_late_and_no_more),
		cmocka_unit_test(what_is_no_code_is_none),
		cmocka_unit_test(a_secret_is_shown_in_base_32),
		cmocka_unit_test(a_recovery_code_is_read_as_people_type_it_and_is_one_persons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

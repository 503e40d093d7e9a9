/* Ids grow, parse strictly, and tokens are 43 characters of base64url without a pattern. */
#include "base/id.h"

#include "base/time.h"

#include "../support.h"

static void
ids_grow_also_within_a_millisecond(void **state)
{
	(void)state;
	struct id before = id_new();
	for (int i = 0; i < 20000; i++) {
		struct id after = id_new();
		assert_true(memcmp(before.b, after.b, sizeof before.b) < 0);
		before = after;
	}
}

static void
an_id_is_version_7_and_begins_with_the_time(void **state)
{
	(void)state;
	char text[ID_TEXT_SIZE];
	struct id id = id_new();
	id_text(id, text);
	assert_int_equal(strlen(text), 36);
	assert_int_equal(text[14], '7');
	assert_non_null(strchr("89ab", text[19]));
	uint64_t ms = 0;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id.b[i];
	/* Ids may run ahead of the clock when thousands are made in a millisecond, by milliseconds. */
	int64_t distance = (int64_t)ms - wall_us() / 1000;
	assert_true(distance > -60000 && distance < 60000);
}

static void
text_reads_back_in_either_case(void **state)
{
	(void)state;
	struct id id, upper;
	char text[ID_TEXT_SIZE];
	assert_true(id_parse(STR("01a1fdac-818b-7688-bdbc-e79e0abf4c2d"), &id));
	assert_true(id_parse(STR("01A1FDAC-818B-7688-BDBC-E79E0ABF4C2D"), &upper));
	assert_true(id_eq(id, upper));
	id_text(upper, text);
	assert_string_equal(text, "01a1fdac-818b-7688-bdbc-e79e0abf4c2d");
}

static void
other_texts_are_not_ids(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "01a1fdac818b7688bdbce79e0abf4c2d",
		"01a1fdac-818b-7688-bdbc-e79e0abf4c2", "01a1fdac-818b-7688-bdbc-e79e0abf4c2dd",
		"{1a1fdac-818b-7688-bdbc-e79e0abf4c2}", "01a1fdac-818b-7688-bdbc-e79e0abf4c2g",
		"01a1fdac0818b-7688-bdbc-e79e0abf4c2d", "01a1fdac-818b-7688-bdbc-e79e0abf4c2 "};
	struct id id = {{9}};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_false(id_parse(str_of(texts[i]), &id));
	assert_int_equal(id.b[0], 9);
}

static void
tokens_are_different_and_of_the_alphabet(void **state)
{
	(void)state;
	char tokens[200][TOKEN_TEXT_SIZE];
	for (int i = 0; i < 200; i++) {
		token_new(tokens[i]);
		assert_int_equal(strlen(tokens[i]), 43);
		assert_int_equal(
			strspn(tokens[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(tokens[i], tokens[k]);
	}
	/* Every character varies (the last holds only four bits of the 256). */
	for (int at = 0; at < 43; at++) {
		bool varies = false;
		for (int i = 1; i < 200; i++)
			varies |= tokens[i][at] != tokens[0][at];
		assert_true(varies);
	}
}

static void
an_id_of_a_request_is_taken_or_made_and_nothing_between(void **state)
{
	(void)state;
	char out[REQUEST_ID_SIZE], most[REQUEST_ID_SIZE + 1];
	struct id id;
	memset(most, 'a', sizeof most);
	static const char *const good[] = {"12345678", "A-z_0123456789abcdef0123456789abcdef"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		request_id_take(str_of(good[i]), out);
		assert_string_equal(out, good[i]);
	}
	request_id_take((struct str){most, 64}, out);
	assert_int_equal(strlen(out), 64);
	static const char *const bad[] = {
		"", "1234567", "12345678 ", "12345678\n", "1234567\"", "1234567\\", "12345678\xc3\xa9", "<12345678>"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		request_id_take(str_of(bad[i]), out);
		assert_true(id_parse(str_of(out), &id));
	}
	request_id_take((struct str){most, 65}, out);
	assert_true(id_parse(str_of(out), &id));
	request_id_take((struct str){"1234\0005678", 9}, out);
	assert_true(id_parse(str_of(out), &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_grow_also_within_a_millisecond),
		cmocka_unit_test(an_id_is_version_7_and_begins_with_the_time),
		cmocka_unit_test(text_reads_back_in_either_case),
		cmocka_unit_test(other_texts_are_not_ids),
		cmocka_unit_test(tokens_are_different_and_of_the_alphabet),
		cmocka_unit_test(an_id_of_a_request_is_taken_or_made_and_nothing_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

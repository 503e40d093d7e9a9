/* Errors: the table is whole, texts are cut between characters, issues are counted past their maximum. */
#include "base/err.h"

#include "../support.h"

static struct err err;

static void
every_code_has_a_name_a_status_and_a_title_of_its_own(void **state)
{
	(void)state;
	for (int a = ERR_NONE; a < ERR_CODES; a++) {
		assert_non_null(err_name((enum err_code)a));
		assert_non_null(err_title((enum err_code)a));
		assert_true(err_status((enum err_code)a) >= 200 && err_status((enum err_code)a) < 600);
		for (int b = ERR_NONE; b < a; b++)
			assert_string_not_equal(err_name((enum err_code)a), err_name((enum err_code)b));
	}
	assert_int_equal(err_status(ERR_INVALID), 422);
	assert_int_equal(err_status((enum err_code)999), 500);
	assert_true(err_retryable(ERR_UNAVAILABLE));
	assert_false(err_retryable(ERR_INVALID));
}

static void
setting_clears_what_was_there_and_returns_false(void **state)
{
	(void)state;
	err_clear(&err);
	err_issue(&err, "/a", "type", "x");
	err_detail(&err, "detail");
	err.line = 3;
	assert_false(err_set(&err, ERR_CONFLICT, "The run %s has ended.", "r1"));
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_string_equal(err.message, "The run r1 has ended.");
	assert_string_equal(err.detail, "");
	assert_int_equal(err.issue_count, 0);
	assert_int_equal(err.line, 0);
	err_set(&err, ERR_CONFLICT, "again: %s", err.message);
	assert_string_equal(err.message, "again: The run r1 has ended.");
	assert_false(err_set(NULL, ERR_CONFLICT, "nobody asked"));
	assert_false(err_issue(NULL, "/a", "type", "nobody asked"));
}

static void
a_long_text_is_cut_between_characters(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		char text[1000];
		memset(text, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof text; i += 4)
			memcpy(text + i, "\xf0\x9f\x98\x80", 5);
		err_set(&err, ERR_MALFORMED, "%s", text);
		struct str message = str_of(err.message);
		assert_true(message.n > sizeof err.message - 5 && message.n < sizeof err.message);
		assert_int_equal(str_utf8_bad(message), message.n);
	}
}

static void
a_name_that_was_cut_before_is_made_whole(void **state)
{
	(void)state;
	err_clear(&err);
	err_issue(&err, "query.\xc3", "x", "\xf0\x9f of \xc3\xa9");
	assert_string_equal(err.issues[0].path, "query.?");
	assert_string_equal(err.issues[0].message, "?? of \xc3\xa9");
}

static void
issues_past_the_maximum_are_counted(void **state)
{
	(void)state;
	err_clear(&err);
	for (int i = 0; i < ERR_ISSUES_MAX + 5; i++)
		assert_false(err_issue(&err, "/steps/0", "required", "Field %d.", i));
	assert_int_equal(err.code, ERR_INVALID);
	assert_true(err.message[0] != '\0');
	assert_int_equal(err.issue_count, ERR_ISSUES_MAX);
	assert_int_equal(err.issues_dropped, 5);
	assert_string_equal(err.issues[19].message, "Field 19.");
	err_clear(&err);
	err_set(&err, ERR_CONFLICT, "Kept.");
	err_issue(&err, "/a", "b", "c");
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_string_equal(err.message, "Kept.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_a_status_and_a_title_of_its_own),
		cmocka_unit_test(setting_clears_what_was_there_and_returns_false),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
		cmocka_unit_test(a_name_that_was_cut_before_is_made_whole),
		cmocka_unit_test(issues_past_the_maximum_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

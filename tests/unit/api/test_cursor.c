/* Cursors come back as they went out, and nothing else comes back. */
#include "api/cursor.h"

#include "../support.h"

#define LIST 7u

static struct err err;

static enum err_code
read_row(struct str text, uint32_t list, int64_t *ret_us, struct id *ret_id)
{
	err_clear(&err);
	bool ok = cursor_read_row(arena, list, text, "query.cursor", ret_us, ret_id, &err);
	assert_true(ok == (err.code == ERR_NONE));
	if (!ok)
		assert_string_equal(err.issues[0].path, "query.cursor");
	return err.code;
}

static void
a_place_comes_back_to_its_own_list(void **state)
{
	(void)state;
	char bytes[200];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 37);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		const char *text = cursor_write(arena, 'x', LIST, (struct str){bytes, n});
		struct str place;
		err_clear(&err);
		assert_int_equal(
			strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), strlen(text));
		assert_true(cursor_read(arena, 'x', LIST, str_of(text), "/cursor", &place, &err));
		assert_true(str_eq(place, (struct str){bytes, n}));
		assert_false(cursor_read(arena, 'y', LIST, str_of(text), "/cursor", &place, &err));
		assert_int_equal(err.code, ERR_INVALID);
		err_clear(&err);
		assert_false(cursor_read(arena, 'x', LIST + 1, str_of(text), "/cursor", &place, &err));
		assert_int_equal(err.code, ERR_INVALID);
		assert_string_equal(err.issues[0].path, "/cursor");
	}
}

static void
every_changed_letter_is_noticed(void **state)
{
	(void)state;
	int64_t us;
	struct id id = id_new(), back;
	const char *text = cursor_write_row(arena, LIST, 1763721600123456, id);
	assert_int_equal(read_row(str_of(text), LIST, &us, &back), ERR_NONE);
	assert_true(us == 1763721600123456 && id_eq(id, back));
	assert_int_equal(read_row(str_of(text), LIST + 1, &us, &back), ERR_INVALID);
	for (size_t i = 0; i < strlen(text); i++) {
		char *bent = arena_strdup(arena, text);
		for (const char *c = "Aaz09-_ =+/\n"; *c; c++) {
			bent[i] = *c;
			if (*c != text[i])
				assert_int_equal(read_row(str_of(bent), LIST, &us, &back), ERR_MALFORMED);
		}
	}
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(read_row((struct str){text, n}, LIST, &us, &back), ERR_MALFORMED);
	assert_int_equal(read_row(str_of(arena_printf(arena, "%sA", text)), LIST, &us, &back), ERR_MALFORMED);
	assert_int_equal(read_row(str_of(arena_printf(arena, "%s=", text)), LIST, &us, &back), ERR_MALFORMED);
}

static void
times_that_the_database_does_not_take_are_refused(void **state)
{
	(void)state;
	static const int64_t bad[] = {INT64_MIN, INT64_MAX, CURSOR_US_LEAST - 1, CURSOR_US_MOST + 1};
	int64_t us;
	struct id id = id_new();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(
			read_row(str_of(cursor_write_row(arena, LIST, bad[i], id)), LIST, &us, &id), ERR_MALFORMED);
	assert_int_equal(read_row(str_of(cursor_write_row(arena, LIST, CURSOR_US_MOST, id)), LIST, &us, &id), ERR_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_place_comes_back_to_its_own_list, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(every_changed_letter_is_noticed, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			times_that_the_database_does_not_take_are_refused, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

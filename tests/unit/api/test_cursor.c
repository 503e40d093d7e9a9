/* Cursors come back as they went out, and nothing else comes back. */
#include "api/cursor.h"

#include "../support.h"

static void
a_place_comes_back(void **state)
{
	(void)state;
	char bytes[200];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 37);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		const char *text = cursor_write(arena, 'x', (struct str){bytes, n});
		struct str place;
		assert_int_equal(
			strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), strlen(text));
		assert_true(cursor_read(arena, 'x', str_of(text), &place));
		assert_true(str_eq(place, (struct str){bytes, n}));
		assert_false(cursor_read(arena, 'y', str_of(text), &place));
	}
}

static void
every_changed_letter_is_noticed(void **state)
{
	(void)state;
	int64_t us;
	struct id id = id_new(), back;
	const char *text = cursor_write_row(arena, 1763721600123456, id);
	assert_true(cursor_read_row(arena, str_of(text), &us, &back));
	assert_true(us == 1763721600123456 && id_eq(id, back));
	for (size_t i = 0; i < strlen(text); i++) {
		char *bent = arena_strdup(arena, text);
		for (const char *c = "Aaz09-_ =+/\n"; *c; c++) {
			bent[i] = *c;
			if (*c != text[i])
				assert_false(cursor_read_row(arena, str_of(bent), &us, &back));
		}
	}
	for (size_t n = 0; n < strlen(text); n++)
		assert_false(cursor_read_row(arena, (struct str){text, n}, &us, &back));
	assert_false(cursor_read_row(arena, str_of(arena_printf(arena, "%sA", text)), &us, &back));
	assert_false(cursor_read_row(arena, str_of(arena_printf(arena, "%s=", text)), &us, &back));
}

static void
times_that_the_database_does_not_take_are_refused(void **state)
{
	(void)state;
	static const int64_t bad[] = {INT64_MIN, INT64_MAX, CURSOR_US_LEAST - 1, CURSOR_US_MOST + 1};
	int64_t us;
	struct id id = id_new();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(cursor_read_row(arena, str_of(cursor_write_row(arena, bad[i], id)), &us, &id));
	assert_true(cursor_read_row(arena, str_of(cursor_write_row(arena, CURSOR_US_MOST, id)), &us, &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_place_comes_back, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(every_changed_letter_is_noticed, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			times_that_the_database_does_not_take_are_refused, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

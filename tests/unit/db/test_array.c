/* The binary form of arrays, byte by byte: what array_recv of PostgreSQL reads. */
#include "../support.h"

#include "db/array.h"

static void
assert_binary(const struct db_array *array, const void *expected, size_t n)
{
	struct str bytes;
	assert_true(array_binary(array, &bytes));
	assert_int_equal(bytes.n, n);
	assert_memory_equal(bytes.p, expected, n);
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static void
test_an_empty_array_has_no_dimension(void **state)
{
	(void)state;
	assert_binary(db_array_ids(arena), BYTES("\0\0\0\0"
						 "\0\0\0\0"
						 "\0\0\x0b\x86"));
	assert_binary(db_array_ints(arena), BYTES("\0\0\0\0"
						  "\0\0\0\0"
						  "\0\0\0\x14"));
	assert_binary(db_array_texts(arena), BYTES("\0\0\0\0"
						   "\0\0\0\0"
						   "\0\0\0\x19"));
}

static void
test_integers_are_big_endian(void **state)
{
	(void)state;
	struct db_array *a = db_array_ints(arena);
	db_array_int(a, 0x0102030405060708);
	db_array_int(a, -2);
	assert_binary(a, BYTES("\0\0\0\1"
			       "\0\0\0\0"
			       "\0\0\0\x14"
			       "\0\0\0\2"
			       "\0\0\0\1"
			       "\0\0\0\x08"
			       "\1\2\3\4\5\6\7\x08"
			       "\0\0\0\x08"
			       "\xff\xff\xff\xff\xff\xff\xff\xfe"));
}

static void
test_nulls_and_empty_texts_differ(void **state)
{
	(void)state;
	struct db_array *a = db_array_texts(arena);
	db_array_str(a, STR("ab"));
	db_array_str(a, STR(""));
	db_array_str(a, (struct str){NULL, 0});
	db_array_null(a);
	assert_binary(a, BYTES("\0\0\0\1"
			       "\0\0\0\1"
			       "\0\0\0\x19"
			       "\0\0\0\4"
			       "\0\0\0\1"
			       "\0\0\0\2"
			       "ab"
			       "\0\0\0\0"
			       "\xff\xff\xff\xff"
			       "\xff\xff\xff\xff"));
}

static void
test_ids_are_sixteen_bytes(void **state)
{
	(void)state;
	struct db_array *a = db_array_ids(arena);
	struct id id;
	assert_true(id_parse(STR("00112233-4455-6677-8899-aabbccddeeff"), &id));
	db_array_id(a, id);
	assert_binary(a, BYTES("\0\0\0\1"
			       "\0\0\0\0"
			       "\0\0\x0b\x86"
			       "\0\0\0\1"
			       "\0\0\0\1"
			       "\0\0\0\x10"
			       "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"));
}

static void
test_past_its_maximum_an_array_is_refused(void **state)
{
	(void)state;
	struct db_array *a = db_array_texts(arena);
	struct str big = {arena_alloc(arena, ARRAY_MAX / 2), ARRAY_MAX / 2};
	struct str bytes;
	db_array_str(a, big);
	assert_true(array_binary(a, &bytes));
	db_array_str(a, big);
	assert_false(array_binary(a, &bytes));
	db_array_str(a, STR("small"));
	assert_false(array_binary(a, &bytes));
}

#define T(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_empty_array_has_no_dimension),
		T(test_integers_are_big_endian),
		T(test_nulls_and_empty_texts_differ),
		T(test_ids_are_sixteen_bytes),
		T(test_past_its_maximum_an_array_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

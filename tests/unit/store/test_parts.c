/* Large texts in parts: every byte once, in order, and no character cut in two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/parts.h"

#include <string.h>

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct str
text_of(size_t bytes)
{
	char *p = arena_alloc(arena, bytes + 1);
	memset(p, 'x', bytes);
	return (struct str){p, bytes};
}

static struct change
ended(size_t bytes, struct change *next)
{
	struct change c = {.kind = CHANGE_STEP_ENDED, .path = STR("a"), .attempt = 1, .next = next};
	c.ended.output = text_of(bytes);
	return c;
}

static void
a_part_ends_where_a_character_does(void **state)
{
	(void)state;
	assert_int_equal(part_length(STR("abc"), 3), 3);
	assert_int_equal(part_length(STR("abcd"), 3), 3);
	assert_int_equal(part_length(STR("ab\xc3\xbc"), 3), 2);
	assert_int_equal(part_length(STR("a\xf0\x9d\x9f\x99z"), 4), 1);
	assert_int_equal(part_length(STR("a\xf0\x9d\x9f\x99z"), 5), 5);
}

static void
only_what_is_large_goes_in_parts(void **state)
{
	(void)state;
	struct str text;
	struct change small = ended(OUTPUT_INLINE_MAX, NULL), large = ended(OUTPUT_INLINE_MAX + 1, NULL);
	assert_false(change_large(&small, &text));
	assert_true(change_large(&large, &text));
	assert_int_equal(change_bytes(&large), 64 + 1);
}

static void
a_blob_s_name_says_what_it_is(void **state)
{
	(void)state;
	struct change first = ended(1, NULL), second = first,
		      started = {.kind = CHANGE_STEP_STARTED, .path = STR("a"), .attempt = 1};
	second.attempt = 2;
	struct id one = {{1}}, other = {{2}};
	struct id ids[] = {change_blob(&first, one), change_blob(&second, one), change_blob(&started, one),
		change_blob(&first, other)};
	assert_true(id_eq(ids[0], change_blob(&first, one))); /* written again, it replaces what was written */
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			assert_false(id_eq(ids[i], ids[j]));
}

static void
each_byte_is_written_once_a_few_parts_at_a_time(void **state)
{
	(void)state;
	struct change third = ended(PART_MAX, NULL), second = ended(10, &third),
		      first = ended(PART_MAX * 5 / 2, &second);
	struct flush *flush = flush_new(arena);
	struct parts_place place;
	size_t total = PART_MAX * 5 / 2 + PART_MAX;
	unsigned run = flush_run(flush, (struct id){{1}}, (struct id){{2}}, 1), batches = 0;
	parts_begin(&second, &place);
	assert_ptr_equal(place.change, &third);
	parts_begin(&first, &place);
	for (; place.change; batches++) {
		assert_int_equal(parts_left(&place), total);
		struct parts_place before = place;
		parts_write(flush, run, &place, PART_MAX * 2);
		size_t left = parts_left(&place);
		assert_true(left < total && total - left <= PART_MAX * 3);
		assert_true(place.change != before.change || place.part > before.part);
		total = left;
	}
	assert_int_equal(total, 0);
	assert_int_equal(batches, 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_part_ends_where_a_character_does),
		TEST(only_what_is_large_goes_in_parts),
		TEST(a_blob_s_name_says_what_it_is),
		TEST(each_byte_is_written_once_a_few_parts_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

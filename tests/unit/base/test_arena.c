/* Arenas: what is handed out is zeroed, aligned and apart; clean-ups run backwards, once. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
memory_is_zeroed_and_aligned_for_any_size(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	static const size_t sizes[] = {0, 1, 7, 16, 17, 4000, 8192, 100000, 300000, 3000000};
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			unsigned char *p = arena_alloc(arena, sizes[i]);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xa5, sizes[i]);
		}
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
	arena_free(arena);
}

static void
allocations_do_not_overlap(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	unsigned char *pieces[2000];
	for (int i = 0; i < 2000; i++) {
		pieces[i] = arena_alloc(arena, (size_t)(i % 97) + 1);
		memset(pieces[i], i & 0xff, (size_t)(i % 97) + 1);
	}
	for (int i = 0; i < 2000; i++)
		for (int k = 0; k < i % 97 + 1; k++)
			assert_int_equal(pieces[i][k], i & 0xff);
	arena_free(arena);
}

static void
texts_are_copied_with_a_nul(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct str text = {"hello world", 5};
	assert_string_equal(arena_strz(arena, text), "hello");
	struct str copy = arena_str(arena, text);
	assert_int_equal(copy.n, 5);
	assert_int_equal(copy.p[5], '\0');
	assert_ptr_not_equal(copy.p, text.p);
	assert_string_equal(arena_strz(arena, (struct str){NULL, 0}), "");
	assert_string_equal(arena_strdup(arena, "x"), "x");
	assert_string_equal(arena_printf(arena, "%s-%05d", "run", 42), "run-00042");
	assert_int_equal(strlen(arena_printf(arena, "%0*d", 5000, 1)), 5000);
	arena_free(arena);
}

static char order[8];

static void
note(void *object)
{
	size_t n = strlen(order);
	order[n] = *(char *)object;
	order[n + 1] = '\0';
}

static void
clean_ups_run_backwards_and_once(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	char names[] = "abc";
	order[0] = '\0';
	for (int i = 0; i < 3; i++)
		arena_defer(arena, note, &names[i]);
	arena_reset(arena);
	assert_string_equal(order, "cba");
	arena_defer(arena, note, &names[1]);
	arena_free(arena);
	assert_string_equal(order, "cbab");
	arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned_for_any_size),
		cmocka_unit_test(allocations_do_not_overlap),
		cmocka_unit_test(texts_are_copied_with_a_nul),
		cmocka_unit_test(clean_ups_run_backwards_and_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Buffers: what fits is there with a NUL, what does not fit changes nothing and is remembered. */
#include "base/buf.h"

#include "../support.h"

static void
an_empty_buffer_is_an_empty_text(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 10);
	assert_int_equal(buf_str(&buf).n, 0);
	assert_string_equal(buf_str(&buf).p, "");
	buf_drop_front(&buf, 3);
	buf_clear(&buf);
	buf_release(&buf);
	buf_release(NULL);
}

static void
text_grows_and_ends_in_nul(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 100000);
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "%d,", i);
	buf_add_z(&buf, "end");
	buf_add_char(&buf, '!');
	buf_add_str(&buf, STR("?"));
	assert_false(buf_overflow(&buf));
	assert_int_equal(buf.n, strlen(buf.p));
	assert_memory_equal(buf.p, "0,1,2,3,", 8);
	assert_string_equal(buf.p + buf.n - 9, "999,end!?");
	buf_release(&buf);
}

static void
the_maximum_is_exact_and_nothing_is_added_past_it(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 5);
	buf_add_z(&buf, "12345");
	assert_false(buf_overflow(&buf));
	buf_add_char(&buf, '6');
	assert_true(buf_overflow(&buf));
	assert_string_equal(buf.p, "12345");
	buf_clear(&buf);
	assert_false(buf_overflow(&buf));
	buf_add_z(&buf, "1234");
	buf_printf(&buf, "%d", 56);
	assert_true(buf_overflow(&buf));
	assert_string_equal(buf.p, "1234");
	buf_add_z(&buf, "5"); /* would fit, but would leave a hole */
	assert_string_equal(buf.p, "1234");
	assert_null(buf_extend(&buf, 1));
	buf_release(&buf);
}

static void
the_front_can_be_dropped(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 100);
	buf_add_z(&buf, "abcdef");
	buf_drop_front(&buf, 2);
	assert_string_equal(buf.p, "cdef");
	buf_drop_front(&buf, 99);
	assert_int_equal(buf.n, 0);
	assert_string_equal(buf.p, "");
	char *room = buf_extend(&buf, 3);
	assert_non_null(room);
	memcpy(room, "xyz", 3);
	assert_string_equal(buf.p, "xyz");
	buf_release(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_an_empty_text),
		cmocka_unit_test(text_grows_and_ends_in_nul),
		cmocka_unit_test(the_maximum_is_exact_and_nothing_is_added_past_it),
		cmocka_unit_test(the_front_can_be_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

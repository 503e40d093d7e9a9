/* Frames between an executor and a stepmill-js: what goes in comes out, and nothing that is cut or made up is believed. */
#include "../support.h"

#include "js/wire.h"

#include <stdlib.h>

static const struct str sources[] = {{"input.a + 1", 11}, {"", 0}, {"'\303\251'", 4}};
static const struct js_request request = {.kind = JS_CALL,
	.cpu_ms = 1000,
	.now_ms = INT64_C(1700000000123),
	.seed = UINT64_C(0xfedcba9876543210),
	.scope = {"{\"input\":1}", 11},
	.sources = sources,
	.count = 3};
static const struct js_result results[] = {
	{JS_OK, {"[1]", 3}, 0, 0}, {JS_THREW, {"Error: no", 9}, 3, 70000}, {JS_TIMED_OUT, {"", 0}, 0, 0}};
static const struct js_answer answer = {results, 3, {"one\ntwo\n", 8}, true};

static void
a_request_is_read_as_it_was_written(void **state)
{
	struct buf out;
	struct str frame;
	struct js_request read;
	size_t used;
	(void)state;
	buf_init(&out, JS_FRAME_MAX);
	assert_true(wire_add_request(&out, &request));
	assert_int_equal(wire_frame(buf_str(&out), &frame, &used), 1);
	assert_int_equal(used, out.n);
	assert_true(wire_read_request(arena, frame, &read));
	assert_int_equal(read.kind, JS_CALL);
	assert_int_equal(read.cpu_ms, 1000);
	assert_int_equal(read.now_ms, request.now_ms);
	assert_true(read.seed == request.seed);
	assert_true(str_eq(read.scope, request.scope));
	assert_int_equal(read.count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(str_eq(read.sources[i], sources[i]));
	buf_release(&out);
}

static void
an_answer_is_read_as_it_was_written(void **state)
{
	struct buf out;
	struct str frame;
	struct js_answer read;
	size_t used;
	(void)state;
	buf_init(&out, JS_FRAME_MAX);
	assert_true(wire_add_answer(&out, &answer));
	buf_add_z(&out, "the next");
	assert_int_equal(wire_frame(buf_str(&out), &frame, &used), 1);
	assert_int_equal(used, out.n - 8);
	assert_true(wire_read_answer(arena, frame, &read));
	assert_int_equal(read.count, 3);
	assert_int_equal(read.results[1].status, JS_THREW);
	assert_int_equal(read.results[1].line, 3);
	assert_int_equal(read.results[1].column, 70000);
	assert_true(str_eq(read.results[1].text, results[1].text));
	assert_true(str_eq(read.log, answer.log) && read.last);
	buf_release(&out);
}

/* A frame that ends early, anywhere, is refused; so is one with a byte more. Sanitizers see what is read past its end. */
static void
a_frame_that_is_cut_is_refused(void **state)
{
	struct buf out;
	struct str frame;
	struct js_answer read;
	struct js_request asked;
	size_t used;
	(void)state;
	buf_init(&out, JS_FRAME_MAX);
	assert_true(wire_add_answer(&out, &answer));
	for (size_t n = 0; n < out.n; n++) {
		struct str cut = {out.p, n};
		assert_int_equal(wire_frame(cut, &frame, &used), 0);
	}
	for (size_t n = 0; n < out.n - 4; n++) {
		struct str cut = arena_str(arena, (struct str){out.p + 4, n});
		assert_false(wire_read_answer(arena, cut, &read));
	}
	buf_add_char(&out, 'x');
	assert_false(wire_read_answer(arena, (struct str){out.p + 4, out.n - 4}, &read));
	buf_clear(&out);
	assert_true(wire_add_request(&out, &request));
	for (size_t n = 0; n < out.n - 4; n++) {
		struct str cut = arena_str(arena, (struct str){out.p + 4, n});
		assert_false(wire_read_request(arena, cut, &asked));
	}
	buf_release(&out);
}

/* Every byte of an answer replaced by others: it may be read or not, but nothing in it leads outside of the frame. */
static void
a_frame_that_was_changed_leads_nowhere(void **state)
{
	static const unsigned char bytes[] = {0, 1, 5, 6, 0x7f, 0x80, 0xff};
	struct buf out;
	unsigned read_all = 0;
	(void)state;
	buf_init(&out, JS_FRAME_MAX);
	assert_true(wire_add_answer(&out, &answer));
	for (size_t at = 4; at < out.n; at++)
		for (size_t b = 0; b < sizeof bytes; b++) {
			struct js_answer read;
			struct str changed = arena_str(arena, (struct str){out.p + 4, out.n - 4});
			((char *)changed.p)[at - 4] = (char)bytes[b];
			if (!wire_read_answer(arena, changed, &read))
				continue;
			read_all++;
			for (unsigned i = 0; i < read.count; i++) {
				struct str text = read.results[i].text;
				assert_true(read.results[i].status < JS_STATUSES);
				assert_true(text.p >= changed.p && text.p + text.n <= changed.p + changed.n);
			}
		}
	assert_true(read_all > 100);
	buf_release(&out);
}

static void
lengths_that_nobody_needs_are_refused_at_once(void **state)
{
	struct str frame;
	struct js_answer read;
	struct js_request asked;
	size_t used;
	(void)state;
	assert_int_equal(wire_frame((struct str){"\xff\xff\xff\xff", 4}, &frame, &used), -1);
	assert_int_equal(wire_frame((struct str){"\x01\x00\x00\x02", 4}, &frame, &used), -1);
	assert_false(wire_read_answer(arena, (struct str){"\xff\xff\xff\x7f....", 8}, &read));
	assert_false(wire_read_request(arena, (struct str){"\x09\0\0\0........................", 28}, &asked));
	assert_false(wire_read_greeting(STR("\x01\0\0\0\0pets")));
}

static void
what_is_too_large_is_not_written(void **state)
{
	struct buf out;
	char *large = malloc(JS_FRAME_MAX);
	(void)state;
	assert_non_null(large);
	memset(large, ' ', JS_FRAME_MAX);
	struct js_request too_large = request;
	too_large.scope = (struct str){large, JS_FRAME_MAX};
	buf_init(&out, 2 * JS_FRAME_MAX);
	assert_false(wire_add_request(&out, &too_large));
	buf_release(&out);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_request_is_read_as_it_was_written, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(an_answer_is_read_as_it_was_written, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_frame_that_is_cut_is_refused, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(a_frame_that_was_changed_leads_nowhere, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			lengths_that_nobody_needs_are_refused_at_once, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_is_too_large_is_not_written, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

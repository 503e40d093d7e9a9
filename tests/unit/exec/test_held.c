/* Runs held: found by their key, queued once, their journals sent whole and in order. */
#include "../support.h"

#include "exec/executor.h"

#include <stdlib.h>

static struct executor *ex;

static int
setup(void **state)
{
	(void)state;
	ex = calloc(1, sizeof *ex);
	ex->tick = arena_new();
	return ex ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	held_drop_all(ex);
	definitions_release(&ex->definitions);
	timers_release(&ex->timers);
	pool_release(&ex->pool);
	arena_free(ex->tick);
	free(ex);
	return 0;
}

static struct held *
held(unsigned n)
{
	struct claimed claimed = {.epoch = 1, .status = RUN_PENDING, .last_seq = 4, .input = STR("{}"), .whole = true};
	claimed.workspace.b[0] = 1;
	claimed.run.b[15] = (uint8_t)n;
	claimed.run.b[0] = (uint8_t)(n >> 8);
	return held_new(ex, &claimed);
}

static void
runs_are_found_by_workspace_and_id(void **state)
{
	(void)state;
	struct held *runs[1000];
	for (unsigned i = 0; i < 1000; i++) /* ids that share a bucket included */
		runs[i] = held(i);
	for (unsigned i = 0; i < 1000; i += 2)
		held_free(runs[i]);
	assert_int_equal(ex->held_count, 500);
	assert_int_equal(ex->loading_count, 500);
	for (unsigned i = 1; i < 1000; i += 2)
		assert_ptr_equal(held_find(ex, runs[i]->workspace, runs[i]->id), runs[i]);
	struct id other_workspace = {{2}};
	assert_null(held_find(ex, other_workspace, runs[1]->id));
}

static void
a_run_waits_in_a_queue_once(void **state)
{
	(void)state;
	struct held *a = held(1), *b = held(2), *c = held(3);
	held_mark_dirty(a);
	held_mark_dirty(b);
	held_mark_dirty(a);
	held_mark_dirty(c);
	assert_int_equal(ex->dirty.count, 3);
	held_free(b);
	assert_ptr_equal(held_queue_take(&ex->dirty, true), a);
	held_mark_dirty(a);
	assert_ptr_equal(held_queue_take(&ex->dirty, true), c);
	assert_ptr_equal(held_queue_take(&ex->dirty, true), a);
	assert_null(held_queue_take(&ex->dirty, true));
}

static void
a_run_in_a_flush_is_not_dirty_again_before_it_has_ended(void **state)
{
	(void)state;
	struct held *a = held(1);
	a->in_flush = true;
	journal_event(a, "x", (struct str){0}, 0, (struct str){0});
	assert_int_equal(ex->dirty.count, 0);
	a->in_flush = false;
	held_mark_dirty(a);
	assert_int_equal(ex->dirty.count, 1);
}

static void
events_are_numbered_after_those_there(void **state)
{
	(void)state;
	struct held *a = held(1);
	journal_event(a, "x", (struct str){0}, 0, (struct str){0});
	journal_event(a, "y", STR("s"), 2, STR("{}"));
	const struct change *x = a->filling.first, *y = x->next;
	assert_int_equal(x->event.seq, 5);
	assert_int_equal(y->event.seq, 6);
	assert_int_equal(y->attempt, 2);
	assert_null(y->next);
}

static void
a_cancellation_stays_in_the_inbox_until_the_run_has_ended(void **state)
{
	(void)state;
	struct held *a = held(1);
	a->state = HELD_ACTIVE;
	ex->loading_count = 0;
	struct request cancel = {.id = {.b = {1}}, .kind = STR("cancel")},
		       pause = {.id = {.b = {2}}, .kind = STR("pause")};
	request_take(a, &cancel);
	assert_true(a->plan.cancel_asked);
	assert_null(a->filling.first);
	assert_true(a->changed);
	cancel.id.b[0] = 3;
	cancel.generation = 99; /* of one that has ended: it is dropped */
	request_take(a, &cancel);
	assert_int_equal(a->filling.first->kind, CHANGE_INBOX);
	request_take(a, &pause);
	assert_int_equal(a->plan.status, RUN_PAUSED);
	assert_int_equal(a->filling.last->kind, CHANGE_INBOX);
}

static void
what_was_skipped_goes_again_before_what_came_since(void **state)
{
	(void)state;
	struct held *a = held(1);
	assert_null(journal_to_send(a));
	journal_event(a, "x", (struct str){0}, 0, (struct str){0});
	struct journal *sent = journal_to_send(a);
	const struct change *x = sent->first;
	assert_string_equal(x->event.type, "x");
	assert_true(sent->bytes > 0);
	journal_event(a, "y", (struct str){0}, 0, (struct str){0});
	assert_ptr_equal(journal_to_send(a), sent);
	assert_ptr_equal(sent->first, x);
	assert_null(x->next);
	uint64_t first_number = sent->number;
	journal_give_back(a, sent); /* accepted */
	sent = journal_to_send(a);
	assert_string_equal(sent->first->event.type, "y");
	assert_int_equal(sent->number, first_number + 1);
	assert_int_equal(a->filling.number, first_number + 2);
}

static void
a_released_run_is_no_longer_loading(void **state)
{
	(void)state;
	struct held *a = held(1);
	wait_release(a, 0);
	assert_int_equal(a->state, HELD_RELEASING);
	assert_int_equal(ex->loading_count, 0);
	assert_int_equal(a->filling.first->kind, CHANGE_RELEASE);
	assert_int_equal(ex->dirty.count, 1);
}

static void
a_run_that_cannot_be_loaded_ends_failed(void **state)
{
	(void)state;
	struct held *a = held(1);
	err_set(&a->definition->error, ERR_NOT_FOUND, "It is gone.");
	a->definition->state = DEFINITION_BROKEN;
	ex->definitions.wanting = 0;
	load_ready(ex);
	assert_int_equal(a->state, HELD_ENDING);
	assert_int_equal(a->plan.status, RUN_FAILED);
	const struct change *last = a->filling.last;
	assert_string_equal(last->event.type, "run.failed");
	assert_true(str_is(last->event.data, "{\"code\":\"definition\",\"message\":\"It is gone.\"}"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(runs_are_found_by_workspace_and_id),
		TEST(a_run_waits_in_a_queue_once),
		TEST(a_run_in_a_flush_is_not_dirty_again_before_it_has_ended),
		TEST(events_are_numbered_after_those_there),
		TEST(a_cancellation_stays_in_the_inbox_until_the_run_has_ended),
		TEST(what_was_skipped_goes_again_before_what_came_since),
		TEST(a_released_run_is_no_longer_loading),
		TEST(a_run_that_cannot_be_loaded_ends_failed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

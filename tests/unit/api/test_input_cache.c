/* The worker's memory of input schemas, and waking executors together. */
#include "../support.h"

#include "api/input_cache.h"
#include "api/wake.h"

#include <stdlib.h>

static struct input_cache *cache;
static struct err err;

static const struct input_entry *
put(struct id workspace, struct id workflow, int64_t asked, int64_t version, const char *schema)
{
	const struct input_entry *entry = NULL;
	err_clear(&err);
	return input_cache_put(cache, workspace, workflow, asked, version, str_of(schema), &entry, &err) ? entry : NULL;
}

static void
what_was_put_in_is_found_under_its_own_names_alone(void **state)
{
	(void)state;
	struct id workspace = id_new(), workflow = id_new();
	assert_null(input_cache_get(cache, workspace, workflow, 0));
	assert_non_null(put(workspace, workflow, 0, 7, "{\"type\":\"object\"}"));
	const struct input_entry *entry = input_cache_get(cache, workspace, workflow, 0);
	assert_non_null(entry);
	assert_int_equal(entry->version, 7);
	assert_null(input_cache_get(cache, workspace, workflow, 7));
	assert_null(input_cache_get(cache, workflow, workspace, 0));
	assert_null(input_cache_get(cache, id_new(), workflow, 0));
	assert_non_null(put(workspace, workflow, 0, 8, "{}"));
	assert_int_equal(input_cache_get(cache, workspace, workflow, 0)->version, 8);
}

static void
the_one_not_used_for_longest_goes(void **state)
{
	(void)state;
	struct id workspace = id_new(), kept = id_new(), second = id_new();
	put(workspace, kept, 0, 1, "{}");
	put(workspace, second, 0, 1, "{}");
	for (int i = 0; i < 70; i++) {
		assert_non_null(input_cache_get(cache, workspace, kept, 0));
		put(workspace, id_new(), 0, 1, "{}");
	}
	assert_non_null(input_cache_get(cache, workspace, kept, 0));
	assert_null(input_cache_get(cache, workspace, second, 0));
}

static void
a_schema_that_is_large_is_used_and_forgotten(void **state)
{
	(void)state;
	struct id workspace = id_new(), workflow = id_new();
	size_t n = 100000;
	char *text = malloc(n + 30);
	memset(text, ' ', n);
	strcpy(text + n, "{\"type\":\"object\"}");
	put(workspace, workflow, 0, 1, "{}");
	assert_non_null(put(workspace, workflow, 0, 2, text));
	assert_null(input_cache_get(cache, workspace, workflow, 0));
	free(text);
}

static void
a_schema_that_is_none_is_an_error_and_leaves_nothing(void **state)
{
	(void)state;
	struct id workspace = id_new(), workflow = id_new();
	assert_null(put(workspace, workflow, 0, 1, "{\"type\":\"objct\"}"));
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_null(put(workspace, workflow, 0, 1, "{"));
	assert_null(input_cache_get(cache, workspace, workflow, 0));
}

struct sending {
	struct wake *wake;
	int sent;
	int marks; /* how often, while it sends, another worker has something to tell */
};

static void
send(void *context)
{
	struct sending *s = context;
	s->sent++;
	if (s->marks-- > 0) {
		int before = s->sent;
		wake_send(s->wake, send, s); /* as another worker would */
		assert_int_equal(s->sent, before);
	}
}

static void
while_one_sends_the_others_leave_a_mark_and_it_sends_once_more(void **state)
{
	(void)state;
	struct sending s = {wake_new(), 0, 0};
	wake_send(s.wake, send, &s);
	assert_int_equal(s.sent, 1);
	s.marks = 1;
	wake_send(s.wake, send, &s);
	assert_int_equal(s.sent, 3);
	s.marks = 100; /* nobody sends for the others for ever */
	wake_send(s.wake, send, &s);
	assert_in_range(s.sent, 5, 10);
}

static int
setup(void **state)
{
	(void)state;
	cache = input_cache_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	input_cache_free(cache);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_put_in_is_found_under_its_own_names_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(the_one_not_used_for_longest_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_schema_that_is_large_is_used_and_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(a_schema_that_is_none_is_an_error_and_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			while_one_sends_the_others_leave_a_mark_and_it_sends_once_more, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

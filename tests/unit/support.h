/*
 * What nearly every unit test needs: cmocka with the headers it wants before it, an arena for each test, and JSON as it is written.
 *
 *	cmocka_unit_test_setup_teardown(a_name_that_says_what_holds, arena_setup, arena_teardown)
 */
#ifndef STEPMILL_TESTS_UNIT_SUPPORT_H
#define STEPMILL_TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/json.h"

/* Of the test that runs; a test that has more to set up makes and frees it in its own way. */
static struct arena *arena __attribute__((unused));

static inline int
arena_setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static inline int
arena_teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* The document; NULL for NULL. What cannot be read fails the test and says where. */
static inline struct json *
doc(const char *text)
{
	struct json *value;
	struct err wrong = {0};
	if (!text)
		return NULL;
	if (!json_read(arena, str_of(text), &json_limits_stored, &value, &wrong))
		fail_msg("%s:%u:%u: %s", text, wrong.line, wrong.column, wrong.message);
	return value;
}

#endif

/* A minute's worth at once, then one after the other; each subject and class for itself. */
#include "api/rate.h"

#include "../support.h"

#include <sodium.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND ((int64_t)1000000)

static const long limits[RATE_CLASSES] = {0, 6, 3, 0};
static const struct str nobody = {"", 0};
static int wait_seconds;

static unsigned
taken(struct rate *rate, enum rate_class of, struct str who, struct str address, int64_t now, unsigned tries)
{
	unsigned n = 0;
	for (unsigned i = 0; i < tries; i++)
		n += rate_take(rate, of, who, address, now, &wait_seconds);
	return n;
}

static void
a_minute_at_once_and_then_one_by_one(void **state)
{
	(void)state;
	struct rate *rate = rate_new(limits, 2);
	int64_t now = 1000 * SECOND;
	assert_int_equal(taken(rate, RATE_READ, STR("ada"), nobody, now, 100), 6);
	assert_int_equal(wait_seconds, 10);
	assert_int_equal(taken(rate, RATE_READ, STR("ada"), nobody, now + 9 * SECOND, 5), 0);
	assert_int_equal(wait_seconds, 1);
	assert_int_equal(taken(rate, RATE_READ, STR("ada"), nobody, now + 10 * SECOND, 5), 1);
	assert_int_equal(taken(rate, RATE_READ, STR("ada"), nobody, now + 1000 * SECOND, 100), 6);
}

static void
each_person_class_and_address_has_its_own(void **state)
{
	(void)state;
	struct rate *rate = rate_new(limits, 2);
	int64_t now = 1000 * SECOND;
	assert_int_equal(taken(rate, RATE_READ, STR("ada"), nobody, now, 100), 6);
	assert_int_equal(taken(rate, RATE_WRITE, STR("ada"), nobody, now, 100), 3);
	assert_int_equal(taken(rate, RATE_READ, STR("mia"), nobody, now, 100), 6);
	assert_int_equal(taken(rate, RATE_READ, nobody, STR("ada"), now, 100), 12);
	assert_int_equal(taken(rate, RATE_EXPENSIVE, STR("ada"), STR("::1"), now, 1000), 1000);
	assert_int_equal(taken(rate, RATE_NONE, STR("ada"), STR("::1"), now, 1000), 1000);
}

static void
an_address_bounds_all_its_people(void **state)
{
	(void)state;
	struct rate *rate = rate_new(limits, 2);
	unsigned n = 0;
	for (unsigned i = 0; i < 50; i++) {
		char who[16];
		snprintf(who, sizeof who, "%u", i);
		n += taken(rate, RATE_READ, str_of(who), STR("::1"), 1000 * SECOND, 1);
	}
	assert_int_equal(n, 12);
}

static void
workers_count_together(void **state)
{
	(void)state;
	static const long many[RATE_CLASSES] = {0, 1000, 0, 0};
	struct rate *rate = rate_new(many, 1);
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			_exit((int)(taken(rate, RATE_READ, STR("ada"), nobody, 1000 * SECOND, 5000) / 4));
	unsigned sum = 0;
	int status;
	while (wait(&status) > 0)
		sum += (unsigned)WEXITSTATUS(status);
	assert_true(sum > 1000 / 4 - 4 && sum <= 1000 / 4);
	assert_int_equal(taken(rate, RATE_READ, STR("ada"), nobody, 1000 * SECOND, 10), 0);
}

static void
a_full_table_refuses_nobody_else(void **state)
{
	(void)state;
	struct rate *rate = rate_new(limits, 2);
	char who[16];
	for (unsigned i = 0; i < 200000; i++) {
		snprintf(who, sizeof who, "%u", i);
		assert_true(rate_take(rate, RATE_READ, str_of(who), nobody, 1000 * SECOND, &wait_seconds));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minute_at_once_and_then_one_by_one),
		cmocka_unit_test(each_person_class_and_address_has_its_own),
		cmocka_unit_test(an_address_bounds_all_its_people),
		cmocka_unit_test(workers_count_together),
		cmocka_unit_test(a_full_table_refuses_nobody_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
what_is_known_to_be_of_one_person_counts_together(void **state)
{
	(void)state;
	struct rate *rate = rate_new(limits, 100);
	int64_t now = 1000 * SECOND;
	struct id ada = {{1}}, mia = {{2}};
	/* Six a minute: one of each session before it was known, and all of them again for the person. */
	assert_int_equal(taken(rate, RATE_READ, STR("phone"), nobody, now, 1), 1);
	rate_learn(rate, RATE_READ, STR("phone"), ada, now);
	rate_learn(rate, RATE_READ, STR("phone"), ada, now);
	assert_int_equal(taken(rate, RATE_READ, STR("laptop"), nobody, now, 1), 1);
	rate_learn(rate, RATE_READ, STR("laptop"), ada, now);
	assert_int_equal(taken(rate, RATE_READ, STR("phone"), nobody, now, 3), 3);
	assert_int_equal(taken(rate, RATE_READ, STR("laptop"), nobody, now, 100), 1);
	assert_int_equal(taken(rate, RATE_READ, STR("phone"), nobody, now, 100), 0);
	assert_int_equal(taken(rate, RATE_WRITE, STR("phone"), nobody, now, 100), 3);
	rate_learn(rate, RATE_READ, STR("another"), mia, now);
	assert_int_equal(taken(rate, RATE_READ, STR("another"), nobody, now, 100), 5);
}

static void
a_token_that_is_nobodys_any_more_costs_nobody(void **state)
{
	(void)state;
	struct rate *rate = rate_new(limits, 100);
	int64_t now = 1000 * SECOND;
	struct id ada = {{1}};
	rate_learn(rate, RATE_READ, STR("old"), ada, now);
	rate_forget(rate, STR("old"));
	rate_forget(rate, STR("never known"));
	assert_int_equal(taken(rate, RATE_READ, STR("old"), nobody, now, 100), 6);
	rate_learn(rate, RATE_READ, STR("new"), ada, now);
	assert_int_equal(taken(rate, RATE_READ, STR("new"), nobody, now, 100), 4);
}

static void
many_tokens_are_each_their_own_persons(void **state)
{
	(void)state;
	static const long one[RATE_CLASSES] = {0, 1, 0, 0};
	struct rate *rate = rate_new(one, 100);
	unsigned wrong = 0;
	for (unsigned i = 0; i < 100000; i++) {
		char token[16];
		struct id person = {{0}};
		snprintf(token, sizeof token, "%u", i);
		memcpy(person.b, &i, sizeof i);
		rate_learn(rate, RATE_READ, str_of(token), person, 1000 * SECOND);
		/* Its one was taken when it was learnt: another person's would still be there. */
		wrong += rate_take(rate, RATE_READ, str_of(token), nobody, 1000 * SECOND, &wait_seconds);
	}
	assert_int_equal(wrong, 0);
}

static void
an_address_of_ipv6_counts_for_its_network(void **state)
{
	(void)state;
	struct rate *rate = rate_new(limits, 1);
	int64_t now = 1000 * SECOND;
	unsigned n = 0;
	for (unsigned i = 0; i < 50; i++) {
		char address[64];
		snprintf(address, sizeof address, "2001:db8:1:2:%x::%x", i, i + 1);
		n += taken(rate, RATE_READ, nobody, str_of(address), now, 1);
	}
	assert_int_equal(n, 6);
	assert_int_equal(taken(rate, RATE_READ, nobody, STR("2001:db8:1:3::1"), now, 100), 6);
	assert_int_equal(taken(rate, RATE_READ, nobody, STR("::ffff:192.0.2.1"), now, 100), 6);
	assert_int_equal(taken(rate, RATE_READ, nobody, STR("::ffff:192.0.2.2"), now, 100), 6);
	assert_int_equal(taken(rate, RATE_READ, nobody, STR("192.0.2.1"), now, 100), 6);
	assert_int_equal(taken(rate, RATE_READ, nobody, STR("unix:"), now, 100), 6);
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
		cmocka_unit_test(what_is_known_to_be_of_one_person_counts_together),
		cmocka_unit_test(a_token_that_is_nobodys_any_more_costs_nobody),
		cmocka_unit_test(many_tokens_are_each_their_own_persons),
		cmocka_unit_test(an_address_of_ipv6_counts_for_its_network),
		cmocka_unit_test(workers_count_together),
		cmocka_unit_test(a_full_table_refuses_nobody_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The heap of timers, held against a plain list. */
#include "../support.h"

#include "exec/timer.h"

#include <stdlib.h>

#define MANY 300

struct alarm {
	struct timer timer;
	struct timers *timers;
	int fired;
	int64_t *last_at;
};

static void
ring(void *what)
{
	struct alarm *alarm = what;
	alarm->fired++;
	assert_true(alarm->timer.at_us >= *alarm->last_at);
	*alarm->last_at = alarm->timer.at_us;
}

static void
timers_fire_in_the_order_of_their_times(void **state)
{
	(void)state;
	struct timers timers = {0};
	struct alarm alarms[MANY] = {0};
	int64_t last_at = INT64_MIN, next;
	srand(7);
	assert_false(timers_next(&timers, &next));
	for (int i = 0; i < MANY; i++) {
		alarms[i].last_at = &last_at;
		timer_set(&timers, &alarms[i].timer, rand() % 1000, ring, &alarms[i]);
	}
	for (int64_t now = 0; now <= 1000; now += 10) {
		timers_fire(&timers, now);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(alarms[i].fired, alarms[i].timer.at_us <= now);
		if (timers_next(&timers, &next))
			assert_true(next > now);
	}
	assert_int_equal(timers.count, 0);
	timers_release(&timers);
}

static void
what_is_cleared_or_set_again_fires_as_last_said(void **state)
{
	(void)state;
	struct timers timers = {0};
	struct alarm alarms[MANY] = {0};
	bool set[MANY] = {0};
	int64_t at[MANY] = {0}, last_at = INT64_MIN;
	srand(11);
	for (int step = 0; step < 20000; step++) {
		int i = rand() % MANY;
		alarms[i].last_at = &last_at;
		if (rand() % 3 == 0) {
			timer_clear(&timers, &alarms[i].timer);
			set[i] = false;
		} else {
			at[i] = rand() % 100000;
			timer_set(&timers, &alarms[i].timer, at[i], ring, &alarms[i]);
			set[i] = true;
		}
	}
	size_t left = 0;
	for (int i = 0; i < MANY; i++) {
		left += set[i];
		assert_int_equal(alarms[i].timer.place != 0, set[i]);
	}
	assert_int_equal(timers.count, left);
	assert_int_equal(timers_fire(&timers, 50000) + timers.count, left);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(alarms[i].fired, set[i] && at[i] <= 50000);
	timers_release(&timers);
}

static void
ring_again(void *what)
{
	struct alarm *alarm = what;
	alarm->fired++;
	timer_set(alarm->timers, &alarm->timer, alarm->timer.at_us, ring_again, alarm);
}

static void
a_timer_that_sets_itself_for_now_does_not_hold_the_loop(void **state)
{
	(void)state;
	struct timers timers = {0};
	struct alarm alarm = {.timers = &timers};
	timer_set(&timers, &alarm.timer, 5, ring_again, &alarm);
	assert_int_equal(timers_fire(&timers, 10), 1);
	assert_int_equal(timers_fire(&timers, 10), 1);
	assert_int_equal(alarm.fired, 2);
	timers_release(&timers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_the_order_of_their_times),
		cmocka_unit_test(what_is_cleared_or_set_again_fires_as_last_said),
		cmocka_unit_test(a_timer_that_sets_itself_for_now_does_not_hold_the_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

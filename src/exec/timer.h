/*
 * Timers of one loop: a binary heap by the boot clock. A timer is a member of what waits; it is set, cleared and set
 * again in place, and must be cleared before its memory goes.
 *
 *	timer_set(&timers, &call->timer, boot_us() + 5000000, too_late, call);
 */
#ifndef STEPMILL_EXEC_TIMER_H
#define STEPMILL_EXEC_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at_us;
	size_t place; /* in the heap, from 1; 0: not set */
	void (*then)(void *what);
	void *what;
};

struct timers {
	struct timer **heap; /* from 1 */
	size_t count, room;
};

void timers_release(struct timers *timers);
void timer_set(struct timers *timers, struct timer *timer, int64_t at_us, void (*then)(void *), void *what);
void timer_clear(struct timers *timers, struct timer *timer);
bool timers_next(const struct timers *timers, int64_t *ret_at_us);
unsigned timers_fire(struct timers *timers, int64_t now_us); /* those due at now_us, not what they set; how many */

#endif
